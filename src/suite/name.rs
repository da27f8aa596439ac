//! What a scenario is called: its path below the folder of scenarios, without the ending.
//!
//! Owns that the folders of the results mirror those of the scenarios, and which names would be taken for something else
//! there. Does not own the results (`results`).

use std::path::{Component, Path};

/// What the folder of scenarios is called: a scenario's name begins behind it.
const SCENARIOS: &str = "scenarios";

/// `mail/login` for `scenarios/mail/login.json`. Where no folder on the way is called `scenarios`, the name begins behind
/// `below`, and without that at the file.
pub(super) fn scenario(file: &Path, below: Option<&Path>) -> String {
    let own = std::env::current_dir().ok();
    let file = own.and_then(|own| file.strip_prefix(own).ok()).unwrap_or(file);
    let parts: Vec<String> = parts(file);
    let behind = parts[..parts.len().saturating_sub(1)]
        .iter()
        .position(|part| part == SCENARIOS)
        .map(|place| place + 1);
    let begin = behind.unwrap_or_else(|| match below.and_then(|below| file.strip_prefix(below).ok()) {
        Some(rest) => parts.len().saturating_sub(self::parts(rest).len()),
        None => parts.len().saturating_sub(1),
    });
    let name = parts[begin.min(parts.len().saturating_sub(1))..].join("/");
    match name.strip_suffix(".json") {
        Some(stem) if !stem.is_empty() && !stem.ends_with('/') => stem.to_owned(),
        _ => name,
    }
}

/// The name of a case: that of its scenario, and behind a point its own.
pub(super) fn case(scenario: &str, case: Option<&str>) -> String {
    match case {
        None => scenario.to_owned(),
        Some(case) => format!("{scenario}.{case}"),
    }
}

/// Why results cannot be kept under this name, if they cannot.
pub(super) fn refused(name: &str) -> Option<String> {
    let last = name.rsplit('/').next().unwrap_or(name);
    if name.starts_with("last/") {
        return Some("a folder of scenarios cannot be called `last`: `results/last` holds the last runs".to_owned());
    }
    for taken in [".new", ".diff"] {
        if last.ends_with(taken) {
            return Some(format!(
                "`{name}` cannot be tested: its diagram would be {last}.mmd, and `{taken}.mmd` says what a file is for"
            ));
        }
    }
    let numbered = last
        .rsplit_once('@')
        .is_some_and(|(_, number)| number.parse::<u32>().is_ok());
    numbered.then(|| {
        format!("`{name}` cannot be tested: a diagram of a name that ends in `@` and a number is one of several approved ones")
    })
}

fn parts(path: &Path) -> Vec<String> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_behind_the_folder_of_scenarios() {
        let name = |file: &str, below: Option<&str>| scenario(Path::new(file), below.map(Path::new));
        assert_eq!(name("scenarios/hello.json", None), "hello");
        assert_eq!(
            name("./scenarios/mail/login.json", Some("scenarios/mail")),
            "mail/login"
        );
        assert_eq!(name("/elsewhere/scenarios/a/b.json", Some("/elsewhere")), "a/b");
        assert_eq!(name("tests/flows/a/b.json", Some("tests/flows")), "a/b");
        assert_eq!(name("./tests/flows/a.json", Some("./tests")), "flows/a");
        assert_eq!(name("tests/flows/a/b.json", None), "b");
        assert_eq!(name("b", None), "b");
        assert_eq!(name("a.b.json", None), "a.b");
        let own = std::env::current_dir().unwrap().join("scenarios/x/y.json");
        assert_eq!(scenario(&own, None), "x/y");
    }

    #[test]
    fn a_name_that_would_be_taken_for_something_else_is_refused() {
        for name in ["a.new", "b/a.diff", "last/a", "a@2", "x/a.case@12"] {
            assert!(refused(name).is_some(), "{name}");
        }
        for name in ["new", "diff", "last", "a/last", "a@b", "a.newer", "me@2.a"] {
            assert_eq!(refused(name), None, "{name}");
        }
    }
}
