//! Messages that need another one behind them or before them: `every`, and neighbours of `in_order`.
//!
//! Owns which messages are still open while all are gone through in canonical order, and settling most of them on the way:
//! by their own strand, and by the message that leads from the one to the other. Does not own what happened-before says
//! of those that stay open (`reach`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::hearing::{Knowledge, NoValue, Spoken};
use super::keys::{Key, key};
use super::{MOST, Occurrence};
use crate::order::EventId;
use crate::wire::invariant::{Saying, Tie};
use crate::wire::matcher::{Captures, Known, Want};

/// How many different values a matcher may be filled in with.
const MOST_VALUES: usize = 10_000;

/// How often it is asked of a message in all, each value for itself.
const MOST_ASKED: u64 = 50_000_000;

/// How many open messages are looked at where a deadline may be over for those behind them.
const LOOKED_AT: usize = 64;

/// A pair of messages that must be.
pub(super) struct Pair<'a> {
    /// The invariant's place among all.
    pub(super) invariant: usize,
    pub(super) every: &'a Saying,
    pub(super) tie: Tie,
    pub(super) other: &'a Saying,
    /// How far apart they may be, in nanoseconds.
    pub(super) within: Option<u64>,
    first: Want,
    /// The other matcher: once, or for each tuple of values that it is filled in with.
    others: BTreeMap<Key, (Captures, Want)>,
    /// Captures of the first that templates of the other use.
    used: Vec<String>,
    /// All names by whose values the two are tied, those first.
    tied: Vec<String>,
    pub(super) open: Open,
    /// Firsts that are too long to be judged, and how many more there are.
    pub(super) cut: Vec<Occurrence>,
    pub(super) more_cut: u64,
    /// Whether one of the others is too long to be judged, so that what lacks one may have it.
    pub(super) other_cut: bool,
    asked: u64,
    pub(super) broken: Vec<Broken>,
    /// How many there are besides.
    pub(super) more_broken: u64,
}

/// A first for which there is no other.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub(super) at: Occurrence,
    pub(super) key: Key,
    /// Whether all was looked at that could hold the other.
    pub(super) examined: bool,
    /// Whether there is another that nothing orders.
    pub(super) concurrent: bool,
}

/// A message by the values that tie it, its strand and its index there.
pub(super) type Slot = (Key, u32, u32);

/// What is known of messages that wait for their other one, or that may be the other one of a later one.
#[derive(Default)]
pub(super) struct Open {
    /// `followed_by`: firsts without their other one. `preceded_by`: those for which none was found.
    pub(super) firsts: BTreeMap<Slot, First>,
    /// Where their messages were taken, which is after them.
    arrivals: BTreeMap<Slot, (u32, u32)>,
    /// `preceded_by`: the first and the last of the others in each strand, and the same of where they were taken.
    others: BTreeMap<(Key, u32), Ends>,
    arrived: BTreeMap<(Key, u32), Ends>,
}

/// A first message.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) time: u64,
    pub(super) position: u64,
    arrival: Option<EventId>,
}

/// The first and the last by index, each with the time of the message itself.
#[derive(Clone, Copy)]
struct Ends {
    first: (u32, u64),
    last: (u32, u64),
}

impl Ends {
    fn add(ends: Option<Self>, index: u32, time: u64) -> Self {
        let one = (index, time);
        match ends {
            None => Self { first: one, last: one },
            Some(ends) => Self {
                first: ends.first.min(one),
                last: ends.last.max(one),
            },
        }
    }
}

impl<'a> Pair<'a> {
    pub(super) fn new(
        invariant: usize,
        every: &'a Saying,
        tie: Tie,
        other: &'a Saying,
        within: Option<Duration>,
        knowledge: &Knowledge,
    ) -> Result<Self, NoValue> {
        let captured = every.matcher.captures();
        let is_used = |name: &&String| {
            let uses = |used: &String| used.split('.').next() == Some(name.as_str());
            other.matcher.names().iter().any(uses)
        };
        let used: Vec<String> = captured.iter().filter(is_used).cloned().collect();
        let both = captured.iter().filter(|name| other.matcher.captures().contains(name));
        let tied = used
            .iter()
            .chain(both.filter(|name| !used.contains(name)))
            .cloned()
            .collect();
        let nothing = Captures::new();
        let mut others = BTreeMap::new();
        if used.is_empty() {
            others.insert(0, (nothing.clone(), knowledge.fill(other, &nothing)?));
        }
        Ok(Self {
            invariant,
            every,
            tie,
            other,
            within: within.map(|within| u64::try_from(within.as_nanos()).unwrap_or(u64::MAX)),
            first: knowledge.fill(every, &nothing)?,
            others,
            used,
            tied,
            open: Open::default(),
            cut: Vec::new(),
            more_cut: 0,
            other_cut: false,
            asked: 0,
            broken: Vec::new(),
            more_broken: 0,
        })
    }

    /// Whether the other message depends on what the first one captured.
    pub(super) const fn is_dependent(&self) -> bool {
        !self.used.is_empty()
    }

    /// Whether there was more to be asked than is asked.
    pub(super) fn is_too_much(&self) -> bool {
        self.others.len() > MOST_VALUES || self.asked > MOST_ASKED
    }

    /// Keeps the values that the other matcher is to be filled in with. Where it has no value with them, nothing is the
    /// other message.
    pub(super) fn collect(&mut self, spoken: &Spoken<'_>, knowledge: &Knowledge) {
        if !self.is_dependent() || self.is_too_much() {
            return;
        }
        let Known::Matches(captures) = spoken.fits(self.every, &self.first) else {
            return;
        };
        let key = key(self.used.iter().map(|name| value(&captures, name)));
        if !self.others.contains_key(&key)
            && let Ok(want) = knowledge.fill(self.other, &captures)
        {
            let used = captures.into_iter().filter(|(name, _)| self.used.contains(name));
            self.others.insert(key, (used.collect(), want));
        }
    }

    /// Hears the next message of the canonical order.
    pub(super) fn hear(&mut self, at: Occurrence, spoken: &Spoken<'_>) {
        if self.is_too_much() {
            return;
        }
        match self.tie {
            Tie::FollowedBy => {
                self.hear_other(spoken);
                self.hear_first(at, spoken);
            }
            // A message is not before itself.
            Tie::PrecededBy => {
                self.hear_first(at, spoken);
                self.hear_other(spoken);
            }
        }
    }

    fn hear_first(&mut self, at: Occurrence, spoken: &Spoken<'_>) {
        let captures = match spoken.fits(self.every, &self.first) {
            Known::Differs => return,
            Known::Open if self.cut.len() < MOST => return self.cut.push(at),
            Known::Open => {
                self.more_cut += 1;
                return;
            }
            Known::Matches(captures) => captures,
        };
        let key = key(self.tied.iter().map(|name| value(&captures, name)));
        let EventId { strand, index } = at.id;
        let time = spoken.time();
        let met = spoken.said.other;
        let first = First {
            time,
            position: at.position,
            arrival: met.filter(|_| spoken.said.sent),
        };
        match self.tie {
            Tie::FollowedBy => {
                self.open.firsts.insert((key, strand, index), first);
                if let Some(arrival) = first.arrival {
                    self.open
                        .arrivals
                        .insert((key, arrival.strand, arrival.index), (strand, index));
                }
            }
            Tie::PrecededBy => {
                let sending = met.filter(|_| !spoken.said.sent);
                let is_known = self.has_before(key, at.id, time)
                    || sending.is_some_and(|sending| self.has_before(key, sending, time));
                if !is_known {
                    self.open.firsts.insert((key, strand, index), first);
                }
            }
        }
    }

    fn hear_other(&mut self, spoken: &Spoken<'_>) {
        for key in self.keys_of_other(spoken) {
            let EventId { strand, index } = spoken.said.id;
            let time = spoken.time();
            let met = spoken.said.other;
            match self.tie {
                Tie::FollowedBy => {
                    let sending = met.filter(|_| !spoken.said.sent);
                    self.settle(key, strand, index, time);
                    self.settle_arrived(key, strand, index + 1, time);
                    if let Some(sending) = sending {
                        self.settle(key, sending.strand, sending.index + 1, time);
                        self.settle_arrived(key, sending.strand, sending.index + 1, time);
                    }
                }
                Tie::PrecededBy => {
                    let open = &mut self.open;
                    let own = Ends::add(open.others.get(&(key, strand)).copied(), index, time);
                    open.others.insert((key, strand), own);
                    if let Some(arrival) = met.filter(|_| spoken.said.sent) {
                        let at = (key, arrival.strand);
                        let arrived = Ends::add(open.arrived.get(&at).copied(), arrival.index, time);
                        open.arrived.insert(at, arrived);
                    }
                }
            }
        }
    }

    /// What ties a message to those that it may be the other one of; nothing where it is no other one.
    pub(super) fn keys_of_other(&mut self, spoken: &Spoken<'_>) -> Vec<Key> {
        let mut keys = Vec::new();
        for (filled, want) in self.others.values() {
            self.asked += 1;
            match spoken.fits(self.other, want) {
                Known::Differs => {}
                Known::Open => self.other_cut = true,
                Known::Matches(captures) => {
                    let own = |name: &String| value(&captures, name);
                    let is_same = |name: &String| match (own(name), value(filled, name)) {
                        (Some(own), Some(filled)) => key([Some(own)]) == key([Some(filled)]),
                        _ => true,
                    };
                    if self.used.iter().all(is_same) {
                        let tied = self.tied.iter();
                        keys.push(key(tied.map(|name| value(filled, name).or_else(|| own(name)))));
                    }
                }
            }
        }
        keys
    }

    /// Whether a message at `early` is near enough to one at `late`.
    pub(super) fn is_near(&self, early: u64, late: u64) -> bool {
        self.within.is_none_or(|within| late.saturating_sub(early) <= within)
    }

    /// Settles the firsts among so many events of a strand, all of which happened before what is at `time`.
    pub(super) fn settle(&mut self, key: Key, strand: u32, below: u32, time: u64) {
        let range = (key, strand, 0)..(key, strand, below);
        // In one strand time does not go back: those before one that is too old are too old as well.
        let near = self.open.firsts.range(range).rev();
        let near = near.take_while(|(_, first)| self.is_near(first.time, time));
        let settled: Vec<Slot> = near.map(|(slot, _)| *slot).collect();
        settled.into_iter().for_each(|slot| self.close(slot));
    }

    /// Settles firsts that were taken among so many events of a strand.
    fn settle_arrived(&mut self, key: Key, strand: u32, below: u32, time: u64) {
        let range = (key, strand, 0)..(key, strand, below);
        let limit = self.within.map_or(usize::MAX, |_| LOOKED_AT);
        let arrived = self.open.arrivals.range(range).rev().take(limit);
        let slots = arrived.map(|(_, (strand, index))| (key, *strand, *index));
        let is_near = |slot: &Slot| {
            let first = self.open.firsts.get(slot);
            first.is_some_and(|first| self.is_near(first.time, time))
        };
        let settled: Vec<Slot> = slots.filter(is_near).collect();
        settled.into_iter().for_each(|slot| self.close(slot));
    }

    pub(super) fn close(&mut self, slot: Slot) {
        let first = self.open.firsts.remove(&slot);
        if let Some(arrival) = first.and_then(|first| first.arrival) {
            self.open.arrivals.remove(&(slot.0, arrival.strand, arrival.index));
        }
    }

    /// Whether one of the others, of those heard until now, is certain to have happened before this event or to be it, and
    /// near enough to `time`.
    fn has_before(&self, key: Key, upto: EventId, time: u64) -> bool {
        let is_one = |(index, early): (u32, u64)| index <= upto.index && self.is_near(early, time);
        let has = |ends: Option<&Ends>| ends.is_some_and(|ends| is_one(ends.first) || is_one(ends.last));
        let at = (key, upto.strand);
        has(self.open.others.get(&at)) || has(self.open.arrived.get(&at))
    }

    /// The values that tie those which are still open.
    pub(super) fn open_keys(&self) -> BTreeSet<Key> {
        self.open.firsts.keys().map(|(key, ..)| *key).collect()
    }

    /// Forgets what served going through all messages only, and all of it where not all was looked at.
    pub(super) fn forget(&mut self) {
        if self.is_too_much() {
            self.open.firsts = BTreeMap::new();
        }
        self.open.arrivals = BTreeMap::new();
        self.open.others = BTreeMap::new();
        self.open.arrived = BTreeMap::new();
    }
}

fn value<'c>(captures: &'c Captures, name: &str) -> Option<&'c serde_json::Value> {
    captures.iter().find(|(own, _)| own == name).map(|(_, value)| value)
}
