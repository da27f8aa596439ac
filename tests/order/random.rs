//! Random systems: scripts that connect, send, take, lose, signal and share a cell, in a random schedule.

use std::collections::{BTreeMap, VecDeque};

use wiretale::ident::Direction;
use wiretale::trace::event::{Access, Content, Event, Fate, Kind, Line, Mode, Record};

use crate::tale::{Tale, header};

/// An event by its strand's number and its index.
pub(crate) type Id = (usize, u32);

/// A system that ran: its trace in the order of time, and what its order has to keep.
pub(crate) struct System {
    pub(crate) tale: Tale,
    /// What came before what, other than in one strand.
    pub(crate) edges: Vec<(Id, Id)>,
    /// Sends with receives, connects with accepts: drawn as one where nothing crosses.
    pub(crate) pairs: Vec<(Id, Id)>,
}

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % bound as u64) as usize
    }

    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// One way of a connection between two scripts.
struct Way {
    connection: String,
    direction: Direction,
    src: usize,
    dst: usize,
    /// The connection is there for its sender, and for its receiver.
    open: (bool, bool),
    sent: u64,
    /// Messages under way: id of the send, first byte, byte behind the last.
    under_way: VecDeque<(Id, u64, u64)>,
}

pub(crate) struct Run {
    chance: Chance,
    next: Vec<u32>,
    lines: Vec<Line>,
    edges: Vec<(Id, Id)>,
    pairs: Vec<(Id, Id)>,
    /// The cell's accesses so far.
    cell: Vec<(Id, Mode)>,
    signals: BTreeMap<String, Vec<Id>>,
}

/// Runs a system of 2 to 8 scripts; `patience` in percent is how much they rather take than send.
pub(crate) fn system(seed: u64, steps: usize, patience: usize) -> System {
    let mut run = Run {
        chance: Chance(seed),
        next: Vec::new(),
        lines: Vec::new(),
        edges: Vec::new(),
        pairs: Vec::new(),
        cell: Vec::new(),
        signals: BTreeMap::new(),
    };
    let strands = 2 + run.chance.below(7);
    run.next = vec![0; strands];
    let mut ways = Vec::new();
    for opener in 0..strands {
        for target in (0..strands).filter(|target| *target != opener) {
            if run.chance.percent(250 / strands) {
                for (direction, src, dst) in [
                    (Direction::FromOpener, opener, target),
                    (Direction::ToOpener, target, opener),
                ] {
                    ways.push(Way {
                        connection: format!("A{target}/A{opener}#1"),
                        direction,
                        src,
                        dst,
                        open: (false, false),
                        sent: 0,
                        under_way: VecDeque::new(),
                    });
                }
            }
        }
    }
    let mut connects = BTreeMap::new();
    for _ in 0..steps {
        run.step(strands, &mut ways, &mut connects, patience);
    }
    let actors: Vec<String> = (0..strands)
        .map(|i| format!("A{i}{}", if i % 2 == 0 { "*" } else { "" }))
        .collect();
    System {
        tale: Tale {
            header: header(&actors.join(" ")),
            lines: run.lines,
        },
        edges: run.edges,
        pairs: run.pairs,
    }
}

impl Run {
    fn event(&mut self, strand: usize, event: Kind) -> Id {
        let index = self.next[strand];
        self.next[strand] += 1;
        self.lines.push(Line::Event(Box::new(Event {
            strand: format!("A{strand}"),
            index,
            time: self.lines.len() as u64,
            step: None,
            frames: Vec::new(),
            label: None,
            hide: false,
            event,
        })));
        (strand, index)
    }

    fn step(&mut self, strands: usize, ways: &mut [Way], connects: &mut BTreeMap<usize, Id>, patience: usize) {
        let strand = self.chance.below(strands);
        match self.chance.below(12) {
            0 => {
                self.event(strand, Kind::Phase { text: "p".to_owned() });
            }
            1 => self.access(strand),
            2 => self.signal(strand),
            _ if ways.is_empty() => {}
            _ => {
                let first = self.chance.below(ways.len());
                let patient = self.chance.percent(patience);
                // A patient step takes wherever something has come.
                let way = (0..ways.len())
                    .map(|i| (first + i) % ways.len())
                    .find(|i| patient && ways[*i].open.1 && !ways[*i].under_way.is_empty());
                match way {
                    Some(way) => self.take(&mut ways[way]),
                    None => self.open_or_send(ways, first, connects),
                }
            }
        }
    }

    fn open_or_send(&mut self, ways: &mut [Way], number: usize, connects: &mut BTreeMap<usize, Id>) {
        let pair = number & !1;
        let (src, dst, name) = (ways[pair].src, ways[pair].dst, ways[pair].connection.clone());
        if !ways[pair].open.0 {
            let connect = self.event(
                src,
                Kind::Connect {
                    connection: name.clone(),
                    datagrams: false,
                },
            );
            self.event(src, Kind::Connected { connection: name });
            connects.insert(pair, connect);
            ways[pair].open.0 = true;
            ways[pair + 1].open.1 = true;
        } else if !ways[pair].open.1 && self.chance.percent(60) {
            let accept = self.event(
                dst,
                Kind::Accept {
                    connection: name,
                    datagrams: false,
                    watch: Vec::new(),
                },
            );
            self.pairs.push((connects[&pair], accept));
            ways[pair].open.1 = true;
            ways[pair + 1].open.0 = true;
        } else if ways[number].open.0 {
            self.send(&mut ways[number]);
        }
    }

    fn send(&mut self, way: &mut Way) {
        let size = 1 + self.chance.below(9) as u64;
        let (start, end) = (way.sent, way.sent + size);
        way.sent = end;
        let send = self.event(
            way.src,
            Kind::Send {
                connection: way.connection.clone(),
                direction: way.direction,
                start,
                end,
                content: content(start),
                broadcast: None,
            },
        );
        if self.chance.percent(8) {
            self.lines.push(Line::Record(Record {
                strand: format!("A{}", way.src),
                index: send.1,
                fate: Fate::Lost,
            }));
        } else {
            way.under_way.push_back((send, start, end));
        }
    }

    fn take(&mut self, way: &mut Way) {
        let (send, start, end) = way.under_way.pop_front().unwrap();
        let receive = self.event(
            way.dst,
            Kind::Receive {
                connection: way.connection.clone(),
                direction: way.direction,
                start,
                end,
                content: content(start),
                watch: Vec::new(),
                captured: Default::default(),
            },
        );
        self.pairs.push((send, receive));
    }

    fn access(&mut self, strand: usize) {
        let mode = if self.chance.percent(60) {
            Mode::Read
        } else {
            Mode::Write
        };
        let nth = self.cell.len() as u64;
        let cells = vec![Access {
            cell: "A0.n".to_owned(),
            mode,
            nth,
        }];
        let id = self.event(strand, Kind::Access { cells });
        let conflicts = |other: &Mode| mode == Mode::Write || *other == Mode::Write;
        let before = self.cell.iter().filter(|(_, other)| conflicts(other));
        self.edges.extend(before.map(|(other, _)| (*other, id)));
        self.cell.push((id, mode));
    }

    fn signal(&mut self, strand: usize) {
        let name = format!("s{}", self.chance.below(3));
        let given = self.signals.get(&name).map_or(0, Vec::len);
        if given > 0 && self.chance.percent(50) {
            let count = 1 + self.chance.below(given);
            let id = self.event(
                strand,
                Kind::Awaited {
                    name: name.clone(),
                    count: count as u32,
                    watch: Vec::new(),
                },
            );
            self.edges
                .extend(self.signals[&name][..count].iter().map(|signal| (*signal, id)));
        } else {
            let kind = Kind::Signalled {
                name: name.clone(),
                nth: given as u32 + 1,
            };
            let id = self.event(strand, kind);
            self.signals.entry(name).or_default().push(id);
        }
    }
}

fn content(start: u64) -> Content {
    Content {
        text: Some(format!("m{start}")),
        ..Content::default()
    }
}
