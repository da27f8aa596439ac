//! What all strands of a run share.
//!
//! Owns the plan, the recorder, the pulse, where endpoints are, what was signalled, and what was found. Does not own any
//! actor's variables (`cells`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use futures::future::{Either, FutureExt, select};
use futures::task::AtomicWaker;

use super::signals::Signals;
use crate::draw::Draw;
use crate::finding::{Finding, FindingKind, Place, Verdict};
use crate::ident::{ActorName, ConnectionName, Direction, StrandName};
use crate::net::registry::Registry;
use crate::plan::step::{Framings, StepId};
use crate::plan::{Plan, StepInfo};
use crate::runtime::Pulse;
use crate::runtime::channel::{self, Receiver, Sender};
use crate::trace::recorder::Recorder;
use crate::wire::layout::Layout;

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
    /// What was signalled.
    pub signals: Signals,
    /// Where endpoints are, under `Server`, `Ftp.data`, `Node[1]`.
    pub directory: BTreeMap<String, Arc<Located>>,
    /// A race to be decided the other way.
    pub flip: Option<Flip>,
    /// Whether what that holds a message for was taken.
    flipped: AtomicBool,
    /// Whether the run's own strand begins and joins the phases: only where there is more than one.
    pub joins: bool,
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
    pub address: SocketAddr,
    /// How bytes become messages there.
    pub framings: Framings,
    /// The binary messages that frames are shown as there: the first that fits.
    pub messages: Arc<[Layout]>,
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
struct Judged {
    verdict: Verdict,
    findings: Vec<Finding>,
    cut: Option<String>,
    /// Strands that have ended, where something waits for them.
    ended: Vec<Arc<str>>,
    /// Connections of strands that failed: what befalls their other ends follows from that.
    tainted: BTreeSet<Arc<str>>,
}

impl World {
    /// A world in which nothing has happened.
    pub fn new(
        plan: Arc<Plan>,
        recorder: Arc<Recorder>,
        pulse: Pulse,
        registry: Arc<Registry>,
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
            plan,
            signals: Signals::new(pulse.clone()),
            pulse,
            recorder,
            registry,
            directory,
            flip,
            flipped: AtomicBool::new(false),
            places,
            draws: AtomicU64::new(0),
            judged: Mutex::default(),
            drains: Drains::default(),
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

    /// Cuts the run; the first reason counts.
    pub fn cut(&self, why: impl Into<String>) {
        self.lock().cut.get_or_insert_with(|| why.into());
        self.pulse.cut();
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

    fn lock(&self) -> MutexGuard<'_, Judged> {
        self.judged
            .lock()
            .expect("no thread panics while it holds the findings")
    }
}

/// The tails that still read. Each holds a pass; they are told to stop by the end of the channel that it holds.
#[derive(Debug)]
pub struct Drains {
    stop: Mutex<Option<Sender<Never>>>,
    stopped: Receiver<Never>,
    count: Arc<DrainCount>,
}

/// Nothing of this type can be sent.
#[derive(Debug)]
enum Never {}

#[derive(Debug, Default)]
struct DrainCount {
    reading: AtomicU64,
    /// Those of them that read what comes from outside the scenario.
    outside: AtomicU64,
    ended: AtomicWaker,
}

/// What a tail holds while it reads.
#[derive(Debug)]
pub struct DrainPass {
    stopped: Receiver<Never>,
    count: Arc<DrainCount>,
    is_outside: bool,
}

impl Default for Drains {
    fn default() -> Self {
        let (stop, stopped) = channel::bounded(1);
        Self {
            stop: Mutex::new(Some(stop)),
            stopped,
            count: Arc::default(),
        }
    }
}

impl Drains {
    /// One more; `is_outside` says that it reads what comes from outside the scenario.
    pub fn begin(&self, is_outside: bool) -> DrainPass {
        self.count.outside.fetch_add(u64::from(is_outside), Ordering::SeqCst);
        self.count.reading.fetch_add(1, Ordering::SeqCst);
        DrainPass {
            stopped: self.stopped.clone(),
            count: Arc::clone(&self.count),
            is_outside,
        }
    }

    /// Until none is left but those that read what comes from outside.
    pub async fn own_ended(&self) {
        self.until(|count| count.reading.load(Ordering::SeqCst) <= count.outside.load(Ordering::SeqCst))
            .await;
    }

    /// Until none is left.
    pub async fn ended(&self) {
        self.until(|count| count.reading.load(Ordering::SeqCst) == 0).await;
    }

    async fn until(&self, holds: impl Fn(&DrainCount) -> bool) {
        poll_fn(|cx| {
            self.count.ended.register(cx.waker());
            if holds(&self.count) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Tells all to stop.
    pub fn stop(&self) {
        self.stop
            .lock()
            .expect("no thread panics while it stops the tails")
            .take();
    }
}

impl DrainPass {
    /// What `reading` comes to, or `None` where the tails are told to stop before.
    pub async fn until_stopped<T>(&self, reading: impl Future<Output = T>) -> Option<T> {
        match select(pin!(reading), pin!(self.stopped.recv())).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }
}

impl Drop for DrainPass {
    fn drop(&mut self) {
        self.count.reading.fetch_sub(1, Ordering::SeqCst);
        self.count
            .outside
            .fetch_sub(u64::from(self.is_outside), Ordering::SeqCst);
        self.count.ended.wake();
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
