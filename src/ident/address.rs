//! Where an end of a connection is.
//!
//! Owns how an address is written. Does not own who listens there (`net`).

use std::fmt;
use std::net::SocketAddr;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::SocketAddr as UnixAddress;
use std::path::PathBuf;

/// The address of a socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Address {
    /// An internet address, written with its port behind a colon.
    Inet(SocketAddr),
    /// A Unix socket in the file system, written as its path.
    Unix(PathBuf),
    /// A Unix socket whose name is in no file system, written with `@` before it. An empty name is that of a socket
    /// without one.
    Abstract(Vec<u8>),
}

impl Address {
    /// What [`Display`](fmt::Display) wrote.
    pub fn read(text: &str) -> Self {
        match (text.parse(), text.strip_prefix('@')) {
            (Ok(address), _) => Self::Inet(address),
            (Err(_), Some(name)) => Self::Abstract(name.as_bytes().to_owned()),
            (Err(_), None) => Self::Unix(text.into()),
        }
    }

    /// The internet address, where it is one.
    pub const fn inet(&self) -> Option<SocketAddr> {
        match self {
            Self::Inet(address) => Some(*address),
            Self::Unix(_) | Self::Abstract(_) => None,
        }
    }

    /// The port, where there are ports.
    pub fn port(&self) -> Option<u16> {
        self.inet().map(|address| address.port())
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(address)
    }
}

impl From<&UnixAddress> for Address {
    fn from(address: &UnixAddress) -> Self {
        match address.as_pathname() {
            Some(path) => Self::Unix(path.to_owned()),
            None => Self::Abstract(address.as_abstract_name().unwrap_or_default().to_owned()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
            Self::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
        }
    }
}
