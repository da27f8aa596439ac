//! Code in the place of a server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use wiretale::actor::{Actor, BoxError, Connection, Stage, StageError, StandIns, async_trait};

use super::stage::{fails, pair, passes, plays_alike, shouts};
use wiretale::finding::FindingKind;

const HELLO: &str = r#"{ "actors": {
    "Client": { "script": [ { "connect": "Server" }, { "send": "ping" }, { "receive": "pong" }, { "close": true } ] },
    "Server": { "listen": { "tcp": 0, "framing": "lines" },
        "session": [ { "receive": "ping" }, { "send": "pong" }, { "closed": "eof" } ] } } }"#;

/// Answers one message in the actor's own strand, one connection after another.
struct Pong;

#[async_trait]
impl Actor for Pong {
    async fn play(&self, stage: Stage) -> Result<(), BoxError> {
        while let Some(connection) = stage.accept().await? {
            while let Some(message) = connection.receive().await? {
                assert_eq!(message, b"ping");
                connection.send("pong").await?;
            }
        }
        Ok(())
    }
}

#[test]
fn a_server_that_serves_one_after_another_shows_as_sessions_do() {
    let shown = plays_alike(HELLO, || StandIns::new().with("Server", Pong));
    assert!(
        shown.contains("p0->>p1: ping\n    p1-->>p0: pong\n    p0-)p1: close\n    p1-)p0: close"),
        "{shown}"
    );
}

#[test]
fn a_server_of_streams_shows_as_sessions_do() {
    let scenario = pair(
        r#""lines""#,
        r#"{ "send": "a" }, { "send": "b" }, { "receive": "A" }, { "receive": "B" }, { "close": true }"#,
        r#"{ "receive": "a" }, { "send": "A" }, { "receive": "b" }, { "send": "B" }, { "closed": "eof" }"#,
    );
    plays_alike(&scenario, || {
        StandIns::new().with("Server", |stage: Stage| async move { stage.serve(shouts).await })
    });
}

#[test]
fn sessions_run_at_the_same_time() {
    let scenario = r#"{ "actors": {
        "Client": { "count": 3, "script": [ { "connect": "Server" }, { "signal": "in" }, { "await": "in", "times": 3 },
            { "send": "x{{ actor.index }}" }, { "receive": "X{{ actor.index }}" }, { "close": true } ] },
        "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
            { "receive": { "pattern": "x{n}" } }, { "send": "X{{ n }}" }, { "closed": "eof" } ] } } }"#;
    plays_alike(scenario, || {
        StandIns::new().with("Server", |stage: Stage| async move { stage.serve(shouts).await })
    });
}

#[test]
fn all_instances_of_an_actor_are_played() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [
            { "connect": "Node[1]" }, { "connect": "Node[2]" },
            { "send": "who", "on": "Node[1]" }, { "receive": "Node[1]", "on": "Node[1]" },
            { "send": "who", "on": "Node[2]" }, { "receive": "Node[2]", "on": "Node[2]" },
            { "close": true, "on": "Node[1]" }, { "close": true, "on": "Node[2]" } ] },
        "Node": { "count": 2, "listen": { "tcp": 0, "framing": "lines" }, "session": [
            { "receive": "who" }, { "send": "{{ actor.name }}" }, { "closed": "eof" } ] } } }"#;
    let numbers = Arc::new(Mutex::new(Vec::new()));
    plays_alike(scenario, || {
        let numbers = Arc::clone(&numbers);
        StandIns::new().with("Node", move |stage: Stage| {
            numbers.lock().unwrap().push(stage.index());
            async move {
                let name = stage.name();
                stage
                    .serve(move |connection: Connection| {
                        let name = name.clone();
                        async move {
                            while connection.receive().await?.is_some() {
                                connection.send(&name).await?;
                            }
                            Ok::<_, StageError>(())
                        }
                    })
                    .await
            }
        })
    });
    let numbers = numbers.lock().unwrap();
    assert!(numbers.contains(&Some(1)) && numbers.contains(&Some(2)), "{numbers:?}");
}

#[test]
fn several_endpoints_have_their_own_framings() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [
            { "connect": "Ftp.control", "as": "control" }, { "connect": "Ftp.data", "as": "data" },
            { "send": "LIST", "on": "control" }, { "receive": "150", "on": "control" },
            { "receive": "a,b", "on": "data" }, { "close": true, "on": "data" }, { "close": true, "on": "control" } ] },
        "Ftp": {
            "listen": [ { "name": "control", "tcp": 0, "framing": "crlf" }, { "name": "data", "tcp": 0, "framing": { "length": "u16" } } ],
            "script": [
                { "accept": "control" }, { "accept": "data" },
                { "receive": "LIST", "on": "control" }, { "send": "150", "on": "control" },
                { "send": "a,b", "on": "data" },
                { "closed": "eof", "on": "data" }, { "close": true, "on": "data" },
                { "closed": "eof", "on": "control" }, { "close": true, "on": "control" } ] } } }"#;
    let code = |stage: Stage| async move {
        let Some(control) = stage.accept_at("control").await? else {
            return Ok(());
        };
        let Some(data) = stage.accept_at("data").await? else {
            return Ok(());
        };
        assert_eq!((control.endpoint(), data.endpoint()), (Some("control"), Some("data")));
        assert_eq!(control.receive().await?.as_deref(), Some(&b"LIST"[..]));
        control.send("150").await?;
        data.send("a,b").await?;
        assert_eq!(data.receive().await?, None);
        data.close().await?;
        assert_eq!(control.receive().await?, None);
        control.close().await
    };
    plays_alike(scenario, || StandIns::new().with("Ftp", code));
}

#[test]
fn phases_are_joined_as_they_are_with_sessions() {
    let scenario = r#"{ "actors": {
        "Client": {
            "setup": [ { "connect": "Server" }, { "send": "one" }, { "receive": "ONE" }, { "close": true } ],
            "script": [ { "connect": "Server" }, { "send": "two" }, { "receive": "TWO" }, { "close": true } ],
            "finally": [ { "connect": "Server" }, { "send": "three" }, { "receive": "THREE" }, { "close": true } ] },
        "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
            { "receive": { "pattern": "{word}" } }, { "send": "{{ word.upper() }}" }, { "closed": "eof" } ] } } }"#;
    plays_alike(scenario, || {
        StandIns::new().with("Server", |stage: Stage| async move { stage.serve(shouts).await })
    });
}

#[test]
fn a_session_sends_on_the_connections_of_others() {
    let scenario = r#"{ "actors": {
        "Ada": { "script": [ { "connect": "Chat" }, { "send": "I am Ada" }, { "receive": "welcome" }, { "signal": "in" },
            { "receive": "Bob: hi" }, { "close": true } ] },
        "Bob": { "script": [ { "await": "in" }, { "connect": "Chat" }, { "send": "I am Bob" }, { "receive": "welcome" },
            { "send": "hi" }, { "receive": "told" }, { "close": true } ] },
        "Chat": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "closed": "eof" } ] } } }"#;
    let chat = || {
        let members: Arc<Mutex<BTreeMap<String, Connection>>> = Arc::default();
        move |stage: Stage| {
            let members = Arc::clone(&members);
            async move {
                let serve = move |connection: Connection| {
                    let members = Arc::clone(&members);
                    async move {
                        let name = String::from_utf8(connection.receive().await?.unwrap())
                            .unwrap()
                            .replace("I am ", "");
                        members.lock().unwrap().insert(name.clone(), connection.clone());
                        connection.send("welcome").await?;
                        while let Some(said) = connection.receive().await? {
                            let others: Vec<_> = members.lock().unwrap().clone().into_iter().collect();
                            for (_, other) in others.iter().filter(|(other, _)| *other != name) {
                                other
                                    .send(format!("{name}: {}", String::from_utf8_lossy(&said)))
                                    .await?;
                            }
                            connection.send("told").await?;
                        }
                        members.lock().unwrap().remove(&name);
                        // Others may still have a clone.
                        Ok::<_, BoxError>(connection.close().await?)
                    }
                };
                stage.serve(serve).await
            }
        }
    };
    let first = passes(scenario, StandIns::new().with("Chat", chat()));
    // Ada's message was sent because of Bob's, so it is drawn behind it.
    assert!(first.contains("p1->>p2: hi\n    p2->>p0: Bob: hi\n"), "{first}");
    for _ in 0..5 {
        assert_eq!(passes(scenario, StandIns::new().with("Chat", chat())), first);
    }
}

#[test]
fn more_connections_than_the_endpoint_may_have_are_closed_at_once() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Server" }, { "send": "a" }, { "receive": "A" },
            { "connect": "Server", "as": "other" }, { "closed": "eof", "on": "other" },
            { "close": true, "on": "other" }, { "close": true } ] },
        "Server": { "listen": { "tcp": 0, "framing": "lines", "max_connections": 1 },
            "session": [ { "receive": "a" }, { "send": "A" }, { "closed": "eof" } ] } } }"#;
    plays_alike(scenario, || {
        StandIns::new().with("Server", |stage: Stage| async move { stage.serve(shouts).await })
    });
}

#[test]
fn waiting_for_something_of_its_own_is_no_standstill() {
    let slow = |stage: Stage| async move {
        while let Some(connection) = stage.accept().await? {
            while connection.receive().await?.is_some() {
                let (tell, told) = futures::channel::oneshot::channel();
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(100));
                    tell.send(()).unwrap();
                });
                told.await.unwrap();
                connection.send("pong").await?;
            }
        }
        Ok::<_, StageError>(())
    };
    plays_alike(HELLO, || StandIns::new().with("Server", slow));
}

#[test]
fn a_reply_that_is_forgotten_is_missed_by_who_waits_for_it() {
    let silent = |stage: Stage| async move {
        stage
            .serve(|connection: Connection| async move {
                while connection.receive().await?.is_some() {}
                Ok::<_, StageError>(())
            })
            .await
    };
    let (kind, strand, _) = fails(HELLO, StandIns::new().with("Server", silent));
    assert_eq!((kind, strand.as_str()), (FindingKind::Standstill, "Client"));
}

#[test]
fn what_is_never_read_is_left_over() {
    let deaf = |stage: Stage| async move {
        while let Some(connection) = stage.accept().await? {
            connection.send("pong").await?;
        }
        Ok::<_, StageError>(())
    };
    let (kind, strand, text) = fails(HELLO, StandIns::new().with("Server", deaf));
    assert_eq!(
        (kind, strand.as_str(), text.as_str()),
        (
            FindingKind::LeftOver,
            "Server/Client#1",
            "left over from Client: \"ping\""
        )
    );
}

#[test]
fn a_server_that_may_also_be_told_to_stop_ends_when_nobody_is_left() {
    let server = |stage: Stage| async move {
        let (stop, mut stopped) = futures::channel::mpsc::channel::<()>(1);
        let mut sessions = futures::stream::FuturesUnordered::new();
        loop {
            let mut come = Box::pin(stage.accept().fuse());
            futures::select! {
                come = come => match come? {
                    Some(connection) => sessions.push(shouts(connection)),
                    None => break,
                },
                served = sessions.select_next_some() => served?,
                _ = stopped.next() => break,
            }
        }
        drop(stop);
        Ok::<_, BoxError>(())
    };
    let scenario = pair(
        r#""lines""#,
        r#"{ "send": "a" }, { "receive": "A" }, { "close": true }"#,
        r#"{ "receive": "a" }, { "send": "A" }, { "closed": "eof" }"#,
    );
    let own = passes(&scenario, StandIns::new());
    assert_eq!(passes(&scenario, StandIns::new().with("Server", server)), own);
}
