//! One run: start, phases, and an ordered end.
//!
//! Owns binding the endpoints before any step, the actors' tasks and mailboxes, the phases, what cuts a run (its deadline,
//! a signal, a full disk), and shutting down in order on every path: strands, actors, tails, outboxes, trace. Does not own
//! what the actors do (`actor`), nor what the trace means.

mod bind;
mod datagrams;
mod filling;
mod guards;
mod ports;
mod programs;
mod start;

use std::io::Write;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use crate::actor::supervisor::{self, Order, Phase, Report};
use crate::actor::{Flip, StandIns, World};
use crate::finding::{Expect, Finding, Judged, Place, Verdict};
use crate::ident::{StrandName, Tail};
use crate::plan::Plan;
use crate::plan::step::Block;
use crate::runtime::channel::{self, Receiver, Sender};
use crate::runtime::{self, Arrival, JoinHandle};
use crate::trace::event::{Footer, Kind};
use crate::trace::recorder::{About, Log};

pub use start::header;

/// How to run.
pub struct Options {
    /// Where the trace goes.
    pub trace: Box<dyn Write + Send>,
    /// A race to be decided the other way.
    pub flip: Option<Flip>,
    /// Code that plays actors, instead of their steps.
    pub stand_ins: StandIns,
    /// Whether Ctrl-C and SIGTERM cut the run, for a program's own sake.
    pub signals: bool,
    /// The folder in which the output of programs is kept, as `ACTOR.stdout` and `ACTOR.stderr`.
    pub outputs: Option<PathBuf>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// How it was judged.
    pub verdict: Verdict,
    /// What the scenario says of that.
    pub expect: Expect,
    /// What was found, as it was found.
    pub findings: Vec<Finding>,
    /// What cut it, if anything did.
    pub cut: Option<String>,
}

impl Outcome {
    /// What the verdict means, where the scenario may be known to fail.
    pub const fn judged(&self) -> Judged {
        Judged::of(self.verdict, self.expect)
    }

    /// Whether it was cut because somebody asked for the end, who did not mean this run alone.
    pub fn was_asked_to_end(&self) -> bool {
        matches!(self.cut.as_deref(), Some("Ctrl-C" | "SIGTERM"))
    }
}

/// Why there was no run, or no whole trace of it.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An endpoint could not be bound.
    #[error("cannot listen at {address} for `{endpoint}`: {error}")]
    Listen {
        /// `Server`, `Ftp.data`.
        endpoint: String,
        /// Where.
        address: String,
        /// Its place in the file.
        place: Place,
        /// Why.
        error: std::io::Error,
    },
    /// A first value of an actor's variable has none.
    #[error("the state of `{actor}` has no value for `{name}`: {error}")]
    State {
        /// The actor.
        actor: String,
        /// The variable.
        name: String,
        /// Why.
        error: String,
    },
    /// A program is not there.
    #[error("`{program}` is not installed")]
    NotInstalled {
        /// The program.
        program: String,
        /// Its place in the file.
        place: Place,
    },
    /// What a program is started with has no value, or is not allowed.
    #[error("the program of `{actor}` cannot be started: {error}")]
    Program {
        /// The actor.
        actor: String,
        /// Its place in the file.
        place: Place,
        /// Why.
        error: String,
        /// What would cure it.
        help: Option<String>,
    },
    /// Code stands in for somebody who is not there.
    #[error("code stands in for `{actor}`, and there is no such actor; {help}")]
    NoActor {
        /// As it was said.
        actor: String,
        /// Whom it may have meant.
        help: String,
    },
    /// Code stands in for an actor that is none of ours.
    #[error("code stands in for `{0}`, which is not played by wiretale: it has `process` or `at`")]
    OutsideActor(String),
    /// The trace could not be written.
    #[error("the trace could not be written: {0}")]
    Trace(std::io::Error),
}

/// How long tails and outboxes may take to come to their end when all strands have.
const LAST: Duration = Duration::from_secs(5);

/// How long after that those may take who are none of the actors: many keep a connection open for whatever may come.
const LAST_OUTSIDE: Duration = Duration::from_millis(500);

/// The same after a cut.
const LAST_AFTER_CUT: Duration = Duration::from_millis(200);

/// Plays a plan to its end and leaves its trace.
pub async fn run(plan: Arc<Plan>, options: Options) -> Result<Outcome, RunError> {
    programs::installed(&plan)?;
    let started = start::start(plan, options.trace, options.flip, &options.stand_ins, options.outputs)?;
    let world = Arc::clone(&started.world);
    // Whatever happens, no program is left behind.
    let _programs = programs::Kept(Arc::clone(&world));
    // Whoever connects from outside may come before the first step: until that has begun, nothing is settled.
    let beginning = world.pulse.arrival();
    let folder = Arc::clone(&started.folder);
    let guards = guards::guards(&world, &folder, options.signals);
    let mut cast = Cast::new(&world, started);
    cast.play(beginning).await;
    cast.stop().await;
    own_traffic(&world).await;
    programs::stop(&world).await;
    end_of_traffic(&world).await;
    for guard in guards {
        guard.cancel().await;
    }
    folder.remove();
    finish(&world)
}

/// The actors on stage.
struct Cast {
    world: Arc<World>,
    log: Log,
    /// The name of each actor's strands, and whether it has steps in each phase.
    parts: Vec<[Option<StrandName>; 3]>,
    mailboxes: Vec<Sender<Order>>,
    tasks: Vec<JoinHandle<()>>,
    reports: Receiver<Report>,
}

/// How many orders or reports may wait to be read.
const MAILBOX: usize = 16;

impl Cast {
    fn new(world: &Arc<World>, started: start::Started) -> Self {
        let (report, reports) = channel::bounded(MAILBOX);
        let mut cast = Self {
            world: Arc::clone(world),
            log: started.log,
            parts: Vec::new(),
            mailboxes: Vec::new(),
            tasks: Vec::new(),
            reports,
        };
        for (actor, listeners, aliases) in started.actors {
            let plan = actor.plan(&world.plan);
            let program = world.program(&actor.name.to_string());
            let script = StrandName::script(actor.name.clone());
            let is_played = |steps: &Option<Block>| steps.is_some() && actor.stand_in.is_none();
            let begins = match actor.stand_in {
                None if program.is_some_and(|program| program.begins_with_scripts()) => true,
                None => plan.script.is_some(),
                Some(_) => plan.script.is_some() && !actor.serves_from_the_beginning(&world.plan),
            };
            cast.parts.push([
                is_played(&plan.setup).then(|| script.with(Tail::Setup)),
                begins.then(|| script.clone()),
                is_played(&plan.finally).then(|| script.with(Tail::Finally)),
            ]);
            let (mailbox, orders) = channel::bounded(MAILBOX);
            cast.mailboxes.push(mailbox);
            let (name, watching) = (actor.name.to_string(), Arc::clone(world));
            let life = supervisor::supervise(actor, Arc::clone(world), listeners, aliases, orders, report.clone());
            cast.tasks.push(runtime::spawn(async move {
                watching.watch(&name, life).await;
            }));
        }
        cast
    }

    /// All phases, one after another; `beginning` is let go when the first has begun.
    async fn play(&mut self, beginning: Arrival) {
        let has = |place: usize| self.parts.iter().any(|parts| parts[place].is_some());
        let (has_setup, has_finally) = (has(0), has(2));
        let mut beginning = Some(beginning);
        let ready = programs::begin(&self.world).await;
        if has_setup && ready {
            self.world.pulse.expect_more(true);
            let (begun, mut ended) = self.begin(Phase::Setup).await;
            beginning.take();
            while ended < begun {
                match self.reports.recv().await {
                    Ok(Report::Ended(Phase::Setup, _)) => ended += 1,
                    Ok(_) => {}
                    Err(_) => break,
                }
            }
            self.join();
        }
        let scripts = async |cast: &mut Self, phase, beginning: Option<Arrival>| {
            cast.begin(phase).await;
            drop(beginning);
            let reports = cast.reports.clone();
            let pulse = cast.world.pulse.clone();
            // What the strands of this phase report is read, so that none of them waits for it to be.
            let reading = async { while reports.recv().await.is_ok() {} };
            futures::future::select(pin!(pulse.finished()), pin!(reading)).await;
        };
        if !ready {
            // Whoever is there has nobody to talk to: as after a setup that failed, no script begins.
            drop(beginning);
        } else if !self.world.pulse.is_cut() {
            scripts(self, Phase::Script, beginning).await;
        } else {
            drop(beginning);
            self.world.pulse.finished().await;
        }
        if has_finally && !self.world.pulse.is_cut() {
            self.join();
            scripts(self, Phase::Finally, None).await;
        }
    }

    /// Begins the strands of a phase, and says how many there are and how many of them have ended already.
    async fn begin(&mut self, phase: Phase) -> (usize, usize) {
        // While it lives, nobody takes the run for settled.
        let beginning = self.world.pulse.arrival();
        if self.world.joins {
            for name in self.parts.iter().filter_map(|parts| parts[phase as usize].as_ref()) {
                self.log.record(
                    About::default(),
                    &Kind::Spawned {
                        strand: name.to_string(),
                    },
                );
            }
        }
        let (mut begun, mut answered, mut ended) = (0, 0, 0);
        let mailboxes = self.mailboxes.clone();
        let sending = async {
            for mailbox in &mailboxes {
                // An actor's task ends only after it was told to.
                let _ = mailbox.send(Order::Begin(phase)).await;
            }
        };
        let reports = self.reports.clone();
        let reading = async {
            while answered < mailboxes.len() {
                match reports.recv().await {
                    Ok(Report::Begun(name)) => {
                        answered += 1;
                        begun += usize::from(name.is_some());
                    }
                    Ok(Report::Ended(of, _)) => ended += usize::from(of == phase),
                    Err(_) => break,
                }
            }
        };
        let begun_all = futures::future::join(sending, reading);
        futures::future::select(pin!(begun_all), pin!(self.world.pulse.until_cut())).await;
        self.world.pulse.expect_more(phase == Phase::Setup);
        drop(beginning);
        (begun, ended)
    }

    /// Joins the strands that have ended, in the order of their names.
    fn join(&self) {
        let mut ended = self.world.take_ended();
        ended.sort();
        for strand in ended {
            self.log.record(
                About::default(),
                &Kind::Joined {
                    strand: strand.to_string(),
                },
            );
        }
    }

    /// Ends the actors' tasks, which closes their endpoints.
    async fn stop(&mut self) {
        for mailbox in self.mailboxes.drain(..) {
            let _ = mailbox.send(Order::Stop).await;
        }
        self.reports.close();
        for task in self.tasks.drain(..) {
            task.await;
        }
        // Strands that were begun while the run was cut see it at once, and leave nothing behind.
        self.world.pulse.finished().await;
    }
}

/// Waits until tails have read and outboxes have written what is on its way, but not for ever.
async fn own_traffic(world: &Arc<World>) {
    let limit = if world.pulse.is_cut() { LAST_AFTER_CUT } else { LAST };
    datagrams::end(world, limit).await;
    let drains = world.drains();
    let own = runtime::within(limit, drains.own_ended()).await;
    if own.is_some() {
        runtime::within(limit.min(LAST_OUTSIDE), drains.ended()).await;
    }
}

/// Waits until all is over that only waited for programs to end.
async fn end_of_traffic(world: &Arc<World>) {
    let drains = world.drains();
    if runtime::within(LAST_AFTER_CUT, drains.ended()).await.is_none() {
        drains.stop();
        // Told to stop, they end at once.
        drains.ended().await;
    }
}

fn finish(world: &Arc<World>) -> Result<Outcome, RunError> {
    let (findings, verdict, cut) = world.judgement();
    let verdict = if cut.is_some() {
        Verdict::Error
    } else {
        verdict.max(Verdict::Pass)
    };
    let footer = Footer {
        verdict,
        events: 0,
        draws: world.draws(),
        cut: cut.clone(),
    };
    world.recorder.finish(footer).map_err(RunError::Trace)?;
    Ok(Outcome {
        verdict,
        expect: world.plan.expect(),
        findings,
        cut,
    })
}
