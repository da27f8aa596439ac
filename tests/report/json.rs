//! JSON, held against the committed schema and read back.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use wiretale::report::tested::Summary;
use wiretale::report::{self, Format, SCHEMA};

use crate::chance;
use crate::sample::everything;
use crate::tool::{Folder, golden};

fn validator() -> jsonschema::Validator {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn written(summary: &Summary, ci: bool) -> Json {
    serde_json::from_str(&report::text(Format::Json, summary, ci)).unwrap()
}

#[test]
fn every_status_is_written_as_approved() {
    golden(
        "tests/report/everything.json",
        &report::text(Format::Json, &everything(), false),
    );
}

#[test]
fn what_is_written_validates_and_is_read_back() {
    let validator = validator();
    for (summary, ci) in [(everything(), true), (everything(), false), (Summary::default(), false)] {
        let report = written(&summary, ci);
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0]);
        assert_eq!(report::read(&report.to_string()).unwrap(), (summary, ci));
    }
}

#[test]
fn the_schema_knows_every_field_and_no_other() {
    let validator = validator();
    let report = written(&everything(), true);
    assert!(validator.is_valid(&report));
    let mut objects = Vec::new();
    pointers(&report, String::new(), &mut objects);
    assert!(objects.len() > 20);
    for pointer in objects {
        let mut wrong = report.clone();
        wrong.pointer_mut(&pointer).unwrap()["more"] = json!(1);
        assert!(!validator.is_valid(&wrong), "{pointer} takes anything");
    }
    for (pointer, value) in [
        ("/wiretale_report", json!(2)),
        ("/shard", json!("2 of 8")),
        ("/seconds", json!(-1)),
        ("/tested/0/status", json!("fine")),
        ("/tested/0/verdict", json!("fine")),
        ("/tested/0/name", json!(null)),
    ] {
        let mut wrong = report.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&wrong), "{pointer}");
    }
}

/// Where the objects of a value are.
fn pointers(value: &Json, at: String, found: &mut Vec<String>) {
    match value {
        Json::Object(members) => {
            for (key, member) in members {
                pointers(member, format!("{at}/{key}"), found);
            }
            found.push(at);
        }
        Json::Array(all) => {
            for (member, number) in all.iter().zip(0..) {
                pointers(member, format!("{at}/{number}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn what_is_no_report_is_told_why() {
    for (text, told) in [
        ("{", "it is no JSON: EOF while parsing an object at line 1 column 1"),
        ("[]", "it is no report of wiretale: it has no `wiretale_report`"),
        ("{}", "it is no report of wiretale: it has no `wiretale_report`"),
        (
            "{\"wiretale_report\": 2}",
            "it is a report of version 2; this wiretale reads version 1",
        ),
        (
            "{\"wiretale_report\": 1}",
            "it is no whole report: missing field `tested`",
        ),
    ] {
        assert_eq!(report::read(text).unwrap_err().to_string(), told);
    }
}

#[test]
fn the_command_line_prints_the_schema() {
    let folder = Folder::new();
    assert_eq!(folder.wiretale(&["schema", "report"]).out, SCHEMA);
    let scenario = folder.wiretale(&["schema"]).out;
    assert_eq!(scenario, wiretale::scenario::SCHEMA);
    assert_eq!(folder.wiretale(&["schema", "scenario"]).out, scenario);
}

proptest! {
    #[test]
    fn any_text_is_read_back(summary in chance::summary(), ci: bool) {
        let text = report::text(Format::Json, &summary, ci);
        prop_assert_eq!(report::read(&text).unwrap(), (summary, ci));
    }
}
