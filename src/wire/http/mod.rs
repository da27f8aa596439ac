//! HTTP/1.1 messages and bytes, without sockets (RFC 9112).
//!
//! Owns reading requests and responses one at a time as their bytes come, writing them, and what their heads say about the
//! connection. It is strict where leniency is how requests are smuggled: a bare LF, two lengths, a length beside chunks, a
//! folded header and a NUL are refused. The start line and the headers are read by `httparse`. Does not own what a
//! scenario asks of them (`matcher`), nor who sends them (`net`).

mod body;
mod head;
mod methods;
mod read;
mod reason;
mod write;

use super::head::Head;
pub use head::is_token;
pub use methods::{Media, OTHERS, USUAL, is_method, percent_encoded};
pub use read::Progress;
pub use reason::reason;
pub use write::{completed, encode, end_of_part};

/// The longest head, 64 KiB: eight times what most servers take.
pub const LONGEST_HEAD: usize = 64 << 10;

/// The most headers of a head, 256.
pub const MOST_HEADERS: usize = 256;

/// What is sent on one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Requests.
    Requests,
    /// Responses.
    Responses {
        /// To a `HEAD` request, so that none has a body whatever its head says.
        to_head: bool,
    },
}

impl Kind {
    /// What it is called.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Requests => "http requests",
            Self::Responses { to_head: false } => "http responses",
            Self::Responses { to_head: true } => "http responses to HEAD",
        }
    }
}

/// The method of a request line.
pub fn method(head: &Head) -> Option<&str> {
    head.line.as_deref()?.split(' ').next()
}

/// The target of a request line: `/users/7?full=1`.
pub fn target(head: &Head) -> Option<&str> {
    head.line.as_deref()?.split(' ').nth(1)
}

/// Whether a message of this head is HTTP/1.0.
pub fn is_old(head: &Head) -> bool {
    let line = head.line.as_deref().unwrap_or_default();
    let version = match line.starts_with("HTTP/") {
        true => line.split(' ').next(),
        false => line.rsplit(' ').next(),
    };
    version == Some("HTTP/1.0")
}

/// Whether the connection goes on after a message of this head (RFC 9112, 9.3), as far as its sender is concerned.
pub fn is_persistent(head: &Head) -> bool {
    !head.lists("connection", "close") && (!is_old(head) || head.lists("connection", "keep-alive"))
}

/// Whether a response of this status never has a body.
pub const fn has_no_body(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

/// Whether this is a response before the final one, such as `100 Continue`; `101` ends HTTP and is final.
pub fn is_interim(head: &Head) -> bool {
    head.status()
        .is_some_and(|status| matches!(status, 100..=199) && status != 101)
}

#[cfg(test)]
mod tests;
