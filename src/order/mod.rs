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
mod emit;
mod error;
mod extra;
mod hash;
mod index;
mod linear;
mod races;
mod ready;
mod strands;
mod stream;
pub mod unit;
mod watch;

pub use error::OrderError;
pub use hash::{Digest, HashLevel, Hasher, Hashes};
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
