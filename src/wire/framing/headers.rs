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

/// The most headers.
const MOST_HEADERS: usize = 256;

/// How many characters are shown of what should be a length.
const SHOWN: usize = 40;

/// How far one message's head was read.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadScan {
    /// So many bytes are line breaks before the message.
    start: usize,
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
        let start = scan.skip_empty_lines(bytes)?;
        let Some(end) = end_of_head(bytes, start, &mut scan.seen)? else {
            return Ok(match ended {
                true if start == bytes.len() => Decoded::End,
                true => partial(bytes.len() as u64, None),
                false => Decoded::More,
            });
        };
        let (head, places) = read_head(&bytes[start..end], start)?;
        let size = body_size(&head, &places, names, limit)?;
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

impl HeadScan {
    /// Where the message begins behind line breaks: SIP keeps connections alive by them.
    fn skip_empty_lines(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let rest = bytes[self.start..].iter();
        self.start += rest.take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        match self.start <= LONGEST_HEAD {
            true => Ok(self.start),
            false => {
                let why = format!("more than {} of empty lines", show_size(LONGEST_HEAD as u64));
                Err(Malformed::new(why, LONGEST_HEAD..LONGEST_HEAD + 1))
            }
        }
    }
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

/// The lines of a head that ends with a blank one, and where each header stands.
fn read_head(bytes: &[u8], start: usize) -> Result<(Head, Vec<Range<usize>>), Malformed> {
    let mut head = Head::default();
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut at = start;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let whole = at..at + line.len();
        at += line.len();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let place = whole.start..whole.start + line.len();
        if is_blank(line[0])
            && let (Some((_, value)), Some(header)) = (head.headers.last_mut(), places.last_mut())
        {
            // A folded line goes on with the value before it (RFC 3261, 7.3.1).
            let more = text(line.trim_ascii());
            if !value.is_empty() && !more.is_empty() {
                value.push(' ');
            }
            value.push_str(&more);
            header.end = place.end;
            continue;
        }
        match header(line) {
            Some(_) if places.len() == MOST_HEADERS => {
                return Err(Malformed::new(
                    format!("there are more than {MOST_HEADERS} headers"),
                    place,
                ));
            }
            Some(header) => {
                head.headers.push(header);
                places.push(place);
            }
            None if number == 0 && !is_blank(line[0]) => head.line = Some(text(line)),
            None => return Err(Malformed::new("this line is no header", place)),
        }
    }
    Ok((head, places))
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
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

/// How long the body is, as the headers say that have one of these names; they stand at `places`.
fn body_size(head: &Head, places: &[Range<usize>], names: &[String], limit: u64) -> Result<u64, Malformed> {
    let all = head.headers.iter().zip(places);
    let mut said = all.filter(|((own, _), _)| names.iter().any(|name| head.is_named(own, name)));
    let Some(((_, first), place)) = said.next() else {
        return Ok(0);
    };
    if let Some((_, other)) = said.find(|((_, other), _)| other != first) {
        return Err(Malformed::new("two headers say different lengths", other.clone()));
    }
    if first.is_empty() || !first.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed::new(
            format!("`{}` is no length", shortened(first)),
            place.clone(),
        ));
    }
    // What does not fit 64 bits is over any limit as well.
    match first.parse::<u64>() {
        Ok(size) if size <= limit => Ok(size),
        _ => {
            let (size, limit) = (shortened(first), show_size(limit));
            let why = format!("the body is said to have {size} bytes, more than the limit of {limit}");
            Err(Malformed::new(why, place.clone()))
        }
    }
}

/// A value of which the beginning is enough.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
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
    fn a_folded_line_goes_on_with_the_value_before_it() {
        let (head, body) = message(b"Subject :\r\n\tone\r\n \t two \r\n  \r\nl\t:\r\n 2\r\n\r\nhi");
        assert_eq!(head.header("subject").as_deref(), Some("one two"));
        assert_eq!(body, b"hi");
        assert_eq!(read(b"INVITE x\r\n folded: 1\r\n\r\n", false).unwrap_err().at, 10..20);
        assert_eq!(
            read(b" folded: 1\r\n\r\n", false).unwrap_err().why,
            "this line is no header"
        );
    }

    #[test]
    fn the_length_has_several_spellings_and_other_headers_beside_it() {
        for length in [
            "Content-Length: 2",
            "content-length:2",
            "CONTENT-LENGTH  :  2",
            "l: 2",
            "l: 2\r\nContent-Length: 2",
        ] {
            let text = format!("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n{length}\r\n\r\nhi");
            assert_eq!(message(text.as_bytes()).1, b"hi", "{length}");
        }
        let only = Framing::headers(&["Content-Length".to_owned()]).unwrap();
        let sip = b"OPTIONS sip:x SIP/2.0\r\nl: 2\r\n\r\nhi";
        let read = only.decode(&mut Scan::default(), sip, false, LIMIT);
        assert!(matches!(read, Ok(Decoded::Message { taken: 33, .. })), "{read:?}");
    }

    #[test]
    fn a_body_without_a_length_is_empty() {
        assert_eq!(message(b"OPTIONS x SIP/2.0\r\n\r\n").1, b"");
    }

    #[test]
    fn what_no_head_can_be_is_malformed() {
        for (bytes, why, at) in [
            (&b"A b\r\nno header\r\n\r\n"[..], "this line is no header", 5..14),
            (
                b"l: 1\r\nContent-Length: 2\r\n\r\n",
                "two headers say different lengths",
                6..23,
            ),
            (b"l: -1\r\n\r\n", "`-1` is no length", 0..5),
            (b"l:\r\n\r\n", "`` is no length", 0..2),
            (
                b"A b\r\nl: 101\r\n\r\n",
                "the body is said to have 101 bytes, more than the limit of 100B",
                5..11,
            ),
            (
                b"l: 99999999999999999999999999999999999999999\r\n\r\n",
                "the body is said to have 9999999999999999999999999999999999999999… bytes, more than the limit of 100B",
                0..44,
            ),
            (
                &[b'x'; LONGEST_HEAD + 1],
                "the headers have more bytes than 64KiB",
                LONGEST_HEAD..LONGEST_HEAD + 1,
            ),
            (
                &[b'\n'; LONGEST_HEAD + 1],
                "more than 64KiB of empty lines",
                LONGEST_HEAD..LONGEST_HEAD + 1,
            ),
        ] {
            let malformed = read(bytes, false).unwrap_err();
            assert_eq!((malformed.why.as_str(), malformed.at), (why, at));
        }
    }

    #[test]
    fn there_are_no_more_headers_than_the_limit() {
        let headers = |count: usize| [b"a: 1\r\n".repeat(count), b"\r\n".to_vec()].concat();
        assert_eq!(message(&headers(MOST_HEADERS)).0.headers.len(), MOST_HEADERS);
        let malformed = read(&headers(MOST_HEADERS + 1), false).unwrap_err();
        assert_eq!(
            (malformed.why.as_str(), malformed.at.start),
            ("there are more than 256 headers", 6 * MOST_HEADERS)
        );
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
