//! Random systems, each read in several orders of lines.

use std::collections::{BTreeMap, BTreeSet};

use wiretale::order::unit::{Placed, Shape, Unit};
use wiretale::order::{Order, OrderError};
use wiretale::trace::reader::TraceSource;

use crate::random::{Chance, Id, System, system};
use crate::tale::Tale;

/// How many systems are made; each with another number of steps and another rate of crossings.
const SYSTEMS: u64 = 240;

#[test]
fn a_shuffled_file_has_the_same_order_and_races_and_hashes() {
    for seed in 0..SYSTEMS {
        let system = some_system(seed);
        let first = told(&system.tale.source());
        let mut shuffled = system.tale.clone();
        for _ in 0..2 {
            Chance(seed).shuffle(&mut shuffled.lines);
            assert_eq!(told(&shuffled.source()), first, "system {seed}");
        }
    }
}

#[test]
fn the_order_keeps_what_happened_before_and_names_each_event_once() {
    for seed in 0..SYSTEMS {
        let system = some_system(seed);
        let mut places: BTreeMap<Id, usize> = BTreeMap::new();
        for (place, unit) in units(&system.tale).iter().enumerate() {
            for placed in events(unit) {
                assert_eq!(places.insert(id(placed), place), None, "system {seed}");
            }
        }
        assert_eq!(places.len(), system.events().len(), "system {seed}");
        let within = system.events().into_iter().filter(|(_, index)| *index > 0);
        let edges = system.edges.iter().chain(&system.pairs).copied();
        for (before, after) in within
            .map(|(strand, index)| ((strand, index - 1), (strand, index)))
            .chain(edges)
        {
            assert!(places[&before] <= places[&after], "system {seed}: {before:?} {after:?}");
        }
    }
}

#[test]
fn only_what_crosses_is_split() {
    let mut crossed = 0;
    for seed in 0..SYSTEMS {
        let system = some_system(seed);
        let crossings = system.crossings();
        let split: BTreeSet<Id> = units(&system.tale)
            .iter()
            .filter_map(|unit| split(unit, &system))
            .collect();
        assert!(split.is_subset(&crossings), "system {seed}: {split:?} {crossings:?}");
        assert_eq!(split.is_empty(), crossings.is_empty(), "system {seed}");
        crossed += u64::from(!split.is_empty());
    }
    // Both kinds are tried.
    assert!(crossed > SYSTEMS / 10 && crossed < SYSTEMS * 9 / 10, "{crossed}");
}

#[test]
fn every_prefix_of_a_trace_has_an_order() {
    for seed in 0..60 {
        let system = some_system(seed);
        for length in 0..system.tale.lines.len() {
            let mut cut = system.tale.clone();
            cut.lines.truncate(length);
            let source = cut.source();
            let order = Order::of(&source).unwrap();
            order.units(|_| Ok::<(), OrderError>(())).unwrap();
            order.races().unwrap();
        }
    }
}

#[test]
fn a_shuffled_and_cut_trace_never_panics() {
    for seed in 0..200 {
        let mut tale = some_system(seed).tale;
        Chance(seed).shuffle(&mut tale.lines);
        tale.lines.truncate(tale.lines.len() / 2);
        let source = tale.source();
        if let Ok(order) = Order::of(&source) {
            let _ = order.units(|_| Ok::<(), OrderError>(()));
            let _ = order.races();
        }
    }
}

fn some_system(seed: u64) -> System {
    system(seed, 3 + seed as usize % 90, [20, 60, 90, 99][seed as usize % 4])
}

/// All that is made of a trace, as text.
fn told(source: &TraceSource) -> String {
    let order = Order::of(source).unwrap();
    let mut text = String::new();
    order
        .units(|unit| {
            text += &format!("{unit:?}\n");
            Ok::<(), OrderError>(())
        })
        .unwrap();
    text + &format!("{:?} {:?}", order.races().unwrap(), order.hashes().unwrap())
}

fn units(tale: &Tale) -> Vec<Unit> {
    let mut units = Vec::new();
    Order::of(&tale.source())
        .unwrap()
        .units(|unit| {
            units.push(unit);
            Ok::<(), OrderError>(())
        })
        .unwrap();
    units
}

/// The events that a unit is the place of.
fn events(unit: &Unit) -> Vec<&Placed> {
    match &unit.shape {
        Shape::Message { send, receive, .. } => vec![send, receive],
        Shape::Departs { send, .. } | Shape::Unpaired { send, .. } => vec![send],
        Shape::Arrives { receive, .. } | Shape::Taken { receive, .. } => vec![receive],
        Shape::Closes { closing } => vec![closing],
        Shape::Opens {
            connect,
            accept,
            connected,
        } => [Some(connect), accept.as_ref(), connected.as_ref()]
            .into_iter()
            .flatten()
            .collect(),
        Shape::Local { event } => vec![event],
    }
}

/// The sending event of a unit that is split from its taking.
fn split(unit: &Unit, system: &System) -> Option<Id> {
    match &unit.shape {
        Shape::Departs { send, .. } => Some(id(send)),
        Shape::Opens {
            connect, accept: None, ..
        } => Some(id(connect)).filter(|connect| system.pairs.iter().any(|(first, _)| first == connect)),
        _ => None,
    }
}

fn id(placed: &Placed) -> Id {
    (
        placed.event.strand.trim_start_matches('A').parse().unwrap(),
        placed.event.index,
    )
}

impl System {
    fn events(&self) -> BTreeSet<Id> {
        let event = |line: &wiretale::trace::event::Line| match line {
            wiretale::trace::event::Line::Event(event) => {
                Some((event.strand.trim_start_matches('A').parse().unwrap(), event.index))
            }
            _ => None,
        };
        self.tale.lines.iter().filter_map(event).collect()
    }

    /// The sending events of pairs that lie on a cycle once each pair is one: found by plain reachability.
    fn crossings(&self) -> BTreeSet<Id> {
        let one: BTreeMap<Id, Id> = self.pairs.iter().map(|(sending, taking)| (*taking, *sending)).collect();
        // A `connected` is drawn with its `connect`.
        let merged = |id: Id| one.get(&id).copied().unwrap_or(id);
        let mut after: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        let within = self.events().into_iter().filter(|(_, index)| *index > 0);
        let within = within.map(|(strand, index)| ((strand, index - 1), (strand, index)));
        for (from, to) in within.chain(self.edges.iter().copied()) {
            after.entry(merged(from)).or_default().insert(merged(to));
        }
        let on_cycle = |start: &Id| {
            let mut seen = BTreeSet::new();
            let mut open = vec![*start];
            while let Some(id) = open.pop() {
                for next in after.get(&id).into_iter().flatten() {
                    if next == start {
                        return true;
                    }
                    if seen.insert(*next) {
                        open.push(*next);
                    }
                }
            }
            false
        };
        self.pairs
            .iter()
            .map(|(sending, _)| *sending)
            .filter(on_cycle)
            .collect()
    }
}
