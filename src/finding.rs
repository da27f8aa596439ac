//! Findings and verdicts as data.
//!
//! Owns what a violated expectation says. Does not own who finds it, nor how it is printed.

use serde::{Deserialize, Serialize};

/// How a run, or a part of it, was judged; a later one never makes it better (TTCN-3, ETSI ES 201 873-1, clause 24).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing was judged.
    #[default]
    None,
    /// All that was expected came.
    Pass,
    /// What was to be tried could not be tried.
    Inconclusive,
    /// An expectation was violated.
    Fail,
    /// wiretale itself, or the machine, could not do its part.
    Error,
}

impl Verdict {
    /// Its word, as everything that is written has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

/// What a scenario says of its own verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// That it passes; nothing need be said for it.
    #[default]
    Pass,
    /// That it is known to fail.
    Fail,
}

impl Expect {
    /// Whether it says nothing special.
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass)
    }

    /// A verdict as a diagram says it; nothing where nothing is wrong, or nothing was judged.
    pub const fn shown(self, verdict: Verdict) -> Option<&'static str> {
        match (verdict, self) {
            (Verdict::None | Verdict::Pass, _) => None,
            (Verdict::Fail, Self::Fail) => Some("fail, as expected"),
            _ => Some(verdict.word()),
        }
    }
}

/// What a verdict means where a scenario may be known to fail. The worse is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judged {
    /// It passed.
    Passed,
    /// It failed, and is known to: as good as passed.
    FailedAsExpected,
    /// What was to be tried could not be tried; no scenario is known for that.
    Inconclusive,
    /// It failed.
    Failed,
    /// It passed, though it is known to fail: somebody mended something, and `expect` is to be taken out.
    PassedUnexpectedly,
    /// It could not be played to its end, which is never expected.
    Error,
}

impl Judged {
    /// What this verdict means where this is expected. A run that was cut has the verdict `error`.
    pub const fn of(verdict: Verdict, expect: Expect) -> Self {
        match (verdict, expect) {
            (Verdict::None | Verdict::Pass, Expect::Pass) => Self::Passed,
            (Verdict::None | Verdict::Pass, Expect::Fail) => Self::PassedUnexpectedly,
            (Verdict::Inconclusive, _) => Self::Inconclusive,
            (Verdict::Fail, Expect::Pass) => Self::Failed,
            (Verdict::Fail, Expect::Fail) => Self::FailedAsExpected,
            (Verdict::Error, _) => Self::Error,
        }
    }

    /// Whether nothing is to be done about it.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Passed | Self::FailedAsExpected)
    }

    /// What a case comes to by it, as a verdict.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Passed | Self::FailedAsExpected => Verdict::Pass,
            Self::Inconclusive => Verdict::Inconclusive,
            Self::Failed | Self::PassedUnexpectedly => Verdict::Fail,
            Self::Error => Verdict::Error,
        }
    }

    /// Its words for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::FailedAsExpected => "failed, as expected",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
            Self::PassedUnexpectedly => "passed, though `expect` says that it fails",
            Self::Error => "error",
        }
    }
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A message that does not match.
    Mismatch,
    /// A message that nobody took.
    LeftOver,
    /// Bytes that are no frame, or too large a one.
    Malformed,
    /// An end or reset where something else was awaited.
    Ended,
    /// A TLS handshake that came to nothing.
    Handshake,
    /// A refused connection.
    Refused,
    /// A deadline.
    Timeout,
    /// A wait that nobody can end.
    Standstill,
    /// Something came where nothing may come.
    Unsilent,
    /// A false `assert`.
    Assert,
    /// A `verdict` step.
    Verdict,
    /// A step that must fail did not.
    NotFailed,
    /// A limit of the scenario.
    Limit,
    /// A template or expression without a value.
    Expression,
    /// The machine could not do its part: no port, no descriptor.
    System,
    /// An invariant that did not hold.
    Invariant,
    /// A program that plays an actor did not begin, or not end, as it should.
    Program,
    /// Code that stands in for an actor gave an error back, panicked, or said that something is wrong.
    Code,
    /// A bug of wiretale.
    Panic,
}

/// A place in a scenario file, for people: line and column count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file as it was named.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One alternative that would have been accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// What it asks for, as short text.
    pub what: String,
    /// Its place in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The first difference to what came: `at offset 3: expected "l", found "p"`, `at $.id: …`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
    /// How near it was: the larger the nearer.
    #[serde(default)]
    pub nearness: u32,
}

/// One violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of thing is wrong.
    pub kind: FindingKind,
    /// What it makes of the verdict.
    pub verdict: Verdict,
    /// The strand that found it.
    pub strand: String,
    /// The verb of the step, where a step found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// The step's place in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What is wrong, in one line without times, ports or durations: it is drawn in the diagram.
    pub text: String,
    /// What came, as short text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// What would have been accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<Expected>,
    /// What the user can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it only befell this strand because another had failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follows: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_never_gets_better() {
        use Verdict::*;
        assert!([None, Pass, Inconclusive, Fail, Error].is_sorted());
        assert_eq!(Fail.max(Pass), Fail);
    }

    #[test]
    fn only_a_failure_can_be_expected() {
        let expected = |verdict| Judged::of(verdict, Expect::Fail);
        assert_eq!(expected(Verdict::Fail), Judged::FailedAsExpected);
        assert_eq!(expected(Verdict::Pass), Judged::PassedUnexpectedly);
        assert!(!expected(Verdict::Pass).is_good() && expected(Verdict::Fail).is_good());
        for verdict in [Verdict::Inconclusive, Verdict::Error] {
            assert_eq!(expected(verdict), Judged::of(verdict, Expect::Pass));
            assert!(!expected(verdict).is_good());
        }
    }

    #[test]
    fn the_verdict_of_a_case_is_good_where_it_is_judged_good() {
        for expect in [Expect::Pass, Expect::Fail] {
            for verdict in [Verdict::Pass, Verdict::Inconclusive, Verdict::Fail, Verdict::Error] {
                let judged = Judged::of(verdict, expect);
                assert_eq!(judged.is_good(), judged.verdict() == Verdict::Pass);
            }
        }
    }

    #[test]
    fn a_verdict_is_written_as_its_word() {
        use Verdict::*;
        for verdict in [None, Pass, Inconclusive, Fail, Error] {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.word());
        }
    }
}
