//! One sequential thread of control: a script, a session, a branch.
//!
//! Owns the strand's variables, connections, timers and counts, running its steps one after another, and its orderly end:
//! failure is local to the strand, whose connections are closed in order. What each verb does stands in files of their
//! own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt as _};

use super::connection::Connection;
use super::failure::{Halt, Outcome};
use super::pool::Pool;
use super::respond::Serving;
use super::scope::{Received, Variables, View};
use super::shared::Shared;
use super::world::{Chance, World};
use crate::finding::{Finding, FindingKind};
use crate::ident::{StrandName, Tail};
use crate::plan::step::{Fails, Step, StepId, Verb};
use crate::runtime::{self, Alarm, Arrival, Seat};
use crate::trace::event::{Frame, Kind};
use crate::trace::recorder::{About, Log};

/// One sequential thread of control.
#[derive(Debug)]
pub(super) struct Strand {
    pub(super) world: Arc<World>,
    pub(super) actor: Arc<Shared>,
    pub(super) name: Arc<StrandName>,
    pub(super) text: Arc<str>,
    pub(super) log: Arc<Log>,
    pub(super) seat: Arc<Seat>,
    pub(super) chance: Arc<Chance>,
    pub(super) variables: Variables,
    pub(super) connections: Vec<Connection>,
    /// Where HTTP requests can go.
    pub(super) pools: Vec<Pool>,
    pub(super) last: Option<Received>,
    /// The request that met the guard of an alternative around.
    pub(super) serving: Option<Serving>,
    /// The connection that met the guard of the innermost alternative.
    pub(super) met: Option<String>,
    pub(super) frames: Vec<Frame>,
    /// How often each framing step was begun.
    pub(super) begun: HashMap<StepId, u32>,
    pub(super) timers: BTreeMap<String, Alarm>,
    /// How many signals of each name this strand has used up.
    pub(super) awaited: BTreeMap<String, u32>,
    /// How many connections it established to each endpoint.
    pub(super) opened: BTreeMap<String, u32>,
    pub(super) parallels: u32,
    /// Deadlines of the groups around the current step.
    pub(super) deadlines: Vec<Alarm>,
    /// Whether a step around the current one is kept out of diagrams.
    pub(super) hidden: bool,
    /// The session's name, in a session.
    pub(super) session: Option<Arc<str>>,
    /// The `connect` with a `retry` whose refused attempts were drawn.
    pub(super) refused: Option<StepId>,
    pub(super) steps: u64,
    /// How often it listened since it let others run.
    pub(super) listened: u64,
    /// A `serve` of it has ended because nothing but such was left: who is none of the actors may go on.
    pub(super) dismissed: bool,
}

/// What is said of a step's events.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) step: StepId,
    pub(super) label: Option<String>,
    pub(super) hide: bool,
}

impl Mark {
    pub(super) const fn of(step: StepId) -> Self {
        Self {
            step,
            label: None,
            hide: false,
        }
    }
}

/// The tag of a step's deadline among the alarms of a wait.
pub(super) const DEADLINE: u32 = u32::MAX;

/// After so many steps, and so many messages, a strand lets others run, even if it never waits.
pub(super) const TURN: u64 = 128;

/// How a strand ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Whether it came to its end without a failure.
    pub passed: bool,
    /// Its variables, for whoever began it.
    pub variables: Variables,
    /// Connections that it was lent and did not close.
    pub connections: Vec<Connection>,
    /// Keeps the run from being settled until whoever waits for this end has seen it.
    pub _arrival: Arrival,
}

impl Strand {
    /// A strand that has done nothing; it counts as runnable from now on.
    pub(super) fn new(world: &Arc<World>, actor: &Arc<Shared>, name: StrandName) -> Self {
        let text: Arc<str> = name.to_string().into();
        let seat = world.pulse.sit(world.key(&name));
        if name.tails.first() == Some(&Tail::Setup) {
            seat.goes_before_others();
        }
        let log = Arc::new(Log::new(Arc::clone(&world.recorder), &text));
        let chance = Arc::new(Chance::new(Arc::clone(world), Arc::clone(&text)));
        Self::seated(world, actor, Arc::new(name), text, log, chance, Arc::new(seat))
    }

    /// A strand that goes on in a seat.
    pub(super) fn seated(
        world: &Arc<World>,
        actor: &Arc<Shared>,
        name: Arc<StrandName>,
        text: Arc<str>,
        log: Arc<Log>,
        chance: Arc<Chance>,
        seat: Arc<Seat>,
    ) -> Self {
        Self {
            world: Arc::clone(world),
            actor: Arc::clone(actor),
            name,
            text,
            log,
            seat,
            chance,
            variables: Variables::new(),
            connections: Vec::new(),
            pools: Vec::new(),
            last: None,
            serving: None,
            met: None,
            frames: Vec::new(),
            begun: HashMap::new(),
            timers: BTreeMap::new(),
            awaited: BTreeMap::new(),
            opened: BTreeMap::new(),
            parallels: 0,
            deadlines: Vec::new(),
            hidden: false,
            session: None,
            refused: None,
            steps: 0,
            listened: 0,
            dismissed: false,
        }
    }

    /// Runs the steps and ends the strand, however they end. A panic is a bug of ours: it cuts the run.
    pub(super) async fn play(mut self, steps: Arc<[Step]>) -> Ended {
        let (world, text) = (Arc::clone(&self.world), Arc::clone(&self.text));
        let played = async move {
            let outcome = self.run(&steps).await;
            self.end(outcome)
        };
        match world.watch(&text, played).await {
            Some(ended) => ended,
            None => Ended {
                passed: false,
                variables: Variables::new(),
                connections: Vec::new(),
                _arrival: world.pulse.arrival(),
            },
        }
    }

    /// Runs steps one after another.
    pub(super) fn run<'a>(&'a mut self, steps: &'a [Step]) -> BoxFuture<'a, Outcome> {
        async move {
            for step in steps {
                self.step(step).await?;
            }
            Ok(())
        }
        .boxed()
    }

    async fn step(&mut self, step: &Step) -> Outcome {
        self.turn(step.id).await?;
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
        if let Some(when) = &step.when {
            let view = self.view(shared.clone(), &[]);
            if !when.holds(&view).map_err(|error| self.no_value(step.id, &error))? {
                return Ok(());
            }
        }
        match &step.verb {
            Verb::If {
                condition,
                then,
                otherwise,
            } => {
                let view = self.view(shared, &[]);
                let holds = condition.holds(&view).map_err(|error| self.no_value(step.id, &error))?;
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

    /// Verbs that hold steps. As [`Strand::alone`] it is boxed, so that steps inside steps take little of the stack.
    fn with_steps<'a>(&'a mut self, step: &'a Step, shared: Variables) -> BoxFuture<'a, Outcome> {
        async move {
            match &step.verb {
                Verb::AnyOrder(alternatives) => self.any_order(step, shared, alternatives).await,
                Verb::Choose(alternatives) => self.choose(step, shared, alternatives).await,
                Verb::Serve(alternatives) => self.serve(step, alternatives).await,
                Verb::Repeat { rounds, round, steps } => {
                    self.repeat(step, shared, rounds, round.as_deref(), steps).await
                }
                Verb::Parallel(branches) => self.parallel(step, shared, branches).await,
                _ => unreachable!("only these hold steps"),
            }
        }
        .boxed()
    }

    /// Verbs that hold no steps.
    fn alone<'a>(&'a mut self, step: &'a Step, shared: Variables) -> BoxFuture<'a, Outcome> {
        async move {
            match &step.verb {
                Verb::Connect {
                    to,
                    name,
                    framings,
                    reuse,
                } => {
                    self.connect(step, shared, to, name.as_ref(), framings.as_ref(), *reuse)
                        .await
                }
                Verb::Accept { endpoint, name } => self.accept(step, shared, *endpoint, name).await,
                Verb::Send { payload, to } => self.send(step, shared, payload, to.as_ref()).await,
                Verb::Receive { matcher, optional } => self.receive(step, shared, matcher, *optional).await,
                Verb::Silence(length) => self.silence(step, shared, *length).await,
                Verb::Request(request) => self.request(step, shared, request).await,
                Verb::Respond(respond) => self.respond(step, shared, respond).await,
                Verb::Close => self.close(step, shared),
                Verb::Shutdown => self.shutdown(step, shared),
                Verb::Reset => self.reset(step, shared).await,
                Verb::Closed(ending) => self.closed(step, shared, *ending).await,
                Verb::Framing(change) => self.change_framing(step, shared, change),
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

    /// Records an event of a step.
    pub(super) fn record(&self, mark: &Mark, kind: &Kind) -> u32 {
        self.log.record(self.about(mark), kind)
    }

    pub(super) fn about<'a>(&'a self, mark: &'a Mark) -> About<'a> {
        About {
            step: Some(mark.step),
            frames: &self.frames,
            label: mark.label.as_deref(),
            hide: mark.hide || self.hidden,
        }
    }

    /// What is said of a step's own event, with its label.
    pub(super) fn marked(&self, step: &Step, shared: Variables) -> Outcome<Mark> {
        Ok(Mark {
            label: self.label(step.id, step.label.as_ref(), shared)?,
            ..self.mark(step)
        })
    }

    pub(super) fn mark(&self, step: &Step) -> Mark {
        Mark {
            step: step.id,
            label: None,
            hide: step.hide,
        }
    }

    /// The headers that the diagram shows of the actor's messages.
    pub(super) fn show(&self) -> &[String] {
        &self.actor.plan(&self.world.plan).show
    }

    /// What templates see now, with the actor's variables as `shared` has them.
    pub(super) fn view<'a>(&'a self, shared: Variables, captured: &'a [(String, serde_json::Value)]) -> View<'a> {
        self.view_at(shared, captured, self.at_hand())
    }

    /// As [`Self::view`], about this connection.
    pub(super) fn view_at<'a>(
        &'a self,
        shared: Variables,
        captured: &'a [(String, serde_json::Value)],
        connection: Option<&'a Connection>,
    ) -> View<'a> {
        View {
            constants: &self.world.plan.vars,
            variables: &self.variables,
            captured,
            actor: &self.actor.name,
            row: self.actor.row.as_ref(),
            shared,
            last: self.last.as_ref(),
            peer: connection.map(|connection| connection.link.peer.as_str()),
            session: self.session.as_deref(),
            local: connection.map(|connection| connection.link.local),
            chance: &self.chance,
        }
    }

    /// The connection that `peer` and `local` are about.
    fn at_hand(&self) -> Option<&Connection> {
        let met = self
            .met
            .as_ref()
            .and_then(|met| self.connections.iter().find(|c| c.name == *met));
        met.or_else(|| self.connections.iter().find(|c| c.name == CLIENT))
            .or_else(|| self.connections.first())
    }

    /// Ends the strand: says what failed, closes what is open in order, and leaves the membership.
    fn end(mut self, outcome: Outcome) -> Ended {
        let passed = matches!(outcome, Ok(()) | Err(Halt::Break));
        let cut = matches!(outcome, Err(Halt::Cut)) || self.world.pulse.is_cut();
        if let Err(Halt::Failed(finding)) = &outcome {
            self.report(finding);
        }
        if self.world.joins {
            self.world.ended(&self.text);
        }
        if !passed {
            for connection in &self.connections {
                self.world.taint(&connection.link.text);
            }
        }
        if self.session.as_ref() == Some(&self.text) {
            self.leave();
        }
        let (lent, own): (Vec<_>, Vec<_>) = std::mem::take(&mut self.connections)
            .into_iter()
            .partition(|connection| connection.lent);
        if !cut {
            // A session's own connection was its first, and is closed last.
            let (last, first): (Vec<_>, Vec<_>) = own
                .into_iter()
                .partition(|connection| self.session.is_some() && connection.name == CLIENT);
            for connection in first.into_iter().chain(last) {
                self.hang_up(connection, None, passed);
            }
        }
        Ended {
            passed,
            variables: std::mem::take(&mut self.variables),
            connections: lent,
            _arrival: self.world.pulse.arrival(),
        }
    }

    /// Says that the strand failed, in the trace and among the run's findings.
    pub(super) fn report(&self, finding: &Finding) {
        self.log.record(
            About {
                frames: &self.frames,
                ..About::default()
            },
            &Kind::Finding(Box::new(finding.clone())),
        );
        self.world.found(finding.clone());
    }
}

/// What a session calls the connection that it is for.
pub(super) const CLIENT: &str = "client";

fn fits(fails: Fails, kind: FindingKind) -> bool {
    match fails {
        Fails::Any => true,
        Fails::Timeout => matches!(kind, FindingKind::Timeout | FindingKind::Standstill),
        Fails::Refused => kind == FindingKind::Refused,
        Fails::Mismatch => matches!(
            kind,
            FindingKind::Mismatch | FindingKind::Malformed | FindingKind::Unsilent
        ),
        Fails::Closed => kind == FindingKind::Ended,
    }
}
