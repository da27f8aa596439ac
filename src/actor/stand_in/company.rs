//! All strands of such code that play one instance of an actor.
//!
//! Owns beginning and ending them, and closing what the code has forgotten when the last of them has ended. Does not own
//! when a phase begins (`run`).

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use futures::future::BoxFuture;

use super::error::{finding_of, in_one_line};
use super::inner::Inner;
use super::part::{Ending, Part};
use super::stage::Stage;
use super::voice::Voice;
use super::{BoxError, StandIn};
use crate::actor::shared::Shared;
use crate::actor::supervisor::Phase;
use crate::actor::world::World;
use crate::ident::StrandName;
use crate::runtime::{self, JoinHandle};

/// All strands that play one instance of an actor.
pub(super) struct Company {
    pub(super) world: Arc<World>,
    pub(super) actor: Arc<Shared>,
    /// Strands that have not ended.
    strands: AtomicUsize,
    connections: Mutex<Vec<Weak<Inner>>>,
}

/// Begins to play an actor by code, where it does so in this phase; `has_played` says whether it did before. Where
/// connections are served from the beginning, they are too in `finally`, when all that was begun before has ended.
pub(in crate::actor) fn begin(
    actor: &Arc<Shared>,
    world: &Arc<World>,
    phase: Phase,
    stand_in: &StandIn,
    has_played: &mut bool,
) {
    let serves = actor.serves_from_the_beginning(&world.plan);
    let begins = match phase {
        Phase::Setup | Phase::Finally => serves,
        Phase::Script => !*has_played,
    };
    if !begins {
        return;
    }
    *has_played = true;
    let is_begun = !serves && actor.plan(&world.plan).script.is_some();
    let name = StrandName::script(actor.name.clone());
    let voice = Arc::new(Voice::new(world, actor, name, is_begun));
    let company = Arc::new(Company {
        world: Arc::clone(world),
        actor: Arc::clone(actor),
        strands: AtomicUsize::new(0),
        connections: Mutex::default(),
    });
    let stage = Stage::new(Arc::clone(&company), Arc::clone(&voice));
    let code = Arc::clone(&stand_in.0);
    drop(company.spawn(voice, async move { code.play(stage).await }));
}

impl Company {
    /// Begins a strand.
    pub(super) fn spawn(
        self: &Arc<Self>,
        voice: Arc<Voice>,
        work: impl Future<Output = Result<(), BoxError>> + Send + 'static,
    ) -> JoinHandle<()> {
        self.strands.fetch_add(1, Ordering::SeqCst);
        voice.is_hosted();
        let part = Part::new(voice);
        let company = Arc::clone(self);
        runtime::spawn(async move {
            let (world, text) = (Arc::clone(&company.world), Arc::clone(&part.voice.text));
            world.watch(&text, company.run(part, Box::pin(work))).await;
        })
    }

    async fn run(&self, part: Arc<Part>, work: BoxFuture<'static, Result<(), BoxError>>) {
        let ending = part.host(work).await;
        let voice = &part.voice;
        let finding = match ending {
            Ending::Passed | Ending::Cut => None,
            Ending::Failed(error) => finding_of(&error, |kind, text| voice.finding(kind, text)),
            Ending::Panicked(why) => Some(in_one_line("panicked", &why, |kind, text| voice.finding(kind, text))),
        };
        let passed = finding.is_none();
        if let Some(finding) = finding {
            voice.report(finding);
            voice.taint();
        }
        part.let_go(passed);
        voice.end();
        if self.strands.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.close();
        }
        // Its seat is given up last: until then the run is not settled.
        drop(part);
    }

    /// A connection is one of this actor's.
    pub(super) fn has(&self, connection: &Arc<Inner>) {
        let mut connections = self
            .connections
            .lock()
            .expect("no thread panics while it adds a connection");
        connections.retain(|known| known.strong_count() > 0);
        connections.push(Arc::downgrade(connection));
    }

    /// Closes what the code has forgotten, in the order of the connections' names.
    fn close(&self) {
        let mut connections = self
            .connections
            .lock()
            .expect("no thread panics while it adds a connection");
        let mut open: Vec<_> = connections.drain(..).filter_map(|known| known.upgrade()).collect();
        drop(connections);
        open.sort_by_key(|inner| self.world.key(&inner.link().name.session()));
        open.iter().for_each(|inner| inner.let_go());
    }
}
