//! Exit codes.

use std::process::ExitCode;

use crate::finding::{Judged, Verdict};

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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
