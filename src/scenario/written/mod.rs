//! The scenario as written: every part of the file with its place, nothing resolved.
//!
//! Owns the shape of the format. Does not own reading it (`decode`), nor what names, templates and defaults mean (`plan`).
//! Strings that may hold `{{ }}` are kept as text; the plan compiles them.

mod exchange;
mod invariant;
mod layout;
mod message;
mod outside;
mod step;
mod tls;
mod upgrade;

use std::time::Duration;

use crate::finding::Expect;

pub use exchange::{Answer, Request, RequestGuard, Respond, Response};
pub use invariant::{Invariant, Rule, Saying};
pub use layout::{FieldExtent, FieldKind, FieldType, Layout, LayoutField};
pub use message::{Control, Header, Headers, Matcher, Payload};
pub use outside::{Outside, Process, ProgramSignal, Ready, ReadyHow};
pub use step::{Alternative, Branches, Ending, Fails, Guard, Life, Modifiers, On, Retry, Rounds, Step, Verb};
pub use tls::{ClientCertificate, Tls, TlsChoice};
pub use upgrade::{Farewell, Upgrade};

/// A range of bytes in one of the files that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file's place in `Sources`.
    pub file: u16,
    /// The first byte.
    pub start: u32,
    /// Behind the last byte.
    pub end: u32,
}

/// Something with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// What stands there.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// A JSON value with places, in the file's order; remarks (`"//"`) are left out.
pub type Node = At<Json>;

/// A JSON value whose parts have places.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text, which may be a template.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// Members, in order.
    Object(Vec<(At<String>, Node)>),
}

impl Json {
    /// The value without its places.
    pub fn plain(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(value) => value.clone().into(),
            Self::String(value) => value.clone().into(),
            Self::Array(elements) => elements.iter().map(|element| element.value.plain()).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.value.clone(), value.value.plain()))
                .collect(),
        }
    }
}

/// A whole scenario.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// For people.
    pub title: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// For `--tag`.
    pub tags: Vec<String>,
    /// Of all that is random.
    pub seed: Option<u64>,
    /// Defaults that the file changes.
    pub limits: Limits,
    /// Constants, in order, those of included files first.
    pub vars: Vec<Var>,
    /// Layouts of binary messages, those of included files first.
    pub layouts: Vec<Layout>,
    /// Matchers by name, those of included files first.
    pub matchers: Vec<(At<String>, At<Matcher>)>,
    /// Steps by name, those of included files first.
    pub procedures: Vec<Procedure>,
    /// The rows, for each of which everything is played for itself.
    pub data: Option<At<VarValue>>,
    /// What is shown as something else in diagrams.
    pub mask: Vec<MaskEntry>,
    /// Where it says that it is known to fail.
    pub expect: Option<At<Expect>>,
    /// What must hold of everything that is said.
    pub invariants: Vec<Invariant>,
    /// The actors, in order.
    pub actors: Vec<Actor>,
}

/// One of `procedures`.
#[derive(Clone, Debug)]
pub struct Procedure {
    /// Its name.
    pub name: At<String>,
    /// Its parameters.
    pub with: Vec<At<String>>,
    /// What it does.
    pub steps: Vec<Step>,
    /// What it gives to who calls it, by name.
    pub result: Option<Vec<(At<String>, Node)>>,
}

/// The `limits` as written.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// The whole run.
    pub scenario: Option<Duration>,
    /// Each wait without a `timeout` of its own.
    pub step: Option<Duration>,
    /// The largest message.
    pub message: Option<u64>,
    /// Steps of each strand.
    pub steps: Option<u64>,
    /// Unsent bytes of a direction.
    pub unsent: Option<u64>,
    /// Unread bytes of a direction.
    pub unread: Option<u64>,
}

/// One of `vars`.
#[derive(Clone, Debug)]
pub struct Var {
    /// Its name.
    pub name: At<String>,
    /// Its value.
    pub value: VarValue,
}

/// What a variable of `vars` is.
#[derive(Clone, Debug)]
pub enum VarValue {
    /// As it stands; strings are templates over the earlier ones.
    Json(Node),
    /// What a file held: rows of a CSV file, a JSON value, or text; read by the loader.
    File(At<serde_json::Value>),
}

/// One of `mask`.
#[derive(Clone, Debug)]
pub enum MaskEntry {
    /// What matches is shown as something else.
    Rule {
        /// What is masked; where it has groups, the first of them that takes part.
        regex: At<String>,
        /// What is shown instead: `as`.
        shown: String,
    },
    /// Whether the built-in rules are there.
    Builtin(bool),
    /// Whether captured values are shown by their names.
    Captures(bool),
}

/// One of `actors`.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Its name.
    pub name: At<String>,
    /// Its endpoints.
    pub listen: Vec<Endpoint>,
    /// Steps before all scripts.
    pub setup: Vec<Step>,
    /// Its own steps.
    pub script: Option<Vec<Step>>,
    /// Steps after all scripts and sessions.
    pub finally: Vec<Step>,
    /// How many, or the rows to have one each: a number, a list, or a template.
    pub count: Option<Node>,
    /// First values of its variables.
    pub state: Vec<(At<String>, Node)>,
    /// What to do with a message that the waiting step doesn't want.
    pub unexpected: Option<Unexpected>,
    /// What to do with datagrams that are equal to an earlier one.
    pub retransmissions: Option<At<Retransmissions>>,
    /// Alternatives tried first whenever it waits; the place is the key's.
    pub background: Option<At<Vec<Alternative>>>,
    /// Where it says that the order between its peers does not matter.
    pub per_peer: Option<Span>,
    /// Variables whose order nobody cares about.
    pub unordered: Vec<At<String>>,
    /// Headers that the diagram shows of what it sends and receives.
    pub show: Vec<At<String>>,
    /// Who plays it instead of its steps, if anybody does.
    pub outside: Option<Outside>,
    /// Whether it is one sequence to whoever talks to it, where it is none of ours.
    pub serial: bool,
}

/// One of an actor's endpoints.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Where it stands.
    pub span: Span,
    /// Its name, where there are several.
    pub name: Option<At<String>>,
    /// The transport.
    pub transport: Transport,
    /// The port; 0 for a free one. A number or a template.
    pub port: Option<Node>,
    /// The name of a Unix socket; `None` for a free place.
    pub unix: Option<At<String>>,
    /// The address, `127.0.0.1` unless it says otherwise.
    pub host: Option<At<String>>,
    /// How bytes become messages.
    pub framing: Option<At<Framings>>,
    /// The messages that frames are shown as, by their names.
    pub messages: Vec<At<String>>,
    /// What the handshake of a WebSocket says.
    pub upgrade: Upgrade,
    /// TLS from the first byte on.
    pub tls: Option<Tls>,
    /// How many connections may wait to be accepted.
    pub backlog: Option<u32>,
    /// How many connections there may be at once.
    pub max_connections: Option<u32>,
    /// Steps for each connection; without any the script accepts.
    pub session: Option<Vec<Step>>,
}

/// What an endpoint speaks below its framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// HTTP/1.1 over TCP.
    Http,
    /// UDP.
    Udp,
    /// A Unix socket.
    Unix,
    /// WebSocket over TCP.
    WebSocket,
}

/// What to do with datagrams that are equal to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retransmissions {
    /// They are taken and forgotten.
    Absorb,
    /// What was sent upon the first is sent again.
    Answer,
}

/// What to do with a message that the waiting step doesn't want.
#[derive(Clone, Debug)]
pub enum Unexpected {
    /// The strand fails.
    Fail,
    /// It is taken and forgotten.
    Ignore,
    /// Alternatives, after whose `do` the step waits on.
    Alternatives(Vec<Alternative>),
}

/// The framing of both sides of a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Framings {
    /// The same for both.
    Both(Framing),
    /// One for what each side sends; one alone leaves the other.
    Each {
        /// What the side that connected sends.
        client: Option<Framing>,
        /// What the side that accepted sends.
        server: Option<Framing>,
    },
}

/// A framing as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Framing {
    /// Only bytes.
    Raw,
    /// To LF, a CR before it dropped.
    Lines,
    /// To CRLF.
    Crlf,
    /// To the delimiter.
    Delimiter(At<String>),
    /// To the earliest end of a match.
    Regex(At<String>),
    /// A length field: its type (`u16`, `u16le`, `varint`), and where it is one of the message's own, its offset and
    /// what to add to its value for the whole size.
    Length {
        /// `u8` … `u64`, `u16le` …, `varint`.
        kind: At<String>,
        /// The field's offset in the message.
        at: Option<At<u64>>,
        /// Whole size = value + this.
        add: Option<At<i64>>,
    },
    /// So many bytes.
    Fixed(At<u64>),
    /// A start line, headers, and a body whose length the header of one of these names says.
    Headers(Vec<At<String>>),
    /// Lines up to one with a dot alone.
    Dot,
    /// A length in decimal digits before it, a comma behind it.
    Netstring,
    /// RESP2, as JSON: the side that connected may send lines of words.
    Resp,
    /// To the end of the direction.
    UntilClose,
    /// HTTP/1.1: the side that connected sends requests, the other one responses.
    Http,
}
