//! Why bytes are no message of a layout, and why there are no bytes for fields.

use std::ops::Range;

/// How many bytes before the wrong one a dump shows, and how many in all.
const BEFORE: usize = 32;
const SHOWN: usize = 64;

/// Bytes that are no message of a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{layout}: {place}at offset {at}: {why}", place = place(path))]
pub struct Undecodable {
    /// The layout.
    pub layout: String,
    /// The field, from the outermost message on: `answers[1].rdata`; empty where it is none.
    pub path: String,
    /// The offset in the message.
    pub at: usize,
    /// What is wrong.
    pub why: String,
}

/// Fields of which no message can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}{why}", place = colon(path))]
pub struct Unencodable {
    /// The field, as [`Undecodable::path`].
    pub path: String,
    /// The same as a JSON pointer into `with`.
    pub pointer: String,
    /// What is wrong.
    pub why: String,
}

impl Undecodable {
    /// The bytes around the wrong one, sixteen a line, with their offsets.
    pub fn dump(&self, bytes: &[u8]) -> String {
        let shown = self.around(bytes.len());
        crate::wire::hex::dump(&bytes[shown.clone()], shown.start as u64)
    }

    fn around(&self, size: usize) -> Range<usize> {
        let from = self.at.min(size).saturating_sub(BEFORE) / 16 * 16;
        from..size.min(from + SHOWN)
    }
}

fn place(path: &str) -> String {
    match path {
        "" => String::new(),
        path => format!("`{path}` "),
    }
}

fn colon(path: &str) -> String {
    match path {
        "" => String::new(),
        path => format!("`{path}`: "),
    }
}
