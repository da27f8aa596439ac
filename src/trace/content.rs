//! What a message held, as a trace keeps it.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How many bytes of a message are kept. A longer one is cut, and its size and digest are kept.
pub const KEPT: usize = 64 << 10;

/// What a message held: text where it is UTF-8, base64 otherwise; where it has a head, that is its body's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The head, where the framing has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// `ping` or `pong`, where it is one of a WebSocket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// How diagrams show it, where that is not by its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// The text, or its beginning where `size` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The bytes in base64, or their beginning where `size` says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// The whole size in bytes, where it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The first 16 hexadecimal digits of the whole's SHA-256, where it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The same of what was cut off: with it a masked beginning has a digest of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<String>,
}

/// The head of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The start line, where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub line: String,
    /// The headers, in the order on the wire.
    pub headers: Vec<(String, String)>,
    /// The headers that the diagram shows, by their names as the scenario writes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub show: Vec<String>,
}

impl Content {
    /// The content of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.len() <= KEPT {
            return Self::whole(bytes);
        }
        let kept = cut_text(bytes);
        let mut content = Self::whole(kept);
        content.rest = Some(digest(&bytes[kept.len()..]));
        content.size = Some(bytes.len() as u64);
        content.digest = Some(digest(bytes));
        content
    }

    /// How many bytes the message had.
    pub fn len(&self) -> u64 {
        self.size.unwrap_or_else(|| match (&self.text, &self.base64) {
            (Some(text), _) => text.len() as u64,
            (None, Some(base64)) => {
                let padding = base64.bytes().rev().take_while(|&b| b == b'=').count();
                (base64.len() / 4 * 3).saturating_sub(padding) as u64
            }
            (None, None) => 0,
        })
    }

    /// Whether the message had no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn whole(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                text: Some(text.to_owned()),
                ..Self::default()
            },
            Err(_) => Self {
                base64: Some(data_encoding::BASE64.encode(bytes)),
                ..Self::default()
            },
        }
    }
}

/// A start line without the version, which every message has: `GET /users/7`, `200 OK`.
pub fn shown_line(line: &str) -> &str {
    let is_version = |word: &str| matches!(word, "HTTP/1.1" | "HTTP/1.0");
    match (line.split_once(' '), line.rsplit_once(' ')) {
        (Some((version, rest)), _) if is_version(version) => rest.trim_end(),
        (_, Some((rest, version))) if is_version(version) => rest,
        _ => line,
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of these bytes.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..8]
        .iter()
        .fold(String::with_capacity(16), |mut digits, byte| {
            // Writing to a string cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        })
}

/// The kept part, without a character that the cut would halve.
fn cut_text(bytes: &[u8]) -> &[u8] {
    let kept = &bytes[..KEPT];
    match std::str::from_utf8(kept) {
        Err(error) if error.error_len().is_none() => &kept[..error.valid_up_to()],
        _ => kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_text_and_bytes_as_base64() {
        assert_eq!(Content::of(b"hi").text.as_deref(), Some("hi"));
        let content = Content::of(&[0xff, 0, 1, 2]);
        assert_eq!((content.base64.as_deref(), content.len()), (Some("/wABAg=="), 4));
    }

    #[test]
    fn a_long_message_is_cut_between_characters_and_keeps_its_size_and_digest() {
        let text = format!("x{}", "ä".repeat(KEPT));
        let content = Content::of(text.as_bytes());
        assert_eq!(content.len(), text.len() as u64);
        assert_eq!(content.text.as_ref().map(String::len), Some(KEPT - 1));
        assert_eq!(content.digest, Some(digest(text.as_bytes())));
        assert_eq!(content.rest, Some(digest(&text.as_bytes()[KEPT - 1..])));
    }
}
