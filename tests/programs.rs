//! Real programs as actors, through the program as a user starts it.
//!
//! The programs are `sh` and wiretale itself, which are everywhere; `curl`, `redis-server`, `redis-cli` and `python3` where
//! they are installed; with `WIRETALE_REQUIRE_PEERS` they must be.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

#[expect(dead_code, reason = "a part of the tool is enough here")]
mod tool;

mod programs {
    mod ends;
    mod external;
    mod hops;
    mod lives;
    mod peers;
    mod permissions;
    mod skipping;
    pub(crate) mod stage;
}
