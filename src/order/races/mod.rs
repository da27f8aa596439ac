//! What could have come about in another order.
//!
//! Owns what a predicted race says, how races are counted and numbered. One trace is enough: two events race where
//! nothing in it orders them and a step took the one where it would as well have taken the other. The first race of each
//! strand is certain; later ones may be its consequences (Netzer and Miller). Does not own which pairs are asked about
//! (`questions`) nor their answers (`answers`).

mod answers;
mod between;
mod questions;
mod regions;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::OrderError;
use super::index::{Class, Index};
use crate::ident::{ConnectionName, Direction, StrandName};
use crate::trace::event::{Event, Kind};
use crate::trace::reader::TraceSource;
use questions::Question;

/// The races of a trace.
#[derive(Clone, Debug, Default)]
pub struct Races {
    /// In canonical order of what came second.
    pub races: Vec<Race>,
    /// How many pairs were not looked at, as they need more than the 4,096 clocks that are kept.
    pub unexamined: u64,
}

/// Two steps that could have come in the other order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Race {
    /// Its number, from 1; the same for the same behaviour.
    pub number: u32,
    /// What raced.
    pub kind: RaceKind,
    /// What came first, this time.
    pub first: RaceEnd,
    /// What could as well have come first.
    pub second: RaceEnd,
    /// How many pairs of events of these two steps raced; the ends are those of the first pair.
    pub count: u32,
    /// How to force the other order, where that can be done by holding a message.
    pub flip: Option<Flip>,
}

/// What raced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RaceKind {
    /// Two messages (or endings) to one strand that would have taken either.
    Messages,
    /// A timer or deadline, and a message.
    Timer,
    /// Two accesses to one cell.
    Accesses,
    /// Two connections that one strand accepts.
    Accepts,
    /// Two signals, one of which was waited for.
    Signals,
    /// Two messages of opposite directions between two programs of their own, which may have been said at once.
    Opposite,
}

/// One of two events that raced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaceEnd {
    /// Its strand.
    pub strand: Arc<StrandName>,
    /// Its index there.
    pub index: u32,
    /// Its step, a place in the header's steps.
    pub step: Option<u32>,
    /// What it was about.
    pub place: RacePlace,
}

/// What one of two events was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RacePlace {
    /// A message or ending that was taken.
    Message(MessagePlace),
    /// A message that nobody took.
    NotTaken {
        /// Its connection.
        connection: Arc<ConnectionName>,
        /// Its direction.
        direction: Direction,
    },
    /// A connection that was accepted.
    Connection(Arc<ConnectionName>),
    /// A signal.
    Signal(String),
    /// A timer: what the `timeout` says, or `silent`.
    Timer(String),
    /// A shared cell.
    Cell(String),
}

/// A message by where it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePlace {
    /// Its connection.
    pub connection: Arc<ConnectionName>,
    /// Its direction.
    pub direction: Direction,
    /// The how-manyeth message that was taken in this direction, from 1; an ending is the last one.
    pub nth: u32,
}

/// How to force the other order: at its receiver, `hold` one message `until` the other is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flip {
    /// The strand that receives both.
    pub strand: Arc<StrandName>,
    /// What to hold.
    pub hold: MessagePlace,
    /// What to wait for.
    pub until: MessagePlace,
}

/// Finds the races of a trace.
pub(super) fn races(source: &TraceSource, index: &Index) -> Result<Races, OrderError> {
    let questions = questions::questions(index);
    if questions.is_empty() {
        return Ok(Races::default());
    }
    let answers = answers::answer(index, &questions)?;
    let mut found: Vec<&Question> = questions
        .iter()
        .zip(&answers.races)
        .filter(|(_, race)| **race)
        .map(|(q, _)| q)
        .collect();
    let position = |question: &Question| answers.places.get(&question.second).map(|place| place.position);
    found.sort_unstable_by_key(|question| (position(question), question.kind, question.second, question.first));
    let mut reader = source.reader();
    let mut races: Vec<Race> = Vec::new();
    let mut by_steps = BTreeMap::new();
    for question in found {
        let mut end = |event: u32| -> Result<RaceEnd, OrderError> {
            let recorded = reader.event(index.offset[event as usize])?;
            let (strand, number) = index.strands.locate(event);
            Ok(RaceEnd {
                strand: strand.clone(),
                index: number,
                step: recorded.step,
                place: place(index, &answers, event, &recorded, question),
            })
        };
        let (first, second) = (end(question.first)?, end(question.second)?);
        // What came of no step is told apart by its strand.
        let side = |end: &RaceEnd| (end.step, end.step.is_none().then(|| end.strand.to_string()));
        let key = (question.kind, side(&first), side(&second));
        if let Some(known) = by_steps.get(&key) {
            let race: &mut Race = &mut races[*known];
            race.count = race.count.saturating_add(1);
            continue;
        }
        by_steps.insert(key, races.len());
        races.push(Race {
            number: races.len() as u32 + 1,
            kind: question.kind,
            flip: flip(question.kind, &first, &second),
            first,
            second,
            count: 1,
        });
    }
    Ok(Races {
        races,
        unexamined: answers.unexamined,
    })
}

fn place(index: &Index, answers: &answers::Answers, event: u32, recorded: &Event, question: &Question) -> RacePlace {
    let link = index.link(event);
    let connection = link.connection().map(|number| index.connections.name(number).clone());
    match (&recorded.event, index.class(event), connection) {
        (_, class, Some(connection))
            if matches!(class, Class::Receive | Class::Closed)
                || matches!(class, Class::Send | Class::Closing) && index.connections.is_untaken(link) =>
        {
            RacePlace::Message(MessagePlace {
                connection,
                direction: link.direction(),
                nth: answers.places.get(&event).map_or(0, |place| place.nth),
            })
        }
        (_, Class::Send, Some(connection)) => RacePlace::NotTaken {
            connection,
            direction: link.direction(),
        },
        (_, _, Some(connection)) => RacePlace::Connection(connection),
        (Kind::Signalled { name, .. } | Kind::Awaited { name, .. }, ..) => RacePlace::Signal(name.clone()),
        (Kind::Timeout { of, .. }, ..) => RacePlace::Timer(of.clone()),
        (Kind::Access { .. }, ..) => {
            let list = question
                .cell
                .map(|list| index.extra.lists[list as usize].name.to_string());
            RacePlace::Cell(list.unwrap_or_default())
        }
        _ => RacePlace::Timer("silent".to_owned()),
    }
}

fn flip(kind: RaceKind, first: &RaceEnd, second: &RaceEnd) -> Option<Flip> {
    let (RaceKind::Messages, RacePlace::Message(hold), RacePlace::Message(until)) = (kind, &first.place, &second.place)
    else {
        return None;
    };
    let apart = (&hold.connection, hold.direction) != (&until.connection, until.direction);
    apart.then(|| Flip {
        strand: first.strand.clone(),
        hold: hold.clone(),
        until: until.clone(),
    })
}
