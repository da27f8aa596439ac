//! Whole words in a text.
//!
//! Owns where a word begins and ends, so that a value that is looked for is found as it was meant and never as a part of
//! something longer. Does not own what is looked for.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Whether a character belongs to a word: a letter, a digit, `_`, or what is drawn on the character before it.
pub fn is_word(c: char) -> bool {
    match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || c == '_',
        false => c.is_alphanumeric() || c.width() == Some(0),
    }
}

/// What a text begins with: a word as long as it goes, else one character.
pub fn first(text: &str) -> &str {
    let ascii = text
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .count();
    let end = match text.as_bytes().get(ascii) {
        None => ascii,
        Some(next) if next.is_ascii() && ascii > 0 => ascii,
        Some(_) => match text[ascii..].find(|c| !is_word(c)) {
            Some(0) if ascii == 0 => text.chars().next().map_or(0, char::len_utf8),
            Some(more) => ascii + more,
            None => text.len(),
        },
    };
    &text[..end]
}

/// Whether what stands in this place is whole: no word goes on at its ends, and no number, be it by its sign (`7` in
/// `-7`, but not in `ticket-7`) or by a point between digits (`1` in `127.0.0.1`).
pub fn is_whole(text: &str, place: Range<usize>) -> bool {
    let (before, value, after) = (&text[..place.start], &text[place.clone()], &text[place.end..]);
    let (Some(first), Some(last)) = (value.chars().next(), value.chars().next_back()) else {
        return false;
    };
    let begins = if is_word(first) {
        let sign = |before: &str| before.chars().next_back().is_none_or(|c| !is_word(c));
        !ends_with(before, is_word)
            && !(first.is_ascii_digit()
                && (before
                    .strip_suffix('.')
                    .is_some_and(|before| ends_with(before, is_digit))
                    || before.strip_suffix('-').is_some_and(sign)))
    } else {
        let is_number = value.strip_prefix('-').is_some_and(|rest| rest.starts_with(is_digit));
        !(is_number && ends_with(before, is_word))
    };
    let goes_on = || after.strip_prefix('.').is_some_and(|after| after.starts_with(is_digit));
    let ends = !is_word(last) || !(after.starts_with(is_word) || is_digit(last) && goes_on());
    begins && ends
}

const fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn ends_with(text: &str, is: impl Fn(char) -> bool) -> bool {
    text.chars().next_back().is_some_and(is)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_found(value: &str, text: &str) -> bool {
        text.match_indices(value)
            .any(|(at, _)| is_whole(text, at..at + value.len()))
    }

    #[test]
    fn a_word_is_not_found_in_a_longer_one() {
        for text in [
            "77",
            "ticket-77",
            "id=77;",
            "\"77\"",
            "/77/",
            "a 77.",
            "77-88",
            "x:77,78",
            "77é 77",
        ] {
            assert!(is_found("77", text), "{text}");
        }
        for text in ["177", "770", "a77", "77_", "é77", "77e\u{301}"] {
            assert!(!is_found("77", text), "{text}");
        }
        assert!(!is_found("cafe", "cafe\u{301}"));
    }

    #[test]
    fn a_number_is_not_found_in_a_longer_one() {
        for text in ["-77", "x=-77", "3.77", "77.5", "127.0.0.77"] {
            assert!(!is_found("77", text), "{text}");
        }
        assert!(!is_found("-7", "10-7") && is_found("-7", "x=-7") && is_found("-x", "a-x"));
        assert!(is_found("3.77", "[3.77]") && is_found("77", "v.77") && is_found("77", "77."));
    }

    #[test]
    fn what_is_no_word_is_found_anywhere() {
        assert!(is_found("/a/", "x/a/b") && is_found("=", "a=b"));
        assert!(!is_whole("a", 0..0));
    }

    #[test]
    fn a_text_is_words_and_single_characters() {
        let parts = |mut text: &'static str| {
            let mut parts = Vec::new();
            while !text.is_empty() {
                parts.push(first(text));
                text = &text[first(text).len()..];
            }
            parts
        };
        assert_eq!(parts("a_1é-b  中文!"), ["a_1é", "-", "b", " ", " ", "中文", "!"]);
        assert_eq!(first(""), "");
    }

    proptest! {
        /// Each word is whole where it stands, and nothing that begins or ends inside of it is.
        #[test]
        fn only_whole_words_are_whole(text in "[a-c1é_ .\\-\u{301}]{0,20}", from in 0..20_usize, to in 0..20_usize) {
            let chars: Vec<char> = text.chars().collect();
            let at = |n: usize| chars.iter().take(n).map(|c| c.len_utf8()).sum::<usize>();
            let (from, to) = (from.min(chars.len()), to.min(chars.len()));
            let inside = |n: usize| n > 0 && n < chars.len() && is_word(chars[n - 1]) && is_word(chars[n]);
            if from < to && (inside(from) || inside(to)) {
                prop_assert!(!is_whole(&text, at(from)..at(to)));
            }
            let mut rest = text.as_str();
            while !rest.is_empty() {
                let part = first(rest);
                prop_assert!(part.chars().count() == 1 || part.chars().all(is_word));
                rest = &rest[part.len()..];
                prop_assert!(!(part.ends_with(is_word) && rest.starts_with(is_word)));
            }
        }
    }
}
