//! Conversations of others: heard by a proxy or read from a capture, and told as a trace.
//!
//! Owns what was said on connections of which neither end is ours, how its bytes become messages, who is called what, and
//! the trace that comes of it: the frames in the order seen, as the session of the server. Does not own the scenario that
//! plays it again (`replay`), nor how it is drawn.

pub mod cast;
pub mod conversation;
pub mod export;
pub mod guess;
pub mod journal;
pub mod pcap;
pub mod proxy;
mod speech;
pub mod talk;
pub mod write;
