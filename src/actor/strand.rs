//! One sequential thread of control: a script, a session, a branch.
//!
//! Owns the strand's variables, connections, timers and counts, that its steps are done one after another, what is said of
//! their events, and the orderly end: failure is local to the strand, whose connections are closed in order. Does not own
//! how one step is done (`step`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::{BoxFuture, FutureExt as _};

use super::anybody;
use super::chance::Chance;
use super::connection::Connection;
use super::failure::{Halt, Outcome};
use super::peers::Regions;
use super::pool::Pool;
use super::respond::Serving;
use super::scope::{Received, Variables, View};
use super::shared::Shared;
use super::world::World;
use crate::finding::Finding;
use crate::ident::{StrandName, Tail};
use crate::plan::step::{Step, StepId};
use crate::runtime::{Alarm, Arrival, Seat};
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
    /// The endpoints whose datagrams are its own, by what it calls them.
    pub(super) anybody: Vec<(String, usize)>,
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
    /// The regions in which its peers have strands of their own; `None` where its order is its own.
    pub(super) regions: Option<Box<Regions>>,
    /// Whether anything of it is for diagrams.
    pub(super) shown: AtomicBool,
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
        let regions = Regions::of(&name, actor.plan(&world.plan).per_peer);
        let anybody = anybody::endpoints(actor, &world.plan, &name);
        Self {
            regions,
            anybody,
            ..Self::seated(world, actor, Arc::new(name), text, log, chance, Arc::new(seat))
        }
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
            anybody: Vec::new(),
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
            regions: None,
            shown: AtomicBool::new(false),
            dismissed: false,
        }
    }

    /// Runs the steps and ends the strand, however they end. A panic is a bug of ours: it cuts the run.
    pub(super) async fn play(self, steps: Arc<[Step]>) -> Ended {
        self.played(None, steps).await
    }

    /// As [`Self::play`], for the session of a connection at this endpoint.
    pub(super) async fn attend(self, endpoint: usize, steps: Arc<[Step]>) -> Ended {
        self.played(Some(endpoint), steps).await
    }

    async fn played(mut self, endpoint: Option<usize>, steps: Arc<[Step]>) -> Ended {
        let (world, text) = (Arc::clone(&self.world), Arc::clone(&self.text));
        let played = async move {
            let begun = match endpoint {
                Some(endpoint) => self.begin_session(endpoint).await,
                None => Ok(true),
            };
            let outcome = match begun {
                Ok(true) => self.run(&steps).await,
                Ok(false) => Ok(()),
                Err(halt) => Err(halt),
            };
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

    /// What comes before the first step of a session: TLS, and the handshake of a WebSocket. Says whether there is one.
    async fn begin_session(&mut self, endpoint: usize) -> Outcome<bool> {
        let located = Arc::clone(&self.actor.endpoints[endpoint].located);
        if located.tls.is_none() && located.upgrade.is_none() {
            return Ok(true);
        }
        self.greet(endpoint).await?;
        let is_there = self.shake_as_session(endpoint).await?;
        if is_there {
            self.join();
        }
        Ok(is_there)
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

    /// Records an event of a step.
    pub(super) fn record(&self, mark: &Mark, kind: &Kind) -> u32 {
        if let Kind::Connect { connection, .. }
        | Kind::Accept { connection, .. }
        | Kind::Malformed { connection, .. }
        | Kind::Closing { connection, .. }
        | Kind::Closed { connection, .. } = kind
        {
            self.serially(connection);
        }
        self.log().record(self.about(mark), kind)
    }

    /// What comes next on this connection is, where its other end is one sequence to us, an access to that.
    pub(super) fn serially(&self, connection: &str) {
        self.world.serials.access(connection, |access| {
            let cells = vec![access];
            self.log().record(About::default(), &Kind::Access { cells });
        });
    }

    /// Where the strand's events go. What its peers have caused comes before.
    pub(super) fn log(&self) -> &Log {
        self.end_region();
        &self.log
    }

    pub(super) fn about<'a>(&'a self, mark: &'a Mark) -> About<'a> {
        let hide = mark.hide || self.hidden || self.world.step(mark.step).hide;
        if !hide {
            self.shown.store(true, Ordering::Relaxed);
        }
        About {
            step: Some(mark.step),
            frames: &self.frames,
            label: mark.label.as_deref(),
            hide,
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
            local: connection.map(|connection| connection.link.local.clone()),
            chance: &self.chance,
        }
    }

    /// The connection that `peer` and `local` are about.
    fn at_hand(&self) -> Option<&Connection> {
        let met = self.met.as_ref().and_then(|met| self.find(met));
        let at = met.or_else(|| self.find(CLIENT));
        self.connections.get(at.unwrap_or_default())
    }

    /// Ends the strand: says what failed, closes what is open in order, and leaves the membership.
    pub(super) fn end(mut self, outcome: Outcome) -> Ended {
        let passed = matches!(outcome, Ok(()) | Err(Halt::Break));
        let cut = matches!(outcome, Err(Halt::Cut)) || self.world.pulse.is_cut();
        if let Err(Halt::Failed(finding)) = &outcome {
            self.report(finding);
        }
        self.end_region();
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
        self.log().record(
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
