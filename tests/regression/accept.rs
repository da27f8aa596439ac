//! Approving what waits for it.

use std::io::Write;
use std::process::Stdio;

use crate::exchange;
use crate::tool::{Folder, Told};

/// A folder in which `a` and `mail/b` differ from what is approved.
fn differing() -> Folder {
    let folder = Folder::empty();
    for name in ["a", "mail/b"] {
        folder.write(&format!("scenarios/{name}.json"), &exchange("hi", "hello"));
    }
    folder.approve();
    for name in ["a", "mail/b"] {
        folder.write(&format!("scenarios/{name}.json"), &exchange("hi", "good day"));
    }
    assert_eq!(folder.wiretale(&["test"]).code, Some(1));
    folder
}

/// A review that is answered like this.
fn review(folder: &Folder, answers: &str) -> Told {
    let mut command = folder.command(&["review"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn what_is_named_is_approved_and_nothing_else() {
    let folder = differing();
    let told = folder.wiretale(&["accept", "mail/b"]);
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    assert_eq!(told.out, "mail/b is approved anew: results/mail/b.mmd\n");
    assert_eq!(
        folder.files("results"),
        ["a.diff.mmd", "a.mmd", "a.new.mmd", "mail/b.mmd"]
    );
    assert!(folder.read("results/mail/b.mmd").contains("good day"));
    assert!(!folder.read("results/a.mmd").contains("good day"));
    assert_eq!(folder.wiretale(&["accept"]).code, Some(0));
    assert_eq!(folder.wiretale(&["test", "--ci"]).code, Some(0));
    assert_eq!(folder.wiretale(&["accept"]).out, "nothing waits for approval\n");
}

#[test]
fn a_case_is_named_by_its_files_too() {
    for given in [
        "results/mail/b.new.mmd",
        "results/mail/b.mmd",
        "scenarios/mail/b.json",
        "results/mail/b.diff.mmd",
    ] {
        let folder = differing();
        let told = folder.wiretale(&["accept", given]);
        assert_eq!(told.code, Some(0), "{given}: {}", told.err);
        assert!(folder.read("results/mail/b.mmd").contains("good day"), "{given}");
    }
}

#[test]
fn what_does_not_wait_cannot_be_approved() {
    let folder = differing();
    let told = folder.wiretale(&["accept", "mail/c"]);
    assert_eq!(told.code, Some(2));
    assert!(
        told.err
            .contains("no diagram of `mail/c` waits for approval; did you mean `mail/b`?"),
        "{}",
        told.err
    );
}

#[test]
fn what_failed_cannot_be_approved() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    let approved = folder.read("results/a.mmd");
    folder.write(
        "scenarios/a.json",
        &exchange("hi", "hello").replace(r#"{ "close": true }"#, r#"{ "assert": "1 > 2" }"#),
    );
    assert_eq!(folder.wiretale(&["test"]).code, Some(1));
    let told = folder.wiretale(&["accept", "a"]);
    assert_eq!(told.code, Some(2), "{}{}", told.out, told.err);
    assert!(told.err.contains("only a run that passed is approved"), "{}", told.err);
    assert_eq!(folder.read("results/a.mmd"), approved);
}

#[test]
fn several_diagrams_are_allowed_where_they_were_approved() {
    let folder = Folder::empty();
    folder.write("scenarios/a.json", &exchange("hi", "hello"));
    folder.approve();
    folder.write("scenarios/a.json", &exchange("hi", "good day"));
    assert_eq!(folder.wiretale(&["test"]).code, Some(1));
    let told = folder.wiretale(&["accept", "--another", "a"]);
    assert_eq!(told.out, "a is approved: results/a@2.mmd\n", "{}", told.err);
    assert_eq!(folder.files("results"), ["a.mmd", "a@2.mmd"]);
    for answer in ["hello", "good day"] {
        folder.write("scenarios/a.json", &exchange("hi", answer));
        assert_eq!(folder.wiretale(&["test", "--ci"]).code, Some(0), "{answer}");
    }
    folder.write("scenarios/a.json", &exchange("hi", "bye"));
    assert_eq!(folder.wiretale(&["test", "--ci"]).code, Some(1));
    assert_eq!(folder.wiretale(&["accept", "--another"]).code, Some(2));
}

#[test]
fn a_review_does_what_is_answered() {
    let folder = differing();
    let told = review(&folder, "x\nw\na\nr\n");
    assert_eq!(told.code, Some(0), "{}{}", told.out, told.err);
    for part in [
        "a (1 of 2)",
        "mail/b (2 of 2)",
        "hello",
        "good day",
        "sequenceDiagram",
        "a is approved anew",
    ] {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }
    assert_eq!(folder.files("results"), ["a.mmd", "mail/b.mmd"]);
    assert!(folder.read("results/a.mmd").contains("good day"));
    assert!(!folder.read("results/mail/b.mmd").contains("good day"));
    assert_eq!(review(&folder, "").out, "");
}

#[test]
fn a_review_that_is_left_changes_nothing_more() {
    for answers in ["", "q\n", "s\ns\n", "s\n"] {
        let folder = differing();
        let before = folder.files("results");
        assert_eq!(review(&folder, answers).code, Some(0));
        assert_eq!(folder.files("results"), before, "{answers:?}");
    }
}
