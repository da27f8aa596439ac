//! The tree of a file to the scenario as written.
//!
//! Owns the shape of the format: which keys each object may have, of which types, and what goes together. Each mistake is
//! collected and the reading goes on, so that a file's mistakes are found all at once; what cannot be read is left out, and
//! a scenario with mistakes is never handed on. Does not own what names and templates refer to (`plan`).

mod actor;
mod alternative;
mod cases;
mod endpoint;
mod exchange;
mod framing;
mod headed;
mod invariant;
mod layout;
mod matcher;
mod method;
mod modifiers;
mod outside;
mod payload;
mod reuse;
mod rounds;
#[cfg(test)]
mod schema_tests;
mod serving;
mod shape;
mod step;
#[cfg(test)]
mod tests;
mod time;
mod tls;
mod top;
mod upgrade;
mod value;
mod verb;
mod verbs;

use super::files::Files;
use super::mistake::{MOST, Mistake};
use super::written::{Layout, Node, Scenario};

/// Reads a scenario from its tree; what it refers to is read through `files`.
pub(super) fn decode(node: &Node, files: &mut Files) -> Result<Scenario, Vec<Mistake>> {
    let mut decoder = Decoder {
        files,
        mistakes: Vec::new(),
    };
    match decoder.scenario(node) {
        Some(scenario) if decoder.mistakes.is_empty() => Ok(scenario),
        _ => Err(decoder.mistakes),
    }
}

/// Reads the layouts of a file, and those that it includes; whatever else it holds is left alone.
pub(super) fn decode_layouts(node: &Node, files: &mut Files) -> Result<Vec<Layout>, Vec<Mistake>> {
    let mut decoder = Decoder {
        files,
        mistakes: Vec::new(),
    };
    let layouts = decoder.only_layouts(node);
    match decoder.mistakes.is_empty() {
        true => Ok(layouts),
        false => Err(decoder.mistakes),
    }
}

/// Reads one file. Its methods return `None` where they added a mistake.
struct Decoder<'f> {
    files: &'f mut Files,
    mistakes: Vec<Mistake>,
}

impl Decoder<'_> {
    /// Adds a mistake; one above the limit is kept, to tell that there are more.
    fn wrong(&mut self, mistake: Mistake) {
        if !self.is_full() {
            self.mistakes.push(mistake);
        }
    }

    /// Whether there are so many mistakes that no other is told; finding out what was meant may be left out then.
    fn is_full(&self) -> bool {
        self.mistakes.len() > MOST
    }
}
