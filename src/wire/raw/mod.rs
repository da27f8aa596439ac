//! Matching bytes without framing, one at a time: the shortest prefix at which an alternative matches.
//!
//! Owns when a prefix is found, and when no alternative can match any more. A prefix has at least one byte. Does not own
//! what is captured: a found prefix is given to [`Want::test`], which agrees.

mod candidate;
mod json;
#[cfg(test)]
mod properties;

use super::matcher::{Test, Want};
use super::message::Message;
use candidate::{Candidate, Verdict};

/// A search for the shortest prefix of a stream that one of several wants matches.
#[derive(Debug)]
pub struct Search {
    alternatives: Vec<Alternative>,
    seen: usize,
    found: Found,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No alternative matches yet, and at least one still can.
    More,
    /// The alternative matches the first `size` bytes.
    Match {
        /// Which, from 0.
        alternative: usize,
        /// How many bytes it takes.
        size: usize,
    },
    /// No alternative can match any more; the `size`-th byte killed the last.
    Dead {
        /// How many bytes were looked at.
        size: usize,
    },
}

/// One want of an alternative, `one_of` taken apart.
#[derive(Debug)]
struct Alternative {
    index: usize,
    want: Want,
    candidate: Candidate,
    dead: bool,
}

impl Search {
    /// A search for these alternatives, in the file's order.
    pub fn new(wants: &[&Want]) -> Self {
        let mut alternatives = Vec::new();
        for (index, want) in wants.iter().enumerate() {
            apart(index, want, &mut alternatives);
        }
        Self {
            alternatives,
            seen: 0,
            found: Found::More,
        }
    }

    /// Goes on with `bytes`, which begin at the front of the stream and hold all that was there at the last call; `ended`
    /// says that no more will come. At the end, `Dead` where nothing matches.
    ///
    /// What was found once stays found.
    pub fn advance(&mut self, bytes: &[u8], ended: bool, limit: u64) -> Found {
        while self.found == Found::More && self.seen < bytes.len() {
            self.found = self.step(bytes, limit);
        }
        if self.found == Found::More && ended {
            self.found = self.finish(bytes);
        }
        self.found
    }

    /// Looks at the next byte.
    fn step(&mut self, bytes: &[u8], limit: u64) -> Found {
        let at = self.seen;
        let size = at + 1;
        self.seen = size;
        let mut here = None;
        for alternative in self.alternatives.iter_mut().filter(|one| !one.dead) {
            match alternative.candidate.step(bytes, at) {
                Verdict::More => {}
                Verdict::Dead => alternative.dead = true,
                // Shorter than all that can be found with this byte.
                Verdict::Before if alternative.matches(&bytes[..at]) => {
                    return Found::Match {
                        alternative: alternative.index,
                        size: at,
                    };
                }
                Verdict::Before => alternative.dead = true,
                Verdict::Here { last } if here.is_none() && size as u64 <= limit => {
                    if alternative.matches(&bytes[..size]) {
                        here = Some(alternative.index);
                    } else {
                        alternative.dead = last;
                    }
                }
                Verdict::Here { .. } => {}
            }
        }
        match here {
            Some(alternative) => Found::Match { alternative, size },
            None if size as u64 > limit || self.alternatives.iter().all(|one| one.dead) => Found::Dead { size },
            None => Found::More,
        }
    }

    /// What is found at the end of the stream.
    fn finish(&mut self, bytes: &[u8]) -> Found {
        let mut alternatives = self.alternatives.iter().filter(|one| !one.dead);
        let found = alternatives.find(|one| one.candidate.at_end() && !bytes.is_empty() && one.matches(bytes));
        match found {
            Some(alternative) => Found::Match {
                alternative: alternative.index,
                size: bytes.len(),
            },
            None => Found::Dead { size: bytes.len() },
        }
    }
}

fn apart(index: usize, want: &Want, into: &mut Vec<Alternative>) {
    match want.kind() {
        Test::OneOf(wants) => wants.iter().for_each(|want| apart(index, want, into)),
        _ => into.push(Alternative {
            index,
            want: want.clone(),
            candidate: Candidate::new(want),
            dead: false,
        }),
    }
}

impl Alternative {
    /// Whether a prefix that has the right end has the right content too.
    fn matches(&self, prefix: &[u8]) -> bool {
        self.candidate.is_enough() || self.want.test(&Message::new(prefix)).is_ok()
    }
}
