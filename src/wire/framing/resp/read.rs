//! Reading one message as its bytes come.

use std::ops::Range;

use super::{DEEPEST, ERROR, HEX, LONGEST_LINE, LONGEST_NUMBER, Side, newer, shown, words};
use crate::units::show_size;
use crate::wire::framing::{Decoded, Malformed, too_long};
use crate::wire::head;
use crate::wire::message::Message;

/// How far one message was read, so that no byte is looked at twice; new for each message.
#[derive(Clone, Debug)]
pub(in crate::wire::framing) struct Reader {
    side: Side,
    /// Behind what was read.
    at: usize,
    /// Before this no line ends that was not read.
    seen: usize,
    /// A string that is awaited: how many bytes.
    string: Option<usize>,
    /// How many elements are awaited of each list that is open.
    open: Vec<u64>,
    /// What was read.
    json: Vec<u8>,
}

/// The fewest bytes that a value has.
const LEAST: u64 = 3;

impl Reader {
    /// A message of which nothing was read.
    pub(in crate::wire::framing) const fn new(side: Side) -> Self {
        Self {
            side,
            at: 0,
            seen: 0,
            string: None,
            open: Vec::new(),
            json: Vec::new(),
        }
    }

    /// Looks for the message at the front of `bytes`, which begin where they did at the last call. `ended` says that no
    /// more will come, `limit` is the largest message.
    pub(in crate::wire::framing) fn decode(
        &mut self,
        bytes: &[u8],
        ended: bool,
        limit: u64,
    ) -> Result<Decoded, Malformed> {
        // What is behind the limit is not looked at, so that it does not matter how much came at once.
        let within = bytes.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
        while self.step(&bytes[..within], limit)? {
            if self.json.is_empty() || !self.open.is_empty() {
                continue;
            }
            let shown = shown(self.side, &self.json);
            return Ok(Decoded::Message {
                message: Message::new(std::mem::take(&mut self.json)).with_shown(shown),
                taken: self.at,
            });
        }
        match (bytes.len() > within, ended) {
            (true, _) => Err(too_long(limit)),
            (false, false) => Ok(Decoded::More),
            // Only empty lines came.
            (false, true) if self.json.is_empty() && self.at == bytes.len() && self.string.is_none() => {
                Ok(Decoded::End)
            }
            (false, true) => Ok(Decoded::Partial {
                have: bytes.len() as u64,
                want: self
                    .string
                    .filter(|_| self.open.is_empty())
                    .map(|size| (self.at as u64).saturating_add(size as u64 + 2)),
            }),
        }
    }

    /// Reads a value, or the beginning of one; says whether there was one.
    fn step(&mut self, bytes: &[u8], limit: u64) -> Result<bool, Malformed> {
        if let Some(size) = self.string {
            return self.string(bytes, size);
        }
        let Some(kind) = bytes.get(self.at).copied() else {
            return Ok(false);
        };
        if let Some(name) = newer(kind) {
            let why = format!(
                "`{}` begins a {name} of RESP3; the framing `resp` is RESP2, which Redis speaks unless asked by `HELLO 3`",
                char::from(kind)
            );
            return Err(Malformed::new(why, self.at..self.at + 1));
        }
        match kind {
            b'+' | b'-' => self.simple(bytes, kind == b'-'),
            b':' => self.integer(bytes),
            b'$' | b'*' => self.sized(bytes, kind == b'*', limit),
            _ if self.side == Side::Client && self.open.is_empty() => self.inline(bytes),
            _ => {
                let why = "no value of RESP begins so; one of `+`, `-`, `:`, `$` and `*` does";
                Err(Malformed::new(why, self.at..self.at + 1))
            }
        }
    }

    /// A string or an error on one line.
    fn simple(&mut self, bytes: &[u8], is_error: bool) -> Result<bool, Malformed> {
        let Some(line) = self.line(bytes, LONGEST_LINE)? else {
            return Ok(false);
        };
        match is_error {
            true => {
                self.json.extend_from_slice(format!("{{\"{ERROR}\":").as_bytes());
                push_json(&mut self.json, &head::text(&bytes[line]));
                self.json.push(b'}');
            }
            false => push_text(&mut self.json, &bytes[line]),
        }
        self.value_done();
        Ok(true)
    }

    fn integer(&mut self, bytes: &[u8]) -> Result<bool, Malformed> {
        let Some(line) = self.line(bytes, LONGEST_NUMBER)? else {
            return Ok(false);
        };
        let number = self.number(bytes, line)?;
        self.json.extend_from_slice(number.to_string().as_bytes());
        self.value_done();
        Ok(true)
    }

    /// The length of a string or a list.
    fn sized(&mut self, bytes: &[u8], is_list: bool, limit: u64) -> Result<bool, Malformed> {
        let from = self.at;
        let Some(line) = self.line(bytes, LONGEST_NUMBER)? else {
            return Ok(false);
        };
        let place = from..line.end;
        let size = self.number(bytes, line)?;
        let room = limit.saturating_sub(self.at as u64);
        let (what, parts, least) = match is_list {
            true => ("list", "elements", LEAST),
            false => ("string", "bytes", 1),
        };
        let refused = |why: String| Err(Malformed::new(why, place));
        match u64::try_from(size) {
            Err(_) if size == -1 => {
                self.json.extend_from_slice(b"null");
                self.value_done();
            }
            Err(_) => return refused(format!("a {what} is said to have {size} {parts}")),
            Ok(size) if size.saturating_mul(least) > room => {
                let limit = show_size(limit);
                return refused(format!(
                    "a {what} is said to have {size} {parts}, more than the limit of {limit} has room for"
                ));
            }
            Ok(size) if !is_list => {
                self.string = Some(usize::try_from(size).expect("what is within the room is a size of this machine"));
            }
            Ok(0) => {
                self.json.extend_from_slice(b"[]");
                self.value_done();
            }
            Ok(_) if self.open.len() == DEEPEST => {
                return refused(format!("lists are nested deeper than {DEEPEST}"));
            }
            Ok(size) => {
                self.json.push(b'[');
                self.open.push(size);
            }
        }
        Ok(true)
    }

    /// The bytes of a string and the CRLF behind it.
    fn string(&mut self, bytes: &[u8], size: usize) -> Result<bool, Malformed> {
        let Some(end) = self.at.checked_add(size).filter(|end| *end < bytes.len()) else {
            return Ok(false);
        };
        for (place, byte) in [(end, b'\r'), (end + 1, b'\n')] {
            match bytes.get(place) {
                None => return Ok(false),
                Some(found) if *found == byte => {}
                Some(_) => {
                    let why = format!("a string of {size} bytes is not followed by CRLF");
                    return Err(Malformed::new(why, place..place + 1));
                }
            }
        }
        push_text(&mut self.json, &bytes[self.at..end]);
        self.string = None;
        self.go_to(end + 2);
        self.value_done();
        Ok(true)
    }

    /// A command as a line of words; an empty line is none.
    fn inline(&mut self, bytes: &[u8]) -> Result<bool, Malformed> {
        let from = self.at;
        let Some(end) = self.end_of_line(bytes, from, LONGEST_LINE)? else {
            return Ok(false);
        };
        let line = &bytes[from..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let words = words::of(line).map_err(|why| Malformed::new(why, from..from + line.len()))?;
        for (number, word) in words.iter().enumerate() {
            self.json.push(if number == 0 { b'[' } else { b',' });
            push_text(&mut self.json, word);
        }
        if !words.is_empty() {
            self.json.push(b']');
        }
        self.go_to(end + 1);
        Ok(true)
    }

    /// What stands on the line behind its first byte; it is read with that.
    fn line(&mut self, bytes: &[u8], longest: usize) -> Result<Option<Range<usize>>, Malformed> {
        let from = self.at + 1;
        let Some(end) = self.end_of_line(bytes, from, longest)? else {
            return Ok(None);
        };
        let line = &bytes[from..end];
        match line.iter().position(|byte| *byte == b'\r') {
            Some(at) if at + 1 == line.len() => {}
            Some(at) => return Err(Malformed::new("a CR without LF", from + at..from + at + 1)),
            None => return Err(Malformed::new("a line that ends with LF alone", end..end + 1)),
        }
        self.go_to(end + 1);
        Ok(Some(from..end - 1))
    }

    /// Where the LF is of a line that begins at `from`.
    fn end_of_line(&mut self, bytes: &[u8], from: usize, longest: usize) -> Result<Option<usize>, Malformed> {
        let seen = self.seen.max(from).min(bytes.len());
        let most = (from + longest).min(bytes.len());
        let found = bytes[seen..].iter().position(|byte| *byte == b'\n').map(|at| seen + at);
        match found {
            Some(end) if end <= from + longest => return Ok(Some(end)),
            None if bytes.len() <= from + longest => self.seen = most,
            _ => {
                let why = format!("a line has more bytes than {}", show_size(longest as u64));
                return Err(Malformed::new(why, from + longest..from + longest + 1));
            }
        }
        Ok(None)
    }

    fn number(&self, bytes: &[u8], line: Range<usize>) -> Result<i64, Malformed> {
        let text = std::str::from_utf8(&bytes[line.clone()]).ok();
        let number = text.and_then(|text| text.parse().ok());
        number.ok_or_else(|| {
            let text = head::text(&bytes[line.clone()]);
            Malformed::new(format!("`{}` is no number of 64 bits", text.escape_debug()), line)
        })
    }

    /// A value was read: the lists end that it is the last element of.
    fn value_done(&mut self) {
        while let Some(left) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                self.json.push(b',');
                return;
            }
            self.open.pop();
            self.json.push(b']');
        }
    }

    fn go_to(&mut self, at: usize) {
        self.at = at;
        self.seen = at;
    }
}

/// A string: a JSON text where it is UTF-8, else its bytes in hexadecimal.
pub(super) fn push_text(json: &mut Vec<u8>, bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => push_json(json, text),
        Err(_) => {
            let digits = data_encoding::HEXLOWER.encode(bytes);
            json.extend_from_slice(format!("{{\"{HEX}\":\"{digits}\"}}").as_bytes());
        }
    }
}

pub(super) fn push_json(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("a text is JSON");
}
