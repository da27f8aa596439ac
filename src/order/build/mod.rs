//! Reading a trace into its index.
//!
//! Owns what each line adds. Does not own the pairing of byte ranges (`stream`), nor of what can only be paired when all
//! lines are read (`pairs`).

mod background;
mod pairs;
mod programs;
mod tails;

use std::sync::Arc;

use self::background::Backgrounds;
use super::error::OrderError;
use super::extra::{Cells, Extra, Signals};
use super::index::{Class, Index, Marks};
use super::strands::{Connections, Link, NONE, Strands, Threads};
use super::stream::{Found, Range, Stream};
use super::watch::Watches;
use crate::ident::Direction;
use crate::trace::event::{Closed, Closing, Header, Record};
use crate::trace::reader::{Skim, SkimEvent, SkimKind, TraceSource};

impl Index {
    /// Reads a trace.
    pub(super) fn of(source: &TraceSource) -> Result<Self, OrderError> {
        let strands = Strands::of(source)?;
        let count = strands.events() as usize;
        let mut connections = Connections::new(Arc::clone(&strands.numbers));
        let mut build = Build {
            header: source.header(),
            backgrounds: Backgrounds::of(&strands, &mut connections),
            strands,
            connections,
            class: vec![Class::Missing; count],
            marks: vec![Marks::default(); count],
            offset: vec![0; count],
            mate: vec![NONE; count],
            link: vec![Link::NONE; count],
            edges: Vec::new(),
            streams: Vec::new(),
            signals: Signals::default(),
            cells: Cells::default(),
            watches: Watches::default(),
            openings: Vec::new(),
            listening: Vec::new(),
            started: Vec::new(),
            exits: Vec::new(),
            records: Vec::new(),
            error: None,
        };
        source.skim(|offset, skim| build.line(offset, skim))?;
        build.finish()
    }
}

/// The index while it is made.
struct Build<'a> {
    header: &'a Header,
    strands: Strands,
    connections: Connections,
    backgrounds: Backgrounds,
    class: Vec<Class>,
    marks: Vec<Marks>,
    offset: Vec<u64>,
    mate: Vec<u32>,
    link: Vec<Link>,
    edges: Vec<(u32, u32)>,
    /// By link.
    streams: Vec<Stream>,
    signals: Signals,
    cells: Cells,
    watches: Watches,
    /// (connection, event) of each `connect` and `accept`.
    openings: Vec<(u32, u32)>,
    /// (endpoint, event) of each `listening` that is not the run's own.
    listening: Vec<(Box<str>, u32)>,
    /// Each `started`.
    started: Vec<u32>,
    /// Each `exited`.
    exits: Vec<u32>,
    records: Vec<Record>,
    /// The first error of a pairing.
    error: Option<OrderError>,
}

impl Build<'_> {
    fn line(&mut self, offset: u64, skim: Skim<'_>) -> Result<(), OrderError> {
        match skim {
            Skim::Event(event) => self.event(offset, event),
            Skim::Record(record) => {
                self.records.push(record);
                Ok(())
            }
        }
    }

    fn event(&mut self, offset: u64, SkimEvent { strand, index, kind }: SkimEvent<'_>) -> Result<(), OrderError> {
        // Both were there in the first pass; a file that changes meanwhile is met here.
        let rank = self.strands.rank(&strand);
        let event = rank.and_then(|rank| Some((rank, self.strands.range(rank).nth(index as usize)?)));
        let Some((rank, event)) = event else {
            return Err(OrderError::Gap {
                strand: strand.into_owned(),
                index,
            });
        };
        let at = event as usize;
        if self.class[at] != Class::Missing {
            return Err(OrderError::Twice {
                strand: strand.into_owned(),
                index,
            });
        }
        self.offset[at] = offset;
        let name = self.strands.name(rank);
        let (drain, run, background) = (name.is_drain(), name.actor.is_none(), name.is_background());
        self.class[at] = match kind {
            SkimKind::Send {
                connection,
                direction,
                start,
                end,
                broadcast,
            } => {
                let link = self.link(event, &connection, direction)?;
                if broadcast.is_some_and(|first| first < index) {
                    self.marks[at].set(Marks::COPY);
                }
                let untaken = self.connections.is_untaken(link);
                self.stream(link, |stream, found| {
                    match untaken {
                        true => stream.sent_alone(Range { event, start, end }),
                        false => stream.send(Range { event, start, end }, found),
                    }
                    if background {
                        stream.answered = stream.answered.max(Some(event));
                    }
                });
                Class::Send
            }
            SkimKind::Closed {
                connection,
                direction,
                how,
                ..
            } if drain => self.drained(event, &connection, direction, how)?,
            SkimKind::Receive {
                connection,
                direction,
                start,
                end,
                ..
            } if drain => self.absorbed(event, &connection, direction, (start, end))?,
            SkimKind::Malformed { .. } if drain => Class::Nothing,
            SkimKind::Receive {
                connection,
                direction,
                start,
                end,
                watch,
            } => {
                self.watches.add(event, &watch);
                self.receive(event, &connection, direction, start, end)?
            }
            SkimKind::Malformed {
                connection,
                direction,
                start,
                end,
            } => self.receive(event, &connection, direction, start, end)?,
            SkimKind::Closing {
                connection,
                direction,
                how,
            } => {
                let link = self.link(event, &connection, direction)?;
                self.streams[link.0 as usize]
                    .closings
                    .push((event, how == Closing::Reset));
                Class::Closing
            }
            SkimKind::Closed {
                connection,
                direction,
                how,
                watch,
            } => {
                let link = self.link(event, &connection, direction)?;
                self.backgrounds.taken(link, u64::MAX, event);
                if how != Closed::Abandoned {
                    self.streams[link.0 as usize]
                        .closeds
                        .push((event, how == Closed::Reset));
                }
                self.watches.add(event, &watch);
                Class::Closed
            }
            SkimKind::Connect { connection, datagrams } => {
                let link = self.link(event, &connection, Direction::FromOpener)?;
                self.datagrams(link, datagrams);
                self.openings
                    .extend(link.connection().map(|connection| (connection, event)));
                Class::Connect
            }
            SkimKind::Connected { connection } => {
                self.link(event, &connection, Direction::FromOpener)?;
                Class::Connected
            }
            SkimKind::Accept {
                connection,
                datagrams,
                watch,
            } => {
                let link = self.link(event, &connection, Direction::FromOpener)?;
                self.datagrams(link, datagrams);
                self.openings
                    .extend(link.connection().map(|connection| (connection, event)));
                self.watches.add(event, &watch);
                Class::Accept
            }
            SkimKind::Refused {} => Class::Refused,
            SkimKind::Spawned { strand } => {
                let begun = self.strands.rank(&strand).map(|rank| self.strands.range(rank).start);
                self.edges.extend(begun.map(|first| (first, event)));
                if run { Class::Nothing } else { Class::Local }
            }
            SkimKind::Joined { strand } => {
                let ended = self.strands.rank(&strand).map(|rank| self.strands.range(rank).end - 1);
                self.edges.extend(ended.map(|last| (event, last)));
                if run { Class::Nothing } else { Class::Local }
            }
            SkimKind::Signalled { name, nth } => {
                self.signals.given(&name, nth, event);
                Class::Local
            }
            SkimKind::Awaited { name, count, watch } => {
                self.signals.awaited(&name, count, event);
                self.watches.add(event, &watch);
                Class::Awaited
            }
            SkimKind::Access { cells } => {
                for access in cells.iter().filter(|access| !self.header.is_unordered(&access.cell)) {
                    self.cells.touch(&access.cell, access.mode, access.nth, event);
                }
                Class::Local
            }
            SkimKind::Timeout { watch } | SkimKind::Silent { watch } => {
                self.watches.add(event, &watch);
                Class::Timer
            }
            SkimKind::Listening { endpoint } => {
                if !run {
                    self.listening.push((endpoint.into(), event));
                }
                Class::Local
            }
            SkimKind::Exited {} => {
                self.exits.push(event);
                Class::Local
            }
            SkimKind::Started {} => {
                self.started.push(event);
                Class::Local
            }
            SkimKind::Secured {} | SkimKind::Note {} | SkimKind::Phase {} | SkimKind::Finding(_) => Class::Local,
        };
        self.error.take().map_or(Ok(()), Err)
    }

    fn receive(
        &mut self,
        event: u32,
        connection: &str,
        direction: Direction,
        start: u64,
        end: u64,
    ) -> Result<Class, OrderError> {
        let link = self.link(event, connection, direction)?;
        self.backgrounds.taken(link, start, event);
        let unsent = self.connections.is_unsent(link);
        self.stream(link, |stream, found| match unsent {
            true => stream.taken_alone(Range { event, start, end }),
            false => stream.receive(Range { event, start, end }, found),
        });
        Ok(Class::Receive)
    }

    /// Notes that an event is on a connection.
    fn link(&mut self, event: u32, connection: &str, direction: Direction) -> Result<Link, OrderError> {
        let link = Link::new(self.connections.number(connection)?, direction);
        self.streams
            .resize_with(2 * self.connections.len() as usize, Stream::default);
        self.link[event as usize] = link;
        Ok(link)
    }

    /// Adds to a stream, and keeps what it found out.
    fn stream(&mut self, link: Link, act: impl FnOnce(&mut Stream, &mut dyn FnMut(Found))) {
        let mut stream = std::mem::take(&mut self.streams[link.0 as usize]);
        act(&mut stream, &mut |found| self.found(link, found));
        self.streams[link.0 as usize] = stream;
    }

    fn found(&mut self, link: Link, found: Found) {
        match found {
            // A tail takes it for nobody: it was sent again.
            Found::Pair { send, receive, .. } if self.strands.name(self.strands.strand(receive)).is_drain() => {
                self.marks[send as usize].set(Marks::AGAIN);
            }
            Found::Pair {
                send,
                receive,
                several,
                part,
            } => {
                self.mate[send as usize] = receive;
                self.mate[receive as usize] = send;
                if several {
                    self.marks[receive as usize].set(Marks::AS_ONE);
                } else if part {
                    self.marks[receive as usize].set(Marks::IN_PART);
                }
            }
            Found::WithLater { send, receive, with } => {
                self.marks[send as usize].set(Marks::WITH_LATER);
                // Within one strand the later send says it already.
                if self.strands.strand(send) != self.strands.strand(with) {
                    self.edges.push((receive, send));
                }
            }
            Found::Further { send, receive } => self.edges.push((receive, send)),
            Found::Unsent(range) => self.fail(link, range, true),
            Found::Overlap(range) => self.fail(link, range, false),
        }
    }

    fn fail(&mut self, link: Link, range: Range, unsent: bool) {
        let error = Index::range_error(&self.strands, &self.connections, link, range, unsent);
        self.error.get_or_insert(error);
    }

    fn finish(mut self) -> Result<Index, OrderError> {
        if let Some(missing) = self.class.iter().position(|class| *class == Class::Missing) {
            let (strand, index) = self.strands.locate(missing as u32);
            return Err(OrderError::Gap {
                strand: strand.to_string(),
                index,
            });
        }
        for link in (0..self.streams.len() as u32).map(Link) {
            self.stream(link, |stream, found| stream.finish(found));
            self.endings(link);
        }
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.begun();
        self.openings()?;
        self.drains();
        let shared = self.backgrounds();
        self.records()?;
        let last = self.lasts();
        for (event, _) in &last {
            self.marks[*event as usize].set(Marks::LAST);
        }
        let extra = Extra::new(self.edges, self.signals, self.cells);
        for event in extra.dependents() {
            self.marks[event as usize].set(Marks::EXTRA);
        }
        self.watches.resolve(&self.connections, &extra);
        Ok(Index {
            threads: Threads::of(&self.strands, &self.connections, self.header),
            strands: self.strands,
            connections: self.connections,
            class: self.class,
            marks: self.marks,
            offset: self.offset,
            mate: self.mate,
            link: self.link,
            extra,
            watches: self.watches,
            shared,
            last,
            untaken: self.streams.iter().map(|stream| stream.untaken).collect(),
        })
    }
}
