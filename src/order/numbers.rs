//! The numbers of connections from outside.
//!
//! Owns that these do not hang on who was accepted first, which is chance: a program of its own says nothing of what its
//! connections have to do with each other. Those of one actor to one endpoint are put in the order of what was said on
//! them, masked as in the diagram, then of what came of that elsewhere, and where all of it is equal in the order of
//! acceptance, which then shows nowhere. What is kept of a connection is bounded: the beginnings of its first messages and
//! sums of hashes, which are the same in whatever order the lines come. Does not own how names are compared (`ident`).

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use super::error::OrderError;
use super::strands::parse;
use crate::ident::{ActorName, ConnectionName, Direction, StrandName, Tail};
use crate::trace::event::{Content, Event, Header, Kind};
use crate::trace::mask::{Masker, is_mark};
use crate::trace::reader::{Skim, SkimKind, TraceSource};

/// Of how many messages of a connection the beginnings are compared, before the hashes of all.
const FIRST: usize = 8;

/// How much of each, in bytes.
const BEGINNING: usize = 48;

/// Who of a trace is outside: programs of which it has no events but what the other ends of their connections saw.
#[derive(Clone, Debug)]
pub(super) struct Outside {
    /// The actors whose events are in the trace.
    ours: HashSet<String>,
}

impl Outside {
    /// Those of a trace with this header, and whoever it does not name.
    pub(super) fn of(header: &Header) -> Self {
        let ours = header.actors.iter().filter(|actor| !actor.outside);
        Self {
            ours: ours.map(|actor| actor.name.clone()).collect(),
        }
    }

    fn is(&self, actor: Option<&ActorName>) -> bool {
        actor.is_some_and(|actor| !self.ours.contains(&actor.base))
    }

    /// Which direction of a connection comes from an end that is not in the trace. Where both ends are outside, what the
    /// path between them saw stands as the session of the one that accepted.
    pub(super) fn unseen(&self, connection: &ConnectionName) -> Option<Direction> {
        if self.is(connection.opener.actor.as_ref()) {
            Some(Direction::FromOpener)
        } else {
            self.is(Some(&connection.target)).then_some(Direction::ToOpener)
        }
    }

    /// Whether both ends of a connection are outside.
    pub(super) fn both(&self, connection: &ConnectionName) -> bool {
        self.is(connection.opener.actor.as_ref()) && self.is(Some(&connection.target))
    }

    /// The connection from outside that a strand is there for, if it is: one that has its number by acceptance.
    fn root(&self, strand: &StrandName) -> Option<ConnectionName> {
        match strand.tails.first()? {
            Tail::Session {
                endpoint,
                opener,
                number,
            } => match self.is_script(opener) {
                true => Some(ConnectionName {
                    target: strand.actor.clone()?,
                    endpoint: endpoint.clone(),
                    opener: opener.clone(),
                    number: *number,
                }),
                false => self.root(opener),
            },
            Tail::Background { connection, .. } | Tail::Peer { connection, .. } => {
                match self.is_script(&connection.opener) {
                    true => Some((**connection).clone()),
                    false => self.root(&connection.opener),
                }
            }
            _ => None,
        }
    }

    /// Whether a strand is the script of an actor that is outside, which opens all that this one opens.
    fn is_script(&self, opener: &StrandName) -> bool {
        opener.tails.is_empty() && self.is(opener.actor.as_ref())
    }
}

/// The numbers that differ from those in the trace.
#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) outside: Outside,
    numbers: HashMap<ConnectionName, u32>,
}

impl Numbers {
    /// The numbers of a trace with these strands, each with its text.
    pub(super) fn of<'n>(
        source: &TraceSource,
        strands: impl Iterator<Item = (&'n str, &'n StrandName)>,
    ) -> Result<Self, OrderError> {
        let outside = Outside::of(source.header());
        let mut sessions = Sessions::default();
        for (text, name) in strands {
            sessions.add(text, name, &outside);
        }
        let mut numbers = HashMap::new();
        if sessions.leave_alone() {
            return Ok(Self { outside, numbers });
        }
        sessions.hear(source)?;
        for group in sessions.groups() {
            let mut free: Vec<u32> = group.iter().map(|(_, name)| name.number).collect();
            free.sort_unstable();
            for ((_, name), number) in group.into_iter().zip(free) {
                if name.number != number {
                    numbers.insert(name, number);
                }
            }
        }
        Ok(Self { outside, numbers })
    }

    /// Whether all numbers are those of the trace.
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// A strand's name with its own numbers.
    pub(super) fn strand(&self, name: &StrandName) -> StrandName {
        if self.is_empty() {
            return name.clone();
        }
        renumbered(name, &|connection| self.number(connection))
    }

    /// A connection's name with its own numbers.
    pub(super) fn connection(&self, name: &ConnectionName) -> ConnectionName {
        if self.is_empty() {
            return name.clone();
        }
        connection(name, &|connection| self.number(connection))
    }

    /// Puts its own numbers into what an event says, but for the strand that it names itself by: that is its place in
    /// the trace.
    pub(super) fn event(&self, event: &mut Event) {
        if self.is_empty() {
            return;
        }
        match &mut event.event {
            Kind::Connect { connection }
            | Kind::Connected { connection }
            | Kind::Accept { connection, .. }
            | Kind::Send { connection, .. }
            | Kind::Receive { connection, .. }
            | Kind::Malformed { connection, .. }
            | Kind::Closing { connection, .. }
            | Kind::Closed { connection, .. } => {
                if let Ok(name) = parse(connection) {
                    *connection = self.connection(&name).to_string();
                }
            }
            Kind::Spawned { strand } | Kind::Joined { strand } => self.text(strand),
            Kind::Finding(finding) => self.text(&mut finding.strand),
            _ => {}
        }
    }

    /// The same of a strand's name as text.
    pub(super) fn text(&self, strand: &mut String) {
        if !self.is_empty()
            && let Ok(name) = parse(strand)
        {
            *strand = self.strand(&name).to_string();
        }
    }

    fn number(&self, connection: &ConnectionName) -> u32 {
        self.numbers.get(connection).copied().unwrap_or(connection.number)
    }
}

/// A strand's name with other numbers for its connections. Names are of bounded depth.
fn renumbered(name: &StrandName, number: &dyn Fn(&ConnectionName) -> u32) -> StrandName {
    let tail = |tail: &Tail| match tail {
        Tail::Session {
            endpoint,
            opener,
            number: old,
        } => {
            let of = ConnectionName {
                target: name.actor.clone().unwrap_or_else(|| ActorName::new("")),
                endpoint: endpoint.clone(),
                opener: opener.clone(),
                number: *old,
            };
            Tail::Session {
                endpoint: endpoint.clone(),
                opener: Box::new(renumbered(opener, number)),
                number: number(&of),
            }
        }
        Tail::Background {
            connection: of,
            direction,
        } => Tail::Background {
            connection: Box::new(connection(of, number)),
            direction: *direction,
        },
        Tail::Drain {
            connection: of,
            direction,
        } => Tail::Drain {
            connection: Box::new(connection(of, number)),
            direction: *direction,
        },
        Tail::Peer { region, connection: of } => Tail::Peer {
            region: *region,
            connection: Box::new(connection(of, number)),
        },
        Tail::Setup | Tail::Finally | Tail::Branch { .. } => tail.clone(),
    };
    StrandName {
        tails: name.tails.iter().map(tail).collect(),
        ..name.clone()
    }
}

fn connection(name: &ConnectionName, number: &dyn Fn(&ConnectionName) -> u32) -> ConnectionName {
    ConnectionName {
        opener: Box::new(renumbered(&name.opener, number)),
        number: number(name),
        ..name.clone()
    }
}

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
            let end = text.floor_char_boundary(BEGINNING);
            self.first.insert(place, (direction, text[..end].to_owned()));
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
struct Sessions {
    numbers: HashMap<ConnectionName, usize>,
    all: Vec<(ConnectionName, String, Heard)>,
    /// By strand: its connection, and the strand's place among those of the connection.
    strands: HashMap<Box<str>, (usize, u64)>,
}

impl Sessions {
    fn add(&mut self, text: &str, name: &StrandName, outside: &Outside) {
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
    fn leave_alone(&self) -> bool {
        let mut seen = HashSet::new();
        (self.all.iter()).all(|(name, ..)| seen.insert((&name.target, &name.endpoint, &name.opener)))
    }

    /// Goes through the trace for what was said.
    fn hear(&mut self, source: &TraceSource) -> Result<(), OrderError> {
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
    fn groups(self) -> Vec<Vec<(Heard, ConnectionName)>> {
        let mut groups: HashMap<_, Vec<_>> = HashMap::new();
        for (name, _, heard) in self.all {
            let of = (name.target.clone(), name.endpoint.clone(), name.opener.clone());
            groups.entry(of).or_default().push((heard, name));
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        for group in &mut groups {
            group.sort_by(|a, b| (a.0.key(), a.1.number).cmp(&(b.0.key(), b.1.number)));
        }
        groups
    }
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
        } => (connection, *direction, format!("{how:?}")),
        Kind::Closed {
            connection,
            direction,
            how,
            ..
        } => (connection, *direction, format!("{how:?}")),
        _ => return None,
    })
}

fn text(content: &Content) -> String {
    let head = content.head.as_ref().map(|head| head.line.as_str());
    let parts = [
        head,
        content.text.as_deref(),
        content.base64.as_deref(),
        content.digest.as_deref(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
