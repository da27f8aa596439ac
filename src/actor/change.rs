//! Changing values: `set`, `unset`, and what is `atomic`.
//!
//! Owns doing all of a step under one lock of the actor's cells, and recording what it accessed there as one event. Does
//! not own the cells (`cells`), nor evaluating (`wire::template`).

use std::sync::Arc;

use serde_json::Value as Json;

use super::cells::{CellState, Touched, variables};
use super::failure::Outcome;
use super::scope::Variables;
use super::strand::{Mark, Strand};
use crate::finding::FindingKind;
use crate::plan::step::{Step, Verb};
use crate::trace::event::Kind;
use crate::wire::template::{JsonTemplate, Path, assign, remove};

/// The actor's variables while a step has them, and what it has accessed of them so far.
#[derive(Debug)]
struct Held<'s> {
    state: &'s mut CellState,
    touched: Touched,
}

impl Strand {
    /// Does a step with nobody else's access between its own: all that it accesses is one event.
    ///
    /// Where it fails, what it had set before stays set.
    pub(super) fn at_once(&mut self, step: &Step) -> Outcome {
        if !shares(step) {
            let mut held = Held {
                state: &mut CellState::default(),
                touched: Touched::default(),
            };
            return self.act(step, &mut held);
        }
        let actor = Arc::clone(&self.actor);
        let mut state = actor.cells.lock();
        let mut held = Held {
            state: &mut state,
            touched: Touched::default(),
        };
        let outcome = self.act(step, &mut held);
        let touched = held.touched;
        if !touched.is_empty() {
            let cells = actor.cells.access(&mut state, &touched);
            self.record(&Mark::of(step.id), &Kind::Access { cells });
        }
        outcome
    }

    fn act(&mut self, step: &Step, held: &mut Held<'_>) -> Outcome {
        let shared = self.held(&step.names, held);
        if let Some(when) = &step.when
            && !self.holds(step.id, when, shared.clone())?
        {
            return Ok(());
        }
        match &step.verb {
            Verb::Set(values) => self.set(step, values, held),
            Verb::Unset(paths) => self.unset(step, paths, held),
            Verb::Assert(condition) => self.assert(step, shared, condition),
            Verb::If {
                condition,
                then,
                otherwise,
            } => {
                let holds = self.holds(step.id, condition, shared)?;
                self.act_all(if holds { then } else { otherwise }, held)
            }
            Verb::Group(steps) => self.act_all(steps, held),
            _ => unreachable!("the plan lets nothing else be atomic"),
        }
    }

    fn act_all(&mut self, steps: &[Step], held: &mut Held<'_>) -> Outcome {
        for step in steps {
            self.count(step.id)?;
            let outcome = self.act(step, held);
            self.judge(step, outcome)?;
        }
        Ok(())
    }

    /// Values for paths, one after another.
    fn set(&mut self, step: &Step, values: &[(Path, JsonTemplate)], held: &mut Held<'_>) -> Outcome {
        for (path, value) in values {
            let view = self.view(needed(&step.names, held.state), &[]);
            let path = path.fill(&view).map_err(|error| self.no_value(step.id, &error))?;
            let value = value.json(&view).map_err(|error| self.no_value(step.id, &error))?;
            drop(view);
            let (root, rest) = self.root(&path, held);
            match rest {
                [] => *root = Arc::new(value),
                rest => {
                    let assigned = assign(Arc::make_mut(root), rest, value);
                    assigned.map_err(|error| {
                        let text = format!("cannot set `{}`: {error}", path.join("."));
                        self.fail(step.id, FindingKind::Expression, text)
                    })?;
                }
            }
        }
        Ok(())
    }

    fn unset(&mut self, step: &Step, paths: &[Path], held: &mut Held<'_>) -> Outcome {
        for path in paths {
            let view = self.view(needed(&step.names, held.state), &[]);
            let path = path.fill(&view).map_err(|error| self.no_value(step.id, &error))?;
            drop(view);
            match &path[..] {
                [actor, name] if actor == "actor" => {
                    held.touched.write(name);
                    held.state.variables.remove(name);
                }
                [name] => {
                    self.variables.remove(name);
                }
                _ => {
                    let (root, rest) = self.root(&path, held);
                    remove(Arc::make_mut(root), rest);
                }
            }
        }
        Ok(())
    }

    /// The variable that a path is about, which is made where there is none, and the rest of the path.
    fn root<'a, 'p>(&'a mut self, path: &'p [String], held: &'a mut Held<'_>) -> (&'a mut Arc<Json>, &'p [String]) {
        let empty = || Arc::new(Json::Object(serde_json::Map::new()));
        match path {
            [actor, name, rest @ ..] if actor == "actor" => {
                held.touched.write(name);
                (held.state.variables.entry(name.clone()).or_insert_with(empty), rest)
            }
            [name, rest @ ..] => (self.variables.entry(name.clone()).or_insert_with(empty), rest),
            [] => unreachable!("a path has at least one part"),
        }
    }

    /// The actor's variables that these names need; they are accessed with this.
    fn held(&self, names: &[String], held: &mut Held<'_>) -> Variables {
        for name in variables(names.iter().map(String::as_str), held.state) {
            held.touched.read(&name);
        }
        needed(names, held.state)
    }
}

/// The actor's variables that these names need.
pub(super) fn needed(names: &[String], state: &CellState) -> Variables {
    variables(names.iter().map(String::as_str), state)
        .into_iter()
        .filter_map(|name| {
            state
                .variables
                .get(&name)
                .map(|value| (name.clone(), Arc::clone(value)))
        })
        .collect()
}

/// Whether a step that is done at once may be about variables of the actor.
fn shares(step: &Step) -> bool {
    let is_shared = |path: &Path| path.first() == "actor";
    step.names.iter().any(|name| name.starts_with("actor"))
        || match &step.verb {
            Verb::Set(values) => values.iter().any(|(path, _)| is_shared(path)),
            Verb::Unset(paths) => paths.iter().any(is_shared),
            Verb::If { then, otherwise, .. } => then.iter().chain(&**otherwise).any(shares),
            Verb::Group(steps) => steps.iter().any(shares),
            _ => false,
        }
}
