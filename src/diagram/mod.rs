//! The sequence diagram of a trace.
