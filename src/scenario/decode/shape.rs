//! What an object of the format may hold, as tables.
//!
//! Owns the checks that a table alone decides: unknown keys, missing ones, and one of several. Does not own the tables;
//! they stand beside the code that reads their objects.

use super::Decoder;
use super::value::found;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::written::{At, Json, Node, Span};

/// A key, and what it is for, in a few words.
pub(super) type Key = (&'static str, &'static str);

/// The keys of an object that may have a matcher of a body beside its own.
macro_rules! keys_beside_a_matcher {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            ("text", "a body of exactly this text"),
            ("json", "a body of JSON in which every member given here is there and matches"),
            ("json_exact", "a body of JSON with these members and no others"),
            ("contains", "text somewhere inside the body"),
            ("pattern", "a body of text with places to capture"),
            ("regex", "a regular expression for the whole body"),
            ("hex", "a body of bytes in hexadecimal, `??` for any byte"),
            ("base64", "a body of exactly these bytes, in base64"),
            ("file", "a body of exactly what a file holds"),
            ("fill", "a body of exactly one byte again and again"),
            ("size", "the size of the body in bytes, or the least and the most"),
            ("any", "any body: `true`"),
            ("one_of", "a body that at least one of these matchers matches"),
            ("all_of", "a body that each of these matchers matches"),
            ("not", "a body that this matcher doesn't match"),
            ("form", "a body of a form with at least these fields"),
            ("schema", "a body of JSON that is valid against a JSON Schema file"),
            ("is", "a body that the matcher of this name matches"),
        ]
    };
}
pub(super) use keys_beside_a_matcher;

/// The keys of an object that may have a body beside its own.
macro_rules! keys_beside_a_body {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            ("text", "a body of text"),
            ("json", "a body of JSON, written compactly"),
            ("form", "a body of a form's fields by name"),
            ("hex", "a body of bytes in hexadecimal"),
            ("base64", "a body of bytes in base64"),
            ("file", "the name of a file that is the body"),
            ("fill", "a body of one byte again and again"),
            ("random", "a body of so many random bytes"),
            ("copy", "the body of the last message received"),
        ]
    };
}
pub(super) use keys_beside_a_body;

/// What an object may hold.
#[derive(Debug)]
pub(super) struct Shape {
    /// What it is called, with its article: `an actor`.
    pub(super) what: &'static str,
    /// Its keys.
    pub(super) keys: &'static [Key],
    /// Keys of the format that this version does not have yet.
    pub(super) later: &'static [&'static str],
}

/// The members of an object, none of which is unknown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'n> {
    /// The whole object.
    pub(super) span: Span,
    what: &'static str,
    keys: &'static [Key],
    members: &'n [(At<String>, Node)],
}

impl<'n> Fields<'n> {
    /// Members that were looked through already.
    pub(super) fn of(node: &'n Node, what: &'static str, keys: &'static [Key]) -> Self {
        let members = match &node.value {
            Json::Object(members) => members.as_slice(),
            _ => &[],
        };
        Self {
            span: node.span,
            what,
            keys,
            members,
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.member(key).map(|(_, node)| node)
    }

    /// A key with its place, and its value.
    pub(super) fn member(&self, key: &str) -> Option<(&'n At<String>, &'n Node)> {
        let (key, node) = self.members.iter().find(|(name, _)| name.value == key)?;
        Some((key, node))
    }
}

impl Decoder<'_> {
    /// An object of this shape; its unknown keys are mistakes.
    pub(super) fn object<'n>(&mut self, node: &'n Node, shape: &Shape) -> Option<Fields<'n>> {
        let members = self.members(node, &format!("{}: an object", shape.what))?;
        for (key, _) in members {
            if !shape.keys.iter().any(|(name, _)| *name == key.value) {
                self.unknown(key, shape.what, shape.keys.iter().map(|(name, _)| *name), shape.later);
            }
        }
        Some(Fields::of(node, shape.what, shape.keys))
    }

    /// An object with members of any name.
    pub(super) fn members<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(At<String>, Node)]> {
        match &node.value {
            Json::Object(members) => Some(members),
            _ => {
                self.unlike(node, what);
                None
            }
        }
    }

    /// Says that a key is none that may stand here.
    pub(super) fn unknown<'a>(
        &mut self,
        key: &At<String>,
        what: &str,
        allowed: impl Iterator<Item = &'a str>,
        later: &[&str],
    ) {
        if later.contains(&key.value.as_str()) {
            return self.later(key.span, &key.value);
        }
        if self.is_full() {
            return;
        }
        let allowed: Vec<&str> = allowed.collect();
        let mistake = Mistake::new(key.span, format!("unknown key `{}` in {what}", key.value));
        let mistake = match nearest(&key.value, allowed.iter().copied()) {
            Some(_) => mistake.did_you_mean(&key.value, allowed),
            None => mistake.help(allowed_are(&allowed)),
        };
        self.wrong(mistake);
    }

    /// Says that something of the format is not there yet.
    pub(super) fn later(&mut self, span: Span, name: &str) {
        self.wrong(Mistake::new(span, format!("`{name}` is not supported yet")));
    }

    /// Says that a value is of another type or kind than it must be.
    pub(super) fn unlike(&mut self, node: &Node, allowed: &str) {
        self.wrong(Mistake::new(
            node.span,
            format!("expected {allowed}, found {}", found(node)),
        ));
    }

    /// The value of a key that must be there.
    pub(super) fn need<'n>(&mut self, fields: &Fields<'n>, key: &str) -> Option<&'n Node> {
        let node = fields.get(key);
        if node.is_none() {
            let meaning = fields.keys.iter().find(|(name, _)| *name == key);
            let meaning = meaning.map_or("", |(_, meaning)| meaning);
            let text = format!("{} needs `{key}`: {meaning}", fields.what);
            self.wrong(Mistake::new(beginning(fields.span), text));
        }
        node
    }

    /// The one member of several that exclude each other; `what` names such a member: `verb`, `guard`.
    pub(super) fn one<'n>(
        &mut self,
        fields: &Fields<'n>,
        choices: &[&str],
        what: &str,
    ) -> Option<(&'n At<String>, &'n Node)> {
        let mut present = fields
            .members
            .iter()
            .filter(|(key, _)| choices.contains(&key.value.as_str()));
        let Some((first, node)) = present.next() else {
            // A key that is no key was told already, and is likely to be what was meant.
            if fields
                .members
                .iter()
                .all(|(key, _)| fields.keys.iter().any(|(name, _)| *name == key.value))
            {
                self.wrong(
                    Mistake::new(beginning(fields.span), format!("{} needs a {what}", fields.what))
                        .help(allowed_are(choices)),
                );
            }
            return None;
        };
        for (second, _) in present {
            self.wrong(
                Mistake::new(
                    second.span,
                    format!(
                        "{} has one {what}, but `{}` stands beside `{}`",
                        fields.what, second.value, first.value
                    ),
                )
                .note(first.span, format!("`{}` stands here", first.value)),
            );
        }
        Some((first, node))
    }
}

/// The bracket that opens an object or list.
pub(super) fn beginning(span: Span) -> Span {
    Span {
        end: (span.start + 1).min(span.end),
        ..span
    }
}

/// "allowed is `a`", "allowed are `a`, `b` and `c`".
pub(super) fn allowed_are(names: &[&str]) -> String {
    let are = if names.len() == 1 { "is" } else { "are" };
    format!("allowed {are} {}", list(names, "and"))
}

/// "`a`, `b` and `c`".
pub(super) fn list(names: &[&str], last: &str) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => format!("`{one}`"),
        [before @ .., end] => {
            let before: Vec<_> = before.iter().map(|name| format!("`{name}`")).collect();
            format!("{} {last} `{end}`", before.join(", "))
        }
    }
}
