//! What two programs say to each other.
//!
//! Owns the session that stands in the trace for a server that is none of ours, where its client is none of ours either: a
//! real hop between the two, whose frames are recorded in the order in which they are seen. What is no frame passes all the
//! same, and is recorded as bytes. Does not own passing it (`net::relay`).

use std::collections::VecDeque;
use std::sync::Arc;

use super::drains::DrainPass;
use super::offer;
use super::send::head_of;
use super::shown::shown;
use super::world::{Located, World};
use crate::ident::Direction;
use crate::net::inbox::Over;
use crate::net::registry::Arrived;
use crate::net::relay::{Passed, relay};
use crate::net::stream::Stream;
use crate::plan::step::Framings;
use crate::runtime;
use crate::trace::event::{Closed, Closing, Kind};
use crate::trace::recorder::{About, Log, NOTHING, Traffic};
use crate::wire::framing::{Decoded, Framing, Scan};
use crate::wire::head::Head;
use crate::wire::http;
use crate::wire::layout::Layout;
use crate::wire::message::{Control, Message};

/// Passes on what a program that is none of ours says to another one.
pub(super) fn pass(world: &Arc<World>, located: &Arc<Located>, show: &[String], stream: Stream, arrived: Arrived) {
    let log = Log::new(Arc::clone(&world.recorder), &arrived.name.session().to_string());
    let link = arrived.name.to_string();
    log.record(
        About::default(),
        &Kind::Accept {
            connection: link.clone(),
            datagrams: located.framings.are_datagrams(),
            watch: Vec::new(),
        },
    );
    let ear = Ear::new(log, link, located, show, world.plan.limits.message);
    let pass = world.drains().begin(true);
    let (watched, located) = (Arc::clone(world), Arc::clone(located));
    runtime::spawn(async move {
        let name = arrived.name.session().to_string();
        let world = Arc::clone(&watched);
        watched
            .watch(&name, hop(world, located, ear, stream, arrived, pass))
            .await;
    });
}

async fn hop(
    world: Arc<World>,
    located: Arc<Located>,
    mut ear: Ear,
    stream: Stream,
    mut arrived: Arrived,
    pass: DrainPass,
) {
    let dialled = world.connect(&located, Arc::clone(&arrived.name), || ());
    let dialled = runtime::within(world.plan.limits.step, dialled).await;
    // From here on the programs have it.
    arrived.arrival.take();
    let Some(Ok(connected)) = dialled else {
        ear.closing(Closing::Reset);
        stream.reset();
        return;
    };
    let passing = async {
        let (mut client, mut server) = (stream, connected.stream);
        if ear.upgrade.is_some() {
            match offer::head(&mut client).await {
                Ok(head) => {
                    ear.hear(Direction::FromOpener, Passed::Bytes(&head));
                    // What keeps it from being written is found out where the server is read.
                    let _ = offer::pass_on(&head, &mut server).await;
                }
                Err(_) => {
                    ear.hear(Direction::FromOpener, Passed::End(Over::Reset));
                    client.reset();
                    return server.reset();
                }
            }
        }
        relay(client, server, |direction, passed| ear.hear(direction, passed)).await;
    };
    let passed = pass.until_stopped(passing).await;
    ear.finish(passed.is_some());
}

/// How many messages of a connection are recorded: what two programs say to each other has no other bound.
const MOST: u64 = 100_000;

/// What hears and records.
struct Ear {
    log: Log,
    link: String,
    show: Vec<String>,
    /// The binary messages that frames are shown as.
    messages: Arc<[Layout]>,
    limit: u64,
    /// How many messages were recorded.
    told: u64,
    /// What the client says, and what the server says.
    halves: [Half; 2],
    /// For each HTTP request that has no response yet, whether it asks for the head alone.
    heads: VecDeque<bool>,
    /// The end of one direction behind which nothing was said yet. Which of two ends comes first where nothing is between
    /// them, only the machine decides: then the client's is told first.
    end: Option<(Direction, Over)>,
    /// What is spoken once the handshake is over, where it has not been: that is not recorded.
    upgrade: Option<Framings>,
}

/// One direction.
struct Half {
    direction: Direction,
    framing: Framing,
    scan: Scan,
    bytes: Vec<u8>,
    offset: u64,
    ended: bool,
    /// The code of the close frame that ended it, where there was one.
    code: Option<u16>,
}

impl Half {
    fn new(direction: Direction, framing: &Framing) -> Self {
        Self {
            direction,
            framing: framing.clone(),
            scan: Scan::default(),
            bytes: Vec::new(),
            offset: 0,
            ended: false,
            code: None,
        }
    }
}

impl Ear {
    fn new(log: Log, link: String, located: &Located, show: &[String], limit: u64) -> Self {
        let first = located.first_framings();
        let upgrade = first.is_some().then(|| located.framings.clone());
        let framings = first.unwrap_or_else(|| located.framings.clone());
        Self {
            log,
            link,
            show: show.to_vec(),
            messages: Arc::clone(&located.messages),
            limit,
            told: 0,
            halves: [
                Half::new(Direction::FromOpener, &framings.client),
                Half::new(Direction::ToOpener, &framings.server),
            ],
            upgrade,
            heads: VecDeque::new(),
            end: None,
        }
    }

    fn hear(&mut self, direction: Direction, passed: Passed<'_>) {
        let (own, other) = match direction {
            Direction::FromOpener => (0, 1),
            Direction::ToOpener => (1, 0),
        };
        match passed {
            Passed::Bytes(bytes) => {
                self.tell_end();
                // Without framing, what was said before the other side spoke is one message, however it was cut.
                if self.halves[other].framing.is_raw() {
                    self.flush(other);
                }
                // Behind a close frame nothing is said any more.
                if self.halves[own].code.is_some() {
                    return;
                }
                self.halves[own].bytes.extend_from_slice(bytes);
                self.frames(own);
                if self.halves[own].code.is_some() {
                    self.over(direction, Over::Eof);
                }
            }
            // It was told when its close frame came.
            Passed::End(_) if self.halves[own].code.is_some() => {}
            // On UDP neither side learns of an end.
            Passed::End(_) if self.halves[own].framing.is_datagram() => {}
            Passed::End(over) => {
                self.halves[own].ended = true;
                self.frames(own);
                self.flush(own);
                if over == Over::Reset {
                    self.halves[other].ended = true;
                    self.flush(other);
                }
                self.over(direction, over);
            }
        }
    }

    /// A direction has ended.
    fn over(&mut self, direction: Direction, over: Over) {
        match (self.end.take(), direction) {
            (None, _) => self.end = Some((direction, over)),
            (Some(before), Direction::FromOpener) => {
                self.tell(direction, over);
                self.tell(before.0, before.1);
            }
            (Some(before), Direction::ToOpener) => {
                self.tell(before.0, before.1);
                self.tell(direction, over);
            }
        }
    }

    /// Takes all whole messages of a direction.
    fn frames(&mut self, own: usize) {
        loop {
            if own == 1
                && let Some(http::Kind::Responses { .. }) = self.halves[1].framing.as_http()
            {
                let to_head = self.heads.front().copied().unwrap_or_default();
                self.halves[1].framing = Framing::http(http::Kind::Responses { to_head });
            }
            let half = &mut self.halves[own];
            if half.framing.is_raw() {
                if half.bytes.len() as u64 > self.limit {
                    self.flush(own);
                }
                return;
            }
            match half.framing.decode(&mut half.scan, &half.bytes, half.ended, self.limit) {
                Ok(Decoded::Message { message, taken }) => self.take(own, &message, taken),
                Ok(Decoded::Asks) => {}
                Ok(Decoded::Absorbed(size)) => {
                    half.bytes.drain(..size);
                    half.offset += size as u64;
                }
                Ok(Decoded::Close(farewell, _)) => {
                    half.bytes.clear();
                    half.ended = true;
                    half.code = Some(farewell.code);
                    return;
                }
                Ok(Decoded::More | Decoded::End) => return,
                Ok(Decoded::Partial { .. }) => return self.flush(own),
                Err(malformed) => {
                    let text = format!("not `{}`: {}", half.framing.describe(), malformed.why);
                    half.framing = Framing::raw();
                    self.log
                        .record(About::default(), &Kind::Note { text, over: Vec::new() });
                    return;
                }
            }
        }
    }

    /// Takes what there is of a direction as one message.
    fn flush(&mut self, own: usize) {
        let size = self.halves[own].bytes.len();
        if size > 0 {
            let message = Message::new(self.halves[own].bytes.as_slice());
            self.take(own, &message, size);
        }
    }

    fn take(&mut self, own: usize, message: &Message, taken: usize) {
        let half = &mut self.halves[own];
        let range = (half.offset, half.offset + taken as u64);
        half.offset = range.1;
        half.bytes.drain(..taken);
        half.scan.go_on();
        if self.upgrade.is_some() {
            half.offset = 0;
            return self.shaken(own, message);
        }
        self.told += 1;
        if self.told > MOST {
            if self.told == MOST + 1 {
                let text = format!("more than {MOST} messages: the rest is passed on, and not recorded");
                self.log
                    .record(About::default(), &Kind::Note { text, over: Vec::new() });
            }
            return self.exchanged(own, message);
        }
        let shown = shown(&self.messages, message);
        let traffic = Traffic {
            sent: half.direction == Direction::ToOpener,
            connection: &self.link,
            direction: half.direction,
            range,
            bytes: message.bytes(),
            head: head_of(message, &self.show),
            broadcast: None,
            watch: &[],
            captured: &NOTHING,
            shown: shown.as_deref(),
            control: message.control().map(Control::name),
        };
        self.log.message(About::default(), &traffic);
        self.exchanged(own, message);
    }

    /// A part of the handshake of a WebSocket, which is not recorded; what is no part of one is said.
    fn shaken(&mut self, own: usize, message: &Message) {
        let status = message.head().and_then(Head::status);
        match (own, status) {
            (0, _) => {}
            (_, Some(101)) => {
                if let Some(framings) = self.upgrade.take() {
                    self.halves[0].framing = framings.client;
                    self.halves[1].framing = framings.server;
                }
            }
            (_, status) => {
                let status = status.map_or_else(String::new, |status| format!(" with {status}"));
                let text = format!("refused the WebSocket{status}");
                self.log
                    .record(About::default(), &Kind::Note { text, over: Vec::new() });
            }
        }
    }

    /// What a message of HTTP means for those behind it.
    fn exchanged(&mut self, own: usize, message: &Message) {
        let Some(head) = message.head() else { return };
        if self.halves[own].framing.as_http().is_none() {
            return;
        }
        match own {
            0 => {
                let method = head.line.as_deref().and_then(|line| line.split(' ').next());
                self.heads.push_back(method == Some("HEAD"));
            }
            _ => match head.status() {
                // From here on it is another protocol, of which nothing is known.
                Some(101) => self.halves.iter_mut().for_each(|half| half.framing = Framing::raw()),
                Some(100..200) => {}
                _ => _ = self.heads.pop_front(),
            },
        }
    }

    fn tell_end(&mut self) {
        if let Some((direction, over)) = self.end.take() {
            self.tell(direction, over);
        }
    }

    fn tell(&self, direction: Direction, over: Over) {
        match direction {
            Direction::FromOpener => self.closed(match over {
                Over::Eof => Closed::Eof,
                Over::Reset => Closed::Reset,
                Over::Truncated => Closed::Truncated,
            }),
            Direction::ToOpener => self.closing(match over {
                Over::Eof | Over::Truncated => Closing::Fin,
                Over::Reset => Closing::Reset,
            }),
        }
    }

    fn closed(&self, how: Closed) {
        let kind = Kind::Closed {
            connection: self.link.clone(),
            direction: Direction::FromOpener,
            how,
            code: self.halves[0].code,
            partial: None,
            watch: Vec::new(),
        };
        self.log.record(About::default(), &kind);
    }

    fn closing(&self, how: Closing) {
        let kind = Kind::Closing {
            connection: self.link.clone(),
            direction: Direction::ToOpener,
            how,
            code: self.halves[1].code,
        };
        self.log.record(About::default(), &kind);
    }

    /// The end of the hop: `whole` says that both programs had ended it.
    fn finish(&mut self, whole: bool) {
        self.flush(0);
        self.flush(1);
        self.tell_end();
        if !whole && !self.halves[0].ended && !self.halves[0].framing.is_datagram() {
            self.closed(Closed::Abandoned);
        }
    }
}
