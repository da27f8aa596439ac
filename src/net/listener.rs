//! Endpoints that accept connections.
//!
//! Owns binding and the accept loop. Does not own what becomes of a connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, select};
use socket2::{Domain, Protocol, Socket, Type};

use super::registry::{Arrived, Registry};
use super::stream::Stream;
use super::udp::Port;
use crate::ident::{Address, ConnectionName};
use crate::runtime::channel::Receiver;
use crate::runtime::{self, TcpListener};

/// Asks that what has come so far be handed over; answered when it was.
pub type Sweep = oneshot::Sender<()>;

/// A bound endpoint.
#[derive(Debug)]
pub struct Listener {
    socket: Bound,
    address: Address,
}

/// What an endpoint is bound to.
#[derive(Debug)]
enum Bound {
    Tcp(TcpListener),
    Udp(Arc<Port>),
}

/// How long to pause when the machine has no descriptor left for an accepted connection.
const PAUSE: Duration = Duration::from_millis(10);

/// After so many failures in a row no connection is going to end, for all of them may wait for the one that cannot begin.
const MOST_FAILURES: u32 = 100;

impl Listener {
    /// Binds and listens; port 0 takes a free one.
    pub fn bind(host: IpAddr, port: u16, backlog: u32) -> io::Result<Self> {
        let address = SocketAddr::new(host, port);
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // A port that the scenario names can be taken again at once; one that is in use still cannot.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        socket.set_nonblocking(true)?;
        let socket = runtime::listener(socket.into());
        let address = Address::Inet(socket.local_addr()?);
        Ok(Self {
            socket: Bound::Tcp(socket),
            address,
        })
    }

    /// Binds a UDP socket for `owner`, each of whose remote addresses has an association of its own; of each `unread` bytes
    /// are kept.
    pub fn bind_udp(registry: &Registry, host: IpAddr, port: u16, owner: &str, unread: u64) -> io::Result<Self> {
        let port = registry.ports().endpoint(host, port, owner, unread)?;
        Ok(Self {
            address: port.address().into(),
            socket: Bound::Udp(port),
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    async fn accept(&self, registry: &Registry) -> io::Result<(Stream, SocketAddr)> {
        match &self.socket {
            Bound::Tcp(socket) => runtime::accept(socket)
                .await
                .map(|(stream, peer)| (stream.into(), peer)),
            Bound::Udp(port) => {
                let (peer, association) = registry.ports().accept(port).await;
                Ok((Stream::Udp(association), peer))
            }
        }
    }

    /// Accepts for ever, and hands over each connection whose connector still wants it. One that is nobody of this run is
    /// called as `outside` says, which is told where it comes from. Whoever sends on `sweeps` is answered when all that has
    /// come so far was handed over.
    ///
    /// An accept can fail for want of descriptors; it is tried again after a pause, for connections end. Gives the error
    /// where they don't.
    pub async fn accept_all(
        &self,
        registry: &Arc<Registry>,
        sweeps: Option<&Receiver<Sweep>>,
        mut outside: impl FnMut(&Address) -> ConnectionName,
        mut take: impl FnMut(Stream, Arrived),
    ) -> io::Error {
        let mut failures = 0;
        let mut hand_over = |stream: Stream, peer: SocketAddr| {
            let peer = Address::Inet(peer);
            if let Some(arrived) = registry.accepted(&self.address, peer.clone(), || outside(&peer)) {
                take(stream, arrived);
            }
        };
        loop {
            let accepted = match sweeps {
                None => self.accept(registry).await,
                Some(sweeps) => match select(pin!(self.accept(registry)), pin!(sweeps.recv())).await {
                    Either::Left((accepted, _)) => accepted,
                    Either::Right((Ok(swept), _)) => {
                        while let Some(Ok((stream, peer))) = self.accept(registry).now_or_never() {
                            hand_over(stream, peer);
                        }
                        // Whoever asked may have gone meanwhile.
                        let _ = swept.send(());
                        continue;
                    }
                    // Nobody asks any more.
                    Either::Right((Err(_), _)) => self.accept(registry).await,
                },
            };
            match accepted {
                Ok((stream, peer)) => {
                    failures = 0;
                    hand_over(stream, peer);
                }
                Err(error) if failures == MOST_FAILURES => return error,
                Err(_) => {
                    failures += 1;
                    runtime::sleep_until(std::time::Instant::now() + PAUSE).await;
                }
            }
        }
    }
}
