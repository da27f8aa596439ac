//! Exit codes, each reached.

use std::fs;

use crate::tool::{Folder, golden};

#[test]
fn what_passes_gives_0() {
    let folder = Folder::new();
    let told = folder.wiretale(&["run", "scenarios/hello.json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(
        folder.wiretale(&["draw", "results/last/hello/trace.jsonl"]).code,
        Some(0)
    );
    assert_eq!(folder.wiretale(&["--version"]).code, Some(0));
}

#[test]
fn what_fails_gives_1() {
    let folder = Folder::new();
    fs::write(folder.path("fails.json"), FAILS).unwrap();
    let told = folder.wiretale(&["run", "fails.json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(told.out.contains("%% verdict: fail\n"), "{}", told.out);
}

#[test]
fn what_is_known_to_fail_and_fails_gives_0() {
    let folder = Folder::new();
    fs::write(
        folder.path("fails.json"),
        FAILS.replacen('{', r#"{ "expect": "fail","#, 1),
    )
    .unwrap();
    let told = folder.wiretale(&["run", "fails.json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(
        told.err.contains("fails: failed, as expected; its trace"),
        "{}",
        told.err
    );
    assert!(told.out.contains("%% verdict: fail, as expected\n"), "{}", told.out);
    let drawn = folder.wiretale(&["draw", "results/last/fails/trace.jsonl"]);
    assert_eq!((drawn.code, &drawn.out), (Some(0), &told.out));
}

#[test]
fn what_is_known_to_fail_and_passes_gives_1() {
    let folder = Folder::new();
    let scenario =
        "{ \"actors\": { \"A\": { \"script\": [ { \"note\": \"all is well\" } ] } },\n  \"expect\": \"fail\" }";
    fs::write(folder.path("mended.json"), scenario).unwrap();
    let told = folder.wiretale(&["run", "mended.json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    golden("tests/cli/mended.txt", &told.err);
}

#[test]
fn what_is_known_to_fail_and_says_nothing_gives_1() {
    let folder = Folder::new();
    let scenario =
        r#"{ "expect": "fail", "actors": { "A": { "script": [ { "verdict": { "inconclusive": "no idea" } } ] } } }"#;
    fs::write(folder.path("moot.json"), scenario).unwrap();
    let told = folder.wiretale(&["run", "moot.json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(told.err.contains("moot: inconclusive; its trace"), "{}", told.err);
}

/// A scenario that fails.
const FAILS: &str = r#"{ "actors": { "A": { "script": [ { "verdict": { "fail": "on purpose" } } ] } } }"#;

#[test]
fn what_is_wrong_gives_2() {
    let folder = Folder::new();
    fs::write(folder.path("bad.json"), "{ \"actors\": {} }").unwrap();
    fs::write(folder.path("no-trace.jsonl"), "{}\n").unwrap();
    for args in [
        &["run", "bad.json"][..],
        &["check", "bad.json"],
        &["run", "nothing.json"],
        &["check", "nothing.json"],
        &["draw", "nothing.jsonl"],
        &["draw", "no-trace.jsonl"],
        &["run"],
        &["frobnicate"],
        &[],
        &["run", "--threads", "0", "scenarios/hello.json"],
        &["run", "--seed", "-1", "scenarios/hello.json"],
        &["run", "--timeout", "5", "scenarios/hello.json"],
        &["run", "--var", "x", "scenarios/hello.json"],
        &["run", "--var", "x=1", "scenarios/hello.json"],
        &["run", "--format", "png", "scenarios/hello.json"],
        &["run", "--flip", "1", "scenarios/hello.json"],
        &["run", "-o", "both.svg", "scenarios/hello.json", "scenarios/chat.json"],
        &["completions", "basic"],
    ] {
        let told = folder.wiretale(args);
        assert_eq!(told.code, Some(2), "{args:?}\n{}", told.err);
        assert!(!told.err.is_empty(), "{args:?} is told nothing");
    }
}

#[test]
fn what_the_machine_does_not_do_gives_3() {
    let folder = Folder::new();
    fs::write(folder.path("file"), "").unwrap();
    let told = folder.wiretale(&["run", "--results", "file", "scenarios/hello.json"]);
    assert_eq!(told.code, Some(3), "{}", told.err);
    assert!(
        told.err.contains("file/last/hello") && told.err.contains("--results"),
        "{}",
        told.err
    );

    let told = folder.wiretale(&["run", "-o", "no/such/folder/x.svg", "scenarios/hello.json"]);
    assert_eq!(told.code, Some(3), "{}", told.err);
}

#[test]
fn a_port_in_use_gives_3_and_its_place() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let scenario = format!(
        "{{ \"actors\": {{\n  \"C\": {{ \"script\": [ {{ \"connect\": \"S\" }} ] }},\n  \"S\": {{ \"listen\": {{ \"tcp\": {port} }} , \"session\": [ {{ \"closed\": \"eof\" }} ] }} }} }}"
    );
    fs::write(folder.path("taken.json"), scenario).unwrap();
    let told = folder.wiretale(&["run", "taken.json"]);
    assert_eq!(told.code, Some(3), "{}", told.err);
    assert!(
        told.err.contains("taken.json:3:") && told.err.contains("port 0"),
        "{}",
        told.err
    );
}

#[test]
fn a_cut_run_gives_3_and_says_so() {
    let folder = Folder::new();
    let scenario = r#"{ "limits": { "scenario": "50ms" }, "actors": { "A": { "script": [ { "wait": "1h" } ] } } }"#;
    fs::write(folder.path("long.json"), scenario).unwrap();
    let told = folder.wiretale(&["run", "long.json"]);
    assert_eq!(told.code, Some(3), "{}", told.err);
    assert!(told.err.contains("cut by"), "{}", told.err);
    assert!(told.out.contains("cut here"), "{}", told.out);
}

#[test]
fn of_several_the_worst_counts_and_all_are_played() {
    let folder = Folder::new();
    fs::write(folder.path("fails.json"), FAILS).unwrap();
    let told = folder.wiretale(&["run", "scenarios/hello.json", "fails.json", "scenarios/crossing.json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert_eq!(told.out.matches("sequenceDiagram").count(), 3);
    for name in ["hello", "fails", "crossing"] {
        assert!(
            folder.path(&format!("results/last/{name}/trace.jsonl")).exists(),
            "{name}"
        );
        assert!(told.err.contains(&format!("{name}: ")), "{}", told.err);
    }
}
