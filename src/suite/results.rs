//! The folder of the results: approved diagrams, those that wait for approval, and what the last runs left.
//!
//! Owns which file is what, and that a file is there whole or not at all. Does not own what a diagram says, nor when one
//! is approved (`accept`).

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// The folder of the results.
#[derive(Clone, Debug)]
pub struct Results {
    folder: PathBuf,
}

/// How deep folders are looked into.
const DEEPEST: usize = 32;

/// How often is looked whether another program has come to its end.
const AGAIN: Duration = Duration::from_millis(50);

/// What a file of the results is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// An approved diagram of a case, by its number: 1 is the only one, as a rule.
    Approved(u32),
    /// One that waits for approval.
    New,
    /// The diagram of a difference.
    Diff,
}

impl Results {
    /// The results in this folder, which need not be there.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the last run of a case leaves its trace and its diagram.
    pub fn last(&self, name: &str) -> PathBuf {
        self.folder.join("last").join(name)
    }

    /// The approved diagram of a case.
    pub fn approved(&self, name: &str) -> PathBuf {
        self.file(name, &Role::Approved(1))
    }

    /// All approved diagrams of a case that are there: `NAME.mmd`, and where a real race allows several, `NAME@2.mmd` and
    /// so on, in the order of their numbers.
    pub fn all_approved(&self, name: &str) -> Vec<PathBuf> {
        let (folder, own) = match name.rsplit_once('/') {
            Some((folder, own)) => (self.folder.join(folder), own),
            None => (self.folder.clone(), name),
        };
        let mut found: Vec<(u32, PathBuf)> = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let file = entry.file_name();
            if let Some((of, Role::Approved(number))) = file.to_str().and_then(role)
                && of == own
            {
                found.push((number, entry.path()));
            }
        }
        found.sort();
        found.into_iter().map(|(_, path)| path).collect()
    }

    /// The first file that a further approved diagram of a case can have.
    pub fn another(&self, name: &str) -> PathBuf {
        (1..)
            .map(|number| self.file(name, &Role::Approved(number)))
            .find(|path| !path.exists())
            .expect("there is always another number")
    }

    /// Where a diagram waits for approval.
    pub fn new_diagram(&self, name: &str) -> PathBuf {
        self.file(name, &Role::New)
    }

    /// Where the diagram of the difference is.
    pub fn diff(&self, name: &str) -> PathBuf {
        self.file(name, &Role::Diff)
    }

    /// The names of all cases whose diagram waits for approval.
    pub fn waiting(&self) -> io::Result<Vec<String>> {
        let all = self.all()?;
        Ok(all
            .into_iter()
            .filter(|(_, files)| files.iter().any(|(role, _)| *role == Role::New))
            .map(|(name, _)| name)
            .collect())
    }

    /// All approved diagrams, by the names of their cases.
    pub fn baselines(&self) -> io::Result<BTreeMap<String, Vec<PathBuf>>> {
        let approved = |files: Vec<(Role, PathBuf)>| -> Vec<PathBuf> {
            let approved = files.into_iter().filter(|(role, _)| matches!(role, Role::Approved(_)));
            approved.map(|(_, path)| path).collect()
        };
        let all = self.all()?.into_iter().map(|(name, files)| (name, approved(files)));
        Ok(all.filter(|(_, files)| !files.is_empty()).collect())
    }

    /// Keeps other programs from playing into this folder as long as what is given back lives. Where one does so already,
    /// `told` is called once and it is waited for, until `ends`; then there is nothing to give back.
    pub fn alone(&self, told: impl FnOnce(), ends: impl Fn() -> bool) -> io::Result<Option<fs::File>> {
        let last = self.folder.join("last");
        fs::create_dir_all(&last).map_err(|error| about(&last, error))?;
        let path = last.join(".lock");
        let lock = fs::File::create(&path).map_err(|error| about(&path, error))?;
        let mut told = Some(told);
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(lock)),
                Err(fs::TryLockError::Error(error)) => return Err(about(&path, error)),
                Err(fs::TryLockError::WouldBlock) if ends() => return Ok(None),
                Err(fs::TryLockError::WouldBlock) => {
                    if let Some(told) = told.take() {
                        told();
                    }
                    thread::sleep(AGAIN);
                }
            }
        }
    }

    /// Leaves nothing that waits for approval.
    pub fn forget(&self, name: &str) -> io::Result<()> {
        for path in [self.new_diagram(name), self.diff(name)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(about(&path, error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&self, name: &str, role: &Role) -> PathBuf {
        let ending = match role {
            Role::Approved(1) => ".mmd".to_owned(),
            Role::Approved(number) => format!("@{number}.mmd"),
            Role::New => ".new.mmd".to_owned(),
            Role::Diff => ".diff.mmd".to_owned(),
        };
        self.folder.join(format!("{name}{ending}"))
    }

    /// All diagrams by the names of their cases, but for those of the last runs.
    fn all(&self) -> io::Result<BTreeMap<String, Vec<(Role, PathBuf)>>> {
        let mut all: BTreeMap<String, Vec<(Role, PathBuf)>> = BTreeMap::new();
        let mut folders = vec![(self.folder.clone(), String::new(), 0)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(about(&folder, error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| about(&folder, error))?;
                let file = entry.file_name();
                // What is no text is not ours.
                let Some(file) = file.to_str() else { continue };
                let kind = entry.file_type().map_err(|error| about(&entry.path(), error))?;
                if kind.is_dir() {
                    let of_last_runs = prefix.is_empty() && file == "last";
                    if !of_last_runs && !file.starts_with('.') && depth < DEEPEST {
                        folders.push((entry.path(), format!("{prefix}{file}/"), depth + 1));
                    }
                } else if let Some((of, role)) = role(file) {
                    all.entry(format!("{prefix}{of}"))
                        .or_default()
                        .push((role, entry.path()));
                }
            }
        }
        all.values_mut().for_each(|files| files.sort());
        Ok(all)
    }
}

/// Whose diagram a file is, and which; none for a file that is no diagram.
fn role(file: &str) -> Option<(&str, Role)> {
    let stem = file
        .strip_suffix(".mmd")
        .filter(|stem| !stem.is_empty() && !stem.starts_with('.'))?;
    if let Some(of) = stem.strip_suffix(".new") {
        return Some((of, Role::New));
    }
    if let Some(of) = stem.strip_suffix(".diff") {
        return Some((of, Role::Diff));
    }
    match stem.rsplit_once('@') {
        Some((of, number)) if number.parse::<u32>().is_ok_and(|number| number > 1) => {
            Some((of, Role::Approved(number.parse().ok()?)))
        }
        _ => Some((stem, Role::Approved(1))),
    }
}

/// Writes a file so that whoever looks sees what it held before or all that it holds now, also where the program is killed
/// meanwhile. Folders on the way are made.
pub(super) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let beside = folder.join(format!(".wiretale-{}-{number}", std::process::id()));
    let written = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    written().map_err(|error| {
        // What is half written helps nobody.
        let _ = fs::remove_file(&beside);
        about(path, error)
    })
}

/// The error with the file that it is about.
pub(super) fn about(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_whose_diagram_it_is() {
        assert_eq!(role("hello.mmd"), Some(("hello", Role::Approved(1))));
        assert_eq!(role("a.case.mmd"), Some(("a.case", Role::Approved(1))));
        assert_eq!(role("a.case@12.mmd"), Some(("a.case", Role::Approved(12))));
        assert_eq!(role("a.new.mmd"), Some(("a", Role::New)));
        assert_eq!(role("a.diff.mmd"), Some(("a", Role::Diff)));
        assert_eq!(role("a@1.mmd"), Some(("a@1", Role::Approved(1))));
        assert_eq!((role("a.txt"), role(".mmd"), role(".hidden.mmd")), (None, None, None));
    }

    #[test]
    fn approved_diagrams_are_found_in_the_order_of_their_numbers_and_last_runs_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::at(folder.path());
        for file in [
            "a/b@10.mmd",
            "a/b.mmd",
            "a/b@2.mmd",
            "a/b.new.mmd",
            "a/bc.mmd",
            "last/x/diagram.mmd",
        ] {
            write_whole(&folder.path().join(file), "x").unwrap();
        }
        let found = |name| -> Vec<String> {
            let all = results.all_approved(name).into_iter();
            all.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(found("a/b"), ["b.mmd", "b@2.mmd", "b@10.mmd"]);
        assert_eq!(found("a"), [""; 0]);
        assert_eq!(results.waiting().unwrap(), ["a/b"]);
        assert_eq!(results.baselines().unwrap().keys().collect::<Vec<_>>(), ["a/b", "a/bc"]);
        assert_eq!(results.another("a/b"), folder.path().join("a/b@3.mmd"));
        results.forget("a/b").unwrap();
        results.forget("a/b").unwrap();
        assert!(results.waiting().unwrap().is_empty());
        assert!(
            Results::at(Path::new("/no/such/folder"))
                .baselines()
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file.mmd");
        write_whole(&path, "one").unwrap();
        write_whole(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        fs::create_dir(folder.path().join("new/folder.mmd")).unwrap();
        assert!(write_whole(&folder.path().join("new/folder.mmd"), "x").is_err());
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 2);
    }
}
