//! Every word of the formats is explained.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use crate::page::Page;
use crate::stage::{Stage, around};
use crate::{json_of, page, pages, tables};

#[test]
fn the_table_of_verbs_is_the_schema_s() {
    let pages = pages();
    let (place, table) = tables(&pages, "verbs").next().unwrap();
    let codes = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let shown: BTreeMap<String, BTreeSet<String>> = (table.rows.iter())
        .map(|row| {
            let [verb, parts, modifiers] = row.as_slice() else {
                panic!("{place}: {row:?}")
            };
            let both = codes(parts).into_iter().chain(codes(modifiers)).collect();
            (codes(verb).remove(0), both)
        })
        .collect();
    let schema = schema();
    let rules = schema["$defs"]["step"]["allOf"].as_array().unwrap();
    let allowed: BTreeMap<String, BTreeSet<String>> = (rules.iter())
        .map(|rule| {
            let verb = rule["if"]["required"][0].as_str().unwrap().to_owned();
            let names = rule["then"]["propertyNames"]["enum"].as_array().unwrap();
            let names = names.iter().map(|name| name.as_str().unwrap().to_owned());
            (
                verb.clone(),
                names.filter(|name| *name != "//" && *name != verb).collect(),
            )
        })
        .collect();
    assert_eq!(shown, allowed, "{place}");
}

#[test]
fn every_verb_has_an_example_that_compiles() {
    let pages = pages();
    let (place, table) = tables(&pages, "reference").next().unwrap();
    let (verbs, examples) = (table.code("verb"), table.code("example"));
    let mut scenarios = BTreeMap::new();
    for ((verb, example), row) in verbs.iter().zip(&examples).zip(&table.rows) {
        let (verb, example) = (verb.as_deref().unwrap(), json_of(example.as_deref().unwrap()));
        assert!(example.to_string().contains(&format!("\"{verb}\":")), "{place}: {verb}");
        scenarios.insert(format!("verb-{verb}"), around(&row[1], &json!([example])));
    }
    assert_eq!(Stage::new().check(&scenarios), "");
    let shown: BTreeSet<&str> = verbs.iter().flatten().map(String::as_str).collect();
    let schema = schema();
    let rules = schema["$defs"]["step"]["allOf"].as_array().unwrap();
    let verbs: BTreeSet<&str> = rules
        .iter()
        .map(|rule| rule["if"]["required"][0].as_str().unwrap())
        .collect();
    assert_eq!(shown, verbs, "{place}");
}

#[test]
fn every_payload_and_matcher_has_an_example() {
    let pages = pages();
    for (definition, kinds) in [("payload", &["payload"][..]), ("matcher", &["matcher", "raw-matcher"])] {
        let mut shown = BTreeSet::new();
        for table in kinds
            .iter()
            .flat_map(|kind| tables(&pages, kind).map(|(_, table)| table))
        {
            table
                .code("example")
                .iter()
                .flatten()
                .for_each(|example| keys(&json_of(example), &mut shown));
        }
        // Those with a head are shown in conversations.
        for page in &pages {
            let scenarios = page.blocks.iter().filter(|block| block.mark("scenario").is_some());
            scenarios.for_each(|block| keys(&json_of(&block.text), &mut shown));
        }
        let schema = schema();
        let known = schema["$defs"][definition]["properties"].as_object().unwrap();
        let missing: Vec<&String> = known
            .keys()
            .filter(|key| *key != "//" && !shown.contains(*key))
            .collect();
        assert!(missing.is_empty(), "no example of a {definition}: {missing:?}");
    }
}

#[test]
fn every_word_of_the_format_is_explained() {
    let page = page("docs/scenario-format.md");
    let mut words = BTreeSet::new();
    collect(&schema(), &mut words);
    assert!(words.len() > 120, "only {} words", words.len());
    // Those inside JSON the schema leaves open; the program knows them.
    let stage = Stage::new();
    let wrong = [("words", json!({ "$nope": 1 })), ("types", json!({ "$type": "nope" }))];
    for (name, matcher) in wrong {
        let scenario = around("client", &json!([{ "receive": { "json": matcher } }]));
        let told = stage.check(&BTreeMap::from([(name.to_owned(), scenario)]));
        let error = told.lines().next().unwrap();
        let listed = error.split("one of ").nth(1).unwrap_or_else(|| panic!("{told}"));
        words.extend(listed.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    let missing: Vec<&String> = (words.iter())
        .filter(|word| !page.text.contains(&format!("`{word}`")) && !page.text.contains(&format!("\"{word}\"")))
        .collect();
    assert!(missing.is_empty(), "not explained: {missing:?}");
}

#[test]
fn every_kind_of_event_and_finding_is_explained() {
    use wiretale::finding::{Finding, FindingKind};
    use wiretale::trace::event::{Event, Footer, Header, Kind};

    let unknown = |error: serde_json::Error| -> BTreeSet<String> {
        let text = error.to_string();
        let (_, known) = text.split_once("expected").unwrap_or_else(|| panic!("{text}"));
        known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let first = |page: &Page, heading: &str, next: &str| -> BTreeSet<String> {
        let (_, after) = page.text.split_once(heading).unwrap();
        let table = after.split(next).next().unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
        rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
    };
    let (trace, errors) = (page("docs/trace-format.md"), page("docs/errors.md"));
    let kinds = unknown(serde_json::from_str::<Kind>(r#"{ "nope": {} }"#).unwrap_err());
    assert!(kinds.len() > 15);
    assert_eq!(first(&trace, "| kind | fields |", "\n- "), kinds);
    let findings = unknown(serde_json::from_str::<FindingKind>(r#""nope""#).unwrap_err());
    assert_eq!(first(&errors, "| kind | means |", "\n\n"), findings);
    // Of all the rest, every field that is written stands on the page.
    let finding = r#"{ "kind": "panic", "verdict": "fail", "strand": "A", "verb": "send", "text": "", "actual": "", "help": "", "follows": true,
        "place": { "file": "", "line": 1, "column": 1 }, "expected": [{ "what": "", "difference": "", "nearness": 0, "place": null }] }"#;
    let frame = r#"{ "strand": "A", "index": 0, "time": 0, "step": 0, "frames": [{ "step": 0, "time": 1, "part": 1 }], "label": "", "hide": true,
        "event": { "note": { "text": "" } } }"#;
    let header = r#"{ "trace": 1, "wiretale": "", "scenario": "", "case": "", "title": "", "seed": 0,
        "mask": { "builtin": false, "rules": [{ "regex": "x", "as": "" }] }, "actors": [{ "name": "", "count": 1, "listens": true }],
        "steps": [{ "verb": "", "title": "x", "place": { "file": "", "line": 1, "column": 1 } }] }"#;
    let footer = Footer {
        cut: Some(String::new()),
        ..Footer::default()
    };
    let written = [
        serde_json::to_value(serde_json::from_str::<Finding>(finding).unwrap()).unwrap(),
        serde_json::to_value(serde_json::from_str::<Event>(frame).unwrap()).unwrap(),
        serde_json::to_value(serde_json::from_str::<Header>(header).unwrap()).unwrap(),
        serde_json::to_value(footer).unwrap(),
    ];
    let mut fields = BTreeSet::new();
    written.iter().for_each(|value| keys(value, &mut fields));
    assert!(fields.len() > 30, "{fields:?}");
    let both = format!("{}{}", trace.text, errors.text);
    fields.retain(|field| !both.contains(&format!("`{field}`")));
    assert!(fields.is_empty(), "not explained: {fields:?}");
}

fn schema() -> Json {
    json_of(wiretale::scenario::SCHEMA)
}

/// The keys, fixed words and units of a schema.
fn collect(schema: &Json, words: &mut BTreeSet<String>) {
    match schema {
        Json::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("properties", Json::Object(properties)) => words.extend(properties.keys().cloned()),
                    ("const", Json::String(word)) => drop(words.insert(word.clone())),
                    ("enum", Json::Array(all)) => words.extend(all.iter().filter_map(Json::as_str).map(str::to_owned)),
                    _ => {}
                }
                // What names must not be is no word of the format.
                if key != "not" && key != "propertyNames" {
                    collect(value, words);
                }
            }
        }
        Json::Array(all) => all.iter().for_each(|one| collect(one, words)),
        _ => {}
    }
}

/// All keys of a value.
fn keys(value: &Json, all: &mut BTreeSet<String>) {
    match value {
        Json::Object(map) => map.iter().for_each(|(key, value)| {
            all.insert(key.clone());
            keys(value, all);
        }),
        Json::Array(list) => list.iter().for_each(|one| keys(one, all)),
        _ => {}
    }
}
