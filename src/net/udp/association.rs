//! One end of an association: a socket of this run, and one remote address.
//!
//! Owns that its byte stream is its datagrams, each behind its length: what is written goes out as a datagram when it is
//! whole. There is no end that could be sent. Does not own the socket (`port`), nor messages.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::LENGTH;
use super::port::Port;
use super::queue::Queue;
use crate::ident::Address;

/// One end of an association.
pub struct Association {
    port: Arc<Port>,
    peer: SocketAddr,
    queue: Arc<Queue>,
    /// The socket at the other end, where it is one of this run.
    target: Option<Arc<Port>>,
    /// Whether somebody listens.
    is_heard: bool,
    /// What was written of a datagram that is not whole.
    begun: Vec<u8>,
    /// What is done before the first datagram goes out.
    before: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl fmt::Debug for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Association")
            .field("local", &self.port.address())
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

impl Association {
    pub(super) fn new(port: Arc<Port>, peer: SocketAddr, queue: Arc<Queue>, target: Option<Arc<Port>>) -> Self {
        Self {
            port,
            peer,
            queue,
            target,
            is_heard: false,
            begun: Vec::new(),
            before: None,
        }
    }

    /// Does this before the first datagram goes out.
    pub fn before_the_first(&mut self, act: impl FnOnce() + Send + Sync + 'static) {
        self.before = Some(Box::new(act));
    }

    /// Whether the other end is a socket of this run.
    pub const fn is_within(&self) -> bool {
        self.target.is_some()
    }

    /// The address of this end.
    pub fn local(&self) -> Address {
        self.port.address().into()
    }

    /// The place of the next datagram among all that came to its socket.
    pub fn next_arrival(&mut self) -> Option<u64> {
        self.hear();
        self.queue.next_arrival()
    }

    /// Whether something came to its socket before this, from somebody whom nobody listens to yet.
    pub fn comes_behind_a_newcomer(&self, arrival: u64) -> bool {
        self.port.has_unheard_before(arrival)
    }

    fn hear(&mut self) {
        if !std::mem::replace(&mut self.is_heard, true) {
            self.port.hear(self.peer);
        }
        // What is there counts as arrived, whether the task that reads the socket has run or not.
        self.port.read_some();
    }

    /// Reads some bytes; 0 when the run has come to its end.
    pub fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        self.hear();
        self.queue.poll_read(cx, into).map(Ok)
    }

    /// Writes some bytes; those that make a datagram whole are taken only when it goes out.
    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(before) = self.before.take() {
            before();
        }
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            let missing = self.missing(rest);
            if missing > rest.len() || rest.is_empty() {
                self.begun.extend_from_slice(rest);
                return Poll::Ready(Ok(bytes.len()));
            }
            let sent = match self.begun.is_empty() {
                true => self
                    .port
                    .send(cx, &rest[LENGTH..missing], self.peer, self.target.as_deref()),
                false => {
                    let begun = self.begun.len();
                    self.begun.extend_from_slice(&rest[..missing]);
                    let sent = self
                        .port
                        .send(cx, &self.begun[LENGTH..], self.peer, self.target.as_deref());
                    self.begun.truncate(match sent {
                        Poll::Ready(_) => 0,
                        Poll::Pending => begun,
                    });
                    sent
                }
            };
            match sent {
                Poll::Pending if taken == 0 => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Ok(taken)),
                // What the network says of a datagram concerns no other.
                Poll::Ready(_) => taken += missing,
            }
        }
    }

    /// How many of these bytes are missing until the datagram that was begun is whole, or its length is known.
    fn missing(&self, rest: &[u8]) -> usize {
        let mut prefix = self.begun.iter().chain(rest).copied();
        let mut length = [0; LENGTH];
        for (at, byte) in length.iter_mut().enumerate() {
            match prefix.next() {
                Some(next) => *byte = next,
                None => return LENGTH - at + rest.len(),
            }
        }
        LENGTH + u32::from_be_bytes(length) as usize - self.begun.len()
    }

    /// Writes some bytes without waiting.
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.poll_write(&mut Context::from_waker(Waker::noop()), bytes) {
            Poll::Ready(written) => written,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Drop for Association {
    fn drop(&mut self) {
        self.queue.close();
    }
}
