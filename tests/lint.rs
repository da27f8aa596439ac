//! Scenarios that are warned of, and what is said of them; the documentation of the codes.
//!
//! Each `tests/lint/NAME.json` has its warnings as text in `NAME.txt` beside it. `WIRETALE_BLESS=1` writes those anew.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wiretale::lint::{ALL, Code};
use wiretale::plan::Overrides;
use wiretale::scenario::LoadOptions;
use wiretale::scenario::render::{Colour, Title, render_titled};
use wiretale::suite::Checked;

fn checked(path: &Path) -> Checked {
    Checked::load(path, &LoadOptions::default(), &Overrides::default())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(checked: &Checked) -> String {
    let warnings = checked.warnings.iter().map(|warning| {
        let title = Title {
            is_error: false,
            code: warning.code.name(),
        };
        render_titled(title, &warning.as_mistake(), checked.cases.sources(), Colour::Never)
    });
    warnings.collect()
}

fn files(ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir("tests/lint").unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    files
}

#[test]
fn every_scenario_is_warned_of_in_these_words() {
    let bless = std::env::var_os("WIRETALE_BLESS").is_some();
    let (mut failures, mut seen) = (Vec::new(), BTreeSet::new());
    for path in files("json") {
        let checked = checked(&path);
        seen.extend(checked.warnings.iter().map(|warning| warning.code));
        let found = shown(&checked);
        let golden = path.with_extension("txt");
        if bless {
            fs::write(&golden, &found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        if found != expected || found.is_empty() {
            failures.push(format!(
                "{}\n--- expected\n{expected}--- found\n{found}",
                path.display()
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(seen, BTreeSet::from(ALL), "every code is shown by a scenario");
}

#[test]
fn every_golden_belongs_to_a_scenario() {
    for path in files("txt") {
        assert!(path.with_extension("json").exists(), "{} is left over", path.display());
    }
}

#[test]
fn the_documentation_has_every_code_and_no_other() {
    let page = fs::read_to_string("docs/check.md").unwrap();
    let rows: Vec<(String, String)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "))
        .filter(|(code, _)| !code.starts_with("--"))
        .map(|(code, summary)| (code.to_owned(), summary.to_owned()))
        .collect();
    let codes: Vec<(String, String)> = ALL
        .map(|code: Code| (code.name().to_owned(), code.summary().to_owned()))
        .into();
    assert_eq!(rows, codes);
}
