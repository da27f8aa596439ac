//! What the life of a program of its own ties, and where its end is drawn.
//!
//! Owns that what a program opens comes behind its first start, and behind which events an `exited` comes. A program does nothing after its end; but what it did before may be taken
//! after it, so that nothing of this is an edge: where the causal order says otherwise, it comes before (`linear`).

use std::collections::BTreeMap;

use super::Build;
use crate::ident::ActorName;

impl Build<'_> {
    /// A program connects only once it has been started.
    pub(super) fn begun(&mut self) {
        let mut first: BTreeMap<&ActorName, u32> = BTreeMap::new();
        for &started in &self.started {
            if let Some(actor) = &self.strands.name(self.strands.strand(started)).actor {
                let event = first.entry(actor).or_insert(started);
                *event = started.min(*event);
            }
        }
        for &(connection, event) in &self.openings {
            let opener = &self.connections.name(connection).opener.actor;
            if let Some(&started) = opener.as_ref().and_then(|actor| first.get(actor)) {
                self.edges.push((event, started));
            }
        }
    }

    /// (exited, event behind which it comes if it can), sorted: the last event of each strand on the program's connections.
    pub(super) fn lasts(&mut self) -> Vec<(u32, u32)> {
        let exits = std::mem::take(&mut self.exits);
        let mut of: BTreeMap<ActorName, Vec<u32>> = BTreeMap::new();
        for exit in exits {
            if let Some(actor) = &self.strands.name(self.strands.strand(exit)).actor {
                of.entry(actor.clone()).or_default().push(exit);
            }
        }
        let mut last = Vec::new();
        if of.is_empty() {
            return last;
        }
        let mut ends: Vec<Vec<u32>> = Vec::new();
        for number in 0..self.connections.len() {
            let name = self.connections.name(number);
            let both = name.opener.actor.iter().chain([&name.target]);
            ends.push(both.filter_map(|end| of.get(end)).flatten().copied().collect());
        }
        for rank in 0..self.strands.len() {
            let mut behind: BTreeMap<u32, u32> = BTreeMap::new();
            for event in self.strands.range(rank) {
                let connection = self.link[event as usize].connection();
                let exits = connection.map(|connection| &ends[connection as usize]);
                behind.extend(exits.into_iter().flatten().map(|exit| (*exit, event)));
            }
            let apart = |exit: &u32| self.strands.strand(*exit) != rank;
            last.extend(behind.into_iter().filter(|(exit, _)| apart(exit)));
        }
        last.sort_unstable();
        last
    }
}
