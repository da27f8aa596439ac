//! Rounds and branches: `repeat` and `parallel`.
//!
//! Owns how often steps are run, and the strands of branches, to which directions of connections are lent.

use std::sync::Arc;

use serde_json::Value as Json;

use super::connection::Connection;
use super::failure::{Halt, Outcome};
use super::scope::Variables;
use super::strand::{Ended, Strand};
use crate::finding::FindingKind;
use crate::ident::Tail;
use crate::plan::step::{Block, Branch, Branches, Rounds, Step, StepId};
use crate::runtime::{self, Wait, Waiting, Woken};
use crate::trace::event::{Frame, Kind};
use crate::wire::template::{JsonTemplate, Template};

/// No `parallel` has more branches than this.
const MOST_BRANCHES: usize = 10_000;

impl Strand {
    /// Counts that a framing step begins.
    pub(super) fn begin(&mut self, step: StepId) -> u32 {
        let time = self.begun.entry(step).or_default();
        *time += 1;
        *time
    }

    pub(super) async fn repeat(
        &mut self,
        step: &Step,
        shared: Variables,
        rounds: &Rounds,
        round: Option<&str>,
        steps: &[Step],
    ) -> Outcome {
        let time = self.begin(step.id);
        let limited = self.limit(step);
        let outcome = self.rounds(step, shared, rounds, round, steps, time).await;
        if limited {
            self.deadlines.pop();
        }
        outcome
    }

    async fn rounds(
        &mut self,
        step: &Step,
        shared: Variables,
        rounds: &Rounds,
        round: Option<&str>,
        steps: &[Step],
        time: u32,
    ) -> Outcome {
        let (count, mut elements) = match rounds {
            Rounds::Times(times) => (Some(self.times(step.id, times, shared)?), None),
            Rounds::While(_) => (None, None),
            Rounds::For { name, elements } => {
                let elements = self.elements(step.id, elements, shared)?;
                (Some(elements.len() as u64), Some((name, elements.into_iter())))
            }
        };
        let crossed = self.crosses_rounds(steps);
        let mut part = 0u32;
        while count.is_none_or(|count| u64::from(part) < count) {
            if let Rounds::While(condition) = rounds {
                let shared = self.shared(step.id, condition.names());
                if !self.holds(step.id, condition, shared)? {
                    return Ok(());
                }
            }
            part += 1;
            if let Some(round) = round {
                self.variables.insert(round.to_owned(), Arc::new(Json::from(part)));
            }
            if let Some((name, elements)) = &mut elements
                && let Some(element) = elements.next()
            {
                self.variables.insert((*name).clone(), Arc::new(element));
            }
            if !crossed {
                self.end_region();
                self.frames.push(Frame {
                    step: step.id,
                    time,
                    part,
                });
            }
            // A round without steps counts as one too, so that none goes on for ever.
            let outcome = match steps {
                [] => self.turn(step.id).await,
                steps => self.run(steps).await,
            };
            if !crossed {
                self.end_region();
                self.frames.pop();
            }
            match outcome {
                Err(Halt::Break) => return Ok(()),
                other => other?,
            }
        }
        Ok(())
    }

    fn times(&self, step: StepId, times: &JsonTemplate, shared: Variables) -> Outcome<u64> {
        let value = times
            .json(&self.view(shared, &[]))
            .map_err(|error| self.no_value(step, &error))?;
        let number = match &value {
            Json::String(text) => text.trim().parse().ok(),
            value => value.as_u64(),
        };
        number.ok_or_else(|| {
            self.fail(
                step,
                FindingKind::Expression,
                format!("`{value}` is no number of rounds"),
            )
        })
    }

    pub(super) async fn parallel(&mut self, step: &Step, shared: Variables, branches: &Branches) -> Outcome {
        let limited = self.limit(step);
        let outcome = self.branches(step, shared, branches).await;
        if limited {
            self.deadlines.pop();
        }
        outcome
    }

    async fn branches(&mut self, step: &Step, shared: Variables, branches: &Branches) -> Outcome {
        let time = self.begin(step.id);
        self.parallels += 1;
        let begun: Vec<(&Branch, Variables)> = match branches {
            Branches::Lists(number, branches) => branches
                .iter()
                .zip(1u32..)
                .map(|(branch, place)| (branch, self.branch_variables(number.as_deref(), place, None)))
                .collect(),
            Branches::Same {
                rounds,
                branch: number,
                steps,
            } => {
                let elements: Vec<Option<(String, Json)>> = match rounds {
                    Rounds::For { name, elements } => {
                        let elements = self.elements(step.id, elements, shared.clone())?;
                        elements
                            .into_iter()
                            .map(|element| Some((name.clone(), element)))
                            .collect()
                    }
                    Rounds::Times(times) => {
                        let times = self.times(step.id, times, shared.clone())?;
                        vec![None; usize::try_from(times).unwrap_or(usize::MAX).min(MOST_BRANCHES + 1)]
                    }
                    Rounds::While(_) => Vec::new(),
                };
                if elements.len() > MOST_BRANCHES {
                    let text = format!("more than {MOST_BRANCHES} branches");
                    return Err(self.fail(step.id, FindingKind::Limit, text));
                }
                let places = elements.into_iter().zip(1u32..);
                places
                    .map(|(element, at)| (steps, self.branch_variables(number.as_deref(), at, element)))
                    .collect()
            }
        };
        let mut children = Vec::with_capacity(begun.len());
        for ((branch, variables), place) in begun.into_iter().zip(1u32..) {
            children.push(self.begin_branch(step.id, time, place, branch, variables, &shared)?);
        }
        let own = self.variables.clone();
        let mut failed = false;
        let begin = |(name, steps, child): (String, Block, Self)| (name, runtime::spawn(child.play(steps)));
        let tasks: Vec<_> = children.into_iter().map(begin).collect();
        for (name, task) in tasks {
            let mut task = std::pin::pin!(task);
            let wait = Wait {
                waiting: Waiting::Others,
                flows: &[],
                alarms: &[],
            };
            // The branches see a cut themselves, and give back what they were lent.
            let ended = match self.seat.wait(wait, |cx| task.as_mut().poll(cx)).await {
                Woken::Ready(ended) => ended,
                _ => task.await,
            };
            self.record(&self.mark(step), &Kind::Joined { strand: name });
            failed |= !ended.passed;
            self.give_back(ended, &own);
        }
        if self.world.pulse.is_cut() {
            return Err(Halt::Cut);
        }
        if failed { Err(Halt::Follows) } else { Ok(()) }
    }

    fn branch_variables(&self, number: Option<&str>, place: u32, element: Option<(String, Json)>) -> Variables {
        let mut variables = self.variables.clone();
        if let Some(number) = number {
            variables.insert(number.to_owned(), Arc::new(Json::from(place)));
        }
        if let Some((name, element)) = element {
            variables.insert(name, Arc::new(element));
        }
        variables
    }

    fn begin_branch(
        &mut self,
        step: StepId,
        time: u32,
        place: u32,
        branch: &Branch,
        variables: Variables,
        shared: &Variables,
    ) -> Outcome<(String, Block, Self)> {
        let name = self.name.with(Tail::Branch {
            parallel: self.parallels,
            branch: place,
        });
        let mut child = Self::new(&self.world, &self.actor, name);
        child.variables = variables;
        child.session.clone_from(&self.session);
        child.last.clone_from(&self.last);
        child.met.clone_from(&self.met);
        child.serving.clone_from(&self.serving);
        child.deadlines.clone_from(&self.deadlines);
        child.hidden = self.hidden;
        child.frames.clone_from(&self.frames);
        child.frames.push(Frame {
            step,
            time,
            part: place,
        });
        let named = |strand: &Self, names: &[Template]| -> Outcome<Vec<String>> {
            names
                .iter()
                .map(|name| child_fill(strand, step, name, &child, shared))
                .collect()
        };
        let receives = named(self, &branch.receives)?;
        let sends = named(self, &branch.sends)?;
        child.pools = self.lent_pools(&sends);
        for connection in &mut self.connections {
            let inbox = if receives.contains(&connection.name) {
                connection.inbox.take()
            } else {
                None
            };
            let outbox = if sends.contains(&connection.name) {
                connection.outbox.clone()
            } else {
                None
            };
            if inbox.is_none() && outbox.is_none() {
                continue;
            }
            let answers = inbox.is_some().then(|| connection.answers.take()).flatten();
            let memory = inbox.is_some().then(|| connection.memory.take()).flatten();
            child.connections.push(Connection {
                name: connection.name.clone(),
                link: Arc::clone(&connection.link),
                inbox,
                outbox,
                back: connection.back.clone(),
                taken: connection.taken,
                lent: true,
                spent: connection.spent,
                gone: connection.gone,
                occupied: None,
                answers,
                memory,
                passed: connection.passed,
            });
        }
        self.record(
            &super::strand::Mark::of(step),
            &Kind::Spawned {
                strand: child.text.to_string(),
            },
        );
        Ok((child.text.to_string(), Arc::clone(&branch.steps), child))
    }

    /// Takes back what a branch was lent, and what it set.
    fn give_back(&mut self, ended: Ended, before: &Variables) {
        for (name, value) in ended.variables {
            if before.get(&name).is_none_or(|old| !Arc::ptr_eq(old, &value)) {
                self.variables.insert(name, value);
            }
        }
        for lent in ended.connections {
            if let Some(connection) = self.connections.iter_mut().find(|own| own.link.text == lent.link.text) {
                connection.gone |= lent.gone;
                connection.spent |= lent.spent;
                connection.taken = connection.taken.max(lent.taken);
                if lent.inbox.is_some() {
                    connection.inbox = lent.inbox;
                    connection.answers = lent.answers;
                    connection.memory = lent.memory;
                    connection.passed = lent.passed;
                }
            }
        }
        // What a branch closed, nobody gave back: its outbox has ended and its inbox is gone.
        self.connections
            .retain(|own| own.inbox.is_some() || own.outbox.as_ref().is_some_and(|outbox| !outbox.is_ended()));
    }
}

/// A lent connection's name as the branch sees it.
fn child_fill(strand: &Strand, step: StepId, name: &Template, child: &Strand, shared: &Variables) -> Outcome<String> {
    match name.fixed() {
        Some(fixed) => Ok(fixed.to_owned()),
        None => {
            let mut view = strand.view(shared.clone(), &[]);
            view.variables = &child.variables;
            name.text(&view).map_err(|error| strand.no_value(step, &error))
        }
    }
}
