//! Testing: playing many cases and comparing what each draws with what is approved.
//!
//! Owns which cases are played, several at once, how often a case is tried, what ends it before its end, and what came of
//! each. Does not own playing one (`case`) nor comparing it (`compare`), nor how a person is told (`report`).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::case::{Case, CaseError};
use super::census::census;
use super::compare::{Compared, How, compare};
use super::discover::Found;
use super::name;
use super::results::Results;
use super::select::Select;
use super::stop::Stop;
use crate::diagram::Detail;
use crate::finding::{Judged, Verdict};
use crate::plan::Overrides;
use crate::report;
use crate::report::tested::{Status, Summary, Tested};
use crate::run::RunError;
use crate::runtime;
use crate::scenario::{LoadError, LoadOptions};
use crate::trace::reader::TraceSource;

/// How to test.
#[derive(Clone, Debug)]
pub struct TestOptions {
    /// The folder of the approved diagrams and of what runs leave.
    pub results: Results,
    /// How scenarios are loaded.
    pub load: LoadOptions,
    /// What is changed in them.
    pub overrides: Overrides,
    /// How many cases are played at once.
    pub jobs: usize,
    /// How many times each case is played: more than once is a census of its diagrams.
    pub repeat: u32,
    /// The race that is decided the other way.
    pub flip: Option<u32>,
    /// How many further attempts a case has that does not succeed.
    pub retries: u32,
    /// Whether the first case that does not succeed is the last one that is begun.
    pub fail_fast: bool,
    /// Whether a race that is predicted is a failure.
    pub strict_races: bool,
    /// Whether it is an error that a program which plays an actor is not installed, or may not be started.
    pub no_skip: bool,
}

impl TestOptions {
    /// What scenarios are loaded with: what starts a program that may not be started is known by its name all the same,
    /// so that it is skipped.
    fn known(&self) -> Overrides {
        let permissions = self.overrides.permissions.clone().with_process(!self.no_skip);
        Overrides {
            permissions,
            ..self.overrides.clone()
        }
    }

    /// Why a case is skipped before it is played.
    fn skips(&self, case: &Case) -> Option<String> {
        if self.no_skip || self.overrides.permissions.allows_process() {
            return None;
        }
        let name = case.program()?;
        Some(format!(
            "`{name}` is a program, and none is started unless `--allow-process` allows it"
        ))
    }
}

/// Who is told how testing goes, from several threads.
pub trait Progress: Sync {
    /// A case is begun, for the how-manyeth time.
    fn begins(&self, name: &str, attempt: u32);
    /// A case has come to its end.
    fn ends(&self, tested: &Tested);
}

/// Cases that are to be tested.
#[derive(Debug)]
pub struct Tests {
    cases: Vec<Case>,
    /// What is known without playing: scenarios that are wrong, orphans.
    known: Vec<Tested>,
    /// The scenarios that are wrong, each with the files that it is made of as far as they are known.
    unread: BTreeMap<String, BTreeSet<PathBuf>>,
    select: Select,
}

impl Tests {
    /// Loads all scenarios that were found, and selects from their cases.
    pub fn load(found: &Found, select: Select, options: &TestOptions) -> io::Result<Self> {
        let mut tests = Self {
            cases: Vec::new(),
            known: Vec::new(),
            unread: BTreeMap::new(),
            select,
        };
        let mut names = BTreeSet::new();
        let overrides = options.known();
        for (called, file) in &found.scenarios {
            match Case::load_as(called, file, &options.load, &overrides) {
                Ok(cases) => {
                    for case in cases {
                        names.insert(case.called().to_owned());
                        tests.add(case);
                    }
                }
                Err(error) => {
                    let mut files = match &error {
                        LoadError::Mistakes { sources, .. } => sources.read.clone(),
                        LoadError::Io { .. } => BTreeSet::new(),
                    };
                    files.insert(file.clone());
                    tests.unread.insert(called.clone(), files);
                    if tests.select.fits(called) {
                        let reason = error.to_string();
                        tests
                            .known
                            .push(untested(called, file.display(), Status::Wrong, reason));
                    }
                }
            }
        }
        tests.divide();
        // What has a tag is not known of an orphan.
        if tests.select.tags.is_empty() {
            let baselines = options.results.baselines()?;
            for (called, file) in found.orphans(&baselines, &names, &tests.unread) {
                if tests.select.fits(called) {
                    let reason = "no scenario draws this any more".to_owned();
                    tests
                        .known
                        .push(untested(called, file.display(), Status::Orphaned, reason));
                }
            }
        }
        Ok(tests)
    }

    /// How many cases will be played.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there is nothing to play.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// The cases that will be played.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The scenarios that are wrong, each with the files that it is made of.
    pub fn unread(&self) -> impl Iterator<Item = (&str, &BTreeSet<PathBuf>)> {
        self.unread.iter().map(|(name, files)| (name.as_str(), files))
    }

    /// Leaves the cases and what is known of these names.
    #[must_use]
    pub fn only(mut self, names: &BTreeSet<String>) -> Self {
        self.cases.retain(|case| names.contains(case.called()));
        self.known.retain(|tested| names.contains(&tested.name));
        self
    }

    /// Plays all cases and tells what came of each. `stop` may end it before.
    pub fn run(&self, options: &TestOptions, progress: &dyn Progress, stop: &Stop) -> Summary {
        let begun = Instant::now();
        let next = AtomicUsize::new(0);
        let tested: Mutex<Vec<Tested>> = Mutex::new(self.known.clone());
        self.known.iter().for_each(|tested| progress.ends(tested));
        if options.fail_fast && self.known.iter().any(|tested| !tested.status.is_success()) {
            stop.no_more();
        }
        let work = || {
            while !stop.is_set() {
                let Some(case) = self.cases.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    break;
                };
                let of_case = match options.repeat {
                    0 | 1 => attempts(case, options, progress, stop),
                    _ => census(case, options, progress, stop),
                };
                if options.fail_fast && !of_case.status.is_success() {
                    stop.no_more();
                }
                progress.ends(&of_case);
                tested.lock().unwrap_or_else(PoisonError::into_inner).push(of_case);
            }
        };
        thread::scope(|scope| {
            for _ in 0..options.jobs.clamp(1, self.cases.len().max(1)) {
                scope.spawn(work);
            }
        });
        let mut tested = tested.into_inner().unwrap_or_else(PoisonError::into_inner);
        let played: BTreeSet<String> = tested.iter().map(|tested| tested.name.clone()).collect();
        for case in &self.cases {
            if !played.contains(case.called()) {
                let mut left = untested(case.called(), case.file().display(), Status::NotRun, String::new());
                left.case = case.name().map(str::to_owned);
                tested.push(left);
            }
        }
        tested.sort_by(|a, b| (a.status == Status::Orphaned, &a.name).cmp(&(b.status == Status::Orphaned, &b.name)));
        Summary {
            tested,
            interrupted: stop.signal(),
            shard: self.select.shard.map(|shard| shard.to_string()),
            time: begun.elapsed(),
        }
    }

    fn add(&mut self, case: Case) {
        if !self.select.takes(case.called(), case.tags()) {
            return;
        }
        match name::refused(case.called()) {
            None => self.cases.push(case),
            Some(reason) => {
                let file = case.file().display();
                self.known.push(untested(case.called(), file, Status::Wrong, reason));
            }
        }
    }

    /// Leaves those of the shard; what is known without playing is told by every one.
    fn divide(&mut self) {
        self.cases.sort_by(|a, b| a.called().cmp(b.called()));
        if let Some(shard) = self.select.shard {
            let mut place = 0..;
            self.cases.retain(|_| shard.takes(place.next().unwrap_or_default()));
        }
    }
}

/// Plays a case until it succeeds or has no attempt left.
fn attempts(case: &Case, options: &TestOptions, progress: &dyn Progress, stop: &Stop) -> Tested {
    let mut before = Vec::new();
    let mut time = Duration::ZERO;
    loop {
        progress.begins(case.called(), before.len() as u32 + 1);
        let mut tested = test(case, options, stop.is_listening());
        time += tested.time;
        let again = !tested.status.is_success() && !matches!(tested.status, Status::Wrong | Status::NotRun);
        if again && (before.len() as u32) < options.retries && !stop.is_set() {
            before.push(tested.status);
            continue;
        }
        if !before.is_empty() && tested.status == Status::Passed {
            tested.status = Status::Flaky;
        }
        return Tested { before, time, ..tested };
    }
}

/// Plays a case once, and compares what it draws. With `signals` Ctrl-C and SIGTERM cut the run.
pub fn test(case: &Case, options: &TestOptions, signals: bool) -> Tested {
    let begun = Instant::now();
    let played = catch_unwind(AssertUnwindSafe(|| once(case, options, signals)));
    let mut tested = played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic");
        of(case, Status::Error, format!("this is a bug of wiretale: {text}"))
    });
    tested.time = begun.elapsed();
    tested
}

fn once(case: &Case, options: &TestOptions, signals: bool) -> Tested {
    if let Some(reason) = options.skips(case) {
        return of(case, Status::Skipped, reason);
    }
    let folder = options.results.folder();
    let play = |flip| runtime::block_on(case.play(folder, Detail::Messages, flip, signals));
    let played = play(None).and_then(|played| match options.flip {
        None => Ok(played),
        Some(number) => play(Some(Case::flip(&played, number)?)),
    });
    let played = match played {
        Ok(played) => played,
        Err(error @ CaseError::Flip(_)) => return of(case, Status::Wrong, error.to_string()),
        Err(error @ CaseError::Run(RunError::NotInstalled { .. })) if !options.no_skip => {
            return of(case, Status::Skipped, error.to_string());
        }
        Err(error @ CaseError::Load(_)) => return of(case, Status::Wrong, error.to_string()),
        Err(error) => return of(case, Status::Error, error.to_string()),
    };
    let header = match TraceSource::open(&played.trace) {
        Ok(source) => source.header().clone(),
        Err(error) => return of(case, Status::Error, error.to_string()),
    };
    let mut tested = Tested {
        verdict: played.outcome.verdict,
        findings: played.outcome.findings.clone(),
        races: report::told_races(&played.drawing.races, &header),
        ..of(case, Status::Passed, String::new())
    };
    if let Some(cut) = &played.outcome.cut {
        // Whoever asked for the end did not mean the case.
        let asked = played.outcome.was_asked_to_end();
        tested.status = if asked { Status::NotRun } else { Status::Error };
        tested.reason = format!("the run was cut by {cut}, so that its diagram is not compared");
        return tested;
    }
    tested.status = match played.outcome.judged() {
        Judged::Passed | Judged::FailedAsExpected => Status::Passed,
        Judged::Inconclusive => Status::Inconclusive,
        Judged::Failed | Judged::PassedUnexpectedly => Status::Failed,
        Judged::Error => Status::Error,
    };
    if options.strict_races && tested.status == Status::Passed && !tested.races.is_empty() {
        tested.status = Status::Failed;
        tested.reason = "it predicts a race, which `--strict-races` does not let pass".to_owned();
    }
    let how = How {
        hashed: true,
        leaves: true,
    };
    let compared = compare(&options.results, case.called(), &played.drawing, &header, how);
    let (status, reason) = match compared {
        Ok(Compared::Same) => return tested,
        Ok(Compared::New) => (Status::New, None),
        Ok(Compared::Differs(difference)) => {
            tested.difference = Some(difference);
            (Status::Differs, None)
        }
        Ok(Compared::Broken(reason)) => (Status::Wrong, Some(reason)),
        Err(error) => (Status::Error, Some(format!("cannot compare the diagram: {error}"))),
    };
    tested.status = tested.status.max(status);
    if let Some(reason) = reason {
        tested.reason = reason;
    }
    tested
}

fn of(case: &Case, status: Status, reason: String) -> Tested {
    Tested {
        case: case.name().map(str::to_owned),
        ..untested(case.called(), case.file().display(), status, reason)
    }
}

fn untested(name: &str, file: impl std::fmt::Display, status: Status, reason: String) -> Tested {
    Tested {
        name: name.to_owned(),
        file: file.to_string(),
        case: None,
        status,
        verdict: Verdict::None,
        findings: Vec::new(),
        reason,
        difference: None,
        races: Vec::new(),
        repeated: None,
        before: Vec::new(),
        time: Duration::ZERO,
    }
}

/// The files that a case is made of, and that are compared with it.
pub fn touches(case: &Case, results: &Results) -> BTreeSet<PathBuf> {
    let mut files: BTreeSet<PathBuf> = case.reads().map(PathBuf::from).collect();
    files.insert(case.file().to_owned());
    // The first one also where it is not there yet.
    files.insert(results.approved(case.called()));
    files.extend(results.all_approved(case.called()));
    files
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::suite::{accept, find};

    /// Approves the diagram that waits when a case is tried for the second time.
    struct Approves<'a>(&'a Results);

    impl Progress for Approves<'_> {
        fn begins(&self, name: &str, attempt: u32) {
            if attempt == 2 {
                accept(self.0, name, false).unwrap();
            }
        }

        fn ends(&self, _: &Tested) {}
    }

    fn options(folder: &Path, retries: u32) -> TestOptions {
        TestOptions {
            results: Results::at(&folder.join("results")),
            load: LoadOptions::default(),
            overrides: Overrides::default(),
            jobs: 2,
            repeat: 1,
            flip: None,
            retries,
            fail_fast: false,
            strict_races: false,
            no_skip: false,
        }
    }

    fn summary(folder: &Path, retries: u32) -> Summary {
        let options = options(folder, retries);
        let found = find(&[folder.join("scenarios")]).unwrap();
        let tests = Tests::load(&found, Select::default(), &options).unwrap();
        tests.run(&options, &Approves(&options.results), &Stop::never())
    }

    #[test]
    fn what_passes_only_when_it_is_tried_again_is_flaky_and_never_silently() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scenarios")).unwrap();
        let scenario = |note: &str| {
            let text = format!(r#"{{ "actors": {{ "A": {{ "script": [ {{ "note": "{note}" }} ] }} }} }}"#);
            fs::write(folder.path().join("scenarios/a.json"), text).unwrap();
        };
        scenario("one");
        assert_eq!(summary(folder.path(), 0).tested[0].status, Status::New);
        accept(&options(folder.path(), 0).results, "a", false).unwrap();
        scenario("two");
        let without = &summary(folder.path(), 0).tested[0];
        assert_eq!((without.status, &without.before[..]), (Status::Differs, &[][..]));
        let with = &summary(folder.path(), 2).tested[0];
        assert_eq!((with.status, &with.before[..]), (Status::Flaky, &[Status::Differs][..]));
        assert_eq!(summary(folder.path(), 2).tested[0].status, Status::Passed);
    }

    #[test]
    fn enough_is_known_before_the_first_case() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scenarios")).unwrap();
        fs::write(folder.path().join("scenarios/a.json"), r#"{ "actors": 1 }"#).unwrap();
        let b = r#"{ "actors": { "A": { "script": [ { "note": "x" } ] } } }"#;
        fs::write(folder.path().join("scenarios/b.json"), b).unwrap();
        let mut options = options(folder.path(), 0);
        options.fail_fast = true;
        let tests = Tests::load(
            &find(&[folder.path().join("scenarios")]).unwrap(),
            Select::default(),
            &options,
        )
        .unwrap();
        let summary = tests.run(&options, &Approves(&options.results), &Stop::never());
        let statuses: Vec<Status> = summary.tested.iter().map(|tested| tested.status).collect();
        assert_eq!(statuses, [Status::Wrong, Status::NotRun]);
    }
}
