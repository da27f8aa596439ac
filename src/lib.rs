//! wiretale.
pub mod actor;
pub mod cli;
pub mod diagram;
pub mod draw;
pub mod finding;
pub mod ident;
pub mod net;
pub mod order;
pub mod plan;
pub mod report;
pub mod run;
pub mod runtime;
pub mod scenario;
pub mod suite;
pub mod trace;
pub mod units;
pub mod wire;
