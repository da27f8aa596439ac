//! The scenario as written: every part of the file with its place, nothing resolved.
//!
//! Owns the shape of the format. Does not own reading it (`decode`), nor what names, templates and defaults mean (`plan`).
//! Strings that may hold `{{ }}` are kept as text; the plan compiles them.

use std::time::Duration;

use crate::units::Delay;

/// A range of bytes in one of the files that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
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
    /// Constants, in order.
    pub vars: Vec<Var>,
    /// The actors, in order.
    pub actors: Vec<Actor>,
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
    /// The address, `127.0.0.1` unless it says otherwise.
    pub host: Option<At<String>>,
    /// How bytes become messages.
    pub framing: Option<At<Framings>>,
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
    /// To the end of the direction.
    UntilClose,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The whole step's place; findings point at `verb_span`.
    pub span: Span,
    /// The verb's key.
    pub verb_span: Span,
    /// What it does.
    pub verb: Verb,
    /// What changes how it does it.
    pub modifiers: Modifiers,
}

/// The modifiers that any step may have; which verb takes which is checked when decoding.
#[derive(Clone, Debug, Default)]
pub struct Modifiers {
    /// Which connections.
    pub on: Option<At<On>>,
    /// Its own deadline.
    pub timeout: Option<At<Duration>>,
    /// A condition without which it is left out.
    pub when: Option<At<String>>,
    /// The diagram's text.
    pub label: Option<At<String>>,
    /// Not in diagrams.
    pub hide: bool,
    /// What to keep of a message.
    pub capture: Vec<(At<String>, At<String>)>,
    /// How to try again.
    pub retry: Option<At<Retry>>,
    /// That, and how, it must fail.
    pub fails: Option<At<Fails>>,
}

/// Connections that a step is about.
#[derive(Clone, Debug, PartialEq)]
pub enum On {
    /// One, by its name, which may be a template.
    Name(String),
    /// Several.
    Names(Vec<At<String>>),
    /// All that the strand has open.
    All,
}

/// How to try again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// How many attempts in all.
    pub times: u32,
    /// The pause before the second attempt.
    pub every: Duration,
    /// What the pause is multiplied by each time.
    pub factor: f64,
    /// Whether the diagram gives the number of refused connects.
    pub show_count: bool,
}

/// How a step must fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// Anyhow.
    Any,
    /// By its deadline.
    Timeout,
    /// By a refused connection.
    Refused,
    /// By a message that doesn't match.
    Mismatch,
    /// By an ended connection.
    Closed,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Verb {
    /// To an actor's endpoint.
    Connect {
        /// `Server`, `P[1]`, `Ftp.data`; may be a template.
        to: At<String>,
        /// The connection's name.
        name: Option<At<String>>,
        /// Another framing than the endpoint's.
        framing: Option<At<Framings>>,
    },
    /// The next connection at an endpoint.
    Accept {
        /// The endpoint's name; `None` for the only one.
        endpoint: Option<At<String>>,
        /// The connection's name.
        name: Option<At<String>>,
    },
    /// A message.
    Send {
        /// What.
        payload: At<Payload>,
        /// Another session of this actor.
        to: Option<At<String>>,
    },
    /// The next message must match.
    Receive {
        /// What.
        matcher: At<Matcher>,
        /// One that doesn't match is left to the next step.
        optional: bool,
    },
    /// Alternatives, each met once.
    AnyOrder(Vec<Alternative>),
    /// The alternative met first.
    Choose(Vec<Alternative>),
    /// The alternative met first, again and again.
    Serve(Vec<Alternative>),
    /// For this long nothing may arrive.
    Silence(At<Delay>),
    /// To sessions of this actor.
    Broadcast {
        /// What.
        payload: At<Payload>,
        /// `others`, `all`, or names: a string, a list of strings, or a template.
        to: Option<Node>,
    },
    /// Orderly close.
    Close,
    /// Half-close.
    Shutdown,
    /// RST.
    Reset,
    /// The other side must close so.
    Closed(Ending),
    /// The framing from here on.
    Framing(At<Framings>),
    /// A pause.
    Wait(At<Delay>),
    /// Timers to start, or to stop (`None`).
    Timer(Vec<(At<String>, Option<At<Delay>>)>),
    /// Rounds.
    Repeat {
        /// How many, or how long, or for what.
        rounds: At<Rounds>,
        /// The variable that holds the round, from 1.
        round: Option<At<String>>,
        /// The steps of a round.
        steps: Vec<Step>,
    },
    /// Branches.
    Parallel {
        /// The branches.
        branches: At<Branches>,
        /// The variable that holds the branch, from 1.
        branch: Option<At<String>>,
    },
    /// A condition.
    If {
        /// The condition.
        condition: At<String>,
        /// Steps where it holds.
        then: Vec<Step>,
        /// Steps where it doesn't.
        otherwise: Vec<Step>,
    },
    /// Steps as one.
    Group(Vec<Step>),
    /// Leave the innermost `serve` or `repeat`.
    Break,
    /// Values for paths, one after another.
    Set(Vec<(At<String>, Node)>),
    /// Paths to remove.
    Unset(Vec<At<String>>),
    /// A condition that must hold.
    Assert(At<String>),
    /// A note.
    Note {
        /// The text.
        text: At<String>,
        /// The actors it stands over.
        over: Vec<At<String>>,
    },
    /// A heading for what follows.
    Phase(At<String>),
    /// A signal.
    Signal(At<String>),
    /// Until a signal is there.
    Await {
        /// Its name.
        name: At<String>,
        /// How often it must have been given more than at the strand's last `await` of it.
        times: u32,
    },
    /// What this run is.
    Verdict {
        /// `fail`, else `inconclusive`.
        fail: bool,
        /// Why.
        reason: At<String>,
    },
}

/// How the other side must close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// In order.
    Eof,
    /// By a reset.
    Reset,
    /// Anyhow.
    Any,
}

/// How often a `repeat` goes round.
#[derive(Clone, Debug)]
pub enum Rounds {
    /// So many times: a number, or a template.
    Times(Node),
    /// While a condition holds.
    While(At<String>),
    /// Once for each element: a list or a template.
    For {
        /// The variable that holds the element.
        name: At<String>,
        /// The elements.
        elements: Node,
    },
}

/// The branches of a `parallel`.
#[derive(Clone, Debug)]
pub enum Branches {
    /// One list of steps each.
    Lists(Vec<Vec<Step>>),
    /// The same steps so many times, or once for each element.
    Same {
        /// How many, or for what; never [`Rounds::While`].
        rounds: Rounds,
        /// The steps.
        steps: Vec<Step>,
    },
}

/// One alternative of a `choose`, `serve`, `any_order` or `unexpected`.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// The whole alternative's place; findings point at `guard_span`.
    pub span: Span,
    /// The guard's key.
    pub guard_span: Span,
    /// What must come.
    pub guard: Guard,
    /// A condition on what came.
    pub when: Option<At<String>>,
    /// On which connections.
    pub on: Option<At<On>>,
    /// What to keep of it.
    pub capture: Vec<(At<String>, At<String>)>,
    /// The diagram's text.
    pub label: Option<At<String>>,
    /// Not in diagrams.
    pub hide: bool,
    /// In `any_order`: one for each element.
    pub each: Option<(At<String>, Node)>,
    /// What is done then.
    pub steps: Vec<Step>,
}

/// What an alternative waits for.
#[derive(Clone, Debug)]
pub enum Guard {
    /// A message.
    Receive(At<Matcher>),
    /// An end.
    Closed(Ending),
    /// A connection at an endpoint; `None` for the only one.
    Accept {
        /// The endpoint's name.
        endpoint: Option<At<String>>,
        /// The connection's name.
        name: Option<At<String>>,
    },
    /// A signal.
    Await(At<String>),
    /// This long in this `choose` or round of `serve`.
    After(At<Delay>),
    /// A timer.
    Timer(At<String>),
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
    /// Bytes in hexadecimal, `??` for any byte.
    Hex(At<String>),
    /// Text somewhere inside.
    Contains(At<String>),
    /// Text with `{name}`, `{name:int}`, `{name:word}`.
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
}
