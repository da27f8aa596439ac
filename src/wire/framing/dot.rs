//! Lines up to one with a dot alone, as SMTP, POP3 and NNTP send a text of several lines.
//!
//! The message is the lines joined by CRLF. On the wire a line that begins with a dot has one more before it (RFC 5321,
//! 4.5.2). Only CRLF ends a line: who took a bare LF for one could be made to see an end inside a message.

use super::{Decoded, Malformed};
use crate::units::show_size;
use crate::wire::message::Message;

/// How far one message was read.
#[derive(Clone, Debug, Default)]
pub(super) struct DotScan {
    /// Where the line begins that is looked at.
    line: usize,
    /// Before this no end of that line begins.
    seen: usize,
    /// What the lines before it are of the message, with the CRLF behind each.
    size: u64,
}

pub(super) fn decode(scan: &mut DotScan, bytes: &[u8], ended: bool, limit: u64) -> Result<Decoded, Malformed> {
    loop {
        let found = bytes[scan.seen..].windows(2).position(|pair| pair == b"\r\n");
        let end = match found {
            Some(at) => scan.seen + at,
            // A CR at the end may begin the end of the line.
            None => bytes.len() - usize::from(bytes.len() > scan.line && bytes.last() == Some(&b'\r')),
        };
        let line = &bytes[scan.line..end];
        match (found, line) {
            (Some(_), b".") => {
                return Ok(Decoded::Message {
                    message: Message::new(joined(&bytes[..scan.line])),
                    taken: end + 2,
                });
            }
            // It may still become the last line.
            (None, b"" | b".") => {}
            _ => check_size(scan, line, limit)?,
        }
        if found.is_none() {
            scan.seen = end;
            return Ok(match ended {
                true => Decoded::Partial {
                    have: bytes.len() as u64,
                    want: None,
                },
                false => Decoded::More,
            });
        }
        scan.size += (unstuffed(line).len() + 2) as u64;
        scan.line = end + 2;
        scan.seen = scan.line;
    }
}

/// A message with its framing.
pub(super) fn encode(message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(message.len() + 8);
    if !message.is_empty() {
        each_line(message, |line| {
            if line.starts_with(b".") {
                bytes.push(b'.');
            }
            bytes.extend_from_slice(line);
            bytes.extend_from_slice(b"\r\n");
        });
    }
    bytes.extend_from_slice(b".\r\n");
    bytes
}

/// Refuses a line with which the message is over its limit, at its first byte that is.
fn check_size(scan: &DotScan, line: &[u8], limit: u64) -> Result<(), Malformed> {
    let content = unstuffed(line);
    if scan.size + content.len() as u64 <= limit {
        return Ok(());
    }
    let room = usize::try_from(limit.saturating_sub(scan.size)).unwrap_or(usize::MAX);
    let at = scan.line + (line.len() - content.len()) + room;
    let why = format!("the message has more bytes than the limit of {}", show_size(limit));
    Err(Malformed::new(why, at..at + 1))
}

/// The message of these lines, each of which has its CRLF.
fn joined(lines: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(lines.len());
    if let Some(lines) = lines.strip_suffix(b"\r\n") {
        each_line(lines, |line| {
            message.extend_from_slice(unstuffed(line));
            message.extend_from_slice(b"\r\n");
        });
        message.truncate(message.len() - 2);
    }
    message
}

fn each_line(text: &[u8], mut with: impl FnMut(&[u8])) {
    let mut rest = text;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        with(&rest[..end]);
        rest = &rest[end + 2..];
    }
    with(rest);
}

/// A line without the dot that was put before its own.
fn unstuffed(line: &[u8]) -> &[u8] {
    line.strip_prefix(b".").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::framing::{Framing, Scan};

    fn read(bytes: &[u8], ended: bool) -> Result<Decoded, Malformed> {
        Framing::dot().decode(&mut Scan::default(), bytes, ended, 8)
    }

    fn message(text: &[u8], taken: usize) -> Result<Decoded, Malformed> {
        let message = Message::new(text);
        Ok(Decoded::Message { message, taken })
    }

    #[test]
    fn dots_are_doubled_at_the_beginning_of_a_line_alone() {
        for (text, wire) in [
            (&b"a\r\n.b\r\n..\r\nc."[..], &b"a\r\n..b\r\n...\r\nc.\r\n.\r\n"[..]),
            (b"", b".\r\n"),
            (b".", b"..\r\n.\r\n"),
            (b"a\r\n", b"a\r\n\r\n.\r\n"),
            (b"a\n.\nb\r", b"a\n.\nb\r\r\n.\r\n"),
        ] {
            assert_eq!(Framing::dot().encode(&Message::new(text)).unwrap(), wire);
            let read = Framing::dot().decode(&mut Scan::default(), wire, false, 100);
            assert_eq!(read, message(text, wire.len()));
        }
    }

    #[test]
    fn only_a_dot_between_two_crlf_is_the_end() {
        assert_eq!(read(b"a\n.\r\n", false), Ok(Decoded::More));
        assert_eq!(read(b"a\r\n.\n", false), Ok(Decoded::More));
        assert_eq!(read(b"\r\n.\r\n", false), message(b"", 5));
        // Who forgot to double a dot has lost it.
        assert_eq!(read(b".a\r\n.\r\n", false), message(b"a", 7));
        assert_eq!(read(b"a\r\n.\r\n.\r\n", false), message(b"a", 6));
        assert_eq!(read(b"a\r\n.", true), Ok(Decoded::Partial { have: 4, want: None }));
    }

    #[test]
    fn what_is_over_the_limit_is_told_at_its_first_byte() {
        assert_eq!(read(b"12345678\r\n.\r\n", false), message(b"12345678", 13));
        assert_eq!(read(b"..345678\r\n.\r\n", false), message(b".345678", 13));
        let at = |bytes: &[u8]| read(bytes, false).map_err(|malformed| malformed.at);
        assert_eq!(at(b"123456789"), Err(8..9));
        assert_eq!(at(b"..34567890"), Err(9..10));
        assert_eq!(at(b"12345\r\n..8x"), Err(9..10));
        assert_eq!(at(b"12345678\r\n."), Ok(Decoded::More));
        assert_eq!(at(b"12345678\r\nx"), Err(10..11));
    }
}
