//! Programs that are no actors connect to a scenario that plays, through the library and through the program.
//!
//! `stage` plays; the tests are the programs from outside.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod outside {
    mod clients;
    mod datagrams;
    mod ends;
    mod in_place;
    mod program;
    mod secure;
    pub(crate) mod stage;
    mod torture;
}
