//! Bytes to messages and back, without sockets.
//!
//! Owns framings, the HTTP codec, layouts of binary messages, payloads, templates, matchers and the incremental matching of
//! unframed bytes. Does not own connections (`net`) nor what a scenario means by a name (`plan`).

mod automaton;
pub mod framing;
pub mod handshake;
pub mod head;
pub mod hex;
pub mod http;
mod integer;
pub mod invariant;
pub mod layout;
pub mod matcher;
pub mod message;
pub mod payload;
pub mod raw;
pub mod template;
pub mod tls;
