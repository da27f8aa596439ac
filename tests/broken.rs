//! Broken scenarios, and what is said of them.
//!
//! Each `tests/broken/NAME.json` has its mistakes as text in `NAME.txt` beside it. `WIRETALE_BLESS=1` writes those anew.
//! Files called `plan-*.json` are sound JSON of the right shape whose names, templates or references are wrong.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use wiretale::plan::{Overrides, Permissions, Plan};
use wiretale::scenario::mistake::Mistake;
use wiretale::scenario::render::{Colour, render};
use wiretale::scenario::source::Sources;
use wiretale::scenario::{LoadError, LoadOptions, load};

/// What is wrong with a scenario, as a user sees it; `None` where nothing is.
fn check(path: &Path, overrides: &Overrides) -> Option<String> {
    let shown = |mistakes: &[Mistake], sources: &Sources| Some(render(mistakes, sources, Colour::Never));
    match load(path, &LoadOptions::default()) {
        Ok((scenario, sources)) => {
            let file = path.display().to_string();
            let plan = Plan::compile(&file, &scenario, &sources, overrides);
            plan.err().and_then(|mistakes| shown(&mistakes, &sources))
        }
        Err(LoadError::Mistakes { mistakes, sources }) => shown(&mistakes, &sources),
        Err(error) => Some(format!("{error}\n")),
    }
}

fn json_files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_broken_scenario_is_told_what_is_wrong() {
    let bless = std::env::var_os("WIRETALE_BLESS").is_some();
    let files = json_files("tests/broken");
    assert!(files.len() >= 28, "only {} broken scenarios", files.len());
    let mut failures = Vec::new();
    for path in files {
        let golden = path.with_extension("txt");
        let Some(found) = check(&path, &Overrides::default()) else {
            failures.push(format!("{}: nothing is wrong with it", path.display()));
            continue;
        };
        if bless {
            fs::write(&golden, &found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if found != expected {
            failures.push(format!(
                "{}\n--- expected\n{expected}--- found\n{found}",
                path.display()
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_golden_belongs_to_a_scenario() {
    for entry in fs::read_dir("tests/broken").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "txt") {
            assert!(path.with_extension("json").exists(), "{} is left over", path.display());
        }
    }
}

#[test]
fn nothing_is_wrong_with_sound_scenarios() {
    let allowed = Overrides {
        permissions: Permissions::unplayed(),
        ..Overrides::default()
    };
    for path in json_files("tests/scenarios") {
        assert_eq!(check(&path, &allowed), None, "{}", path.display());
    }
}

#[test]
fn a_file_nested_ten_thousand_deep_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.json");
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    for text in [deep("[", "]"), deep("{\"a\":", "}"), "[".repeat(10_000)] {
        fs::write(&path, text).unwrap();
        let found = check(&path, &Overrides::default()).unwrap();
        assert!(found.contains("error: nested more than 128 deep"), "{found}");
    }
}

/// The thread of a test has a small stack, which must do for the deepest scenario.
#[test]
fn a_scenario_as_deep_as_may_be_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.json");
    let wrap =
        |open: &str, close: &str, inner: &str, times| format!("{}{inner}{}", open.repeat(times), close.repeat(times));
    let steps = wrap("{ \"group\": [", "] }", "{ \"close\": true }", 61);
    let loops = wrap("{ \"repeat\": 2, \"do\": [", "] }", "{ \"send\": \"x\" }", 61);
    let matchers = wrap("{ \"one_of\": [", "] }", "\"x\"", 61);
    for step in [steps, loops, format!("{{ \"receive\": {matchers} }}")] {
        fs::write(
            &path,
            format!("{{ \"actors\": {{ \"A\": {{ \"listen\": \"tcp\", \"session\": [{step}] }} }} }}"),
        )
        .unwrap();
        assert_eq!(check(&path, &Overrides::default()), None);
    }
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.json");
    File::create(&path).unwrap().set_len(100 << 20).unwrap();
    let found = check(&path, &Overrides::default()).unwrap();
    assert!(found.ends_with("large.json: it is larger than 16MiB\n"), "{found}");
}

#[test]
fn a_file_that_is_not_utf8_is_pointed_into() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin1.json");
    fs::write(&path, b"{\n  \"title\": \"caf\xe9\"\n}").unwrap();
    let found = check(&path, &Overrides::default()).unwrap();
    assert!(
        found.contains("latin1.json:2:16: error: the file is not UTF-8"),
        "{found}"
    );
}

#[test]
fn ten_thousand_mistakes_are_not_all_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.json");
    let steps = vec!["{ \"recieve\": 1 }"; 10_000].join(",\n");
    fs::write(
        &path,
        format!("{{ \"actors\": {{ \"A\": {{ \"script\": [{steps}] }} }} }}"),
    )
    .unwrap();
    let found = check(&path, &Overrides::default()).unwrap();
    assert!(found.contains("there are more mistakes than these") && found.ends_with("\n1000 mistakes\n"));
}
