//! What comes of a case, and which exit code of it.

use crate::tool::{Folder, shipped};
use crate::{exchange, waits};

#[test]
fn a_case_without_an_approved_diagram_is_new_and_nothing_is_approved() {
    let folder = Folder::empty();
    folder.write("scenarios/mail/login.json", &exchange("hi", "hello"));
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert!(
        told.out.contains("new") && told.out.contains("mail/login"),
        "{}",
        told.out
    );
    assert_eq!(folder.files("results"), ["mail/login.new.mmd"]);
    assert!(folder.has("results/last/mail/login/trace.jsonl"));
    assert_eq!(folder.wiretale(&["test", "--ci"]).code, Some(1));
    assert_eq!(folder.files("results"), ["mail/login.new.mmd"]);
}

#[test]
fn the_same_diagram_passes_and_leaves_nothing() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    let told = folder.wiretale(&["test", "--ci"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert!(told.out.contains("1 passed"), "{}", told.out);
    assert_eq!(folder.files("results"), ["a.mmd"]);
    assert_eq!(folder.wiretale(&["test", "--quiet"]).out, "");
}

#[test]
fn line_ends_of_another_system_make_no_difference() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    let approved = folder.read("results/a.mmd").replace('\n', "\r\n");
    folder.write("results/a.mmd", &approved);
    assert_eq!(folder.wiretale(&["test", "--ci"]).code, Some(0));
    assert_eq!(folder.read("results/a.mmd"), approved);
}

#[test]
fn another_diagram_differs_and_is_left_beside_the_approved_one() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    let approved = folder.read("results/a.mmd");
    folder.write("scenarios/a.json", &exchange("hi", "good day"));
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    for part in ["differs", "hello", "good day", "wiretale review", "wiretale accept a"] {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }
    assert_eq!(folder.files("results"), ["a.diff.mmd", "a.mmd", "a.new.mmd"]);
    assert_eq!(folder.read("results/a.mmd"), approved);
    assert!(folder.read("results/a.new.mmd").contains("good day"));
    assert!(folder.read("results/a.diff.mmd").contains("rect "));
    // What is as approved again takes back what waited.
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    assert_eq!(folder.wiretale(&["test"]).code, Some(0));
    assert_eq!(folder.files("results"), ["a.mmd"]);
}

#[test]
fn a_failed_expectation_fails_whatever_is_approved() {
    let folder = Folder::empty();
    let fails = r#"{ "actors": { "A": { "script": [ { "assert": "1 > 2" } ] } } }"#;
    folder.write("scenarios/a.json", fails);
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    assert!(
        told.out.contains("failed") && told.out.contains("scenarios/a.json:1:"),
        "{}",
        told.out
    );
    // Known to fail, it passes, and its diagram can be approved; mended, that is said.
    folder.write("scenarios/a.json", &fails.replacen('{', r#"{ "expect": "fail", "#, 1));
    folder.approve();
    assert_eq!(folder.wiretale(&["test", "--ci"]).code, Some(0));
    folder.write(
        "scenarios/a.json",
        &fails
            .replacen('{', r#"{ "expect": "fail", "#, 1)
            .replace("1 > 2", "1 < 2"),
    );
    let told = folder.wiretale(&["test", "--ci"]);
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("known to fail"), "{}", told.out);
}

#[test]
fn a_timeout_in_setup_is_inconclusive() {
    let folder = Folder::empty();
    folder.write(
        "scenarios/a.json",
        r#"{ "actors": {
            "Client": { "setup": [ { "connect": "Server" }, { "receive": "ready", "timeout": "50ms" } ], "script": [ { "wait": "1ms" } ] },
            "Server": { "listen": "tcp", "session": [ { "closed": "any" } ] } } }"#,
    );
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    assert!(told.out.contains("inconclusive"), "{}", told.out);
}

#[test]
fn a_wrong_scenario_is_told_and_the_others_are_played() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.write("scenarios/b.json", r#"{ "actors": { "A": { "skript": [] } } }"#);
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(2), "{}{}", told.out, told.err);
    assert!(
        told.out.contains("1 wrong") && told.out.contains("1 new"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("scenarios/b.json:1:") && told.out.contains("did you mean"),
        "{}",
        told.out
    );
}

#[test]
fn a_run_that_is_cut_is_an_error_and_leaves_nothing_to_approve() {
    let folder = Folder::empty();
    folder.write(
        "scenarios/a.json",
        &waits("1m").replace("\"scenario\": \"2m\"", "\"scenario\": \"100ms\""),
    );
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(3), "{}{}", told.out, told.err);
    assert!(told.out.contains("cut by the scenario's deadline"), "{}", told.out);
    assert_eq!(folder.files("results"), [""; 0]);
}

#[test]
fn an_approved_diagram_without_a_case_is_orphaned() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.write("scenarios/mail/b.json", &exchange("hi", "hello"));
    folder.approve();
    std::fs::remove_file(folder.path("scenarios/mail/b.json")).unwrap();
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(0));
    assert!(
        told.out.contains("orphaned") && told.out.contains("results/mail/b.mmd"),
        "{}",
        told.out
    );
    assert_eq!(folder.wiretale(&["test", "--ci"]).code, Some(1));
    // It is none of what a path stands for that is not above it.
    assert_eq!(folder.wiretale(&["test", "--ci", "scenarios/a.json"]).code, Some(0));
    assert!(folder.has("results/mail/b.mmd"));
}

#[test]
fn nothing_to_test_is_said() {
    let folder = Folder::empty();
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("cannot read scenarios"), "{}", told.err);
    folder.write("scenarios/notes.txt", "");
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(2));
    assert!(
        told.err.contains("there is no scenario under scenarios"),
        "{}",
        told.err
    );
}

#[test]
fn the_shipped_scenarios_pass_with_their_approved_diagrams() {
    let folder = Folder::new();
    folder.copy_results();
    let told = folder.wiretale(&["test", "--ci"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert!(shipped().iter().all(|name| told.out.contains(name)), "{}", told.out);
    assert!(!folder.files("results").iter().any(|file| file.contains(".new.")));
}

#[test]
fn cases_are_called_by_their_rows() {
    let folder = Folder::empty();
    let rows = |names: &str| {
        format!(
            r#"{{ "data": [{names}], "actors": {{ "A": {{ "script": [ {{ "note": "{{{{ row.case }}}}" }} ] }} }} }}"#
        )
    };
    folder.write("scenarios/d.json", &rows(r#"{ "case": "one" }, { "case": "two" }"#));
    folder.approve();
    assert_eq!(folder.files("results"), ["d.one.mmd", "d.two.mmd"]);
    folder.write("scenarios/d.json", &rows(r#"{ "case": "one" }, { "case": "three" }"#));
    let told = folder.wiretale(&["test"]);
    assert!(
        told.out.contains("1 passed") && told.out.contains("1 new") && told.out.contains("1 orphaned"),
        "{}",
        told.out
    );
    folder.write("scenarios/d.json", &rows(r#"{ "case": "one" }, { "case": "new" }"#));
    let told = folder.wiretale(&["test"]);
    assert_eq!(told.code, Some(2));
    assert!(told.out.contains("`d.new` cannot be tested"), "{}", told.out);
}

#[test]
fn that_nobody_reads_is_no_failure_and_a_full_disk_is_one() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = folder.command(&["test"]).stdout(full).status().unwrap();
    assert_eq!(status.code(), Some(3));
    let mut child = folder
        .command(&["test"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
