//! What a trace has of a message.
//!
//! Owns putting a head back before its body. Does not own what is said of bytes that are missing (`export`).

use crate::ident::ActorName;
use crate::trace::event::Content;

/// An actor as comments call it.
pub(super) fn shown(actor: &ActorName) -> String {
    match actor.instance {
        Some(number) => format!("{}[{number}]", actor.base),
        None => actor.base.clone(),
    }
}

/// What the trace has of a message: where it has a head, that is written as it was.
pub(super) fn bytes(content: &Content) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(head) = &content.head {
        if !head.line.is_empty() {
            bytes.extend_from_slice(head.line.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        for (name, value) in &head.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
    }
    match (&content.text, &content.base64) {
        (Some(text), _) => bytes.extend_from_slice(text.as_bytes()),
        (None, Some(base64)) => {
            // What is no base64 was written by no wiretale.
            bytes.extend(data_encoding::BASE64.decode(base64.as_bytes()).unwrap_or_default());
        }
        (None, None) => {}
    }
    bytes
}
