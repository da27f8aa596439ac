//! When a run is settled: nobody is runnable, and nothing is under way to anybody who waits.
//!
//! Owns the two counts behind that (who is busy, what is under way on each flow) and the queue of timers. Does not own
//! waiting and waking, which is [`super::pulse`]'s.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use super::alarm::latest;
use super::slab::Slab;

/// One direction of a connection, as bytes under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlowId(usize);

/// What a strand that is not runnable waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Something that another strand must do: a standstill ends it.
    Step,
    /// The next round of a `serve`: ends when nothing else is left.
    Serve,
    /// Strands that it began itself: never the reason for a standstill.
    Others,
}

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Its timer of this tag fired.
    Alarm(u32),
    /// Nobody can end it.
    Standstill,
    /// Nothing but `serve`s is left.
    Quiet,
}

/// The order in which timers fire: by deadline, then by strand order, then by when they were set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimerKey {
    deadline: Duration,
    strand: Arc<[u64]>,
    sequence: u64,
}

#[derive(Debug)]
struct Timer {
    seat: usize,
    tag: u32,
    due: Instant,
    length: Duration,
    explicit: bool,
}

#[derive(Debug, Default)]
struct Flow {
    sent: u64,
    read: u64,
    /// No more will be read, so nothing is under way.
    over: bool,
    outside: Outside,
    watcher: Option<usize>,
}

/// Whether one end of a flow is a program that is no actor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Outside {
    /// Both ends are actors'.
    #[default]
    Nobody,
    /// The end that sends.
    Speaks,
    /// The end that reads.
    Hears,
}

#[derive(Debug)]
pub(super) struct SeatState {
    key: Arc<[u64]>,
    /// Whether more strands come only after this one has ended.
    pub(super) early: bool,
    /// What it waits for, while it is idle.
    idle: Option<Waiting>,
    pub(super) roused: bool,
    pub(super) reason: Option<Reason>,
    pub(super) waker: Option<Waker>,
}

/// Everything that the pulse knows, behind one lock that is never held across an await.
#[derive(Debug)]
pub(super) struct State {
    /// Strands that are runnable, and arrivals that nobody took yet.
    pub(super) busy: usize,
    /// How many of those wait, as `serve`s do, and may also be woken by something that nobody here knows of.
    pub(super) doubts: usize,
    /// Strands that have not ended.
    pub(super) live: usize,
    pub(super) cut: bool,
    /// The run may have become settled since the supervisor looked last.
    pub(super) beaten: bool,
    /// More strands will come: a phase is not over, so `serve`s go on.
    pub(super) more: bool,
    /// Outboxes that the kernel takes nothing of.
    pub(super) flushing: usize,
    /// Flows that programs which are no actors may yet send on.
    speaking: usize,
    seats: Slab<SeatState>,
    flows: Slab<Flow>,
    timers: BTreeMap<TimerKey, Timer>,
    /// The run's own time: the deadline of the timer that fired last. Computing takes none of it.
    pub(super) now: Duration,
    sequence: u64,
    explicit: usize,
    idle_steps: usize,
    idle_serves: usize,
}

/// What is to be done now.
pub(super) enum Next {
    /// Nothing until something happens.
    Nothing,
    /// Look again then, at the latest.
    At(Instant),
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            busy: 0,
            doubts: 0,
            live: 0,
            cut: false,
            beaten: false,
            more: false,
            flushing: 0,
            speaking: 0,
            seats: Slab::default(),
            flows: Slab::default(),
            timers: BTreeMap::new(),
            now: Duration::ZERO,
            sequence: 0,
            explicit: 0,
            idle_steps: 0,
            idle_serves: 0,
        }
    }

    pub(super) fn take_seat(&mut self, key: Arc<[u64]>) -> usize {
        self.busy += 1;
        self.live += 1;
        self.seats.insert(SeatState {
            key,
            early: false,
            idle: None,
            roused: false,
            reason: None,
            waker: None,
        })
    }

    pub(super) fn leave_seat(&mut self, seat: usize) {
        self.run(seat);
        self.seats.remove(seat);
        self.busy -= 1;
        self.live -= 1;
    }

    pub(super) fn seat(&mut self, seat: usize) -> &mut SeatState {
        self.seats.at(seat)
    }

    /// Counts a strand as runnable again.
    pub(super) fn run(&mut self, seat: usize) {
        match self.seats.at(seat).idle.take() {
            None => return,
            Some(Waiting::Step) => self.idle_steps -= 1,
            Some(Waiting::Serve) => self.idle_serves -= 1,
            Some(Waiting::Others) => {}
        }
        self.busy += 1;
    }

    /// Counts a strand as runnable before it looks again at what it waits for: what ends with what it finds, such as an
    /// arrival, must not settle the run. Says why it need not look: only where it hears programs that are no actors, the
    /// kernel may have what no other strand's doing brought.
    pub(super) fn look_again(&mut self, seat: usize, flows: &[FlowId]) -> Option<Reason> {
        self.run(seat);
        let reason = self.seats.at(seat).reason;
        if flows
            .iter()
            .any(|flow| self.flows.at(flow.0).outside == Outside::Speaks)
        {
            return None;
        }
        reason.filter(|reason| !matches!(reason, Reason::Alarm(_)))
    }

    /// Makes a strand look again at what it waits for.
    pub(super) fn rouse(&mut self, seat: usize) {
        self.run(seat);
        let state = self.seats.at(seat);
        state.roused = true;
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Counts a strand as waiting, unless something is under way to it.
    pub(super) fn rest(&mut self, seat: usize, waiting: Waiting, flows: &[FlowId]) {
        let mut under_way = false;
        for flow in flows {
            let flow = self.flows.at(flow.0);
            flow.watcher = Some(seat);
            under_way |= flow.sent > flow.read && !flow.over;
        }
        if under_way || self.seats.at(seat).idle.is_some() {
            return;
        }
        self.seats.at(seat).idle = Some(waiting);
        match waiting {
            Waiting::Step => self.idle_steps += 1,
            Waiting::Serve => self.idle_serves += 1,
            Waiting::Others => {}
        }
        self.busy -= 1;
    }

    /// Counts a strand as no more waiting at these flows.
    pub(super) fn rise(&mut self, seat: usize, flows: &[FlowId]) {
        for flow in flows {
            let flow = self.flows.at(flow.0);
            if flow.watcher == Some(seat) {
                flow.watcher = None;
            }
        }
        self.run(seat);
        let state = self.seats.at(seat);
        state.waker = None;
        state.reason = None;
    }

    pub(super) fn new_flow(&mut self) -> FlowId {
        FlowId(self.flows.insert(Flow::default()))
    }

    pub(super) fn new_outside_flow(&mut self, speaks: bool) -> FlowId {
        self.speaking += usize::from(speaks);
        let outside = if speaks { Outside::Speaks } else { Outside::Hears };
        FlowId(self.flows.insert(Flow {
            outside,
            ..Flow::default()
        }))
    }

    /// Forgets a flow; whether it was open, and a program that is no actor spoke on it.
    pub(super) fn drop_flow(&mut self, flow: FlowId) -> bool {
        let outside = self.flow_over(flow);
        self.flows.remove(flow.0);
        outside
    }

    pub(super) fn sent(&mut self, flow: FlowId, bytes: u64) {
        let flow = self.flows.at(flow.0);
        if flow.outside != Outside::Nobody {
            return;
        }
        flow.sent += bytes;
        if let Some(watcher) = flow.watcher {
            self.run(watcher);
        }
    }

    pub(super) fn read(&mut self, flow: FlowId, bytes: u64) {
        self.flows.at(flow.0).read += bytes;
    }

    pub(super) fn unread(&mut self, flow: FlowId, bytes: u64) {
        let flow = self.flows.at(flow.0);
        flow.read = flow.read.saturating_sub(bytes);
    }

    /// Ends a flow; whether it was the last word of a program that is no actor.
    pub(super) fn flow_over(&mut self, flow: FlowId) -> bool {
        let flow = self.flows.at(flow.0);
        let last = !std::mem::replace(&mut flow.over, true) && flow.outside == Outside::Speaks;
        self.speaking -= usize::from(last);
        last
    }

    pub(super) fn set_timer(&mut self, seat: usize, alarm: &super::Alarm) -> TimerKey {
        self.sequence += 1;
        self.explicit += usize::from(alarm.explicit);
        let strand = Arc::clone(&self.seats.at(seat).key);
        let key = TimerKey {
            deadline: alarm.deadline,
            strand,
            sequence: self.sequence,
        };
        let timer = Timer {
            seat,
            tag: alarm.tag,
            due: alarm.due,
            length: alarm.length,
            explicit: alarm.explicit,
        };
        self.timers.insert(key.clone(), timer);
        key
    }

    pub(super) fn drop_timer(&mut self, key: &TimerKey) {
        if let Some(timer) = self.timers.remove(key) {
            self.explicit -= usize::from(timer.explicit);
        }
    }

    /// Whether no strand is left, and nothing is on its way to become one that a cut would not keep from it.
    pub(super) const fn is_over(&self) -> bool {
        self.live == 0 && (self.busy == 0 || self.cut)
    }

    /// Whether nothing but `serve`s is left, were it not for doubts and for the strand that asks.
    pub(super) const fn is_quiet_but_for_doubts(&self) -> bool {
        self.busy == self.doubts + 1 && self.idle_steps == 0 && !self.more && !self.cut
    }

    /// Fires what is due, ends what nobody can end, and says when to look again.
    pub(super) fn look(&mut self, clock: Instant) -> Next {
        if self.cut {
            return Next::Nothing;
        }
        let settled = self.busy == 0;
        if settled && self.idle_steps == 0 && self.end_waits(Waiting::Serve, Reason::Quiet) {
            return Next::Nothing;
        }
        // Where more strands are to come, what some wait for may be theirs to bring, and no reason for a `serve` to go on.
        // A program that is no actor may yet speak: then only deadlines tell.
        let stands_still = settled && self.explicit == 0 && self.flushing == 0 && self.speaking == 0;
        if stands_still
            && (self.end_waits(Waiting::Step, Reason::Standstill) || self.end_waits(Waiting::Serve, Reason::Quiet))
        {
            return Next::Nothing;
        }
        let Some((key, timer)) = self.timers.first_key_value() else {
            return Next::Nothing;
        };
        let due = if settled {
            timer.due
        } else {
            latest(timer.due, timer.length)
        };
        if clock < due {
            return Next::At(due);
        }
        let key = key.clone();
        let (seat, tag) = (timer.seat, timer.tag);
        self.drop_timer(&key);
        self.now = self.now.max(key.deadline);
        self.seats.at(seat).reason = Some(Reason::Alarm(tag));
        self.rouse(seat);
        Next::At(clock)
    }

    /// Ends all waits of this kind, and says whether there was one. While more strands are to come, these may bring what
    /// others wait for, so only strands that must have ended before are told.
    fn end_waits(&mut self, waiting: Waiting, reason: Reason) -> bool {
        let mut ended = false;
        let waits = match waiting {
            Waiting::Step => self.idle_steps,
            Waiting::Serve => self.idle_serves,
            Waiting::Others => 0,
        };
        if waits == 0 {
            return false;
        }
        for seat in self.seats.keys() {
            let state = self.seats.at(seat);
            if state.idle == Some(waiting) && (state.early || !self.more) {
                state.reason = Some(reason);
                self.rouse(seat);
                ended = true;
            }
        }
        ended
    }

    /// Wakes everybody, so that each sees that the run is cut.
    pub(super) fn cut(&mut self) {
        self.cut = true;
        for seat in self.seats.keys() {
            self.rouse(seat);
        }
    }
}
