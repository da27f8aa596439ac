//! Messages with headers: a start line if there is one, headers, a blank line, and a body as long as a header says.
//!
//! This is how SIP (RFC 3261, 7) and the Language Server Protocol frame their messages. What real programs send is read:
//! folded lines, blanks around a name, several spellings of the length. Does not own HTTP, which is stricter (`http`).

use std::ops::Range;
use std::sync::Arc;

use super::{Decoded, Malformed, Unframable};
use crate::units::show_size;
use crate::wire::head::{Head, text};
use crate::wire::message::Message;

/// The longest head, 64 KiB; that of a real message has some hundred bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// How far one message's head was read.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadScan {
    /// So many bytes hold no blank line.
    seen: usize,
    /// The head, where the body begins, and how long it is.
    read: Option<(Arc<Head>, usize, u64)>,
}

/// That these can be names of a header.
pub(super) fn check_names(names: &[String]) -> Result<(), String> {
    match names.iter().find(|name| !is_name(name.as_bytes())) {
        Some(name) => Err(format!("`{name}` is no name of a header")),
        None if names.is_empty() => Err("the name of the header that says the length is needed".to_owned()),
        None => Ok(()),
    }
}

pub(super) fn decode(
    names: &[String],
    scan: &mut HeadScan,
    bytes: &[u8],
    ended: bool,
    limit: u64,
) -> Result<Decoded, Malformed> {
    if scan.read.is_none() {
        let start = empty_lines(bytes);
        let Some(end) = end_of_head(bytes, start, &mut scan.seen)? else {
            return Ok(match ended {
                true if start == bytes.len() => Decoded::End,
                true => partial(bytes.len() as u64, None),
                false => Decoded::More,
            });
        };
        let head = read_head(&bytes[start..end], start)?;
        let size = body_size(&head, names, start..end, limit)?;
        scan.read = Some((Arc::new(head), end, size));
    }
    let Some((head, body, size)) = &scan.read else {
        unreachable!("the head was read just now")
    };
    let have = (bytes.len() - body) as u64;
    if have < *size {
        return Ok(match ended {
            true => partial(have, Some(*size)),
            false => Decoded::More,
        });
    }
    let end = body + usize::try_from(*size).expect("a body that is there has a size of this machine");
    Ok(Decoded::Message {
        message: Message::with_head(Arc::clone(head), &bytes[*body..end]),
        taken: end,
    })
}

/// The message's head with its length filled in, and its body.
pub(super) fn encode(names: &[String], message: &Message) -> Result<Vec<u8>, Unframable> {
    let complete = completed(names, message);
    let mut bytes = Vec::with_capacity(message.bytes().len() + 256);
    let head = complete.head().cloned().unwrap_or_default();
    if let Some(line) = &head.line {
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    for (name, value) in &head.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(message.bytes());
    match decode(names, &mut HeadScan::default(), &bytes, false, u64::MAX) {
        Ok(Decoded::Message { message: read, taken }) if taken == bytes.len() && read == complete => Ok(bytes),
        Ok(_) => Err(Unframable(
            "the line and headers would not come back as they are: a line break, blanks around a value, or a wrong length"
                .to_owned(),
        )),
        Err(malformed) => Err(Unframable(malformed.why)),
    }
}

/// The message with the header that says its length, which is filled in where the scenario leaves it out.
pub(super) fn completed(names: &[String], message: &Message) -> Message {
    let mut head = message.head().cloned().unwrap_or_default();
    if !names.iter().any(|name| head.has(name))
        && let Some(name) = names.first()
    {
        head.headers.push((name.clone(), message.bytes().len().to_string()));
    }
    Message::with_head(head, message.bytes())
}

/// How many bytes of line breaks stand before the message: SIP keeps connections alive by them.
fn empty_lines(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .unwrap_or(bytes.len())
}

fn end_of_head(bytes: &[u8], start: usize, seen: &mut usize) -> Result<Option<usize>, Malformed> {
    // A blank line may have begun among the bytes that were seen.
    let from = (*seen).max(start).saturating_sub(3).max(start);
    let rest = &bytes[from..];
    let found = rest.iter().enumerate().find_map(|(at, byte)| {
        let after = &rest[at + 1..];
        match (byte, after) {
            (b'\n', [b'\r', b'\n', ..]) => Some(from + at + 3),
            (b'\n', [b'\n', ..]) => Some(from + at + 2),
            _ => None,
        }
    });
    *seen = bytes.len();
    match found {
        Some(end) if end - start <= LONGEST_HEAD => Ok(Some(end)),
        None if bytes.len() - start <= LONGEST_HEAD => Ok(None),
        _ => {
            let why = format!("the headers have more bytes than {}", show_size(LONGEST_HEAD as u64));
            Err(Malformed::new(why, start + LONGEST_HEAD..start + LONGEST_HEAD + 1))
        }
    }
}

/// The lines of a head that ends with a blank one.
fn read_head(bytes: &[u8], start: usize) -> Result<Head, Malformed> {
    let mut head = Head::default();
    let mut at = start;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let place = at..at + line.len();
        at += line.len();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        if line[0].is_ascii_whitespace()
            && let Some((_, value)) = head.headers.last_mut()
        {
            value.push(' ');
            value.push_str(text(line).trim());
            continue;
        }
        match header(line) {
            Some(header) => head.headers.push(header),
            None if number == 0 => head.line = Some(text(line)),
            None => return Err(Malformed::new("this line is no header", place)),
        }
    }
    Ok(head)
}

/// A name, which blanks may follow, a colon, and a value.
fn header(line: &[u8]) -> Option<(String, String)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = line[..colon].trim_ascii_end();
    is_name(name).then(|| (text(name), text(line[colon + 1..].trim_ascii())))
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|byte| crate::wire::http::is_token(*byte))
}

fn body_size(head: &Head, names: &[String], place: Range<usize>, limit: u64) -> Result<u64, Malformed> {
    let mut values = names.iter().flat_map(|name| head.values(name));
    let Some(said) = values.next() else { return Ok(0) };
    if values.any(|other| other != said) {
        return Err(Malformed::new("two headers say different lengths", place));
    }
    let size = match said.bytes().all(|byte| byte.is_ascii_digit()) {
        true => said.parse::<u64>().ok(),
        false => None,
    };
    match size {
        Some(size) if size <= limit => Ok(size),
        Some(size) => {
            let why = format!(
                "the body is said to have {size} bytes, more than the limit of {}",
                show_size(limit)
            );
            Err(Malformed::new(why, place))
        }
        None => Err(Malformed::new(format!("`{said}` is no length"), place)),
    }
}

const fn partial(have: u64, want: Option<u64>) -> Decoded {
    Decoded::Partial { have, want }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::framing::{Framing, Scan};

    const LIMIT: u64 = 100;

    fn sip() -> Framing {
        Framing::headers(&["Content-Length".to_owned(), "l".to_owned()]).unwrap()
    }

    fn read(bytes: &[u8], ended: bool) -> Result<Decoded, Malformed> {
        sip().decode(&mut Scan::default(), bytes, ended, LIMIT)
    }

    fn message(bytes: &[u8]) -> (Head, Vec<u8>) {
        match read(bytes, false) {
            Ok(Decoded::Message { message, taken }) => {
                assert_eq!(taken, bytes.len());
                (message.head().unwrap().clone(), message.bytes().to_vec())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_start_line_is_one_that_is_no_header() {
        let (head, body) = message(b"INVITE sip:bob@x SIP/2.0\r\nCSeq: 1 INVITE\r\nl: 2\r\n\r\nhi");
        assert_eq!(head.line.as_deref(), Some("INVITE sip:bob@x SIP/2.0"));
        assert_eq!(head.header("cseq").as_deref(), Some("1 INVITE"));
        assert_eq!(body, b"hi");
        let (head, body) = message(b"Content-Length: 3\r\n\r\n{}\n");
        assert_eq!((head.line, body), (None, b"{}\n".to_vec()));
    }

    #[test]
    fn real_programs_fold_pad_and_end_lines_with_lf() {
        let (head, _) = message(b"\r\n\r\nSIP/2.0 200 OK\nVia : a,\n  b\nL: 0\n\n");
        assert_eq!(head.header("via").as_deref(), Some("a, b"));
        assert_eq!(head.status(), Some(200));
    }

    #[test]
    fn a_body_without_a_length_is_empty() {
        assert_eq!(message(b"OPTIONS x SIP/2.0\r\n\r\n").1, b"");
    }

    #[test]
    fn what_no_head_can_be_is_malformed() {
        for (bytes, why) in [
            (&b"A b\r\nno header\r\n\r\n"[..], "this line is no header"),
            (
                b"l: 1\r\nContent-Length: 2\r\n\r\n",
                "two headers say different lengths",
            ),
            (b"l: -1\r\n\r\n", "`-1` is no length"),
            (
                b"l: 101\r\n\r\n",
                "the body is said to have 101 bytes, more than the limit of 100B",
            ),
            (&[b'x'; LONGEST_HEAD + 1], "the headers have more bytes than 64KiB"),
        ] {
            assert_eq!(read(bytes, false).unwrap_err().why, why);
        }
    }

    #[test]
    fn an_end_inside_a_message_is_told_with_what_the_body_lacks() {
        assert_eq!(read(b"l: 3\r\n\r\nab", true), Ok(partial(2, Some(3))));
        assert_eq!(read(b"l: 3\r\n", true), Ok(partial(6, None)));
        assert_eq!(read(b"\r\n", true), Ok(Decoded::End));
    }

    #[test]
    fn the_length_is_filled_in_and_a_wrong_one_is_not_sent() {
        let head = Head::new("SIP/2.0 200 OK").with("CSeq", "1 INVITE");
        let sent = sip().encode(&Message::with_head(head.clone(), *b"hi")).unwrap();
        assert_eq!(sent, b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nContent-Length: 2\r\n\r\nhi");
        assert_eq!(
            sip().encode(&Message::new(*b"hi")).unwrap(),
            b"Content-Length: 2\r\n\r\nhi"
        );
        assert!(
            sip()
                .encode(&Message::with_head(head.clone().with("l", "1"), *b"hi"))
                .is_err()
        );
        assert!(
            sip()
                .encode(&Message::with_head(head.with("X", "a\r\nb: c"), *b""))
                .is_err()
        );
    }
}
