//! JSON text to a tree that keeps places.
//!
//! Owns what is JSON and what is not: strictly RFC 8259, with its own limits on nesting and on the number of values. The
//! parser is `jsonc-parser` with every one of its extensions switched off; what it lets through nevertheless (white space
//! that is none in JSON, control characters in strings) is found by a scan of the bytes before it runs. Does not own what
//! the members mean (`decode`).

use std::collections::HashMap;
use std::str::FromStr;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::flaw::{Flaw, place};
use super::mistake::{MOST, Mistake};
use super::written::{At, Json, Node, Span};

/// How deep lists and objects may be nested: deeper than any conversation, shallow enough for every stack.
const DEEPEST: usize = 128;

/// How many values a file may hold; each takes about a hundred bytes of memory.
const MOST_VALUES: usize = 1_000_000;

/// The key of a remark.
const REMARK: &str = "//";

/// Whether members called `"//"` are remarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remarks {
    /// They are, and left out.
    Drop,
    /// They are members like all others: in a file that holds data.
    Keep,
}

/// Reads a text into a tree; `file` is what its places name.
///
/// An `Err` says where the text stops being JSON. In a sound tree, duplicate keys and numbers that cannot be held are
/// mistakes that stand beside it.
pub(super) fn parse(text: &str, file: u16, remarks: Remarks) -> Result<(Node, Vec<Mistake>), Mistake> {
    let scanned = scan(text);
    if let Some(limit) = scanned.limit {
        return Err(limit.mistake(file));
    }
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT);
    match (parsed, scanned.flaw) {
        (Err(error), flaw) => {
            let error = Flaw::of(&error, text);
            Err(first(error, flaw).mistake(file))
        }
        (Ok(_), Some(flaw)) => Err(flaw.mistake(file)),
        (Ok(parsed), None) => match parsed.value {
            None => Err(Mistake::new(
                place(file, 0..text.len().min(1)),
                "the file is empty; expected a JSON value",
            )),
            Some(value) => {
                let mut tree = Tree {
                    file,
                    remarks,
                    mistakes: Vec::new(),
                };
                let node = tree.node(value);
                Ok((node, tree.mistakes))
            }
        },
    }
}

/// The parser's own tree of a text that [`parse`] takes, for what needs scalars as they are written.
pub(super) fn written(text: &str) -> Option<Value<'_>> {
    parse_to_ast(text, &CollectOptions::default(), &STRICT).ok()?.value
}

/// Plain JSON: none of the parser's extensions.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Turns the parser's tree into ours.
struct Tree {
    file: u16,
    remarks: Remarks,
    mistakes: Vec<Mistake>,
}

impl Tree {
    /// Recursion is bounded by [`DEEPEST`].
    fn node(&mut self, value: Value<'_>) -> Node {
        let span = place(self.file, value.start()..value.end());
        let value = match value {
            Value::NullKeyword(_) => Json::Null,
            Value::BooleanLit(literal) => Json::Bool(literal.value),
            Value::NumberLit(literal) => Json::Number(self.number(literal.value, span)),
            Value::StringLit(literal) => Json::String(literal.value.into_owned()),
            Value::Array(array) => Json::Array(array.elements.into_iter().map(|value| self.node(value)).collect()),
            Value::Object(object) => Json::Object(self.members(object)),
        };
        At { value, span }
    }

    fn wrong(&mut self, mistake: Mistake) {
        if self.mistakes.len() <= MOST {
            self.mistakes.push(mistake);
        }
    }

    fn members(&mut self, object: Object<'_>) -> Vec<(At<String>, Node)> {
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut members = Vec::with_capacity(object.properties.len());
        for property in object.properties {
            let span = place(self.file, property.name.start()..property.name.end());
            let key = property.name.into_string();
            if key == REMARK && self.remarks == Remarks::Drop {
                continue;
            }
            if let Some(&before) = seen.get(&key) {
                self.wrong(Mistake::new(span, format!("duplicate key `{key}`")).note(before, "it stands here already"));
                continue;
            }
            seen.insert(key.clone(), span);
            let value = self.node(property.value);
            members.push((At { value: key, span }, value));
        }
        members
    }

    /// A whole number that only a float can hold would silently become another one.
    fn number(&mut self, text: &str, span: Span) -> serde_json::Number {
        let number = serde_json::Number::from_str(text).ok();
        let whole = !text.contains(['.', 'e', 'E']) && text != "-0";
        match number {
            Some(number) if !(whole && number.is_f64()) => number,
            _ => {
                self.wrong(Mistake::new(
                    span,
                    format!(
                        "the number is too large; whole numbers go from {} to {}",
                        i64::MIN,
                        u64::MAX
                    ),
                ));
                0.into()
            }
        }
    }
}

/// What the scan found: a limit that is passed ends the reading, a flaw may come after the parser's own error.
#[derive(Default)]
struct Scan {
    limit: Option<Flaw>,
    flaw: Option<Flaw>,
}

/// Looks at each byte once, before anything recurses.
fn scan(text: &str) -> Scan {
    if text.starts_with('\u{feff}') {
        let flaw = Flaw::new(0..3, "the file begins with a byte order mark").help("save it as UTF-8 without one");
        return Scan {
            limit: Some(flaw),
            flaw: None,
        };
    }
    let mut flaw = None;
    let mut quote = None;
    let (mut depth, mut values, mut escaped) = (0_usize, 0_usize, false);
    for (at, byte) in text.bytes().enumerate() {
        if let Some(start) = quote {
            match byte {
                b'\n' | b'\r' => {
                    flaw = flaw.or_else(|| {
                        Some(
                            Flaw::new(start..start + 1, "this string does not end on its line")
                                .help("a line feed in a string is written `\\n`"),
                        )
                    });
                }
                0..0x20 => flaw = flaw.or_else(|| Some(control(at, byte, "is written as an escape in a string"))),
                _ if escaped => {}
                b'"' => quote = None,
                _ => {}
            }
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => quote = Some(at),
            b'[' | b'{' => {
                depth += 1;
                values += 1;
                if depth > DEEPEST {
                    let limit = Flaw::new(at..at + 1, format!("nested more than {DEEPEST} deep"));
                    return Scan {
                        limit: Some(limit),
                        flaw,
                    };
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            b' ' | b'\t' | b'\n' | b'\r' => {}
            0..0x20 => flaw = flaw.or_else(|| Some(control(at, byte, "is no white space in JSON"))),
            0x80.. if text.is_char_boundary(at) => {
                flaw = flaw.or_else(|| {
                    let found = text[at..].chars().next().unwrap_or_default();
                    let code = u32::from(found);
                    Some(Flaw::new(
                        at..at + found.len_utf8(),
                        format!("`{found}` (U+{code:04X}) may stand in strings only"),
                    ))
                });
            }
            _ => {}
        }
        if values > MOST_VALUES {
            let limit = Flaw::new(at..at + 1, format!("more than {MOST_VALUES} values"));
            return Scan {
                limit: Some(limit),
                flaw,
            };
        }
    }
    Scan { limit: None, flaw }
}

fn control(at: usize, byte: u8, rule: &str) -> Flaw {
    Flaw::new(at..at + 1, format!("the control character U+{byte:04X} {rule}"))
}

fn first(error: Flaw, flaw: Option<Flaw>) -> Flaw {
    match flaw {
        Some(flaw) if flaw.at.start <= error.at.start => flaw,
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str) -> String {
        let mistake = parse(text, 0, Remarks::Drop).unwrap_err();
        format!("{}: {}", mistake.span.start, mistake.text)
    }

    #[test]
    fn what_is_not_json_is_said_in_our_words() {
        let cases = [
            ("", "0: the file is empty; expected a JSON value"),
            ("{\"a\": 1 // x\n}", "8: JSON has no comments"),
            ("{\"a\": 1,}", "7: no comma may stand behind the last part"),
            ("[1,]", "2: no comma may stand behind the last part"),
            ("[1 2]", "2: expected a comma"),
            ("[01]", "2: a number does not begin with `0`"),
            ("[0x1]", "1: JSON has no hexadecimal numbers"),
            ("[+1]", "1: a number has no `+` in front"),
            ("[.5]", "1: a decimal point needs a digit before it and one behind it"),
            ("[NaN]", "1: unexpected `NaN`; a string needs `\"` around it"),
            ("['a']", "1: a string stands between `\"`, not between `'`"),
            ("{a: 1}", "1: the key `a` needs `\"` around it"),
            ("{\"a\" 1}", "5: expected a colon behind the key"),
            ("{\"a\":", "5: expected a value behind the colon"),
            ("{\"a\":}", "5: unexpected `}`"),
            (
                "[\n{\"]\\\"\": 1\n]",
                "12: unexpected `]`; the object that begins in line 2 lacks its `}`",
            ),
            ("[1}", "2: unexpected `}`; the list that begins in line 1 lacks its `]`"),
            ("{} {}", "3: expected the end of the file"),
            ("[[1]", "0: this list is not closed"),
            ("{", "0: this object is not closed"),
            ("[\"a", "1: this string is not closed"),
            ("[\"a\n\"]", "1: this string does not end on its line"),
            (
                "[\"a\tb\"]",
                "3: the control character U+0009 is written as an escape in a string",
            ),
            ("[\u{c}1]", "1: the control character U+000C is no white space in JSON"),
            ("[\u{a0}1]", "1: `\u{a0}` (U+00A0) may stand in strings only"),
            ("[“a”]", "1: `“` (U+201C) may stand in strings only"),
            (r#"["\x"]"#, "2: unknown escape `\\x`"),
            (r#"["\'"]"#, "2: unknown escape `\\'`"),
            (r#"["\u12"]"#, "2: `\\u` needs four hexadecimal digits"),
            (r#"["\ud83d"]"#, "2: `\\ud83d` is half of a surrogate pair"),
            (r#"["\ude00"]"#, "2: `\\ude00` is half of a surrogate pair"),
            ("\u{feff}{}", "0: the file begins with a byte order mark"),
        ];
        for (text, expected) in cases {
            assert_eq!(flaw(text), expected, "{text}");
        }
    }

    #[test]
    fn pairs_of_surrogates_and_all_escapes_are_read() {
        let (node, mistakes) = parse(r#""\ud83d\ude00\n\"\\\u0041""#, 0, Remarks::Drop).unwrap();
        assert_eq!(node.value, Json::String("😀\n\"\\A".to_owned()));
        assert!(mistakes.is_empty());
    }

    #[test]
    fn duplicate_keys_are_found_everywhere_with_both_places() {
        let (_, mistakes) = parse(r#"{"a": [{"b": 1, "b": 2}], "a": 3}"#, 0, Remarks::Drop).unwrap();
        let places: Vec<_> = mistakes.iter().map(|m| (m.span.start, m.notes[0].0.start)).collect();
        assert_eq!(places, [(16, 8), (26, 1)]);
    }

    #[test]
    fn remarks_are_left_out_of_scenarios_only() {
        let text = r#"{"//": 1, "//": 2}"#;
        assert_eq!(parse(text, 0, Remarks::Drop).unwrap().0.value, Json::Object(Vec::new()));
        assert_eq!(parse(text, 0, Remarks::Keep).unwrap().1.len(), 1);
    }

    #[test]
    fn numbers_that_would_change_are_mistakes() {
        for (text, wrong) in [
            ("18446744073709551615", 0),
            ("18446744073709551616", 1),
            ("1e999", 1),
            ("-0", 0),
            ("1.5e3", 0),
        ] {
            assert_eq!(parse(text, 0, Remarks::Drop).unwrap().1.len(), wrong, "{text}");
        }
    }

    #[test]
    fn nesting_and_values_are_limited_before_anything_recurses() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&deep(DEEPEST), 0, Remarks::Drop).is_ok());
        assert_eq!(flaw(&deep(10_000)), "128: nested more than 128 deep");
        assert_eq!(flaw(&"[".repeat(10_000)), "128: nested more than 128 deep");
        let many = format!("[{}1]", "1,".repeat(MOST_VALUES));
        assert!(flaw(&many).ends_with("more than 1000000 values"));
    }
}
