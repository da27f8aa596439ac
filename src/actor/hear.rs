//! Waiting for what comes first.
//!
//! Owns the one wait behind `receive`, `choose`, `serve`, `any_order`, `silence`, `closed`, `accept` and `await`: what is
//! there is looked at in the order of the alternatives; messages go before time. Does not own what is done with what came.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::anybody::Came;
use super::background::Wanted;
use super::connection::Connection;
use super::failure::Outcome;
use super::front::Raw;
use super::step::TURN;
use super::strand::{DEADLINE, Strand};
use super::world::Flip;

use crate::net::inbox::Inbox;
use crate::net::registry::Arrived;
use crate::net::stream::Stream;
use crate::plan::step::{Ending, StepId};
use crate::runtime::{self, Alarm, Wait, Waiting, Woken};
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
    /// Endpoints of datagrams from whose newcomers it hears too.
    pub(super) anybody: Vec<usize>,
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
        stream: Stream,
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

/// What a wait comes to.
enum Noticed {
    Heard(Heard),
    /// A message is taken in the background, after which the wait goes on.
    Wanted(Wanted),
    /// Whoever sends on this connection waits to be told to go on.
    Asks(usize),
    /// Somebody has begun an association at an endpoint from whose newcomers is heard.
    Newcomers,
    /// On a connection that only the background listens to there is something that it leaves to a later step.
    Passed,
}

/// Where is listened.
#[derive(Clone, Copy)]
struct Places<'a> {
    /// For the ears.
    listened: &'a [usize],
    /// For the background alone.
    behind: &'a [usize],
}

impl Strand {
    /// Waits until one of the ears hears something, or something comes that none wants, or nothing can come any more.
    ///
    /// `watch` are connections that are listened to besides those of the ears. What the actor's `background` takes, on
    /// these or any other connection of the strand, is answered meanwhile.
    pub(super) async fn hear(
        &mut self,
        ears: &mut [Ear<'_>],
        watch: &[usize],
        waiting: Waiting,
        deadline: Option<Alarm>,
    ) -> Outcome<Heard> {
        let mut places: Vec<usize> = ears.iter().flat_map(|ear| &ear.on).chain(watch).copied().collect();
        places.sort_unstable();
        places.dedup();
        let timers = ears.iter().zip(0..).filter_map(|(ear, number)| match ear.hears {
            Hears::Alarm(alarm) => alarm.map(|alarm| alarm.tagged(number)),
            _ => None,
        });
        let mut alarms: Vec<Alarm> = timers.chain(deadline).collect();
        if waiting == Waiting::Step && places.iter().any(|&at| self.connections[at].is_open_to_outside()) {
            // What others do is no reason to give up: only time says that nothing comes from outside.
            alarms.iter_mut().for_each(|alarm| alarm.explicit = true);
        }
        let world = Arc::clone(&self.world);
        let mut held = world.flip.as_ref().filter(|flip| self.is_held_by(flip));
        loop {
            // Messages go before time, but not for ever: who never stops sending would keep every deadline from the step.
            let deaf = self.let_others_run().await && alarms.iter().any(Alarm::is_overdue);
            if let Err(halt) = self.welcome(ears, &mut places) {
                self.forget(ears);
                return Err(halt);
            }
            let ears = &*ears;
            let mut connections = std::mem::take(&mut self.connections);
            let strand = &*self;
            let behind = strand.behind(&mut connections, &places);
            let flows: Vec<_> = places
                .iter()
                .chain(&behind)
                .filter_map(|&at| connections[at].inbox.as_ref().map(Inbox::flow))
                .collect();
            let mut raw = Vec::new();
            let wait = Wait {
                waiting,
                flows: &flows,
                alarms: &alarms,
            };
            let here = Places {
                listened: &places,
                behind: &behind,
            };
            let woken = strand
                .seat
                .wait(wait, |cx| match deaf {
                    true => Poll::Pending,
                    false => strand.poll_hear(cx, &mut connections, ears, here, &mut raw, held),
                })
                .await;
            self.connections = connections;
            let heard = match woken {
                Woken::Ready(Noticed::Heard(heard)) => heard,
                Woken::Ready(Noticed::Wanted(wanted)) => {
                    let answered = self.answer(wanted).await;
                    if answered.is_err() {
                        self.forget(ears);
                    }
                    answered?;
                    continue;
                }
                Woken::Ready(Noticed::Passed | Noticed::Newcomers) => continue,
                Woken::Ready(Noticed::Asks(at)) => {
                    self.tell_to_go_on(at, ears);
                    continue;
                }
                Woken::Alarm(DEADLINE) => Heard::Deadline,
                Woken::Alarm(ear) => Heard::Alarm { ear: ear as usize },
                // What is held for what cannot come any more is let go.
                Woken::Standstill | Woken::Quiet if held.is_some() => {
                    held = None;
                    continue;
                }
                Woken::Standstill => Heard::Standstill,
                Woken::Quiet => Heard::Quiet,
                Woken::Cut => Heard::Cut,
            };
            self.forget(ears);
            return Ok(heard);
        }
    }

    /// Whoever is never without something that came would keep the run's own deadline from it; says whether it was time.
    async fn let_others_run(&mut self) -> bool {
        self.listened += 1;
        let is_time = self.listened >= TURN;
        if is_time {
            self.listened = 0;
            runtime::yield_now().await;
        }
        is_time
    }

    /// The connections that are listened to for the background alone.
    fn behind(&self, connections: &mut [Connection], places: &[usize]) -> Vec<usize> {
        if !self.answers() {
            return Vec::new();
        }
        let others = (0..connections.len()).filter(|at| places.binary_search(at).is_err());
        others.filter(|&at| connections[at].may_be_answered()).collect()
    }

    fn poll_hear(
        &self,
        cx: &mut Context<'_>,
        connections: &mut [Connection],
        ears: &[Ear<'_>],
        places: Places<'_>,
        raw: &mut Vec<(usize, Raw)>,
        held: Option<&Flip>,
    ) -> Poll<Noticed> {
        let answers = self.answers();
        let all = || places.listened.iter().chain(places.behind).copied();
        loop {
            all().for_each(|at| self.absorb(&mut connections[at]));
            // `silence`, which has no ears, tells nobody to go on.
            let mut listened = places.listened.iter().filter(|_| !ears.is_empty());
            if let Some(at) = listened.find(|&&at| connections[at].take_asks()) {
                return Poll::Ready(Noticed::Asks(*at));
            }
            if answers {
                let due =
                    |at: usize, connections: &[Connection]| held.is_none_or(|flip| self.is_due(flip, &connections[at]));
                let wanted = all().find_map(|at| due(at, connections).then(|| self.wanted(connections, at)).flatten());
                if let Some(wanted) = wanted {
                    return Poll::Ready(Noticed::Wanted(wanted));
                }
            }
            if self.has_newcomers(ears) {
                return Poll::Ready(Noticed::Newcomers);
            }
            if let Some(heard) = self.look(connections, ears, places.listened, raw, held) {
                return Poll::Ready(Noticed::Heard(heard));
            }
            if places.behind.iter().any(|&at| !connections[at].may_be_answered()) {
                return Poll::Ready(Noticed::Passed);
            }
            let mut moved = false;
            // From several at one socket, datagrams are taken in the order in which they came.
            let hears_anybody = ears.iter().any(|ear| !ear.anybody.is_empty());
            let came = match hears_anybody {
                true => Self::came_first(connections, places.listened),
                false => Came::Nothing,
            };
            let is_next = |at: &usize| match came {
                Came::Nothing => true,
                Came::First(first) => first == *at,
                Came::Newcomer => false,
            };
            for at in all().filter(is_next) {
                if let Some(inbox) = &mut connections[at].inbox {
                    moved |= inbox.poll_more(cx).is_ready();
                }
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    fn forget(&self, ears: &[Ear<'_>]) {
        for ear in ears {
            for endpoint in &ear.anybody {
                self.actor.endpoints[*endpoint].forget(self.seat.number());
            }
            match &ear.hears {
                Hears::Accept(endpoint) => self.actor.endpoints[*endpoint].forget(self.seat.number()),
                Hears::Await { name, .. } => self.world.signals.forget(name, self.seat.number()),
                Hears::Message(_) | Hears::Closed(_) | Hears::Alarm(_) => {}
            }
        }
    }
}
