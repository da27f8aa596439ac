//! Datagrams that were sent again.
//!
//! Owns the memory of what was taken on an association, and of what was sent upon each, by which a datagram that is equal
//! to an earlier one is recognised; it is absorbed, and answered as the first was where the actor says so. Does not own
//! when it is looked (`hear`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::connection::{Connection, Link};
use super::strand::Strand;
use super::world::World;
use crate::ident::{Direction, StrandName, Tail};
use crate::net::outbox::Outbox;
use crate::plan::Retransmissions;
use crate::trace::event::Kind;
use crate::trace::recorder::{About, Log, NOTHING, Traffic};
use crate::wire::message::Message;

/// So many of the datagrams that were taken last are remembered, of each association.
const REMEMBERED: usize = 64;

/// What is remembered of one association.
#[derive(Debug)]
pub(super) struct Memory {
    does: Retransmissions,
    earlier: VecDeque<Earlier>,
    log: Arc<Log>,
    link: Arc<Link>,
}

#[derive(Debug)]
struct Earlier {
    datagram: Box<[u8]>,
    /// What was sent between this and the next one that was taken.
    upon: Vec<Message>,
}

/// The tail of what a connection receives, which takes what no step does.
pub(super) fn tail(strand: &StrandName, link: &Link, direction: Direction) -> StrandName {
    StrandName {
        tails: Vec::new(),
        ..strand.clone()
    }
    .with(Tail::Drain {
        connection: Box::new((*link.name).clone()),
        direction,
    })
}

impl Memory {
    /// Of a new association of a strand.
    fn new(does: Retransmissions, world: &World, strand: &StrandName, link: &Arc<Link>) -> Self {
        let tail = tail(strand, link, link.side.sends().reverse());
        Self {
            does,
            earlier: VecDeque::new(),
            log: Arc::new(Log::new(Arc::clone(&world.recorder), &tail.to_string())),
            link: Arc::clone(link),
        }
    }

    /// A datagram is taken.
    pub(super) fn take(&mut self, datagram: &[u8]) {
        if self.earlier.len() == REMEMBERED {
            self.earlier.pop_front();
        }
        self.earlier.push_back(Earlier {
            datagram: datagram.into(),
            upon: Vec::new(),
        });
    }

    /// A message was sent.
    pub(super) fn send(&mut self, message: &Message) {
        if let (Retransmissions::Answer, Some(last)) = (self.does, self.earlier.back_mut()) {
            last.upon.push(message.clone());
        }
    }

    fn find(&self, datagram: &[u8]) -> Option<&Earlier> {
        self.earlier.iter().find(|earlier| *earlier.datagram == *datagram)
    }

    /// Absorbs a datagram that was taken before; whether it was.
    pub(super) fn absorb(&self, datagram: &[u8], range: (u64, u64)) -> bool {
        let is_again = self.find(datagram).is_some();
        if is_again {
            record(&self.log, &self.link, datagram, range);
        }
        is_again
    }

    /// Where the tail of what is received records.
    pub(super) fn log(&self) -> &Arc<Log> {
        &self.log
    }
}

fn record(log: &Log, link: &Link, datagram: &[u8], range: (u64, u64)) {
    let traffic = Traffic {
        sent: false,
        connection: &link.text,
        direction: link.side.sends().reverse(),
        range,
        bytes: datagram,
        head: None,
        shown: None,
        control: None,
        broadcast: None,
        watch: &[],
        captured: &NOTHING,
    };
    log.message(About::default(), &traffic);
}

impl Strand {
    /// Remembers what comes on a new connection, where the actor says what to do with what comes again.
    pub(super) fn remember(&self, connection: &mut Connection) {
        let is_one_of_datagrams = |connection: &Connection| {
            connection
                .inbox
                .as_ref()
                .is_some_and(|inbox| inbox.framing().is_datagram())
        };
        if let Some(does) = self.actor.plan(&self.world.plan).retransmissions
            && self.actor.stand_in.is_none()
            && is_one_of_datagrams(connection)
        {
            let memory = Memory::new(does, &self.world, &self.name, &connection.link);
            connection.memory = Some(Box::new(memory));
        }
    }

    /// Takes the datagrams at the front that were taken before, and answers them where the actor says so.
    pub(super) fn absorb(&self, connection: &mut Connection) {
        while let Some(memory) = &connection.memory
            && let Some(inbox) = &mut connection.inbox
        {
            if memory.does == Retransmissions::Absorb {
                if !inbox.take_again(&mut |datagram, range| memory.absorb(datagram, range)) {
                    return;
                }
                continue;
            }
            let Some(Earlier { datagram, upon }) = inbox.datagram().and_then(|datagram| memory.find(datagram)) else {
                return;
            };
            let outbox = connection.back.as_ref().filter(|outbox| !outbox.is_ended());
            let Some(outbox) = outbox.filter(|_| !upon.is_empty()) else {
                // There is nothing to answer yet, or nobody who could.
                inbox.take_again(&mut |datagram, range| memory.absorb(datagram, range));
                continue;
            };
            // What answers in between does so in a strand of its own: which wait that falls into is chance.
            let strand = self.answering(connection.answers.take(), &connection.link);
            let answers = (outbox, upon.as_slice());
            inbox.take_again(&mut |_, range| {
                record(&strand.log, &connection.link, datagram, range);
                true
            });
            strand.answer_again(&connection.link, answers);
            connection.answers = Some(Box::new(strand.rest()));
        }
    }

    fn answer_again(&self, link: &Link, (outbox, upon): (&Arc<Outbox>, &[Message])) {
        for message in upon {
            let sent = outbox.send(message, |start, end, message| {
                let shown = self.world.shown(&link.text, message);
                let traffic = Traffic {
                    sent: true,
                    connection: &link.text,
                    direction: outbox.direction(),
                    range: (start, end),
                    bytes: message.bytes(),
                    head: super::send::head_of(message, self.show()),
                    shown: shown.as_deref(),
                    broadcast: None,
                    watch: &[],
                    captured: &NOTHING,
                    control: None,
                };
                self.log.message(About::default(), &traffic);
            });
            if let Err(error) = sent {
                let text = format!("cannot answer again: {error}");
                let kind = crate::finding::FindingKind::Limit;
                let finding = super::world::finding(&self.world, &self.text, None, kind, text);
                self.log
                    .record(About::default(), &Kind::Finding(Box::new(finding.clone())));
                self.world.found(finding);
                return;
            }
        }
    }
}
