//! From the scenario as written to the plan of one case.
//!
//! Owns the order in which the parts are compiled and what they leave for each other: mistakes, the table of steps, who
//! connects where, who signals what. Does not own how a single part is compiled; each has a file of its own; nor which
//! cases there are (`cases`).
//!
//! A part with a mistake is replaced by something harmless and compiling goes on, so that all mistakes are told at once;
//! the plan is then thrown away.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::cases::Case;
use super::directory::Directory;
use super::reuse::Reused;
use super::step::StepId;
use super::tls;
use super::way::Way;
use super::{External, Limits, Mask, Permissions, Plan, StepInfo};
use crate::scenario::mistake::Mistake;
use crate::scenario::source::Sources;
use crate::scenario::written::{self, At, Scenario, Span};
use crate::wire::invariant::Invariants;
use crate::wire::layout::Layouts;

/// What a case's row is called.
pub(super) const ROW: &str = "row";

/// How many steps a plan may have: procedures that call each other several times have many.
pub(super) const MOST_STEPS: usize = 100_000;

/// What the command line changes.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Other values for `vars`: JSON where the text is JSON, else text.
    pub vars: Vec<(String, String)>,
    /// Another seed.
    pub seed: Option<u64>,
    /// Another `limits.step`.
    pub timeout: Option<Duration>,
    /// What the scenario may do besides talking to itself.
    pub permissions: Permissions,
    /// What is put in the place of actors.
    pub externals: Vec<External>,
}

/// What is the same in all cases of a scenario.
pub(super) struct Common<'a> {
    /// The file's name, with or without a folder.
    pub(super) file: &'a str,
    pub(super) scenario: &'a Scenario,
    pub(super) sources: &'a Sources,
    pub(super) overrides: &'a Overrides,
    pub(super) vars: &'a [(String, Arc<Json>)],
    pub(super) mask: &'a Mask,
    /// See [`Compiler::columns`].
    pub(super) columns: Option<Arc<BTreeSet<String>>>,
}

impl Common<'_> {
    /// The plan of a case, or of a scenario without any.
    pub(super) fn plan(&self, case: Option<&Case>) -> Result<Plan, Vec<Mistake>> {
        let scenario = self.scenario;
        let mut compiler = Compiler::new(self.sources);
        compiler.permissions = self.overrides.permissions.clone();
        compiler.externals = self.overrides.externals.clone();
        compiler.vars = self.vars.to_vec();
        if let Some(case) = case {
            compiler.vars.push((ROW.to_owned(), Arc::clone(&case.row)));
        }
        compiler.columns = self.columns.clone();
        compiler.compile_layouts(&scenario.layouts);
        let mut actors = compiler.compile_actors(&scenario.actors);
        actors
            .iter()
            .for_each(|actor| compiler.counts(actor.instances.len() as u64));
        compiler.compile_reused(scenario);
        compiler.compile_strands(&scenario.actors, &mut actors);
        compiler.put_externals(&mut actors);
        let invariants = compiler.compile_invariants(&scenario.invariants);
        compiler.check_conversations();
        if !compiler.mistakes.is_empty() {
            return Err(once(compiler.mistakes));
        }
        let path = FilePath::new(self.file);
        let part = |part: Option<&OsStr>| part.map_or_else(String::new, |part| part.to_string_lossy().into_owned());
        let name = part(path.file_stem());
        Ok(Plan {
            file: part(path.file_name()),
            name: case.map_or_else(|| name.clone(), |case| format!("{name}.{}", case.name)),
            case: case.map(|case| case.name.clone()),
            title: scenario.title.clone(),
            description: scenario.description.clone(),
            tags: scenario.tags.clone(),
            seed: self.overrides.seed.or(scenario.seed).unwrap_or(0),
            limits: limits(&scenario.limits, self.overrides),
            mask: Mask {
                counted: compiler.counted,
                ..self.mask.clone()
            },
            expects_failure: scenario.expect.as_ref().map(|expect| self.sources.place(expect.span)),
            invariants: Invariants {
                all: invariants,
                vars: compiler.vars.clone(),
            },
            tls: compiler.tls,
            actors,
            vars: compiler.vars,
            steps: compiler.steps,
            permissions: compiler.permissions,
        })
    }
}

/// Each mistake once: what is used in several places is compiled for each of them.
fn once(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    let mut known = HashSet::new();
    mistakes.retain(|mistake| known.insert((mistake.span, mistake.text.clone())));
    mistakes
}

/// What all parts share while they are compiled.
pub(super) struct Compiler<'a> {
    pub(super) sources: &'a Sources,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) steps: Vec<StepInfo>,
    pub(super) vars: Vec<(String, Arc<Json>)>,
    /// Where the scenario has `data`, so that `row` is given: what members its rows have, none while that is unknown.
    pub(super) columns: Option<Arc<BTreeSet<String>>>,
    pub(super) directory: Directory,
    pub(super) tls: tls::Common,
    /// Signals given under a fixed name, and whether one's name is a template.
    pub(super) signalled: BTreeSet<String>,
    pub(super) signalled_by_template: bool,
    pub(super) awaited: Vec<At<String>>,
    /// Endpoints that are connected to, and those that a step accepts at: actor and endpoint by their places.
    pub(super) connects: Vec<At<(usize, usize)>>,
    pub(super) accepts: BTreeSet<(usize, usize)>,
    /// Actors on some connection of which there may be messages, and not only bytes.
    pub(super) framed: BTreeSet<usize>,
    /// Actors that may have datagrams.
    pub(super) datagrams: BTreeSet<usize>,
    pub(super) reused: Reused<'a>,
    /// Layouts of binary messages.
    pub(super) layouts: Layouts,
    /// The names of those with mistakes, in them or in what is inside.
    pub(super) unsound: Vec<String>,
    /// How many regions there are in which peers of strict actors could have strands of their own.
    pub(super) regions: u32,
    /// Where what is compiled now is used.
    pub(super) way: Way,
    /// The most instances of an actor, rounds or branches.
    pub(super) counted: u64,
    /// Where the steps became too many.
    pub(super) too_many: Option<Span>,
    /// What the command line allows.
    pub(super) permissions: Permissions,
    /// What it puts in the place of actors.
    pub(super) externals: Vec<External>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            mistakes: Vec::new(),
            steps: Vec::new(),
            vars: Vec::new(),
            columns: None,
            directory: Directory::default(),
            tls: tls::Common::default(),
            signalled: BTreeSet::new(),
            signalled_by_template: false,
            awaited: Vec::new(),
            connects: Vec::new(),
            accepts: BTreeSet::new(),
            framed: BTreeSet::new(),
            datagrams: BTreeSet::new(),
            reused: Reused::default(),
            layouts: Layouts::default(),
            unsound: Vec::new(),
            regions: 0,
            way: Way::default(),
            counted: 0,
            too_many: None,
            permissions: Permissions::default(),
            externals: Vec::new(),
        }
    }

    pub(super) fn mistake(&mut self, mistake: Mistake) {
        self.mistakes.push(self.way.tell(mistake));
    }

    /// The scenario counts as far as this.
    pub(super) fn counts(&mut self, count: u64) {
        self.counted = self.counted.max(count);
    }

    /// A step's or alternative's place in the plan.
    pub(super) fn step_id(&mut self, verb: &'static str, title: String, span: Span) -> StepId {
        let id = StepId::try_from(self.steps.len()).expect("a file is too small for so many steps");
        self.steps.push(StepInfo {
            verb,
            title,
            place: self.sources.place(span),
            hide: false,
            region: None,
        });
        id
    }

    /// What only the whole scenario can tell: whether somebody signals what is awaited, and accepts who connects.
    fn check_conversations(&mut self) {
        if let Some(span) = self.too_many {
            let text = format!("there are more than {MOST_STEPS} steps, those of a procedure counted for each call");
            self.mistake(Mistake::new(span, text));
        }
        if !self.signalled_by_template {
            for name in std::mem::take(&mut self.awaited) {
                if !self.signalled.contains(&name.value) {
                    let text = format!("nobody signals `{}`", name.value);
                    let allowed = self.signalled.iter().map(String::as_str);
                    self.mistakes
                        .push(Mistake::new(name.span, text).did_you_mean(&name.value, allowed));
                }
            }
        }
        for At {
            value: (actor, endpoint),
            span,
        } in std::mem::take(&mut self.connects)
        {
            let entry = &self.directory.actors[actor];
            if !entry.endpoints[endpoint].session
                && !entry.endpoints[endpoint].framings.are_datagrams()
                && !self.accepts.contains(&(actor, endpoint))
            {
                let text = format!("nobody accepts connections to `{}`", entry.endpoint_name(endpoint));
                let help = "give the endpoint a `session`, or its actor an `accept` step";
                self.mistakes.push(Mistake::new(span, text).help(help));
            }
        }
    }
}

fn limits(written: &written::Limits, overrides: &Overrides) -> Limits {
    let default = Limits::default();
    Limits {
        scenario: written.scenario.unwrap_or(default.scenario),
        step: overrides.timeout.or(written.step).unwrap_or(default.step),
        message: written.message.unwrap_or(default.message),
        steps: written.steps.unwrap_or(default.steps),
        unsent: written.unsent.unwrap_or(default.unsent),
        unread: written.unread.unwrap_or(default.unread),
    }
}
