//! The committed schema against the decoder: what is sound validates, what is broken in its shape does not.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use wiretale::scenario::{LoadError, LoadOptions, SCHEMA, load};

/// Broken scenarios of which no schema can tell: a key stands twice, a value is above a limit, or another file is wrong.
const BEYOND: &[&str] = &[
    "duplicate-actor",
    "duplicate-key",
    "file-missing",
    "file-outside",
    "file-ragged",
    "include-circle",
    "include-same-names",
    "too-long",
];

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn json_files(folder: &str) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap_or_default())
        })
        .collect();
    files.sort();
    files
}

fn errors(validator: &jsonschema::Validator, text: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(text).unwrap();
    let errors = validator.iter_errors(&value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn sound_scenarios_validate() {
    let validator = validator();
    for (name, text) in json_files("tests/scenarios") {
        assert_eq!(errors(&validator, &text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn included_files_have_a_definition_of_their_own() {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let root = schema.as_object_mut().unwrap();
    root.retain(|key, _| key == "$defs" || key == "$schema");
    root.insert("$ref".to_owned(), "#/$defs/included".into());
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let folders = ["scenarios/reuse", "tests/scenarios/included"];
    let files: Vec<_> = folders.into_iter().flat_map(json_files).collect();
    assert!(files.len() >= 2);
    for (name, text) in files {
        assert_eq!(errors(&validator, &text), Vec::<String>::new(), "{name}");
    }
    assert_ne!(errors(&validator, r#"{ "actors": {} }"#), Vec::<String>::new());
}

#[test]
fn broken_scenarios_do_not_validate() {
    let validator = validator();
    let mut wrong = Vec::new();
    for (name, text) in json_files("tests/broken") {
        let is_json = serde_json::from_str::<Value>(&text).is_ok();
        if !is_json || name.starts_with("plan-") {
            continue;
        }
        let refused = !errors(&validator, &text).is_empty();
        if refused == BEYOND.contains(&name.as_str()) {
            wrong.push(name);
        }
    }
    assert!(
        wrong.is_empty(),
        "refused when it should not be, or the other way round: {wrong:?}"
    );
}

#[test]
fn every_exception_is_a_scenario() {
    for name in BEYOND {
        assert!(Path::new(&format!("tests/broken/{name}.json")).exists(), "{name}");
    }
}

/// Small changes of a sound scenario: the decoder and the schema must think the same of each.
#[test]
fn the_schema_and_the_decoder_agree_on_every_wrong_type() {
    let validator = validator();
    let text = fs::read_to_string("tests/scenarios/everything.json").unwrap();
    let sound: Value = serde_json::from_str(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("included")).unwrap();
    for name in [
        "users.csv",
        "user.schema",
        "included/more.json",
        "included/users.csv",
        "tls.pem",
        "tls.key",
    ] {
        fs::copy(format!("tests/scenarios/{name}"), folder.path().join(name)).unwrap();
    }
    let path = folder.path().join("changed.json");
    let mut wrong = Vec::new();
    for pointer in pointers(&sound) {
        for other in [
            Value::Null,
            Value::from(false),
            Value::from(7),
            Value::from("word"),
            Value::from(""),
            serde_json::json!([]),
            serde_json::json!({}),
            serde_json::json!({ "recieve": 1 }),
        ] {
            let mut changed = sound.clone();
            *changed.pointer_mut(&pointer).unwrap() = other.clone();
            fs::write(&path, changed.to_string()).unwrap();
            let decodes = match load(&path, &LoadOptions::default()) {
                Ok(_) => true,
                Err(LoadError::Mistakes { mistakes, .. }) => {
                    assert!(!mistakes.is_empty(), "{pointer} = {other}: refused without a mistake");
                    false
                }
                Err(error) => panic!("{error}"),
            };
            let validates = validator.is_valid(&changed);
            // A file that is not there is beyond a schema.
            let is_file = ["/file", "/schema", "/include/0", "/cert", "/key", "/ca"]
                .iter()
                .any(|end| pointer.ends_with(end));
            if decodes != validates && !is_file {
                wrong.push(format!("{pointer} = {other}: decodes {decodes}, validates {validates}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The places of all values, remarks left out.
fn pointers(value: &Value) -> Vec<String> {
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(parts) => parts
            .iter()
            .enumerate()
            .map(|(n, part)| (n.to_string(), part))
            .collect(),
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| key.as_str() != "//")
            .map(|(key, part)| (key.replace('~', "~0").replace('/', "~1"), part))
            .collect(),
        _ => Vec::new(),
    };
    let mut all = vec![String::new()];
    for (key, part) in parts {
        all.extend(pointers(part).into_iter().map(|inner| format!("/{key}{inner}")));
    }
    all
}
