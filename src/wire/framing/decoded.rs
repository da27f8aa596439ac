//! What a decoder finds at the front of bytes.

use std::ops::Range;

use super::websocket::Farewell;
use crate::wire::message::Message;

/// What a decoder found at the front of the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A message, and how many bytes it takes in all.
    Message {
        /// The message.
        message: Message,
        /// The bytes to take off.
        taken: usize,
    },
    /// More bytes are needed.
    More,
    /// More bytes are needed, which the other side sends only when it was told to go on (`Expect: 100-continue`); said
    /// once for each message.
    Asks,
    /// A part of a message, whose end is still to come: so many bytes to take off, and to ask again. Only with the same scan
    /// is the rest of the message found.
    Absorbed(usize),
    /// The direction ends here, in order, by a frame that says so; and how many bytes that takes.
    Close(Farewell, usize),
    /// The direction ended between two messages.
    End,
    /// The direction ended inside a message, `have` bytes of it being there.
    Partial {
        /// How many bytes are there.
        have: u64,
        /// How many were said to come, where that is known.
        want: Option<u64>,
    },
}

/// Bytes that are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Malformed {
    /// What is wrong.
    pub why: String,
    /// Where the wrong bytes are, from the front.
    pub at: Range<usize>,
    /// The status with which a server refuses them, where they were to be an HTTP request; the code with which a WebSocket
    /// is closed for them.
    pub status: Option<u16>,
}

impl Malformed {
    /// Bytes that are no message.
    pub(in crate::wire) fn new(why: impl Into<String>, at: Range<usize>) -> Self {
        Self {
            why: why.into(),
            at,
            status: None,
        }
    }
}
