//! One direction of a stream, put together from segments.
//!
//! Owns what came out of order, and what never came. Does not own whose stream it is (`tcp`).

use std::collections::BTreeMap;

/// The most bytes that wait for others before them in one direction.
pub(super) const HELD: usize = 1 << 20;

/// What one segment takes besides its bytes.
const PIECE: usize = 64;

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The sequence number of the next byte, where any was seen.
    next: Option<u32>,
    /// How many bytes are before it.
    at: u64,
    /// What came too early, by its place.
    held: BTreeMap<u64, Piece>,
    holds: usize,
    /// Where it ends.
    end: Option<u64>,
    pub(super) ended: bool,
}

#[derive(Debug, Default)]
struct Piece {
    bytes: Vec<u8>,
    /// With what was on the wire and is not in the file.
    size: u64,
}

/// What is known now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Now {
    Bytes(Vec<u8>),
    Missing(u64),
    End,
}

impl Flow {
    /// Whether anything was seen of it.
    pub(super) const fn is_begun(&self) -> bool {
        self.next.is_some()
    }

    /// It begins behind this number.
    pub(super) fn begin(&mut self, next: u32) {
        self.next.get_or_insert(next);
    }

    /// Whether this number would be the first of another stream.
    pub(super) fn is_other(&self, next: u32) -> bool {
        self.next
            .is_some_and(|own| self.at > 0 && own.wrapping_sub(self.at as u32) != next)
    }

    /// A segment of so many bytes, of which these were captured.
    pub(super) fn segment(&mut self, sequence: u32, bytes: &[u8], size: u64, fin: bool, now: &mut Vec<Now>) {
        if self.ended {
            return;
        }
        let next = *self.next.get_or_insert(sequence);
        let behind = i64::from(sequence.wrapping_sub(next).cast_signed());
        let Some(start) = self.at.checked_add_signed(behind) else {
            // From before what was seen.
            return;
        };
        if fin {
            self.end.get_or_insert(start + size);
        }
        if size > 0 && start + size > self.at {
            let known = self.held.get(&start).is_some_and(|held| held.size >= size);
            if !known {
                let piece = Piece {
                    bytes: bytes.to_vec(),
                    size,
                };
                self.holds += piece.bytes.len() + PIECE;
                if let Some(other) = self.held.insert(start, piece) {
                    self.holds -= other.bytes.len() + PIECE;
                }
            }
        }
        self.give(now);
        while self.holds > HELD {
            self.skip(now);
        }
    }

    /// The other side has received all before this number.
    pub(super) fn received(&mut self, number: u32, now: &mut Vec<Now>) {
        let Some(next) = self.next else { return };
        let behind = i64::from(number.wrapping_sub(next).cast_signed());
        // What it has and is held here has nothing before it that could still come.
        while behind > 0
            && let Some((start, piece)) = self.held.first_key_value()
            && start + piece.size <= self.at.saturating_add_signed(behind)
            && self.next == Some(next)
        {
            self.skip(now);
        }
    }

    /// How much waits for what is before it.
    pub(super) const fn holds(&self) -> usize {
        self.holds
    }

    /// Goes on behind all that was not seen.
    pub(super) fn hurry(&mut self, now: &mut Vec<Now>) {
        while !self.held.is_empty() {
            self.skip(now);
        }
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self, now: &mut Vec<Now>) {
        self.hurry(now);
        if let Some(end) = self.end
            && !self.ended
        {
            if end > self.at {
                now.push(Now::Missing(end - self.at));
            }
            now.push(Now::End);
            self.ended = true;
        }
    }

    /// Goes on behind what was not seen.
    fn skip(&mut self, now: &mut Vec<Now>) {
        if let Some((start, _)) = self.held.first_key_value() {
            let missing = start.saturating_sub(self.at);
            if missing > 0 {
                now.push(Now::Missing(missing));
                self.advance(missing);
            }
        }
        self.give(now);
    }

    /// All that follows what was seen.
    fn give(&mut self, now: &mut Vec<Now>) {
        while let Some(entry) = self.held.first_entry() {
            if *entry.key() > self.at {
                break;
            }
            let (start, piece) = entry.remove_entry();
            self.holds -= piece.bytes.len() + PIECE;
            let known = self.at - start;
            if known >= piece.size {
                continue;
            }
            let bytes = piece
                .bytes
                .get(usize::try_from(known).unwrap_or(usize::MAX)..)
                .unwrap_or_default();
            if !bytes.is_empty() {
                now.push(Now::Bytes(bytes.to_vec()));
            }
            let missing = piece.size - known - bytes.len() as u64;
            if missing > 0 {
                now.push(Now::Missing(missing));
            }
            self.advance(piece.size - known);
        }
        if self.end.is_some_and(|end| end <= self.at) && !self.ended {
            now.push(Now::End);
            self.ended = true;
        }
    }

    fn advance(&mut self, by: u64) {
        self.at += by;
        self.next = self.next.map(|next| next.wrapping_add(by as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(segments: &[(u32, &str)]) -> String {
        let (mut flow, mut now) = (Flow::default(), Vec::new());
        flow.begin(segments[0].0);
        for (sequence, text) in segments {
            flow.segment(*sequence, text.as_bytes(), text.len() as u64, false, &mut now);
        }
        flow.finish(&mut now);
        let shown = now.into_iter().map(|now| match now {
            Now::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
            Now::Missing(size) => format!("<{size}>"),
            Now::End => "|".to_owned(),
        });
        shown.collect()
    }

    #[test]
    fn segments_are_put_in_order_and_what_came_twice_is_there_once() {
        assert_eq!(told(&[(1, "ab"), (5, "ef"), (3, "cd")]), "abcdef");
        assert_eq!(told(&[(1, "ab"), (1, "ab"), (3, "cd")]), "abcd");
        assert_eq!(told(&[(1, "abcd"), (3, "cdef"), (2, "b")]), "abcdef");
        assert_eq!(told(&[(1, ""), (3, "c"), (3, "cd"), (2, "bc"), (1, "a")]), "abcd");
    }

    #[test]
    fn sequence_numbers_begin_again_at_zero() {
        assert_eq!(told(&[(u32::MAX - 1, "ab"), (1, "d"), (0, "c")]), "abcd");
    }

    #[test]
    fn what_never_came_is_said() {
        assert_eq!(told(&[(1, "ab"), (7, "gh")]), "ab<4>gh");
    }

    #[test]
    fn what_the_other_side_has_is_not_waited_for() {
        let (mut flow, mut now) = (Flow::default(), Vec::new());
        flow.begin(1);
        flow.segment(3, b"cd", 2, false, &mut now);
        flow.received(3, &mut now);
        assert_eq!(now, []);
        flow.received(5, &mut now);
        assert_eq!(now, [Now::Missing(2), Now::Bytes(b"cd".to_vec())]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let (mut flow, mut now) = (Flow::default(), Vec::new());
        flow.begin(0);
        let mut sequence = 1000;
        while now.is_empty() {
            flow.segment(sequence, &[b'x'; 1000], 1000, false, &mut now);
            sequence += 2000;
            assert!((sequence as usize) < 3 * HELD);
        }
        assert_eq!(now[0], Now::Missing(1000));
        assert!(flow.holds <= HELD);
    }
}
