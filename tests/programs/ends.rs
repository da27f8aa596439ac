//! No program is left behind, however a run ends.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value as Json, json};
use wiretale::actor::StandIns;
use wiretale::plan::{Overrides, Permissions, Plan};
use wiretale::run::{self, Options};
use wiretale::runtime;
use wiretale::scenario::load_text;

use super::stage::{Desk, none_is_left, processes, unique, until};

/// A program with children, one of which ignores what it is told, that all have a mark in their command lines.
fn family(mark: &str) -> Json {
    let script = format!("sh -c \"trap '' TERM INT; sleep {mark}; sleep {mark}\" & sleep {mark} & echo ready; wait");
    json!({ "command": ["sh", "-c", script], "ready": { "stdout": "ready" } })
}

/// A scenario that waits, with a program that has children.
fn waiting(mark: &str) -> Json {
    json!({
        "limits": { "scenario": "40s" },
        "actors": {
            "Server": { "process": family(mark) },
            "Client": { "script": [ { "note": "in the middle" }, { "wait": "35s" } ] }
        }
    })
}

#[test]
fn none_is_left_after_a_run() {
    let mark = unique();
    let desk = Desk::actors(&json!({ "Server": { "process": family(&mark) } }));
    desk.passes(&[]);
    none_is_left(&mark);
}

#[test]
fn none_is_left_of_a_program_that_ends_before_its_children() {
    let mark = unique();
    let script = format!("sleep {mark} & echo done");
    let desk = Desk::actors(&json!({ "A": { "process": { "command": ["sh", "-c", script], "stdout": "done" } } }));
    desk.passes(&[]);
    none_is_left(&mark);
}

#[test]
fn none_is_left_where_a_step_fails_or_another_program_is_not_ready() {
    let mark = unique();
    let desk = Desk::actors(&json!({
        "Server": { "process": family(&mark) },
        "Client": { "script": [ { "assert": "1 == 2" } ] }
    }));
    assert_eq!(desk.run(&[]).code, Some(1));
    none_is_left(&mark);
    let desk = Desk::actors(&json!({
        "Server": { "process": family(&mark) },
        "Other": { "process": { "command": ["sh", "-c", "exit 1"], "ready": { "stdout": "x" } } }
    }));
    assert_eq!(desk.run(&[]).code, Some(1));
    none_is_left(&mark);
}

#[test]
fn none_is_left_at_the_deadline_of_the_scenario() {
    let mark = unique();
    let desk = Desk::with(&json!({
        "limits": { "scenario": "500ms" },
        "actors": {
            "Server": { "process": family(&mark) },
            "Client": { "process": { "command": ["sleep", &mark] } }
        }
    }));
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(3), "{}", told.err);
    assert!(told.err.contains("cut by the scenario's deadline"), "{}", told.err);
    none_is_left(&mark);
}

/// Starts wiretale, and waits until the program's family is there and the script is in its middle.
fn started(desk: &Desk, mark: &str) -> Child {
    let mut command = desk.0.command(&["run", "--allow-process", "scene.json"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    until("it never begins", || {
        let trace = std::fs::read_to_string(desk.0.path("results/last/scene/trace.jsonl")).unwrap_or_default();
        (trace.contains("in the middle") && processes(mark).len() >= 3).then_some(())
    });
    child
}

fn signal(child: &Child, name: &str) {
    let told = Command::new("sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status()
        .unwrap();
    assert!(told.success());
}

#[test]
fn none_is_left_after_ctrl_c_and_sigterm() {
    for name in ["INT", "TERM"] {
        let mark = unique();
        let desk = Desk::with(&waiting(&mark));
        let mut child = started(&desk, &mark);
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(3));
        none_is_left(&mark);
    }
}

#[test]
fn none_is_left_after_ctrl_c_twice() {
    let mark = unique();
    let desk = Desk::with(&waiting(&mark));
    let mut child = started(&desk, &mark);
    signal(&child, "INT");
    let mut told = String::new();
    // The second one comes while it ends in order, or just after.
    signal(&child, "INT");
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(matches!(child.wait().unwrap().code(), Some(3 | 130)), "{told}");
    none_is_left(&mark);
}

/// A trace that nobody can write, in the worst of ways.
struct Explosive;

impl Write for Explosive {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        assert!(
            !String::from_utf8_lossy(bytes).contains("in the middle"),
            "as this test wants it"
        );
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn none_is_left_after_a_panic() {
    let mark = unique();
    let text = json!({ "actors": {
        "Server": { "process": family(&mark) },
        "Client": { "script": [ { "note": "in the middle" } ] }
    } })
    .to_string();
    let (scenario, sources) = load_text("scene.json", &text).unwrap();
    let overrides = Overrides {
        permissions: Permissions::default().with_process(true),
        ..Overrides::default()
    };
    let plan = Plan::compile("scene.json", &scenario, &sources, &overrides).unwrap();
    let options = Options {
        trace: Box::new(Explosive),
        flip: None,
        stand_ins: StandIns::new(),
        signals: false,
        outputs: None,
    };
    let played = catch_unwind(AssertUnwindSafe(|| {
        runtime::block_on(run::run(Arc::new(plan), options))
    }));
    assert!(played.is_err(), "nothing panics");
    none_is_left(&mark);
}

#[test]
fn a_step_in_which_wiretale_is_told_to_end_ends() {
    let mark = unique();
    let desk = Desk::with(&json!({
        "limits": { "scenario": "40s" },
        "actors": {
            "Server": { "process": family(&mark) },
            "Slow": { "process": { "command": ["sleep", &mark], "start": false, "ready": { "stdout": "never", "timeout": "35s" } } },
            "Client": { "script": [ { "note": "in the middle" }, { "start": "Slow" } ] }
        }
    }));
    let mut child = started(&desk, &mark);
    until("it is not started", || (processes(&mark).len() >= 4).then_some(()));
    signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    none_is_left(&mark);
}
