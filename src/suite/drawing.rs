//! From a trace to a diagram.
//!
//! Owns that the run and `wiretale draw` go the same way, so that they give the same bytes.

use crate::diagram::{Builder, Detail, Diagram};
use crate::finding::Verdict;
use crate::order::{HashLevel, Hasher, Order, OrderError, Races};
use crate::trace::event::Footer;
use crate::trace::mask::Masker;
use crate::trace::reader::{TraceError, TraceSource};

/// What a trace shows.
#[derive(Debug)]
pub struct Drawing {
    /// The diagram.
    pub diagram: Diagram,
    /// What could have come about in another order.
    pub races: Races,
}

/// Why a trace cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// It cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// It contradicts itself.
    #[error(transparent)]
    Order(#[from] OrderError),
}

/// Draws a trace. One that breaks off is drawn up to where it does, and says so.
pub fn draw(trace: &TraceSource, detail: Detail) -> Result<Drawing, DrawError> {
    let order = Order::of(trace)?;
    let mut builder = Builder::new(trace.header(), detail);
    let mut hasher = Hasher::new(trace.header());
    let mut masker = Masker::of(trace)?;
    order.units(|mut unit| {
        unit.shape.mask(&mut masker);
        hasher.add(&unit);
        builder.unit(&unit);
        Ok::<_, OrderError>(())
    })?;
    let hash = hasher.finish().at(HashLevel::Strand).to_string();
    let broken_off = || Footer {
        verdict: Verdict::None,
        cut: Some("the end of the trace".to_owned()),
        ..Footer::default()
    };
    let footer = trace.footer().cloned().unwrap_or_else(broken_off);
    Ok(Drawing {
        diagram: builder.finish(&footer, &hash, &[], &masker.marks()),
        races: order.races()?,
    })
}
