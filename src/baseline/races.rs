//! Which race was decided otherwise.
//!
//! Owns finding, among the races that one run predicts, the one that explains why lines moved: by who sent and who received
//! what raced. Does not own predicting them (`order`).

use super::align::Row;
use super::change::{RaceNote, RaceStep, What};
use super::compare::{Difference, compare};
use crate::diagram::Diagram;
use crate::diagram::model::{Line, Participant};
use crate::ident::ActorName;
use crate::order::{Race, RaceEnd, RacePlace, Races};
use crate::trace::event::Header;

/// As many moves are explained.
const MOST_MOVES: usize = 100;

/// As many lines are looked at between the two places of a move.
const FARTHEST: usize = 1000;

/// How `new` differs from `old`, and which of the races that the run of `new` predicts explain it; the header is that of
/// its trace.
pub fn compare_with(old: &Diagram, new: &Diagram, races: &Races, header: &Header) -> Option<Difference> {
    compare(old, new).map(|difference| difference.explained(races, header))
}

/// Who sent to whom, by their labels.
type Way<'a> = (&'a str, &'a str);

impl Difference {
    /// With the races that explain what moved; the header is that of the trace that predicts them.
    #[must_use]
    pub fn explained(mut self, races: &Races, header: &Header) -> Self {
        let mut found: Vec<(usize, RaceNote)> = Vec::new();
        for row in 0..self.rows.len() {
            let Some(place) = self.in_rows[row] else { continue };
            let What::Moved { lines, .. } = &self.changes[place].what else {
                continue;
            };
            if found.len() == MOST_MOVES {
                break;
            }
            let (moved, passed) = self.ways(row, lines.len());
            let race = races.races.iter().find(|race| explains(race, &moved, &passed));
            found.extend(race.map(|race| (place, note(race, header))));
        }
        for (place, note) in found {
            if let What::Moved { race, .. } = &mut self.changes[place].what {
                *race = Some(note);
            }
        }
        self
    }

    /// The ways of the lines of a block that is told at this row, and of those between its two places.
    fn ways(&self, row: usize, length: usize) -> (Vec<Way<'_>>, Vec<Way<'_>>) {
        let (Row::Left { old, new } | Row::Came { old, new }) = self.rows[row] else {
            return (Vec::new(), Vec::new());
        };
        let moved = self.new.lines.iter().skip(new).take(length.min(FARTHEST));
        let other = |row: &Row| matches!(*row, Row::Left { old: a, new: b } | Row::Came { old: a, new: b } if (a, b) == (old, new));
        let between = self.rows[row + 1..].iter().take(FARTHEST).take_while(|row| !other(row));
        let passed = between.map(|row| match *row {
            Row::Both { new, .. } | Row::Changed { new, .. } | Row::Added { new } | Row::Came { new, .. } => {
                (&self.new, new)
            }
            Row::Missing { old } | Row::Left { old, .. } => (&self.old, old),
        });
        (
            moved.filter_map(|line| way(line, &self.new.participants)).collect(),
            passed
                .filter_map(|(diagram, place)| way(&diagram.lines[place], &diagram.participants))
                .collect(),
        )
    }
}

fn way<'a>(line: &Line, participants: &'a [Participant]) -> Option<Way<'a>> {
    match line {
        Line::Arrow { from, to, .. } => Some((&participants.get(*from)?.label, &participants.get(*to)?.label)),
        _ => None,
    }
}

fn explains(race: &Race, moved: &[Way<'_>], passed: &[Way<'_>]) -> bool {
    let on = |end: &RaceEnd, ways: &[Way<'_>]| ways.iter().any(|way| is_on(end, *way));
    let (first, second) = (&race.first, &race.second);
    (on(first, moved) && on(second, passed)) || (on(second, moved) && on(first, passed))
}

/// Whether what raced went this way.
fn is_on(end: &RaceEnd, (from, to): Way<'_>) -> bool {
    let RacePlace::Message(message) = &end.place else {
        return false;
    };
    let receiver = end.strand.actor.as_ref();
    is_called(message.connection.sender(message.direction), from) && receiver.is_some_and(|name| is_called(name, to))
}

/// Whether an actor is drawn under this label: by its name, or among others that did the same.
fn is_called(name: &ActorName, label: &str) -> bool {
    label == name.to_string() || label.split_once(" ×").is_some_and(|(base, _)| base == name.base)
}

fn note(race: &Race, header: &Header) -> RaceNote {
    let steps = [&race.first, &race.second].into_iter().filter_map(|end| {
        let step = header.steps.get(end.step? as usize)?;
        Some(RaceStep {
            verb: step.verb.clone(),
            place: step.place.clone(),
        })
    });
    let mut steps: Vec<RaceStep> = steps.collect();
    steps.dedup();
    RaceNote {
        number: race.number,
        steps,
    }
}
