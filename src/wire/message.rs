//! One message as it was received or is to be sent.

use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;

/// A message without its framing; what it looks like as text and as JSON is found out once, when it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Message {
    bytes: Arc<[u8]>,
    json: Arc<OnceLock<Option<Arc<Json>>>>,
}

impl Message {
    /// A message of these bytes.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self {
            bytes: bytes.into(),
            json: Arc::default(),
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// Its JSON value, where it is one.
    pub fn json(&self) -> Option<&Json> {
        self.json
            .get_or_init(|| serde_json::from_slice(&self.bytes).ok().map(Arc::new))
            .as_deref()
    }
}
