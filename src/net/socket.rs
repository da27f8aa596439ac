//! One end of a connection: what its two halves share.
//!
//! Owns the socket itself, so that a reset can really close it, the memory of a reset that one call met, and where TLS
//! begins in each direction. Does not own what is read (`inbox`) or written (`outbox`), nor the handshake (`tls`).

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use futures::{AsyncRead, AsyncWrite};

use super::inbox::Inbox;
use super::outbox::Outbox;
use super::stream::Stream;
use super::tls;
use crate::ident::{Address, ConnectionName, Direction};
use crate::runtime::{self, FlowId, Pulse};
use crate::wire::framing::Framing;

/// Which end of a connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that connected.
    Opener,
    /// The one that accepted.
    Acceptor,
}

impl Side {
    /// The direction in which this side sends.
    pub const fn sends(self) -> Direction {
        match self {
            Self::Opener => Direction::FromOpener,
            Self::Acceptor => Direction::ToOpener,
        }
    }
}

/// The bytes under way in both directions of one connection, forgotten with its last end.
#[derive(Debug)]
pub struct Flows {
    pulse: Pulse,
    from_opener: FlowId,
    to_opener: FlowId,
    /// The offset at which each side began TLS, for the other, which may not be about to.
    begun: [AtomicU64; 2],
    outside: bool,
}

/// The offset of what was not begun.
const NEVER: u64 = u64::MAX;

impl Flows {
    /// For a new connection.
    pub fn new(pulse: Pulse) -> Self {
        let (from_opener, to_opener) = (pulse.new_flow(), pulse.new_flow());
        Self {
            pulse,
            from_opener,
            to_opener,
            begun: [AtomicU64::new(NEVER), AtomicU64::new(NEVER)],
            outside: false,
        }
    }

    /// For a connection of which this side's end is a program's that is no actor: what it sends and reads, nobody counts.
    pub fn outside(pulse: Pulse, side: Side) -> Self {
        let speaks = |direction| direction == side.sends();
        let from_opener = pulse.new_outside_flow(speaks(Direction::FromOpener));
        let to_opener = pulse.new_outside_flow(speaks(Direction::ToOpener));
        Self {
            pulse,
            from_opener,
            to_opener,
            begun: [AtomicU64::new(NEVER), AtomicU64::new(NEVER)],
            outside: true,
        }
    }

    /// Whether one end is a program's that is no actor.
    pub const fn is_outside(&self) -> bool {
        self.outside
    }

    /// Whoever sends in this direction begins TLS at this offset.
    pub(super) fn begin_tls(&self, direction: Direction, offset: u64) {
        self.begun[direction as usize].store(offset, Ordering::SeqCst);
    }

    /// Where in this direction its sender has begun TLS; never where it has not.
    pub(super) fn tls_from(&self, direction: Direction) -> u64 {
        self.begun[direction as usize].load(Ordering::SeqCst)
    }

    /// The flow of one direction.
    pub const fn of(&self, direction: Direction) -> FlowId {
        match direction {
            Direction::FromOpener => self.from_opener,
            Direction::ToOpener => self.to_opener,
        }
    }

    /// The pulse that they belong to.
    pub const fn pulse(&self) -> &Pulse {
        &self.pulse
    }
}

impl Drop for Flows {
    fn drop(&mut self) {
        self.pulse.drop_flow(self.from_opener);
        self.pulse.drop_flow(self.to_opener);
    }
}

/// One end of a connection.
#[derive(Debug)]
pub struct End {
    /// The connection's name.
    pub name: Arc<ConnectionName>,
    /// The same as text.
    pub text: Arc<str>,
    /// Which end this is.
    pub side: Side,
    /// The address of this end.
    pub local: Address,
    /// Whether the other end is a program's that is no actor.
    pub outside: bool,
    /// What it receives.
    pub inbox: Inbox,
    /// What it sends; shared with whoever broadcasts.
    pub outbox: Arc<Outbox>,
}

/// How an end of a connection is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the side that connected sends.
    pub client: Framing,
    /// What the side that accepted sends.
    pub server: Framing,
    /// The largest message.
    pub message: u64,
    /// The most unsent bytes.
    pub unsent: u64,
}

impl End {
    /// One end of the connection `name` over `stream`.
    pub fn new(
        name: Arc<ConnectionName>,
        side: Side,
        stream: Stream,
        flows: &Arc<Flows>,
        settings: &Settings,
    ) -> io::Result<Self> {
        stream.prompt()?;
        let local = stream.local()?;
        let socket = Arc::new(Socket {
            has_endings: stream.has_endings(),
            stream: Mutex::new(Some(stream)),
            reset: AtomicBool::new(false),
            spoilt: AtomicBool::new(false),
            said: Mutex::default(),
        });
        let (reads, writes) = match side {
            Side::Opener => (&settings.server, &settings.client),
            Side::Acceptor => (&settings.client, &settings.server),
        };
        let inbox = Inbox::new(
            Arc::clone(&socket),
            Arc::clone(flows),
            side.sends().reverse(),
            reads.clone(),
            settings.message,
        );
        let outbox = Outbox::new(socket, Arc::clone(flows), side.sends(), writes.clone(), settings.unsent);
        let text = name.to_string().into();
        Ok(Self {
            name,
            text,
            side,
            local,
            outside: flows.is_outside(),
            inbox,
            outbox: Arc::new(outbox),
        })
    }
}

impl End {
    /// Remembers a reset that was met before this end was made.
    pub fn note_reset(&self) {
        self.inbox.socket().reset.store(true, Ordering::SeqCst);
    }
}

/// A socket, until it is closed.
#[derive(Debug)]
pub(super) struct Socket {
    stream: Mutex<Option<Stream>>,
    has_endings: bool,
    /// A call met a reset: Linux hands it to one call only and then says end of file.
    reset: AtomicBool,
    /// A handshake has failed on it: what comes now is nothing that anybody understands.
    spoilt: AtomicBool,
    /// What TLS says of how it was broken off.
    said: Mutex<Option<String>>,
}

impl Socket {
    fn stream(&self) -> MutexGuard<'_, Option<Stream>> {
        self.stream.lock().expect("no thread panics while it holds a socket")
    }

    /// Whether the other side learns of the end of what is sent.
    pub(super) const fn has_endings(&self) -> bool {
        self.has_endings
    }

    /// Whether some call met a reset.
    pub(super) fn met_reset(&self) -> bool {
        self.reset.load(Ordering::SeqCst)
    }

    /// Takes the stream out, for TLS to be put on it.
    pub(super) fn take(&self) -> Option<Stream> {
        self.stream().take()
    }

    /// Puts a stream in again; `spoilt` says that what comes on it is to be forgotten.
    pub(super) fn put(&self, stream: Stream, spoilt: bool) {
        self.spoilt.store(spoilt, Ordering::SeqCst);
        *self.stream() = Some(stream);
    }

    /// Whether a handshake has failed on it.
    pub(super) fn is_spoilt(&self) -> bool {
        self.spoilt.load(Ordering::SeqCst)
    }

    /// What TLS says of how it was broken off.
    pub(super) fn said(&self) -> Option<String> {
        self.said
            .lock()
            .expect("no thread panics while it notes a text")
            .clone()
    }

    fn note(&self, error: &io::Error) {
        if let Some(said) = tls::broke_off(error) {
            let mut known = self.said.lock().expect("no thread panics while it notes a text");
            known.get_or_insert(said);
        }
        if matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted
        ) {
            self.reset.store(true, Ordering::SeqCst);
        }
    }

    /// The place of the next datagram that was not read among all that came to the same socket.
    pub(super) fn next_arrival(&self) -> Option<u64> {
        match &mut *self.stream() {
            Some(Stream::Udp(association)) => association.next_arrival(),
            _ => None,
        }
    }

    /// Whether something came to the same socket before this datagram, from somebody whom nobody listens to yet.
    pub(super) fn comes_behind_a_newcomer(&self, arrival: u64) -> bool {
        match &*self.stream() {
            Some(Stream::Udp(association)) => association.comes_behind_a_newcomer(arrival),
            _ => false,
        }
    }

    /// Reads some bytes; 0 at the end.
    pub(super) fn poll_read(&self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        match &mut *self.stream() {
            None => Poll::Ready(Ok(0)),
            Some(stream) => {
                let read = Pin::new(stream).poll_read(cx, into);
                if let Poll::Ready(Err(error)) = &read {
                    self.note(error);
                }
                read
            }
        }
    }

    /// Writes some bytes without waiting.
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.stream() {
            None => Err(io::ErrorKind::NotConnected.into()),
            Some(stream) => {
                let sent = stream.try_write(bytes);
                if let Err(error) = &sent {
                    self.note(error);
                }
                sent
            }
        }
    }

    /// Writes some bytes when there is room.
    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self.stream() {
            None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Some(stream) => {
                let written = Pin::new(stream).poll_write(cx, bytes);
                if let Poll::Ready(Err(error)) = &written {
                    self.note(error);
                }
                written
            }
        }
    }

    /// Whether something of what was written is not with the kernel yet.
    pub(super) fn holds(&self) -> bool {
        self.stream().as_ref().is_some_and(Stream::holds)
    }

    /// Gives the kernel what was written.
    pub(super) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self.stream() {
            None => Poll::Ready(Ok(())),
            Some(stream) => {
                let flushed = Pin::new(stream).poll_flush(cx);
                if let Poll::Ready(Err(error)) = &flushed {
                    self.note(error);
                }
                flushed
            }
        }
    }

    /// Says that no more will be sent; whether all of that could be said at once. That the other side is gone already is
    /// no matter.
    pub(super) fn shutdown(&self) -> bool {
        match self.stream().as_mut().map(Stream::shutdown) {
            Some(Ok(done)) => done,
            Some(Err(error)) => {
                self.note(&error);
                true
            }
            None => true,
        }
    }

    /// As [`Self::shutdown`], to its end.
    pub(super) fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut *self.stream() {
            None => Poll::Ready(()),
            Some(stream) => {
                if let Err(error) = std::task::ready!(Pin::new(stream).poll_close(cx)) {
                    self.note(&error);
                }
                Poll::Ready(())
            }
        }
    }

    /// Waits until the kernel has sent all that was written; what goes wrong then is found out where this end reads.
    pub(super) async fn sent_out(&self) {
        let copy = self.stream().as_ref().and_then(Stream::unsent);
        if let Some(copy) = copy {
            let _ = runtime::sent_out(copy.into()).await;
        }
    }

    /// Closes the socket with a reset.
    pub(super) fn reset(&self) {
        if let Some(stream) = self.stream().take() {
            stream.reset();
        }
    }
}
