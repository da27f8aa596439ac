//! What was answered in the background before the next message of the same direction was taken.
//!
//! Owns the edges from an answer to what the strand that waited takes next there: it has the direction back only when the
//! answer was given. Nothing else ties the two, for which of its waits an answer falls into is chance.

use std::collections::HashMap;

use super::Build;
use crate::ident::Tail;
use crate::order::index::Class;
use crate::order::strands::{Connections, Link, Strands};

/// What was taken in the directions on which there are background answers.
#[derive(Debug, Default)]
pub(super) struct Backgrounds(HashMap<Link, Taken>);

#[derive(Debug)]
struct Taken {
    /// The strand that answers.
    rank: u32,
    /// By its first byte, the end behind all: the events that took something, of any strand.
    events: Vec<(u64, u32)>,
}

impl Backgrounds {
    /// The directions that strands of the trace answer on.
    pub(super) fn of(strands: &Strands, connections: &mut Connections) -> Self {
        let mut all = HashMap::new();
        for rank in 0..strands.len() {
            if let [Tail::Background { connection, direction }] = &strands.recorded(rank).tails[..]
                && let Ok(connection) = connections.number(&connection.to_string())
            {
                let events = Vec::new();
                all.insert(Link::new(connection, *direction), Taken { rank, events });
            }
        }
        Self(all)
    }

    /// An event took what begins at this byte.
    pub(super) fn taken(&mut self, link: Link, start: u64, event: u32) {
        if let Some(taken) = self.0.get_mut(&link) {
            taken.events.push((start, event));
        }
    }
}

impl Build<'_> {
    /// Ties what a strand took to the answers before it; gives what was taken in each direction with answers, in the order
    /// of its bytes.
    pub(super) fn backgrounds(&mut self) -> Vec<Vec<u32>> {
        let mut shared = Vec::new();
        for (link, Taken { rank, mut events }) in std::mem::take(&mut self.backgrounds.0) {
            events.sort_unstable();
            let own = self.strands.range(rank);
            if link
                .connection()
                .is_some_and(|connection| self.connections.are_datagrams(connection))
            {
                self.behind_the_first(&events, &own);
            }
            // Backwards, so that it is known what was answered next.
            let mut next = own.end;
            for event in events.iter().rev().map(|(_, event)| *event) {
                if own.contains(&event) {
                    next = event;
                    continue;
                }
                let by = self.strands.name(self.strands.strand(event));
                // Accesses may belong to the next message already, which was looked at and not taken yet.
                let answered = (own.start..next)
                    .rev()
                    .find(|&own| self.class[own as usize] != Class::Local);
                if !by.is_background() {
                    self.edges.extend(answered.map(|answered| (event, answered)));
                }
            }
            shared.push(events.into_iter().map(|(_, event)| event).collect());
        }
        shared.sort_unstable();
        shared
    }

    /// Ties what is answered in between to what a strand took before it and has sent upon that at once: a datagram that
    /// comes again is answered by what was sent before.
    fn behind_the_first(&mut self, events: &[(u64, u32)], own: &std::ops::Range<u32>) {
        let mut taken = None;
        for (_, event) in events {
            if !own.contains(event) {
                taken = Some(*event);
                continue;
            }
            let Some(taken) = taken else { continue };
            let strand = self.strands.range(self.strands.strand(taken));
            let at_once = |event: &u32| matches!(self.class[*event as usize], Class::Send | Class::Local);
            let sent = (taken + 1..strand.end).take_while(at_once);
            let last = sent.filter(|event| self.class[*event as usize] == Class::Send).last();
            self.edges.push((*event, last.unwrap_or(taken)));
        }
    }
}
