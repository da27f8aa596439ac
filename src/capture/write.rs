//! The trace of a conversation of others.
//!
//! Owns that the frames stand as the session of the server, in the order seen, and that both actors are outside. Does not
//! own who is who (`cast`), nor the shape of a line (`trace`).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::cast::{Cast, Session, done};
use super::conversation::{Conversation, Transport};
use super::talk::{Said, Spoken};
use crate::finding::{Expect, Verdict};
use crate::ident::Direction;
use crate::trace::event::{Content, Event, Footer, Head, Header, HeaderActor, HeaderMask, Kind, Line, VERSION};
use crate::wire::message::Message;

/// A conversation with all that is known of it.
#[derive(Debug)]
pub struct Told<'a> {
    /// What was heard.
    pub conversation: &'a Conversation,
    /// What was said on each connection.
    pub talks: &'a [Vec<Spoken>],
    /// Who is who.
    pub cast: &'a Cast,
    /// What diagrams call the scenario.
    pub scenario: &'a str,
    /// For people.
    pub title: Option<&'a str>,
    /// For each connection that came behind another one of its client, that other one, where the order is told.
    pub after: &'a BTreeMap<usize, usize>,
    /// Values that diagrams show by name.
    pub values: &'a BTreeMap<String, Vec<String>>,
}

/// Writes the whole trace.
pub fn write(told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    line(out, &Line::Header(header(told)))?;
    let mut events = 0;
    let mut index = 0;
    let mut run = |time, event| {
        index += 1;
        event_of("*", index - 1, time, event)
    };
    let mut first = Vec::new();
    for role in &told.cast.roles {
        let hops = told
            .conversation
            .hops
            .iter()
            .filter(|(to, _)| Some(*to) == role.listens);
        for address in role.listens.into_iter().chain(hops.map(|(_, hop)| *hop)) {
            let (endpoint, address) = (role.name.clone(), address.to_string());
            first.push(run(Duration::ZERO, Kind::Listening { endpoint, address }));
        }
    }
    for text in &told.conversation.notes {
        let over = told.cast.roles.iter().map(|role| role.name.clone()).collect();
        let text = text.clone();
        first.push(run(Duration::ZERO, Kind::Note { text, over }));
    }
    for event in first.into_iter().chain(sessions(told)) {
        line(out, &Line::Event(Box::new(event)))?;
        events += 1;
    }
    let footer = Footer {
        verdict: Verdict::None,
        events,
        draws: 0,
        cut: told.conversation.cut.clone(),
    };
    line(out, &Line::Footer(footer))?;
    out.flush()
}

fn line(out: &mut dyn Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

fn header(told: &Told<'_>) -> Header {
    let actors = told.cast.roles.iter().map(|role| HeaderActor {
        name: role.name.clone(),
        count: None,
        listens: role.listens.is_some(),
        outside: true,
        unordered: Vec::new(),
    });
    Header {
        trace: VERSION,
        wiretale: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: told.scenario.to_owned(),
        case: None,
        title: told.title.map(str::to_owned),
        seed: 0,
        mask: HeaderMask {
            values: told.values.clone(),
            ..HeaderMask::default()
        },
        expect: Expect::Pass,
        actors: actors.collect(),
        steps: Vec::new(),
    }
}

/// The events of all sessions, in the order seen.
fn sessions(told: &Told<'_>) -> Vec<Event> {
    let mut events = Vec::new();
    let connections = told.conversation.connections.iter().zip(&told.cast.sessions);
    for (place, ((connection, session), talk)) in connections.zip(told.talks).enumerate() {
        let strand = session.name.session().to_string();
        let accept = Kind::Accept {
            connection: session.name.to_string(),
            datagrams: connection.transport == Transport::Udp,
            watch: Vec::new(),
        };
        let kinds = talk
            .iter()
            .map(|spoken| (spoken.time, kind(spoken, session, connection.said(spoken.direction))));
        // An end that is no end of a stream is drawn nowhere.
        let kinds = kinds.filter(|(_, kind)| connection.transport == Transport::Tcp || !is_end(kind));
        let mut all = vec![(connection.opened, accept)];
        all.extend(kinds);
        tie(told, place, &mut all);
        events.extend(
            (0..)
                .zip(all)
                .map(|(index, (time, kind))| event_of(&strand, index, time, kind)),
        );
    }
    // What one strand did stays in its order.
    events.sort_by_key(|event| event.time);
    events
}

/// Says that one connection came behind another one, as the client's script does that plays it again.
fn tie(told: &Told<'_>, place: usize, events: &mut Vec<(Duration, Kind)>) {
    let name = |place: usize| format!("{} is over", told.cast.sessions[place].name);
    if told.after.values().any(|before| *before == place) {
        let done = done(&told.conversation.connections[place], &told.talks[place]).unwrap_or_default();
        let at = events
            .iter()
            .rposition(|(time, _)| *time <= done)
            .map_or(1, |at| at + 1);
        let name = name(place);
        events.insert(at, (done, Kind::Signalled { name, nth: 1 }));
    }
    if let Some(before) = told.after.get(&place) {
        let over = done(&told.conversation.connections[*before], &told.talks[*before]).unwrap_or_default();
        let awaited = Kind::Awaited {
            name: name(*before),
            count: 1,
            watch: Vec::new(),
        };
        events.insert(1, (events[0].0.max(over), awaited));
    }
}

const fn is_end(kind: &Kind) -> bool {
    matches!(kind, Kind::Closing { .. } | Kind::Closed { .. })
}

fn event_of(strand: &str, index: u32, time: Duration, event: Kind) -> Event {
    Event {
        strand: strand.to_owned(),
        index,
        time: u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
        step: None,
        frames: Vec::new(),
        label: None,
        hide: false,
        event,
    }
}

fn kind(spoken: &Spoken, session: &Session, said: &[u8]) -> Kind {
    let (connection, direction) = (session.name.to_string(), spoken.direction);
    match (&spoken.said, direction) {
        (Said::Message { message, range, .. }, Direction::FromOpener) => Kind::Receive {
            connection,
            direction,
            start: range.0,
            end: range.1,
            content: content(message),
            watch: Vec::new(),
            captured: BTreeMap::new(),
        },
        (Said::Message { message, range, .. }, Direction::ToOpener) => Kind::Send {
            connection,
            direction,
            start: range.0,
            end: range.1,
            content: content(message),
            broadcast: None,
        },
        (Said::Malformed { range, place, why }, _) => Kind::Malformed {
            connection,
            direction,
            start: range.0,
            end: range.1,
            content: Content::of(&said[place.clone()]),
            why: why.clone(),
        },
        (Said::End { how, partial }, Direction::FromOpener) => Kind::Closed {
            connection,
            direction,
            how: Said::closed(*how),
            partial: *partial,
            code: None,
            watch: Vec::new(),
        },
        (Said::End { how, .. }, Direction::ToOpener) => Kind::Closing {
            connection,
            direction,
            how: *how,
            code: None,
        },
        (Said::Note(text), _) => Kind::Note {
            text: text.clone(),
            over: Vec::new(),
        },
    }
}

/// What a message held, as runs record it.
fn content(message: &Message) -> Content {
    let mut content = Content::of(message.bytes());
    content.shown = message.shown().map(str::to_owned);
    content.head = message.head().map(|head| Head {
        line: head.line.clone().unwrap_or_default(),
        headers: head.headers.clone(),
        show: Vec::new(),
    });
    content
}
