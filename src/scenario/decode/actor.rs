//! One of `actors`.

use super::Decoder;
use super::alternative::Place;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{Actor, Alternative, At, Endpoint, Json, Node, Retransmissions, Step, Unexpected};

const ACTOR: Shape = Shape {
    what: "an actor",
    keys: &[
        ("listen", "its endpoint, or a list of them"),
        ("session", "steps for each connection at its endpoint"),
        ("setup", "steps before all scripts"),
        ("script", "its own steps"),
        ("finally", "steps after all scripts and sessions"),
        ("count", "how many there are, or rows to have one each"),
        ("state", "first values of its variables"),
        ("unexpected", "what to do with a message that a step doesn't want"),
        ("background", "alternatives tried first whenever it waits"),
        (
            "retransmissions",
            "what to do with datagrams that are equal to an earlier one",
        ),
        ("order", "whether it matters which of several peers came first"),
        ("unordered", "variables whose order nobody cares about"),
        ("show", "headers that the diagram shows of what it sends and receives"),
        ("process", "a real program that plays it"),
        ("at", "the address of somebody else who plays it"),
        (
            "serial",
            "`true`: where wiretale does not play it, what is said to it and by it is one sequence",
        ),
    ],
    later: &["durable"],
};

/// Variables that every actor is given.
const GIVEN: &[&str] = &["name", "index", "row"];

impl Decoder<'_> {
    /// An actor with its name.
    pub(super) fn actor(&mut self, name: &At<String>, node: &Node) -> Option<Actor> {
        let name = self.actor_name(name);
        let fields = self.object(node, &ACTOR)?;
        let listen = self.listen(&fields);
        let setup = fields.get("setup").map(|node| self.steps(node));
        let script = fields.get("script").map(|node| self.steps(node));
        let finally = fields.get("finally").map(|node| self.steps(node));
        let count = fields.get("count").map(|node| self.count(node));
        let state = fields.get("state").map(|node| self.state(node));
        let unexpected = fields.get("unexpected").map(|node| self.unexpected(node));
        let background = fields
            .member("background")
            .map(|(key, node)| self.background(key, node));
        let retransmissions = fields.member("retransmissions").map(|(key, node)| {
            let words = [("absorb", Retransmissions::Absorb), ("answer", Retransmissions::Answer)];
            let value = self.word(node, &words, &[])?;
            Some(At { value, span: key.span })
        });
        let order = fields.get("order").map(|node| {
            let per_peer = self.word(node, &[("strict", false), ("per-peer", true)], &[])?;
            Some(per_peer.then_some(node.span))
        });
        let unordered = fields
            .get("unordered")
            .map(|node| self.texts(node, "names of the actor's variables"));
        let show = fields.get("show").map(|node| self.texts(node, "names of headers"));
        let outside = self.outside(&fields);
        let serial = fields.get("serial").map(|node| self.truth(node));
        Some(Actor {
            name: name?,
            listen: listen?,
            setup: transpose(setup)?.unwrap_or_default(),
            script: transpose(script)?,
            finally: transpose(finally)?.unwrap_or_default(),
            count: transpose(count)?,
            state: transpose(state)?.unwrap_or_default(),
            unexpected: transpose(unexpected)?,
            background: transpose(background)?,
            retransmissions: transpose(retransmissions)?,
            per_peer: transpose(order)?.flatten(),
            unordered: transpose(unordered)?.unwrap_or_default(),
            show: transpose(show)?.unwrap_or_default(),
            outside: outside?,
            serial: transpose(serial)?.unwrap_or_default(),
        })
    }

    /// The endpoints, the actor's own `session` being its only endpoint's.
    fn listen(&mut self, fields: &Fields<'_>) -> Option<Vec<Endpoint>> {
        let endpoints = fields.get("listen").map(|node| self.endpoints(node));
        let session = fields.member("session").map(|(key, node)| (key, self.steps(node)));
        let mut endpoints = transpose(endpoints)?.unwrap_or_default();
        let Some((key, steps)) = session else {
            return Some(endpoints);
        };
        match endpoints.as_mut_slice() {
            [] => {
                let mistake = Mistake::new(key.span, "a `session` needs an endpoint");
                self.wrong(mistake.help("`\"listen\": \"tcp\"` beside it gives the actor one"));
                None
            }
            [endpoint] if endpoint.session.is_none() => {
                endpoint.session = Some(steps?);
                Some(endpoints)
            }
            [endpoint] => {
                let mistake = Mistake::new(key.span, "the endpoint has a `session` already");
                self.wrong(mistake.note(endpoint.span, "the endpoint is here"));
                None
            }
            _ => {
                let text = "of several endpoints each has a `session` of its own";
                self.wrong(Mistake::new(key.span, text));
                None
            }
        }
    }

    fn count(&mut self, node: &Node) -> Option<Node> {
        match &node.value {
            Json::Number(_) => {
                self.whole::<u32>(node, 1)?;
            }
            Json::Array(rows) if !rows.is_empty() => {}
            _ if Self::is_template(node) => {}
            _ => {
                self.unlike(node, "a number of actors, a list of rows or a template");
                return None;
            }
        }
        Some(node.clone())
    }

    fn state(&mut self, node: &Node) -> Option<Vec<(At<String>, Node)>> {
        let members = self.members(node, "an object of first values by name")?;
        let state: Vec<_> = members
            .iter()
            .map(|(name, value)| {
                if GIVEN.contains(&name.value.as_str()) {
                    let text = format!("`actor.{}` is given already; no variable can be called so", name.value);
                    self.wrong(Mistake::new(name.span, text));
                    return None;
                }
                Some((self.variable(name)?, value.clone()))
            })
            .collect();
        state.into_iter().collect()
    }

    fn unexpected(&mut self, node: &Node) -> Option<Unexpected> {
        match node.value {
            Json::Array(_) => Some(Unexpected::Alternatives(self.alternatives(node, Place::Unexpected)?)),
            Json::String(_) => {
                let fail = self.word(node, &[("fail", true), ("ignore", false)], &[])?;
                Some(if fail { Unexpected::Fail } else { Unexpected::Ignore })
            }
            _ => {
                self.unlike(node, "`fail`, `ignore` or a list of alternatives");
                None
            }
        }
    }

    fn background(&mut self, key: &At<String>, node: &Node) -> Option<At<Vec<Alternative>>> {
        let value = self.alternatives(node, Place::Background)?;
        Some(At { value, span: key.span })
    }

    /// Steps, one after another; there may be none.
    pub(super) fn steps(&mut self, node: &Node) -> Option<Vec<Step>> {
        let Json::Array(parts) = &node.value else {
            self.unlike(node, "a list of steps");
            return None;
        };
        let steps: Vec<_> = parts.iter().map(|part| self.step(part)).collect();
        steps.into_iter().collect()
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("actor", &ACTOR)];
