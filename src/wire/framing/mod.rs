//! How bytes become messages and back.
//!
//! Owns the framings, each pulled one message at a time, so that a framing can be exchanged between two messages.

mod completed;
mod datagram;
mod decoded;
mod delimited;
mod dot;
mod headers;
mod length;
#[cfg(test)]
mod properties;
pub mod resp;
mod unframable;
pub mod websocket;
#[cfg(test)]
mod websocket_tests;

use std::ops::Range;
use std::sync::Arc;

use super::automaton::{Automaton, Run};
use super::http;
use super::message::Message;
use crate::units::show_size;
pub use decoded::{Decoded, Malformed};
use dot::DotScan;
use headers::HeadScan;
use length::Number;
pub use unframable::Unframable;
use websocket::{Assembly, Sender};

pub use datagram::{LENGTH as DATAGRAM_LENGTH, first as first_datagram};

/// A framing, compiled.
#[derive(Clone, Debug)]
pub struct Framing {
    kind: Kind,
    described: String,
}

#[derive(Clone, Debug)]
enum Kind {
    Raw,
    UntilClose,
    Lines,
    Delimiter(Arc<[u8]>),
    Regex(Automaton),
    Fixed(u64),
    /// A length before the body.
    Prefix(Number),
    /// A length within the body.
    Field {
        number: Number,
        at: u64,
        /// The whole size is the number and this; without it the number counts what follows.
        add: Option<i64>,
    },
    /// Lines up to one with a dot alone.
    Dot,
    /// A length in decimal digits before the body, a comma behind it.
    Netstring,
    /// Redis: what is sent by a client, or by a server.
    Resp(resp::Side),
    /// A start line, headers, and a body whose length a header of one of these names says.
    Headers(Arc<[String]>),
    /// HTTP/1.1: what is sent is requests, or responses.
    Http(http::Kind),
    /// Each datagram is one message, which the framing inside reads.
    Datagram(Arc<Framing>),
    /// Frames of a WebSocket; the keys of a client's masks are made of the number.
    WebSocket(Sender, u64),
}

/// How far a decoder has looked at the bytes before it, so that no byte is looked at twice; new for each message.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    seen: usize,
    run: Option<Run>,
    dot: DotScan,
    resp: Option<Box<resp::Reader>>,
    head: Option<HeadScan>,
    http: Option<Box<http::Progress>>,
    frames: Option<Box<Assembly>>,
}

impl Scan {
    /// Whether the message that was found ended with its direction, so that a reset may have cut it short.
    pub fn was_ended_by_the_end(&self) -> bool {
        self.http.as_ref().is_some_and(|http| http.is_to_the_end())
    }
}

impl PartialEq for Framing {
    /// Two framings are equal that do the same.
    fn eq(&self, other: &Self) -> bool {
        self.described == other.described
    }
}

impl Framing {
    /// Only bytes.
    pub fn raw() -> Self {
        Self::new(Kind::Raw, "raw")
    }

    /// One message, to the end of the direction.
    pub fn until_close() -> Self {
        Self::new(Kind::UntilClose, "until_close")
    }

    /// To LF, a CR before it dropped.
    pub fn lines() -> Self {
        Self::new(Kind::Lines, "lines")
    }

    /// To CRLF.
    pub fn crlf() -> Self {
        Self::new(Kind::Delimiter(Arc::from(*b"\r\n")), "crlf")
    }

    /// To a delimiter.
    pub fn delimiter(delimiter: &[u8]) -> Result<Self, String> {
        if delimiter.is_empty() {
            return Err("a delimiter needs at least one byte".to_owned());
        }
        let described = format!("delimiter {:?}", String::from_utf8_lossy(delimiter));
        Ok(Self::new(Kind::Delimiter(delimiter.into()), described))
    }

    /// To the earliest end of a match, which belongs to the message.
    pub fn regex(regex: &str) -> Result<Self, String> {
        let compiled = regex::bytes::Regex::new(regex).map_err(|error| super::matcher::regex_error(&error))?;
        if compiled.is_match(b"") {
            return Err("the regex matches before the first byte".to_owned());
        }
        let automaton = Automaton::anywhere(regex)
            .ok_or("the regex is too large, or has a Unicode word boundary (`(?-u:\\b)` is one of ASCII)")?;
        Ok(Self::new(Kind::Regex(automaton), format!("regex {regex:?}")))
    }

    /// A length before the message: `u8`, `u16` … `u64`, `u16le` …, `varint`.
    pub fn length(kind: &str) -> Result<Self, String> {
        Ok(Self::new(Kind::Prefix(Number::named(kind)?), format!("length {kind}")))
    }

    /// A length of the message's own at this offset: the whole size is its value and `add`; without `add` the value counts
    /// what follows it.
    pub fn length_at(kind: &str, at: u64, add: Option<i64>) -> Result<Self, String> {
        let number = Number::named(kind)?;
        if at > u64::from(u32::MAX) {
            return Err(format!("{at} is more than {}", u32::MAX));
        }
        let added = add.map_or_else(String::new, |add| format!(", add {add}"));
        Ok(Self::new(
            Kind::Field { number, at, add },
            format!("length {kind} at {at}{added}"),
        ))
    }

    /// So many bytes.
    pub fn fixed(size: u64) -> Result<Self, String> {
        match size {
            0 => Err("a message needs at least one byte".to_owned()),
            size => Ok(Self::new(Kind::Fixed(size), format!("fixed {size}"))),
        }
    }

    /// Lines up to one with a dot alone, joined by CRLF; a line that begins with a dot has one more on the wire.
    pub fn dot() -> Self {
        Self::new(Kind::Dot, "dot")
    }

    /// A length in decimal digits, a colon, the message, a comma.
    pub fn netstring() -> Self {
        Self::new(Kind::Netstring, "netstring")
    }

    /// RESP2, which Redis speaks, as JSON; a client may send lines of words.
    pub fn resp(side: resp::Side) -> Self {
        let described = match side {
            resp::Side::Client => "resp commands",
            resp::Side::Server => "resp",
        };
        Self::new(Kind::Resp(side), described)
    }

    /// A start line if there is one, headers, a blank line, and a body whose length the header of this name says; further
    /// names are other spellings of it.
    pub fn headers(names: &[String]) -> Result<Self, String> {
        headers::check_names(names)?;
        Ok(Self::new(
            Kind::Headers(names.into()),
            format!("headers {}", names.join(", ")),
        ))
    }

    /// HTTP/1.1: requests or responses.
    pub fn http(kind: http::Kind) -> Self {
        Self::new(Kind::Http(kind), kind.describe())
    }

    /// Whether this is `raw`, which has no messages of its own: see [`super::raw`].
    pub fn is_raw(&self) -> bool {
        matches!(self.kind, Kind::Raw)
    }

    /// What it is called, with its parts: `lines`, `length u16 at 4`.
    pub fn describe(&self) -> &str {
        &self.described
    }

    /// Looks for one message at the front of `bytes`; `ended` says that no more will come, `limit` the largest message.
    ///
    /// `bytes` begin where they did at the last call with this `scan`. `raw` has one message, to the end.
    pub fn decode(&self, scan: &mut Scan, bytes: &[u8], ended: bool, limit: u64) -> Result<Decoded, Malformed> {
        if let Kind::WebSocket(sender, _) = self.kind {
            return scan.frames.get_or_insert_default().decode(sender, bytes, ended, limit);
        }
        if bytes.is_empty() {
            return Ok(if ended { Decoded::End } else { Decoded::More });
        }
        let decoded = match &self.kind {
            Kind::Raw | Kind::UntilClose => delimited::until_close(bytes, ended, limit)?,
            Kind::Lines => delimited::lines(&mut scan.seen, bytes, limit)?,
            Kind::Delimiter(delimiter) => delimited::delimiter(&mut scan.seen, delimiter, bytes, limit)?,
            Kind::Regex(automaton) => {
                let run = scan.run.get_or_insert_with(|| automaton.run());
                delimited::regex(&mut scan.seen, run, bytes, limit)?
            }
            Kind::Fixed(size) => length::frame(0, *size, 0..bytes.len().min(1), bytes, limit)?,
            Kind::Prefix(number) => number.prefixed(bytes, limit)?,
            Kind::Field { number, at, add } => number.within(*at, *add, bytes, limit)?,
            Kind::Netstring => length::netstring(bytes, limit)?,
            Kind::Dot => return dot::decode(&mut scan.dot, bytes, ended, limit),
            Kind::Resp(side) => {
                let reader = scan.resp.get_or_insert_with(|| Box::new(resp::Reader::new(*side)));
                return reader.decode(bytes, ended, limit);
            }
            Kind::Headers(names) => {
                return headers::decode(names, scan.head.get_or_insert_default(), bytes, ended, limit);
            }
            Kind::Http(kind) => {
                let progress = scan.http.get_or_insert_with(|| Box::new(http::Progress::new(*kind)));
                return progress.decode(bytes, ended, limit);
            }
            Kind::Datagram(inner) => return datagram::decode(inner, bytes, ended, limit),
            Kind::WebSocket(..) => unreachable!("it was read above"),
        };
        Ok(match decoded {
            Progress::Message { body, taken } => Decoded::Message {
                message: Message::new(&bytes[body]),
                taken,
            },
            Progress::More { want } if ended => Decoded::Partial {
                have: bytes.len() as u64,
                want,
            },
            Progress::More { .. } => Decoded::More,
        })
    }

    /// A message with its framing.
    pub fn encode(&self, message: &Message) -> Result<Vec<u8>, Unframable> {
        self.encode_at(message, 0)
    }

    /// A message with its framing, where its first byte has this offset in the direction.
    pub fn encode_at(&self, message: &Message, offset: u64) -> Result<Vec<u8>, Unframable> {
        let payload = message.bytes();
        if let (Some(_), false) = (message.head(), self.has_heads()) {
            let text = format!("framing `{}` has no start line and no headers", self.described);
            return Err(Unframable(text));
        }
        if let (Some(control), false) = (message.control(), self.is_websocket()) {
            let text = format!("framing `{}` has no {}; WebSocket has", self.described, control.name());
            return Err(Unframable(text));
        }
        let mut bytes = Vec::with_capacity(payload.len() + 10);
        match &self.kind {
            Kind::Raw => return Ok(payload.to_vec()),
            Kind::UntilClose | Kind::Regex(_) | Kind::Fixed(_) | Kind::Field { .. } => bytes.extend_from_slice(payload),
            Kind::Lines => {
                bytes.extend_from_slice(payload);
                bytes.push(b'\n');
            }
            Kind::Delimiter(delimiter) => {
                bytes.extend_from_slice(payload);
                bytes.extend_from_slice(delimiter);
            }
            Kind::Prefix(number) => {
                number.write(payload.len() as u64, &mut bytes)?;
                bytes.extend_from_slice(payload);
            }
            Kind::Dot => bytes = dot::encode(payload),
            Kind::Netstring => {
                bytes.extend_from_slice(format!("{}:", payload.len()).as_bytes());
                bytes.extend_from_slice(payload);
                bytes.push(b',');
            }
            Kind::Resp(_) => bytes = resp::encode(payload)?,
            Kind::Headers(names) => return headers::encode(names, message),
            Kind::Http(kind) => return http::encode(*kind, message),
            Kind::Datagram(inner) => return datagram::encode(inner, message),
            Kind::WebSocket(..) => return websocket::encode(self.mask_at(offset), message),
        }
        // Whatever the reason: what would not be read as it was meant is not sent.
        let meant = self.completed(message);
        match self.decode(
            &mut Scan::default(),
            &bytes,
            matches!(self.kind, Kind::UntilClose),
            u64::MAX,
        ) {
            Ok(Decoded::Message { message: read, taken }) if taken == bytes.len() && read == meant => Ok(bytes),
            read => Err(unframable::of(self, payload, read)),
        }
    }

    fn new(kind: Kind, described: impl Into<String>) -> Self {
        Self {
            kind,
            described: described.into(),
        }
    }
}

/// How far the decoding of one message is.
#[derive(Debug)]
enum Progress {
    Message { body: Range<usize>, taken: usize },
    More { want: Option<u64> },
}

/// A message that is longer than its limit; found as soon as its end cannot come in time.
fn too_long(limit: u64) -> Malformed {
    let at = usize::try_from(limit).unwrap_or(usize::MAX - 1);
    too_long_by(limit, at..at + 1)
}

/// The same, where these bytes say so.
fn too_long_by(limit: u64, at: Range<usize>) -> Malformed {
    let why = format!("the message has more bytes than the limit of {}", show_size(limit));
    Malformed::new(why, at)
}
