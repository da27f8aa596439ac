//! What a message says in the diagram.
//!
//! Owns how content becomes one short line in which nothing is invisible. Does not own any output's encoding (`escape`).

use data_encoding::{BASE64, HEXLOWER};
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use crate::trace::event::{Content, shown_line};
use crate::trace::mask::is_mark;
use crate::units::show_size;

/// The longest label that is shown whole, in characters: wider ones push the lifelines apart until nothing can be read.
pub const LONGEST: usize = 72;

/// How much of a longer one is shown, in characters; with size and digest it is below 80.
const KEPT: usize = 52;

/// Around what a digest is made of in a text with masked values: no marks of values, and gone when values are shown.
pub(super) const DIGEST: [char; 3] = ['\u{10fffb}', '\u{10fffc}', '\u{10fffd}'];

/// A message as one line: where it has a start line that without its version, the headers that are to be shown, then
/// what it holds as [`content`] has it.
pub fn message(content: &Content, show: &[String]) -> String {
    if let Some(control) = &content.control {
        return match content.is_empty() {
            true => control.clone(),
            false => format!("{control} {}", held(content)),
        };
    }
    let Some(head) = &content.head else {
        return self::content(content);
    };
    let mut parts = Vec::new();
    if !head.line.is_empty() {
        parts.push(short(shown_line(&head.line), LONGEST));
    }
    for name in show {
        let values = head.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
        if !values.is_empty() {
            parts.push(short(&format!("[{name}: {}]", values.join(", ")), LONGEST));
        }
    }
    if !content.is_empty() || parts.is_empty() {
        parts.push(self::content(content));
    }
    parts.join(" ")
}

/// The content as one line: as it is to be shown, text as it is, JSON without the blanks between its parts, bytes in hexadecimal. Above
/// [`LONGEST`] it is cut, and its size and the first 8 digits of its SHA-256 follow.
pub fn content(content: &Content) -> String {
    if let Some(shown) = &content.shown {
        return instead(shown, content.len());
    }
    let (line, bytes) = match (&content.text, &content.base64) {
        (Some(text), _) => (visible(&compact(text)), text.clone().into_bytes()),
        (None, Some(base64)) => match BASE64.decode(base64.as_bytes()) {
            Ok(bytes) => (format!("0x{}", HEXLOWER.encode(&bytes)), bytes),
            Err(_) => (visible(base64), base64.clone().into_bytes()),
        },
        (None, None) => (String::new(), Vec::new()),
    };
    match content.size {
        Some(size) => {
            let digest = content.digest.as_deref().unwrap_or_default();
            match &content.text {
                Some(text) if text.contains(is_mark) => abridged(&line, size, &of_masked(text, digest).1),
                _ => abridged(&line, size, digest),
            }
        }
        None if line.is_empty() => "(empty)".to_owned(),
        None if line.chars().nth(LONGEST).is_some() => {
            if line.contains(is_mark) {
                let text = content.text.as_deref().unwrap_or_default();
                let (size, digest) = of_masked(text, "");
                abridged(&line, size, &digest)
            } else {
                abridged(&line, bytes.len() as u64, &HEXLOWER.encode(&Sha256::digest(&bytes)))
            }
        }
        None => line,
    }
}

/// What is shown instead of a message of this size; cut as [`content`] is.
fn instead(shown: &str, size: u64) -> String {
    let line = visible(shown);
    match line.chars().nth(LONGEST) {
        None => line,
        Some(_) if line.contains(is_mark) => abridged(&line, size, &of_masked(shown, "").1),
        Some(_) => abridged(&line, size, &HEXLOWER.encode(&Sha256::digest(shown))),
    }
}

/// What a ping or pong holds: text in quotes.
fn held(content: &Content) -> String {
    let line = self::content(content);
    match content.text {
        Some(_) => format!("\"{line}\""),
        None => line,
    }
}

/// A text that the scenario gives, as one line: cut as [`content`] is.
pub fn given(text: &str) -> String {
    content(&Content {
        text: Some(text.to_owned()),
        ..Content::default()
    })
}

/// A text of which the beginning is enough.
pub fn short(text: &str, most: usize) -> String {
    let line = visible(text);
    match line.char_indices().nth(most) {
        None => line,
        Some(_) => {
            let kept: String = line.chars().take(most.saturating_sub(1)).collect();
            format!("{kept}…")
        }
    }
}

/// `text` on one line and with every character visible: a line feed as `⏎`, other control characters by their pictures
/// (`␍`, `␉`, `␛`), those without a shape of their own (bidirectional marks, zero widths, fillers) as `\u{200b}`.
pub fn visible(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => line.push('⏎'),
            '\0'..='\x1f' => line.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\x7f' => line.push('␡'),
            c if is_invisible(c) => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line
}

/// The size of a text without its masked values, and what its digest is made of when it is known how these are shown:
/// that of the text with its values by their order in it and of what was cut off, and the values.
fn of_masked(text: &str, rest: &str) -> (u64, String) {
    let mut values: Vec<char> = Vec::new();
    let mut hash = Sha256::new();
    let mut size = 0;
    for c in text.chars() {
        if is_mark(c) {
            let known = values.iter().position(|value| *value == c);
            let place = known.unwrap_or_else(|| {
                values.push(c);
                values.len() - 1
            });
            hash.update([0xff]);
            hash.update(place.to_be_bytes());
        } else {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes);
            size += bytes.len() as u64;
            hash.update(bytes);
        }
    }
    hash.update(rest);
    let [begin, middle, end] = DIGEST;
    let digest = HEXLOWER.encode(&hash.finalize()[..4]);
    let values: String = values.into_iter().collect();
    (size, format!("{begin}{digest}{middle}{values}{end}"))
}

fn abridged(line: &str, size: u64, digest: &str) -> String {
    let kept: String = line.chars().take(KEPT).collect();
    let size = show_size(size);
    let unit = size.find(|c: char| !c.is_ascii_digit()).unwrap_or(size.len());
    let (number, unit) = size.split_at(unit);
    let digest: String = match digest.starts_with(DIGEST[0]) {
        true => digest.to_owned(),
        false => visible(digest).chars().take(8).collect(),
    };
    format!("{kept}… ({number} {unit}, {digest})")
}

/// JSON arrays and objects without the blanks between their parts; everything else as it is. Numbers and strings stay as
/// they were written, which reading and writing them again would not keep.
fn compact(text: &str) -> String {
    if !text.trim_start().starts_with(['{', '[']) || !is_json(text) {
        return text.to_owned();
    }
    let (mut quoted, mut escaped) = (false, false);
    text.chars()
        .filter(|&c| {
            let keep = quoted || !c.is_ascii_whitespace();
            if c == '"' && !escaped {
                quoted = !quoted;
            }
            escaped = quoted && c == '\\' && !escaped;
            keep
        })
        .collect()
}

/// A mask may stand for a number or a part of one.
fn is_json(text: &str) -> bool {
    if text.is_ascii() || !text.contains(is_mark) {
        return serde_json::from_str::<IgnoredAny>(text).is_ok();
    }
    let plain: String = text.chars().map(|c| if is_mark(c) { '1' } else { c }).collect();
    serde_json::from_str::<IgnoredAny>(&plain).is_ok()
}

fn is_invisible(c: char) -> bool {
    let code = u32::from(c);
    matches!(code,
        0x80..=0x9f | 0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
        | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164 | 0xfe00..=0xfe0f | 0xfeff
        | 0xffa0 | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
        || (0xfdd0..=0xfdef).contains(&code)
        || code & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        given(text)
    }

    #[test]
    fn text_is_shown_as_it_is_and_nothing_in_it_is_invisible() {
        assert_eq!(text("Hello!"), "Hello!");
        assert_eq!(text("a\r\nb\tc\0"), "a␍⏎b␉c␀");
        assert_eq!(text("\u{202e}x\u{200b}\u{feff}"), "\\u{202e}x\\u{200b}\\u{feff}");
        assert_eq!(text("é e\u{301} 中"), "é e\u{301} 中");
        assert_eq!(text(""), "(empty)");
    }

    #[test]
    fn json_loses_the_blanks_between_its_parts_and_nothing_else() {
        assert_eq!(
            text("{ \"a b\" : [1.10, 1e2, \"\\\" \\\\\" ] }"),
            "{\"a b\":[1.10,1e2,\"\\\" \\\\\"]}"
        );
        assert_eq!(text("{ no json }"), "{ no json }");
        assert_eq!(text("[ 1"), "[ 1");
    }

    #[test]
    fn bytes_are_hexadecimal() {
        let bytes = Content {
            base64: Some("/wAB".to_owned()),
            ..Content::default()
        };
        assert_eq!(content(&bytes), "0xff0001");
    }

    #[test]
    fn a_long_text_is_cut_with_size_and_digest() {
        let whole = "x".repeat(LONGEST);
        assert_eq!(text(&whole), whole);
        let long = "x".repeat(65_536);
        let label = text(&long);
        assert!(label.starts_with("xxxxx"), "{label}");
        assert!(label.contains("… (64 KiB, "), "{label}");
        assert!(label.chars().count() <= 80, "{label}");
        assert_ne!(text(&format!("{long}y")), label);
    }

    #[test]
    fn content_that_the_trace_cut_has_the_same_label() {
        let long = "y".repeat(70_000);
        let cut = Content {
            text: Some(long[..4096].to_owned()),
            size: Some(70_000),
            digest: Some(HEXLOWER.encode(&Sha256::digest(long.as_bytes()))[..16].to_owned()),
            ..Content::default()
        };
        assert_eq!(content(&cut), text(&long));
    }

    #[test]
    fn a_short_text_is_cut_without_size() {
        assert_eq!(short("abcdef", 6), "abcdef");
        assert_eq!(short("abcdefg", 6), "abcde…");
    }
}
