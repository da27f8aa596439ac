//! What is different in the lines of two diagrams.
//!
//! Owns what is made of each row: that a loop has another count, that an ending differs, that lines moved together. Does not
//! own the rows (`align`).

use super::align::{Mate, Mates, Row};
use super::change::{At, Change, Told, What};
use super::compare::told;
use super::frames::Frames;
use super::token::{Token, counted};
use crate::diagram::model::{Diagram, FrameKind, Line};

/// Two diagrams' lines and their rows.
pub(super) struct Lines<'a> {
    old: Side<'a>,
    new: Side<'a>,
    rows: &'a [Row],
    spots: Vec<Spot>,
}

/// One of the diagrams.
struct Side<'a> {
    diagram: &'a Diagram,
    tokens: &'a [Token<'a>],
    frames: Frames,
    mates: &'a [Mate],
    /// In which row each line is.
    row: Vec<usize>,
}

/// Where a row stands.
#[derive(Clone, Copy, Default)]
struct Spot {
    /// How many lines of each diagram stand before it.
    old: usize,
    new: usize,
    /// The nearest messages or notes that both have, as lines of the new diagram.
    after: Option<usize>,
    before: Option<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of two diagrams, with their tokens.
    pub(super) fn of(
        (old, ours): (&'a Diagram, &'a [Token<'a>]),
        (new, theirs): (&'a Diagram, &'a [Token<'a>]),
        mates: &'a Mates,
        rows: &'a [Row],
    ) -> Self {
        let mut lines = Self {
            old: Side::of(old, ours, &mates.old),
            new: Side::of(new, theirs, &mates.new),
            rows,
            spots: Vec::with_capacity(rows.len()),
        };
        lines.find_spots();
        lines
    }

    fn find_spots(&mut self) {
        let mut spot = Spot::default();
        for (number, row) in self.rows.iter().enumerate() {
            self.spots.push(spot);
            let (old, new) = match *row {
                Row::Both { old, new } | Row::Changed { old, new } => (Some(old), Some(new)),
                Row::Missing { old } | Row::Left { old, .. } => (Some(old), None),
                Row::Added { new } | Row::Came { new, .. } => (None, Some(new)),
            };
            if let Some(old) = old {
                self.old.row[old] = number;
                spot.old += 1;
            }
            if let Some(new) = new {
                self.new.row[new] = number;
                spot.new += 1;
            }
            spot.after = self.shared(row).or(spot.after);
        }
        let mut before = None;
        for (row, spot) in self.rows.iter().zip(&mut self.spots).rev() {
            spot.before = before;
            if let Row::Both { new, .. } = row
                && self.new.tokens[*new].is_content()
            {
                before = Some(*new);
            }
        }
    }

    /// The message or note that both have in this row.
    fn shared(&self, row: &Row) -> Option<usize> {
        match row {
            Row::Both { new, .. } if self.new.tokens[*new].is_content() => Some(*new),
            _ => None,
        }
    }

    fn at(&self, row: usize) -> At {
        let spot = self.spots[row];
        At {
            old: spot.old,
            new: spot.new,
            after: spot.after.map(|line| self.new.told(line)),
            before: spot.before.map(|line| self.new.told(line)),
        }
    }

    /// All that is different, from top to bottom.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            let what = match *row {
                Row::Both { old, new } => self.recounted(old, new),
                Row::Changed { old, new } => Some(became(self.old.told(old), self.new.told(new))),
                Row::Missing { old } => self.old.alone(old).map(|alone| match alone {
                    Alone::Loop(count, title, first) => What::Count {
                        old: count,
                        new: 1,
                        title,
                        first,
                    },
                    Alone::Line(line) if line.is_ending() => What::Ending {
                        old: Some(line),
                        new: None,
                    },
                    Alone::Line(line) => What::Missing { line },
                }),
                Row::Added { new } => self.new.alone(new).map(|alone| match alone {
                    Alone::Loop(count, title, first) => What::Count {
                        old: 1,
                        new: count,
                        title,
                        first,
                    },
                    Alone::Line(line) if line.is_ending() => What::Ending {
                        old: None,
                        new: Some(line),
                    },
                    Alone::Line(line) => What::Added { line },
                }),
                // What moved is told where the first of its two places is.
                Row::Left { old, new } => self.moved(old, new, true),
                Row::Came { old, new } => self.moved(old, new, false),
            };
            let at = match (&what, row) {
                (Some(What::Moved { .. }), Row::Came { old, .. }) => self.old.row[*old],
                _ => number,
            };
            changes.extend(what.map(|what| Change {
                what,
                at: Some(self.at(at)),
            }));
        }
        changes
    }

    /// A loop that both have, with another count.
    fn recounted(&self, old: usize, new: usize) -> Option<What> {
        let (Line::Begin { title: was, .. }, Line::Begin { title: is, .. }) =
            (&self.old.diagram.lines[old], &self.new.diagram.lines[new])
        else {
            return None;
        };
        if was == is {
            return None;
        }
        match (counted(was), counted(is)) {
            ((title, Some(old)), (_, Some(count))) if old != count => Some(What::Count {
                old,
                new: count,
                title: title.to_owned(),
                first: self.new.first_in(new),
            }),
            _ => Some(What::Changed {
                old: self.old.told(old),
                new: self.new.told(new),
            }),
        }
    }

    /// The block that begins with these lines, where it is first met in this row.
    fn moved(&self, old: usize, new: usize, later: bool) -> Option<What> {
        let with_the_one_before = old > 0 && new > 0 && self.old.mates[old - 1] == Mate::Moved(new - 1);
        if with_the_one_before || later != (self.old.row[old] < self.new.row[new]) {
            return None;
        }
        let moved = (old..self.old.mates.len()).zip(new..);
        let lines = moved.take_while(|(old, new)| self.old.mates[*old] == Mate::Moved(*new));
        Some(What::Moved {
            lines: lines.map(|(_, new)| self.new.told(new)).collect(),
            to: self.at(self.new.row[new]),
            later,
            race: None,
        })
    }
}

/// What a line that only one diagram has is told as.
enum Alone {
    /// As itself.
    Line(Told),
    /// As a loop whose lines the other diagram has once: its count, its title and its first line.
    Loop(u64, String, Option<Told>),
}

impl<'a> Side<'a> {
    fn of(diagram: &'a Diagram, tokens: &'a [Token<'a>], mates: &'a [Mate]) -> Self {
        Self {
            diagram,
            tokens,
            frames: Frames::of(tokens),
            mates,
            row: vec![0; tokens.len()],
        }
    }

    fn told(&self, line: usize) -> Told {
        told(self.diagram, line).unwrap_or(Told::End)
    }

    /// The first message or note in the frame that begins here.
    fn first_in(&self, begin: usize) -> Option<Told> {
        let end = self.frames.at(begin)?.end;
        (begin..end)
            .find(|line| self.tokens[*line].is_content())
            .map(|line| self.told(line))
    }

    /// What is told of a line that only this diagram has; nothing of a frame's other parts than its beginning.
    fn alone(&self, line: usize) -> Option<Alone> {
        let frame = match self.tokens[line] {
            Token::Arrow(..) | Token::Note(..) => return Some(Alone::Line(self.told(line))),
            Token::End(_) => return None,
            Token::Begin(..) | Token::And(..) => self.frames.at(line),
        };
        let Some(frame) = frame else {
            return Some(Alone::Line(self.told(line)));
        };
        if line != frame.begin {
            let with_its_frame = self.mates[frame.begin] == Mate::None;
            return (!with_its_frame).then(|| Alone::Line(self.told(line)));
        }
        let inside = frame.begin + 1..frame.end;
        let shared = !inside.is_empty() && self.mates[inside].iter().all(|mate| matches!(mate, Mate::Same(_)));
        if shared
            && let Line::Begin {
                frame: FrameKind::Loop,
                title,
            } = &self.diagram.lines[line]
            && let (title, Some(count @ 2..)) = counted(title)
        {
            return Some(Alone::Loop(count, title.to_owned(), self.first_in(line)));
        }
        Some(Alone::Line(self.told(line)))
    }
}

/// A line that became another.
fn became(old: Told, new: Told) -> What {
    if old.is_ending() || new.is_ending() {
        What::Ending {
            old: Some(old),
            new: Some(new),
        }
    } else {
        What::Changed { old, new }
    }
}
