//! `respond`: the response to the HTTP request that the alternative around it met.
//!
//! Owns what a response is made of, and what the request decides about it: no body to `HEAD`, no chunks to HTTP/1.0, the
//! end of the connection where either said so. What is wrong on purpose is sent as it is. Does not own what a server says
//! by itself (`manners`).

use std::sync::Arc;

use super::connection::Link;
use super::failure::Outcome;
use super::scope::{Variables, View};
use super::send::head_of;
use super::strand::{Mark, Strand};
use crate::finding::FindingKind;
use crate::net::outbox::{Outbox, SendError};
use crate::plan::serving::{Answer, Respond};
use crate::plan::step::{Step, StepId};
use crate::trace::recorder::{NOTHING, Traffic};
use crate::wire::head::Head;
use crate::wire::http::{self, Kind};
use crate::wire::message::{Control, Message};
use crate::wire::template::ExpressionError;

/// A request that was met, as far as it decides about its response.
#[derive(Clone, Debug)]
pub(super) struct Serving {
    /// The connection that brought it.
    link: Arc<Link>,
    /// Whether it was `HEAD`.
    to_head: bool,
    /// Whether it was HTTP/1.0.
    is_old: bool,
    /// Whether the connection is to go on after its response.
    is_persistent: bool,
}

/// What goes on the wire.
struct Sent {
    /// What it is, for the trace.
    message: Message,
    bytes: Vec<u8>,
    /// Whether nothing follows it.
    ends: bool,
}

impl Serving {
    /// For a request with this head.
    pub(super) fn of(head: &Head, link: &Arc<Link>) -> Self {
        Self {
            link: Arc::clone(link),
            to_head: http::method(head) == Some("HEAD"),
            is_old: http::is_old(head),
            is_persistent: http::is_persistent(head),
        }
    }
}

impl Strand {
    pub(super) async fn respond(&mut self, step: &Step, shared: Variables, respond: &Respond) -> Outcome {
        let mark = self.marked(step, shared.clone())?;
        let Some(serving) = self.serving.clone() else {
            let text = "there is no request that could be answered";
            return Err(self.fail(step.id, FindingKind::Expression, text));
        };
        let sent = self.sent(step.id, shared, &serving, respond)?;
        let own = self
            .connections
            .iter()
            .find(|own| Arc::ptr_eq(&own.link, &serving.link));
        let Some(connection) = own.filter(|own| !own.gone) else {
            return Err(self.fail(step.id, FindingKind::Ended, "the connection of the request has ended"));
        };
        let Some(outbox) = connection.outbox.clone() else {
            let text = "another strand sends on this connection now";
            return Err(self.fail(step.id, FindingKind::Ended, text));
        };
        let peer = connection.link.peer.clone();
        loop {
            match self.put_bytes(&mark, &outbox, &serving.link, &sent.message, &sent.bytes) {
                Err(SendError::Full) => self.wait_for_room(step, &outbox, &peer, self.deadline(step)).await?,
                other => break other.map_err(|error| self.unsent(step.id, &error, &sent.message))?,
            }
        }
        if sent.ends {
            self.finish(Some(&self.mark(step)), &serving.link, &outbox, None);
        }
        Ok(())
    }

    /// Sends bytes as they are, recorded as this message before they go out.
    pub(super) fn put_bytes(
        &self,
        mark: &Mark,
        outbox: &Arc<Outbox>,
        link: &Link,
        message: &Message,
        bytes: &[u8],
    ) -> Result<(), SendError> {
        let shown = self.world.shown(&link.text, message);
        outbox.send_bytes(bytes, |start, end| {
            let traffic = Traffic {
                sent: true,
                connection: &link.text,
                direction: outbox.direction(),
                range: (start, end),
                bytes: message.bytes(),
                control: message.control().map(Control::name),
                head: head_of(message, self.show()),
                shown: shown.as_deref(),
                broadcast: None,
                watch: &[],
                captured: &NOTHING,
            };
            self.serially(traffic.connection);
            self.log().message(self.about(mark), &traffic);
        })
    }

    fn sent(&self, step: StepId, shared: Variables, serving: &Serving, respond: &Respond) -> Outcome<Sent> {
        let view = self.view(shared, &[]);
        let last = self.last.as_ref().map(|last| &last.message);
        match respond {
            Respond::Raw(payload) => {
                let message = payload.fill(&view, last).map_err(|error| self.no_value(step, &error))?;
                Ok(Sent {
                    bytes: message.bytes().to_vec(),
                    message,
                    ends: false,
                })
            }
            Respond::Response(answer) => {
                let response = filled(answer, &view, last, serving).map_err(|error| self.no_value(step, &error))?;
                let kind = Kind::Responses {
                    to_head: serving.to_head,
                };
                let message = http::completed(kind, &response);
                let bytes = http::encode(kind, &message);
                let bytes = bytes.map_err(|error| self.unsent(step, &SendError::from(error), &message))?;
                Ok(cut(message, bytes, answer, serving))
            }
        }
    }
}

/// The response, with its templates filled in.
fn filled(
    answer: &Answer,
    view: &View<'_>,
    last: Option<&Message>,
    serving: &Serving,
) -> Result<Message, ExpressionError> {
    let status = status(&answer.status.json(view)?)?;
    let reason = match &answer.reason {
        Some(reason) => reason.text(view)?,
        None => http::reason(status).to_owned(),
    };
    let mut head = Head::new(format!("HTTP/1.1 {status} {reason}"));
    for (name, value) in &answer.headers {
        head.headers.push((name.clone(), value.text(view)?));
    }
    let mut body = Message::default();
    if let Some((payload, media)) = &answer.body {
        body = payload.fill(view, last)?;
        if http::has_no_body(status) {
            return Err(ExpressionError::new(format!(
                "a response with the status {status} has no body"
            )));
        }
        if !head.has("content-type") {
            head = head.with("content-type", media.name());
        }
    }
    if answer.chunked && !serving.is_old && !head.has("content-length") {
        head = head.with("transfer-encoding", "chunked");
    }
    if !head.has("connection") && !matches!(status, 100..=199) {
        match (serving.is_persistent, serving.is_old) {
            (false, _) => head = head.with("connection", "close"),
            (true, true) => head = head.with("connection", "keep-alive"),
            (true, false) => {}
        }
    }
    if !serving.to_head {
        return Ok(Message::with_head(head, body.bytes()));
    }
    // Its head is that of a response to `GET`.
    let whole = http::completed(
        Kind::Responses { to_head: false },
        &Message::with_head(head, body.bytes()),
    );
    Ok(Message::with_head(whole.head().cloned().unwrap_or_default(), *b""))
}

fn status(value: &serde_json::Value) -> Result<u16, ExpressionError> {
    let number = match value {
        serde_json::Value::String(text) => text.trim().parse().ok(),
        value => value.as_u64(),
    };
    number
        .filter(|status| (100..=999).contains(status))
        .and_then(|status| u16::try_from(status).ok())
        .ok_or_else(|| ExpressionError::new(format!("{value} is no status; 100 to 999 are")))
}

/// What is sent of a response: all of it, or where it is to break off, its beginning.
fn cut(message: Message, mut bytes: Vec<u8>, answer: &Answer, serving: &Serving) -> Sent {
    let head = message.head().cloned().unwrap_or_default();
    let Some(after) = answer.cut_after else {
        let is_final = !http::is_interim(&head);
        let ends = is_final && !(serving.is_persistent && http::is_persistent(&head));
        return Sent { message, bytes, ends };
    };
    let after = usize::try_from(after).unwrap_or(usize::MAX);
    let body = message.bytes();
    let body = &body[..after.min(body.len())];
    let end = http::end_of_part(&head, &bytes, body.len());
    bytes.truncate(end);
    Sent {
        message: Message::with_head(head, body),
        bytes,
        ends: true,
    }
}
