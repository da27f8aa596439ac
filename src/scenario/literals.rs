//! The strings and numbers that stand in a file.
//!
//! Owns finding them in the text, whatever they are for: keys too, for an actor's name is one. Does not own the file's
//! syntax (`syntax`); in what is no JSON something is found all the same, and nothing fails.

/// Each string and number of a JSON text, as text.
pub(super) fn literals(text: &str) -> impl Iterator<Item = String> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = &rest[rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?..];
        let end = match rest.starts_with('"') {
            true => string(rest),
            false => {
                let is_number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
                rest.find(|c| !is_number(c)).unwrap_or(rest.len())
            }
        };
        let (literal, behind) = rest.split_at(end);
        rest = behind;
        Some(serde_json::from_str(literal).unwrap_or_else(|_| literal.to_owned()))
    })
}

/// How long the string at the beginning is, with its quotes.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::literals;

    #[test]
    fn strings_and_numbers_are_found_as_what_they_mean() {
        let found = |text| literals(text).collect::<Vec<_>>();
        assert_eq!(
            found(r#"{ "a\"\n\\": [ 1, -2.5e3, true, "\u00e9" ] }"#),
            ["a\"\n\\", "1", "-2.5e3", "é"]
        );
        assert_eq!(found(r#"no JSON "at all"#), ["\"at all"]);
        assert_eq!(found(""), Vec::<String>::new());
    }
}
