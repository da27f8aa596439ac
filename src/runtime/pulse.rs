//! The pulse of a run: who waits, who is woken, and which timer fires when.
//!
//! Owns waiting with a deadline, settled timers, standstill, and the end of `serve`s. All timers of a run are in one queue
//! and fire one after another in the order of their deadlines, each only when its time has come **and** the run is
//! settled. Deadlines are taken on the run's own clock, which stands at the deadline of the timer that fired last: so
//! computing takes no time, and a machine that stalls changes no order of two timers. A timer is never early.
//! Does not own what strands do.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::task::AtomicWaker;

use super::alarm::{Alarm, Moment};
pub use super::guards::{Arrival, Doubt, Flushing};
pub use super::settle::Waiting;
use super::settle::{FlowId, Next, Reason, State, TimerKey};

/// The pulse of one run.
#[derive(Clone, Debug)]
pub struct Pulse(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    supervisor: AtomicWaker,
    finished: AtomicWaker,
}

/// How to wait.
#[derive(Clone, Copy, Debug)]
pub struct Wait<'a> {
    /// What for.
    pub waiting: Waiting,
    /// The flows that can bring it.
    pub flows: &'a [FlowId],
    /// Its deadlines.
    pub alarms: &'a [Alarm],
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken<T> {
    /// With what was waited for.
    Ready(T),
    /// The alarm of this tag fired.
    Alarm(u32),
    /// Nobody can bring what was waited for.
    Standstill,
    /// Nothing but `serve`s is left.
    Quiet,
    /// The run was cut.
    Cut,
}

impl<T> From<Reason> for Woken<T> {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Alarm(tag) => Self::Alarm(tag),
            Reason::Standstill => Self::Standstill,
            Reason::Quiet => Self::Quiet,
        }
    }
}

/// A strand's place in the pulse; it is runnable unless it waits, and its end is the strand's end.
#[derive(Debug)]
pub struct Seat {
    pulse: Pulse,
    number: usize,
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

impl Pulse {
    /// A pulse without strands.
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new(State::new()),
            supervisor: AtomicWaker::new(),
            finished: AtomicWaker::new(),
        }))
    }

    /// A place for a strand, which counts as runnable from now on. `key` is its place in the strand order.
    pub fn sit(&self, key: Arc<[u64]>) -> Seat {
        let number = self.state().take_seat(key);
        Seat {
            pulse: self.clone(),
            number,
        }
    }

    /// Something that arrives.
    pub fn arrival(&self) -> Arrival {
        self.state().busy += 1;
        Arrival(self.clone())
    }

    /// A strand that may be woken by something of which nobody here knows.
    pub fn doubt(&self) -> Doubt {
        let mut state = self.state();
        state.busy += 1;
        state.doubts += 1;
        Doubt(self.clone())
    }

    /// Whether nothing but `serve`s is left, were it not for doubts and for the strand that asks.
    pub fn is_quiet_but_for_doubts(&self) -> bool {
        self.state().is_quiet_but_for_doubts()
    }

    /// Says whether more strands will come, so that `serve`s go on though nothing else does.
    pub fn expect_more(&self, more: bool) {
        let mut state = self.state();
        state.more = more;
        self.beat(&mut state);
    }

    /// Now.
    pub fn now(&self) -> Moment {
        Moment {
            own: self.state().now,
            real: Instant::now(),
        }
    }

    /// A direction on which bytes can be under way.
    pub fn new_flow(&self) -> FlowId {
        self.state().new_flow()
    }

    /// A direction of a connection to a program that is no actor, whose bytes nobody counts; `speaks` where it is the
    /// program that sends. Until such a direction is over, the program may yet bring what somebody waits for.
    pub fn new_outside_flow(&self, speaks: bool) -> FlowId {
        self.state().new_outside_flow(speaks)
    }

    /// Forgets a direction.
    pub fn drop_flow(&self, flow: FlowId) {
        let mut state = self.state();
        if state.drop_flow(flow) {
            self.beat(&mut state);
        }
    }

    /// Bytes (an ending counts as one) are under way.
    pub fn sent(&self, flow: FlowId, bytes: u64) {
        self.state().sent(flow, bytes);
    }

    /// Bytes were read.
    pub fn read(&self, flow: FlowId, bytes: u64) {
        self.state().read(flow, bytes);
    }

    /// Bytes that were read were none of those that are counted as sent.
    pub fn unread(&self, flow: FlowId, bytes: u64) {
        self.state().unread(flow, bytes);
    }

    /// Nothing more will be read.
    pub fn flow_over(&self, flow: FlowId) {
        let mut state = self.state();
        if state.flow_over(flow) {
            self.beat(&mut state);
        }
    }

    /// An outbox that the kernel takes nothing of: while it lives, only deadlines say that nothing can come any more.
    pub fn flushing(&self) -> Flushing {
        self.state().flushing += 1;
        Flushing(self.clone())
    }

    /// Ends all waits, now and from now on.
    pub fn cut(&self) {
        self.state().cut();
        self.0.supervisor.wake();
        self.0.finished.wake();
    }

    /// Whether the run was cut.
    pub fn is_cut(&self) -> bool {
        self.state().cut
    }

    /// How many strands have not ended.
    pub fn live(&self) -> usize {
        self.state().live
    }

    /// Whether an outbox is not empty.
    pub fn is_flushing(&self) -> bool {
        self.state().flushing > 0
    }

    /// Until no strand is left and nothing is on its way to become one.
    pub async fn finished(&self) {
        poll_fn(|cx| {
            self.0.finished.register(cx.waker());
            if self.state().is_over() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Until the run is cut. Whoever waits for this waits not for [`Self::finished`] at the same time.
    pub async fn until_cut(&self) {
        poll_fn(|cx| {
            self.0.finished.register(cx.waker());
            if self.state().cut {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    /// Fires timers and ends what nobody can end, for ever; `idle` is called whenever the run is settled, and at least
    /// every `tick`.
    pub async fn supervise(&self, tick: Duration, mut idle: impl FnMut()) {
        loop {
            let next = self.state().look(Instant::now());
            idle();
            let latest = Instant::now() + tick;
            let until = match next {
                Next::Nothing => latest,
                Next::At(until) => until.min(latest),
            };
            let wake = poll_fn(|cx| {
                self.0.supervisor.register(cx.waker());
                if std::mem::take(&mut self.state().beaten) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            });
            futures::future::select(wake, std::pin::pin!(super::sleep_until(until))).await;
        }
    }

    /// Makes the strand with this seat look again at what it waits for.
    pub fn rouse(&self, seat: usize) {
        self.state().rouse(seat);
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no thread panics while it holds the pulse")
    }

    /// To be called after whatever may have settled the run.
    pub(super) fn beat(&self, state: &mut State) {
        if state.busy == 0 {
            state.beaten = true;
            self.0.supervisor.wake();
        }
        if state.is_over() {
            self.0.finished.wake();
        }
    }
}

impl Seat {
    /// A handle by which others make this strand look again at what it waits for.
    pub const fn number(&self) -> usize {
        self.number
    }

    /// Says that more strands come only after this one has ended.
    pub fn goes_before_others(&self) {
        self.pulse.state().seat(self.number).early = true;
    }

    /// The pulse it sits in.
    pub const fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Waits until `poll` gives something, an alarm fires, or nothing can come any more. What is there goes before time;
    /// but where nothing could come any more, what others then do because of that is too late.
    ///
    /// `poll` is called again whenever its waker or [`Pulse::rouse`] says so.
    pub async fn wait<T>(&self, wait: Wait<'_>, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Woken<T> {
        let mut armed = Armed {
            seat: self,
            flows: wait.flows,
            timers: Vec::new(),
            set: false,
        };
        poll_fn(|cx| {
            if armed.set
                && let Some(reason) = self.pulse.state().look_again(self.number, wait.flows)
            {
                return Poll::Ready(reason.into());
            }
            loop {
                // What is there after a cut may be what others left behind.
                if self.pulse.is_cut() {
                    return Poll::Ready(Woken::Cut);
                }
                if let Poll::Ready(value) = poll(cx) {
                    return Poll::Ready(Woken::Ready(value));
                }
                let mut state = self.pulse.state();
                if state.cut {
                    return Poll::Ready(Woken::Cut);
                }
                if let Some(reason) = state.seat(self.number).reason {
                    return Poll::Ready(reason.into());
                }
                if !armed.set {
                    armed.set = true;
                    armed.timers = wait
                        .alarms
                        .iter()
                        .map(|alarm| state.set_timer(self.number, alarm))
                        .collect();
                }
                let seat = state.seat(self.number);
                if std::mem::take(&mut seat.roused) {
                    continue;
                }
                seat.waker = Some(cx.waker().clone());
                state.rest(self.number, wait.waiting, wait.flows);
                self.pulse.beat(&mut state);
                return Poll::Pending;
            }
        })
        .await
    }

    /// Waits for this long; the run's clock decides.
    pub async fn sleep(&self, length: Duration) -> Woken<()> {
        let alarm = self.pulse.now().after(length, 0, true);
        self.wait(
            Wait {
                waiting: Waiting::Step,
                flows: &[],
                alarms: &[alarm],
            },
            |_| Poll::<()>::Pending,
        )
        .await
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.pulse.state();
        state.leave_seat(self.number);
        self.pulse.beat(&mut state);
    }
}

/// What a wait has set up, which is undone when it ends, however it ends.
struct Armed<'a> {
    seat: &'a Seat,
    flows: &'a [FlowId],
    timers: Vec<TimerKey>,
    set: bool,
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        let mut state = self.seat.pulse.state();
        for key in &self.timers {
            state.drop_timer(key);
        }
        state.rise(self.seat.number, self.flows);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{block_on, spawn};
    use super::*;

    const TICK: Duration = Duration::from_millis(50);

    fn key(n: u64) -> Arc<[u64]> {
        Arc::from([n])
    }

    /// Plays `strands` under a supervisor until all have ended.
    fn play(pulse: &Pulse, strands: Vec<impl Future<Output = ()> + Send + 'static>) {
        block_on(async {
            let supervised = pulse.clone();
            let supervisor = spawn(async move { supervised.supervise(TICK, || ()).await });
            let tasks: Vec<_> = strands.into_iter().map(spawn).collect();
            for task in tasks {
                task.await;
            }
            supervisor.cancel().await;
        });
    }

    #[test]
    fn timers_fire_in_the_order_of_their_deadlines_whatever_the_machine_does() {
        let pulse = Pulse::new();
        let order = Arc::new(Mutex::new(Vec::new()));
        let strand = |n: u64, length: u64, stall: u64| {
            let (seat, order) = (pulse.sit(key(n)), Arc::clone(&order));
            async move {
                // The machine stalls before this strand gets to set its timer.
                std::thread::sleep(Duration::from_millis(stall));
                assert_eq!(seat.sleep(Duration::from_millis(length)).await, Woken::Alarm(0));
                order.lock().unwrap().push(n);
            }
        };
        play(
            &pulse,
            vec![strand(1, 30, 0), strand(2, 10, 60), strand(3, 30, 0), strand(0, 30, 20)],
        );
        assert_eq!(*order.lock().unwrap(), [2, 0, 1, 3]);
    }

    #[test]
    fn a_wait_that_nobody_can_end_ends_at_once() {
        let pulse = Pulse::new();
        let begun = Instant::now();
        let seat = pulse.sit(key(1));
        let strand = async move {
            let alarm = seat.pulse().now().after(Duration::from_secs(60), 7, false);
            let wait = Wait {
                waiting: Waiting::Step,
                flows: &[],
                alarms: &[alarm],
            };
            assert_eq!(seat.wait(wait, |_| Poll::<()>::Pending).await, Woken::Standstill);
        };
        play(&pulse, vec![strand]);
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_serve_goes_on_while_a_pause_lasts_and_ends_after_it() {
        let pulse = Pulse::new();
        let ended = Arc::new(Mutex::new(Vec::new()));
        let (serve, pause) = (pulse.sit(key(1)), pulse.sit(key(2)));
        let (a, b) = (Arc::clone(&ended), Arc::clone(&ended));
        let strands: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = vec![
            Box::pin(async move {
                let wait = Wait {
                    waiting: Waiting::Serve,
                    flows: &[],
                    alarms: &[],
                };
                assert_eq!(serve.wait(wait, |_| Poll::<()>::Pending).await, Woken::Quiet);
                a.lock().unwrap().push("serve");
            }),
            Box::pin(async move {
                pause.sleep(Duration::from_millis(20)).await;
                b.lock().unwrap().push("pause");
            }),
        ];
        play(&pulse, strands);
        assert_eq!(*ended.lock().unwrap(), ["pause", "serve"]);
    }

    #[test]
    fn bytes_under_way_keep_a_timer_from_firing() {
        let pulse = Pulse::new();
        let flow = pulse.new_flow();
        let (reader, writer) = (pulse.sit(key(1)), pulse.sit(key(2)));
        let read = pulse.clone();
        let ready = Arc::new(AtomicWaker::new());
        let (wakes, arrived) = (Arc::clone(&ready), Arc::new(std::sync::atomic::AtomicBool::new(false)));
        let there = Arc::clone(&arrived);
        let sender = pulse.clone();
        let strands: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = vec![
            Box::pin(async move {
                let alarm = reader.pulse().now().after(Duration::from_millis(20), 7, true);
                let wait = Wait {
                    waiting: Waiting::Step,
                    flows: &[flow],
                    alarms: &[alarm],
                };
                let woken = reader
                    .wait(wait, |cx| {
                        ready.register(cx.waker());
                        if arrived.load(std::sync::atomic::Ordering::SeqCst) {
                            read.read(flow, 5);
                            Poll::Ready(())
                        } else {
                            Poll::Pending
                        }
                    })
                    .await;
                assert_eq!(woken, Woken::Ready(()));
            }),
            Box::pin(async move {
                sender.sent(flow, 5);
                drop(writer);
                // The kernel is slow: the bytes come long after the deadline.
                std::thread::sleep(Duration::from_millis(120));
                there.store(true, std::sync::atomic::Ordering::SeqCst);
                wakes.wake();
            }),
        ];
        play(&pulse, strands);
    }

    #[test]
    fn what_a_strand_finds_while_it_looks_settles_nothing() {
        let pulse = Pulse::new();
        let (finder, other) = (pulse.sit(key(1)), pulse.sit(key(2)));
        let arrival = Mutex::new(Some(pulse.arrival()));
        let seen = pulse.clone();
        let wait = Wait {
            waiting: Waiting::Step,
            flows: &[],
            alarms: &[],
        };
        block_on(async {
            let mut waiting = std::pin::pin!(other.wait(wait, |_| Poll::<()>::Pending));
            let mut finding = std::pin::pin!(finder.wait(wait, |_| {
                // The second look finds it, and the run's supervisor looks at just that moment.
                if seen.state().seat(0).waker.is_none() {
                    return Poll::Pending;
                }
                arrival.lock().unwrap().take();
                seen.state().look(Instant::now());
                Poll::Ready(())
            }));
            assert!(futures::poll!(waiting.as_mut()).is_pending());
            assert!(futures::poll!(finding.as_mut()).is_pending());
            assert_eq!(futures::poll!(finding.as_mut()), Poll::Ready(Woken::Ready(())));
            assert!(futures::poll!(waiting.as_mut()).is_pending());
        });
    }

    #[test]
    fn a_cut_run_is_finished_though_something_still_arrives() {
        let pulse = Pulse::new();
        let (seat, arrival) = (pulse.sit(key(1)), pulse.arrival());
        pulse.cut();
        block_on(async {
            let mut finished = std::pin::pin!(pulse.finished());
            assert!(futures::poll!(finished.as_mut()).is_pending());
            let last = spawn(async move { drop(seat) });
            assert!(crate::runtime::within(Duration::from_secs(5), finished).await.is_some());
            last.await;
        });
        drop(arrival);
    }

    #[test]
    fn a_cut_ends_all_waits() {
        let pulse = Pulse::new();
        let (seat, cutter) = (pulse.sit(key(1)), pulse.clone());
        let strands: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = vec![
            Box::pin(async move {
                assert_eq!(seat.sleep(Duration::from_secs(3600)).await, Woken::Cut);
                let wait = Wait {
                    waiting: Waiting::Step,
                    flows: &[],
                    alarms: &[],
                };
                assert_eq!(seat.wait(wait, |_| Poll::Ready(())).await, Woken::Cut);
            }),
            Box::pin(async move { cutter.cut() }),
        ];
        play(&pulse, strands);
    }
}
