//! What orders an event, borrowed from its line.
//!
//! Owns a lighter form of [`Event`](super::super::event::Event) without content, labels and frames, so that a pass over a
//! large file copies nothing. Does not own the format: each variant mirrors one of `event`, and a test compares the two.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::event::{Closed, Closing, Mode, Record};
use crate::ident::Direction;

/// An event's place in its strand.
#[derive(Debug)]
pub struct Head<'a> {
    /// The strand's name.
    pub strand: Cow<'a, str>,
    /// Which event of the strand.
    pub index: u32,
}

/// A line that is neither header nor footer.
#[derive(Debug)]
pub enum Skim<'a> {
    /// One fact about one strand.
    Event(SkimEvent<'a>),
    /// What became of a message.
    Record(Record),
}

/// What orders an event.
#[derive(Debug)]
pub struct SkimEvent<'a> {
    /// The strand's name.
    pub strand: Cow<'a, str>,
    /// Which event of the strand.
    pub index: u32,
    /// What happened.
    pub kind: SkimKind<'a>,
}

/// A text that is borrowed from the line where nothing in it is escaped.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// One access to one shared cell.
#[derive(Debug, Deserialize)]
pub struct SkimAccess<'a> {
    /// The cell.
    #[serde(borrow)]
    pub cell: Cow<'a, str>,
    /// What was done.
    pub mode: Mode,
    /// The how-manyeth access to this cell.
    pub nth: u64,
}

/// What happened; the fields mean what those of [`Kind`](super::super::event::Kind) mean.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each field is that of the same name in `Kind`")]
pub enum SkimKind<'a> {
    Listening {
        #[serde(borrow)]
        endpoint: Cow<'a, str>,
    },
    Connect {
        #[serde(borrow)]
        connection: Cow<'a, str>,
        #[serde(default)]
        datagrams: bool,
    },
    Connected {
        #[serde(borrow)]
        connection: Cow<'a, str>,
    },
    Secured {},
    Refused {},
    Accept {
        #[serde(borrow)]
        connection: Cow<'a, str>,
        #[serde(default)]
        datagrams: bool,
        #[serde(borrow, default)]
        watch: Vec<Text<'a>>,
    },
    Send {
        #[serde(borrow)]
        connection: Cow<'a, str>,
        direction: Direction,
        start: u64,
        end: u64,
        #[serde(default)]
        broadcast: Option<u32>,
    },
    Receive {
        #[serde(borrow)]
        connection: Cow<'a, str>,
        direction: Direction,
        start: u64,
        end: u64,
        #[serde(borrow, default)]
        watch: Vec<Text<'a>>,
    },
    Malformed {
        #[serde(borrow)]
        connection: Cow<'a, str>,
        direction: Direction,
        start: u64,
        end: u64,
    },
    Closing {
        #[serde(borrow)]
        connection: Cow<'a, str>,
        direction: Direction,
        how: Closing,
    },
    Closed {
        #[serde(borrow)]
        connection: Cow<'a, str>,
        direction: Direction,
        how: Closed,
        #[serde(borrow, default)]
        watch: Vec<Text<'a>>,
    },
    Timeout {
        #[serde(borrow, default)]
        watch: Vec<Text<'a>>,
    },
    Silent {
        #[serde(borrow)]
        watch: Vec<Text<'a>>,
    },
    Spawned {
        #[serde(borrow)]
        strand: Cow<'a, str>,
    },
    Joined {
        #[serde(borrow)]
        strand: Cow<'a, str>,
    },
    Signalled {
        #[serde(borrow)]
        name: Cow<'a, str>,
        nth: u32,
    },
    Awaited {
        #[serde(borrow)]
        name: Cow<'a, str>,
        count: u32,
        #[serde(borrow, default)]
        watch: Vec<Text<'a>>,
    },
    Access {
        #[serde(borrow)]
        cells: Vec<SkimAccess<'a>>,
    },
    Started {},
    Exited {},
    Note {},
    Phase {},
    Finding(IgnoredAny),
}

pub(super) fn head(text: &[u8]) -> Result<Option<Head<'_>>, String> {
    #[derive(Deserialize)]
    struct Line<'a> {
        #[serde(borrow)]
        strand: Option<Text<'a>>,
        index: Option<u32>,
        record: Option<IgnoredAny>,
        judgement: Option<IgnoredAny>,
        footer: Option<IgnoredAny>,
    }
    let line: Line<'_> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    match (line.strand, line.index) {
        (Some(Text(strand)), Some(index)) => Ok(Some(Head { strand, index })),
        _ if line.record.is_some() || line.judgement.is_some() || line.footer.is_some() => Ok(None),
        _ => Err(NEITHER.to_owned()),
    }
}

pub(super) fn skim(text: &[u8]) -> Result<Option<Skim<'_>>, String> {
    #[derive(Deserialize)]
    struct Line<'a> {
        #[serde(borrow)]
        strand: Option<Text<'a>>,
        index: Option<u32>,
        #[serde(borrow)]
        event: Option<SkimKind<'a>>,
        record: Option<Record>,
        judgement: Option<IgnoredAny>,
        footer: Option<IgnoredAny>,
    }
    let line: Line<'_> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    match (line.strand, line.index, line.event, line.record) {
        (Some(Text(strand)), Some(index), Some(kind), None) => Ok(Some(Skim::Event(SkimEvent { strand, index, kind }))),
        (None, None, None, Some(record)) => Ok(Some(Skim::Record(record))),
        _ if line.judgement.is_some() || line.footer.is_some() => Ok(None),
        _ => Err(NEITHER.to_owned()),
    }
}

const NEITHER: &str =
    "it is neither an event (`strand`, `index`, `event`) nor a `record` nor a `judgement` nor the `footer`";
