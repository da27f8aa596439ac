//! Single values: texts, numbers, lists, names.
//!
//! Owns the types that members have, and how a value of another type is called in a mistake. Does not own objects
//! (`shape`), nor durations and sizes (`time`).

use super::Decoder;
use super::shape::list;
use crate::ident::{OUTSIDE, RESERVED};
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::written::{At, Json, Node};

/// Names that expressions use themselves, so that no variable may have them.
const TAKEN: &[&str] = &[
    "actor", "message", "peer", "session", "local", "true", "false", "none", "True", "False", "None", "and", "or",
    "not", "in", "is", "if", "else",
];

impl Decoder<'_> {
    /// A text that may be empty.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<At<String>> {
        match &node.value {
            Json::String(text) => Some(At {
                value: text.clone(),
                span: node.span,
            }),
            _ => {
                self.unlike(node, what);
                None
            }
        }
    }

    /// A text that says something.
    pub(super) fn words(&mut self, node: &Node, what: &str) -> Option<At<String>> {
        let text = self.text(node, what)?;
        if text.value.is_empty() {
            self.unlike(node, what);
            return None;
        }
        Some(text)
    }

    /// A bare expression that holds or not.
    pub(super) fn condition(&mut self, node: &Node) -> Option<At<String>> {
        let text = self.words(node, "a condition, such as \"n > 3\"")?;
        if text.value.trim_start().starts_with("{{") {
            self.wrong(Mistake::new(text.span, "a condition stands without `{{ }}`"));
            return None;
        }
        Some(text)
    }

    /// One of a few words. Those of `later` are not there yet.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, words: &[(&str, T)], later: &[&str]) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let Json::String(text) = &node.value else {
            self.unlike(node, &list(&names, "or"));
            return None;
        };
        if let Some((_, value)) = words.iter().find(|(name, _)| name == text) {
            return Some(*value);
        }
        if later.contains(&text.as_str()) {
            self.later(node.span, text);
        } else {
            let mistake = Mistake::new(
                node.span,
                format!("expected {}, found {}", list(&names, "or"), found(node)),
            );
            self.wrong(match nearest(text, names.iter().copied()) {
                Some(_) => mistake.did_you_mean(text, names),
                None => mistake,
            });
        }
        None
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, node: &Node) -> Option<bool> {
        match node.value {
            Json::Bool(value) => Some(value),
            _ => {
                self.unlike(node, "`true` or `false`");
                None
            }
        }
    }

    /// `true`, for keys that say all by being there.
    pub(super) fn yes(&mut self, node: &Node) -> Option<()> {
        match node.value {
            Json::Bool(true) => Some(()),
            _ => {
                self.unlike(node, "`true`");
                None
            }
        }
    }

    /// A whole number that is at least `least`.
    pub(super) fn whole<T: TryFrom<u64>>(&mut self, node: &Node, least: u64) -> Option<At<T>> {
        let number = match &node.value {
            Json::Number(number) => number.as_u64().filter(|&number| number >= least),
            _ => None,
        };
        match number.map(T::try_from) {
            Some(Ok(value)) => Some(At { value, span: node.span }),
            Some(Err(_)) => {
                self.wrong(Mistake::new(node.span, format!("{} is too large", found(node))));
                None
            }
            None => {
                self.unlike(node, &format!("a whole number from {least}"));
                None
            }
        }
    }

    /// A list that is not empty, `what` naming its parts.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.value {
            Json::Array(parts) if !parts.is_empty() => Some(parts),
            Json::Array(_) => {
                self.unlike(node, &format!("one or more {what}"));
                None
            }
            _ => {
                self.unlike(node, &format!("a list of {what}"));
                None
            }
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<At<String>>> {
        let parts = self.list(node, what)?;
        let texts: Vec<_> = parts.iter().map(|part| self.text(part, "a string")).collect();
        texts.into_iter().collect()
    }

    /// A list of texts, or one.
    pub(super) fn text_or_texts(&mut self, node: &Node, what: &str) -> Option<Vec<At<String>>> {
        match &node.value {
            Json::String(_) => Some(vec![self.words(node, what)?]),
            _ => self.texts(node, what),
        }
    }

    /// Whether this is a text with an expression in it.
    pub(super) fn is_template(node: &Node) -> bool {
        matches!(&node.value, Json::String(text) if text.contains("{{"))
    }

    /// The name of an actor.
    pub(super) fn actor_name(&mut self, name: &At<String>) -> Option<At<String>> {
        if name.value == OUTSIDE {
            let text = format!("no actor is called `{OUTSIDE}`: that is who connects without being of the scenario");
            self.wrong(Mistake::new(name.span, text));
            return None;
        }
        self.name(name, "actor")
    }

    /// The name of an actor or endpoint, which other names are made of.
    pub(super) fn name(&mut self, name: &At<String>, what: &str) -> Option<At<String>> {
        let wrong = if name.value.is_empty() {
            "is empty".to_owned()
        } else if let Some(c) = name.value.chars().find(|c| RESERVED.contains(c)) {
            format!("has a `{c}` in it, which has a meaning of its own in names")
        } else if name.value.chars().any(char::is_control) {
            "has a control character in it".to_owned()
        } else if name.value.trim() != name.value {
            "begins or ends with white space".to_owned()
        } else {
            return Some(name.clone());
        };
        self.wrong(Mistake::new(name.span, format!("the {what}'s name {wrong}")));
        None
    }

    /// The name of a variable, as expressions can use it.
    pub(super) fn variable(&mut self, name: &At<String>) -> Option<At<String>> {
        let text = name.value.as_str();
        let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let wrong = if text.is_empty() || !letters || text.starts_with(|c: char| c.is_ascii_digit()) {
            "is no name of a variable; those have letters, digits and `_`, and begin with no digit"
        } else if text.starts_with("__") {
            "begins with `__`, as the variables of wiretale itself do; no other can be called so"
        } else if TAKEN.contains(&text) {
            "has a meaning of its own in expressions; no variable can be called so"
        } else {
            return Some(name.clone());
        };
        self.wrong(Mistake::new(name.span, format!("`{text}` {wrong}")));
        None
    }

    /// The name of a variable, as a value.
    pub(super) fn variable_in(&mut self, node: &Node) -> Option<At<String>> {
        let name = self.text(node, "the name of a variable")?;
        self.variable(&name)
    }
}

/// What a value is called.
pub(super) fn found(node: &Node) -> String {
    /// As much of a text as a line has room for.
    const MOST: usize = 40;
    match &node.value {
        Json::Null => "`null`".to_owned(),
        Json::Bool(value) => format!("`{value}`"),
        Json::Number(number) => format!("the number {number}"),
        Json::String(text) if text.is_empty() => "an empty string".to_owned(),
        Json::String(text) if text.chars().count() > MOST => "a string".to_owned(),
        Json::String(text) => format!("the string {text:?}"),
        Json::Array(parts) if parts.is_empty() => "an empty list".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(members) if members.is_empty() => "an empty object".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}
