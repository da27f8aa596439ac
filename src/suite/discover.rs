//! Which scenarios there are under some paths.
//!
//! Owns looking for them, telling a scenario from the files that it includes and reads, and which approved diagrams have
//! no scenario any more. Does not own loading them (`case`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::name;
use super::results::about;

/// How deep folders are looked into.
const DEEPEST: usize = 32;

/// The largest file that is looked into.
const LARGEST: u64 = 16 << 20;

/// What was found under some paths.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The scenarios' files, by their names.
    pub scenarios: BTreeMap<String, PathBuf>,
    /// The folders and files that were looked into; a file that is no scenario may become one.
    pub looked_into: Vec<PathBuf>,
    scopes: Vec<Scope>,
}

/// Which names a path stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    /// A folder: all names that begin so.
    Below(String),
    /// A file: this name, and those of its cases.
    One(String, PathBuf),
}

/// Why nothing can be tested.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// A path cannot be read.
    #[error("cannot read {0}")]
    Io(io::Error),
    /// Two files would have the same results.
    #[error("{} and {} are both called `{name}`, and so would be their diagrams", first.display(), second.display())]
    Twice {
        /// The name.
        name: String,
        /// A file.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
    },
    /// There is no scenario.
    #[error("there is no scenario under {}", list(.0))]
    Nothing(Vec<PathBuf>),
}

/// Looks for scenarios: a file is one whatever is in it, in a folder all `.json` files that have `actors` are.
pub fn find(paths: &[PathBuf]) -> Result<Found, FindError> {
    let mut found = Found::default();
    for path in paths {
        let kind = fs::metadata(path).map_err(|error| FindError::Io(about(path, error)))?;
        if kind.is_dir() {
            let below = name::scenario(&path.join("x.json"), Some(path));
            found.scopes.push(Scope::Below(below.trim_end_matches('x').to_owned()));
            let mut files = Vec::new();
            walk(path, 0, &mut files, &mut found.looked_into).map_err(FindError::Io)?;
            found.looked_into.extend_from_slice(&files);
            for file in files.into_iter().filter(|file| is_scenario(file)) {
                found.add(name::scenario(&file, Some(path)), file)?;
            }
        } else {
            let name = name::scenario(path, None);
            found.scopes.push(Scope::One(name.clone(), path.clone()));
            found.add(name, path.clone())?;
        }
    }
    if found.scenarios.is_empty() {
        return Err(FindError::Nothing(paths.to_vec()));
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, name: String, file: PathBuf) -> Result<(), FindError> {
        match self.scenarios.get(&name) {
            Some(first) if !is_same(first, &file) => Err(FindError::Twice {
                name,
                first: first.clone(),
                second: file,
            }),
            Some(_) => Ok(()),
            None => {
                self.scenarios.insert(name, file);
                Ok(())
            }
        }
    }

    /// The approved diagrams that belong to none of these cases, though to the paths that were looked under. `unread` are
    /// scenarios whose cases are not known.
    pub fn orphans<'a>(
        &self,
        baselines: &'a BTreeMap<String, Vec<PathBuf>>,
        cases: &BTreeSet<String>,
        unread: &BTreeMap<String, BTreeSet<PathBuf>>,
    ) -> Vec<(&'a str, &'a PathBuf)> {
        let is_of = |name: &str, scenario: &str| {
            name.strip_prefix(scenario)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_in_scope = |name: &str| {
            self.scopes.iter().any(|scope| match scope {
                Scope::Below(prefix) => name.starts_with(prefix.as_str()),
                // What looks like a case may be another scenario beside it.
                Scope::One(scenario, file) => is_of(name, scenario) && !is_beside(name, file),
            })
        };
        let is_orphan = |name: &str| {
            !cases.contains(name) && !unread.keys().any(|scenario| is_of(name, scenario)) && is_in_scope(name)
        };
        let orphans = baselines.iter().filter(|(name, _)| is_orphan(name));
        orphans
            .flat_map(|(name, files)| files.iter().map(move |file| (name.as_str(), file)))
            .collect()
    }
}

/// Whether a scenario of this name is in the folder of `file`.
fn is_beside(name: &str, file: &Path) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    let other = file.with_file_name(format!("{last}.json"));
    other != file && other.exists()
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, folders: &mut Vec<PathBuf>) -> io::Result<()> {
    folders.push(folder.to_owned());
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| about(folder, error))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    entries.sort();
    for path in entries {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        // A folder behind a link may lead back to where we are.
        let kind = fs::symlink_metadata(&path).map_err(|error| about(&path, error))?;
        if hidden {
            continue;
        }
        if kind.is_dir() {
            if depth < DEEPEST {
                walk(&path, depth + 1, files, folders)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a file in a folder of scenarios is one, and not one that they read. What is no sound JSON is told as a scenario's
/// mistake where it names actors.
fn is_scenario(file: &Path) -> bool {
    let Ok(about) = fs::metadata(file) else { return false };
    if !about.is_file() {
        return false;
    }
    if about.len() > LARGEST {
        return true;
    }
    let Ok(text) = fs::read(file) else { return true };
    match serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(&text) {
        Ok(members) => members.contains_key("actors"),
        Err(error) if error.is_data() => false,
        Err(_) => text.windows(8).any(|part| part == br#""actors""#),
    }
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn names(found: &Found) -> Vec<&str> {
        found.scenarios.keys().map(String::as_str).collect()
    }

    #[test]
    fn what_scenarios_include_and_read_is_no_scenario() {
        let folder = folder(&[
            ("scenarios/a.json", r#"{ "actors": {} }"#),
            ("scenarios/a/common.json", r#"{ "matchers": {} }"#),
            ("scenarios/a/rows.json", r#"[ { "actors": 1 } ]"#),
            ("scenarios/broken.json", r#"{ "actors": { "#),
            ("scenarios/noise.json", "{ nothing"),
            ("scenarios/mail/login.json", r#"{ "title": "x", "actors": {} }"#),
            ("scenarios/mail/readme.md", "actors"),
            ("scenarios/.hidden/x.json", r#"{ "actors": {} }"#),
        ]);
        let found = find(&[folder.path().join("scenarios")]).unwrap();
        assert_eq!(names(&found), ["a", "broken", "mail/login"]);
        let found = find(&[folder.path().join("scenarios/mail")]).unwrap();
        assert_eq!(names(&found), ["mail/login"]);
        let found = find(&[folder.path().join("scenarios/noise.json")]).unwrap();
        assert_eq!(names(&found), ["noise"]);
    }

    #[test]
    fn two_scenarios_of_one_name_and_none_at_all_are_refused() {
        let folder = folder(&[
            ("a/x.json", r#"{ "actors": {} }"#),
            ("b/x.json", r#"{ "actors": {} }"#),
            ("c/x.txt", ""),
        ]);
        let path = |name: &str| folder.path().join(name);
        assert!(matches!(find(&[path("a"), path("b")]), Err(FindError::Twice { name, .. }) if name == "x"));
        assert_eq!(names(&find(&[path("a"), path("a/x.json")]).unwrap()), ["x"]);
        assert!(matches!(find(&[path("c")]), Err(FindError::Nothing(_))));
        assert!(matches!(find(&[path("d")]), Err(FindError::Io(_))));
    }

    #[test]
    fn a_baseline_without_a_case_is_an_orphan_where_it_was_looked_for() {
        let folder = folder(&[
            ("scenarios/a.json", r#"{ "actors": {} }"#),
            ("scenarios/a.b.json", r#"{ "actors": {} }"#),
            ("scenarios/mail/x.json", r#"{ "actors": {} }"#),
        ]);
        let path = |name: &str| folder.path().join("scenarios").join(name);
        let file = vec![PathBuf::from("f")];
        let all = ["a", "a.b", "a.one", "b", "mail/x", "mail/y", "un.read"];
        let baselines: BTreeMap<_, _> = all.iter().map(|name| ((*name).to_owned(), file.clone())).collect();
        let orphans = |paths: &[PathBuf], cases: &[&str]| -> Vec<String> {
            let cases = cases.iter().map(|name| (*name).to_owned()).collect();
            let unread = BTreeMap::from([("un".to_owned(), BTreeSet::new())]);
            let orphans = find(paths).unwrap();
            let orphans = orphans.orphans(&baselines, &cases, &unread);
            orphans.into_iter().map(|(name, _)| name.to_owned()).collect()
        };
        assert_eq!(orphans(&[path("")], &["a", "a.b", "mail/x"]), ["a.one", "b", "mail/y"]);
        assert_eq!(orphans(&[path("mail")], &["mail/x"]), ["mail/y"]);
        assert_eq!(orphans(&[path("a.json")], &["a"]), ["a.one"]);
        assert_eq!(orphans(&[path("a.json")], &["a.one"]), ["a"]);
    }
}
