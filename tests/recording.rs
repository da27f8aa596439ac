//! Recording real conversations: from a client and a server that know nothing of it to a trace, a diagram and a scenario
//! that plays either side again.
//!
//! The programs are threads of the test with plain sockets, and in `peers` those that others wrote, where they are
//! installed.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

#[path = "recording/broken.rs"]
mod broken;
#[path = "recording/export.rs"]
mod export;
#[path = "recording/live.rs"]
mod live;
#[path = "recording/peers.rs"]
mod peers;
#[path = "recording/played.rs"]
mod played;
#[path = "recording/stage.rs"]
mod stage;
#[path = "tool/mod.rs"]
mod tool;
