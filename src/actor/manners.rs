//! What an HTTP server says by itself.
//!
//! Owns `100 Continue` for whoever waits for it, and the refusal of what is no HTTP. Both are recorded as everything that
//! is sent. Does not own responses of the scenario (`respond`).

use std::sync::Arc;

use super::connection::{Connection, Link};
use super::hear::Ear;
use super::strand::{Mark, Strand};
use crate::net::outbox::Outbox;
use crate::plan::step::{StepId, Unexpected};
use crate::wire::framing::Malformed;
use crate::wire::framing::websocket::Farewell;
use crate::wire::head::Head;
use crate::wire::http::{self, Kind};
use crate::wire::message::Message;

/// What a refusal is where nothing else is known of it.
const BAD_REQUEST: u16 = 400;

impl Connection {
    /// Whether it brings HTTP requests.
    pub(super) fn is_served(&self) -> bool {
        let framing = self.inbox.as_ref().map(|inbox| inbox.framing().as_http());
        framing.flatten() == Some(Kind::Requests)
    }

    /// Whether it brings HTTP requests, and the last response was sent.
    pub(super) fn is_served_out(&self) -> bool {
        let outbox = self.outbox.as_ref().or(self.back.as_ref());
        self.is_served() && outbox.is_some_and(|outbox| outbox.is_ended())
    }

    /// Whether whoever sends on it waits to be told to go on; said once for each request.
    pub(super) fn take_asks(&mut self) -> bool {
        self.is_served() && self.outbox.is_some() && self.inbox.as_mut().is_some_and(|inbox| inbox.take_asks())
    }
}

impl Strand {
    /// Tells a client to go on that waits for it, whether its body is there already or not, so that it is the same each
    /// time.
    pub(super) fn tell_to_go_on(&self, at: usize, ears: &[Ear<'_>]) {
        // Which alternative takes the request is not known yet: a hidden one hides this where all of them are.
        let shown = ears.iter().find(|ear| !self.world.step(ear.id).hide);
        let Some(ear) = shown.or_else(|| ears.first()) else {
            return;
        };
        let mark = Mark::of(ear.id);
        let head = Head::new(format!("HTTP/1.1 100 {}", http::reason(100)));
        self.say(at, &mark, &Message::with_head(head, *b""));
    }

    /// Refuses what is no HTTP request: says why, and that nothing follows.
    pub(super) fn refuse(&self, step: StepId, at: usize, malformed: &Malformed) {
        let connection = &self.connections[at];
        if !connection.is_served() {
            if let (Some(outbox), Some(code)) = (&connection.outbox, malformed.status) {
                self.refuse_frames(step, &connection.link, outbox, code);
            }
            return;
        }
        let status = malformed.status.unwrap_or(BAD_REQUEST);
        let head = Head::new(format!("HTTP/1.1 {status} {}", http::reason(status)))
            .with("content-type", "text/plain;charset=utf-8")
            .with("connection", "close");
        let mark = Mark::of(step);
        self.say(
            at,
            &mark,
            &Message::with_head(head, format!("{}\n", malformed.why).as_bytes()),
        );
        let connection = &self.connections[at];
        if let Some(outbox) = &connection.outbox {
            self.finish(Some(&mark), &connection.link, outbox, None);
        }
    }

    /// Closes a WebSocket on which came what is none of its messages (RFC 6455, 7.1.7).
    fn refuse_frames(&self, step: StepId, link: &Link, outbox: &Arc<Outbox>, code: u16) {
        if outbox.says_farewell() {
            self.finish(Some(&Mark::of(step)), link, outbox, Some(Farewell::of(code)));
        }
    }

    /// Whether what is no HTTP is refused and no more is made of it.
    pub(super) fn ignores_malformed(&self, at: usize) -> bool {
        let unexpected = &self.actor.plan(&self.world.plan).unexpected;
        self.connections[at].is_served() && matches!(unexpected, Unexpected::Ignore)
    }

    fn say(&self, at: usize, mark: &Mark, message: &Message) {
        let connection = &self.connections[at];
        let Some(outbox) = connection.outbox.as_ref().filter(|_| !connection.gone) else {
            return;
        };
        let message = http::completed(Kind::Responses { to_head: false }, message);
        let bytes = http::encode(Kind::Responses { to_head: false }, &message);
        let bytes = bytes.expect("what a server says by itself is HTTP");
        // That it has closed before, or does not read, is found out where this end reads.
        let _ = self.put_bytes(mark, outbox, &connection.link, &message, &bytes);
    }
}
