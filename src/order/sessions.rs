//! The connections from outside, in an order that shows nothing of chance.
//!
//! Owns that those of one actor to one endpoint are in the order of what was said on them, masked as in the diagram, then
//! of what came of that elsewhere, and where all of it is equal in the order of acceptance, which then shows nowhere. What
//! is kept of a connection is bounded: the beginnings of its first messages and sums of hashes, which are the same in
//! whatever order the lines come. Does not own the names (`numbers`).

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use super::error::OrderError;
use super::numbers::renumbered;
use super::outside::Outside;
use crate::ident::{ConnectionName, Direction, StrandName};
use crate::trace::event::{Content, Event, Kind};
use crate::trace::mask::{Masker, is_mark};
use crate::trace::reader::{Skim, SkimKind, TraceSource};

/// Of how many messages of a connection the beginnings are compared, before the hashes of all.
const FIRST: usize = 8;

/// How much of each, in characters.
const BEGINNING: usize = 48;

/// What connections from outside are compared by.
#[derive(Debug, Default)]
struct Heard {
    /// The first messages, by the places of their events.
    first: BTreeMap<Place, (Direction, String)>,
    /// All of them.
    own: Sum,
    /// All that strands said elsewhere which are there for the connection.
    elsewhere: Sum,
}

/// An event's place: its strand, the session itself first, and its index there.
type Place = (u64, u32);

/// A sum of hashes, the same in any order.
type Sum = u128;

impl Heard {
    fn message(&mut self, place: Place, direction: Direction, text: &str, own: bool) {
        let mut hash = Sha256::new();
        hash.update(place.0.to_be_bytes());
        hash.update(place.1.to_be_bytes());
        hash.update([u8::from(direction == Direction::ToOpener)]);
        hash.update(text.as_bytes());
        let hash = first_of(&hash.finalize());
        let sum = if own { &mut self.own } else { &mut self.elsewhere };
        *sum = sum.wrapping_add(hash);
        if own {
            let beginning = text.chars().take(BEGINNING).collect();
            self.first.insert(place, (direction, beginning));
            if self.first.len() > FIRST {
                self.first.pop_last();
            }
        }
    }

    /// What comes first in the comparison.
    fn key(&self) -> (Vec<&(Direction, String)>, Sum, Sum) {
        (self.first.values().collect(), self.own, self.elsewhere)
    }
}

fn first_of(hash: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    u128::from_be_bytes(bytes)
}

/// The connections from outside that strands are there for.
#[derive(Default)]
pub(super) struct Sessions {
    numbers: HashMap<ConnectionName, usize>,
    all: Vec<(ConnectionName, String, Heard)>,
    /// By strand: its connection, and the strand's place among those of the connection.
    strands: HashMap<Box<str>, (usize, u64)>,
}

impl Sessions {
    pub(super) fn add(&mut self, text: &str, name: &StrandName, outside: &Outside) {
        // What a tail reads nobody takes, and how much of it there is hangs on nothing that was said.
        let Some(connection) = outside.root(name).filter(|_| !name.is_drain()) else {
            return;
        };
        let session = connection.session();
        let place = if *name == session {
            0
        } else {
            let without = renumbered(name, &|other| if *other == connection { 0 } else { other.number });
            let hash = Sha256::digest(without.to_string().as_bytes());
            (first_of(&hash) as u64).max(1)
        };
        let next = self.all.len();
        let number = *self.numbers.entry(connection.clone()).or_insert(next);
        if number == next {
            let shown = connection.to_string();
            self.all.push((connection, shown, Heard::default()));
        }
        self.strands.insert(text.into(), (number, place));
    }

    /// Whether no two of them have numbers that could be each other's.
    pub(super) fn leave_alone(&self) -> bool {
        let mut seen = HashSet::new();
        (self.all.iter()).all(|(name, ..)| seen.insert((&name.target, &name.endpoint, &name.opener)))
    }

    /// Goes through the trace for what was said.
    pub(super) fn hear(&mut self, source: &TraceSource) -> Result<(), OrderError> {
        let mut masker = Masker::of(source)?;
        let mut reader = source.reader();
        source.skim(|offset, skim| {
            let Skim::Event(event) = skim else {
                return Ok(());
            };
            let says = matches!(
                event.kind,
                SkimKind::Send { .. } | SkimKind::Receive { .. } | SkimKind::Closing { .. } | SkimKind::Closed { .. }
            );
            let Some((number, place)) = self.strands.get(event.strand.as_ref()).filter(|_| says) else {
                return Ok(());
            };
            let mut event = reader.event(offset)?;
            if event.hide {
                return Ok(());
            }
            masker.event(&mut event);
            let (_, own, heard) = &mut self.all[*number];
            if let Some((connection, direction, text)) = message(&event) {
                let text = text.replace(is_mark, "\u{0}");
                heard.message((*place, event.index), direction, &text, connection == own);
            }
            Ok::<(), OrderError>(())
        })
    }

    /// Those that could have each other's numbers, in their order.
    pub(super) fn groups(self) -> Vec<Vec<ConnectionName>> {
        let mut groups: HashMap<_, Vec<_>> = HashMap::new();
        for (name, _, heard) in self.all {
            let of = (name.target.clone(), name.endpoint.clone(), name.opener.clone());
            groups.entry(of).or_default().push((heard, name));
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        for group in &mut groups {
            group.sort_by(|a, b| (a.0.key(), a.1.number).cmp(&(b.0.key(), b.1.number)));
        }
        let named = |group: Vec<(Heard, ConnectionName)>| group.into_iter().map(|(_, name)| name).collect();
        groups.into_iter().map(named).collect()
    }
}

/// An ending by its words, with the code that was said.
fn ended(how: &str, code: Option<u16>) -> String {
    code.map_or_else(|| how.to_owned(), |code| format!("{how} {code}"))
}

/// A message or an ending: on which connection, which way, and what is compared of it.
fn message(event: &Event) -> Option<(&str, Direction, String)> {
    let label = || event.label.clone();
    Some(match &event.event {
        Kind::Send {
            connection,
            direction,
            content,
            ..
        }
        | Kind::Receive {
            connection,
            direction,
            content,
            ..
        } => (connection, *direction, label().unwrap_or_else(|| text(content))),
        Kind::Closing {
            connection,
            direction,
            how,
            code,
        } => (connection, *direction, ended(&format!("{how:?}"), *code)),
        Kind::Closed {
            connection,
            direction,
            how,
            code,
            ..
        } => (connection, *direction, ended(&format!("{how:?}"), *code)),
        _ => return None,
    })
}

fn text(content: &Content) -> String {
    let head = content.head.as_ref().map(|head| head.line.as_str());
    // The bytes hold what is masked in what is shown: an identifier that was made up.
    if let Some(shown) = &content.shown {
        return head.into_iter().chain([shown.as_str()]).collect::<Vec<_>>().join("\n");
    }
    let parts = [
        head,
        content.text.as_deref(),
        content.base64.as_deref(),
        content.digest.as_deref(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
