//! One case: a scenario, with one of its rows, that is loaded, compiled, played and drawn.
//!
//! Owns what a run leaves in `<results>/last/<name>/` (with a case `<name>.<case>`): `trace.jsonl` and `diagram.mmd`. Does
//! not own the approved diagrams (`test`).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::drawing::{self, DrawError, Drawing};
use super::judging;
use super::name;
use super::results::Results;
use crate::actor::{Flip, Nth, StandIns};
use crate::diagram::{Detail, mermaid};
use crate::order::{self, MessagePlace};
use crate::plan::{Actor, Cases, Outside, Overrides, Plan};
use crate::run::{self, Options, Outcome, RunError};
use crate::scenario::{LoadError, LoadOptions, load};
use crate::trace::reader::{TraceError, TraceSource};

/// A scenario that is ready to be played, with one of the rows of its `data` where it has any.
#[derive(Clone, Debug)]
pub struct Case {
    all: Arc<Cases>,
    number: usize,
    file: Arc<Path>,
    /// As [`Case::called`] has it.
    called: String,
    stand_ins: StandIns,
}

/// A case that was played.
#[derive(Debug)]
pub struct Played {
    /// How it went.
    pub outcome: Outcome,
    /// What it looks like.
    pub drawing: Drawing,
    /// Where its trace is.
    pub trace: PathBuf,
}

/// Why a case could not be played.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The scenario cannot be read, or is wrong.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It could not be played.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its results cannot be written.
    #[error("cannot write {}: {error}", path.display())]
    Results {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Its own trace cannot be read back.
    #[error("cannot read back {}: {error}", path.display())]
    Trace {
        /// The trace.
        path: PathBuf,
        /// Why.
        error: TraceError,
    },
    /// Its own trace cannot be drawn.
    #[error("cannot draw {}: {error}", path.display())]
    Draw {
        /// The trace.
        path: PathBuf,
        /// Why.
        error: DrawError,
    },
    /// There is no race of this number, or it cannot be forced.
    #[error("{0}")]
    Flip(String),
}

impl Case {
    /// Loads and checks a scenario, and gives all of its cases, in order; there is one at least. All mistakes are told at
    /// once.
    pub fn load(path: &Path, options: &LoadOptions, overrides: &Overrides) -> Result<Vec<Self>, LoadError> {
        Self::load_as(&name::scenario(path, None), path, options, overrides)
    }

    /// As [`Case::load`], with the name that the scenario's results have.
    pub fn load_as(
        called: &str,
        path: &Path,
        options: &LoadOptions,
        overrides: &Overrides,
    ) -> Result<Vec<Self>, LoadError> {
        let (scenario, sources) = load(path, options)?;
        let file = path.to_string_lossy();
        let cases = Cases::of(&file, scenario, sources, overrides)
            .map_err(|(mistakes, sources)| LoadError::Mistakes { mistakes, sources })?;
        let all = Arc::new(cases);
        let file: Arc<Path> = path.into();
        let case = |number| Self {
            number,
            file: Arc::clone(&file),
            called: name::case(called, all.name(number)),
            all: Arc::clone(&all),
            stand_ins: StandIns::new(),
        };
        Ok((0..all.len()).map(case).collect())
    }

    /// What it and its results are called: `mail/login`, `data-cases.boiling`.
    pub fn called(&self) -> &str {
        &self.called
    }

    /// The scenario's file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The scenario's tags.
    pub fn tags(&self) -> &[String] {
        &self.all.scenario().tags
    }

    /// All files that it is made of, besides the scenario's own, without links.
    pub fn reads(&self) -> impl Iterator<Item = &Path> {
        self.all.sources().read.iter().map(PathBuf::as_path)
    }

    /// What its row is called; none where the scenario has no `data`.
    pub fn name(&self) -> Option<&str> {
        self.all.name(self.number)
    }

    /// The first actor that is a program, which is the same in all cases of a scenario.
    pub fn program(&self) -> Option<String> {
        let plan = self.all.plan(0);
        let is_program = |actor: &&Actor| matches!(actor.outside, Some(Outside::Process(_)));
        plan.actors.iter().find(is_program).map(|actor| actor.name.to_string())
    }

    /// Lets code play these actors, instead of their steps. Where one of them is not there, the case cannot be played.
    #[must_use]
    pub fn with(mut self, stand_ins: StandIns) -> Self {
        self.stand_ins = stand_ins;
        self
    }

    /// What is played. It is made each time, so that many cases do not hold many plans.
    pub fn plan(&self) -> Arc<Plan> {
        self.all.plan(self.number)
    }

    /// Plays the case, and leaves its trace and its diagram under `results`. Must be called inside the runtime.
    pub async fn play(
        &self,
        results: &Path,
        detail: Detail,
        flip: Option<Flip>,
        signals: bool,
    ) -> Result<Played, CaseError> {
        let plan = self.plan();
        let folder = Results::at(results).last(&self.called);
        let trace = folder.join("trace.jsonl");
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            move |error| CaseError::Results { path, error }
        };
        fs::create_dir_all(&folder).map_err(unwritable(&folder))?;
        let file = File::create(&trace).map_err(unwritable(&trace))?;
        let options = Options {
            trace: Box::new(file),
            flip,
            stand_ins: self.stand_ins.clone(),
            signals,
            outputs: Some(folder.clone()),
        };
        let mut outcome = run::run(Arc::clone(&plan), options).await?;
        let opened = |trace: &Path| {
            TraceSource::open(trace).map_err(|error| CaseError::Trace {
                path: trace.to_owned(),
                error,
            })
        };
        let drawn = |error| CaseError::Draw {
            path: trace.clone(),
            error,
        };
        let mut source = opened(&trace)?;
        if let Some(amended) = judging::judge(&plan, &mut outcome, &source).map_err(drawn)? {
            judging::write(&trace, &amended).map_err(unwritable(&trace))?;
            source = opened(&trace)?;
        }
        let approved = drawing::draw(&source, Detail::Messages).map_err(drawn)?;
        let picture = folder.join("diagram.mmd");
        fs::write(&picture, mermaid::write(&approved.diagram)).map_err(unwritable(&picture))?;
        let drawing = match detail {
            Detail::Messages => approved,
            Detail::Lifecycle => drawing::draw(&source, detail).map_err(drawn)?,
        };
        Ok(Played {
            outcome,
            drawing,
            trace,
        })
    }

    /// How to force the race of this number, as `played` predicts it.
    pub fn flip(played: &Played, number: u32) -> Result<Flip, CaseError> {
        let races = &played.drawing.races.races;
        let race = races.iter().find(|race| race.number == number).ok_or_else(|| {
            CaseError::Flip(match races.len() {
                0 => format!("there is no race {number}: the run predicts none"),
                1 => format!("there is no race {number}: the run predicts race 1 alone"),
                count => format!("there is no race {number}: the run predicts races 1 to {count}"),
            })
        })?;
        let flip = race.flip.as_ref().ok_or_else(|| {
            CaseError::Flip(format!(
                "race {number} cannot be forced: only a message that is held back decides a race the other way"
            ))
        })?;
        Ok(forced(flip))
    }
}

fn forced(flip: &order::Flip) -> Flip {
    let nth = |place: &MessagePlace| Nth {
        connection: place.connection.to_string(),
        direction: place.direction,
        nth: place.nth,
    };
    Flip {
        strand: flip.strand.to_string(),
        hold: nth(&flip.hold),
        until: nth(&flip.until),
    }
}
