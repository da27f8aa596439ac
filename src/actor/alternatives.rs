//! Alternatives: `choose`, `serve` and `any_order`.
//!
//! Owns what alternatives listen for, and doing what the one says that was met. Does not own waiting (`hear`).

use std::sync::Arc;

use serde_json::Value as Json;

use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::keep::Keeps;
use super::respond::Serving;
use super::scope::Variables;
use super::strand::{DEADLINE, Mark, Strand};
use super::take::watch;
use crate::plan::step::{Alternative, Guard, Step, StepId};
use crate::runtime::{Moment, Waiting};
use crate::trace::event::{Closed, Frame, Kind};

/// A variable and its value.
type Named = (String, Arc<Json>);

impl Strand {
    pub(super) async fn choose(&mut self, step: &Step, shared: Variables, alternatives: &[Alternative]) -> Outcome {
        let began = self.world.pulse.now();
        let deadline = self.deadline(step);
        let mut ears = self.ears(alternatives, shared, began)?;
        // On UDP nobody says that no more comes: a session has come to its end when nobody is left who could send.
        let waiting = match self.hears_datagrams_alone(&ears) {
            true => Waiting::Serve,
            false => Waiting::Step,
        };
        loop {
            match self.hear(&mut ears, &[], waiting, Some(deadline)).await? {
                Heard::Quiet if waiting == Waiting::Serve => {
                    self.dismissed = true;
                    return Err(Halt::Break);
                }
                heard @ (Heard::Message { .. }
                | Heard::Closed { .. }
                | Heard::Accepted { .. }
                | Heard::Awaited { .. }
                | Heard::Alarm { .. }) => {
                    return self.meet(Some(step.id), alternatives, &ears, heard).await;
                }
                other => self.unexpected(step, &mut ears, other).await?,
            }
        }
    }

    /// Whether this is a session that listens to nothing but datagrams.
    fn hears_datagrams_alone(&self, ears: &[Ear<'_>]) -> bool {
        let mut on = ears.iter().flat_map(|ear| &ear.on).peekable();
        let is_datagrams = |at: &usize| {
            let inbox = self.connections[*at].inbox.as_ref();
            inbox.is_some_and(|inbox| inbox.framing().is_datagram())
        };
        self.session.is_some() && on.peek().is_some() && on.all(is_datagrams)
    }

    pub(super) async fn serve(&mut self, step: &Step, alternatives: &[Alternative]) -> Outcome {
        let limit = step
            .timeout
            .map(|limit| self.world.pulse.now().after(limit, DEADLINE, true));
        let deadline = match (limit, self.deadlines.last()) {
            (Some(own), Some(&outer)) => Some(own.sooner(outer)),
            (own, outer) => own.or_else(|| outer.copied()),
        };
        let reads_cells = alternatives
            .iter()
            .flat_map(guard_names)
            .any(|name| name.starts_with("actor"));
        loop {
            let shared = if reads_cells {
                let names: Vec<String> = alternatives.iter().flat_map(guard_names).cloned().collect();
                self.shared(step.id, &names)
            } else {
                Variables::new()
            };
            let mut ears = self.ears(alternatives, shared, self.world.pulse.now())?;
            match self.hear(&mut ears, &[], Waiting::Serve, deadline).await? {
                Heard::Quiet => {
                    self.dismissed = true;
                    return Ok(());
                }
                // A program that is an actor's part leaves with bytes unread, or without, as the machine has it.
                Heard::UnwantedEnd {
                    at,
                    how: Closed::Reset,
                    partial: None,
                } if self.connections[at].link.outside => return Ok(()),
                // When and how the other side ends between two messages is no matter of the scenario where it is none of its
                // actors: the end is left to whoever waits for it, else to the tail.
                Heard::UnwantedEnd { at, partial: None, .. }
                    if self.connections[at].link.name.is_from_outside() && !self.connections[at].broke_off() =>
                {
                    return Ok(());
                }
                // An alternative took the end, and nothing can come from elsewhere.
                Heard::UnwantedEnd { at, .. } if self.connections[at].is_over() => return Ok(()),
                // Its own listener gone in order, a serve has done its part.
                Heard::UnwantedEnd {
                    at,
                    how: how @ Closed::Eof,
                    partial: None,
                } if !self.connections[at].broke_off() => {
                    self.take_end(&Mark::of(step.id), at, how, None, watch(self, &ears));
                    return Ok(());
                }
                // The last response was sent: what still comes is left over.
                Heard::Message { at, .. } | Heard::Unwanted { at, .. } if self.connections[at].is_served_out() => {
                    return Ok(());
                }
                heard @ (Heard::Message { .. }
                | Heard::Closed { .. }
                | Heard::Accepted { .. }
                | Heard::Awaited { .. }
                | Heard::Alarm { .. }) => {
                    // Time comes by itself: a round that it brings counts, so that none goes on for ever.
                    if matches!(heard, Heard::Alarm { .. }) {
                        self.turn(step.id).await?;
                    }
                    match self.meet(None, alternatives, &ears, heard).await {
                        Err(Halt::Break) => return Ok(()),
                        other => other?,
                    }
                }
                // What is no HTTP was refused, and no other request can follow it.
                Heard::Malformed { at, malformed } if self.ignores_malformed(at) => {
                    self.take_malformed(step, at, &malformed);
                    return Ok(());
                }
                other => self.unexpected(step, &mut ears, other).await?,
            }
        }
    }

    pub(super) async fn any_order(&mut self, step: &Step, shared: Variables, alternatives: &[Alternative]) -> Outcome {
        let began = self.world.pulse.now();
        let deadline = self.deadline(step);
        // One for each alternative, or for each element of its list, which is a variable then.
        let mut open = Vec::<(usize, Option<Named>)>::new();
        for (place, alternative) in alternatives.iter().enumerate() {
            let Some((name, elements)) = &alternative.each else {
                open.push((place, None));
                continue;
            };
            for element in self.elements(step.id, elements, shared.clone())? {
                open.push((place, Some((name.clone(), Arc::new(element)))));
            }
        }
        while !open.is_empty() {
            let mut ears = Vec::with_capacity(open.len());
            for (place, element) in &open {
                let before = element
                    .as_ref()
                    .map(|(name, value)| (name.clone(), self.variables.insert(name.clone(), Arc::clone(value))));
                let made = self.ears(std::slice::from_ref(&alternatives[*place]), shared.clone(), began);
                if let Some((name, before)) = before {
                    restore(&mut self.variables, name, before);
                }
                ears.extend(made?);
            }
            match self.hear(&mut ears, &[], Waiting::Step, Some(deadline)).await? {
                heard @ (Heard::Message { .. }
                | Heard::Closed { .. }
                | Heard::Accepted { .. }
                | Heard::Awaited { .. }
                | Heard::Alarm { .. }) => {
                    let ear = number(&heard) as usize;
                    let (place, element) = open.remove(ear);
                    if let Some((name, value)) = element {
                        self.variables.insert(name, value);
                    }
                    let met = [ears.swap_remove(ear)];
                    let one = std::slice::from_ref(&alternatives[place]);
                    self.meet(None, one, &met, renumbered(heard)).await?;
                }
                other => self.unexpected(step, &mut ears, other).await?,
            }
        }
        Ok(())
    }

    /// What alternatives listen for from `began` on, with their templates filled in once.
    pub(super) fn ears<'p>(
        &self,
        alternatives: &'p [Alternative],
        shared: Variables,
        began: Moment,
    ) -> Outcome<Vec<Ear<'p>>> {
        let mut ears = Vec::with_capacity(alternatives.len());
        for alternative in alternatives {
            let id = alternative.id;
            let (on, anybody) = match &alternative.guard {
                Guard::Receive(_) => self.on_heard(id, &alternative.on, shared.clone())?,
                Guard::Closed(_) => (self.on(id, &alternative.on, shared.clone())?, Vec::new()),
                _ => (Vec::new(), Vec::new()),
            };
            let hears = match &alternative.guard {
                Guard::Receive(matcher) => {
                    let view = self.view(shared.clone(), &[]);
                    Hears::Message(matcher.fill(&view).map_err(|error| self.no_value(id, &error))?)
                }
                Guard::Closed(ending) => Hears::Closed(*ending),
                Guard::Accept { endpoint, .. } => Hears::Accept(*endpoint),
                Guard::Await(name) => {
                    let name = self.fill(id, name, shared.clone())?;
                    let count = self.awaited.get(&name).copied().unwrap_or_default() + 1;
                    Hears::Await { name, count }
                }
                Guard::After(length) => Hears::Alarm(Some(began.after(self.delay(*length), 0, true))),
                Guard::Timer(name) => Hears::Alarm(self.timers.get(name).copied()),
            };
            ears.push(Ear {
                id,
                hears,
                on,
                anybody,
                when: alternative.when.as_ref(),
            });
        }
        Ok(ears)
    }

    /// Takes what met an alternative's guard, and does what is to be done then; both in the name of the peer, where the order
    /// between peers does not matter. `framed` is the step that frames it.
    pub(super) async fn meet(
        &mut self,
        framed: Option<StepId>,
        alternatives: &[Alternative],
        ears: &[Ear<'_>],
        heard: Heard,
    ) -> Outcome {
        let part = number(&heard);
        let alternative = &alternatives[part as usize];
        let peer = match &heard {
            Heard::Message { at, .. } | Heard::Closed { at, .. } => Some(&self.connections[*at].link.name),
            Heard::Accepted { arrived, .. } => Some(&arrived.name),
            _ => None,
        };
        let peer = peer.filter(|_| alternative.per_peer).map(Arc::clone);
        let entered = peer.is_some_and(|peer| self.enter_peer(&peer));
        if !entered {
            self.end_region();
        }
        if let Some(step) = framed {
            let time = self.begin(step);
            self.frames.push(Frame {
                step: alternative.id,
                time,
                part: part + 1,
            });
        }
        // Boxed, as steps inside steps are, so that it takes little of the stack.
        let outcome = Box::pin(self.take_and_do(alternative, ears, heard)).await;
        if framed.is_some() {
            self.frames.pop();
        }
        match entered {
            true => self.leave_peer(),
            false => self.end_region(),
        }
        outcome
    }

    async fn take_and_do(&mut self, alternative: &Alternative, ears: &[Ear<'_>], heard: Heard) -> Outcome {
        let places = watch(self, ears);
        let label = match &alternative.label {
            None => None,
            Some(label) => {
                let shared = self.shared(alternative.id, label.names());
                Some(self.fill(alternative.id, label, shared)?)
            }
        };
        let mark = Mark {
            step: alternative.id,
            label,
            hide: alternative.hide,
        };
        let mut met = None;
        let mut serving = self.serving.clone();
        match heard {
            Heard::Message {
                at,
                message,
                size,
                captures,
                ..
            } => {
                let connection = &self.connections[at];
                met = Some(connection.name.clone());
                if let Some(head) = message.head().filter(|_| connection.is_served()) {
                    serving = Some(Serving::of(head, &connection.link));
                }
                let keeps = Keeps::of_alternative(alternative, captures);
                self.take_and_keep(&mark, at, message, size, &places, keeps)?;
            }
            Heard::Closed { at, how, partial, .. } => {
                met = Some(self.connections[at].name.clone());
                self.take_end(&mark, at, how, partial, places);
            }
            Heard::Accepted { stream, arrived, .. } => {
                let Guard::Accept { endpoint, name } = &alternative.guard else {
                    unreachable!("a connection meets an `accept` guard")
                };
                let name = self.fill(alternative.id, name, Variables::new())?;
                met = Some(name.clone());
                let limit = self.world.plan.limits.step;
                let deadline = self.world.pulse.now().after(limit, DEADLINE, false);
                let taking = self.take_connection(&mark, *endpoint, name, stream, arrived, places, (false, deadline));
                if !taking.await? {
                    return Ok(());
                }
            }
            Heard::Awaited { ear } => {
                if let Hears::Await { name, count } = &ears[ear].hears {
                    self.take_signal(&mark, name, *count, places);
                }
            }
            Heard::Alarm { .. } => {
                let of = match &alternative.guard {
                    Guard::Timer(name) => {
                        self.timers.remove(name);
                        format!("timer {name}")
                    }
                    _ => "after".to_owned(),
                };
                self.record(&mark, &Kind::Timeout { of, watch: places });
            }
            _ => unreachable!("only what meets a guard is met"),
        }
        let before = self.met.clone();
        // A timer or signal comes on no connection: the one that was met before stays at hand.
        if met.is_some() {
            self.met = met;
        }
        std::mem::swap(&mut self.serving, &mut serving);
        let outcome = self.run(&alternative.steps).await;
        self.serving = serving;
        self.met = before;
        outcome
    }
}

const fn number(heard: &Heard) -> u32 {
    match heard {
        Heard::Message { ear, .. }
        | Heard::Closed { ear, .. }
        | Heard::Accepted { ear, .. }
        | Heard::Awaited { ear }
        | Heard::Alarm { ear } => *ear as u32,
        _ => 0,
    }
}

/// The same for a list of one ear.
fn renumbered(mut heard: Heard) -> Heard {
    match &mut heard {
        Heard::Message { ear, .. }
        | Heard::Closed { ear, .. }
        | Heard::Accepted { ear, .. }
        | Heard::Awaited { ear }
        | Heard::Alarm { ear } => *ear = 0,
        _ => {}
    }
    heard
}

fn restore(variables: &mut Variables, name: String, before: Option<Arc<Json>>) {
    match before {
        Some(value) => variables.insert(name, value),
        None => variables.remove(&name),
    };
}

fn guard_names(alternative: &Alternative) -> &[String] {
    match &alternative.guard {
        Guard::Receive(matcher) => matcher.names(),
        Guard::Await(name) => name.names(),
        _ => &[],
    }
}
