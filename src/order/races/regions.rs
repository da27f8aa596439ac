//! The regions of strands whose actor's order is per peer.
//!
//! Owns where in its strand each region lies, and which strands are its peers'. Does not own what races there
//! (`questions`).

use std::collections::{BTreeMap, HashMap};

use crate::ident::Tail;
use crate::order::index::Index;

/// One region.
#[derive(Debug)]
pub(super) struct Region {
    /// The first event of the strand behind the region: where it says that its peers were begun.
    pub(super) begun: u32,
    /// The peers' strands, in the strand order.
    pub(super) peers: Vec<u32>,
}

/// The regions of each strand that has any, in order.
pub(super) fn regions(index: &Index) -> HashMap<u32, Vec<Region>> {
    let mut peers: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
    for rank in 0..index.strands.len() {
        let whole = index.strands.whole(rank);
        if let Some(Tail::Peer { region, .. }) = index.strands.name(rank).tails.last()
            && whole != rank
        {
            peers.entry((whole, *region)).or_default().push(rank);
        }
    }
    let mut regions: HashMap<u32, Vec<Region>> = HashMap::new();
    for ((whole, _), peers) in peers {
        let range = index.strands.range(whole);
        let begun = peers.iter().flat_map(|peer| {
            let first = index.strands.range(*peer).start;
            index.extra.from(first).iter().map(|(_, from)| *from)
        });
        // A trace that breaks off may not say so yet.
        let begun = begun.filter(|from| range.contains(from)).min().unwrap_or(range.end);
        regions.entry(whole).or_default().push(Region { begun, peers });
    }
    for regions in regions.values_mut() {
        regions.sort_by_key(|region| region.begun);
    }
    regions
}
