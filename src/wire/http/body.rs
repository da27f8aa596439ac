//! How a body is delimited, and reading one that comes in chunks.
//!
//! Owns the rules of RFC 9112, 6. Does not own the head.

use std::ops::Range;

use super::head::{is_token, refuse};
use super::{Kind, LONGEST_HEAD, has_no_body, is_old};
use crate::units::show_size;
use crate::wire::framing::Malformed;
use crate::wire::head::Head;

/// The longest line that says a chunk's size: extensions are allowed, and read by nobody. All of them together are no
/// longer than a head may be, for they stay in memory until the body is whole.
const LONGEST_SIZE_LINE: usize = 4 << 10;

/// How a body is delimited.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    /// By its length.
    Length(u64),
    /// By chunks.
    Chunked(Chunks),
    /// By the end of the connection.
    ToTheEnd,
}

/// What a head says of its body; `place` is where it stands.
pub(super) fn plan(kind: Kind, head: &Head, place: Range<usize>, limit: u64) -> Result<Plan, Malformed> {
    let wrong = |status: u16, why: String| Err(refuse(status, why, place.clone()));
    let encoded = head.has("transfer-encoding");
    let lengths: Vec<&str> = head.values("content-length").collect();
    if encoded && !lengths.is_empty() {
        return wrong(400, "both `Content-Length` and `Transfer-Encoding`".to_owned());
    }
    if lengths.len() > 1 {
        return wrong(400, "more than one `Content-Length`".to_owned());
    }
    let length = match lengths.first().map(|said| length(said)) {
        None => None,
        Some(Some(length)) => Some(length),
        Some(None) => return wrong(400, format!("`Content-Length: {}` is no length", lengths[0])),
    };
    if encoded && is_old(head) {
        return wrong(400, "`Transfer-Encoding` in HTTP/1.0".to_owned());
    }
    let coding = head.header("transfer-encoding").unwrap_or_default();
    if encoded && !coding.eq_ignore_ascii_case("chunked") {
        return wrong(501, format!("`Transfer-Encoding: {coding}` is not known; `chunked` is"));
    }
    if kind == Kind::Requests && !is_old(head) && head.values("host").count() != 1 {
        return wrong(400, "an HTTP/1.1 request has one `Host`".to_owned());
    }
    match kind {
        Kind::Responses { to_head: true } => return Ok(Plan::Length(0)),
        Kind::Responses { .. } if head.status().is_some_and(has_no_body) => return Ok(Plan::Length(0)),
        _ => {}
    }
    match (encoded, length, kind) {
        (true, ..) => Ok(Plan::Chunked(Chunks::default())),
        (false, Some(length), _) if length > limit => {
            let limit = show_size(limit);
            wrong(
                413,
                format!("the body is said to have {length} bytes, more than the limit of {limit}"),
            )
        }
        (false, Some(length), _) => Ok(Plan::Length(length)),
        (false, None, Kind::Requests) => Ok(Plan::Length(0)),
        (false, None, Kind::Responses { .. }) => Ok(Plan::ToTheEnd),
    }
}

/// A length: digits and nothing else. One that 64 bits don't hold is above any limit.
fn length(said: &str) -> Option<u64> {
    let is_number = !said.is_empty() && said.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| said.parse().unwrap_or(u64::MAX))
}

/// A body in chunks, as far as it has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunks {
    /// What the chunks before held.
    pub(super) body: Vec<u8>,
    /// So many bytes were taken apart.
    at: usize,
    /// So many of them said nothing: extensions of chunks, and zeros before their sizes.
    idle: usize,
    /// So many of them and those after hold no line break that ends a line.
    seen: usize,
    part: Part,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// A line with a size.
    #[default]
    Size,
    /// So many bytes, of which some may be in the body already, and a line break.
    Data(usize),
    /// Lines up to a blank one.
    Trailers {
        /// Where they began.
        from: usize,
    },
}

impl Chunks {
    /// How many bytes the body takes with its chunks' sizes; `None` where more has to come. `start` is where it begins in
    /// the message, for what is told of it.
    pub(super) fn end(&mut self, bytes: &[u8], start: usize, limit: u64) -> Result<Option<usize>, Malformed> {
        loop {
            match self.part {
                Part::Size => {
                    let Some(line) = self.line(bytes, start, LONGEST_SIZE_LINE, 400)? else {
                        return Ok(None);
                    };
                    let place = start + line.start..start + line.end;
                    let size = chunk_size(&bytes[line.clone()])
                        .ok_or_else(|| refuse(400, "this is no size of a chunk", place.clone()))?;
                    self.idle += line.len().saturating_sub(format!("{size:x}\r\n").len());
                    if self.idle > LONGEST_HEAD {
                        return Err(refuse(431, "the extensions of the chunks are too long", place));
                    }
                    if size > limit || self.body.len() as u64 + size > limit {
                        let why = format!("the body has more bytes than the limit of {}", show_size(limit));
                        return Err(refuse(413, why, place));
                    }
                    self.part = match usize::try_from(size) {
                        Ok(0) => Part::Trailers { from: self.at },
                        Ok(size) => Part::Data(size),
                        Err(_) => return Err(refuse(413, "the chunk is larger than this machine's memory", place)),
                    };
                }
                Part::Data(size) => {
                    let have = (bytes.len() - self.at).min(size);
                    self.body.extend_from_slice(&bytes[self.at..self.at + have]);
                    self.at += have;
                    self.seen = self.at;
                    if have < size {
                        self.part = Part::Data(size - have);
                        return Ok(None);
                    }
                    match &bytes[self.at..] {
                        [b'\r', b'\n', ..] => self.at += 2,
                        [] | [b'\r'] => {
                            self.part = Part::Data(0);
                            return Ok(None);
                        }
                        _ => {
                            let at = start + self.at;
                            return Err(refuse(400, "the chunk does not end where its size says", at..at + 1));
                        }
                    }
                    self.seen = self.at;
                    self.part = Part::Size;
                }
                Part::Trailers { from } => {
                    let Some(line) = self.line(bytes, start, LONGEST_HEAD, 431)? else {
                        return Ok(None);
                    };
                    if line.len() == 2 {
                        return Ok(Some(self.at));
                    }
                    let place = start + line.start..start + line.end;
                    if self.at - from > LONGEST_HEAD {
                        return Err(refuse(431, "the trailers are too long", place));
                    }
                    let name = bytes[line].split(|byte| *byte == b':').next().unwrap_or_default();
                    if name.is_empty() || !name.iter().copied().all(is_token) {
                        return Err(refuse(400, "this is no trailer", place));
                    }
                }
            }
        }
    }

    /// The next line with its line break, which is taken.
    fn line(
        &mut self,
        bytes: &[u8],
        start: usize,
        longest: usize,
        status: u16,
    ) -> Result<Option<Range<usize>>, Malformed> {
        let from = self.seen.max(self.at);
        let found = bytes[from..].iter().position(|byte| *byte == b'\n');
        let end = found.map_or(bytes.len(), |found| from + found + 1);
        if end - self.at > longest {
            let at = start + self.at + longest;
            return Err(refuse(status, "a line is too long", at..at + 1));
        }
        self.seen = end;
        if found.is_none() {
            return Ok(None);
        }
        let line = self.at..end;
        if !bytes[line.clone()].ends_with(b"\r\n") {
            let why = "a line that ends with LF alone";
            return Err(refuse(400, why, start + end - 1..start + end));
        }
        self.at = end;
        Ok(Some(line))
    }
}

/// The size that a line says; its extensions are nobody's concern.
fn chunk_size(line: &[u8]) -> Option<u64> {
    if !line.first()?.is_ascii_hexdigit() {
        return None;
    }
    match httparse::parse_chunk_size(line) {
        Ok(httparse::Status::Complete((taken, size))) if taken == line.len() => Some(size),
        _ => None,
    }
}
