//! What each peer causes in a strand, where the order between peers does not matter.
//!
//! Owns the *regions* of a strand whose actor's order is per peer: from the first message that such a strand takes among
//! several connections to the first thing that it does by itself. What it takes from one peer within a region, and what
//! that causes, is recorded in a strand of its own, as if the region were a `parallel` whose branches are the peers; which
//! of them came first is nowhere said. It is still one strand that does it, in one seat, with one set of variables: the
//! plan has made sure that none of them carries anything from one peer to another. Does not own taking (`alternatives`).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::chance::Chance;
use super::connection::Connection;
use super::strand::Strand;
use crate::ident::{ConnectionName, StrandName, Tail};
use crate::net::socket::Side;
use crate::plan::step::{StepId, crosses};
use crate::trace::event::{Frame, Kind};
use crate::trace::recorder::{About, Log};

/// The regions of one strand.
#[derive(Debug, Default)]
pub(super) struct Regions {
    begun: u32,
    open: Mutex<Option<Region>>,
    /// The peer in whose name the strand acts, and what the strand is otherwise.
    within: Option<(Arc<[u64]>, Part)>,
}

/// What the peers have caused since the strand last did something by itself.
#[derive(Debug)]
struct Region {
    number: u32,
    /// Those around the region.
    frames: Vec<Frame>,
    /// In the strand order.
    parts: BTreeMap<Arc<[u64]>, Part>,
}

/// What of a strand is a peer's own, so that nothing in it depends on the other peers.
#[derive(Debug)]
struct Part {
    name: Arc<StrandName>,
    text: Arc<str>,
    log: Arc<Log>,
    chance: Arc<Chance>,
    frames: Vec<Frame>,
    begun: HashMap<StepId, u32>,
    awaited: BTreeMap<String, u32>,
    opened: BTreeMap<String, u32>,
    parallels: u32,
    shown: AtomicBool,
}

impl Regions {
    /// Those of a strand that has none yet; `None` where its order is its own.
    pub(super) fn of(name: &StrandName, per_peer: bool) -> Option<Box<Self>> {
        (per_peer && !name.is_background() && !name.is_peer()).then(Box::default)
    }

    fn open(&self) -> MutexGuard<'_, Option<Region>> {
        self.open.lock().expect("no thread panics while it holds a region")
    }
}

impl Strand {
    /// Goes on in the name of the peer at the other end of a connection, until [`Self::leave_peer`]; says whether it does.
    pub(super) fn enter_peer(&mut self, connection: &Arc<ConnectionName>) -> bool {
        let Some(regions) = self.regions.as_mut().filter(|regions| regions.within.is_none()) else {
            return false;
        };
        let begun = &mut regions.begun;
        let mut open = regions.open.lock().expect("no thread panics while it holds a region");
        let region = open.get_or_insert_with(|| {
            *begun += 1;
            Region {
                number: *begun,
                frames: self.frames.clone(),
                parts: BTreeMap::new(),
            }
        });
        let name = self.name.with(Tail::Peer {
            region: region.number,
            connection: Box::new((**connection).clone()),
        });
        let key = self.world.key(&name);
        let mut part = region.parts.remove(&key).unwrap_or_else(|| {
            let text: Arc<str> = name.to_string().into();
            Part {
                log: Arc::new(Log::new(Arc::clone(&self.world.recorder), &text)),
                chance: Arc::new(Chance::new(Arc::clone(&self.world), Arc::clone(&text))),
                name: Arc::new(name),
                text,
                frames: region.frames.clone(),
                begun: HashMap::new(),
                awaited: BTreeMap::new(),
                opened: BTreeMap::new(),
                parallels: 0,
                shown: AtomicBool::new(false),
            }
        });
        drop(open);
        self.swap(&mut part);
        if let Some(regions) = &mut self.regions {
            regions.within = Some((key, part));
        }
        true
    }

    /// Is itself again; what comes next from this peer in this region follows what it has caused so far.
    pub(super) fn leave_peer(&mut self) {
        let within = self.regions.as_mut().and_then(|regions| regions.within.take());
        let Some((key, mut part)) = within else { return };
        self.swap(&mut part);
        if let Some(region) = self.regions.as_ref().map(|regions| regions.open()).as_mut()
            && let Some(region) = region.as_mut()
        {
            region.parts.insert(key, part);
        }
    }

    /// Ends the region, where one is open and the strand acts for itself: what it does next comes after all that its peers
    /// have caused. That they were begun and waited for is recorded in the order of their names.
    pub(super) fn end_region(&self) {
        let Some(regions) = self.regions.as_ref().filter(|regions| regions.within.is_none()) else {
            return;
        };
        let Some(region) = regions.open().take() else { return };
        let record = |part: &Part, kind: &Kind| {
            let about = About {
                frames: &region.frames,
                hide: !part.shown.load(Ordering::Relaxed),
                ..About::default()
            };
            self.log.record(about, kind);
        };
        for part in region.parts.values() {
            let strand = part.text.to_string();
            record(part, &Kind::Spawned { strand });
        }
        for part in region.parts.values() {
            let strand = part.text.to_string();
            record(part, &Kind::Joined { strand });
        }
    }

    /// Whether a region goes on from round to round of these steps, which then have no rounds that anybody could count.
    pub(super) fn crosses_rounds(&self, steps: &[crate::plan::step::Step]) -> bool {
        let acts_for_itself = |regions: &Regions| regions.within.is_none();
        self.regions.as_deref().is_some_and(acts_for_itself) && crosses(steps)
    }

    /// Keeps a connection. Where it is chance which of several came about first, they are kept in the order of their names.
    pub(super) fn keep_connection(&mut self, mut connection: Connection) -> usize {
        self.remember(&mut connection);
        let by_chance =
            |connection: &Connection| connection.link.side == Side::Acceptor || connection.link.name.opener.is_peer();
        let mut at = self.connections.len();
        if self.regions.is_some() && by_chance(&connection) {
            let key = self.world.connection_key(&connection.link.name);
            let follows = |other: &Connection| by_chance(other) && self.world.connection_key(&other.link.name) > key;
            at = self.connections.iter().position(follows).unwrap_or(at);
        }
        self.connections.insert(at, connection);
        at
    }

    fn swap(&mut self, part: &mut Part) {
        use std::mem::swap;
        swap(&mut self.name, &mut part.name);
        swap(&mut self.text, &mut part.text);
        swap(&mut self.log, &mut part.log);
        swap(&mut self.chance, &mut part.chance);
        swap(&mut self.frames, &mut part.frames);
        swap(&mut self.begun, &mut part.begun);
        swap(&mut self.awaited, &mut part.awaited);
        swap(&mut self.opened, &mut part.opened);
        swap(&mut self.parallels, &mut part.parallels);
        swap(&mut self.shown, &mut part.shown);
    }
}
