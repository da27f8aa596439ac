//! Writing messages.
//!
//! Owns the headers that say how long a body is, and writing a body in chunks. Does not own what a scenario writes on
//! purpose so that nobody can read it: such bytes are sent as they are.

use super::{Kind, Progress, has_no_body, method};
use crate::wire::framing::{Decoded, Unframable};
use crate::wire::head::Head;
use crate::wire::message::Message;

/// The largest chunk that is written, 8 KiB.
const LARGEST_CHUNK: usize = 8 << 10;

/// The message with `Content-Length`, where its receiver needs one to know where the body ends.
pub fn completed(kind: Kind, message: &Message) -> Message {
    let mut head = message.head().cloned().unwrap_or_default();
    if !head.has("content-length") && !head.has("transfer-encoding") && needs_length(kind, &head, message.bytes()) {
        head.headers
            .push(("content-length".to_owned(), message.bytes().len().to_string()));
    }
    Message::with_head(head, message.bytes())
}

/// Whether a message without a length would be read otherwise than it was meant.
fn needs_length(kind: Kind, head: &Head, body: &[u8]) -> bool {
    match kind {
        Kind::Requests => !body.is_empty() || matches!(method(head), Some("POST" | "PUT" | "PATCH")),
        Kind::Responses { to_head } => !to_head && !head.status().is_some_and(has_no_body),
    }
}

/// The bytes of a message, whose headers are written as they are. What would not be read as it was meant is refused.
pub fn encode(kind: Kind, message: &Message) -> Result<Vec<u8>, Unframable> {
    let Some((head, line)) = message.head().and_then(|head| Some((head, head.line.as_deref()?))) else {
        let text = "an HTTP message has a start line; `request` and `respond` write it";
        return Err(Unframable(text.to_owned()));
    };
    let mut bytes = Vec::with_capacity(message.bytes().len() + 512);
    bytes.extend_from_slice(line.as_bytes());
    bytes.extend_from_slice(b"\r\n");
    for (name, value) in &head.headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    match head.lists("transfer-encoding", "chunked") && kind != (Kind::Responses { to_head: true }) {
        true => chunks(message.bytes(), &mut bytes),
        false => bytes.extend_from_slice(message.bytes()),
    }
    let mut progress = Progress::new(kind);
    let mut read = progress.decode(&bytes, false, u64::MAX);
    if read == Ok(Decoded::Asks) {
        read = progress.decode(&bytes, false, u64::MAX);
    }
    if read == Ok(Decoded::More) && progress.is_to_the_end() {
        read = progress.decode(&bytes, true, u64::MAX);
    }
    match read {
        Ok(Decoded::Message { message: read, taken }) if taken == bytes.len() && read == *message => Ok(bytes),
        Ok(Decoded::Message { taken, .. }) if taken < bytes.len() => Err(Unframable(format!(
            "the body has {} bytes, more than its head says",
            message.bytes().len()
        ))),
        Ok(Decoded::Message { .. }) => Err(Unframable(
            "the headers would not come back as they are: blanks around a value, or characters that HTTP has not"
                .to_owned(),
        )),
        Ok(_) => Err(Unframable("the body has fewer bytes than its head says".to_owned())),
        Err(malformed) => Err(Unframable(malformed.why)),
    }
}

/// Where so many bytes of the body end in a message of this head, as it was written; the size of a chunk stands before the
/// first byte of it, and the line break behind it is none of them.
pub fn end_of_part(head: &Head, bytes: &[u8], part: usize) -> usize {
    let begin = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let mut end = begin.map_or(bytes.len(), |at| at + 4);
    if !head.lists("transfer-encoding", "chunked") {
        return bytes.len().min(end.saturating_add(part));
    }
    let mut left = part;
    while left > 0 {
        let rest = bytes.get(end..).unwrap_or_default();
        let line = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| at + 1);
        let size = rest
            .iter()
            .map_while(|digit| char::from(*digit).to_digit(16))
            .fold(0, |size, digit| size * 16 + digit as usize);
        if size == 0 {
            break;
        }
        let taken = left.min(size);
        left -= taken;
        end += line + taken + if left > 0 { 2 } else { 0 };
    }
    end.min(bytes.len())
}

fn chunks(body: &[u8], bytes: &mut Vec<u8>) {
    for chunk in body.chunks(LARGEST_CHUNK) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(chunked: bool, size: usize, part: usize) -> String {
        let head = Head::new("HTTP/1.1 200 OK");
        let head = match chunked {
            true => head.with("transfer-encoding", "chunked"),
            false => head.with("content-length", size.to_string()),
        };
        let message = Message::with_head(head.clone(), "x".repeat(size).as_bytes());
        let mut bytes = encode(Kind::Responses { to_head: false }, &message).unwrap();
        bytes.truncate(end_of_part(&head, &bytes, part));
        let text = String::from_utf8(bytes).unwrap();
        text.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    #[test]
    fn a_part_of_a_body_ends_behind_its_bytes_however_it_is_written() {
        assert_eq!(part(false, 5, 2), "xx");
        assert_eq!(part(false, 5, 9), "xxxxx");
        assert_eq!(part(true, 5, 0), "");
        assert_eq!(part(true, 5, 2), "5\r\nxx");
        assert_eq!(part(true, 5, 5), "5\r\nxxxxx");
        let two = part(true, 9000, 8193);
        assert!(
            two.starts_with("2000\r\nx") && two.ends_with("x\r\n328\r\nx"),
            "{} bytes",
            two.len()
        );
    }
}
