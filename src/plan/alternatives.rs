//! Alternatives: of `choose`, `serve`, `any_order`, `unexpected` and `background`.

use std::mem;
use std::sync::Arc;

use super::connections::{Need, Open};
use super::on::{About, Asks, Meant, is_template};
use super::opening::ending_as;
use super::peers::MESSAGE;
use super::step::{Alternative, Ending, Guard, On};
use super::strand::Strand;
use super::titles;
use crate::scenario::written::{self, At};
use crate::wire::template::Template;

impl Strand<'_, '_> {
    /// One of these is taken.
    pub(super) fn choose(&mut self, alternatives: &[written::Alternative]) -> Arc<[Alternative]> {
        let before = self.open.clone();
        let mut after = Open::nowhere();
        let are_parts = self.are_parts(alternatives);
        let choice = self.choice();
        let compiled = alternatives.iter().map(|alternative| {
            self.open = before.clone();
            let compiled = self.alternative_of(alternative, are_parts, Some(choice));
            after = mem::take(&mut after).union(mem::take(&mut self.open));
            compiled
        });
        let compiled: Arc<[Alternative]> = compiled.collect();
        self.open = after;
        if compiled.iter().any(|alternative| !alternative.per_peer) {
            self.peers.acts();
        }
        compiled
    }

    /// All of these are taken, in any order; what is open is followed in the file's.
    pub(super) fn any_order(&mut self, alternatives: &[written::Alternative]) -> Arc<[Alternative]> {
        let are_parts = self.are_parts(alternatives);
        let compiled = alternatives.iter().map(|alternative| {
            // One for each element of a list may be met by several peers.
            if alternative.each.is_some() {
                self.peers.enter_loop();
            }
            let compiled = self.alternative_of(alternative, are_parts, None);
            if alternative.each.is_some() {
                self.peers.leave_loop();
            }
            compiled
        });
        let compiled: Arc<[Alternative]> = compiled.collect();
        if compiled.iter().any(|alternative| !alternative.per_peer) {
            self.peers.acts();
        }
        compiled
    }

    /// One of several, which may be a peer's own part. `choice` says that one of them is taken at a time.
    fn alternative_of(
        &mut self,
        alternative: &written::Alternative,
        is_part: bool,
        choice: Option<usize>,
    ) -> Alternative {
        self.peers.enter_block();
        let (mut compiled, per_peer) = match is_part {
            true => self.part(alternative, choice, |strand| strand.alternative(alternative)),
            false => (self.alternative(alternative), false),
        };
        self.peers.leave_block();
        compiled.per_peer = per_peer;
        compiled
    }

    pub(super) fn alternative(&mut self, alternative: &written::Alternative) -> Alternative {
        let verb = titles::guard_verb(&alternative.guard);
        let id = self
            .all
            .step_id(verb, titles::guard(&alternative.guard), alternative.guard_span);
        self.all.steps[id as usize].hide = alternative.hide;
        let each = alternative.each.as_ref().map(|(name, elements)| {
            let elements = self.json(elements);
            self.define_round(name);
            (name.value.clone(), elements)
        });
        let (guard, about) = self.guard(alternative, verb);
        let capture = self.captures(&alternative.capture);
        let when = alternative.when.as_ref().map(|when| self.guard_condition(when));
        let label = alternative
            .label
            .as_ref()
            .map(|label| self.template(&label.value, label.span));
        let around = self.meant.clone();
        if let Some(about) = &about {
            self.meant = Meant::Met(about.names.clone());
        }
        let serving = self.serving.clone();
        if let (written::Guard::Request(_), Some(about)) = (&alternative.guard, &about) {
            self.serving = Some(about.names.clone());
        }
        let steps = self.block(&alternative.steps);
        self.meant = around;
        self.serving = serving;
        Alternative {
            id,
            guard,
            when,
            on: about.map_or(On::Only, |about| about.on),
            capture,
            label,
            hide: alternative.hide,
            per_peer: false,
            each,
            steps,
        }
    }

    /// A guard, and the connections that can meet it, where it is one that a connection meets.
    fn guard(&mut self, alternative: &written::Alternative, verb: &'static str) -> (Guard, Option<About>) {
        let span = alternative.guard_span;
        let asks = Asks {
            verb,
            span,
            need: Need::Receive,
            many: true,
            fails: false,
        };
        let on = alternative.on.as_ref();
        match &alternative.guard {
            written::Guard::Receive(matcher) => {
                let about = self.guard_about(on, asks);
                let matcher = self.matcher(matcher, &about);
                self.peers.sets(MESSAGE, span);
                (Guard::Receive(matcher), Some(about))
            }
            written::Guard::Request(request) => {
                let about = self.guard_about(on, asks);
                let matcher = self.served(request, &about);
                self.peers.sets(MESSAGE, span);
                (Guard::Receive(matcher), Some(about))
            }
            written::Guard::Closed(ending) => {
                let about = self.guard_about(on, asks);
                let ending: Ending = ending_as(*ending);
                self.ended(&about, ending, span);
                (Guard::Closed(ending), Some(about))
            }
            written::Guard::Accept { endpoint, name } => {
                let (endpoint, name, written) = self.accept(endpoint.as_ref(), name.as_ref(), span);
                let about = About {
                    on: On::Only,
                    names: vec![written],
                };
                (Guard::Accept { endpoint, name }, Some(about))
            }
            written::Guard::Await(name) => {
                let template = self.awaited(name);
                self.all.refuse_generators(template.generates(), "a guard", name.span);
                (Guard::Await(template), None)
            }
            written::Guard::After(delay) => (Guard::After(delay.value), None),
            written::Guard::Timer(name) => {
                self.awaited_timers.push((name.clone(), self.all.way.clone()));
                self.hears_timer(name);
                (Guard::Timer(name.value.clone()), None)
            }
        }
    }

    /// As [`Self::about`]; a connection that met an alternative around this one is called by its name, where that is
    /// certain.
    fn guard_about(&mut self, on: Option<&At<written::On>>, asks: Asks) -> About {
        let about = self.about(on, asks);
        match (&about.on, about.names.as_slice()) {
            (On::Met, [name]) if !is_template(name) => About {
                on: On::Names(vec![Template::literal(name)]),
                names: about.names,
            },
            _ => about,
        }
    }
}
