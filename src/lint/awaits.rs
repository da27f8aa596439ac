//! `deadlock`: strands that await each other's signals.
//!
//! Owns which signals can be given at all: every strand goes on until an `await` that no signal can end. Whatever else a
//! strand waits for is taken to come, so that what is left over is certain.

use std::collections::BTreeSet;

use super::parties::{Kind, Parties, Strand, each_step, is_template};
use super::walk;
use super::{Code, Warning};
use crate::scenario::written::{Branches, Modifiers, Span, Step, Verb};

/// An `await` that nothing can end.
struct Stuck<'s> {
    strand: usize,
    signal: &'s str,
    span: Span,
}

/// What strands may do, as far as it is known.
#[derive(Default)]
struct Progress<'s> {
    /// Signals that may be given.
    given: BTreeSet<&'s str>,
    stuck: Vec<Stuck<'s>>,
}

pub(super) fn check(parties: &Parties<'_>, warnings: &mut Vec<Warning>) {
    if signals_by_template(parties) {
        return;
    }
    let mut given = BTreeSet::new();
    let progress = loop {
        let next = Progress::of(parties, given.clone());
        if next.given == given {
            break next;
        }
        given = next.given;
    };
    let stuck = &progress.stuck;
    let mut told = BTreeSet::new();
    for start in 0..stuck.len() {
        let Some(cycle) = cycle(parties, stuck, start) else {
            continue;
        };
        if !told.insert(cycle.clone()) {
            continue;
        }
        let first = &stuck[cycle[0]];
        let text = format!("`{}` can never be given while this is awaited", first.signal);
        let mut warning = Warning::new(Code::Deadlock, first.span, text);
        for other in cycle.iter().skip(1).map(|&place| &stuck[place]) {
            warning = warning.note(
                other.span,
                format!("who would give it awaits `{}` before", other.signal),
            );
        }
        if let Some(span) = signal(
            parties.strands[first.strand].steps,
            stuck[cycle[cycle.len() - 1]].signal,
        ) {
            warning = warning.note(span, "and that is given here, behind the first `await`");
        }
        warnings.push(warning);
    }
}

fn signals_by_template(parties: &Parties<'_>) -> bool {
    let mut found = false;
    let mut look = |step: &Step| found |= matches!(&step.verb, Verb::Signal(name) if is_template(&name.value));
    for strand in &parties.strands {
        each_step(strand.steps, &mut look);
    }
    for alternative in parties.actors.iter().flat_map(walk::beside) {
        each_step(&alternative.steps, &mut look);
    }
    found
}

/// The strands that wait in a circle, beginning with the first in the file, each before the one that it waits for.
fn cycle(parties: &Parties<'_>, stuck: &[Stuck<'_>], start: usize) -> Option<Vec<usize>> {
    let mut way = vec![start];
    loop {
        let wanted = stuck[*way.last()?].signal;
        let next = stuck
            .iter()
            .position(|other| signal(parties.strands[other.strand].steps, wanted).is_some())?;
        if let Some(begin) = way.iter().position(|&place| place == next) {
            let mut cycle = way.split_off(begin);
            let least = (0..cycle.len()).min_by_key(|&place| cycle[place])?;
            cycle.rotate_left(least);
            return Some(cycle);
        }
        way.push(next);
    }
}

/// Where steps give a signal.
fn signal(steps: &[Step], name: &str) -> Option<Span> {
    let mut found = None;
    each_step(steps, &mut |step| {
        if matches!(&step.verb, Verb::Signal(given) if given.value == name) {
            found = found.or(Some(step.verb_span));
        }
    });
    found
}

impl<'s> Progress<'s> {
    /// How far all strands come where these signals may be given.
    fn of(parties: &Parties<'s>, given: BTreeSet<&'s str>) -> Self {
        let mut progress = Self {
            given,
            stuck: Vec::new(),
        };
        for actor in parties.actors {
            for alternative in walk::beside(actor) {
                progress.everything(&alternative.steps);
            }
        }
        for (place, strand) in parties.strands.iter().enumerate() {
            let Strand { kind, steps, .. } = strand;
            match kind {
                // It runs whatever became of the others.
                Kind::Finally => progress.everything(steps),
                Kind::Setup | Kind::Script | Kind::Session(_) => {
                    progress.through(place, steps);
                }
            }
        }
        progress
    }

    /// Goes through steps as far as it can, and says whether that is to their end.
    fn through(&mut self, strand: usize, steps: &'s [Step]) -> bool {
        steps.iter().all(|step| self.step(strand, step))
    }

    fn step(&mut self, strand: usize, step: &'s Step) -> bool {
        let Modifiers { when, fails, retry, .. } = &step.modifiers;
        let is_certain = when.is_none() && fails.is_none() && retry.is_none();
        match &step.verb {
            Verb::Await { name, .. } if is_certain && !is_template(&name.value) => {
                let comes = self.given.contains(name.value.as_str());
                if !comes {
                    self.stuck.push(Stuck {
                        strand,
                        signal: &name.value,
                        span: step.verb_span,
                    });
                }
                comes
            }
            Verb::Group(steps) if is_certain => self.through(strand, steps),
            Verb::Parallel { branches, .. } if is_certain => match &branches.value {
                Branches::Lists(lists) => {
                    let ends: Vec<bool> = lists.iter().map(|steps| self.through(strand, steps)).collect();
                    ends.into_iter().all(|ends| ends)
                }
                Branches::Same { steps, .. } => {
                    self.everything(steps);
                    true
                }
            },
            _ => {
                self.everything(std::slice::from_ref(step));
                true
            }
        }
    }

    /// Takes all signals in these steps for given.
    fn everything(&mut self, steps: &'s [Step]) {
        each_step(steps, &mut |step| {
            if let Verb::Signal(name) = &step.verb {
                self.given.insert(&name.value);
            }
        });
    }
}
