//! `unreachable-step`: steps that no way leads to.

use super::parties::Parties;
use super::walk::{self, Flow, Times};
use super::{Code, Warning};
use crate::scenario::written::{Span, Step};

pub(super) fn check(parties: &Parties<'_>, warnings: &mut Vec<Warning>) {
    for strand in &parties.strands {
        block(strand.steps, warnings);
    }
    for alternative in parties.actors.iter().flat_map(walk::beside) {
        block(&alternative.steps, warnings);
    }
}

fn block(steps: &[Step], warnings: &mut Vec<Warning>) {
    let end = steps.iter().position(|step| !goes_on(step));
    if let Some(end) = end
        && let Some(next) = steps.get(end + 1)
    {
        let barrier = &steps[end];
        let (why, help) = match walk::flow(&barrier.verb) {
            Flow::Leaves => (
                "`break` always leaves here",
                "give the `break` a `when`, or take the step away",
            ),
            Flow::Loop { .. } => ("nothing leaves this `repeat`", "a `break` inside it would leave it"),
            _ => (
                "every way through this step ends in a `break`, or never ends",
                "take the step away, or let one way through",
            ),
        };
        let warning = Warning::new(Code::UnreachableStep, next.verb_span, "this step can never run");
        warnings.push(warning.note(barrier.verb_span, why).help(help));
    }
    let reached = end.map_or(steps.len(), |end| end + 1);
    for step in &steps[..reached] {
        if let Flow::Loop {
            steps,
            times: Times::Never,
        } = walk::flow(&step.verb)
        {
            if let Some(first) = steps.first() {
                let warning = Warning::new(Code::UnreachableStep, first.verb_span, "this step can never run");
                warnings.push(warning.note(step.verb_span, "this `repeat` goes round zero times"));
            }
            continue;
        }
        walk::alternatives(&step.verb)
            .iter()
            .for_each(|alternative| block(&alternative.steps, warnings));
        walk::blocks(&step.verb)
            .into_iter()
            .for_each(|steps| block(steps, warnings));
    }
}

/// Whether the step behind it may run.
fn goes_on(step: &Step) -> bool {
    if step.modifiers.when.is_some() || step.modifiers.fails.is_some() {
        return true;
    }
    match walk::flow(&step.verb) {
        Flow::On => true,
        Flow::Leaves => false,
        Flow::All(blocks) => blocks.into_iter().all(|steps| steps.iter().all(goes_on)),
        Flow::One(blocks) => blocks.into_iter().any(|steps| steps.iter().all(goes_on)),
        Flow::Loop { steps, times } => match times {
            Times::Never | Times::Any => true,
            Times::Some => leaves(steps).is_some() || steps.iter().all(goes_on),
            Times::Endless => leaves(steps).is_some(),
        },
    }
}

/// A `break` that leaves the loop which these steps are the rounds of.
fn leaves(steps: &[Step]) -> Option<Span> {
    steps.iter().find_map(|step| match walk::flow(&step.verb) {
        Flow::Leaves => Some(step.verb_span),
        Flow::Loop { .. } => None,
        _ if matches!(step.verb, crate::scenario::written::Verb::Serve(_)) => None,
        _ => walk::blocks(&step.verb)
            .into_iter()
            .chain(walk::alternatives(&step.verb).iter().map(|one| one.steps.as_slice()))
            .find_map(leaves),
    })
}
