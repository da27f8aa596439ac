//! Actors: their instances, their strands, and the variables that the strands share.

use std::sync::Arc;

use serde_json::Value as Json;

use super::compile::Compiler;
use super::names::{self, Cells};
use super::step::{Alternative, Unexpected};
use super::strand::{Kind, Strand};
use super::{Actor, Instance};
use crate::ident::ActorName;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Node, Span};

/// How many instances an actor may have.
const MOST_INSTANCES: u64 = 100_000;

impl Compiler<'_> {
    /// The actors with their instances and endpoints, but without steps: these name actors that come later.
    pub(super) fn compile_actors(&mut self, actors: &[written::Actor]) -> Vec<Actor> {
        actors
            .iter()
            .map(|actor| {
                self.check_actor(actor);
                let rows = actor.count.as_ref().map(|count| self.rows(count));
                let count = rows.as_ref().map(|rows| u32::try_from(rows.len()).unwrap_or(u32::MAX));
                Actor {
                    name: actor.name.value.clone(),
                    instances: instances(&actor.name.value, rows),
                    listen: self.compile_endpoints(actor, count),
                    setup: None,
                    script: None,
                    finally: None,
                    state: Vec::new(),
                    unexpected: Unexpected::Fail,
                    background: Arc::default(),
                    retransmissions: actor.retransmissions.as_ref().map(|said| said.value),
                    per_peer: actor.per_peer.is_some(),
                    unordered: actor.unordered.iter().map(|name| name.value.clone()).collect(),
                    show: actor.show.iter().map(|name| name.value.clone()).collect(),
                    outside: None,
                    serial: actor.serial,
                }
            })
            .collect()
    }

    /// The steps of all actors, each actor's in the file's order.
    pub(super) fn compile_strands(&mut self, written: &[written::Actor], actors: &mut [Actor]) {
        for (place, (written, actor)) in written.iter().zip(actors).enumerate() {
            let mut cells = Cells::default();
            cells.has_rows = actor.instances.iter().any(|instance| instance.row.is_some());
            actor.state = self.compile_state(&written.state, &mut cells);
            actor.outside = self.compile_outside(place, written, &mut cells);
            for part in parts(written) {
                let mut strand = Strand::new(self, place, part.kind(), &mut cells);
                match part {
                    Part::Setup(steps) => actor.setup = Some(strand.block(steps)),
                    Part::Script(steps) => actor.script = Some(strand.block(steps)),
                    Part::Finally(steps) => actor.finally = Some(strand.block(steps)),
                    Part::Session(endpoint, steps) => actor.listen[endpoint].session = Some(strand.block(steps)),
                    Part::Unexpected(alternatives) => {
                        actor.unexpected = Unexpected::Alternatives(strand.choose(alternatives));
                    }
                }
                strand.finish();
            }
            if let Some(background) = &written.background {
                actor.background = self.background(place, background, &mut cells);
            }
            if let Some(written::Unexpected::Ignore) = written.unexpected {
                actor.unexpected = Unexpected::Ignore;
            }
            if let Some(said) = written
                .retransmissions
                .as_ref()
                .filter(|_| !self.datagrams.contains(&place))
            {
                let text = format!(
                    "`retransmissions` is about datagrams, and `{}` has none",
                    written.name.value
                );
                let help = "it neither listens on UDP nor connects to who does";
                self.mistake(Mistake::new(said.span, text).help(help));
            }
            names::check_unordered(self, &written.unordered, &cells);
            names::check_cells(self, cells);
        }
    }

    /// Each rule is a strand of its own, for its variables are new with each message.
    fn background(
        &mut self,
        actor: usize,
        background: &At<Vec<written::Alternative>>,
        cells: &mut Cells,
    ) -> Arc<[Alternative]> {
        let mut rules = Vec::with_capacity(background.value.len());
        for rule in &background.value {
            let mut strand = Strand::new(self, actor, Kind::Background, cells);
            rules.push(strand.alternative(rule));
            strand.finish();
        }
        if !self.framed.contains(&actor) {
            let text = "`background` needs messages, and on `raw` there are none";
            let help = "a `framing` says where a message ends";
            self.mistake(Mistake::new(background.span, text).help(help));
        }
        rules.into()
    }

    fn check_actor(&mut self, actor: &written::Actor) {
        let has_session = actor.listen.iter().any(|endpoint| endpoint.session.is_some());
        if actor.script.is_none() && !has_session && actor.setup.is_empty() && actor.outside.is_none() {
            let text = format!("`{}` has nothing to do", actor.name.value);
            let help = "give it a `script`, or an endpoint with a `session`";
            self.mistake(Mistake::new(actor.name.span, text).help(help));
        }
    }

    /// One row for each instance, `null` where only their number is given.
    fn rows(&mut self, count: &Node) -> Vec<Json> {
        let rows = match self.constant(count) {
            None => return vec![Json::Null],
            Some(Json::Array(rows)) => rows,
            Some(value) => match value.as_u64().or_else(|| value.as_str()?.parse().ok()) {
                Some(number @ 0..=MOST_INSTANCES) => vec![Json::Null; usize::try_from(number).unwrap_or(0)],
                _ => return self.refuse_count(&short(&value), count.span),
            },
        };
        match rows.len() {
            0 => self.refuse_count("0", count.span),
            number if number as u64 > MOST_INSTANCES => self.refuse_count(&format!("{number} rows"), count.span),
            _ => rows,
        }
    }

    fn refuse_count(&mut self, found: &str, span: Span) -> Vec<Json> {
        let text = format!("{found} is no `count`; a number from 1 to {MOST_INSTANCES} or a list of rows is");
        self.mistake(Mistake::new(span, text));
        vec![Json::Null]
    }
}

fn short(value: &Json) -> String {
    match value {
        Json::Object(_) => "an object".to_owned(),
        value => value.to_string(),
    }
}

fn instances(name: &str, rows: Option<Vec<Json>>) -> Vec<Instance> {
    let Some(rows) = rows else {
        return vec![Instance {
            name: ActorName::new(name),
            row: None,
        }];
    };
    (1..)
        .zip(rows)
        .map(|(number, row)| Instance {
            name: ActorName {
                base: name.to_owned(),
                instance: Some(number),
            },
            row: (!row.is_null()).then(|| Arc::new(row)),
        })
        .collect()
}

/// What an actor does, by strand.
enum Part<'a> {
    Setup(&'a [written::Step]),
    Script(&'a [written::Step]),
    Finally(&'a [written::Step]),
    Session(usize, &'a [written::Step]),
    Unexpected(&'a [written::Alternative]),
}

impl Part<'_> {
    fn kind(&self) -> Kind {
        match self {
            Self::Setup(_) | Self::Script(_) | Self::Finally(_) => Kind::Own,
            Self::Session(endpoint, _) => Kind::Session(*endpoint),
            Self::Unexpected(_) => Kind::Unexpected,
        }
    }

    /// Where it begins; an empty one has no place and no steps.
    fn start(&self) -> Option<u32> {
        match self {
            Self::Setup(steps) | Self::Script(steps) | Self::Finally(steps) | Self::Session(_, steps) => {
                steps.first().map(|step| step.span.start)
            }
            Self::Unexpected(alternatives) => alternatives.first().map(|alternative| alternative.span.start),
        }
    }
}

/// The parts of an actor in the file's order.
fn parts(actor: &written::Actor) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for (number, endpoint) in actor.listen.iter().enumerate() {
        parts.extend(endpoint.session.as_deref().map(|steps| Part::Session(number, steps)));
    }
    if !actor.setup.is_empty() {
        parts.push(Part::Setup(&actor.setup));
    }
    parts.extend(actor.script.as_deref().map(Part::Script));
    if !actor.finally.is_empty() {
        parts.push(Part::Finally(&actor.finally));
    }
    if let Some(written::Unexpected::Alternatives(alternatives)) = &actor.unexpected {
        parts.push(Part::Unexpected(alternatives));
    }
    parts.sort_by_key(Part::start);
    parts
}
