//! The causal order of a trace.
pub mod unit;
