//! A connection as such code has it.
//!
//! Owns its messages, and its orderly end: a connection that nobody has any more is closed. Does not own its bytes
//! (`stream`), nor how it comes about (`stage`).

use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use super::error::{StageError, Stopped};
use super::incoming::{Ear, Incoming};
use super::op::{How, On, Op};
use super::outgoing::{Exchange, Line, Outgoing};
use super::part::Part;
use super::voice::Voice;
use crate::actor::connection::{Connection as Held, Link};
use crate::actor::unheard::excerpt;
use crate::finding::FindingKind;
use crate::net::outbox::{Outbox, SendError};
use crate::net::socket::{End, Side};
use crate::runtime::Waiting;
use crate::trace::event::{Closing, Kind};
use crate::wire::http;
use crate::wire::message::Message;

/// A connection of an actor that is played by code.
///
/// It is used in one of two ways. Its *messages* are what the endpoint's framing says: [`receive`](Self::receive) and
/// [`send`](Self::send). As a *stream of bytes* it is for code that knows nothing of scenarios: it implements
/// [`AsyncRead`](futures::AsyncRead) and [`AsyncWrite`](futures::AsyncWrite), and what such code writes and reads is recorded
/// as the messages that the framing cuts it into. On `raw` each write and each read is a message, so that the diagram
/// shows how they were cut.
///
/// Clones are the same connection. It is closed when the last of them is dropped, or when all code of its actor has ended.
#[derive(Clone)]
pub struct Connection(pub(super) Arc<Inner>);

/// What all clones of a connection share.
pub(super) struct Inner {
    home: Arc<Voice>,
    link: Arc<Link>,
    endpoint: Option<String>,
    own: Mutex<Own>,
}

/// What is behind its lock, which is held while it is polled and never longer.
pub(super) struct Own {
    /// None once it was closed.
    pub(super) held: Option<Held>,
    pub(super) incoming: Incoming,
    pub(super) outgoing: Outgoing,
    pub(super) exchange: Exchange,
    pub(super) reading: Op,
    pub(super) writing: Op,
    timeout: Option<Duration>,
}

/// A connection that was let go, and is to be closed.
pub(super) struct Left {
    voice: Arc<Voice>,
    held: Held,
}

impl Left {
    /// The code failed that has let it go: what befalls the other end follows from that.
    pub(super) fn taint(&self) {
        self.voice.world.taint(&self.held.link.text);
    }

    pub(super) fn hang_up(self, passed: bool) {
        self.voice.hang_up(self.held, passed);
    }
}

/// What is said of a connection that was closed before.
const CLOSED: &str = "this end has closed the connection before";

impl Connection {
    pub(super) fn new(home: &Arc<Voice>, end: End, held: Option<crate::actor::shared::Occupied>) -> Self {
        let endpoint = end.name.endpoint.clone();
        let framing = end.outbox.framing();
        let mut own = Held::new(String::new(), end);
        own.occupied = held;
        let link = Arc::clone(&own.link);
        home.has(&link.text);
        Self(Arc::new(Inner {
            home: Arc::clone(home),
            link,
            endpoint,
            own: Mutex::new(Own {
                held: Some(own),
                incoming: Incoming::default(),
                outgoing: Outgoing::new(framing),
                exchange: Exchange::default(),
                reading: Op::default(),
                writing: Op::default(),
                timeout: None,
            }),
        }))
    }

    /// What the trace calls it: `Server/Client#1`.
    pub fn name(&self) -> &str {
        &self.0.link.text
    }

    /// The actor at the other end: `Client`, or `Client[2]`.
    pub fn peer(&self) -> &str {
        &self.0.link.peer
    }

    /// The endpoint that it leads to, where its actor has several.
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint.as_deref()
    }

    /// The address of this end.
    pub fn local(&self) -> SocketAddr {
        self.0.link.local
    }

    /// How long each read may take from now on. Without it, what came to an endpoint of the actor is read for as long as
    /// anybody may send, and what the actor opened for `limits.step`.
    pub fn set_timeout(&self, limit: Option<Duration>) {
        self.0.own().timeout = limit;
    }

    /// The next message, without its framing; none at the end of the connection, or when nothing more can come.
    pub async fn receive(&self) -> Result<Option<Vec<u8>>, StageError> {
        let message = self.receive_message().await?;
        Ok(message.map(|message| message.bytes().to_vec()))
    }

    /// The next message, within this time.
    pub async fn receive_within(&self, limit: Duration) -> Result<Option<Vec<u8>>, StageError> {
        let message = self.received(Some(limit)).await?;
        Ok(message.map(|message| message.bytes().to_vec()))
    }

    /// The next message with its head, where its framing has one: an HTTP request or response.
    pub async fn receive_message(&self) -> Result<Option<Message>, StageError> {
        self.received(None).await
    }

    async fn received(&self, limit: Option<Duration>) -> Result<Option<Message>, StageError> {
        let mut op = Op::future();
        let received = poll_fn(|cx| {
            let Some(part) = Part::current() else {
                return Poll::Ready(Err(Stopped::Offstage));
            };
            self.0.poll_ear(cx, &part, &mut op, limit, |ear, cx| ear.receive(cx))
        });
        match received.await {
            Ok(received) => received,
            Err(Stopped::Quiet) => Ok(None),
            Err(stopped) => Err(self.0.unread(stopped)),
        }
    }

    /// Sends a message in the endpoint's framing.
    pub async fn send(&self, message: impl AsRef<[u8]>) -> Result<(), StageError> {
        self.send_message(&Message::new(message.as_ref())).await
    }

    /// Sends a message with its head, where the framing has one.
    pub async fn send_message(&self, message: &Message) -> Result<(), StageError> {
        let sent = self.0.writing(self.0.room(), |own, line, outbox| {
            own.outgoing.send(line, true)?;
            let framing = line.exchange.framing(own.outgoing.framing());
            let framing = framing.as_ref().unwrap_or_else(|| own.outgoing.framing());
            match framing.as_http() {
                Some(kind) => {
                    let message = http::completed(kind, message);
                    let bytes = http::encode(kind, &message)?;
                    outbox.send_bytes(&bytes, |start, end| line.record((start, end), &message))?;
                }
                None => outbox.send(message, |start, end, message| line.record((start, end), message))?,
            }
            line.exchange.note(framing, message);
            Ok(())
        });
        sent.await?.map_err(|error| match error {
            SendError::Ended => StageError::new(FindingKind::Ended, CLOSED),
            SendError::Full => self.0.unwritten(Stopped::Deadline),
            SendError::Unframable(why) => {
                let text = format!("{} would not come back as one message: {why}", excerpt(message));
                StageError::new(FindingKind::Malformed, text)
            }
        })
    }

    /// Ends what this end sends; what the other side sends can still be received.
    pub async fn shutdown(&self) -> Result<(), StageError> {
        let ended = self.0.writing(self.0.room(), |own, line, _| own.finish(line));
        // That it was ended before is no matter.
        ended.await.map(drop)
    }

    /// Closes the connection in order. What still comes is left over, and a finding.
    pub async fn close(&self) -> Result<(), StageError> {
        self.shutdown().await?;
        if let Some(left) = self.0.left() {
            left.hang_up(true);
        }
        Ok(())
    }

    /// Closes the connection with a reset, once what was sent before has gone out.
    pub async fn reset(&self) -> Result<(), StageError> {
        let outbox = {
            let own = self.0.own();
            let held = own.held.as_ref().filter(|held| !held.gone);
            held.and_then(|held| held.outbox.clone())
        };
        let Some(outbox) = outbox else {
            return Err(StageError::new(FindingKind::Ended, "the connection has ended"));
        };
        let emptied = self.0.writing(0, |own, line, outbox| {
            own.outgoing.send(line, true)?;
            match outbox.is_empty() {
                true => Ok(()),
                false => Err(SendError::Full),
            }
        });
        emptied.await.map(drop)?;
        let mut sent_out = std::pin::pin!(outbox.sent_out());
        let mut op = Op::future();
        poll_fn(|cx| match Part::current() {
            None => Poll::Ready(Err(Stopped::Offstage)),
            Some(part) => part.poll(
                cx,
                &mut op,
                || self.0.how_to_write(On::Kernel),
                |cx| sent_out.as_mut().poll(cx),
            ),
        })
        .await
        .map_err(|stopped| self.0.unwritten(stopped))?;
        let held = self.0.own().held.take();
        if let Some(mut held) = held {
            held.occupied = None;
            let voice = Part::voice(&self.0.home);
            outbox.reset(|| {
                voice.record(&Kind::Closing {
                    connection: held.link.text.to_string(),
                    direction: held.link.side.sends(),
                    how: Closing::Reset,
                });
            });
        }
        Ok(())
    }
}

impl Own {
    /// Sends what is left of what was written, and ends what is sent.
    pub(super) fn finish(&mut self, line: &mut Line<'_>) -> Result<(), SendError> {
        self.outgoing.send(line, true)?;
        line.outbox.finish(|| {
            line.voice.record(&Kind::Closing {
                connection: line.link.text.to_string(),
                direction: line.link.side.sends(),
                how: Closing::Fin,
            });
        });
        Ok(())
    }
}

impl Inner {
    /// The strand that the connection is of.
    pub(super) fn home(&self) -> &Arc<Voice> {
        &self.home
    }

    /// What it is.
    pub(super) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    pub(super) fn own(&self) -> MutexGuard<'_, Own> {
        self.own.lock().expect("no thread panics while it holds a connection")
    }

    /// Waits for something to be read.
    pub(super) fn poll_ear<T>(
        &self,
        cx: &mut Context<'_>,
        part: &Arc<Part>,
        op: &mut Op,
        limit: Option<Duration>,
        look: impl FnOnce(&mut Ear<'_>, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, Stopped>>
    where
        T: From<Gone>,
    {
        let voice = part.speaks(&self.home);
        let mut own = self.own();
        let limit = limit.or(own.timeout);
        let Own {
            held: Some(held),
            incoming,
            outgoing,
            exchange,
            ..
        } = &mut *own
        else {
            return Poll::Ready(Ok(Gone.into()));
        };
        let flow = held.inbox.as_ref().map(crate::net::inbox::Inbox::flow);
        let mut ear = Ear {
            voice: &voice,
            link: &self.link,
            connection: held,
            incoming,
            outgoing,
            exchange,
        };
        let how = || self.how_to_read(limit, flow.map_or(On::Kernel, On::Flow));
        part.poll(cx, op, how, |cx| look(&mut ear, cx))
    }

    fn how_to_read(&self, limit: Option<Duration>, on: On) -> How {
        match (limit, self.link.side) {
            (None, Side::Acceptor) => How {
                waiting: Waiting::Serve,
                limit: None,
                on,
            },
            (limit, _) => How {
                waiting: Waiting::Step,
                limit: Some((limit.unwrap_or(self.home.world.plan.limits.step), limit.is_some())),
                on,
            },
        }
    }

    fn how_to_write(&self, on: On) -> How {
        How {
            waiting: Waiting::Step,
            limit: Some((self.home.world.plan.limits.step, false)),
            on,
        }
    }

    /// How much may be unsent when more is sent.
    pub(super) fn room(&self) -> u64 {
        self.home.world.plan.limits.unsent
    }

    /// Does something with what is sent; where there is no room, again when no more than `most` is unsent.
    pub(super) fn poll_line<T>(
        &self,
        most: u64,
        cx: &mut Context<'_>,
        part: &Arc<Part>,
        op: &mut Op,
        mut act: impl FnMut(&mut Own, &mut Line<'_>, &Arc<Outbox>) -> Result<T, SendError>,
    ) -> Poll<Result<Result<T, SendError>, Stopped>> {
        let voice = part.speaks(&self.home);
        let mut own = self.own();
        let outbox = own.held.as_ref().and_then(|held| held.outbox.clone());
        let Some(outbox) = outbox.filter(|outbox| !outbox.is_ended()) else {
            return Poll::Ready(Ok(Err(SendError::Ended)));
        };
        let mut exchange = std::mem::take(&mut own.exchange);
        let polled = part.poll(
            cx,
            op,
            || self.how_to_write(On::Room(Arc::clone(&outbox), most)),
            |_| {
                let mut line = Line {
                    voice: &voice,
                    link: &self.link,
                    outbox: &outbox,
                    exchange: &mut exchange,
                };
                match act(&mut own, &mut line, &outbox) {
                    Err(SendError::Full) => match outbox.poll_room(part.seat.number(), most) {
                        // There was no room a moment ago.
                        Poll::Ready(()) => Poll::Ready(act(&mut own, &mut line, &outbox)),
                        Poll::Pending => Poll::Pending,
                    },
                    done => Poll::Ready(done),
                }
            },
        );
        own.exchange = exchange;
        polled
    }

    /// The same as a future.
    async fn writing<T>(
        &self,
        most: u64,
        mut act: impl FnMut(&mut Own, &mut Line<'_>, &Arc<Outbox>) -> Result<T, SendError>,
    ) -> Result<Result<T, SendError>, StageError> {
        let mut op = Op::future();
        poll_fn(|cx| match Part::current() {
            None => Poll::Ready(Err(Stopped::Offstage)),
            Some(part) => self.poll_line(most, cx, &part, &mut op, &mut act),
        })
        .await
        .map_err(|stopped| self.unwritten(stopped))
    }

    /// What is begun of a message goes out.
    pub(super) fn flush(&self) {
        let voice = Part::voice(&self.home);
        let mut own = self.own();
        let Own {
            held: Some(held),
            outgoing,
            exchange,
            ..
        } = &mut *own
        else {
            return;
        };
        if let Some(outbox) = held.outbox.as_ref().filter(|outbox| !outbox.is_ended()) {
            outgoing.flush(&Line {
                voice: &voice,
                link: &self.link,
                outbox,
                exchange,
            });
        }
    }

    /// The error of a read that ended without anything.
    pub(super) fn unread(&self, stopped: Stopped) -> StageError {
        let what = format!("a message from {}", self.link.peer);
        self.timed_out(stopped);
        StageError::stopped(stopped, &what, "send")
    }

    /// The error of a write that found no room.
    pub(super) fn unwritten(&self, stopped: Stopped) -> StageError {
        self.timed_out(stopped);
        match stopped {
            Stopped::Deadline | Stopped::Standstill | Stopped::Quiet => StageError::new(
                FindingKind::Timeout,
                format!("{} does not read (`limits.unsent`)", self.link.peer),
            ),
            Stopped::Cut | Stopped::Offstage => StageError::stopped(stopped, "room to write", "make"),
        }
    }

    fn timed_out(&self, stopped: Stopped) {
        if stopped == Stopped::Deadline {
            Part::voice(&self.home).record(&Kind::Timeout {
                of: "step".to_owned(),
                watch: Vec::new(),
            });
        }
    }

    /// The connection, which is to be closed now.
    fn left(&self) -> Option<Left> {
        let voice = Part::voice(&self.home);
        let mut own = self.own();
        let held = own.held.take()?;
        if let Some(outbox) = held.outbox.as_ref().filter(|outbox| !outbox.is_ended()) {
            let mut exchange = std::mem::take(&mut own.exchange);
            let mut line = Line {
                voice: &voice,
                link: &self.link,
                outbox,
                exchange: &mut exchange,
            };
            if own.outgoing.send(&mut line, true) == Err(SendError::Full) {
                let text = format!("{} does not read (`limits.unsent`)", self.link.peer);
                voice.report(voice.finding(FindingKind::Limit, text));
            }
        }
        Some(Left { voice, held })
    }

    /// Closes it at once, for there are too many.
    pub(super) fn refuse(&self) {
        if let Some(left) = self.left() {
            left.hang_up(false);
        }
    }

    /// Closes it, where nobody has yet. What still comes is left to its tail when it is known whether the code goes on.
    pub(super) fn let_go(&self) {
        if self.home.world.pulse.is_cut() {
            self.own().held = None;
            return;
        }
        match (self.left(), Part::current()) {
            (Some(left), Some(part)) => part.leave(left),
            (Some(left), None) => left.hang_up(true),
            (None, _) => {}
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.let_go();
        self.home.end_with_connection();
    }
}

/// What reading a connection gives that was closed by this end.
pub(super) struct Gone;

impl From<Gone> for std::io::Result<usize> {
    fn from(_: Gone) -> Self {
        Err(std::io::Error::new(std::io::ErrorKind::NotConnected, CLOSED))
    }
}

impl From<Gone> for Result<Option<Message>, StageError> {
    fn from(_: Gone) -> Self {
        Err(StageError::new(FindingKind::Ended, CLOSED))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.0.link.text).finish()
    }
}
