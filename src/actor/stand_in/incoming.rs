//! What such code reads: whole messages, or their bytes.
//!
//! Owns recording a message when its last byte is read. No read gives bytes of two messages, so that it is not a matter of
//! time whether code that reads ahead has taken the next one. Does not own reading from the socket (`net`).

use std::io;
use std::task::{Context, Poll};

use super::error::StageError;
use super::outgoing::{Exchange, Line, Outgoing};
use super::voice::Voice;
use crate::actor::connection::{Connection, Link};
use crate::actor::send::head_of;
use crate::finding::FindingKind;
use crate::net::inbox::{Front, Inbox};
use crate::trace::event::{Closed, Content, Kind};
use crate::trace::recorder::{About, NOTHING, Traffic};
use crate::wire::framing::Malformed;
use crate::wire::message::{Control, Message};

/// How far the code has read.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// How many bytes of the message at the front it has read already.
    given: usize,
    /// What came was no message: all that follows is bytes, and not recorded.
    is_unframed: bool,
}

/// How a direction ended.
#[derive(Clone, Debug)]
pub(super) enum Over {
    Eof,
    Reset,
    /// Inside a message.
    Broken(String),
}

/// One end of a connection while its code reads.
pub(super) struct Ear<'a> {
    pub(super) voice: &'a Voice,
    pub(super) link: &'a Link,
    pub(super) connection: &'a mut Connection,
    pub(super) incoming: &'a mut Incoming,
    pub(super) outgoing: &'a mut Outgoing,
    pub(super) exchange: &'a mut Exchange,
}

/// How many bytes of what is malformed are recorded.
const MALFORMED_SHOWN: usize = 256;

impl Incoming {
    /// Whether the code has read nothing of the next message.
    pub(super) const fn is_silent(&self) -> bool {
        self.given == 0
    }
}

impl Ear<'_> {
    /// Reads some bytes; none at the end.
    pub(super) fn read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        if into.is_empty() {
            return Poll::Ready(Ok(0));
        }
        loop {
            self.prepare();
            let given = self.incoming.given;
            let Some(inbox) = self.connection.inbox.as_mut() else {
                return Poll::Ready(Ok(0));
            };
            if inbox.is_over() {
                return Poll::Ready(self.again());
            }
            let is_raw = inbox.framing().is_raw() || self.incoming.is_unframed;
            let front = match is_raw {
                true => Front::More,
                false => inbox.front(),
            };
            let (ready, whole) = match &front {
                Front::Message(message, size) => (*size, Some((message.clone(), *size))),
                Front::More | Front::End(..) => (inbox.untaken().len(), None),
                Front::Malformed(malformed) => {
                    self.malformed(malformed);
                    continue;
                }
            };
            let count = into.len().min(ready - given);
            into[..count].copy_from_slice(&inbox.untaken()[given..given + count]);
            if is_raw && count > 0 {
                let message = Message::new(&into[..count]);
                match self.incoming.is_unframed {
                    true => drop(inbox.take(count)),
                    false => self.take(&message, count),
                }
                return Poll::Ready(Ok(count));
            }
            self.incoming.given += count;
            if let Some((message, size)) = whole
                && self.incoming.given == size
            {
                self.take(&message, size);
                if count == 0 {
                    continue;
                }
            }
            if count > 0 {
                return Poll::Ready(Ok(count));
            }
            let Some(inbox) = self.connection.inbox.as_mut() else {
                return Poll::Ready(Ok(0));
            };
            if inbox.end().is_some() {
                return Poll::Ready(match self.end() {
                    Over::Reset => Err(io::ErrorKind::ConnectionReset.into()),
                    Over::Eof | Over::Broken(_) => Ok(0),
                });
            }
            std::task::ready!(inbox.poll_more(cx));
        }
    }

    /// Takes a whole message; none at the end.
    pub(super) fn receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>, StageError>> {
        if self.incoming.given > 0 {
            let text = "a part of the message was read as bytes before";
            return Poll::Ready(Err(StageError::new(FindingKind::Code, text)));
        }
        loop {
            self.prepare();
            let Some(inbox) = self.connection.inbox.as_mut().filter(|inbox| !inbox.is_over()) else {
                return Poll::Ready(Ok(None));
            };
            let is_raw = inbox.framing().is_raw() || self.incoming.is_unframed;
            if is_raw && !inbox.untaken().is_empty() {
                let message = Message::new(inbox.untaken());
                let size = message.bytes().len();
                self.take(&message, size);
                return Poll::Ready(Ok(Some(message)));
            }
            match if is_raw { Front::More } else { inbox.front() } {
                Front::Message(message, size) => {
                    self.take(&message, size);
                    return Poll::Ready(Ok(Some(message)));
                }
                Front::Malformed(malformed) => {
                    self.malformed(&malformed);
                    return Poll::Ready(Err(StageError::new(FindingKind::Malformed, malformed.why)));
                }
                Front::More | Front::End(..) if inbox.end().is_some() => {
                    return Poll::Ready(match self.end() {
                        Over::Eof => Ok(None),
                        Over::Reset => Err(StageError::new(FindingKind::Ended, "the connection was reset")),
                        Over::Broken(how) => Err(StageError::new(FindingKind::Ended, how)),
                    });
                }
                Front::More | Front::End(..) => std::task::ready!(inbox.poll_more(cx)),
            }
        }
    }

    /// What a read after the end gives.
    fn again(&self) -> io::Result<usize> {
        match self.connection.gone {
            true => Err(io::ErrorKind::ConnectionReset.into()),
            false => Ok(0),
        }
    }

    /// Which request the next response is to decides where it ends.
    fn prepare(&mut self) {
        if self.incoming.given == 0
            && let Some(inbox) = self.connection.inbox.as_mut()
            && let Some(framing) = self.exchange.framing(inbox.framing())
        {
            inbox.set_framing(framing);
        }
    }

    /// What was begun to be sent is recorded before whatever may be the answer to it.
    fn settle(&mut self) {
        if let Some(outbox) = &self.connection.outbox {
            let line = Line {
                voice: self.voice,
                link: self.link,
                outbox,
                exchange: self.exchange,
            };
            self.outgoing.settle(&line);
        }
    }

    fn take(&mut self, message: &Message, size: usize) {
        self.settle();
        self.incoming.given = 0;
        self.connection.taken += 1;
        let Some(inbox) = self.connection.inbox.as_mut() else {
            return;
        };
        let framing = inbox.framing().clone();
        let range = inbox.take(size);
        let show = &self.voice.actor.plan(&self.voice.world.plan).show;
        let shown = self.voice.world.shown(&self.link.text, message);
        let traffic = Traffic {
            sent: false,
            connection: &self.link.text,
            direction: self.link.side.sends().reverse(),
            range,
            bytes: message.bytes(),
            control: message.control().map(Control::name),
            head: head_of(message, show),
            shown: shown.as_deref(),
            broadcast: None,
            watch: &[],
            captured: &NOTHING,
        };
        self.voice.log.message(About::default(), &traffic);
        self.exchange.note(&framing, message);
    }

    /// Takes the end.
    fn end(&mut self) -> Over {
        self.settle();
        let Some(inbox) = self.connection.inbox.as_mut() else {
            return Over::Eof;
        };
        let is_framed = !inbox.framing().is_raw() && !self.incoming.is_unframed;
        let (how, partial) = match is_framed.then(|| inbox.front()) {
            Some(Front::End(how, partial)) => (how, partial),
            _ => (inbox.end().unwrap_or(crate::net::inbox::Over::Eof), None),
        };
        inbox.take_end();
        let how = Closed::from(how);
        self.connection.gone |= how == Closed::Reset;
        self.voice.record(&Kind::Closed {
            connection: self.link.text.to_string(),
            direction: self.link.side.sends().reverse(),
            how,
            code: None,
            partial,
            watch: Vec::new(),
        });
        match (how, partial) {
            (Closed::Reset, _) => Over::Reset,
            (_, Some((have, Some(want)))) => Over::Broken(format!(
                "the connection was closed after {have} of {want} bytes of a message"
            )),
            (_, Some((have, None))) => {
                Over::Broken(format!("the connection was closed after {have} bytes of a message"))
            }
            (Closed::Truncated, None) => {
                let said = self.connection.said().unwrap_or_default();
                Over::Broken(format!("the connection broke off ({said})"))
            }
            (_, None) => Over::Eof,
        }
    }

    /// Records bytes that are no message. The code reads them and all that follow as they are.
    fn malformed(&mut self, malformed: &Malformed) {
        self.settle();
        let Some(inbox) = self.connection.inbox.as_mut() else {
            return;
        };
        let (start, bytes) = (inbox.offset(), inbox.untaken());
        let bytes = &bytes[..bytes.len().min(malformed.at.end.max(1)).min(MALFORMED_SHOWN)];
        self.voice.record(&Kind::Malformed {
            connection: self.link.text.to_string(),
            direction: self.link.side.sends().reverse(),
            start,
            end: start + bytes.len() as u64,
            content: Content::of(bytes),
            why: malformed.why.clone(),
        });
        self.incoming.is_unframed = true;
        let given = std::mem::take(&mut self.incoming.given);
        skip(inbox, given);
    }
}

/// Takes off what was read already.
fn skip(inbox: &mut Inbox, given: usize) {
    if given > 0 {
        inbox.take(given);
    }
}
