//! An actor's life: a task with a mailbox that begins its strands and ends with its endpoints closed.
//!
//! Owns the accept loops, one task an endpoint, and beginning a strand for the script of each phase and for each accepted
//! connection. Does not own when a phase begins (`run`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::connection::Connection;
use super::dial::accepted_end;
use super::hop;
use super::shared::{Endpoint, Shared};
use super::stand_in;
use super::strand::{CLIENT, Strand};
use super::world::World;
use crate::finding::{FindingKind, Verdict};
use crate::ident::{ActorName, Address, ConnectionName, StrandName, Tail};
use crate::net::listener::{Listener, Sweep};
use crate::net::registry::Arrived;
use crate::net::stream::Stream;
use crate::plan::step::Block;
use crate::runtime::channel::{Receiver, Sender};
use crate::runtime::{self, JoinHandle};
use crate::trace::event::Kind;
use crate::trace::recorder::About;

/// A part of a run: all `setup`s, then all scripts, then all `finally`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// What is prepared.
    Setup,
    /// What is tried.
    Script,
    /// What is done in any case.
    Finally,
}

/// What an actor is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Begin the steps of a phase, if there are any.
    Begin(Phase),
    /// Close the endpoints and end.
    Stop,
}

/// What an actor says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The strand of the phase has begun: its name, if it has steps.
    Begun(Option<String>),
    /// A strand of the phase has ended.
    Ended(Phase, String),
}

/// An address of an endpoint that one program alone is told, so that who connects there is known.
#[derive(Debug)]
pub struct Alias {
    /// The endpoint, by its place among the actor's.
    pub place: usize,
    /// Where it is.
    pub listener: Listener,
    /// Who is told.
    pub caller: ActorName,
    /// Asked when that program has ended.
    pub sweeps: Receiver<Sweep>,
}

/// Lives until it is told to stop, or until whoever tells is gone.
pub async fn supervise(
    actor: Arc<Shared>,
    world: Arc<World>,
    listeners: Vec<Listener>,
    aliases: Vec<Alias>,
    mailbox: Receiver<Order>,
    reports: Sender<Report>,
) {
    let mut accepting: Vec<JoinHandle<()>> = listeners
        .into_iter()
        .enumerate()
        .map(|(place, listener)| accept(Arc::clone(&actor), Arc::clone(&world), place, listener, None))
        .collect();
    for alias in aliases {
        let Alias {
            place,
            listener,
            caller,
            sweeps,
        } = alias;
        let caller = Some((caller, sweeps));
        accepting.push(accept(Arc::clone(&actor), Arc::clone(&world), place, listener, caller));
    }
    let mut played = false;
    while let Ok(order) = mailbox.recv().await {
        match order {
            Order::Begin(phase) => {
                let begun = match &actor.stand_in {
                    None if actor.is_outside(&world.plan) => begin_program(&actor, &world, phase).await,
                    None => begin(&actor, &world, phase, &reports),
                    Some(stand_in) => {
                        stand_in::begin(&actor, &world, phase, stand_in, &mut played);
                        None
                    }
                };
                if reports.send(Report::Begun(begun)).await.is_err() {
                    break;
                }
            }
            Order::Stop => break,
        }
    }
    for task in accepting {
        task.cancel().await;
    }
    actor.endpoints.iter().for_each(|endpoint| {
        for (stream, arrived) in endpoint.close() {
            leave(&world, &actor, endpoint, stream, &arrived);
        }
    });
}

/// Leaves an association of which the script took nothing to its tail, which says what is left over.
fn leave(world: &Arc<World>, actor: &Arc<Shared>, endpoint: &Endpoint, stream: Stream, arrived: &Arrived) {
    if !endpoint.located.framings.are_datagrams() || world.pulse.is_cut() {
        return;
    }
    if let Ok(end) = accepted_end(world, &endpoint.located, stream, arrived) {
        let script = Strand::new(world, actor, StrandName::script(actor.name.clone()));
        script.hang_up(Connection::new(CLIENT.to_owned(), end), None, true);
    }
}

/// Begins the strand of a phase, and says its name.
fn begin(actor: &Arc<Shared>, world: &Arc<World>, phase: Phase, reports: &Sender<Report>) -> Option<String> {
    let plan = actor.plan(&world.plan);
    let script = StrandName::script(actor.name.clone());
    let (steps, name) = match phase {
        Phase::Setup => (&plan.setup, script.with(Tail::Setup)),
        Phase::Script => (&plan.script, script),
        Phase::Finally => (&plan.finally, script.with(Tail::Finally)),
    };
    let steps = Arc::clone(steps.as_ref()?);
    if phase == Phase::Script && actor.setup_failed.load(Ordering::SeqCst) {
        return None;
    }
    let strand = Strand::new(world, actor, name);
    let text = strand.text.to_string();
    let (actor, reports, ended) = (Arc::clone(actor), reports.clone(), text.clone());
    runtime::spawn(async move {
        let passed = strand.play(steps).await.passed;
        if phase == Phase::Setup && !passed {
            actor.setup_failed.store(true, Ordering::SeqCst);
        }
        // Nobody listens any more once the run was cut.
        let _ = reports.send(Report::Ended(phase, ended)).await;
    });
    Some(text)
}

/// Begins the program whose end is its script's, and says the script's name.
async fn begin_program(actor: &Shared, world: &Arc<World>, phase: Phase) -> Option<String> {
    let name = actor.name.to_string();
    let program = world.program(&name)?;
    if phase != Phase::Script || !program.begins_with_scripts() {
        return None;
    }
    // Why it does not begin, it has said by itself.
    program.begin(world).await.then_some(name)
}

fn accept(
    actor: Arc<Shared>,
    world: Arc<World>,
    place: usize,
    listener: Listener,
    alias: Option<(ActorName, Receiver<Sweep>)>,
) -> JoinHandle<()> {
    runtime::spawn(async move {
        let registry = Arc::clone(&world.registry);
        let plan = actor.plan(&world.plan);
        let session = plan.listen[place].session.clone();
        let located = Arc::clone(&actor.endpoints[place].located);
        let sweeps = alias.as_ref().map(|(_, sweeps)| sweeps);
        let mut counts: BTreeMap<ActorName, u32> = BTreeMap::new();
        let outside = |peer: &Address| {
            let caller = match &alias {
                Some((caller, _)) => caller.clone(),
                None => world.caller(peer),
            };
            let number = counts.entry(caller.clone()).or_default();
            *number += 1;
            ConnectionName {
                target: located.actor.clone(),
                endpoint: located.endpoint.clone(),
                opener: Box::new(StrandName::script(caller)),
                number: *number,
            }
        };
        let error = listener
            .accept_all(&registry, sweeps, outside, |stream, arrived| match &session {
                _ if located.outside => hop::pass(&world, &located, &plan.show, stream, arrived),
                Some(steps) if actor.stand_in.is_none() => {
                    serve(&actor, &world, place, steps, stream, arrived);
                }
                _ => actor.endpoints[place].push(&world.pulse, stream, arrived),
            })
            .await;
        unaccepted(&world, &actor.endpoints[place].text(), &error);
        // Who is waiting to be accepted would wait for ever.
        world.cut("an endpoint that cannot accept");
    })
}

/// The machine cannot do its part of an accept.
fn unaccepted(world: &World, by: &str, error: &std::io::Error) {
    let text = format!("cannot accept: {error}");
    let mut finding = super::world::finding(world, by, None, FindingKind::System, text);
    finding.verdict = Verdict::Error;
    finding.help = super::dial::descriptors(error);
    world.found(finding);
}

/// Begins the session for an accepted connection.
fn serve(actor: &Arc<Shared>, world: &Arc<World>, place: usize, steps: &Block, stream: Stream, arrived: Arrived) {
    let mut strand = Strand::new(world, actor, arrived.name.session());
    strand.session = Some(Arc::clone(&strand.text));
    strand.log.record(
        About::default(),
        &Kind::Accept {
            connection: arrived.name.to_string(),
            datagrams: actor.endpoints[place].located.framings.are_datagrams(),
            watch: Vec::new(),
        },
    );
    let endpoint = &actor.endpoints[place];
    let end = match accepted_end(world, &endpoint.located, stream, &arrived) {
        Ok(end) => end,
        Err(error) => return unaccepted(world, &strand.text, &error),
    };
    let mut connection = Connection::new(CLIENT.to_owned(), end);
    let most = actor.plan(&world.plan).listen[place].max_connections;
    connection.occupied = endpoint.place(most);
    if connection.occupied.is_none() {
        if let Some(outbox) = &connection.outbox {
            strand.finish(None, &connection.link, outbox, None);
        }
        strand.hang_up(connection, None, false);
        return;
    }
    strand.remember(&mut connection);
    strand.connections.push(connection);
    if endpoint.located.tls.is_none() && endpoint.located.upgrade.is_none() {
        strand.join();
    }
    runtime::spawn(strand.attend(place, Arc::clone(steps)));
}
