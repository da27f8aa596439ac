//! Invariants as written: what must hold of everything that is said.
//!
//! Owns their shape. Does not own whether they make sense (`plan`).

use std::time::Duration;

use super::{At, Matcher, Span};

/// One of `invariants`.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// The place of the key that says which kind it is.
    pub span: Span,
    /// What it is called.
    pub label: Option<String>,
    /// What must hold.
    pub rule: Rule,
}

/// What must hold.
#[derive(Clone, Debug)]
pub enum Rule {
    /// `every` message has another one behind it or before it.
    Every {
        /// Each of these.
        every: Saying,
        /// `followed_by`, else `preceded_by`.
        followed: bool,
        /// The other one.
        other: Saying,
        /// How much later, or earlier.
        within: Option<Duration>,
    },
    /// It does not occur.
    Never(Saying),
    /// It occurs only so many times.
    AtMost {
        /// So many.
        most: u64,
        /// What.
        of: Saying,
        /// For each value of these.
        per: Vec<At<String>>,
    },
    /// One after another.
    InOrder(Vec<Saying>),
}

/// Messages that are sent, or that steps take.
#[derive(Clone, Debug)]
pub struct Saying {
    /// Its place.
    pub span: Span,
    /// `sent`, else `received`.
    pub sent: bool,
    /// What they look like.
    pub matcher: At<Matcher>,
    /// Who sends or takes them.
    pub by: Option<At<String>>,
    /// Who is at the other end.
    pub peer: Option<At<String>>,
}

impl Rule {
    /// All messages that it is about.
    pub fn sayings(&self) -> Vec<&Saying> {
        match self {
            Self::Every { every, other, .. } => vec![every, other],
            Self::Never(saying) | Self::AtMost { of: saying, .. } => vec![saying],
            Self::InOrder(all) => all.iter().collect(),
        }
    }
}
