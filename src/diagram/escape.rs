//! Free text as Mermaid reads it back as itself.
//!
//! Owns which characters Mermaid's lexer, preprocessor and sanitizer would take for something else, and their codes. Does
//! not own making text visible (`label`): what comes here has no line breaks and no control characters in it.

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
            c if c.is_whitespace() && (place == 0 || place == last) => push_code(c, &mut escaped),
            c => escaped.push(c),
        }
        previous = Some(c);
    }
    escaped
}

/// `text` as the rest of a `%%` line: no directive can begin in it, and no line can end.
pub(super) fn comment(text: &str) -> String {
    text.replace('%', "%25").replace(['{', '}'], "_")
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
        ] {
            assert_eq!(escape(text), expected, "{text}");
        }
    }

    #[test]
    fn a_comment_holds_no_directive() {
        assert_eq!(comment("a%%{init}"), "a%25%25_init_");
    }
}
