//! Moments and deadlines.
//!
//! Owns the two clocks that a deadline stands on. Does not own when it fires ([`super::settle`]).

use std::time::{Duration, Instant};

/// A timer that is longer overdue than this many times its length fires though the run is not settled.
const GRACE: u32 = 10;

/// The least grace.
const LEAST_GRACE: Duration = Duration::from_secs(1);

/// When a timer fires at the latest.
pub(super) fn latest(due: Instant, length: Duration) -> Instant {
    due + LEAST_GRACE.max(length * GRACE)
}

/// A moment on both clocks: the run's own, by which timers are ordered, and the real one, before which none fires.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub(super) own: Duration,
    pub(super) real: Instant,
}

/// A deadline of a wait.
#[derive(Clone, Copy, Debug)]
pub struct Alarm {
    /// What [`super::Woken::Alarm`] says when it fires.
    pub tag: u32,
    pub(super) deadline: Duration,
    pub(super) due: Instant,
    pub(super) length: Duration,
    /// Whether the scenario asked for it; a default limit alone keeps no run going.
    pub explicit: bool,
}

impl Moment {
    /// The deadline this long after the moment.
    pub fn after(self, length: Duration, tag: u32, explicit: bool) -> Alarm {
        Alarm {
            tag,
            deadline: self.own + length,
            due: self.real + length,
            length,
            explicit,
        }
    }
}

impl Alarm {
    /// The same deadline under another tag.
    #[must_use]
    pub const fn tagged(self, tag: u32) -> Self {
        Self { tag, ..self }
    }

    /// Whether it has to fire now, whatever else happens.
    pub fn is_overdue(&self) -> bool {
        latest(self.due, self.length) <= Instant::now()
    }

    /// The one that fires first.
    #[must_use]
    pub fn sooner(self, other: Self) -> Self {
        if other.deadline < self.deadline { other } else { self }
    }
}
