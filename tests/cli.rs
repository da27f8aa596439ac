//! The command line, as a user meets it.
//!
//! Goldens are in `tests/cli/`; `WIRETALE_BLESS=1` writes them anew.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod tool;

#[path = "cli/cases.rs"]
mod cases;
#[path = "cli/codes.rs"]
mod codes;
#[path = "cli/decode.rs"]
mod decode;
#[path = "cli/diff.rs"]
mod diff;
#[path = "cli/flags.rs"]
mod flags;
#[path = "cli/fmt.rs"]
mod fmt;
#[path = "cli/init.rs"]
mod init;
#[path = "cli/levels.rs"]
mod levels;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/words.rs"]
mod words;
