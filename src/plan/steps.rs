//! Steps.
//!
//! Owns what each verb becomes. Does not own what it opens and ends (`opening`), alternatives, branches, payloads and
//! matchers.

use std::mem;

use super::connections::Need;
use super::on::{Asks, Meant, is_template};
use super::opening::ending_as;
use super::peers::MESSAGE;
use super::step::{Audience, Fails, On, Retry, Step, Verb};
use super::strand::Strand;
use super::titles;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Json, Node};
use crate::wire::template::Template;

impl Strand<'_, '_> {
    pub(super) fn step(&mut self, step: &written::Step) -> Step {
        let verb = titles::verb(&step.verb);
        let label = step.modifiers.label.as_ref().filter(|label| !is_template(&label.value));
        let title = label.map_or_else(|| titles::step(&step.verb), |label| titles::short(label.value.clone()));
        let id = self.all.step_id(verb, title, step.verb_span);
        let around = mem::take(&mut self.used);
        let modifiers = &step.modifiers;
        self.all.steps[id as usize].hide = modifiers.hide;
        let when = modifiers.when.as_ref().map(|when| self.expression(when));
        let fails = modifiers.fails.as_ref().map(|fails| fails_as(fails.value));
        let before = (when.is_some() || fails.is_some()).then(|| self.open.clone());
        let asks = Asks {
            verb,
            span: step.verb_span,
            need: Need::Mention,
            many: false,
            fails: fails.is_some(),
        };
        let around_means = self.meant.clone();
        if let (Some(on), true) = (&modifiers.on, holds_steps(&step.verb)) {
            self.meant = Meant::Written(on.clone());
        }
        let around_atomic = self.atomic;
        self.check_atomic(step, asks);
        let is_certain = modifiers.when.is_none() && fails.is_none();
        if !is_certain {
            self.peers.enter_block();
        }
        let (compiled, on) = self.verb(step, asks);
        match &compiled {
            Verb::Accept { .. } => self.accepts_by(id),
            Verb::Receive { .. } | Verb::Request(_) => self.peers.sets(MESSAGE, step.verb_span),
            _ => {}
        }
        if !compiled.lets_peers_go_on() {
            self.peers.acts();
        }
        self.atomic = around_atomic;
        self.meant = around_means;
        let capture = self.captures(&modifiers.capture);
        let label = modifiers
            .label
            .as_ref()
            .map(|label| self.template(&label.value, label.span));
        if !is_certain {
            self.peers.leave_block();
        }
        if let Some(before) = before {
            self.open = match fails.is_some() && !holds_steps(&step.verb) {
                // It opened or ended nothing.
                true => before,
                false => before.union(mem::take(&mut self.open)),
            };
        }
        let on = on.unwrap_or_else(|| self.on_unasked(asks));
        let mut names = mem::replace(&mut self.used, around);
        names.sort_unstable();
        names.dedup();
        Step {
            id,
            verb: compiled,
            on,
            timeout: modifiers.timeout.as_ref().map(|timeout| timeout.value),
            atomic: modifiers.atomic.is_some(),
            when,
            label,
            hide: modifiers.hide,
            capture,
            retry: modifiers.retry.as_ref().map(|retry| retry_as(&retry.value)),
            fails,
            names,
        }
    }

    /// What is atomic holds nothing that takes time or that others see; what stands inside a step with a mistake is not told.
    fn check_atomic(&mut self, step: &written::Step, asks: Asks) {
        use written::Verb;
        let Some(around) = self.atomic else {
            self.atomic = step.modifiers.atomic;
            return;
        };
        let fits = matches!(
            step.verb,
            Verb::Set(_) | Verb::Unset(_) | Verb::Assert(_) | Verb::If { .. } | Verb::Group(_)
        );
        let text = match (fits, &step.modifiers.retry) {
            (true, None) => return,
            (true, Some(_)) => "nothing is tried again in what is atomic".to_owned(),
            (false, _) => format!("`{}` has no place in what is atomic", asks.verb),
        };
        let help = "`set`, `unset`, `assert`, `if` and `group` have, without `retry`: they take no time";
        let span = step
            .modifiers
            .retry
            .as_ref()
            .filter(|_| fits)
            .map_or(asks.span, |retry| retry.span);
        self.all
            .mistake(Mistake::new(span, text).note(around, "it is atomic here").help(help));
        self.atomic = None;
    }

    /// What a step is about that needs no connection: one that asks for `peer` or `local` means one nevertheless.
    fn on_unasked(&mut self, asks: Asks) -> On {
        let is_asked = |name: &String| matches!(name.split('.').next(), Some("peer" | "local"));
        match self.used.iter().any(is_asked) {
            true => self.about_quietly(asks),
            false => On::Only,
        }
    }

    /// What a step does, and what it is about, where it is about a connection.
    fn verb(&mut self, step: &written::Step, asks: Asks) -> (Verb, Option<On>) {
        let on = step.modifiers.on.as_ref();
        let verb = match &step.verb {
            written::Verb::Connect {
                to,
                name,
                framing,
                tls,
                reuse,
                upgrade,
            } => self.connect(
                to,
                name.as_ref(),
                (framing.as_ref(), tls.as_ref()),
                reuse.as_ref(),
                upgrade,
            ),
            written::Verb::Accept { endpoint, name } => {
                let (endpoint, name, _) = self.accept(endpoint.as_ref(), name.as_ref(), asks.span);
                Verb::Accept { endpoint, name }
            }
            written::Verb::Send { payload, to: Some(to) } => {
                self.need_sessions(asks);
                let to = Some(self.template(&to.value, to.span));
                let payload = Self::as_sent(&payload.value, self.payload(payload));
                Verb::Send { payload, to }
            }
            written::Verb::Send { payload, to: None } => {
                let about = self.about(on, asks.needs(Need::Send));
                let span = payload.span;
                let compiled = self.payload(payload);
                if !asks.fails {
                    self.check_framed(&compiled, span, &about);
                }
                let payload = Self::as_sent(&payload.value, compiled);
                return (Verb::Send { payload, to: None }, Some(about.on));
            }
            written::Verb::Receive { matcher, optional } => {
                let about = self.about(on, asks.needs(Need::Receive));
                let matcher = self.matcher(matcher, &about);
                let optional = *optional;
                return (Verb::Receive { matcher, optional }, Some(about.on));
            }
            written::Verb::Silence(delay) => {
                let need = Need::Receive;
                let about = self.about(
                    on,
                    Asks {
                        need,
                        many: true,
                        ..asks
                    },
                );
                return (Verb::Silence(delay.value), Some(about.on));
            }
            written::Verb::Broadcast { payload, to } => {
                self.need_sessions(asks);
                let to = self.audience(to.as_ref());
                let payload = Self::as_sent(&payload.value, self.payload(payload));
                Verb::Broadcast { payload, to }
            }
            written::Verb::Request {
                request,
                response,
                redirects,
            } => {
                let need = Need::Request;
                let about = self.about(on, Asks { need, ..asks });
                if let Some(name) = about.certain() {
                    self.open.requested(name);
                }
                let request = self.request(request, response.as_deref(), *redirects);
                return (Verb::Request(Box::new(request)), Some(about.on));
            }
            written::Verb::Respond(respond) => Verb::Respond(Box::new(self.respond(respond, asks))),
            written::Verb::Close(farewell) => return self.close(farewell.as_ref(), on, asks),
            written::Verb::Reset => return self.ending(Verb::Reset, on, Need::Both, asks),
            written::Verb::Shutdown => return self.ending(Verb::Shutdown, on, Need::Send, asks),
            written::Verb::Closed(ending) => {
                let about = self.about(on, asks.needs(Need::Receive));
                self.ended(&about, ending_as(*ending), asks.span);
                return (Verb::Closed(ending_as(*ending)), Some(about.on));
            }
            written::Verb::Framing(framing) => {
                let need = Need::Mention;
                let about = self.about(on, Asks { need, ..asks });
                self.all.framed.insert(self.actor);
                let change = self.all.framing_change(framing);
                let span = on.map_or(asks.span, |on| on.span);
                for name in &about.names {
                    self.lend(name, self.open.changed(name, &change), span);
                }
                self.refuse_http_in_datagrams(&about, &change, framing.span);
                match about.certain() {
                    Some(name) => self.open.reframed(name, &change),
                    None => self.open.reframed_somewhere(),
                }
                return (Verb::Framing(change), Some(about.on));
            }
            written::Verb::Tls(tls) => return self.secured(tls, on, asks),
            written::Verb::Wait(delay) => Verb::Wait(delay.value),
            written::Verb::Timer(timers) => {
                timers.iter().for_each(|(name, _)| self.sets_timer(name));
                for (name, _) in timers.iter().filter(|(_, delay)| delay.is_some()) {
                    self.timers.insert(name.value.clone());
                }
                let timers = timers.iter();
                Verb::Timer(
                    timers
                        .map(|(name, delay)| (name.value.clone(), delay.as_ref().map(|d| d.value)))
                        .collect(),
                )
            }
            written::Verb::Call { name, with, result } => self.call(name, with, result.as_ref(), asks),
            written::Verb::Break => {
                self.leave_loop(asks.span);
                Verb::Break
            }
            written::Verb::Set(values) => Verb::Set(values.iter().map(|(path, value)| self.set(path, value)).collect()),
            written::Verb::Unset(paths) => Verb::Unset(paths.iter().map(|path| self.unset(path)).collect()),
            written::Verb::Assert(condition) => Verb::Assert(self.expression(condition)),
            written::Verb::Note { text, over } => {
                for actor in over {
                    if let Err(mistake) = self.all.directory.actor(&actor.value, actor.span) {
                        self.all.mistake(mistake);
                    }
                }
                Verb::Note {
                    text: self.template(&text.value, text.span),
                    over: over.iter().map(|actor| actor.value.clone()).collect(),
                }
            }
            written::Verb::Phase(text) => Verb::Phase(self.template(&text.value, text.span)),
            written::Verb::Signal(name) => {
                match is_template(&name.value) {
                    true => self.all.signalled_by_template = true,
                    false => _ = self.all.signalled.insert(name.value.clone()),
                }
                Verb::Signal(self.template(&name.value, name.span))
            }
            written::Verb::Await { name, times } => Verb::Await {
                name: self.awaited(name),
                times: *times,
            },
            written::Verb::Life { what, actor } => self.life(*what, actor),
            written::Verb::Verdict { fail, reason } => Verb::Verdict {
                fail: *fail,
                reason: self.template(&reason.value, reason.span),
            },
            written::Verb::AnyOrder(alternatives) => Verb::AnyOrder(self.any_order(alternatives)),
            written::Verb::Choose(alternatives) => Verb::Choose(self.choose(alternatives)),
            written::Verb::Serve(alternatives) => Verb::Serve(self.looped(|strand| strand.choose(alternatives))),
            written::Verb::Repeat { rounds, round, steps } => {
                let here = self.peers_here();
                let element = match &rounds.value {
                    written::Rounds::For { name, .. } => Some(name),
                    _ => None,
                };
                let counted: Vec<&At<String>> = element.into_iter().chain(round).collect();
                // A condition is asked again before each round, so it belongs to the loop.
                let (rounds, steps) = self.looped(|strand| {
                    let rounds = strand.rounds(&rounds.value);
                    round.iter().for_each(|name| strand.define_round(name));
                    (rounds, strand.block(steps))
                });
                self.went_round(&steps, &counted, here);
                let round = round.as_ref().map(|name| name.value.clone());
                Verb::Repeat { rounds, round, steps }
            }
            written::Verb::Parallel { branches, branch } => {
                Verb::Parallel(self.parallel(&branches.value, branch.as_ref()))
            }
            written::Verb::If {
                condition,
                then,
                otherwise,
            } => self.condition(condition, then, otherwise),
            written::Verb::Group(steps) => Verb::Group(self.block(steps)),
        };
        (verb, None)
    }

    fn condition(&mut self, condition: &At<String>, then: &[written::Step], otherwise: &[written::Step]) -> Verb {
        let condition = self.expression(condition);
        let before = self.open.clone();
        self.peers.enter_block();
        let then = self.block(then);
        self.peers.leave_block();
        let after_then = mem::replace(&mut self.open, before);
        self.peers.enter_block();
        let otherwise = self.block(otherwise);
        self.peers.leave_block();
        self.open = after_then.union(mem::take(&mut self.open));
        Verb::If {
            condition,
            then,
            otherwise,
        }
    }

    /// A signal somebody waits for.
    pub(super) fn awaited(&mut self, name: &At<String>) -> Template {
        if !is_template(&name.value) {
            self.all.awaited.push(name.clone());
        }
        self.template(&name.value, name.span)
    }

    fn audience(&mut self, to: Option<&Node>) -> Audience {
        match to.map(|to| (&to.value, to)) {
            None => Audience::Others,
            Some((Json::String(text), _)) if text == "others" => Audience::Others,
            Some((Json::String(text), _)) if text == "all" => Audience::All,
            Some((_, to)) => Audience::Names(self.json(to)),
        }
    }
}

fn fails_as(fails: written::Fails) -> Fails {
    match fails {
        written::Fails::Any => Fails::Any,
        written::Fails::Timeout => Fails::Timeout,
        written::Fails::Refused => Fails::Refused,
        written::Fails::Mismatch => Fails::Mismatch,
        written::Fails::Closed => Fails::Closed,
    }
}

fn retry_as(retry: &written::Retry) -> Retry {
    Retry {
        times: retry.times,
        every: retry.every,
        factor: retry.factor,
        show_count: retry.show_count,
    }
}

fn holds_steps(verb: &written::Verb) -> bool {
    use written::Verb;
    matches!(
        verb,
        Verb::AnyOrder(_)
            | Verb::Choose(_)
            | Verb::Serve(_)
            | Verb::Repeat { .. }
            | Verb::Parallel { .. }
            | Verb::If { .. }
            | Verb::Group(_)
            | Verb::Call { .. }
    )
}
