//! The plan: a scenario with every name, unit, template, matcher and default resolved.
//!
//! Owns what the actors do, in a form that cannot be invalid; every cross-reference is checked when it is made, and only
//! here. Does not own doing it (`actor`, `run`).

mod actors;
mod alternative;
mod alternatives;
mod branches;
pub mod calls;
mod cases;
mod compile;
mod connections;
mod directory;
mod endpoints;
pub mod exchange;
mod externals;
mod framings;
mod invariants;
pub mod layouts;
mod masks;
mod matchers;
mod names;
mod on;
mod opening;
pub mod outside;
mod payloads;
mod peers;
pub mod permissions;
mod reuse;
mod said;
pub mod serving;
pub mod step;
mod steps;
mod strand;
#[cfg(test)]
mod tests;
mod texts;
mod titles;
pub mod tls;
mod upgrade;
mod variables;
mod vars;
mod way;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use crate::finding::{Expect, Place};
use crate::ident::ActorName;
pub use crate::scenario::written::Retransmissions;
use crate::wire::handshake::Upgrade;
use crate::wire::invariant::Invariants;
use crate::wire::layout::Layout;
use crate::wire::template::JsonTemplate;
pub use cases::Cases;
pub use compile::Overrides;
pub use externals::External;
pub use masks::{Mask, MaskRule};
pub use outside::Outside;
pub use permissions::Permissions;
use step::{Alternative, Block, Framings, Unexpected};

/// What is to be played.
#[derive(Debug)]
pub struct Plan {
    /// The file's name without its folder, for the trace's header.
    pub file: String,
    /// What is played, for the results' folder: the file's name without its ending, and behind a dot the case.
    pub name: String,
    /// The case, where the scenario has `data`.
    pub case: Option<String>,
    /// For people.
    pub title: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// For `--tag`.
    pub tags: Vec<String>,
    /// Of all that is random.
    pub seed: u64,
    /// What bounds the run.
    pub limits: Limits,
    /// Constants, in order, as every strand sees them; the case's `row` is one.
    pub vars: Vec<(String, Arc<Json>)>,
    /// What diagrams show as something else.
    pub mask: Mask,
    /// Where it says that it is known to fail.
    pub expects_failure: Option<Place>,
    /// What must hold of everything that is said.
    pub invariants: Invariants,
    /// What all TLS has in common.
    pub tls: tls::Common,
    /// The actors, in the file's order.
    pub actors: Vec<Actor>,
    /// All steps and alternatives; [`step::StepId`] is a place in it.
    pub steps: Vec<StepInfo>,
    /// What the command line allows.
    pub permissions: Permissions,
}

impl Plan {
    /// What it says of its own verdict.
    pub const fn expect(&self) -> Expect {
        match self.expects_failure {
            Some(_) => Expect::Fail,
            None => Expect::Pass,
        }
    }
}

/// What bounds a run; the defaults are those of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The whole run (30 s).
    pub scenario: Duration,
    /// Each wait without a `timeout` of its own (5 s).
    pub step: Duration,
    /// The largest message (16 MiB).
    pub message: u64,
    /// Steps of each strand (1,000,000).
    pub steps: u64,
    /// Unsent bytes of a direction (16 MiB).
    pub unsent: u64,
    /// Unread bytes of a direction (16 MiB).
    pub unread: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            scenario: Duration::from_secs(30),
            step: Duration::from_secs(5),
            message: 16 << 20,
            steps: 1_000_000,
            unsent: 16 << 20,
            unread: 16 << 20,
        }
    }
}

/// An actor, for all of its instances.
#[derive(Debug)]
pub struct Actor {
    /// Its name.
    pub name: String,
    /// Its instances; one without a number where it has no `count`.
    pub instances: Vec<Instance>,
    /// Its endpoints; without a name where there is one.
    pub listen: Vec<Endpoint>,
    /// Steps before all scripts.
    pub setup: Option<Block>,
    /// Its own steps.
    pub script: Option<Block>,
    /// Steps after all scripts and sessions.
    pub finally: Option<Block>,
    /// First values of its variables, in order; evaluated once for each instance.
    pub state: Vec<(String, JsonTemplate)>,
    /// What to do with a message that the waiting step doesn't want.
    pub unexpected: Unexpected,
    /// Alternatives, each with the guard `receive`, that are tried first whenever one of its strands waits.
    pub background: Arc<[Alternative]>,
    /// What to do with datagrams that are equal to an earlier one of the same association.
    pub retransmissions: Option<Retransmissions>,
    /// Whether it does not matter which of several peers came first: what each causes in a strand is one of its own.
    pub per_peer: bool,
    /// Variables whose order nobody cares about.
    pub unordered: Vec<String>,
    /// Headers that the diagram shows of what it sends and receives.
    pub show: Vec<String>,
    /// Who plays it, where wiretale does not.
    pub outside: Option<Outside>,
    /// Whether what is said to it and by it is one sequence, where wiretale does not play it.
    pub serial: bool,
}

/// One instance of an actor.
#[derive(Clone, Debug)]
pub struct Instance {
    /// `Client`, or `Client[2]`.
    pub name: ActorName,
    /// Its row, where its `count` is one of rows: `{{ actor.row.user }}`.
    pub row: Option<Arc<Json>>,
}

/// One endpoint of an actor.
#[derive(Debug)]
pub struct Endpoint {
    /// Its name, where the actor has several.
    pub name: Option<String>,
    /// `127.0.0.1`, unless the scenario says otherwise; loopback always.
    pub host: IpAddr,
    /// The port; 0 for a free one.
    pub port: Port,
    /// Where it is, if it is a Unix socket.
    pub unix: Option<UnixPlace>,
    /// TLS from the first byte on.
    pub tls: Option<tls::Tls>,
    /// How bytes become messages.
    pub framings: Framings,
    /// The binary messages that frames are shown as: the first that fits.
    pub messages: Arc<[Layout]>,
    /// What the handshake says, where it speaks WebSocket.
    pub upgrade: Option<Arc<Upgrade>>,
    /// How many connections may wait to be accepted (4,096).
    pub backlog: u32,
    /// How many connections there may be at once.
    pub max_connections: Option<u32>,
    /// Steps for each connection; without any the script accepts.
    pub session: Option<Block>,
    /// Its place in the file.
    pub place: Place,
}

/// The port of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// This one; 0 for a free one.
    Number(u16),
    /// The same as that of an endpoint before this one, called `Ftp.data`.
    SameAs(String),
}

/// Where a Unix socket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnixPlace {
    /// Wherever is room in the run's own folder.
    Free,
    /// Under this name in the run's own folder.
    Named(String),
    /// Under this name in no folder at all.
    Abstract(String),
}

/// What the trace's header says about a step.
#[derive(Clone, Debug)]
pub struct StepInfo {
    /// The verb; for an alternative its guard.
    pub verb: &'static str,
    /// What a frame around its messages is called: `3 times`, `for key`, `receive "DATA"`.
    pub title: String,
    /// Its place in the file.
    pub place: Place,
    /// Whether what it does is kept out of diagrams.
    pub hide: bool,
    /// Where its actor could be, and is not, per peer: which region what it takes would belong to.
    pub region: Option<u32>,
}
