//! What stands above the prompt.

use proptest::prelude::*;
use wiretale::finding::Verdict;
use wiretale::report;
use wiretale::report::tested::{Status, Summary};

use crate::chance;
use crate::sample::{case, everything, finding};
use crate::tool::golden;

#[test]
fn the_worst_stands_last_and_all_are_counted() {
    let text = report::summary(&everything(), false);
    golden("tests/report/summary.txt", &text);
    let last = text.lines().next_back().unwrap();
    assert!(last.ends_with(" in 4.2 s"), "{text}");
    let words: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let place = |word: &str| words.iter().rposition(|own| *own == word).unwrap();
    assert!(
        place("flaky") < place("differs") && place("differs") < place("failed") && place("failed") < place("error")
    );
}

#[test]
fn all_of_one_case_is_told() {
    let all: Vec<String> = everything().tested.iter().map(report::told).collect();
    golden("tests/report/told.txt", &all.join("\n"));
}

#[test]
fn what_passed_is_one_line() {
    let summary = Summary {
        tested: vec![case("a", Status::Passed), case("b", Status::Passed)],
        ..Summary::default()
    };
    assert_eq!(report::summary(&summary, false), "2 passed in 0.0 s\n");
    assert_eq!(
        report::summary(&Summary::default(), false),
        "nothing was tested in 0.0 s\n"
    );
}

#[test]
fn what_failed_as_expected_is_said_to_have() {
    let mut known = case("known", Status::Passed);
    known.verdict = Verdict::Fail;
    known.findings = vec![finding("no answer", None)];
    let told = report::told(&known);
    assert!(
        told.starts_with("known: passed\nit failed, as expected\nfailed: Client `receive`: no answer\n"),
        "{told}"
    );
}

#[test]
fn one_alone_is_told_its_command() {
    let mut failed = case("data", Status::Failed);
    failed.case = Some("boiling".to_owned());
    let one = Summary {
        tested: vec![failed.clone()],
        ..Summary::default()
    };
    let text = report::summary(&one, false);
    assert!(
        text.contains("`wiretale run scenarios/data.json --case boiling`"),
        "{text}"
    );
    let two = Summary {
        tested: vec![failed.clone(), failed],
        ..Summary::default()
    };
    let text = report::summary(&two, false);
    assert_eq!(text.matches("`wiretale run FILE`").count(), 1, "{text}");
}

#[test]
fn many_of_one_kind_are_counted() {
    let tested = (0..50).map(|number| case(&format!("c{number}"), Status::NotRun));
    let summary = Summary {
        tested: tested.collect(),
        ..Summary::default()
    };
    let text = report::summary(&summary, false);
    assert_eq!(text.lines().count(), 22);
    assert!(text.contains("and 30 more\n"), "{text}");
}

#[test]
fn colours_are_there_where_they_are_asked_for() {
    assert!(report::summary(&everything(), true).contains("\u{1b}["));
    assert!(!report::summary(&everything(), false).contains('\u{1b}'));
}

proptest! {
    #[test]
    fn no_text_moves_the_cursor(summary in chance::summary()) {
        let mut text = report::summary(&summary, false);
        summary.tested.iter().for_each(|tested| text.push_str(&report::told(tested)));
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    }
}
