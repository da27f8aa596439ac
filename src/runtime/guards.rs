//! What keeps a run from being settled for as long as it lives.
//!
//! Owns what is counted for each. Does not own when a run is settled ([`super::settle`]).

use super::pulse::Pulse;

/// Something that arrives at nobody yet, such as a connection on its way: while it lives, the run is not settled.
#[derive(Debug)]
pub struct Arrival(pub(super) Pulse);

/// An outbox that is not empty.
#[derive(Debug)]
pub struct Flushing(pub(super) Pulse);

/// A strand that waits as a `serve` does, and that something may wake of which nobody here knows: while it lives, the run is
/// not settled.
#[derive(Debug)]
pub struct Doubt(pub(super) Pulse);

impl Drop for Arrival {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.busy -= 1;
        self.0.beat(&mut state);
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.busy -= 1;
        state.doubts -= 1;
        self.0.beat(&mut state);
    }
}

impl Drop for Flushing {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.flushing -= 1;
        self.0.beat(&mut state);
    }
}
