//! A trace as a capture that Wireshark and tshark read.
//!
//! Owns what of a trace becomes packets: a handshake for each connection, each message, each ending, in the order of the
//! trace. An address for each actor and the packets' other numbers are made up. What a trace does not hold, the bytes of
//! most framings and what is longer than it keeps, is said in a comment on the packet. Does not own packets (`packet`) nor
//! the file (`block`).

mod block;
mod content;
mod events;
mod packet;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::net::Ipv4Addr;

use crate::ident::{ActorName, Address, ConnectionName, Direction};
use crate::trace::event::{Closed, Closing, Content, Event, Kind};
use crate::trace::reader::{Skim, SkimKind, TraceError, TraceSource};
use block::Writer;
use content::{bytes, shown};
use events::{connection, name};
use packet::{End, FIN, PUSH, RESET, SYN, Side};

/// Why a trace cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The capture cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// The most bytes of one packet: 64 KiB with its headers.
const LARGEST: usize = 65_535 - 40;

/// The largest payload of a datagram.
const LARGEST_DATAGRAM: usize = 65_535 - 28;

/// What each datagram has more in a trace's offsets than its own size.
const DATAGRAM_LENGTH: u64 = crate::wire::framing::DATAGRAM_LENGTH as u64;

/// The port of an endpoint of which none is known.
const PORT: u16 = 1;

/// The first port of those who connect.
const FIRST_PORT: u16 = 49_152;

/// Writes a trace, and says what is not in it.
pub fn write(trace: &TraceSource, out: &mut dyn Write) -> Result<Vec<String>, ExportError> {
    let mut export = Export::of(trace)?;
    let mut writer = Writer::begin(out, &export.hosts())?;
    let mut places = Vec::new();
    trace.skim(|place, skim| {
        if matches!(skim, Skim::Event(event) if connection(&event.kind).is_some()) {
            places.push(place);
        }
        Ok::<_, TraceError>(())
    })?;
    let mut reader = trace.reader();
    for place in places {
        let event = reader.event(place)?;
        export.event(&event, &mut writer)?;
    }
    writer.finish()?;
    let mut remarks = Vec::new();
    if export.unframed > 0 {
        let (count, are) = counted(export.unframed);
        remarks.push(format!(
            "{count} {are} without the bytes of their framing, which a trace does not hold; comments on the packets say so"
        ));
    }
    if export.cut > 0 {
        let (count, are) = counted(export.cut);
        remarks.push(format!("{count} {are} cut, as in the trace"));
    }
    Ok(remarks)
}

const fn counted(count: u64) -> (u64, &'static str) {
    (count, if count == 1 { "message is" } else { "messages are" })
}

struct Export {
    addresses: BTreeMap<ActorName, Ipv4Addr>,
    ports: BTreeMap<String, u16>,
    /// Directions whose sender is in the trace.
    sent: HashSet<(String, Direction)>,
    /// Directions whose sender ended them in the trace.
    closed: HashSet<(String, Direction)>,
    /// Those that are associations of datagrams.
    datagrams: HashSet<String>,
    links: HashMap<String, Link>,
    next_port: u16,
    unframed: u64,
    cut: u64,
}

/// A connection that is written.
struct Link {
    name: ConnectionName,
    ends: [End; 2],
    open: bool,
    ended: [bool; 2],
    datagrams: bool,
}

impl Export {
    /// What is known beforehand.
    fn of(trace: &TraceSource) -> Result<Self, TraceError> {
        let (mut sent, mut closed, mut names) = (HashSet::new(), HashSet::new(), HashSet::new());
        trace.skim(|_, skim| {
            if let Skim::Event(event) = skim {
                if let Some(name) = connection(&event.kind)
                    && !names.contains(name)
                {
                    names.insert(name.to_owned());
                }
                match event.kind {
                    SkimKind::Send {
                        connection, direction, ..
                    } => {
                        sent.insert((connection.into_owned(), direction));
                    }
                    SkimKind::Closing {
                        connection, direction, ..
                    } => {
                        closed.insert((connection.into_owned(), direction));
                    }
                    _ => {}
                }
            }
            Ok::<_, TraceError>(())
        })?;
        let places: BTreeMap<&str, usize> = trace
            .header()
            .actors
            .iter()
            .enumerate()
            .map(|(place, actor)| (actor.name.as_str(), place))
            .collect();
        let mut actors: Vec<ActorName> = Vec::new();
        for name in names.iter().filter_map(|name| name.parse::<ConnectionName>().ok()) {
            actors.extend([Direction::FromOpener, Direction::ToOpener].map(|way| name.sender(way).clone()));
        }
        actors.sort_by_key(|actor| {
            (
                places.get(actor.base.as_str()).copied().unwrap_or(usize::MAX),
                actor.clone(),
            )
        });
        actors.dedup();
        let address = |number: usize| {
            let [_, a, b, c] = (number as u32).to_be_bytes();
            Ipv4Addr::new(10, a, b, c)
        };
        let ports = trace.endpoints()?.into_iter().rev().filter_map(|(endpoint, address)| {
            let port = Address::read(&address).port()?;
            Some((endpoint, port))
        });
        Ok(Self {
            addresses: actors
                .into_iter()
                .enumerate()
                .map(|(at, actor)| (actor, address(at + 1)))
                .collect(),
            ports: ports.collect(),
            sent,
            closed,
            datagrams: HashSet::new(),
            links: HashMap::new(),
            next_port: FIRST_PORT,
            unframed: 0,
            cut: 0,
        })
    }

    /// Who has which address.
    fn hosts(&self) -> Vec<(Ipv4Addr, String)> {
        let shown = |actor: &ActorName| match actor.instance {
            Some(number) => format!("{}-{number}", actor.base),
            None => actor.base.clone(),
        };
        self.addresses
            .iter()
            .map(|(actor, address)| (*address, shown(actor)))
            .collect()
    }

    fn event(&mut self, event: &Event, out: &mut Writer<'_>) -> Result<(), ExportError> {
        if let Kind::Connect {
            connection,
            datagrams: true,
        }
        | Kind::Accept {
            connection,
            datagrams: true,
            ..
        } = &event.event
        {
            self.datagrams.insert(connection.clone());
        }
        let (connection, time) = (
            match name(&event.event) {
                Some(name) => name.to_owned(),
                None => return Ok(()),
            },
            event.time,
        );
        if !self.links.contains_key(&connection) {
            let Ok(name) = connection.parse::<ConnectionName>() else {
                return Ok(());
            };
            let link = Link {
                datagrams: self.datagrams.contains(&connection),
                ..self.link(name)
            };
            self.links.insert(connection.clone(), link);
        }
        self.open(&connection, time, out)?;
        match &event.event {
            Kind::Send {
                direction,
                start,
                end,
                content,
                ..
            } => {
                self.message(&connection, *direction, end - start, content, time, out)?;
            }
            Kind::Receive {
                direction,
                start,
                end,
                content,
                ..
            }
            | Kind::Malformed {
                direction,
                start,
                end,
                content,
                ..
            } if !self.sent.contains(&(connection.clone(), *direction)) => {
                self.message(&connection, *direction, end - start, content, time, out)?;
            }
            Kind::Closing { direction, how, .. } => {
                self.end(&connection, *direction, *how == Closing::Reset, time, out)?;
            }
            Kind::Closed { direction, how, .. } if !self.closed.contains(&(connection.clone(), *direction)) => {
                match how {
                    Closed::Eof | Closed::Truncated => self.end(&connection, *direction, false, time, out)?,
                    Closed::Reset => self.end(&connection, *direction, true, time, out)?,
                    Closed::Abandoned => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn link(&mut self, name: ConnectionName) -> Link {
        let address = |way| {
            self.addresses
                .get(name.sender(way))
                .copied()
                .unwrap_or(Ipv4Addr::LOCALHOST)
        };
        let (client, server) = (address(Direction::FromOpener), address(Direction::ToOpener));
        let endpoint = match &name.endpoint {
            Some(endpoint) => format!("{}.{endpoint}", name.target.base),
            None => name.target.base.clone(),
        };
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
        Link {
            ends: [
                End::new(client, port),
                End::new(server, self.ports.get(&endpoint).copied().unwrap_or(PORT)),
            ],
            name,
            open: false,
            ended: [false; 2],
            datagrams: false,
        }
    }

    /// The handshake, once.
    fn open(&mut self, connection: &str, time: u64, out: &mut Writer<'_>) -> Result<(), ExportError> {
        let Some(link) = self
            .links
            .get_mut(connection)
            .filter(|link| !link.open && !link.datagrams)
        else {
            return Ok(());
        };
        link.open = true;
        let comment = format!("connection {}", link.name);
        for (from, flags, comment) in [(0, SYN, Some(comment)), (1, SYN, None), (0, 0, None)] {
            let packet = packet::packet(&mut link.ends, Side(from), flags, &[]);
            out.packet(time, &packet, comment.as_deref())?;
        }
        Ok(())
    }

    /// A message, and that it came.
    fn message(
        &mut self,
        connection: &str,
        direction: Direction,
        size: u64,
        content: &Content,
        time: u64,
        out: &mut Writer<'_>,
    ) -> Result<(), ExportError> {
        let Some(link) = self.links.get_mut(connection) else {
            return Ok(());
        };
        let bytes = bytes(content);
        let mut comment = format!(
            "{} to {}",
            shown(link.name.sender(direction)),
            shown(link.name.sender(direction.reverse()))
        );
        if content.size.is_some() {
            self.cut += 1;
            comment.push_str(
                &format_args!("; only {} of {} bytes are in the trace", bytes.len(), content.len()).to_string(),
            );
        } else if bytes.len() as u64 != size.saturating_sub(if link.datagrams { DATAGRAM_LENGTH } else { 0 }) {
            self.unframed += 1;
            let more =
                format_args!("; on the wire it had {size} bytes, of which the trace has not those of the framing");
            comment.push_str(&more.to_string());
        }
        let own = Side(usize::from(direction == Direction::ToOpener));
        if link.datagrams {
            let packet = packet::datagram(&link.ends, own, &bytes[..bytes.len().min(LARGEST_DATAGRAM)]);
            out.packet(time, &packet, Some(&comment))?;
            return Ok(());
        }
        let mut comment = Some(comment);
        let mut pieces = bytes.chunks(LARGEST).peekable();
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_none() { PUSH } else { 0 };
            let packet = packet::packet(&mut link.ends, own, flags, piece);
            out.packet(time, &packet, comment.take().as_deref())?;
        }
        let packet = packet::packet(&mut link.ends, own.other(), 0, &[]);
        out.packet(time, &packet, comment.as_deref())?;
        Ok(())
    }

    fn end(
        &mut self,
        connection: &str,
        direction: Direction,
        reset: bool,
        time: u64,
        out: &mut Writer<'_>,
    ) -> Result<(), ExportError> {
        let own = Side(usize::from(direction == Direction::ToOpener));
        let Some(link) = self
            .links
            .get_mut(connection)
            .filter(|link| !link.ended[own.0] && !link.datagrams)
        else {
            return Ok(());
        };
        if reset {
            link.ended = [true; 2];
            let packet = packet::packet(&mut link.ends, own, RESET, &[]);
            out.packet(time, &packet, None)?;
            return Ok(());
        }
        link.ended[own.0] = true;
        for (from, flags) in [(own, FIN), (own.other(), 0)] {
            let packet = packet::packet(&mut link.ends, from, flags, &[]);
            out.packet(time, &packet, None)?;
        }
        Ok(())
    }
}
