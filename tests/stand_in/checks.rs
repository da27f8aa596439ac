//! `suite::check`: what a test says when a scenario does not pass, and what it leaves.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tempfile::TempDir;
use wiretale::actor::{Stage, StageError};
use wiretale::suite::{Check, check};

const HELLO: &str = r#"{ "actors": {
    "Client": { "script": [ { "connect": "Server" }, { "send": "ping" }, { "receive": { "pattern": "pon{_rest:rest}" } }, { "close": true } ] },
    "Server": { "listen": { "tcp": 0, "framing": "lines" },
        "state": { "count": 0 },
        "session": [ { "receive": "ping" }, { "set": { "actor.count": 1 } }, { "send": "pong" }, { "closed": "eof" } ] } } }"#;

/// A folder with one scenario in a folder of its scenarios.
struct Project(TempDir);

impl Project {
    fn new(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("scenarios/mail")).unwrap();
        fs::write(folder.path().join("scenarios/mail/hello.json"), scenario).unwrap();
        Self(folder)
    }

    fn check(&self) -> Check {
        check(self.0.path().join("scenarios/mail/hello.json")).results(self.0.path().join("results"))
    }

    fn result(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join("results/mail").join(name)
    }

    /// What `passes` panics with.
    fn panics(check: Check) -> String {
        let panic = catch_unwind(AssertUnwindSafe(|| check.passes())).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    }

    /// Approves what waits.
    fn accept(&self) {
        fs::rename(self.result("hello.new.mmd"), self.result("hello.mmd")).unwrap();
    }
}

/// A server that answers with this.
fn answers(answer: &'static str) -> impl Fn(Stage) -> futures::future::BoxFuture<'static, Result<(), StageError>> {
    move |stage: Stage| {
        Box::pin(async move {
            while let Some(connection) = stage.accept().await? {
                while connection.receive().await?.is_some() {
                    connection.send(answer).await?;
                }
            }
            Ok(())
        })
    }
}

#[test]
fn a_new_diagram_waits_for_approval_and_no_test_approves_it() {
    let project = Project::new(HELLO);
    let wrong = project.check().outcome().unwrap_err();
    assert!(wrong.contains("mail/hello"), "{wrong}");
    assert!(!project.result("hello.new.mmd").exists());
    let wrong = Project::panics(project.check());
    assert!(
        wrong.contains("hello.new.mmd") && wrong.contains("wiretale accept mail/hello"),
        "{wrong}"
    );
    assert!(!project.result("hello.mmd").exists());
    project.accept();
    project.check().passes();
}

#[test]
fn code_is_held_against_the_approved_diagram() {
    let project = Project::new(HELLO);
    Project::panics(project.check());
    project.accept();
    project.check().with("Server", answers("pong")).passes();
    assert!(!project.result("hello.new.mmd").exists());
    let wrong = Project::panics(project.check().with("Server", answers("pony")));
    assert!(wrong.contains("pony") && wrong.contains("pong"), "{wrong}");
    let left = fs::read_to_string(project.result("hello.new.mmd")).unwrap();
    assert!(left.contains("p1-->>p0: pony"), "{left}");
    let wrong = project.check().with("Server", answers("ping")).outcome().unwrap_err();
    assert!(
        wrong.contains("expected") && wrong.contains("found \"ping\""),
        "{wrong}"
    );
}

#[test]
fn an_approved_diagram_that_cannot_be_read_is_said_and_kept() {
    let project = Project::new(HELLO);
    fs::create_dir_all(project.result("")).unwrap();
    let damaged = "sequenceDiagram\n<<<<<<< HEAD\n";
    fs::write(project.result("hello.mmd"), damaged).unwrap();
    let wrong = Project::panics(project.check());
    assert!(wrong.contains("hello.mmd"), "{wrong}");
    assert_eq!(fs::read_to_string(project.result("hello.mmd")).unwrap(), damaged);
}

#[test]
fn what_is_not_there_is_told() {
    let project = Project::new(HELLO);
    let wrong = Project::panics(project.check().with("Sever", answers("pong")));
    assert!(wrong.contains("did you mean `Server`?"), "{wrong}");
    let wrong = Project::panics(project.check().case("cold"));
    assert!(wrong.contains("no case `cold`"), "{wrong}");
    let wrong = Project::panics(Project::new(r#"{ "actor": {} }"#).check());
    assert!(wrong.contains("hello.json:1:3"), "{wrong}");
    let wrong = Project::panics(check("scenarios/nowhere.json"));
    assert!(wrong.contains("nowhere.json"), "{wrong}");
}

#[test]
fn cases_are_compared_one_by_one() {
    let cases = HELLO.replacen('{', r#"{ "data": [ { "case": "cold" }, { "case": "hot" } ], "#, 1);
    let project = Project::new(&cases);
    let wrong = Project::panics(project.check());
    assert!(
        wrong.contains("mail/hello.cold") && wrong.contains("mail/hello.hot"),
        "{wrong}"
    );
    fs::rename(project.result("hello.hot.new.mmd"), project.result("hello.hot.mmd")).unwrap();
    project.check().case("hot").passes();
    let wrong = project.check().outcome().unwrap_err();
    assert!(
        wrong.contains("mail/hello.cold") && !wrong.contains("mail/hello.hot"),
        "{wrong}"
    );
}
