//! What each event knows of others: happened-before, by vector clocks.
//!
//! Owns a walk through the whole trace in canonical order, in which each strand carries a clock. A clock has an entry only
//! for the strands and cells that are asked about, [`WIDTH`] of them in one walk; more need further walks. Does not own
//! what is asked (`races`, and whoever looks at [`super::Order::clocks`]).

use std::collections::{HashMap, HashSet};

use super::error::OrderError;
use super::index::{Class, Index, Marks};
use super::linear::Linear;
use super::step::Step;

/// How many entries a clock has in one walk.
pub(super) const WIDTH: usize = 64;

/// What a clock has an entry for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Component {
    /// How many events of a strand.
    Strand(u32),
    /// Up to which segment a cell had come.
    Cell(u32),
}

/// Who looks at the clocks of a walk.
pub(super) trait Watcher {
    /// An event is come to. `known` is what it knows without its own accesses and what these depend on.
    fn begins(&mut self, event: u32, known: &[u32]);

    /// An event was gone over. `known` is all that it knows, itself included.
    fn ends(&mut self, event: u32, known: &[u32]);
}

/// Walks through a trace once, with a clock of these entries.
pub(super) fn walk(
    index: &Index,
    entries: &HashMap<Component, usize>,
    watcher: &mut dyn Watcher,
) -> Result<(), OrderError> {
    let mut walk = Walk::new(index, entries);
    for placement in Linear::new(index) {
        walk.step(placement?.step, watcher);
    }
    Ok(())
}

/// One entry for each component of this walk.
type Clock = Box<[u32]>;

struct Walk<'a> {
    index: &'a Index,
    entries: &'a HashMap<Component, usize>,
    /// What each strand knows.
    strands: Vec<Clock>,
    /// What events knew of which others will need it: those with edges, and messages that are split.
    kept: HashMap<u32, Clock>,
    /// Events from which sparse edges start.
    sources: HashSet<u32>,
    /// Events that are in lists: (event, list, segment), sorted.
    members: Vec<(u32, u32, u32)>,
    /// For each list and segment, what its events knew together; for signals then also what those before knew.
    segments: Vec<Vec<Option<Clock>>>,
    /// For each list of signals, the last segment that is summed.
    summed: Vec<usize>,
}

impl<'a> Walk<'a> {
    fn new(index: &'a Index, entries: &'a HashMap<Component, usize>) -> Self {
        let mut members = Vec::new();
        for (number, list) in (0..).zip(&index.extra.lists) {
            for segment in 0..list.bounds.len() {
                members.extend(
                    list.segment(segment)
                        .iter()
                        .map(|event| (*event, number, segment as u32)),
                );
            }
        }
        members.sort_unstable();
        let clock: Clock = vec![0; entries.len()].into();
        Self {
            index,
            entries,
            strands: vec![clock; index.strands.len() as usize],
            kept: HashMap::new(),
            sources: index.extra.edges().iter().map(|(_, from)| *from).collect(),
            members,
            segments: index
                .extra
                .lists
                .iter()
                .map(|list| vec![None; list.bounds.len()])
                .collect(),
            summed: vec![0; index.extra.lists.len()],
        }
    }

    fn step(&mut self, step: Step, watcher: &mut dyn Watcher) {
        match step {
            Step::Message { send, receive } => {
                self.event(send, None, watcher);
                self.event(receive, Some(send), watcher);
            }
            Step::Opens {
                connect,
                accept: Some(accept),
                connected,
            } => {
                self.event(connect, None, watcher);
                self.event(accept, Some(connect), watcher);
                if let Some(connected) = connected {
                    self.event(connected, None, watcher);
                }
            }
            Step::Arrives { send, receive } => self.event(receive, Some(send), watcher),
            Step::Local { event } if self.index.class(event) == Class::Accept => {
                self.event(event, self.index.mate(event), watcher);
            }
            _ => {
                for event in step.events().into_iter().flatten() {
                    self.event(event, None, watcher);
                }
            }
        }
    }

    /// Goes over one event; `cause` is the other half of its message or opening, gone over before.
    fn event(&mut self, event: u32, cause: Option<u32>, watcher: &mut dyn Watcher) {
        let index = self.index;
        let rank = index.strands.strand(event);
        let mut clock = std::mem::take(&mut self.strands[rank as usize]);
        if let Some(known) = cause.and_then(|cause| self.kept.get(&cause)) {
            join(&mut clock, known);
        }
        if index.has(event, Marks::EXTRA) {
            for (_, from) in index.extra.from(event) {
                if let Some(known) = self.kept.get(from) {
                    join(&mut clock, known);
                }
            }
        }
        watcher.begins(event, &clock);
        self.prefixes(event, &mut clock);
        if let Some(entry) = self.entries.get(&Component::Strand(rank)) {
            clock[*entry] = event - index.strands.range(rank).start + 1;
        }
        self.lists(event, &mut clock);
        watcher.ends(event, &clock);
        let sends = matches!(index.class(event), Class::Send | Class::Closing | Class::Connect);
        if self.sources.contains(&event) || sends && index.mate(event).is_some() {
            self.kept.insert(event, clock.clone());
        }
        if let Some(cause) = cause.filter(|cause| !self.sources.contains(cause)) {
            self.kept.remove(&cause);
        }
        self.strands[rank as usize] = clock;
    }

    /// Learns what the lists that the event depends on know.
    fn prefixes(&mut self, event: u32, clock: &mut Clock) {
        let index = self.index;
        if !index.has(event, Marks::EXTRA) {
            return;
        }
        for prefix in index.extra.prefixes(event) {
            let list = &index.extra.lists[prefix.list as usize];
            let count = list.bounds.partition_point(|bound| *bound <= prefix.count);
            let segments = &mut self.segments[prefix.list as usize];
            // A signal knows nothing of those before it; whoever awaits it knows of all. What is complete is summed once.
            let summed = &mut self.summed[prefix.list as usize];
            while !list.cell && *summed + 1 < count {
                let (before, after) = segments.split_at_mut(*summed + 1);
                if let (Some(Some(known)), Some(Some(sum))) = (before.last(), after.first_mut()) {
                    join(sum, known);
                }
                *summed += 1;
            }
            if let Some(Some(known)) = count.checked_sub(1).map(|last| &segments[last]) {
                join(clock, known);
            }
        }
    }

    /// Tells the lists that the event is in what it knows.
    fn lists(&mut self, event: u32, clock: &mut Clock) {
        let start = self.members.partition_point(|(member, ..)| *member < event);
        let own = self.members[start..].iter().take_while(|(member, ..)| *member == event);
        for (_, list, segment) in own.clone() {
            if let Some(entry) = self.entries.get(&Component::Cell(*list)) {
                clock[*entry] = clock[*entry].max(segment + 1);
            }
        }
        for (_, list, segment) in own {
            let cell = self.index.extra.lists[*list as usize].cell;
            let segments = &mut self.segments[*list as usize];
            match &mut segments[*segment as usize] {
                Some(known) => join(known, clock),
                none => *none = Some(clock.clone()),
            }
            // Whoever depends on a cell's segment is in the next one.
            if cell && let Some(before) = segment.checked_sub(2) {
                segments[before as usize] = None;
            }
        }
    }
}

fn join(clock: &mut [u32], other: &[u32]) {
    for (own, other) in clock.iter_mut().zip(other) {
        *own = (*own).max(*other);
    }
}
