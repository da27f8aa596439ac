//! What is under way to one socket from sockets of this run.
//!
//! Owns how much that may be, so that the kernel has room for it, and that each of these datagrams arrives: loopback keeps
//! their order, so one that is overtaken was dropped. Does not own the socket (`port`).

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::task::Waker;
use std::time::{Duration, Instant};

/// So many datagrams may be under way to one socket.
const MOST: usize = 64;

/// So many bytes may be under way to one socket.
const MOST_BYTES: usize = 64 << 10;

/// What is under way to one socket.
#[derive(Debug, Default)]
pub(super) struct Credit {
    under_way: HashMap<SocketAddr, VecDeque<Sent>>,
    count: usize,
    bytes: usize,
    waiting: Vec<Waker>,
}

#[derive(Debug)]
struct Sent {
    datagram: Box<[u8]>,
    at: Instant,
}

impl Credit {
    /// Whether a datagram of this size may be sent now; else its sender is woken when that may be.
    pub(super) fn allows(&mut self, size: usize, sender: &Waker) -> bool {
        let allows = self.count == 0 || self.count < MOST && self.bytes + size <= MOST_BYTES;
        if !allows && !self.waiting.iter().any(|waiting| waiting.will_wake(sender)) {
            self.waiting.push(sender.clone());
        }
        allows
    }

    /// A datagram is sent.
    pub(super) fn send(&mut self, from: SocketAddr, datagram: &[u8]) {
        self.count += 1;
        self.bytes += datagram.len();
        self.under_way.entry(from).or_default().push_back(Sent {
            datagram: datagram.into(),
            at: Instant::now(),
        });
    }

    /// The last datagram could not be sent.
    pub(super) fn unsend(&mut self, from: SocketAddr) {
        if let Some(sent) = self.under_way.get_mut(&from).and_then(VecDeque::pop_back) {
            self.count -= 1;
            self.bytes -= sent.datagram.len();
        }
    }

    /// A datagram has arrived. Says whether it is one of this run, and how many before it did not arrive.
    pub(super) fn arrive(&mut self, from: SocketAddr, datagram: &[u8]) -> Option<u64> {
        let sent = self.under_way.get_mut(&from)?;
        let place = sent.iter().position(|sent| *sent.datagram == *datagram)?;
        for sent in sent.drain(..=place) {
            self.count -= 1;
            self.bytes -= sent.datagram.len();
        }
        self.waiting.drain(..).for_each(Waker::wake);
        Some(place as u64)
    }

    /// Whether nothing is under way, and nobody waits to send.
    pub(super) const fn is_settled(&self) -> bool {
        self.count == 0 && self.waiting.is_empty()
    }

    /// Whether something is under way for longer than this, so that it may have been dropped.
    pub(super) fn is_late(&self, limit: Duration) -> bool {
        let fronts = self.under_way.values().filter_map(VecDeque::front);
        fronts.into_iter().any(|sent| sent.at.elapsed() > limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from() -> SocketAddr {
        ([127, 0, 0, 1], 1).into()
    }

    #[test]
    fn what_is_overtaken_was_dropped() {
        let mut credit = Credit::default();
        for datagram in [b"a", b"b", b"c"] {
            credit.send(from(), datagram);
        }
        assert_eq!(credit.arrive(from(), b"a"), Some(0));
        assert_eq!(credit.arrive(from(), b"c"), Some(1));
        assert!(credit.is_settled());
        assert_eq!(credit.arrive(from(), b"d"), None);
    }

    #[test]
    fn no_more_is_under_way_than_the_kernel_has_room_for() {
        let mut credit = Credit::default();
        assert!(credit.allows(65_507, Waker::noop()), "the largest fits alone");
        credit.send(from(), &[0; 40_000]);
        assert!(!credit.allows(40_000, Waker::noop()));
        assert_eq!(credit.arrive(from(), &[0; 40_000]), Some(0));
        for _ in 0..MOST {
            assert!(credit.allows(1, Waker::noop()));
            credit.send(from(), b"x");
        }
        assert!(!credit.allows(1, Waker::noop()));
    }
}
