//! How often a message may occur: `never`, `at_most`.
//!
//! Owns one counter for each value of the captures it is counted by. Does not own the words (`words`).

use std::collections::HashMap;

use super::hearing::{Knowledge, NoValue, Spoken};
use super::keys::{Key, key};
use super::{MOST, Occurrence};
use crate::wire::invariant::Saying;
use crate::wire::matcher::{Captures, Known, Want};

/// A count that is kept.
pub(super) struct Count<'a> {
    /// The invariant's place among all.
    pub(super) invariant: usize,
    pub(super) saying: &'a Saying,
    /// How often it may occur; never: 0.
    pub(super) most: u64,
    pub(super) per: &'a [String],
    want: Want,
    counts: HashMap<Key, u64>,
    /// The first that are too many, of as many values as are told.
    pub(super) over: Vec<Over>,
    /// How many there are besides, each a value, or for `never` a message.
    pub(super) more: u64,
    /// Messages that are too long to be judged.
    cut: Vec<Occurrence>,
    cuts: u64,
}

/// A message that is one too many.
pub(super) struct Over {
    pub(super) at: Occurrence,
    key: Key,
    /// The values that it is counted by.
    pub(super) values: Captures,
}

impl<'a> Count<'a> {
    pub(super) fn new(
        invariant: usize,
        saying: &'a Saying,
        most: u64,
        per: &'a [String],
        knowledge: &Knowledge,
    ) -> Result<Self, NoValue> {
        Ok(Self {
            invariant,
            saying,
            most,
            per,
            want: knowledge.fill(saying, &Captures::new())?,
            counts: HashMap::new(),
            over: Vec::new(),
            more: 0,
            cut: Vec::new(),
            cuts: 0,
        })
    }

    pub(super) fn hear(&mut self, at: Occurrence, spoken: &Spoken<'_>) {
        match spoken.fits(self.saying, &self.want) {
            Known::Differs => {}
            Known::Open => {
                self.cuts += 1;
                if self.cut.len() < MOST {
                    self.cut.push(at);
                }
            }
            Known::Matches(captures) => self.count(at, captures),
        }
    }

    fn count(&mut self, at: Occurrence, captures: Captures) {
        let value = |name: &String| captures.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        let key = key(self.per.iter().map(value));
        let count = self.counts.entry(key).or_default();
        *count += 1;
        // Of what may never be, each is told; of what may be so often, the first that is too much.
        if self.most > 0 && *count != self.most.saturating_add(1) {
            return;
        }
        if self.over.len() < MOST {
            let is_per = |(name, _): &(String, _)| self.per.contains(name);
            self.over.push(Over {
                at,
                key,
                values: captures.into_iter().filter(is_per).collect(),
            });
        } else {
            self.more += 1;
        }
    }

    /// How often there was what is too many.
    pub(super) fn times(&self, over: &Over) -> u64 {
        self.counts.get(&over.key).copied().unwrap_or_default()
    }

    /// The messages that are too long to be judged, where it hangs on them, and how many more there are.
    pub(super) fn undecided(&self) -> (&[Occurrence], u64) {
        let most = self.counts.values().copied().max().unwrap_or_default();
        // One that is too often already stays so.
        let decided = self.most > 0 && !self.over.is_empty();
        match !decided && most.saturating_add(self.cuts) > self.most {
            true => (&self.cut, self.cuts - self.cut.len() as u64),
            false => (&[], 0),
        }
    }
}
