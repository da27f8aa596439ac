//! A program while it runs: whether it is ready, its end, and what is wrong with that.
//!
//! Owns what is waited for before an end is told: all of the output, and the connections that it opened. Does not own telling
//! it to end (`program`).

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, join_all, select};

use super::{LAST, Life, Never, Program, Sign};
use crate::actor::excerpt::excerpt;
use crate::actor::world::World;
use crate::finding::{Expected, FindingKind};
use crate::net::program::Output;
use crate::net::udp;
use crate::runtime::channel::Sender;
use crate::runtime::process::Exit;
use crate::runtime::{self, FlowId, Pulse, Seat, Wait, Waiting, Woken};
use crate::trace::event::Kind;
use crate::trace::recorder::About;
use crate::wire::matcher::Want;
use crate::wire::message::Message;

/// The pause between two looks at whether a program takes connections.
const AGAIN: Duration = Duration::from_millis(5);

/// How many of the last lines that a program complained in are told.
const LINES: usize = 10;

/// What goes on while a program runs.
pub(super) struct Alive {
    pub(super) program: Arc<Program>,
    pub(super) world: Arc<World>,
    pub(super) life: Arc<Life>,
    pub(super) stdout: Arc<Output>,
    pub(super) stderr: Arc<Output>,
    /// Until it has ended, it may bring what somebody waits for.
    pub(super) _speaks: Option<Speaks>,
    pub(super) _ending: Sender<Never>,
}

/// Keeps whoever waits from being told that nothing can come.
pub(super) struct Speaks(pub(super) Pulse, pub(super) FlowId);

impl Drop for Speaks {
    fn drop(&mut self) {
        self.0.drop_flow(self.1);
    }
}

/// What came first.
pub(super) enum First {
    Ready,
    Ended(Exit),
    Late,
}

impl Alive {
    /// Whether it is ready, or has ended, or takes too long; `None` where the run was cut.
    pub(super) async fn first(&self, seat: &Seat, sign: &Sign, limit: Duration) -> Option<First> {
        let sign = async {
            match sign {
                Sign::Tcp(address) => {
                    while !runtime::takes_connections(address).await {
                        runtime::pause(AGAIN).await;
                    }
                }
                Sign::Udp(address) => {
                    while !udp::is_bound(*address) {
                        runtime::pause(AGAIN).await;
                    }
                }
                Sign::Stdout(want) => {
                    self.stdout.line(|line| want.test(&Message::new(line)).is_ok()).await;
                }
            }
        };
        let first = async {
            match runtime::within(limit, select(pin!(sign), self.life.running.exit())).await {
                None => First::Late,
                Some(Either::Left(_)) => First::Ready,
                // What it wrote before it ended may not have been looked at yet.
                Some(Either::Right((exit, sign))) => {
                    self.heard_out().await;
                    match sign.now_or_never() {
                        Some(()) => First::Ready,
                        None => First::Ended(exit),
                    }
                }
            }
        };
        let mut first = pin!(first);
        let wait = Wait {
            waiting: Waiting::Others,
            flows: &[],
            alarms: &[],
        };
        match seat.wait(wait, |cx| first.poll_unpin(cx)).await {
            Woken::Ready(first) => Some(first),
            _ => None,
        }
    }

    /// The life of one whose end is its script's.
    pub(super) async fn script(self, seat: Seat) {
        let mut exit = self.life.running.exit();
        let wait = Wait {
            waiting: Waiting::Step,
            flows: &[],
            alarms: &[],
        };
        match seat.wait(wait, |cx| exit.poll_unpin(cx)).await {
            Woken::Ready(exit) => self.ended(exit).await,
            // A cut run does not wait for it; whoever ends the run ends it too.
            _ => {
                if self.world.is_cut_by_time() {
                    let text = format!("`{}` had not ended by itself", self.program.called());
                    let mut finding = self.program.finding(&self.world, text);
                    finding.actual = self.complaint();
                    self.program.report(&self.world, finding);
                }
                drop(seat);
                let exit = exit.await;
                return self.ended(exit).await;
            }
        }
        if self.world.joins {
            self.world.ended(&self.program.text);
        }
        drop(seat);
    }

    /// The life of one that is there until it is told to stop.
    pub(super) async fn serve(self) {
        let exit = self.life.running.exit().await;
        let _arrival = self.world.pulse.arrival();
        self.ended(exit).await;
    }

    async fn ended(&self, exit: Exit) {
        self.heard_out().await;
        let stopped = self.life.stopped.load(Ordering::SeqCst);
        if !stopped {
            self.swept().await;
        }
        let program = &self.program;
        program
            .log
            .record(About::default(), &Kind::Exited { status: exit.status() });
        *program.life() = None;
        let killed = self.life.killed.load(Ordering::SeqCst);
        if killed || self.world.pulse.is_cut() {
            return;
        }
        if let Some(text) = self.wrong_end(exit, stopped) {
            let mut finding = program.finding(&self.world, text);
            finding.actual = self.complaint();
            program.report(&self.world, finding);
        }
        if let Some(want) = &program.part.stdout {
            self.check_output(want);
        }
    }

    /// What is wrong with an end.
    fn wrong_end(&self, exit: Exit, stopped: bool) -> Option<String> {
        let part = &self.program.part;
        let wanted = part.exit.unwrap_or(0);
        let is_wanted = exit == Exit::Status(wanted.into());
        let name = self.program.called();
        if stopped {
            let by_signal = exit == Exit::Signal(part.stop.number());
            let shell = part.exit.is_none() && exit == Exit::Status(128 + part.stop.number());
            return (!is_wanted && !by_signal && !shell)
                .then(|| format!("`{name}` {} when it was told to stop", told(exit)));
        }
        if part.ready.is_some() {
            return Some(format!("`{name}` {}, before the run was over", told(exit)));
        }
        (!is_wanted).then(|| match part.exit {
            None | Some(0) => format!("`{name}` {}", told(exit)),
            Some(wanted) => format!("`{name}` {}; status {wanted} is expected", told(exit)),
        })
    }

    fn check_output(&self, want: &Want) {
        let program = &self.program;
        let name = program.called();
        let mut finding = match self.stdout.whole() {
            None => program.finding(
                &self.world,
                format!("`{name}` wrote more than a message may have (`limits.message`)"),
            ),
            Some(whole) => {
                let whole = whole.strip_suffix(b"\n").unwrap_or(&whole);
                let message = Message::new(whole.strip_suffix(b"\r").unwrap_or(whole));
                let Err(mismatch) = want.test(&message) else { return };
                let mut finding = program.finding(&self.world, format!("what `{name}` wrote is not what is expected"));
                finding.actual = Some(excerpt(&message));
                finding.expected = vec![Expected {
                    what: want.describe(),
                    place: None,
                    difference: Some(mismatch.difference),
                    nearness: mismatch.nearness,
                }];
                finding
            }
        };
        finding.kind = FindingKind::Mismatch;
        program.report(&self.world, finding);
    }

    /// The last lines that it complained in.
    pub(super) fn complaint(&self) -> Option<String> {
        Some(self.stderr.last_lines(LINES)).filter(|lines| !lines.is_empty())
    }

    /// Waits for what it wrote before it ended. One of its children that got away may hold it open.
    pub(super) async fn heard_out(&self) {
        let both = async {
            self.stdout.end().await;
            self.stderr.end().await;
        };
        runtime::within(LAST, both).await;
    }

    /// Waits until all connections that it opened have been taken.
    async fn swept(&self) {
        let swept = self.program.part.sweeps.iter().map(|sweeps| async {
            let (asked, done) = oneshot::channel();
            if sweeps.send(asked).await.is_ok() {
                let _ = done.await;
            }
        });
        runtime::within(LAST, join_all(swept)).await;
    }
}

/// Ends a program whose end the run waits for, when something has failed and nobody else is left: it would wait for what
/// nobody does any more. It is given some time to see that for itself.
pub(super) async fn end_alone(program: Arc<Program>, world: Arc<World>, life: Arc<Life>) {
    let alone = async {
        let mut looks = 0;
        while looks < LOOKS {
            runtime::pause(LOOK).await;
            let awaited = world.programs().filter(|program| program.is_awaited()).count();
            let is_alone = world.has_failed() && world.pulse.live() == awaited;
            looks = if is_alone { looks + 1 } else { 0 };
        }
        program.stop(&world).await;
    };
    select(pin!(alone), pin!(life.ended.recv())).await;
}

/// How often is looked whether a program is alone, and how often it must have been.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

/// `ended with status 1`.
pub(super) fn told(exit: Exit) -> String {
    match exit {
        Exit::Status(status) => format!("ended with status {status}"),
        Exit::Signal(_) => format!("was ended by {exit}"),
    }
}
