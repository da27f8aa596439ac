//! Units by hand, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagram::{Builder, Detail, Diagram, mermaid};
use crate::finding::{Finding, FindingKind, Place, Verdict};
use crate::ident::{ConnectionName, Direction, StrandName};
use crate::order::unit::{Placed, ReadAs, Shape, Unit, Unpaired};
use crate::trace::event::{Closed, Closing, Content, Event, Footer, Frame, Header, HeaderActor, HeaderStep, Kind};
use crate::trace::mask::Marks;

/// The header of a scenario with these actors, `Client*3` for one with a count, and steps (verb, title).
pub(super) fn header(actors: &[&str], steps: &[(&str, &str)]) -> Header {
    let actor = |name: &&str| {
        let (name, count) = name
            .split_once('*')
            .map_or((*name, None), |(name, count)| (name, count.parse().ok()));
        HeaderActor {
            name: name.to_owned(),
            count,
            listens: false,
            unordered: Vec::new(),
            outside: false,
        }
    };
    let place = Place {
        file: "a.json".to_owned(),
        line: 1,
        column: 1,
    };
    let step = |(verb, title): &(&str, &str)| HeaderStep {
        verb: (*verb).to_owned(),
        title: (*title).to_owned(),
        place: place.clone(),
        region: None,
    };
    Header {
        trace: 1,
        wiretale: "0.1.0".to_owned(),
        scenario: "a.json".to_owned(),
        case: None,
        title: None,
        seed: 7,
        mask: Default::default(),
        expect: Default::default(),
        actors: actors.iter().map(actor).collect(),
        steps: steps.iter().map(step).collect(),
    }
}

pub(super) fn frame(step: u32, time: u32, part: u32) -> Frame {
    Frame { step, time, part }
}

pub(super) const OPENER: Direction = Direction::FromOpener;
pub(super) const TARGET: Direction = Direction::ToOpener;

/// Units in the order in which they are made.
#[derive(Debug, Default)]
pub(super) struct Tale {
    pub(super) units: Vec<Unit>,
    indexes: BTreeMap<String, u32>,
    frames: BTreeMap<String, Vec<Frame>>,
    connection: Option<Arc<ConnectionName>>,
    target: Option<String>,
}

impl Tale {
    /// What follows is on this connection.
    pub(super) fn on(&mut self, connection: &str) -> &mut Self {
        self.connection = Some(Arc::new(connection.parse().unwrap()));
        self.target = None;
        self
    }

    /// The target's strand, where it is not the connection's session.
    pub(super) fn target(&mut self, strand: &str) -> &mut Self {
        self.target = Some(strand.to_owned());
        self
    }

    /// The frames around what follows of this strand.
    pub(super) fn frames(&mut self, strand: &str, frames: &[Frame]) -> &mut Self {
        self.frames.insert(strand.to_owned(), frames.to_vec());
        self
    }

    pub(super) fn placed(&mut self, strand: &str, kind: Kind) -> Placed {
        let index = self.indexes.entry(strand.to_owned()).or_insert(0);
        *index += 1;
        Placed {
            strand: Arc::new(strand.parse().unwrap()),
            event: Event {
                strand: strand.to_owned(),
                index: *index - 1,
                time: 0,
                step: None,
                frames: self.frames.get(strand).cloned().unwrap_or_default(),
                label: None,
                hide: false,
                event: kind,
            },
        }
    }

    fn strand(&self, direction: Direction) -> String {
        let connection = self.connection.as_ref().unwrap();
        match direction {
            Direction::FromOpener => connection.opener.to_string(),
            Direction::ToOpener => self.target.clone().unwrap_or_else(|| connection.session().to_string()),
        }
    }

    pub(super) fn send(&mut self, direction: Direction, text: &str) -> Placed {
        let kind = Kind::Send {
            connection: self.connection.as_ref().unwrap().to_string(),
            direction,
            start: 0,
            end: 0,
            content: content(text),
            broadcast: None,
        };
        self.placed(&self.strand(direction), kind)
    }

    pub(super) fn receive(&mut self, direction: Direction, text: &str) -> Placed {
        let kind = Kind::Receive {
            connection: self.connection.as_ref().unwrap().to_string(),
            direction,
            start: 0,
            end: 0,
            content: content(text),
            watch: Vec::new(),
            captured: Default::default(),
        };
        self.placed(&self.strand(direction.reverse()), kind)
    }

    pub(super) fn closing(&mut self, direction: Direction, how: Closing) -> Placed {
        let connection = self.connection.as_ref().unwrap().to_string();
        let kind = Kind::Closing {
            connection,
            direction,
            how,
            code: None,
        };
        self.placed(&self.strand(direction), kind)
    }

    pub(super) fn closed(&mut self, direction: Direction, how: Closed, partial: Option<(u64, Option<u64>)>) -> Placed {
        let kind = Kind::Closed {
            connection: self.connection.as_ref().unwrap().to_string(),
            direction,
            how,
            code: None,
            partial,
            watch: Vec::new(),
        };
        self.placed(&self.strand(direction.reverse()), kind)
    }

    pub(super) fn push(&mut self, shape: Shape) -> &mut Self {
        let connection = self.connection.clone();
        let thread = match &shape {
            Shape::Local { event } => event.strand.root(),
            _ => connection
                .as_ref()
                .map_or_else(StrandName::run, |connection| connection.opener.root()),
        };
        self.units.push(Unit {
            datagrams: false,
            shape,
            thread: Arc::new(thread),
            unseen: (connection.as_ref())
                .and_then(|connection| connection.is_from_outside().then_some(Direction::FromOpener)),
            connection,
        });
        self
    }

    pub(super) fn message(&mut self, direction: Direction, text: &str, response: bool) -> &mut Self {
        self.read_as(direction, text, response, None, text)
    }

    pub(super) fn read_as(
        &mut self,
        direction: Direction,
        text: &str,
        response: bool,
        read: Option<ReadAs>,
        taken: &str,
    ) -> &mut Self {
        let send = self.send(direction, text);
        let receive = self.receive(direction, taken);
        self.push(Shape::Message {
            send,
            receive,
            response,
            read,
        })
    }

    pub(super) fn request(&mut self, text: &str) -> &mut Self {
        self.message(OPENER, text, false)
    }

    pub(super) fn respond(&mut self, text: &str) -> &mut Self {
        self.message(TARGET, text, true)
    }

    pub(super) fn unpaired(&mut self, direction: Direction, text: &str, why: Unpaired) -> &mut Self {
        let send = self.send(direction, text);
        self.push(Shape::Unpaired {
            send,
            why,
            response: false,
        })
    }

    pub(super) fn opens(&mut self) -> &mut Self {
        let connection = self.connection.as_ref().unwrap().to_string();
        let (opener, target) = (self.strand(OPENER), self.strand(TARGET));
        let connect = self.placed(
            &opener,
            Kind::Connect {
                connection: connection.clone(),
                datagrams: false,
            },
        );
        let accept = self.placed(
            &target,
            Kind::Accept {
                connection: connection.clone(),
                datagrams: false,
                watch: Vec::new(),
            },
        );
        let connected = self.placed(&opener, Kind::Connected { connection });
        self.push(Shape::Opens {
            connect,
            accept: Some(accept),
            connected: Some(connected),
        })
    }

    /// An ending that a tail takes.
    pub(super) fn closes(&mut self, direction: Direction) -> &mut Self {
        let closing = self.closing(direction, Closing::Fin);
        self.push(Shape::Closes { closing })
    }

    /// An ending that a strand takes.
    pub(super) fn ends(&mut self, direction: Direction, how: Closing, closed: Closed) -> &mut Self {
        let send = self.closing(direction, how);
        let receive = self.closed(direction, closed, None);
        self.push(Shape::Message {
            send,
            receive,
            response: false,
            read: None,
        })
    }

    pub(super) fn local(&mut self, strand: &str, kind: Kind) -> &mut Self {
        let event = self.placed(strand, kind);
        self.push(Shape::Local { event })
    }

    pub(super) fn diagram(&self, header: &Header, detail: Detail) -> Diagram {
        let mut builder = Builder::new(header, detail);
        self.units.iter().for_each(|unit| builder.unit(unit));
        builder.finish(&Footer::default(), "h", &[], &Marks::default())
    }
}

pub(super) fn content(text: &str) -> Content {
    Content {
        text: Some(text.to_owned()),
        ..Content::default()
    }
}

/// The participants and lines as Mermaid writes them, without what is the same for all and without indents.
pub(super) fn lines(diagram: &Diagram) -> Vec<String> {
    let text = mermaid::write(diagram);
    (text.lines().map(str::trim))
        .filter(|line| !line.starts_with("%%") && *line != "sequenceDiagram")
        .map(|line| match line.strip_prefix("participant ") {
            Some(participant) => participant.replace(" as ", " "),
            None => line.to_owned(),
        })
        .collect()
}

/// The lines without the participants.
pub(super) fn body(diagram: &Diagram) -> Vec<String> {
    lines(diagram).split_off(diagram.participants.len())
}

pub(super) fn finding(strand: &str, text: &str) -> Finding {
    Finding {
        kind: FindingKind::Mismatch,
        verdict: Verdict::Fail,
        strand: strand.to_owned(),
        verb: None,
        place: None,
        text: text.to_owned(),
        actual: None,
        expected: Vec::new(),
        help: None,
        follows: false,
    }
}
