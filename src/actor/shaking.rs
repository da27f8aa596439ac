//! Which ends shake hands, so that a refusal is known for what it is before whoever refused has noted it.
//!
//! Owns that an end which is told of a refusal follows from the other end's failure, whichever of them is heard first: TLS
//! tells the other side before it tells this program. Does not own the handshake (`net::tls`), nor its failure (`secure`).

use std::sync::Arc;

use super::connection::Link;
use super::world::World;

impl World {
    /// An end begins to shake hands, and is not expected to fail at it.
    pub(super) fn shakes_hands(&self, link: &Link) {
        self.lock().shaking.insert((Arc::clone(&link.text), link.side.sends()));
    }

    /// An end has come to the end of it; a failure is noted before.
    pub(super) fn has_shaken_hands(&self, link: &Link) {
        self.lock().shaking.remove(&(Arc::clone(&link.text), link.side.sends()));
    }

    /// Whether the other end, which has said that it refuses, is one of ours that was not expected to.
    pub(super) fn has_refused(&self, link: &Link) -> bool {
        let other = (Arc::clone(&link.text), link.side.sends().reverse());
        self.is_tainted(&link.text) || self.lock().shaking.contains(&other)
    }
}
