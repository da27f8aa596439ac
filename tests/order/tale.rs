//! Traces written as text, and orders printed as text.
//!
//! A tale has one paragraph a strand: the strand's name and a colon, then one event a line. Byte ranges are counted from
//! the texts, in the order of the paragraphs.

use std::collections::HashMap;

use wiretale::ident::{ConnectionName, Direction};
use wiretale::order::unit::{Placed, ReadAs, Shape, Unit, Unpaired};
use wiretale::order::{Order, OrderError};
use wiretale::trace::event::{
    Access, Closed, Closing, Content, Event, Fate, Footer, Header, HeaderActor, Kind, Line, Mode, Record, VERSION,
};
use wiretale::trace::reader::TraceSource;

/// A trace's lines without header and footer, and the header.
#[derive(Clone)]
pub(crate) struct Tale {
    pub(crate) header: Header,
    pub(crate) lines: Vec<Line>,
}

impl Tale {
    /// `actors` in the file's order; those with a star listen, those with a `!` are outside.
    pub(crate) fn new(actors: &str, text: &str) -> Self {
        let mut teller = Teller::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            teller.line(line);
        }
        Self {
            header: header(actors),
            lines: teller.lines,
        }
    }

    pub(crate) fn source(&self) -> TraceSource {
        let header = [Line::Header(self.header.clone())];
        let footer = [Line::Footer(Footer::default())];
        TraceSource::from_lines(header.iter().chain(&self.lines).chain(&footer)).unwrap()
    }

    /// The order as text.
    pub(crate) fn drawn(&self) -> Vec<String> {
        drawn(&self.source()).unwrap()
    }
}

pub(crate) fn header(actors: &str) -> Header {
    let actor = |word: &str| HeaderActor {
        name: word.trim_end_matches(['*', '!']).to_owned(),
        count: None,
        listens: word.contains('*'),
        unordered: Vec::new(),
        outside: word.contains('!'),
    };
    Header {
        trace: VERSION,
        wiretale: "0".to_owned(),
        scenario: "test.json".to_owned(),
        case: None,
        title: None,
        seed: 0,
        mask: Default::default(),
        expect: Default::default(),
        actors: actors.split_whitespace().map(actor).collect(),
        steps: Vec::new(),
    }
}

pub(crate) fn drawn(source: &TraceSource) -> Result<Vec<String>, OrderError> {
    let mut lines = Vec::new();
    Order::of(source)?.units(|unit| {
        lines.extend(draw(&unit));
        Ok::<(), OrderError>(())
    })?;
    Ok(lines)
}

#[derive(Default)]
struct Teller {
    strand: String,
    index: u32,
    lines: Vec<Line>,
    /// Up to where each link is sent, and received.
    sent: HashMap<String, u64>,
    received: HashMap<String, u64>,
}

impl Teller {
    fn line(&mut self, line: &str) {
        if let Some(strand) = line.strip_suffix(':') {
            self.strand = strand.to_owned();
            self.index = 0;
            return;
        }
        // `step 3 …` says from which step an event came, `watch=a,b …` where else it would have taken something.
        let (step, line) = option(line, "step=");
        let (watch, line) = option(line, "watch=");
        let watch = watch
            .map(|watch| watch.split(',').map(str::to_owned).collect())
            .unwrap_or_default();
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        if verb == "lost" {
            self.lines.push(Line::Record(Record {
                strand: self.strand.clone(),
                index: self.index - 1,
                fate: Fate::Lost,
            }));
            return;
        }
        let event = self.kind(verb, rest, watch);
        self.lines.push(Line::Event(Box::new(Event {
            strand: self.strand.clone(),
            index: self.index,
            time: u64::from(self.index),
            step: step.map(|step| step.parse().unwrap()),
            frames: Vec::new(),
            label: None,
            hide: false,
            event,
        })));
        self.index += 1;
    }

    fn kind(&mut self, verb: &str, rest: &str, watch: Vec<String>) -> Kind {
        let (first, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let connection = first.trim_end_matches(['>', '<']).to_owned();
        let direction = if first.ends_with('<') {
            Direction::ToOpener
        } else {
            Direction::FromOpener
        };
        let name = first.to_owned();
        let content = Content {
            text: Some(text.to_owned()),
            ..Content::default()
        };
        match verb {
            "connect" => Kind::Connect {
                connection,
                datagrams: false,
            },
            "connected" => Kind::Connected { connection },
            "refused" => Kind::Refused {
                endpoint: name,
                again: false,
                status: None,
            },
            "accept" => Kind::Accept {
                connection,
                datagrams: false,
                watch,
            },
            "send" | "copy" => {
                let (start, end) = extent(&mut self.sent, first, text);
                // A `copy` comes behind the `send` that is the broadcast's first.
                let broadcast = (verb == "copy").then(|| self.index - 1);
                Kind::Send {
                    connection,
                    direction,
                    start,
                    end,
                    content,
                    broadcast,
                }
            }
            "receive" => {
                let (start, end) = extent(&mut self.received, first, text);
                Kind::Receive {
                    connection,
                    direction,
                    start,
                    end,
                    content,
                    watch,
                    captured: Default::default(),
                }
            }
            // What a lost message would have taken up.
            "miss" => {
                extent(&mut self.received, first, text);
                Kind::Note {
                    text: String::new(),
                    over: Vec::new(),
                }
            }
            "close" | "reset" => Kind::Closing {
                connection,
                direction,
                how: if verb == "close" { Closing::Fin } else { Closing::Reset },
                code: None,
            },
            "closed" | "was-reset" => Kind::Closed {
                connection,
                direction,
                how: if verb == "closed" { Closed::Eof } else { Closed::Reset },
                code: None,
                partial: None,
                watch,
            },
            "timeout" => Kind::Timeout {
                of: "step".to_owned(),
                watch,
            },
            "signal" => Kind::Signalled {
                name,
                nth: text.parse().unwrap(),
            },
            "await" => Kind::Awaited {
                name,
                count: text.parse().unwrap(),
                watch,
            },
            "read" | "write" | "join-members" | "leave" => Kind::Access {
                cells: vec![Access {
                    cell: name,
                    mode: match verb {
                        "read" => Mode::Read,
                        "write" => Mode::Write,
                        "leave" => Mode::Leave,
                        _ => Mode::Join,
                    },
                    nth: text.parse().unwrap(),
                }],
            },
            "started" => Kind::Started {},
            "exited" => Kind::Exited {
                status: rest.to_owned(),
            },
            "spawn" => Kind::Spawned { strand: name },
            "join" => Kind::Joined { strand: name },
            "note" => Kind::Note {
                text: rest.to_owned(),
                over: Vec::new(),
            },
            _ => panic!("no verb: {verb}"),
        }
    }
}

fn option<'a>(line: &'a str, key: &str) -> (Option<&'a str>, &'a str) {
    match line.strip_prefix(key).and_then(|rest| rest.split_once(' ')) {
        Some((value, rest)) => (Some(value), rest),
        None => (None, line),
    }
}

fn extent(ends: &mut HashMap<String, u64>, link: &str, text: &str) -> (u64, u64) {
    let end = ends.entry(link.to_owned()).or_default();
    let start = *end;
    *end += text.len() as u64;
    (start, *end)
}

/// A unit as the worked examples write it: messages detail.
fn draw(unit: &Unit) -> Vec<String> {
    let arrow = |arrow: &str, placed: &Placed, more: &str| {
        let (src, dst) = ends(unit.connection.as_deref().unwrap(), &placed.event.event);
        vec![format!("{src}{arrow}{dst}: {}{more}", what(placed))]
    };
    let mut lines = match &unit.shape {
        Shape::Message { send, response, .. } => arrow(plain(send, *response), send, ""),
        Shape::Departs { send, .. } => {
            let verb = match &send.event.event {
                Kind::Send { .. } => format!("sends {}", what(send)),
                _ => format!("{}s", what(send)),
            };
            vec![format!("Note over {}: {verb}", actor(send))]
        }
        Shape::Arrives { send, .. } => arrow("--)", send, ""),
        Shape::Unpaired { send, why, .. } => match why {
            Unpaired::Fate(Fate::Lost) => arrow("-x", send, " (lost)"),
            Unpaired::Again => arrow("-)", send, " (again)"),
            Unpaired::NotTaken => arrow("-)", send, " (not taken)"),
            Unpaired::ReadWithLater => arrow("-)", send, ""),
        },
        Shape::Closes { closing } => arrow(plain(closing, false), closing, ""),
        Shape::Taken { receive, .. } => vec![format!("Note over {}: read in part: {}", actor(receive), what(receive))],
        Shape::Opens { .. } => Vec::new(),
        Shape::Local { event } => match &event.event.event {
            Kind::Refused { endpoint, .. } => vec![format!("{}-x{endpoint}: connect refused", actor(event))],
            Kind::Timeout { .. } => vec![format!("Note over {}: timed out", actor(event))],
            Kind::Note { text, .. } if !text.is_empty() => vec![format!("Note over {}: {text}", actor(event))],
            _ => Vec::new(),
        },
    };
    if let Shape::Message { read, receive, .. } | Shape::Arrives { read, receive, .. } = &unit.shape {
        let how = read.map(|read| match read {
            ReadAs::One => "as one",
            ReadAs::Part => "in part",
        });
        lines.extend(how.map(|how| format!("Note over {}: read {how}: {}", actor(receive), what(receive))));
    }
    lines
}

fn plain(send: &Placed, response: bool) -> &'static str {
    match &send.event.event {
        Kind::Closing {
            how: Closing::Reset, ..
        } => "--x",
        Kind::Closing { .. } => "-)",
        _ if response => "-->>",
        _ => "->>",
    }
}

fn what(placed: &Placed) -> String {
    match &placed.event.event {
        Kind::Send { content, .. } | Kind::Receive { content, .. } => content.text.clone().unwrap(),
        Kind::Closing { how: Closing::Fin, .. } | Kind::Closed { how: Closed::Eof, .. } => "close".to_owned(),
        Kind::Closing { .. } | Kind::Closed { .. } => "reset".to_owned(),
        other => panic!("no message: {other:?}"),
    }
}

fn actor(placed: &Placed) -> String {
    placed
        .strand
        .actor
        .as_ref()
        .map_or_else(|| "*".to_owned(), ToString::to_string)
}

fn ends(connection: &ConnectionName, kind: &Kind) -> (String, String) {
    let (Kind::Send { direction, .. }
    | Kind::Receive { direction, .. }
    | Kind::Closing { direction, .. }
    | Kind::Closed { direction, .. }) = kind
    else {
        panic!("no message: {kind:?}");
    };
    let end = |direction| connection.sender(direction).to_string();
    (end(*direction), end(direction.reverse()))
}
