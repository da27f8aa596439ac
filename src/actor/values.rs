//! Values: variables, templates, captures, timers, signals.
//!
//! Owns reading an actor's variables when a step begins, `set`, `unset`, `assert`, `timer`, `wait`, `signal`, `await` and
//! `verdict`, and a step's deadline.

use std::sync::Arc;
use std::time::Duration;

use jsonpath_rust::JsonPath;
use serde_json::Value as Json;

use super::cells::{CellState, Touched, variables};
use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::scope::Variables;
use super::strand::{DEADLINE, Mark, Strand};
use crate::finding::{FindingKind, Verdict};
use crate::plan::step::{Capture, Step, StepId};
use crate::runtime::{Alarm, Waiting, Woken};
use crate::trace::event::Kind;
use crate::units::Delay;
use crate::wire::template::{Expression, JsonTemplate, Path, Template, assign, remove};

impl Strand {
    /// The actor's variables that these names need, as they are now; reading them is recorded.
    pub(super) fn shared(&self, step: StepId, names: &[String]) -> Variables {
        if !names.iter().any(|name| name.starts_with("actor")) {
            return Variables::new();
        }
        let mut state = self.actor.cells.lock();
        let shared = needed(names, &state);
        let mut touched = Touched::default();
        shared.keys().for_each(|name| touched.read(name));
        if !touched.is_empty() {
            let cells = self.actor.cells.access(&mut state, &touched);
            self.record(&Mark::of(step), &Kind::Access { cells });
        }
        shared
    }

    /// A template's text.
    pub(super) fn fill(&self, step: StepId, template: &Template, shared: Variables) -> Outcome<String> {
        match template.fixed() {
            Some(fixed) => Ok(fixed.to_owned()),
            None => template
                .text(&self.view(shared, &[]))
                .map_err(|error| self.no_value(step, &error)),
        }
    }

    pub(super) fn label(&self, step: StepId, label: Option<&Template>, shared: Variables) -> Outcome<Option<String>> {
        label.map(|label| self.fill(step, label, shared)).transpose()
    }

    /// When a step must have come to its end: its own `timeout`, else the limit, and no later than the groups around it.
    pub(super) fn deadline(&self, step: &Step) -> Alarm {
        let limit = step.timeout.unwrap_or(self.world.plan.limits.step);
        let own = self.world.pulse.now().after(limit, DEADLINE, step.timeout.is_some());
        match self.deadlines.last() {
            Some(&outer) => own.sooner(outer),
            None => own,
        }
    }

    /// A delay's value this time.
    pub(super) fn delay(&self, delay: Delay) -> Duration {
        match delay {
            Delay::Fixed(length) => length,
            drawn => crate::wire::template::World::draw(&*self.chance, "delay").delay(drawn),
        }
    }

    pub(super) async fn pause(&mut self, step: &Step, length: Delay) -> Outcome {
        let length = self.delay(length);
        let alarm = self.world.pulse.now().after(length, 0, true);
        let alarms = match self.deadlines.last() {
            Some(&outer) if outer.sooner(alarm).tag == DEADLINE => vec![outer],
            _ => vec![alarm],
        };
        let wait = crate::runtime::Wait {
            waiting: Waiting::Step,
            flows: &[],
            alarms: &alarms,
        };
        match self.seat.wait(wait, |_| std::task::Poll::<()>::Pending).await {
            Woken::Cut => Err(Halt::Cut),
            Woken::Alarm(DEADLINE) => {
                self.record(
                    &self.mark(step),
                    &Kind::Timeout {
                        of: "step".to_owned(),
                        watch: Vec::new(),
                    },
                );
                Err(self.fail(step.id, FindingKind::Timeout, "timed out during a pause"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn set_timers(&mut self, timers: &[(String, Option<Delay>)]) {
        for (name, length) in timers {
            match length {
                Some(length) => {
                    let alarm = self.world.pulse.now().after(self.delay(*length), 0, true);
                    self.timers.insert(name.clone(), alarm);
                }
                None => {
                    self.timers.remove(name);
                }
            }
        }
    }

    /// Values for paths, one after another; all of it one access to the actor's cells.
    pub(super) fn set(&mut self, step: &Step, values: &[(Path, JsonTemplate)]) -> Outcome {
        self.change(step, values.iter().map(|(path, _)| path), |strand, state| {
            for (path, value) in values {
                let view = strand.view(needed(&step.names, state), &[]);
                let path = path.fill(&view).map_err(|error| strand.no_value(step.id, &error))?;
                let value = value.json(&view).map_err(|error| strand.no_value(step.id, &error))?;
                drop(view);
                let (root, rest) = strand.root(&path, state);
                match rest {
                    [] => *root = Arc::new(value),
                    rest => {
                        let assigned = assign(Arc::make_mut(root), rest, value);
                        assigned.map_err(|error| {
                            strand.fail(
                                step.id,
                                FindingKind::Expression,
                                format!("cannot set `{}`: {error}", path.join(".")),
                            )
                        })?;
                    }
                }
            }
            Ok(())
        })
    }

    pub(super) fn unset(&mut self, step: &Step, paths: &[Path]) -> Outcome {
        self.change(step, paths.iter(), |strand, state| {
            for path in paths {
                let view = strand.view(needed(&step.names, state), &[]);
                let path = path.fill(&view).map_err(|error| strand.no_value(step.id, &error))?;
                drop(view);
                match &path[..] {
                    [actor, name] if actor == "actor" => {
                        state.variables.remove(name);
                    }
                    [name] => {
                        strand.variables.remove(name);
                    }
                    _ => {
                        let (root, rest) = strand.root(&path, state);
                        remove(Arc::make_mut(root), rest);
                    }
                }
            }
            Ok(())
        })
    }

    /// Evaluates and writes under the cells' lock, where the actor's variables are concerned.
    fn change<'p>(
        &mut self,
        step: &Step,
        paths: impl Iterator<Item = &'p Path>,
        write: impl FnOnce(&mut Self, &mut CellState) -> Outcome,
    ) -> Outcome {
        let mut touched = Touched::default();
        let writes: Vec<&str> = paths
            .filter(|path| path.first() == "actor")
            .map(|path| path.second().unwrap_or_default())
            .collect();
        if writes.is_empty() && !step.names.iter().any(|name| name.starts_with("actor")) {
            let mut none = CellState::default();
            return if self.may(step, &none)? {
                write(self, &mut none)
            } else {
                Ok(())
            };
        }
        let actor = Arc::clone(&self.actor);
        let mut state = actor.cells.lock();
        for name in variables(step.names.iter().map(String::as_str), &state) {
            touched.read(&name);
        }
        let may = self.may(step, &state)?;
        if may {
            writes.iter().for_each(|name| touched.write(name));
        }
        if !touched.is_empty() {
            let cells = actor.cells.access(&mut state, &touched);
            self.record(&Mark::of(step.id), &Kind::Access { cells });
        }
        if may { write(self, &mut state) } else { Ok(()) }
    }

    /// Whether a step's condition holds.
    fn may(&self, step: &Step, state: &CellState) -> Outcome<bool> {
        let Some(when) = &step.when else { return Ok(true) };
        let view = self.view(needed(&step.names, state), &[]);
        when.holds(&view).map_err(|error| self.no_value(step.id, &error))
    }

    /// The variable that a path is about, which is made where there is none, and the rest of the path.
    fn root<'a, 'p>(&'a mut self, path: &'p [String], state: &'a mut CellState) -> (&'a mut Arc<Json>, &'p [String]) {
        let empty = || Arc::new(Json::Object(serde_json::Map::new()));
        match path {
            [actor, name, rest @ ..] if actor == "actor" => {
                (state.variables.entry(name.clone()).or_insert_with(empty), rest)
            }
            [name, rest @ ..] => (self.variables.entry(name.clone()).or_insert_with(empty), rest),
            [] => unreachable!("a path has at least one part"),
        }
    }

    /// The value that a `capture` keeps of the last message.
    pub(super) fn captured(&self, step: StepId, capture: &Capture) -> Outcome<Json> {
        match capture {
            Capture::Expression(expression) => {
                let shared = self.shared(step, expression.names());
                expression
                    .json(&self.view(shared, &[]))
                    .map_err(|error| self.no_value(step, &error))
            }
            Capture::JsonPath(path) => {
                let fail = |text: String| self.fail(step, FindingKind::Expression, text);
                let json = self.last.as_ref().and_then(|last| last.message.json());
                let json = json.ok_or_else(|| fail(format!("`{path}` needs JSON, and the message is none")))?;
                let mut found = json.query(path).map_err(|error| fail(format!("`{path}`: {error}")))?;
                match found.len() {
                    0 => Err(fail(format!("`{path}` selects nothing in the message"))),
                    1 => Ok(found.remove(0).clone()),
                    _ => Ok(Json::Array(found.into_iter().cloned().collect())),
                }
            }
        }
    }

    /// The elements of a list.
    pub(super) fn elements(&self, step: StepId, elements: &JsonTemplate, shared: Variables) -> Outcome<Vec<Json>> {
        match elements
            .json(&self.view(shared, &[]))
            .map_err(|error| self.no_value(step, &error))?
        {
            Json::Array(elements) => Ok(elements),
            other => {
                let text = format!(
                    "`in` is no list: {}",
                    super::unheard::excerpt_of(other.to_string().as_bytes())
                );
                Err(self.fail(step, FindingKind::Expression, text))
            }
        }
    }

    pub(super) fn assert(&mut self, step: &Step, shared: Variables, condition: &Expression) -> Outcome {
        let view = self.view(shared, &[]);
        if condition.holds(&view).map_err(|error| self.no_value(step.id, &error))? {
            return Ok(());
        }
        let names = condition.names().iter().filter(|name| !name.contains('.'));
        let values: Vec<String> = names
            .filter_map(|name| {
                let value = crate::wire::template::Scope::value(&view, name)?;
                (name != "actor" && name != "message").then(|| format!("{name} is {value}"))
            })
            .collect();
        let text = format!("`{}` does not hold", condition.source());
        let mut finding = self.finding(step.id, FindingKind::Assert, text);
        finding.actual = (!values.is_empty()).then(|| values.join(", "));
        Err(Halt::Failed(Box::new(finding)))
    }

    pub(super) fn signal(&mut self, step: &Step, shared: Variables, name: &Template) -> Outcome {
        let name = self.fill(step.id, name, shared)?;
        let mark = self.mark(step);
        self.world.signals.give(&name, |nth| {
            self.record(
                &mark,
                &Kind::Signalled {
                    name: name.clone(),
                    nth,
                },
            );
        });
        Ok(())
    }

    pub(super) async fn wait_for_signal(
        &mut self,
        step: &Step,
        shared: Variables,
        name: &Template,
        times: u32,
    ) -> Outcome {
        let name = self.fill(step.id, name, shared)?;
        let before = self.awaited.get(&name).copied().unwrap_or_default();
        let count = before.saturating_add(times);
        let hears = Hears::Await {
            name: name.clone(),
            count,
        };
        let ears = [Ear {
            id: step.id,
            hears,
            on: Vec::new(),
            when: None,
        }];
        let deadline = self.deadline(step);
        match self.hear(&ears, &[], Waiting::Step, Some(deadline)).await? {
            Heard::Awaited { .. } => {
                self.take_signal(&self.mark(step), &name, count, Vec::new());
                Ok(())
            }
            other => Err(self.unheard(step, &ears, other)),
        }
    }

    /// Uses up a signal.
    pub(super) fn take_signal(&mut self, mark: &Mark, name: &str, count: u32, watch: Vec<String>) {
        self.awaited.insert(name.to_owned(), count);
        self.record(
            mark,
            &Kind::Awaited {
                name: name.to_owned(),
                count,
                watch,
            },
        );
    }

    pub(super) fn verdict(&mut self, step: &Step, shared: Variables, fail: bool, reason: &Template) -> Outcome {
        let reason = self.fill(step.id, reason, shared)?;
        let mut finding = self.finding(step.id, FindingKind::Verdict, reason);
        finding.verdict = if fail { Verdict::Fail } else { Verdict::Inconclusive };
        self.record(&self.mark(step), &Kind::Finding(Box::new(finding.clone())));
        self.world.found(finding);
        Ok(())
    }
}

/// The actor's variables that these names need.
fn needed(names: &[String], state: &CellState) -> Variables {
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
