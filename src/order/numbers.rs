//! The numbers of connections from outside.
//!
//! Owns names in which these do not hang on who was accepted first, which is chance: a program of its own says nothing of
//! what its connections have to do with each other. Does not own in which order they are (`sessions`), nor how names are
//! compared (`ident`).

use std::collections::HashMap;

use super::error::OrderError;
use super::outside::Outside;
use super::sessions::Sessions;
use super::strands::parse;
use crate::ident::{ActorName, ConnectionName, StrandName, Tail};
use crate::trace::event::{Event, Kind};
use crate::trace::reader::TraceSource;

/// The numbers that differ from those in the trace.
#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) outside: Outside,
    numbers: HashMap<ConnectionName, u32>,
}

impl Numbers {
    /// The numbers of a trace with these strands, each with its text.
    pub(super) fn of<'n>(
        source: &TraceSource,
        strands: impl Iterator<Item = (&'n str, &'n StrandName)>,
    ) -> Result<Self, OrderError> {
        let outside = Outside::of(source.header());
        let mut sessions = Sessions::default();
        for (text, name) in strands {
            sessions.add(text, name, &outside);
        }
        let mut numbers = HashMap::new();
        if sessions.leave_alone() {
            return Ok(Self { outside, numbers });
        }
        sessions.hear(source)?;
        for group in sessions.groups() {
            let mut free: Vec<u32> = group.iter().map(|name| name.number).collect();
            free.sort_unstable();
            for (name, number) in group.into_iter().zip(free) {
                if name.number != number {
                    numbers.insert(name, number);
                }
            }
        }
        Ok(Self { outside, numbers })
    }

    /// Whether all numbers are those of the trace.
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// A strand's name with its own numbers.
    pub(super) fn strand(&self, name: &StrandName) -> StrandName {
        if self.is_empty() {
            return name.clone();
        }
        renumbered(name, &|connection| self.number(connection))
    }

    /// A connection's name with its own numbers.
    pub(super) fn connection(&self, name: &ConnectionName) -> ConnectionName {
        if self.is_empty() {
            return name.clone();
        }
        connection(name, &|connection| self.number(connection))
    }

    /// Puts its own numbers into what an event says, but for the strand that it names itself by: that is its place in
    /// the trace.
    pub(super) fn event(&self, event: &mut Event) {
        if self.is_empty() {
            return;
        }
        match &mut event.event {
            Kind::Connect { connection, .. }
            | Kind::Connected { connection }
            | Kind::Accept { connection, .. }
            | Kind::Send { connection, .. }
            | Kind::Receive { connection, .. }
            | Kind::Malformed { connection, .. }
            | Kind::Closing { connection, .. }
            | Kind::Closed { connection, .. } => {
                if let Ok(name) = parse(connection) {
                    *connection = self.connection(&name).to_string();
                }
            }
            Kind::Spawned { strand } | Kind::Joined { strand } => self.text(strand),
            Kind::Finding(finding) => self.text(&mut finding.strand),
            _ => {}
        }
    }

    /// The same of a strand's name as text.
    pub(super) fn text(&self, strand: &mut String) {
        if !self.is_empty()
            && let Ok(name) = parse(strand)
        {
            *strand = self.strand(&name).to_string();
        }
    }

    fn number(&self, connection: &ConnectionName) -> u32 {
        self.numbers.get(connection).copied().unwrap_or(connection.number)
    }
}

/// A strand's name with other numbers for its connections. Names are of bounded depth.
pub(super) fn renumbered(name: &StrandName, number: &dyn Fn(&ConnectionName) -> u32) -> StrandName {
    let tail = |tail: &Tail| match tail {
        Tail::Session {
            endpoint,
            opener,
            number: old,
        } => {
            let of = ConnectionName {
                target: name.actor.clone().unwrap_or_else(|| ActorName::new("")),
                endpoint: endpoint.clone(),
                opener: opener.clone(),
                number: *old,
            };
            Tail::Session {
                endpoint: endpoint.clone(),
                opener: Box::new(renumbered(opener, number)),
                number: number(&of),
            }
        }
        Tail::Background {
            connection: of,
            direction,
        } => Tail::Background {
            connection: Box::new(connection(of, number)),
            direction: *direction,
        },
        Tail::Drain {
            connection: of,
            direction,
        } => Tail::Drain {
            connection: Box::new(connection(of, number)),
            direction: *direction,
        },
        Tail::Peer { region, connection: of } => Tail::Peer {
            region: *region,
            connection: Box::new(connection(of, number)),
        },
        Tail::Setup | Tail::Finally | Tail::Branch { .. } => tail.clone(),
    };
    StrandName {
        tails: name.tails.iter().map(tail).collect(),
        ..name.clone()
    }
}

fn connection(name: &ConnectionName, number: &dyn Fn(&ConnectionName) -> u32) -> ConnectionName {
    ConnectionName {
        opener: Box::new(renumbered(&name.opener, number)),
        number: number(name),
        ..name.clone()
    }
}
