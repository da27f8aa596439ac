//! What was heard: connections with the bytes and the endings of each, in the order in which they came.
//!
//! Owns the bounds of what is kept, and that what is not kept is said. Does not own what the bytes mean (`talk`).

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use crate::ident::Direction;
use crate::units::show_size;

/// What runs between the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// A stream.
    Tcp,
    /// Datagrams, each a message.
    Udp,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all connections together, with what it takes to keep them apart.
    pub bytes: u64,
    /// Connections.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            connections: 1000,
        }
    }
}

/// What one piece takes besides its bytes.
const PIECE: u64 = 64;

/// All that was heard.
#[derive(Debug)]
pub struct Conversation {
    /// The connections, in the order in which they were first seen.
    pub connections: Vec<Connection>,
    /// Where servers could be reached besides their own addresses: the hops to them.
    pub hops: Vec<(SocketAddr, SocketAddr)>,
    /// What is not as it should be, once each.
    pub notes: BTreeSet<String>,
    /// What cut it, where not all is kept.
    pub cut: Option<String>,
    limits: Limits,
    kept: u64,
    full: bool,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// The side that opened it.
    pub client: SocketAddr,
    /// The other side.
    pub server: SocketAddr,
    /// What it runs over.
    pub transport: Transport,
    /// When it was first seen.
    pub opened: Duration,
    /// What happened, in the order seen.
    pub happened: Vec<Happened>,
    bytes: [Vec<u8>; 2],
}

/// One thing that was seen on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub time: Duration,
    /// Which way.
    pub direction: Direction,
    /// What.
    pub what: What,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Bytes; a place among those of the direction. Of datagrams it is one.
    Bytes(Range<usize>),
    /// So many bytes were said and not seen.
    Missing(u64),
    /// The direction ended in order.
    Fin,
    /// The connection was reset.
    Reset,
}

impl Conversation {
    /// Whether anybody said anything.
    pub fn says_anything(&self) -> bool {
        let directions = [Direction::FromOpener, Direction::ToOpener];
        let mut connections = self.connections.iter();
        connections.any(|connection| {
            directions
                .iter()
                .any(|&direction| !connection.said(direction).is_empty())
        })
    }

    /// Nothing yet.
    pub const fn new(limits: Limits) -> Self {
        Self {
            connections: Vec::new(),
            hops: Vec::new(),
            notes: BTreeSet::new(),
            cut: None,
            limits,
            kept: 0,
            full: false,
        }
    }

    /// Says that something is not as it should be.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.insert(text.into());
    }

    /// A connection is there; gives its place, or nothing where there are too many.
    pub fn open(
        &mut self,
        client: SocketAddr,
        server: SocketAddr,
        transport: Transport,
        time: Duration,
    ) -> Option<usize> {
        if self.connections.len() >= self.limits.connections {
            let most = self.limits.connections;
            self.cut_by(format!("the limit of {most} connections"));
            return None;
        }
        self.connections.push(Connection {
            client,
            server,
            transport,
            opened: time,
            happened: Vec::new(),
            bytes: [Vec::new(), Vec::new()],
        });
        Some(self.connections.len() - 1)
    }

    /// Some bytes came.
    pub fn bytes(&mut self, connection: usize, direction: Direction, time: Duration, bytes: &[u8]) {
        let takes = bytes.len() as u64 + PIECE;
        if self.full {
            return;
        }
        if self.kept + takes > self.limits.bytes {
            let limit = show_size(self.limits.bytes);
            self.full = true;
            self.cut_by(format!("the limit of {limit} that are kept"));
            return;
        }
        self.kept += takes;
        let connection = &mut self.connections[connection];
        let kept = &mut connection.bytes[side(direction)];
        let from = kept.len();
        kept.extend_from_slice(bytes);
        let what = What::Bytes(from..kept.len());
        connection.happened.push(Happened { time, direction, what });
    }

    /// Something else happened.
    pub fn happened(&mut self, connection: usize, direction: Direction, time: Duration, what: What) {
        if self.full || self.kept + PIECE > self.limits.bytes {
            return;
        }
        self.kept += PIECE;
        let happened = Happened { time, direction, what };
        self.connections[connection].happened.push(happened);
    }

    fn cut_by(&mut self, what: String) {
        self.cut.get_or_insert(what);
    }
}

impl Connection {
    /// The bytes of a direction, one after another; what was not seen is not there.
    pub fn said(&self, direction: Direction) -> &[u8] {
        &self.bytes[side(direction)]
    }

    /// Whether a direction has come to its end.
    pub fn has_ended(&self, direction: Direction) -> bool {
        let mut ends = self.happened.iter();
        ends.any(|end| end.what == What::Reset || (end.what == What::Fin && end.direction == direction))
    }
}

/// The place of a direction among two.
pub(super) const fn side(direction: Direction) -> usize {
    match direction {
        Direction::FromOpener => 0,
        Direction::ToOpener => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_a_limit_is_not_kept_and_is_said() {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut heard = Conversation::new(Limits {
            bytes: 1000,
            connections: 1,
        });
        let open = |heard: &mut Conversation| heard.open(address(1), address(2), Transport::Tcp, Duration::ZERO);
        let only = open(&mut heard).unwrap();
        heard.bytes(only, Direction::FromOpener, Duration::ZERO, &[0; 900]);
        assert_eq!(heard.cut, None);
        heard.bytes(only, Direction::FromOpener, Duration::ZERO, &[0; 900]);
        assert_eq!(heard.connections[0].said(Direction::FromOpener).len(), 900);
        assert_eq!(heard.cut.as_deref(), Some("the limit of 1000B that are kept"));
        let mut heard = Conversation::new(Limits {
            bytes: 1000,
            connections: 1,
        });
        assert!(open(&mut heard).is_some() && open(&mut heard).is_none());
        assert_eq!(heard.cut.as_deref(), Some("the limit of 1 connections"));
    }
}
