//! The causal order of a trace.
//!
//! Owns happened-before: which send a receive took, what else ties events of different strands, the one canonical order
//! in which the events of a trace are drawn, where that order hangs on chance (races), and hashes that tell two traces
//! apart. On real sockets the order of lines differs from run to run; all that is made here depends on what each strand
//! did and on what ties strands, and never on the order of lines. Does not own how it is drawn (`diagram`).
//!
//! [`Order::of`] reads a trace twice and keeps 18 bytes an event; [`Order::units`] hands the units on one by one and
//! reads their contents by their place in the file.

mod build;
mod clocks;
mod emit;
mod error;
mod extra;
mod hash;
mod hashes;
mod index;
mod linear;
mod messages;
mod numbers;
mod outside;
mod races;
mod ready;
mod sessions;
mod step;
mod strands;
mod stream;
pub mod unit;
mod watch;
mod words;

pub use error::OrderError;
pub use hash::Hasher;
pub use hashes::{Digest, HashLevel, Hashes};
pub use messages::{EventId, Said};
pub use races::{Flip, MessagePlace, Race, RaceEnd, RaceKind, RacePlace, Races};

use crate::trace::mask::Masker;
use crate::trace::reader::TraceSource;
use emit::Emitter;
use index::Index;
use linear::Linear;
use unit::Unit;

/// The causal order of one trace.
#[derive(Debug)]
pub struct Order<'a> {
    source: &'a TraceSource,
    index: Index,
}

impl<'a> Order<'a> {
    /// How many strands can be asked about in one walk.
    pub const AT_ONCE: usize = clocks::WIDTH;

    /// Reads a trace and pairs what belongs together.
    pub fn of(source: &'a TraceSource) -> Result<Self, OrderError> {
        Ok(Self {
            source,
            index: Index::of(source)?,
        })
    }

    /// Calls `sink` with each unit, in canonical order, until it fails.
    pub fn units<E: From<OrderError>>(&self, mut sink: impl FnMut(Unit) -> Result<(), E>) -> Result<(), E> {
        let mut emitter = Emitter::new(self.source, &self.index);
        for placement in Linear::new(&self.index) {
            if let Some(unit) = emitter.unit(placement?)? {
                sink(unit)?;
            }
        }
        Ok(())
    }

    /// Calls `sink` with each message that was sent and each that a step took, in canonical order, until it fails.
    pub fn messages<E: From<OrderError>>(&self, sink: impl FnMut(Said) -> Result<(), E>) -> Result<(), E> {
        messages::messages(self.source, &self.index, sink)
    }

    /// What a strand is called that the trace calls so: connections from outside have other numbers there.
    pub fn strand(&self, recorded: &str) -> String {
        let mut name = recorded.to_owned();
        self.index.strands.numbers.text(&mut name);
        name
    }

    /// One message of the trace; nothing where this event is none.
    pub fn message(&self, id: EventId) -> Result<Option<Said>, OrderError> {
        messages::message(&mut self.source.reader(), &self.index, id)
    }

    /// Calls `sink` with each event in canonical order, and how many events of each of these strands happened before it
    /// or are itself. There are [`Order::AT_ONCE`] strands at the most.
    pub fn clocks(&self, strands: &[u32], sink: &mut dyn FnMut(EventId, &[u32])) -> Result<(), OrderError> {
        messages::clocks(&self.index, strands, sink)
    }

    /// What could have come about in another order: predicted from this one trace.
    pub fn races(&self) -> Result<Races, OrderError> {
        races::races(self.source, &self.index)
    }

    /// The hashes of the trace, masked as in its diagram, for comparing it with another.
    pub fn hashes(&self) -> Result<Hashes, OrderError> {
        let mut hasher = Hasher::new(self.source.header());
        let mut masker = Masker::of(self.source)?;
        self.units(|mut unit| {
            unit.shape.mask(&mut masker);
            hasher.add(&unit);
            Ok::<(), OrderError>(())
        })?;
        Ok(hasher.finish())
    }
}
