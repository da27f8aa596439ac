//! Strands and connections by number.
//!
//! Owns the numbers: a strand's *rank* is its place in the strand order, an event's *id* is its strand's first id plus
//! its index, so that ids ascend in the order that decides where nothing else does. Does not own the order of names
//! (`ident`).

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use super::error::OrderError;
use super::numbers::Numbers;
use crate::ident::{ConnectionName, Direction, NameError, StrandName};
use crate::trace::event::Header;
use crate::trace::reader::TraceSource;

/// No event, no strand, no connection.
pub(super) const NONE: u32 = u32::MAX;

/// The most events that are read: ids are 32 bits wide, and some values are spare.
const EVENTS_MAX: u32 = u32::MAX - 16;

/// The longest name that is read.
const NAME_MAX: usize = 1024;

/// How deep the parentheses of a name may be nested: a chain of twelve relays.
const DEPTH_MAX: usize = 12;

/// The strands of a trace.
#[derive(Debug)]
pub(super) struct Strands {
    names: Vec<Arc<StrandName>>,
    /// Those that the trace calls them by, where connections from outside have other numbers there.
    recorded: Option<Vec<Arc<StrandName>>>,
    /// What those have for numbers.
    pub(super) numbers: Arc<Numbers>,
    /// The first event id of each strand, and one more: the number of events.
    base: Vec<u32>,
    ranks: HashMap<Box<str>, u32>,
    /// For each strand that is what one peer causes in another: that other.
    wholes: HashMap<u32, u32>,
}

impl Strands {
    /// Counts the events of each strand and ranks the strands.
    pub(super) fn of(source: &TraceSource) -> Result<Self, OrderError> {
        let mut counts: HashMap<Box<str>, (u32, u32)> = HashMap::new();
        source.heads(|head| {
            if let Some((count, last)) = counts.get_mut(head.strand.as_ref()) {
                *count = count.saturating_add(1);
                *last = head.index.max(*last);
            } else {
                counts.insert(head.strand.into(), (1, head.index));
            }
            Ok::<(), OrderError>(())
        })?;
        let place = places(source.header());
        let mut read = Vec::with_capacity(counts.len());
        for (text, (count, last)) in counts {
            let name: StrandName = parse(&text)?;
            read.push((text, Arc::new(name), count, last));
        }
        let numbers = Numbers::of(source, read.iter().map(|(text, name, ..)| (&**text, &**name)))?;
        let mut sorted = Vec::with_capacity(read.len());
        for (text, recorded, count, last) in read {
            let name = match numbers.is_empty() {
                true => Arc::clone(&recorded),
                false => Arc::new(numbers.strand(&recorded)),
            };
            sorted.push((name.key(&place), text, name, recorded, count, last));
        }
        // Two outside actors have the same place: then the text decides.
        sorted.sort_unstable_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        let mut strands = Self {
            names: Vec::with_capacity(sorted.len()),
            recorded: (!numbers.is_empty()).then(|| Vec::with_capacity(sorted.len())),
            numbers: Arc::new(numbers),
            base: vec![0],
            ranks: HashMap::with_capacity(sorted.len()),
            wholes: HashMap::new(),
        };
        let mut total = 0_u32;
        for (rank, (_, text, name, recorded, count, last)) in sorted.into_iter().enumerate() {
            if last >= count {
                return Err(gap_or_twice(source, &text, count));
            }
            total = total
                .checked_add(count)
                .filter(|total| *total < EVENTS_MAX)
                .ok_or(OrderError::TooMany("events"))?;
            strands.names.push(name);
            if let Some(all) = &mut strands.recorded {
                all.push(recorded);
            }
            strands.base.push(total);
            strands.ranks.insert(text, rank as u32);
        }
        let wholes = (0..strands.len()).filter_map(|rank| {
            let whole = strands.recorded(rank).whole()?.to_string();
            Some((rank, strands.rank(&whole)?))
        });
        strands.wholes = wholes.collect();
        Ok(strands)
    }

    /// The strand that does what a strand does: another one for what a peer causes in that.
    pub(super) fn whole(&self, rank: u32) -> u32 {
        self.wholes.get(&rank).copied().unwrap_or(rank)
    }

    /// How many strands there are.
    pub(super) fn len(&self) -> u32 {
        self.names.len() as u32
    }

    /// How many events there are.
    pub(super) fn events(&self) -> u32 {
        self.base.last().copied().unwrap_or(0)
    }

    /// A strand's name.
    pub(super) fn name(&self, rank: u32) -> &Arc<StrandName> {
        &self.names[rank as usize]
    }

    /// The name that a strand has in the trace, by which all of it is looked up.
    pub(super) fn recorded(&self, rank: u32) -> &Arc<StrandName> {
        self.recorded
            .as_ref()
            .map_or_else(|| self.name(rank), |all| &all[rank as usize])
    }

    /// The rank of the strand that the trace calls so.
    pub(super) fn rank(&self, name: &str) -> Option<u32> {
        self.ranks.get(name).copied()
    }

    /// A strand's first event, and the id behind its last.
    pub(super) fn range(&self, rank: u32) -> std::ops::Range<u32> {
        self.base[rank as usize]..self.base[rank as usize + 1]
    }

    /// The strand of an event.
    pub(super) fn strand(&self, event: u32) -> u32 {
        self.base.partition_point(|base| *base <= event) as u32 - 1
    }

    /// An event's strand by name, and its index there.
    pub(super) fn locate(&self, event: u32) -> (&Arc<StrandName>, u32) {
        let rank = self.strand(event);
        (self.name(rank), event - self.base[rank as usize])
    }
}

/// Connections, numbered in the order in which the file first names them: no number reaches an output.
#[derive(Debug)]
pub(super) struct Connections {
    names: Vec<Arc<ConnectionName>>,
    /// By the names that the trace has for them.
    numbers: HashMap<Box<str>, u32>,
    datagrams: HashSet<u32>,
    /// Which direction of each comes from an end that is not in the trace.
    unseen: Vec<Option<Direction>>,
    outside: Arc<Numbers>,
}

/// One direction of one connection, in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Link(pub(super) u32);

impl Link {
    /// None.
    pub(super) const NONE: Self = Self(NONE);

    /// One direction of a connection.
    pub(super) const fn new(connection: u32, direction: Direction) -> Self {
        Self(connection << 1 | matches!(direction, Direction::ToOpener) as u32)
    }

    /// Its connection.
    pub(super) const fn connection(self) -> Option<u32> {
        if self.0 == NONE { None } else { Some(self.0 >> 1) }
    }

    /// Its direction.
    pub(super) const fn direction(self) -> Direction {
        if self.0 & 1 == 0 {
            Direction::FromOpener
        } else {
            Direction::ToOpener
        }
    }
}

impl Connections {
    /// None yet.
    pub(super) fn new(outside: Arc<Numbers>) -> Self {
        Self {
            names: Vec::new(),
            numbers: HashMap::new(),
            datagrams: HashSet::new(),
            unseen: Vec::new(),
            outside,
        }
    }

    /// The number of the connection that the trace calls so, a new one where there is none.
    pub(super) fn number(&mut self, name: &str) -> Result<u32, OrderError> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let number = self.names.len() as u32;
        if number >= 1 << 30 {
            return Err(OrderError::TooMany("connections"));
        }
        let read = self.outside.connection(&parse(name)?);
        self.unseen.push(self.outside.outside.unseen(&read));
        self.names.push(Arc::new(read));
        self.numbers.insert(name.into(), number);
        Ok(number)
    }

    /// Notes that a connection is one of datagrams.
    pub(super) fn of_datagrams(&mut self, number: u32) {
        self.datagrams.insert(number);
    }

    /// Whether a connection is one of datagrams.
    pub(super) fn are_datagrams(&self, number: u32) -> bool {
        self.datagrams.contains(&number)
    }

    /// All connections of datagrams.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = u32> {
        self.datagrams.iter().copied()
    }

    /// Which direction of a connection comes from an end that is not in the trace.
    pub(super) fn unseen(&self, number: u32) -> Option<Direction> {
        self.unseen[number as usize]
    }

    /// Whether both ends of a connection are outside.
    pub(super) fn is_between(&self, number: u32) -> bool {
        self.outside.outside.both(self.name(number))
    }

    /// Whether what is sent in a direction has no event of its own.
    pub(super) fn is_unsent(&self, link: Link) -> bool {
        let unseen = link.connection().and_then(|number| self.unseen(number));
        unseen == Some(link.direction())
    }

    /// Whether what is taken in a direction has no event of its own.
    pub(super) fn is_untaken(&self, link: Link) -> bool {
        let unseen = link.connection().and_then(|number| self.unseen(number));
        unseen == Some(link.direction().reverse())
    }

    /// The number of the connection that the trace calls so.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// How many connections there are.
    pub(super) fn len(&self) -> u32 {
        self.names.len() as u32
    }

    /// A connection's name.
    pub(super) fn name(&self, number: u32) -> &Arc<ConnectionName> {
        &self.names[number as usize]
    }

    /// The endpoint that a connection leads to, as `listening` and watch sets name it.
    pub(super) fn endpoint(&self, number: u32) -> String {
        let name = self.name(number);
        match &name.endpoint {
            Some(endpoint) => format!("{}.{endpoint}", name.target),
            None => name.target.to_string(),
        }
    }

    /// A direction as people read it.
    pub(super) fn show(&self, link: Link) -> String {
        match link.connection() {
            Some(number) => format!("{}{}", self.name(number), link.direction()),
            None => String::new(),
        }
    }
}

/// What belongs together in the linearization: the scripts at the top of chains of openers.
#[derive(Debug)]
pub(super) struct Threads {
    /// Those of actors that listen, then the others, both in strand order. What a listening actor does without a cause is
    /// getting ready, such as a relay's own connection: if it came behind the first client, it would part its request
    /// from the answer.
    pub(super) names: Vec<Arc<StrandName>>,
    /// Whether the thread's actor listens, so that what it does belongs to whoever caused it.
    pub(super) listens: Vec<bool>,
    /// By strand.
    pub(super) of_strand: Vec<u32>,
    /// By connection.
    pub(super) of_connection: Vec<u32>,
}

impl Threads {
    /// The threads of these strands and connections.
    pub(super) fn of(strands: &Strands, connections: &Connections, header: &Header) -> Self {
        let of_strand: Vec<_> = strands.names.iter().map(|name| name.root()).collect();
        let of_connection: Vec<_> = connections.names.iter().map(|name| name.opener.root()).collect();
        let place = places(header);
        let listening: HashSet<&str> = header
            .actors
            .iter()
            .filter(|actor| actor.listens)
            .map(|actor| actor.name.as_str())
            .collect();
        let listens = |name: &&StrandName| {
            name.actor
                .as_ref()
                .is_some_and(|actor| listening.contains(actor.base.as_str()))
        };
        let mut names: Vec<_> = of_strand.iter().chain(&of_connection).collect();
        names.sort_by_cached_key(|name| (!listens(name), name.key(&place), name.to_string()));
        names.dedup();
        let number: HashMap<_, _> = names
            .iter()
            .zip(0_u32..)
            .map(|(name, number)| (*name, number))
            .collect();
        Self {
            listens: names.iter().map(listens).collect(),
            of_strand: of_strand.iter().map(|name| number[name]).collect(),
            of_connection: of_connection.iter().map(|name| number[name]).collect(),
            names: names.into_iter().map(|name| Arc::new(name.clone())).collect(),
        }
    }
}

/// Each actor's place in the file; those outside it come last.
fn places(header: &Header) -> impl Fn(&str) -> u64 {
    let places: HashMap<&str, u64> = header.actors.iter().map(|actor| actor.name.as_str()).zip(0..).collect();
    let outside = places.len() as u64;
    move |name| places.get(name).copied().unwrap_or(outside)
}

/// Reads a name of bounded size: a crafted one could be nested without end.
pub(super) fn parse<N: FromStr<Err = NameError>>(text: &str) -> Result<N, OrderError> {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if text.len() > NAME_MAX || deepest > DEPTH_MAX {
        return Err(OrderError::NameTooLong {
            length: text.len(),
            depth: deepest,
        });
    }
    Ok(text.parse()?)
}

/// Which event of a strand with `count` lines and a higher index is missing, or there twice.
fn gap_or_twice(source: &TraceSource, strand: &str, count: u32) -> OrderError {
    let mut seen = vec![false; count as usize];
    let scanned = source.heads(|head| {
        if head.strand == strand
            && let Some(seen) = seen.get_mut(head.index as usize)
        {
            *seen = true;
        }
        Ok::<(), OrderError>(())
    });
    if let Err(error) = scanned {
        return error;
    }
    let index = seen.iter().position(|seen| !seen).unwrap_or(0) as u32;
    OrderError::Gap {
        strand: strand.to_owned(),
        index,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_nested_without_end_is_refused_and_not_followed() {
        let deep = format!("{}S/C#1{}", "S/(".repeat(40), ")#1".repeat(40));
        assert!(matches!(
            parse::<StrandName>(&deep),
            Err(OrderError::NameTooLong { .. })
        ));
        let long = "S".repeat(2000);
        assert!(matches!(
            parse::<StrandName>(&long),
            Err(OrderError::NameTooLong { .. })
        ));
    }

    #[test]
    fn a_link_remembers_connection_and_direction() {
        for direction in [Direction::FromOpener, Direction::ToOpener] {
            let link = Link::new(7, direction);
            assert_eq!((link.connection(), link.direction()), (Some(7), direction));
        }
        assert_eq!(Link::NONE.connection(), None);
    }
}
