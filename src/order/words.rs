//! Words of events, as they are hashed.

use crate::trace::event::{Closed, Closing, Mode};

/// How it ends, as a word.
pub(super) const fn closing(how: Closing) -> &'static str {
    match how {
        Closing::Fin => "fin",
        Closing::Reset => "reset",
    }
}

/// How it ends, as a word.
pub(super) const fn closed(how: Closed) -> &'static str {
    match how {
        Closed::Eof => "closed",
        Closed::Reset => "closed by reset",
        Closed::Truncated => "closed early",
        Closed::Abandoned => "not closed",
    }
}

/// What an access does, by its name, and by a number that those have in common which commute.
pub(super) const fn manner(mode: Mode) -> (&'static str, u8) {
    match mode {
        Mode::Read => ("read", 1),
        Mode::Join => ("join", 2),
        Mode::Leave => ("leave", 2),
        Mode::Write => ("write", 3),
    }
}
