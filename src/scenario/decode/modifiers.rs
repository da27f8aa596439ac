//! What changes how a step does what it does.

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Key, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Fails, Json, Modifiers, Node, On, Retry};

/// A modifier, and which verbs take it.
pub(super) struct Modifier {
    pub(super) key: Key,
    verbs: Verbs,
}

enum Verbs {
    All,
    These(&'static [&'static str]),
}

/// All modifiers.
pub(super) const MODIFIERS: &[Modifier] = &[
    Modifier {
        key: ("on", "the connection it is about"),
        verbs: Verbs::These(&[
            "send",
            "receive",
            "any_order",
            "choose",
            "serve",
            "silence",
            "request",
            "close",
            "shutdown",
            "reset",
            "closed",
            "framing",
            "tls",
            "repeat",
            "parallel",
            "if",
            "group",
            "call",
        ]),
    },
    Modifier {
        key: ("timeout", "how long it may take"),
        verbs: Verbs::These(&[
            "connect",
            "accept",
            "send",
            "receive",
            "any_order",
            "choose",
            "serve",
            "broadcast",
            "request",
            "respond",
            "closed",
            "tls",
            "repeat",
            "parallel",
            "if",
            "group",
            "call",
            "await",
        ]),
    },
    Modifier {
        key: ("when", "a condition without which it is left out"),
        verbs: Verbs::All,
    },
    Modifier {
        key: ("atomic", "nobody else's access to the actor's variables comes between"),
        verbs: Verbs::These(&["if", "group"]),
    },
    Modifier {
        key: ("label", "the diagram's text"),
        verbs: Verbs::These(DRAWN),
    },
    Modifier {
        key: ("hide", "not in diagrams"),
        verbs: Verbs::These(DRAWN),
    },
    Modifier {
        key: ("capture", "what to keep of the message: paths or expressions by name"),
        verbs: Verbs::These(&["receive", "request"]),
    },
    Modifier {
        key: ("retry", "how to try again when it fails"),
        verbs: Verbs::These(FAILING),
    },
    Modifier {
        key: ("fails", "it must fail: `true`, or how"),
        verbs: Verbs::These(FAILING),
    },
];

/// Verbs that diagrams show, as arrows or as frames.
const DRAWN: &[&str] = &[
    "connect",
    "accept",
    "send",
    "receive",
    "any_order",
    "choose",
    "serve",
    "silence",
    "broadcast",
    "request",
    "respond",
    "close",
    "shutdown",
    "reset",
    "closed",
    "tls",
    "wait",
    "repeat",
    "parallel",
    "if",
    "group",
    "call",
    "start",
    "stop",
    "restart",
    "kill",
];

/// Verbs that can fail.
const FAILING: &[&str] = &[
    "connect",
    "accept",
    "send",
    "receive",
    "any_order",
    "choose",
    "serve",
    "silence",
    "broadcast",
    "request",
    "respond",
    "closed",
    "tls",
    "repeat",
    "parallel",
    "if",
    "group",
    "call",
    "assert",
    "await",
    "start",
    "stop",
    "restart",
    "kill",
];

/// How many connections `on` may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Connections {
    One,
    Several,
}

/// Verbs that wait on several connections at once, or hold steps that may.
const SEVERAL: &[&str] = &[
    "any_order",
    "choose",
    "serve",
    "silence",
    "repeat",
    "parallel",
    "if",
    "group",
    "call",
];

const RETRY: Shape = Shape {
    what: "a `retry`",
    keys: &[
        ("times", "how many attempts in all"),
        ("every", "the pause before the second attempt"),
        ("factor", "what the pause is multiplied by each time (1)"),
        ("show", "\"count\": the diagram gives the number of refused connects"),
    ],
    later: &[],
};

const FAILS: &[(&str, Fails)] = &[
    ("timeout", Fails::Timeout),
    ("refused", Fails::Refused),
    ("mismatch", Fails::Mismatch),
    ("closed", Fails::Closed),
];

impl Modifier {
    /// Whether a verb takes it.
    pub(super) fn fits(&self, verb: &str) -> bool {
        match self.verbs {
            Verbs::All => true,
            Verbs::These(verbs) => verbs.contains(&verb),
        }
    }
}

impl Decoder<'_> {
    /// The modifiers of a step; those that its verb does not take were told already.
    pub(super) fn modifiers(&mut self, fields: &Fields<'_>, verb: &str) -> Option<Modifiers> {
        let connections = if SEVERAL.contains(&verb) {
            Connections::Several
        } else {
            Connections::One
        };
        let on = fields.get("on").map(|node| self.on(node, connections));
        let timeout = fields.get("timeout").map(|node| self.some_duration(node));
        let when = fields.get("when").map(|node| self.condition(node));
        let atomic = fields
            .member("atomic")
            .map(|(key, node)| Some(self.truth(node)?.then_some(key.span)));
        let label = fields.get("label").map(|node| self.text(node, "a string as label"));
        let hide = fields.get("hide").map(|node| self.truth(node));
        let capture = fields.get("capture").map(|node| self.capture(node));
        let retry = fields.get("retry").map(|node| self.retry(node));
        let fails = fields.get("fails").map(|node| self.fails(node));
        Some(Modifiers {
            on: transpose(on)?,
            timeout: transpose(timeout)?,
            when: transpose(when)?,
            atomic: transpose(atomic)?.flatten(),
            label: transpose(label)?,
            hide: transpose(hide)?.unwrap_or_default(),
            capture: transpose(capture)?.unwrap_or_default(),
            retry: transpose(retry)?,
            fails: transpose(fails)?,
        })
    }

    /// Connections by name.
    pub(super) fn on(&mut self, node: &Node, connections: Connections) -> Option<At<On>> {
        let value = match &node.value {
            Json::String(text) if text == "*" => On::All,
            Json::Array(_) => On::Names(self.texts(node, "names of connections")?),
            _ => On::Name(self.words(node, "the name of a connection")?.value),
        };
        if connections == Connections::One && !matches!(value, On::Name(_)) {
            self.unlike(node, "the name of one connection");
            return None;
        }
        Some(At { value, span: node.span })
    }

    /// Paths or expressions, by the name that keeps their value.
    pub(super) fn capture(&mut self, node: &Node) -> Option<Vec<(At<String>, At<String>)>> {
        let members = self.members(node, "an object of paths or expressions by name")?;
        let captures: Vec<_> = members
            .iter()
            .map(|(name, node)| {
                let name = self.variable(name);
                let path = self.words(node, "a path such as \"$.id\", or an expression");
                Some((name?, path?))
            })
            .collect();
        captures.into_iter().collect()
    }

    fn retry(&mut self, node: &Node) -> Option<At<Retry>> {
        let fields = self.object(node, &RETRY)?;
        let times = self.need(&fields, "times").and_then(|node| self.whole(node, 2));
        let every = self.need(&fields, "every").and_then(|node| self.duration(node));
        let factor = fields.get("factor").map(|node| self.factor(node));
        let show = fields.get("show").map(|node| self.word(node, &[("count", true)], &[]));
        let value = Retry {
            times: times?.value,
            every: every?.value,
            factor: transpose(factor)?.unwrap_or(1.0),
            show_count: transpose(show)?.unwrap_or_default(),
        };
        Some(At { value, span: node.span })
    }

    fn fails(&mut self, node: &Node) -> Option<At<Fails>> {
        let value = match node.value {
            Json::Bool(true) => Fails::Any,
            Json::String(_) => self.word(node, FAILS, &[])?,
            _ => {
                self.unlike(node, "`true`, `timeout`, `refused`, `mismatch` or `closed`");
                return None;
            }
        };
        Some(At { value, span: node.span })
    }

    /// Says that a modifier is none for this verb.
    pub(super) fn misfit(&mut self, key: &At<String>, verb: &str) {
        self.wrong(Mistake::new(key.span, format!("`{verb}` takes no `{}`", key.value)));
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("retry", &RETRY)];
