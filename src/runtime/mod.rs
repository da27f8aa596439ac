//! The one room that names async-std: tasks, sockets and clocks, and the pulse of a run.
//!
//! Owns how many workers there are, spawning, sleeping, and the timers that wait until a run is settled. Does not own what
//! is done with any of them. async-std is discontinued upstream (RUSTSEC-2025-0052); whoever replaces it replaces this
//! room.

mod alarm;
mod datagram;
mod guards;
mod jitter;
pub mod process;
mod pulse;
mod settle;
mod signals;
mod slab;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::ident::Address;

pub use async_std::channel;
pub use async_std::net::{TcpListener, TcpStream};
pub use async_std::os::unix::net::{UnixListener, UnixStream};
pub use async_std::task::{JoinHandle, block_on, yield_now};

pub use alarm::{Alarm, Moment};
pub use datagram::UdpSocket;
pub use jitter::disturb;
pub use pulse::{Arrival, Doubt, Flushing, Pulse, Seat, Wait, Waiting, Woken};
pub use settle::FlowId;
pub use signals::{Heeding, leave_unheeded};

/// Sets the number of worker threads; must come before anything else of this room, and only the first call counts.
///
/// One worker plays a single conversation several times faster than two, for a wake-up that crosses processors costs more
/// than the whole exchange.
pub fn start(threads: usize) {
    async_global_executor::init_with_config(
        async_global_executor::GlobalExecutorConfig::default()
            .with_min_threads(threads)
            .with_max_threads(threads),
    );
}

/// Begins a task; dropping what is given back does not end it.
pub fn spawn<F, T>(work: F) -> JoinHandle<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    async_std::task::spawn(jitter::jittered(work))
}

/// Waits until the clock has reached `until`.
pub async fn sleep_until(until: Instant) {
    async_std::task::sleep(until.saturating_duration_since(Instant::now())).await;
}

/// Waits for this long.
pub async fn pause(length: Duration) {
    async_std::task::sleep(length).await;
}

/// Whether somebody takes connections at an address, as far as that can be told within a second.
pub async fn takes_connections(address: &Address) -> bool {
    let Address::Inet(address) = *address else { return false };
    let Ok(Some(socket)) = caller_of(address) else {
        return false;
    };
    let took = within(Duration::from_secs(1), connected(socket)).await;
    matches!(took, Some(Ok((_, None))))
}

/// A socket that connects to an address, from a port of its own: one that nobody listens at could be given to whoever
/// connects to it, who would then meet himself and have the port that another one is to have. `None` where that would be so.
fn caller_of(address: SocketAddr) -> io::Result<Option<std::net::TcpStream>> {
    use socket2::{Domain, Protocol, Socket, Type};

    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if address.ip().is_loopback() {
        socket.bind(&SocketAddr::new(address.ip(), 0).into())?;
    }
    if socket
        .local_addr()?
        .as_socket()
        .is_some_and(|own| own.port() == address.port())
    {
        return Ok(None);
    }
    match socket.connect(&address.into()) {
        Ok(()) => Ok(Some(socket.into())),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {
            Ok(Some(socket.into()))
        }
        Err(error) => Err(error),
    }
}

/// What `work` gives, or `None` after this time.
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    async_std::future::timeout(limit, work).await.ok()
}

/// A listening socket as this runtime sees it; `socket` must be non-blocking.
pub fn listener(socket: std::net::TcpListener) -> TcpListener {
    TcpListener::from(socket)
}

/// Waits until a non-blocking connect has come to its end, and gives the error that the socket met, if any.
pub async fn connected(socket: std::net::TcpStream) -> io::Result<(TcpStream, Option<io::Error>)> {
    let socket = async_io::Async::new(socket)?;
    socket.writable().await?;
    let met = socket.get_ref().take_error()?;
    Ok((TcpStream::from(socket.into_inner()?), met))
}

/// Waits until the kernel has sent what was written to a non-blocking socket, and not only taken it.
pub async fn sent_out(socket: std::net::TcpStream) -> io::Result<()> {
    // From here on the socket counts as writable only when nothing is unsent.
    socket2::SockRef::from(&socket).set_tcp_notsent_lowat(1)?;
    async_io::Async::new(socket)?.writable().await
}

/// A listening Unix socket as this runtime sees it; `socket` must be non-blocking.
pub fn unix_listener(socket: std::os::unix::net::UnixListener) -> UnixListener {
    UnixListener::from(socket)
}

/// A connected Unix socket as this runtime sees it; `socket` must be non-blocking.
pub fn unix_stream(socket: std::os::unix::net::UnixStream) -> UnixStream {
    UnixStream::from(socket)
}

/// Accepts the next connection at a Unix socket.
pub async fn accept_unix(listener: &UnixListener) -> io::Result<(UnixStream, std::os::unix::net::SocketAddr)> {
    listener.accept().await
}

/// Accepts the next connection.
pub async fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    listener.accept().await
}
