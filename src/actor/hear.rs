//! Waiting for what comes first.
//!
//! Owns the one wait behind `receive`, `choose`, `serve`, `any_order`, `silence`, `closed`, `accept` and `await`: what is
//! there is looked at in the order of the alternatives; messages go before time. Does not own what is done with what came.

use std::collections::BTreeMap;
use std::task::{Context, Poll};

use super::failure::Outcome;
use super::strand::{Connection, DEADLINE, Strand};
use super::world::Flip;
use crate::net::inbox::{Front, Over};
use crate::net::registry::Arrived;
use crate::plan::step::{Ending, StepId};
use crate::runtime::{Alarm, TcpStream, Wait, Waiting, Woken};
use crate::trace::event::Closed;
use crate::wire::framing::Malformed;
use crate::wire::matcher::{Captures, Mismatch, Want};
use crate::wire::message::Message;
use crate::wire::raw::{Found, Search};
use crate::wire::template::{Expression, ExpressionError};

/// One thing that a strand listens for.
#[derive(Debug)]
pub(super) struct Ear<'p> {
    /// The step or alternative.
    pub(super) id: StepId,
    /// What.
    pub(super) hears: Hears,
    /// On which connections.
    pub(super) on: Vec<usize>,
    /// A condition on what came.
    pub(super) when: Option<&'p Expression>,
}

/// What an ear listens for.
#[derive(Debug)]
pub(super) enum Hears {
    Message(Want),
    Closed(Ending),
    Accept(usize),
    Await {
        name: String,
        count: u32,
    },
    /// A timer; `None` where it is not running.
    Alarm(Option<Alarm>),
}

/// What came.
#[derive(Debug)]
pub(super) enum Heard {
    Message {
        ear: usize,
        at: usize,
        message: Message,
        size: usize,
        captures: Captures,
    },
    Closed {
        ear: usize,
        at: usize,
        how: Closed,
        partial: Option<(u64, Option<u64>)>,
    },
    Accepted {
        ear: usize,
        stream: TcpStream,
        arrived: Arrived,
    },
    Awaited {
        ear: usize,
    },
    Alarm {
        ear: usize,
    },
    /// A message that no ear wants, and for each ear on its connection why not.
    Unwanted {
        at: usize,
        message: Message,
        size: usize,
        missed: Vec<(usize, Mismatch)>,
    },
    UnwantedEnd {
        at: usize,
        how: Closed,
        partial: Option<(u64, Option<u64>)>,
    },
    Malformed {
        at: usize,
        malformed: Malformed,
    },
    Deadline,
    Standstill,
    Quiet,
    Cut,
    /// A condition that has no value.
    NoValue {
        ear: usize,
        error: ExpressionError,
    },
}

/// A search on one unframed connection, and which ears it is for.
struct Raw {
    search: Search,
    ears: Vec<usize>,
}

impl Strand {
    /// Waits until one of the ears hears something, or something comes that none wants, or nothing can come any more.
    ///
    /// `watch` are connections that are listened to besides those of the ears.
    pub(super) async fn hear(
        &mut self,
        ears: &[Ear<'_>],
        watch: &[usize],
        waiting: Waiting,
        deadline: Option<Alarm>,
    ) -> Outcome<Heard> {
        let mut places: Vec<usize> = ears.iter().flat_map(|ear| &ear.on).chain(watch).copied().collect();
        places.sort_unstable();
        places.dedup();
        let flows: Vec<_> = places
            .iter()
            .filter_map(|&at| self.connections[at].inbox.as_ref().map(|inbox| inbox.flow()))
            .collect();
        let timers = ears.iter().zip(0..).filter_map(|(ear, number)| match ear.hears {
            Hears::Alarm(alarm) => alarm.map(|alarm| alarm.tagged(number)),
            _ => None,
        });
        let alarms: Vec<Alarm> = timers.chain(deadline).collect();
        let mut connections = std::mem::take(&mut self.connections);
        let strand = &*self;
        let mut hold = strand.flip();
        let heard = loop {
            let mut raw = BTreeMap::new();
            let held = hold.take();
            let wait = Wait {
                waiting,
                flows: &flows,
                alarms: &alarms,
            };
            let woken = strand
                .seat
                .wait(wait, |cx| {
                    strand.poll_hear(cx, &mut connections, ears, &places, &mut raw, held)
                })
                .await;
            break match woken {
                Woken::Ready(heard) => heard,
                Woken::Alarm(DEADLINE) => Heard::Deadline,
                Woken::Alarm(ear) => Heard::Alarm { ear: ear as usize },
                // What is held for what cannot come any more is let go.
                Woken::Standstill | Woken::Quiet if held.is_some() => continue,
                Woken::Standstill => Heard::Standstill,
                Woken::Quiet => Heard::Quiet,
                Woken::Cut => Heard::Cut,
            };
        };
        self.connections = connections;
        self.forget(ears);
        Ok(heard)
    }

    fn poll_hear(
        &self,
        cx: &mut Context<'_>,
        connections: &mut [Connection],
        ears: &[Ear<'_>],
        places: &[usize],
        raw: &mut BTreeMap<usize, Raw>,
        held: Option<&Flip>,
    ) -> Poll<Heard> {
        loop {
            if let Some(heard) = self.look(connections, ears, places, raw, held) {
                return Poll::Ready(heard);
            }
            let mut moved = false;
            for &at in places {
                if let Some(inbox) = &mut connections[at].inbox {
                    moved |= inbox.poll_more(cx).is_ready();
                }
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    /// What is there now: for the first ear that hears something, else what no ear wants.
    fn look(
        &self,
        connections: &mut [Connection],
        ears: &[Ear<'_>],
        places: &[usize],
        raw: &mut BTreeMap<usize, Raw>,
        held: Option<&Flip>,
    ) -> Option<Heard> {
        let mut fronts: BTreeMap<usize, Front> = BTreeMap::new();
        let mut missed: BTreeMap<usize, Vec<(usize, Mismatch)>> = BTreeMap::new();
        for &at in places {
            if held.is_some_and(|flip| !is_due(flip, at, connections)) {
                continue;
            }
            let Some(inbox) = &mut connections[at].inbox else {
                continue;
            };
            if inbox.framing().is_raw() {
                match self.look_raw(connections, at, ears, raw) {
                    RawFront::Heard(heard) => return Some(heard),
                    RawFront::Front(front, misses) => {
                        missed.insert(at, misses);
                        fronts.insert(at, front);
                    }
                }
            } else {
                fronts.insert(at, inbox.front());
            }
        }
        for (number, ear) in ears.iter().enumerate() {
            match &ear.hears {
                Hears::Message(want) => {
                    for &at in &ear.on {
                        let Some(Front::Message(message, size)) = fronts.get(&at) else {
                            continue;
                        };
                        if missed
                            .get(&at)
                            .is_some_and(|misses| misses.iter().any(|(ear, _)| *ear == number))
                        {
                            continue;
                        }
                        match want.test(message) {
                            Ok(captures) => match self.holds_when(ear, number, &connections[at], message, &captures) {
                                Ok(true) => {
                                    let (message, size) = (message.clone(), *size);
                                    return Some(Heard::Message {
                                        ear: number,
                                        at,
                                        message,
                                        size,
                                        captures,
                                    });
                                }
                                Ok(false) => missed.entry(at).or_default().push((number, condition(ear))),
                                Err(heard) => return Some(heard),
                            },
                            Err(mismatch) => missed.entry(at).or_default().push((number, mismatch)),
                        }
                    }
                }
                Hears::Closed(ending) => {
                    for &at in &ear.on {
                        if let Some(&Front::End(how, partial)) = fronts.get(&at)
                            && meets(*ending, how.into())
                            && partial.is_none()
                        {
                            return Some(Heard::Closed {
                                ear: number,
                                at,
                                how: how.into(),
                                partial,
                            });
                        }
                    }
                }
                Hears::Accept(endpoint) => {
                    if let Some((stream, arrived)) = self.actor.endpoints[*endpoint].pop(self.seat.number()) {
                        return Some(Heard::Accepted {
                            ear: number,
                            stream,
                            arrived,
                        });
                    }
                }
                Hears::Await { name, count } => {
                    if self.world.signals.given(name, *count, self.seat.number()) {
                        return Some(Heard::Awaited { ear: number });
                    }
                }
                Hears::Alarm(_) => {}
            }
        }
        fronts.into_iter().find_map(|(at, front)| match front {
            Front::Message(message, size) => {
                let missed = missed.remove(&at).unwrap_or_default();
                Some(Heard::Unwanted {
                    at,
                    message,
                    size,
                    missed,
                })
            }
            Front::End(how, partial) => Some(Heard::UnwantedEnd {
                at,
                how: how.into(),
                partial,
            }),
            Front::Malformed(malformed) => Some(Heard::Malformed { at, malformed }),
            Front::More => None,
        })
    }

    /// What stands at the front of an unframed connection: the shortest prefix that an ear wants, or what killed the last.
    fn look_raw(
        &self,
        connections: &mut [Connection],
        at: usize,
        ears: &[Ear<'_>],
        raw: &mut BTreeMap<usize, Raw>,
    ) -> RawFront {
        let mut refused: Vec<(usize, Mismatch)> = Vec::new();
        loop {
            let connection = &connections[at];
            let Some(inbox) = &connection.inbox else {
                return RawFront::Front(Front::More, refused);
            };
            let entry = raw.entry(at).or_insert_with(|| begin(ears, at, &refused));
            let found = match inbox.search(&mut entry.search) {
                _ if entry.ears.is_empty() && !inbox.untaken().is_empty() => Found::Dead {
                    size: inbox.untaken().len(),
                },
                Some(found) => found,
                None => {
                    let how = inbox.end().unwrap_or(Over::Eof);
                    return RawFront::Front(Front::End(how, None), refused);
                }
            };
            let (size, number) = match found {
                Found::More => return RawFront::Front(Front::More, refused),
                Found::Dead { size } => {
                    let message = Message::new(&inbox.untaken()[..size]);
                    // Whether it was the end that killed the last, and not a byte.
                    let ended = inbox.end().is_some()
                        && matches!(inbox.search_open(&mut begin(ears, at, &refused).search), Found::More);
                    for &ear in &entry.ears {
                        if let Hears::Message(want) = &ears[ear].hears
                            && let Err(mismatch) = want.test(&message)
                        {
                            refused.push((ear, mismatch));
                        }
                    }
                    if ended && !entry.ears.is_empty() {
                        let how = inbox.end().unwrap_or(Over::Eof);
                        let partial = Some((size as u64, None));
                        return RawFront::Front(Front::End(how, partial), refused);
                    }
                    return RawFront::Front(Front::Message(message, size), refused);
                }
                Found::Match { alternative, size } => (size, entry.ears[alternative]),
            };
            let message = Message::new(&inbox.untaken()[..size]);
            let Hears::Message(want) = &ears[number].hears else {
                unreachable!("a search is for messages")
            };
            let mismatch = match want.test(&message) {
                Ok(captures) => match self.holds_when(&ears[number], number, connection, &message, &captures) {
                    Ok(true) => {
                        return RawFront::Heard(Heard::Message {
                            ear: number,
                            at,
                            message,
                            size,
                            captures,
                        });
                    }
                    Ok(false) => condition(&ears[number]),
                    Err(heard) => return RawFront::Heard(heard),
                },
                Err(mismatch) => mismatch,
            };
            // The others are looked for from the front again, without this one.
            refused.push((number, mismatch));
            raw.remove(&at);
        }
    }

    /// Whether an ear's condition holds for what came.
    fn holds_when(
        &self,
        ear: &Ear<'_>,
        number: usize,
        connection: &Connection,
        message: &Message,
        captures: &Captures,
    ) -> Result<bool, Heard> {
        let Some(when) = ear.when else { return Ok(true) };
        let shared = self.shared(ear.id, when.names());
        let received = super::scope::Received {
            message: message.clone(),
            from: connection.link.peer.clone(),
        };
        let mut view = self.view_at(shared, captures, Some(connection));
        view.last = Some(&received);
        when.holds(&view).map_err(|error| Heard::NoValue { ear: number, error })
    }

    /// The race that this strand is to decide the other way.
    fn flip(&self) -> Option<&Flip> {
        self.world.flip.as_ref().filter(|flip| *flip.strand == *self.text)
    }

    fn forget(&self, ears: &[Ear<'_>]) {
        for ear in ears {
            match &ear.hears {
                Hears::Accept(endpoint) => self.actor.endpoints[*endpoint].forget(self.seat.number()),
                Hears::Await { name, .. } => self.world.signals.forget(name, self.seat.number()),
                Hears::Message(_) | Hears::Closed(_) | Hears::Alarm(_) => {}
            }
        }
    }
}

enum RawFront {
    Heard(Heard),
    Front(Front, Vec<(usize, Mismatch)>),
}

fn begin(ears: &[Ear<'_>], at: usize, refused: &[(usize, Mismatch)]) -> Raw {
    let mut wants = Vec::new();
    let mut numbers = Vec::new();
    for (number, ear) in ears.iter().enumerate() {
        if let Hears::Message(want) = &ear.hears
            && ear.on.contains(&at)
            && !refused.iter().any(|(refused, _)| *refused == number)
        {
            wants.push(want);
            numbers.push(number);
        }
    }
    Raw {
        search: Search::new(&wants),
        ears: numbers,
    }
}

/// Whether the connection at `at` may be listened to: it is not the one that is held, or what it is held for was taken.
fn is_due(flip: &Flip, at: usize, connections: &[Connection]) -> bool {
    let connection = &connections[at];
    let held = *connection.link.text == flip.hold.connection
        && connection.receives() == flip.hold.direction
        && connection.taken + 1 == flip.hold.nth;
    if !held {
        return true;
    }
    connections.iter().any(|connection| {
        *connection.link.text == flip.until.connection
            && connection.receives() == flip.until.direction
            && connection.taken >= flip.until.nth
    })
}

fn condition(ear: &Ear<'_>) -> Mismatch {
    let source = ear.when.map(Expression::source).unwrap_or_default();
    // It matched but for its condition, which is as near as can be.
    Mismatch {
        difference: format!("it matches, but `{source}` does not hold"),
        nearness: u32::MAX,
    }
}

impl From<Over> for Closed {
    fn from(over: Over) -> Self {
        match over {
            Over::Eof => Self::Eof,
            Over::Reset => Self::Reset,
        }
    }
}

/// Whether an end is one that is awaited.
pub(super) fn meets(ending: Ending, how: Closed) -> bool {
    match ending {
        Ending::Any => true,
        Ending::Eof => how == Closed::Eof,
        Ending::Reset => how == Closed::Reset,
    }
}
