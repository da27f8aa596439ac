//! WebSocket as written: its handshake, and its ends.

use super::{At, Headers, Span};

/// `path` and `headers`: what the handshake of a WebSocket says.
#[derive(Clone, Debug, Default)]
pub struct Upgrade {
    /// The path.
    pub path: Option<At<String>>,
    /// Headers; the place is the key's.
    pub headers: Option<At<Headers>>,
}

/// What a WebSocket is closed with.
#[derive(Clone, Debug)]
pub struct Farewell {
    /// The whole object's place.
    pub span: Span,
    /// The code.
    pub code: u16,
    /// The reason.
    pub reason: Option<At<String>>,
}
