//! Code that goes wrong.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wiretale::actor::{BoxError, Connection, Stage, StageError, StandIns};
use wiretale::diagram::Detail;
use wiretale::finding::{FindingKind, Verdict};
use wiretale::suite::play_with;

use super::stage::{diagram, fails, pair, passes, play, plays_alike};

fn hello() -> String {
    pair(
        r#""lines""#,
        r#"{ "send": "ping" }, { "receive": "pong" }, { "close": true }"#,
        r#"{ "receive": "ping" }, { "send": "pong" }, { "closed": "eof" }"#,
    )
}

#[test]
fn a_panic_is_a_finding_of_its_actor_and_ends_nobody_else() {
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Server" }, { "send": "ping" }, { "closed": "eof" },
            { "connect": "Other" }, { "send": "ping", "on": "Other" }, { "receive": "pong", "on": "Other" } ] },
        "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "ping" } ] },
        "Other": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "ping" }, { "send": "pong" } ] } } }"#;
    let bad = |stage: Stage| async move {
        stage
            .serve(|connection: Connection| async move {
                let ping = connection.receive().await?.unwrap();
                assert_eq!(ping, b"pong", "no pong");
                Ok::<_, StageError>(())
            })
            .await
    };
    let told = play(scenario, StandIns::new().with("Server", bad));
    assert_eq!(
        (told.outcome.verdict, &told.outcome.cut),
        (Verdict::Fail, &None),
        "{:#?}",
        told.outcome
    );
    let [finding] = &told.outcome.findings[..] else {
        panic!("{:#?}", told.outcome)
    };
    assert_eq!(
        (finding.kind, finding.strand.as_str()),
        (FindingKind::Code, "Server/Client#1")
    );
    assert!(
        finding.text.starts_with("panicked: ") && finding.text.contains("no pong"),
        "{}",
        finding.text
    );
    assert!(diagram(&told).contains("p2-->>p0: pong"), "{}", diagram(&told));
}

#[test]
fn an_error_is_a_finding() {
    let bad = |stage: Stage| async move {
        let _connection = stage.accept().await?;
        Err::<(), BoxError>("out of luck".into())
    };
    let told = play(&hello(), StandIns::new().with("Server", bad));
    let finding = &told.outcome.findings[0];
    assert_eq!((finding.kind, finding.strand.as_str()), (FindingKind::Code, "Server"));
    assert_eq!(finding.text, "gave up: out of luck");
    assert!(
        told.outcome.findings[1..].iter().all(|finding| finding.follows),
        "{:#?}",
        told.outcome
    );
}

#[test]
fn code_says_itself_that_something_is_wrong() {
    let bad = |stage: Stage| async move {
        while let Some(connection) = stage.accept().await? {
            stage.note("somebody came");
            while connection.receive().await?.is_some() {
                stage.fail("nobody says ping any more");
                connection.send("pong").await?;
            }
        }
        Ok::<_, StageError>(())
    };
    let told = play(&hello(), StandIns::new().with("Server", bad));
    assert_eq!(told.outcome.verdict, Verdict::Fail);
    let shown = diagram(&told);
    assert!(
        shown.contains("somebody came") && shown.contains("nobody says ping any more"),
        "{shown}"
    );
    assert!(shown.contains("p1-->>p0: pong"), "{shown}");
}

#[test]
fn code_that_never_returns_ends_with_the_deadline() {
    for scenario in [
        r#"{ "limits": { "scenario": "100ms" }, "actors": { "A": { "script": [ { "note": "x" } ] } } }"#,
        r#"{ "limits": { "scenario": "100ms" }, "actors": { "A": { "setup": [ { "note": "y" } ], "script": [ { "note": "x" } ] } } }"#,
    ] {
        let begun = Instant::now();
        let told = play(
            scenario,
            StandIns::new().with("A", |_| std::future::pending::<Result<(), BoxError>>()),
        );
        assert_eq!(told.outcome.cut.as_deref(), Some("the scenario's deadline"));
        let spins = |_| async {
            loop {
                let mut is_first = true;
                futures::future::poll_fn(|cx| match std::mem::take(&mut is_first) {
                    true => {
                        cx.waker().wake_by_ref();
                        std::task::Poll::Pending
                    }
                    false => std::task::Poll::Ready(()),
                })
                .await;
            }
            #[expect(unreachable_code, reason = "it says what the code would give")]
            Ok::<_, BoxError>(())
        };
        let told = play(scenario, StandIns::new().with("A", spins));
        assert_eq!(told.outcome.cut.as_deref(), Some("the scenario's deadline"));
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn connections_that_code_forgets_are_closed_at_its_end() {
    let forgets = || {
        let kept: Arc<Mutex<Vec<Connection>>> = Arc::default();
        move |stage: Stage| {
            let kept = Arc::clone(&kept);
            async move {
                let Some(connection) = stage.accept().await? else {
                    return Ok(());
                };
                kept.lock().unwrap().push(connection.clone());
                connection.receive().await?;
                connection.send("pong").await
            }
        }
    };
    let scenario = pair(
        r#""lines""#,
        r#"{ "send": "ping" }, { "receive": "pong" }, { "closed": "eof" }"#,
        r#"{ "receive": "ping" }, { "send": "pong" }"#,
    );
    plays_alike(&scenario, || StandIns::new().with("Server", forgets()));
}

#[test]
fn what_befalls_others_follows_from_code_that_failed() {
    let bad = |stage: Stage| async move {
        stage
            .serve(|connection: Connection| async move {
                connection.receive().await?;
                Err::<(), BoxError>("no".into())
            })
            .await
    };
    for _ in 0..5 {
        let (kind, strand, text) = fails(&hello(), StandIns::new().with("Server", bad));
        assert_eq!(
            (kind, strand.as_str(), text.as_str()),
            (FindingKind::Code, "Server/Client#1", "gave up: no")
        );
    }
}

#[test]
fn an_actor_that_is_not_there_is_told() {
    let nobody = |_: Stage| async { Ok::<_, BoxError>(()) };
    let error = play_with(
        "x.json",
        &hello(),
        Detail::Messages,
        StandIns::new().with("Sever", nobody),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "code stands in for `Sever`, and there is no such actor; did you mean `Server`?"
    );
}

#[test]
fn a_task_of_its_own_is_told_that_it_is_none_of_the_run() {
    let scenario = pair(r#""lines""#, r#"{ "closed": "eof" }"#, r#"{ "close": true }"#);
    let spawns = |stage: Stage| async move {
        while let Some(connection) = stage.accept().await? {
            let thread = std::thread::spawn(move || futures::executor::block_on(connection.receive()));
            let error = thread.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), Some(FindingKind::Code), "{error}");
        }
        Ok::<_, StageError>(())
    };
    passes(&scenario, StandIns::new().with("Server", spawns));
}
