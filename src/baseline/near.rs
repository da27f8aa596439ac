//! What of two diagrams is shown of a difference.
//!
//! Owns which rows are near enough to a change to be shown, and that the frames around them are shown too. Does not own how
//! they are shown (`picture`, `report`).

use super::align::Row;
use super::compare::Difference;
use crate::diagram::model::Line;

impl Difference {
    /// For each row whether it is shown with so many messages and notes before and behind each change, of the first
    /// `most` rows that differ. Frames are shown where anything in them is.
    pub fn near(&self, context: usize, most: usize) -> Vec<bool> {
        let mut seen = vec![false; self.rows.len()];
        let changed: Vec<usize> = (0..self.rows.len())
            .filter(|row| self.is_changed(*row))
            .take(most)
            .collect();
        for row in &changed {
            seen[*row] = true;
        }
        let changes = seen.clone();
        let both: [Box<dyn Iterator<Item = usize>>; 2] = [Box::new(0..seen.len()), Box::new((0..seen.len()).rev())];
        for rows in both {
            let mut left = 0;
            for row in rows {
                if changes[row] {
                    left = context;
                } else if left > 0 && self.line(row).is_content() {
                    // What differs beyond those that are shown is none of the context.
                    seen[row] |= !self.is_changed(row);
                    left -= 1;
                }
            }
        }
        self.fill(&mut seen);
        self.with_frames(&mut seen);
        seen
    }

    /// Shows what is passed over alone: a line that says so would not be shorter.
    fn fill(&self, seen: &mut [bool]) {
        let content = (0..seen.len()).filter(|row| self.is_changed(*row) || self.line(*row).is_content());
        let content: Vec<usize> = content.collect();
        let shown = |place: Option<&usize>, seen: &[bool]| place.is_none_or(|row| seen[*row]);
        let is_alone = |place: &usize, seen: &[bool]| {
            let before = place.checked_sub(1).and_then(|place| content.get(place));
            shown(before, seen) && shown(content.get(place + 1), seen)
        };
        let alone = (0..content.len()).filter(|place| is_alone(place, seen) && !self.is_changed(content[*place]));
        let alone: Vec<usize> = alone.map(|place| content[place]).collect();
        if content.iter().any(|row| seen[*row]) {
            alone.into_iter().for_each(|row| seen[row] = true);
        }
    }

    /// Whether the diagrams differ in this row.
    pub fn is_changed(&self, row: usize) -> bool {
        !matches!(self.rows.get(row), Some(Row::Both { .. })) || self.change_at(row).is_some()
    }

    /// The line of a row: the new one where both diagrams have one.
    pub(super) fn line(&self, row: usize) -> &Line {
        match self.rows[row] {
            Row::Both { new, .. } | Row::Changed { new, .. } | Row::Added { new } | Row::Came { new, .. } => {
                &self.new.lines[new]
            }
            Row::Missing { old } | Row::Left { old, .. } => &self.old.lines[old],
        }
    }

    /// Whether both diagrams have a line in this row, be it another.
    pub fn is_shared(&self, row: usize) -> bool {
        matches!(self.rows[row], Row::Both { .. } | Row::Changed { .. })
    }

    /// Shows the frames that both have around what is shown, and of their sections those that anything is shown in.
    fn with_frames(&self, seen: &mut [bool]) {
        let mut before = Vec::with_capacity(seen.len() + 1);
        before.push(0usize);
        before.extend(seen.iter().scan(0, |count, seen| {
            *count += usize::from(*seen);
            Some(*count)
        }));
        let any = |from: usize, to: usize| before[to] > before[from];
        let mut open: Vec<Vec<usize>> = Vec::new();
        for row in 0..seen.len() {
            if !self.is_shared(row) {
                continue;
            }
            match self.line(row) {
                Line::Begin { .. } => open.push(vec![row]),
                Line::And { .. } => open.iter_mut().rev().take(1).for_each(|parts| parts.push(row)),
                Line::End => {
                    let parts = open.pop().unwrap_or_default();
                    let Some(begin) = parts.first().copied() else { continue };
                    if !any(begin, row) {
                        continue;
                    }
                    seen[begin] = true;
                    seen[row] = true;
                    let ends = parts.iter().skip(2).copied().chain([row]);
                    for (part, end) in parts.iter().skip(1).zip(ends) {
                        seen[*part] = any(*part, end);
                    }
                }
                Line::Arrow { .. } | Line::Note { .. } => {}
            }
        }
    }
}
