//! Signals between strands.
//!
//! Owns how often each name was signalled, and who waits for one. Does not own what a strand has already used up.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use crate::runtime::Pulse;

/// What was signalled, and who waits.
#[derive(Debug)]
pub struct Signals {
    pulse: Pulse,
    board: Mutex<BTreeMap<String, Signal>>,
}

#[derive(Debug, Default)]
struct Signal {
    given: u32,
    /// Seats of strands that wait for it.
    waiting: Vec<usize>,
}

impl Signals {
    /// None yet.
    pub fn new(pulse: Pulse) -> Self {
        Self {
            pulse,
            board: Mutex::default(),
        }
    }

    /// Gives a signal; `record` is told its number before anybody can see it.
    pub fn give(&self, name: &str, record: impl FnOnce(u32)) {
        let mut board = self.board();
        let signal = board.entry(name.to_owned()).or_default();
        signal.given += 1;
        record(signal.given);
        for seat in signal.waiting.drain(..) {
            self.pulse.rouse(seat);
        }
    }

    /// Whether a signal was given at least `count` times; else the strand with this seat is roused when it is given next.
    pub fn given(&self, name: &str, count: u32, seat: usize) -> bool {
        let mut board = self.board();
        let signal = board.entry(name.to_owned()).or_default();
        if signal.given >= count {
            return true;
        }
        if !signal.waiting.contains(&seat) {
            signal.waiting.push(seat);
        }
        false
    }

    /// The strand with this seat waits no more.
    pub fn forget(&self, name: &str, seat: usize) {
        if let Some(signal) = self.board().get_mut(name) {
            signal.waiting.retain(|&waiting| waiting != seat);
        }
    }

    fn board(&self) -> MutexGuard<'_, BTreeMap<String, Signal>> {
        self.board.lock().expect("no thread panics while it holds the signals")
    }
}
