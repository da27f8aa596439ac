//! What all clones of a connection share.
//!
//! Owns its lock, how long its reads and writes wait, and closing it when nobody has it any more. Does not own what code
//! can do with it (`connection`, `stream`).

use std::future::poll_fn;
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
use crate::actor::shared::Occupied;
use crate::finding::FindingKind;
use crate::net::inbox::Inbox;
use crate::net::outbox::{Outbox, SendError};
use crate::net::socket::{End, Side};
use crate::runtime::Waiting;
use crate::trace::event::{Closing, Kind};
use crate::wire::message::Message;

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
pub(super) const CLOSED: &str = "this end has closed the connection before";

impl Own {
    /// Sends what is left of what was written, and ends what is sent.
    pub(super) fn finish(&mut self, line: &mut Line<'_>) -> Result<(), SendError> {
        self.outgoing.send(line, true)?;
        line.outbox.finish(None, || {
            line.voice.record(&Kind::Closing {
                connection: line.link.text.to_string(),
                direction: line.link.side.sends(),
                how: Closing::Fin,
                code: None,
            });
        });
        Ok(())
    }
}

impl Inner {
    /// One that has just come about; `place` is its place among those of its endpoint.
    pub(super) fn new(home: &Arc<Voice>, end: End, place: Option<Occupied>) -> Self {
        let endpoint = end.name.endpoint.clone();
        let framing = end.outbox.framing();
        let mut own = Held::new(String::new(), end);
        own.occupied = place;
        let link = Arc::clone(&own.link);
        home.has(&link.text);
        Self {
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
        }
    }

    /// The strand that the connection is of.
    pub(super) fn home(&self) -> &Arc<Voice> {
        &self.home
    }

    /// The endpoint that it leads to, where its actor has several.
    pub(super) fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// How long each read may take.
    pub(super) fn set_timeout(&self, limit: Option<Duration>) {
        self.own().timeout = limit;
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
        let flow = held.inbox.as_ref().map(Inbox::flow);
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

    pub(super) fn how_to_write(&self, on: On) -> How {
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
    pub(super) async fn writing<T>(
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
            incoming,
            outgoing,
            exchange,
            ..
        } = &mut *own
        else {
            return;
        };
        let is_silent = incoming.is_silent() && held.inbox.as_ref().is_none_or(|inbox| inbox.untaken().is_empty());
        if let Some(outbox) = held.outbox.as_ref().filter(|outbox| !outbox.is_ended()) {
            let line = Line {
                voice: &voice,
                link: &self.link,
                outbox,
                exchange,
            };
            outgoing.flush(&line, is_silent);
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
    pub(super) fn left(&self) -> Option<Left> {
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
