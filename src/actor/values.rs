//! Values: variables, templates, timers, signals.
//!
//! Owns reading an actor's variables when a step begins, `assert`, `timer`, `wait`, `signal`, `await` and `verdict`, and a
//! step's deadline. Does not own what changes them (`change`).

use std::time::Duration;

use serde_json::Value as Json;

use super::cells::Touched;
use super::change::needed;
use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::scope::Variables;
use super::strand::{DEADLINE, Mark, Strand};
use crate::finding::{FindingKind, Verdict};
use crate::plan::step::{Step, StepId};
use crate::runtime::{Alarm, Waiting};
use crate::trace::event::Kind;
use crate::units::Delay;
use crate::wire::template::{Expression, JsonTemplate, Template};

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
        let alarm = self.deadlines.last().map_or(alarm, |&outer| outer.sooner(alarm));
        match self.hear(&mut [], &[], Waiting::Step, Some(alarm)).await? {
            Heard::Cut => Err(Halt::Cut),
            Heard::Deadline => {
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
                    super::excerpt::excerpt_of(other.to_string().as_bytes())
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
        let mut ears = [Ear {
            id: step.id,
            hears,
            on: Vec::new(),
            anybody: Vec::new(),
            when: None,
        }];
        let deadline = self.deadline(step);
        match self.hear(&mut ears, &[], Waiting::Step, Some(deadline)).await? {
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
