//! `wiretale test --watch`: plays again what a changed file touches.
//!
//! Owns looking for changes, by asking for the files' times: there are few of them, and it works on every disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::args_test::TestArgs;
use super::exit::Exit;
use super::output::{complain, say};
use super::test::{nothing, play};
use crate::suite::{Found, Select, Stop, TestOptions, Tests, find, touches};

/// How often files are looked at.
const EVERY: Duration = Duration::from_millis(200);

/// What was changed so long ago is written.
const SETTLED: Duration = Duration::from_millis(100);

/// A file as it was seen: when it was changed, and how long it is; none for one that is not there.
type Seen = Option<(SystemTime, u64)>;

/// All files that matter, each with what it looked like and the names of what it touches.
type Known = BTreeMap<PathBuf, (Seen, BTreeSet<String>)>;

/// Plays everything, then whatever is touched, until a signal comes.
pub(super) fn watch(args: &TestArgs, select: &Select, options: &TestOptions) -> Exit {
    let stop = Stop::on_signal();
    let mut known: Option<Known> = None;
    while !stop.is_set() {
        if known
            .as_ref()
            .is_some_and(|known| known.iter().all(|(file, (before, _))| seen(file) == *before))
        {
            thread::sleep(EVERY);
            continue;
        }
        let looked = SystemTime::now();
        let found = match find(&args.paths) {
            Ok(found) => found,
            Err(error) if known.is_none() => return nothing(&error),
            // Somebody moves things about.
            Err(_) => {
                thread::sleep(EVERY);
                continue;
            }
        };
        let all = match Tests::load(&found, select.clone(), options) {
            Ok(tests) => tests,
            Err(error) => {
                complain(&format!("cannot read the results: {error}"));
                return Exit::Other;
            }
        };
        let now = files(&all, &found, options);
        if now.values().any(|(seen, _)| is_fresh(*seen, looked)) {
            thread::sleep(EVERY);
            continue;
        }
        // A run reads and writes nothing that it is made of, so what was seen before it is what it saw.
        let before = known.replace(now.clone());
        let tests = match before.map(|before| touched(&before, &now)) {
            Some(names) if names.is_empty() => continue,
            Some(names) => all.only(&names),
            None => all,
        };
        play(args, &tests, options, &stop);
        if !stop.is_set() {
            say("watching for changes; Ctrl-C ends it\n");
        }
    }
    Exit::Passed
}

fn files(tests: &Tests, found: &Found, options: &TestOptions) -> Known {
    let mut files = Known::new();
    for path in &found.looked_into {
        files.insert(path.clone(), (seen(path), BTreeSet::new()));
    }
    let mut touches = |name: &str, file: &PathBuf| {
        let (_, names) = files
            .entry(file.clone())
            .or_insert_with(|| (seen(file), BTreeSet::new()));
        names.insert(name.to_owned());
    };
    for case in tests.cases() {
        self::touches(case, &options.results)
            .iter()
            .for_each(|file| touches(case.called(), file));
    }
    for (name, read) in tests.unread() {
        read.iter().for_each(|file| touches(name, file));
    }
    files
}

/// The names of all that a change touches, also those that were not there before.
fn touched(before: &Known, now: &Known) -> BTreeSet<String> {
    let changed = now.iter().filter(|(file, (seen, names))| {
        before
            .get(*file)
            .is_none_or(|(known, of)| known != seen || !names.is_subset(of))
    });
    changed.flat_map(|(_, (_, names))| names.iter().cloned()).collect()
}

/// Whether a file was changed so shortly before it was looked at that it may have been read half written.
fn is_fresh(seen: Seen, looked: SystemTime) -> bool {
    let settled = looked.checked_sub(SETTLED);
    seen.is_some_and(|(changed, _)| settled.is_some_and(|settled| changed > settled) && changed <= SystemTime::now())
}

fn seen(file: &Path) -> Seen {
    let about = fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}
