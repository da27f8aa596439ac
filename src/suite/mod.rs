//! Playing scenarios as a user does: from a file, or from text, to a diagram.
//!
//! Owns how the stages follow each other for one case, and what it leaves in the results' folder. Does not own any stage,
//! nor how a person is told (`report`, `cli`) other than by a test that fails.

mod accept;
mod case;
mod census;
mod check;
mod checked;
mod compare;
mod discover;
mod drawing;
mod judging;
mod name;
mod recording;
mod results;
mod select;
mod sides;
mod stop;
mod test;
mod told;

pub use accept::{AcceptError, Accepted, Waiting, accept, given_name};
pub use case::{Case, CaseError, Played};
pub use check::{Check, check};
pub use checked::Checked;
pub use discover::{FindError, Found, find};
pub use drawing::{DrawError, Drawing, draw, draw_whole};
pub use recording::{GivenFraming, Recording, Telling, leave, tell};
pub use results::Results;
pub use select::{Filter, Select, Shard, ShardArg};
pub use sides::{Side, SideError, differ};
pub use stop::Stop;
pub use test::{Progress, TestOptions, Tests, test, touches};
pub use told::{Told, play, play_with};
