//! The trace of a recording while it goes on: what it has is there whatever happens.
//!
//! Owns writing each piece at once, as it came: how pieces become messages is known only at the end, when this file gives
//! place to the trace. Does not own that trace (`write`).

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use super::proxy::Journal;
use crate::finding::Expect;
use crate::ident::{ActorName, ConnectionName, Direction, StrandName};
use crate::net::inbox::Over;
use crate::trace::event::{Closed, Closing, Content, Event, Header, HeaderActor, HeaderMask, Kind, Line, VERSION};

/// Writes pieces into a file.
#[derive(Debug)]
pub struct Pieces {
    file: File,
    client: String,
    server: String,
    /// For each connection how many events it has, and how many bytes each way.
    connections: Vec<(u32, [u64; 2])>,
}

impl Pieces {
    /// Begins the file.
    pub fn begin(file: File, scenario: &str, client: &str, server: &str) -> io::Result<Self> {
        let actor = |name: &str, listens| HeaderActor {
            name: name.to_owned(),
            count: None,
            listens,
            outside: true,
            unordered: Vec::new(),
        };
        let header = Header {
            trace: VERSION,
            wiretale: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: scenario.to_owned(),
            case: None,
            title: None,
            seed: 0,
            mask: HeaderMask::default(),
            expect: Expect::Pass,
            actors: vec![actor(client, false), actor(server, true)],
            steps: Vec::new(),
        };
        let mut pieces = Self {
            file,
            client: client.to_owned(),
            server: server.to_owned(),
            connections: Vec::new(),
        };
        pieces.line(&Line::Header(header))?;
        Ok(pieces)
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)
    }

    fn event(
        &mut self,
        connection: usize,
        time: Duration,
        kind: impl FnOnce(String, &mut [u64; 2]) -> Kind,
    ) -> io::Result<()> {
        while self.connections.len() <= connection {
            self.connections.push((0, [0; 2]));
        }
        let name = ConnectionName {
            target: ActorName::new(self.server.clone()),
            endpoint: None,
            opener: Box::new(StrandName::script(ActorName::new(self.client.clone()))),
            number: u32::try_from(connection + 1).unwrap_or(u32::MAX),
        };
        let (index, offsets) = &mut self.connections[connection];
        let event = Event {
            strand: name.session().to_string(),
            index: *index,
            time: u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
            step: None,
            frames: Vec::new(),
            label: None,
            hide: false,
            event: kind(name.to_string(), offsets),
        };
        *index += 1;
        self.line(&Line::Event(Box::new(event)))
    }
}

impl Journal for Pieces {
    fn opened(&mut self, connection: usize, time: Duration) -> io::Result<()> {
        let watch = Vec::new();
        self.event(connection, time, |connection, _| Kind::Accept {
            connection,
            datagrams: false,
            watch,
        })
    }

    fn bytes(&mut self, connection: usize, direction: Direction, time: Duration, bytes: &[u8]) -> io::Result<()> {
        let content = Content::of(bytes);
        self.event(connection, time, |connection, offsets| {
            let start = offsets[super::conversation::side(direction)];
            let end = start + bytes.len() as u64;
            offsets[super::conversation::side(direction)] = end;
            match direction {
                Direction::FromOpener => Kind::Receive {
                    connection,
                    direction,
                    start,
                    end,
                    content,
                    watch: Vec::new(),
                    captured: Default::default(),
                },
                Direction::ToOpener => Kind::Send {
                    connection,
                    direction,
                    start,
                    end,
                    content,
                    broadcast: None,
                },
            }
        })
    }

    fn ended(&mut self, connection: usize, direction: Direction, time: Duration, over: Over) -> io::Result<()> {
        let is_reset = matches!(over, Over::Reset);
        self.event(connection, time, |connection, _| match direction {
            Direction::FromOpener => Kind::Closed {
                connection,
                direction,
                how: if is_reset { Closed::Reset } else { Closed::Eof },
                partial: None,
                code: None,
                watch: Vec::new(),
            },
            Direction::ToOpener => Kind::Closing {
                connection,
                direction,
                how: if is_reset { Closing::Reset } else { Closing::Fin },
                code: None,
            },
        })
    }
}
