//! What a person is told of a run.
//!
//! Owns the words for findings, races and verdicts. Does not own the diagram.

mod findings;
mod races;
pub mod tested;

pub use findings::findings;
pub use races::races;
