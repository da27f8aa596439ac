//! What stands at the front of what was received, held against what a strand listens for.
//!
//! Owns looking, in the order of the alternatives, and on unframed connections the search for the shortest prefix that one
//! wants. Does not own waiting for more (`hear`).

use std::sync::Arc;

use super::connection::Connection;
use super::hear::{Ear, Heard, Hears};
use super::scope::Received;
use super::strand::Strand;
use super::world::Flip;
use crate::net::inbox::{Front, Over};
use crate::plan::step::Ending;
use crate::trace::event::Closed;
use crate::wire::matcher::{Captures, Mismatch};
use crate::wire::message::Message;
use crate::wire::raw::{Found, Search};
use crate::wire::template::{Expression, ExpressionError};

/// A search on one unframed connection, and which ears it is for.
pub(super) struct Raw {
    search: Search,
    ears: Vec<usize>,
}

/// An ear that does not want what came on a connection, and why.
struct Miss {
    at: usize,
    ear: usize,
    mismatch: Mismatch,
}

impl Strand {
    /// What is there now: for the first ear that hears something, else what no ear wants.
    pub(super) fn look(
        &self,
        connections: &mut [Connection],
        ears: &[Ear<'_>],
        places: &[usize],
        raw: &mut Vec<(usize, Raw)>,
        held: Option<&Flip>,
    ) -> Option<Heard> {
        let mut fronts: Vec<(usize, Front)> = Vec::with_capacity(places.len());
        let mut missed: Vec<Miss> = Vec::new();
        // Where an end was taken nothing comes any more; that matters only where nothing can come from elsewhere.
        let elsewhere = ears.iter().any(|ear| matches!(ear.hears, Hears::Accept(_)))
            || places.iter().any(|&at| connections[at].may_bring());
        for &at in places {
            if elsewhere && connections[at].is_over() {
                continue;
            }
            if held.is_some_and(|flip| !self.is_due(flip, &connections[at])) {
                continue;
            }
            let Some(inbox) = &mut connections[at].inbox else {
                continue;
            };
            if inbox.framing().is_raw() {
                match self.look_raw(connections, at, ears, raw) {
                    RawFront::Heard(heard) => return Some(heard),
                    RawFront::Front(front, misses) => {
                        missed.extend(misses.into_iter().map(|(ear, mismatch)| Miss { at, ear, mismatch }));
                        fronts.push((at, front));
                    }
                }
            } else {
                fronts.push((at, inbox.front()));
            }
        }
        for (number, ear) in ears.iter().enumerate() {
            match &ear.hears {
                Hears::Message(want) => {
                    for &at in &ear.on {
                        let Some(Front::Message(message, size)) = front(&fronts, at) else {
                            continue;
                        };
                        if missed.iter().any(|miss| miss.at == at && miss.ear == number) {
                            continue;
                        }
                        match want.test(message) {
                            Ok(captures) => match self.holds_when(ear, &connections[at], message, &captures) {
                                Ok(true) => {
                                    let (message, size) = (want.read(message.clone()), *size);
                                    return Some(Heard::Message {
                                        ear: number,
                                        at,
                                        message,
                                        size,
                                        captures,
                                    });
                                }
                                Ok(false) => missed.push(Miss {
                                    at,
                                    ear: number,
                                    mismatch: condition(ear),
                                }),
                                Err(error) => return Some(Heard::NoValue { ear: number, error }),
                            },
                            Err(mismatch) => missed.push(Miss {
                                at,
                                ear: number,
                                mismatch,
                            }),
                        }
                    }
                }
                Hears::Closed(ending) => {
                    for &at in &ear.on {
                        // An end is taken once.
                        if let Some(&Front::End(how, partial)) = front(&fronts, at)
                            && !connections[at].is_over()
                            && meets(*ending, how.into(), connections[at].code())
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
                let misses = std::mem::take(&mut missed).into_iter().filter(|miss| miss.at == at);
                let missed = misses.map(|miss| (miss.ear, miss.mismatch)).collect();
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
        raw: &mut Vec<(usize, Raw)>,
    ) -> RawFront {
        let mut refused: Vec<(usize, Mismatch)> = Vec::new();
        loop {
            let connection = &connections[at];
            let Some(inbox) = &connection.inbox else {
                return RawFront::Front(Front::More, refused);
            };
            let entry = match raw.iter().position(|(place, _)| *place == at) {
                Some(number) => &mut raw[number].1,
                None => {
                    raw.push((at, begin(ears, at, &refused)));
                    &mut raw.last_mut().expect("it was put there just now").1
                }
            };
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
                Found::More => {
                    let front = inbox.meets_tls().map_or(Front::More, Front::Malformed);
                    return RawFront::Front(front, refused);
                }
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
                Ok(captures) => match self.holds_when(&ears[number], connection, &message, &captures) {
                    Ok(true) => {
                        return RawFront::Heard(Heard::Message {
                            ear: number,
                            at,
                            message: want.read(message),
                            size,
                            captures,
                        });
                    }
                    Ok(false) => condition(&ears[number]),
                    Err(error) => return RawFront::Heard(Heard::NoValue { ear: number, error }),
                },
                Err(mismatch) => mismatch,
            };
            // The others are looked for from the front again, without this one.
            refused.push((number, mismatch));
            raw.retain(|(place, _)| *place != at);
        }
    }

    /// Whether a race that is to be decided the other way is this strand's, or one of what its peers cause.
    pub(super) fn is_held_by(&self, flip: &Flip) -> bool {
        let rest = flip.strand.strip_prefix(&*self.text);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("/peer("))
    }

    /// Whether a connection may be listened to: it is not the one that is held, or what it is held for was taken.
    pub(super) fn is_due(&self, flip: &Flip, connection: &Connection) -> bool {
        let is_held = *connection.link.text == flip.hold.connection
            && connection.receives() == flip.hold.direction
            && connection.taken + 1 == flip.hold.nth;
        !is_held || self.world.is_flipped()
    }

    /// Whether an ear's condition holds for what came.
    pub(super) fn holds_when(
        &self,
        ear: &Ear<'_>,
        connection: &Connection,
        message: &Message,
        captures: &Captures,
    ) -> Result<bool, ExpressionError> {
        let Some(when) = ear.when else { return Ok(true) };
        let shared = self.shared(ear.id, when.names());
        let message = match &ear.hears {
            Hears::Message(want) => want.read(message.clone()),
            _ => message.clone(),
        };
        let received = Received {
            message: self.world.read(&connection.link.text, message),
            link: Arc::clone(&connection.link),
        };
        let mut view = self.view_at(shared, captures, Some(connection));
        view.last = Some(&received);
        when.holds(&view)
    }
}

fn front(fronts: &[(usize, Front)], at: usize) -> Option<&Front> {
    fronts.iter().find(|(place, _)| *place == at).map(|(_, front)| front)
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
            Over::Truncated => Self::Truncated,
        }
    }
}

/// Whether an end is one that is awaited.
pub(super) fn meets(ending: Ending, how: Closed, code: Option<u16>) -> bool {
    match ending {
        Ending::Any => true,
        Ending::Eof => how == Closed::Eof && code.is_none(),
        Ending::Code(awaited) => how == Closed::Eof && code == Some(awaited),
        Ending::Reset => how == Closed::Reset,
        Ending::Truncated => how == Closed::Truncated,
    }
}
