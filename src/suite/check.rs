//! A scenario as a Rust test.
//!
//! Owns the three lines of such a test, and what it says when it fails. Nothing is approved by it: another diagram is left
//! beside the approved one, as `wiretale test` does. Tests of one program run at the same time, also several of one
//! scenario, so that a run leaves nothing else. Does not own playing (`told`) nor approving.

use std::path::{Path, PathBuf};

use super::case::Case;
use super::compare::{Compared, How, compare};
use super::results::Results;
use super::told::{Told, played};
use crate::actor::{Actor, StandIns};
use crate::diagram::{Detail, mermaid};
use crate::finding::Judged;
use crate::plan::{Overrides, Permissions};
use crate::report;
use crate::scenario::LoadOptions;
use crate::trace::reader::TraceSource;

/// A scenario that is to be played by a test, and compared with its approved diagram.
#[derive(Clone, Debug)]
#[must_use = "a scenario is played by `passes`"]
pub struct Check {
    file: PathBuf,
    results: PathBuf,
    case: Option<String>,
    stand_ins: StandIns,
    programs: bool,
}

/// A scenario in a file, to be played by a test. `cargo test` runs tests in the folder of their package, so that the path
/// is one from there.
///
/// ```
/// wiretale::suite::check("scenarios/hello.json").passes();
/// ```
pub fn check(file: impl AsRef<Path>) -> Check {
    Check {
        file: file.as_ref().to_owned(),
        results: PathBuf::from("results"),
        case: None,
        stand_ins: StandIns::new(),
        programs: false,
    }
}

impl Check {
    /// Lets code play the actor of this name, instead of its steps.
    pub fn with(mut self, name: impl Into<String>, actor: impl Actor + 'static) -> Self {
        self.stand_ins = self.stand_ins.with(name, actor);
        self
    }

    /// Lets the scenario start programs; without it, one that would is wrong.
    pub fn allow_process(mut self) -> Self {
        self.programs = true;
        self
    }

    /// One of the scenario's cases alone; without it, all are played.
    pub fn case(mut self, name: impl Into<String>) -> Self {
        self.case = Some(name.into());
        self
    }

    /// Where the approved diagrams are: `results`, if left out.
    pub fn results(mut self, folder: impl AsRef<Path>) -> Self {
        self.results = folder.as_ref().to_owned();
        self
    }

    /// Plays all cases and panics with what is wrong: what was found, and how the diagram differs from the approved one,
    /// `results/NAME.mmd`. The other diagram is left in `results/NAME.new.mmd`.
    ///
    /// It blocks the thread, and is not for use inside a task.
    #[track_caller]
    pub fn passes(self) {
        if let Err(wrong) = self.tried(true) {
            panic!("{wrong}");
        }
    }

    /// Plays all cases and says what is wrong, without leaving anything behind.
    pub fn outcome(self) -> Result<(), String> {
        self.tried(false)
    }

    fn tried(&self, leaves: bool) -> Result<(), String> {
        let overrides = Overrides {
            permissions: Permissions::default().with_process(self.programs),
            ..Overrides::default()
        };
        let cases =
            Case::load(&self.file, &LoadOptions::default(), &overrides).map_err(|error| format!("\n{error}"))?;
        let taken: Vec<&Case> = cases
            .iter()
            .filter(|case| self.case.is_none() || case.name() == self.case.as_deref())
            .collect();
        if let Some(name) = self.case.as_deref().filter(|_| taken.is_empty()) {
            let names: Vec<_> = cases
                .iter()
                .filter_map(Case::name)
                .map(|name| format!("`{name}`"))
                .collect();
            let all = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            return Err(format!("{} has no case `{name}`; it has {all}", self.file.display()));
        }
        let wrong: Vec<String> = taken
            .into_iter()
            .filter_map(|case| self.try_one(case, leaves).err())
            .collect();
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(wrong.join("\n")),
        }
    }

    /// Plays one case, and compares it.
    fn try_one(&self, case: &Case, leaves: bool) -> Result<(), String> {
        let name = case.called();
        let file = self.file.to_string_lossy();
        let told = played(&file, case.plan(), Detail::Messages, self.stand_ins.clone());
        let told = told.map_err(|error| format!("{name}: {error}"))?;
        let mut wrong = String::new();
        if !told.outcome.judged().is_good() {
            wrong = judged(name, &told);
        }
        if told.outcome.cut.is_none() {
            wrong += &self.compared(name, &told, leaves);
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(wrong),
        }
    }

    /// How the diagram differs from the approved one; nothing where it does not.
    fn compared(&self, name: &str, told: &Told, leaves: bool) -> String {
        let results = Results::at(&self.results);
        // What is played by code has no variables of the scenario: hashes, which cover these too, are not compared then.
        let hashed = self.stand_ins.is_empty();
        let header = match TraceSource::from_bytes(told.trace.clone()) {
            Ok(source) => source.header().clone(),
            Err(error) => return format!("{name}: cannot read back its trace: {error}\n"),
        };
        let approval = |new: &str| match leaves {
            true => format!("it is in {new}; `wiretale accept {name}` approves it\n"),
            false => String::new(),
        };
        match compare(&results, name, &told.drawing, &header, How { hashed, leaves }) {
            Ok(Compared::Same) => String::new(),
            Ok(Compared::New) => format!(
                "{name}: there is no approved diagram, {}:\n\n{}\n{}",
                results.approved(name).display(),
                mermaid::write(&told.drawing.diagram),
                approval(&results.new_diagram(name).display().to_string())
            ),
            Ok(Compared::Differs(differs)) => format!(
                "{name}: another diagram than the approved one, {}:\n{}\n{}{}",
                differs.approved,
                differs.level,
                differs.text,
                approval(&differs.new)
            ),
            Ok(Compared::Broken(reason)) => format!("{name}: {reason}"),
            Err(error) => format!("{name}: cannot compare the diagram: {error}\n"),
        }
    }
}

/// What is wrong with a run that did not come out as it should.
fn judged(name: &str, told: &Told) -> String {
    let outcome = &told.outcome;
    let how = match (&outcome.cut, outcome.judged()) {
        (Some(cut), _) => format!("cut by {cut}"),
        (None, Judged::PassedUnexpectedly) => "passed, though `expect` says that it fails".to_owned(),
        (None, judged) => judged.word().to_owned(),
    };
    format!("{name}: {how}\n{}", report::findings(&outcome.findings))
}
