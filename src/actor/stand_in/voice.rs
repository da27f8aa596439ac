//! A strand of such code as the trace has it.
//!
//! Owns its name, its events, how many connections it opened, and closing connections in its name. Does not own running
//! the code (`part`).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use crate::actor::chance::Chance;
use crate::actor::connection::Connection;
use crate::actor::shared::Shared;
use crate::actor::strand::Strand;
use crate::actor::world::{World, finding};
use crate::finding::{Finding, FindingKind, Verdict};
use crate::ident::StrandName;
use crate::trace::event::Kind;
use crate::trace::recorder::{About, Log};

/// A strand of an actor's code as the trace has it.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) world: Arc<World>,
    pub(super) actor: Arc<Shared>,
    pub(super) name: Arc<StrandName>,
    pub(super) text: Arc<str>,
    pub(super) log: Arc<Log>,
    chance: Arc<Chance>,
    /// Whether the run's own strand begins it.
    is_begun: bool,
    /// Its own connections, for what befalls others when it fails.
    links: Mutex<Vec<Arc<str>>>,
    opened: Mutex<BTreeMap<String, u32>>,
    branches: AtomicU32,
    /// Whether code runs in it, and not only events are recorded.
    hosted: AtomicBool,
    ended: AtomicBool,
    /// It was told that nothing more comes: who is none of the actors may go on.
    dismissed: AtomicBool,
}

impl Voice {
    pub(super) fn new(world: &Arc<World>, actor: &Arc<Shared>, name: StrandName, is_begun: bool) -> Self {
        let text: Arc<str> = name.to_string().into();
        Self {
            world: Arc::clone(world),
            actor: Arc::clone(actor),
            log: Arc::new(Log::new(Arc::clone(&world.recorder), &text)),
            chance: Arc::new(Chance::new(Arc::clone(world), Arc::clone(&text))),
            name: Arc::new(name),
            text,
            is_begun,
            links: Mutex::default(),
            opened: Mutex::default(),
            branches: AtomicU32::new(0),
            hosted: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            dismissed: AtomicBool::new(false),
        }
    }

    /// Whether it is a session, and not the actor's own strand.
    pub(super) fn is_session(&self) -> bool {
        !self.name.tails.is_empty()
    }

    pub(super) fn record(&self, kind: &Kind) {
        self.log.record(About::default(), kind);
    }

    /// A connection is its own.
    pub(super) fn has(&self, link: &Arc<str>) {
        let mut links = self.links.lock().expect("no thread panics while it adds a connection");
        links.push(Arc::clone(link));
    }

    /// How many connections it has established to an endpoint.
    pub(super) fn opened(&self, target: &str) -> u32 {
        let opened = self
            .opened
            .lock()
            .expect("no thread panics while it counts connections");
        opened.get(target).copied().unwrap_or_default()
    }

    /// One more connection was established.
    pub(super) fn count(&self, target: &str) {
        let mut opened = self
            .opened
            .lock()
            .expect("no thread panics while it counts connections");
        *opened.entry(target.to_owned()).or_default() += 1;
    }

    pub(super) fn finding(&self, kind: FindingKind, text: impl Into<String>) -> Finding {
        let mut finding = finding(&self.world, &self.text, None, kind, text);
        if kind == FindingKind::System {
            finding.verdict = Verdict::Error;
        }
        finding.follows = kind == FindingKind::Standstill && self.world.has_failed();
        finding
    }

    /// Says that something is wrong, in the trace and among the run's findings.
    pub(super) fn report(&self, finding: Finding) {
        self.record(&Kind::Finding(Box::new(finding.clone())));
        self.world.found(finding);
    }

    /// It failed: what befalls the other ends of its connections follows from that.
    pub(super) fn taint(&self) {
        let links = self.links.lock().expect("no thread panics while it adds a connection");
        links.iter().for_each(|link| self.world.taint(link));
    }

    /// Nothing more comes to it.
    pub(super) fn dismiss(&self) {
        self.dismissed.store(true, Ordering::SeqCst);
    }

    /// The number of the next branch that it begins.
    pub(super) fn branches(&self) -> u32 {
        self.branches.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Code begins to run in it.
    pub(super) fn is_hosted(&self) {
        self.hosted.store(true, Ordering::SeqCst);
    }

    /// Its connection has ended; where no code runs in it, it has ended too.
    pub(super) fn end_with_connection(&self) {
        if self.is_session() && !self.hosted.load(Ordering::SeqCst) {
            self.end();
        }
    }

    /// It has ended, for the run to join it; said once.
    pub(super) fn end(&self) {
        let is_there = self.is_begun || self.log.next_index() > 0;
        if self.world.joins && is_there && !self.ended.swap(true, Ordering::SeqCst) {
            self.world.ended(&self.text);
        }
    }

    /// Closes a connection in order, and leaves what still comes to a tail.
    pub(super) fn hang_up(&self, connection: Connection, passed: bool) {
        // It counts as runnable until the tail has begun.
        let seat = Arc::new(self.world.pulse.sit(self.world.key(&self.name)));
        let mut strand = Strand::seated(
            &self.world,
            &self.actor,
            Arc::clone(&self.name),
            Arc::clone(&self.text),
            Arc::clone(&self.log),
            Arc::clone(&self.chance),
            seat,
        );
        strand.dismissed = self.dismissed.load(Ordering::SeqCst);
        strand.hang_up(connection, None, passed);
    }
}
