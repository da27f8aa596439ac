//! Who connected.
//!
//! Owns the map from (listener, peer address) to the name that the connector gave the connection. The connector holds the
//! registry's lock while it issues its non-blocking connect and learns its own address; the acceptor looks up under the
//! same lock, so it can never come too early. Whoever connects to a Unix socket takes an abstract name first, for it would
//! have none. Does not own names, nor what is done with an accepted connection.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Type};

use super::listener::unix_address;
use super::socket::{Flows, Side};
use super::stream::Stream;
use super::udp::Ports;
use crate::ident::{Address, ConnectionName};
use crate::runtime::{self, Arrival, Pulse};

/// All attempts to connect that nobody accepted yet.
#[derive(Debug)]
pub struct Registry {
    pulse: Pulse,
    attempts: Arc<Attempts>,
    ports: Ports,
}

/// By the addresses of the listener and of the connector.
type Attempts = Mutex<HashMap<(Address, Address), Attempt>>;

#[derive(Debug)]
struct Attempt {
    name: Arc<ConnectionName>,
    flows: Arc<Flows>,
    /// `None` once the connector has given up.
    arrival: Option<Arrival>,
}

/// A connection as its acceptor learns of it.
#[derive(Debug)]
pub struct Arrived {
    /// Its name.
    pub name: Arc<ConnectionName>,
    /// Its bytes under way.
    pub flows: Arc<Flows>,
    /// Keeps the run from being settled until somebody has taken the connection, or nobody is there to take it.
    pub arrival: Option<Arrival>,
}

/// A connection, as its connector has it.
#[derive(Debug)]
pub struct Connected {
    /// Its socket.
    pub stream: Stream,
    /// The bytes under way on it.
    pub flows: Arc<Flows>,
    /// Whether it was accepted and reset before the connector saw that it had been accepted.
    pub reset: bool,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens there, or listens no more.
    #[error("connection refused")]
    Refused,
    /// The machine could not do its part.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl Registry {
    /// A registry without attempts.
    pub fn new(pulse: Pulse) -> Self {
        Self {
            pulse,
            attempts: Arc::default(),
            ports: Ports::default(),
        }
    }

    /// All UDP sockets of the run.
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Begins an association with the UDP endpoint `listener` under a name, on a socket of its own that keeps `unread`
    /// bytes. Nothing is sent by that; the endpoint learns of it by the first datagram.
    pub fn associate(&self, listener: &Address, name: Arc<ConnectionName>, unread: u64) -> io::Result<Connected> {
        let Address::Inet(address) = *listener else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let mut association = self.ports.associate(address, &name.opener.to_string(), unread)?;
        let flows = Arc::new(match association.is_within() {
            true => Flows::new(self.pulse.clone()),
            false => Flows::outside(self.pulse.clone(), Side::Acceptor),
        });
        if association.is_within() {
            let key = (listener.clone(), association.local());
            let (pulse, attempts, flows) = (self.pulse.clone(), Arc::clone(&self.attempts), Arc::clone(&flows));
            association.before_the_first(move || {
                let arrival = Some(pulse.arrival());
                let attempt = Attempt { name, flows, arrival };
                lock(&attempts).insert(key, attempt);
            });
        }
        Ok(Connected {
            stream: Stream::Udp(association),
            flows,
            reset: false,
        })
    }

    /// Connects to `listener` under a name. `record` is told before the acceptor can learn of it, unless the attempt is
    /// refused at once.
    pub async fn connect(
        &self,
        listener: &Address,
        name: Arc<ConnectionName>,
        record: impl FnOnce(),
    ) -> Result<Connected, ConnectError> {
        let Address::Inet(address) = *listener else {
            return self.connect_unix(listener, name, record).await;
        };
        let flows = Arc::new(Flows::new(self.pulse.clone()));
        // The kernel's answer is under way until the connector has seen it.
        let _answer = self.pulse.arrival();
        let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        let under_way = {
            let mut attempts = self.attempts();
            match socket.connect(&address.into()) {
                Ok(()) => {}
                Err(error) if error.raw_os_error() == Some(EINPROGRESS) => {}
                Err(error) => return Err(refusal(error)),
            }
            let own = socket
                .local_addr()?
                .as_socket()
                .expect("a TCP socket has an internet address");
            record();
            let attempt = Attempt {
                name,
                flows: Arc::clone(&flows),
                arrival: Some(self.pulse.arrival()),
            };
            let key = (listener.clone(), Address::Inet(own));
            attempts.insert(key.clone(), attempt);
            UnderWay {
                registry: self,
                key: Some(key),
            }
        };
        let (stream, met) = runtime::connected(socket.into()).await?;
        let reset = met.is_some();
        if let Some(error) = met
            && !under_way.was_accepted()
        {
            return Err(refusal(error));
        }
        under_way.done();
        Ok(Connected {
            stream: stream.into(),
            flows,
            reset,
        })
    }

    /// As [`Self::connect`], to a Unix socket. The kernel answers at once, but for a queue of the listener's that is full:
    /// then it is asked again.
    async fn connect_unix(
        &self,
        listener: &Address,
        name: Arc<ConnectionName>,
        record: impl FnOnce(),
    ) -> Result<Connected, ConnectError> {
        let flows = Arc::new(Flows::new(self.pulse.clone()));
        let _answer = self.pulse.arrival();
        let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        let own = own_name();
        socket.bind(&unix_address(&own)?)?;
        let address = unix_address(listener)?;
        loop {
            {
                let mut attempts = self.attempts();
                match socket.connect(&address) {
                    Ok(()) => {
                        record();
                        let attempt = Attempt {
                            name,
                            flows: Arc::clone(&flows),
                            arrival: Some(self.pulse.arrival()),
                        };
                        attempts.insert((listener.clone(), own), attempt);
                        break;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    // The place of a socket that is listened at no more may be gone.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ConnectError::Refused),
                    Err(error) => return Err(refusal(error)),
                }
            }
            runtime::sleep_until(Instant::now() + PAUSE).await;
        }
        Ok(Connected {
            stream: runtime::unix_stream(socket.into()).into(),
            flows,
            reset: false,
        })
    }

    /// Connects to where a program listens that is no actor: nobody here accepts, and what it sends and takes is not counted.
    /// `record` is told when the attempt is under way, unless it is refused at once.
    pub async fn connect_outside(&self, at: &Address, record: impl FnOnce()) -> Result<Connected, ConnectError> {
        let Address::Inet(address) = *at else {
            return self.connect_unix_outside(at, record).await;
        };
        let flows = Arc::new(Flows::outside(self.pulse.clone(), Side::Acceptor));
        let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        match socket.connect(&address.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(EINPROGRESS) => {}
            Err(error) => return Err(refusal(error)),
        }
        record();
        let (stream, met) = runtime::connected(socket.into()).await?;
        match met {
            Some(error) => Err(refusal(error)),
            // Where nobody listens, the system may have given this end the very port that it connects to.
            None if stream.local_addr()? == address => Err(ConnectError::Refused),
            None => Ok(Connected {
                stream: stream.into(),
                flows,
                reset: false,
            }),
        }
    }

    /// As [`Self::connect_outside`], to a Unix socket.
    async fn connect_unix_outside(&self, at: &Address, record: impl FnOnce()) -> Result<Connected, ConnectError> {
        let flows = Arc::new(Flows::outside(self.pulse.clone(), Side::Acceptor));
        let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        let address = unix_address(at)?;
        loop {
            match socket.connect(&address) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ConnectError::Refused),
                Err(error) => return Err(refusal(error)),
            }
            runtime::sleep_until(Instant::now() + PAUSE).await;
        }
        record();
        Ok(Connected {
            stream: runtime::unix_stream(socket.into()).into(),
            flows,
            reset: false,
        })
    }

    /// Who the peer of an accepted socket is; `None` where its connector has given up. One that is nobody of this run is
    /// called as `outside` says; what it sends and takes is not counted.
    pub fn accepted(
        &self,
        listener: &Address,
        peer: Address,
        outside: impl FnOnce() -> ConnectionName,
    ) -> Option<Arrived> {
        let Some(Attempt { name, flows, arrival }) = self.attempts().remove(&(listener.clone(), peer)) else {
            return Some(Arrived {
                name: Arc::new(outside()),
                flows: Arc::new(Flows::outside(self.pulse.clone(), Side::Opener)),
                arrival: Some(self.pulse.arrival()),
            });
        };
        arrival.map(|arrival| Arrived {
            name,
            flows,
            arrival: Some(arrival),
        })
    }

    fn attempts(&self) -> MutexGuard<'_, HashMap<(Address, Address), Attempt>> {
        lock(&self.attempts)
    }
}

fn lock(attempts: &Attempts) -> MutexGuard<'_, HashMap<(Address, Address), Attempt>> {
    attempts.lock().expect("no thread panics while it holds the registry")
}

/// How long to pause when a listener's queue is full.
const PAUSE: Duration = Duration::from_millis(1);

/// An abstract name that no other socket has.
fn own_name() -> Address {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Address::Abstract(format!("wiretale-{}-{number}", std::process::id()).into_bytes())
}

/// Linux's code for a connect that goes on; std has no stable kind for it.
const EINPROGRESS: i32 = 115;

fn refusal(error: io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => ConnectError::Refused,
        _ => ConnectError::System(error),
    }
}

/// An attempt whose end is not known; dropped before, it is given up.
struct UnderWay<'a> {
    registry: &'a Registry,
    key: Option<(Address, Address)>,
}

impl UnderWay<'_> {
    /// Whether the acceptor has it: then what the socket met befell a connection, and was no refusal.
    fn was_accepted(&self) -> bool {
        self.key
            .as_ref()
            .is_none_or(|key| !self.registry.attempts().contains_key(key))
    }

    fn done(mut self) {
        self.key = None;
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key
            && let Some(attempt) = self.registry.attempts().get_mut(key)
        {
            attempt.arrival = None;
        }
    }
}
