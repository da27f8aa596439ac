//! An actor as its strands know it.
//!
//! Owns who it is, its cells, and the connections that wait at endpoints which the script accepts at. Does not own its
//! life (`supervisor`).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::cells::Cells;
use super::stand_in::StandIn;
use super::world::Located;
use crate::ident::ActorName;
use crate::net::registry::Arrived;
use crate::net::stream::Stream;
use crate::plan::Plan;
use crate::plan::step::{Alternative, Block, Step, Unexpected, Verb};
use crate::runtime::Pulse;
use serde_json::Value as Json;

/// An actor as its strands know it.
#[derive(Debug)]
pub struct Shared {
    /// `Client`, or `Client[2]`.
    pub name: ActorName,
    /// Its place in the plan's actors.
    pub place: usize,
    /// Its row, where its `count` is one of rows.
    pub row: Option<Arc<Json>>,
    /// What its strands share.
    pub cells: Cells,
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
    /// Whether any step asks who its sessions are; if none does, joining and leaving are no events.
    pub has_broadcasts: bool,
    /// Code that plays it, instead of its steps.
    pub stand_in: Option<StandIn>,
    /// Its setup failed, so that its script does not begin.
    pub setup_failed: AtomicBool,
}

/// One of an actor's endpoints.
#[derive(Debug)]
pub struct Endpoint {
    /// Where it is.
    pub located: Arc<Located>,
    connections: Arc<AtomicU32>,
    queue: Mutex<Queue>,
}

/// One of the connections that an endpoint has at once, until it is dropped.
#[derive(Debug)]
pub struct Occupied(Arc<AtomicU32>);

impl Drop for Occupied {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Debug, Default)]
struct Queue {
    arrived: VecDeque<(Stream, Arrived)>,
    waiting: Vec<usize>,
    closed: bool,
}

impl Endpoint {
    /// An endpoint without connections.
    pub fn new(located: Arc<Located>) -> Self {
        Self {
            located,
            connections: Arc::default(),
            queue: Mutex::default(),
        }
    }

    /// A place for one more connection, of at most so many at once.
    pub fn place(&self, most: Option<u32>) -> Option<Occupied> {
        let open = self.connections.fetch_add(1, Ordering::SeqCst);
        let occupied = Occupied(Arc::clone(&self.connections));
        most.is_none_or(|most| open < most).then_some(occupied)
    }

    /// What it is called: `Server`, `Ftp.data`.
    pub fn text(&self) -> String {
        match &self.located.endpoint {
            Some(endpoint) => format!("{}.{endpoint}", self.located.actor),
            None => self.located.actor.to_string(),
        }
    }

    /// Keeps a connection until the script accepts it.
    ///
    /// From here on it is the roused strand that keeps the run from being settled: where none waits, none may ever come.
    pub fn push(&self, pulse: &Pulse, stream: Stream, mut arrived: Arrived) {
        let mut queue = self.queue();
        if queue.closed {
            return;
        }
        let arrival = arrived.arrival.take();
        queue.arrived.push_back((stream, arrived));
        for seat in queue.waiting.drain(..) {
            pulse.rouse(seat);
        }
        drop(arrival);
    }

    /// The next connection; else the strand with this seat is roused when one comes.
    pub fn pop(&self, seat: usize) -> Option<(Stream, Arrived)> {
        let mut queue = self.queue();
        let next = queue.arrived.pop_front();
        if next.is_none() && !queue.waiting.contains(&seat) {
            queue.waiting.push(seat);
        }
        next
    }

    /// Whether a connection waits here.
    pub fn has_some(&self) -> bool {
        !self.queue().arrived.is_empty()
    }

    /// The strand with this seat waits no more.
    pub fn forget(&self, seat: usize) {
        self.queue().waiting.retain(|&waiting| waiting != seat);
    }

    /// Gives what nobody accepted, and drops whatever comes from now on.
    pub fn close(&self) -> VecDeque<(Stream, Arrived)> {
        let mut queue = self.queue();
        queue.closed = true;
        std::mem::take(&mut queue.arrived)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue
            .lock()
            .expect("no thread panics while it holds a queue of connections")
    }
}

impl Shared {
    /// Whether code that plays it begins with the run, for connections may come before the scripts begin.
    pub fn serves_from_the_beginning(&self, plan: &Plan) -> bool {
        let endpoints = &self.plan(plan).listen;
        endpoints.iter().any(|endpoint| endpoint.session.is_some())
    }

    /// Whether it is none of ours.
    pub fn is_outside(&self, plan: &Plan) -> bool {
        self.plan(plan).outside.is_some()
    }

    /// Its part of the plan.
    pub fn plan<'a>(&self, plan: &'a Plan) -> &'a crate::plan::Actor {
        &plan.actors[self.place]
    }
}

/// Whether any step of an actor asks who its sessions are.
pub fn has_broadcasts(actor: &crate::plan::Actor) -> bool {
    let sessions = actor.listen.iter().filter_map(|endpoint| endpoint.session.as_ref());
    let blocks = actor
        .setup
        .iter()
        .chain(&actor.script)
        .chain(&actor.finally)
        .chain(sessions);
    blocks.into_iter().any(broadcasts)
        || any(&actor.background)
        || matches!(&actor.unexpected, Unexpected::Alternatives(all) if any(all))
}

fn any(alternatives: &[Alternative]) -> bool {
    alternatives.iter().any(|alternative| broadcasts(&alternative.steps))
}

fn broadcasts(block: &Block) -> bool {
    block.iter().any(step_broadcasts)
}

fn step_broadcasts(step: &Step) -> bool {
    use crate::plan::step::Branches;
    match &step.verb {
        Verb::Broadcast { .. } | Verb::Send { to: Some(_), .. } => true,
        Verb::AnyOrder(alternatives) | Verb::Choose(alternatives) | Verb::Serve(alternatives) => any(alternatives),
        Verb::Repeat { steps, .. } | Verb::Group(steps) => broadcasts(steps),
        Verb::Call(call) => broadcasts(&call.steps),
        Verb::If { then, otherwise, .. } => broadcasts(then) || broadcasts(otherwise),
        Verb::Parallel(Branches::Lists(_, branches)) => branches.iter().any(|branch| broadcasts(&branch.steps)),
        Verb::Parallel(Branches::Same { steps, .. }) => broadcasts(&steps.steps),
        _ => false,
    }
}
