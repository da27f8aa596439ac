//! Which pairs of events may race, and what would show that they do not.
//!
//! Owns the pairs: neighbours in a strand's takings with regard to what each step would have taken, timers and the next
//! message, neighbours in a direction that is answered in the background, neighbours on a cell, a signal that was taken and the next of its name. It is enough to look at neighbours:
//! if any pair in a run of takings with one watch set races, a neighbouring pair does. Does not own the answers
//! (`answers`).

use std::collections::HashMap;
use std::ops::Range;

use super::RaceKind;
use super::between::between;
use super::regions::{self, Region};
use crate::order::clocks::Component;
use crate::order::extra::List;
use crate::order::index::{Class, Index, Marks};
use crate::order::watch::Watched;

/// How far back in its strand it is looked for what made a program say something.
const LOOKED_BACK: u32 = 4096;

/// How many accesses of one turn, or signals of one name, are compared with the next.
const NEIGHBOURS: usize = 64;

/// A pair, which races unless at `at` one of `any` was known.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) kind: RaceKind,
    pub(super) first: u32,
    pub(super) second: u32,
    /// The event whose knowledge is asked for.
    pub(super) at: u32,
    /// Whether what `at` knows by its own accesses does not count.
    pub(super) before: bool,
    /// What would order the two, and from which value on.
    pub(super) any: Vec<(Component, u32)>,
    /// The cell, where it is about one.
    pub(super) cell: Option<u32>,
}

/// All pairs of a trace, in the order of ids.
pub(super) fn questions(index: &Index) -> Vec<Question> {
    let mut questions = Vec::new();
    let regions = regions::regions(index);
    for rank in 0..index.strands.len() {
        if index.strands.whole(rank) == rank {
            whole(
                index,
                rank,
                regions.get(&rank).map_or(&[], Vec::as_slice),
                &mut questions,
            );
        }
    }
    for taken in &index.shared {
        shared(index, taken, &mut questions);
    }
    between(index, &mut questions);
    for (number, list) in (0..).zip(&index.extra.lists) {
        if list.cell {
            accesses(index, number, list, &mut questions);
        }
    }
    questions
}

/// Pairs within a strand. It is walked from its end, so that the next taking at each place is known. What its peers cause
/// in a region lies between: two of them never race, for nothing says which came first; with what the strand takes before
/// the region, and behind it, each of them does.
fn whole(index: &Index, rank: u32, regions: &[Region], questions: &mut Vec<Question>) {
    let mut order = 0;
    let mut next = Next::default();
    let none = Next::default();
    let range = index.strands.range(rank);
    let mut until = range.end;
    for (number, region) in (1u32..).zip(regions).collect::<Vec<_>>().into_iter().rev() {
        takings(index, region.begun..until, &mut next, &none, (0, &mut order), questions);
        let mut first = Next::default();
        for peer in &region.peers {
            let mut own = Next::default();
            let events = index.strands.range(*peer);
            takings(index, events, &mut own, &next, (number, &mut order), questions);
            for (place, later) in own.0 {
                first.0.entry(place).or_insert(later);
            }
        }
        next.0.extend(first.0);
        until = region.begun;
    }
    takings(index, range.start..until, &mut next, &none, (0, &mut order), questions);
}

/// The next taking at each place.
#[derive(Default)]
struct Next(HashMap<Watched, Later>);

/// A taking, how far from the end it is, and in which region, if in any.
#[derive(Clone, Copy)]
struct Later {
    order: u32,
    region: u32,
    event: u32,
}

impl Next {
    fn watched<'a>(&'a self, watch: &'a [Watched]) -> Box<dyn Iterator<Item = Later> + 'a> {
        match watch.len() <= self.0.len() {
            true => Box::new(watch.iter().filter_map(|place| self.0.get(place)).copied()),
            false => {
                let watched = self.0.iter().filter(|(place, _)| watch.binary_search(place).is_ok());
                Box::new(watched.map(|(_, later)| *later))
            }
        }
    }
}

/// Pairs of which the first is among these events of one strand, from the last to the first. What is taken `behind` them
/// may be the second.
fn takings(
    index: &Index,
    events: Range<u32>,
    next: &mut Next,
    behind: &Next,
    (region, order): (u32, &mut u32),
    questions: &mut Vec<Question>,
) {
    for event in events.rev() {
        let own = taken_at(index, event);
        if own.is_none() && index.class(event) != Class::Timer {
            continue;
        }
        let default = own.as_slice();
        let watch = index.watches.of(event).unwrap_or(default);
        let nearest = next
            .watched(watch)
            .chain(behind.watched(watch))
            .max_by_key(|later| later.order);
        // Which of the peers in a region comes first nobody knows: it may be any of them.
        let mut seconds: Vec<u32> = match nearest {
            Some(Later {
                region: theirs @ 1.., ..
            }) if theirs != region => {
                let all = next.watched(watch).chain(behind.watched(watch));
                all.filter(|later| later.region == theirs)
                    .map(|later| later.event)
                    .collect()
            }
            nearest => nearest.into_iter().map(|later| later.event).collect(),
        };
        seconds.sort_unstable();
        seconds.truncate(NEIGHBOURS);
        if index.class(event) == Class::Timer {
            match seconds.as_slice() {
                [] => timer(index, event, None, watch, questions),
                all => all
                    .iter()
                    .for_each(|second| timer(index, event, Some(*second), watch, questions)),
            }
        } else {
            for second in seconds {
                messages(index, event, second, own == taken_at(index, second), questions);
            }
        }
        if index.class(event) == Class::Awaited {
            signals(index, event, questions);
        }
        *order += 1;
        let later = Later {
            order: *order,
            region,
            event,
        };
        next.0.extend(own.map(|own| (own, later)));
    }
}

/// Neighbours in a direction that two strands take from: which of the two messages came first decides what was answered
/// before what was taken.
fn shared(index: &Index, taken: &[u32], questions: &mut Vec<Question>) {
    for pair in taken.windows(2) {
        if index.strands.strand(pair[0]) != index.strands.strand(pair[1]) {
            messages(index, pair[0], pair[1], true, questions);
        }
    }
}

/// Where an event took something.
fn taken_at(index: &Index, event: u32) -> Option<Watched> {
    match index.class(event) {
        Class::Receive | Class::Closed => Some(Watched::Link(index.link(event))),
        Class::Accept => {
            let connection = index.link(event).connection()?;
            Some(Watched::Endpoint(index.connections.endpoint(connection).into()))
        }
        Class::Awaited => index
            .extra
            .prefixes(event)
            .first()
            .map(|prefix| Watched::Signal(prefix.list)),
        _ => None,
    }
}

/// What made a taking possible: the send, the `closing`, the `connect`, the last signal that was needed.
fn cause(index: &Index, event: u32) -> Option<u32> {
    if index.class(event) != Class::Awaited {
        return index.mate(event);
    }
    let prefix = index.extra.prefixes(event).first()?;
    let list = &index.extra.lists[prefix.list as usize];
    list.events.get(prefix.count.checked_sub(1)? as usize).copied()
}

/// Whoever is behind event `event` of its strand knows this. A broadcast is one event: who knows of one copy knows of all.
fn known(index: &Index, mut event: u32) -> (Component, u32) {
    while index.marks[event as usize].has(Marks::COPY) {
        event -= 1;
    }
    let strand = index.strands.strand(event);
    (Component::Strand(strand), event - index.strands.range(strand).start + 1)
}

fn messages(index: &Index, first: u32, second: u32, same_place: bool, questions: &mut Vec<Question>) {
    let accepts = |event| index.class(event) == Class::Accept;
    let awaits = |event| index.class(event) == Class::Awaited;
    if same_place && awaits(first) {
        return;
    }
    let kind = match () {
        () if accepts(first) && accepts(second) => RaceKind::Accepts,
        () if awaits(first) && awaits(second) => RaceKind::Signals,
        () => RaceKind::Messages,
    };
    if is_unseen(index, second) {
        if accepts(second) || !same_place {
            questions.extend(unseen(index, kind, first, second));
        }
        return;
    }
    let Some(at) = cause(index, second) else {
        return;
    };
    let mut any = vec![known(index, first)];
    if same_place && let Some(before) = cause(index, first) {
        if index.strands.strand(before) == index.strands.strand(at) {
            return;
        }
        any.push(known(index, before));
    }
    questions.push(Question {
        kind,
        first,
        second,
        at,
        before: false,
        any,
        cell: None,
    });
}

/// Whether what made a taking possible is not in the trace, for it came from outside.
fn is_unseen(index: &Index, event: u32) -> bool {
    let takes = matches!(index.class(event), Class::Receive | Class::Closed | Class::Accept);
    takes && index.mate(event).is_none() && index.connections.is_unsent(index.link(event))
}

/// What came from outside could as well have come first, unless its strand asked for it on its connection since.
fn unseen(index: &Index, kind: RaceKind, first: u32, second: u32) -> Option<Question> {
    let connection = index.link(second).connection();
    let strand = index.strands.range(index.strands.strand(second));
    let from = strand.start.max(second.saturating_sub(LOOKED_BACK));
    let asks = |event: &u32| {
        let sends = matches!(index.class(*event), Class::Send | Class::Closing | Class::Connect);
        sends && index.link(*event).connection() == connection
    };
    let asked = (from..second).rev().find(asks);
    if asked.is_some_and(|asked| asked > first) {
        return None;
    }
    Some(Question {
        kind,
        first,
        second,
        at: second,
        before: false,
        any: Vec::new(),
        cell: None,
    })
}

/// A timer races with the next message that its step would have taken, be it taken later or by nobody.
fn timer(index: &Index, event: u32, nearest: Option<u32>, watch: &[Watched], questions: &mut Vec<Question>) {
    let untaken = watch.iter().filter_map(|place| match place {
        Watched::Link(link) => index.untaken[link.0 as usize].map(|range| range.event),
        _ => None,
    });
    let Some(second) = nearest.or_else(|| untaken.min()) else {
        return;
    };
    if is_unseen(index, second) {
        questions.extend(unseen(index, RaceKind::Timer, event, second));
        return;
    }
    let at = if index.class(second) == Class::Send {
        Some(second)
    } else {
        cause(index, second)
    };
    questions.extend(at.map(|at| Question {
        kind: RaceKind::Timer,
        first: event,
        second,
        at,
        before: false,
        any: vec![known(index, event)],
        cell: None,
    }));
}

/// A signal that was taken races with a later one of its name.
fn signals(index: &Index, event: u32, questions: &mut Vec<Question>) {
    let Some(prefix) = index.extra.prefixes(event).first() else {
        return;
    };
    let list = &index.extra.lists[prefix.list as usize];
    let Some(first) = cause(index, event) else {
        return;
    };
    for second in list.events[prefix.count as usize..].iter().copied().take(NEIGHBOURS) {
        if index.strands.strand(first) == index.strands.strand(second) {
            continue;
        }
        questions.push(Question {
            kind: RaceKind::Signals,
            first,
            second,
            at: second,
            before: false,
            any: vec![known(index, event), known(index, first)],
            cell: None,
        });
    }
}

/// Neighbours on a cell that do not commute, of different strands.
fn accesses(index: &Index, cell: u32, list: &List, questions: &mut Vec<Question>) {
    for segment in 1..list.bounds.len() {
        let before = list.segment(segment - 1);
        for second in list.segment(segment).iter().copied() {
            let strand = index.strands.strand(second);
            let others = before
                .iter()
                .copied()
                .filter(|first| index.strands.strand(*first) != strand);
            for first in others.take(NEIGHBOURS) {
                // With one access in the segment before, the cell's own entry tells; it spares a strand's.
                let needed = match before {
                    [_] => (Component::Cell(cell), segment as u32),
                    _ => known(index, first),
                };
                questions.push(Question {
                    kind: RaceKind::Accesses,
                    first,
                    second,
                    at: second,
                    before: true,
                    any: vec![needed],
                    cell: Some(cell),
                });
            }
        }
    }
}
