//! A hop between real clients and a real server, on which everything is heard.
//!
//! Owns listening, connecting to the server for each client, and when it is enough. Does not own passing bytes on
//! (`net::relay`), nor what becomes of what was heard.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures::future::{self, Either};

use super::conversation::{Conversation, Limits, Transport, What};
use crate::ident::Direction;
use crate::net::inbox::Over;
use crate::net::relay::{Passed, relay};
use crate::net::stream::Stream;
use crate::runtime::{self, channel};

/// How long a connect to the server may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How long what is on its way may take to arrive when the recording ends.
const LAST: Duration = Duration::from_millis(100);

/// When a recording is over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Until {
    /// When so many connections have ended.
    pub connections: Option<usize>,
    /// After this time.
    pub time: Option<Duration>,
}

/// A hop that listens.
#[derive(Debug)]
pub struct Proxy {
    listener: runtime::TcpListener,
    address: SocketAddr,
    to: SocketAddr,
}

/// What connections tell.
#[derive(Debug)]
struct Heard {
    conversation: Mutex<Conversation>,
    journal: Mutex<Option<Box<dyn Journal>>>,
    began: Instant,
}

/// Who is told of everything at once, before it is passed on: what it wrote is there whatever happens.
pub trait Journal: std::fmt::Debug + Send {
    /// A connection was accepted.
    fn opened(&mut self, connection: usize, time: Duration) -> io::Result<()>;
    /// Bytes came.
    fn bytes(&mut self, connection: usize, direction: Direction, time: Duration, bytes: &[u8]) -> io::Result<()>;
    /// A direction ended.
    fn ended(&mut self, connection: usize, direction: Direction, time: Duration, over: Over) -> io::Result<()>;
}

impl Proxy {
    /// Listens at an address, for clients of the server at the other.
    pub fn listen(at: SocketAddr, to: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(at)?;
        socket.set_nonblocking(true)?;
        let address = socket.local_addr()?;
        Ok(Self {
            listener: runtime::listener(socket),
            address,
            to,
        })
    }

    /// Where clients are to connect.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Passes on and hears all connections, until it is enough or `stop` comes about, and gives what was heard.
    pub async fn record(
        self,
        limits: Limits,
        until: Until,
        journal: Option<Box<dyn Journal>>,
        stop: impl Future<Output = ()>,
    ) -> Conversation {
        let heard = Arc::new(Heard {
            conversation: Mutex::new(Conversation::new(limits)),
            journal: Mutex::new(journal),
            began: Instant::now(),
        });
        heard.conversation().hops.push((self.to, self.address));
        let (over, ends) = channel::unbounded();
        // Nobody ever sends here: it is closed when the recording is over.
        let (quit, quits) = channel::bounded::<()>(1);
        let tasks = Mutex::new(Vec::new());
        let accepting = async {
            loop {
                let Ok((client, from)) = runtime::accept(&self.listener).await else {
                    // Out of descriptors, as a rule: some will be free again.
                    runtime::sleep_until(Instant::now() + LAST).await;
                    continue;
                };
                let time = heard.began.elapsed();
                let Some(number) = heard.conversation().open(from, self.to, Transport::Tcp, time) else {
                    // Closed at once: one too many.
                    continue;
                };
                heard.write(|journal| journal.opened(number, time));
                let (heard, over, quits, to) = (Arc::clone(&heard), over.clone(), quits.clone(), self.to);
                let task = runtime::spawn(async move {
                    let passing = pass(&heard, number, Stream::from(client), to);
                    future::select(Box::pin(passing), Box::pin(quits.recv())).await;
                    // Whoever listened has gone when the recording is over.
                    let _ = over.send(()).await;
                });
                tasks.lock().expect("no thread panics while it counts").push(task);
            }
        };
        let enough = async {
            let mut left = until.connections.unwrap_or(usize::MAX);
            while left > 0 && ends.recv().await.is_ok() {
                left -= 1;
            }
        };
        let late = async {
            match until.time {
                Some(time) => runtime::sleep_until(heard.began + time).await,
                None => future::pending().await,
            }
        };
        let stops = future::select(Box::pin(stop), future::select(Box::pin(enough), Box::pin(late)));
        let accepting: Pin<Box<dyn Future<Output = ()> + Send + '_>> = Box::pin(accepting);
        match future::select(stops, accepting).await {
            Either::Left(_) | Either::Right(_) => {}
        }
        let tasks = tasks.into_inner().expect("no thread panics while it counts");
        // What was said just now is still heard.
        runtime::within(LAST, future::join_all(tasks)).await;
        drop(quit);
        heard.taken()
    }
}

/// Passes on what one client and the server say.
async fn pass(heard: &Heard, number: usize, client: Stream, to: SocketAddr) {
    let server = match runtime::within(CONNECT, runtime::TcpStream::connect(to)).await {
        Some(Ok(server)) => Stream::from(server),
        failed => {
            let why = match failed {
                Some(Err(error)) => error.to_string(),
                _ => "it does not answer".to_owned(),
            };
            heard
                .conversation()
                .note(format!("the server at {to} cannot be reached: {why}"));
            return;
        }
    };
    relay(client, server, |direction, passed| {
        let time = heard.began.elapsed();
        match passed {
            Passed::Bytes(bytes) => {
                heard.write(|journal| journal.bytes(number, direction, time, bytes));
                heard.conversation().bytes(number, direction, time, bytes);
            }
            Passed::End(over) => {
                heard.write(|journal| journal.ended(number, direction, time, over));
                let what = match over {
                    Over::Eof => What::Fin,
                    _ => What::Reset,
                };
                heard.conversation().happened(number, direction, time, what);
            }
        }
    })
    .await;
}

impl Heard {
    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation.lock().expect("no thread panics while it listens")
    }

    /// Tells the journal; one that cannot be written is given up, and said.
    fn write(&self, tell: impl FnOnce(&mut dyn Journal) -> io::Result<()>) {
        let mut journal = self.journal.lock().expect("no thread panics while it writes");
        let Some(written) = journal.as_deref_mut() else { return };
        if let Err(error) = tell(written) {
            *journal = None;
            self.conversation()
                .note(format!("the trace could not be written at once: {error}"));
        }
    }

    fn taken(&self) -> Conversation {
        std::mem::replace(&mut *self.conversation(), Conversation::new(Limits::default()))
    }
}
