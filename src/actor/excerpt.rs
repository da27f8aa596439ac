//! Messages and bytes as short text for people.
//!
//! Owns how findings show what was received. Does not own how diagrams do (`diagram::label`).

use crate::trace::event::shown_line;
use crate::wire::message::Message;

/// A message as short text for people: its start line, where it has one, and what it holds.
pub(super) fn excerpt(message: &Message) -> String {
    if let Some(fields) = message.fields() {
        return fields.shown();
    }
    if let Some(control) = message.control() {
        return match message.bytes() {
            [] => control.name().to_owned(),
            bytes => format!("{} {}", control.name(), excerpt_of(bytes)),
        };
    }
    let Some(head) = message.head() else {
        return excerpt_of(message.bytes());
    };
    let line = head.line.as_deref().map(shown_line);
    let body = (!message.bytes().is_empty()).then(|| excerpt_of(message.bytes()));
    let parts: Vec<&str> = line.into_iter().chain(body.as_deref()).collect();
    parts.join(" ")
}

/// Bytes in hexadecimal, cut where there are many.
pub(super) fn hex_excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 20;
    let cut = &bytes[..bytes.len().min(SHOWN)];
    let hex = data_encoding::HEXLOWER.encode(cut);
    match cut.len() < bytes.len() {
        true => format!("{hex}… ({} bytes)", bytes.len()),
        false => hex,
    }
}

/// Bytes as short text for people: JSON objects and lists as they are, other text in quotes, else hexadecimal.
pub(super) fn excerpt_of(bytes: &[u8]) -> String {
    const SHOWN: usize = 60;
    let Ok(text) = std::str::from_utf8(bytes) else {
        return hex_excerpt(bytes);
    };
    let quote = if text.starts_with(['{', '[']) { "" } else { "\"" };
    let cut: String = text.chars().take(SHOWN).collect();
    // Only what cannot be seen is escaped: quotes inside would make JSON hard to read.
    let shown: String = cut
        .chars()
        .map(|c| {
            if c.is_control() {
                c.escape_default().to_string()
            } else {
                c.into()
            }
        })
        .collect();
    if cut.len() < text.len() {
        format!("{quote}{shown}…{quote} ({} bytes)", bytes.len())
    } else {
        format!("{quote}{shown}{quote}")
    }
}
