//! WebSocket: the handshake when a connection comes about, and the ends of one.
//!
//! Owns that the handshake's bytes go and come before any of the conversation, under the step's deadline, and what is made
//! of a refusal. It is not recorded; the request, or the response, is the first message that a strand has. Owns also which
//! close frame answers one that was taken. Does not own heads and frames (`wire`).

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt as _};

use super::connection::Connection;
use super::dial::Line;
use super::excerpt::excerpt_of;
use super::failure::{Halt, Outcome};
use super::scope::{Received, Variables};
use super::strand::{Mark, Strand};
use super::world::{Located, World};
use crate::finding::{Finding, FindingKind};
use crate::net::inbox::Front;
use crate::plan::step::{Asking, Fails, Framings, Step, StepId, TlsChoice};
use crate::runtime::{self, Alarm, Wait, Waiting, Woken};
use crate::trace::event::Kind;
use crate::wire::framing::{Framing, Malformed};
use crate::wire::handshake::{self, Headers, Upgrade};
use crate::wire::head::Head;
use crate::wire::hex;
use crate::wire::http;
use crate::wire::message::Message;

/// The most bytes of the body that says why there is no WebSocket.
const SHOWN: usize = 200;

/// What a client asks, with its templates filled in.
#[derive(Debug)]
pub(super) struct Asked {
    path: String,
    headers: Headers,
}

/// What came of waiting for a head.
enum Answer {
    Head(Message),
    Nothing(Finding),
}

impl Located {
    /// How bytes become messages in the handshake, where there is one.
    pub fn first_framings(&self) -> Option<Framings> {
        let http = Framings {
            client: Framing::http(http::Kind::Requests),
            server: Framing::http(http::Kind::Responses { to_head: false }),
        };
        self.upgrade.is_some().then_some(http)
    }
}

impl World {
    /// Says that a connection may be refused by who accepts it, for that is what whoever connects asks for.
    pub fn expect_refusal(&self, connection: &str) {
        self.lock().refusable.insert(connection.into());
    }

    /// Whether whoever connects asks for a refusal.
    pub fn is_refusal_expected(&self, connection: &str) -> bool {
        self.lock().refusable.contains(connection)
    }
}

impl Strand {
    /// What a `connect` asks, where what it connects to speaks WebSocket.
    pub(super) fn asked(
        &self,
        step: &Step,
        shared: &Variables,
        asks: Option<&Asking>,
        line: &Line<'_>,
    ) -> Outcome<Option<Asked>> {
        if line.located.upgrade.is_none() {
            return match asks {
                None => Ok(None),
                Some(_) => {
                    let text = format!(
                        "`path` and `headers` are for WebSocket, which `{}` does not speak",
                        line.target
                    );
                    Err(self.fail(step.id, FindingKind::Expression, text))
                }
            };
        }
        let path = match asks.and_then(|asks| asks.path.as_ref()) {
            Some(path) => self.fill(step.id, path, shared.clone())?,
            None => "/".to_owned(),
        };
        let mut headers = Headers::new();
        for (name, value) in asks.iter().flat_map(|asks| &asks.headers) {
            headers.push((name.clone(), self.fill(step.id, value, shared.clone())?));
        }
        Ok(Some(Asked { path, headers }))
    }

    /// Says that a refusal of this connection is what a step asks for.
    pub(super) fn expect_refusal(&self, step: &Step, connection: &str) {
        if matches!(step.fails, Some(Fails::Any | Fails::Refused)) {
            self.world.expect_refusal(connection);
        }
    }

    /// Asks for a WebSocket on a connection that has just come about, and goes on when there is one.
    pub(super) async fn ask_for_websocket(
        &mut self,
        step: &Step,
        mark: &Mark,
        connection: &mut Connection,
        line: &Line<'_>,
        asked: Asked,
        deadline: Alarm,
    ) -> Outcome {
        let text = Arc::clone(&connection.link.text);
        let nonce = self.world.draw("websocket key", &text, 0).bytes(16);
        let host = line.located.address.to_string();
        let request = handshake::request(&asked.path, &host, &handshake::key(&nonce), asked.headers);
        let bytes = http::encode(http::Kind::Requests, &request).map_err(|error| {
            let text = format!("the handshake would not come back as one request: {error}");
            self.fail(step.id, FindingKind::Malformed, text)
        })?;
        if let Some(outbox) = &connection.outbox {
            // That the other side is gone already is found out where this end reads.
            let _ = outbox.send_bytes(&bytes, |_, _| {});
        }
        let refused = |finding: Finding| Halt::Failed(Box::new(finding));
        let response = match self.head_of(Some(step.id), connection, deadline).await? {
            Answer::Head(response) => response,
            Answer::Nothing(finding) => return Err(refused(finding)),
        };
        let (Some(asked), Some(head)) = (request.head(), response.head()) else {
            unreachable!("HTTP messages have heads")
        };
        let status = head.status().unwrap_or_default();
        if status != 101 {
            let kind = Kind::Refused {
                endpoint: line.target.to_owned(),
                again: false,
                status: Some(status),
            };
            self.record(mark, &kind);
            let reason = http::reason(status);
            let text = format!("`{}` refused the WebSocket: {status} {reason}", line.target);
            let mut finding = self.finding(step.id, FindingKind::Refused, text.trim_end());
            let body = &response.bytes()[..response.bytes().len().min(SHOWN)];
            finding.actual = (!body.is_empty()).then(|| excerpt_of(body));
            return Err(refused(finding));
        }
        if let Err(why) = handshake::check(asked, head) {
            let text = format!("`{}` does not become a WebSocket: {why}", line.target);
            return Err(self.fail(step.id, FindingKind::Malformed, text));
        }
        self.begin_websocket(connection, response, line);
        Ok(())
    }

    /// Becomes the WebSocket that whoever connected asks for; says whether it does. Where it does not, and that is not what
    /// the other side asks for, it is a failure.
    pub(super) async fn accept_websocket(
        &mut self,
        step: Option<StepId>,
        connection: &mut Connection,
        upgrade: &Upgrade,
        deadline: Alarm,
    ) -> Outcome<bool> {
        let request = match self.head_of(step, connection, deadline).await? {
            Answer::Head(request) => request,
            Answer::Nothing(finding) if self.world.is_refusal_expected(&connection.link.text) => {
                drop(finding);
                return Ok(false);
            }
            Answer::Nothing(finding) => return Err(Halt::Failed(Box::new(finding))),
        };
        let empty = Head::default();
        let refusal = match handshake::accept(request.head().unwrap_or(&empty), upgrade) {
            Ok(response) => {
                let bytes = self.response(step, &response)?;
                if let Some(outbox) = &connection.outbox {
                    let _ = outbox.send_bytes(&bytes, |_, _| {});
                }
                let located = self
                    .actor
                    .endpoints
                    .iter()
                    .find(|endpoint| endpoint.located.endpoint == connection.link.name.endpoint)
                    .map(|endpoint| Arc::clone(&endpoint.located));
                if let Some(located) = located {
                    let line = Line {
                        target: "",
                        located: &located,
                        change: None,
                        tls: &TlsChoice::AsEndpoint,
                    };
                    self.begin_websocket(connection, request, &line);
                }
                return Ok(true);
            }
            Err(refusal) => refusal,
        };
        let bytes = self.response(step, &handshake::refusal(&refusal))?;
        if let Some(outbox) = &connection.outbox {
            let _ = outbox.send_bytes(&bytes, |_, _| {});
        }
        if self.world.is_refusal_expected(&connection.link.text) {
            return Ok(false);
        }
        let status = refusal.status;
        let text = format!(
            "refused a WebSocket with {status} {}: {}",
            http::reason(status),
            refusal.why
        );
        Err(Halt::Failed(Box::new(self.finding_at(
            step,
            connection,
            FindingKind::Refused,
            text,
        ))))
    }

    fn response(&self, step: Option<StepId>, response: &Message) -> Outcome<Vec<u8>> {
        let kind = http::Kind::Responses { to_head: false };
        http::encode(kind, &http::completed(kind, response)).map_err(|error| {
            let text = format!("the handshake would not come back as one response: {error}");
            let mut finding = super::world::finding(&self.world, &self.text, step, FindingKind::Malformed, text);
            finding.help = Some("its headers are those of the endpoint".to_owned());
            Halt::Failed(Box::new(finding))
        })
    }

    /// From here on the connection is a WebSocket, and nothing was said on it.
    fn begin_websocket(&mut self, connection: &mut Connection, said: Message, line: &Line<'_>) {
        let text = &connection.link.text;
        let masks = self.world.draw("websocket masks", text, 0).bytes(8);
        let masks = masks.iter().fold(0, |masks, byte| masks << 8 | u64::from(*byte));
        let framings = line.located.framings.clone();
        let (reads, writes) = match connection.link.side {
            crate::net::socket::Side::Opener => (framings.server, framings.client),
            crate::net::socket::Side::Acceptor => (framings.client, framings.server),
        };
        if let Some(inbox) = &mut connection.inbox {
            inbox.begin(reads);
        }
        if let Some(outbox) = &connection.outbox {
            outbox.begin(writes.with_masks(masks));
        }
        self.last = Some(Received {
            message: said,
            link: Arc::clone(&connection.link),
        });
    }

    /// Waits for the head of a handshake.
    async fn head_of(&mut self, step: Option<StepId>, connection: &mut Connection, deadline: Alarm) -> Outcome<Answer> {
        let flows: Vec<_> = connection.inbox.iter().map(|inbox| inbox.flow()).collect();
        let mut deadline = deadline;
        // What others do is no reason to give up: only time says that nothing comes from outside.
        deadline.explicit |= connection.is_open_to_outside();
        let wait = Wait {
            waiting: Waiting::Step,
            flows: &flows,
            alarms: &[deadline],
        };
        let Some(inbox) = connection.inbox.as_mut() else {
            unreachable!("nobody is lent a connection that has just come about")
        };
        let front = |inbox: &mut crate::net::inbox::Inbox| match inbox.front() {
            Front::More => None,
            front => Some(front),
        };
        let woken = self
            .seat
            .wait(wait, |cx| {
                loop {
                    // Nobody waits to be told to go on with what has no body.
                    if let Some(front) = front(inbox) {
                        return std::task::Poll::Ready(front);
                    }
                    std::task::ready!(inbox.poll_more(cx));
                }
            })
            .await;
        let (kind, text) = match woken {
            Woken::Cut => return Err(Halt::Cut),
            Woken::Ready(Front::Message(message, size)) => {
                inbox.take(size);
                return Ok(Answer::Head(message));
            }
            Woken::Ready(Front::Malformed(malformed)) => {
                let finding = self.no_head(step, connection, &malformed)?;
                return Ok(Answer::Nothing(finding));
            }
            Woken::Ready(_) => {
                let text = "the connection ended in the handshake of a WebSocket";
                (FindingKind::Refused, text.to_owned())
            }
            Woken::Alarm(_) | Woken::Standstill | Woken::Quiet => {
                let kind = Kind::Timeout {
                    of: "step".to_owned(),
                    watch: Vec::new(),
                };
                match step {
                    Some(step) => _ = self.record(&Mark::of(step), &kind),
                    None => _ = self.log().record(crate::trace::recorder::About::default(), &kind),
                }
                let text = "timed out waiting for the other side's part of the handshake of a WebSocket";
                (FindingKind::Timeout, text.to_owned())
            }
        };
        Ok(Answer::Nothing(self.finding_at(step, connection, kind, text)))
    }

    /// Bytes came that are no head; a server says so.
    fn no_head(&self, step: Option<StepId>, connection: &Connection, malformed: &Malformed) -> Outcome<Finding> {
        let bytes = connection.inbox.as_ref().map_or(&[][..], |inbox| inbox.untaken());
        let bytes = &bytes[..bytes.len().min(malformed.at.end.max(1)).min(SHOWN)];
        let text = format!("no handshake of a WebSocket: {}", malformed.why);
        let mut finding = self.finding_at(step, connection, FindingKind::Malformed, text);
        finding.actual = Some(format!(
            "at offset {} of the connection:\n{}",
            malformed.at.start,
            hex::dump(bytes, 0)
        ));
        if connection.is_served()
            && let Some(outbox) = &connection.outbox
        {
            let refusal = handshake::Refusal {
                status: malformed.status.unwrap_or(400),
                why: malformed.why.clone(),
            };
            let bytes = self.response(step, &handshake::refusal(&refusal))?;
            let _ = outbox.send_bytes(&bytes, |_, _| {});
        }
        Ok(finding)
    }

    /// A finding at a step; in a session that has done none, at its endpoint.
    fn finding_at(&self, step: Option<StepId>, connection: &Connection, kind: FindingKind, text: String) -> Finding {
        if let Some(step) = step {
            return self.finding(step, kind, text);
        }
        let mut finding = super::world::finding(&self.world, &self.text, None, kind, text);
        let listen = &self.actor.plan(&self.world.plan).listen;
        let endpoint = listen
            .iter()
            .find(|endpoint| endpoint.name == connection.link.name.endpoint);
        finding.place = endpoint.map(|endpoint| endpoint.place.clone());
        finding
    }

    /// Ends a connection that became no WebSocket; nothing was said on it.
    pub(super) fn dispose(&self, mut connection: Connection) {
        connection.occupied = None;
        if let Some(outbox) = &connection.outbox {
            outbox.finish(None, || {});
        }
        let Some(inbox) = connection.inbox else { return };
        let pass = self.world.drains().begin(connection.link.outside);
        let limit = self.world.plan.limits.unread;
        runtime::spawn(async move {
            // Closed with bytes unread, the transport would reset what was sent.
            pass.until_stopped(inbox.drain(limit, &|_| true, &mut |_, _| false))
                .await;
        });
    }

    /// The connection of a session becomes a WebSocket before its first step, where its endpoint has such; says whether there
    /// is a session.
    pub(super) fn shake_as_session(&mut self, endpoint: usize) -> BoxFuture<'_, Outcome<bool>> {
        async move {
            let located = Arc::clone(&self.actor.endpoints[endpoint].located);
            let Some(upgrade) = &located.upgrade else {
                return Ok(true);
            };
            let limit = self.world.plan.limits.step;
            let deadline = self.world.pulse.now().after(limit, super::strand::DEADLINE, false);
            let mut connection = self.connections.remove(0);
            let accepted = self.accept_websocket(None, &mut connection, upgrade, deadline).await;
            match accepted {
                Ok(true) => self.connections.push(connection),
                Ok(false) => self.dispose(connection),
                Err(_) => {
                    self.world.taint(&connection.link.text);
                    self.dispose(connection);
                }
            }
            accepted
        }
        .boxed()
    }
}
