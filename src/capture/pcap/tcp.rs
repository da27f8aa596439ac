//! Whose segment it is: the connections of TCP in a capture.
//!
//! Owns who opened a connection, its ends, and telling two connections of the same ports apart. Does not own the order of
//! segments (`stream`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::SocketAddr;
use std::time::Duration;

use super::link::{Segment, Tcp};
use super::stream::{Flow, Now};
use super::{Pair, opener, way};
use crate::capture::conversation::{Conversation, Transport, What, side};
use crate::ident::Direction;

/// All connections, by their ends.
#[derive(Debug, Default)]
pub(super) struct Streams {
    open: HashMap<Pair, Stream>,
    /// How much of all of them waits for what is before it.
    holds: usize,
}

/// The most bytes that wait for others before them in all connections together.
const HELD: usize = 64 << 20;

#[derive(Debug)]
struct Stream {
    /// Its place in the conversation.
    number: usize,
    client: SocketAddr,
    flows: [Flow; 2],
    reset: bool,
}

impl Streams {
    /// A segment.
    pub(super) fn segment(&mut self, conversation: &mut Conversation, segment: &Segment<'_>, tcp: Tcp, time: Duration) {
        let pair = (segment.from.min(segment.to), segment.from.max(segment.to));
        if self
            .open
            .get(&pair)
            .is_some_and(|stream| stream.gives_way_to(segment, tcp))
            && let Some(mut old) = self.open.remove(&pair)
        {
            self.holds -= old.holds();
            old.finish(conversation, time);
        }
        let stream = match self.open.entry(pair) {
            Entry::Occupied(entry) => entry.into_mut(),
            // The end of what was never seen.
            Entry::Vacant(_) if tcp.rst && segment.bytes.is_empty() => return,
            Entry::Vacant(entry) => match Stream::open(conversation, segment, tcp, time) {
                Some(stream) => entry.insert(stream),
                None => return,
            },
        };
        self.holds -= stream.holds();
        stream.segment(conversation, segment, tcp, time);
        if self.holds + stream.holds() > HELD {
            stream.hurry(conversation, time);
        }
        self.holds += stream.holds();
    }

    /// The capture is over.
    pub(super) fn finish(self, conversation: &mut Conversation, time: Duration) {
        let mut streams: Vec<Stream> = self.open.into_values().collect();
        streams.sort_by_key(|stream| stream.number);
        for mut stream in streams {
            stream.finish(conversation, time);
        }
    }
}

impl Stream {
    fn open(conversation: &mut Conversation, segment: &Segment<'_>, tcp: Tcp, time: Duration) -> Option<Self> {
        let client = match (tcp.syn, tcp.acknowledges) {
            (true, None) => segment.from,
            (true, Some(_)) => segment.to,
            (false, _) => {
                conversation.note("the beginning of a connection was not seen");
                opener(segment.from, segment.to, false)
            }
        };
        let server = if client == segment.from {
            segment.to
        } else {
            segment.from
        };
        let number = conversation.open(client, server, Transport::Tcp, time)?;
        Some(Self {
            number,
            client,
            flows: Default::default(),
            reset: false,
        })
    }

    /// Whether a segment begins another connection between the same ports.
    fn gives_way_to(&self, segment: &Segment<'_>, tcp: Tcp) -> bool {
        let is_over = self.reset || self.flows.iter().all(|flow| flow.ended);
        let own = &self.flows[side(way(segment.from, self.client))];
        tcp.syn && tcp.acknowledges.is_none() && (is_over || own.is_other(tcp.sequence.wrapping_add(1)))
    }

    fn segment(&mut self, conversation: &mut Conversation, segment: &Segment<'_>, tcp: Tcp, time: Duration) {
        let way = way(segment.from, self.client);
        let own = side(way);
        if self.reset {
            return;
        }
        let mut sequence = tcp.sequence;
        if tcp.syn {
            sequence = sequence.wrapping_add(1);
            self.flows[own].begin(sequence);
        }
        let mut now = Vec::new();
        if let Some(number) = tcp.acknowledges {
            if !self.flows[1 - own].is_begun() && !tcp.rst {
                self.flows[1 - own].begin(number);
            }
            self.flows[1 - own].received(number, &mut now);
            self.tell(conversation, way.reverse(), time, now.drain(..));
        }
        if tcp.rst {
            // Behind both ends it is how a machine forgets a connection.
            if !self.flows.iter().all(|flow| flow.ended) {
                conversation.happened(self.number, way, time, What::Reset);
            }
            self.reset = true;
            return;
        }
        let size = segment.size as u64;
        self.flows[own].segment(sequence, segment.bytes, size, tcp.fin, &mut now);
        self.tell(conversation, way, time, now.drain(..));
    }

    fn holds(&self) -> usize {
        self.flows.iter().map(Flow::holds).sum()
    }

    fn hurry(&mut self, conversation: &mut Conversation, time: Duration) {
        for way in [Direction::FromOpener, Direction::ToOpener] {
            let mut now = Vec::new();
            self.flows[side(way)].hurry(&mut now);
            self.tell(conversation, way, time, now.into_iter());
        }
    }

    fn finish(&mut self, conversation: &mut Conversation, time: Duration) {
        if self.reset {
            return;
        }
        for way in [Direction::FromOpener, Direction::ToOpener] {
            let mut now = Vec::new();
            self.flows[side(way)].finish(&mut now);
            self.tell(conversation, way, time, now.into_iter());
        }
    }

    fn tell(&self, conversation: &mut Conversation, way: Direction, time: Duration, now: impl Iterator<Item = Now>) {
        for now in now {
            let what = match now {
                Now::Bytes(bytes) => {
                    conversation.bytes(self.number, way, time, &bytes);
                    continue;
                }
                Now::Missing(size) => What::Missing(size),
                Now::End => What::Fin,
            };
            conversation.happened(self.number, way, time, what);
        }
    }
}
