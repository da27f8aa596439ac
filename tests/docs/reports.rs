//! The page on reports shows reports.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use wiretale::report::SCHEMA;

use crate::stage::Stage;
use crate::{blocks, json_of, page, pages, same};

#[test]
fn every_report_is_what_is_made_of_the_one_shown() {
    let pages = pages();
    let mut count = 0;
    for (place, page, block) in blocks(&pages) {
        let shown = ["merged", "junit", "tap"]
            .into_iter()
            .find_map(|form| Some((form, block.mark(form)?)));
        let Some((form, name)) = shown else { continue };
        count += 1;
        let report = page.blocks.iter().find(|block| block.mark("report") == Some(name));
        let stage = Stage::new();
        stage.write("report.json", &report.unwrap().text);
        let found = match form {
            "merged" => stage.wiretale(&["merge", "report.json"]).out,
            form => {
                let to = format!("{form}=-");
                stage.wiretale(&["merge", "report.json", "--report", &to]).out
            }
        };
        same((page, block), &found, &place);
    }
    assert_eq!(count, 3);
}

#[test]
fn every_report_shown_is_what_the_schema_takes() {
    let pages = pages();
    let validator = jsonschema::draft202012::new(&json_of(SCHEMA)).unwrap();
    let mut count = 0;
    for (place, _, block) in blocks(&pages).filter(|(.., block)| block.mark("report").is_some()) {
        count += 1;
        let report = json_of(&block.text);
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{place}");
    }
    assert_eq!(count, 1);
}

#[test]
fn every_field_of_a_report_is_explained() {
    let page = page("docs/reports.md");
    let mut fields = BTreeSet::new();
    properties(&json_of(SCHEMA), &mut fields);
    assert!(fields.len() > 30, "{fields:?}");
    fields.retain(|field| !page.text.contains(&format!("`{field}`")));
    assert!(fields.is_empty(), "not explained: {fields:?}");
}

/// The names of all fields that a schema knows.
fn properties(schema: &Json, found: &mut BTreeSet<String>) {
    match schema {
        Json::Object(members) => {
            for (key, member) in members {
                if let ("properties", Json::Object(fields)) = (key.as_str(), member) {
                    found.extend(fields.keys().cloned());
                }
                properties(member, found);
            }
        }
        Json::Array(all) => all.iter().for_each(|one| properties(one, found)),
        _ => {}
    }
}
