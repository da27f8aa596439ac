//! What is known of each event while the whole trace is ordered.
//!
//! Owns 18 bytes an event (class, marks, place in the file, partner, direction) and the sparse edges. Contents stay in
//! the file and are read when a unit is handed on. Does not own the order (`linear`).

use super::error::OrderError;
use super::extra::Extra;
use super::strands::{Connections, Link, NONE, Strands, Threads};
use super::stream::Range;
use super::watch::Watches;

/// What an event is to the linearization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Not read yet.
    Missing,
    /// It concerns its strand alone.
    Local,
    /// As `Local`, and it may race with a message.
    Timer,
    /// As `Local`, and depends on signals.
    Awaited,
    Send,
    /// `receive` or `malformed`.
    Receive,
    Closing,
    Closed,
    Connect,
    /// The `connected` behind its `connect`, with which it is drawn.
    Connected,
    Accept,
    Refused,
    /// It ties others and is never drawn: what the run's own strand begins and joins, an end that a drain takes, the
    /// `connect` before `refused`.
    Nothing,
}

/// A set of marks on an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks(u8);

impl Marks {
    /// A copy of a broadcast after the first.
    pub(super) const COPY: Self = Self(1);
    /// A send that the path dropped.
    pub(super) const LOST: Self = Self(2);
    /// A send that was read together with a later one.
    pub(super) const WITH_LATER: Self = Self(4);
    /// A receive that took several sends as one.
    pub(super) const AS_ONE: Self = Self(8);
    /// A receive that took a part of a send.
    pub(super) const IN_PART: Self = Self(16);
    /// It depends on an edge that is no message.
    pub(super) const EXTRA: Self = Self(32);
    /// It comes behind others where it can.
    pub(super) const LAST: Self = Self(64);
    /// A send that nobody took because it had been sent before.
    pub(super) const AGAIN: Self = Self(128);

    pub(super) const fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    pub(super) const fn set(&mut self, mark: Self) {
        self.0 |= mark.0;
    }
}

/// What is known of all events, by id.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) strands: Strands,
    pub(super) connections: Connections,
    pub(super) threads: Threads,
    pub(super) class: Vec<Class>,
    pub(super) marks: Vec<Marks>,
    /// The place of its line in the file.
    pub(super) offset: Vec<u64>,
    /// The other half of its message, ending or connection; [`NONE`] where there is none.
    pub(super) mate: Vec<u32>,
    pub(super) link: Vec<Link>,
    pub(super) extra: Extra,
    pub(super) watches: Watches,
    /// By link: the first send that nobody took.
    pub(super) untaken: Vec<Option<Range>>,
    /// (event, another behind which it comes where it can), sorted.
    pub(super) last: Vec<(u32, u32)>,
    /// For each direction that is answered in the background: what was taken there, in the order of its bytes, by the
    /// strand that answers and by others.
    pub(super) shared: Vec<Vec<u32>>,
}

impl Index {
    /// The other half of an event's message, ending or connection.
    pub(super) fn mate(&self, event: u32) -> Option<u32> {
        Some(self.mate[event as usize]).filter(|mate| *mate != NONE)
    }

    pub(super) fn class(&self, event: u32) -> Class {
        self.class[event as usize]
    }

    pub(super) fn has(&self, event: u32, mark: Marks) -> bool {
        self.marks[event as usize].has(mark)
    }

    pub(super) fn link(&self, event: u32) -> Link {
        self.link[event as usize]
    }

    /// Behind which events it comes where it can.
    pub(super) fn last(&self, event: u32) -> &[(u32, u32)] {
        let start = self.last.partition_point(|(last, _)| *last < event);
        let length = self.last[start..].partition_point(|(last, _)| *last == event);
        &self.last[start..start + length]
    }

    /// The event after this one in its strand.
    pub(super) fn following(&self, event: u32) -> Option<u32> {
        let rank = self.strands.strand(event);
        Some(event + 1).filter(|next| self.strands.range(rank).contains(next))
    }

    /// The thread of what happens on an event's connection, or else in its strand.
    pub(super) fn thread(&self, event: u32) -> u32 {
        match self.link(event).connection() {
            Some(connection) => self.threads.of_connection[connection as usize],
            None => self.threads.of_strand[self.strands.strand(event) as usize],
        }
    }

    /// The error that an event has a range which cannot be, or which nobody sent.
    pub(super) fn range_error(
        strands: &Strands,
        connections: &Connections,
        link: Link,
        range: Range,
        unsent: bool,
    ) -> OrderError {
        let (name, index) = strands.locate(range.event);
        let (strand, connection) = (name.to_string(), connections.show(link));
        let Range { start, end, .. } = range;
        if unsent {
            OrderError::ReceiveWithoutSend {
                strand,
                index,
                connection,
                start,
                end,
            }
        } else {
            OrderError::Range {
                strand,
                index,
                connection,
                start,
                end,
            }
        }
    }
}
