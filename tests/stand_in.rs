//! Code of the user's own that stands in for actors of a scenario, on real sockets.
//!
//! Wherever it can, a test plays the scenario with its own actors too: the diagrams must be the same, byte for byte.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod stand_in {
    pub(crate) mod stage;

    mod checks;
    mod clients;
    mod failures;
    mod http;
    mod servers;
    mod streams;
}
