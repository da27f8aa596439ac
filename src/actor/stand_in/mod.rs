//! Actors in Rust: code of the user's own in the place of an actor of the scenario.
//!
//! Owns what such code is given (a [`Stage`], and [`Connection`]s), that its waits count as those of every other strand,
//! and that what it does is recorded as if the scenario's own actor had done it. Its endpoints are those of the scenario;
//! the actor's steps and variables are not played. Does not own which steps are replaced (`supervisor`).

mod bell;
mod company;
mod connection;
mod error;
mod incoming;
mod inner;
mod op;
mod outgoing;
mod part;
mod stage;
mod stream;
mod voice;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

pub use async_trait::async_trait;
pub use connection::Connection;
pub use error::StageError;
pub use stage::Stage;

pub(super) use company::begin;

/// An error of the code that stands in for an actor: it is a finding, and fails the run.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Code that stands in for an actor of a scenario.
///
/// ```
/// use wiretale::actor::{Actor, BoxError, Stage, async_trait};
///
/// struct Echo;
///
/// #[async_trait]
/// impl Actor for Echo {
///     async fn play(&self, stage: Stage) -> Result<(), BoxError> {
///         while let Some(connection) = stage.accept().await? {
///             while let Some(message) = connection.receive().await? {
///                 connection.send(&message).await?;
///             }
///         }
///         Ok(())
///     }
/// }
/// ```
///
/// A closure that takes a [`Stage`] is one too.
#[async_trait]
pub trait Actor: Send + Sync {
    /// What it does. It is called once for each instance of the actor, and ends when the code has nothing more to do: a
    /// server when [`Stage::accept`] says that nobody comes any more.
    ///
    /// Where the actor has an endpoint with a `session`, this begins with the run and, where any actor has `finally` steps,
    /// again with these; else it begins when the scripts do.
    async fn play(&self, stage: Stage) -> Result<(), BoxError>;
}

#[async_trait]
impl<F, W, E> Actor for F
where
    F: Fn(Stage) -> W + Send + Sync,
    W: Future<Output = Result<(), E>> + Send,
    E: Into<BoxError>,
{
    async fn play(&self, stage: Stage) -> Result<(), BoxError> {
        self(stage).await.map_err(Into::into)
    }
}

/// Which actors of a scenario code stands in for.
#[derive(Clone, Default)]
pub struct StandIns(BTreeMap<String, Arc<dyn Actor>>);

impl StandIns {
    /// For none.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this one for the actor of this name, for all of its instances.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, actor: impl Actor + 'static) -> Self {
        self.0.insert(name.into(), Arc::new(actor));
        self
    }

    /// The names of the actors, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What stands in for an actor.
    pub fn of(&self, name: &str) -> Option<StandIn> {
        self.0.get(name).cloned().map(StandIn)
    }
}

impl fmt::Debug for StandIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What stands in for one actor.
#[derive(Clone)]
pub struct StandIn(Arc<dyn Actor>);

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandIn")
    }
}
