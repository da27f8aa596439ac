//! Play client and server scenarios on real sockets, and draw what happened as a sequence diagram.
//!
//! A scenario is a JSON file. It is played by actors on loopback sockets, everything that happens is recorded as a trace,
//! and the trace is drawn in its causal order. The same behaviour gives the same diagram, byte for byte, in every run.
//!
//! ```
//! use wiretale::diagram::{Detail, mermaid};
//! use wiretale::suite;
//!
//! let scenario = r#"{ "actors": {
//!     "Client": { "script": [ { "connect": "Server" }, { "send": "ping" }, { "receive": "pong" }, { "close": true } ] },
//!     "Server": { "listen": "tcp", "session": [ { "receive": "ping" }, { "send": "pong" }, { "closed": "eof" } ] }
//! } }"#;
//! let told = suite::play("ping.json", scenario, Detail::Messages)?;
//! let diagram = mermaid::write(&told.drawing.diagram);
//! assert!(diagram.contains("p0->>p1: ping\n    p1-->>p0: pong\n    p0-)p1: close\n"));
//! # Ok::<(), suite::CaseError>(())
//! ```
//!
//! A scenario in a file is a test in three lines, and code of your own can stand in for any of its actors: see
//! [`suite::check`] and [`actor::Actor`], and `docs/rust.md`.
//!
//! ```
//! # /*
//! #[test]
//! # */
//! fn hello() {
//!     wiretale::suite::check("scenarios/hello.json").passes();
//! }
//! # hello();
//! ```
//!
//! # The rooms
//!
//! Data flows one way, and a room imports only rooms above it:
//!
//! | room | owns |
//! |---|---|
//! | [`ident`], [`units`], [`draw`], [`finding`] | names; durations and sizes; keyed chance; findings and verdicts as data |
//! | [`wire`] | bytes and messages without sockets: framings, payloads, matchers, templates |
//! | [`scenario`] | the file as it is written, and mistakes that point into it |
//! | [`plan`] | the scenario with every name, unit and default resolved; it cannot be wrong |
//! | [`lint`] | warnings: what is no mistake, and yet cannot be meant |
//! | [`trace`] | events, and the file that they are written to and read from |
//! | [`runtime`] | async-std: tasks, sockets, clocks; the one room that names it |
//! | [`net`] | sockets: who connected, what is read ahead, what is still to be written |
//! | [`actor`] | what the actors do, step by step |
//! | [`run`] | one run: its start, its phases, its orderly end |
//! | [`capture`] | conversations of others: heard by a proxy, read from a capture, told as a trace, exported |
//! | [`replay`] | the scenario that plays such a conversation again |
//! | [`order`] | the causal order of a trace, and its races |
//! | [`verdict`] | what must hold of a whole trace, judged on its causal order |
//! | [`diagram`] | the diagram, and how it is written: Mermaid, text, SVG, JSON |
//! | [`baseline`] | approved diagrams, read back and compared |
//! | [`report`] | the words for findings and races; what came of many runs, as JUnit, TAP, JSON and for GitHub |
//! | [`suite`] | a case from its file to its diagram |
//! | [`cli`] | the command line |
//!
//! From [`order`] on everything works from a trace alone, so that a trace drawn later gives the diagram of its run.

pub mod actor;
pub mod baseline;
pub mod capture;
pub mod cli;
pub mod diagram;
pub mod draw;
pub mod finding;
pub mod ident;
pub mod lint;
pub mod net;
pub mod order;
pub mod plan;
pub mod replay;
pub mod report;
pub mod run;
pub mod runtime;
pub mod scenario;
pub mod suite;
pub mod trace;
pub mod units;
pub mod verdict;
pub mod wire;

/// The Rust in `docs/rust.md`, which is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../docs/rust.md")]
pub struct RustPage;
