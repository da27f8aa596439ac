//! Exit codes.

use std::process::ExitCode;

use crate::finding::{Judged, Verdict};
use crate::report::tested::{Status, Summary};

/// What the exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything passed: 0.
    Passed = 0,
    /// An expectation failed: 1.
    Failed = 1,
    /// A scenario, a trace or the arguments are wrong: 2.
    Wrong = 2,
    /// Something else: the machine, a cut run, a bug: 3.
    Other = 3,
}

impl From<Judged> for Exit {
    fn from(judged: Judged) -> Self {
        match judged.verdict() {
            Verdict::None | Verdict::Pass => Self::Passed,
            Verdict::Inconclusive | Verdict::Fail => Self::Failed,
            Verdict::Error => Self::Other,
        }
    }
}

impl Exit {
    /// What testing came to; with `ci` what is new or orphaned fails.
    pub fn of(summary: &Summary, ci: bool) -> Self {
        let all = summary.tested.iter().map(|tested| match tested.status {
            Status::Passed | Status::Flaky => Self::Passed,
            Status::New | Status::Orphaned if !ci => Self::Passed,
            Status::New | Status::Orphaned | Status::Inconclusive | Status::Differs | Status::Failed => Self::Failed,
            Status::Wrong => Self::Wrong,
            Status::Error => Self::Other,
            // It is not for its own sake that it was not played.
            Status::NotRun => Self::Passed,
        });
        let ended = summary.interrupted.as_ref().map(|_| Self::Other);
        all.chain(ended).max().unwrap_or(Self::Passed)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
