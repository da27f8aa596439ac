//! Texts of any kind, made fit to be shown anywhere.
//!
//! Owns what becomes of characters that are no text: those that move the cursor, or that XML and YAML have no way to
//! write. Does not own what each form escapes besides.

/// A text whose every character can be shown: control characters have pictures of their own. Lines and tabs stay.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(picture).collect()
}

/// The same in one line.
pub(super) fn line(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(plain).collect();
    words.join(" ")
}

/// As much of a text as fits in so many characters, and a word where it was cut.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn picture(c: char) -> char {
    match c {
        '\n' | '\t' => c,
        // Unicode has a picture for each, in their order.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '␡',
        // The second set of control characters, what ends lines for some readers, and what is no character.
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        c if u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_seen() {
        assert_eq!(
            plain("a\u{1b}[31m\r\n\tb\0\u{7f}\u{85}\u{ffff}"),
            "a␛[31m␍\n\tb␀␡\u{fffd}\u{fffd}"
        );
        assert_eq!(plain("naïve 日本 🦀"), "naïve 日本 🦀");
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line(" a\n  b\u{2028}c\t"), "a b c");
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("日本語", 2), "日本…");
        assert_eq!(cut("日本語", 3), "日本語");
    }
}
