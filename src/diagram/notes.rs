//! What notes say.
//!
//! Owns the words for everything that is drawn on one lifeline alone: how a message was taken, deadlines, findings, the
//! scenario's own notes. Does not own arrows (`rules`).

use crate::diagram::label;
use crate::diagram::model::Arrow;
use crate::diagram::rules::{Sketch, What, endpoint_actor, with_code};
use crate::finding::{Finding, Verdict};
use crate::order::unit::{Placed, ReadAs};
use crate::trace::event::{Access, Closed, Kind, Mode, SERIAL};

/// How much of a text is shown, in characters.
const LONGEST: usize = 80;

/// What is said of how a message or an ending was taken, beside its arrow.
pub(super) fn taken(receive: &Placed, read: Option<ReadAs>) -> Option<Sketch<'_>> {
    if receive.strand.is_drain() {
        return None;
    }
    match &receive.event.event {
        Kind::Receive { content, .. } => {
            let how = match read? {
                ReadAs::One => "one",
                ReadAs::Part => "part",
            };
            let preposition = if how == "one" { "as" } else { "in" };
            Some(note(
                receive,
                format!("read {preposition} {how}: {}", label::message(content, &[])),
            ))
        }
        Kind::Malformed { why, .. } => Some(note(receive, format!("malformed: {why}"))),
        Kind::Closed {
            how: Closed::Truncated, ..
        } => Some(note(receive, "ended without farewell".to_owned())),
        _ => None,
    }
}

/// What was taken without a sending that is its own.
pub(super) fn alone(receive: &Placed) -> Vec<Sketch<'_>> {
    let text = match &receive.event.event {
        Kind::Receive { content, .. } => format!("read in part: {}", label::message(content, &[])),
        Kind::Malformed { why, .. } => format!("malformed: {why}"),
        Kind::Closed { how, code, partial, .. } => {
            let words = match how {
                Closed::Eof => "ended",
                Closed::Reset => "reset",
                Closed::Truncated => "ended without farewell",
                Closed::Abandoned => "the end never came",
            };
            match partial {
                Some((n, Some(m))) => format!("{words} after {n} of {m} bytes"),
                Some((n, None)) => format!("{words} after {n} bytes of a message"),
                None => with_code(words, *code),
            }
        }
        _ => return Vec::new(),
    };
    vec![note(receive, text)]
}

/// What concerns its strand alone.
pub(super) fn local(event: &Placed, lifecycle: bool) -> Vec<Sketch<'_>> {
    let text = match &event.event.event {
        Kind::Refused {
            endpoint,
            again,
            status,
        } => {
            let (Some(from), Some(to)) = (event.strand.actor.clone(), endpoint_actor(endpoint)) else {
                return Vec::new();
            };
            let text = match (status, again) {
                (Some(status), _) => format!("connect refused: {status}"),
                (None, true) => "connect refused, tried again".to_owned(),
                (None, false) => "connect refused".to_owned(),
            };
            return vec![Sketch {
                what: What::Arrow(from, to, Arrow::Lost, text),
                events: vec![event],
                message: true,
            }];
        }
        Kind::Phase { text } => {
            return vec![Sketch {
                what: What::NoteOverAll(label::short(text, LONGEST)),
                events: vec![event],
                message: false,
            }];
        }
        Kind::Note { text, over } if !over.is_empty() => {
            let over: Vec<_> = over.iter().filter_map(|name| name.parse().ok()).collect();
            return vec![Sketch {
                what: What::Note(over, label::short(text, LONGEST)),
                events: vec![event],
                message: false,
            }];
        }
        Kind::Note { text, .. } => text.clone(),
        Kind::Timeout { of, .. } if of == "step" => "timed out".to_owned(),
        Kind::Timeout { of, .. } => of.clone(),
        Kind::Silent { .. } => event.event.label.clone().unwrap_or_else(|| "silence".to_owned()),
        Kind::Finding(found) => finding(found),
        Kind::Secured { by_opener: false, .. } if lifecycle => secured(event, true),
        Kind::Secured {
            by_opener: false,
            upgrade: true,
            ..
        } => secured(event, false),
        Kind::Signalled { name, .. } if lifecycle => format!("signals {name}"),
        Kind::Awaited { name, .. } if lifecycle => format!("awaited {name}"),
        Kind::Access { cells } if lifecycle => match accesses(cells) {
            Some(text) => text,
            None => return Vec::new(),
        },
        Kind::Started {} if lifecycle => "started".to_owned(),
        Kind::Exited { status } if lifecycle => match status.strip_prefix("signal ") {
            Some(signal) => format!("ended by signal {signal}"),
            None => format!("exited with status {status}"),
        },
        _ => return Vec::new(),
    };
    vec![note(event, text)]
}

/// The note of a finding.
pub(super) fn finding(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::None | Verdict::Pass => "finding",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Fail => "fail",
        Verdict::Error => "error",
    };
    label::short(&format!("{verdict}: {}", finding.text), LONGEST)
}

/// A note over the lifeline of an event.
pub(super) fn note(event: &Placed, text: String) -> Sketch<'_> {
    let text = label::short(&text, LONGEST + label::LONGEST);
    Sketch {
        what: match &event.strand.actor {
            Some(actor) => What::Note(vec![actor.clone()], text),
            None => What::NoteOverAll(text),
        },
        events: vec![event],
        message: false,
    }
}

/// What a handshake came to.
fn secured(event: &Placed, lifecycle: bool) -> String {
    if let Some(label) = &event.event.label {
        return label.clone();
    }
    let Kind::Secured {
        version,
        sni,
        alpn,
        peer,
        ..
    } = &event.event.event
    else {
        return String::new();
    };
    let mut text = if lifecycle { version.clone() } else { "TLS".to_owned() };
    for (what, value) in [("ALPN", alpn), ("SNI", sni), ("certificate of", peer)] {
        if let Some(value) = value {
            text.extend([", ", what, " ", value.as_str()]);
        }
    }
    text
}

/// What a step did to shared cells; nothing where it only took its turn at a program that is one sequence to us.
fn accesses(cells: &[Access]) -> Option<String> {
    let shown = cells.iter().filter(|access| !access.cell.ends_with(SERIAL));
    let words = shown.map(|access| {
        let verb = match access.mode {
            Mode::Read => "reads",
            Mode::Write => "writes",
            Mode::Join => "joins",
            Mode::Leave => "leaves",
        };
        format!("{verb} {}", access.cell)
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join(", "))
}
