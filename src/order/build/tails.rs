//! What tails take.
//!
//! Owns which of it is an event of the order: an end that nobody's event stands for, and datagrams that were sent again.
//! Does not own what a tail found (`pairs`).

use super::Build;
use crate::ident::Direction;
use crate::order::error::OrderError;
use crate::order::index::Class;
use crate::order::strands::Link;
use crate::order::stream::Range;
use crate::trace::event::Closed;

impl Build<'_> {
    /// The end that a drain met: it is drawn only where the other end, whose `closing` would be, is not in the trace.
    pub(super) fn drained(
        &mut self,
        event: u32,
        connection: &str,
        direction: Direction,
        how: Closed,
    ) -> Result<Class, OrderError> {
        let link = Link::new(self.connections.number(connection)?, direction);
        if how == Closed::Abandoned || !self.connections.is_unsent(link) {
            return Ok(Class::Nothing);
        }
        self.link(event, connection, direction)?;
        Ok(Class::Closed)
    }

    /// A datagram that had been taken before.
    pub(super) fn absorbed(
        &mut self,
        event: u32,
        connection: &str,
        direction: Direction,
        (start, end): (u64, u64),
    ) -> Result<Class, OrderError> {
        let link = self.link(event, connection, direction)?;
        // From outside there is no sending that it could be told of.
        if !self.connections.is_unsent(link) {
            self.stream(link, |stream, found| stream.receive(Range { event, start, end }, found));
        }
        Ok(Class::Nothing)
    }

    /// Notes whether a connection is one of datagrams.
    pub(super) fn datagrams(&mut self, link: Link, datagrams: bool) {
        if let Some(connection) = link.connection().filter(|_| datagrams) {
            self.connections.of_datagrams(connection);
        }
    }
}
