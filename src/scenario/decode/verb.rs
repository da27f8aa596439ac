//! What a step does: the values of the verbs.

use super::Decoder;
use super::alternative::Place;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Ending, Json, Life, Node, Verb};
use crate::units::Delay;

/// How the other side can close.
pub(super) const ENDINGS: &[(&str, Ending)] = &[
    ("eof", Ending::Eof),
    ("reset", Ending::Reset),
    ("truncated", Ending::Truncated),
    ("any", Ending::Any),
];

const VERDICT: Shape = Shape {
    what: "a `verdict`",
    keys: &[
        ("fail", "why the run has failed"),
        ("inconclusive", "why the run says nothing"),
    ],
    later: &[],
};

impl Decoder<'_> {
    /// What a verb's value means; `fields` is the step, which holds its parts.
    pub(super) fn verb(&mut self, name: &str, node: &Node, fields: &Fields<'_>) -> Option<Verb> {
        match name {
            "connect" => self.connect(node, fields),
            "accept" => {
                let endpoint = self.endpoint_name(node);
                let name = self.connection_name(fields);
                Some(Verb::Accept {
                    endpoint: endpoint?,
                    name: name?,
                })
            }
            "send" => {
                let payload = self.payload(node);
                let to = fields.get("to").map(|node| self.words(node, "the name of a session"));
                Some(Verb::Send {
                    payload: payload?,
                    to: transpose(to)?,
                })
            }
            "receive" => {
                let matcher = self.matcher(node);
                let optional = fields.get("optional").map(|node| self.truth(node));
                Some(Verb::Receive {
                    matcher: matcher?,
                    optional: transpose(optional)?.unwrap_or_default(),
                })
            }
            "any_order" => Some(Verb::AnyOrder(self.alternatives(node, Place::AnyOrder)?)),
            "choose" => Some(Verb::Choose(self.alternatives(node, Place::Choose)?)),
            "serve" => Some(Verb::Serve(self.alternatives(node, Place::Serve)?)),
            "silence" => Some(Verb::Silence(self.delay(node)?)),
            "broadcast" => {
                let payload = self.payload(node);
                let to = self.audience(fields);
                Some(Verb::Broadcast {
                    payload: payload?,
                    to: to?,
                })
            }
            "request" => self.request(node, fields),
            "respond" => self.respond(node),
            "close" => Some(Verb::Close(self.farewell(node)?)),
            "shutdown" => self.yes(node).map(|()| Verb::Shutdown),
            "reset" => self.yes(node).map(|()| Verb::Reset),
            "closed" => Some(Verb::Closed(self.ending(node)?)),
            "framing" => Some(Verb::Framing(self.framings(node)?)),
            "tls" => Some(Verb::Tls(Box::new(self.tls(node)?))),
            "wait" => Some(Verb::Wait(self.delay(node)?)),
            "timer" => self.timers(node),
            "repeat" => self.repeat(node, fields),
            "parallel" => self.parallel(node, fields),
            "if" => self.condition_with_steps(node, fields),
            "group" => {
                self.list(node, "steps")?;
                Some(Verb::Group(self.steps(node)?))
            }
            "call" => self.call(node, fields),
            "break" => self.yes(node).map(|()| Verb::Break),
            "set" => self.set(node),
            "unset" => Some(Verb::Unset(self.text_or_texts(node, "paths")?)),
            "assert" => Some(Verb::Assert(self.condition(node)?)),
            "note" => {
                let text = self.words(node, "a string as note");
                let over = fields
                    .get("over")
                    .map(|node| self.text_or_texts(node, "names of actors"));
                Some(Verb::Note {
                    text: text?,
                    over: transpose(over)?.unwrap_or_default(),
                })
            }
            "phase" => Some(Verb::Phase(self.words(node, "a string as heading")?)),
            "signal" => Some(Verb::Signal(self.words(node, "the name of a signal")?)),
            "await" => {
                let name = self.words(node, "the name of a signal");
                let times = fields.get("times").map(|node| self.whole(node, 1));
                Some(Verb::Await {
                    name: name?,
                    times: transpose(times)?.map_or(1, |times| times.value),
                })
            }
            "start" => self.life(node, Life::Start),
            "stop" => self.life(node, Life::Stop),
            "restart" => self.life(node, Life::Restart),
            "kill" => self.life(node, Life::Kill),
            "verdict" => self.verdict(node),
            _ => unreachable!("the table of verbs has no other"),
        }
    }

    fn life(&mut self, node: &Node, what: Life) -> Option<Verb> {
        let actor = self.words(node, "the name of an actor")?;
        Some(Verb::Life { what, actor })
    }

    fn connect(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Verb> {
        let to = self.words(node, "the name of an actor or endpoint");
        let name = self.connection_name(fields);
        let framing = fields.get("framing").map(|node| self.framings(node));
        let tls = fields.get("tls").map(|node| self.tls_choice(node));
        let reuse = fields.get("reuse").map(|node| {
            let value = self.truth(node)?;
            Some(At { value, span: node.span })
        });
        let upgrade = self.upgrade(fields);
        Some(Verb::Connect {
            to: to?,
            name: name?,
            framing: transpose(framing)?,
            tls: transpose(tls)?,
            reuse: transpose(reuse)?,
            upgrade: Box::new(upgrade?),
        })
    }

    fn connection_name(&mut self, fields: &Fields<'_>) -> Option<Option<At<String>>> {
        transpose(
            fields
                .get("as")
                .map(|node| self.words(node, "a name for the connection")),
        )
    }

    /// The name of an endpoint, or `true` for the only one.
    pub(super) fn endpoint_name(&mut self, node: &Node) -> Option<Option<At<String>>> {
        match node.value {
            Json::Bool(true) => Some(None),
            _ => Some(Some(self.words(node, "`true` or the name of an endpoint")?)),
        }
    }

    fn timers(&mut self, node: &Node) -> Option<Verb> {
        let what = "an object of durations of timers by name, such as { \"rto\": \"100ms\" }";
        let members = self.some_members(node, what)?;
        let timers: Vec<_> = members
            .iter()
            .map(|(name, node)| {
                let delay = match &node.value {
                    Json::String(text) if text == "off" => None,
                    _ => Some(self.delay(node)?),
                };
                Some((name.clone(), delay))
            })
            .collect::<Vec<Option<(At<String>, Option<At<Delay>>)>>>();
        Some(Verb::Timer(timers.into_iter().collect::<Option<_>>()?))
    }

    fn condition_with_steps(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Verb> {
        let condition = self.condition(node);
        let then = self.need(fields, "do").and_then(|node| self.steps(node));
        let otherwise = fields.get("else").map(|node| self.steps(node));
        Some(Verb::If {
            condition: condition?,
            then: then?,
            otherwise: transpose(otherwise)?.unwrap_or_default(),
        })
    }

    fn set(&mut self, node: &Node) -> Option<Verb> {
        let members = self.some_members(node, "an object of values by name or path, such as { \"n\": 1 }")?;
        Some(Verb::Set(members.to_vec()))
    }

    fn verdict(&mut self, node: &Node) -> Option<Verb> {
        let fields = self.object(node, &VERDICT)?;
        let (kind, reason) = self.one(&fields, &["fail", "inconclusive"], "`fail` or `inconclusive`")?;
        Some(Verb::Verdict {
            fail: kind.value == "fail",
            reason: self.words(reason, "a string as reason")?,
        })
    }

    /// At least one member, none without a name.
    pub(super) fn some_members<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(At<String>, Node)]> {
        let members = self.members(node, what)?;
        if members.is_empty() {
            self.unlike(node, what);
            return None;
        }
        if let Some((key, _)) = members.iter().find(|(key, _)| key.value.is_empty()) {
            self.wrong(Mistake::new(key.span, "a name is empty"));
            return None;
        }
        Some(members)
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("verdict", &VERDICT)];
