//! Playing scenarios as a user does: from a file, or from text, to a diagram.
//!
//! Owns how the stages follow each other for one case, and what it leaves in the results' folder. Does not own any stage,
//! nor how a person is told (`report`, `cli`).

mod case;
mod checked;
mod drawing;
mod judging;
mod sides;
mod told;

pub use case::{Case, CaseError, Played};
pub use checked::Checked;
pub use drawing::{DrawError, Drawing, draw, draw_whole};
pub use sides::{Side, SideError, differ};
pub use told::{Told, play};
