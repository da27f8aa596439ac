//! `wiretale merge`, as a user meets it.

use std::fs;

use wiretale::report::tested::{Status, Summary};
use wiretale::report::{self, Format};

use crate::sample::{case, everything};
use crate::tool::{Folder, Told, golden};

fn shard(part: &str, cases: &[(&str, Status)]) -> Summary {
    Summary {
        tested: cases.iter().map(|(name, status)| case(name, *status)).collect(),
        shard: Some(part.to_owned()),
        ..Summary::default()
    }
}

/// Writes each as a file of the form, and merges them all.
fn merged(folder: &Folder, format: Format, shards: &[Summary], arguments: &[&str]) -> Told {
    let mut all = vec!["merge".to_owned()];
    for (shard, number) in shards.iter().zip(1..) {
        let name = format!("{number}.{format}");
        fs::write(folder.path(&name), report::text(format, shard, false)).unwrap();
        all.push(name);
    }
    let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
    all.extend(arguments);
    folder.wiretale(&all)
}

const BOTH: [Format; 2] = [Format::Json, Format::Junit];

#[test]
fn the_exit_code_is_that_of_all() {
    let folder = Folder::new();
    for format in BOTH {
        for (status, plain, ci) in [
            (Status::Passed, 0, 0),
            (Status::Flaky, 0, 0),
            (Status::Skipped, 0, 0),
            (Status::New, 0, 1),
            (Status::Orphaned, 0, 1),
            (Status::Inconclusive, 1, 1),
            (Status::Differs, 1, 1),
            (Status::Failed, 1, 1),
            (Status::Wrong, 2, 2),
            (Status::Error, 3, 3),
            // It is not for its own sake that it was not played; what ended it says how that went.
            (Status::NotRun, 0, 0),
        ] {
            let shards = [shard("1/2", &[("a", Status::Passed)]), shard("2/2", &[("b", status)])];
            let told = merged(&folder, format, &shards, &[]);
            assert_eq!(told.code, Some(plain), "{format} {status:?} {}", told.err);
            let told = merged(&folder, format, &shards, &["--ci"]);
            assert_eq!(told.code, Some(ci), "{format} {status:?} {}", told.err);
        }
    }
}

#[test]
fn what_fails_in_ci_fails_when_it_is_merged() {
    let folder = Folder::new();
    for format in BOTH {
        let new = Summary {
            tested: vec![case("a", Status::New)],
            ..Summary::default()
        };
        fs::write(folder.path("ci"), report::text(format, &new, true)).unwrap();
        assert_eq!(folder.wiretale(&["merge", "ci"]).code, Some(1), "{format}");
    }
}

#[test]
fn a_missing_shard_is_no_success() {
    let folder = Folder::new();
    for format in BOTH {
        let shards = [shard("1/3", &[("a", Status::Passed)]), shard("3/3", &[])];
        let told = merged(&folder, format, &shards, &[]);
        assert_eq!(told.code, Some(3), "{}", told.err);
        assert_eq!(
            told.out, "ended early: the shard 2/3 is missing\n1 passed in 0.0 s\n",
            "{format}"
        );
    }
}

#[test]
fn a_case_in_two_reports_is_said_and_the_worse_counts() {
    let folder = Folder::new();
    for format in BOTH {
        let shards = [
            shard("1/1", &[("a", Status::Differs)]),
            shard("1/1", &[("a", Status::Passed)]),
        ];
        let told = merged(&folder, format, &shards, &[]);
        assert_eq!(told.code, Some(1));
        assert_eq!(
            told.err,
            format!(
                "wiretale: `a` is in several reports: differs, and passed in 2.{format}; the worse of them counts, differs\n"
            )
        );
    }
}

#[test]
fn what_was_merged_can_be_merged_again() {
    let folder = Folder::new();
    for format in BOTH {
        let shards = [
            shard("1/2", &[("a", Status::Passed)]),
            shard("2/2", &[("b", Status::Flaky)]),
        ];
        let report = format!("{format}=all");
        let told = merged(&folder, format, &shards, &["--report", &report]);
        assert_eq!((told.code, told.out.as_str()), (Some(0), ""), "{}", told.err);
        let again = folder.wiretale(&["merge", "all"]);
        assert_eq!(again.code, Some(0), "{}", again.err);
        assert!(
            again.out.ends_with("1 passed, 1 flaky in 0.0 s\n"),
            "{format} {}",
            again.out
        );
    }
}

#[test]
fn of_json_every_form_is_written() {
    let folder = Folder::new();
    let arguments = [
        "--report",
        "junit=deep/er/all.xml",
        "--report",
        "json=all.json",
        "--report",
        "tap=-",
        "--report",
        "github=all.md",
    ];
    let told = merged(
        &folder,
        Format::Json,
        &[shard("1/1", &[("a", Status::Failed)])],
        &arguments,
    );
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(
        told.out.starts_with("TAP version 14\n1..1\nnot ok 1 - a\n"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("\n::error file=scenarios/a.json,title="),
        "{}",
        told.out
    );
    assert!(folder.read("deep/er/all.xml").contains("<failure"));
    assert!(folder.read("all.json").contains("wiretale_report"));
    assert!(folder.read("all.md").starts_with("## wiretale: 1 failed"));
}

#[test]
fn junit_of_other_tools_is_joined_too() {
    let folder = Folder::new();
    let other = r#"<?xml version="1.0"?>
<testsuite name="pytest" errors="0" failures="0" skipped="1" tests="2" time="0.5">
  <testcase classname="tests.test_a" name="test_one" time="0.25"/>
  <testcase classname="tests.test_a" name="test_two" time="0.25"><skipped type="pytest.skip" message="not here"/></testcase>
</testsuite>"#;
    fs::write(folder.path("other.xml"), other).unwrap();
    let told = merged(
        &folder,
        Format::Junit,
        &[shard("1/1", &[("a", Status::Passed)])],
        &["other.xml", "--report", "junit=all.xml"],
    );
    assert_eq!(told.code, Some(0), "{}", told.err);
    let suites = junit_parser::from_reader(folder.read("all.xml").as_bytes()).unwrap();
    let suites: Vec<_> = suites
        .suites
        .iter()
        .map(|suite| (suite.name.as_str(), suite.tests, suite.skipped))
        .collect();
    assert_eq!(suites, [("wiretale", 1, 0), ("pytest", 2, 1)]);
}

#[test]
fn what_cannot_be_merged_is_wrong() {
    let folder = Folder::new();
    let one = shard("1/2", &[]);
    fs::write(folder.path("a.json"), report::text(Format::Json, &one, false)).unwrap();
    fs::write(folder.path("a.xml"), report::text(Format::Junit, &one, false)).unwrap();
    fs::write(
        folder.path("b.json"),
        report::text(Format::Json, &shard("2/3", &[]), false),
    )
    .unwrap();
    fs::write(folder.path("no.json"), "{}").unwrap();
    fs::write(folder.path("no.xml"), "<html>").unwrap();
    fs::write(folder.path("latin.json"), b"\xff").unwrap();
    let mut all = String::new();
    for arguments in [
        &["a.json", "a.xml"][..],
        &["a.json", "b.json"],
        &["a.xml", "--report", "tap"],
        &["no.json"],
        &["no.xml"],
        &["latin.json"],
        &["nothing.json"],
        &["a.json", "--report", "junti=x.xml"],
        &["a.json", "--report", "junit"],
        &["a.json", "--report", "junit=x", "--report", "json=x"],
        &[],
    ] {
        let told = folder.wiretale(&[&["merge"], arguments].concat());
        assert_eq!(
            (told.code, told.out.as_str()),
            (Some(2), ""),
            "{arguments:?} {}",
            told.err
        );
        let shown = format!("$ wiretale merge {}", arguments.join(" "));
        all.extend([shown.trim_end(), "\n", &told.err]);
    }
    golden("tests/report/wrong.txt", &all);
}

#[test]
fn a_report_that_cannot_be_written_gives_3() {
    let folder = Folder::new();
    fs::create_dir(folder.path("folder")).unwrap();
    let shards = [shard("1/1", &[("a", Status::Passed)])];
    for format in BOTH {
        let told = merged(&folder, format, &shards, &["--report", "junit=folder"]);
        assert_eq!(told.code, Some(3));
        assert!(
            told.err.contains("cannot write the junit report to folder: "),
            "{}",
            told.err
        );
    }
}

#[test]
fn everything_is_told_of_a_merged_report() {
    let folder = Folder::new();
    let mut all = everything();
    all.shard = None;
    let told = merged(&folder, Format::Json, &[all], &[]);
    assert_eq!(told.code, Some(3));
    golden("tests/report/merged.txt", &told.out);
}
