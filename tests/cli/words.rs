//! What is printed for people: help, mistakes, findings.

use std::fs;

use crate::tool::{Folder, golden, top};

#[test]
fn help_says_what_there_is() {
    let folder = Folder::new();
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help-run", &["run", "--help"]),
        ("help-test", &["test", "--help"]),
        ("help-accept", &["accept", "--help"]),
        ("help-decode", &["decode", "--help"]),
        ("help-diff", &["diff", "--help"]),
        ("help-review", &["review", "--help"]),
        ("help-init", &["init", "--help"]),
        ("help-check", &["check", "--help"]),
        ("help-fmt", &["fmt", "--help"]),
        ("help-draw", &["draw", "--help"]),
        ("help-record", &["record", "--help"]),
        ("help-export", &["export", "--help"]),
        ("help-merge", &["merge", "--help"]),
    ] {
        let told = folder.wiretale(args);
        assert_eq!((told.code, &*told.err), (Some(0), ""), "{name}");
        golden(&format!("tests/cli/{name}.txt"), &told.out);
    }
}

#[test]
fn the_readers_of_help_are_told_the_exit_codes() {
    let folder = Folder::new();
    for (args, codes) in [
        (&["--help"][..], "0123"),
        (&["run", "--help"], "0123"),
        (&["test", "--help"], "0123"),
        (&["accept", "--help"], "023"),
        (&["review", "--help"], "023"),
        (&["diff", "--help"], "0123"),
        (&["decode", "--help"], "0123"),
        (&["check", "--help"], "012"),
        (&["draw", "--help"], "023"),
        (&["record", "--help"], "023"),
        (&["export", "--help"], "023"),
        (&["merge", "--help"], "0123"),
    ] {
        let help = folder.wiretale(args).out;
        for code in '0'..='3' {
            let told = help.contains(&format!("\n  {code}  "));
            assert_eq!(told, codes.contains(code), "{args:?} {code}\n{help}");
        }
    }
}

#[test]
fn every_mistake_of_every_file_is_told() {
    let folder = Folder::new();
    fs::copy(top().join("tests/broken/several-at-once.json"), folder.path("one.json")).unwrap();
    fs::write(
        folder.path("two.json"),
        r#"{ "actors": { "A": { "script": [ { "recieve": "x" } ] } } }"#,
    )
    .unwrap();
    for verb in ["check", "run"] {
        let told = folder.wiretale(&[verb, "one.json", "scenarios/hello.json", "two.json", "three.json"]);
        assert_eq!(told.code, Some(2));
        golden("tests/cli/mistakes.txt", &told.err);
        assert!(
            !folder.path("results").exists(),
            "nothing is played where a file is wrong"
        );
    }
}

#[test]
fn a_sound_file_is_said_to_be() {
    let folder = Folder::new();
    let told = folder.wiretale(&["check", "scenarios/hello.json", "scenarios/chat.json"]);
    assert_eq!((told.code, &*told.err), (Some(0), ""));
    golden("tests/cli/check.txt", &told.out);
    let told = folder.wiretale(&["check", "--quiet", "scenarios/hello.json"]);
    assert_eq!((told.code, &*told.out, &*told.err), (Some(0), "", ""));
}

/// Each fails in a way of its own, and the words for it are a golden.
const FAILING: &[(&str, &str)] = &[
    (
        "mismatch",
        r#"{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "Hello, wrold!" }, { "receive": "bye" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "Hello, world!" }, { "send": "bye" } ] }
} }"#,
    ),
    (
        "alternatives",
        r#"{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "FLY 3" }, { "closed": "eof" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
    { "choose": [
      { "receive": "QUIT" },
      { "receive": { "pattern": "FLY {n:word}s" } },
      { "receive": { "pattern": "FLY {n:int}" }, "when": "n > 7" },
      { "receive": { "regex": "[a-z]+" } },
      { "closed": "eof" }
    ] }
  ] }
} }"#,
    ),
    (
        "standstill",
        r#"{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "receive": "who is first?" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "who is first?" } ] }
} }"#,
    ),
    (
        "timeout",
        r#"{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "receive": "now", "timeout": "20ms" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "wait": "200ms" }, { "send": "now" } ] }
} }"#,
    ),
    (
        "ended",
        r#"{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": { "hex": "00 09 41" } }, { "close": true } ] },
  "Server": { "listen": { "tcp": 0, "framing": { "client": "raw", "server": "raw" } }, "session": [
    { "framing": { "length": "u16" } }, { "receive": { "any": true } }
  ] }
} }"#,
    ),
    (
        "assert",
        r#"{ "vars": { "limit": 3 }, "actors": {
  "Alone": { "script": [ { "set": { "n": 4 } }, { "assert": "n < limit" } ] }
} }"#,
    ),
    (
        "verdict",
        r#"{ "actors": { "Alone": { "script": [ { "verdict": { "inconclusive": "no fast clock here" } } ] } } }"#,
    ),
    (
        "left-over",
        r#"{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "send": "one" }, { "receive": "ok" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
    { "receive": "one" }, { "send": "ok" }, { "send": "ok" }, { "closed": "eof" }
  ] }
} }"#,
    ),
];

#[test]
fn a_failure_says_where_what_came_and_what_would_have_done() {
    let folder = Folder::new();
    for (name, scenario) in FAILING {
        let file = format!("{name}.json");
        fs::write(folder.path(&file), scenario).unwrap();
        let told = folder.wiretale(&["run", &file]);
        assert_eq!(told.code, Some(1), "{name}\n{}", told.err);
        golden(&format!("tests/cli/{name}.txt"), &told.err);
        assert!(
            told.out.starts_with("sequenceDiagram\n"),
            "{name}: the diagram up to there\n{}",
            told.out
        );
    }
}

#[test]
fn an_invariant_that_does_not_hold_is_told_and_is_in_the_trace() {
    let folder = Folder::new();
    let scenario = r#"{
  "invariants": [
    { "label": "every ping has its pong",
      "every": { "sent": { "pattern": "ping {n}" }, "by": "Client", "to": "Server" },
      "followed_by": { "received": { "pattern": "pong {n}" }, "by": "Client" } }
  ],
  "actors": {
    "Client": { "script": [ { "connect": "Server" }, { "send": "ping 1" }, { "receive": "pong 2" }, { "close": true } ] },
    "Server": { "listen": { "tcp": 0, "framing": "lines" },
      "session": [ { "receive": "ping 1" }, { "send": "pong 2" }, { "closed": "eof" } ] }
  }
}"#;
    fs::write(folder.path("pings.json"), scenario).unwrap();
    let told = folder.wiretale(&["run", "pings.json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    golden("tests/cli/invariant.txt", &format!("{}---\n{}", told.out, told.err));
    for detail in ["messages", "lifecycle"] {
        let run = folder.wiretale(&["run", "--detail", detail, "pings.json"]);
        let drawn = folder.wiretale(&["draw", "--detail", detail, "results/last/pings/trace.jsonl"]);
        assert_eq!((drawn.code, drawn.out), (Some(0), run.out));
    }
    let trace = folder.read("results/last/pings/trace.jsonl");
    let last: Vec<&str> = trace.lines().rev().take(3).collect();
    assert!(last[0].starts_with("{\"footer\":{\"verdict\":\"fail\""), "{trace}");
    assert!(
        last[1].starts_with("{\"judgement\":{\"at\":[{\"strand\":\"Client\",\"index\":"),
        "{trace}"
    );
    assert!(last[2].starts_with("{\"strand\":"), "{trace}");
    // Of a trace that was cut while it was amended, all is drawn up to there.
    let half = &trace[..trace.len() - last[0].len() - last[1].len() / 2];
    fs::write(folder.path("half.jsonl"), half).unwrap();
    let drawn = folder.wiretale(&["draw", "half.jsonl"]);
    assert_eq!(drawn.code, Some(0), "{}", drawn.err);
    assert!(
        drawn.out.contains("pong 2") && drawn.out.contains("cut here"),
        "{}",
        drawn.out
    );
}
