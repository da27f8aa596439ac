//! The trace: all recorded events of one run, with a header and a footer.
//!
//! Owns the shape of an event, the sequencer that writes them while they happen, and reading them back. Does not own
//! their causal order (`order`) nor who records what (`actor`).

mod captured;
pub mod content;
pub mod event;
pub mod header;
pub mod judgement;
pub mod mask;
pub mod reader;
pub mod recorder;
