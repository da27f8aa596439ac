//! What must hold of everything that was said, compiled.
//!
//! Owns the shape of invariants, and which messages each of them is about. Does not own how they are written (`plan`), nor
//! whether they hold (`verdict`).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::matcher::Matcher;
use crate::finding::Place;
use crate::ident::ActorName;

/// All invariants of a scenario.
#[derive(Debug, Default)]
pub struct Invariants {
    /// In the order of the file.
    pub all: Vec<Invariant>,
    /// The constants that their templates may use.
    pub vars: Vec<(String, Arc<Json>)>,
}

/// One of them.
#[derive(Debug)]
pub struct Invariant {
    /// What it is called, where it is called anything.
    pub label: Option<String>,
    /// Its place in the file.
    pub place: Place,
    /// What must hold.
    pub rule: Rule,
}

/// What must hold.
#[derive(Debug)]
pub enum Rule {
    /// Each message of a kind has another behind it, or before it.
    Every {
        /// Each of these.
        every: Saying,
        /// Where the other one is.
        tie: Tie,
        /// The other one.
        other: Saying,
        /// How much later, or earlier, it may be.
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
        /// For each value of these captures; all together where there is none.
        per: Vec<String>,
    },
    /// Each message of a later kind has one of the kind before it somewhere before it.
    InOrder(Vec<Saying>),
}

/// Where the other message of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tie {
    /// Behind the first, in the causal order.
    FollowedBy,
    /// Before it.
    PrecededBy,
}

/// Messages that were sent, or that steps took.
#[derive(Debug)]
pub struct Saying {
    /// Whether they were sent, else taken.
    pub sent: bool,
    /// What they look like.
    pub matcher: Matcher,
    /// Who did it, where that is said.
    pub by: Option<ActorName>,
    /// Who is at the other end, where that is said.
    pub peer: Option<ActorName>,
    /// Its place in the file.
    pub place: Place,
}

impl Rule {
    /// The key that it is written with.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Every { .. } => "every",
            Self::Never(_) => "never",
            Self::AtMost { .. } => "at_most",
            Self::InOrder(_) => "in_order",
        }
    }
}

impl Saying {
    /// Whether it is about what `by` sent (or else took) with `peer` at the other end, whatever that was.
    pub fn concerns(&self, sent: bool, by: &ActorName, peer: &ActorName) -> bool {
        self.sent == sent && is(self.by.as_ref(), by) && is(self.peer.as_ref(), peer)
    }
}

/// Whether an actor is meant; a name without a number means all of its instances.
fn is(meant: Option<&ActorName>, actor: &ActorName) -> bool {
    meant.is_none_or(|meant| meant.base == actor.base && (meant.instance.is_none() || meant.instance == actor.instance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_without_a_number_is_all_of_its_instances() {
        let name = |text: &str| text.parse::<ActorName>().unwrap();
        assert!(is(Some(&name("Client")), &name("Client[2]")));
        assert!(is(Some(&name("Client[2]")), &name("Client[2]")));
        assert!(!is(Some(&name("Client[2]")), &name("Client[1]")));
        assert!(!is(Some(&name("Client")), &name("Server")));
        assert!(is(None, &name("Server")));
    }
}
