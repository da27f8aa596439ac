//! TLS on a stream that is open already.
//!
//! Owns the handshake, which begins with whatever was read ahead, and what it came to. While it is under way the outbox
//! holds what others send, and what the other side will say is nothing that this program can count; given up, it leaves the
//! stream to be closed in order. Does not own certificates (`wire::tls`), nor when a handshake is due (`actor`).

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures::{AsyncRead, AsyncWrite};
use futures_rustls::{Accept, Connect, TlsAcceptor, TlsConnector, TlsStream};
use rustls::{CertificateError, CommonState, ProtocolVersion};

use super::inbox::Inbox;
use super::outbox::Outbox;
use super::stream::Stream;
use crate::runtime::FlowId;
use crate::wire::tls::{ClientConfig, ServerConfig, ServerName, common_name};

/// Which part of a handshake this end takes.
#[derive(Clone, Debug)]
pub enum Role {
    /// It asks for the other side's certificate.
    Opener(Arc<ClientConfig>, ServerName<'static>),
    /// It shows its certificate.
    Acceptor(Arc<ServerConfig>),
}

/// What a handshake came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secured {
    /// The server's name, as the side that connected gave it.
    pub sni: Option<String>,
    /// The protocol that both speak.
    pub alpn: Option<String>,
    /// `TLS 1.3`.
    pub version: &'static str,
    /// Whose the other side's certificate is.
    pub peer: Option<String>,
}

/// Why a handshake came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Something is wrong with what the other side said, or with what this one said, in its words.
    #[error("{0}")]
    Refused(String),
    /// The other side says that something is wrong, in its words.
    #[error("{0}")]
    Alerted(String),
    /// The other side was gone before it was done.
    #[error("{0}")]
    Ended(&'static str),
}

/// A stream below TLS; dropped, it leaves the stream to whoever gave it.
#[derive(Debug)]
pub(super) struct Below {
    stream: Option<Stream>,
    /// What was read before, and how much of it was read again.
    ahead: Vec<u8>,
    read: usize,
    left: Arc<Mutex<Option<Stream>>>,
}

/// TLS over a stream.
#[derive(Debug)]
pub struct Secure(TlsStream<Below>);

/// A handshake under way.
pub struct Handshake<'a> {
    inbox: &'a mut Inbox,
    outbox: &'a Arc<Outbox>,
    flow: FlowId,
    shake: Shake,
    /// Where the stream is left when nothing comes of it.
    left: Arc<Mutex<Option<Stream>>>,
}

enum Shake {
    Opener(Connect<Below>, ServerName<'static>),
    Acceptor(Accept<Below>),
    Over,
}

impl<'a> Handshake<'a> {
    /// Begins one on an end whose bytes have all been sent.
    pub fn begin(inbox: &'a mut Inbox, outbox: &'a Arc<Outbox>, role: Role) -> Result<Self, HandshakeError> {
        outbox.hold();
        let Some(stream) = inbox.take_stream() else {
            outbox.release();
            return Err(HandshakeError::Ended("the connection has ended"));
        };
        let left = Arc::new(Mutex::new(None));
        let below = Below {
            stream: Some(stream),
            ahead: inbox.take_ahead(),
            read: 0,
            left: Arc::clone(&left),
        };
        let shake = match role {
            Role::Opener(config, name) => {
                let connect = TlsConnector::from(config).connect(name.clone(), below);
                Shake::Opener(connect, name)
            }
            Role::Acceptor(config) => Shake::Acceptor(TlsAcceptor::from(config).accept(below)),
        };
        let flow = inbox.pulse().new_outside_flow(true);
        Ok(Self {
            inbox,
            outbox,
            flow,
            shake,
            left,
        })
    }

    /// What brings its end, of which nobody can say whether it is on its way.
    pub const fn flow(&self) -> FlowId {
        self.flow
    }

    /// Goes on with it. What was sent since it began goes out when it is done.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Secured, HandshakeError>> {
        let (stream, sni) = match &mut self.shake {
            Shake::Opener(connect, name) => {
                let stream = std::task::ready!(Pin::new(connect).poll(cx)).map(TlsStream::Client);
                let sni = match name {
                    ServerName::DnsName(name) => Some(name.as_ref().to_owned()),
                    _ => None,
                };
                (stream, sni)
            }
            Shake::Acceptor(accept) => {
                let stream = std::task::ready!(Pin::new(accept).poll(cx));
                let sni = stream.as_ref().ok().and_then(|stream| stream.get_ref().1.server_name());
                let sni = sni.map(str::to_owned);
                (stream.map(TlsStream::Server), sni)
            }
            Shake::Over => return Poll::Pending,
        };
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                self.give_up();
                return Poll::Ready(Err(words(&error)));
            }
        };
        let secured = secured(stream.get_ref().1, sni);
        self.shake = Shake::Over;
        self.inbox.put_stream(Stream::Tls(Box::new(Secure(stream))));
        self.outbox.release();
        Poll::Ready(Ok(secured))
    }

    /// Leaves the stream to be closed: what comes on it now is read and forgotten.
    fn give_up(&mut self) {
        if matches!(self.shake, Shake::Over) {
            return;
        }
        self.shake = Shake::Over;
        let left = self
            .left
            .lock()
            .expect("no thread panics while it holds a stream")
            .take();
        if let Some(stream) = left {
            self.inbox.put_spoilt(stream);
        }
        self.outbox.release();
    }
}

impl Drop for Handshake<'_> {
    fn drop(&mut self) {
        self.give_up();
        self.inbox.pulse().drop_flow(self.flow);
    }
}

impl std::fmt::Debug for Handshake<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshake")
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}

/// What a handshake came to, as the connection has it.
fn secured(state: &CommonState, sni: Option<String>) -> Secured {
    let alpn = state.alpn_protocol();
    Secured {
        sni,
        alpn: alpn.map(|name| String::from_utf8_lossy(name).into_owned()),
        version: match state.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS 1.3",
        },
        peer: (state.peer_certificates())
            .and_then(|chain| chain.first())
            .and_then(|certificate| common_name(certificate)),
    }
}

/// Why it failed, in words that are the same each time: what a clock says is left out.
fn words(error: &io::Error) -> HandshakeError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (inner, error.kind()) {
        (Some(error @ rustls::Error::AlertReceived(_)), _) => HandshakeError::Alerted(said(error)),
        (Some(error), _) => HandshakeError::Refused(said(error)),
        (None, io::ErrorKind::UnexpectedEof) => HandshakeError::Ended("the other side closed during the TLS handshake"),
        (None, io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            HandshakeError::Ended("the connection was reset during the TLS handshake")
        }
        (None, _) => HandshakeError::Refused(error.to_string()),
    }
}

/// What rustls says of an error, where that is the same each time.
fn said(error: &rustls::Error) -> String {
    const INVALID: &str = "invalid peer certificate";
    match error {
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { .. }) => format!("{INVALID}: Expired"),
        rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { .. }) => {
            format!("{INVALID}: NotValidYet")
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, presented }) => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let names = if names.is_empty() {
                "no name".to_owned()
            } else {
                names.join(", ")
            };
            format!(
                "{INVALID}: NotValidForName: it is not for {}, but for {names}",
                expected.to_str()
            )
        }
        error => error.to_string(),
    }
}

/// A name without what rustls says of its kind: `DnsName("mx.example")`, `IpAddress(127.0.0.1)`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

/// What TLS says of a connection that it broke off, where it was TLS.
pub(super) fn broke_off(error: &io::Error) -> Option<String> {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Some("no TLS close_notify before the end".to_owned()),
        _ => {
            let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
            Some(said(inner))
        }
    }
}

impl Secure {
    /// The stream below.
    pub(super) fn below(&self) -> &Stream {
        self.0.get_ref().0.stream()
    }

    /// Whether there is something that was written and not yet given to the stream below.
    pub(super) fn holds(&self) -> bool {
        self.0.get_ref().1.wants_write()
    }
}

impl Below {
    fn stream(&self) -> &Stream {
        self.stream.as_ref().expect("a stream is there until it is dropped")
    }

    fn pinned(&mut self) -> Pin<&mut Stream> {
        Pin::new(self.stream.as_mut().expect("a stream is there until it is dropped"))
    }
}

impl Drop for Below {
    fn drop(&mut self) {
        *self.left.lock().expect("no thread panics while it holds a stream") = self.stream.take();
    }
}

impl AsyncRead for Below {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let ahead = &self.ahead[self.read..];
        if ahead.is_empty() {
            return self.pinned().poll_read(cx, into);
        }
        let count = ahead.len().min(into.len());
        into[..count].copy_from_slice(&ahead[..count]);
        self.read += count;
        if self.read == self.ahead.len() {
            (self.ahead, self.read) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Below {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.pinned().poll_write(cx, bytes)
    }

    /// All records at once: what rustls says last, before it gives up, is asked to be written only once.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match parts {
            [part] => self.pinned().poll_write(cx, part),
            parts => {
                let all: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
                self.pinned().poll_write(cx, &all)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pinned().poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pinned().poll_close(cx)
    }
}

impl AsyncRead for Secure {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl AsyncWrite for Secure {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
