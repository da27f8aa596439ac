//! The messages of a trace, for whoever judges what was said and in which order.
//!
//! Owns which events are messages, their numbers, and what ties them. Does not own what they should say (`verdict`).

use std::collections::HashMap;
use std::sync::Arc;

use super::clocks::{self, Component, Watcher};
use super::error::OrderError;
use super::index::{Class, Index};
use super::linear::Linear;
use super::unit::Placed;
use crate::ident::{ConnectionName, Direction};
use crate::trace::event::Kind;
use crate::trace::reader::{EventReader, TraceSource};

/// An event by numbers: within one strand, what has the lower index happened before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId {
    /// Its strand, in the order of strands; [`super::Order::clocks`] is asked by it.
    pub strand: u32,
    /// Which event of the strand, from 0.
    pub index: u32,
}

/// A message that was sent or taken.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its event.
    pub id: EventId,
    /// The other half: the taking of what was sent, the sending of what was taken. Where that is outside, both are the one
    /// event that there is.
    pub other: Option<EventId>,
    /// Whether it was sent, else taken.
    pub sent: bool,
    /// Its connection.
    pub connection: Arc<ConnectionName>,
    /// Its direction.
    pub direction: Direction,
    /// What was recorded.
    pub placed: Placed,
}

pub(super) fn messages<E: From<OrderError>>(
    source: &TraceSource,
    index: &Index,
    mut sink: impl FnMut(Said) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = source.reader();
    for placement in Linear::new(index) {
        for event in placement?.step.events().into_iter().flatten() {
            let Some(said) = said(&mut reader, index, event)? else {
                continue;
            };
            if !is_alone(index, event) {
                sink(said)?;
                continue;
            }
            // What the outside sent or took is known by the end that is ours.
            let sending = Said { sent: true, ..said };
            let taking = Said {
                sent: false,
                ..sending.clone()
            };
            sink(sending)?;
            sink(taking)?;
        }
    }
    Ok(())
}

pub(super) fn message(reader: &mut EventReader<'_>, index: &Index, id: EventId) -> Result<Option<Said>, OrderError> {
    if id.strand >= index.strands.len() {
        return Ok(None);
    }
    match index.strands.range(id.strand).nth(id.index as usize) {
        Some(event) => said(reader, index, event),
        None => Ok(None),
    }
}

/// Whether an event is all that there is of its message.
fn is_alone(index: &Index, event: u32) -> bool {
    let link = index.link(event);
    match index.class(event) {
        Class::Send => index.connections.is_untaken(link),
        _ => index.connections.is_unsent(link),
    }
}

fn said(reader: &mut EventReader<'_>, index: &Index, event: u32) -> Result<Option<Said>, OrderError> {
    let link = index.link(event);
    let Some(connection) = link.connection() else {
        return Ok(None);
    };
    if !matches!(index.class(event), Class::Send | Class::Receive) {
        return Ok(None);
    }
    let mut recorded = reader.event(index.offset[event as usize])?;
    index.strands.numbers.event(&mut recorded);
    let sent = match recorded.event {
        Kind::Send { .. } => true,
        Kind::Receive { .. } => false,
        // What is malformed is no message.
        _ => return Ok(None),
    };
    let id = id(index, event);
    let alone = is_alone(index, event).then_some(id);
    Ok(Some(Said {
        id,
        other: index.mate(event).map(|other| self::id(index, other)).or(alone),
        sent,
        connection: index.connections.name(connection).clone(),
        direction: link.direction(),
        placed: Placed {
            strand: index.strands.name(id.strand).clone(),
            event: recorded,
        },
    }))
}

pub(super) fn clocks(index: &Index, strands: &[u32], sink: &mut dyn FnMut(EventId, &[u32])) -> Result<(), OrderError> {
    let components = strands.iter().map(|strand| Component::Strand(*strand));
    let entries: HashMap<Component, usize> = components.zip(0..).collect();
    clocks::walk(index, &entries, &mut Telling { index, sink })
}

struct Telling<'a> {
    index: &'a Index,
    sink: &'a mut dyn FnMut(EventId, &[u32]),
}

impl Watcher for Telling<'_> {
    fn begins(&mut self, _: u32, _: &[u32]) {}

    fn ends(&mut self, event: u32, known: &[u32]) {
        (self.sink)(id(self.index, event), known);
    }
}

fn id(index: &Index, event: u32) -> EventId {
    let strand = index.strands.strand(event);
    EventId {
        strand,
        index: event - index.strands.range(strand).start,
    }
}
