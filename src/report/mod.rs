//! What a person is told of a run.
//!
//! Owns the words for findings, races and verdicts. Does not own the diagram.

mod advice;
mod findings;
mod races;
pub mod tested;

pub use advice::advice;
pub use findings::findings;
pub use races::{races, told_races};
