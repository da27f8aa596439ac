//! The alternatives of `choose`, `serve`, `any_order`, `unexpected` and `background`.

use super::Decoder;
use super::framing::transpose;
use super::modifiers::Connections;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{Alternative, At, Guard, Node};

const ALTERNATIVE: Shape = Shape {
    what: "an alternative",
    keys: &[
        ("receive", "a message that matches"),
        ("request", "an HTTP request that matches"),
        ("closed", "an end of the connection: \"eof\", \"reset\" or \"any\""),
        ("accept", "a connection at the endpoint named; `true`: at the only one"),
        ("await", "a signal"),
        ("after", "this long in this `choose` or round of `serve`"),
        ("timer", "a timer of this strand, by its name"),
        ("as", "the name of the connection accepted"),
        ("when", "a condition on what came"),
        ("on", "the connection, several, or \"*\" for all"),
        ("capture", "what to keep of the message: paths or expressions by name"),
        ("label", "the diagram's text"),
        ("hide", "not in diagrams"),
        ("for", "in `any_order`: the variable of a value that `in` has"),
        ("in", "the values for `for`"),
        ("do", "the steps that follow"),
    ],
    later: &[],
};

const GUARDS: &[&str] = &["receive", "request", "closed", "accept", "await", "after", "timer"];

/// Keys that only some guards can have beside them.
const BESIDE: &[(&str, &[&str])] = &[
    ("as", &["accept"]),
    ("on", &["receive", "request", "closed"]),
    ("capture", &["receive", "request"]),
];

/// Where alternatives stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    AnyOrder,
    Choose,
    Serve,
    Unexpected,
    Background,
}

impl Place {
    /// The guards that make sense there.
    fn guards(self) -> &'static [&'static str] {
        match self {
            Self::AnyOrder => &["receive", "request", "closed", "accept", "await", "timer"],
            Self::Choose | Self::Serve => GUARDS,
            Self::Unexpected => &["receive", "request"],
            Self::Background => &["receive"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::AnyOrder => "any_order",
            Self::Choose => "choose",
            Self::Serve => "serve",
            Self::Unexpected => "unexpected",
            Self::Background => "background",
        }
    }
}

impl Decoder<'_> {
    /// At least one alternative.
    pub(super) fn alternatives(&mut self, node: &Node, place: Place) -> Option<Vec<Alternative>> {
        let parts = self.list(node, "alternatives")?;
        let alternatives: Vec<_> = parts.iter().map(|part| self.alternative(part, place)).collect();
        alternatives.into_iter().collect()
    }

    fn alternative(&mut self, node: &Node, place: Place) -> Option<Alternative> {
        let fields = self.object(node, &ALTERNATIVE)?;
        let guard = self.one(&fields, GUARDS, "guard").map(|(key, value)| {
            if !place.guards().contains(&key.value.as_str()) {
                let text = format!("`{}` is no guard for `{}`", key.value, place.name());
                self.wrong(Mistake::new(key.span, text));
            }
            self.beside(&fields, &key.value);
            (key.span, self.guard(&key.value, value, &fields))
        });
        if let (Place::Background, Some((key, _))) = (place, fields.member("on")) {
            let text = "`on` has no place in `background`, which is tried on each connection";
            self.wrong(Mistake::new(key.span, text));
        }
        let when = fields.get("when").map(|node| self.condition(node));
        let on = fields.get("on").map(|node| self.on(node, Connections::Several));
        let capture = fields.get("capture").map(|node| self.capture(node));
        let label = fields.get("label").map(|node| self.text(node, "a string as label"));
        let hide = fields.get("hide").map(|node| self.truth(node));
        let each = self.each(&fields, place);
        let steps = fields.get("do").map(|node| self.steps(node));
        let (guard_span, guard) = guard?;
        Some(Alternative {
            span: fields.span,
            guard_span,
            guard: guard?,
            when: transpose(when)?,
            on: transpose(on)?,
            capture: transpose(capture)?.unwrap_or_default(),
            label: transpose(label)?,
            hide: transpose(hide)?.unwrap_or_default(),
            each: each?,
            steps: transpose(steps)?.unwrap_or_default(),
        })
    }

    fn beside(&mut self, fields: &Fields<'_>, guard: &str) {
        for (key, guards) in BESIDE {
            if let Some((key, _)) = fields.member(key)
                && !guards.contains(&guard)
            {
                let text = format!("`{}` has no place beside `{guard}`", key.value);
                self.wrong(Mistake::new(key.span, text));
            }
        }
    }

    fn guard(&mut self, kind: &str, node: &Node, fields: &Fields<'_>) -> Option<Guard> {
        match kind {
            "receive" => Some(Guard::Receive(self.matcher(node)?)),
            "request" => self.request_guard(node),
            "closed" => Some(Guard::Closed(self.ending(node)?)),
            "accept" => {
                let endpoint = self.endpoint_name(node);
                let name = fields
                    .get("as")
                    .map(|node| self.words(node, "a name for the connection"));
                Some(Guard::Accept {
                    endpoint: endpoint?,
                    name: transpose(name)?,
                })
            }
            "await" => Some(Guard::Await(self.words(node, "the name of a signal")?)),
            "after" => Some(Guard::After(self.delay(node)?)),
            _ => Some(Guard::Timer(self.words(node, "the name of a timer")?)),
        }
    }

    fn each(&mut self, fields: &Fields<'_>, place: Place) -> Option<Option<(At<String>, Node)>> {
        let (name, elements) = (fields.member("for"), fields.member("in"));
        let Some((key, _)) = name.or(elements) else {
            return Some(None);
        };
        if place != Place::AnyOrder {
            let text = format!("`{}` stands in an alternative of `any_order` only", key.value);
            self.wrong(Mistake::new(key.span, text));
            return None;
        }
        self.elements(fields).map(Some)
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("alternative", &ALTERNATIVE)];
