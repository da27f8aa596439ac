//! Every word of the format is used by a sound scenario, and misused by a broken one.
//!
//! The words are those of the schema: keys, fixed values, units. A word is misused where what is told of a broken scenario
//! (`tests/broken/NAME.txt`) points at it or names it. What is not covered is listed when this fails.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

#[test]
fn every_word_of_the_format_is_used_by_a_sound_scenario() {
    let mut used = BTreeSet::new();
    for folder in ["scenarios", "tests/scenarios"] {
        for path in files(Path::new(folder), "json") {
            collect_used(&json(&path), &mut used);
        }
    }
    let unused: Vec<String> = words().difference(&used).cloned().collect();
    assert!(unused.is_empty(), "no sound scenario uses: {unused:?}");
}

#[test]
fn every_word_of_the_format_is_misused_by_a_broken_scenario() {
    let told: String = files(Path::new("tests/broken"), "txt")
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let is_told = |word: &str| told.contains(&format!("`{word}`")) || told.contains(&format!("\"{word}\""));
    let missing: Vec<String> = words().into_iter().filter(|word| !is_told(word)).collect();
    assert!(missing.is_empty(), "no broken scenario misuses: {missing:?}");
}

/// All words of the format.
fn words() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let schema: Json = serde_json::from_str(wiretale::scenario::SCHEMA).unwrap();
    collect_words(&schema, &mut words);
    words.remove("//");
    assert!(words.len() > 120, "only {} words", words.len());
    words
}

/// The keys and fixed words of a schema.
fn collect_words(schema: &Json, words: &mut BTreeSet<String>) {
    match schema {
        Json::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("properties", Json::Object(properties)) => words.extend(properties.keys().cloned()),
                    ("const", Json::String(word)) => _ = words.insert(word.clone()),
                    ("enum", Json::Array(all)) => words.extend(all.iter().filter_map(Json::as_str).map(str::to_owned)),
                    _ => {}
                }
                // What names must not be is no word of the format.
                if key != "not" && key != "propertyNames" {
                    collect_words(value, words);
                }
            }
        }
        Json::Array(all) => all.iter().for_each(|one| collect_words(one, words)),
        _ => {}
    }
}

/// All keys and all texts of a scenario.
fn collect_used(value: &Json, used: &mut BTreeSet<String>) {
    match value {
        Json::Object(map) => map.iter().for_each(|(key, value)| {
            used.insert(key.clone());
            collect_used(value, used);
        }),
        Json::Array(list) => list.iter().for_each(|one| collect_used(one, used)),
        Json::String(text) => _ = used.insert(text.clone()),
        _ => {}
    }
}

fn json(path: &Path) -> Json {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files with this ending in a folder and those below it.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}
