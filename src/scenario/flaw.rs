//! Where a text is not JSON, in our words.
//!
//! Owns what is said of a syntax error. Does not own finding it (`syntax`).

use std::ops::Range;

use jsonc_parser::ParseStringErrorKind;
use jsonc_parser::errors::{ParseError, ParseErrorKind};

use super::mistake::Mistake;
use super::written::Span;

/// A place where the text is not JSON.
pub(super) struct Flaw {
    /// Where, in bytes.
    pub(super) at: Range<usize>,
    text: String,
    help: Option<&'static str>,
}

impl Flaw {
    pub(super) fn new(at: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
            help: None,
        }
    }

    pub(super) fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    pub(super) fn mistake(self, file: u16) -> Mistake {
        let mistake = Mistake::new(place(file, self.at), self.text);
        match self.help {
            Some(help) => mistake.help(help),
            None => mistake,
        }
    }

    /// The parser's error in our words.
    pub(super) fn of(error: &ParseError, text: &str) -> Self {
        use ParseErrorKind as Kind;
        let range = error.range();
        let at = range.start..range.end.max(range.start).min(text.len());
        let one = range.start..(range.start + 1).min(text.len());
        let found = text.get(at.clone()).unwrap_or_default();
        match error.kind() {
            Kind::CommentsNotAllowed | Kind::UnterminatedCommentBlock => {
                Self::new(at, "JSON has no comments").help("a remark is a member of an object: \"//\": \"…\"")
            }
            Kind::TrailingCommasNotAllowed => Self::new(at, "no comma may stand behind the last part"),
            Kind::SingleQuotedStringsNotAllowed => Self::new(at, "a string stands between `\"`, not between `'`"),
            Kind::HexadecimalNumbersNotAllowed => Self::new(at, "JSON has no hexadecimal numbers"),
            Kind::UnaryPlusNumbersNotAllowed => Self::new(at, "a number has no `+` in front"),
            Kind::BareDecimalPointNumbersNotAllowed => {
                Self::new(at, "a decimal point needs a digit before it and one behind it")
            }
            Kind::NonFiniteNumbersNotAllowed => Self::new(at, format!("`{found}` is no JSON number")),
            Kind::ExpectedDigit
            | Kind::ExpectedDigitFollowingNegativeSign
            | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => Self::new(one, "expected a digit"),
            Kind::ExpectedComma if text[at.end..].starts_with(|c: char| c.is_ascii_digit()) => {
                Self::new(at, "a number does not begin with `0`")
            }
            Kind::ExpectedComma => Self::new(at, "expected a comma"),
            Kind::ExpectedColonAfterObjectKey => Self::new(at, "expected a colon behind the key"),
            Kind::ExpectedObjectValue => Self::new(at, "expected a value behind the colon"),
            Kind::ExpectedStringObjectProperty => Self::new(at, format!("the key `{found}` needs `\"` around it")),
            Kind::MultipleRootJsonValues => Self::new(at, "expected the end of the file"),
            Kind::UnterminatedArray => Self::new(one, "this list is not closed"),
            Kind::UnterminatedObject => Self::new(one, "this object is not closed"),
            Kind::String(kind) => Self::of_string(kind, range.start, text),
            _ if found.is_empty() => Self::new(at, "unexpected end of the file"),
            _ if found.starts_with(char::is_alphabetic) => {
                Self::new(at, format!("unexpected `{found}`; a string needs `\"` around it"))
            }
            _ => match unclosed(text, at.start) {
                Some((close, line)) if matches!(found, "]" | "}") && close != found => {
                    let what = if close == "}" { "object" } else { "list" };
                    let text =
                        format!("unexpected `{found}`; the {what} that begins in line {line} lacks its `{close}`");
                    Self::new(at, text)
                }
                _ => Self::new(at, format!("unexpected `{found}`")),
            },
        }
    }

    fn of_string(kind: &ParseStringErrorKind, start: usize, text: &str) -> Self {
        let escape: String = text[start..].chars().take(2).collect();
        let at = start..start + escape.len();
        match kind {
            ParseStringErrorKind::UnterminatedStringLiteral => Self::new(start..start + 1, "this string is not closed"),
            ParseStringErrorKind::ExpectedFourHexDigits => Self::new(at, "`\\u` needs four hexadecimal digits"),
            ParseStringErrorKind::InvalidUnicodeEscapeSequence(_) => {
                let digits = text[start..].bytes().skip(2).take_while(u8::is_ascii_hexdigit).take(4);
                let end = at.end + digits.count();
                Self::new(
                    start..end,
                    format!("`{}` is half of a surrogate pair", &text[start..end]),
                )
                .help("characters beyond U+FFFF are written as themselves, or as two escapes")
            }
            _ => Self::new(at, format!("unknown escape `{escape}`"))
                .help("there are `\\\"`, `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` and `\\u` with four digits"),
        }
    }
}

/// What would close the object or list that is open before this place, and the line in which it begins.
fn unclosed(text: &str, end: usize) -> Option<(&'static str, usize)> {
    let (mut open, mut line) = (Vec::new(), 1);
    let mut bytes = text.bytes().take(end);
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' => line += 1,
            b'{' => open.push(("}", line)),
            b'[' => open.push(("]", line)),
            b'}' | b']' => {
                open.pop();
            }
            b'"' => {
                while bytes
                    .next()
                    .is_some_and(|byte| byte != b'"' && (byte != b'\\' || bytes.next().is_some()))
                {}
            }
            _ => {}
        }
    }
    open.pop()
}

/// A place of a file, from a range of bytes.
pub(super) fn place(file: u16, at: Range<usize>) -> Span {
    let byte = |at| u32::try_from(at).expect("files are much smaller than 4 GiB");
    Span {
        file,
        start: byte(at.start),
        end: byte(at.end),
    }
}
