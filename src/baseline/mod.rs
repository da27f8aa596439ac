//! Approved diagrams, and what a diagram is that differs from one.
//!
//! Owns reading a diagram back from its Mermaid text, comparing two, and the difference as data and as a diagram. Does not
//! own where approved diagrams are kept, nor who approves (`suite`), nor the words for a difference (`report`).
//!
//! [`Baseline::read`] takes what wiretale wrote and nothing else; [`foreign`] takes any sequence diagram. [`compare()`] aligns
//! the lines of two diagrams (`align`) and says what became of each line that they do not share ([`Change`]);
//! [`Difference::diagram`] draws that. [`compare_with`] also says which race was decided otherwise, [`compare_traces`] at
//! which level two traces differ.

mod align;
mod cast;
mod change;
mod compare;
mod error;
#[cfg(test)]
mod fixture;
mod frames;
mod level;
mod lines;
mod near;
mod people;
mod picture;
mod races;
mod reader;
mod statement;
#[cfg(test)]
mod tests;
mod token;
mod traces;

pub use align::Row;
pub use change::{At, Change, Level, RaceNote, RaceStep, Renamed, Told, What};
pub use compare::{Difference, compare};
pub use error::{Flaw, ReadError};
pub use races::compare_with;
pub use reader::{Baseline, LARGEST, bounded, foreign, same_text};
pub use traces::compare_traces;
