//! Playing scenarios as a user does: from a file, or from text, to a diagram.
//!
//! Owns how the stages follow each other for one case, and what it leaves in the results' folder. Does not own any stage,
//! nor how a person is told (`report`, `cli`) other than by a test that fails.

mod case;
mod check;
mod checked;
mod drawing;
mod judging;
mod told;

pub use case::{Case, CaseError, Played};
pub use check::{Check, check};
pub use checked::Checked;
pub use drawing::{DrawError, Drawing, draw};
pub use told::{Told, play, play_with};
