//! What programs do that are no actors.
//!
//! Owns the lines for what they sent, ended and opened, of which only our end is in the trace. Does not own what we send
//! them, which is drawn as what we send to anybody (`rules`).

use crate::diagram::label;
use crate::diagram::model::Arrow;
use crate::diagram::notes::{alone, note};
use crate::diagram::rules::{Sketch, What};
use crate::ident::{ConnectionName, Direction};
use crate::order::unit::Placed;
use crate::trace::event::{Closed, Kind};

/// The lines for what one of our strands took from such a program.
pub(super) fn sketch<'u>(connection: Option<&ConnectionName>, taken: &'u Placed, lifecycle: bool) -> Vec<Sketch<'u>> {
    let Some(connection) = connection else {
        return alone(taken);
    };
    let Some(opener) = connection.opener.actor.clone() else {
        return alone(taken);
    };
    let target = connection.target.clone();
    let (from, to) = match direction(&taken.event.event) {
        Some(Direction::ToOpener) => (target, opener),
        Some(Direction::FromOpener) | None => (opener, target),
    };
    let said = taken.event.label.as_deref().map(label::given);
    let line = |arrow: Arrow, back: bool, text: String, message: bool| {
        let (from, to) = if back { (&to, &from) } else { (&from, &to) };
        Sketch {
            what: What::Arrow(from.clone(), to.clone(), arrow, text),
            events: vec![taken],
            message,
        }
    };
    match &taken.event.event {
        Kind::Accept { .. } if lifecycle => vec![
            line(Arrow::Request, false, "Connect".to_owned(), true),
            line(Arrow::Request, true, "Accept Connection".to_owned(), false),
        ],
        Kind::Receive { content, .. } => {
            let shown: Vec<String> = content.head.iter().flat_map(|head| head.show.iter().cloned()).collect();
            let text = said.unwrap_or_else(|| label::message(content, &shown));
            if lifecycle {
                vec![
                    line(Arrow::Request, false, format!("Send Data: {text}"), true),
                    line(Arrow::Request, true, format!("Receive Data: {text}"), false),
                ]
            } else {
                vec![line(Arrow::Request, false, text, true)]
            }
        }
        Kind::Malformed { content, why, .. } => vec![
            line(Arrow::Request, false, label::message(content, &[]), true),
            note(taken, format!("malformed: {why}")),
        ],
        Kind::Closed { how, partial, .. } => {
            let part = match partial {
                Some((n, Some(m))) => format!(" after {n} of {m} bytes"),
                Some((n, None)) => format!(" after {n} bytes of a message"),
                None => String::new(),
            };
            let (arrow, words) = match (how, lifecycle) {
                (Closed::Reset, _) => (Arrow::Reset, "reset"),
                (Closed::Eof | Closed::Truncated, true) => (Arrow::Request, "Close Connection"),
                (Closed::Eof | Closed::Truncated, false) => (Arrow::Open, "close"),
                (Closed::Abandoned, _) => return alone(taken),
            };
            let words = match (said, lifecycle) {
                (Some(label), false) => label,
                (Some(label), true) => format!("{words}: {label}"),
                (None, _) => words.to_owned(),
            };
            vec![line(arrow, false, format!("{words}{part}"), true)]
        }
        _ => Vec::new(),
    }
}

const fn direction(event: &Kind) -> Option<Direction> {
    match event {
        Kind::Receive { direction, .. } | Kind::Malformed { direction, .. } | Kind::Closed { direction, .. } => {
            Some(*direction)
        }
        _ => None,
    }
}
