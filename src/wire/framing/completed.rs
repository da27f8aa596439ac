//! What messages of a framing are besides bytes.
//!
//! Owns which framings have heads, and what they add to a head. Does not own how heads are read and written (`headers`,
//! `http`).

use super::{Framing, Kind, headers, resp};
use crate::wire::http;
use crate::wire::message::Message;

impl Framing {
    /// What HTTP messages these are, where they are any.
    pub const fn as_http(&self) -> Option<http::Kind> {
        match self.kind {
            Kind::Http(kind) => Some(kind),
            _ => None,
        }
    }

    /// Whether this is RESP.
    pub const fn is_resp(&self) -> bool {
        matches!(self.kind, Kind::Resp(_))
    }

    /// Whether its messages have a head.
    pub fn has_heads(&self) -> bool {
        match &self.kind {
            Kind::Http(_) | Kind::Headers(_) => true,
            Kind::Datagram(inner) => inner.has_heads(),
            _ => false,
        }
    }

    /// Whether its messages are JSON whatever they look like on the wire.
    pub fn is_json(&self) -> bool {
        match &self.kind {
            Kind::Resp(_) => true,
            Kind::Datagram(inner) => inner.is_json(),
            _ => false,
        }
    }

    /// Whether a message is another one on the wire than it was given: see [`Self::completed`].
    pub fn completes(&self) -> bool {
        self.has_heads() || self.is_json()
    }

    /// The message as it comes back: with what the framing adds to its head, the length of its body; as the JSON that the
    /// other side reads.
    pub fn completed(&self, message: &Message) -> Message {
        match &self.kind {
            Kind::Resp(side) if message.head().is_none() => resp::completed(*side, message),
            Kind::Headers(names) => headers::completed(names, message),
            Kind::Http(kind) => http::completed(*kind, message),
            Kind::Datagram(inner) => inner.completed(message),
            _ => message.clone(),
        }
    }
}
