//! Endpoints that accept connections.
//!
//! Owns binding and the accept loop. Does not own what becomes of a connection.

use std::ffi::OsStr;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::ffi::OsStrExt as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, select};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::registry::{Arrived, Registry};
use super::stream::Stream;
use super::udp::Port;
use crate::ident::{Address, ConnectionName};
use crate::runtime::channel::Receiver;
use crate::runtime::{self, TcpListener, UnixListener};

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
    Unix(UnixListener),
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
        let socket = Bound::Tcp(socket);
        Ok(Self { socket, address })
    }

    /// Binds a Unix socket and listens; its place in the file system must be free.
    pub fn bind_unix(address: Address, backlog: u32) -> io::Result<Self> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&unix_address(&address)?)?;
        socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        socket.set_nonblocking(true)?;
        let socket = Bound::Unix(runtime::unix_listener(socket.into()));
        Ok(Self { socket, address })
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
        let mut hand_over = |stream: Stream, peer: Address| {
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

    async fn accept(&self, registry: &Registry) -> io::Result<(Stream, Address)> {
        match &self.socket {
            Bound::Tcp(socket) => {
                let (stream, peer) = runtime::accept(socket).await?;
                Ok((stream.into(), peer.into()))
            }
            Bound::Unix(socket) => {
                let (stream, peer) = runtime::accept_unix(socket).await?;
                Ok((stream.into(), Address::from(&peer)))
            }
            Bound::Udp(port) => {
                let (peer, association) = registry.ports().accept(port).await;
                Ok((Stream::Udp(association), peer.into()))
            }
        }
    }
}

/// The address of a Unix socket, as the kernel has it.
pub(super) fn unix_address(address: &Address) -> io::Result<SockAddr> {
    match address {
        Address::Inet(address) => Ok((*address).into()),
        Address::Unix(path) => SockAddr::unix(path),
        Address::Abstract(name) => {
            let mut path = vec![0];
            path.extend(name);
            SockAddr::unix(OsStr::from_bytes(&path))
        }
    }
}
