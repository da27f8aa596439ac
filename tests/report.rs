//! Reports, read by those that are to read them.
//!
//! One summary has every status and texts that mean something to one form or another; what is written of it is a golden
//! in `tests/report/` (`WIRETALE_BLESS=1` writes them anew), and is read back by a reader that is not the writer. The same
//! is done with texts by chance.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod tool;

#[path = "report/chance.rs"]
mod chance;
#[path = "report/github.rs"]
mod github;
#[path = "report/json.rs"]
mod json;
#[path = "report/junit.rs"]
mod junit;
#[path = "report/merging.rs"]
mod merging;
#[path = "report/sample.rs"]
mod sample;
#[path = "report/tap.rs"]
mod tap;
#[path = "report/terminal.rs"]
mod terminal;
