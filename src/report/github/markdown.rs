//! Texts in Markdown that cannot be anything but text.
//!
//! Owns escaping for a paragraph or a cell, for HTML, and for a fenced block. Does not own what is said.

use crate::report::plain::{cut, line, plain};

/// One line of text in a paragraph or in a cell of a table.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in line(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // These mean nothing inside a line, or only where one of the others is.
            '.' | ',' | '/' | ';' | '\'' | '"' | '=' | '?' | '%' => escaped.push(c),
            c if c.is_ascii_punctuation() => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// One line of text inside HTML.
pub(super) fn html(text: &str) -> String {
    let text = line(text).replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A block of a language, whose fence is longer than any in the text; of the text so many characters.
pub(super) fn fenced(language: &str, text: &str, most: usize) -> String {
    let text = plain(text);
    let shown = cut(text.trim_end(), most);
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{shown}\n{fence}\n\n")
}
