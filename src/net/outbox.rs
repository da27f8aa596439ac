//! What one end of a connection sends.
//!
//! Owns the bytes that the kernel has not taken yet: a send is complete when it is in the outbox, so that kernel buffers
//! decide nothing below `limits.unsent`. A write never fails as an event; that the other side is gone is found out where
//! this end reads. Does not own what is recorded, but when: before the bytes go out.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use futures::task::AtomicWaker;

use super::socket::{Flows, Socket};
use crate::ident::Direction;
use crate::runtime::{self, FlowId};
use crate::wire::framing::{Framing, Unframable};

/// The sending half of one end.
#[derive(Debug)]
pub struct Outbox {
    socket: Arc<Socket>,
    flows: Arc<Flows>,
    direction: Direction,
    limit: u64,
    out: Mutex<Out>,
    /// Wakes who waits for room, or for the outbox to be empty.
    emptied: AtomicWaker,
}

#[derive(Debug)]
struct Out {
    framing: Framing,
    /// The offset of the next byte that is sent.
    offset: u64,
    queue: VecDeque<u8>,
    flushing: bool,
    ended: bool,
    /// The other side takes nothing any more: what is sent is forgotten.
    broken: bool,
}

/// Why nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// This end has closed what it sends.
    #[error("this end has closed the connection")]
    Ended,
    /// The payload would not come back as one message.
    #[error("{0}")]
    Unframable(#[from] Unframable),
    /// More than the limit is unsent.
    #[error("the other side does not read")]
    Full,
}

impl Outbox {
    pub(super) fn new(
        socket: Arc<Socket>,
        flows: Arc<Flows>,
        direction: Direction,
        framing: Framing,
        limit: u64,
    ) -> Self {
        let out = Out {
            framing,
            offset: 0,
            queue: VecDeque::new(),
            flushing: false,
            ended: false,
            broken: false,
        };
        Self {
            socket,
            flows,
            direction,
            limit,
            out: Mutex::new(out),
            emptied: AtomicWaker::new(),
        }
    }

    /// The direction that it sends.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// Changes the framing of what is sent from here on.
    pub fn set_framing(&self, framing: Framing) {
        self.out().framing = framing;
    }

    /// Sends a payload as one message; `record` is told its offsets before a byte goes out.
    pub fn send(self: &Arc<Self>, payload: &[u8], record: impl FnOnce(u64, u64)) -> Result<(), SendError> {
        let mut out = self.out();
        if out.ended {
            return Err(SendError::Ended);
        }
        if out.queue.len() as u64 > self.limit {
            return Err(SendError::Full);
        }
        let framed = if out.framing.is_raw() {
            None
        } else {
            Some(out.framing.encode(payload)?)
        };
        let bytes = framed.as_deref().unwrap_or(payload);
        let start = out.offset;
        out.offset += bytes.len() as u64;
        record(start, out.offset);
        self.flows.pulse().sent(self.flow(), bytes.len() as u64);
        let written = if out.queue.is_empty() && !out.broken {
            self.write(&mut out, bytes)
        } else {
            0
        };
        if !out.broken {
            out.queue.extend(&bytes[written..]);
        }
        self.flush(&mut out);
        Ok(())
    }

    /// Ends the direction in order, after what is in the outbox; `record` is told before it happens. Does nothing, and
    /// says so, where it has ended before.
    pub fn finish(self: &Arc<Self>, record: impl FnOnce()) -> bool {
        let mut out = self.out();
        if out.ended {
            return false;
        }
        record();
        out.ended = true;
        self.flows.pulse().sent(self.flow(), 1);
        if out.queue.is_empty() {
            self.socket.shutdown();
        }
        true
    }

    /// Closes the connection with a reset; `record` is told before it happens.
    pub fn reset(self: &Arc<Self>, record: impl FnOnce()) {
        let mut out = self.out();
        record();
        out.ended = true;
        out.broken = true;
        out.queue.clear();
        self.flows.pulse().sent(self.flow(), 1);
        self.flows.pulse().flow_over(self.flows.of(self.direction.reverse()));
        self.socket.reset();
    }

    /// Whether the direction was ended by this end.
    pub fn is_ended(&self) -> bool {
        self.out().ended
    }

    /// Ready when no more than `most` bytes are unsent.
    pub fn poll_room(&self, cx: &mut Context<'_>, most: u64) -> Poll<()> {
        self.emptied.register(cx.waker());
        if self.out().queue.len() as u64 <= most {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// The most unsent bytes.
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    fn flow(&self) -> FlowId {
        self.flows.of(self.direction)
    }

    fn out(&self) -> MutexGuard<'_, Out> {
        self.out.lock().expect("no thread panics while it holds an outbox")
    }

    /// Writes what the kernel takes at once.
    fn write(&self, out: &mut Out, bytes: &[u8]) -> usize {
        match self.socket.try_write(bytes) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(_) => {
                out.broken = true;
                0
            }
        }
    }

    /// Sees to it that what is in the outbox goes out, by a task of its own that ends when the outbox is empty.
    fn flush(self: &Arc<Self>, out: &mut Out) {
        if out.queue.is_empty() || out.flushing {
            return;
        }
        out.flushing = true;
        let flushing = self.flows.pulse().flushing();
        let outbox = Arc::clone(self);
        runtime::spawn(async move {
            std::future::poll_fn(|cx| outbox.poll_flush(cx)).await;
            drop(flushing);
        });
    }

    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut out = self.out();
        while !out.queue.is_empty() && !out.broken {
            let (front, _) = out.queue.as_slices();
            match std::task::ready!(self.socket.poll_write(cx, front)) {
                Ok(count) => {
                    out.queue.drain(..count);
                    self.emptied.wake();
                }
                Err(_) => out.broken = true,
            }
        }
        out.queue = VecDeque::new();
        out.flushing = false;
        if out.ended && !out.broken {
            self.socket.shutdown();
        }
        self.emptied.wake();
        Poll::Ready(())
    }
}
