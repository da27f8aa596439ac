//! A connection as its strand knows it.
//!
//! Owns what the scenario calls it, and which halves of it the strand has: `parallel` lends each direction to the branch
//! that uses it. Does not own bytes (`net`).

use std::sync::Arc;

use super::again::Memory;
use super::background::Answers;
use super::shared::Occupied;
use crate::ident::{Address, ConnectionName, Direction};
use crate::net::inbox::Inbox;
use crate::net::outbox::Outbox;
use crate::net::socket::{End, Side};

/// A connection as its strand knows it.
#[derive(Debug)]
pub(super) struct Connection {
    /// What the scenario calls it.
    pub name: String,
    /// What it is.
    pub link: Arc<Link>,
    /// What it receives; `None` while that is lent to another strand.
    pub inbox: Option<Inbox>,
    /// What it sends; `None` while that is lent to another strand.
    pub outbox: Option<Arc<Outbox>>,
    /// What background answers are sent by, wherever else its outbox is lent to.
    pub back: Option<Arc<Outbox>>,
    /// How many messages were taken from it.
    pub taken: u32,
    /// Whether it is another strand's, which gets it back.
    pub lent: bool,
    /// Whether what still comes on it belongs to a request that failed, so that no other is sent on it.
    pub spent: bool,
    /// Whether its reset was taken.
    pub gone: bool,
    /// Its place among the connections that its endpoint has at once; free before the other side learns of the end.
    pub occupied: Option<Occupied>,
    /// The strand that answers in the background, between two messages; goes with the inbox.
    pub answers: Option<Box<Answers>>,
    /// What came before, where what comes again is recognised; goes with the inbox.
    pub memory: Option<Box<Memory>>,
    /// Where in the direction the message begins that the background left to a step.
    pub passed: Option<u64>,
}

/// What a connection is.
#[derive(Debug)]
pub(super) struct Link {
    /// Its name.
    pub name: Arc<ConnectionName>,
    /// The same as text.
    pub text: Arc<str>,
    /// Which end this is.
    pub side: Side,
    /// The address of this end.
    pub local: Address,
    /// The actor at the other end.
    pub peer: String,
    /// Whether that is none of ours.
    pub outside: bool,
}

impl Connection {
    /// A connection that has just come about.
    pub(super) fn new(name: String, end: End) -> Self {
        let peer = end.name.sender(end.side.sends().reverse()).to_string();
        let link = Link {
            name: end.name,
            text: end.text,
            side: end.side,
            local: end.local,
            peer,
            outside: end.outside,
        };
        Self {
            name,
            link: Arc::new(link),
            inbox: Some(end.inbox),
            back: Some(Arc::clone(&end.outbox)),
            outbox: Some(end.outbox),
            taken: 0,
            lent: false,
            spent: false,
            gone: false,
            occupied: None,
            answers: None,
            memory: None,
            passed: None,
        }
    }

    /// Whether something may come from nobody of the scenario, of whom nobody knows whether it is on its way.
    pub(super) fn is_open_to_outside(&self) -> bool {
        let is_open = |inbox: &Inbox| inbox.end().is_none();
        self.link.outside && self.inbox.as_ref().is_some_and(is_open)
    }

    /// Whether the end of what comes here was taken.
    pub(super) fn is_over(&self) -> bool {
        self.inbox.as_ref().is_some_and(Inbox::is_over)
    }

    /// Whether anything can come here that was not taken: a message, or the end.
    pub(super) fn may_bring(&self) -> bool {
        self.inbox.as_ref().is_some_and(|inbox| !inbox.is_over())
    }

    /// The code of the close frame that ended what comes here.
    pub(super) fn code(&self) -> Option<u16> {
        let farewell = self.inbox.as_ref().and_then(Inbox::farewell);
        farewell.map(|farewell| farewell.code)
    }

    /// Whether what comes here has ended without the farewell that its framing asks for.
    pub(super) fn broke_off(&self) -> bool {
        self.inbox.as_ref().is_some_and(Inbox::broke_off)
    }

    /// The direction that it receives.
    pub(super) fn receives(&self) -> Direction {
        self.link.side.sends().reverse()
    }
}
