//! `signal-by-several`, `unawaited-signal`, `unawaited-timer`: what is given and not waited for.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::parties::{Kind, Parties, is_template};
use super::walk::{self, Part};
use super::{Code, Warning};
use crate::plan::Plan;
use crate::scenario::written::{Guard, Span, Step, Verb};

/// Who gives a signal.
#[derive(Default)]
struct Given {
    /// The places, in the file's order.
    spans: Vec<Span>,
    /// Strands that surely give it.
    strands: BTreeSet<usize>,
    /// How many of those there are, with all instances of their actors.
    givers: usize,
    /// One that depends on a condition, or happens several times in one strand.
    is_doubtful: bool,
    /// One that comes behind an `await`, which may be what orders it behind another strand's.
    is_ordered: bool,
    /// What kinds of strands give it: all of a `setup` comes before any `script`.
    in_setup: bool,
    in_script: bool,
}

/// Who awaits a signal.
#[derive(Default)]
struct Awaited {
    /// The first place.
    span: Option<Span>,
    /// Whether some strand surely awaits it once.
    is_once: bool,
    /// Whether some strand awaits it more than once, or that cannot be told.
    is_several: bool,
}

pub(super) fn check(parties: &Parties<'_>, plan: &Plan, warnings: &mut Vec<Warning>) {
    timers(parties, warnings);
    let (given, awaited) = (given(parties, plan), awaited(parties));
    let (Some(given), Some(awaited)) = (given, awaited) else {
        return;
    };
    for (name, given) in &given {
        let Some(&first) = given.spans.first() else { continue };
        match awaited.get(name) {
            None => {
                let text = format!("nobody awaits `{name}`");
                warnings.push(Warning::new(Code::UnawaitedSignal, first, text));
            }
            Some(awaited) if awaited.is_once && !awaited.is_several && given.is_race() => {
                let text = format!(
                    "{} strands give `{name}`, and it is awaited once: whichever is first ends the wait",
                    given.givers
                );
                let mut warning = Warning::new(Code::SignalBySeveral, first, text);
                if let [_, second, ..] = given.spans.as_slice() {
                    warning = warning.note(*second, "it is given here too");
                }
                if let Some(span) = awaited.span {
                    warning = warning.note(span, "it is awaited here");
                }
                warnings.push(warning.help("await it so many `times`, or give each strand a signal of its own"));
            }
            Some(_) => {}
        }
    }
}

impl Given {
    /// Whether several strands surely give it, and nothing orders them.
    fn is_race(&self) -> bool {
        let apart = self.strands.len() > 1 && (self.is_ordered || (self.in_setup && self.in_script));
        self.givers > 1 && !self.is_doubtful && !apart
    }
}

/// All signals by their names; none where a name is a template.
fn given<'s>(parties: &Parties<'s>, plan: &Plan) -> Option<BTreeMap<&'s str, Given>> {
    let mut all: BTreeMap<&str, Given> = BTreeMap::new();
    let mut is_known = true;
    for (place, strand) in parties.strands.iter().enumerate() {
        let certain: HashSet<Span> = strand.steps.iter().filter_map(surely_given).collect();
        let instances = plan.actors.get(strand.actor).map_or(1, |actor| actor.instances.len());
        walk::visit(strand.steps, &mut |part| {
            let Part::Step(step) = part else { return };
            let Verb::Signal(name) = &step.verb else { return };
            is_known &= !is_template(&name.value);
            let given = all.entry(&name.value).or_default();
            given.spans.push(step.verb_span);
            let is_first = given.strands.insert(place);
            given.givers += if is_first { instances } else { 0 };
            let is_session = matches!(strand.kind, Kind::Session(_) | Kind::Finally);
            given.is_doubtful |= is_session || !is_first || !certain.contains(&step.verb_span);
            given.in_setup |= strand.kind == Kind::Setup;
            given.in_script |= strand.kind == Kind::Script;
            let before = strand
                .steps
                .iter()
                .take_while(|other| other.verb_span != step.verb_span);
            given.is_ordered |= before.into_iter().any(|other| matches!(other.verb, Verb::Await { .. }));
        });
    }
    for alternative in parties.actors.iter().flat_map(walk::beside) {
        walk::visit_alternative(alternative, &mut |part| {
            if let Part::Step(step) = part
                && let Verb::Signal(name) = &step.verb
            {
                is_known &= !is_template(&name.value);
                let given = all.entry(&name.value).or_default();
                given.spans.push(step.verb_span);
                given.is_doubtful = true;
            }
        });
    }
    is_known.then_some(all)
}

/// A step of a strand that gives a signal whenever it is come to.
fn surely_given(step: &Step) -> Option<Span> {
    (matches!(step.verb, Verb::Signal(_)) && step.modifiers.when.is_none()).then_some(step.verb_span)
}

/// All awaited signals by their names; none where a name is a template.
fn awaited<'s>(parties: &Parties<'s>) -> Option<BTreeMap<&'s str, Awaited>> {
    let mut all: BTreeMap<&str, Awaited> = BTreeMap::new();
    let mut is_known = true;
    for strand in &parties.strands {
        let top: HashSet<Span> = strand.steps.iter().map(|step| step.verb_span).collect();
        let mut here: BTreeSet<&str> = BTreeSet::new();
        walk::visit(strand.steps, &mut |part| {
            let (name, span, once) = match part {
                Part::Step(step) => match &step.verb {
                    Verb::Await { name, times } => (name, step.verb_span, *times == 1 && top.contains(&step.verb_span)),
                    _ => return,
                },
                Part::Alternative(alternative) => match &alternative.guard {
                    Guard::Await(name) => (name, alternative.guard_span, false),
                    _ => return,
                },
                _ => return,
            };
            is_known &= !is_template(&name.value);
            let awaited = all.entry(&name.value).or_default();
            awaited.is_several |= !once || !here.insert(&name.value);
            awaited.is_once |= once;
            awaited.span = awaited.span.or(Some(span));
        });
    }
    for alternative in parties.actors.iter().flat_map(walk::beside) {
        walk::visit_alternative(alternative, &mut |part| {
            let name = match part {
                Part::Step(step) => match &step.verb {
                    Verb::Await { name, .. } => name,
                    _ => return,
                },
                Part::Alternative(alternative) => match &alternative.guard {
                    Guard::Await(name) => name,
                    _ => return,
                },
                _ => return,
            };
            is_known &= !is_template(&name.value);
            all.entry(&name.value).or_default().is_several = true;
        });
    }
    is_known.then_some(all)
}

/// Timers that are started and that no alternative of the actor waits for.
fn timers(parties: &Parties<'_>, warnings: &mut Vec<Warning>) {
    for actor in parties.actors {
        let mut waited: BTreeSet<&str> = BTreeSet::new();
        let mut started: BTreeMap<&str, Span> = BTreeMap::new();
        walk::visit_actor(actor, &mut |part| match part {
            Part::Alternative(alternative) => {
                if let Guard::Timer(name) = &alternative.guard {
                    waited.insert(&name.value);
                }
            }
            Part::Step(Step {
                verb: Verb::Timer(timers),
                ..
            }) => {
                for (name, delay) in timers {
                    if delay.is_some() {
                        started.entry(&name.value).or_insert(name.span);
                    }
                }
            }
            _ => {}
        });
        for (name, span) in started.into_iter().filter(|(name, _)| !waited.contains(name)) {
            let text = format!("no alternative waits for the timer `{name}`");
            let help = format!("`{{ \"timer\": \"{name}\", \"do\": […] }}` in a `choose` or `serve` does");
            warnings.push(Warning::new(Code::UnawaitedTimer, span, text).help(help));
        }
    }
}
