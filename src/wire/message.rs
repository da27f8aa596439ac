//! One message as it was received or is to be sent.

use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;

use super::head::Head;
use super::layout::Fields;

/// A message without its framing; what it looks like as text and as JSON is found out once, when it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Message {
    head: Option<Arc<Head>>,
    control: Option<Control>,
    /// Whether it goes as bytes where a framing tells text and bytes apart.
    binary: bool,
    bytes: Arc<[u8]>,
    shown: Option<Arc<str>>,
    json: Arc<OnceLock<Option<Arc<Json>>>>,
    fields: Option<Arc<Fields>>,
}

/// A message of WebSocket's own, besides those of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Asks whether the other side is there.
    Ping,
    /// Says so.
    Pong,
}

impl Control {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Pong => "pong",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Ping, Self::Pong].into_iter().find(|own| own.name() == name)
    }
}

impl Message {
    /// A message of these bytes.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self {
            head: None,
            control: None,
            binary: false,
            bytes: bytes.into(),
            shown: None,
            json: Arc::default(),
            fields: None,
        }
    }

    /// A message with a head, and a body of these bytes.
    pub fn with_head(head: impl Into<Arc<Head>>, body: impl Into<Arc<[u8]>>) -> Self {
        Self {
            head: Some(head.into()),
            ..Self::new(body)
        }
    }

    /// The same as a ping or pong.
    #[must_use]
    pub fn into_control(mut self, control: Control) -> Self {
        self.control = Some(control);
        self
    }

    /// The same as bytes, where a framing tells text and bytes apart.
    #[must_use]
    pub fn into_binary(mut self) -> Self {
        self.binary = true;
        self
    }

    /// Whether it is a ping or pong, and which.
    pub const fn control(&self) -> Option<Control> {
        self.control
    }

    /// Whether it goes, or came, as bytes where the framing tells text and bytes apart.
    pub const fn is_binary(&self) -> bool {
        self.binary
    }

    /// The same message, which diagrams show so instead of by its bytes.
    #[must_use]
    pub fn with_shown(mut self, shown: Option<impl Into<Arc<str>>>) -> Self {
        self.shown = shown.map(Into::into);
        self
    }

    /// How diagrams show it, where that is not by its bytes.
    pub fn shown(&self) -> Option<&str> {
        self.shown.as_deref()
    }

    /// Its head, where its framing has one.
    pub fn head(&self) -> Option<&Head> {
        self.head.as_deref()
    }

    /// Its bytes; where it has a head, those of its body.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same message, read as a binary one.
    #[must_use]
    pub fn with_fields(self, fields: Arc<Fields>) -> Self {
        Self {
            fields: Some(fields),
            ..self
        }
    }

    /// Its fields, where it was read or made as a binary message.
    pub fn fields(&self) -> Option<&Arc<Fields>> {
        self.fields.as_ref()
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

impl PartialEq for Message {
    /// Whether the same is said: text and bytes are told apart by what they hold alone.
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head && self.control == other.control && self.bytes == other.bytes
    }
}

impl Eq for Message {}
