//! Messages as written: what is sent, and what a received one must look like.
//!
//! Owns payloads and matchers. Does not own their templates and patterns, which the plan compiles.

use super::{At, Node};

/// A message of WebSocket's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// `ping`.
    Ping,
    /// `pong`.
    Pong,
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Text.
    Text(At<String>),
    /// Lines, joined by CRLF.
    Lines(Vec<At<String>>),
    /// JSON, written compactly.
    Json(Node),
    /// Bytes in hexadecimal.
    Hex(At<String>),
    /// Bytes in base64.
    Base64(At<String>),
    /// What a file holds; read by the loader.
    File {
        /// Its name.
        name: At<String>,
        /// What it held.
        bytes: Vec<u8>,
    },
    /// One byte again and again.
    Fill {
        /// The byte.
        byte: u8,
        /// How many.
        size: u64,
    },
    /// So many random bytes.
    Random(u64),
    /// The last message received.
    Copy,
    /// Fields of a form, as HTML has them.
    Form(Node),
    /// A binary message.
    Message {
        /// The layout's name.
        name: At<String>,
        /// Its fields: an object, or a template.
        with: Option<Node>,
    },
    /// A ping or pong of a WebSocket, with what it holds.
    Control(Control, Option<Box<At<Self>>>),
    /// A start line and headers before a body.
    Headed {
        /// The start line.
        line: Option<At<String>>,
        /// The headers, in order; a name may come more than once.
        headers: Headers,
        /// The body.
        body: Option<Box<At<Self>>>,
    },
}

/// Headers to be sent, in order.
pub type Headers = Vec<(At<String>, At<String>)>;

/// What a header must look like.
#[derive(Clone, Debug)]
pub enum Header {
    /// One of its values, or all of them joined.
    Is(At<Matcher>),
    /// There is none.
    Absent,
}

/// What a received message must look like.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Exactly this payload.
    Payload(Payload),
    /// JSON that may be more than this, with `$` matchers inside; `exact` for no other members.
    Json {
        /// The value.
        value: Node,
        /// No other members.
        exact: bool,
    },
    /// JSON that is valid against a JSON Schema; read by the loader.
    Schema {
        /// The file's name.
        name: At<String>,
        /// What it held.
        schema: Node,
    },
    /// Bytes in hexadecimal, `??` for any byte.
    Hex(At<String>),
    /// Text somewhere inside.
    Contains(At<String>),
    /// Text with `{name}`, `{name:int}`, `{name:word}`, `{name:rest}`.
    Pattern(At<String>),
    /// A regular expression for the whole message.
    Regex(At<String>),
    /// The size, in bytes.
    Size {
        /// The least.
        min: u64,
        /// The most.
        max: Option<u64>,
    },
    /// Anything.
    Any,
    /// Anything up to the end of the direction (`{ "any": true, "until": "closed" }` on `raw`): the matcher inside sees it whole.
    UntilClosed(Box<At<Self>>),
    /// At least one of these.
    OneOf(Vec<At<Self>>),
    /// Each of these.
    AllOf(Vec<At<Self>>),
    /// Anything else.
    Not(Box<At<Self>>),
    /// One of `matchers`.
    Named(At<String>),
    /// A form with at least these fields.
    Form(Node),
    /// A binary message.
    Message {
        /// The layout's name.
        name: At<String>,
        /// What its fields must look like: an object, or a template.
        with: Option<Node>,
    },
    /// A ping or pong of a WebSocket, and what it must hold.
    Control(Control, Option<Box<At<Self>>>),
    /// A message with a head: each of its parts that is given must match.
    Headed {
        /// The start line.
        line: Option<Box<At<Self>>>,
        /// Headers by name.
        headers: Vec<(At<String>, Header)>,
        /// The body.
        body: Option<Box<At<Self>>>,
    },
}
