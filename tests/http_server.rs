//! The HTTP server against clients that are none of its actors: sockets that send by hand, curl, wrk.
//!
//! They connect from outside the scenario, so that these tests hold its connections too. curl and wrk are asked where they
//! are installed; with `WIRETALE_REQUIRE_PEERS` they must be.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

#[expect(dead_code, reason = "a part of the tool is enough here")]
mod tool;

mod http_server {
    pub(crate) mod server;

    mod messages;
    mod outside;
    mod peers;
    mod refusals;
    mod responses;
}
