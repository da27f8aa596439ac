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
}
