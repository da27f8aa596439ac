//! The interpreter: actors, and the strands that run their steps.
//!
//! Owns scripts, sessions, branches, code of the user's own that stands in for an actor, and the cells that an actor's strands share. Strands share state only through those
//! cells. Does not own starting and stopping a run (`run`), sockets (`net`), or what messages look like (`wire`).

mod again;
mod alternatives;
mod anybody;
mod background;
mod call;
mod cells;
mod chance;
mod change;
mod connect;
mod connection;
mod dial;
mod drain;
mod drains;
mod excerpt;
mod failure;
mod farewell;
mod front;
mod hear;
mod hop;
mod keep;
mod life;
mod manners;
mod offer;
mod peers;
mod pool;
pub mod program;
mod request;
mod respond;
mod retry;
mod rounds;
mod scope;
mod secure;
mod send;
mod serial;
mod shaking;
mod shared;
mod shown;
mod signals;
mod stand_in;
mod step;
mod strand;
pub mod supervisor;
mod take;
mod unheard;
mod upgrade;
mod values;
mod world;

pub use cells::Cells;
pub use chance::Chance;
pub use dial::descriptors;
pub use shared::{Endpoint, Shared, has_broadcasts};
pub use stand_in::{Actor, BoxError, Connection, Stage, StageError, StandIn, StandIns, async_trait};
pub use world::{DEADLINE, Flip, Located, Nth, World, finding};
