//! Code in the place of a client, or of everybody.

use std::time::Duration;

use wiretale::actor::{BoxError, Connection, Stage, StageError, StandIns};
use wiretale::finding::FindingKind;

use super::stage::{fails, pair, play, plays_alike, shouts};

fn echo() -> String {
    pair(
        r#""lines""#,
        r#"{ "send": "a" }, { "receive": "A" }, { "close": true }"#,
        r#"{ "receive": "a" }, { "send": "A" }, { "closed": "eof" }"#,
    )
}

async fn client(stage: Stage) -> Result<(), StageError> {
    let connection = stage.connect("Server").await?;
    connection.send("a").await?;
    assert_eq!(connection.receive().await?.as_deref(), Some(&b"A"[..]));
    connection.close().await
}

#[test]
fn a_client_shows_as_a_script_does() {
    plays_alike(&echo(), || StandIns::new().with("Client", client));
}

#[test]
fn code_speaks_tls_where_the_endpoint_does() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Server" }, { "send": "a" }, { "receive": "A" }, { "close": true } ] },
        "Server": { "listen": { "tcp": 0, "framing": "lines", "tls": { "client": true } },
            "session": [ { "receive": "a" }, { "send": "A" }, { "closed": "eof" } ] } } }"#;
    plays_alike(scenario, || StandIns::new().with("Client", client));
    plays_alike(scenario, || {
        StandIns::new().with("Server", |stage: Stage| async move { stage.serve(shouts).await })
    });
    let refused = scenario.replace(r#"{ "connect": "Server" }"#, r#"{ "connect": "Server", "tls": false }"#);
    let told = play(
        &refused,
        StandIns::new().with("Server", |stage: Stage| async move { stage.serve(shouts).await }),
    );
    let found = told
        .outcome
        .findings
        .iter()
        .any(|finding| finding.kind == FindingKind::Handshake);
    assert!(found, "{:#?}", told.outcome);
}

#[test]
fn client_and_server_can_both_be_code() {
    plays_alike(&echo(), || {
        StandIns::new()
            .with("Client", client)
            .with("Server", |stage: Stage| async move { stage.serve(shouts).await })
    });
}

#[test]
fn instances_of_a_client_are_drawn_as_one() {
    let scenario = r#"{ "actors": {
        "Client": { "count": 3, "script": [ { "connect": "Server" }, { "send": "a" }, { "receive": "A" }, { "close": true } ] },
        "Server": { "listen": { "tcp": 0, "framing": "lines" },
            "session": [ { "receive": "a" }, { "send": "A" }, { "closed": "eof" } ] } } }"#;
    let shown = plays_alike(scenario, || StandIns::new().with("Client", client));
    assert!(shown.contains("Client ×3"), "{shown}");
}

#[test]
fn a_relay_connects_for_each_of_its_sessions() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Relay" }, { "send": "a" }, { "receive": "A" }, { "close": true } ] },
        "Relay": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
            { "receive": "a" }, { "connect": "Server" }, { "send": "a", "on": "Server" }, { "receive": "A", "on": "Server" },
            { "send": "A", "on": "client" }, { "closed": "eof", "on": "client" }, { "close": true, "on": "Server" } ] },
        "Server": { "listen": { "tcp": 0, "framing": "lines" },
            "session": [ { "receive": "a" }, { "send": "A" }, { "closed": "eof" } ] } } }"#;
    let relay = |stage: Stage| async move {
        let within = stage.clone();
        let serve = move |client: Connection| {
            let stage = within.clone();
            async move {
                let mut server = None;
                while let Some(message) = client.receive().await? {
                    let server = match &mut server {
                        Some(server) => server,
                        None => server.insert(stage.connect("Server").await?),
                    };
                    server.send(message).await?;
                    if let Some(answer) = server.receive().await? {
                        client.send(answer).await?;
                    }
                }
                if let Some(server) = server {
                    server.close().await?;
                }
                Ok::<_, BoxError>(())
            }
        };
        stage.serve(serve).await
    };
    plays_alike(scenario, || StandIns::new().with("Relay", relay));
}

#[test]
fn a_reset_and_a_half_close_show_as_theirs_do() {
    let scenario = pair(
        r#""lines""#,
        r#"{ "send": "a" }, { "shutdown": true }, { "receive": "A" }, { "closed": "eof" },
           { "connect": "Server", "as": "second" }, { "send": "b" }, { "receive": "B", "on": "second" }, { "reset": true, "on": "second" }"#,
        r#"{ "receive": { "pattern": "{word}" } }, { "send": "{{ word.upper() }}" }, { "closed": "any" }"#,
    )
    .replace(r#"{ "send": "b" }"#, r#"{ "send": "b", "on": "second" }"#);
    let code = |stage: Stage| async move {
        let first = stage.connect("Server").await?;
        first.send("a").await?;
        first.shutdown().await?;
        assert_eq!(first.receive().await?.as_deref(), Some(&b"A"[..]));
        assert_eq!(first.receive().await?, None);
        let second = stage.connect("Server").await?;
        second.send("b").await?;
        assert_eq!(second.receive().await?.as_deref(), Some(&b"B"[..]));
        second.reset().await
    };
    plays_alike(&scenario, || StandIns::new().with("Client", code));
}

#[test]
fn what_nobody_can_bring_about_is_a_standstill_and_takes_no_time() {
    let scenario = pair(r#""lines""#, r#"{ "receive": "A" }"#, r#"{ "closed": "eof" }"#);
    let waits = |stage: Stage| async move { stage.connect("Server").await?.receive().await.map(drop) };
    let begun = std::time::Instant::now();
    let told = play(&scenario, StandIns::new().with("Client", waits));
    let own = |finding: &&wiretale::finding::Finding| finding.strand == "Client";
    let finding = told.outcome.findings.iter().find(own).unwrap();
    assert_eq!(finding.kind, FindingKind::Standstill);
    assert_eq!(finding.text, "waits for a message from Server, which nobody can send");
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[test]
fn a_deadline_can_be_given_to_each_call() {
    let scenario = pair(r#""lines""#, r#"{ "close": true }"#, r#"{ "closed": "eof" }"#);
    let waits = |stage: Stage| async move {
        let connection = stage.connect("Server").await?;
        let error = connection.receive_within(Duration::from_millis(20)).await.unwrap_err();
        assert!(error.is_timeout());
        connection.set_timeout(Some(Duration::from_millis(20)));
        connection.receive().await.map(drop)
    };
    let (kind, _, text) = fails(&scenario, StandIns::new().with("Client", waits));
    assert_eq!(
        (kind, text.as_str()),
        (FindingKind::Timeout, "timed out waiting for a message from Server")
    );
}

#[test]
fn an_endpoint_that_is_not_there_is_told() {
    let lost = |stage: Stage| async move { stage.connect("Sever").await.map(drop) };
    let (kind, _, text) = fails(&echo(), StandIns::new().with("Client", lost));
    assert_eq!(
        (kind, text.as_str()),
        (FindingKind::Code, "there is no endpoint called `Sever`")
    );
}

#[test]
fn code_begins_strands_for_connections_that_it_opened() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Server[1]" }, { "send": "a" }, { "receive": "A" }, { "close": true } ] },
        "Server": { "count": 2, "listen": { "tcp": 0, "framing": "lines" },
            "session": [ { "receive": "a" }, { "send": "A" }, { "closed": "eof" } ] } } }"#;
    let both = |stage: Stage| async move {
        for target in ["Server[1]", "Server[2]"] {
            let server = stage.connect(target).await?;
            stage.session(server, |server: Connection| async move {
                server.send("a").await?;
                server.receive().await?;
                server.close().await
            });
        }
        Ok::<_, StageError>(())
    };
    let stand_ins = || StandIns::new().with("Client", both);
    let first = super::stage::passes(scenario, stand_ins());
    assert_eq!(
        first.matches("->>p1: a").count() + first.matches("->>p2: a").count(),
        2,
        "{first}"
    );
    for _ in 0..5 {
        assert_eq!(super::stage::passes(scenario, stand_ins()), first);
    }
}
