//! What the causal order promises, from traces that are made up here: no sockets, no clocks.
//!
//! `tale` makes traces and prints orders, `examples` and
//! `more_examples` are the fifteen worked ones, `outside` has programs of which there are no events, `phases` has strands that others begin, `chance` compares shuffles of
//! random systems, `races` and `hashes` look at those, `invariants` judges them and compares with the plainest way to do so, `broken` at traces that are cut or cannot be, `measure` takes times.

#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "all of this crate is tests, its helpers too"
)]

#[path = "order/background.rs"]
mod background;
#[path = "order/broken.rs"]
mod broken;
#[path = "order/chance.rs"]
mod chance;
#[path = "order/examples.rs"]
mod examples;
#[path = "order/hashes.rs"]
mod hashes;
#[path = "order/invariants.rs"]
mod invariants;
#[path = "order/more_examples.rs"]
mod more_examples;
#[path = "order/outside.rs"]
mod outside;
#[path = "order/phases.rs"]
mod phases;
#[path = "order/races.rs"]
mod races;
#[path = "order/random.rs"]
mod random;
#[path = "order/tale.rs"]
mod tale;
