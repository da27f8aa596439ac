//! How the first difference is told.

use serde_json::Value as Json;

use super::Mismatch;
use crate::wire::hex;

/// How many characters of a text are shown.
const SHOWN: usize = 40;

/// How many bytes are shown before and behind a different one.
const CONTEXT: usize = 4;

/// A text in quotes, cut where it is long; bytes that are no text in hexadecimal.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => quoted(text),
        Err(_) => hex_excerpt(bytes, 0),
    }
}

/// As [`excerpt`], from an offset on.
pub(super) fn excerpt_at(bytes: &[u8], at: usize) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => quoted(&text[boundary(text, at)..]),
        Err(_) => hex_excerpt(bytes, at),
    }
}

/// A JSON value, cut where it is long.
pub(super) fn json(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        other => cut(&other.to_string(), SHOWN),
    }
}

/// A text of no more than so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{kept}…")
        }
    }
}

/// Text, or what is no text in hexadecimal.
pub(super) fn text_or_hex(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => data_encoding::HEXLOWER.encode(bytes),
    }
}

/// Where two texts differ, which are not equal; bytes are shown where either is no text, or where it is asked for.
pub(super) fn bytes(expected: &[u8], found: &[u8], as_bytes: bool) -> Mismatch {
    let pairs = expected.iter().zip(found);
    let same = pairs.take_while(|(expected, found)| expected == found).count();
    let nearness = u32::try_from(same).unwrap_or(u32::MAX);
    let difference = match (std::str::from_utf8(expected), std::str::from_utf8(found)) {
        (Ok(expected), Ok(found)) if !as_bytes => {
            let at = boundary(expected, same).min(boundary(found, same));
            let side = |text: &str| match &text[at..] {
                "" => "the end".to_owned(),
                rest => quoted(rest),
            };
            format!("at offset {at}: expected {}, found {}", side(expected), side(found))
        }
        _ => {
            let side = |bytes: &[u8]| match bytes.len() <= same {
                true => "the end".to_owned(),
                false => hex_excerpt(bytes, same),
            };
            format!("at offset {same}: expected {}, found {}", side(expected), side(found))
        }
    };
    Mismatch { difference, nearness }
}

/// Bytes around an offset, the one there in brackets.
pub(super) fn hex_excerpt(bytes: &[u8], at: usize) -> String {
    let from = at.saturating_sub(CONTEXT).min(bytes.len());
    let to = (at + CONTEXT + 1).min(bytes.len());
    let mut parts = Vec::new();
    if from > 0 {
        parts.push("…".to_owned());
    }
    for (index, byte) in bytes[from..to].iter().enumerate() {
        let shown = hex::show(&[*byte]);
        parts.push(match from + index == at && at > 0 {
            true => format!("[{shown}]"),
            false => shown,
        });
    }
    if to < bytes.len() {
        parts.push("…".to_owned());
    }
    parts.join(" ")
}

/// The beginning of the character at an offset.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn quoted(text: &str) -> String {
    format!("{:?}", cut(text, SHOWN))
}
