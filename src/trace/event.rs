//! One recorded fact, and what frames a file of them.
//!
//! Owns the shape of a trace, which is also its format: JSON Lines, a [`Header`], then an [`Event`] or a [`Record`] a
//! line, then each [`Judgement`], then a [`Footer`] that marks a whole file. Does not own the file (`recorder`, `reader`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Verdict};
use crate::ident::Direction;

pub use super::content::{Content, Head, shown_line};
pub use super::header::{Header, HeaderActor, HeaderMask, HeaderMaskRule, HeaderStep};
pub use super::judgement::{EventName, Judgement};

/// The version of the format; a reader refuses a later one.
pub const VERSION: u32 = 1;

/// One fact about one strand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The strand's name.
    pub strand: String,
    /// Which event of the strand, from 0, without gaps.
    pub index: u32,
    /// Nanoseconds since the run began: for people, no later stage orders by it.
    pub time: u64,
    /// The step that it came from, a place in [`Header::steps`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The `repeat`s, `parallel`s and alternatives around the step, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// The text that the scenario gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether the scenario keeps it out of diagrams.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hide: bool,
    /// What happened.
    pub event: Kind,
}

/// One `repeat`, `parallel` or `choose` around a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Frame {
    /// The `repeat` or `parallel`, or of a `choose` the alternative that was met: a place in [`Header::steps`].
    pub step: u32,
    /// The how-manyeth time this strand began that step, from 1.
    pub time: u32,
    /// The round of a `repeat`, the branch of a `parallel`, the alternative of a `choose`, from 1.
    pub part: u32,
}

/// How a direction of a connection was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Closing {
    /// In order.
    Fin,
    /// By a reset, which ends both directions.
    Reset,
}

/// How the end of a direction was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Closed {
    /// In order.
    Eof,
    /// By a reset.
    Reset,
    /// Without the transport's own farewell, as TLS without `close_notify`.
    Truncated,
    /// The run ended before the end came.
    Abandoned,
}

/// What an access did to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Read it.
    Read,
    /// Wrote it.
    Write,
    /// Joined the membership.
    Join,
    /// Left the membership.
    Leave,
}

/// What the name of the cell ends in that each message with an actor writes which is one sequence to us.
pub const SERIAL: &str = "!serial";

/// One access to one shared cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The cell: `Server.hits` for a variable, `Server!sessions` for the membership, `Server!serial` for what is sent to
    /// and received from a program that is one sequence to us.
    pub cell: String,
    /// What was done.
    pub mode: Mode,
    /// The how-manyeth access to this cell, from 0: their order, whatever the order of lines.
    pub nth: u64,
}

/// What happened.
///
/// Byte offsets count from the first byte of their direction. A message's identity is (connection, direction, sending
/// strand, how-manyeth), never an offset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An endpoint is ready.
    Listening {
        /// `Server`, `Ftp.data`.
        endpoint: String,
        /// The address, for people.
        address: String,
    },
    /// A strand began to connect.
    Connect {
        /// The name that the connection has if it is accepted.
        connection: String,
        /// Whether it is one of datagrams, of which the other end learns by the first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        datagrams: bool,
    },
    /// The connection is there, as the opener sees it.
    Connected {
        /// Its name.
        connection: String,
    },
    /// The connection speaks TLS from here on, as one of its ends sees it.
    Secured {
        /// Its name.
        connection: String,
        /// Whether it is the end that connected.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_opener: bool,
        /// Whether it began without.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        upgrade: bool,
        /// `TLS 1.3`.
        version: String,
        /// The server's name that was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sni: Option<String>,
        /// The protocol that both speak.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alpn: Option<String>,
        /// Whose certificate the other end has shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peer: Option<String>,
    },
    /// The connection was refused, or given up.
    Refused {
        /// `Server`, `Ftp.data`.
        endpoint: String,
        /// Whether it stands for a `retry`'s attempts, however many there were.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
        /// The status with which a server refused to speak WebSocket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// A strand took an incoming connection.
    Accept {
        /// Its name.
        connection: String,
        /// As in [`Kind::Connect`].
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        datagrams: bool,
        /// Where else this step would have taken something: see [`Kind::Receive`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        watch: Vec<String>,
    },
    /// A message was sent; recorded before its bytes go out.
    Send {
        /// The connection.
        connection: String,
        /// The direction.
        direction: Direction,
        /// The offset of its first byte.
        start: u64,
        /// The offset behind its last byte.
        end: u64,
        /// What it held.
        content: Content,
        /// The index of the first copy's event, where this is one copy of a broadcast.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        broadcast: Option<u32>,
    },
    /// A step took a message.
    Receive {
        /// The connection.
        connection: String,
        /// The direction.
        direction: Direction,
        /// The offset of its first byte.
        start: u64,
        /// The offset behind its last byte.
        end: u64,
        /// What it held.
        content: Content,
        /// All places at which its step would have taken something, where there is more than one: `Server/Client#1>` a
        /// direction, `@Server` an endpoint's next connection, `!name` a signal, `:timer` a timer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        watch: Vec<String>,
        /// What its step kept of it, by name, where diagrams show the name instead.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        captured: BTreeMap<String, String>,
    },
    /// A step met bytes that are no message.
    Malformed {
        /// The connection.
        connection: String,
        /// The direction.
        direction: Direction,
        /// The offset of the first bad byte.
        start: u64,
        /// The offset behind what was looked at.
        end: u64,
        /// Those bytes.
        content: Content,
        /// What is wrong.
        why: String,
    },
    /// A strand ended what it sends.
    Closing {
        /// The connection.
        connection: String,
        /// The direction that is ended; a reset ends both, and names the one that its strand sends in.
        direction: Direction,
        /// How.
        how: Closing,
        /// The code of the close frame, where it is a WebSocket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
    },
    /// A strand, or the tail, met the end of what it receives.
    Closed {
        /// The connection.
        connection: String,
        /// The direction that ended.
        direction: Direction,
        /// How.
        how: Closed,
        /// The code of the close frame; none where a WebSocket ended without one, and where it is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
        /// Bytes of a frame that was begun and not ended, and its whole size where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partial: Option<(u64, Option<u64>)>,
        /// See [`Kind::Receive`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        watch: Vec<String>,
    },
    /// A deadline or a timer was reached.
    Timeout {
        /// `step` for a step's deadline, `after` for a guard, `timer NAME` for a timer.
        of: String,
        /// What else the step would have taken: see [`Kind::Receive`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        watch: Vec<String>,
    },
    /// Nothing came for as long as nothing was to come.
    Silent {
        /// Where it listened.
        watch: Vec<String>,
    },
    /// A strand was begun: a branch, or by the run itself a phase.
    Spawned {
        /// Its name.
        strand: String,
    },
    /// A strand's end was waited for.
    Joined {
        /// Its name.
        strand: String,
    },
    /// A signal was given.
    Signalled {
        /// The signal's name.
        name: String,
        /// The how-manyeth of this name, from 1.
        nth: u32,
    },
    /// A signal was waited for, and is there.
    Awaited {
        /// The signal's name.
        name: String,
        /// It depends on the first `count` of this name.
        count: u32,
        /// See [`Kind::Receive`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        watch: Vec<String>,
    },
    /// A step read or wrote what its actor's strands share; one event a step, before the step's own.
    Access {
        /// The cells, in the order of their names.
        cells: Vec<Access>,
    },
    /// A program of its own was started: an event of the script of its actor, which has no others.
    Started {},
    /// A program of its own has ended.
    Exited {
        /// How: its exit code, as `0`, or `signal 15`.
        status: String,
    },
    /// A note.
    Note {
        /// The text.
        text: String,
        /// The actors that it stands over; none for the strand's own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        over: Vec<String>,
    },
    /// A heading for what follows.
    Phase {
        /// The text.
        text: String,
    },
    /// A violated expectation.
    Finding(Box<Finding>),
}

/// What the path between two actors did to a message: a fact about a send, without a place in any strand's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The strand that sent.
    pub strand: String,
    /// The index of its `send`.
    pub index: u32,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a message on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It was dropped.
    Lost,
}

/// The last line of a whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Footer {
    /// How the run was judged.
    pub verdict: Verdict,
    /// How many events there are.
    pub events: u64,
    /// How many times chance was asked.
    pub draws: u64,
    /// What cut the run, where it did not come to its end: such a trace is never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
}

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// The first.
    Header(Header),
    /// The last.
    Footer(Footer),
    /// About a message.
    Record(Record),
    /// A finding that was made when the run was over.
    Judgement(Judgement),
    /// Those between, without a wrapper of their own.
    #[serde(untagged)]
    Event(Box<Event>),
}
