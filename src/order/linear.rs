//! The canonical linearization.
//!
//! Owns the order of units: every strand has a cursor; a unit is ready when each of its events is its strand's next and
//! all that it depends on has been handed on; of the ready ones the best comes first. Where none is ready, messages
//! cross, and one of them is split into its sending and its taking. Each choice looks at cursors, names and what was
//! handed on so far, never at the order of lines. Does not own contents (`emit`).
//!
//! An opening whose `accept` stands behind other events of a script can be part of a crossing too. It is split by the
//! same rule: the `connect` is handed on without its `accept`, which comes later as an event of its strand alone.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::error::OrderError;
use super::index::{Class, Index, Marks};
use super::ready::{Last, Ready};
use super::step::{Placement, Step};

/// Walks through a trace in canonical order.
#[derive(Debug)]
pub(super) struct Linear<'a> {
    index: &'a Index,
    /// Each strand's next event.
    next: Vec<u32>,
    /// Sends, endings and connects that are handed on without their other half.
    split: HashSet<u32>,
    /// Strands whose next event waits for an event of another strand.
    waiters: HashMap<u32, Vec<u32>>,
    /// For each list, up to where its events have been handed on.
    frontier: Vec<u32>,
    /// What comes last where it can, and cannot.
    released: HashSet<u32>,
    ready: Ready,
    last: Last,
    /// What is drawn nowhere and has just been passed.
    passed: VecDeque<Placement>,
    begun: bool,
    failed: bool,
}

/// What a strand's next event can do.
enum Head {
    /// The unit with this id is ready.
    Ready(u32),
    /// It is drawn nowhere.
    Pass(u32),
    /// It waits for this event of another strand.
    WaitFor(u32),
    /// It is one half of a message whose other half is not its strand's next event, or waits itself for this event.
    WaitWith { other: u32, is_send: bool },
    /// The strand is at its end.
    End,
}

impl<'a> Linear<'a> {
    /// From the beginning.
    pub(super) fn new(index: &'a Index) -> Self {
        Self {
            index,
            next: (0..index.strands.len())
                .map(|rank| index.strands.range(rank).start)
                .collect(),
            split: HashSet::new(),
            waiters: HashMap::new(),
            frontier: vec![0; index.extra.lists.len()],
            released: HashSet::new(),
            ready: Ready::default(),
            last: Last::default(),
            passed: VecDeque::new(),
            begun: false,
            failed: false,
        }
    }

    fn emitted(&self, event: u32) -> bool {
        event < self.next[self.index.strands.strand(event) as usize]
    }

    fn is_next(&self, event: u32) -> bool {
        event == self.next[self.index.strands.strand(event) as usize]
    }

    /// The first event that an event depends on, other than by a message, and that has not been handed on.
    fn blocker(&mut self, event: u32) -> Option<u32> {
        if !self.index.has(event, Marks::EXTRA) {
            return None;
        }
        let index = self.index;
        for (_, from) in index.extra.from(event) {
            if !self.emitted(*from) {
                return Some(*from);
            }
        }
        for prefix in index.extra.prefixes(event) {
            let list = &index.extra.lists[prefix.list as usize];
            while self.frontier[prefix.list as usize] < prefix.count {
                let waited = list.events[self.frontier[prefix.list as usize] as usize];
                if !self.emitted(waited) {
                    return Some(waited);
                }
                self.frontier[prefix.list as usize] += 1;
            }
        }
        None
    }

    /// The first event behind which an event comes where it can, and that has not been handed on.
    fn before_last(&self, event: u32) -> Option<u32> {
        if !self.index.has(event, Marks::LAST) || self.released.contains(&event) {
            return None;
        }
        let mut before = self.index.last(event).iter().map(|(_, before)| *before);
        before.find(|before| !self.emitted(*before))
    }

    /// Lets what comes last come before, where a cycle of strands that wait for one another has such an event in it.
    fn release(&mut self, cycle: &[(u32, bool)]) -> bool {
        let mut ranks: Vec<u32> = cycle.iter().map(|(rank, _)| *rank).collect();
        ranks.sort_unstable();
        for rank in ranks {
            let event = self.next[rank as usize];
            if self.before_last(event).is_some() && self.blocker(event).is_none() {
                self.released.insert(event);
                self.offer(BTreeSet::from([rank]), self.last.thread);
                return true;
            }
        }
        false
    }

    fn head(&mut self, rank: u32) -> Head {
        let event = self.next[rank as usize];
        if event >= self.index.strands.range(rank).end {
            return Head::End;
        }
        if let Some(waited) = self.blocker(event).or_else(|| self.before_last(event)) {
            return Head::WaitFor(waited);
        }
        match (self.index.class(event), self.index.mate(event)) {
            (Class::Nothing | Class::Connected, _) => Head::Pass(event),
            (Class::Send | Class::Closing | Class::Connect, Some(taking)) => {
                if self.split.contains(&event) {
                    return Head::Ready(event);
                }
                let is_send = true;
                if !self.is_next(taking) {
                    return Head::WaitWith { other: taking, is_send };
                }
                match self.blocker(taking) {
                    Some(other) => Head::WaitWith { other, is_send },
                    None => Head::Ready(event),
                }
            }
            (Class::Receive | Class::Closed | Class::Accept, Some(sending)) => {
                if self.split.contains(&sending) {
                    return if self.emitted(sending) {
                        Head::Ready(event)
                    } else {
                        Head::WaitFor(sending)
                    };
                }
                let is_send = false;
                if !self.is_next(sending) {
                    return Head::WaitWith {
                        other: sending,
                        is_send,
                    };
                }
                match self.blocker(sending) {
                    Some(other) => Head::WaitWith { other, is_send },
                    None => Head::Ready(sending),
                }
            }
            _ => Head::Ready(event),
        }
    }

    /// Looks at these strands again, whose next events may have become ready by a unit of thread `cause`.
    fn offer(&mut self, mut ranks: BTreeSet<u32>, cause: Option<u32>) {
        // What the run itself begins has no cause among the actors.
        let mut fresh = BTreeSet::new();
        while let Some(rank) = ranks.pop_first() {
            match self.head(rank) {
                Head::Ready(unit) => self.add(unit, cause.filter(|_| !fresh.contains(&rank))),
                Head::Pass(event) => {
                    let mut touched = BTreeSet::new();
                    self.advance(event, &mut touched);
                    if self.index.strands.name(rank).actor.is_none() {
                        fresh.extend(touched.iter().copied());
                    }
                    ranks.extend(touched);
                    self.passed.push_back(Placement {
                        step: Step::Nothing { event },
                        thread: self.index.thread(event),
                    });
                }
                Head::WaitFor(event) | Head::WaitWith { other: event, .. } => {
                    // Where it is the other half that is waited for, that strand's own offer finds this one.
                    if !self.is_mate_of_next(rank, event) {
                        let waiting = self.waiters.entry(event).or_default();
                        if !waiting.contains(&rank) {
                            waiting.push(rank);
                        }
                    }
                }
                Head::End => {}
            }
        }
    }

    fn is_mate_of_next(&self, rank: u32, event: u32) -> bool {
        self.index.mate(self.next[rank as usize]) == Some(event)
    }

    fn add(&mut self, unit: u32, cause: Option<u32>) {
        let own = self.index.thread(unit);
        // What a listening actor does belongs to whoever caused it.
        let inherited = cause.filter(|_| self.index.threads.listens[own as usize]);
        let connection = self.index.link(unit).connection();
        self.ready.add(unit, inherited.unwrap_or(own), connection);
    }

    /// Moves a strand's cursor over an event.
    fn advance(&mut self, event: u32, touched: &mut BTreeSet<u32>) {
        let rank = self.index.strands.strand(event);
        self.next[rank as usize] = event + 1;
        touched.insert(rank);
        touched.extend(self.waiters.remove(&event).into_iter().flatten());
    }

    /// What the unit with this id is now.
    fn step(&self, unit: u32) -> Step {
        let mate = self.index.mate(unit);
        let split = self.split.contains(&unit);
        match (self.index.class(unit), mate) {
            (Class::Send | Class::Closing, Some(_)) if split => Step::Departs { send: unit },
            (Class::Send | Class::Closing, Some(receive)) => Step::Message { send: unit, receive },
            (Class::Send, None) => Step::Unpaired { send: unit },
            (Class::Closing, None) => Step::Closes { closing: unit },
            (Class::Receive | Class::Closed, Some(send)) => Step::Arrives { send, receive: unit },
            (Class::Receive | Class::Closed, None) => Step::Taken { receive: unit },
            (Class::Connect, _) => Step::Opens {
                connect: unit,
                accept: mate.filter(|_| !split),
                connected: self
                    .index
                    .following(unit)
                    .filter(|next| self.index.class(*next) == Class::Connected),
            },
            _ => Step::Local { event: unit },
        }
    }

    fn emit(&mut self, unit: u32, thread: u32) -> Placement {
        let step = self.step(unit);
        let mut touched = BTreeSet::new();
        for event in step.events().into_iter().flatten() {
            self.advance(event, &mut touched);
        }
        if let (Step::Departs { .. } | Step::Opens { accept: None, .. }, Some(mate)) = (step, self.index.mate(unit)) {
            touched.insert(self.index.strands.strand(mate));
        }
        // A connection from outside begins with its `accept` alone.
        let opens = self.index.class(unit) == Class::Accept && self.index.mate(unit).is_none();
        let is_local = matches!(step, Step::Local { .. }) && !opens;
        self.last = Last {
            copy: self
                .index
                .following(unit)
                .filter(|next| self.index.has(*next, Marks::COPY)),
            thread: if is_local { self.last.thread } else { Some(thread) },
            connection: self.index.link(unit).connection().or(self.last.connection),
        };
        self.offer(touched, Some(thread));
        Placement { step, thread }
    }

    /// Splits the first message of the cycle of strands that wait for one another; `false` where all have ended.
    fn split(&mut self) -> Result<bool, OrderError> {
        let mut seen = HashMap::new();
        let mut walk: Vec<(u32, bool)> = Vec::new();
        let strands = self.index.strands.len();
        let Some(mut rank) = (0..strands).find(|rank| self.next[*rank as usize] < self.index.strands.range(*rank).end)
        else {
            return Ok(false);
        };
        let cycle = loop {
            if let Some(start) = seen.insert(rank, walk.len()) {
                break &walk[start..];
            }
            let (waited, is_send) = match self.head(rank) {
                Head::WaitFor(event) => (event, false),
                Head::WaitWith { other, is_send } => (other, is_send),
                // Nothing is ready, and no strand waits for one that has ended.
                Head::Ready(_) | Head::Pass(_) | Head::End => break &walk[..0],
            };
            walk.push((rank, is_send));
            rank = self.index.strands.strand(waited);
        };
        let cycle = cycle.to_vec();
        if self.release(&cycle) {
            return Ok(true);
        }
        let sends = cycle.iter().filter(|(_, is_send)| *is_send);
        let Some(first) = sends.map(|(rank, _)| *rank).min() else {
            let names = cycle.iter().map(|(rank, _)| self.index.strands.name(*rank).to_string());
            return Err(OrderError::Cycle(names.collect()));
        };
        self.split.insert(self.next[first as usize]);
        self.offer(BTreeSet::from([first]), self.last.thread);
        Ok(true)
    }

    fn advance_to_next(&mut self) -> Result<Option<Placement>, OrderError> {
        if !self.begun {
            self.begun = true;
            self.offer((0..self.index.strands.len()).collect(), None);
        }
        loop {
            if let Some(passed) = self.passed.pop_front() {
                return Ok(Some(passed));
            }
            if let Some((unit, thread)) = self.ready.take(self.last) {
                return Ok(Some(self.emit(unit, thread)));
            }
            if !self.split()? {
                return Ok(None);
            }
        }
    }
}

impl Iterator for Linear<'_> {
    type Item = Result<Placement, OrderError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance_to_next();
        self.failed = next.is_err();
        next.transpose()
    }
}
