//! Doing one step of a strand.
//!
//! Owns what every step has in common: that it is counted, its `when`, `retry`, `fails` and `timeout`, and which verb does
//! it. Does not own what a verb does; that stands in files of their own.

use futures::future::{BoxFuture, FutureExt as _};

use super::failure::{Halt, Outcome};
use super::scope::Variables;
use super::strand::{DEADLINE, Strand};
use crate::finding::FindingKind;
use crate::plan::step::{Fails, Step, StepId, Verb};
use crate::runtime;
use crate::trace::event::Kind;
use crate::wire::template::Expression;

/// After so many steps, and so many messages, a strand lets others run, even if it never waits.
pub(super) const TURN: u64 = 128;

impl Strand {
    /// Does a step, as often as it says, and judges what came of it.
    pub(super) async fn step(&mut self, step: &Step) -> Outcome {
        self.turn(step.id).await?;
        if !step.verb.lets_peers_go_on() {
            self.end_region();
        }
        let attempted = match &step.retry {
            None => self.attempt(step).await,
            Some(retry) => self.attempts(step, retry).await,
        };
        self.judge(step, attempted)
    }

    /// What a step comes to, where it says that it must fail.
    pub(super) fn judge(&mut self, step: &Step, attempted: Outcome) -> Outcome {
        let Some(fails) = step.fails else { return attempted };
        match attempted {
            Err(Halt::Failed(finding)) if fits(fails, finding.kind) => {
                self.leave_spent(step.id);
                Ok(())
            }
            Ok(()) => {
                let text = format!("`{}` did not fail, though it must", self.world.step(step.id).verb);
                Err(self.fail(step.id, FindingKind::NotFailed, text))
            }
            other => other,
        }
    }

    /// Counts the step, and lets others run from time to time.
    pub(super) async fn turn(&mut self, step: StepId) -> Outcome {
        self.count(step)?;
        if self.steps.is_multiple_of(TURN) {
            runtime::yield_now().await;
            if self.world.pulse.is_cut() {
                return Err(Halt::Cut);
            }
        }
        Ok(())
    }

    /// Counts the step; there is a limit.
    pub(super) fn count(&mut self, step: StepId) -> Outcome {
        self.steps += 1;
        if self.steps > self.world.plan.limits.steps {
            let limit = self.world.plan.limits.steps;
            let halt = self.fail(
                step,
                FindingKind::Limit,
                format!("more than {limit} steps (`limits.steps`)"),
            );
            self.world.cut("the limit of steps");
            return Err(halt);
        }
        Ok(())
    }

    /// Does a step once; what keeps it out of diagrams counts for all steps inside it.
    pub(super) async fn attempt(&mut self, step: &Step) -> Outcome {
        let outside = self.hidden;
        self.hidden |= step.hide;
        let outcome = self.execute(step).await;
        self.hidden = outside;
        outcome
    }

    async fn execute(&mut self, step: &Step) -> Outcome {
        match &step.verb {
            // These hold the cells' lock while they evaluate, their condition included.
            Verb::Set(_) | Verb::Unset(_) => return self.at_once(step),
            _ if step.atomic => return self.at_once(step),
            Verb::Broadcast { payload, to } => return self.broadcast(step, payload, to),
            _ => {}
        }
        let shared = self.shared(step.id, &step.names);
        if let Some(when) = &step.when
            && !self.holds(step.id, when, shared.clone())?
        {
            return Ok(());
        }
        match &step.verb {
            Verb::If {
                condition,
                then,
                otherwise,
            } => {
                let holds = self.holds(step.id, condition, shared)?;
                self.bounded(step, if holds { then } else { otherwise }).await
            }
            Verb::Group(steps) => self.bounded(step, steps).await,
            Verb::Call(call) => self.call(step, shared, call).await,
            Verb::AnyOrder(_) | Verb::Choose(_) | Verb::Serve(_) | Verb::Repeat { .. } | Verb::Parallel(_) => {
                self.with_steps(step, shared).await
            }
            _ => self.alone(step, shared).await,
        }
    }

    /// Verbs that hold steps. Each is boxed, so that steps inside steps take little of the stack.
    fn with_steps<'a>(&'a mut self, step: &'a Step, shared: Variables) -> BoxFuture<'a, Outcome> {
        match &step.verb {
            Verb::AnyOrder(alternatives) => boxed(|| self.any_order(step, shared, alternatives)),
            Verb::Choose(alternatives) => boxed(|| self.choose(step, shared, alternatives)),
            Verb::Serve(alternatives) => boxed(|| self.serve(step, alternatives)),
            Verb::Repeat { rounds, round, steps } => {
                boxed(|| self.repeat(step, shared, rounds, round.as_deref(), steps))
            }
            Verb::Parallel(branches) => boxed(|| self.parallel(step, shared, branches)),
            _ => unreachable!("only these hold steps"),
        }
    }

    /// Verbs that hold no steps.
    fn alone<'a>(&'a mut self, step: &'a Step, shared: Variables) -> BoxFuture<'a, Outcome> {
        async move {
            match &step.verb {
                Verb::Connect { .. } => self.connect(step, shared).await,
                Verb::Accept { endpoint, name } => self.accept(step, shared, *endpoint, name).await,
                Verb::Send { payload, to } => self.send(step, shared, payload, to.as_ref()).await,
                Verb::Receive { matcher, optional } => self.receive(step, shared, matcher, *optional).await,
                Verb::Silence(length) => self.silence(step, shared, *length).await,
                Verb::Request(request) => self.request(step, shared, request).await,
                Verb::Respond(respond) => self.respond(step, shared, respond).await,
                Verb::Close(parting) => self.close(step, shared, parting.as_ref()),
                Verb::Shutdown => self.shutdown(step, shared),
                Verb::Reset => self.reset(step, shared).await,
                Verb::Closed(ending) => self.closed(step, shared, *ending).await,
                Verb::Framing(change) => self.change_framing(step, shared, change),
                Verb::Tls(tls) => self.tls(step, shared, tls).await,
                Verb::Wait(length) => self.pause(step, *length).await,
                Verb::Timer(timers) => {
                    self.set_timers(timers);
                    Ok(())
                }
                Verb::Break => Err(Halt::Break),
                Verb::Assert(condition) => self.assert(step, shared, condition),
                Verb::Note { text, over } => {
                    let text = self.fill(step.id, text, shared)?;
                    let over = over.clone();
                    self.record(&self.mark(step), &Kind::Note { text, over });
                    Ok(())
                }
                Verb::Phase(text) => {
                    let text = self.fill(step.id, text, shared)?;
                    self.record(&self.mark(step), &Kind::Phase { text });
                    Ok(())
                }
                Verb::Signal(name) => self.signal(step, shared, name),
                Verb::Await { name, times } => self.wait_for_signal(step, shared, name, *times).await,
                Verb::Life { what, actor } => self.life(step, shared, *what, actor).await,
                Verb::Verdict { fail, reason } => self.verdict(step, shared, *fail, reason),
                _ => unreachable!("all others are done elsewhere"),
            }
        }
        .boxed()
    }

    /// Runs the steps inside a step, under its deadline where it has one.
    pub(super) async fn bounded(&mut self, step: &Step, steps: &[Step]) -> Outcome {
        let limited = self.limit(step);
        let outcome = self.run(steps).await;
        if limited {
            self.deadlines.pop();
        }
        outcome
    }

    /// Sets the deadline of all steps inside a step, where it has a `timeout`.
    pub(super) fn limit(&mut self, step: &Step) -> bool {
        let Some(limit) = step.timeout else { return false };
        let deadline = self.world.pulse.now().after(limit, DEADLINE, true);
        let deadline = self.deadlines.last().map_or(deadline, |&outer| outer.sooner(deadline));
        self.deadlines.push(deadline);
        true
    }

    /// Whether a condition holds, with the actor's variables as `shared` has them.
    pub(super) fn holds(&self, step: StepId, condition: &Expression, shared: Variables) -> Outcome<bool> {
        let view = self.view(shared, &[]);
        condition.holds(&view).map_err(|error| self.no_value(step, &error))
    }
}

/// Makes a future where it does not weigh on the stack of whoever waits for it.
fn boxed<'a, F: Future<Output = Outcome> + Send + 'a>(make: impl FnOnce() -> F) -> BoxFuture<'a, Outcome> {
    make().boxed()
}

fn fits(fails: Fails, kind: FindingKind) -> bool {
    match fails {
        Fails::Any => true,
        Fails::Timeout => matches!(kind, FindingKind::Timeout | FindingKind::Standstill),
        Fails::Refused => kind == FindingKind::Refused,
        Fails::Mismatch => matches!(
            kind,
            FindingKind::Mismatch | FindingKind::Malformed | FindingKind::Unsilent | FindingKind::Handshake
        ),
        Fails::Closed => kind == FindingKind::Ended,
    }
}
