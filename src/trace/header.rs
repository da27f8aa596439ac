//! The first line of a trace: all that drawing needs besides the events.
//!
//! Owns its shape. Does not own the lines after it (`event`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Expect, Place};

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The format's version, [`VERSION`](super::event::VERSION).
    pub trace: u32,
    /// The version of wiretale that wrote it.
    pub wiretale: String,
    /// The scenario's file name, without its folder.
    pub scenario: String,
    /// The case, where the scenario has `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The scenario's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The seed of all that is random.
    pub seed: u64,
    /// What diagrams show as something else.
    #[serde(default, skip_serializing_if = "HeaderMask::is_default")]
    pub mask: HeaderMask,
    /// What the scenario says of its own verdict.
    #[serde(default, skip_serializing_if = "Expect::is_pass")]
    pub expect: Expect,
    /// The actors, in the scenario's order.
    pub actors: Vec<HeaderActor>,
    /// The steps that events refer to by their number.
    pub steps: Vec<HeaderStep>,
}

/// What diagrams of a trace show as something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderMask {
    /// Whether the built-in rules are there; they are where nothing is said.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub builtin: bool,
    /// Whether captured values are shown by their names; they are where nothing is said.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub captures: bool,
    /// The scenario's own rules, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<HeaderMaskRule>,
    /// Values that are shown by names though no step of this trace captured them: those of a recording, where the
    /// scenario that plays it again does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Vec<String>>,
}

/// One rule of the scenario's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderMaskRule {
    /// What is masked; where it has groups, the first of them that takes part.
    pub regex: String,
    /// What is shown instead.
    #[serde(rename = "as")]
    pub shown: String,
}

impl Default for HeaderMask {
    fn default() -> Self {
        Self {
            builtin: true,
            captures: true,
            rules: Vec::new(),
            values: BTreeMap::new(),
        }
    }
}

impl HeaderMask {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

const fn yes() -> bool {
    true
}

/// One actor of the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderActor {
    /// Its name.
    pub name: String,
    /// How many instances it has, where it has a `count`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Whether it has an endpoint.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listens: bool,
    /// Its variables whose order nobody cares about: accesses to their cells tie nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unordered: Vec<String>,
    /// Whether it is a program of which no event is in the trace but what its connections' other ends saw.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside: bool,
}

/// One step of the scenario; an event names it by its place in [`Header::steps`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderStep {
    /// The step's verb; for an alternative, its guard.
    pub verb: String,
    /// What a frame around this step's messages is called: `3 times`, `for key`, `receive "DATA"`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its place in the file.
    pub place: Place,
    /// Where its actor could be, and is not, one whose order is per peer: which region what it takes would belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<u32>,
}

impl Header {
    /// Whether the order of accesses to this cell is nobody's concern.
    pub fn is_unordered(&self, cell: &str) -> bool {
        let Some((actor, variable)) = cell.split_once('.') else {
            return false;
        };
        let base = actor.split_once('[').map_or(actor, |(base, _)| base);
        let mut actors = self.actors.iter().filter(|actor| actor.name == base);
        actors.any(|actor| actor.unordered.iter().any(|name| name == variable))
    }
}
