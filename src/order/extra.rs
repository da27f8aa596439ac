//! Edges that are no message: of strands begun and joined, of signals and of shared cells.
//!
//! Owns two forms of them. A sparse edge ties two events. A *prefix* ties an event to the first so many of a list: an
//! `awaited` to the first signals of its name, an access to all that came before and do not commute with it. A prefix
//! takes the space of one edge where the pairs would be quadratic. Does not own which events are tied (`index`).

use std::collections::HashMap;

use crate::trace::event::Mode;

/// A list of events on which others depend by its first so many.
#[derive(Debug, Default)]
pub(super) struct List {
    /// What the events have in common: a signal's name, a cell's.
    pub(super) name: Box<str>,
    /// Whether it is a cell; else a signal.
    pub(super) cell: bool,
    /// The events; within a segment by id, so that what commutes is always in the same order.
    pub(super) events: Vec<u32>,
    /// Where the segments end. Nothing depends on a part of a segment.
    pub(super) bounds: Vec<u32>,
}

impl List {
    /// The events of a segment.
    pub(super) fn segment(&self, number: usize) -> &[u32] {
        let start = number.checked_sub(1).map_or(0, |before| self.bounds[before]);
        &self.events[start as usize..self.bounds[number] as usize]
    }
}

/// That an event depends on the first `count` of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Prefix {
    pub(super) event: u32,
    pub(super) list: u32,
    pub(super) count: u32,
}

/// All edges that are no message.
#[derive(Debug, Default)]
pub(super) struct Extra {
    /// (to, from), sorted.
    edges: Vec<(u32, u32)>,
    pub(super) lists: Vec<List>,
    /// Sorted by event.
    prefixes: Vec<Prefix>,
}

impl Extra {
    /// Those of these edges, signals and cells.
    pub(super) fn new(mut edges: Vec<(u32, u32)>, signals: Signals, cells: Cells) -> Self {
        edges.sort_unstable();
        edges.dedup();
        let mut extra = Self {
            edges,
            ..Self::default()
        };
        signals.build(&mut extra);
        cells.build(&mut extra);
        extra.prefixes.sort_unstable();
        extra
    }

    /// The events that an event depends on by sparse edges.
    pub(super) fn from(&self, event: u32) -> &[(u32, u32)] {
        let start = self.edges.partition_point(|(to, _)| *to < event);
        let length = self.edges[start..].partition_point(|(to, _)| *to == event);
        &self.edges[start..start + length]
    }

    /// The prefixes that an event depends on.
    pub(super) fn prefixes(&self, event: u32) -> &[Prefix] {
        let start = self.prefixes.partition_point(|prefix| prefix.event < event);
        let length = self.prefixes[start..].partition_point(|prefix| prefix.event == event);
        &self.prefixes[start..start + length]
    }

    /// All edges, as (to, from).
    pub(super) fn edges(&self) -> &[(u32, u32)] {
        &self.edges
    }

    /// The events that depend on anything here, some more than once.
    pub(super) fn dependents(&self) -> impl Iterator<Item = u32> + '_ {
        let edges = self.edges.iter().map(|(to, _)| *to);
        edges.chain(self.prefixes.iter().map(|prefix| prefix.event))
    }

    /// The list of signals of a name.
    pub(super) fn signal(&self, name: &str) -> Option<u32> {
        let found = self.lists.iter().position(|list| !list.cell && &*list.name == name);
        found.map(|number| number as u32)
    }
}

/// The signals of a trace, while it is read.
#[derive(Debug, Default)]
pub(super) struct Signals {
    numbers: HashMap<Box<str>, usize>,
    names: Vec<SignalName>,
}

#[derive(Debug, Default)]
struct SignalName {
    name: Box<str>,
    /// (nth, event).
    given: Vec<(u32, u32)>,
    /// (event, count).
    awaited: Vec<(u32, u32)>,
}

impl Signals {
    /// Adds a `signalled`.
    pub(super) fn given(&mut self, name: &str, nth: u32, event: u32) {
        self.entry(name).given.push((nth, event));
    }

    /// Adds an `awaited`.
    pub(super) fn awaited(&mut self, name: &str, count: u32, event: u32) {
        self.entry(name).awaited.push((event, count));
    }

    fn entry(&mut self, name: &str) -> &mut SignalName {
        let number = if let Some(number) = self.numbers.get(name) {
            *number
        } else {
            self.numbers.insert(name.into(), self.names.len());
            self.names.push(SignalName {
                name: name.into(),
                ..SignalName::default()
            });
            self.names.len() - 1
        };
        &mut self.names[number]
    }

    fn build(mut self, extra: &mut Extra) {
        self.names.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        for SignalName {
            name,
            mut given,
            awaited,
        } in self.names
        {
            given.sort_unstable();
            let mut events: Vec<u32> = given.iter().map(|(_, event)| *event).collect();
            // A cut trace may lack signals that came after it was cut, and only those.
            let most = events.len() as u32;
            let mut bounds: Vec<u32> = awaited.iter().map(|(_, count)| (*count).min(most)).collect();
            bounds.push(most);
            bounds.retain(|bound| *bound > 0);
            bounds.sort_unstable();
            bounds.dedup();
            sort_segments(&mut events, &bounds);
            let list = extra.lists.len() as u32;
            extra.prefixes.extend(awaited.iter().map(|(event, count)| Prefix {
                event: *event,
                list,
                count: (*count).min(most),
            }));
            extra.lists.push(List {
                name,
                cell: false,
                events,
                bounds,
            });
        }
    }
}

/// The accesses of a trace, while it is read.
#[derive(Debug, Default)]
pub(super) struct Cells {
    numbers: HashMap<Box<str>, usize>,
    cells: Vec<(Box<str>, Vec<Touch>)>,
}

/// One access: its place in the cell's order, its event, what it does.
type Touch = (u64, u32, Manner);

/// What commutes with its like and with nothing else. Two leaves commute as two joins do: either way both are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Manner {
    Reads,
    Members,
    Writes,
}

impl Cells {
    /// Adds an access.
    pub(super) fn touch(&mut self, cell: &str, mode: Mode, nth: u64, event: u32) {
        let manner = match mode {
            Mode::Read => Manner::Reads,
            Mode::Write => Manner::Writes,
            Mode::Join | Mode::Leave => Manner::Members,
        };
        if let Some(number) = self.numbers.get(cell) {
            self.cells[*number].1.push((nth, event, manner));
        } else {
            self.numbers.insert(cell.into(), self.cells.len());
            self.cells.push((cell.into(), vec![(nth, event, manner)]));
        }
    }

    fn build(mut self, extra: &mut Extra) {
        self.cells.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (name, mut touches) in self.cells {
            touches.sort_unstable();
            // One event that reads and writes does both at once.
            touches.dedup_by(|later, earlier| {
                let same = later.1 == earlier.1;
                if same && later.2 != earlier.2 {
                    earlier.2 = Manner::Writes;
                }
                same
            });
            let list = extra.lists.len() as u32;
            let mut bounds = Vec::new();
            let mut before: Option<Manner> = None;
            let mut start = 0;
            for (place, (_, event, manner)) in (0_u32..).zip(&touches) {
                if before.is_some_and(|before| before != *manner || *manner == Manner::Writes) {
                    bounds.push(place);
                    start = place;
                }
                before = Some(*manner);
                if start > 0 {
                    extra.prefixes.push(Prefix {
                        event: *event,
                        list,
                        count: start,
                    });
                }
            }
            bounds.push(touches.len() as u32);
            let mut events: Vec<u32> = touches.iter().map(|(_, event, _)| *event).collect();
            sort_segments(&mut events, &bounds);
            extra.lists.push(List {
                name,
                cell: true,
                events,
                bounds,
            });
        }
    }
}

fn sort_segments(events: &mut [u32], bounds: &[u32]) {
    let mut start = 0;
    for bound in bounds {
        events[start..*bound as usize].sort_unstable();
        start = *bound as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commutes_is_one_segment() {
        let mut cells = Cells::default();
        let modes = [
            Mode::Join,
            Mode::Leave,
            Mode::Read,
            Mode::Read,
            Mode::Write,
            Mode::Write,
        ];
        for (nth, mode) in modes.into_iter().enumerate() {
            cells.touch("S!sessions", mode, nth as u64, 10 - nth as u32);
        }
        let extra = Extra::new(Vec::new(), Signals::default(), cells);
        assert_eq!(extra.lists[0].bounds, [2, 4, 5, 6]);
        assert_eq!(extra.lists[0].events, [9, 10, 7, 8, 6, 5]);
        let counts: Vec<_> = (5..=10)
            .map(|event| extra.prefixes(event).first().map(|p| p.count))
            .collect();
        assert_eq!(counts, [Some(5), Some(4), Some(2), Some(2), None, None]);
    }

    #[test]
    fn reading_and_writing_in_one_step_is_writing() {
        let mut cells = Cells::default();
        cells.touch("S.n", Mode::Read, 0, 3);
        cells.touch("S.n", Mode::Write, 1, 3);
        cells.touch("S.n", Mode::Read, 2, 4);
        let extra = Extra::new(Vec::new(), Signals::default(), cells);
        assert_eq!(extra.lists[0].bounds, [1, 2]);
        assert!(extra.prefixes(3).is_empty());
    }

    #[test]
    fn an_await_depends_on_the_first_signals_of_its_name() {
        let mut signals = Signals::default();
        signals.given("ready", 2, 4);
        signals.given("ready", 1, 9);
        signals.given("ready", 3, 2);
        signals.awaited("ready", 2, 20);
        let extra = Extra::new(Vec::new(), signals, Cells::default());
        assert_eq!(extra.lists[0].events, [4, 9, 2]);
        assert_eq!(extra.prefixes(20)[0].count, 2);
    }
}
