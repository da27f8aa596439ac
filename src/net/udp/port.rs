//! One UDP socket.
//!
//! Owns reading it at once, whoever waits, and whose each datagram is: that of an association, or the first of a new one.
//! Does not own what an association is called.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::credit::Credit;
use super::ports::{Board, Trouble};
use super::queue::{Put, Queue};
use crate::runtime::{self, UdpSocket};

/// A bound UDP socket of this run.
#[derive(Debug)]
pub struct Port {
    socket: UdpSocket,
    address: SocketAddr,
    /// Whose it is, for people.
    owner: String,
    /// Whether whoever sends here begins an association.
    is_endpoint: bool,
    unread: u64,
    board: Arc<Board>,
    state: Mutex<State>,
    /// Who reads the socket does so alone, so that datagrams stay in their order.
    reading: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    queues: HashMap<SocketAddr, Arc<Queue>>,
    /// Associations that nobody has taken yet.
    fresh: VecDeque<SocketAddr>,
    acceptor: Option<Waker>,
    credit: Credit,
    /// How many datagrams have come.
    arrivals: u64,
    /// Associations that nobody listens to yet, by their first datagram's place.
    unheard: BTreeMap<u64, SocketAddr>,
    /// Whether it was told that somebody sent here to whom no association belongs.
    strayed: bool,
    ended: bool,
}

/// The most bytes of one datagram, and one more.
const LARGEST: usize = 64 << 10;

/// After so many datagrams others are let run.
const TURN: usize = 256;

thread_local! {
    /// Where datagrams go first, so that ten thousand idle sockets hold no buffers.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; LARGEST]);
}

impl Port {
    /// Reads a socket from now on.
    pub(super) fn open(
        socket: std::net::UdpSocket,
        owner: String,
        is_endpoint: bool,
        unread: u64,
        board: Arc<Board>,
    ) -> io::Result<Arc<Self>> {
        let socket = UdpSocket::new(socket)?;
        let port = Arc::new(Self {
            address: socket.local_addr()?,
            socket,
            owner,
            is_endpoint,
            unread,
            board,
            state: Mutex::default(),
            reading: Mutex::default(),
        });
        let reader: Weak<Self> = Arc::downgrade(&port);
        runtime::spawn(std::future::poll_fn(move |cx| match reader.upgrade() {
            Some(port) => port.poll_read_all(cx),
            None => Poll::Ready(()),
        }));
        Ok(port)
    }

    /// Where it is bound.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whose it is, for people.
    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no thread panics while it holds the state of a socket")
    }

    /// The task of a socket: reads whatever comes.
    fn poll_read_all(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.state().ended {
                return Poll::Ready(());
            }
            if self.read_some() {
                // Whoever never stops sending would keep all others from running.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            // A socket that cannot be waited for is read when somebody looks for a datagram.
            if std::task::ready!(self.socket.poll_readable(cx)).is_err() {
                return Poll::Ready(());
            }
        }
    }

    /// Reads what is there; whether there may be more.
    pub(super) fn read_some(&self) -> bool {
        let _reading = self.reading.lock().expect("no thread panics while it reads a socket");
        SCRATCH.with_borrow_mut(|scratch| {
            for _ in 0..TURN {
                match self.socket.try_receive_from(scratch) {
                    Ok((size, from)) => self.deliver(from, &scratch[..size]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    // Nothing is there, or the socket has nothing to say that would concern a datagram.
                    Err(_) => return false,
                }
            }
            true
        })
    }

    fn deliver(&self, from: SocketAddr, datagram: &[u8]) {
        let mut state = self.state();
        let ours = state.credit.arrive(from, datagram);
        if let Some(dropped @ 1..) = ours {
            self.board.tell(Trouble::Dropped {
                owner: self.owner.clone(),
                count: dropped,
            });
            // What comes behind it would stand in its place.
            state.ended = true;
        }
        if state.ended {
            return;
        }
        let queue = match state.queues.get(&from) {
            Some(queue) => Arc::clone(queue),
            None if self.is_endpoint => {
                let queue = Arc::new(Queue::new(self.unread));
                state.queues.insert(from, Arc::clone(&queue));
                state.fresh.push_back(from);
                let first = state.arrivals + 1;
                state.unheard.insert(first, from);
                queue
            }
            None => {
                if !std::mem::replace(&mut state.strayed, true) {
                    self.board.tell(Trouble::Strayed {
                        owner: self.owner.clone(),
                        datagram: datagram.into(),
                    });
                }
                return;
            }
        };
        state.arrivals += 1;
        let put = queue.put(state.arrivals, datagram, ours.is_some());
        let acceptor = match state.fresh.is_empty() {
            true => None,
            false => state.acceptor.take(),
        };
        drop(state);
        acceptor.into_iter().for_each(Waker::wake);
        if put == Put::Overflow {
            self.board.tell(Trouble::Overflowed {
                owner: self.owner.clone(),
                limit: self.unread,
            });
        }
    }

    /// The next remote address that sent something and has no association yet.
    pub(super) fn poll_fresh(&self, cx: &mut Context<'_>) -> Poll<(SocketAddr, Arc<Queue>)> {
        let mut state = self.state();
        while let Some(from) = state.fresh.pop_front() {
            if let Some(queue) = state.queues.get(&from) {
                return Poll::Ready((from, Arc::clone(queue)));
            }
        }
        state.acceptor = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Somebody listens to this remote address from now on.
    pub(super) fn hear(&self, from: SocketAddr) {
        self.state().unheard.retain(|_, unheard| *unheard != from);
    }

    /// Whether the first datagram that nobody listens to yet came before this one.
    pub(super) fn has_unheard_before(&self, arrival: u64) -> bool {
        let state = self.state();
        let first = state.unheard.first_key_value();
        first.is_some_and(|(first, _)| *first < arrival)
    }

    /// What comes from this remote address, from now on.
    pub(super) fn expect(&self, from: SocketAddr) -> Arc<Queue> {
        let queue = Arc::new(Queue::new(self.unread));
        self.state().queues.insert(from, Arc::clone(&queue));
        queue
    }

    /// Sends one datagram; `target` is the socket of this run that it goes to, where it is one.
    pub(super) fn send(
        &self,
        cx: &Context<'_>,
        datagram: &[u8],
        to: SocketAddr,
        target: Option<&Self>,
    ) -> Poll<io::Result<()>> {
        let Some(target) = target else {
            return match self.socket.try_send_to(datagram, to) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.later(cx),
                sent => Poll::Ready(sent.map(drop)),
            };
        };
        let mut state = target.state();
        if !state.ended {
            if state
                .queues
                .get(&self.address)
                .is_some_and(|queue| queue.is_full(cx.waker()))
                || !state.credit.allows(datagram.len(), cx.waker())
            {
                return Poll::Pending;
            }
            // The socket may be read before it is known that all was sent.
            state.credit.send(self.address, datagram);
        }
        let is_counted = !state.ended;
        let sent = self.socket.try_send_to(datagram, to);
        if sent.is_err() && is_counted {
            state.credit.unsend(self.address);
        }
        drop(state);
        match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.later(cx),
            sent => Poll::Ready(sent.map(drop)),
        }
    }

    /// The kernel has no room to send, which is rare and short: others run meanwhile.
    fn later(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Whether nothing of this run is under way here.
    pub(super) fn is_settled(&self) -> bool {
        let state = self.state();
        state.ended || state.credit.is_settled()
    }

    /// Whether something of this run is under way here for longer than this.
    pub(super) fn is_late(&self, limit: Duration) -> bool {
        let state = self.state();
        !state.ended && state.credit.is_late(limit)
    }

    /// Nothing is read any more, and all associations have come to their end.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        let queues: Vec<Arc<Queue>> = state.queues.values().map(Arc::clone).collect();
        drop(state);
        queues.iter().for_each(|queue| queue.end());
    }
}
