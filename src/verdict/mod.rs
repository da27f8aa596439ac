//! What must hold of a whole trace, judged on its causal order.
//!
//! Owns whether invariants hold: which messages each is about, that one came causally before another, how often one came,
//! and the findings where one does not hold. Does not own how invariants are written (`plan`), nor the order (`order`).
//!
//! One message comes after another where happened-before says so, whatever the order of lines or times. The messages are
//! gone through once, in canonical order, with counters and open pairs by the values that tie messages; most pairs are
//! settled there, by the message itself that leads from the one to the other. What is left open is gathered and asked of
//! vector clocks, 64 strands in a walk. So a trace is read twice where all holds, and what is kept grows with what is open
//! and with the distinct values, not with the trace.

mod counts;
mod hearing;
mod keys;
mod pairs;
mod reach;
mod words;

use crate::order::{EventId, Order, OrderError, Said};
use crate::trace::judgement::Judgement;
use crate::trace::reader::TraceSource;
use crate::wire::invariant::{Invariants, Rule, Tie};
use counts::Count;
use hearing::{Knowledge, Spoken};
use pairs::Pair;
use words::Words;

/// How many findings there are of one invariant; the others are counted.
const MOST: usize = 10;

/// A message's place in the canonical order, from 1.
type Position = u64;

/// A message that an invariant is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Occurrence {
    id: EventId,
    position: Position,
}

/// What an invariant comes down to.
enum Task<'a> {
    Count(Count<'a>),
    Pair(Box<Pair<'a>>),
}

/// Judges a trace by all invariants. The findings of each stand together, in the order of the file.
pub fn judge(source: &TraceSource, order: &Order<'_>, invariants: &Invariants) -> Result<Vec<Judgement>, OrderError> {
    if invariants.all.is_empty() {
        return Ok(Vec::new());
    }
    let knowledge = Knowledge::of(source, &invariants.vars)?;
    let mut judgements: Vec<(usize, Judgement)> = Vec::new();
    let mut tasks = Vec::new();
    for (number, invariant) in invariants.all.iter().enumerate() {
        match tasks_of(number, &invariant.rule, &knowledge) {
            Ok(more) => tasks.extend(more),
            Err(error) => judgements.push((number, words::without_value(invariant, &error.text))),
        }
    }
    listen(order, &mut tasks, &knowledge)?;
    let mut pairs: Vec<&mut Pair<'_>> = tasks.iter_mut().filter_map(Task::pair).collect();
    reach::decide(order, &mut pairs)?;
    let words = Words {
        source,
        order,
        invariants,
        knowledge: &knowledge,
    };
    for task in &tasks {
        match task {
            Task::Count(count) => words.of_count(count, &mut judgements)?,
            Task::Pair(pair) => words.of_pair(pair, &mut judgements)?,
        }
    }
    judgements.sort_by_key(|(number, _)| *number);
    Ok(judgements.into_iter().map(|(_, judgement)| judgement).collect())
}

fn tasks_of<'a>(number: usize, rule: &'a Rule, knowledge: &Knowledge) -> Result<Vec<Task<'a>>, hearing::NoValue> {
    let pair = |every, tie, other, within| {
        let pair = Pair::new(number, every, tie, other, within, knowledge)?;
        Ok(Task::Pair(Box::new(pair)))
    };
    match rule {
        Rule::Every {
            every,
            tie,
            other,
            within,
        } => Ok(vec![pair(every, *tie, other, *within)?]),
        Rule::Never(saying) => Ok(vec![Task::Count(Count::new(number, saying, 0, &[], knowledge)?)]),
        Rule::AtMost { most, of, per } => Ok(vec![Task::Count(Count::new(number, of, *most, per, knowledge)?)]),
        Rule::InOrder(all) => {
            let neighbours = all.windows(2);
            let tie = Tie::PrecededBy;
            neighbours.map(|two| pair(&two[1], tie, &two[0], None)).collect()
        }
    }
}

/// Goes through all messages in canonical order.
fn listen(order: &Order<'_>, tasks: &mut [Task<'_>], knowledge: &Knowledge) -> Result<(), OrderError> {
    // What the first message of a pair captures may be asked of the other: all such values are known beforehand.
    if tasks.iter_mut().filter_map(Task::pair).any(|pair| pair.is_dependent()) {
        order.messages(|said| {
            let spoken = Spoken::new(&said);
            for pair in tasks.iter_mut().filter_map(Task::pair) {
                pair.collect(&spoken, knowledge);
            }
            Ok::<_, OrderError>(())
        })?;
    }
    let mut position: Position = 0;
    order.messages(|said: Said| {
        position += 1;
        let at = Occurrence { id: said.id, position };
        let spoken = Spoken::new(&said);
        for task in tasks.iter_mut() {
            match task {
                Task::Count(count) => count.hear(at, &spoken),
                Task::Pair(pair) => pair.hear(at, &spoken),
            }
        }
        Ok(())
    })
}

impl<'a> Task<'a> {
    fn pair(&mut self) -> Option<&mut Pair<'a>> {
        match self {
            Self::Pair(pair) => Some(pair),
            Self::Count(_) => None,
        }
    }
}
