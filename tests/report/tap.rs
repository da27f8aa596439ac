//! TAP, read by a strict reader of its own, with YAML's own parser.

use proptest::prelude::*;
use saphyr::{LoadableYamlNode, Yaml};
use wiretale::report::tested::{Status, Summary};
use wiretale::report::{self, Format};

use crate::chance;
use crate::sample::{ENDINGS, everything, shown};
use crate::tool::golden;

/// A test as read.
#[derive(Debug)]
struct Point {
    ok: bool,
    name: String,
    skipped: bool,
    diagnostics: String,
}

#[derive(Debug, Default)]
struct Document {
    points: Vec<Point>,
    bailed: Option<String>,
}

/// Reads version 14 of TAP, and nothing that is only almost so.
fn read(text: &str) -> Document {
    let mut lines = text.lines().peekable();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan = lines.next().unwrap().strip_prefix("1..").unwrap();
    let plan = plan.split(" # SKIP").next().unwrap();
    let mut document = Document::default();
    while let Some(line) = lines.next() {
        if let Some(reason) = line.strip_prefix("Bail out!") {
            document.bailed = Some(reason.trim().to_owned());
            assert_eq!(lines.next(), None, "nothing follows");
            break;
        }
        let (ok, rest) = match line.strip_prefix("not ok ") {
            Some(rest) => (false, rest),
            None => (
                true,
                line.strip_prefix("ok ")
                    .unwrap_or_else(|| panic!("{line:?} in\n{text}")),
            ),
        };
        let (number, rest) = rest.split_once(" - ").unwrap();
        assert_eq!(number.parse(), Ok(document.points.len() + 1));
        let (name, directive) = described(rest);
        let mut diagnostics = String::new();
        if lines.next_if_eq(&"  ---").is_some() {
            loop {
                let line = lines.next().expect("the block ends");
                if line == "  ..." {
                    break;
                }
                assert!(line.is_empty() || line.starts_with("  "), "{line:?} in\n{text}");
                diagnostics.push_str(line.get(2..).unwrap_or_default());
                diagnostics.push('\n');
            }
        }
        document.points.push(Point {
            ok,
            name,
            skipped: directive.is_some_and(|directive| directive.starts_with("SKIP")),
            diagnostics,
        });
    }
    assert_eq!(plan.parse(), Ok(document.points.len()), "the plan");
    document
}

/// A description without its escapes, and the directive behind it.
fn described(text: &str) -> (String, Option<String>) {
    let mut name = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => name.push(chars.next().unwrap()),
            '#' => return (name.trim_end().to_owned(), Some(chars.as_str().trim_start().to_owned())),
            c => name.push(c),
        }
    }
    (name, None)
}

fn yaml(text: &str) -> Yaml<'_> {
    let mut documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}

#[test]
fn every_status_is_written_as_approved() {
    golden(
        "tests/report/everything.tap",
        &report::text(Format::Tap, &everything(), false),
    );
}

#[test]
fn every_status_is_read_for_what_it_is() {
    for ci in [false, true] {
        let summary = everything();
        let document = read(&report::text(Format::Tap, &summary, ci));
        for (point, tested) in document.points.iter().zip(&summary.tested) {
            let not_run = tested.status == Status::NotRun;
            assert_eq!(point.ok, !tested.status.fails(ci) || not_run, "{point:?}");
            let skipped = not_run || tested.status == Status::Skipped;
            assert_eq!(point.skipped, skipped, "{point:?}");
        }
        assert!(document.bailed.unwrap().contains("日本"));
    }
}

#[test]
fn a_block_holds_all_lines() {
    let summary = everything();
    let text = report::text(Format::Tap, &summary, false);
    let document = read(&text);
    let error = document.points.iter().find(|point| point.name == "all/error").unwrap();
    let diagnostics = yaml(&error.diagnostics);
    assert_eq!(diagnostics["reason"].as_str(), Some(ENDINGS));
    assert_eq!(diagnostics["duration_ms"].as_integer(), Some(40));
    let failed = document.points.iter().find(|point| point.name == "all/failed").unwrap();
    assert_eq!(yaml(&failed.diagnostics)["at"]["line"].as_integer(), Some(9));
}

#[test]
fn nothing_tested_is_skipped() {
    let text = report::text(Format::Tap, &Summary::default(), false);
    assert_eq!(text, "TAP version 14\n1..0 # SKIP nothing was tested\n");
    assert_eq!(read(&text).points.len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_gives_a_report_that_is_read(summary in chance::summary(), ci: bool) {
        let document = read(&report::text(Format::Tap, &summary, ci));
        prop_assert_eq!(document.bailed.is_some(), summary.interrupted.is_some());
        for (point, tested) in document.points.iter().zip(&summary.tested) {
            let diagnostics = yaml(&point.diagnostics);
            prop_assert_eq!(diagnostics["status"].as_str(), Some(tested.status.word()));
            if !tested.reason.is_empty() {
                let reason = shown(&tested.reason);
                prop_assert_eq!(diagnostics["reason"].as_str(), Some(reason.as_str()));
            }
            if let Some(differs) = &tested.difference {
                let changes = shown(&differs.text);
                prop_assert_eq!(diagnostics["difference"]["changes"].as_str(), Some(changes.as_str()));
            }
            for (race, told) in tested.races.iter().zip(0..) {
                let text = shown(&race.text);
                prop_assert_eq!(diagnostics["races"][told].as_str(), Some(text.as_str()));
            }
        }
    }
}
