//! When two instances are equal, and what is drawn for both.
//!
//! Owns comparing their lines: numbers in labels may differ where each is its own instance's. Does not own which instances
//! are compared (`instances`).

use std::collections::BTreeMap;

use crate::diagram::entry::{Drawn, Node, NodeKind, Who};
use crate::trace::mask::{Marks, is_mark};

/// Masked values, and who has them.
pub(super) struct Values<'a> {
    marks: &'a Marks,
    /// The one instance in whose lines each stands; none where it stands in others too.
    owners: BTreeMap<char, Option<Who>>,
}

impl<'a> Values<'a> {
    /// Those in these lines.
    pub(super) fn of(nodes: &[Node], marks: &'a Marks) -> Self {
        let mut owners = BTreeMap::new();
        let entries = nodes.iter().filter(|_| !marks.is_empty()).flat_map(Node::entries);
        for entry in entries {
            let (Drawn::Arrow(.., text) | Drawn::Note(_, text) | Drawn::NoteOverAll(text)) = &entry.drawn else {
                continue;
            };
            for mark in text.chars().filter(|c| is_mark(*c)) {
                let owner = owners.entry(mark).or_insert(entry.owner);
                if *owner != entry.owner {
                    *owner = None;
                }
            }
        }
        Self { marks, owners }
    }

    fn is_own(&self, mark: char, who: Who) -> bool {
        self.owners.get(&mark).copied().flatten() == Some(who)
    }
}

/// Two instances, line by line.
pub(super) struct Comparison<'a> {
    /// One, and its number.
    pub(super) first: (Who, u32),
    /// The other.
    pub(super) other: (Who, u32),
    /// For each number in the labels of the first, in order, whether it is its own.
    pub(super) own: &'a mut Vec<bool>,
    /// How many numbers were compared.
    pub(super) at: usize,
    /// Whether `own` is given, and not to be found out.
    pub(super) decided: bool,
    /// The masked values.
    pub(super) values: &'a Values<'a>,
    /// Values of the first with those of the other that stand in their places, where each is its own.
    pub(super) pairs: BTreeMap<char, char>,
}

impl Comparison<'_> {
    /// Whether both draw the same.
    pub(super) fn nodes(&mut self, a: &Node, b: &Node) -> bool {
        match (&a.kind, &b.kind) {
            (NodeKind::One(a), NodeKind::One(b)) => self.drawn(&a.drawn, &b.drawn),
            (NodeKind::Run(a), NodeKind::Run(b)) => {
                a.times == b.times
                    && a.body.len() == b.body.len()
                    && a.body.iter().zip(&b.body).all(|(a, b)| self.nodes(a, b))
            }
            _ => false,
        }
    }

    fn drawn(&mut self, a: &Drawn, b: &Drawn) -> bool {
        match (a, b) {
            (Drawn::Arrow(from, to, arrow, text), Drawn::Arrow(other_from, other_to, other_arrow, other_text)) => {
                arrow == other_arrow
                    && self.same(*from, *other_from)
                    && self.same(*to, *other_to)
                    && self.texts(text, other_text)
            }
            (Drawn::Note(over, text), Drawn::Note(other_over, other_text)) => {
                over.len() == other_over.len()
                    && over.iter().zip(other_over).all(|(a, b)| self.same(*a, *b))
                    && self.texts(text, other_text)
            }
            (Drawn::NoteOverAll(text), Drawn::NoteOverAll(other_text)) => self.texts(text, other_text),
            _ => false,
        }
    }

    fn same(&self, a: Who, b: Who) -> bool {
        (a == self.first.0 && b == self.other.0) || (a == b && a != self.first.0)
    }

    fn texts(&mut self, a: &str, b: &str) -> bool {
        let (mut a, mut b) = (Words { rest: a }, Words { rest: b });
        loop {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(x), Some(y)) if is_number(x) && is_number(y) => {
                    let own = is(x, self.first.1) && is(y, self.other.1);
                    if !self.decided {
                        self.own.push(own);
                    }
                    let masked = self.own.get(self.at).copied();
                    self.at += 1;
                    match masked {
                        Some(true) if own => {}
                        Some(false) if x == y => {}
                        _ => return false,
                    }
                }
                (Some(x), Some(y)) if x == y => {}
                (Some(x), Some(y)) if self.values_are_alike(x, y) => {}
                _ => return false,
            }
        }
    }

    /// Whether two masked values are each its own instance's and stand in the same places.
    fn values_are_alike(&mut self, x: &str, y: &str) -> bool {
        let (Some(x), Some(y)) = (mark(x), mark(y)) else {
            return false;
        };
        let marks = self.values.marks;
        let alike = marks.place(x) == marks.place(y)
            && self.values.is_own(x, self.first.0)
            && self.values.is_own(y, self.other.0)
            && self.pairs.iter().all(|(a, b)| (*a == x) == (*b == y));
        if alike {
            self.pairs.insert(x, y);
        }
        alike
    }
}

fn mark(word: &str) -> Option<char> {
    word.chars().next().filter(|c| is_mark(*c))
}

/// A text's runs of digits, its masked values, and what is between them.
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let first = self.rest.chars().next()?;
        let number = first.is_ascii_digit();
        let end = if is_mark(first) {
            Some(first.len_utf8())
        } else {
            self.rest.find(|c: char| c.is_ascii_digit() != number || is_mark(c))
        };
        let end = end.unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(word)
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn is(word: &str, number: u32) -> bool {
    word.trim_start_matches('0').parse() == Ok(number)
}

/// The text with `{n}` for its own numbers, of which `at` were seen before.
pub(super) fn masked(text: &str, own: &[bool], at: &mut usize) -> String {
    let mut masked = String::with_capacity(text.len());
    for word in (Words { rest: text }) {
        let mut mask = false;
        if is_number(word) {
            mask = own.get(*at).copied().unwrap_or_default();
            *at += 1;
        }
        masked.push_str(if mask { "{n}" } else { word });
    }
    masked
}
