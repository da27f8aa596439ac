//! Several JUnit reports as one.
//!
//! Owns which of two results of one case counts, whoever wrote them. Does not own how a report is written.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{INTERRUPTED, SHARD, STATUS, property, text, xml};
use crate::finding::Verdict;
use crate::report::merge::{MergeError, Remarks, missing};
use crate::report::tested::{Status, Summary, Tested};

/// Several JUnit reports as one.
#[derive(Debug)]
pub struct Joined {
    /// The report.
    pub xml: String,
    /// What it says, as far as JUnit holds it.
    pub summary: Summary,
    /// What is to be said of how they were joined.
    pub remarks: Vec<String>,
    /// Whether what is new or orphaned is a failure in one of them.
    pub ci: bool,
}

/// Why reports cannot be joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// One cannot be read.
    #[error("{file} is no JUnit report: {error}")]
    Read {
        /// Its file.
        file: String,
        /// Why.
        error: quick_junit::DeserializeError,
    },
    /// They do not belong together.
    #[error(transparent)]
    Merge(#[from] MergeError),
}

/// Joins reports, each with the name of its file. Suites of one name become one suite; of a case that is in several
/// reports the worst result stays.
pub fn join(files: &[(String, String)]) -> Result<Joined, JoinError> {
    let mut shards = Vec::new();
    let mut suites: Vec<TestSuite> = Vec::new();
    let mut interrupted = Vec::new();
    let mut remarks = Remarks::default();
    for (file, text) in files {
        let report = Report::deserialize_from_str(&whole(text));
        let report = report.map_err(|error| JoinError::Read {
            file: file.clone(),
            error,
        })?;
        for suite in report.test_suites {
            if let Some(shard) = property(&suite.properties, SHARD) {
                shards.push((file.as_str(), shard.to_owned()));
            }
            interrupted.extend(property(&suite.properties, INTERRUPTED).map(|reason| format!("{reason} (in {file})")));
            match suites.iter_mut().find(|own| own.name == suite.name) {
                Some(own) => add(own, suite, file, &mut remarks),
                None => suites.push(suite),
            }
        }
    }
    interrupted.extend(missing(&shards)?);
    let mut joined = Report::new("wiretale");
    for mut suite in suites {
        let ours = [SHARD, INTERRUPTED];
        suite
            .properties
            .retain(|property| !ours.contains(&property.name.as_str()));
        if let (super::SUITE, false) = (suite.name.as_str(), interrupted.is_empty()) {
            suite.add_property((INTERRUPTED, interrupted.join("; ").as_str()));
        }
        joined.add_test_suite(counted(suite));
    }
    let time = joined.test_suites.iter().filter_map(|suite| suite.time).sum();
    joined.set_time(time);
    let cases = || joined.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let summary = Summary {
        tested: cases().map(tested).collect(),
        interrupted: (!interrupted.is_empty()).then(|| interrupted.join("; ")),
        shard: None,
        time,
    };
    let is_failure = |case: &TestCase| matches!(case.status, TestCaseStatus::NonSuccess { .. });
    let ci = cases().any(|case| is_failure(case) && matches!(status(case), Status::New | Status::Orphaned));
    Ok(Joined {
        xml: text(&joined),
        summary,
        remarks: remarks.into_lines(),
        ci,
    })
}

/// A report whose outermost element is `testsuites`; some tools write one suite alone.
fn whole(text: &str) -> Cow<'_, str> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    for (begin, end) in [("<?", "?>"), ("<!--", "-->")] {
        while let (true, Some((_, behind))) = (rest.starts_with(begin), rest.split_once(end)) {
            rest = behind.trim_start();
        }
    }
    match rest.strip_prefix("<testsuite") {
        Some(behind) if !behind.starts_with('s') => format!("<testsuites>{rest}</testsuites>").into(),
        _ => rest.into(),
    }
}

/// Puts a suite's cases into another of its name.
fn add(own: &mut TestSuite, other: TestSuite, file: &str, remarks: &mut Remarks) {
    own.time = match (own.time, other.time) {
        (Some(one), Some(two)) => Some(one.saturating_add(two)),
        (one, two) => one.or(two),
    };
    for (own, other) in [
        (&mut own.system_out, other.system_out),
        (&mut own.system_err, other.system_err),
    ] {
        *own = match (own.take(), other) {
            (Some(one), Some(two)) => Some(xml(&format!("{}\n{}", one.as_str(), two.as_str()))),
            (one, two) => one.or(two),
        };
    }
    let key = |case: &TestCase| (case.name.clone(), case.classname.clone());
    let mut places: HashMap<_, usize> = own.test_cases.iter().map(key).zip(0..).collect();
    for case in other.test_cases {
        match places.entry(key(&case)) {
            Entry::Occupied(place) => {
                let there = &mut own.test_cases[*place.get()];
                let (old, new) = (status(there), status(&case));
                remarks.twice(case.name.as_str(), old, (file, new));
                if new > old {
                    *there = case;
                }
            }
            Entry::Vacant(place) => {
                place.insert(own.test_cases.len());
                own.test_cases.push(case);
            }
        }
    }
}

/// The same suite with its cases counted anew.
fn counted(mut suite: TestSuite) -> TestSuite {
    let cases = std::mem::take(&mut suite.test_cases);
    (suite.tests, suite.skipped, suite.errors, suite.failures) = (0, 0, 0, 0);
    suite.add_test_cases(cases);
    suite
}

/// What came of a case, as near as JUnit says it; of another tool's too.
fn status(case: &TestCase) -> Status {
    let named = |word: &str| Status::ALL.into_iter().find(|status| status.word() == word);
    match &case.status {
        TestCaseStatus::Success { flaky_runs } => {
            let own = property(&case.properties, STATUS).and_then(named);
            own.unwrap_or(if flaky_runs.is_empty() {
                Status::Passed
            } else {
                Status::Flaky
            })
        }
        TestCaseStatus::NonSuccess { kind, ty, .. } => {
            let own = ty.as_ref().and_then(|ty| named(ty.as_str()));
            own.filter(|status| status.fails(true)).unwrap_or(match kind {
                NonSuccessKind::Failure => Status::Failed,
                NonSuccessKind::Error => Status::Error,
            })
        }
        // Another tool means by this that it was not to be run.
        TestCaseStatus::Skipped { ty, .. } => match ty.as_ref().and_then(|ty| named(ty.as_str())) {
            Some(own @ (Status::NotRun | Status::Skipped)) => own,
            _ => Status::Passed,
        },
    }
}

fn tested(case: &TestCase) -> Tested {
    let status = status(case);
    let reason = match &case.status {
        TestCaseStatus::NonSuccess { message, .. } | TestCaseStatus::Skipped { message, .. } => message.clone(),
        TestCaseStatus::Success { .. } => None,
    };
    let before = match &case.status {
        TestCaseStatus::Success { flaky_runs } => vec![Status::Failed; flaky_runs.len()],
        _ => Vec::new(),
    };
    Tested {
        name: case.name.as_str().to_owned(),
        file: case
            .extra
            .get("file")
            .map(|file| file.as_str().to_owned())
            .unwrap_or_default(),
        case: None,
        status,
        verdict: match status {
            Status::Inconclusive => Verdict::Inconclusive,
            Status::Failed => Verdict::Fail,
            Status::Error => Verdict::Error,
            Status::NotRun | Status::Skipped | Status::Orphaned | Status::Wrong => Verdict::None,
            Status::Passed | Status::Flaky | Status::New | Status::Differs => Verdict::Pass,
        },
        findings: Vec::new(),
        reason: reason.map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
        difference: None,
        races: Vec::new(),
        repeated: None,
        before,
        time: case.time.unwrap_or_default(),
    }
}
