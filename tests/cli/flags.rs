//! What the flags of `run` and `draw` change.

use std::fs;

use serde_json::Value;

use crate::tool::{Folder, Told};

const DICE: &str = r#"{ "vars": { "name": "Ada", "times": 1 }, "actors": {
  "Client": { "script": [
    { "connect": "Server" },
    { "repeat": "{{ times }}", "do": [ { "send": "{{ name }}: {{ random_int(1, 1000000) }}" } ] },
    { "close": true }
  ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "serve": [ { "receive": { "any": true } } ] } ] }
} }"#;

fn dice(folder: &Folder, args: &[&str]) -> Told {
    fs::write(folder.path("dice.json"), DICE).unwrap();
    let told = folder.wiretale(&[&["run"], args, &["dice.json"]].concat());
    assert_eq!(told.code, Some(0), "{}", told.err);
    told
}

#[test]
fn the_same_seed_throws_the_same_dice() {
    let folder = Folder::new();
    let plain = dice(&folder, &[]).out;
    assert_eq!(dice(&folder, &["--seed", "0"]).out, plain);
    assert_eq!(dice(&folder, &["--threads", "2"]).out, plain);
    assert_ne!(dice(&folder, &["--seed", "1"]).out, plain);
    assert!(plain.contains("%% seed: 0"), "{plain}");
}

#[test]
fn a_random_seed_is_told_and_can_be_used_again() {
    let folder = Folder::new();
    let random = dice(&folder, &["--seed", "random"]);
    let seed = random.err.lines().find_map(|line| line.strip_prefix("seed ")).unwrap();
    assert_eq!(dice(&folder, &["--seed", seed]).out, random.out);
    assert_ne!(dice(&folder, &["--seed", "random"]).out, random.out);
}

#[test]
fn a_var_is_json_or_else_text() {
    let folder = Folder::new();
    let told = dice(&folder, &["--var", "name=Bob=Robert", "--var", "times=2"]);
    assert_eq!(told.out.matches("Bob=Robert: ").count(), 2, "{}", told.out);
}

#[test]
fn a_timeout_is_for_steps_without_one() {
    let folder = Folder::new();
    let slow = r#"{ "actors": {
  "Client": { "script": [ { "connect": "Server" }, { "receive": "late" } ] },
  "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "wait": "300ms" }, { "send": "late" } ] }
} }"#;
    fs::write(folder.path("slow.json"), slow).unwrap();
    let told = folder.wiretale(&["run", "--timeout", "20ms", "slow.json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(told.err.contains("timed out waiting for \"late\""), "{}", told.err);
    assert_eq!(folder.wiretale(&["run", "slow.json"]).code, Some(0));
}

#[test]
fn quiet_says_nothing_of_what_passed_and_all_of_what_failed() {
    let folder = Folder::new();
    let told = folder.wiretale(&["run", "--quiet", "scenarios/hello.json"]);
    assert_eq!((told.code, &*told.out, &*told.err), (Some(0), "", ""));
    assert!(folder.path("results/last/hello/diagram.mmd").exists());
    let told = folder.wiretale(&["run", "-q", "scenarios/broken.json"]);
    assert_eq!((told.code, &*told.out), (Some(0), ""));
    assert!(told.err.contains("scenarios/broken.json:10:11: failed"), "{}", told.err);
}

#[test]
fn results_go_where_they_are_told_to() {
    let folder = Folder::new();
    let told = folder.wiretale(&["run", "--results", "a/b", "scenarios/hello.json"]);
    assert_eq!(folder.read("a/b/last/hello/diagram.mmd"), told.out);
    assert!(!folder.path("results").exists());
}

#[test]
fn the_ending_of_the_output_says_how_it_is_drawn() {
    let folder = Folder::new();
    let drawn = |file: &str| {
        let told = folder.wiretale(&["run", "-o", file, "scenarios/hello.json"]);
        assert_eq!((told.code, &*told.out), (Some(0), ""), "{}", told.err);
        folder.read(file)
    };
    assert!(drawn("x.svg").starts_with("<svg"));
    assert_eq!(
        serde_json::from_str::<Value>(&drawn("x.json")).unwrap()["participants"][0]["label"],
        "Client"
    );
    assert!(drawn("x.txt").contains("Hello from client!"));
    assert!(drawn("x.txt").contains('│'));
    assert!(drawn("x.mmd").starts_with("sequenceDiagram\n"));
    assert!(drawn("x").starts_with("sequenceDiagram\n"));
}

#[test]
fn the_format_goes_before_the_ending_and_draw_has_it_too() {
    let folder = Folder::new();
    for (format, begins) in [
        ("mermaid", "sequenceDiagram"),
        ("svg", "<svg"),
        ("json", "{"),
        ("text", "┌"),
    ] {
        let run = folder.wiretale(&["run", "--format", format, "scenarios/hello.json"]);
        assert!(run.out.trim_start().starts_with(begins), "{format}\n{}", run.out);
        assert!(run.out.ends_with('\n'), "{format}");
        let drawn = folder.wiretale(&["draw", "--format", format, "results/last/hello/trace.jsonl"]);
        assert_eq!(drawn.out, run.out, "{format}");
    }
    folder.wiretale(&[
        "draw",
        "--format",
        "json",
        "-o",
        "x.svg",
        "results/last/hello/trace.jsonl",
    ]);
    assert!(folder.read("x.svg").starts_with('{'));
}

#[test]
fn a_trace_that_breaks_off_is_drawn_up_to_there() {
    let folder = Folder::new();
    folder.wiretale(&["run", "scenarios/hello.json"]);
    let trace = folder.read("results/last/hello/trace.jsonl");
    let (lines, half) = (trace.lines().count() / 2, "{\"strand\":\"Cli");
    let broken: String = trace.lines().take(lines).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path("broken.jsonl"), broken + half).unwrap();
    let told = folder.wiretale(&["draw", "broken.jsonl"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("cut here by the end of the trace"), "{}", told.out);
}

#[test]
fn strict_races_let_no_race_pass() {
    let folder = Folder::new();
    let told = folder.wiretale(&["run", "--quiet", "--strict-races", "scenarios/race.json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(
        told.err.contains("race 1") && told.err.contains("per-peer"),
        "{}",
        told.err
    );
    assert_eq!(
        folder
            .wiretale(&["run", "--strict-races", "scenarios/auction.json"])
            .code,
        Some(0)
    );
}
