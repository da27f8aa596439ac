//! What of a unit is drawn, and in which words.
//!
//! Owns the table of units and lines, for both details. Does not own who takes part (`builder`), nor what happens to the
//! lines after.

use crate::diagram::Detail;
use crate::diagram::label;
use crate::diagram::model::Arrow;
use crate::diagram::notes::{alone, local, note, taken};
use crate::diagram::outside;
use crate::ident::{ActorName, ConnectionName, Direction};
use crate::order::unit::{Placed, Shape, Unit, Unpaired};
use crate::trace::event::{Closed, Closing, Content, Event, Fate, Kind};

/// One line that a unit gives, by the actors' names.
#[derive(Debug)]
pub(super) struct Sketch<'u> {
    /// What is drawn.
    pub(super) what: What,
    /// The events that it stands for.
    pub(super) events: Vec<&'u Placed>,
    /// Whether it counts as a message where frames ask for more than one.
    pub(super) message: bool,
}

/// What is drawn.
#[derive(Debug)]
pub(super) enum What {
    /// An arrow.
    Arrow(ActorName, ActorName, Arrow, String),
    /// A note over these actors.
    Note(Vec<ActorName>, String),
    /// A note over all.
    NoteOverAll(String),
}

/// The lines of a unit.
pub(super) fn sketch(unit: &Unit, detail: Detail) -> Vec<Sketch<'_>> {
    let lifecycle = detail == Detail::Lifecycle;
    let connection = unit.connection.as_deref();
    match &unit.shape {
        Shape::Message { send, receive, .. }
        | Shape::Arrives { send, receive, .. }
        | Shape::Opens {
            connect: send,
            accept: Some(receive),
            ..
        } if send.event.hide || receive.event.hide => Vec::new(),
        Shape::Message {
            send,
            receive,
            response,
            read,
        } => {
            let mut lines = if is_ending(&send.event) {
                ending(connection, send, Some(receive), false, lifecycle)
            } else if lifecycle {
                let mut lines = sending(
                    connection,
                    send,
                    Some(receive),
                    is_response(send, *response),
                    arrow_of(unit, Arrow::Request),
                    "",
                );
                lines.extend(receiving(connection, send, receive, is_response(send, *response)));
                lines
            } else {
                let arrow = if is_response(send, *response) {
                    Arrow::Response
                } else {
                    Arrow::Request
                };
                let arrow = arrow_of(unit, arrow);
                message(connection, send, Some(receive), arrow, "")
            };
            lines.extend(taken(receive, *read));
            lines
        }
        Shape::Departs { hidden: true, .. } => Vec::new(),
        Shape::Departs { send, .. } | Shape::Unpaired { send, .. } | Shape::Closes { closing: send }
            if send.event.hide =>
        {
            Vec::new()
        }
        Shape::Departs { send, response, .. } => match (&send.event.event, lifecycle) {
            (Kind::Closing { .. }, true) => ending(connection, send, None, false, true),
            (Kind::Closing { how, code, .. }, false) => {
                let words = || with_code(departing(*how), *code);
                vec![note(send, said(send, None).unwrap_or_else(words))]
            }
            (_, true) => {
                let arrow = arrow_of(unit, Arrow::Request);
                sending(connection, send, None, is_response(send, *response), arrow, "")
            }
            (_, false) => vec![note(send, format!("sends {}", text_of(send, None)))],
        },
        Shape::Arrives {
            send,
            receive,
            response,
            read,
        } => {
            let mut lines = match (is_ending(&send.event), lifecycle) {
                (true, true) => Vec::new(),
                (true, false) => ending(connection, send, Some(receive), true, false),
                (false, true) => receiving(connection, send, receive, is_response(send, *response)),
                (false, false) => message(connection, send, Some(receive), Arrow::Crossed, ""),
            };
            lines.extend(taken(receive, *read));
            lines
        }
        Shape::Unpaired { send, why, response } => {
            if *why == Unpaired::NotTaken
                && let Some(lines) = outside::sent(unit, send, is_response(send, *response), lifecycle)
            {
                return lines;
            }
            let (arrow, after) = match why {
                Unpaired::Fate(Fate::Lost) => (Arrow::Lost, " (lost)"),
                Unpaired::NotTaken => (Arrow::Open, " (not taken)"),
                Unpaired::Again => (Arrow::Open, " (again)"),
                Unpaired::ReadWithLater => (Arrow::Open, ""),
            };
            if lifecycle {
                sending(connection, send, None, is_response(send, *response), arrow, after)
            } else {
                message(connection, send, None, arrow, after)
            }
        }
        Shape::Closes { closing } => ending(connection, closing, None, false, lifecycle),
        Shape::Taken { receive, .. } if receive.event.hide => Vec::new(),
        Shape::Taken { receive, response } => match outside::taken(unit, receive, *response, lifecycle) {
            Some(lines) => lines,
            None if receive.strand.is_drain() => Vec::new(),
            None => alone(receive),
        },
        Shape::Opens {
            connect,
            accept,
            connected,
        } if lifecycle && !unit.datagrams && !connect.event.hide => {
            // Who is outside has accepted what came about.
            let outside = connected.as_ref().filter(|_| unit.unseen == Some(Direction::ToOpener));
            opening(connection, connect, accept.as_ref().or(outside))
        }
        Shape::Opens { .. } => Vec::new(),
        Shape::Local { event } if event.event.hide => Vec::new(),
        Shape::Local { event } => outside::accepted(unit, event, lifecycle).unwrap_or_else(|| local(event, lifecycle)),
    }
}

/// How a message is drawn: nobody waits for a datagram to be taken.
pub(super) const fn arrow_of(unit: &Unit, arrow: Arrow) -> Arrow {
    if unit.datagrams { Arrow::Open } else { arrow }
}

/// The actor of an endpoint called `Server`, `P[1]` or `Ftp.data`.
pub(super) fn endpoint_actor(endpoint: &str) -> Option<ActorName> {
    endpoint.split('.').next()?.parse().ok()
}

/// Whether a message is a response: by its place in the conversation, or by what it says itself, for a server says some
/// things before it has taken anything.
pub(super) fn is_response(send: &Placed, by_place: bool) -> bool {
    let says_so = |event: &Kind| match event {
        Kind::Send { content, .. } | Kind::Receive { content, .. } => {
            content.head.as_ref().is_some_and(|head| head.line.starts_with("HTTP/"))
        }
        _ => false,
    };
    by_place || says_so(&send.event.event)
}

fn is_ending(event: &Event) -> bool {
    matches!(event.event, Kind::Closing { .. })
}

pub(super) fn message<'u>(
    connection: Option<&ConnectionName>,
    send: &'u Placed,
    receive: Option<&'u Placed>,
    arrow: Arrow,
    after: &str,
) -> Vec<Sketch<'u>> {
    let text = format!("{}{after}", text_of(send, receive));
    arrow_along(connection, send, arrow, text, [Some(send), receive])
}

pub(super) fn sending<'u>(
    connection: Option<&ConnectionName>,
    send: &'u Placed,
    receive: Option<&Placed>,
    response: bool,
    arrow: Arrow,
    after: &str,
) -> Vec<Sketch<'u>> {
    let text = format!("Send {}: {}{after}", word(response), text_of(send, receive));
    arrow_along(connection, send, arrow, text, [Some(send), None])
}

pub(super) fn receiving<'u>(
    connection: Option<&ConnectionName>,
    send: &'u Placed,
    receive: &'u Placed,
    response: bool,
) -> Vec<Sketch<'u>> {
    let text = format!("Receive {}: {}", word(response), text_of(send, Some(receive)));
    let Some((from, to)) = ends(connection, &send.event.event) else {
        return Vec::new();
    };
    vec![Sketch {
        what: What::Arrow(to, from, Arrow::Request, text),
        events: vec![receive],
        message: false,
    }]
}

pub(super) fn ending<'u>(
    connection: Option<&ConnectionName>,
    closing: &'u Placed,
    closed: Option<&'u Placed>,
    crossed: bool,
    lifecycle: bool,
) -> Vec<Sketch<'u>> {
    let (how, code) = match &closing.event.event {
        Kind::Closing { how, code, .. } => (how, *code),
        Kind::Closed { how: Closed::Reset, .. } => (&Closing::Reset, None),
        Kind::Closed { code, .. } => (&Closing::Fin, *code),
        _ => return Vec::new(),
    };
    let part = match closed.or(Some(closing)).map(|closed| &closed.event.event) {
        Some(Kind::Closed {
            partial: Some((n, None)),
            ..
        }) => format!(" after {n} bytes of a message"),
        Some(Kind::Closed {
            partial: Some((n, Some(m))),
            ..
        }) => format!(" after {n} of {m} bytes"),
        _ => String::new(),
    };
    let (arrow, words) = match (how, lifecycle) {
        (Closing::Reset, _) => (Arrow::Reset, "reset"),
        (Closing::Fin, true) => (Arrow::Request, "Close Connection"),
        (Closing::Fin, false) if crossed => (Arrow::Crossed, "close"),
        (Closing::Fin, false) => (Arrow::Open, "close"),
    };
    let words = match (said(closing, closed), lifecycle) {
        (Some(label), false) => label,
        (Some(label), true) => format!("{words}: {label}"),
        (None, _) => with_code(words, code),
    };
    arrow_along(
        connection,
        closing,
        arrow,
        format!("{words}{part}"),
        [Some(closing), closed],
    )
}

pub(super) fn opening<'u>(
    connection: Option<&ConnectionName>,
    connect: &'u Placed,
    accept: Option<&'u Placed>,
) -> Vec<Sketch<'u>> {
    let Some(connection) = connection else {
        return Vec::new();
    };
    let Some(opener) = connection.opener.actor.clone() else {
        return Vec::new();
    };
    let words = match said(connect, accept) {
        Some(label) => format!("Connect: {label}"),
        None => "Connect".to_owned(),
    };
    let target = connection.target.clone();
    let mut lines = vec![Sketch {
        what: What::Arrow(opener.clone(), target.clone(), Arrow::Request, words),
        events: vec![connect],
        message: true,
    }];
    lines.extend(accept.map(|accept| Sketch {
        what: What::Arrow(target, opener, Arrow::Request, "Accept Connection".to_owned()),
        events: vec![accept],
        message: false,
    }));
    lines
}

fn arrow_along<'u>(
    connection: Option<&ConnectionName>,
    sent: &Placed,
    arrow: Arrow,
    text: String,
    events: [Option<&'u Placed>; 2],
) -> Vec<Sketch<'u>> {
    let Some((from, to)) = ends(connection, &sent.event.event) else {
        return Vec::new();
    };
    vec![Sketch {
        what: What::Arrow(from, to, arrow, text),
        events: events.into_iter().flatten().collect(),
        message: true,
    }]
}

/// Who sends and who receives; none where a name leads to nobody.
fn ends(connection: Option<&ConnectionName>, event: &Kind) -> Option<(ActorName, ActorName)> {
    let (Kind::Send { direction, .. }
    | Kind::Receive { direction, .. }
    | Kind::Malformed { direction, .. }
    | Kind::Closing { direction, .. }
    | Kind::Closed { direction, .. }) = event
    else {
        return None;
    };
    let connection = connection?;
    let opener = connection.opener.actor.clone()?;
    let target = connection.target.clone();
    Some(match direction {
        Direction::FromOpener => (opener, target),
        Direction::ToOpener => (target, opener),
    })
}

/// The scenario's own label: the send's, else the receive's.
fn said(send: &Placed, receive: Option<&Placed>) -> Option<String> {
    let receive = receive.and_then(|receive| receive.event.label.as_deref());
    send.event.label.as_deref().or(receive).map(label::given)
}

fn text_of(send: &Placed, receive: Option<&Placed>) -> String {
    said(send, receive).unwrap_or_else(|| match &send.event.event {
        Kind::Send { content, .. } | Kind::Receive { content, .. } | Kind::Malformed { content, .. } => {
            label::message(content, &shown_headers(content, receive))
        }
        _ => String::new(),
    })
}

const fn departing(how: Closing) -> &'static str {
    match how {
        Closing::Fin => "closes",
        Closing::Reset => "resets",
    }
}

/// With the code that was said; one that stands for none is left out.
pub(super) fn with_code(words: &str, code: Option<u16>) -> String {
    /// RFC 6455, 7.1.5.
    const NONE: u16 = 1005;
    match code.filter(|code| *code != NONE) {
        Some(code) => format!("{words} {code}"),
        None => words.to_owned(),
    }
}

/// The headers that either end shows, each once.
fn shown_headers(sent: &Content, receive: Option<&Placed>) -> Vec<String> {
    let taken = receive.and_then(|receive| match &receive.event.event {
        Kind::Receive { content, .. } => content.head.as_ref(),
        _ => None,
    });
    let mut names: Vec<String> = Vec::new();
    for name in sent.head.iter().chain(taken).flat_map(|head| &head.show) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.clone());
        }
    }
    names
}

const fn word(response: bool) -> &'static str {
    if response { "Response" } else { "Data" }
}
