//! A program that plays an actor: its beginning, when it is ready, its end, and what is wrong with that.
//!
//! Owns the two events of a program's life, which are those of its actor's script, and the findings about it. One that is
//! `ready` serves until it is told to stop; the end of any other is the end of its script, which the run waits for. Does not
//! own what is started (`run`), nor what is said on connections (`supervisor`, `hop`).

mod alive;

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::lock::MutexGuard as MutexTurn;

use super::world::{World, finding};
use crate::finding::{Finding, FindingKind, Place, Verdict};
use crate::ident::{ActorName, Address, StrandName};
use crate::net::listener::Sweep;
use crate::net::program::{Output, feed};
use crate::runtime::channel::{self, Receiver, Sender};
use crate::runtime::process::{self, End, Launch, Running};
use crate::runtime::{self, Seat};
use crate::trace::event::Kind;
use crate::trace::recorder::{About, Log};
use crate::wire::matcher::Want;
use alive::{Alive, First, Speaks, told};

/// How long a program may take to end when it was told to.
const GRACE: Duration = Duration::from_secs(3);

/// The same after a cut.
const GRACE_AFTER_CUT: Duration = Duration::from_millis(300);

/// How long one that was killed is waited for, and what it wrote before it ended.
const LAST: Duration = Duration::from_secs(2);

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
    /// A UDP socket is bound there.
    Udp(SocketAddr),
    /// It writes such a line.
    Stdout(Want),
}

impl Sign {
    /// What did not come about.
    fn missing(&self) -> String {
        match self {
            Self::Tcp(address) => format!("nothing takes connections at {address}"),
            Self::Udp(address) => format!("no UDP socket is bound to {address}"),
            Self::Stdout(want) => format!("no line of its output is {}", want.describe()),
        }
    }
}

/// A program that plays an actor, whether it runs or not.
#[derive(Debug)]
pub struct Program {
    part: Part,
    name: StrandName,
    text: Arc<str>,
    log: Log,
    life: Mutex<Option<Arc<Life>>>,
    /// Whoever begins or ends it in a step does so alone: else it could be begun twice at once.
    turn: futures::lock::Mutex<()>,
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
            turn: Default::default(),
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

    /// Waits until no other step begins or ends it, and keeps others from that.
    pub(super) async fn turn(&self) -> MutexTurn<'_, ()> {
        self.turn.lock().await
    }

    /// The name of its strand.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it runs and the run waits for its end.
    pub(super) fn is_awaited(&self) -> bool {
        self.part.ready.is_none() && self.life().is_some()
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
            runtime::spawn(alive::end_alone(
                Arc::clone(self),
                Arc::clone(world),
                Arc::clone(&alive.life),
            ));
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
            Some(First::Late) => format!("`{}` was not ready in time: {}", self.called(), sign.missing()),
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
