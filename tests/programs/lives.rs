//! A program's beginning and end, and what is said of them.

use serde_json::json;

use super::stage::{Desk, lines, none_is_left, sh, unique};

#[test]
fn the_end_of_a_program_ends_its_script_and_its_output_is_kept() {
    let desk = Desk::actors(&json!({ "A": { "process": sh("echo out; echo err >&2") } }));
    desk.passes(&[]);
    assert_eq!(desk.0.read("results/last/scene/A.stdout"), "out\n");
    assert_eq!(desk.0.read("results/last/scene/A.stderr"), "err\n");
    let trace = desk.0.read("results/last/scene/trace.jsonl");
    assert!(trace.contains(r#"{"name":"A","outside":true}"#), "{trace}");
    assert!(trace.contains(r#""event":{"exited":{"status":"0"}}"#), "{trace}");
}

#[test]
fn a_program_is_given_its_arguments_its_environment_and_its_input() {
    let desk = Desk::with(&json!({ "vars": { "x": "a b" }, "actors": { "A": {
            "count": 2,
            "process": {
                "command": ["sh", "-c", "echo \"$1|$2|$E\"; cat", "sh", "{{ x }}", "{{ actor.name }}"],
                "env": { "E": "{{ x }}{{ actor.index }}" },
                "stdin": { "json": { "n": "{{ actor.index }}" } },
                "stdout": { "regex": "a b\\|A\\[[12]\\]\\|a b[12]\n\\{\"n\":[12]\\}" }
            } } } }));
    desk.passes(&[]);
    assert_eq!(
        desk.0.read("results/last/scene/A[2].stdout"),
        "a b|A[2]|a b2\n{\"n\":2}"
    );
}

#[test]
fn an_unexpected_status_is_told_with_the_last_words() {
    let desk = Desk::actors(&json!({ "A": { "process": sh("echo oh dear >&2; exit 3") } }));
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("failed: A: `sh` ended with status 3"), "{}", told.err);
    assert!(told.err.contains("found     oh dear"), "{}", told.err);
    assert_eq!(lines(&told.out), ["Note over p0: fail: `sh` ended with status 3"]);
    let expected = json!({ "command": ["sh", "-c", "exit 3"], "exit": 3 });
    Desk::actors(&json!({ "A": { "process": expected } })).passes(&[]);
    let other = json!({ "command": ["sh", "-c", "kill -SEGV $$"], "exit": 3 });
    let told = Desk::actors(&json!({ "A": { "process": other } })).run(&[]);
    assert!(
        told.err.contains("`sh` was ended by SIGSEGV; status 3 is expected"),
        "{}",
        told.err
    );
}

#[test]
fn another_output_is_told_without_the_last_line_end() {
    let of = |stdout: &str| json!({ "A": { "process": { "command": ["sh", "-c", "echo pong"], "stdout": stdout } } });
    Desk::actors(&of("pong")).passes(&[]);
    let told = Desk::actors(&of("ping")).run(&[]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.contains("what `sh` wrote is not what is expected"),
        "{}",
        told.err
    );
    assert!(
        told.err.contains("found     \"pong\"\n    expected  \"ping\""),
        "{}",
        told.err
    );
}

#[test]
fn no_script_begins_before_a_program_is_ready() {
    let slow = |ready: &str| {
        json!({
            "Server": { "process": {
                "command": ["sh", "-c", "echo warming up; sleep 0.2; touch warm; echo ready to go; exec sleep 1000"],
                "ready": { "stdout": { "contains": ready } } } },
            "Client": { "process": sh("test -e warm") }
        })
    };
    Desk::actors(&slow("ready")).passes(&[]);
    // A line before it is no sign.
    let told = Desk::actors(&slow("warming")).run(&[]);
    assert_eq!(told.code, Some(1), "{}", told.err);
}

#[test]
fn a_program_that_ends_before_it_is_ready_is_told_and_no_script_begins() {
    let desk = Desk::actors(&json!({
        "Server": { "listen": "tcp", "process": {
            "command": ["sh", "-c", "echo no room >&2; exit 1"], "ready": { "tcp": "{{ port }}" } } },
        "Client": { "process": sh("touch begun") },
        "Own": { "script": [ { "note": "begun" } ], "finally": [ { "note": "the end" } ] }
    }));
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.err
            .contains("failed: Server: `sh` ended with status 1, before it was ready"),
        "{}",
        told.err
    );
    assert!(told.err.contains("found     no room"), "{}", told.err);
    assert!(!desk.0.path("begun").exists());
    assert!(
        !told.out.contains("begun") && told.out.contains("the end"),
        "{}",
        told.out
    );
}

#[test]
fn a_program_that_is_not_ready_in_time_is_told() {
    let desk = Desk::actors(&json!({ "Server": { "listen": "tcp", "process": {
        "command": ["sleep", "1000"], "ready": { "tcp": "{{ port }}", "timeout": "100ms" } } } }));
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.err.contains("failed: Server: `sleep` was not ready in time"),
        "{}",
        told.err
    );
    assert!(told.err.contains("help      `timeout` in `ready` gives it more time"));
}

#[test]
fn a_server_that_ends_by_itself_is_told() {
    let desk = Desk::actors(&json!({
        "Server": { "process": { "command": ["sh", "-c", "echo ready"], "ready": { "stdout": "ready" } } },
        "Client": { "process": sh("sleep 0.3") }
    }));
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.err
            .contains("failed: Server: `sh` ended with status 0, before the run was over"),
        "{}",
        told.err
    );
}

#[test]
fn a_program_that_ignores_its_signal_is_killed_and_told() {
    let stubborn = |stop: &str| {
        json!({ "Server": { "process": {
            "command": ["sh", "-c", "trap '' TERM; trap 'exit 0' USR1; echo ready; while :; do sleep 0.01; done"],
            "ready": { "stdout": "ready" }, "stop": stop } } })
    };
    let told = Desk::actors(&stubborn("SIGTERM")).run(&[]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.err
            .contains("failed: Server: `sh` did not end at SIGTERM, and was killed"),
        "{}",
        told.err
    );
    assert!(told.err.contains("help      `stop` names another signal"));
    Desk::actors(&stubborn("SIGUSR1")).passes(&[]);
}

#[test]
fn a_program_that_cannot_be_executed_is_told() {
    let desk = Desk::actors(&json!({ "A": { "process": { "command": ["./broken"] } } }));
    desk.put("broken", "#!/no/such/interpreter\n");
    std::process::Command::new("chmod")
        .args(["+x", desk.0.path("broken").to_str().unwrap()])
        .status()
        .unwrap();
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(3), "{}", told.err);
    assert!(told.err.contains("error: A: cannot start `./broken`"), "{}", told.err);
}

#[test]
fn steps_start_and_end_programs_in_the_causal_order() {
    let desk = Desk::actors(&json!({
        "Server": { "process": {
            "command": ["sh", "-c", "echo begun >> lives; trap 'echo ended >> lives; exit 0' TERM; echo ready; while :; do sleep 0.01; done"],
            "ready": { "stdout": "ready" }, "start": false } },
        "Client": { "script": [
            { "stop": "Server", "fails": true },
            { "start": "Server" }, { "start": "Server", "fails": true },
            { "restart": "Server", "label": "again" }, { "kill": "Server", "hide": true },
            { "start": "Server" }, { "stop": "Server" }, { "note": "over" }
        ] }
    }));
    let drawn = desk.always(5);
    assert_eq!(
        lines(&drawn),
        [
            "Note over p0: start",
            "Note over p0: again",
            "Note over p0: start",
            "Note over p0: stop",
            "Note over p1: over"
        ]
    );
    let whole = desk.passes(&["--detail", "lifecycle"]);
    let shown: Vec<&str> = lines(&whole)
        .into_iter()
        .filter(|line| {
            ["started", "exited", "ended by", "over: ", "p1: over"]
                .iter()
                .any(|part| line.contains(part))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Note over p0: started",
            "Note over p0: exited with status 0",
            "Note over p0: started",
            "Note over p0: ended by signal 9",
            "Note over p0: started",
            "Note over p0: exited with status 0",
            "Note over p1: over"
        ]
    );
    let lives = desk.0.read("lives");
    let one = "begun\nended\nbegun\nbegun\nended\n";
    assert_eq!(lives, one.repeat(6));
}

#[test]
fn what_says_a_lot_does_not_wait_to_be_heard() {
    let desk = Desk::actors(&json!({ "A": { "process": {
        "command": ["sh", "-c", "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"],
        "stdout": { "size": 3_000_000 } } } }));
    desk.passes(&[]);
    let told = Desk::with(
        &json!({ "limits": { "message": "1KiB" }, "actors": { "A": { "process": {
        "command": ["sh", "-c", "head -c 3000000 /dev/zero"], "stdout": { "any": true } } } } }),
    )
    .run(&[]);
    assert!(
        told.err
            .contains("`sh` wrote more than a message may have (`limits.message`)"),
        "{}",
        told.err
    );
}

#[test]
fn a_program_that_does_not_end_is_named_at_the_deadline() {
    let desk = Desk::with(&json!({ "limits": { "scenario": "300ms" }, "actors": {
        "A": { "process": sh("echo still waiting >&2; sleep 1000") } } }));
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(3), "{}", told.err);
    assert!(told.err.contains("A: `sh` had not ended by itself"), "{}", told.err);
    assert!(told.err.contains("found     still waiting"), "{}", told.err);
}

#[test]
fn a_program_that_is_waited_for_is_ended_when_something_failed_and_nobody_else_is_left() {
    let desk = Desk::actors(&json!({
        "A": { "process": sh("exec sleep 100") },
        "B": { "script": [ { "assert": "1 == 2" } ] }
    }));
    let told = desk.run(&[]);
    // Not cut by the deadline, half a minute later.
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert_eq!(told.err.matches("failed:").count(), 1, "{}", told.err);
}

#[test]
fn a_program_may_be_slow_to_take_connections() {
    // Many looks at a port at which nobody listens yet take it from nobody.
    let Some(()) = super::peers::installed("python3") else {
        return;
    };
    let script = "import socket, sys, time\ntime.sleep(1)\ns = socket.socket()\ns.bind(('127.0.0.1', int(sys.argv[1])))\ns.listen()\nwhile True: s.accept()";
    let desk = Desk::actors(&json!({
        "Server": { "listen": "tcp", "process": {
            "command": ["python3", "-c", script, "{{ port }}"], "ready": { "tcp": "{{ port }}" } } },
        "Client": { "script": [ { "connect": "Server" }, { "close": true } ] }
    }));
    desk.passes(&[]);
}

#[test]
fn a_program_that_two_steps_begin_at_once_is_there_once_and_none_is_left_behind() {
    let mark = unique();
    let step = json!({ "script": [ { "restart": "Server" } ] });
    let desk = Desk::actors(&json!({
        "Server": { "process": {
            "command": ["sh", "-c", format!("echo begun >> lives; echo ready; exec sleep {mark}")],
            "ready": { "stdout": "ready" } } },
        "A": step, "B": step, "C": step
    }));
    desk.passes(&[]);
    none_is_left(&mark);
    assert_eq!(desk.0.read("lives"), "begun\n".repeat(4));
}
