//! What was heard and not wanted, and the words for it.
//!
//! Owns the actor's `unexpected`, and the findings of a step that did not get what it listened for: what came, what would
//! have been accepted, and how near it was.

use std::sync::Arc;

use super::connection::Link;
use super::excerpt::{excerpt, excerpt_of, hex_excerpt};
use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::strand::{Mark, Strand};
use super::take::watched;
use crate::finding::{Expected, FindingKind};
use crate::net::inbox::Inbox;
use crate::plan::step::{Ending, Guard, Step, Unexpected};
use crate::trace::event::{Closed, Content, Kind};
use crate::wire::framing::{DATAGRAM_LENGTH, Malformed};
use crate::wire::hex;
use crate::wire::matcher::Mismatch;
use crate::wire::message::Message;

impl Strand {
    /// What to do with what no ear wants: the actor's `unexpected` may take a message; all else is a failure. The ears
    /// listen on the same connections afterwards, wherever these are then.
    pub(super) async fn unexpected(&mut self, step: &Step, ears: &mut [Ear<'_>], heard: Heard) -> Outcome {
        let world = Arc::clone(&self.world);
        let unwanted = match (&self.actor.plan(&world.plan).unexpected, heard) {
            (Unexpected::Ignore, Heard::Unwanted { at, message, size, .. }) => {
                self.take_message(&Mark::of(step.id), at, message, size, Vec::new());
                return Ok(());
            }
            (_, heard) => heard,
        };
        match self.step_in(step, ears, unwanted).await? {
            None => Ok(()),
            Some(heard) => Err(self.unheard(step, ears, heard)),
        }
    }

    /// Lets the actor's rules for what is unexpected take a message that no ear wants; gives back what none of them takes.
    pub(super) async fn step_in(&mut self, step: &Step, ears: &mut [Ear<'_>], heard: Heard) -> Outcome<Option<Heard>> {
        let world = Arc::clone(&self.world);
        let Unexpected::Alternatives(others) = &self.actor.plan(&world.plan).unexpected else {
            return Ok(Some(heard));
        };
        let Heard::Unwanted {
            at,
            message,
            size,
            missed,
        } = heard
        else {
            return Ok(Some(heard));
        };
        for (place, other) in others.iter().enumerate() {
            let Guard::Receive(matcher) = &other.guard else {
                continue;
            };
            let shared = self.shared(other.id, matcher.names());
            let want = matcher
                .fill(&self.view(shared, &[]))
                .map_err(|error| self.no_value(other.id, &error))?;
            let Ok(captures) = want.test(&message) else { continue };
            let read = want.read(message.clone());
            let ear = Ear {
                id: other.id,
                hears: Hears::Message(want),
                on: vec![at],
                anybody: Vec::new(),
                when: other.when.as_ref(),
            };
            match self.holds_when(&ear, &self.connections[at], &message, &captures) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => return Err(self.no_value(other.id, &error)),
            }
            let heard = Heard::Message {
                ear: 0,
                at,
                message: read,
                size,
                captures,
            };
            let links: Vec<_> = self.connections.iter().map(|own| Arc::clone(&own.link)).collect();
            self.meet(None, &others[place..=place], &[ear], heard).await?;
            self.follow(step, ears, &links)?;
            return Ok(None);
        }
        Ok(Some(Heard::Unwanted {
            at,
            message,
            size,
            missed,
        }))
    }

    /// Lets ears listen where the connections are now that were these before: a rule may have closed some of them.
    fn follow(&self, step: &Step, ears: &mut [Ear<'_>], before: &[Arc<Link>]) -> Outcome {
        for on in ears.iter_mut().map(|ear| &mut ear.on).filter(|on| !on.is_empty()) {
            let now = |at: &usize| {
                self.connections
                    .iter()
                    .position(|own| Arc::ptr_eq(&own.link, &before[*at]))
            };
            *on = on.iter().filter_map(now).collect();
            on.sort_unstable();
            if on.is_empty() {
                let text = "the connection was closed meanwhile";
                return Err(self.fail(step.id, FindingKind::Ended, text));
            }
        }
        Ok(())
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
                let message = self.world.read(&self.connections[at].link.text, message);
                let dump = undecodable(ears, &message);
                let shown = match (&dump, message.fields()) {
                    (Some(_), None) => hex_excerpt(message.bytes()),
                    _ => excerpt(&message),
                };
                self.take_message(&mark, at, message, size, Vec::new());
                let expected = self.expected(ears, &missed);
                let text = match &expected[..] {
                    [one] => format!("expected {}, found {shown}", one.what),
                    _ => format!("no alternative takes {shown}"),
                };
                let mut finding = self.finding(step.id, FindingKind::Mismatch, text);
                finding.follows |= self.world.is_tainted(&self.connections[at].link.text);
                finding.actual = Some(match dump {
                    Some(dump) => format!("{shown}\n{dump}"),
                    None => shown,
                });
                finding.expected = expected;
                Halt::Failed(Box::new(finding))
            }
            Heard::UnwantedEnd { at, how, partial } => {
                // An alternative may have taken it already.
                if !self.connections[at].is_over() {
                    self.take_end(&mark, at, how, partial, Vec::new());
                }
                let end = match how {
                    Closed::Reset => "was reset",
                    Closed::Truncated => "broke off",
                    Closed::Eof | Closed::Abandoned => "was closed",
                };
                let without = match (self.connections[at].broke_off(), self.connections[at].code()) {
                    (true, _) => " without a close frame".to_owned(),
                    (false, Some(code)) => format!(" with {code}"),
                    (false, None) => String::new(),
                };
                let within = match partial {
                    Some((have, Some(want))) => format!(" after {have} of {want} bytes of a message"),
                    Some((have, None)) => format!(" after {have} bytes of a message"),
                    None => String::new(),
                };
                let said = match (how, self.connections[at].said()) {
                    (Closed::Truncated, Some(said)) => format!(" ({said})"),
                    _ => String::new(),
                };
                let text = format!(
                    "the connection {end}{said}{without}{within}, expected {}",
                    waited_for(ears)
                );
                let mut finding = self.finding(step.id, FindingKind::Ended, text);
                let link = &self.connections[at].link;
                finding.follows = self.world.is_tainted(&link.text) || !said.is_empty() && self.world.has_refused(link);
                finding.expected = self.expected(ears, &[]);
                Halt::Failed(Box::new(finding))
            }
            Heard::Malformed { at, malformed } => {
                let shown = self.take_malformed(step, at, &malformed);
                let mut finding = self.finding(step.id, FindingKind::Malformed, malformed.why);
                finding.actual = Some(shown);
                Halt::Failed(Box::new(finding))
            }
            Heard::Deadline => {
                self.record(
                    &mark,
                    &Kind::Timeout {
                        of: "step".to_owned(),
                        watch: watched(self, ears),
                    },
                );
                let text = format!("timed out waiting for {}", waited_for(ears));
                let mut finding = self.finding(step.id, FindingKind::Timeout, text);
                finding.expected = self.expected(ears, &[]);
                finding.actual = self.begun(ears);
                Halt::Failed(Box::new(finding))
            }
            Heard::Standstill | Heard::Quiet => {
                let messages = ears.iter().all(|ear| matches!(ear.hears, Hears::Message(_)));
                let never = if messages { "send" } else { "bring about" };
                let text = format!("waits for {}, which nobody can {never}", waited_for(ears));
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

    /// Records bytes that are no message, and gives how they are shown; an HTTP server refuses them.
    pub(super) fn take_malformed(&self, step: &Step, at: usize, malformed: &Malformed) -> String {
        let connection = &self.connections[at];
        if let Some(inbox) = &connection.inbox
            && let Some(datagram) = inbox.datagram()
        {
            return self.take_malformed_datagram(step, at, malformed, datagram, inbox.offset());
        }
        let (start, bytes) = connection
            .inbox
            .as_ref()
            .map_or((0, &[][..]), |inbox| (inbox.offset(), inbox.untaken()));
        // Of what is no part of the conversation nothing is shown.
        let bytes = match connection.inbox.as_ref().and_then(Inbox::meets_tls) {
            Some(tls) if tls.why == malformed.why => &bytes[..0],
            _ => &bytes[..bytes.len().min(malformed.at.end.max(1)).min(MALFORMED_SHOWN)],
        };
        let kind = Kind::Malformed {
            connection: connection.link.text.to_string(),
            direction: connection.receives(),
            start,
            end: start + bytes.len() as u64,
            content: Content::of(bytes),
            why: malformed.why.clone(),
        };
        self.record(&self.mark(step), &kind);
        self.refuse(step.id, at, malformed);
        let offset = start + malformed.at.start as u64;
        format!("at offset {offset} of the connection:\n{}", hex::dump(bytes, start))
    }

    fn take_malformed_datagram(
        &self,
        step: &Step,
        at: usize,
        malformed: &Malformed,
        datagram: &[u8],
        start: u64,
    ) -> String {
        let connection = &self.connections[at];
        let shown = &datagram[..datagram.len().min(MALFORMED_SHOWN)];
        let kind = Kind::Malformed {
            connection: connection.link.text.to_string(),
            direction: connection.receives(),
            start,
            end: start + (DATAGRAM_LENGTH + datagram.len()) as u64,
            content: Content::of(shown),
            why: malformed.why.clone(),
        };
        self.record(&self.mark(step), &kind);
        let offset = malformed.at.start.saturating_sub(DATAGRAM_LENGTH);
        match shown {
            [] => "an empty datagram".to_owned(),
            shown => format!("at offset {offset} of the datagram:\n{}", hex::dump(shown, 0)),
        }
    }

    /// What was begun of a message where a whole one was waited for.
    fn begun(&self, ears: &[Ear<'_>]) -> Option<String> {
        ears.iter().flat_map(|ear| &ear.on).find_map(|&at| {
            let untaken = self.connections[at].inbox.as_ref()?.untaken();
            (!untaken.is_empty()).then(|| format!("{} bytes of a message: {}", untaken.len(), excerpt_of(untaken)))
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
}

/// The bytes around the place where a message is none of the binary messages that were listened for.
fn undecodable(ears: &[Ear<'_>], message: &Message) -> Option<String> {
    let errors = ears.iter().filter_map(|ear| match &ear.hears {
        Hears::Message(want) => want.undecodable(message),
        _ => None,
    });
    let error = errors.max_by_key(|error| error.at)?;
    Some(error.dump(message.bytes()))
}

/// How many bytes of what is malformed are recorded.
const MALFORMED_SHOWN: usize = 256;

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
        Hears::Closed(Ending::Code(code)) => format!("the connection to be closed with {code}"),
        Hears::Closed(Ending::Truncated) => "the connection to break off".to_owned(),
        Hears::Closed(Ending::Any) => "the connection to end".to_owned(),
        Hears::Accept(_) => "a connection".to_owned(),
        Hears::Await { name, .. } => format!("the signal `{name}`"),
        Hears::Alarm(_) => "a timer".to_owned(),
    }
}
