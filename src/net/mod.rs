//! Real sockets on loopback.
//!
//! Owns listening, connecting and knowing who connected, TLS, reading and writing with an outbox, endings, and reading a
//! closed direction to its end. Says what happened as values; does not own recording it, nor what a strand does next
//! (`actor`).

pub mod folder;
pub mod inbox;
pub mod listener;
pub mod outbox;
pub mod program;
pub mod registry;
pub mod relay;
pub mod socket;
pub mod stream;
pub mod surf;
pub mod tls;
pub mod trust;
pub mod udp;
