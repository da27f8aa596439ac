//! Taking what came: `receive`, `closed`, `silence`, `choose`, `serve`, `any_order`.
//!
//! Owns what each of these verbs makes of what was heard, and the words for what was expected and did not come. Does not
//! own waiting (`hear`), nor what is kept of a message (`keep`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::excerpt::excerpt;
use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::keep::Keeps;
use super::scope::{Received, Variables};
use super::send::head_of;
use super::strand::{DEADLINE, Mark, Strand};
use crate::finding::FindingKind;
use crate::net::inbox::Inbox;
use crate::plan::step::{Ending, Step};
use crate::runtime::Waiting;
use crate::trace::event::{Closed, Kind};
use crate::trace::recorder::{NOTHING, Traffic};
use crate::units::Delay;
use crate::wire::matcher::Matcher;
use crate::wire::message::{Control, Message};

impl Strand {
    pub(super) async fn receive(
        &mut self,
        step: &Step,
        shared: Variables,
        matcher: &Matcher,
        optional: bool,
    ) -> Outcome {
        let (on, anybody) = self.on_heard(step.id, &step.on, shared.clone())?;
        let want = matcher
            .fill(&self.view(shared.clone(), &[]))
            .map_err(|error| self.no_value(step.id, &error))?;
        let label = self.label(step.id, step.label.as_ref(), shared)?;
        let mut ears = [Ear {
            id: step.id,
            hears: Hears::Message(want),
            on,
            anybody,
            when: None,
        }];
        let deadline = self.deadline(step);
        loop {
            match self.hear(&mut ears, &[], Waiting::Step, Some(deadline)).await? {
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
                    let places = watch(self, &ears);
                    let keeps = Keeps::of(step, matcher, captures);
                    return self.take_and_keep(&mark, at, message, size, &places, keeps);
                }
                Heard::Unwanted { .. } | Heard::UnwantedEnd { .. } if optional => return Ok(()),
                other => self.unexpected(step, &mut ears, other).await?,
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
        let mut ears = [Ear {
            id: step.id,
            hears: Hears::Closed(ending),
            on,
            anybody: Vec::new(),
            when: None,
        }];
        let deadline = self.deadline(step);
        loop {
            match self.hear(&mut ears, &[], Waiting::Step, Some(deadline)).await? {
                Heard::Closed { at, how, partial, .. } => {
                    self.take_end(&mark, at, how, partial, watch(self, &ears));
                    return Ok(());
                }
                other => self.unexpected(step, &mut ears, other).await?,
            }
        }
    }

    pub(super) async fn silence(&mut self, step: &Step, shared: Variables, length: Delay) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        let (on, anybody) = self.on_heard(step.id, &step.on, shared)?;
        let length = self.delay(length);
        let alarm = self.world.pulse.now().after(length, DEADLINE, true);
        let places: Vec<String> = on.iter().map(|&at| self.place_of(at)).collect();
        // Where it listens, wherever that is when a rule for what is unexpected has stepped in. Newcomers break a silence too.
        let mut ears = [Ear {
            id: step.id,
            hears: Hears::Alarm(None),
            on,
            anybody,
            when: None,
        }];
        loop {
            let on = ears[0].on.clone();
            let newcomers = if ears[0].anybody.is_empty() { 0 } else { 1 };
            let heard = self
                .hear(&mut ears[..newcomers], &on, Waiting::Step, Some(alarm))
                .await?;
            match self.step_in(step, &mut ears, heard).await? {
                None => {}
                Some(Heard::Deadline) => {
                    self.record(&mark, &Kind::Silent { watch: places });
                    return Ok(());
                }
                Some(Heard::Unwanted { at, message, size, .. }) => {
                    let shown = excerpt(&message);
                    self.take_message(&self.mark(step), at, message, size, Vec::new());
                    let text = format!("expected silence, found {shown}");
                    let mut finding = self.finding(step.id, FindingKind::Unsilent, text);
                    finding.actual = Some(shown);
                    return Err(Halt::Failed(Box::new(finding)));
                }
                Some(other) => return Err(self.unheard(step, &[], other)),
            }
        }
    }

    /// Takes a message off a connection and records it.
    pub(super) fn take_message(&mut self, mark: &Mark, at: usize, message: Message, size: usize, watch: Vec<String>) {
        self.look_at(at, message);
        self.record_taken(mark, at, size, &watch, &NOTHING);
    }

    /// Makes a message on a connection the last one.
    pub(super) fn look_at(&mut self, at: usize, message: Message) {
        let link = Arc::clone(&self.connections[at].link);
        let message = self.world.read(&link.text, message);
        self.last = Some(Received { message, link });
    }

    /// Takes the last message off its connection and records it, with what is kept of it.
    pub(super) fn record_taken(
        &mut self,
        mark: &Mark,
        at: usize,
        size: usize,
        watch: &[String],
        captured: &BTreeMap<String, String>,
    ) {
        let Some(Received { message, link }) = self.last.clone() else {
            return;
        };
        let connection = &mut self.connections[at];
        connection.taken += 1;
        if let (Some(memory), Some(datagram)) = (
            &mut connection.memory,
            connection.inbox.as_ref().and_then(Inbox::datagram),
        ) {
            memory.take(datagram);
        }
        self.world.taken(&link.text, connection.receives(), connection.taken);
        let range = connection.inbox.as_mut().map_or((0, 0), |inbox| inbox.take(size));
        let shown = self.world.shown(&link.text, &message);
        let traffic = Traffic {
            sent: false,
            connection: &link.text,
            direction: link.side.sends().reverse(),
            range,
            bytes: message.bytes(),
            control: message.control().map(Control::name),
            head: head_of(&message, self.show()),
            shown: shown.as_deref(),
            broadcast: None,
            watch,
            captured,
        };
        self.serially(traffic.connection);
        self.log().message(self.about(mark), &traffic);
    }

    /// Takes the end of what a connection receives and records it.
    pub(super) fn take_end(
        &mut self,
        mark: &Mark,
        at: usize,
        how: Closed,
        partial: Option<(u64, Option<u64>)>,
        watch: Vec<String>,
    ) {
        let connection = &mut self.connections[at];
        connection.gone |= how == Closed::Reset;
        self.world
            .taken(&connection.link.text, connection.receives(), connection.taken + 1);
        if let Some(inbox) = &mut connection.inbox {
            inbox.take_end();
        }
        let kind = Kind::Closed {
            connection: connection.link.text.to_string(),
            direction: connection.receives(),
            how,
            code: connection.code(),
            partial,
            watch,
        };
        self.record(mark, &kind);
        self.answer_farewell(mark.step, at);
    }

    fn place_of(&self, at: usize) -> String {
        let connection = &self.connections[at];
        format!("{}{}", connection.link.text, connection.receives())
    }
}

/// All places at which the ears would have taken something, where there is more than one.
pub(super) fn watch(strand: &Strand, ears: &[Ear<'_>]) -> Vec<String> {
    if let [ear] = ears
        && ear.on.len() <= 1
        && ear.anybody.is_empty()
    {
        return Vec::new();
    }
    let places = watched(strand, ears);
    if places.len() > 1 || ears.iter().any(|ear| !ear.anybody.is_empty()) {
        places
    } else {
        Vec::new()
    }
}

/// All places at which the ears would have taken something.
pub(super) fn watched(strand: &Strand, ears: &[Ear<'_>]) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for ear in ears {
        let newcomers = ear.anybody.iter().map(|endpoint| &strand.actor.endpoints[*endpoint]);
        places.extend(newcomers.map(|endpoint| format!("@{}", endpoint.text())));
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
    places
}
