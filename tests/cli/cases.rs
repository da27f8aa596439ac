//! Cases: the rows of `data`, as a user meets them.

use std::fs;

use crate::tool::{Folder, golden};

const GREETINGS: &str = r#"{
  "vars": { "polite": "WELCOME" },
  "data": [
    { "case": "ada", "user": "ada", "answer": "{{ polite }}" },
    { "user": "bob", "answer": "WELCOME" },
    { "case": "eve", "user": "eve", "answer": "GO AWAY" }
  ],
  "actors": {
    "Client": { "script": [ { "connect": "Server" }, { "send": "{{ row.user }}" }, { "receive": "{{ row.answer }}" }, { "close": true } ] },
    "Server": { "listen": { "tcp": 0, "framing": "lines" }, "state": { "user": "{{ row.user }}" },
      "session": [ { "receive": "{{ actor.user }}" }, { "send": "WELCOME" }, { "closed": "eof" } ] }
  }
}"#;

fn folder() -> Folder {
    let folder = Folder::new();
    fs::write(folder.path("greetings.json"), GREETINGS).unwrap();
    folder
}

#[test]
fn each_row_is_played_for_itself() {
    let folder = folder();
    let told = folder.wiretale(&["run", "greetings.json"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    let cases: Vec<&str> = told
        .out
        .lines()
        .filter_map(|line| line.trim().strip_prefix("%% case: "))
        .collect();
    assert_eq!(cases, ["ada", "2", "eve"]);
    golden("tests/cli/cases.txt", &told.err);
    let parts: String = ["ada", "2", "eve"]
        .map(|case| folder.read(&format!("results/last/greetings.{case}/diagram.mmd")))
        .concat();
    assert_eq!(parts, told.out);
    let trace = folder.read("results/last/greetings.2/trace.jsonl");
    assert!(trace.lines().next().unwrap().contains(r#""case":"2""#), "{trace}");
}

#[test]
fn only_the_cases_that_are_named_are_played() {
    let folder = folder();
    let told = folder.wiretale(&[
        "run",
        "--case",
        "2",
        "--case",
        "ada",
        "scenarios/hello.json",
        "greetings.json",
    ]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let cases: Vec<&str> = told
        .out
        .lines()
        .filter_map(|line| line.trim().strip_prefix("%% case: "))
        .collect();
    assert_eq!(cases, ["ada", "2"]);
    assert!(!folder.path("results/last/hello").exists());
}

#[test]
fn a_case_that_is_not_there_is_wrong() {
    let folder = folder();
    let told = folder.wiretale(&["run", "--case", "adda", "greetings.json"]);
    assert_eq!((told.code, &*told.out), (Some(2), ""));
    assert_eq!(told.err, "wiretale: no case is called `adda`; did you mean `ada`?\n");
    let told = folder.wiretale(&["run", "--case", "ada", "scenarios/hello.json"]);
    assert_eq!(told.code, Some(2));
    assert_eq!(
        told.err,
        "wiretale: `--case` needs a scenario with `data`, whose rows are its cases\n"
    );
}

#[test]
fn a_file_holds_the_diagram_of_one_case() {
    let folder = folder();
    let told = folder.wiretale(&["run", "-o", "x.mmd", "greetings.json"]);
    assert_eq!(told.code, Some(2));
    assert_eq!(
        told.err,
        "wiretale: x.mmd holds the diagram of one case, not of 3\n    help      `--case NAME` plays one of them\n"
    );
    let told = folder.wiretale(&["run", "-o", "x.mmd", "--case", "ada", "greetings.json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(folder.read("x.mmd").contains("%% case: ada"));
}

#[test]
fn quiet_names_the_case_that_failed() {
    let told = folder().wiretale(&["run", "--quiet", "greetings.json"]);
    assert_eq!(told.code, Some(1));
    let named: Vec<&str> = told.err.lines().filter(|line| line.contains("trace is")).collect();
    assert_eq!(
        named,
        ["greetings.eve: failed; its trace is results/last/greetings.eve/trace.jsonl"]
    );
}

#[test]
fn every_case_is_checked() {
    let folder = folder();
    let told = folder.wiretale(&["check", "greetings.json"]);
    assert_eq!(
        told.out,
        "greetings.json: no mistakes in 2 actors and 7 steps, with 3 cases\n"
    );
    let rows: Vec<String> = (1..=10_001).map(|n| format!(r#"{{ "n": {n} }}"#)).collect();
    let scenario = |rows: &[String], n: &str| {
        let rows = rows.join(", ");
        format!(r#"{{ "data": [{rows}], "actors": {{ "A": {{ "count": "{n}", "script": [ {{ "note": "x" }} ] }} }} }}"#)
    };
    fs::write(
        folder.path("many.json"),
        scenario(&rows[1..], "{{ 1 + row.n // 10000 }}"),
    )
    .unwrap();
    let told = folder.wiretale(&["check", "many.json"]);
    assert_eq!((told.code, &*told.err), (Some(0), ""), "{}", told.out);
    fs::write(
        folder.path("many.json"),
        scenario(&rows[1..], "{{ row.n // 10001 - 1 }}"),
    )
    .unwrap();
    let told = folder.wiretale(&["check", "many.json"]);
    assert!(
        told.err.contains("-1 is no `count`") && told.err.contains("this is so in case `1` and 9998 more"),
        "{}",
        told.err
    );
    fs::write(folder.path("many.json"), scenario(&rows, "1")).unwrap();
    let told = folder.wiretale(&["check", "many.json"]);
    assert!(
        told.err.contains("expected 1 to 10000 rows, found 10001"),
        "{}",
        told.err
    );
}
