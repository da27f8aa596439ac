//! What an actor's strands share.
//!
//! Owns the actor's variables and the membership of its sessions, behind one lock that is never held across an await. A
//! step takes it once: evaluates, writes, records its access, and releases; no strand ever holds two. Every access has its
//! place among all accesses to its cell, so that their order is in the trace. Does not own what is done with the values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value as Json;

use crate::net::outbox::Outbox;
use crate::trace::event::{Access, Mode};

/// The cell of the membership, behind the actor's name; each member has one of its own below it.
const MEMBERS: &str = "!sessions";

/// What an actor's strands share.
#[derive(Debug)]
pub struct Cells {
    /// The actor's name, in front of each cell's.
    actor: String,
    state: Mutex<CellState>,
}

/// The shared state, while its lock is held.
#[derive(Debug, Default)]
pub struct CellState {
    /// The actor's variables.
    pub variables: BTreeMap<String, Arc<Json>>,
    /// Its sessions by their place in the strand order.
    pub members: BTreeMap<Arc<[u64]>, Member>,
    /// How often each cell was accessed.
    counts: BTreeMap<String, u64>,
}

/// A session that a broadcast can reach.
#[derive(Clone, Debug)]
pub struct Member {
    /// The session's name.
    pub session: Arc<str>,
    /// Its connection's name.
    pub connection: Arc<str>,
    /// What its connection sends.
    pub outbox: Arc<Outbox>,
}

/// The cells that a step accesses.
#[derive(Debug, Default)]
pub struct Touched(BTreeMap<String, Mode>);

impl Touched {
    /// Reads a variable, unless it is written too.
    pub fn read(&mut self, variable: &str) {
        self.0.entry(format!(".{variable}")).or_insert(Mode::Read);
    }

    /// Writes a variable.
    pub fn write(&mut self, variable: &str) {
        self.0.insert(format!(".{variable}"), Mode::Write);
    }

    /// Reads who all members are.
    pub fn members(&mut self) {
        self.0.insert(MEMBERS.to_owned(), Mode::Read);
    }

    /// Reads whether this session is a member.
    pub fn member(&mut self, session: &str) {
        self.0.insert(format!("{MEMBERS}/{session}"), Mode::Read);
    }

    /// This session joins or leaves.
    pub fn membership(&mut self, session: &str, mode: Mode) {
        self.0.insert(MEMBERS.to_owned(), mode);
        self.0.insert(format!("{MEMBERS}/{session}"), Mode::Write);
    }

    /// Whether nothing is touched.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Cells {
    /// The cells of an actor with these variables.
    pub fn new(actor: String, variables: BTreeMap<String, Arc<Json>>) -> Self {
        Self {
            actor,
            state: Mutex::new(CellState {
                variables,
                ..CellState::default()
            }),
        }
    }

    /// The state, locked.
    pub fn lock(&self) -> MutexGuard<'_, CellState> {
        self.state
            .lock()
            .expect("no thread panics while it holds an actor's cells")
    }

    /// The event of these accesses; to be recorded before the lock on `state` is released.
    pub fn access(&self, state: &mut CellState, touched: &Touched) -> Vec<Access> {
        touched
            .0
            .iter()
            .map(|(cell, &mode)| {
                let cell = format!("{}{cell}", self.actor);
                let count = state.counts.entry(cell.clone()).or_default();
                let nth = *count;
                *count += 1;
                Access { cell, mode, nth }
            })
            .collect()
    }
}

/// The actor's variables that these names need: `actor.x` one, `actor` all of them; what is given with every actor is none.
pub(super) fn variables<'a>(names: impl IntoIterator<Item = &'a str>, state: &CellState) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    for name in names {
        if name == "actor" {
            needed.extend(state.variables.keys().cloned());
        } else if let Some(variable) = name.strip_prefix("actor.")
            && !GIVEN.contains(&variable)
        {
            needed.insert(variable.to_owned());
        }
    }
    needed
}

/// Names under `actor` that are no variables.
pub(super) const GIVEN: &[&str] = &["name", "index", "row"];
