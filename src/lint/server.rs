//! `unmet-server`: what a server does and no client can meet; `lonely-actor`: who has nothing to do with anybody.

use std::sync::Arc;

use super::parties::{Kind, Parties, each_step};
use super::walk::{self, Part};
use super::{Code, Warning, matching};
use crate::scenario::mistake::nearest;
use crate::scenario::written::{
    At, Endpoint, Framing, Framings, Guard, Json, Matcher, Modifiers, Node, On, Payload, Span, Step, Verb,
};

pub(super) fn check(parties: &Parties<'_>, warnings: &mut Vec<Warning>) {
    let lonely = lonely(parties);
    if let [_, _, ..] = parties.actors {
        for &actor in &lonely {
            let name = &parties.actors[actor].name;
            if parties.actors[actor].listen.is_empty() {
                let text = format!("`{}` has nothing to do with any other actor", name.value);
                let help = "it connects to nobody, nobody connects to it, and it gives and awaits no signal";
                warnings.push(Warning::new(Code::LonelyActor, name.span, text).help(help));
            }
        }
    }
    if parties.connects_anywhere {
        return;
    }
    for (actor, owner) in parties.actors.iter().enumerate() {
        for (endpoint, listen) in owner.listen.iter().enumerate() {
            let Some(session) = &listen.session else { continue };
            // At a port that is known, clients from outside may be expected.
            if listen.port.as_ref().is_some_and(|port| !is_free(port)) {
                continue;
            }
            let met = parties
                .connects
                .iter()
                .any(|connect| (connect.actor, connect.endpoint) == (actor, endpoint));
            if met {
                unsent(parties, (actor, endpoint), session, warnings);
            } else {
                let name = parties.endpoint_name(actor, endpoint);
                let text = format!("nobody connects to `{name}`, so its session never runs");
                let span = parties.endpoint_span(actor, endpoint);
                let help = "`connect` to it; or give it a fixed port, if its clients come from outside";
                warnings.push(Warning::new(Code::UnmetServer, span, text).help(help));
            }
        }
    }
}

/// Whether a port is any that is free.
fn is_free(port: &Node) -> bool {
    matches!(&port.value, Json::Number(number) if number.as_u64() == Some(0))
}

/// Actors that neither connect, nor are connected to, nor have to do with signals.
fn lonely(parties: &Parties<'_>) -> Vec<usize> {
    let met = |actor: usize| {
        let strand_of = |strand: usize| parties.strands[strand].actor;
        let connected = parties.connects.iter();
        let mut meets = parties.connects_anywhere && !parties.actors[actor].listen.is_empty();
        meets |= parties.actors[actor].outside.is_some();
        meets |= connected
            .into_iter()
            .any(|connect| connect.actor == actor || strand_of(connect.strand) == actor);
        walk::visit_actor(&parties.actors[actor], &mut |part| {
            meets |= match part {
                Part::Step(step) => {
                    matches!(step.verb, Verb::Connect { .. } | Verb::Signal(_) | Verb::Await { .. })
                }
                Part::Alternative(alternative) => matches!(alternative.guard, Guard::Await(_)),
                _ => false,
            };
        });
        meets
    };
    (0..parties.actors.len()).filter(|&actor| !met(actor)).collect()
}

/// What clients send, where that is known.
enum Sent {
    /// These bytes.
    Fixed(Arc<[u8]>),
    /// Text with this before and this behind what only the run knows.
    Around(String, String),
}

/// Messages that a session waits for and that nobody sends.
fn unsent(parties: &Parties<'_>, endpoint: (usize, usize), session: &[Step], warnings: &mut Vec<Warning>) {
    let listen = &parties.actors[endpoint.0].listen[endpoint.1];
    if !keeps_messages(listen) || opens_others(session) {
        return;
    }
    let Some(sent) = all_sent(parties, endpoint) else {
        return;
    };
    for (matcher, span) in expected(session) {
        let Matcher::Payload(payload) = &matcher.value else {
            continue;
        };
        let Some(bytes) = matching::fixed(payload) else {
            continue;
        };
        let may_be = |sent: &Sent| match sent {
            Sent::Fixed(sent) => sent == &bytes,
            Sent::Around(begin, end) => bytes.starts_with(begin.as_bytes()) && bytes.ends_with(end.as_bytes()),
        };
        if !sent.iter().any(may_be) {
            let name = parties.endpoint_name(endpoint.0, endpoint.1);
            let mut warning = Warning::new(
                Code::UnmetServer,
                span,
                format!("nobody sends this message to `{name}`"),
            );
            let texts = sent.iter().filter_map(|sent| match sent {
                Sent::Fixed(bytes) => std::str::from_utf8(bytes).ok(),
                Sent::Around(..) => None,
            });
            if let Ok(text) = std::str::from_utf8(&bytes)
                && let Some(near) = nearest(text, texts)
            {
                warning = warning.help(format!("did you mean `{near}`?"));
            }
            warnings.push(warning);
        }
    }
}

/// Whether each payload arrives as one message, byte for byte.
fn keeps_messages(listen: &Endpoint) -> bool {
    let keeps = |framing: &Framing| {
        matches!(
            framing,
            Framing::Lines | Framing::Crlf | Framing::Length { .. } | Framing::Fixed(_)
        )
    };
    match listen.framing.as_ref().map(|framing| &framing.value) {
        Some(Framings::Both(framing)) => keeps(framing),
        Some(Framings::Each { client, .. }) => client.as_ref().is_some_and(keeps),
        None => false,
    }
}

/// Whether a session has other connections than its client's, or reads its client's in another way.
fn opens_others(session: &[Step]) -> bool {
    let mut found = false;
    walk::visit(session, &mut |part| {
        found |= match part {
            Part::Step(step) => matches!(step.verb, Verb::Connect { .. } | Verb::Accept { .. } | Verb::Framing(_)),
            Part::Alternative(alternative) => matches!(alternative.guard, Guard::Accept { .. }),
            _ => false,
        };
    });
    found
}

/// All that the strands send which connect to an endpoint, on whatever connection; none where it cannot be told.
fn all_sent(parties: &Parties<'_>, endpoint: (usize, usize)) -> Option<Vec<Sent>> {
    let mut sent = Vec::new();
    let mut known = true;
    for strand in parties.clients_of(endpoint) {
        let mut look = |step: &Step| match &step.verb {
            Verb::Send { payload, .. } | Verb::Broadcast { payload, .. } => match sent_as(&payload.value) {
                Some(payload) => sent.push(payload),
                None => known = false,
            },
            Verb::Framing(_) | Verb::Request { .. } | Verb::Connect { framing: Some(_), .. } => known = false,
            _ => {}
        };
        each_step(strand.steps, &mut look);
        for alternative in walk::beside(&parties.actors[strand.actor]) {
            each_step(&alternative.steps, &mut look);
        }
        // What another session's steps send to this strand's client stays on that client's connection; but a `setup` may
        // leave its connection to the `script`.
        if strand.kind != Kind::Script {
            parties
                .strands_of(strand.actor)
                .for_each(|other| each_step(other.steps, &mut look));
        }
    }
    known.then_some(sent)
}

fn sent_as(payload: &Payload) -> Option<Sent> {
    if let Some(bytes) = matching::fixed(payload) {
        // A line may lose a CR at its end.
        return (!bytes.ends_with(b"\r")).then_some(Sent::Fixed(bytes));
    }
    let Payload::Text(text) = payload else { return None };
    let (begin, rest) = text.value.split_once("{{")?;
    let (_, end) = rest.rsplit_once("}}")?;
    (!end.ends_with('\r') && !rest.contains("'{{'")).then(|| Sent::Around(begin.to_owned(), end.to_owned()))
}

/// What a session waits for on its client's connection, with the places to point at.
fn expected(session: &[Step]) -> Vec<(&At<Matcher>, Span)> {
    let mut found = Vec::new();
    walk::visit(session, &mut |part| match part {
        Part::Step(Step {
            verb: Verb::Receive {
                matcher,
                optional: false,
            },
            modifiers: Modifiers { fails: None, on, .. },
            ..
        }) if is_client(on.as_ref()) => found.push((matcher, matcher.span)),
        Part::Alternative(alternative) if is_client(alternative.on.as_ref()) => {
            if let Guard::Receive(matcher) = &alternative.guard {
                found.push((matcher, matcher.span));
            }
        }
        _ => {}
    });
    found
}

fn is_client(on: Option<&At<On>>) -> bool {
    on.is_none_or(|on| on.value == On::Name("client".to_owned()))
}
