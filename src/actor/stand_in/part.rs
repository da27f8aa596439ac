//! Running such code as a strand.
//!
//! Owns that the strand counts as runnable while its code computes or waits for something that is none of ours, and as
//! waiting while it waits for nothing but what a stage gave it. Does not own what is waited for (`op`), nor how the two are
//! told apart (`bell`).

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll};

use std::time::Duration;

use futures::future::BoxFuture;

use super::BoxError;
use super::bell::{Bell, Elsewhere};
use super::error::Stopped;
use super::inner::{Inner, Left};
use super::op::{How, Interest, On, Op};
use super::voice::Voice;
use crate::actor::shared::Endpoint;
use crate::actor::step::TURN;
use crate::net::outbox::Outbox;
use crate::runtime::{self, Alarm, Seat, Wait, Waiting, Woken};

/// A strand that runs code.
pub(super) struct Part {
    pub(super) voice: Arc<Voice>,
    pub(super) seat: Seat,
    bell: Bell,
    /// Which strand it is, of all that ever were.
    number: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How often the code was polled.
    epoch: u64,
    serial: u64,
    interests: Vec<Interest>,
    /// Waits that have ended, and their code does not know yet.
    ended: Vec<(u64, Stopped)>,
    /// Connections that the code has let go while it was polled.
    left: Vec<Left>,
    /// Connections that hold a part of a message.
    unsent: Vec<Weak<Inner>>,
    /// Who may rouse this strand.
    rooms: Vec<Weak<Outbox>>,
    /// How often something was there since others could run.
    ready: u64,
}

/// How often is looked whether somebody else may still wake the code.
const LOOK: Duration = Duration::from_millis(20);

/// So many times in a row that nobody else is left, and it is over for who waits as a `serve` does: after a second.
const LOOKS: u32 = 50;

/// How many strands there were.
static PARTS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The strand whose code is polled now.
    static CURRENT: RefCell<Option<Arc<Part>>> = const { RefCell::new(None) };
}

/// What the code came to.
pub(super) enum Ending {
    Passed,
    Failed(BoxError),
    Panicked(String),
    Cut,
}

/// Makes a strand the current one until it is dropped.
struct Entered(Option<Arc<Part>>);

impl Entered {
    fn new(part: &Arc<Part>) -> Self {
        Self(CURRENT.replace(Some(Arc::clone(part))))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

impl Part {
    pub(super) fn new(voice: Arc<Voice>) -> Arc<Self> {
        let seat = voice.world.pulse.sit(voice.world.key(&voice.name));
        Arc::new(Self {
            voice,
            seat,
            bell: Bell::new(),
            number: PARTS.fetch_add(1, Ordering::Relaxed),
            state: Mutex::default(),
        })
    }

    /// The strand whose code is polled now.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Who records what is done on a connection: a session what it does itself, wherever the connection comes from; else
    /// the strand that the connection is of.
    pub(super) fn voice(home: &Arc<Voice>) -> Arc<Voice> {
        let own = |part: &Arc<Self>| part.voice.is_session() && Arc::ptr_eq(&part.voice.actor, &home.actor);
        match Self::current().filter(own) {
            Some(part) => Arc::clone(&part.voice),
            None => Arc::clone(home),
        }
    }

    /// The same for something that is done now: what the code let go before is closed before.
    pub(super) fn speaks(&self, home: &Arc<Voice>) -> Arc<Voice> {
        self.let_go(true);
        Self::voice(home)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no thread panics while it holds a strand's waits")
    }

    /// Runs the code to its end, or until the run is cut; what it lets go at its end is closed by [`Self::let_go`].
    pub(super) async fn host(self: &Arc<Self>, work: BoxFuture<'_, Result<(), BoxError>>) -> Ending {
        let mut work = Some(work);
        let ending = loop {
            match self.poll_once(work.as_mut().expect("it goes on only where it has not ended")) {
                Ok(Poll::Ready(Ok(()))) => break Ending::Passed,
                Ok(Poll::Ready(Err(error))) => break Ending::Failed(error),
                Ok(Poll::Pending) => {}
                Err(why) => break Ending::Panicked(why),
            }
            self.flush();
            self.let_go(true);
            if self.voice.world.pulse.is_cut() {
                break Ending::Cut;
            }
            // Code that never waits lets others run nevertheless.
            if self.bell.has_rung() {
                runtime::yield_now().await;
                self.bell.take();
            } else if self.rest().await == Woken::Cut {
                break Ending::Cut;
            }
        };
        // What the code still holds ends with it, in its own order.
        let dropped = self.guarded(|| drop(work.take()));
        let rooms = std::mem::take(&mut self.state().rooms);
        rooms
            .iter()
            .filter_map(Weak::upgrade)
            .for_each(|room| room.forget(self.seat.number()));
        let doors = &self.voice.actor.endpoints;
        doors.iter().for_each(|door| door.forget(self.seat.number()));
        match (ending, dropped) {
            (Ending::Passed, Err(why)) => Ending::Panicked(why),
            (ending, _) => ending,
        }
    }

    fn poll_once(
        self: &Arc<Self>,
        work: &mut BoxFuture<'_, Result<(), BoxError>>,
    ) -> Result<Poll<Result<(), BoxError>>, String> {
        {
            let mut state = self.state();
            state.epoch += 1;
            state.interests.clear();
        }
        self.guarded(|| Pin::new(work).poll(&mut self.bell.context()))
    }

    /// Runs code as this strand; a panic in it is no panic of ours.
    fn guarded<T>(self: &Arc<Self>, code: impl FnOnce() -> T) -> Result<T, String> {
        let _entered = Entered::new(self);
        catch_unwind(AssertUnwindSafe(code)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            text.unwrap_or("no message").to_owned()
        })
    }

    /// What is begun of a message goes out before the code waits, as it would on a socket.
    fn flush(&self) {
        let unsent = std::mem::take(&mut self.state().unsent);
        unsent.iter().filter_map(Weak::upgrade).for_each(|inner| inner.flush());
    }

    /// Closes connections that the code has let go. Where it has failed, what befalls others follows from that.
    pub(super) fn let_go(&self, passed: bool) {
        let left = std::mem::take(&mut self.state().left);
        if self.voice.world.pulse.is_cut() {
            return;
        }
        if !passed {
            left.iter().for_each(Left::taint);
        }
        left.into_iter().for_each(|left| left.hang_up(passed));
    }

    /// Waits until the code is to be polled again.
    async fn rest(&self) -> Woken<()> {
        let interests = std::mem::take(&mut self.state().interests);
        let kinds = || interests.iter().map(|interest| interest.how.waiting);
        let waiting = match kinds().any(|kind| kind == Waiting::Step) {
            true => Waiting::Step,
            false if interests.is_empty() => Waiting::Others,
            false => Waiting::Serve,
        };
        let flows: Vec<_> = interests
            .iter()
            .filter_map(|interest| match interest.how.on {
                On::Flow(flow) => Some(flow),
                On::Door(_) | On::Room(..) | On::Kernel => None,
            })
            .collect();
        let alarms: Vec<Alarm> = (0..)
            .zip(&interests)
            .filter_map(|(place, interest)| Some(interest.alarm?.tagged(place)))
            .collect();
        let wait = Wait {
            waiting,
            flows: &flows,
            alarms: &alarms,
        };
        let mut quiet = 0;
        let woken = loop {
            // Somebody else may wake the code: until then it is none of those who only wait.
            let elsewhere = Elsewhere::of(&self.voice.world.pulse, self.bell.may_ring_elsewhere(), waiting);
            let woken = self.seat.wait(wait, |cx| {
                self.bell.register(cx);
                match self.bell.take() || interests.iter().any(|interest| self.is_there(interest)) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            });
            if matches!(elsewhere, Elsewhere::Nobody) {
                break woken.await;
            }
            // Nobody says when a copy of the waker is dropped.
            if let Some(woken) = runtime::within(LOOK, woken).await {
                break woken;
            }
            // A server that waits for the next client, or to be told to stop, waits for nobody who is left.
            let is_quiet =
                matches!(elsewhere, Elsewhere::Perhaps(_)) && self.voice.world.pulse.is_quiet_but_for_doubts();
            quiet = if is_quiet { quiet + 1 } else { 0 };
            if quiet >= LOOKS {
                break Woken::Quiet;
            }
        };
        self.tell(&interests, woken);
        woken
    }

    /// Whether what is waited for is there, of what rouses a strand without waking the code.
    fn is_there(&self, interest: &Interest) -> bool {
        match &interest.how.on {
            On::Door(place) => self.doors(*place).any(|(_, door)| door.has_some()),
            On::Room(outbox, most) => outbox.poll_room(self.seat.number(), *most).is_ready(),
            On::Flow(_) | On::Kernel => false,
        }
    }

    /// The actor's endpoints, or one of them.
    pub(super) fn doors(&self, place: Option<usize>) -> impl Iterator<Item = (usize, &Endpoint)> {
        let doors = self.voice.actor.endpoints.iter().enumerate();
        doors.filter(move |(at, _)| place.is_none_or(|place| place == *at))
    }

    /// Tells the waits that ended how they did, and wakes whoever polls them.
    fn tell(&self, interests: &[Interest], woken: Woken<()>) {
        let stopped = Stopped::from(woken);
        let mut state = self.state();
        for (place, interest) in (0..).zip(interests) {
            let ends = match woken {
                Woken::Ready(()) | Woken::Cut => false,
                Woken::Alarm(tag) => tag == place,
                Woken::Standstill | Woken::Quiet => interest.ends_by(stopped),
            };
            if ends {
                state.ended.push((interest.id, stopped));
            }
            if let Some(waker) = &interest.waker {
                waker.wake_by_ref();
            }
        }
        if stopped == Stopped::Quiet {
            self.voice.dismiss();
        }
    }

    /// Polls one wait of the code: what is there goes before time; but where nothing could come any more, what comes then
    /// is too late.
    pub(super) fn poll<T>(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
        op: &mut Op,
        how: impl FnOnce() -> How,
        look: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Stopped>> {
        if self.voice.world.pulse.is_cut() {
            return Poll::Ready(Err(Stopped::Cut));
        }
        let id = self.id(op);
        let stopped = {
            let mut state = self.state();
            state.ready += 1;
            if state.ready >= TURN {
                state.ready = 0;
                drop(state);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let found = id.and_then(|id| state.ended.iter().position(|(ended, _)| *ended == id));
            found.map(|place| state.ended.swap_remove(place).1)
        };
        if let Some(stopped @ (Stopped::Standstill | Stopped::Quiet)) = stopped {
            op.done();
            return Poll::Ready(Err(stopped));
        }
        let ours = self.bell.ours(cx);
        let looked = match ours {
            Some(waker) => look(&mut Context::from_waker(waker)),
            None => look(cx),
        };
        if let Poll::Ready(value) = looked {
            op.done();
            return Poll::Ready(Ok(value));
        }
        if let Some(stopped) = stopped {
            op.done();
            return Poll::Ready(Err(stopped));
        }
        let how = how();
        let mut state = self.state();
        state.ready = 0;
        let id = id.unwrap_or_else(|| {
            state.serial += 1;
            op.alarm = how
                .limit
                .map(|(limit, is_explicit)| self.voice.world.pulse.now().after(limit, 0, is_explicit));
            op.id = Some((self.number, state.serial));
            state.serial
        });
        op.epoch = state.epoch;
        if let On::Room(outbox, _) = &how.on {
            state.rooms.push(Arc::downgrade(outbox));
        }
        let waker = ours.is_none().then(|| cx.waker().clone());
        state.interests.push(Interest {
            id,
            how,
            alarm: op.alarm,
            waker,
        });
        Poll::Pending
    }

    /// Which wait it is, where it goes on.
    fn id(&self, op: &Op) -> Option<u64> {
        let (part, id) = op.id?;
        let goes_on = op.is_future || op.epoch + 1 >= self.state().epoch;
        (goes_on && part == self.number).then_some(id)
    }

    /// A connection holds a part of a message that this strand has written.
    pub(super) fn holds(&self, inner: Weak<Inner>) {
        self.state().unsent.push(inner);
    }

    /// A connection was let go; what still comes on it is left to its tail when it is known how the code went on.
    pub(super) fn leave(&self, left: Left) {
        self.state().left.push(left);
    }
}
