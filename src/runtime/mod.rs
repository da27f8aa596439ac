//! The one room that names async-std: tasks, sockets and clocks, and the pulse of a run.
//!
//! Owns how many workers there are, spawning, sleeping, and the timers that wait until a run is settled. Does not own what
//! is done with any of them. async-std is discontinued upstream (RUSTSEC-2025-0052); whoever replaces it replaces this
//! room.

mod alarm;
mod guards;
mod jitter;
pub mod process;
mod pulse;
mod settle;
mod slab;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::ident::Address;

pub use async_std::channel;
pub use async_std::net::{TcpListener, TcpStream};
pub use async_std::os::unix::net::UnixStream;
pub use async_std::task::{JoinHandle, block_on, yield_now};

pub use alarm::{Alarm, Moment};
pub use jitter::disturb;
pub use pulse::{Arrival, Doubt, Flushing, Pulse, Seat, Wait, Waiting, Woken};
pub use settle::FlowId;

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
    let Address::Inet(address) = address else { return false };
    let connected = within(Duration::from_secs(1), TcpStream::connect(address)).await;
    matches!(connected, Some(Ok(_)))
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

/// The next signal to end the program: `Ctrl-C`, `SIGTERM`, or never where the system gives no such signals.
pub async fn end_signal() -> &'static str {
    use async_signal::{Signal, Signals};
    use futures::StreamExt;

    if let Ok(mut signals) = Signals::new([Signal::Int, Signal::Term])
        && let Some(Ok(signal)) = signals.next().await
    {
        return if matches!(signal, Signal::Int) {
            "Ctrl-C"
        } else {
            "SIGTERM"
        };
    }
    std::future::pending().await
}

/// Accepts the next connection.
pub async fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    listener.accept().await
}
