//! Approving: a diagram that waits becomes the approved one.
//!
//! Owns which diagrams may be approved, and that a baseline which cannot be read is never overwritten. Nothing else
//! approves anything.

use std::io;
use std::path::{Path, PathBuf};

use super::compare::bytes;
use super::results::{Results, write_whole};
use crate::baseline::{Baseline, compare};
use crate::diagram::{Diagram, mermaid};
use crate::report;
use crate::scenario::mistake::nearest;

/// The one verdict besides that of a run that passed with which a diagram is approved.
const EXPECTED: &str = "fail, as expected";

/// A diagram that was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The case.
    pub name: String,
    /// Where it is now.
    pub path: PathBuf,
    /// Whether there was none before.
    pub new: bool,
}

/// Why a diagram is not approved.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// None waits under this name.
    #[error("no diagram of `{name}` waits for approval{}", help(.near))]
    NotWaiting {
        /// The name.
        name: String,
        /// One like it, for which one waits.
        near: Option<String>,
    },
    /// It cannot be read, or is not of a run that passed.
    #[error("{0}")]
    NotSound(String),
    /// The baseline that it would replace cannot be read.
    #[error("{}\n    help      a file that cannot be read is never overwritten: delete it first", .0.trim_end())]
    Broken(String),
    /// The files could not be read or written.
    #[error("cannot approve `{name}`: {error}")]
    Io {
        /// The name.
        name: String,
        /// Why.
        error: io::Error,
    },
}

/// The name of a case as it is given: the name itself, or a file of its results.
pub fn given_name(results: &Results, given: &str) -> String {
    let path = Path::new(given);
    let below = path.strip_prefix(results.folder()).unwrap_or(path).to_string_lossy();
    for ending in [".new.mmd", ".diff.mmd", ".mmd"] {
        if let Some(name) = below.strip_suffix(ending) {
            return name.to_owned();
        }
    }
    match given.ends_with(".json") {
        true => super::name::scenario(path, None),
        false => given.to_owned(),
    }
}

/// A diagram that waits for approval, read.
#[derive(Clone, Debug)]
pub struct Waiting {
    new: Diagram,
    approved: Option<Diagram>,
}

impl Waiting {
    /// Reads the one of this case, and what is approved.
    pub fn read(results: &Results, name: &str) -> Result<Self, AcceptError> {
        is_waiting(results, name)?;
        let read = |path: &Path| Ok(sound(path, &bytes(path).map_err(|error| io_error(name, error))?));
        let new = read(&results.new_diagram(name))?.map_err(AcceptError::NotSound)?;
        let approved = results.approved(name);
        let approved = match approved.exists() {
            true => Some(read(&approved)?.map_err(AcceptError::Broken)?),
            false => None,
        };
        Ok(Self { new, approved })
    }

    /// How it differs from what is approved, for a person.
    pub fn difference(&self, colour: bool) -> String {
        let difference = self.approved.as_ref().map(|approved| compare(approved, &self.new));
        match difference {
            None => format!(
                "there is no approved diagram; this one waits:\n{}",
                mermaid::write(&self.new)
            ),
            Some(None) => "it is what is approved\n".to_owned(),
            Some(Some(difference)) => report::difference(&difference, colour),
        }
    }
}

/// Approves the diagram that waits for this case; with `another` beside those that are approved already.
pub fn accept(results: &Results, name: &str, another: bool) -> Result<Accepted, AcceptError> {
    is_waiting(results, name)?;
    let io_error = |error| io_error(name, error);
    let new = results.new_diagram(name);
    let text = bytes(&new).map_err(io_error)?;
    let diagram = sound(&new, &text).map_err(AcceptError::NotSound)?;
    if let Some(verdict) = diagram.verdict.filter(|verdict| verdict != EXPECTED) {
        return Err(AcceptError::NotSound(format!(
            "the verdict of this run of `{name}` is {verdict}, and only a run that passed is approved\n    help      mend the \
             scenario, or say `\"expect\": \"fail\"` in it if it is known to fail"
        )));
    }
    let path = if another {
        results.another(name)
    } else {
        results.approved(name)
    };
    let new = !path.exists();
    write_whole(&path, &String::from_utf8_lossy(&text)).map_err(io_error)?;
    results.forget(name).map_err(io_error)?;
    Ok(Accepted {
        name: name.to_owned(),
        path,
        new,
    })
}

fn is_waiting(results: &Results, name: &str) -> Result<(), AcceptError> {
    // Nothing waits where the approved one cannot be read, which is what is to be known then.
    for approved in results.all_approved(name) {
        sound(&approved, &bytes(&approved).map_err(|error| io_error(name, error))?).map_err(AcceptError::Broken)?;
    }
    let waiting = results.waiting().map_err(|error| io_error(name, error))?;
    if waiting.iter().any(|waiting| waiting == name) {
        return Ok(());
    }
    Err(AcceptError::NotWaiting {
        name: name.to_owned(),
        near: nearest(name, waiting.iter().map(String::as_str)).map(str::to_owned),
    })
}

/// What an approved diagram, or one that may become one, says; or what is wrong with it.
fn sound(path: &Path, bytes: &[u8]) -> Result<Diagram, String> {
    let baseline = Baseline::read(bytes).map_err(|error| error.show(&path.display().to_string()))?;
    Ok(baseline.diagram)
}

fn io_error(name: &str, error: io::Error) -> AcceptError {
    AcceptError::Io {
        name: name.to_owned(),
        error,
    }
}

fn help(near: &Option<String>) -> String {
    match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None => ": `wiretale test` leaves one where a run differs".to_owned(),
    }
}
