//! The two sides of a comparison: traces and diagrams, from files.
//!
//! Owns telling a trace from a diagram by what it holds, and that two traces are compared whole. Does not own comparing
//! (`baseline`).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::drawing::{DrawError, draw, draw_whole};
use crate::baseline::{self, Difference, LARGEST, ReadError};
use crate::diagram::{Detail, Diagram};
use crate::trace::event::Header;
use crate::trace::reader::{TraceError, TraceSource};

/// What is compared.
#[derive(Debug)]
pub enum Side {
    /// A trace.
    Trace(Box<TraceSource>),
    /// A diagram, as it was read.
    Diagram(Box<Diagram>),
}

/// Why a file cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// It cannot be read.
    #[error("cannot read: {0}")]
    Io(#[from] io::Error),
    /// It is a broken trace.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// It is no diagram that can be read.
    #[error(transparent)]
    Diagram(#[from] ReadError),
}

impl Side {
    /// Opens a file: a trace where it begins as JSON does, else a Mermaid diagram.
    pub fn open(path: &Path) -> Result<Self, SideError> {
        let mut file = File::open(path)?;
        let mut first = [0];
        if file.read(&mut first)? == 1 && first == *b"{" {
            return Ok(Self::Trace(Box::new(TraceSource::open(path)?)));
        }
        Self::read(first.as_slice().chain(file))
    }

    /// Reads an input, up to 64 MiB.
    pub fn read(input: impl Read) -> Result<Self, SideError> {
        let mut bytes = baseline::bounded(input)?;
        // An empty file was read with a zero byte before it.
        if bytes == [0] {
            bytes.clear();
        }
        if bytes.first() == Some(&b'{') && bytes.len() <= LARGEST {
            return Ok(Self::Trace(Box::new(TraceSource::from_bytes(bytes)?)));
        }
        Ok(Self::Diagram(Box::new(baseline::foreign(&bytes)?)))
    }

    /// What it shows, as a picture has it.
    fn pictured(&self, detail: Detail) -> Result<Diagram, DrawError> {
        match self {
            Self::Trace(trace) => Ok(draw(trace, detail)?.diagram),
            Self::Diagram(diagram) => Ok((**diagram).clone()),
        }
    }
}

/// How two sides differ; none where they do not. What they are called, their cases and their seeds are not compared. Which
/// of the two could not be drawn is told by its place: 0 or 1.
pub fn differ(old: &Side, new: &Side, detail: Detail) -> Result<Option<Difference>, (usize, DrawError)> {
    let at = |place| move |error| (place, error);
    if let (Side::Trace(old), Side::Trace(new)) = (old, new) {
        let old_header = old.header();
        let (was, old_hashes) = draw_whole(old, detail).map_err(at(0))?;
        let (is, new_hashes) = draw_whole(new, detail).map_err(at(1))?;
        let old = unnamed(was.diagram, &is.diagram);
        let difference = match outside(old_header) == outside(new.header()) {
            true => baseline::compare_traces(&old, &is.diagram, (&old_hashes, &new_hashes)),
            // Where a program stands in for an actor in one of them, that one lacks its strands.
            false => baseline::compare(&unhashed(old), &unhashed(is.diagram.clone())),
        };
        return Ok(difference.map(|difference| difference.explained(&is.races, new.header())));
    }
    let new = new.pictured(detail).map_err(at(1))?;
    let old = unnamed(old.pictured(detail).map_err(at(0))?, &new);
    Ok(baseline::compare(&old, &new))
}

/// Who of a trace's actors is a program of its own.
fn outside(header: &Header) -> Vec<&str> {
    let outside = header.actors.iter().filter(|actor| actor.outside);
    outside.map(|actor| actor.name.as_str()).collect()
}

fn unhashed(mut diagram: Diagram) -> Diagram {
    diagram.hash.clear();
    diagram
}

/// A diagram called as the other is.
fn unnamed(mut diagram: Diagram, other: &Diagram) -> Diagram {
    diagram.scenario.clone_from(&other.scenario);
    diagram.case.clone_from(&other.case);
    diagram.seed = other.seed;
    diagram
}
