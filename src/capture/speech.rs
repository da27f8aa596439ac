//! What one side of a connection says, message by message as its bytes come.
//!
//! Owns how far one direction was read. Does not own how the two go together (`talk`).

use std::ops::Range;

use crate::ident::Direction;
use crate::wire::framing::{Decoded, Framing, Scan};
use crate::wire::message::Message;

/// The largest message.
const LARGEST: u64 = 16 << 20;

/// One direction, as far as it was read.
#[derive(Debug)]
pub(super) struct Speech<'a> {
    pub(super) direction: Direction,
    /// How it is read; `raw` is one message for what is said before the other side speaks.
    pub(super) framing: Framing,
    bytes: &'a [u8],
    scan: Scan,
    /// Up to here it was read.
    from: usize,
    /// Up to here it has come.
    to: usize,
    /// So many bytes before this were not seen.
    missing: u64,
    ended: bool,
}

/// What was read.
#[derive(Debug)]
pub(super) enum Read {
    /// A message, its place among the bytes of the direction, and its offsets on the wire.
    Message(Message, Range<usize>, (u64, u64)),
    /// Bytes that are none.
    Malformed(Range<usize>, (u64, u64), String),
    /// The direction ended inside a message: so many bytes were there, and so many were to come.
    Partial(u64, Option<u64>),
    /// Nothing more for now.
    Nothing,
}

impl<'a> Speech<'a> {
    /// Nothing was read yet.
    pub(super) fn new(direction: Direction, framing: Framing, bytes: &'a [u8]) -> Self {
        Self {
            direction,
            framing,
            bytes,
            scan: Scan::default(),
            from: 0,
            to: 0,
            missing: 0,
            ended: false,
        }
    }

    /// More has come.
    pub(super) const fn come(&mut self, to: usize) {
        self.to = to;
    }

    /// Nothing more comes.
    pub(super) const fn end(&mut self) {
        self.ended = true;
    }

    /// So many bytes were said and not seen; what was begun before them is whole to nobody.
    pub(super) fn miss(&mut self, size: u64) {
        self.missing += size;
        self.scan = Scan::default();
    }

    /// Whether something has come that was not read.
    pub(super) const fn has_rest(&self) -> bool {
        self.from < self.to
    }

    /// All that has come and was not read, as one message.
    pub(super) fn rest(&mut self) -> Option<Read> {
        let place = self.from..self.to;
        if place.is_empty() {
            return None;
        }
        let range = self.taken(place.len());
        Some(Read::Message(Message::new(&self.bytes[place.clone()]), place, range))
    }

    /// The next message that is whole.
    pub(super) fn next(&mut self) -> Read {
        if self.framing.is_raw() || (!self.has_rest() && !self.ended) {
            return Read::Nothing;
        }
        let at = self.from;
        let bytes = &self.bytes[at..self.to];
        loop {
            return match self.framing.decode(&mut self.scan, bytes, self.ended, LARGEST) {
                Ok(Decoded::Message { message, taken }) => {
                    let range = self.taken(taken);
                    Read::Message(message, at..at + taken, range)
                }
                Ok(Decoded::Asks) => continue,
                // No recording is read as WebSocket, whose frames alone are absorbed or say farewell.
                Ok(Decoded::More | Decoded::End | Decoded::Absorbed(_) | Decoded::Close(..)) => Read::Nothing,
                Ok(Decoded::Partial { have, want }) => {
                    self.taken(bytes.len());
                    Read::Partial(have, want)
                }
                Err(malformed) => {
                    let size = bytes.len();
                    let range = self.taken(size);
                    // What follows is read by nobody, and shown as it is.
                    self.framing = Framing::raw();
                    Read::Malformed(at..at + size, range, malformed.why)
                }
            };
        }
    }

    /// The piece that came last, which is a message by itself: a datagram.
    pub(super) fn datagram(&mut self, place: Range<usize>, before: &mut u64) -> Read {
        let bytes = &self.bytes[place.clone()];
        let read = match self.framing.is_raw() {
            true => None,
            false => self.framing.decode(&mut Scan::default(), bytes, true, LARGEST).ok(),
        };
        let message = match read {
            Some(Decoded::Message { message, taken }) if taken == bytes.len() => message,
            _ => Message::new(bytes),
        };
        // As everywhere, a datagram counts with a length before it.
        let range = (*before, *before + 4 + bytes.len() as u64);
        *before = range.1;
        (self.from, self.to) = (place.end, place.end);
        Read::Message(message, place, range)
    }

    fn taken(&mut self, size: usize) -> (u64, u64) {
        let start = self.from as u64 + self.missing;
        self.from += size;
        self.scan = Scan::default();
        (start, start + size as u64)
    }
}
