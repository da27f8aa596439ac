//! What is sent: a payload whose templates are filled in when its step begins.

use std::sync::Arc;

use super::message::Message;
use super::template::{ExpressionError, JsonTemplate, Scope, Template};

/// A payload, compiled.
#[derive(Clone, Debug)]
pub enum Payload {
    /// The same bytes each time.
    Fixed(Arc<[u8]>),
    /// Text.
    Text(Template),
    /// Lines, joined by CRLF.
    Lines(Vec<Template>),
    /// JSON, written compactly.
    Json(JsonTemplate),
    /// Bytes in hexadecimal (blanks allowed between).
    Hex(Template),
    /// Bytes in base64.
    Base64(Template),
    /// So many random bytes.
    Random(u64),
    /// The last message received.
    Copy,
}

impl Payload {
    /// The names its templates use.
    pub fn names(&self) -> Vec<String> {
        unimplemented!()
    }

    /// Its bytes. `last` is the last message received.
    pub fn fill(&self, scope: &dyn Scope, last: Option<&Message>) -> Result<Message, ExpressionError> {
        let _ = (scope, last);
        unimplemented!()
    }
}
