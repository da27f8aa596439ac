//! Start lines and headers.
//!
//! Owns finding the end of a head, byte by byte so that what is no HTTP is refused as soon as it shows, and reading it
//! with `httparse`. Does not own what the headers mean for the body (`body`).

use std::ops::Range;

use super::{Kind, LONGEST_HEAD, MOST_HEADERS};
use crate::units::show_size;
use crate::wire::framing::Malformed;
use crate::wire::head::{Head, text};

/// The longest method.
const LONGEST_METHOD: usize = 32;

/// What a response begins with.
const RESPONSE: &[u8] = b"HTTP/1.";

/// How many empty lines may stand before a request (RFC 9112, 2.2 asks for one at least).
const MOST_EMPTY_LINES: usize = 4;

/// How far a head was looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// Where the head begins, behind empty lines.
    pub(super) start: usize,
    /// So many bytes were looked at.
    seen: usize,
    /// Whether the method is whole.
    method: bool,
    /// Whether the start line was whole and sound.
    line: bool,
}

/// A request that is refused with a status.
pub(super) fn refuse(status: u16, why: impl Into<String>, at: Range<usize>) -> Malformed {
    Malformed {
        status: Some(status),
        ..Malformed::new(why, at)
    }
}

impl Search {
    /// Where the head ends, behind its blank line; `None` where more has to come.
    pub(super) fn end(&mut self, kind: Kind, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        while self.seen < bytes.len() {
            let at = self.seen;
            self.seen += 1;
            if kind == Kind::Requests && self.is_empty_line(bytes, at)? {
                continue;
            }
            self.look(kind, bytes, at)?;
            if bytes[at] == b'\n' {
                if !self.line {
                    check_line(kind, &bytes[self.start..=at], self.start)?;
                    self.line = true;
                }
                if at >= self.start + 3 && bytes[at - 3..=at] == *b"\r\n\r\n" {
                    return Ok(Some(at + 1));
                }
            }
            if at - self.start >= LONGEST_HEAD {
                let why = format!("the head has more bytes than {}", show_size(LONGEST_HEAD as u64));
                return Err(refuse(431, why, at..at + 1));
            }
        }
        Ok(None)
    }

    /// Whether a byte belongs to an empty line before the request.
    fn is_empty_line(&mut self, bytes: &[u8], at: usize) -> Result<bool, Malformed> {
        match (at - self.start, &bytes[self.start..=at]) {
            (0, b"\r") => Ok(true),
            (1, b"\r\n") if self.start == 2 * MOST_EMPTY_LINES => {
                Err(refuse(400, "empty lines instead of a request", at..at + 1))
            }
            (1, b"\r\n") => {
                self.start += 2;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Refuses a byte that no head can have there.
    fn look(&mut self, kind: Kind, bytes: &[u8], at: usize) -> Result<(), Malformed> {
        let byte = bytes[at];
        let before = (at > self.start).then(|| bytes[at - 1]);
        let wrong = |why: &str| Err(refuse(400, why, at..at + 1));
        match (before, byte) {
            (_, 0) => return wrong("a NUL in the head"),
            (Some(b'\r'), b'\n') => return Ok(()),
            (_, b'\n') => return wrong("a line that ends with LF alone"),
            (Some(b'\r'), _) => return wrong("a CR without LF"),
            _ => {}
        }
        if self.method {
            return Ok(());
        }
        let place = at - self.start;
        match kind {
            Kind::Requests if byte == b' ' && place > 0 => self.method = true,
            Kind::Requests if !is_token(byte) || place >= LONGEST_METHOD => {
                return wrong("this is no HTTP request: no method stands at its beginning");
            }
            Kind::Requests => {}
            Kind::Responses { .. } => match RESPONSE.get(place) {
                Some(want) if *want != byte => {
                    return wrong("this is no HTTP response: `HTTP/1.` does not stand at its beginning");
                }
                Some(_) => {}
                None => self.method = true,
            },
        }
        Ok(())
    }
}

/// Refuses a start line at its end, for whoever sent it may be waiting.
fn check_line(kind: Kind, line: &[u8], start: usize) -> Result<(), Malformed> {
    if kind != Kind::Requests {
        return Ok(());
    }
    let place = start..start + line.len();
    let words: Vec<&[u8]> = line[..line.len() - 2].split(|byte| *byte == b' ').collect();
    match words.as_slice() {
        [_, _, b"HTTP/1.1" | b"HTTP/1.0"] => Ok(()),
        [_, _, version] if version.starts_with(b"HTTP/") => {
            Err(refuse(505, format!("`{}` is not HTTP/1.1", text(version)), place))
        }
        _ => Err(refuse(400, "no request line: a method, a target and `HTTP/1.1`", place)),
    }
}

/// Reads a head that is whole.
pub(super) fn read(kind: Kind, bytes: &[u8], place: Range<usize>) -> Result<Head, Malformed> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let parsed = match kind {
        Kind::Requests => {
            let mut request = httparse::Request::new(&mut headers);
            request.parse(bytes).map(|_| request.headers.len())
        }
        Kind::Responses { .. } => {
            let mut response = httparse::Response::new(&mut headers);
            response.parse(bytes).map(|_| response.headers.len())
        }
    };
    let count = parsed.map_err(|error| match error {
        httparse::Error::TooManyHeaders => refuse(431, format!("more than {MOST_HEADERS} headers"), place.clone()),
        error => refuse(400, format!("the head is wrong: {error}"), place.clone()),
    })?;
    let end = bytes.iter().position(|byte| *byte == b'\r').unwrap_or(bytes.len());
    Ok(Head {
        line: Some(text(&bytes[..end])),
        headers: headers[..count]
            .iter()
            .map(|header| (header.name.to_owned(), text(header.value.trim_ascii())))
            .collect(),
    })
}

/// Whether a byte may stand in a method or in a header's name (RFC 9110, 5.6.2).
pub const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}
