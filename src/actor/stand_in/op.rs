//! One wait of such code: what it waits for, and until when.
//!
//! Owns when two polls are of the same wait, which keeps its deadline then: code that gave one up and waits again has a new
//! one. Does not own waiting (`part`).

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use super::error::Stopped;
use crate::net::outbox::Outbox;
use crate::runtime::{Alarm, FlowId, Waiting};

/// One wait, as whoever polls it keeps it.
#[derive(Debug, Default)]
pub(super) struct Op {
    /// Which strand, which of its waits, and when it was polled last.
    pub(super) id: Option<(u64, u64)>,
    pub(super) epoch: u64,
    pub(super) alarm: Option<Alarm>,
    /// A future of its own, which is gone when it is given up.
    pub(super) is_future: bool,
}

impl Op {
    /// A wait that lives as long as a future.
    pub(super) fn future() -> Self {
        Self {
            is_future: true,
            ..Self::default()
        }
    }

    /// The wait has ended.
    pub(super) fn done(&mut self) {
        self.id = None;
    }
}

/// How to wait.
#[derive(Clone, Debug)]
pub(super) struct How {
    pub(super) waiting: Waiting,
    /// How long at most, and whether anybody asked for that.
    pub(super) limit: Option<(Duration, bool)>,
    /// What can bring it.
    pub(super) on: On,
}

/// What can bring what is waited for.
#[derive(Clone, Debug)]
pub(super) enum On {
    /// Bytes.
    Flow(FlowId),
    /// A connection at this endpoint, or at any.
    Door(Option<usize>),
    /// That no more than so many bytes are unsent.
    Room(Arc<Outbox>, u64),
    /// The kernel.
    Kernel,
}

/// A wait that goes on while the code does nothing else.
#[derive(Debug)]
pub(super) struct Interest {
    pub(super) id: u64,
    pub(super) how: How,
    pub(super) alarm: Option<Alarm>,
    /// Whom to wake, where the code polls its parts each by itself.
    pub(super) waker: Option<Waker>,
}

impl Interest {
    /// Whether it ends by that.
    pub(super) fn ends_by(&self, stopped: Stopped) -> bool {
        match stopped {
            Stopped::Standstill => self.how.waiting == Waiting::Step,
            Stopped::Quiet => self.how.waiting == Waiting::Serve,
            Stopped::Deadline | Stopped::Cut | Stopped::Offstage => false,
        }
    }
}
