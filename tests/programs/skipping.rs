//! What needs a program that is not installed.

use serde_json::{Value as Json, json};

use super::stage::Desk;
use crate::tool::Told;

/// A folder of scenarios, one of which needs a program that nobody has.
fn desk() -> Desk {
    let desk = Desk::actors(&json!({ "A": { "script": [] } }));
    let scenario = |command: &str| json!({ "actors": { "A": { "process": { "command": [command] } } } }).to_string();
    desk.put("scenarios/here.json", &scenario("true"));
    desk.put("scenarios/missing.json", &scenario("no-such-program"));
    desk
}

fn test(desk: &Desk, more: &[&str]) -> Told {
    desk.0.wiretale(&[&["test", "--allow-process"], more].concat())
}

#[test]
fn it_is_skipped_with_a_word_and_no_failure() {
    let desk = desk();
    test(&desk, &[]);
    desk.0.wiretale(&["accept"]);
    for more in [&[][..], &["--ci"], &["--repeat", "3"], &["--retries", "2"]] {
        let told = test(&desk, more);
        assert_eq!(told.code, Some(0), "{more:?} {} {}", told.out, told.err);
        assert!(
            told.out
                .contains("skipped       missing  `no-such-program` is not installed"),
            "{}",
            told.out
        );
        assert!(told.out.contains("1 passed, 1 skipped in"), "{}", told.out);
    }
}

#[test]
fn it_is_an_error_where_nothing_is_to_be_skipped() {
    let told = test(&desk(), &["--no-skip"]);
    assert_eq!(told.code, Some(3), "{}", told.out);
    assert!(
        told.out
            .contains("error         missing  `no-such-program` is not installed"),
        "{}",
        told.out
    );
}

#[test]
fn every_report_says_that_it_was_skipped() {
    let desk = desk();
    let told = test(
        &desk,
        &[
            "--report",
            "junit=j.xml",
            "--report",
            "tap=t.tap",
            "--report",
            "json=r.json",
        ],
    );
    assert_eq!(told.code, Some(0), "{}", told.err);
    let junit = desk.0.read("j.xml");
    assert!(junit.contains("skipped=\"1\"") || junit.contains("<skipped"), "{junit}");
    assert!(
        junit.contains("message=\"`no-such-program` is not installed\""),
        "{junit}"
    );
    let tap = desk.0.read("t.tap");
    assert!(
        tap.contains("ok 2 - missing # SKIP `no-such-program` is not installed"),
        "{tap}"
    );
    let report: Json = serde_json::from_str(&desk.0.read("r.json")).unwrap();
    let text = report.to_string();
    assert!(text.contains("\"status\":\"skipped\""), "{text}");
    let merged = desk.0.wiretale(&["merge", "j.xml"]);
    assert!(merged.out.contains("1 skipped"), "{} {}", merged.out, merged.err);
}

#[test]
fn a_run_of_it_names_the_program() {
    let desk = Desk::actors(&json!({ "A": { "process": { "command": ["no-such-program"] } } }));
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(3));
    assert!(
        told.err.contains("scene.json:1:17: `no-such-program` is not installed"),
        "{}",
        told.err
    );
}
