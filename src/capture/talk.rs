//! A connection as a conversation: messages and endings, in the order seen.
//!
//! Owns how bytes that came in pieces become messages, of which the pieces do not show: a message is there when its last
//! byte is. Where a side's bytes have no framing, what it says before the other speaks is one message. In HTTP each response
//! follows its request, whatever was sent ahead. Does not own what is guessed (`guess`), nor the trace (`write`).

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use super::conversation::{Connection, Transport, What, side};
use super::speech::{Read, Speech};
use crate::ident::Direction;
use crate::trace::event::{Closed, Closing};
use crate::wire::framing::Framing;
use crate::wire::http;
use crate::wire::message::Message;

/// How both directions are framed.
#[derive(Clone, Debug, PartialEq)]
pub struct Framings {
    /// What the side that connected sends.
    pub client: Framing,
    /// What the side that accepted sends.
    pub server: Framing,
}

impl Framings {
    /// No framing.
    pub fn raw() -> Self {
        Self {
            client: Framing::raw(),
            server: Framing::raw(),
        }
    }

    /// Whether this is HTTP.
    pub fn is_http(&self) -> bool {
        self.client.as_http() == Some(http::Kind::Requests) && self.server.as_http().is_some()
    }

    /// That of a direction.
    pub const fn of(&self, direction: Direction) -> &Framing {
        match direction {
            Direction::FromOpener => &self.client,
            Direction::ToOpener => &self.server,
        }
    }
}

/// One thing that was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// When.
    pub time: Duration,
    /// Which way.
    pub direction: Direction,
    /// What.
    pub said: Said,
}

/// What was said.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A message.
    Message {
        /// It.
        message: Message,
        /// Its offsets on the wire, with what its framing adds.
        range: (u64, u64),
        /// Its place among the bytes that were seen.
        place: Range<usize>,
    },
    /// Bytes that are no message.
    Malformed {
        /// Their offsets.
        range: (u64, u64),
        /// Their place among the bytes that were seen.
        place: Range<usize>,
        /// What is wrong.
        why: String,
    },
    /// The direction ended; a reset is the end of both.
    End {
        /// How.
        how: Closing,
        /// How many bytes of a message there were, and how many it was to have.
        partial: Option<(u64, Option<u64>)>,
    },
    /// Something that is no part of what was said.
    Note(String),
}

impl Said {
    /// How an end is seen.
    pub const fn closed(how: Closing) -> Closed {
        match how {
            Closing::Fin => Closed::Eof,
            Closing::Reset => Closed::Reset,
        }
    }
}

/// What was said on a connection.
pub fn talk(connection: &Connection, framings: &Framings) -> Vec<Spoken> {
    let mut talk = Talk {
        spoken: Vec::new(),
        asked: VecDeque::new(),
        speeches: [Direction::FromOpener, Direction::ToOpener]
            .map(|way| Speech::new(way, framings.of(way).clone(), connection.said(way))),
        datagrams: [0; 2],
        http: framings.is_http(),
        time: connection.opened,
    };
    for happened in &connection.happened {
        talk.time = happened.time;
        let own = side(happened.direction);
        match (&happened.what, connection.transport) {
            (What::Bytes(place), Transport::Udp) => {
                let read = talk.speeches[own].datagram(place.clone(), &mut talk.datagrams[own]);
                talk.push(own, read);
            }
            (What::Bytes(place), Transport::Tcp) => {
                talk.yields(1 - own);
                talk.speeches[own].come(place.end);
                talk.read(own);
            }
            (What::Missing(size), _) => talk.misses(own, *size),
            (What::Fin, _) => talk.ends(own, Closing::Fin),
            (What::Reset, _) => talk.ends(own, Closing::Reset),
        }
    }
    talk.finish()
}

struct Talk<'a> {
    spoken: Vec<Spoken>,
    /// The methods of requests that were not answered yet.
    asked: VecDeque<Option<String>>,
    speeches: [Speech<'a>; 2],
    datagrams: [u64; 2],
    http: bool,
    time: Duration,
}

impl Talk<'_> {
    /// The other side speaks: what this one said without a framing is whole.
    fn yields(&mut self, own: usize) {
        if self.speeches[own].framing.is_raw()
            && let Some(read) = self.speeches[own].rest()
        {
            self.push(own, read);
        }
    }

    /// Reads all messages that are whole.
    fn read(&mut self, own: usize) {
        loop {
            if self.http && own == 1 && self.speeches[own].framing.as_http().is_some() {
                let to_head = self
                    .asked
                    .front()
                    .is_some_and(|method| method.as_deref() == Some("HEAD"));
                let kind = http::Kind::Responses { to_head };
                if self.speeches[own].framing.as_http() != Some(kind) {
                    self.speeches[own].framing = Framing::http(kind);
                }
            }
            match self.speeches[own].next() {
                Read::Nothing => return,
                read => self.push(own, read),
            }
        }
    }

    fn misses(&mut self, own: usize, size: u64) {
        if let Some(read) = self.speeches[own].rest() {
            self.push(own, read);
        }
        self.speeches[own].miss(size);
        let bytes = if size == 1 { "byte was" } else { "bytes were" };
        self.say(own, Said::Note(format!("{size} {bytes} not seen")));
    }

    fn ends(&mut self, own: usize, how: Closing) {
        let ended = match how {
            Closing::Fin => &[own][..],
            Closing::Reset => &[own, 1 - own],
        };
        let mut partial = None;
        // An end is an answer to what the other side said before it.
        self.yields(1 - own);
        for &side in ended {
            self.yields(side);
            self.speeches[side].end();
            self.read(side);
            if let Some(Spoken {
                said: Said::End { partial: cut, .. },
                ..
            }) = self
                .spoken
                .pop_if(|last| matches!(last.said, Said::End { partial: Some(_), .. }))
                && side == own
            {
                partial = cut;
            }
        }
        self.say(own, Said::End { how, partial });
    }

    fn push(&mut self, own: usize, read: Read) {
        let said = match read {
            Read::Nothing => return,
            Read::Message(message, place, range) => {
                if self.http {
                    self.http(own, &message);
                }
                Said::Message { message, range, place }
            }
            Read::Malformed(place, range, why) => Said::Malformed { range, place, why },
            // Taken off again by the end that it belongs to.
            Read::Partial(have, want) => Said::End {
                how: Closing::Fin,
                partial: Some((have, want)),
            },
        };
        self.say(own, said);
    }

    /// What a message says of those that follow.
    fn http(&mut self, own: usize, message: &Message) {
        let Some(head) = message.head() else { return };
        if own == 0 {
            self.asked.push_back(http::method(head).map(str::to_owned));
        } else if !http::is_interim(head) {
            let method = self.asked.pop_front().flatten();
            let tunnels = method.as_deref() == Some("CONNECT") && head.status().is_some_and(|code| code / 100 == 2);
            if tunnels || head.status() == Some(101) {
                // What follows is another protocol.
                self.speeches
                    .iter_mut()
                    .for_each(|speech| speech.framing = Framing::raw());
            }
        }
    }

    fn say(&mut self, own: usize, said: Said) {
        self.spoken.push(Spoken {
            time: self.time,
            direction: self.speeches[own].direction,
            said,
        });
    }

    fn finish(mut self) -> Vec<Spoken> {
        for own in [0, 1] {
            self.yields(own);
            if self.speeches[own].has_rest() {
                let read = self.speeches[own].rest();
                let size = match read {
                    Some(Read::Message(message, ..)) => message.bytes().len(),
                    _ => 0,
                };
                let bytes = if size == 1 { "byte" } else { "bytes" };
                self.say(
                    own,
                    Said::Note(format!("{size} {bytes} of a message that was not over")),
                );
            }
        }
        if self.http { in_turns(self.spoken) } else { self.spoken }
    }
}

/// With each request behind the response to the one before: what was sent ahead hangs on how bytes were cut.
fn in_turns(spoken: Vec<Spoken>) -> Vec<Spoken> {
    let mut turns = Vec::with_capacity(spoken.len());
    let mut ahead: VecDeque<Spoken> = VecDeque::new();
    let mut waits = false;
    for said in spoken {
        let is_message = matches!(said.said, Said::Message { .. });
        match said.direction {
            Direction::FromOpener if !ahead.is_empty() || (waits && is_message) => ahead.push_back(said),
            Direction::FromOpener => {
                waits |= is_message;
                turns.push(said);
            }
            Direction::ToOpener => {
                let time = said.time;
                let is_final = match &said.said {
                    Said::Message { message, .. } => message.head().is_none_or(|head| !http::is_interim(head)),
                    _ => false,
                };
                let is_over = matches!(said.said, Said::End { .. });
                if is_over {
                    turns.extend(ahead.drain(..));
                }
                turns.push(said);
                if is_final {
                    waits = false;
                    while !waits && let Some(mut next) = ahead.pop_front() {
                        waits = matches!(next.said, Said::Message { .. });
                        next.time = next.time.max(time);
                        turns.push(next);
                    }
                }
            }
        }
    }
    turns.extend(ahead);
    turns
}
