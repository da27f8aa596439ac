//! Payloads.

use super::on::About;
use super::strand::Strand;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Span};
use crate::wire::message::Message;
use crate::wire::payload::Payload;
use crate::wire::template::Template;

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
            written::Payload::Copy => return Payload::Copy,
        };
        compiled.unwrap_or_else(|text| {
            self.all.mistake(Mistake::new(span, text));
            Payload::fixed(*b"")
        })
    }

    pub(super) fn text(&mut self, text: &At<String>) -> Template {
        self.template(&text.value, text.span)
    }

    /// A payload that would not come back as one message can be told where nothing has to be filled in.
    pub(super) fn check_framed(&mut self, payload: &Payload, span: Span, about: &About) {
        let Payload::Fixed(bytes) = payload else {
            return;
        };
        let names = about.names.iter();
        let mut framings = names.filter_map(|name| self.open.find(name)?.outgoing.as_ref());
        let refusal = framings.find_map(|framing| framing.encode(&Message::new(bytes.clone())).err());
        if let Some(refusal) = refusal {
            self.all.mistake(Mistake::new(span, refusal.to_string()));
        }
    }
}
