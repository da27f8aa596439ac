//! RESP2, which Redis speaks, as JSON.
//!
//! A message is the JSON text of its value: a list, a text, an integer, `null`, `{"$error":"ERR …"}`, and
//! `{"$hex":"ff00"}` for a string that is no UTF-8. Both kinds of string are texts once they are read, and both kinds of
//! null are `null`. Owns how a message looks on the wire (`write`, `read`), what a client may send instead of a list
//! (`words`), and how a message is shown. Does not own what its commands mean.

mod read;
#[cfg(test)]
mod tests;
mod words;
mod write;

use serde_json::Value as Json;

use crate::wire::message::Message;
pub(super) use read::Reader;
pub(super) use write::encode;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who sends commands, which may be lines of words (inline commands).
    Client,
    /// Who answers.
    Server,
}

/// How deep lists may be nested in each other.
const DEEPEST: usize = 32;

/// The longest line, which is also Redis' longest inline command, 64 KiB.
const LONGEST_LINE: usize = 64 << 10;

/// The longest line with a number.
const LONGEST_NUMBER: usize = 32;

/// The key of an error.
const ERROR: &str = "$error";

/// The key of a string that is sent on one line.
const SIMPLE: &str = "$simple";

/// The key of a string that is no UTF-8.
const HEX: &str = "$hex";

/// What RESP3 has beside RESP2, which Redis sends to nobody who has not asked for it by `HELLO 3`.
fn newer(kind: u8) -> Option<&'static str> {
    Some(match kind {
        b'_' => "null",
        b',' => "double",
        b'#' => "boolean",
        b'!' => "blob error",
        b'=' => "verbatim string",
        b'(' => "big number",
        b'%' => "map",
        b'~' => "set",
        b'>' => "push",
        b'|' => "attribute",
        _ => return None,
    })
}

/// A message as it comes back; as it is, where it is none of RESP.
pub(super) fn completed(side: Side, message: &Message) -> Message {
    match write::normal(message.bytes()) {
        Some(json) => {
            let shown = shown(side, &json);
            Message::new(json).with_shown(shown)
        }
        None => message.clone(),
    }
}

/// The longest message that is not shown as its JSON.
const SHOWN: usize = 4 << 10;

/// How a message is shown: a command by its words, a text as it is where nothing else is shown so, an error as redis-cli
/// shows it; `None` where its JSON says it all.
fn shown(side: Side, json: &[u8]) -> Option<String> {
    if json.len() > SHOWN {
        return None;
    }
    let json: Json = serde_json::from_slice(json).ok()?;
    let text = match (&json, side) {
        (Json::Array(words), Side::Client) if !words.is_empty() => {
            words.iter().map(word).collect::<Option<Vec<_>>>()?.join(" ")
        }
        (Json::String(text), Side::Server) => text.clone(),
        (Json::Object(members), Side::Server) => return Some(format!("(error) {}", members.get(ERROR)?.as_str()?)),
        _ => return None,
    };
    let is_another = text.is_empty() || text.starts_with("(error) ") || text.trim() != text;
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
    (!is_another && !is_json).then_some(text)
}

/// A word of a command; in quotes where it would be taken for several.
fn word(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => {
            let is_plain =
                !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"');
            Some(if is_plain { text.clone() } else { json.to_string() })
        }
        Json::Object(members) => Some(format!("0x{}", members.get(HEX)?.as_str()?)),
        _ => None,
    }
}
