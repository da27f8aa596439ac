//! From the scenario as written to the plan.
//!
//! Owns the order in which the parts are compiled and what they leave for each other: mistakes, the table of steps, who
//! connects where, who signals what. Does not own how a single part is compiled; each has a file of its own.
//!
//! A part with a mistake is replaced by something harmless and compiling goes on, so that all mistakes are told at once;
//! the plan is then thrown away.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::directory::Directory;
use super::reuse::Reused;
use super::step::StepId;
use super::way::Way;
use super::{Limits, Plan, StepInfo};
use crate::scenario::mistake::Mistake;
use crate::scenario::source::Sources;
use crate::scenario::written::{self, At, Scenario, Span};

/// How many mistakes are told: more are no help.
const MOST_MISTAKES: usize = 1000;

/// How many steps a plan may have: procedures that call each other several times have many.
pub(super) const MOST_STEPS: usize = 1_000_000;

/// What the command line changes.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Other values for `vars`: JSON where the text is JSON, else text.
    pub vars: Vec<(String, String)>,
    /// Another seed.
    pub seed: Option<u64>,
    /// Another `limits.step`.
    pub timeout: Option<Duration>,
}

impl Plan {
    /// Compiles a scenario, or says all that is wrong with it, in the order of the file. `file` is its name, with or
    /// without a folder.
    pub fn compile(
        file: &str,
        scenario: &Scenario,
        sources: &Sources,
        overrides: &Overrides,
    ) -> Result<Self, Vec<Mistake>> {
        let mut compiler = Compiler::new(sources);
        compiler.compile_vars(&scenario.vars, &overrides.vars);
        let mut actors = compiler.compile_actors(&scenario.actors);
        compiler.compile_reused(scenario);
        compiler.compile_strands(&scenario.actors, &mut actors);
        compiler.check_conversations();
        if !compiler.mistakes.is_empty() {
            return Err(told(compiler.mistakes, sources));
        }
        let path = FilePath::new(file);
        let part = |part: Option<&OsStr>| part.map_or_else(String::new, |part| part.to_string_lossy().into_owned());
        Ok(Self {
            file: part(path.file_name()),
            name: part(path.file_stem()),
            title: scenario.title.clone(),
            description: scenario.description.clone(),
            tags: scenario.tags.clone(),
            seed: overrides.seed.or(scenario.seed).unwrap_or(0),
            limits: limits(&scenario.limits, overrides),
            vars: compiler.vars,
            actors,
            steps: compiler.steps,
        })
    }
}

/// All mistakes in the order of places, each once: what is used in several places is compiled for each.
fn told(mut mistakes: Vec<Mistake>, sources: &Sources) -> Vec<Mistake> {
    let mut known = HashSet::new();
    mistakes.retain(|mistake| known.insert((mistake.span, mistake.text.clone())));
    mistakes.sort_by_key(|mistake| (mistake.span.file, mistake.span.start));
    mistakes.truncate(MOST_MISTAKES);
    let mistakes = mistakes.into_iter();
    mistakes.map(|mistake| mistake.included(sources)).collect()
}

/// What all parts share while they are compiled.
pub(super) struct Compiler<'a> {
    pub(super) sources: &'a Sources,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) steps: Vec<StepInfo>,
    pub(super) vars: Vec<(String, Arc<Json>)>,
    pub(super) directory: Directory,
    /// Signals given under a fixed name, and whether one's name is a template.
    pub(super) signalled: BTreeSet<String>,
    pub(super) signalled_by_template: bool,
    pub(super) awaited: Vec<At<String>>,
    /// Endpoints that are connected to, and those that a step accepts at: actor and endpoint by their places.
    pub(super) connects: Vec<At<(usize, usize)>>,
    pub(super) accepts: BTreeSet<(usize, usize)>,
    /// Actors on some connection of which there may be messages, and not only bytes.
    pub(super) framed: BTreeSet<usize>,
    pub(super) reused: Reused<'a>,
    /// Where what is compiled now is used.
    pub(super) way: Way,
    /// Where the steps became too many.
    pub(super) too_many: Option<Span>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            mistakes: Vec::new(),
            steps: Vec::new(),
            vars: Vec::new(),
            directory: Directory::default(),
            signalled: BTreeSet::new(),
            signalled_by_template: false,
            awaited: Vec::new(),
            connects: Vec::new(),
            accepts: BTreeSet::new(),
            framed: BTreeSet::new(),
            reused: Reused::default(),
            way: Way::default(),
            too_many: None,
        }
    }

    pub(super) fn mistake(&mut self, mistake: Mistake) {
        self.mistakes.push(self.way.tell(mistake));
    }

    /// A step's or alternative's place in the plan.
    pub(super) fn step_id(&mut self, verb: &'static str, title: String, span: Span) -> StepId {
        let id = StepId::try_from(self.steps.len()).expect("a file is too small for so many steps");
        self.steps.push(StepInfo {
            verb,
            title,
            place: self.sources.place(span),
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
            if !entry.endpoints[endpoint].session && !self.accepts.contains(&(actor, endpoint)) {
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
