//! `long-timeout`: times that are longer than the whole run may take.

use std::time::Duration;

use super::parties::Parties;
use super::walk::{self, Part};
use super::{Code, Warning};
use crate::plan::Limits;
use crate::scenario::written::{At, Guard, Step, Verb};
use crate::units::{Delay, show_duration};

pub(super) fn check(parties: &Parties<'_>, limits: &Limits, warnings: &mut Vec<Warning>) {
    let mut first_default = None;
    for actor in parties.actors {
        walk::visit_actor(actor, &mut |part| match part {
            Part::Step(step) => {
                own(step, limits, warnings);
                let is_receive = matches!(step.verb, Verb::Receive { .. });
                if is_receive && step.modifiers.timeout.is_none() && first_default.is_none() {
                    first_default = Some(step.verb_span);
                }
            }
            Part::Alternative(alternative) => {
                if let Guard::After(delay) = &alternative.guard {
                    delayed("this `after`", delay, limits, warnings);
                }
            }
            _ => {}
        });
    }
    // One place stands for all: it is the limits that are to be changed.
    if let Some(span) = first_default
        && limits.step > limits.scenario
    {
        let text = format!(
            "a step may wait for {}, and the whole run is cut after {}",
            show_duration(limits.step),
            show_duration(limits.scenario)
        );
        let help = "give `limits.step` less than `limits.scenario`, or the steps a `timeout`";
        warnings.push(Warning::new(Code::LongTimeout, span, text).help(help));
    }
}

fn own(step: &Step, limits: &Limits, warnings: &mut Vec<Warning>) {
    if let Some(timeout) = &step.modifiers.timeout
        && timeout.value > limits.scenario
    {
        warnings.push(too_long("this `timeout`", timeout.value, timeout.span, limits));
    }
    match &step.verb {
        Verb::Wait(delay) => delayed("this `wait`", delay, limits, warnings),
        Verb::Silence(delay) => delayed("this `silence`", delay, limits, warnings),
        Verb::Timer(timers) => {
            for delay in timers.iter().filter_map(|(_, delay)| delay.as_ref()) {
                delayed("this timer", delay, limits, warnings);
            }
        }
        _ => {}
    }
}

fn delayed(what: &str, delay: &At<Delay>, limits: &Limits, warnings: &mut Vec<Warning>) {
    // What is drawn may be shorter than its mean.
    let least = match delay.value {
        Delay::Fixed(duration) | Delay::Uniform(duration, _) => duration,
        Delay::Pareto { least, .. } => least,
        Delay::Normal { .. } | Delay::Exponential(_) => return,
    };
    if least > limits.scenario {
        warnings.push(too_long(what, least, delay.span, limits));
    }
}

fn too_long(what: &str, found: Duration, span: crate::scenario::written::Span, limits: &Limits) -> Warning {
    let text = format!(
        "{what} is {}, and the whole run is cut after {}",
        show_duration(found),
        show_duration(limits.scenario)
    );
    Warning::new(Code::LongTimeout, span, text).help("`limits.scenario` bounds the whole run")
}
