//! Who of a trace is outside.
//!
//! Owns which ends of connections have no events. Does not own what is drawn of them (`diagram`).

use std::collections::HashSet;

use crate::ident::{ActorName, ConnectionName, Direction, StrandName, Tail};
use crate::trace::event::Header;

/// Who of a trace is outside: programs of which it has no events but what the other ends of their connections saw.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    /// The actors whose events are in the trace.
    ours: HashSet<String>,
}

impl Outside {
    /// Those of a trace with this header, and whoever it does not name.
    pub(super) fn of(header: &Header) -> Self {
        let ours = header.actors.iter().filter(|actor| !actor.outside);
        Self {
            ours: ours.map(|actor| actor.name.clone()).collect(),
        }
    }

    fn is(&self, actor: Option<&ActorName>) -> bool {
        actor.is_some_and(|actor| !self.ours.contains(&actor.base))
    }

    /// Which direction of a connection comes from an end that is not in the trace. Where both ends are outside, what the
    /// path between them saw stands as the session of the one that accepted.
    pub(super) fn unseen(&self, connection: &ConnectionName) -> Option<Direction> {
        if self.is(connection.opener.actor.as_ref()) {
            Some(Direction::FromOpener)
        } else {
            self.is(Some(&connection.target)).then_some(Direction::ToOpener)
        }
    }

    /// Whether both ends of a connection are outside.
    pub(super) fn both(&self, connection: &ConnectionName) -> bool {
        self.is(connection.opener.actor.as_ref()) && self.is(Some(&connection.target))
    }

    /// The connection from outside that a strand is there for, if it is: one that has its number by acceptance.
    pub(super) fn root(&self, strand: &StrandName) -> Option<ConnectionName> {
        match strand.tails.first()? {
            Tail::Session {
                endpoint,
                opener,
                number,
            } => match self.is_script(opener) {
                true => Some(ConnectionName {
                    target: strand.actor.clone()?,
                    endpoint: endpoint.clone(),
                    opener: opener.clone(),
                    number: *number,
                }),
                false => self.root(opener),
            },
            Tail::Background { connection, .. } | Tail::Peer { connection, .. } => {
                match self.is_script(&connection.opener) {
                    true => Some((**connection).clone()),
                    false => self.root(&connection.opener),
                }
            }
            _ => None,
        }
    }

    /// Whether a strand is the script of an actor that is outside, which opens all that this one opens.
    fn is_script(&self, opener: &StrandName) -> bool {
        opener.tails.is_empty() && self.is(opener.actor.as_ref())
    }
}
