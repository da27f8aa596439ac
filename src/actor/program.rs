//! A program that plays an actor: its beginning, when it is ready, its end, and what is wrong with that.
//!
//! Owns the two events of a program's life, which are those of its actor's script, and the findings about it. One that is
//! `ready` serves until it is told to stop; the end of any other is the end of its script, which the run waits for. Does not
//! own what is started (`run`), nor what is said on connections (`supervisor`, `hop`).

use std::fs::File;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, join_all, select};

use super::unheard::excerpt;
use super::world::{World, finding};
use crate::finding::{Expected, Finding, FindingKind, Place, Verdict};
use crate::ident::{ActorName, Address, StrandName};
use crate::net::listener::Sweep;
use crate::net::program::{Output, feed};
use crate::runtime::channel::{self, Receiver, Sender};
use crate::runtime::process::{self, End, Exit, Launch, Running};
use crate::runtime::{self, FlowId, Pulse, Seat, Wait, Waiting, Woken};
use crate::trace::event::Kind;
use crate::trace::recorder::{About, Log};
use crate::wire::matcher::Want;
use crate::wire::message::Message;

/// How long a program may take to end when it was told to.
const GRACE: Duration = Duration::from_secs(3);

/// The same after a cut.
const GRACE_AFTER_CUT: Duration = Duration::from_millis(300);

/// How long one that was killed is waited for, and what it wrote before it ended.
const LAST: Duration = Duration::from_secs(2);

/// The pause between two looks at whether a program takes connections.
const AGAIN: Duration = Duration::from_millis(5);

/// How many of the last lines that a program complained in are told.
const LINES: usize = 10;

/// What a program is, filled in.
#[derive(Debug)]
pub struct Part {
    /// Whose part it plays.
    pub actor: ActorName,
    /// What is started.
    pub launch: Launch,
    /// What it reads.
    pub stdin: Option<Arc<[u8]>>,
    /// What all of its output must look like, without the last line's end.
    pub stdout: Option<Want>,
    /// When it is ready, and how long that may take.
    pub ready: Option<(Sign, Duration)>,
    /// The status that it must end with, where the scenario says one.
    pub exit: Option<u8>,
    /// The signal that ends it.
    pub stop: End,
    /// Whether it begins by itself.
    pub start: bool,
    /// Asks for what has come from it.
    pub sweeps: Vec<Sender<Sweep>>,
    /// Where its output is kept, without the ending.
    pub outputs: Option<PathBuf>,
    /// Its place in the file.
    pub place: Place,
}

/// What tells that a program is ready.
#[derive(Debug)]
pub enum Sign {
    /// It takes connections there.
    Tcp(Address),
    /// It writes such a line.
    Stdout(Want),
}

/// A program that plays an actor, whether it runs or not.
#[derive(Debug)]
pub struct Program {
    part: Part,
    name: StrandName,
    text: Arc<str>,
    log: Log,
    life: Mutex<Option<Arc<Life>>>,
}

/// From its beginning to its end.
#[derive(Debug)]
struct Life {
    running: Running,
    /// What it was told to do, so that its end is no surprise.
    stopped: AtomicBool,
    killed: AtomicBool,
    /// Ends when all about its end was said.
    ended: Receiver<Never>,
}

/// Nothing of this type can be sent.
#[derive(Debug)]
enum Never {}

/// What goes on while a program runs.
struct Alive {
    program: Arc<Program>,
    world: Arc<World>,
    life: Arc<Life>,
    stdout: Arc<Output>,
    stderr: Arc<Output>,
    /// Until it has ended, it may bring what somebody waits for.
    _speaks: Option<Speaks>,
    _ending: Sender<Never>,
}

/// Keeps whoever waits from being told that nothing can come.
struct Speaks(Pulse, FlowId);

impl Drop for Speaks {
    fn drop(&mut self) {
        self.0.drop_flow(self.1);
    }
}

/// What came first.
enum First {
    Ready,
    Ended(Exit),
    Late,
}

impl Program {
    /// One that does not run yet.
    pub fn new(world: &World, part: Part) -> Self {
        let name = StrandName::script(part.actor.clone());
        let text: Arc<str> = name.to_string().into();
        Self {
            log: Log::new(Arc::clone(&world.recorder), &text),
            name,
            text,
            life: Mutex::default(),
            part,
        }
    }

    /// Whether it begins by itself, and before all scripts.
    pub const fn begins_before_scripts(&self) -> bool {
        self.part.start && self.part.ready.is_some()
    }

    /// Whether it begins by itself, with the scripts.
    pub const fn begins_with_scripts(&self) -> bool {
        self.part.start && self.part.ready.is_none()
    }

    /// The program's name.
    fn called(&self) -> &str {
        &self.part.launch.program
    }

    fn life(&self) -> MutexGuard<'_, Option<Arc<Life>>> {
        self.life.lock().expect("no thread panics while it holds a program")
    }

    /// Begins it and waits until it is ready, where it says when it is; whether it is.
    pub async fn begin(self: &Arc<Self>, world: &Arc<World>) -> bool {
        let _arrival = world.pulse.arrival();
        let seat = world.pulse.sit(world.key(&self.name));
        let begun = self.begin_in(world, seat).await;
        if !begun && world.joins && self.part.ready.is_none() {
            world.ended(&self.text);
        }
        begun
    }

    /// The name of its strand.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where its events go.
    pub(super) const fn log(&self) -> &Log {
        &self.log
    }

    async fn begin_in(self: &Arc<Self>, world: &Arc<World>, seat: Seat) -> bool {
        let (running, pipes) = match process::launch(&self.part.launch) {
            Ok(started) => started,
            Err(error) => {
                let mut finding = self.finding(world, format!("cannot start `{}`: {error}", self.called()));
                finding.verdict = Verdict::Error;
                self.report(world, finding);
                return false;
            }
        };
        self.log.record(About::default(), &Kind::Started {});
        let (stdout, stderr) = (Arc::<Output>::default(), Arc::<Output>::default());
        let limit = world.plan.limits.message;
        runtime::spawn(Arc::clone(&stdout).hear(pipes.stdout, self.file("stdout"), limit));
        runtime::spawn(Arc::clone(&stderr).hear(pipes.stderr, self.file("stderr"), 0));
        if let (Some(stdin), Some(bytes)) = (pipes.stdin, &self.part.stdin) {
            runtime::spawn(feed(stdin, Arc::clone(bytes)));
        }
        let (ending, ended) = channel::bounded(1);
        let life = Arc::new(Life {
            running,
            stopped: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            ended,
        });
        *self.life() = Some(Arc::clone(&life));
        // A server that knows where nobody is can bring nothing by itself.
        let is_heard = self.part.ready.is_none() || !self.part.sweeps.is_empty();
        let alive = Alive {
            program: Arc::clone(self),
            world: Arc::clone(world),
            life,
            stdout,
            stderr,
            _speaks: is_heard.then(|| Speaks(world.pulse.clone(), world.pulse.new_outside_flow(true))),
            _ending: ending,
        };
        let Some((sign, limit)) = &self.part.ready else {
            runtime::spawn(alive.script(seat));
            return true;
        };
        let first = alive.first(&seat, sign, *limit).await;
        let text = match first {
            Some(First::Ready) => {
                runtime::spawn(alive.serve());
                return true;
            }
            Some(First::Ended(exit)) => format!("`{}` {}, before it was ready", self.called(), told(exit)),
            Some(First::Late) => format!("`{}` was not ready in time", self.called()),
            // It is cut: nothing is said of it.
            None => {
                runtime::spawn(alive.serve());
                return false;
            }
        };
        alive.life.killed.store(true, Ordering::SeqCst);
        alive.life.running.signal(End::Kill);
        let exit = alive.life.running.exit().await;
        alive.heard_out().await;
        let mut finding = self.finding(world, text);
        finding.actual = alive.complaint();
        if matches!(first, Some(First::Late)) {
            finding.help = Some("`timeout` in `ready` gives it more time".to_owned());
        }
        self.report(world, finding);
        self.log
            .record(About::default(), &Kind::Exited { status: exit.status() });
        *self.life() = None;
        false
    }

    /// Tells it to end, and ends it if it does not; done when it has ended.
    pub async fn stop(&self, world: &World) {
        let Some(life) = self.life().clone() else { return };
        life.stopped.store(true, Ordering::SeqCst);
        life.running.signal(self.part.stop);
        let cut = world.pulse.is_cut();
        let grace = if cut { GRACE_AFTER_CUT } else { GRACE };
        if runtime::within(grace, life.ended.recv()).await.is_some() {
            return;
        }
        if !cut {
            let text = format!(
                "`{}` did not end at {}, and was killed",
                self.called(),
                self.part.stop.name()
            );
            let mut finding = self.finding(world, text);
            finding.help = Some("`stop` names another signal".to_owned());
            self.report(world, finding);
        }
        self.kill().await;
    }

    /// Ends it at once; done when it has ended.
    pub async fn kill(&self) {
        let Some(life) = self.life().clone() else { return };
        life.killed.store(true, Ordering::SeqCst);
        life.running.signal(End::Kill);
        runtime::within(LAST + LAST, life.ended.recv()).await;
    }

    /// Ends it at once, and waits for nothing.
    pub fn drop_dead(&self) {
        if let Some(life) = &*self.life() {
            life.killed.store(true, Ordering::SeqCst);
            life.running.signal(End::Kill);
        }
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.life().is_some()
    }

    fn file(&self, ending: &str) -> Option<File> {
        let mut path = self.part.outputs.clone()?.into_os_string();
        path.push(".");
        path.push(ending);
        // Where the folder cannot be written, the trace has told that.
        File::create(path).ok()
    }

    fn finding(&self, world: &World, text: String) -> Finding {
        let mut finding = finding(world, &self.text, None, FindingKind::Program, text);
        finding.place = Some(self.part.place.clone());
        finding
    }

    fn report(&self, world: &World, finding: Finding) {
        self.log
            .record(About::default(), &Kind::Finding(Box::new(finding.clone())));
        world.found(finding);
    }
}

impl Alive {
    /// Whether it is ready, or has ended, or takes too long; `None` where the run was cut.
    async fn first(&self, seat: &Seat, sign: &Sign, limit: Duration) -> Option<First> {
        let sign = async {
            match sign {
                Sign::Tcp(address) => {
                    while !runtime::takes_connections(address).await {
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
                Some(Either::Right((exit, _))) => First::Ended(exit),
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
    async fn script(self, seat: Seat) {
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
    async fn serve(self) {
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
    fn complaint(&self) -> Option<String> {
        Some(self.stderr.last_lines(LINES)).filter(|lines| !lines.is_empty())
    }

    /// Waits for what it wrote before it ended. One of its children that got away may hold it open.
    async fn heard_out(&self) {
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

/// `ended with status 1`.
fn told(exit: Exit) -> String {
    match exit {
        Exit::Status(status) => format!("ended with status {status}"),
        Exit::Signal(_) => format!("was ended by {exit}"),
    }
}
