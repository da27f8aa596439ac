//! Who takes part in the diagram of a difference.
//!
//! Owns their labels, and that of very many only those are drawn that have to do with a line. Does not own the lines
//! (`picture`).

use std::collections::BTreeSet;

use super::cast::Member;
use crate::diagram::label::short;
use crate::diagram::model::{Diagram, Line, Participant};

/// More participants than this are drawn only where a line touches them.
const MOST_IDLE: usize = 50;

/// The longest name of a participant that is drawn, in characters.
const LONGEST_NAME: usize = 60;

/// Who is drawn: all, or of very many those that have to do with any line.
pub(super) fn people(members: &[Member], lines: Vec<Line>, diagram: &mut Diagram) {
    let touched = lines.iter().flat_map(|line| match line {
        Line::Arrow { from, to, .. } => vec![*from, *to],
        Line::Note { first, last, .. } if *last + 1 < members.len() || *first > 0 => vec![*first, *last],
        _ => Vec::new(),
    });
    let touched: BTreeSet<usize> = touched.collect();
    let drawn = |place: &usize| members.len() <= MOST_IDLE || touched.contains(place) || *place == 0;
    let kept: Vec<usize> = (0..members.len()).filter(drawn).collect();
    let place = |place: usize| kept.partition_point(|kept| *kept <= place).saturating_sub(1);
    let moved = lines.into_iter().map(|line| match line {
        Line::Arrow { from, to, arrow, text } => Line::Arrow {
            from: place(from),
            to: place(to),
            arrow,
            text,
        },
        Line::Note { first, last, text } => Line::Note {
            first: place(first),
            last: place(last),
            text,
        },
        line => line,
    });
    diagram.lines = moved.collect();
    let label = |place: &usize| {
        let member = &members[*place];
        let label = match (&member.old, &member.new) {
            (Some(old), Some(new)) if old != new => format!("{new} (was {old})"),
            (Some(old), None) => format!("{old} (missing)"),
            (None, Some(new)) => format!("{new} (added)"),
            (_, new) => new.clone().unwrap_or_default(),
        };
        Participant {
            label: short(&label, LONGEST_NAME),
        }
    };
    diagram.participants = kept.iter().map(label).collect();
    if kept.len() < members.len() {
        let idle = members.len() - kept.len();
        diagram
            .remarks
            .push(format!("{idle} actors are in none of the lines drawn and are left out"));
    }
}
