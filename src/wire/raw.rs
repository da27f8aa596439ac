//! Matching bytes without framing, one at a time: the shortest prefix at which an alternative matches.

use super::matcher::Want;

/// A search for the shortest prefix of a stream that one of several wants matches.
#[derive(Debug)]
pub struct Search {}

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

impl Search {
    /// A search for these alternatives, in the file's order.
    pub fn new(wants: &[&Want]) -> Self {
        let _ = wants;
        unimplemented!()
    }

    /// Goes on with `bytes`, which begin at the front of the stream and hold all that was there at the last call; `ended`
    /// says that no more will come. At the end, `Dead` where nothing matches.
    pub fn advance(&mut self, bytes: &[u8], ended: bool, limit: u64) -> Found {
        let _ = (bytes, ended, limit);
        unimplemented!()
    }
}
