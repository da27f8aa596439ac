//! Free text as Mermaid reads it back as itself.
//!
//! Owns which characters Mermaid's lexer, preprocessor and sanitizer would take for something else, their codes, and how
//! these are read back. Does not own making text visible (`label`): what comes here has no line breaks and no control characters in it.

use std::fmt::Write;

/// `text` in the spelling that Mermaid draws as `text`.
///
/// `;` would begin a new statement, `#` cut the text, `%%{` swallow the rest of the file, `$$` set it as mathematics, a tag
/// vanish, `wrap:` be eaten, `style…:…#…;` lose its end; Mermaid's own marks for encoded characters must not be met.
pub(super) fn escape(text: &str) -> String {
    let marks = text.trim_start();
    let marks = marks.strip_prefix(':').unwrap_or(marks).to_ascii_lowercase();
    let colons = marks.starts_with("wrap:")
        || marks.starts_with("nowrap:")
        || text.contains("style")
        || text.contains("classDef");
    let last = text.chars().count().saturating_sub(1);
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut previous = None;
    let mut chars = text.chars().enumerate().peekable();
    while let Some((place, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        match c {
            '#' | ';' => push_code(c, &mut escaped),
            '%' | '$' if previous == Some(c) || next == Some(c) => push_code(c, &mut escaped),
            '<' if next.is_some_and(|c| c.is_alphabetic() || "/!?".contains(c)) => escaped.push_str("#lt;"),
            ':' if colons => push_code(c, &mut escaped),
            'ﬂ' if next == Some('°') => push_code(c, &mut escaped),
            '¶' if next == Some('ß') => push_code(c, &mut escaped),
            ' ' if place == 0 || place == last => push_code('\u{a0}', &mut escaped),
            '\u{a0}' if place == 0 || place == last => escaped.push_str("#nbsp;"),
            c if c.is_whitespace() && (place == 0 || place == last) => push_code(c, &mut escaped),
            c => escaped.push(c),
        }
        previous = Some(c);
    }
    escaped
}

/// The text that `escape` spelled so. What is no code stays as it is.
pub fn unescape(escaped: &str) -> String {
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.find('#') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = rest[1..].split_once(';').and_then(|(code, behind)| {
            // A blank that Mermaid does not strip is one that may not be broken.
            let is_edge = text.is_empty() || behind.is_empty();
            Some((if code == "160" && is_edge { ' ' } else { named(code)? }, behind))
        });
        match code {
            Some((c, behind)) => {
                text.push(c);
                rest = behind;
            }
            None => {
                text.push('#');
                rest = &rest[1..];
            }
        }
    }
    text + rest
}

/// The character of this number or, as HTML has them, this name.
fn named(code: &str) -> Option<char> {
    Some(match code {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "semi" => ';',
        "colon" => ':',
        "num" => '#',
        _ if !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()) => char::from_u32(code.parse().ok()?)?,
        _ => return None,
    })
}

/// `text` as the rest of a `%%` line: no directive can begin in it, and no line can end.
pub(super) fn comment(text: &str) -> String {
    text.replace('%', "%25").replace('{', "%7B").replace('}', "%7D")
}

/// The text that `comment` spelled so.
pub fn uncomment(text: &str) -> String {
    text.replace("%7D", "}").replace("%7B", "{").replace("%25", "%")
}

fn push_code(c: char, escaped: &mut String) {
    write!(escaped, "#{};", u32::from(c)).expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mermaid_would_take_for_its_own_is_encoded() {
        for (text, expected) in [
            ("a; b #c", "a#59; b #35;c"),
            ("100% %%{init}%%", "100% #37;#37;{init}#37;#37;"),
            ("$5 $$x$$", "$5 #36;#36;x#36;#36;"),
            ("<b>1 < 2</b>", "#lt;b>1 < 2#lt;/b>"),
            ("wrap: a:b", "wrap#58; a#58;b"),
            (":nowrap: a", "#58;nowrap#58; a"),
            ("style x: y", "style x#58; y"),
            ("a: b", "a: b"),
            ("ﬂ°ﬂ¶ß¶", "#64258;°ﬂ#182;ß¶"),
            (" a ", "#160;a#160;"),
            ("\u{3000}a", "#12288;a"),
            ("\u{a0}a\u{a0}b\u{a0}", "#nbsp;a\u{a0}b#nbsp;"),
        ] {
            assert_eq!(escape(text), expected, "{text}");
            assert_eq!(unescape(expected), text, "{expected}");
        }
    }

    #[test]
    fn a_comment_holds_no_directive() {
        assert_eq!(comment("a%%{init}"), "a%25%25%7Binit%7D");
        assert_eq!(uncomment("a%25%25%7Binit%7D"), "a%%{init}");
        assert_eq!(uncomment(&comment("%7B%257D}")), "%7B%257D}");
    }
}
