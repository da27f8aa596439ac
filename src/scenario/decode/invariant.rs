//! `invariants`: what must hold of everything that is said.

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Invariant, Matcher, Node, Rule, Saying};

/// What kinds there are.
const KINDS: &[&str] = &["every", "never", "at_most", "in_order"];

const INVARIANT: Shape = Shape {
    what: "an invariant",
    keys: &[
        ("every", "each such message has another one behind it or before it"),
        ("followed_by", "the message behind it"),
        ("preceded_by", "the message before it"),
        ("within", "how much later or earlier that may be, such as \"50ms\""),
        ("never", "a message that does not occur"),
        ("at_most", "how many times a message may occur"),
        ("of", "the message that is counted"),
        ("per", "captures, for each value of which it is counted"),
        (
            "in_order",
            "messages, each of which has the one before it somewhere before",
        ),
        ("label", "what findings call it"),
    ],
    later: &[],
};

const SAYING: Shape = Shape {
    what: "a message of an invariant",
    keys: &[
        ("sent", "a matcher of what is sent"),
        ("received", "a matcher of what a step takes"),
        ("by", "the actor that sends or takes it"),
        ("to", "the actor that it is sent to"),
        ("from", "the actor that it is taken from"),
    ],
    later: &[],
};

/// A part, and the key that it stands beside.
type Beside = (&'static str, &'static str);

impl Decoder<'_> {
    /// All of them, in order.
    pub(super) fn invariants(&mut self, node: &Node) -> Vec<Invariant> {
        let all = self.list(node, "invariants").unwrap_or_default();
        all.iter().filter_map(|one| self.invariant(one)).collect()
    }

    fn invariant(&mut self, node: &Node) -> Option<Invariant> {
        const PARTS: &[Beside] = &[
            ("followed_by", "every"),
            ("preceded_by", "every"),
            ("within", "every"),
            ("of", "at_most"),
            ("per", "at_most"),
        ];
        let fields = self.object(node, &INVARIANT)?;
        let (kind, value) = self.one(&fields, KINDS, "kind")?;
        let label = fields.get("label").map(|node| self.words(node, "a text as label"));
        let fits = self.stand_beside(&fields, PARTS, &kind.value);
        let rule = match kind.value.as_str() {
            "every" => self.every(&fields, value),
            "never" => self.saying(value).map(Rule::Never),
            "at_most" => self.at_most(&fields, value),
            _ => self.in_order(value),
        };
        Some(Invariant {
            span: kind.span,
            label: transpose(label)?.map(|label| label.value),
            rule: rule.filter(|_| fits)?,
        })
    }

    /// Refuses parts that belong to another key.
    fn stand_beside(&mut self, fields: &Fields<'_>, parts: &[Beside], kind: &str) -> bool {
        let mut fits = true;
        for (part, beside) in parts.iter().filter(|(_, beside)| *beside != kind) {
            if let Some((key, _)) = fields.member(part) {
                self.wrong(Mistake::new(
                    key.span,
                    format!("`{part}` stands beside `{beside}` only"),
                ));
                fits = false;
            }
        }
        fits
    }

    fn every(&mut self, fields: &Fields<'_>, value: &Node) -> Option<Rule> {
        let every = self.saying(value);
        let other = self.one(
            fields,
            &["followed_by", "preceded_by"],
            "`followed_by` or `preceded_by`",
        );
        let other = other.and_then(|(key, node)| Some((key.value == "followed_by", self.saying(node)?)));
        let within = fields.get("within").map(|node| self.some_duration(node));
        let (followed, other) = other?;
        Some(Rule::Every {
            every: every?,
            followed,
            other,
            within: transpose(within)?.map(|within| within.value),
        })
    }

    fn at_most(&mut self, fields: &Fields<'_>, value: &Node) -> Option<Rule> {
        let most = self.whole::<u64>(value, 1);
        let of = self.need(fields, "of").and_then(|node| self.saying(node));
        let per = fields.get("per").map(|node| {
            let names = self.list(node, "names of captures")?;
            let names: Vec<_> = names.iter().map(|name| self.variable_in(name)).collect();
            names.into_iter().collect::<Option<Vec<_>>>()
        });
        Some(Rule::AtMost {
            most: most?.value,
            of: of?,
            per: transpose(per)?.unwrap_or_default(),
        })
    }

    fn in_order(&mut self, node: &Node) -> Option<Rule> {
        let parts = self.list(node, "messages")?;
        if parts.len() < 2 {
            self.wrong(Mistake::new(node.span, "`in_order` needs two messages at least"));
            return None;
        }
        let parts: Vec<_> = parts.iter().map(|part| self.saying(part)).collect();
        parts.into_iter().collect::<Option<Vec<_>>>().map(Rule::InOrder)
    }

    fn saying(&mut self, node: &Node) -> Option<Saying> {
        const PARTS: &[Beside] = &[("to", "sent"), ("from", "received")];
        let fields = self.object(node, &SAYING)?;
        let (kind, value) = self.one(&fields, &["sent", "received"], "`sent` or `received`")?;
        let fits = self.stand_beside(&fields, PARTS, &kind.value);
        let sent = kind.value == "sent";
        let matcher = self.said(value);
        let mut actor = |key: &str| fields.get(key).map(|node| self.words(node, "the name of an actor"));
        let by = actor("by");
        let peer = actor(if sent { "to" } else { "from" });
        Some(Saying {
            span: node.span,
            sent,
            matcher: matcher.filter(|_| fits)?,
            by: transpose(by)?,
            peer: transpose(peer)?,
        })
    }

    /// A matcher of what was said, which has an end.
    fn said(&mut self, node: &Node) -> Option<At<Matcher>> {
        if let Some((key, _)) = Fields::of(node, INVARIANT.what, &[]).member("until") {
            let text = "`until` says where a message ends, and an invariant looks at messages that have ended";
            self.wrong(Mistake::new(key.span, text));
            return None;
        }
        self.nested(node)
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("invariant", &INVARIANT), ("saying", &SAYING)];
