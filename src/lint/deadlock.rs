//! `deadlock`: two ends of a connection that both begin by waiting for the other.
//!
//! Owns what a strand does first on a connection, as far as that is certain. Does not own signals (`awaits`).

use super::parties::{Kind, Parties, is_template};
use super::walk::{self, Flow, Part, Times};
use super::{Code, Warning};
use crate::scenario::written::{Alternative, At, Guard, Modifiers, On, Span, Step, Verb};

pub(super) fn check(parties: &Parties<'_>, warnings: &mut Vec<Warning>) {
    for (actor, owner) in parties.actors.iter().enumerate() {
        // Other strands of the actor can send to a session's client.
        if sends_to_sessions(parties, actor) {
            continue;
        }
        for (endpoint, listen) in owner.listen.iter().enumerate() {
            let Some(session) = &listen.session else { continue };
            let client = Line {
                name: "client",
                is_default: true,
            };
            let First::Waits { span: server, serves } = first(session, client) else {
                continue;
            };
            for strand in parties.clients_of((actor, endpoint)) {
                for (name, rest) in opened(parties, strand.steps, (actor, endpoint)) {
                    let line = Line {
                        name,
                        is_default: !matches!(strand.kind, Kind::Session(_)),
                    };
                    if let First::Waits { span, serves: also } = first(rest, line)
                        && !(serves && also)
                    {
                        let warning = Warning::new(
                            Code::Deadlock,
                            span,
                            "this waits for the other side, which waits for this one",
                        );
                        let name = parties.endpoint_name(actor, endpoint);
                        warnings.push(warning.note(server, format!("the session of `{name}` begins by waiting here")));
                    }
                }
            }
        }
    }
}

/// Whether a strand of an actor sends to sessions that are not its own.
fn sends_to_sessions(parties: &Parties<'_>, actor: usize) -> bool {
    let mut found = false;
    walk::visit_actor(&parties.actors[actor], &mut |part| {
        if let Part::Step(step) = part {
            found |= matches!(step.verb, Verb::Broadcast { .. } | Verb::Send { to: Some(_), .. });
        }
    });
    found
}

/// The connections that a strand opens to an endpoint, by their names, each with the steps behind.
fn opened<'s>(parties: &Parties<'_>, steps: &'s [Step], endpoint: (usize, usize)) -> Vec<(&'s str, &'s [Step])> {
    let mut found = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        if let Verb::Connect { to, name, .. } = &step.verb
            && is_certain(&step.modifiers)
            && parties.target(&to.value) == Some(endpoint)
        {
            let called = name.as_ref().unwrap_or(to).value.as_str();
            if !is_template(called) {
                found.push((called, &steps[place + 1..]));
            }
        }
    }
    found
}

/// A connection, as a strand sees it.
#[derive(Clone, Copy)]
struct Line<'s> {
    name: &'s str,
    /// Whether a step without `on` means it; where a script has several open, `on` is required.
    is_default: bool,
}

/// What a strand does first on a connection.
enum First {
    /// It waits for the other side, and whether by a `serve`, which ends where everybody only serves.
    Waits { span: Span, serves: bool },
    /// Something else, or what cannot be told.
    Other,
}

fn first(steps: &[Step], line: Line<'_>) -> First {
    for step in steps {
        match about(step, line) {
            About::Nothing => {}
            About::Inside(steps) => match look_inside(steps, line) {
                Some(first) => return first,
                None => continue,
            },
            About::Waits(serves) => {
                return First::Waits {
                    span: step.verb_span,
                    serves,
                };
            }
            About::Other => return First::Other,
        }
    }
    // Its end closes the connection.
    First::Other
}

/// What steps do first on a connection; none where they do nothing on it.
fn look_inside(steps: &[Step], line: Line<'_>) -> Option<First> {
    match steps.iter().all(|step| matches!(about(step, line), About::Nothing)) {
        true => None,
        false => Some(first(steps, line)),
    }
}

/// What a step does on a connection.
enum About<'s> {
    Nothing,
    /// What these steps do, which certainly run.
    Inside(&'s [Step]),
    /// It waits for the other side; `true` for a `serve`.
    Waits(bool),
    Other,
}

fn about<'s>(step: &'s Step, line: Line<'_>) -> About<'s> {
    let modifiers = &step.modifiers;
    let is_on = line.is_meant(modifiers.on.as_ref());
    let waits = |serves| match (is_on, is_certain(modifiers)) {
        (Some(true), true) => About::Waits(serves),
        (Some(false), _) => About::Nothing,
        _ => About::Other,
    };
    match &step.verb {
        Verb::Receive { optional: false, .. } | Verb::Closed(_) => waits(false),
        Verb::Choose(alternatives) | Verb::AnyOrder(alternatives) | Verb::Serve(alternatives) => {
            let is_serve = matches!(step.verb, Verb::Serve(_));
            let own = alternatives.iter().any(|one| one.on.is_some());
            match alternatives.iter().all(|one| waits_for_other_side(one, line)) {
                true if own && is_certain(modifiers) => About::Waits(is_serve),
                true if is_on == Some(true) => waits(is_serve),
                _ => About::Other,
            }
        }
        Verb::Send { .. }
        | Verb::Request { .. }
        | Verb::Respond(_)
        | Verb::Close(_)
        | Verb::Shutdown
        | Verb::Reset
        | Verb::Receive { .. } => match is_on {
            Some(false) => About::Nothing,
            _ => About::Other,
        },
        Verb::Repeat { .. } | Verb::Group(_) if is_certain(modifiers) && modifiers.on.is_none() => {
            match walk::flow(&step.verb) {
                Flow::All(blocks) => match blocks.as_slice() {
                    [steps] => About::Inside(steps),
                    _ => About::Other,
                },
                Flow::Loop {
                    steps,
                    times: Times::Some | Times::Endless,
                } => About::Inside(steps),
                _ => About::Other,
            }
        }
        Verb::Repeat { .. } | Verb::Group(_) | Verb::Parallel { .. } | Verb::If { .. } => About::Other,
        Verb::Break | Verb::Life { .. } | Verb::Silence(_) | Verb::Broadcast { .. } | Verb::Call { .. } => About::Other,
        Verb::Connect { .. }
        | Verb::Accept { .. }
        | Verb::Framing(_)
        | Verb::Tls(_)
        | Verb::Wait(_)
        | Verb::Timer(_)
        | Verb::Set(_)
        | Verb::Unset(_)
        | Verb::Assert(_)
        | Verb::Note { .. }
        | Verb::Phase(_)
        | Verb::Signal(_)
        | Verb::Await { .. }
        | Verb::Verdict { .. } => About::Nothing,
    }
}

/// Whether an alternative is met by nothing but the other side of a connection.
fn waits_for_other_side(alternative: &Alternative, line: Line<'_>) -> bool {
    matches!(alternative.guard, Guard::Receive(_) | Guard::Closed(_))
        && line.is_meant(alternative.on.as_ref()) == Some(true)
        && alternative.each.is_none()
}

impl Line<'_> {
    /// Whether a step is about it; none where that cannot be told.
    fn is_meant(self, on: Option<&At<On>>) -> Option<bool> {
        match on.map(|on| &on.value) {
            None => Some(self.is_default),
            Some(On::Name(on)) if !is_template(on) => Some(on == self.name),
            _ => None,
        }
    }
}

/// Whether a step certainly runs, and nothing is made of it when it fails.
fn is_certain(modifiers: &Modifiers) -> bool {
    modifiers.when.is_none() && modifiers.fails.is_none() && modifiers.retry.is_none()
}
