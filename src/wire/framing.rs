//! How bytes become messages and back.
//!
//! Owns the framings, each pulled one message at a time, so that a framing can be exchanged between two messages.

use std::ops::Range;

/// A framing, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Framing {}

/// How far a decoder has looked at the bytes before it, so that no byte is looked at twice; new for each message.
#[derive(Clone, Debug, Default)]
pub struct Scan {}

/// What a decoder found at the front of the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A message: its body within the bytes, and how many bytes it takes in all.
    Message {
        /// The body.
        body: Range<usize>,
        /// The bytes to take off.
        taken: usize,
    },
    /// More bytes are needed.
    More,
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
}

/// A payload that would not come back as one message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unframable(pub String);

impl Framing {
    /// Only bytes.
    pub fn raw() -> Self {
        unimplemented!()
    }

    /// Whether this is `raw`, which has no messages of its own: see [`super::raw`].
    pub fn is_raw(&self) -> bool {
        unimplemented!()
    }

    /// Looks for one message at the front of `bytes`; `ended` says that no more will come, `limit` the largest message.
    pub fn decode(&self, scan: &mut Scan, bytes: &[u8], ended: bool, limit: u64) -> Result<Decoded, Malformed> {
        let _ = (scan, bytes, ended, limit);
        unimplemented!()
    }

    /// A payload with its framing.
    pub fn encode(&self, payload: &[u8]) -> Result<Vec<u8>, Unframable> {
        let _ = payload;
        unimplemented!()
    }
}
