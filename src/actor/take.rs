//! Taking what came: `receive`, `closed`, `silence`, `choose`, `serve`, `any_order`.
//!
//! Owns what each of these verbs makes of what was heard, what is kept of it, and the words for what was expected and did
//! not come. Does not own waiting (`hear`).

use std::sync::Arc;

use serde_json::Value as Json;

use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::scope::{Received, Variables};
use super::strand::{DEADLINE, Mark, Strand};
use crate::finding::{Expected, FindingKind};
use crate::plan::step::{Alternative, Ending, Guard, Step, StepId, Unexpected};
use crate::runtime::{Moment, Waiting};
use crate::trace::event::{Closed, Content, Frame, Kind};
use crate::units::Delay;
use crate::wire::matcher::{Captures, Matcher, Mismatch};
use crate::wire::message::Message;

impl Strand {
    pub(super) async fn receive(
        &mut self,
        step: &Step,
        shared: Variables,
        matcher: &Matcher,
        optional: bool,
    ) -> Outcome {
        let on = self.on(step.id, &step.on, shared.clone())?;
        let want = matcher
            .fill(&self.view(shared.clone(), &[]))
            .map_err(|error| self.no_value(step.id, &error))?;
        let label = self.label(step.id, step.label.as_ref(), shared)?;
        let ears = [Ear {
            id: step.id,
            hears: Hears::Message(want),
            on,
            when: None,
        }];
        let deadline = self.deadline(step);
        loop {
            match self.hear(&ears, &[], Waiting::Step, Some(deadline)).await? {
                Heard::Message {
                    at,
                    message,
                    size,
                    captures,
                    ..
                } => {
                    let mark = Mark {
                        label,
                        ..self.mark(step)
                    };
                    self.take_message(&mark, at, message, size, watch(self, &ears));
                    return self.keep(step.id, &step.capture, captures);
                }
                Heard::Unwanted { .. } | Heard::UnwantedEnd { .. } if optional => return Ok(()),
                other => self.unexpected(step, &ears, other).await?,
            }
        }
    }

    pub(super) async fn closed(&mut self, step: &Step, shared: Variables, ending: Ending) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        let on = self.on(step.id, &step.on, shared)?;
        if on
            .iter()
            .any(|&at| self.connections[at].inbox.as_ref().is_none_or(|inbox| inbox.is_over()))
        {
            return Err(self.fail(step.id, FindingKind::Ended, "the connection has ended before"));
        }
        let ears = [Ear {
            id: step.id,
            hears: Hears::Closed(ending),
            on,
            when: None,
        }];
        let deadline = self.deadline(step);
        loop {
            match self.hear(&ears, &[], Waiting::Step, Some(deadline)).await? {
                Heard::Closed { at, how, partial, .. } => {
                    self.take_end(&mark, at, how, partial, watch(self, &ears));
                    return Ok(());
                }
                other => self.unexpected(step, &ears, other).await?,
            }
        }
    }

    pub(super) async fn silence(&mut self, step: &Step, shared: Variables, length: Delay) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        let on = self.on(step.id, &step.on, shared)?;
        let length = self.delay(length);
        let alarm = self.world.pulse.now().after(length, DEADLINE, true);
        let places: Vec<String> = on.iter().map(|&at| self.place_of(at)).collect();
        match self.hear(&[], &on, Waiting::Step, Some(alarm)).await? {
            Heard::Deadline => {
                self.record(&mark, &Kind::Silent { watch: places });
                Ok(())
            }
            Heard::Unwanted { at, message, size, .. } => {
                let shown = excerpt(message.bytes());
                self.take_message(&self.mark(step), at, message, size, Vec::new());
                let text = format!("expected silence, found {shown}");
                let mut finding = self.finding(step.id, FindingKind::Unsilent, text);
                finding.actual = Some(shown);
                Err(Halt::Failed(Box::new(finding)))
            }
            other => Err(self.unheard(step, &[], other)),
        }
    }

    pub(super) async fn choose(&mut self, step: &Step, shared: Variables, alternatives: &[Alternative]) -> Outcome {
        let time = self.begin(step.id);
        let began = self.world.pulse.now();
        let deadline = self.deadline(step);
        let ears = self.ears(alternatives, shared, began)?;
        loop {
            match self.hear(&ears, &[], Waiting::Step, Some(deadline)).await? {
                heard @ (Heard::Message { .. }
                | Heard::Closed { .. }
                | Heard::Accepted { .. }
                | Heard::Awaited { .. }
                | Heard::Alarm { .. }) => {
                    let part = number(&heard) + 1;
                    self.frames.push(Frame {
                        step: step.id,
                        time,
                        part,
                    });
                    let outcome = self.meet(alternatives, &ears, heard).await;
                    self.frames.pop();
                    return outcome;
                }
                other => self.unexpected(step, &ears, other).await?,
            }
        }
    }

    pub(super) async fn serve(&mut self, step: &Step, alternatives: &[Alternative]) -> Outcome {
        let limit = step
            .timeout
            .map(|limit| self.world.pulse.now().after(limit, DEADLINE, true));
        let deadline = match (limit, self.deadlines.last()) {
            (Some(own), Some(&outer)) => Some(own.sooner(outer)),
            (own, outer) => own.or(outer.copied()),
        };
        loop {
            let names: Vec<String> = alternatives.iter().flat_map(guard_names).collect();
            let shared = self.shared(step.id, &names);
            let ears = self.ears(alternatives, shared, self.world.pulse.now())?;
            match self.hear(&ears, &[], Waiting::Serve, deadline).await? {
                Heard::Quiet => return Ok(()),
                // Its own listener gone in order, a serve has done its part.
                Heard::UnwantedEnd {
                    at,
                    how: how @ Closed::Eof,
                    partial: None,
                } => {
                    self.take_end(&Mark::of(step.id), at, how, None, watch(self, &ears));
                    return Ok(());
                }
                heard @ (Heard::Message { .. }
                | Heard::Closed { .. }
                | Heard::Accepted { .. }
                | Heard::Awaited { .. }
                | Heard::Alarm { .. }) => match self.meet(alternatives, &ears, heard).await {
                    Err(Halt::Break) => return Ok(()),
                    other => other?,
                },
                other => self.unexpected(step, &ears, other).await?,
            }
        }
    }

    pub(super) async fn any_order(&mut self, step: &Step, shared: Variables, alternatives: &[Alternative]) -> Outcome {
        let began = self.world.pulse.now();
        let deadline = self.deadline(step);
        // One for each alternative, or for each element of its list.
        let mut open: Vec<(usize, Option<(String, Arc<Json>)>)> = Vec::new();
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
            match self.hear(&ears, &[], Waiting::Step, Some(deadline)).await? {
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
                    self.meet(std::slice::from_ref(&alternatives[place]), &met, renumbered(heard))
                        .await?;
                }
                other => self.unexpected(step, &ears, other).await?,
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
            let on = match &alternative.guard {
                Guard::Receive(_) | Guard::Closed(_) => self.on(id, &alternative.on, shared.clone())?,
                _ => Vec::new(),
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
                when: alternative.when.as_ref(),
            });
        }
        Ok(ears)
    }

    /// Takes what met an alternative's guard, and does what is to be done then.
    async fn meet(&mut self, alternatives: &[Alternative], ears: &[Ear<'_>], heard: Heard) -> Outcome {
        let alternative = &alternatives[number(&heard) as usize];
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
        match heard {
            Heard::Message {
                at,
                message,
                size,
                captures,
                ..
            } => {
                met = Some(self.connections[at].name.clone());
                self.take_message(&mark, at, message, size, places);
                self.keep(alternative.id, &alternative.capture, captures)?;
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
                self.take_connection(&mark, *endpoint, name, stream, arrived, places)?;
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
        let outcome = self.run(&alternative.steps).await;
        self.met = before;
        outcome
    }

    /// What to do with what no ear wants: the actor's `unexpected` may take a message; all else is a failure.
    async fn unexpected(&mut self, step: &Step, ears: &[Ear<'_>], heard: Heard) -> Outcome {
        let Heard::Unwanted {
            at,
            message,
            size,
            missed,
        } = heard
        else {
            return Err(self.unheard(step, ears, heard));
        };
        let world = Arc::clone(&self.world);
        match &self.actor.plan(&world.plan).unexpected {
            Unexpected::Fail => {}
            Unexpected::Ignore => {
                self.take_message(&Mark::of(step.id), at, message, size, Vec::new());
                return Ok(());
            }
            Unexpected::Alternatives(others) => {
                for (place, other) in others.iter().enumerate() {
                    let Guard::Receive(matcher) = &other.guard else {
                        continue;
                    };
                    let shared = self.shared(other.id, matcher.names());
                    let want = matcher
                        .fill(&self.view(shared, &[]))
                        .map_err(|error| self.no_value(other.id, &error))?;
                    let Ok(captures) = want.test(&message) else { continue };
                    let ear = Ear {
                        id: other.id,
                        hears: Hears::Message(want),
                        on: vec![at],
                        when: other.when.as_ref(),
                    };
                    let heard = Heard::Message {
                        ear: 0,
                        at,
                        message,
                        size,
                        captures,
                    };
                    return self.meet(&others[place..=place], &[ear], heard).await;
                }
            }
        }
        Err(self.unheard(
            step,
            ears,
            Heard::Unwanted {
                at,
                message,
                size,
                missed,
            },
        ))
    }

    /// The failure of a step that did not hear what it listened for.
    pub(super) fn unheard(&mut self, step: &Step, ears: &[Ear<'_>], heard: Heard) -> Halt {
        let mark = self.mark(step);
        match heard {
            Heard::Cut => Halt::Cut,
            Heard::NoValue { ear, error } => self.no_value(ears[ear].id, &error),
            Heard::Unwanted {
                at,
                message,
                size,
                missed,
            } => {
                let shown = excerpt(message.bytes());
                self.take_message(&mark, at, message, size, Vec::new());
                let expected = self.expected(ears, &missed);
                let text = match &expected[..] {
                    [one] => format!("expected {}, found {shown}", one.what),
                    _ => format!("no alternative takes {shown}"),
                };
                let mut finding = self.finding(step.id, FindingKind::Mismatch, text);
                finding.follows |= self.world.is_tainted(&self.connections[at].link.text);
                finding.actual = Some(shown);
                finding.expected = expected;
                Halt::Failed(Box::new(finding))
            }
            Heard::UnwantedEnd { at, how, partial } => {
                self.take_end(&mark, at, how, partial, Vec::new());
                let end = match how {
                    Closed::Reset => "was reset",
                    Closed::Truncated => "broke off",
                    Closed::Eof | Closed::Abandoned => "was closed",
                };
                let within = match partial {
                    Some((have, Some(want))) => format!(" after {have} of {want} bytes of a message"),
                    Some((have, None)) => format!(" after {have} bytes of a message"),
                    None => String::new(),
                };
                let text = format!("the connection {end}{within}, expected {}", waited_for(ears));
                let mut finding = self.finding(step.id, FindingKind::Ended, text);
                finding.follows = self.world.is_tainted(&self.connections[at].link.text);
                finding.expected = self.expected(ears, &[]);
                Halt::Failed(Box::new(finding))
            }
            Heard::Malformed { at, malformed } => {
                let connection = &self.connections[at];
                let (start, bytes) = connection
                    .inbox
                    .as_ref()
                    .map_or((0, &[][..]), |inbox| (inbox.offset(), inbox.untaken()));
                let bytes = &bytes[..bytes.len().min(malformed.at.end.max(1)).min(MALFORMED_SHOWN)];
                let kind = Kind::Malformed {
                    connection: connection.link.text.to_string(),
                    direction: connection.receives(),
                    start,
                    end: start + bytes.len() as u64,
                    content: Content::of(bytes),
                    why: malformed.why.clone(),
                };
                let dump = hex_dump(bytes, start);
                let at = start + malformed.at.start as u64;
                self.record(&mark, &kind);
                let mut finding = self.finding(step.id, FindingKind::Malformed, malformed.why);
                finding.actual = Some(format!("at offset {at} of the connection:\n{dump}"));
                Halt::Failed(Box::new(finding))
            }
            Heard::Deadline => {
                self.record(
                    &mark,
                    &Kind::Timeout {
                        of: "step".to_owned(),
                        watch: watch(self, ears),
                    },
                );
                let text = format!("timed out waiting for {}", waited_for(ears));
                let mut finding = self.finding(step.id, FindingKind::Timeout, text);
                finding.expected = self.expected(ears, &[]);
                finding.actual = self.begun(ears);
                Halt::Failed(Box::new(finding))
            }
            Heard::Standstill | Heard::Quiet => {
                let text = format!("waits for {}, which nobody can send", waited_for(ears));
                let mut finding = self.finding(step.id, FindingKind::Standstill, text);
                finding.expected = self.expected(ears, &[]);
                finding.actual = self.begun(ears);
                Halt::Failed(Box::new(finding))
            }
            Heard::Message { .. }
            | Heard::Closed { .. }
            | Heard::Accepted { .. }
            | Heard::Awaited { .. }
            | Heard::Alarm { .. } => unreachable!("what meets a guard is no failure"),
        }
    }

    /// What was begun of a message where a whole one was waited for.
    fn begun(&self, ears: &[Ear<'_>]) -> Option<String> {
        ears.iter().flat_map(|ear| &ear.on).find_map(|&at| {
            let untaken = self.connections[at].inbox.as_ref()?.untaken();
            (!untaken.is_empty()).then(|| format!("{} bytes of a message: {}", untaken.len(), excerpt(untaken)))
        })
    }

    fn expected(&self, ears: &[Ear<'_>], missed: &[(usize, Mismatch)]) -> Vec<Expected> {
        ears.iter()
            .enumerate()
            .map(|(number, ear)| {
                let mismatch = missed
                    .iter()
                    .find(|(missed, _)| *missed == number)
                    .map(|(_, mismatch)| mismatch);
                Expected {
                    what: describe(&ear.hears),
                    place: Some(self.world.place(ear.id)),
                    difference: mismatch.map(|mismatch| mismatch.difference.clone()),
                    nearness: mismatch.map_or(0, |mismatch| mismatch.nearness),
                }
            })
            .collect()
    }

    /// Takes a message off a connection and records it.
    pub(super) fn take_message(&mut self, mark: &Mark, at: usize, message: Message, size: usize, watch: Vec<String>) {
        let connection = &mut self.connections[at];
        connection.taken += 1;
        let (start, end) = connection.inbox.as_mut().map_or((0, 0), |inbox| inbox.take(size));
        let kind = Kind::Receive {
            connection: connection.link.text.to_string(),
            direction: connection.receives(),
            start,
            end,
            content: Content::of(message.bytes()),
            watch,
        };
        let from = connection.link.peer.clone();
        self.record(mark, &kind);
        self.last = Some(Received { message, from });
    }

    /// Takes the end of what a connection receives and records it.
    fn take_end(
        &mut self,
        mark: &Mark,
        at: usize,
        how: Closed,
        partial: Option<(u64, Option<u64>)>,
        watch: Vec<String>,
    ) {
        let connection = &mut self.connections[at];
        connection.gone |= how == Closed::Reset;
        if let Some(inbox) = &mut connection.inbox {
            inbox.take_end();
        }
        let kind = Kind::Closed {
            connection: connection.link.text.to_string(),
            direction: connection.receives(),
            how,
            partial,
            watch,
        };
        self.record(mark, &kind);
    }

    /// Keeps what was captured, by the matcher and by the step.
    fn keep(&mut self, step: StepId, capture: &[(String, crate::plan::step::Capture)], captures: Captures) -> Outcome {
        for (name, value) in captures {
            self.variables.insert(name, Arc::new(value));
        }
        for (name, capture) in capture {
            let value = self.captured(step, capture)?;
            self.variables.insert(name.clone(), Arc::new(value));
        }
        Ok(())
    }

    fn place_of(&self, at: usize) -> String {
        let connection = &self.connections[at];
        format!("{}{}", connection.link.text, connection.receives())
    }
}

/// How many bytes of what is malformed are recorded.
const MALFORMED_SHOWN: usize = 256;

/// All places at which the ears would have taken something, where there is more than one.
fn watch(strand: &Strand, ears: &[Ear<'_>]) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for ear in ears {
        match &ear.hears {
            Hears::Message(_) | Hears::Closed(_) => places.extend(ear.on.iter().map(|&at| strand.place_of(at))),
            Hears::Accept(endpoint) => places.push(format!("@{}", strand.actor.endpoints[*endpoint].text())),
            Hears::Await { name, .. } => places.push(format!("!{name}")),
            Hears::Alarm(Some(_)) => places.push(":timer".to_owned()),
            Hears::Alarm(None) => {}
        }
    }
    places.sort();
    places.dedup();
    if places.len() > 1 { places } else { Vec::new() }
}

fn waited_for(ears: &[Ear<'_>]) -> String {
    let mut wants: Vec<String> = ears.iter().map(|ear| describe(&ear.hears)).collect();
    wants.dedup();
    const NAMED: usize = 3;
    let more = wants.len().saturating_sub(NAMED);
    wants.truncate(NAMED);
    let named = if wants.is_empty() {
        "nothing".to_owned()
    } else {
        wants.join(" or ")
    };
    if more > 0 {
        format!("{named} or {more} more")
    } else {
        named
    }
}

fn describe(hears: &Hears) -> String {
    match hears {
        Hears::Message(want) => want.describe(),
        Hears::Closed(Ending::Eof) => "the connection to be closed".to_owned(),
        Hears::Closed(Ending::Reset) => "the connection to be reset".to_owned(),
        Hears::Closed(Ending::Any) => "the connection to end".to_owned(),
        Hears::Accept(_) => "a connection".to_owned(),
        Hears::Await { name, .. } => format!("the signal `{name}`"),
        Hears::Alarm(_) => "a timer".to_owned(),
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

fn guard_names(alternative: &Alternative) -> Vec<String> {
    match &alternative.guard {
        Guard::Receive(matcher) => matcher.names().to_vec(),
        Guard::Await(name) => name.names().to_vec(),
        _ => Vec::new(),
    }
}

/// Bytes as short text for people: JSON objects and lists as they are, other text in quotes, else hexadecimal.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 60;
    let Ok(text) = std::str::from_utf8(bytes) else {
        let cut = &bytes[..bytes.len().min(SHOWN / 3)];
        let hex = data_encoding::HEXLOWER.encode(cut);
        return if cut.len() < bytes.len() {
            format!("{hex}… ({} bytes)", bytes.len())
        } else {
            hex
        };
    };
    let quote = if text.starts_with(['{', '[']) { "" } else { "\"" };
    let cut: String = text.chars().take(SHOWN).collect();
    // Only what cannot be seen is escaped: quotes inside would make JSON hard to read.
    let shown: String = cut
        .chars()
        .map(|c| {
            if c.is_control() {
                c.escape_default().to_string()
            } else {
                c.into()
            }
        })
        .collect();
    if cut.len() < text.len() {
        format!("{quote}{shown}…{quote} ({} bytes)", bytes.len())
    } else {
        format!("{quote}{shown}{quote}")
    }
}

/// Bytes sixteen a line, with their offsets and as text.
fn hex_dump(bytes: &[u8], start: u64) -> String {
    let lines: Vec<String> = bytes
        .chunks(16)
        .zip(0u64..)
        .map(|(row, number)| {
            let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
            let text: String = row
                .iter()
                .map(|&b| if (0x20..0x7f).contains(&b) { b as char } else { '.' })
                .collect();
            format!("{:08x}  {:<47}  {text}", start + number * 16, hex.join(" "))
        })
        .collect();
    lines.join("\n")
}
