//! What is done several times: `repeat` and `parallel`.

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Branches, Json, Node, Rounds, Verb};

const ROUNDS: Shape = Shape {
    what: "a `repeat`",
    keys: &[
        ("while", "the condition"),
        ("for", "the variable that holds the element"),
        ("in", "the elements"),
    ],
    later: &[],
};

const BRANCHES: Shape = Shape {
    what: "a `parallel`",
    keys: &[("for", "the variable that holds the element"), ("in", "the elements")],
    later: &[],
};

impl Decoder<'_> {
    /// `repeat` with its parts.
    pub(super) fn repeat(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Verb> {
        let rounds = match &node.value {
            Json::Object(_) => self.rounds(node),
            _ => self.times(node, "a number of rounds, a template, `while`, or `for` with `in`"),
        };
        let round = fields.get("as").map(|node| self.variable_in(node));
        let steps = self.need(fields, "do").and_then(|node| self.steps(node));
        Some(Verb::Repeat {
            rounds: At {
                value: rounds?,
                span: node.span,
            },
            round: transpose(round)?,
            steps: steps?,
        })
    }

    /// `parallel` with its parts.
    pub(super) fn parallel(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Verb> {
        let branch = fields.get("as").map(|node| self.variable_in(node));
        let branches = match &node.value {
            Json::Array(_) => self.lists(node, fields),
            _ => {
                let rounds = match &node.value {
                    Json::Object(_) => self
                        .object(node, &BRANCHES)
                        .and_then(|fields| self.elements(&fields))
                        .map(|(name, elements)| Rounds::For { name, elements }),
                    _ => self.times(
                        node,
                        "lists of steps, a number of branches, a template, or `for` with `in`",
                    ),
                };
                let steps = self.need(fields, "do").and_then(|node| self.steps(node));
                rounds
                    .zip(steps)
                    .map(|(rounds, steps)| Branches::Same { rounds, steps })
            }
        };
        Some(Verb::Parallel {
            branches: At {
                value: branches?,
                span: node.span,
            },
            branch: transpose(branch)?,
        })
    }

    fn lists(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Branches> {
        if let Some((key, _)) = fields.member("do") {
            self.wrong(Mistake::new(key.span, "`do` has no place beside lists of steps"));
        }
        let parts = self.list(node, "lists of steps")?;
        let lists: Vec<_> = parts.iter().map(|part| self.steps(part)).collect();
        Some(Branches::Lists(lists.into_iter().collect::<Option<_>>()?))
    }

    fn rounds(&mut self, node: &Node) -> Option<Rounds> {
        let fields = self.object(node, &ROUNDS)?;
        let (kind, value) = match fields.member("in") {
            // `in` alone: it is `for` that is missing.
            Some(elements) if fields.get("while").is_none() && fields.get("for").is_none() => elements,
            _ => self.one(&fields, &["while", "for"], "`while` or `for`")?,
        };
        if kind.value == "while" {
            if let Some((key, _)) = fields.member("in") {
                self.wrong(Mistake::new(key.span, "`in` stands beside `for` only"));
            }
            return Some(Rounds::While(self.condition(value)?));
        }
        let (name, elements) = self.elements(&fields)?;
        Some(Rounds::For { name, elements })
    }

    fn times(&mut self, node: &Node, what: &str) -> Option<Rounds> {
        match node.value {
            Json::Number(_) => {
                self.whole::<u64>(node, 0)?;
            }
            _ if Self::is_template(node) => {}
            _ => {
                self.unlike(node, what);
                return None;
            }
        }
        Some(Rounds::Times(node.clone()))
    }

    /// `for` and `in`, which need each other.
    pub(super) fn elements(&mut self, fields: &Fields<'_>) -> Option<(At<String>, Node)> {
        let name = self.need(fields, "for").and_then(|node| self.variable_in(node));
        let elements = self.need(fields, "in").and_then(|node| {
            if matches!(node.value, Json::Array(_)) || Self::is_template(node) {
                return Some(node.clone());
            }
            self.unlike(node, "a list or a template");
            None
        });
        name.zip(elements)
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("rounds", &ROUNDS), ("branches", &BRANCHES)];
