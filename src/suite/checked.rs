//! A case that is looked at and not played: its plan, and what is warned of.

use std::path::Path;

use crate::lint::{Warning, lint};
use crate::plan::{Overrides, Plan};
use crate::scenario::source::Sources;
use crate::scenario::{LoadError, LoadOptions, load};

/// A scenario without mistakes.
#[derive(Debug)]
pub struct Checked {
    /// What would be played.
    pub plan: Plan,
    /// What is warned of, in the order of the file.
    pub warnings: Vec<Warning>,
    /// What the warnings point into.
    pub sources: Sources,
}

impl Checked {
    /// Loads, compiles and looks at a scenario; where it has mistakes, all of them are told and nothing else.
    pub fn load(path: &Path, options: &LoadOptions, overrides: &Overrides) -> Result<Self, LoadError> {
        let (scenario, sources) = load(path, options)?;
        let file = path.to_string_lossy();
        match Plan::compile(&file, &scenario, &sources, overrides) {
            Ok(plan) => Ok(Self {
                warnings: lint(&scenario, &plan),
                plan,
                sources,
            }),
            Err(mistakes) => Err(LoadError::Mistakes { mistakes, sources }),
        }
    }
}
