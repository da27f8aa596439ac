//! What happened-before says of pairs that are open when all messages were gone through.
//!
//! Owns asking vector clocks whether one message came before the other, and whether two are in no order at all. Does not
//! own the clocks (`order`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::hearing::Spoken;
use super::keys::Key;
use super::pairs::{Broken, Pair, Slot};
use super::{MOST, Occurrence};
use crate::order::{EventId, Order, OrderError};
use crate::wire::invariant::Tie;

/// How many strands are asked about in all.
const MOST_STRANDS: usize = 1024;

/// How many of the others are compared with one that lacks one, to say whether they are in no order.
const MOST_COMPARED: usize = 1000;

/// Those that may be the other message of an open one, each with its time.
type Candidates = BTreeMap<Slot, u64>;

/// What is asked of the clock of an event.
struct Asked {
    /// The pair's place.
    pair: usize,
    key: Key,
    time: u64,
}

/// Decides all open pairs; those that are broken are left in them.
pub(super) fn decide(order: &Order<'_>, pairs: &mut [&mut Pair<'_>]) -> Result<(), OrderError> {
    pairs.iter_mut().for_each(|pair| pair.forget());
    if pairs.iter().all(|pair| pair.open.firsts.is_empty()) {
        return Ok(());
    }
    let candidates = gather(order, pairs)?;
    let mut asked: HashMap<EventId, Vec<Asked>> = HashMap::new();
    let mut strands: BTreeSet<u32> = BTreeSet::new();
    for (number, (pair, candidates)) in pairs.iter().zip(&candidates).enumerate() {
        let firsts = || pair.open.firsts.iter().map(|(slot, first)| (*slot, first.time));
        let others = || candidates.iter().map(|(slot, time)| (*slot, *time));
        let (askers, known): (Vec<(Slot, u64)>, Vec<Slot>) = match pair.tie {
            Tie::FollowedBy => {
                let has_any = |slot: &Slot| of_key(candidates, slot.0).next().is_some();
                (
                    others().collect(),
                    firsts().map(|(slot, _)| slot).filter(has_any).collect(),
                )
            }
            Tie::PrecededBy => (firsts().collect(), others().map(|(slot, _)| slot).collect()),
        };
        strands.extend(known.iter().map(|(_, strand, _)| *strand));
        for ((key, strand, index), time) in askers {
            let asker = asked.entry(EventId { strand, index }).or_default();
            asker.push(Asked {
                pair: number,
                key,
                time,
            });
        }
    }
    let examined: Vec<u32> = strands.iter().copied().take(MOST_STRANDS).collect();
    for window in examined.chunks(Order::AT_ONCE) {
        order.clocks(window, &mut |id, clock| {
            for Asked { pair, key, time } in asked.get(&id).into_iter().flatten() {
                learn(pairs[*pair], &candidates[*pair], (id, *key, *time), window, clock);
            }
        })?;
    }
    for (pair, candidates) in pairs.iter_mut().zip(&candidates) {
        break_open(pair, candidates, &examined);
    }
    compare(order, pairs, &candidates)
}

/// Goes through all messages once more, for those that may be the other one of what is open.
fn gather(order: &Order<'_>, pairs: &mut [&mut Pair<'_>]) -> Result<Vec<Candidates>, OrderError> {
    let open: Vec<BTreeSet<Key>> = pairs.iter().map(|pair| pair.open_keys()).collect();
    let mut candidates = vec![Candidates::new(); pairs.len()];
    order.messages(|said| {
        let spoken = Spoken::new(&said);
        for ((pair, open), candidates) in pairs.iter_mut().zip(&open).zip(&mut candidates) {
            if open.is_empty() {
                continue;
            }
            let keys = pair.keys_of_other(&spoken).into_iter();
            let slots = keys
                .filter(|key| open.contains(key))
                .map(|key| (key, said.id.strand, said.id.index));
            candidates.extend(slots.map(|slot| (slot, spoken.time())));
        }
        Ok::<_, OrderError>(())
    })?;
    Ok(candidates)
}

/// Those with this key.
fn of_key(candidates: &Candidates, key: Key) -> impl Iterator<Item = EventId> {
    let all = candidates.range((key, 0, 0)..=(key, u32::MAX, u32::MAX));
    all.map(|((_, strand, index), _)| EventId {
        strand: *strand,
        index: *index,
    })
}

/// Settles what the clock of an event shows: for each strand of the window, how many of its events happened before.
fn learn(
    pair: &mut Pair<'_>,
    candidates: &Candidates,
    (id, key, time): (EventId, Key, u64),
    window: &[u32],
    clock: &[u32],
) {
    let own = (key, id.strand, id.index);
    for (strand, known) in window.iter().zip(clock) {
        // An event does not happen before itself.
        let below = if *strand == id.strand { id.index } else { *known };
        match pair.tie {
            Tie::FollowedBy => pair.settle(key, *strand, below, time),
            Tie::PrecededBy => {
                let before = candidates.range((key, *strand, 0)..(key, *strand, below));
                if before.last().is_some_and(|(_, early)| pair.is_near(*early, time)) {
                    return pair.close(own);
                }
            }
        }
    }
}

/// What is open still has no other message.
fn break_open(pair: &mut Pair<'_>, candidates: &Candidates, examined: &[u32]) {
    let is_examined = |strand: u32| examined.binary_search(&strand).is_ok();
    let mut broken: Vec<Broken> = Vec::new();
    for ((key, strand, index), first) in std::mem::take(&mut pair.open.firsts) {
        let mut others = of_key(candidates, key);
        broken.push(Broken {
            at: Occurrence {
                id: EventId { strand, index },
                position: first.position,
            },
            key,
            examined: match pair.tie {
                Tie::FollowedBy => is_examined(strand) || others.next().is_none(),
                Tie::PrecededBy => others.all(|other| is_examined(other.strand)),
            },
            concurrent: false,
        });
    }
    broken.sort_unstable_by_key(|broken| broken.at.position);
    pair.more_broken = broken.len().saturating_sub(MOST) as u64;
    broken.truncate(MOST);
    pair.broken = broken;
}

/// One that lacks another, and those that could be it if they were in another order.
struct Doubt {
    pair: usize,
    place: usize,
    first: EventId,
    others: Vec<EventId>,
    ordered: Vec<bool>,
}

/// Finds out of what is broken whether there is another message that nothing orders.
fn compare(order: &Order<'_>, pairs: &mut [&mut Pair<'_>], candidates: &[Candidates]) -> Result<(), OrderError> {
    let mut doubts = Vec::new();
    for (number, (pair, candidates)) in pairs.iter().zip(candidates).enumerate() {
        for (place, broken) in pair.broken.iter().enumerate() {
            let others = of_key(candidates, broken.key).filter(|other| *other != broken.at.id);
            let others: Vec<EventId> = others.take(MOST_COMPARED).collect();
            if !others.is_empty() {
                doubts.push(Doubt {
                    pair: number,
                    place,
                    first: broken.at.id,
                    ordered: vec![false; others.len()],
                    others,
                });
            }
        }
    }
    let ids = |doubt: &Doubt| {
        [doubt.first]
            .into_iter()
            .chain(doubt.others.iter().copied())
            .collect::<Vec<_>>()
    };
    let strands: BTreeSet<u32> = doubts.iter().flat_map(ids).map(|id| id.strand).collect();
    if strands.len() > MOST_STRANDS {
        return Ok(());
    }
    let mut asked: HashMap<EventId, Vec<usize>> = HashMap::new();
    for (number, doubt) in doubts.iter().enumerate() {
        for id in ids(doubt) {
            asked.entry(id).or_default().push(number);
        }
    }
    let strands: Vec<u32> = strands.into_iter().collect();
    for window in strands.chunks(Order::AT_ONCE) {
        order.clocks(window, &mut |id, clock| {
            let has_before = |other: EventId| {
                let entry = window.binary_search(&other.strand);
                entry.is_ok_and(|entry| clock[entry] > other.index)
            };
            for number in asked.get(&id).into_iter().flatten() {
                let doubt = &mut doubts[*number];
                for (other, ordered) in doubt.others.iter().zip(&mut doubt.ordered) {
                    *ordered |= if id == doubt.first {
                        has_before(*other)
                    } else {
                        id == *other && has_before(doubt.first)
                    };
                }
            }
        })?;
    }
    for doubt in doubts {
        let broken = &mut pairs[doubt.pair].broken[doubt.place];
        broken.concurrent = doubt.ordered.contains(&false);
    }
    Ok(())
}
