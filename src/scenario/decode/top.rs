//! The top level of a scenario: everything but its actors.

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use crate::finding::Expect;
use crate::scenario::data;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{Actor, At, Json, Limits, Node, Scenario, Var, VarValue};

/// The newest version of the format that is read.
const VERSION: u64 = 1;

const SCENARIO: Shape = Shape {
    what: "a scenario",
    keys: &[
        ("$schema", "the JSON Schema, for editors"),
        ("wiretale", "the format's version, 1"),
        ("title", "what it is called"),
        ("description", "what it is about"),
        ("tags", "words to choose scenarios by"),
        ("seed", "a whole number that all chance depends on"),
        ("limits", "what bounds the run"),
        (
            "include",
            "files whose `vars`, `messages`, `matchers` and `procedures` are added",
        ),
        ("vars", "constants"),
        ("messages", "layouts of binary messages by name"),
        ("matchers", "matchers by name"),
        ("procedures", "steps by name, to be called"),
        ("data", "rows, each of which everything is played for"),
        ("mask", "what diagrams show as something else"),
        ("expect", "`fail` where the scenario is known to fail"),
        ("invariants", "what must hold of everything that is said"),
        ("actors", "who takes part, by name"),
    ],
    later: &["links"],
};

const LIMITS: Shape = Shape {
    what: "`limits`",
    keys: &[
        ("scenario", "how long the whole run may take (\"30s\")"),
        ("step", "how long a step without a `timeout` may wait (\"5s\")"),
        ("message", "the largest message (\"16MiB\")"),
        ("steps", "how many steps a strand may do (1000000)"),
        (
            "unsent",
            "how much may wait to be sent on a direction of a connection (\"16MiB\")",
        ),
        (
            "unread",
            "how much may wait to be read on a direction of a connection (\"16MiB\")",
        ),
    ],
    later: &[],
};

impl Decoder<'_> {
    /// The whole file.
    pub(super) fn scenario(&mut self, node: &Node) -> Option<Scenario> {
        let fields = self.object(node, &SCENARIO)?;
        self.about_format(&fields);
        let reused = self.reused(&fields);
        Some(Scenario {
            title: fields
                .get("title")
                .and_then(|node| self.words(node, "a string as title"))
                .map(|text| text.value),
            description: fields
                .get("description")
                .and_then(|node| self.text(node, "a string as description"))
                .map(|text| text.value),
            tags: self.tags(&fields),
            seed: fields
                .get("seed")
                .and_then(|node| self.whole(node, 0))
                .map(|seed| seed.value),
            limits: fields
                .get("limits")
                .and_then(|node| self.limits(node))
                .unwrap_or_default(),
            vars: reused.vars,
            layouts: reused.layouts,
            matchers: reused.matchers,
            procedures: reused.procedures,
            data: fields.get("data").and_then(|node| self.data(node)),
            mask: fields.get("mask").map(|node| self.mask(node)).unwrap_or_default(),
            expect: fields.get("expect").and_then(|node| self.expect(node)),
            invariants: fields
                .get("invariants")
                .map(|node| self.invariants(node))
                .unwrap_or_default(),
            actors: self.need(&fields, "actors").and_then(|node| self.actors(node))?,
        })
    }

    /// What a file says of its format.
    pub(super) fn about_format(&mut self, fields: &Fields<'_>) {
        self.version(fields);
        if let Some(node) = fields.get("$schema") {
            self.text(node, "the address of a schema");
        }
    }

    fn version(&mut self, fields: &Fields<'_>) {
        let Some(node) = fields.get("wiretale") else {
            return;
        };
        let Some(version) = self.whole::<u64>(node, 1) else {
            return;
        };
        if version.value > VERSION {
            self.wrong(
                Mistake::new(
                    node.span,
                    format!(
                        "the format's version {} is newer than {VERSION}, the newest known here",
                        version.value
                    ),
                )
                .help("a newer wiretale can read it"),
            );
        }
    }

    fn expect(&mut self, node: &Node) -> Option<At<Expect>> {
        let value = self.word(node, &[("fail", Expect::Fail)], &[])?;
        Some(At { value, span: node.span })
    }

    fn tags(&mut self, fields: &Fields<'_>) -> Vec<String> {
        let tags = fields.get("tags").and_then(|node| self.texts(node, "strings as tags"));
        tags.unwrap_or_default().into_iter().map(|tag| tag.value).collect()
    }

    fn limits(&mut self, node: &Node) -> Option<Limits> {
        let fields = self.object(node, &LIMITS)?;
        let scenario = fields.get("scenario").map(|node| self.some_duration(node));
        let step = fields.get("step").map(|node| self.some_duration(node));
        let message = fields.get("message").map(|node| self.size(node));
        let steps = fields.get("steps").map(|node| self.whole(node, 1));
        let unsent = fields.get("unsent").map(|node| self.size(node));
        let unread = fields.get("unread").map(|node| self.size(node));
        Some(Limits {
            scenario: value(scenario)?,
            step: value(step)?,
            message: value(message)?,
            steps: value(steps)?,
            unsent: value(unsent)?,
            unread: value(unread)?,
        })
    }

    pub(super) fn vars(&mut self, node: &Node) -> Option<Vec<Var>> {
        let members = self.members(node, "an object of constants by name")?;
        let vars: Vec<_> = members
            .iter()
            .map(|(name, node)| {
                let name = self.variable(name);
                let value = self.var(node);
                Some(Var {
                    name: name?,
                    value: value?,
                })
            })
            .collect();
        vars.into_iter().collect()
    }

    /// An object with nothing but `file` is what the file holds.
    pub(super) fn var(&mut self, node: &Node) -> Option<VarValue> {
        let file = match &node.value {
            Json::Object(members) => match members.as_slice() {
                [(key, file)] if key.value == "file" => file,
                _ => return Some(VarValue::Json(node.clone())),
            },
            _ => return Some(VarValue::Json(node.clone())),
        };
        let name = self.words(file, "the name of a file")?;
        match data::read(self.files, &name) {
            Ok(value) => Some(VarValue::File(At { value, span: node.span })),
            Err(mistakes) => {
                for mistake in mistakes {
                    self.wrong(mistake);
                }
                None
            }
        }
    }

    fn actors(&mut self, node: &Node) -> Option<Vec<Actor>> {
        let members = self.members(node, "an object of actors by name")?;
        if members.is_empty() {
            self.wrong(Mistake::new(node.span, "a scenario needs at least one actor"));
            return None;
        }
        let actors: Vec<_> = members.iter().map(|(name, node)| self.actor(name, node)).collect();
        actors.into_iter().collect()
    }
}

/// Whether a key means something at the top level of a scenario, perhaps later.
pub(super) fn is_known(key: &str) -> bool {
    SCENARIO.keys.iter().any(|(known, _)| *known == key) || SCENARIO.later.contains(&key)
}

fn value<T>(read: Option<Option<At<T>>>) -> Option<Option<T>> {
    Some(transpose(read)?.map(|at| at.value))
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("", &SCENARIO), ("limits", &LIMITS)];
