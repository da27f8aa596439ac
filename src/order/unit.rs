//! What is drawn at one height.
//!
//! Owns the shape in which the order hands a trace to whoever draws or judges it: one unit after another, in the
//! canonical linearization.

use std::sync::Arc;

use crate::ident::{ConnectionName, Direction, StrandName};
use crate::trace::event::{Event, Fate};
use crate::trace::mask::Masker;

/// An event with the names in it read.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its strand.
    pub strand: Arc<StrandName>,
    /// What was recorded.
    pub event: Event,
}

/// What is drawn at one height.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What it is.
    pub shape: Shape,
    /// The strand at the top of its connection's chain of openers, or of its own strand: what belongs together.
    pub thread: Arc<StrandName>,
    /// The connection that it is on.
    pub connection: Option<Arc<ConnectionName>>,
    /// Whether that is one of datagrams.
    pub datagrams: bool,
    /// Which direction of the connection comes from outside: what is sent there has no event of its own, nor what is taken
    /// in the other one.
    pub unseen: Option<Direction>,
}

/// What a unit is.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "units are handed on one by one, and most are messages"
)]
pub enum Shape {
    /// A message or an ending whose sending and taking are drawn as one.
    Message {
        /// `send` or `closing`.
        send: Placed,
        /// `receive`, `closed` or `malformed`.
        receive: Placed,
        /// Whether it is a response: from the accepting side, by a strand whose previous message event on this connection
        /// was a receive.
        response: bool,
        /// What the receiver took, where that was not just this message.
        read: Option<ReadAs>,
    },
    /// A crossing message, where it was sent.
    Departs {
        /// `send` or `closing`.
        send: Placed,
        /// As in [`Shape::Message`].
        response: bool,
        /// Whether the side that takes it keeps it out of diagrams.
        hidden: bool,
    },
    /// A crossing message, where it was taken.
    Arrives {
        /// `send` or `closing`, which departed before.
        send: Placed,
        /// `receive`, `closed` or `malformed`.
        receive: Placed,
        /// As in [`Shape::Message`].
        response: bool,
        /// As in [`Shape::Message`].
        read: Option<ReadAs>,
    },
    /// A `send` without a receive of its own.
    Unpaired {
        /// The `send`.
        send: Placed,
        /// Why it has none.
        why: Unpaired,
        /// As in [`Shape::Message`].
        response: bool,
    },
    /// A `closing` whose end a tail takes, or nobody.
    Closes {
        /// The `closing`.
        closing: Placed,
    },
    /// A receive, or an end, whose sending is not in the trace or is not its own alone.
    Taken {
        /// `receive`, `closed` or `malformed`.
        receive: Placed,
        /// As in [`Shape::Message`]; from outside, where this strand's previous message event on the connection was a send.
        response: bool,
    },
    /// A connection that came about: `connect`, `accept`, and `connected` where it was recorded.
    Opens {
        /// The `connect`.
        connect: Placed,
        /// The `accept`; none where the trace ends before.
        accept: Option<Placed>,
        /// The `connected`.
        connected: Option<Placed>,
    },
    /// Anything that concerns its strand alone: `refused`, `timeout`, `silent`, `note`, `phase`, `finding`, `access`,
    /// `signalled`, `awaited`, `spawned`, `joined`, `listening`.
    Local {
        /// The event.
        event: Placed,
    },
}

/// Why a send has no receive of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpaired {
    /// The path between the actors dropped it.
    Fate(Fate),
    /// Nobody took it.
    NotTaken,
    /// Nobody took it, because it had been sent before.
    Again,
    /// A receive took it together with a later one.
    ReadWithLater,
}

/// How a receive took what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAs {
    /// Several sends as one message.
    One,
    /// A part of a send.
    Part,
}

impl Shape {
    /// Its events, the sending one first.
    pub fn placed(&self) -> Vec<&Placed> {
        match self {
            Self::Message { send, receive, .. } | Self::Arrives { send, receive, .. } => vec![send, receive],
            Self::Departs { send, .. } | Self::Unpaired { send, .. } => vec![send],
            Self::Closes { closing } => vec![closing],
            Self::Taken { receive, .. } => vec![receive],
            Self::Opens {
                connect,
                accept,
                connected,
            } => [Some(connect), accept.as_ref(), connected.as_ref()]
                .into_iter()
                .flatten()
                .collect(),
            Self::Local { event } => vec![event],
        }
    }

    /// Whether the scenario keeps it out of diagrams; of a message, either side may.
    pub const fn is_hidden(&self) -> bool {
        match self {
            Self::Message { send, receive, .. } | Self::Arrives { send, receive, .. } => {
                send.event.hide || receive.event.hide
            }
            Self::Departs { send, hidden, .. } => send.event.hide || *hidden,
            Self::Unpaired { send: event, .. }
            | Self::Closes { closing: event }
            | Self::Taken { receive: event, .. }
            | Self::Local { event } => event.event.hide,
            Self::Opens { connect, accept, .. } => {
                connect.event.hide || matches!(accept, Some(accept) if accept.event.hide)
            }
        }
    }

    /// Masks its events.
    pub fn mask(&mut self, masker: &mut Masker) {
        let mut mask = |placed: &mut Placed| masker.event(&mut placed.event);
        match self {
            Self::Message { send, receive, .. } | Self::Arrives { send, receive, .. } => {
                mask(send);
                mask(receive);
            }
            Self::Departs { send: event, .. }
            | Self::Unpaired { send: event, .. }
            | Self::Closes { closing: event }
            | Self::Taken { receive: event, .. }
            | Self::Local { event } => mask(event),
            Self::Opens {
                connect,
                accept,
                connected,
            } => [Some(connect), accept.as_mut(), connected.as_mut()]
                .into_iter()
                .flatten()
                .for_each(mask),
        }
    }
}
