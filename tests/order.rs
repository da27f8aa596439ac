//! What the causal order promises, from traces that are made up here: no sockets, no clocks.
//!
//! `tale` makes traces and prints orders, `examples` are the fifteen worked examples, `chance` compares shuffles of
//! random systems, `races` and `hashes` look at those, `broken` at traces that are cut or cannot be.

#[path = "order/broken.rs"]
mod broken;
#[path = "order/chance.rs"]
mod chance;
#[path = "order/examples.rs"]
mod examples;
#[path = "order/hashes.rs"]
mod hashes;
#[path = "order/races.rs"]
mod races;
#[path = "order/random.rs"]
mod random;
#[path = "order/tale.rs"]
mod tale;
