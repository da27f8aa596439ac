//! Scenarios that are played on real sockets, through the library and through the program.
//!
//! Each module is about one noun of the format or of the run; `stage` plays.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod play {
    pub(crate) mod stage;

    mod atomic;
    mod background;
    mod binary;
    mod captures;
    mod chance;
    mod choices;
    mod connections;
    mod datagrams;
    mod endings;
    mod examples;
    mod framings;
    mod headers;
    mod hostile;
    mod invariants;
    mod leftovers;
    mod masks;
    mod messages;
    mod peers;
    mod phases;
    mod procedures;
    mod program;
    mod reuse;
    mod rounds;
    mod schemas;
    mod stability;
    mod starttls;
    mod time;
    mod tls;
    mod unix;
    mod values;
    mod waiting;
}
