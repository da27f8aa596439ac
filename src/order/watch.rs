//! Where the steps of a trace would have taken something.
//!
//! Owns watch sets by number; equal sets are kept once. Does not own what races (`races`).

use std::collections::HashMap;

use super::extra::Extra;
use super::strands::{Connections, Link};
use crate::ident::Direction;
use crate::trace::reader::Text;

/// One place at which a step takes something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Watched {
    /// A direction of a connection.
    Link(Link),
    /// An endpoint's next connection.
    Endpoint(Box<str>),
    /// A signal, by its list.
    Signal(u32),
}

/// The watch sets of a trace.
#[derive(Debug, Default)]
pub(super) struct Watches {
    numbers: HashMap<Vec<Box<str>>, u32>,
    sets: Vec<Vec<Watched>>,
    /// (event, set), sorted by event once the trace is read.
    of: Vec<(u32, u32)>,
}

impl Watches {
    /// Adds an event's watch set.
    pub(super) fn add(&mut self, event: u32, watch: &[Text<'_>]) {
        if watch.is_empty() {
            return;
        }
        let texts: Vec<Box<str>> = watch.iter().map(|text| text.0.as_ref().into()).collect();
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(texts).or_insert(next);
        self.of.push((event, number));
    }

    /// Reads the sets' places; those that never occur in the trace are left out, and timers.
    pub(super) fn resolve(&mut self, connections: &Connections, extra: &Extra) {
        self.of.sort_unstable();
        self.sets = vec![Vec::new(); self.numbers.len()];
        for (texts, number) in self.numbers.drain() {
            let mut places: Vec<_> = texts
                .iter()
                .filter_map(|text| place(text, connections, extra))
                .collect();
            // Whoever sends datagrams there is heard.
            for endpoint in texts.iter().filter_map(|text| text.strip_prefix('@')) {
                let all = connections
                    .datagrams()
                    .filter(|number| connections.endpoint(*number) == endpoint);
                places.extend(all.map(|number| Watched::Link(Link::new(number, Direction::FromOpener))));
            }
            places.sort_unstable();
            places.dedup();
            self.sets[number as usize] = places;
        }
    }

    /// An event's watch set, where it was recorded.
    pub(super) fn of(&self, event: u32) -> Option<&[Watched]> {
        let found = self.of.binary_search_by_key(&event, |(event, _)| *event).ok()?;
        Some(&self.sets[self.of[found].1 as usize])
    }
}

fn place(text: &str, connections: &Connections, extra: &Extra) -> Option<Watched> {
    if let Some(endpoint) = text.strip_prefix('@') {
        return Some(Watched::Endpoint(endpoint.into()));
    }
    if let Some(name) = text.strip_prefix('!') {
        return extra.signal(name).map(Watched::Signal);
    }
    let (name, direction) = match text.strip_suffix('>') {
        Some(name) => (name, Direction::FromOpener),
        None => (text.strip_suffix('<')?, Direction::ToOpener),
    };
    connections
        .find(name)
        .map(|number| Watched::Link(Link::new(number, direction)))
}
