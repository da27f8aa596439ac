//! Names of variables.
//!
//! Owns making a name that expressions can have of what a value is called where it stands. Does not own which values have
//! names (`values`).

use std::collections::HashMap;

/// Names that mean something else in expressions.
const TAKEN: &[&str] = &[
    "actor",
    "address",
    "and",
    "choice",
    "else",
    "false",
    "if",
    "in",
    "is",
    "local",
    "message",
    "none",
    "not",
    "null",
    "or",
    "peer",
    "port",
    "random_int",
    "random_text",
    "range",
    "row",
    "session",
    "size",
    "true",
    "uuid",
    "int",
    "word",
    "rest",
    "dict",
    "namespace",
    "debug",
];

/// A name that a variable can have.
pub(super) fn identifier(name: &str) -> String {
    let (mut made, mut before) = (String::new(), '_');
    for c in name.trim_start_matches("set-").chars().take(32) {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            made.push('_');
        }
        match c {
            c if c.is_ascii_alphanumeric() => made.push(c.to_ascii_lowercase()),
            _ if !made.ends_with('_') => made.push('_'),
            _ => {}
        }
        before = c;
    }
    let made = made.trim_matches('_');
    match made.chars().next() {
        Some(c) if c.is_ascii_alphabetic() && !TAKEN.contains(&made) => made.to_owned(),
        Some(_) if TAKEN.contains(&made) => format!("{made}_value"),
        _ => "value".to_owned(),
    }
}

/// The name, with a number behind it where it was given before.
pub(super) fn unique(name: &str, names: &mut HashMap<String, u32>) -> String {
    let count = names.entry(name.to_owned()).or_default();
    *count += 1;
    match count {
        1 => name.to_owned(),
        count => format!("{name}_{count}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_members_and_no_word_of_expressions() {
        assert_eq!(identifier("userId"), "user_id");
        assert_eq!(identifier("set-cookie"), "cookie");
        assert_eq!(identifier("session"), "session_value");
        assert_eq!(identifier("TOKEN"), "token");
        assert_eq!(identifier("7"), "value");
    }
}
