//! A socket for datagrams, as this runtime sees it.
//!
//! Owns waiting until there is something to read. Does not own what datagrams are for (`net::udp`).

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

/// A bound UDP socket that is connected to nobody, so that what an earlier datagram met surfaces at no later send.
#[derive(Debug)]
pub struct UdpSocket(async_io::Async<std::net::UdpSocket>);

impl UdpSocket {
    /// A bound socket, which becomes non-blocking.
    pub fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        async_io::Async::new(socket).map(Self)
    }

    /// Its address.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().local_addr()
    }

    /// Sends one datagram without waiting.
    pub fn try_send_to(&self, datagram: &[u8], to: SocketAddr) -> io::Result<usize> {
        self.0.get_ref().send_to(datagram, to)
    }

    /// Receives one datagram without waiting.
    pub fn try_receive_from(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.0.get_ref().recv_from(into)
    }

    /// Waits until there may be something to read; only one task waits so.
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_readable(cx)
    }
}
