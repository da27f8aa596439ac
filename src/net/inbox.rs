//! What one end of a connection receives.
//!
//! Owns the bytes that were read and not yet taken, their framing, and the end of the direction. Bytes are framed when a
//! message is waited for, never ahead, so that a framing can be exchanged between two messages. Does not own matching, nor
//! reading what nobody takes (`drain`).

mod drain;
mod secure;

use std::cell::RefCell;
use std::sync::Arc;
use std::task::{Context, Poll};

pub use drain::Drained;

use super::socket::{Flows, Socket};
use crate::ident::Direction;
use crate::runtime::FlowId;
use crate::wire::framing::websocket::Farewell;
use crate::wire::framing::{DATAGRAM_LENGTH, Decoded, Framing, Malformed, Scan, first_datagram};
use crate::wire::message::Message;
use crate::wire::raw::{Found, Search};

/// The receiving half of one end.
#[derive(Debug)]
pub struct Inbox {
    socket: Arc<Socket>,
    flows: Arc<Flows>,
    direction: Direction,
    framing: Framing,
    scan: Scan,
    /// The message at the front, and how many bytes it takes, once it was found.
    front: Option<(Message, usize)>,
    bytes: Vec<u8>,
    /// Where the bytes that were not taken begin in `bytes`.
    start: usize,
    /// The offset of that byte in the direction.
    offset: u64,
    /// How many bytes are with the scan already, of a message whose end is still to come.
    absorbed: u64,
    /// The other side waits to be told to go on (`Expect: 100-continue`).
    asks: bool,
    /// What is wrong with the bytes at the front, once it was found: a scan does not look at a byte twice.
    malformed: Option<Malformed>,
    end: Option<Over>,
    /// What was said with the end, where the framing has words for it.
    farewell: Option<Farewell>,
    end_taken: bool,
    limit: u64,
    /// Whether it is TLS that the bytes come out of.
    secure: bool,
}

/// Told a datagram and its offsets, whether it was sent again and is to be absorbed.
pub type SentAgain<'a> = dyn FnMut(&[u8], (u64, u64)) -> bool + Send + 'a;

/// How the other side ended a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// In order.
    Eof,
    /// By a reset.
    Reset,
    /// Without TLS's farewell.
    Truncated,
}

/// What stands at the front of what was received.
#[derive(Clone, Debug)]
pub enum Front {
    /// A message; taking it takes so many bytes.
    Message(Message, usize),
    /// The end, perhaps inside a message: bytes there, and bytes said to come.
    End(Over, Option<(u64, Option<u64>)>),
    /// Bytes that are no message.
    Malformed(Malformed),
    /// Not enough yet.
    More,
}

/// How much is read at once.
const CHUNK: usize = 64 << 10;

thread_local! {
    /// Where reads go first, so that ten thousand idle connections hold no buffers.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

impl Inbox {
    pub(super) fn new(
        socket: Arc<Socket>,
        flows: Arc<Flows>,
        direction: Direction,
        framing: Framing,
        limit: u64,
    ) -> Self {
        Self {
            socket,
            flows,
            direction,
            framing,
            scan: Scan::default(),
            front: None,
            bytes: Vec::new(),
            start: 0,
            offset: 0,
            absorbed: 0,
            asks: false,
            malformed: None,
            end: None,
            farewell: None,
            end_taken: false,
            limit,
            secure: false,
        }
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The flow that brings its bytes.
    pub fn flow(&self) -> FlowId {
        self.flows.of(self.direction)
    }

    /// The direction that it receives.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// How bytes become messages now.
    pub const fn framing(&self) -> &Framing {
        &self.framing
    }

    /// Changes the framing of what is taken from here on.
    pub fn set_framing(&mut self, framing: Framing) {
        self.framing = framing;
        self.scan = Scan::default();
        self.front = None;
        self.malformed = None;
        self.asks = false;
    }

    /// What was taken so far was no part of the conversation: offsets count from here, where this framing begins.
    pub fn begin(&mut self, framing: Framing) {
        self.set_framing(framing);
        self.offset = 0;
    }

    /// What was said with the end, once that was seen.
    pub const fn farewell(&self) -> Option<&Farewell> {
        self.farewell.as_ref()
    }

    /// Whether the direction has ended without the farewell that its framing asks for.
    pub fn broke_off(&self) -> bool {
        self.end == Some(Over::Eof) && self.framing.is_websocket() && self.farewell.is_none()
    }

    /// Whether the sender of the message that comes next waits to be told to go on; said once for each.
    pub fn take_asks(&mut self) -> bool {
        if self.framing.as_http().is_some() {
            self.front();
        }
        std::mem::take(&mut self.asks)
    }

    /// Whether the end was taken.
    pub const fn is_over(&self) -> bool {
        self.end_taken
    }

    /// What stands at the front, framed. Never to be asked of `raw`, which [`Self::search`] is for.
    pub fn front(&mut self) -> Front {
        if let Some((message, size)) = &self.front {
            return Front::Message(message.clone(), *size);
        }
        if let Some(malformed) = &self.malformed {
            return Front::Malformed(malformed.clone());
        }
        let tls = self.meets_tls();
        let ended = self.end.is_some() && tls.is_none();
        let decoded = loop {
            let bytes = &self.bytes[self.start..self.start + self.plain()];
            match self.framing.decode(&mut self.scan, bytes, ended, self.limit) {
                Ok(Decoded::Absorbed(size)) => {
                    self.absorbed += size as u64;
                    self.forget(size);
                }
                decoded => break decoded,
            }
        };
        match (decoded, tls) {
            (Ok(Decoded::More), Some(malformed)) => {
                self.malformed = Some(malformed.clone());
                Front::Malformed(malformed)
            }
            (decoded, _) => self.fronted(decoded),
        }
    }

    fn fronted(&mut self, decoded: Result<Decoded, Malformed>) -> Front {
        match decoded {
            Ok(Decoded::Absorbed(_)) => unreachable!("what is absorbed was taken off before"),
            Ok(Decoded::Close(farewell, _)) => {
                // What follows it says nothing any more (RFC 6455, 5.5.1).
                self.farewell = Some(farewell);
                self.forget(self.bytes.len() - self.start);
                self.scan = Scan::default();
                self.finish(Over::Eof);
                Front::End(self.ending(), None)
            }
            Ok(Decoded::Message { message, .. }) if self.scan.was_ended_by_the_end() && self.ending() != Over::Eof => {
                Front::End(self.ending(), Some((message.bytes().len() as u64, None)))
            }
            Ok(Decoded::Message { message, taken }) => {
                self.front = Some((message.clone(), taken));
                Front::Message(message, taken)
            }
            Ok(Decoded::More) => Front::More,
            Ok(Decoded::Asks) => {
                self.asks = true;
                self.front()
            }
            Ok(Decoded::End) => Front::End(self.ending(), None),
            Ok(Decoded::Partial { have, want }) => Front::End(self.ending(), Some((have, want))),
            Err(malformed) => {
                self.malformed = Some(malformed.clone());
                Front::Malformed(malformed)
            }
        }
    }

    /// What a search for unframed bytes finds; `None` where the direction has ended and no byte is left.
    pub fn search(&self, search: &mut Search) -> Option<Found> {
        let bytes = self.untaken();
        let ended = self.end.is_some() && self.meets_tls().is_none();
        if ended && bytes.is_empty() {
            return None;
        }
        Some(search.advance(bytes, ended, self.limit))
    }

    /// What a search would find if more could still come.
    pub fn search_open(&self, search: &mut Search) -> Found {
        search.advance(self.untaken(), false, self.limit)
    }

    /// The datagram at the front, where there are datagrams.
    pub fn datagram(&self) -> Option<&[u8]> {
        self.framing
            .is_datagram()
            .then(|| first_datagram(self.untaken()))
            .flatten()
    }

    /// The place of the next datagram that was not read among all that came to the same socket.
    pub fn next_arrival(&self) -> Option<u64> {
        self.socket.next_arrival()
    }

    /// Whether something came to the same socket before this datagram, from somebody whom nobody listens to yet.
    pub fn comes_behind_a_newcomer(&self, arrival: u64) -> bool {
        self.socket.comes_behind_a_newcomer(arrival)
    }

    /// What is at the front as people see it: of datagrams the first.
    pub fn seen(&self) -> &[u8] {
        self.datagram().unwrap_or_else(|| self.untaken())
    }

    /// What was received and not taken.
    pub fn untaken(&self) -> &[u8] {
        &self.bytes[self.start..self.start + self.plain()]
    }

    /// How the direction ended, if it has.
    pub fn end(&self) -> Option<Over> {
        self.end.map(|_| self.ending())
    }

    /// Takes so many bytes off the front, and gives their offsets.
    pub fn take(&mut self, size: usize) -> (u64, u64) {
        let from = self.offset;
        self.offset += size as u64;
        self.front = None;
        self.malformed = None;
        self.scan.go_on();
        // What came between the parts of a message counts by itself, and they where the message ends.
        if !self.scan.is_open() {
            self.offset += std::mem::take(&mut self.absorbed);
        }
        self.forget(size);
        (from, self.offset)
    }

    fn forget(&mut self, size: usize) {
        self.start += size;
        if self.start == self.bytes.len() {
            self.start = 0;
            self.bytes.clear();
            // What one large message needed is not kept for the next small one.
            self.bytes.shrink_to(CHUNK);
        } else if self.start >= CHUNK && self.start * 2 >= self.bytes.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
    }

    /// The offset of the first byte that was not taken.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes the end.
    pub fn take_end(&mut self) {
        self.end_taken = true;
    }

    /// Reads some more, or learns that the direction has ended.
    pub fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.end.is_some() {
            return Poll::Pending;
        }
        let spoilt = self.socket.is_spoilt();
        let read = SCRATCH.with_borrow_mut(|scratch| {
            let read = std::task::ready!(self.socket.poll_read(cx, scratch));
            if let Ok(count) = read
                && !spoilt
            {
                self.bytes.extend_from_slice(&scratch[..count]);
            }
            Poll::Ready(read)
        });
        match std::task::ready!(read) {
            Ok(count) if count > 0 && spoilt => {}
            Ok(count) if count > 0 => self.flows.pulse().read(self.flow(), count as u64),
            // Whichever call met a reset first, it is one for both halves.
            Ok(_) if !self.socket.met_reset() => self.finish(Over::Eof),
            Err(_) if self.secure && !self.socket.met_reset() => self.finish(Over::Truncated),
            Ok(_) | Err(_) => self.finish(Over::Reset),
        }
        Poll::Ready(())
    }

    fn finish(&mut self, end: Over) {
        self.end = Some(end);
        self.flows.pulse().flow_over(self.flow());
    }

    /// A reset that was met after the end was read and before it was taken wins over it.
    fn ending(&self) -> Over {
        // What was said in order was said, whatever the transport met after it.
        if self.farewell.is_none() && self.socket.met_reset() {
            Over::Reset
        } else {
            self.end.unwrap_or(Over::Eof)
        }
    }

    /// Takes the datagram at the front where `again` says so of it and its offsets.
    pub fn take_again(&mut self, again: &mut SentAgain<'_>) -> bool {
        let Some(datagram) = self.datagram() else {
            return false;
        };
        let size = DATAGRAM_LENGTH + datagram.len();
        let is_again = again(datagram, (self.offset, self.offset + size as u64));
        if is_again {
            self.take(size);
        }
        is_again
    }
}
