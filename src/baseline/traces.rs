//! Two traces compared.
//!
//! Owns that their hashes say on which level they differ, whatever is drawn of them. Does not own the hashes (`order`).

use super::change::Level;
use super::compare::{Difference, compare};
use crate::diagram::Diagram;
use crate::order::{HashLevel, Hashes};

/// How two traces differ, of which these are the whole diagrams and the hashes.
pub fn compare_traces(old: &Diagram, new: &Diagram, hashes: (&Hashes, &Hashes)) -> Option<Difference> {
    // That of the strands says nothing of what labels hide.
    let with = |diagram: &Diagram, hashes: &Hashes| Diagram {
        hash: hashes.at(HashLevel::Payload).to_string(),
        ..diagram.clone()
    };
    let mut difference = compare(&with(old, hashes.0), &with(new, hashes.1))?;
    if let Some(level) = hashes.0.difference(hashes.1) {
        difference.level = match level {
            HashLevel::Set => Level::Messages,
            HashLevel::Connection => Level::Connection,
            HashLevel::Strand => Level::Strand,
            HashLevel::Payload => Level::Payload,
        };
    }
    difference.old.hash.clone_from(&old.hash);
    difference.new.hash.clone_from(&new.hash);
    Some(difference)
}
