//! What the bytes of a connection run over.
//!
//! Owns the kinds of streams there are, so that all else is the same for each of them. Does not own what is shared between
//! the two halves of an end (`socket`), nor what the bytes mean.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::{AsyncRead, AsyncWrite};
use socket2::SockRef;

use super::tls::Secure;
use super::udp::Association;
use crate::ident::Address;
use crate::runtime::{TcpStream, UnixStream};

/// A connected stream.
#[derive(Debug)]
pub enum Stream {
    /// TCP.
    Tcp(TcpStream),
    /// A Unix socket.
    Unix(UnixStream),
    /// TLS over one of the others.
    Tls(Box<Secure>),
    /// UDP: datagrams, each behind its length.
    Udp(Association),
}

impl Stream {
    /// The address of this end.
    pub fn local(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(stream) => Ok(Address::Inet(stream.local_addr()?)),
            Self::Unix(stream) => {
                let address = stream.local_addr()?;
                Ok(Address::from(&address))
            }
            Self::Udp(association) => Ok(association.local()),
            Self::Tls(secure) => secure.below().local(),
        }
    }

    /// Sends small pieces at once.
    pub(super) fn prompt(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nodelay(true),
            Self::Unix(_) | Self::Udp(_) => Ok(()),
            Self::Tls(secure) => secure.below().prompt(),
        }
    }

    /// Writes some bytes without waiting: the socket is non-blocking, and a plain send does not register with the reactor.
    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => SockRef::from(&*stream).send(bytes),
            Self::Unix(stream) => SockRef::from(&*stream).send(bytes),
            Self::Udp(association) => association.try_write(bytes),
            Self::Tls(secure) => match Pin::new(&mut **secure).poll_write(&mut nobody(), bytes) {
                Poll::Ready(written) => written,
                Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            },
        }
    }

    /// Whether the end of what is sent is something that the other side learns.
    pub const fn has_endings(&self) -> bool {
        !matches!(self, Self::Udp(_))
    }

    /// Whether something of what was written is not with the kernel yet: then it is flushed by whoever wrote it.
    pub(super) fn holds(&self) -> bool {
        match self {
            Self::Tcp(_) | Self::Unix(_) | Self::Udp(_) => false,
            Self::Tls(secure) => secure.holds(),
        }
    }

    /// Says that no more will be sent, as far as that can be said at once; whether all of it was.
    pub(super) fn shutdown(&mut self) -> io::Result<bool> {
        match Pin::new(self).poll_close(&mut nobody()) {
            Poll::Ready(ended) => ended.map(|()| true),
            Poll::Pending => Ok(false),
        }
    }

    /// Another descriptor of the socket, where the kernel can say how much of what was written is unsent.
    pub(super) fn unsent(&self) -> Option<OwnedFd> {
        match self {
            Self::Tcp(stream) => stream.as_fd().try_clone_to_owned().ok(),
            // What was written to a Unix socket is with its other end already; what a datagram met, nobody is told.
            Self::Unix(_) | Self::Udp(_) => None,
            Self::Tls(secure) => secure.below().unsent(),
        }
    }

    /// Closes it with a reset, where the transport has one; a Unix socket is just closed, which its other end takes for a
    /// reset where bytes of its own were not read.
    pub fn reset(self) {
        if let Self::Tcp(stream) = self.lowest() {
            // That the other side is gone already is no matter.
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// What all others run over.
    fn lowest(&self) -> &Self {
        match self {
            Self::Tcp(_) | Self::Unix(_) | Self::Udp(_) => self,
            Self::Tls(secure) => secure.below().lowest(),
        }
    }
}

/// Whoever looks at once and does not wait.
const fn nobody() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, into),
            Self::Udp(association) => association.poll_read(cx, into),
            Self::Tls(secure) => Pin::new(&mut **secure).poll_read(cx, into),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Udp(association) => association.poll_write(cx, bytes),
            Self::Tls(secure) => Pin::new(&mut **secure).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Self::Udp(_) => Poll::Ready(Ok(())),
            Self::Tls(secure) => Pin::new(&mut **secure).poll_flush(cx),
        }
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Poll::Ready(stream.shutdown(Shutdown::Write)),
            Self::Unix(stream) => Poll::Ready(stream.shutdown(Shutdown::Write)),
            Self::Udp(_) => Poll::Ready(Ok(())),
            Self::Tls(secure) => Pin::new(&mut **secure).poll_close(cx),
        }
    }
}
