//! Why a text is no diagram.
//!
//! Owns the words, the place, and what would cure it. Does not own finding it (`reader`).

use thiserror::Error;

use crate::diagram::label;
use crate::diagram::mermaid::FORMAT;

/// How much of what was found is told, in characters.
const SHOWN: usize = 60;

/// A place in a diagram's text, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{flaw}")]
pub struct ReadError {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in characters.
    pub column: u32,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What is wrong with a diagram's text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// It is larger than what is read.
    #[error("the diagram is larger than 64 MiB")]
    TooLarge,
    /// There are bytes that are no text.
    #[error("the byte 0x{0:02x} is not UTF-8")]
    NotUtf8(u8),
    /// A merge was left unsettled.
    #[error("this is the mark of a merge conflict, {}", shown(.0))]
    Conflict(String),
    /// It begins as something else.
    #[error("this is no sequence diagram: it begins with {}, not with `sequenceDiagram`", shown(.0))]
    NotADiagram(String),
    /// There is nothing in it.
    #[error("this is no sequence diagram: it is empty")]
    Empty,
    /// Nothing says which format it has.
    #[error("found {}, expected the format's version, `%% format: {FORMAT}`", shown(.0))]
    NoFormat(String),
    /// A later wiretale wrote it.
    #[error("written by a later wiretale: format {0}; this one reads {FORMAT}")]
    Later(u64),
    /// Its last line is missing.
    #[error("the diagram is cut short: its last line is {}, not `%% end`", shown(.0))]
    Truncated(String),
    /// No statement of a sequence diagram.
    #[error("found {}, which is no statement of a sequence diagram that is known here", shown(.0))]
    Unknown(String),
    /// A statement, but none that wiretale writes, or not as it writes it.
    #[error("found {}, which wiretale never writes", shown(.0))]
    Foreign(String),
    /// A frame that does not end.
    #[error("this `{0}` has no `end`")]
    NotEnded(String),
    /// An `end` too many.
    #[error("this `end` ends nothing")]
    EndsNothing,
    /// A section outside the frame that has such.
    #[error("this `{0}` is in no frame that has one")]
    Astray(String),
    /// More frames within each other than are read.
    #[error("more than {0} frames are inside each other here")]
    TooDeep(usize),
}

impl ReadError {
    /// What would cure it.
    pub const fn help(&self) -> &'static str {
        match self.flaw {
            Flaw::TooLarge => "a diagram of 300 lines has 50 kB; name the right file",
            Flaw::NotUtf8(_) | Flaw::NotADiagram(_) | Flaw::Empty => {
                "name the right file, or restore it from version control"
            }
            Flaw::Conflict(_) => "keep one of the two sides whole, or delete the file and approve a new run",
            Flaw::NoFormat(_) => "play the scenario again and approve its diagram anew, if wiretale wrote this one",
            Flaw::Later(_) => "use that wiretale, or delete the file and approve a new run",
            Flaw::Truncated(_) => "restore the file from version control, or delete it and approve a new run",
            Flaw::Foreign(_) => {
                "undo what was changed by hand, or delete the file and approve a new run; approved diagrams are not edited"
            }
            Flaw::Unknown(_) => {
                "known are participants, messages, notes, frames, boxes, activations, numbers, titles and comments"
            }
            Flaw::NotEnded(_) => "write `end` where the frame ends",
            Flaw::EndsNothing => "take it out, or begin the frame that it ends",
            Flaw::Astray(_) => "`else` is in an `alt`, `and` in a `par`, `option` in a `critical`",
            Flaw::TooDeep(_) => "nobody could read such a diagram; name the right file",
        }
    }

    /// The error as a person is told it: place, what is wrong, what would cure it.
    pub fn show(&self, file: &str) -> String {
        let (line, column) = (self.line, self.column);
        format!("{file}:{line}:{column}: {self}\n    help      {}\n", self.help())
    }
}

fn shown(found: &str) -> String {
    match found.trim() {
        "" => "an empty line".to_owned(),
        found => format!("`{}`", label::short(found, SHOWN)),
    }
}
