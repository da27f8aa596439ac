//! Waiting for what comes first.
//!
//! Owns the one wait behind `receive`, `choose`, `serve`, `any_order`, `silence`, `closed`, `accept` and `await`: what is
//! there is looked at in the order of the alternatives; messages go before time. Does not own what is done with what came.

use std::task::{Context, Poll};

use super::connection::Connection;
use super::failure::Outcome;
use super::front::Raw;
use super::strand::{DEADLINE, Strand};
use super::world::Flip;

use crate::net::registry::Arrived;
use crate::plan::step::{Ending, StepId};
use crate::runtime::{Alarm, TcpStream, Wait, Waiting, Woken};
use crate::trace::event::Closed;
use crate::wire::framing::Malformed;
use crate::wire::matcher::{Captures, Mismatch, Want};
use crate::wire::message::Message;

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
            let mut raw = Vec::new();
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
        raw: &mut Vec<(usize, Raw)>,
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
