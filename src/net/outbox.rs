//! What one end of a connection sends.
//!
//! Owns the bytes that the kernel has not taken yet: a send is complete when it is in the outbox, so that kernel buffers
//! decide nothing below `limits.unsent`. A write never fails as an event; that the other side is gone is found out where
//! this end reads. Does not own what is recorded, but when: before the bytes go out.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use super::socket::{Flows, Socket};
use crate::ident::Direction;
use crate::runtime::{self, FlowId};
use crate::wire::framing::websocket::Farewell;
use crate::wire::framing::{Framing, Unframable};
use crate::wire::message::Message;

/// The sending half of one end.
#[derive(Debug)]
pub struct Outbox {
    socket: Arc<Socket>,
    flows: Arc<Flows>,
    direction: Direction,
    limit: u64,
    out: Mutex<Out>,
}

#[derive(Debug)]
struct Out {
    framing: Framing,
    /// The offset of the next byte that is sent.
    offset: u64,
    queue: VecDeque<u8>,
    flushing: bool,
    /// Nothing goes out until a handshake is done.
    held: bool,
    ended: bool,
    /// The other side takes nothing any more: what is sent is forgotten.
    broken: bool,
    /// Strands that wait until no more than so many bytes are unsent.
    waiting: Vec<(usize, u64)>,
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

impl Out {
    /// How many bytes the kernel has not taken, at the least.
    fn unsent(&self) -> u64 {
        (self.queue.len() as u64).max(u64::from(self.flushing || self.held))
    }
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
            held: false,
            ended: false,
            broken: false,
            waiting: Vec::new(),
        };
        Self {
            socket,
            flows,
            direction,
            limit,
            out: Mutex::new(out),
        }
    }

    /// The direction that it sends.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// How messages become bytes now.
    pub fn framing(&self) -> Framing {
        self.out().framing.clone()
    }

    /// Whether the kernel has taken all that was sent.
    pub fn is_empty(&self) -> bool {
        self.out().unsent() == 0
    }

    /// Changes the framing of what is sent from here on.
    pub fn set_framing(&self, framing: Framing) {
        self.out().framing = framing;
    }

    /// What was sent so far was no part of the conversation: offsets count from here, where this framing begins.
    pub fn begin(&self, framing: Framing) {
        let mut out = self.out();
        out.framing = framing;
        out.offset = 0;
    }

    /// Whether a direction is ended in order by saying so.
    pub fn says_farewell(&self) -> bool {
        self.out().framing.is_websocket()
    }

    /// Sends a message; `record` is told its offsets, and what it is on the wire (`Framing::completed`), before a byte goes
    /// out.
    pub fn send(self: &Arc<Self>, message: &Message, record: impl FnOnce(u64, u64, &Message)) -> Result<(), SendError> {
        let out = self.open()?;
        if !out.framing.completes() {
            let framed = match out.framing.is_raw() && message.head().is_none() {
                true => None,
                false => Some(out.framing.encode_at(message, out.offset)?),
            };
            let bytes = framed.as_deref().unwrap_or_else(|| message.bytes());
            self.put(out, bytes, |start, end| record(start, end, message));
            return Ok(());
        }
        let completed = out.framing.completed(message);
        let bytes = match out.framing.is_resp() {
            // The message does not say any more which kind of string it is.
            true => out.framing.encode(message)?,
            false => out.framing.encode(&completed)?,
        };
        self.put(out, &bytes, |start, end| record(start, end, &completed));
        Ok(())
    }

    /// Sends bytes as they are, whatever the framing; `record` is told their offsets before one goes out.
    pub fn send_bytes(self: &Arc<Self>, bytes: &[u8], record: impl FnOnce(u64, u64)) -> Result<(), SendError> {
        let out = self.open()?;
        self.put(out, bytes, record);
        Ok(())
    }

    /// What is sent, where more can be.
    fn open(&self) -> Result<MutexGuard<'_, Out>, SendError> {
        let out = self.out();
        if out.ended {
            return Err(SendError::Ended);
        }
        if out.queue.len() as u64 > self.limit {
            return Err(SendError::Full);
        }
        Ok(out)
    }

    fn put(self: &Arc<Self>, mut out: MutexGuard<'_, Out>, bytes: &[u8], record: impl FnOnce(u64, u64)) {
        let start = out.offset;
        out.offset += bytes.len() as u64;
        record(start, out.offset);
        self.flows.pulse().sent(self.flow(), bytes.len() as u64);
        let written = if out.queue.is_empty() && !out.flushing && !out.held && !out.broken {
            self.write(&mut out, bytes)
        } else {
            0
        };
        if !out.broken {
            out.queue.extend(&bytes[written..]);
        }
        self.flush(&mut out);
    }

    /// Ends the direction in order, after what is in the outbox, and with a farewell where its framing has words for one;
    /// `record` is told before it happens. Does nothing, and says so, where it has ended before. Where the other side learns
    /// of no end, nothing is told of it.
    pub fn finish(self: &Arc<Self>, farewell: Option<&Farewell>, record: impl FnOnce()) -> bool {
        let mut out = self.out();
        if out.ended {
            return false;
        }
        if !self.socket.has_endings() {
            out.ended = true;
            return true;
        }
        record();
        out.ended = true;
        let last = farewell.and_then(|farewell| out.framing.encode_close(farewell, out.offset));
        let last = last.unwrap_or_default();
        self.flows.pulse().sent(self.flow(), last.len() as u64 + 1);
        let written = match out.queue.is_empty() && !out.held && !out.broken && !last.is_empty() {
            true => self.write(&mut out, &last),
            false => 0,
        };
        if !out.broken {
            out.queue.extend(&last[written..]);
        }
        if out.queue.is_empty() && !out.flushing && !out.held && !self.socket.shutdown() {
            self.flush(&mut out);
        }
        self.flush(&mut out);
        true
    }

    /// Holds all that is sent from here on: TLS begins in this direction.
    pub(super) fn hold(&self) {
        let mut out = self.out();
        out.held = true;
        self.flows.begin_tls(self.direction, out.offset);
    }

    /// Lets go what was held.
    pub(super) fn release(self: &Arc<Self>) {
        let mut out = self.out();
        out.held = false;
        if out.ended && out.queue.is_empty() {
            self.socket.shutdown();
        }
        self.flush(&mut out);
    }

    /// Closes the connection with a reset; `record` is told before it happens.
    pub fn reset(self: &Arc<Self>, record: impl FnOnce()) {
        let mut out = self.out();
        record();
        out.ended = true;
        out.broken = true;
        out.queue.clear();
        self.rouse(&mut out);
        self.flows.pulse().sent(self.flow(), 1);
        self.flows.pulse().flow_over(self.flows.of(self.direction.reverse()));
        self.socket.reset();
    }

    /// Whether the direction was ended by this end.
    pub fn is_ended(&self) -> bool {
        self.out().ended
    }

    /// Ready when no more than `most` bytes are unsent; else the strand with this seat is roused when that is so.
    pub fn poll_room(&self, seat: usize, most: u64) -> Poll<()> {
        let mut out = self.out();
        if out.unsent() <= most {
            return Poll::Ready(());
        }
        out.waiting.retain(|&(waiting, _)| waiting != seat);
        out.waiting.push((seat, most));
        Poll::Pending
    }

    /// Waits until the kernel has sent what left the outbox, for a reset drops what it holds.
    pub async fn sent_out(&self) {
        let _flushing = self.flows.pulse().flushing();
        self.socket.sent_out().await;
    }

    /// The strand with this seat waits no more.
    pub fn forget(&self, seat: usize) {
        self.out().waiting.retain(|&(waiting, _)| waiting != seat);
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

    /// Rouses who has room now. From here on it is the roused strand that keeps the run from being settled, so it comes
    /// before the outbox counts as empty.
    fn rouse(&self, out: &mut Out) {
        let unsent = out.unsent();
        out.waiting.retain(|&(seat, most)| {
            if unsent <= most {
                self.flows.pulse().rouse(seat);
            }
            unsent > most
        });
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
        if out.flushing || out.held || (out.queue.is_empty() && !self.socket.holds()) {
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
                    self.rouse(&mut out);
                }
                Err(_) => out.broken = true,
            }
        }
        out.queue = VecDeque::new();
        if !out.broken && std::task::ready!(self.socket.poll_flush(cx)).is_err() {
            out.broken = true;
        }
        if out.ended && !out.broken {
            std::task::ready!(self.socket.poll_shutdown(cx));
        }
        out.flushing = false;
        self.rouse(&mut out);
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::time::Duration;

    use super::super::socket::{End, Settings, Side};
    use super::*;
    use crate::ident::{ActorName, ConnectionName, StrandName};
    use crate::runtime::{Pulse, TcpStream, Wait, Waiting, Woken};

    const SIZE: usize = 32 << 20;

    fn end(pulse: &Pulse, stream: std::net::TcpStream) -> End {
        stream.set_nonblocking(true).unwrap();
        let actor = |base: &str| ActorName {
            base: base.to_owned(),
            instance: None,
        };
        let name = ConnectionName {
            target: actor("S"),
            endpoint: None,
            opener: Box::new(StrandName::script(actor("C"))),
            number: 1,
        };
        let settings = Settings {
            client: Framing::raw(),
            server: Framing::raw(),
            message: 1,
            unsent: SIZE as u64,
        };
        let flows = Arc::new(Flows::new(pulse.clone()));
        End::new(
            Arc::new(name),
            Side::Opener,
            TcpStream::from(stream).into(),
            &flows,
            &settings,
        )
        .unwrap()
    }

    #[test]
    fn whoever_waits_for_an_empty_outbox_is_runnable_before_it_counts_as_empty() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut peer, _) = listener.accept().unwrap();
        let pulse = Pulse::new();
        let (waiter, other) = (pulse.sit(Arc::new([1])), pulse.sit(Arc::new([2])));
        let outbox = end(&pulse, stream).outbox;
        let wait = |waiting| Wait {
            waiting,
            flows: &[],
            alarms: &[],
        };
        runtime::block_on(async {
            outbox.send_bytes(&vec![0; SIZE], |_, _| {}).unwrap();
            let mut emptied =
                std::pin::pin!(waiter.wait(wait(Waiting::Others), |_| outbox.poll_room(waiter.number(), 0)));
            let mut waiting = std::pin::pin!(other.wait(wait(Waiting::Step), |_| Poll::<()>::Pending));
            assert!(futures::poll!(emptied.as_mut()).is_pending());
            assert!(futures::poll!(waiting.as_mut()).is_pending());
            let reading = std::thread::spawn(move || peer.read_exact(&mut vec![0; SIZE]).unwrap());
            while pulse.is_flushing() {
                runtime::yield_now().await;
            }
            reading.join().unwrap();
            // The waiter has not looked yet; nobody may take the run for settled.
            let supervised = pulse.supervise(Duration::from_millis(5), || {});
            assert!(runtime::within(Duration::from_millis(50), supervised).await.is_none());
            assert!(futures::poll!(waiting.as_mut()).is_pending(), "a false standstill");
            assert_eq!(futures::poll!(emptied.as_mut()), Poll::Ready(Woken::Ready(())));
        });
    }
}
