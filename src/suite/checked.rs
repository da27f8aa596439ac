//! A scenario that is looked at and not played: its cases, and what is warned of.

use std::path::Path;

use crate::lint::{Warning, lint};
use crate::plan::{Cases, Overrides};
use crate::scenario::{LoadError, LoadOptions, load};

/// A scenario without mistakes.
#[derive(Debug)]
pub struct Checked {
    /// What would be played, and what the warnings point into.
    pub cases: Cases,
    /// What is warned of, in the order of the file.
    pub warnings: Vec<Warning>,
}

impl Checked {
    /// Loads, compiles and looks at a scenario; where it has mistakes, all of them are told and nothing else.
    pub fn load(path: &Path, options: &LoadOptions, overrides: &Overrides) -> Result<Self, LoadError> {
        let (scenario, sources) = load(path, options)?;
        let file = path.to_string_lossy();
        let cases = Cases::of(&file, scenario, sources, overrides)
            .map_err(|(mistakes, sources)| LoadError::Mistakes { mistakes, sources })?;
        Ok(Self {
            warnings: lint(cases.scenario(), &cases.plan(0)),
            cases,
        })
    }
}
