//! What needs a program that is not installed, or that may not be started.

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

#[test]
fn what_may_not_be_started_is_skipped_by_its_name_and_not_started() {
    let desk = Desk::actors(&json!({ "A": { "script": [] } }));
    let a = json!({ "process": { "command": ["touch", "started-{{ row.case }}"] } });
    let scenario = json!({ "data": [{ "case": "one" }, { "case": "two" }], "actors": { "Toucher": a } });
    desk.put("scenarios/touch.json", &scenario.to_string());
    let alone = json!({ "actors": { "A": { "script": [ { "note": "alone" } ] } } });
    desk.put("scenarios/alone.json", &alone.to_string());
    test(&desk, &[]);
    for name in ["started-one", "started-two"] {
        std::fs::remove_file(desk.0.path(name)).unwrap();
    }
    desk.0.wiretale(&["accept"]);
    for more in [&[][..], &["--ci"], &["--repeat", "3"], &["--retries", "2"]] {
        let told = desk.0.wiretale(&[&["test"], more].concat());
        assert_eq!(told.code, Some(0), "{more:?} {} {}", told.out, told.err);
        for case in ["touch.one", "touch.two"] {
            let said = format!(
                "skipped       {case}  `Toucher` is a program, and none is started unless `--allow-process` allows it"
            );
            assert!(told.out.contains(&said), "{}", told.out);
        }
        // Its approved diagrams are no orphans.
        assert!(told.out.contains("1 passed, 2 skipped in"), "{}", told.out);
    }
    for name in ["started-one", "started-two"] {
        assert!(!desk.0.path(name).exists(), "{name}");
    }
}

#[test]
fn what_may_not_be_started_is_a_mistake_where_nothing_is_to_be_skipped() {
    let told = desk().0.wiretale(&["test", "--no-skip"]);
    assert_eq!(told.code, Some(2), "{} {}", told.out, told.err);
    assert!(
        told.out.contains("the option `--allow-process` allows it"),
        "{} {}",
        told.out,
        told.err
    );
}

#[test]
fn what_is_wrong_besides_is_told_though_nothing_may_be_started() {
    let desk = Desk::actors(&json!({ "A": { "script": [] } }));
    let scenario = json!({ "actors": { "A": { "process": { "command": ["true"], "exit": "never" } } } });
    desk.put("scenarios/bad.json", &scenario.to_string());
    let told = desk.0.wiretale(&["test"]);
    assert_eq!(told.code, Some(2), "{} {}", told.out, told.err);
    assert!(!told.out.contains("--allow-process"), "{}", told.out);
}
