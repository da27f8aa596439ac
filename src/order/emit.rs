//! From event ids to units.
//!
//! Owns reading the events of each unit by their place in the file, and what only the way there tells: whether a message
//! is a response. Does not own the order (`linear`).

use std::collections::{HashMap, HashSet};

use super::error::OrderError;
use super::index::{Class, Index, Marks};
use super::step::{Placement, Step};
use super::unit::{Placed, ReadAs, Shape, Unit, Unpaired};
use crate::ident::Direction;
use crate::trace::event::Fate;
use crate::trace::reader::{EventReader, TraceSource};

/// Makes units of steps, which must come in canonical order.
#[derive(Debug)]
pub(super) struct Emitter<'a> {
    index: &'a Index,
    reader: EventReader<'a>,
    /// For each strand and connection it sends to the opener on: whether its last message there was a receive.
    received: HashMap<(u32, u32), bool>,
    /// For each connection that was accepted outside: whether the last message was sent there.
    asked: HashMap<u32, bool>,
    /// Connections to the outside whose own end the scenario keeps out of diagrams: so it does with the end that answers it.
    unshown: HashSet<u32>,
    /// Whether each message that has departed and not arrived is a response.
    departed: HashMap<u32, bool>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(source: &'a TraceSource, index: &'a Index) -> Self {
        Self {
            index,
            reader: source.reader(),
            received: HashMap::new(),
            asked: HashMap::new(),
            unshown: HashSet::new(),
            departed: HashMap::new(),
        }
    }

    /// The unit of a step; `None` where it is drawn nowhere.
    pub(super) fn unit(&mut self, Placement { step, thread }: Placement) -> Result<Option<Unit>, OrderError> {
        let shape = match step {
            Step::Message { send, receive } => Shape::Message {
                response: self.sends(send),
                read: self.takes(receive),
                send: self.placed(send)?,
                receive: self.placed(receive)?,
            },
            Step::Departs { send } => {
                let response = self.sends(send);
                self.departed.insert(send, response);
                let taken = self.index.mate(send).map(|taken| self.placed(taken)).transpose()?;
                Shape::Departs {
                    send: self.placed(send)?,
                    response,
                    hidden: taken.is_some_and(|taken| taken.event.hide),
                }
            }
            Step::Arrives { send, receive } => Shape::Arrives {
                response: self.departed.remove(&send).unwrap_or(false),
                read: self.takes(receive),
                send: self.placed(send)?,
                receive: self.placed(receive)?,
            },
            Step::Unpaired { send } => Shape::Unpaired {
                response: self.sends(send),
                why: self.why(send),
                send: self.placed(send)?,
            },
            Step::Closes { closing } => {
                let placed = self.placed(closing)?;
                let connection = self.index.link(closing).connection();
                self.unshown.extend(connection.filter(|_| placed.event.hide));
                Shape::Closes { closing: placed }
            }
            Step::Taken { receive } => {
                self.takes(receive);
                let mut placed = self.placed(receive)?;
                let connection = self.index.link(receive).connection();
                let unshown = connection.is_some_and(|connection| self.unshown.contains(&connection));
                placed.event.hide |= placed.strand.is_drain() && unshown;
                Shape::Taken {
                    response: self.answers(receive),
                    receive: placed,
                }
            }
            Step::Opens {
                connect,
                accept,
                connected,
            } => Shape::Opens {
                connect: self.placed(connect)?,
                accept: accept.map(|accept| self.placed(accept)).transpose()?,
                connected: connected.map(|connected| self.placed(connected)).transpose()?,
            },
            Step::Local { event } => Shape::Local {
                event: self.placed(event)?,
            },
            Step::Nothing { .. } => return Ok(None),
        };
        let main = step.events()[0].map(|event| self.index.link(event));
        let connection = main.and_then(|link| link.connection());
        Ok(Some(Unit {
            shape,
            thread: self.index.threads.names[thread as usize].clone(),
            datagrams: connection.is_some_and(|connection| self.index.connections.are_datagrams(connection)),
            connection: connection.map(|connection| self.index.connections.name(connection).clone()),
            unseen: connection.and_then(|connection| self.index.connections.unseen(connection)),
        }))
    }

    fn placed(&mut self, event: u32) -> Result<Placed, OrderError> {
        let rank = self.index.strands.strand(event);
        let mut recorded = self.reader.event(self.index.offset[event as usize])?;
        self.index.strands.numbers.event(&mut recorded);
        Ok(Placed {
            strand: self.index.strands.name(rank).clone(),
            event: recorded,
        })
    }

    /// Notes that a message was sent; whether it is a response.
    fn sends(&mut self, send: u32) -> bool {
        let link = self.index.link(send);
        let Some(connection) = link.connection() else {
            return false;
        };
        if self.index.class(send) == Class::Send
            && self.index.connections.unseen(connection) == Some(Direction::ToOpener)
        {
            self.asked.insert(connection, true);
        }
        if self.index.class(send) != Class::Send || link.direction() == Direction::FromOpener {
            return false;
        }
        let strand = self.index.strands.whole(self.index.strands.strand(send));
        self.received.insert((strand, connection), false).unwrap_or(false)
    }

    /// Whether what was taken from outside is a response there.
    fn answers(&mut self, receive: u32) -> bool {
        let link = self.index.link(receive);
        let from_acceptor = link.direction() == Direction::ToOpener && self.index.connections.is_unsent(link);
        match link.connection() {
            Some(connection) if from_acceptor && self.index.class(receive) == Class::Receive => {
                self.asked.insert(connection, false).unwrap_or(false)
            }
            _ => false,
        }
    }

    /// Notes that a message was taken; how that differs from what was sent.
    fn takes(&mut self, receive: u32) -> Option<ReadAs> {
        let link = self.index.link(receive);
        if let Some(connection) = link.connection()
            && self.index.class(receive) == Class::Receive
            && link.direction() == Direction::FromOpener
        {
            let strand = self.index.strands.whole(self.index.strands.strand(receive));
            self.received.insert((strand, connection), true);
        }
        if self.index.has(receive, Marks::AS_ONE) {
            Some(ReadAs::One)
        } else if self.index.has(receive, Marks::IN_PART) {
            Some(ReadAs::Part)
        } else {
            None
        }
    }

    fn why(&self, send: u32) -> Unpaired {
        if self.index.has(send, Marks::LOST) {
            Unpaired::Fate(Fate::Lost)
        } else if self.index.has(send, Marks::AGAIN) {
            Unpaired::Again
        } else if self.index.has(send, Marks::WITH_LATER) {
            Unpaired::ReadWithLater
        } else {
            Unpaired::NotTaken
        }
    }
}
