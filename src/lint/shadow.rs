//! `shadowed-alternative`: alternatives that another leaves nothing for.

use super::cover::covers;
use super::parties::Parties;
use super::walk::{self, Part};
use super::{Code, Warning};
use crate::scenario::written::{Alternative, At, Guard, On, Verb};
use crate::units::Delay;

pub(super) fn check(parties: &Parties<'_>, warnings: &mut Vec<Warning>) {
    for actor in parties.actors {
        among(walk::unexpected(actor), warnings);
        walk::visit_actor(actor, &mut |part| {
            // In `any_order` an alternative that was met leaves the next message to the others.
            if let Part::Step(step) = part
                && let Verb::Choose(alternatives) | Verb::Serve(alternatives) = &step.verb
            {
                among(alternatives, warnings);
            }
        });
    }
}

fn among(alternatives: &[Alternative], warnings: &mut Vec<Warning>) {
    for (place, alternative) in alternatives.iter().enumerate() {
        let others = alternatives.iter().enumerate();
        let by = others
            .filter(|&(other, _)| other != place)
            .find(|&(other, by)| takes_all(by, other < place, alternative));
        if let Some((other, by)) = by {
            let (which, help) = match other < place {
                true => (
                    "this one comes first and takes all that it would take",
                    "put it before that one, or narrow that one by `when`",
                ),
                false => ("this one is always sooner", "take one of them away"),
            };
            let warning = Warning::new(
                Code::ShadowedAlternative,
                alternative.guard_span,
                "this alternative can never be met",
            );
            warnings.push(warning.note(by.guard_span, which).help(help));
        }
    }
}

/// Whether one alternative leaves nothing for another.
fn takes_all(by: &Alternative, is_before: bool, alternative: &Alternative) -> bool {
    if by.when.is_some() || by.each.is_some() || alternative.each.is_some() {
        return false;
    }
    match (&by.guard, &alternative.guard) {
        (Guard::After(by), Guard::After(other)) => match (by.value, other.value) {
            (Delay::Fixed(by), Delay::Fixed(other)) => by < other || (by == other && is_before),
            _ => false,
        },
        (by_guard, guard) => {
            is_before && hears_all(by.on.as_ref(), alternative.on.as_ref()) && covers(by_guard, guard)
        }
    }
}

/// Whether one `on` takes in all connections of another; without one it is the step's.
fn hears_all(by: Option<&At<On>>, other: Option<&At<On>>) -> bool {
    let names = |on: &On| match on {
        On::Name(name) => Some(vec![name.clone()]),
        On::Names(names) => Some(names.iter().map(|name| name.value.clone()).collect()),
        On::All => None,
    };
    match (by.map(|on| &on.value), other.map(|on| &on.value)) {
        (None, None) | (Some(On::All), _) => true,
        (Some(by), Some(other)) => match (names(by), names(other)) {
            (Some(by), Some(other)) => other.iter().all(|name| by.contains(name)),
            _ => false,
        },
        _ => false,
    }
}
