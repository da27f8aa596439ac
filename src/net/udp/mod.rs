//! Datagrams.
//!
//! Owns UDP sockets and the associations on them: who a datagram came from and whose it is. An association is one end of
//! a connection as any other: its byte stream is its datagrams, each behind its length, which no protocol ever sees. Does
//! not own how datagrams become messages (`wire::framing`), nor what associations are called (`registry`).

mod association;
mod credit;
mod drops;
mod port;
mod ports;
mod queue;

pub use association::Association;
pub use drops::is_bound;
pub use port::Port;
pub use ports::{Ports, Trouble};

/// How many bytes stand before each datagram in an association's byte stream: its length.
const LENGTH: usize = crate::wire::framing::DATAGRAM_LENGTH;
