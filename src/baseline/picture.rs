//! A difference as a diagram.
//!
//! Owns what is drawn of a difference, that frames nest in it, and that it fits into a picture. Missing lines are on red
//! ground, added ones on green, those that became others on yellow, those that moved on blue. Does not own the difference
//! (`compare`) nor what is near enough to be shown (`near`).

use super::align::Row;
use super::change::{Change, What};
use super::compare::Difference;
use super::people::people;
use crate::diagram::label::short;
use crate::diagram::mermaid;
use crate::diagram::model::{Diagram, FrameKind, Line};

/// More lines than this are not drawn: each is 48 pixels high.
const MOST_LINES: usize = 300;

/// The longest label that is drawn, in characters; diagrams of others have longer ones.
const LONGEST_LABEL: usize = 160;

/// How much is tried to be drawn, from the most to the least.
const LIMITS: [Limits; 10] = [
    Limits::new(3, 60, usize::MAX),
    Limits::new(2, 20, usize::MAX),
    Limits::new(1, 8, usize::MAX),
    Limits::new(1, 4, 160),
    Limits::new(1, 4, 80),
    Limits::new(1, 4, 40),
    Limits::new(1, 4, 20),
    Limits::new(0, 2, 8),
    Limits::new(0, 1, 2),
    Limits::new(0, 1, 0),
];

/// How much is drawn.
#[derive(Clone, Copy)]
struct Limits {
    /// How many lines around a change.
    context: usize,
    /// How many lines of one ground in a row.
    run: usize,
    /// How many rows that differ.
    changed: usize,
}

impl Limits {
    const fn new(context: usize, run: usize, changed: usize) -> Self {
        Self { context, run, changed }
    }
}

/// What a ground means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    Missing,
    Added,
    Changed,
    Moved,
}

impl Ground {
    const fn colour(self) -> &'static str {
        match self {
            Self::Missing => "rgb(255, 220, 220)",
            Self::Added => "rgb(215, 245, 215)",
            Self::Changed => "rgb(255, 240, 200)",
            Self::Moved => "rgb(220, 232, 255)",
        }
    }
}

impl Difference {
    /// The difference as a diagram: what is alike and far from any change is counted and left out, as is what is too much
    /// for a picture.
    pub fn diagram(&self) -> Diagram {
        let mut drawn = Diagram::default();
        for limits in LIMITS {
            drawn = Painter::new(self, limits).draw();
            let units = || mermaid::write(&drawn).encode_utf16().count();
            if drawn.lines.len() <= MOST_LINES && units() <= mermaid::LONGEST {
                break;
            }
        }
        drawn
    }
}

struct Painter<'a> {
    difference: &'a Difference,
    limits: Limits,
    lines: Vec<Line>,
    /// What was passed over since the last line: what is alike, and what differs.
    passed: (usize, usize),
    /// The ground that is open, how many lines were drawn on it and how many left out.
    ground: Option<(Ground, usize, usize)>,
    /// How many lines that differ were left out.
    missing: usize,
}

impl<'a> Painter<'a> {
    const fn new(difference: &'a Difference, limits: Limits) -> Self {
        Self {
            difference,
            limits,
            lines: Vec::new(),
            passed: (0, 0),
            ground: None,
            missing: 0,
        }
    }

    fn draw(mut self) -> Diagram {
        let difference = self.difference;
        let mut diagram = Diagram {
            scenario: difference.new.scenario.clone(),
            case: difference.new.case.clone(),
            seed: difference.new.seed,
            hash: difference.new.hash.clone(),
            verdict: difference.new.verdict.clone(),
            ..Diagram::default()
        };
        if difference.cast.members.is_empty() {
            diagram
                .remarks
                .push("nobody takes part in either diagram, so that nothing is drawn".to_owned());
            return diagram;
        }
        difference.changes.iter().for_each(|change| self.whole(change));
        self.clear();
        for (row, seen) in difference
            .near(self.limits.context, self.limits.changed)
            .into_iter()
            .enumerate()
        {
            if seen {
                self.row(row);
            } else if difference.is_changed(row) {
                self.passed.1 += 1;
                self.missing += 1;
            } else if difference.line(row).is_content() {
                self.passed.0 += 1;
            }
        }
        self.clear();
        if self.missing > 0 {
            diagram.remarks.push(format!(
                "{} lines that differ are left out of the diagram",
                self.missing
            ));
        }
        people(&self.difference.cast.members, self.lines, &mut diagram);
        diagram
    }

    /// What is said of the whole diagram.
    fn whole(&mut self, change: &Change) {
        let words = |said: &Option<String>, none: &str| said.clone().unwrap_or_else(|| none.to_owned());
        let text = match &change.what {
            What::Verdict { old, new } => {
                format!("verdict: was {}, now {}", words(old, "pass"), words(new, "pass"))
            }
            What::About { key, old, new } => format!("{key}: was {}, now {}", words(old, "none"), words(new, "none")),
            What::Participants { reordered: true, .. } => "the participants stand in another order".to_owned(),
            What::Hidden => "nothing that is drawn differs".to_owned(),
            _ => return,
        };
        self.on(Ground::Changed, |painter| painter.over_all(&text));
    }

    fn row(&mut self, row: usize) {
        let difference = self.difference;
        match difference.rows[row] {
            Row::Both { .. } => {
                self.clear();
                let line = difference.line(row).clone();
                self.shared(row, line);
            }
            Row::Changed { .. } if !difference.line(row).is_content() => {
                self.clear();
                let line = difference.line(row).clone();
                self.shared(row, line);
            }
            Row::Changed { old, new } => self.on(Ground::Changed, |painter| {
                painter.content(difference.old.lines[old].clone(), &difference.cast.old, "was: ");
                painter.content(difference.new.lines[new].clone(), &difference.cast.new, "now: ");
            }),
            Row::Missing { old } => self.alone(Ground::Missing, &difference.old, old),
            Row::Added { new } => self.alone(Ground::Added, &difference.new, new),
            Row::Left { old, new } => {
                let first = row == 0 || old == 0 || new == 0;
                let first = first
                    || difference.rows[row - 1]
                        != Row::Left {
                            old: old - 1,
                            new: new - 1,
                        };
                if first {
                    self.on(Ground::Moved, |painter| painter.moved_away(row));
                }
            }
            Row::Came { old, new } => {
                let first = row == 0 || old == 0 || new == 0;
                let first = first
                    || difference.rows[row - 1]
                        != Row::Came {
                            old: old - 1,
                            new: new - 1,
                        };
                if first {
                    self.end_ground();
                    self.on(Ground::Moved, |painter| painter.over_all("moved here:"));
                }
                self.alone(Ground::Moved, &difference.new, new);
            }
        }
    }

    /// A line that both diagrams have, with what changed of its title.
    fn shared(&mut self, row: usize, line: Line) {
        let was = match (&line, self.difference.rows[row]) {
            (Line::Begin { .. } | Line::And { .. }, Row::Both { old, .. } | Row::Changed { old, .. }) => {
                title(&self.difference.old.lines[old])
            }
            _ => None,
        };
        let told = |title: String| match was {
            Some(was) if was != title => format!("{title} (was {was})"),
            _ => title,
        };
        match line {
            Line::Begin { frame, title } => {
                let title = short(&told(title), LONGEST_LABEL);
                self.lines.push(Line::Begin { frame, title });
            }
            Line::And { title } => {
                let title = short(&told(title), LONGEST_LABEL);
                self.lines.push(Line::And { title });
            }
            Line::End => self.lines.push(Line::End),
            line => self.content(line, &self.difference.cast.new, ""),
        }
    }

    /// A line that one diagram alone has in this place. Frames of one alone would not nest, so that notes tell of them.
    fn alone(&mut self, ground: Ground, diagram: &Diagram, place: usize) {
        let cast = &self.difference.cast;
        let (places, sign) = match ground {
            Ground::Missing => (&cast.old, "− "),
            Ground::Added => (&cast.new, "+ "),
            Ground::Changed | Ground::Moved => (&cast.new, ""),
        };
        let line = diagram.lines[place].clone();
        self.on(ground, |painter| match line {
            Line::Begin { frame, title } => painter.over_all(&format!("{sign}{} {title}", mermaid::keyword(frame))),
            Line::And { title } => painter.over_all(&format!("{sign}section {title}")),
            Line::End => painter.over_all(&format!("{sign}end")),
            line => painter.content(line, places, ""),
        });
    }

    /// The mark where lines stood that are elsewhere now.
    fn moved_away(&mut self, row: usize) {
        let Row::Left { old, new } = self.difference.rows[row] else {
            return;
        };
        let rows = self.difference.rows[row..].iter().zip((old..).zip(new..));
        let count = rows
            .take_while(|(row, (old, new))| **row == Row::Left { old: *old, new: *new })
            .count();
        let lines = &self.difference.old.lines[old..old + count];
        let first = lines.iter().find(|line| line.is_content());
        let Some(first) = first.cloned() else { return };
        let more = match lines.iter().filter(|line| line.is_content()).count() {
            ..2 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let places = &self.difference.cast.old;
        let (first, last, text) = match first {
            Line::Arrow { from, to, text, .. } => (places[from].min(places[to]), places[from].max(places[to]), text),
            Line::Note { first, last, text } => {
                (places[first].min(places[last]), places[first].max(places[last]), text)
            }
            Line::Begin { .. } | Line::And { .. } | Line::End => return,
        };
        let text = format!("moved away: {}{more}", short(&text, LONGEST_LABEL));
        self.lines.push(Line::Note { first, last, text });
    }

    /// A message or note, between the places of all that take part.
    fn content(&mut self, line: Line, places: &[usize], words: &str) {
        let said = |text: String| short(&format!("{words}{text}"), LONGEST_LABEL);
        self.lines.push(match line {
            Line::Arrow { from, to, arrow, text } => Line::Arrow {
                from: places[from],
                to: places[to],
                arrow,
                text: said(text),
            },
            Line::Note { first, last, text } => Line::Note {
                first: places[first].min(places[last]),
                last: places[first].max(places[last]),
                text: said(text),
            },
            other => other,
        });
    }

    fn over_all(&mut self, text: &str) {
        self.lines.push(Line::Note {
            first: 0,
            last: self.difference.cast.members.len() - 1,
            text: short(text, LONGEST_LABEL),
        });
    }

    /// Draws on a ground, where it is not full.
    fn on(&mut self, ground: Ground, draw: impl FnOnce(&mut Self)) {
        if self.passed != (0, 0) || self.ground.is_none_or(|(open, ..)| open != ground) {
            self.clear();
            self.lines.push(Line::Begin {
                frame: FrameKind::Rect,
                title: ground.colour().to_owned(),
            });
            self.ground = Some((ground, 0, 0));
        }
        let Some((_, count, left_out)) = &mut self.ground else {
            return;
        };
        if *count == self.limits.run {
            *left_out += 1;
            self.missing += 1;
            return;
        }
        *count += 1;
        draw(self);
    }

    fn end_ground(&mut self) {
        if let Some((_, _, left_out)) = self.ground.take() {
            if left_out > 0 {
                self.over_all(&format!("… {} …", lines(left_out, "more")));
            }
            self.lines.push(Line::End);
        }
    }

    /// Ends the ground, and says what was passed over.
    fn clear(&mut self) {
        self.end_ground();
        match std::mem::take(&mut self.passed) {
            (0, 0) => {}
            (alike, 0) => self.over_all(&format!("… {} …", lines(alike, "alike"))),
            (0, changed) => self.over_all(&format!("… {} …", lines(changed, "different"))),
            (alike, changed) => self.over_all(&format!("… {}, {changed} different …", lines(alike, "alike"))),
        }
    }
}

fn title(line: &Line) -> Option<&str> {
    match line {
        Line::Begin { title, .. } | Line::And { title } => Some(title),
        _ => None,
    }
}

/// `1 line alike`, `12 lines alike`.
fn lines(count: usize, words: &str) -> String {
    match (count, words) {
        (1, "more") => "1 more line".to_owned(),
        (count, "more") => format!("{count} more lines"),
        (1, words) => format!("1 line {words}"),
        (count, words) => format!("{count} lines {words}"),
    }
}
