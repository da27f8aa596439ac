//! What all strands of a run share.
//!
//! Owns the plan, the recorder, the pulse, where endpoints are, what was signalled, and what was found. Does not own any
//! actor's variables (`cells`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use futures::future::FutureExt;

use super::drains::Drains;
use super::program::Program;
use super::serial::Serials;
use super::signals::Signals;
use crate::draw::Draw;
use crate::finding::{Finding, FindingKind, Place, Verdict};
use crate::ident::{ActorName, Address, ConnectionName, Direction, OUTSIDE, StrandName};
use crate::net::registry::{ConnectError, Connected, Registry};
use crate::net::trust::Trust;
use crate::plan::step::{Framings, StepId, Tls};
use crate::plan::{Outside, Plan, StepInfo};
use crate::runtime::Pulse;
use crate::trace::recorder::Recorder;
use crate::wire::handshake::Upgrade;
use crate::wire::layout::Layout;

/// What cuts a run that takes longer than `limits.scenario`.
pub const DEADLINE: &str = "the scenario's deadline";

/// What all strands of a run share.
#[derive(Debug)]
pub struct World {
    /// What is played.
    pub plan: Arc<Plan>,
    /// Of all that is random.
    pub seed: u64,
    /// Who waits, and which timer fires when.
    pub pulse: Pulse,
    /// Writes the trace.
    pub recorder: Arc<Recorder>,
    /// Who connected.
    pub registry: Arc<Registry>,
    /// What TLS rests on.
    pub trust: Trust,
    /// What was signalled.
    pub signals: Signals,
    /// Who, being none of ours, is one sequence to us.
    pub serials: Serials,
    /// Where endpoints are, under `Server`, `Ftp.data`, `Node[1]`.
    pub directory: BTreeMap<String, Arc<Located>>,
    /// A race to be decided the other way.
    pub flip: Option<Flip>,
    /// Whether what that holds a message for was taken.
    flipped: AtomicBool,
    /// Whether the run's own strand begins and joins the phases: only where there is more than one.
    pub joins: bool,
    /// The programs that play actors, by their names; set before the first step.
    programs: OnceLock<BTreeMap<String, Arc<Program>>>,
    places: HashMap<String, u64>,
    draws: AtomicU64,
    judged: Mutex<Judged>,
    drains: Drains,
}

/// Where an endpoint is.
#[derive(Debug)]
pub struct Located {
    /// Whose it is.
    pub actor: ActorName,
    /// Its name, where the actor has several.
    pub endpoint: Option<String>,
    /// Its address.
    pub address: Address,
    /// How bytes become messages there.
    pub framings: Framings,
    /// The binary messages that frames are shown as there: the first that fits.
    pub messages: Arc<[Layout]>,
    /// What the handshake says, where it speaks WebSocket.
    pub upgrade: Option<Arc<Upgrade>>,
    /// The TLS that connections there begin with.
    pub tls: Option<Tls>,
    /// Whether it is none of ours that listens there.
    pub outside: bool,
}

/// A race of messages that is to be decided the other way: `hold` is not taken before `until` is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flip {
    /// The strand that takes both.
    pub strand: String,
    /// The one that came first.
    pub hold: Nth,
    /// The one that is to come first.
    pub until: Nth,
}

/// The n-th message taken in one direction of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nth {
    /// The connection.
    pub connection: String,
    /// The direction.
    pub direction: Direction,
    /// Which, from 1.
    pub nth: u32,
}

#[derive(Debug, Default)]
pub(super) struct Judged {
    verdict: Verdict,
    findings: Vec<Finding>,
    cut: Option<String>,
    /// Strands that have ended, where something waits for them.
    ended: Vec<Arc<str>>,
    /// Connections of strands that failed: what befalls their other ends follows from that.
    tainted: BTreeSet<Arc<str>>,
    /// Ends that shake hands and are not expected to fail at it, by what they send.
    pub(super) shaking: BTreeSet<(Arc<str>, Direction)>,
    /// Connections that whoever connects asks to be refused.
    pub(super) refusable: BTreeSet<Arc<str>>,
}

impl World {
    /// A world in which nothing has happened.
    pub fn new(
        plan: Arc<Plan>,
        recorder: Arc<Recorder>,
        pulse: Pulse,
        registry: Arc<Registry>,
        trust: Trust,
        directory: BTreeMap<String, Arc<Located>>,
        flip: Option<Flip>,
    ) -> Self {
        let places = plan
            .actors
            .iter()
            .zip(0..)
            .map(|(actor, place)| (actor.name.clone(), place))
            .collect();
        Self {
            seed: plan.seed,
            joins: plan
                .actors
                .iter()
                .any(|actor| actor.setup.is_some() || actor.finally.is_some()),
            serials: Serials::of(&plan),
            plan,
            signals: Signals::new(pulse.clone()),
            pulse,
            recorder,
            registry,
            trust,
            directory,
            flip,
            flipped: AtomicBool::new(false),
            programs: OnceLock::new(),
            places,
            draws: AtomicU64::new(0),
            judged: Mutex::default(),
            drains: Drains::default(),
        }
    }

    /// Who the programs are; told once, before the first step.
    pub fn has_programs(&self, programs: BTreeMap<String, Arc<Program>>) {
        // Nobody tells it twice.
        let _ = self.programs.set(programs);
    }

    /// The program that plays this actor.
    pub fn program(&self, actor: &str) -> Option<&Arc<Program>> {
        self.programs.get()?.get(actor)
    }

    /// All programs, in the order of the actors' names.
    pub fn programs(&self) -> impl Iterator<Item = &Arc<Program>> {
        self.programs.get().into_iter().flat_map(BTreeMap::values)
    }

    /// Where an endpoint is, by its name; the only endpoint of an actor may have a name too.
    pub fn locate(&self, target: &str) -> Option<&Arc<Located>> {
        let alone = || {
            let (actor, _) = target.rsplit_once('.')?;
            self.directory.get(actor)
        };
        self.directory.get(target).or_else(alone)
    }

    /// Who of the scenario connects from this address without being one of ours; else somebody who is not of it.
    pub fn caller(&self, peer: &Address) -> ActorName {
        let is_it = |actor: &&crate::plan::Actor| match (&actor.outside, peer.inet()) {
            (Some(Outside::At(addresses)), Some(peer)) if actor.listen.is_empty() => addresses.iter().any(|own| {
                own.ip() == peer.ip().to_canonical() && matches!(own.port(), 0) | (own.port() == peer.port())
            }),
            _ => false,
        };
        match self.plan.actors.iter().find(is_it) {
            Some(actor) => actor.instances[0].name.clone(),
            None => ActorName::new(OUTSIDE),
        }
    }

    /// Connects to an endpoint, whoever listens there.
    pub async fn connect(
        &self,
        located: &Located,
        name: Arc<ConnectionName>,
        record: impl FnOnce(),
    ) -> Result<Connected, ConnectError> {
        if located.framings.are_datagrams() {
            record();
            let unread = self.plan.limits.unread;
            return Ok(self.registry.associate(&located.address, name, unread)?);
        }
        match located.outside {
            false => self.registry.connect(&located.address, name, record).await,
            true => self.registry.connect_outside(&located.address, record).await,
        }
    }

    /// A strand's place in the strand order.
    pub fn key(&self, strand: &StrandName) -> Arc<[u64]> {
        strand
            .key(&|actor| self.places.get(actor).copied().unwrap_or(u64::MAX - 1))
            .into()
    }

    /// A connection's place in the order of connections.
    pub fn connection_key(&self, connection: &ConnectionName) -> Vec<u64> {
        connection.key(&|actor| self.places.get(actor).copied().unwrap_or(u64::MAX - 1))
    }

    /// The `nth` message, or the end behind the last, of a direction was taken: another may be held for it.
    pub fn taken(&self, connection: &str, direction: Direction, nth: u32) {
        if let Some(Flip { until, .. }) = &self.flip
            && (until.connection.as_str(), until.direction) == (connection, direction)
            && nth >= until.nth
        {
            self.flipped.store(true, Ordering::SeqCst);
        }
    }

    /// Whether what a message is held for was taken; its connection may be closed by now.
    pub fn is_flipped(&self) -> bool {
        self.flipped.load(Ordering::SeqCst)
    }

    /// What the plan says of a step.
    pub fn step(&self, id: StepId) -> &StepInfo {
        &self.plan.steps[id as usize]
    }

    /// A step's place in the file.
    pub fn place(&self, id: StepId) -> Place {
        self.step(id).place.clone()
    }

    /// Adds a finding, which the verdict never gets better by.
    pub fn found(&self, finding: Finding) {
        let mut judged = self.lock();
        judged.verdict = judged.verdict.max(finding.verdict);
        judged.findings.push(finding);
    }

    /// Adds a finding unless there is one of this kind and strand; whether it was added.
    pub fn found_once(&self, finding: Finding) -> bool {
        let is_known = |known: &Finding| (known.kind, known.strand.as_str()) == (finding.kind, finding.strand.as_str());
        let is_new = !self.lock().findings.iter().any(is_known);
        if is_new {
            self.found(finding);
        }
        is_new
    }

    /// Cuts the run; the first reason counts.
    pub fn cut(&self, why: impl Into<String>) {
        self.lock().cut.get_or_insert_with(|| why.into());
        self.pulse.cut();
    }

    /// Whether it was the scenario's deadline that cut the run.
    pub fn is_cut_by_time(&self) -> bool {
        self.lock().cut.as_deref() == Some(DEADLINE)
    }

    /// Notes that a strand has ended, for the run to join it.
    pub fn ended(&self, strand: &Arc<str>) {
        self.lock().ended.push(Arc::clone(strand));
    }

    /// The strands that have ended since the last call.
    pub fn take_ended(&self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.lock().ended)
    }

    /// Marks a connection as one of a strand that failed.
    pub fn taint(&self, connection: &Arc<str>) {
        self.lock().tainted.insert(Arc::clone(connection));
    }

    /// Whether a strand failed that this connection was of.
    pub fn is_tainted(&self, connection: &str) -> bool {
        self.lock().tainted.contains(connection)
    }

    /// Whether anything but a standstill was found: what stands still after it does so because of it.
    pub fn has_failed(&self) -> bool {
        self.lock()
            .findings
            .iter()
            .any(|finding| finding.kind != FindingKind::Standstill)
    }

    /// What a task comes to. A panic in it is a bug of ours: it is a finding, and cuts the run.
    pub async fn watch<T>(&self, who: &str, task: impl Future<Output = T>) -> Option<T> {
        match AssertUnwindSafe(task).catch_unwind().await {
            Ok(value) => Some(value),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let why = text
                    .or_else(|| panic.downcast_ref::<&str>().copied())
                    .unwrap_or("no message");
                let mut finding = finding(self, who, None, FindingKind::Panic, format!("a bug of wiretale: {why}"));
                finding.verdict = Verdict::Error;
                self.found(finding);
                self.cut("a bug of wiretale");
                None
            }
        }
    }

    /// What was found, how the run was judged, and what cut it.
    pub fn judgement(&self) -> (Vec<Finding>, Verdict, Option<String>) {
        let judged = self.lock();
        (judged.findings.clone(), judged.verdict, judged.cut.clone())
    }

    /// How often chance was asked.
    pub fn draws(&self) -> u64 {
        self.draws.load(Ordering::Relaxed)
    }

    /// One draw.
    pub fn draw(&self, purpose: &str, name: &str, identity: u64) -> Draw {
        self.draws.fetch_add(1, Ordering::Relaxed);
        Draw::keyed(self.seed, purpose, name, identity)
    }

    /// The tails that still read.
    pub const fn drains(&self) -> &Drains {
        &self.drains
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Judged> {
        self.judged
            .lock()
            .expect("no thread panics while it holds the findings")
    }
}

/// A finding of a strand, at a step where it has one.
pub fn finding(
    world: &World,
    strand: &str,
    step: Option<StepId>,
    kind: FindingKind,
    text: impl Into<String>,
) -> Finding {
    Finding {
        kind,
        verdict: Verdict::Fail,
        strand: strand.to_owned(),
        verb: step.map(|id| world.step(id).verb.to_owned()),
        place: step.map(|id| world.place(id)),
        text: text.into(),
        actual: None,
        expected: Vec::new(),
        help: None,
        follows: false,
    }
}
