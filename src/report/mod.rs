//! What a person is told of a run.
//!
//! Owns the words for findings, races, verdicts and differences. Does not own the diagram.

mod difference;
mod findings;
mod races;
pub mod tested;

pub use difference::difference;
pub use findings::findings;
pub use races::races;
