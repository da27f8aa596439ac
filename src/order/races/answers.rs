//! Which pairs race, by what each event knew.
//!
//! Owns the answers to questions, and where the events that they name are. Does not own the questions (`questions`), nor
//! the clocks (`order::clocks`).

use std::collections::HashMap;

use super::questions::Question;
use crate::order::clocks::{self, Component, WIDTH, Watcher};
use crate::order::error::OrderError;
use crate::order::index::{Class, Index};
use crate::order::strands::Link;

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
    for start in (0..components.len().max(1)).step_by(WIDTH) {
        let entries: HashMap<Component, usize> = components
            .iter()
            .filter(|(_, number)| (start..start + WIDTH).contains(*number))
            .map(|(component, number)| (*component, number - start))
            .collect();
        let mut asking = Asking {
            index,
            questions,
            asked: &asked,
            entries: &entries,
            taken: HashMap::new(),
            position: 0,
            answers: &mut answers,
        };
        clocks::walk(index, &entries, &mut asking)?;
    }
    Ok(answers)
}

/// One walk.
struct Asking<'a> {
    index: &'a Index,
    questions: &'a [Question],
    /// (event, question), sorted.
    asked: &'a [(u32, usize)],
    entries: &'a HashMap<Component, usize>,
    /// How many messages were taken in each direction.
    taken: HashMap<Link, u32>,
    position: u64,
    answers: &'a mut Answers,
}

impl Watcher for Asking<'_> {
    fn begins(&mut self, event: u32, known: &[u32]) {
        self.place(event);
        self.ask(event, true, known);
    }

    fn ends(&mut self, event: u32, known: &[u32]) {
        self.ask(event, false, known);
    }
}

impl Asking<'_> {
    fn ask(&mut self, event: u32, before: bool, known: &[u32]) {
        let start = self.asked.partition_point(|(asked, _)| *asked < event);
        for (_, number) in self.asked[start..].iter().take_while(|(asked, _)| *asked == event) {
            let question = &self.questions[*number];
            if question.before != before {
                continue;
            }
            let is_known = |(component, least): &(Component, u32)| {
                self.entries.get(component).is_some_and(|entry| known[*entry] >= *least)
            };
            if question.any.iter().any(is_known) {
                self.answers.races[*number] = false;
            }
        }
    }

    fn place(&mut self, event: u32) {
        self.position += 1;
        let link = self.index.link(event);
        let takes = match self.index.class(event) {
            Class::Receive | Class::Closed => true,
            // What goes outside is taken there.
            Class::Send | Class::Closing => self.index.connections.is_untaken(link),
            _ => false,
        };
        if takes {
            *self.taken.entry(link).or_default() += 1;
        }
        if let Some(place) = self.answers.places.get_mut(&event) {
            *place = Place {
                position: self.position,
                nth: if takes { self.taken[&link] } else { 0 },
            };
        }
    }
}
