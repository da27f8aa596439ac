//! What a received message must look like.

use serde_json::Value as Json;

use super::message::Message;
use super::template::{ExpressionError, Scope};

/// A matcher, compiled; its templates are filled in when its step begins.
#[derive(Clone, Debug)]
pub struct Matcher {}

/// A matcher whose templates are filled in.
#[derive(Clone, Debug)]
pub struct Want {}

/// What was kept of a message that matched, in order of appearance.
pub type Captures = Vec<(String, Json)>;

/// Why a message does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The first difference: `at offset 3: expected "l", found "p"`, `at $.id: expected 7, found 8`.
    pub difference: String,
    /// How near it was, so that of several alternatives the nearest can be told: the larger the nearer.
    pub nearness: u32,
}

impl Matcher {
    /// The names its templates use.
    pub fn names(&self) -> &[String] {
        unimplemented!()
    }

    /// The names that it captures, in order.
    pub fn captures(&self) -> &[String] {
        unimplemented!()
    }

    /// With its templates filled in; cheap where it has none.
    pub fn fill(&self, scope: &dyn Scope) -> Result<Want, ExpressionError> {
        let _ = scope;
        unimplemented!()
    }
}

impl Want {
    /// Whether a message matches, and what is kept of it.
    pub fn test(&self, message: &Message) -> Result<Captures, Mismatch> {
        let _ = message;
        unimplemented!()
    }

    /// Whether it waits for the end of the direction (`until: closed`), on `raw`.
    pub fn until_closed(&self) -> bool {
        unimplemented!()
    }

    /// What it asks for, as short text: `"Hello"`, `{"id":7}`, `pattern "JOIN {name}"`.
    pub fn describe(&self) -> String {
        unimplemented!()
    }
}
