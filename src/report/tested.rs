//! What came of testing one case, and of testing many.
//!
//! Owns the facts that every form of report tells: all of it is text and numbers, so that a report that was written can be
//! read back and joined with another. Does not own how they come about (`suite`), nor any form.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Place, Verdict};

/// What came of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It passed, and its diagram is an approved one.
    Passed,
    /// It passed, though not at the first attempt.
    Flaky,
    /// It was not played: a program that plays one of its actors is not installed, or may not be started.
    Skipped,
    /// It passed, and there is no approved diagram to compare with.
    New,
    /// An approved diagram that no case has any more.
    Orphaned,
    /// What was to be tried could not be tried.
    Inconclusive,
    /// Its diagram is none of the approved ones.
    Differs,
    /// An expectation was violated.
    Failed,
    /// The scenario, or the approved diagram, cannot be read or is wrong.
    Wrong,
    /// wiretale itself, or the machine, could not do its part; or the run was cut.
    Error,
    /// It was not played: testing was ended before its turn.
    NotRun,
}

/// One case, tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// What it is called: the scenario's path below its folder without the ending, and behind a point the case's name:
    /// `mail/login`, `data-cases.boiling`.
    pub name: String,
    /// The scenario's file; of an orphan the approved diagram.
    pub file: String,
    /// The case, where the scenario has `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// What came of it.
    pub status: Status,
    /// How the run was judged.
    pub verdict: Verdict,
    /// What was found, by the last attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Why it could not be played, or not be compared, in a few lines; empty otherwise.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How its diagram differs from the approved one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Differs>,
    /// What could have come about in another order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub races: Vec<ToldRace>,
    /// What was seen where it was played again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeated: Option<Repeated>,
    /// How each attempt but the last one went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Status>,
    /// How long all attempts took.
    #[serde(with = "seconds", rename = "seconds")]
    pub time: Duration,
}

/// How a diagram differs from the approved one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differs {
    /// The weakest level at which they differ, in a sentence.
    pub level: String,
    /// The changes as plain text.
    pub text: String,
    /// The diagram of the difference, as Mermaid text.
    pub diagram: String,
    /// The file that the new diagram was left in.
    pub new: String,
    /// The file that it was compared with.
    pub approved: String,
}

/// A race that one run predicts, or an approved race that several runs showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldRace {
    /// What it is, as plain text.
    pub text: String,
    /// The step that came first, this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Place>,
    /// The step that could as well have come first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Place>,
}

/// The diagrams of a case that was played again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// How many times it was played.
    pub runs: u32,
    /// Each different diagram, in the order in which they were seen.
    pub diagrams: Vec<RepeatedDiagram>,
    /// How many runs had still others, which were not kept.
    pub more: u32,
    /// How they differ from the first, and what would settle it, as plain text.
    pub text: String,
}

/// One of several diagrams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedDiagram {
    /// Where it is; its trace is beside it.
    pub file: String,
    /// How many runs had it.
    pub runs: u32,
    /// Whether it is an approved one.
    pub approved: bool,
}

/// All that were tested.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The cases in the order of their names, orphans behind them.
    pub tested: Vec<Tested>,
    /// What ended it before its end, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// Which part of all cases this is: `2/8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// How long it took in all.
    #[serde(with = "seconds", rename = "seconds")]
    pub time: Duration,
}

impl Status {
    /// All of them, the best first.
    pub const ALL: [Self; 11] = [
        Self::Passed,
        Self::Flaky,
        Self::Skipped,
        Self::New,
        Self::Orphaned,
        Self::Inconclusive,
        Self::Differs,
        Self::Failed,
        Self::Wrong,
        Self::Error,
        Self::NotRun,
    ];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Flaky => "flaky",
            Self::Skipped => "skipped",
            Self::New => "new",
            Self::Orphaned => "orphaned",
            Self::Inconclusive => "inconclusive",
            Self::Differs => "differs",
            Self::Failed => "failed",
            Self::Wrong => "wrong",
            Self::Error => "error",
            Self::NotRun => "not run",
        }
    }

    /// Whether it is a success, whatever the command line makes of what is new or orphaned.
    pub const fn is_success(self) -> bool {
        matches!(
            self,
            Self::Passed | Self::Flaky | Self::Skipped | Self::New | Self::Orphaned
        )
    }

    /// Whether it is a failure; `ci` says that what is new or orphaned is one too.
    pub const fn fails(self, ci: bool) -> bool {
        !self.is_success() || (ci && matches!(self, Self::New | Self::Orphaned))
    }
}

impl Summary {
    /// How many have this status.
    pub fn count(&self, status: Status) -> usize {
        self.tested.iter().filter(|tested| tested.status == status).count()
    }
}

/// A duration as seconds, to the millisecond.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(time.as_millis() as f64 / 1000.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_that_was_written_is_read_back() {
        let summary = Summary {
            tested: vec![Tested {
                name: "mail/login".to_owned(),
                file: "scenarios/mail/login.json".to_owned(),
                case: None,
                status: Status::NotRun,
                verdict: Verdict::None,
                findings: Vec::new(),
                reason: String::new(),
                difference: None,
                races: Vec::new(),
                repeated: None,
                before: vec![Status::Differs],
                time: Duration::from_millis(1250),
            }],
            interrupted: Some("Ctrl-C".to_owned()),
            shard: Some("2/8".to_owned()),
            time: Duration::from_secs(3),
        };
        let text = serde_json::to_string(&summary).unwrap();
        assert!(
            text.contains(r#""status":"not_run""#) && text.contains(r#""seconds":1.25"#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Summary>(&text).unwrap(), summary);
    }
}
