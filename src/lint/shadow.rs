//! `shadowed-alternative`: alternatives that another leaves nothing for.

use super::cover::{Met, covers};
use super::parties::Parties;
use super::walk::{self, Part};
use super::{Code, Warning};
use crate::scenario::written::{Alternative, At, Guard, On, Verb};
use crate::units::Delay;

pub(super) fn check(parties: &Parties<'_>, warnings: &mut Vec<Warning>) {
    for actor in parties.actors {
        for list in walk::lists_beside(actor) {
            among(list, warnings);
        }
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

/// How many alternatives are compared, each with each.
const MOST: usize = 1000;

fn among(alternatives: &[Alternative], warnings: &mut Vec<Warning>) {
    let alternatives = &alternatives[..alternatives.len().min(MOST)];
    let guards: Vec<Met<'_>> = alternatives
        .iter()
        .map(|alternative| Met::new(&alternative.guard))
        .collect();
    for (place, alternative) in alternatives.iter().enumerate() {
        let others = alternatives.iter().enumerate();
        let by = others.filter(|&(other, _)| other != place).find(|&(other, by)| {
            may_take(by, alternative)
                && match other < place {
                    true => {
                        is_sooner(by, true, alternative)
                            || (hears_all(by.on.as_ref(), alternative.on.as_ref())
                                && covers(&guards[other], &guards[place]))
                    }
                    false => is_sooner(by, false, alternative),
                }
        });
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

/// Whether one alternative can leave nothing for another: nothing but its guard decides whether it is taken.
fn may_take(by: &Alternative, alternative: &Alternative) -> bool {
    by.when.is_none() && by.each.is_none() && alternative.each.is_none()
}

/// Whether both wait for a time, and one is always over before the other.
fn is_sooner(by: &Alternative, is_before: bool, alternative: &Alternative) -> bool {
    match (&by.guard, &alternative.guard) {
        (Guard::After(by), Guard::After(other)) => match (by.value, other.value) {
            (Delay::Fixed(by), Delay::Fixed(other)) => by < other || (by == other && is_before),
            _ => false,
        },
        _ => false,
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
