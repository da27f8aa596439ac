//! Who takes part: the strands of a scenario, and who connects to whom.
//!
//! Owns where a fixed name leads. Does not own what the strands do.

use super::walk::{self, Part};
use crate::scenario::written::{Actor, Outside, Scenario, Span, Step, Verb};

/// One sequence of steps, as the file has it; a session or an actor with a `count` runs it several times.
pub(super) struct Strand<'s> {
    /// Whose it is: the actor's place in the file.
    pub(super) actor: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// Its steps.
    pub(super) steps: &'s [Step],
}

/// What a strand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The actor's `setup`.
    Setup,
    /// Its `script`.
    Script,
    /// Its `finally`.
    Finally,
    /// The session of its endpoint of this place.
    Session(usize),
}

/// A `connect` to a fixed name.
pub(super) struct Connect {
    /// The strand that connects, by its place.
    pub(super) strand: usize,
    /// The actor that it connects to.
    pub(super) actor: usize,
    /// The endpoint, by its place.
    pub(super) endpoint: usize,
}

/// All who take part.
pub(super) struct Parties<'s> {
    /// The actors, in the file's order.
    pub(super) actors: &'s [Actor],
    /// Their strands.
    pub(super) strands: Vec<Strand<'s>>,
    /// Who connects to whom.
    pub(super) connects: Vec<Connect>,
    /// Whether somebody connects to a name that only the run knows.
    pub(super) connects_anywhere: bool,
}

impl<'s> Parties<'s> {
    pub(super) fn of(scenario: &'s Scenario) -> Self {
        let mut parties = Self {
            actors: &scenario.actors,
            strands: Vec::new(),
            connects: Vec::new(),
            connects_anywhere: false,
        };
        for (place, actor) in scenario.actors.iter().enumerate() {
            let mut add = |kind, steps: &'s [Step]| {
                parties.strands.push(Strand {
                    actor: place,
                    kind,
                    steps,
                });
            };
            add(Kind::Setup, &actor.setup);
            if let Some(script) = &actor.script {
                add(Kind::Script, script);
            }
            add(Kind::Finally, &actor.finally);
            for (number, endpoint) in actor.listen.iter().enumerate() {
                if let Some(session) = &endpoint.session {
                    add(Kind::Session(number), session);
                }
            }
        }
        parties.connects();
        parties
    }

    fn connects(&mut self) {
        let (mut found, mut anywhere) = (Vec::new(), false);
        for (strand, own) in self.strands.iter().enumerate() {
            each_step(own.steps, &mut |step| {
                // A redirect leads to whatever address the response says.
                anywhere |= matches!(step.verb, Verb::Request { redirects: Some(_), .. });
                if let Verb::Connect { to, .. } = &step.verb {
                    match self.target(&to.value) {
                        Some((actor, endpoint)) => found.push(Connect {
                            strand,
                            actor,
                            endpoint,
                        }),
                        None => anywhere = true,
                    }
                }
            });
        }
        for actor in self.actors {
            for alternative in walk::beside(actor) {
                each_step(&alternative.steps, &mut |step| {
                    anywhere |= matches!(
                        step.verb,
                        Verb::Connect { .. } | Verb::Request { redirects: Some(_), .. }
                    );
                });
            }
        }
        // Whom a program connects to, only the program knows.
        let is_program = |actor: &Actor| matches!(actor.outside, Some(Outside::Process(_)));
        anywhere |= self.actors.iter().any(is_program);
        self.connects = found;
        self.connects_anywhere = anywhere;
    }

    /// The actor and endpoint that a name leads to; none where it is a template.
    pub(super) fn target(&self, name: &str) -> Option<(usize, usize)> {
        if is_template(name) {
            return None;
        }
        let (actor, endpoint) = match name.split_once('.') {
            Some((actor, endpoint)) => (actor, Some(endpoint)),
            None => (name, None),
        };
        let base = actor.split('[').next().unwrap_or(actor);
        let place = self.actors.iter().position(|actor| actor.name.value == base)?;
        let endpoints = &self.actors[place].listen;
        let number = match endpoint {
            None => 0,
            Some(wanted) => endpoints
                .iter()
                .position(|endpoint| endpoint.name.as_ref().is_some_and(|name| name.value == wanted))?,
        };
        Some((place, number))
    }

    /// The strands that connect to an endpoint, each once.
    pub(super) fn clients_of(&self, endpoint: (usize, usize)) -> Vec<&Strand<'s>> {
        let to_it = |connect: &&Connect| (connect.actor, connect.endpoint) == endpoint;
        let mut strands: Vec<usize> = self
            .connects
            .iter()
            .filter(to_it)
            .map(|connect| connect.strand)
            .collect();
        strands.dedup();
        strands.into_iter().map(|strand| &self.strands[strand]).collect()
    }

    /// The strands of an actor.
    pub(super) fn strands_of(&self, actor: usize) -> impl Iterator<Item = &Strand<'s>> {
        self.strands.iter().filter(move |strand| strand.actor == actor)
    }

    /// What others call an endpoint.
    pub(super) fn endpoint_name(&self, actor: usize, endpoint: usize) -> String {
        let owner = &self.actors[actor];
        match &owner.listen[endpoint].name {
            Some(name) if owner.listen.len() > 1 => format!("{}.{}", owner.name.value, name.value),
            _ => owner.name.value.clone(),
        }
    }

    /// Where an endpoint is named.
    pub(super) fn endpoint_span(&self, actor: usize, endpoint: usize) -> Span {
        let owner = &self.actors[actor];
        match &owner.listen[endpoint].name {
            Some(name) if owner.listen.len() > 1 => name.span,
            _ => owner.name.span,
        }
    }
}

/// Whether only the run knows what a string says.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// All steps, at any depth.
pub(super) fn each_step<'s>(steps: &'s [Step], see: &mut dyn FnMut(&'s Step)) {
    walk::visit(steps, &mut |part| {
        if let Part::Step(step) = part {
            see(step);
        }
    });
}
