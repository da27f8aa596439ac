//! JUnit, read by a parser that is not the writer's.

use std::time::Duration;

use junit_parser::{RerunOrFlakyKind, TestCase, TestStatus, TestSuites};
use proptest::prelude::*;
use wiretale::report::tested::{Status, Summary, Tested};
use wiretale::report::{self, Format};

use crate::chance;
use crate::sample::{case, everything, shown};
use crate::tool::golden;

fn parsed(summary: &Summary, ci: bool) -> TestSuites {
    let xml = report::text(Format::Junit, summary, ci);
    junit_parser::from_reader(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{xml}"))
}

fn named<'s>(suites: &'s TestSuites, name: &str) -> &'s TestCase {
    let mut cases = suites.suites.iter().flat_map(|suite| &suite.cases);
    cases.find(|case| case.original_name == name).unwrap()
}

#[test]
fn every_status_is_written_as_approved() {
    golden(
        "tests/report/everything.xml",
        &report::text(Format::Junit, &everything(), false),
    );
}

#[test]
fn another_parser_reads_what_each_status_is() {
    let suites = parsed(&everything(), false);
    assert_eq!(suites.tests, 12);
    assert_eq!((suites.failures, suites.errors, suites.skipped), (4, 2, 2));
    for (name, kind) in [
        ("passed", "success"),
        ("flaky", "success"),
        ("new", "success"),
        ("orphaned", "success"),
        ("inconclusive", "failure"),
        ("differs", "failure"),
        ("failed", "failure"),
        ("wrong", "error"),
        ("error", "error"),
        ("skipped", "skipped"),
        ("not-run", "skipped"),
    ] {
        let case = named(&suites, &format!("all/{name}"));
        let found = match &case.status {
            TestStatus::Success => "success",
            TestStatus::Error(_) => "error",
            TestStatus::Failure(_) => "failure",
            TestStatus::Skipped(_) => "skipped",
        };
        assert_eq!(found, kind, "{name}");
        assert_eq!(case.classname.as_deref(), Some("wiretale.all"));
        assert!(case.file.as_deref().unwrap().contains(name));
        assert_eq!(Duration::from_secs_f64(case.time), Duration::from_millis(40));
    }
}

#[test]
fn with_ci_what_is_new_or_orphaned_is_a_failure() {
    let suites = parsed(&everything(), true);
    assert_eq!((suites.failures, suites.errors, suites.skipped), (6, 2, 2));
    for name in ["all/new", "all/orphaned"] {
        let word = name.trim_start_matches("all/");
        assert_eq!(named(&suites, name).status.failure_as_ref().failure_type, word);
    }
}

#[test]
fn a_failure_says_first_what_was_found_and_then_all_of_it() {
    let suites = parsed(&everything(), false);
    let failure = named(&suites, "all/failed").status.failure_as_ref();
    assert_eq!(
        failure.message,
        "scenarios/all/failed.json:9:11: failed: Client `receive`: \"Goodbye\" does not match"
    );
    let differs = named(&suites, "all/differs").status.failure_as_ref();
    assert_eq!(differs.message, "The order of messages on one connection differs.");
    let xml = report::text(Format::Junit, &everything(), false);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let texts: Vec<&str> = (document.descendants())
        .filter(|node| node.has_tag_name("failure"))
        .filter_map(|node| node.text())
        .collect();
    for part in [
        "    found     \"Goodbye\"\n    expected  \"Hello\"\n",
        "<b>&amp;</b> ]]> `code`",
        "\n+ Server -> Client: 550 no\n",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part}\n{texts:?}");
    }
}

#[test]
fn earlier_attempts_and_races_are_there() {
    let suites = parsed(&everything(), false);
    let flaky = named(&suites, "all/flaky");
    let kinds: Vec<_> = flaky
        .reruns
        .iter()
        .map(|run| (&run.kind, run.message.as_str()))
        .collect();
    assert!(
        matches!(
            kinds[..],
            [
                (RerunOrFlakyKind::FlakyFailure, "attempt 1: differs"),
                (RerunOrFlakyKind::FlakyError, "attempt 2: error")
            ]
        ),
        "{kinds:?}"
    );
    assert!(flaky.system_out.as_deref().unwrap().starts_with("race 1: messages"));
    let failed = named(&suites, "all/failed");
    assert!(matches!(failed.reruns[0].kind, RerunOrFlakyKind::RerunFailure));
}

#[test]
fn nothing_tested_is_a_report_too() {
    assert_eq!(parsed(&Summary::default(), false).tests, 0);
    assert_eq!(
        report::join(&[("a".to_owned(), report::text(Format::Junit, &Summary::default(), true))])
            .unwrap()
            .summary
            .tested,
        []
    );
}

#[test]
fn folders_become_classes() {
    let summary = Summary {
        tested: vec![case("top", Status::Passed), case("v1.2/mail/login.ada", Status::Passed)],
        ..Summary::default()
    };
    let suites = parsed(&summary, false);
    assert_eq!(named(&suites, "top").classname.as_deref(), Some("wiretale"));
    let login = named(&suites, "v1.2/mail/login.ada");
    assert_eq!(login.classname.as_deref(), Some("wiretale.v1_2.mail"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_gives_a_report_that_is_read(summary in chance::summary(), ci: bool) {
        let suites = parsed(&summary, ci);
        prop_assert_eq!(suites.suites[0].cases.len(), summary.tested.len());
        let told = |tested: &&Tested| tested.status.fails(ci) || tested.status == Status::Skipped;
        let failing = summary.tested.iter().filter(told);
        let (failures, errors) = (suites.failures + suites.skipped, suites.errors);
        prop_assert_eq!(failures + errors, u64::try_from(failing.count()).unwrap());
        let xml = report::text(Format::Junit, &summary, ci);
        // Every text is there as it is shown.
        let document = roxmltree::Document::parse(&xml).unwrap();
        let failures = document.descendants().filter(|node| node.has_tag_name("testcase"));
        for (node, tested) in failures.zip(&summary.tested) {
            let told = node.children().find(|node| ["failure", "error", "skipped"].contains(&node.tag_name().name()));
            let text = told.and_then(|told| told.text()).unwrap_or_default();
            let reason = shown(tested.reason.trim_end()).replace('\t', "    ");
            prop_assert!(told.is_none() || text.contains(&reason), "{:?}\n{}", reason, xml);
        }
        let illegal = |c: char| c.is_control() && c != '\n' && c != '\t';
        prop_assert!(!xml.contains(illegal));
        // Joined with nothing it is the same.
        let joined = report::join(&[("a".to_owned(), xml)]).unwrap();
        prop_assert_eq!(joined.summary.tested.len(), summary.tested.len());
        for (one, other) in joined.summary.tested.iter().zip(&summary.tested) {
            prop_assert_eq!(one.status, other.status);
        }
    }
}
