//! A connection as such code has it.
//!
//! Owns its messages, and its orderly end: a connection that nobody has any more is closed. Does not own its bytes
//! (`stream`), nor how it comes about (`stage`).

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::error::{StageError, Stopped};
use super::inner::{CLOSED, Inner};
use super::op::{On, Op};
use super::part::Part;
use crate::actor::excerpt::excerpt;
use crate::finding::FindingKind;
use crate::ident::Address;
use crate::net::outbox::SendError;
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

impl Connection {
    /// What the trace calls it: `Server/Client#1`.
    pub fn name(&self) -> &str {
        &self.0.link().text
    }

    /// The actor at the other end: `Client`, or `Client[2]`.
    pub fn peer(&self) -> &str {
        &self.0.link().peer
    }

    /// The endpoint that it leads to, where its actor has several.
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint()
    }

    /// The address of this end.
    pub fn local(&self) -> Address {
        self.0.link().local.clone()
    }

    /// How long each read may take from now on. Without it, what came to an endpoint of the actor is read for as long as
    /// anybody may send, and what the actor opened for `limits.step`.
    pub fn set_timeout(&self, limit: Option<Duration>) {
        self.0.set_timeout(limit);
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
            let voice = Part::voice(self.0.home());
            outbox.reset(|| {
                voice.record(&Kind::Closing {
                    connection: held.link.text.to_string(),
                    direction: held.link.side.sends(),
                    how: Closing::Reset,
                    code: None,
                });
            });
        }
        Ok(())
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.0.link().text).finish()
    }
}
