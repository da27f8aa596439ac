//! Captures of network traffic, as `tcpdump` and Wireshark write them.
//!
//! Owns reading one packet after another into a conversation. Does not own the formats (`file`), headers (`link`), nor
//! putting streams together (`tcp`).

mod error;
mod file;
mod input;
mod link;
mod stream;
mod tcp;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

pub use error::PcapError;
pub use file::LARGEST;

use super::cast::service;
use super::conversation::{Conversation, Limits, Transport, What};
use crate::ident::Direction;
use file::{Packet, Packets};
use link::{Nothing, Segment, Tcp};
use tcp::Streams;

/// Two ends, the lower first.
type Pair = (SocketAddr, SocketAddr);

/// Reads a capture to its end.
pub fn read(from: impl Read, limits: Limits) -> Result<Conversation, PcapError> {
    let mut packets = Packets::new(from)?;
    let mut reader = Reader {
        conversation: Conversation::new(limits),
        streams: Streams::default(),
        associations: HashMap::new(),
        left_out: BTreeMap::new(),
        began: None,
        time: Duration::ZERO,
    };
    while let Some(packet) = packets.next()? {
        reader.packet(&packet);
    }
    Ok(reader.finish())
}

struct Reader {
    conversation: Conversation,
    streams: Streams,
    /// By their ends, the connection and who is the client.
    associations: HashMap<Pair, (usize, SocketAddr)>,
    /// Packets that say nothing, and how many.
    left_out: BTreeMap<String, u64>,
    began: Option<Duration>,
    time: Duration,
}

impl Reader {
    fn packet(&mut self, packet: &Packet) {
        if let Some(time) = packet.time {
            let began = *self.began.get_or_insert(time);
            // Time does not go back, whatever a clock does.
            self.time = self.time.max(time.saturating_sub(began));
        }
        let why = match link::segment(packet.link, &packet.bytes) {
            Ok(segment) => {
                match segment.tcp {
                    Some(tcp) => self.segment(&segment, tcp),
                    None => self.datagram(&segment),
                }
                return;
            }
            Err(Nothing::Other) => return,
            Err(Nothing::Fragment) => "fragments of packets, which are not put together".to_owned(),
            Err(Nothing::Link(link)) => format!("packets of link type {link}, which is not known"),
            Err(Nothing::Cut) => "packets whose headers are not whole".to_owned(),
        };
        *self.left_out.entry(why).or_default() += 1;
    }

    fn segment(&mut self, segment: &Segment<'_>, tcp: Tcp) {
        self.streams.segment(&mut self.conversation, segment, tcp, self.time);
    }

    fn datagram(&mut self, segment: &Segment<'_>) {
        let pair = (segment.from.min(segment.to), segment.from.max(segment.to));
        let known = self.associations.get(&pair).copied();
        let Some((number, client)) = known.or_else(|| {
            let client = opener(segment.from, segment.to, true);
            let server = if client == segment.from {
                segment.to
            } else {
                segment.from
            };
            let number = self.conversation.open(client, server, Transport::Udp, self.time)?;
            self.associations.insert(pair, (number, client));
            Some((number, client))
        }) else {
            return;
        };
        let way = way(segment.from, client);
        self.conversation.bytes(number, way, self.time, segment.bytes);
        let missing = segment.size - segment.bytes.len();
        if missing > 0 {
            let what = What::Missing(missing as u64);
            self.conversation.happened(number, way, self.time, what);
        }
    }

    fn finish(mut self) -> Conversation {
        self.streams.finish(&mut self.conversation, self.time);
        for (why, count) in self.left_out {
            self.conversation.note(format!("left out: {count} {why}"));
        }
        self.conversation
    }
}

/// Who is the client where nobody was seen to open the connection: who is no known service, else who has the higher port
/// or, of datagrams, speaks first.
fn opener(from: SocketAddr, to: SocketAddr, first: bool) -> SocketAddr {
    match (service(from.port()), service(to.port())) {
        (Some(_), None) => to,
        (None, Some(_)) => from,
        _ if first || from.port() >= to.port() => from,
        _ => to,
    }
}

/// Which way somebody speaks.
fn way(from: SocketAddr, client: SocketAddr) -> Direction {
    if from == client {
        Direction::FromOpener
    } else {
        Direction::ToOpener
    }
}
