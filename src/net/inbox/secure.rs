//! What TLS does to what is received: it may begin, or be met, in the middle.
//!
//! Owns lending the stream to a handshake, with what was read ahead, and knowing where the other side has begun TLS. Does
//! not own the handshake (`net::tls`).

use super::Inbox;
use crate::net::stream::Stream;
use crate::runtime::Pulse;
use crate::wire::framing::{Malformed, Scan};

impl Inbox {
    pub(in crate::net) fn pulse(&self) -> &Pulse {
        self.flows.pulse()
    }

    /// Takes the stream, for TLS to be put on it.
    pub(in crate::net) fn take_stream(&self) -> Option<Stream> {
        self.socket.take().filter(|_| !self.socket.is_spoilt())
    }

    /// Takes what was read ahead, which is no message then, but the beginning of a handshake.
    pub(in crate::net) fn take_ahead(&mut self) -> Vec<u8> {
        let mut ahead = std::mem::take(&mut self.bytes);
        ahead.drain(..std::mem::take(&mut self.start));
        self.flows.pulse().unread(self.flow(), ahead.len() as u64);
        self.front = None;
        self.malformed = None;
        self.scan = Scan::default();
        ahead
    }

    /// Goes on with TLS.
    pub(in crate::net) fn put_stream(&mut self, stream: Stream) {
        self.socket.put(stream, false);
        self.secure = true;
    }

    /// Goes on with what nobody understands.
    pub(in crate::net) fn put_spoilt(&mut self, stream: Stream) {
        self.socket.put(stream, true);
    }

    /// What TLS says of how the other side broke off.
    pub fn said(&self) -> Option<String> {
        self.socket.said()
    }

    /// How many bytes at the front are what the other side sent as messages: where it has begun TLS, and this side has not,
    /// what is behind is none of them.
    pub(super) fn plain(&self) -> usize {
        let held = self.bytes.len() - self.start;
        if self.secure {
            return held;
        }
        let plain = self.flows.tls_from(self.direction).saturating_sub(self.offset);
        usize::try_from(plain).map_or(held, |plain| plain.min(held))
    }

    /// The other side has begun TLS, and this side waits for a message instead.
    pub fn meets_tls(&self) -> Option<Malformed> {
        let plain = self.plain();
        (plain < self.bytes.len() - self.start).then(|| Malformed {
            why: "the other side begins TLS here, and this side does not".to_owned(),
            at: plain..plain,
            status: None,
        })
    }
}
