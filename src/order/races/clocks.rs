//! What each event knows of others.
//!
//! Owns vector clocks over a walk through the whole trace. A clock has an entry only for the strands and cells that
//! questions ask about, [`WIDTH`] of them in one walk; more are answered in further walks. Does not own the questions.

use std::collections::{HashMap, HashSet};

use super::questions::{Component, Question};
use crate::order::error::OrderError;
use crate::order::index::{Class, Index, Marks};
use crate::order::linear::{Linear, Step};
use crate::order::strands::Link;

/// How many entries a clock has in one walk.
const WIDTH: usize = 64;

/// How many entries there are in all walks together; what needs more is not examined.
const ENTRIES_MAX: usize = 4096;

/// What came of the walks.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// For each question, whether the two race.
    pub(super) races: Vec<bool>,
    /// For each event that a question names, where it is.
    pub(super) places: HashMap<u32, Place>,
    /// How many questions were not answered.
    pub(super) unexamined: u64,
}

/// Where an event is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// In the canonical order.
    pub(super) position: u64,
    /// Among the messages that were taken in its direction, from 1.
    pub(super) nth: u32,
}

/// Answers all questions.
pub(super) fn answer(index: &Index, questions: &[Question]) -> Result<Answers, OrderError> {
    let mut components: HashMap<Component, usize> = HashMap::new();
    let mut answers = Answers::default();
    for question in questions {
        let mut examined = true;
        for (component, _) in &question.any {
            let next = components.len();
            if !components.contains_key(component) && next < ENTRIES_MAX {
                components.insert(*component, next);
            }
            examined &= components.contains_key(component);
        }
        answers.races.push(examined);
        answers.unexamined += u64::from(!examined);
        for event in [question.first, question.second] {
            answers.places.insert(event, Place::default());
        }
    }
    let mut asked: Vec<(u32, usize)> = questions.iter().map(|question| question.at).zip(0..).collect();
    asked.sort_unstable();
    for start in (0..components.len()).step_by(WIDTH) {
        let entries = components
            .iter()
            .filter(|(_, number)| (start..start + WIDTH).contains(*number))
            .map(|(component, number)| (*component, number - start))
            .collect();
        let mut walk = Walk::new(index, questions, &asked, entries);
        for placement in Linear::new(index) {
            walk.step(placement?.step, &mut answers);
        }
    }
    Ok(answers)
}

/// One entry for each component of this walk.
type Clock = Box<[u32]>;

struct Walk<'a> {
    index: &'a Index,
    questions: &'a [Question],
    /// (event, question), sorted.
    asked: &'a [(u32, usize)],
    entries: HashMap<Component, usize>,
    /// What each strand knows.
    strands: Vec<Clock>,
    /// What events knew of which others will need it: those with edges, and messages that are split.
    kept: HashMap<u32, Clock>,
    /// Events from which sparse edges start.
    sources: HashSet<u32>,
    /// Events that are in lists: (event, list, segment), sorted.
    members: Vec<(u32, u32, u32)>,
    /// For each list and segment, what its events knew together; for signals then also what those before knew.
    segments: Vec<Vec<Option<Clock>>>,
    /// For each list of signals, the last segment that is summed.
    summed: Vec<usize>,
    /// How many messages were taken in each direction.
    taken: HashMap<Link, u32>,
    position: u64,
}

impl<'a> Walk<'a> {
    fn new(
        index: &'a Index,
        questions: &'a [Question],
        asked: &'a [(u32, usize)],
        entries: HashMap<Component, usize>,
    ) -> Self {
        let mut members = Vec::new();
        for (number, list) in (0..).zip(&index.extra.lists) {
            for segment in 0..list.bounds.len() {
                members.extend(
                    list.segment(segment)
                        .iter()
                        .map(|event| (*event, number, segment as u32)),
                );
            }
        }
        members.sort_unstable();
        let clock: Clock = vec![0; entries.len()].into();
        Self {
            index,
            questions,
            asked,
            entries,
            strands: vec![clock; index.strands.len() as usize],
            kept: HashMap::new(),
            sources: index.extra.edges().iter().map(|(_, from)| *from).collect(),
            members,
            segments: index
                .extra
                .lists
                .iter()
                .map(|list| vec![None; list.bounds.len()])
                .collect(),
            summed: vec![0; index.extra.lists.len()],
            taken: HashMap::new(),
            position: 0,
        }
    }

    fn step(&mut self, step: Step, answers: &mut Answers) {
        match step {
            Step::Message { send, receive } => {
                self.event(send, None, answers);
                self.event(receive, Some(send), answers);
            }
            Step::Opens {
                connect,
                accept: Some(accept),
                connected,
            } => {
                self.event(connect, None, answers);
                self.event(accept, Some(connect), answers);
                if let Some(connected) = connected {
                    self.event(connected, None, answers);
                }
            }
            Step::Arrives { send, receive } => self.event(receive, Some(send), answers),
            Step::Local { event } if self.index.class(event) == Class::Accept => {
                self.event(event, self.index.mate(event), answers);
            }
            _ => {
                for event in step.events().into_iter().flatten() {
                    self.event(event, None, answers);
                }
            }
        }
    }

    /// Goes over one event; `cause` is the other half of its message or opening, gone over before.
    fn event(&mut self, event: u32, cause: Option<u32>, answers: &mut Answers) {
        let index = self.index;
        let rank = index.strands.strand(event);
        let mut clock = std::mem::take(&mut self.strands[rank as usize]);
        self.place(event, answers);
        if let Some(known) = cause.and_then(|cause| self.kept.get(&cause)) {
            join(&mut clock, known);
        }
        if index.has(event, Marks::EXTRA) {
            for (_, from) in index.extra.from(event) {
                if let Some(known) = self.kept.get(from) {
                    join(&mut clock, known);
                }
            }
        }
        self.ask(event, true, &clock, answers);
        self.prefixes(event, &mut clock);
        if let Some(entry) = self.entries.get(&Component::Strand(rank)) {
            clock[*entry] = event - index.strands.range(rank).start + 1;
        }
        self.lists(event, &mut clock);
        self.ask(event, false, &clock, answers);
        let sends = matches!(index.class(event), Class::Send | Class::Closing | Class::Connect);
        if self.sources.contains(&event) || sends && index.mate(event).is_some() {
            self.kept.insert(event, clock.clone());
        }
        if let Some(cause) = cause.filter(|cause| !self.sources.contains(cause)) {
            self.kept.remove(&cause);
        }
        self.strands[rank as usize] = clock;
    }

    /// Learns what the lists that the event depends on know.
    fn prefixes(&mut self, event: u32, clock: &mut Clock) {
        let index = self.index;
        if !index.has(event, Marks::EXTRA) {
            return;
        }
        for prefix in index.extra.prefixes(event) {
            let list = &index.extra.lists[prefix.list as usize];
            let count = list.bounds.partition_point(|bound| *bound <= prefix.count);
            let segments = &mut self.segments[prefix.list as usize];
            // A signal knows nothing of those before it; whoever awaits it knows of all. What is complete is summed once.
            let summed = &mut self.summed[prefix.list as usize];
            while !list.cell && *summed + 1 < count {
                let (before, after) = segments.split_at_mut(*summed + 1);
                if let (Some(Some(known)), Some(Some(sum))) = (before.last(), after.first_mut()) {
                    join(sum, known);
                }
                *summed += 1;
            }
            if let Some(Some(known)) = count.checked_sub(1).map(|last| &segments[last]) {
                join(clock, known);
            }
        }
    }

    /// Tells the lists that the event is in what it knows.
    fn lists(&mut self, event: u32, clock: &mut Clock) {
        let start = self.members.partition_point(|(member, ..)| *member < event);
        let own = self.members[start..].iter().take_while(|(member, ..)| *member == event);
        for (_, list, segment) in own.clone() {
            if let Some(entry) = self.entries.get(&Component::Cell(*list)) {
                clock[*entry] = clock[*entry].max(segment + 1);
            }
        }
        for (_, list, segment) in own {
            let cell = self.index.extra.lists[*list as usize].cell;
            let segments = &mut self.segments[*list as usize];
            match &mut segments[*segment as usize] {
                Some(known) => join(known, clock),
                none => *none = Some(clock.clone()),
            }
            // Whoever depends on a cell's segment is in the next one.
            if cell && let Some(before) = segment.checked_sub(2) {
                segments[before as usize] = None;
            }
        }
    }

    fn ask(&self, event: u32, before: bool, clock: &Clock, answers: &mut Answers) {
        let start = self.asked.partition_point(|(asked, _)| *asked < event);
        for (_, number) in self.asked[start..].iter().take_while(|(asked, _)| *asked == event) {
            let question = &self.questions[*number];
            if question.before != before {
                continue;
            }
            let is_known = |(component, least): &(Component, u32)| {
                self.entries.get(component).is_some_and(|entry| clock[*entry] >= *least)
            };
            if question.any.iter().any(is_known) {
                answers.races[*number] = false;
            }
        }
    }

    fn place(&mut self, event: u32, answers: &mut Answers) {
        self.position += 1;
        let link = self.index.link(event);
        let takes = matches!(self.index.class(event), Class::Receive | Class::Closed);
        if takes {
            *self.taken.entry(link).or_default() += 1;
        }
        if let Some(place) = answers.places.get_mut(&event) {
            *place = Place {
                position: self.position,
                nth: if takes { self.taken[&link] } else { 0 },
            };
        }
    }
}

fn join(clock: &mut [u32], other: &[u32]) {
    for (own, other) in clock.iter_mut().zip(other) {
        *own = (*own).max(*other);
    }
}
