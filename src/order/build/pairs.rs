//! What can only be paired when all lines are read.
//!
//! Owns the endings, the three events of an opening, what a drain found, and records about messages.

use super::Build;
use crate::ident::Tail;
use crate::order::error::OrderError;
use crate::order::index::{Class, Marks};
use crate::order::strands::{Link, NONE};
use crate::trace::event::Record;

impl Build<'_> {
    /// Pairs the ending of a direction. There is one; where a strand first shut down and then reset, two.
    pub(super) fn endings(&mut self, link: Link) {
        let stream = &mut self.streams[link.0 as usize];
        stream.closings.sort_unstable();
        stream.closeds.sort_unstable();
        // Answers are given while the strand waits that closes: nothing else says that they came before.
        let answered = stream.answered;
        self.edges.extend(
            stream
                .closings
                .iter()
                .filter_map(|(closing, _)| Some((*closing, answered?))),
        );
        let Some((closed, reset)) = stream.closeds.first().copied() else {
            return;
        };
        let same = stream.closings.iter().find(|(_, closing)| *closing == reset);
        if let Some((closing, _)) = same.or_else(|| stream.closings.first()).copied() {
            self.mate[closing as usize] = closed;
            self.mate[closed as usize] = closing;
        }
    }

    /// Pairs each `connect` with its `accept`. A name stands for the attempt that came about: one that was refused or
    /// given up has the name of the next.
    pub(super) fn openings(&mut self) -> Result<(), OrderError> {
        self.openings.sort_unstable();
        let openings = std::mem::take(&mut self.openings);
        for group in openings.chunk_by(|a, b| a.0 == b.0) {
            let (mut connect, mut accept) = (None, None);
            for (connection, event) in group.iter().copied() {
                if self.class[event as usize] == Class::Accept {
                    if accept.replace(event).is_some() {
                        return Err(OrderError::OpenedTwice(self.connections.name(connection).to_string()));
                    }
                    continue;
                }
                match self.following(event) {
                    Some(Class::Refused) => self.class[event as usize] = Class::Nothing,
                    // Strands begin attempts one after another, so the last is the one that came about.
                    _ => connect = Some(event),
                }
                let listening = self.listening(connection);
                self.edges.extend(listening.map(|listening| (event, listening)));
            }
            if let (Some(connect), Some(accept)) = (connect, accept) {
                // The first datagram tells the other end, however much later that is.
                if group
                    .first()
                    .is_some_and(|(connection, _)| self.connections.are_datagrams(*connection))
                {
                    self.edges.push((accept, connect));
                    continue;
                }
                self.mate[connect as usize] = accept;
                self.mate[accept as usize] = connect;
            }
        }
        // A `connected` elsewhere than behind its `connect` is drawn with nothing.
        for event in 0..self.class.len() {
            let behind =
                event > 0 && self.class[event - 1] == Class::Connect && self.link[event - 1] == self.link[event];
            if self.class[event] == Class::Connected && !behind {
                self.class[event] = Class::Nothing;
            }
        }
        self.openings = openings;
        Ok(())
    }

    fn following(&self, event: u32) -> Option<Class> {
        let rank = self.strands.strand(event);
        let next = Some(event + 1).filter(|next| self.strands.range(rank).contains(next));
        next.map(|next| self.class[next as usize])
    }

    /// The `listening` of the endpoint that a connection leads to.
    fn listening(&self, connection: u32) -> Option<u32> {
        if self.listening.is_empty() {
            return None;
        }
        let name = self.connections.endpoint(connection);
        let found = self.listening.iter().find(|(endpoint, _)| **endpoint == *name);
        found.map(|(_, event)| *event)
    }

    /// Ties what a drain found to what it read and to what was taken before. Nothing depends on a drain.
    pub(super) fn drains(&mut self) {
        for rank in 0..self.strands.len() {
            let Some(Tail::Drain { connection, direction }) = self.strands.recorded(rank).tails.last() else {
                continue;
            };
            let range = self.strands.range(rank);
            let drawn = range.clone().any(|event| self.class[event as usize] != Class::Nothing);
            let Some(connection) = self.connections.find(&connection.to_string()).filter(|_| drawn) else {
                continue;
            };
            let link = Link::new(connection, *direction);
            let stream = &self.streams[link.0 as usize];
            // Where the other end is not in the trace, what is known of its end is what was met after this one's.
            let back = Link::new(connection, direction.reverse());
            let own = self.connections.is_unsent(link).then(|| &self.streams[back.0 as usize]);
            let closing = (stream.closings.first().into_iter())
                .chain(own.and_then(|stream| stream.closings.first()))
                .map(|(event, _)| *event);
            let ends = [stream.last_send, stream.last_receive].into_iter().flatten();
            let opened = self.openings.partition_point(|(opened, _)| *opened < connection);
            let opened = self.openings[opened..]
                .iter()
                .take_while(|(opened, _)| *opened == connection);
            let causes = closing
                .chain(ends.map(|range| range.event))
                .chain(opened.map(|(_, event)| *event));
            let apart = causes.filter(|cause| self.strands.strand(*cause) != rank);
            self.edges.extend(apart.map(|cause| (range.start, cause)));
        }
    }

    pub(super) fn records(&mut self) -> Result<(), OrderError> {
        for Record { strand, index, fate: _ } in std::mem::take(&mut self.records) {
            let rank = self.strands.rank(&strand);
            let event = rank.and_then(|rank| self.strands.range(rank).nth(index as usize));
            let lost =
                event.filter(|event| self.class[*event as usize] == Class::Send && self.mate[*event as usize] == NONE);
            match lost {
                Some(event) => self.marks[event as usize].set(Marks::LOST),
                None => return Err(OrderError::Record { strand, index }),
            }
        }
        Ok(())
    }
}
