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

impl Exit {
    /// What the exit code says of all that were tested; `ci` says that what is new or orphaned fails.
    pub fn of(summary: &Summary, ci: bool) -> Self {
        let of = |status: Status| match status {
            Status::Wrong => Self::Wrong,
            Status::Error => Self::Other,
            // It is not for its own sake that it was not played.
            Status::NotRun => Self::Passed,
            status if status.fails(ci) => Self::Failed,
            _ => Self::Passed,
        };
        let ended = if summary.interrupted.is_some() {
            Self::Other
        } else {
            Self::Passed
        };
        let worst = summary.tested.iter().map(|tested| of(tested.status)).max();
        worst.map_or(ended, |worst| worst.max(ended))
    }
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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
