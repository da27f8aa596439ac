//! Two diagrams compared.
//!
//! Owns what is said of two diagrams' alignment: each line that they do not share is in one change. Does not own the
//! alignment (`align`) nor how a difference is shown (`picture`, `report`).

use serde::Serialize;

use super::align::{self, Row};
use super::cast::Cast;
use super::change::{Change, Level, Renamed, Told, What};
use super::level::level;
use super::lines::Lines;
use super::token::tokens;
use crate::diagram::model::{Diagram, Line};

/// How two diagrams differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The weakest level that differs.
    pub level: Level,
    /// All that is different: first what concerns the whole diagram, then from top to bottom. There is one at least.
    pub changes: Vec<Change>,
    #[serde(skip)]
    pub(super) old: Diagram,
    #[serde(skip)]
    pub(super) new: Diagram,
    #[serde(skip)]
    pub(super) cast: Cast,
    #[serde(skip)]
    pub(super) rows: Vec<Row>,
    /// Which change is told at which row.
    #[serde(skip)]
    pub(super) in_rows: Vec<Option<usize>>,
}

/// How `new` differs from `old`; none where all that their Mermaid texts say is the same. Titles and remarks, which are not
/// in it, are not compared; nor is a hash where one of them has none.
pub fn compare(old: &Diagram, new: &Diagram) -> Option<Difference> {
    let cast = Cast::of(old, new);
    let (ours, theirs) = (tokens(&old.lines, &cast.old), tokens(&new.lines, &cast.new));
    let mates = align::align(&ours, &theirs);
    let rows = align::rows(&mates);
    let level = level((&ours, &old.lines), (&theirs, &new.lines));
    let mut changes = whole(old, new, &cast);
    let is_drawn = |change: &Change| matches!(change.what, What::Participants { .. });
    let mut in_rows = vec![None; rows.len()];
    for (row, change) in Lines::of((old, &ours), (new, &theirs), &mates, &rows).changes() {
        in_rows[row] = Some(changes.len());
        changes.push(change);
    }
    let drawn = changes.iter().any(|change| change.at.is_some() || is_drawn(change));
    let hashes = [&old.hash, &new.hash];
    let hidden = !drawn && hashes[0] != hashes[1] && hashes.iter().all(|hash| !hash.is_empty());
    if hidden {
        changes.push(Change {
            what: What::Hidden,
            at: None,
        });
    }
    (!changes.is_empty()).then(|| Difference {
        level: match (drawn, hidden) {
            (true, _) => level,
            (false, true) => Level::Hidden,
            (false, false) => Level::Outcome,
        },
        changes,
        old: old.clone(),
        new: new.clone(),
        cast,
        rows,
        in_rows,
    })
}

impl Difference {
    /// What became of each line, from top to bottom.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The change that is told at this row; one of several lines is told at its first.
    pub fn change_at(&self, row: usize) -> Option<&Change> {
        self.changes.get(self.in_rows.get(row).copied().flatten()?)
    }

    /// A line of the old diagram; none where it has no such line.
    pub fn old_line(&self, place: usize) -> Option<Told> {
        told(&self.old, place)
    }

    /// A line of the new diagram; none where it has no such line.
    pub fn new_line(&self, place: usize) -> Option<Told> {
        told(&self.new, place)
    }

    /// The scenario that both are of, or the new one's.
    pub fn scenario(&self) -> &str {
        &self.new.scenario
    }
}

/// The differences that are in no line.
fn whole(old: &Diagram, new: &Diagram, cast: &Cast) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |what| changes.push(Change { what, at: None });
    let number = |seed: Option<u64>| seed.map(|seed| seed.to_string());
    let scenario = |diagram: &Diagram| (!diagram.scenario.is_empty()).then(|| diagram.scenario.clone());
    for (key, old, new) in [
        ("scenario", scenario(old), scenario(new)),
        ("case", old.case.clone(), new.case.clone()),
        ("seed", number(old.seed), number(new.seed)),
    ] {
        if old != new {
            add(What::About { key, old, new });
        }
    }
    if old.verdict != new.verdict {
        add(What::Verdict {
            old: old.verdict.clone(),
            new: new.verdict.clone(),
        });
    }
    let (mut missing, mut added, mut renamed) = (Vec::new(), Vec::new(), Vec::new());
    for member in &cast.members {
        match (member.old.clone(), member.new.clone()) {
            (Some(old), None) => missing.push(old),
            (None, Some(new)) => added.push(new),
            (Some(old), Some(new)) if old != new => renamed.push(Renamed { old, new }),
            _ => {}
        }
    }
    // All stand as in the new diagram; so do the old ones among them only where nobody changed places.
    let reordered = !cast.old.is_sorted();
    if reordered || !(missing.is_empty() && added.is_empty() && renamed.is_empty()) {
        add(What::Participants {
            missing,
            added,
            renamed,
            reordered,
        });
    }
    changes
}

/// A line with names for its participants.
pub(super) fn told(diagram: &Diagram, place: usize) -> Option<Told> {
    let name = |place: usize| {
        diagram
            .participants
            .get(place)
            .map(|one| one.label.clone())
            .unwrap_or_default()
    };
    Some(match diagram.lines.get(place)? {
        Line::Arrow { from, to, arrow, text } => Told::Message {
            from: name(*from),
            to: name(*to),
            arrow: *arrow,
            text: text.clone(),
        },
        Line::Note { first, last, text } => Told::Note {
            first: name(*first),
            last: name(*last),
            text: text.clone(),
        },
        Line::Begin { frame, title } => Told::Frame {
            frame: *frame,
            title: title.clone(),
        },
        Line::And { title } => Told::Section { title: title.clone() },
        Line::End => Told::End,
    })
}
