//! Payloads.

use std::sync::Arc;

use super::on::About;
use super::peers::MESSAGE;
use super::strand::Strand;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Span};
use crate::wire::head::Head;
use crate::wire::message::{Control, Message};
use crate::wire::payload::Payload;
use crate::wire::template::{JsonTemplate, Template};

impl Strand<'_, '_> {
    /// What is sent.
    pub(super) fn payload(&mut self, payload: &At<written::Payload>) -> Payload {
        self.payload_of(&payload.value, payload.span)
    }

    pub(super) fn payload_of(&mut self, payload: &written::Payload, span: Span) -> Payload {
        let (compiled, span) = match payload {
            written::Payload::Text(text) => return Payload::text(self.text(text)),
            written::Payload::Lines(lines) => {
                return Payload::lines(lines.iter().map(|line| self.text(line)).collect());
            }
            written::Payload::Json(value) => return Payload::json(self.json(value)),
            written::Payload::Hex(text) => (Payload::hex(self.text(text)), text.span),
            written::Payload::Base64(text) => (Payload::base64(self.text(text)), text.span),
            written::Payload::File { bytes, .. } => return Payload::fixed(bytes.as_slice()),
            written::Payload::Fill { byte, size } => (Payload::repeated(*byte, *size), span),
            written::Payload::Random(size) => (Payload::random(*size), span),
            written::Payload::Copy => {
                self.reads_own(MESSAGE, span);
                return Payload::Copy;
            }
            written::Payload::Message { name, with } => return self.message_payload(name, with.as_ref()),
            written::Payload::Form(fields) => return Payload::form(self.json(fields)),
            written::Payload::Control(control, inner) => {
                let inner = inner.as_ref().map(|inner| self.payload(inner));
                return Payload::control(control_as(*control), inner);
            }
            written::Payload::Headed { line, headers, body } => {
                let line = line.as_ref().map(|line| self.text(line));
                let headers = self.headers(headers);
                let body = body.as_ref().map(|body| self.payload(body));
                return Payload::headed(line, headers, body);
            }
        };
        compiled.unwrap_or_else(|text| {
            self.all.mistake(Mistake::new(span, text));
            Payload::fixed(*b"")
        })
    }

    /// A payload that goes as text or as bytes, as it is written, where a framing tells them apart.
    pub(super) fn as_sent(written: &written::Payload, payload: Payload) -> Payload {
        match written {
            written::Payload::Hex(_)
            | written::Payload::Base64(_)
            | written::Payload::File { .. }
            | written::Payload::Fill { .. }
            | written::Payload::Random(_)
            | written::Payload::Message { .. } => payload.into_binary(),
            _ => payload,
        }
    }

    /// Headers to be sent.
    pub(super) fn headers(&mut self, headers: &written::Headers) -> Vec<(String, Template)> {
        headers
            .iter()
            .map(|(name, value)| (name.value.clone(), self.text(value)))
            .collect()
    }

    pub(super) fn text(&mut self, text: &At<String>) -> Template {
        self.template(&text.value, text.span)
    }

    /// A payload that would not come back as one message can be told where nothing has to be filled in.
    pub(super) fn check_framed(&mut self, payload: &Payload, span: Span, about: &About) {
        let message = match payload {
            Payload::Fixed(bytes) => Message::new(bytes.clone()),
            Payload::Message(layout, JsonTemplate::Fixed(with)) => match layout.encode(with) {
                Ok((bytes, _)) => Message::new(bytes),
                Err(_) => return,
            },
            // The same of whether it has pings at all.
            Payload::Control(control, inner) => {
                let bytes = match inner.as_deref() {
                    Some(Payload::Fixed(bytes)) => bytes.clone(),
                    _ => Arc::default(),
                };
                Message::new(bytes).into_control(*control)
            }
            // Only whether the framing has a head at all can be told of what has to be filled in.
            Payload::Headed(_) => Message::with_head(Head::default(), *b""),
            _ => return,
        };
        let is_headed = message.head().is_some();
        let names = about.names.iter();
        let mut framings = names.filter_map(|name| self.open.find(name)?.outgoing.as_ref());
        let refusal = framings.find_map(|framing| match is_headed && framing.has_heads() {
            true => None,
            false => framing.encode(&framing.completed(&message)).err(),
        });
        if let Some(refusal) = refusal {
            self.all.mistake(Mistake::new(span, refusal.to_string()));
        }
    }
}

/// A message of WebSocket's own, as the wire has it.
pub(super) const fn control_as(control: written::Control) -> Control {
    match control {
        written::Control::Ping => Control::Ping,
        written::Control::Pong => Control::Pong,
    }
}
