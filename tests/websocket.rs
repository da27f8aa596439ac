//! WebSocket: between two of our actors, against sockets that send by hand, and against libraries that others wrote.
//!
//! Python's `websockets` is asked where it is installed; with `WIRETALE_REQUIRE_PEERS` it must be.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

#[path = "play/stage.rs"]
#[expect(dead_code, reason = "a part of the stage is enough here")]
mod stage;

#[path = "outside/stage.rs"]
#[expect(dead_code, reason = "a part of the stage is enough here")]
mod outside;

mod websocket {
    pub(crate) mod hand;

    mod ends;
    mod frames;
    mod handshakes;
    mod libraries;
    mod messages;
    mod servers;
}
