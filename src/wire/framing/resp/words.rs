//! The words of an inline command, as Redis takes a line apart.

/// The words of a line: blanks are between them, and `"a b"` (with `\n`, `\x41` and the like) and `'a b'` are one each.
pub(super) fn of(line: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Ok(words);
        }
        let mut word = Vec::new();
        while let Some((byte, behind)) = rest.split_first() {
            match byte {
                b'"' | b'\'' => {
                    rest = quoted(*byte, behind, &mut word)?;
                    if rest.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
                        return Err("a quote ends inside a word");
                    }
                }
                byte if byte.is_ascii_whitespace() => break,
                byte => {
                    word.push(*byte);
                    rest = behind;
                }
            }
        }
        words.push(word);
    }
}

/// What stands to the closing quote; gives what is behind that.
fn quoted<'a>(quote: u8, text: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], &'static str> {
    let mut rest = text;
    loop {
        rest = match rest {
            [b'\\', b'x', high, low, behind @ ..]
                if quote == b'"' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                word.push(digit(*high) << 4 | digit(*low));
                behind
            }
            [b'\\', byte, behind @ ..] if quote == b'"' => {
                word.push(match byte {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                behind
            }
            [b'\\', b'\'', behind @ ..] => {
                word.push(b'\'');
                behind
            }
            [byte, behind @ ..] if *byte == quote => return Ok(behind),
            [byte, behind @ ..] => {
                word.push(*byte);
                behind
            }
            [] => return Err("a quote is not closed"),
        };
    }
}

fn digit(hex: u8) -> u8 {
    char::from(hex).to_digit(16).map_or(0, |digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_apart_as_redis_does() {
        let words = |line: &str| {
            of(line.as_bytes()).map(|words| {
                words
                    .iter()
                    .map(|word| String::from_utf8_lossy(word).into_owned())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(words(" SET  k\tv "), Ok(vec!["SET".into(), "k".into(), "v".into()]));
        assert_eq!(
            words(r#"SET "a b" 'c "d' "\x41\n\"" 'it\'s' """#).unwrap(),
            ["SET", "a b", "c \"d", "A\n\"", "it's", ""]
        );
        assert_eq!(words("a\"b c\""), Ok(vec!["ab c".into()]));
        assert_eq!(words(""), Ok(vec![]));
        assert_eq!(words("\"a"), Err("a quote is not closed"));
        assert_eq!(words("\"a\\"), Err("a quote is not closed"));
        assert_eq!(words("\"a\"b"), Err("a quote ends inside a word"));
    }
}
