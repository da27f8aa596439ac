//! What a person, or a machine that shows it to persons, is told of a run and of many.
//!
//! Owns the words for findings, races, verdicts and differences, what came of testing as data, and one file for each form that it is
//! reported in. Does not own the diagram, nor how testing comes about.

mod advice;
mod difference;
mod file;
mod findings;
mod github;
mod json;
mod junit;
mod merge;
mod plain;
mod races;
mod summary;
mod tap;
mod target;
pub mod tested;
mod told;

pub use advice::advice;
pub use difference::difference;
pub use findings::findings;
pub use github::annotations;
pub use json::{ReadError, SCHEMA, read};
pub use junit::join::{JoinError, Joined, join};
pub use merge::{MergeError, Merged, merge};
pub use races::{races, told_races};
pub use summary::{painted, summary};
pub use target::{Format, ReportTo, ReportToError, WriteError, refuse_clashes, text, write};
pub use tested::Summary;
pub use told::{counted, told};
