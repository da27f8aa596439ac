//! Saying what would tell which peer came first.
//!
//! Owns that it is a mistake where the order is per peer, and a remark for races where it could be. Does not own finding it
//! out (`peers`).

use super::Peers;
use crate::plan::compile::Compiler;

/// Of larger strands it is not found out whether they could be per peer.
const MOST_ASKED: usize = 10_000;

impl Compiler<'_> {
    /// Says what would tell who came first in a strand of an actor whose order is per peer; of any other, notes in which
    /// regions its steps would be.
    pub(in crate::plan) fn check_peers(&mut self, actor: usize, peers: &Peers) {
        let entry = &self.directory.actors[actor];
        if !entry.per_peer && peers.reads.len() > MOST_ASKED {
            return;
        }
        let mistakes = peers.mistakes(&entry.name);
        if entry.per_peer {
            self.mistakes.extend(mistakes);
        } else if mistakes.is_empty() {
            for (id, region) in &peers.takings {
                if let Some(step) = self.steps.get_mut(*id as usize) {
                    step.region = Some(self.regions + region);
                }
            }
            self.regions += peers.regions + 1;
        }
    }
}
