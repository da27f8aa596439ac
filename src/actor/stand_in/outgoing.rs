//! What such code has written, cut into messages.
//!
//! Owns the bytes that are no whole message yet, and recording each message before its last byte goes out. Bytes that the
//! framing cannot cut are sent as they were written. Does not own sending (`net`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::voice::Voice;
use crate::actor::connection::Link;
use crate::actor::send::head_of;
use crate::net::outbox::{Outbox, SendError};
use crate::trace::recorder::{About, NOTHING, Traffic};
use crate::wire::framing::{Decoded, Framing, Scan};
use crate::wire::http;
use crate::wire::message::{Control, Message};

/// What was written and is no whole message yet.
#[derive(Debug)]
pub(super) struct Outgoing {
    framing: Framing,
    bytes: Vec<u8>,
    /// Where the message begins in `bytes`; the other counts are from there.
    start: usize,
    scan: Scan,
    /// How much of it went out already, and where in the direction that ended.
    sent: usize,
    sent_to: u64,
    /// How much of it was recorded already.
    recorded: usize,
    /// It was begun where nothing had begun to come: what comes next may be the answer to it.
    asks: bool,
    /// The framing could not cut what was written: each write is a message.
    is_unframed: bool,
}

/// Requests whose responses are still to come: a response to `HEAD` has no body.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    to_head: VecDeque<bool>,
    /// Responses that came before their requests had ended.
    early: usize,
}

/// Where messages go, and who sends them.
pub(super) struct Line<'a> {
    pub(super) voice: &'a Voice,
    pub(super) link: &'a Link,
    pub(super) outbox: &'a Arc<Outbox>,
    pub(super) exchange: &'a mut Exchange,
}

impl Exchange {
    /// Notes a message of this framing that was sent or taken.
    pub(super) fn note(&mut self, framing: &Framing, message: &Message) {
        let (Some(kind), Some(head)) = (framing.as_http(), message.head()) else {
            return;
        };
        match kind {
            http::Kind::Requests if self.early > 0 => self.early -= 1,
            http::Kind::Requests => self.to_head.push_back(http::method(head) == Some("HEAD")),
            http::Kind::Responses { .. } if http::is_interim(head) => {}
            http::Kind::Responses { .. } => self.early += usize::from(self.to_head.pop_front().is_none()),
        }
    }

    /// How the next message is read or written, where that is not as the last one was.
    pub(super) fn framing(&self, framing: &Framing) -> Option<Framing> {
        let next = self.to_head.front().copied().unwrap_or(false);
        match framing.as_http() {
            Some(http::Kind::Responses { to_head }) if to_head != next => {
                Some(Framing::http(http::Kind::Responses { to_head: next }))
            }
            _ => None,
        }
    }
}

/// What is left of a message whose beginning was recorded: without what its framing puts behind it, where that is so.
fn rest<'a>(bytes: &'a [u8], message: &'a Message, recorded: usize) -> &'a [u8] {
    match bytes.starts_with(message.bytes()) {
        true => message.bytes().get(recorded..).unwrap_or_default(),
        false => &bytes[recorded..],
    }
}

impl Line<'_> {
    /// Records a message that was sent.
    pub(super) fn record(&self, range: (u64, u64), message: &Message) {
        let show = &self.voice.actor.plan(&self.voice.world.plan).show;
        let shown = self.voice.world.shown(&self.link.text, message);
        let traffic = Traffic {
            sent: true,
            connection: &self.link.text,
            direction: self.outbox.direction(),
            range,
            bytes: message.bytes(),
            control: message.control().map(Control::name),
            head: head_of(message, show),
            shown: shown.as_deref(),
            broadcast: None,
            watch: &[],
            captured: &NOTHING,
        };
        self.voice.log.message(About::default(), &traffic);
    }
}

impl Outgoing {
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            framing,
            bytes: Vec::new(),
            start: 0,
            scan: Scan::default(),
            sent: 0,
            sent_to: 0,
            recorded: 0,
            asks: false,
            is_unframed: false,
        }
    }

    /// How messages are written.
    pub(super) const fn framing(&self) -> &Framing {
        &self.framing
    }

    /// Whether a part of a message waits here that did not go out.
    pub(super) fn is_begun(&self) -> bool {
        self.bytes.len() > self.start + self.sent
    }

    /// Adds what was written, and sends the messages that are whole now.
    pub(super) fn write(&mut self, line: &mut Line<'_>, bytes: &[u8]) -> Result<(), SendError> {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
        self.send(line, false)
    }

    /// Sends the messages that are whole; at the end, whatever is left.
    pub(super) fn send(&mut self, line: &mut Line<'_>, is_end: bool) -> Result<(), SendError> {
        while self.bytes.len() > self.start {
            let (message, size) = match self.next(line, is_end) {
                Some(found) => found,
                None if is_end => {
                    let rest = self.bytes.len() - self.start;
                    (Message::new(&self.bytes[self.start..]), rest)
                }
                None => return Ok(()),
            };
            // Where there is no room, the message is looked for again.
            self.scan = Scan::default();
            self.put(line, &message, size)?;
            line.exchange.note(&self.framing, &message);
        }
        Ok(())
    }

    /// The message at the front, and how many bytes it takes.
    fn next(&mut self, line: &Line<'_>, is_end: bool) -> Option<(Message, usize)> {
        if let Some(framing) = line.exchange.framing(&self.framing).filter(|_| self.sent == 0) {
            self.framing = framing;
            self.scan = Scan::default();
        }
        let bytes = &self.bytes[self.start..];
        let limit = line.voice.world.plan.limits.message;
        while !self.is_unframed && !self.framing.is_raw() {
            match self.framing.decode(&mut self.scan, bytes, is_end, limit) {
                Ok(Decoded::Message { message, taken }) => return Some((message, taken)),
                Ok(Decoded::Asks) => {}
                Ok(Decoded::More | Decoded::End | Decoded::Partial { .. }) => return None,
                Ok(Decoded::Absorbed(_) | Decoded::Close(..)) => unreachable!("code does not speak WebSocket"),
                Err(_) => self.is_unframed = true,
            }
        }
        Some((Message::new(bytes), bytes.len()))
    }

    /// Sends what is left of a message, recorded before.
    fn put(&mut self, line: &Line<'_>, message: &Message, size: usize) -> Result<(), SendError> {
        let bytes = &self.bytes[self.start..self.start + size];
        let (sent, recorded) = (self.sent as u64, self.recorded as u64);
        let record = |sent_to: u64| {
            let begin = sent_to - sent;
            let range = (begin + recorded, begin + size as u64);
            match recorded {
                0 => line.record(range, message),
                _ => line.record(range, &Message::new(rest(bytes, message, self.recorded))),
            }
        };
        match self.sent == size {
            true => record(self.sent_to),
            false => line.outbox.send_bytes(&bytes[self.sent..], |start, _| record(start))?,
        }
        self.start += size;
        (self.sent, self.recorded, self.asks) = (0, 0, false);
        if self.start == self.bytes.len() {
            self.start = 0;
            self.bytes.clear();
        }
        Ok(())
    }

    /// What is begun of a message goes out; it is recorded when it is whole, or before something is taken that may be the
    /// answer to it: `is_silent` says that nothing has begun to come.
    pub(super) fn flush(&mut self, line: &Line<'_>, is_silent: bool) {
        let bytes = &self.bytes[self.start + self.sent..];
        if bytes.is_empty() {
            return;
        }
        let (mut end, size) = (self.sent_to, bytes.len());
        // Where there is no room, it goes out with the rest.
        if line.outbox.send_bytes(bytes, |_, to| end = to).is_ok() {
            self.sent += size;
            self.sent_to = end;
            self.asks |= is_silent;
        }
    }

    /// Records what went out already of a message that is not whole, where what comes now may be the answer.
    pub(super) fn settle(&mut self, line: &Line<'_>) {
        if self.asks && self.sent > self.recorded {
            let begin = self.sent_to - self.sent as u64;
            let range = (begin + self.recorded as u64, self.sent_to);
            let part = &self.bytes[self.start + self.recorded..self.start + self.sent];
            line.record(range, &Message::new(part));
            self.recorded = self.sent;
        }
    }
}
