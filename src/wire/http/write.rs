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

fn chunks(body: &[u8], bytes: &mut Vec<u8>) {
    for chunk in body.chunks(LARGEST_CHUNK) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
}
