//! All UDP sockets of a run.
//!
//! Owns which there are, so that a sender knows whether its datagram goes to one of them, what went wrong on them, and
//! their end, which comes when nothing is under way any more. Does not own what is said of it (`actor`).

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::task::AtomicWaker;
use socket2::{Domain, Protocol, Socket, Type};

use super::association::Association;
use super::drops;
use super::port::Port;
use crate::runtime;

/// All UDP sockets of a run.
#[derive(Debug, Default)]
pub struct Ports {
    open: Mutex<Vec<Arc<Port>>>,
    by_address: Mutex<HashMap<SocketAddr, Arc<Port>>>,
    board: Arc<Board>,
}

/// What went wrong on a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The kernel had no room for this many datagrams.
    Dropped {
        /// Whose socket it is.
        owner: String,
        /// How many.
        count: u64,
    },
    /// Somebody from outside sent more than is kept.
    Overflowed {
        /// Whose socket it is.
        owner: String,
        /// How much is kept of one sender.
        limit: u64,
    },
    /// Somebody sent to a socket that has an association with somebody else.
    Strayed {
        /// Whose socket it is.
        owner: String,
        /// What came first.
        datagram: Box<[u8]>,
    },
}

/// Where troubles are told.
#[derive(Debug, Default)]
pub(super) struct Board {
    troubles: Mutex<Vec<Trouble>>,
    reader: AtomicWaker,
}

/// How much a socket is to hold before the kernel drops something; it gives what it may.
const BUFFER: usize = 8 << 20;

/// Whatever is under way for longer than this may have been dropped.
const LATE: Duration = Duration::from_secs(1);

/// How often it is looked whether nothing is under way any more.
const PAUSE: Duration = Duration::from_millis(1);

impl Board {
    pub(super) fn tell(&self, trouble: Trouble) {
        self.troubles().push(trouble);
        self.reader.wake();
    }

    fn troubles(&self) -> MutexGuard<'_, Vec<Trouble>> {
        self.troubles.lock().expect("no thread panics while it tells a trouble")
    }
}

impl Ports {
    /// Binds a socket that others send to; port 0 takes a free one. Of each of them `unread` bytes are kept.
    pub fn endpoint(&self, host: IpAddr, port: u16, owner: &str, unread: u64) -> io::Result<Arc<Port>> {
        self.bind(SocketAddr::new(host, port), owner, true, unread)
    }

    /// One end of an association with whoever is bound to this address, on a socket of its own.
    pub fn associate(&self, to: SocketAddr, owner: &str, unread: u64) -> io::Result<Association> {
        let port = self.bind(SocketAddr::new(source(to)?, 0), owner, false, unread)?;
        let queue = port.expect(to);
        Ok(Association::new(port, to, queue, self.at(to)))
    }

    /// The next association that somebody began at an endpoint: the remote address, and this end.
    pub async fn accept(&self, endpoint: &Arc<Port>) -> (SocketAddr, Association) {
        let (from, queue) = std::future::poll_fn(|cx| endpoint.poll_fresh(cx)).await;
        let association = Association::new(Arc::clone(endpoint), from, queue, self.at(from));
        (from, association)
    }

    fn bind(&self, address: SocketAddr, owner: &str, is_endpoint: bool, unread: u64) -> io::Result<Arc<Port>> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        // The kernel gives less where it may not give as much.
        socket.set_recv_buffer_size(BUFFER)?;
        socket.bind(&address.into())?;
        let board = Arc::clone(&self.board);
        let port = Port::open(socket.into(), owner.to_owned(), is_endpoint, unread, board)?;
        self.by_address().insert(port.address(), Arc::clone(&port));
        self.open().push(Arc::clone(&port));
        Ok(port)
    }

    fn at(&self, address: SocketAddr) -> Option<Arc<Port>> {
        self.by_address().get(&address).map(Arc::clone)
    }

    fn by_address(&self) -> MutexGuard<'_, HashMap<SocketAddr, Arc<Port>>> {
        self.by_address
            .lock()
            .expect("no thread panics while it holds the sockets of a run")
    }

    fn open(&self) -> MutexGuard<'_, Vec<Arc<Port>>> {
        self.open
            .lock()
            .expect("no thread panics while it holds the sockets of a run")
    }

    /// What went wrong since the last call; waits for it.
    pub async fn troubles(&self) -> Vec<Trouble> {
        std::future::poll_fn(|cx| {
            self.board.reader.register(cx.waker());
            match std::mem::take(&mut *self.board.troubles()) {
                none if none.is_empty() => Poll::Pending,
                some => Poll::Ready(some),
            }
        })
        .await
    }

    /// What went wrong since the last call.
    pub fn take_troubles(&self) -> Vec<Trouble> {
        std::mem::take(&mut *self.board.troubles())
    }

    /// Tells what the kernel dropped, where something is under way for too long.
    pub fn look_for_late(&self) {
        let late = self.open().iter().any(|port| port.is_late(LATE));
        if late {
            self.look_for_drops();
        }
    }

    /// Tells what the kernel dropped.
    pub fn look_for_drops(&self) {
        let open: Vec<Arc<Port>> = self.open().iter().map(Arc::clone).collect();
        if open.is_empty() {
            return;
        }
        let drops = drops::drops();
        for port in open {
            if let Some(&count @ 1..) = drops.get(&drops::written(port.address())) {
                self.board.tell(Trouble::Dropped {
                    owner: port.owner().to_owned(),
                    count,
                });
            }
        }
    }

    /// Whether there is no socket.
    pub fn is_empty(&self) -> bool {
        self.open().is_empty()
    }

    /// Waits until nothing is under way to any of them, and `others` says that nothing will be.
    pub async fn settle(&self, others: impl Fn() -> bool) {
        while !others() || !self.open().iter().all(|port| port.is_settled()) {
            runtime::sleep_until(Instant::now() + PAUSE).await;
        }
    }

    /// Ends all associations: what was not read by then, nobody sent.
    pub fn end(&self) {
        let open = std::mem::take(&mut *self.open());
        open.iter().for_each(|port| port.end());
        self.by_address().clear();
    }
}

/// The address of this machine from which the kernel sends to an address.
fn source(to: SocketAddr) -> io::Result<IpAddr> {
    let any = match to.ip() {
        ip if ip.is_loopback() && ip.is_ipv4() => return Ok(Ipv4Addr::LOCALHOST.into()),
        ip if ip.is_loopback() => return Ok(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    // Connecting sends nothing: it only makes the kernel say where it would send from.
    let probe = std::net::UdpSocket::bind((any, 0))?;
    probe.connect(to)?;
    Ok(probe.local_addr()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Address;

    /// Reads so many bytes of an association.
    async fn read(association: &mut Association, size: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < size {
            let mut some = vec![0; size - all.len()];
            let read = std::future::poll_fn(|cx| association.poll_read(cx, &mut some))
                .await
                .unwrap();
            all.extend_from_slice(&some[..read]);
        }
        all
    }

    async fn write(association: &mut Association, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let written = std::future::poll_fn(|cx| association.poll_write(cx, bytes))
                .await
                .unwrap();
            bytes = &bytes[written..];
        }
    }

    #[test]
    fn ten_thousand_datagrams_arrive_in_order_though_the_reader_is_slow() {
        runtime::block_on(async {
            let ports = Ports::default();
            // No more is kept than a few, so that the sender has to wait.
            let endpoint = ports.endpoint(Ipv4Addr::LOCALHOST.into(), 0, "Server", 100).unwrap();
            let mut client = ports.associate(endpoint.address(), "Client", 100).unwrap();
            assert!(client.is_within());
            let sending = runtime::spawn(async move {
                for number in 0..10_000u32 {
                    write(&mut client, &4u32.to_be_bytes()).await;
                    write(&mut client, &number.to_be_bytes()).await;
                }
                client
            });
            let (_, mut server) = ports.accept(&endpoint).await;
            for number in 0..10_000u32 {
                let read = read(&mut server, 8).await;
                assert_eq!(read, [4u32.to_be_bytes(), number.to_be_bytes()].concat());
            }
            drop(sending.await);
            assert_eq!(ports.take_troubles(), []);
        });
    }

    #[test]
    fn a_datagram_goes_out_when_it_is_whole_and_an_empty_one_is_one() {
        runtime::block_on(async {
            let ports = Ports::default();
            let endpoint = ports.endpoint(Ipv6Addr::LOCALHOST.into(), 0, "Server", 1000).unwrap();
            let outside = std::net::UdpSocket::bind("[::1]:0").unwrap();
            outside.send_to(b"", endpoint.address()).unwrap();
            let (from, mut server) = ports.accept(&endpoint).await;
            assert_eq!((from, server.is_within()), (outside.local_addr().unwrap(), false));
            assert_eq!(read(&mut server, 4).await, [0; 4]);
            for byte in b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01c" {
                assert_eq!(server.try_write(&[*byte]).unwrap(), 1);
            }
            let mut into = [0; 10];
            for expected in [&b"ab"[..], b"", b"c"] {
                let size = outside.recv(&mut into).unwrap();
                assert_eq!(&into[..size], expected);
            }
        });
    }

    #[test]
    fn what_is_too_much_or_comes_from_elsewhere_is_told_once() {
        runtime::block_on(async {
            let ports = Ports::default();
            let endpoint = ports.endpoint(Ipv4Addr::LOCALHOST.into(), 0, "Server", 10).unwrap();
            let outside = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            for _ in 0..10 {
                outside.send_to(b"0123456", endpoint.address()).unwrap();
            }
            let mut told = ports.troubles().await;
            let client = ports.associate(endpoint.address(), "Client", 10).unwrap();
            let Address::Inet(own) = client.local() else { panic!() };
            for _ in 0..2 {
                outside.send_to(b"hello", own).unwrap();
            }
            told.extend(ports.troubles().await);
            let owner = |owner: &str| owner.to_owned();
            let overflowed = Trouble::Overflowed {
                owner: owner("Server"),
                limit: 10,
            };
            let strayed = Trouble::Strayed {
                owner: owner("Client"),
                datagram: (*b"hello").into(),
            };
            assert_eq!(told, [overflowed, strayed]);
        });
    }

    #[test]
    fn what_the_kernel_dropped_is_told() {
        runtime::block_on(async {
            let ports = Ports::default();
            let endpoint = ports
                .endpoint(Ipv4Addr::LOCALHOST.into(), 0, "Server", u64::MAX)
                .unwrap();
            let outside = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            // This thread reads nothing while it sends, and others not all of it.
            let mut most = 0;
            while most == 0 {
                (0..10_000).for_each(|_| _ = outside.send_to(&[0; 60_000], endpoint.address()));
                ports.look_for_drops();
                most = ports.take_troubles().len();
            }
        });
    }
}
