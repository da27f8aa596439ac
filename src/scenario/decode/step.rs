//! One step: which verb it has, and whether all else in it belongs to that verb.

use super::Decoder;
use super::modifiers::MODIFIERS;
use super::shape::{Fields, allowed_are, beginning, unlike};
use super::verbs::{LATER, VERBS, VerbShape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Json, Node, Step};

const WHAT: &str = "a step";

impl Decoder<'_> {
    /// An object with one verb, its parts, and modifiers.
    pub(super) fn step(&mut self, node: &Node) -> Option<Step> {
        const ALLOWED: &str = "a step: an object with a verb";
        if let Json::String(word) = &node.value
            && shape_of(word).is_some()
        {
            self.wrong(unlike(node, ALLOWED).help(format!("a verb is a key: `{{ \"{word}\": … }}`")));
            return None;
        }
        let members = self.members(node, ALLOWED)?;
        let (key, value, shape) = self.verb_of(node, members)?;
        for (other, _) in members {
            self.belongs(other, shape);
        }
        let fields = Fields::of(node, "this step", shape.parts);
        let modifiers = self.modifiers(&fields, shape.key.0);
        let verb = self.verb(shape.key.0, value, &fields);
        Some(Step {
            span: node.span,
            verb_span: key.span,
            verb: verb?,
            modifiers: modifiers?,
        })
    }

    /// The only verb of a step. A key that is a verb elsewhere and a part here (`framing` beside `connect`) is a part.
    fn verb_of<'n>(
        &mut self,
        node: &Node,
        members: &'n [(At<String>, Node)],
    ) -> Option<(&'n At<String>, &'n Node, &'static VerbShape)> {
        let verbs: Vec<_> = members
            .iter()
            .filter_map(|(key, value)| shape_of(&key.value).map(|shape| (key, value, shape)))
            .collect();
        let is_part = |key: &str| {
            verbs
                .iter()
                .any(|(_, _, shape)| shape.parts.iter().any(|(part, _)| *part == key))
        };
        let mut verbs_alone = verbs.iter().filter(|(key, ..)| !is_part(&key.value));
        let Some(&(first, value, shape)) = verbs_alone.next() else {
            self.no_verb(node, members);
            return None;
        };
        for (second, ..) in verbs_alone {
            let text = format!(
                "a step has one verb, but `{}` stands beside `{}`",
                second.value, first.value
            );
            self.wrong(
                Mistake::new(second.span, text)
                    .note(first.span, format!("`{}` stands here", first.value))
                    .help("two steps are two objects"),
            );
        }
        Some((first, value, shape))
    }

    /// What is told of a step without a verb: its unknown keys, one of which is likely to be meant as one.
    fn no_verb(&mut self, node: &Node, members: &[(At<String>, Node)]) {
        let unknown: Vec<_> = members.iter().filter(|(key, _)| !is_known(&key.value)).collect();
        for (key, _) in &unknown {
            self.unknown(key, WHAT, VERBS.iter().map(|shape| shape.key.0), LATER);
        }
        if unknown.is_empty() {
            let verbs: Vec<_> = VERBS.iter().map(|shape| shape.key.0).collect();
            self.wrong(Mistake::new(beginning(node.span), "a step needs a verb").help(allowed_are(&verbs)));
        }
    }

    /// Whether a key may stand beside this verb.
    fn belongs(&mut self, key: &At<String>, shape: &VerbShape) {
        let (name, verb) = (key.value.as_str(), shape.key.0);
        if name == verb || shape.parts.iter().any(|(part, _)| *part == name) {
            return;
        }
        if let Some(modifier) = MODIFIERS.iter().find(|modifier| modifier.key.0 == name) {
            if !modifier.fits(verb) {
                self.misfit(key, verb);
            }
            return;
        }
        if shape.later.contains(&name) {
            return self.later(key.span, name);
        }
        if shape_of(name).is_some() {
            return; // A second verb, which was told already.
        }
        if is_known(name) {
            return self.misfit(key, verb);
        }
        let modifiers = MODIFIERS
            .iter()
            .filter(|modifier| modifier.fits(verb))
            .map(|modifier| modifier.key.0);
        let allowed = shape.parts.iter().map(|(part, _)| *part).chain(modifiers);
        self.unknown(key, &format!("a step with `{verb}`"), allowed, LATER);
    }
}

fn shape_of(key: &str) -> Option<&'static VerbShape> {
    VERBS.iter().find(|shape| shape.key.0 == key)
}

/// Whether a key is a part of some verb, or a modifier.
fn is_known(key: &str) -> bool {
    MODIFIERS.iter().any(|modifier| modifier.key.0 == key)
        || VERBS
            .iter()
            .any(|shape| shape.parts.iter().any(|(part, _)| *part == key))
}
