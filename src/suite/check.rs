//! A scenario as a Rust test.
//!
//! Owns the three lines of such a test, and what it says when it fails. Nothing is approved by it: another diagram is left
//! beside the approved one, as `wiretale test` does. Tests of one program run at the same time, also several of one
//! scenario, so that a run leaves nothing else. Does not own playing (`told`) nor approving.

use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::case::Case;
use super::told::{Told, played};
use crate::actor::{Actor, StandIns};
use crate::baseline::{Baseline, same_text};
use crate::diagram::{Detail, mermaid};
use crate::finding::Judged;
use crate::plan::{Overrides, Plan};
use crate::report;
use crate::scenario::LoadOptions;

/// A scenario that is to be played by a test, and compared with its approved diagram.
#[derive(Clone, Debug)]
#[must_use = "a scenario is played by `passes`"]
pub struct Check {
    file: PathBuf,
    results: PathBuf,
    case: Option<String>,
    stand_ins: StandIns,
}

/// What the folder of scenarios is called: a scenario's name begins behind it.
const SCENARIOS: &str = "scenarios";

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
    }
}

impl Check {
    /// Lets code play the actor of this name, instead of its steps.
    pub fn with(mut self, name: impl Into<String>, actor: impl Actor + 'static) -> Self {
        self.stand_ins = self.stand_ins.with(name, actor);
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
        let cases = Case::load(&self.file, &LoadOptions::default(), &Overrides::default())
            .map_err(|error| format!("\n{error}"))?;
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
        let plan = case.plan();
        let name = named(&self.file, &plan);
        let file = self.file.to_string_lossy();
        let told = played(&file, plan, Detail::Messages, self.stand_ins.clone());
        let told = told.map_err(|error| format!("{name}: {error}"))?;
        let mut wrong = String::new();
        if !told.outcome.judged().is_good() {
            wrong = judged(&name, &told);
        }
        if told.outcome.cut.is_none() {
            wrong += &self.compared(&name, &told, leaves);
        }
        match wrong.is_empty() {
            true => Ok(()),
            false => Err(wrong),
        }
    }

    /// How the diagram differs from the approved one; nothing where it does not.
    fn compared(&self, name: &str, told: &Told, leaves: bool) -> String {
        let shown = mermaid::write(&told.drawing.diagram);
        let file = |ending: &str| self.results.join(format!("{name}{ending}"));
        let (approved, new) = (file(".mmd"), file(".new.mmd"));
        let mut wrong = String::new();
        match fs::read(&approved) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                wrong = format!(
                    "{name}: there is no approved diagram, {}:\n\n{shown}",
                    approved.display()
                );
            }
            Err(error) => return format!("{name}: cannot read {}: {error}\n", approved.display()),
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                if self.is_same(&text, &shown) {
                    return String::new();
                }
                if let Err(error) = Baseline::read(&bytes) {
                    return format!("{name}: {}\n", error.show(&approved.display().to_string()));
                }
                let _ = write!(
                    wrong,
                    "{name}: another diagram than the approved one, {}:\n\n{text}\nbut now:\n\n{shown}",
                    approved.display()
                );
            }
        }
        if !leaves {
            return wrong;
        }
        let folder = new.parent().map_or(Ok(()), fs::create_dir_all);
        let _ = match folder.and_then(|()| replace(&new, &shown)) {
            Ok(()) => writeln!(
                wrong,
                "\nit is in {}; `wiretale accept {name}` approves it",
                new.display()
            ),
            Err(error) => writeln!(wrong, "\nand it cannot be written to {}: {error}", new.display()),
        };
        wrong
    }

    /// Whether two diagrams are the same. What is played by code has no variables of the scenario: their hashes, which
    /// cover these too, are not compared then.
    fn is_same(&self, approved: &str, shown: &str) -> bool {
        if self.stand_ins.is_empty() {
            return same_text(approved, shown);
        }
        let without = |text: &str| {
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("%% hash: "));
            lines.collect::<Vec<_>>().join("\n")
        };
        same_text(&without(approved), &without(shown))
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

/// `mail/login` for `scenarios/mail/login.json`, and behind a point the case's name.
fn named(file: &Path, plan: &Plan) -> String {
    let folders: Vec<_> = file
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .filter_map(|part| match part {
            Component::Normal(part) => Some(part.to_string_lossy()),
            _ => None,
        })
        .collect();
    let behind = folders
        .iter()
        .position(|folder| *folder == SCENARIOS)
        .map(|place| place + 1);
    let mut name: Vec<&str> = folders[behind.unwrap_or(folders.len())..]
        .iter()
        .map(|folder| &**folder)
        .collect();
    name.push(&plan.name);
    name.join("/")
}

/// Writes a file that is there whole or not at all, for several tests may write it.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let besides = path.with_extension(format!("{}-{number}", std::process::id()));
    fs::write(&besides, text)?;
    fs::rename(&besides, path)
}
