//! A played case against its approved diagrams.
//!
//! Owns that a run has a new diagram, the approved one, one of several approved ones or another one, and what of it is
//! left in the results. Nothing is approved here (`accept`). Does not own what two diagrams have in common (`baseline`).

use std::fs::File;
use std::io;
use std::path::Path;

use super::drawing::Drawing;
use super::results::{Results, about, write_whole};
use crate::baseline::{Baseline, Difference, bounded, compare_with, same_text};
use crate::diagram::mermaid;
use crate::report;
use crate::report::tested::Differs;
use crate::trace::event::Header;

/// How a diagram stands to the approved ones.
#[derive(Debug)]
pub(super) enum Compared {
    /// It is one of them.
    Same,
    /// There are none.
    New,
    /// It is another one.
    Differs(Differs),
    /// One of them cannot be read.
    Broken(String),
}

/// How to compare.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// Whether the hashes are compared, which also cover what is not drawn.
    pub(super) hashed: bool,
    /// Whether a diagram that is not approved is left where it waits.
    pub(super) leaves: bool,
}

/// Compares, and leaves what waits for approval: `NAME.new.mmd` for a new or another diagram, and `NAME.diff.mmd`. A
/// diagram that is approved already leaves nothing.
pub(super) fn compare(
    results: &Results,
    name: &str,
    drawing: &Drawing,
    header: &Header,
    how: How,
) -> io::Result<Compared> {
    // What a program of its own stands in for has strands of the scenario in other runs.
    let hashed = how.hashed && header.actors.iter().all(|actor| !actor.outside);
    let found = mermaid::write(&drawing.diagram);
    let approved = results.all_approved(name);
    let same = || -> io::Result<Compared> {
        if how.leaves {
            results.forget(name)?;
        }
        Ok(Compared::Same)
    };
    let mut nearest: Option<(usize, Difference, &Path)> = None;
    for path in &approved {
        let bytes = bytes(path)?;
        if std::str::from_utf8(&bytes).is_ok_and(|text| same_text(text, &found)) {
            return same();
        }
        let mut baseline = match Baseline::read(&bytes) {
            Ok(baseline) => baseline.diagram,
            Err(error) => return Ok(Compared::Broken(error.show(&path.display().to_string()))),
        };
        if !hashed {
            baseline.hash.clear();
        }
        let Some(difference) = compare_with(&baseline, &drawing.diagram, &drawing.races, header) else {
            return same();
        };
        let size = difference.changes.len();
        if nearest.as_ref().is_none_or(|(least, ..)| size < *least) {
            nearest = Some((size, difference, path));
        }
    }
    let new = results.new_diagram(name);
    if how.leaves {
        results.forget(name)?;
        write_whole(&new, &found)?;
    }
    let Some((_, difference, path)) = nearest else {
        return Ok(Compared::New);
    };
    let diagram = mermaid::write(&difference.diagram());
    if how.leaves {
        write_whole(&results.diff(name), &diagram)?;
    }
    let text = report::difference(&difference, false);
    let (level, changes) = text.split_once('\n').unwrap_or((&text, ""));
    Ok(Compared::Differs(Differs {
        level: level.trim().to_owned(),
        text: changes.to_owned(),
        diagram,
        new: new.display().to_string(),
        approved: path.display().to_string(),
    }))
}

/// What a diagram's file holds, as much of it as is ever read.
pub(super) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    File::open(path).and_then(bounded).map_err(|error| about(path, error))
}
