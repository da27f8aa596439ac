//! What came from one remote address and was not read yet.
//!
//! Owns the datagrams in their order, as bytes behind their lengths, and that there is a limit. Does not own where they
//! come from (`port`).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use super::LENGTH;

/// The datagrams of one association that nobody has read.
#[derive(Debug)]
pub(super) struct Queue {
    limit: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Each with its place among all that came to the socket.
    datagrams: VecDeque<(u64, Box<[u8]>)>,
    /// How many bytes of the first, its length included, were read.
    read: usize,
    /// How many bytes there are in all, their lengths included.
    bytes: u64,
    reader: Option<Waker>,
    /// Senders that wait until there is room.
    senders: Vec<Waker>,
    /// Nobody reads any more.
    closed: bool,
    /// Nothing more will come.
    ended: bool,
    /// More came than the limit, and it was told.
    overflowed: bool,
}

/// What becomes of a datagram that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It waits to be read, or nobody reads here any more.
    Kept,
    /// There were too many; said once.
    Overflow,
    /// There were too many again.
    Again,
}

impl Queue {
    pub(super) fn new(limit: u64) -> Self {
        Self {
            limit,
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .expect("no thread panics while it holds a queue of datagrams")
    }

    /// Puts a datagram behind the others; over the limit only one whose sender asked before.
    pub(super) fn put(&self, arrival: u64, datagram: &[u8], asked: bool) -> Put {
        let mut inner = self.inner();
        if inner.closed {
            return Put::Kept;
        }
        if !asked && inner.bytes > self.limit {
            return match std::mem::replace(&mut inner.overflowed, true) {
                false => Put::Overflow,
                true => Put::Again,
            };
        }
        inner.bytes += (LENGTH + datagram.len()) as u64;
        inner.datagrams.push_back((arrival, datagram.into()));
        let reader = inner.reader.take();
        drop(inner);
        reader.into_iter().for_each(Waker::wake);
        Put::Kept
    }

    /// Whether a sender that can be told to wait has to; it is woken when there is room.
    pub(super) fn is_full(&self, sender: &Waker) -> bool {
        let mut inner = self.inner();
        let is_full = inner.bytes > self.limit && !inner.closed;
        if is_full && !inner.senders.iter().any(|waiting| waiting.will_wake(sender)) {
            inner.senders.push(sender.clone());
        }
        is_full
    }

    /// The place of the next datagram among all that came to the socket.
    pub(super) fn next_arrival(&self) -> Option<u64> {
        self.inner().datagrams.front().map(|(arrival, _)| *arrival)
    }

    /// Reads bytes of the stream of datagrams, of one at a time; 0 at its end.
    pub(super) fn poll_read(&self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<usize> {
        let mut inner = self.inner();
        let mut filled = 0;
        while filled < into.len()
            && let Some((_, datagram)) = inner.datagrams.front()
        {
            let length = u32::try_from(datagram.len()).expect("a datagram has 16 bits of length");
            let prefix = length.to_be_bytes();
            let whole = LENGTH + datagram.len();
            let read = inner.read;
            let from = match read < LENGTH {
                true => &prefix[read..],
                false => &datagram[read - LENGTH..],
            };
            let size = from.len().min(into.len() - filled);
            into[filled..filled + size].copy_from_slice(&from[..size]);
            filled += size;
            inner.read += size;
            if inner.read == whole {
                inner.datagrams.pop_front();
                inner.read = 0;
                break;
            }
        }
        if filled == 0 && !inner.ended {
            inner.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        inner.bytes -= filled as u64;
        let senders = match inner.bytes <= self.limit {
            true => std::mem::take(&mut inner.senders),
            false => Vec::new(),
        };
        drop(inner);
        senders.into_iter().for_each(Waker::wake);
        Poll::Ready(filled)
    }

    /// Nothing more will come.
    pub(super) fn end(&self) {
        let mut inner = self.inner();
        inner.ended = true;
        let reader = inner.reader.take();
        drop(inner);
        reader.into_iter().for_each(Waker::wake);
    }

    /// Nobody reads any more: what comes is forgotten.
    pub(super) fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.datagrams = VecDeque::new();
        let senders = std::mem::take(&mut inner.senders);
        drop(inner);
        senders.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn read(queue: &Queue, size: usize) -> Poll<Vec<u8>> {
        let mut into = vec![0; size];
        let read = queue.poll_read(&mut Context::from_waker(Waker::noop()), &mut into);
        read.map(|size| into[..size].to_vec())
    }

    #[test]
    fn datagrams_are_read_behind_their_lengths_however_they_are_cut() {
        let queue = Queue::new(100);
        for (arrival, datagram) in (7..).zip([&b"abc"[..], b"", b"d"]) {
            assert_eq!(queue.put(arrival, datagram, false), Put::Kept);
        }
        assert_eq!(queue.next_arrival(), Some(7));
        let mut all = Vec::new();
        while let Poll::Ready(some) = read(&queue, 2) {
            all.extend(some);
        }
        assert_eq!(all, b"\0\0\0\x03abc\0\0\0\0\0\0\0\x01d");
        queue.end();
        assert_eq!(read(&queue, 2), Poll::Ready(Vec::new()));
    }

    #[test]
    fn over_the_limit_it_is_said_once_and_whoever_can_wait_waits() {
        let queue = Queue::new(4);
        assert_eq!(queue.put(1, b"abc", false), Put::Kept);
        assert!(queue.is_full(Waker::noop()));
        assert_eq!(queue.put(2, b"d", false), Put::Overflow);
        assert_eq!(queue.put(3, b"e", false), Put::Again);
        assert_eq!(read(&queue, 100), Poll::Ready(b"\0\0\0\x03abc".to_vec()));
        assert!(!queue.is_full(Waker::noop()));
    }
}
