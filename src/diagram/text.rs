//! The diagram in characters, for terminals.
//!
//! Owns how wide it is: labels are shortened until it fits, lines never break. Does not own the drawing (`picture`).

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::diagram::model::{Diagram, Line};
use crate::diagram::{PictureError, mermaid, picture};

/// What a box adds to a name: its two sides, and a blank at each.
const BOX: usize = 4;

/// The least columns between two boxes.
const LEAST_GAP: usize = 5;

/// What an arrow's label leaves free of the way between two lifelines.
const MARGIN: usize = 4;

/// No label gets shorter than this: below it says nothing.
const SHORTEST: usize = 8;

/// The diagram in at most `width` columns where its participants have room in these at all, and as wide as it likes
/// without one.
pub fn write(diagram: &Diagram, width: Option<usize>) -> Result<String, PictureError> {
    if diagram.participants.is_empty() {
        return Ok(String::new());
    }
    let mut longest = usize::MAX;
    loop {
        let gap = gap(diagram, longest, width);
        let drawn = picture::characters(&mermaid::write(&shortened(diagram, gap, longest)), gap)?;
        let wide = drawn.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
        if width.is_none_or(|width| wide <= width) || longest <= SHORTEST {
            return Ok(drawn);
        }
        longest = longest.min(wide) * 3 / 4;
    }
}

/// The columns between two boxes that the labels ask for, or what there are.
fn gap(diagram: &Diagram, longest: usize, width: Option<usize>) -> usize {
    let boxes: Vec<usize> = diagram.participants.iter().map(|p| p.label.width() + BOX).collect();
    let gaps = boxes.len().saturating_sub(1).max(1);
    let between = |a: usize, b: usize| (boxes[a] + boxes[b]) / 2 + boxes[a + 1..b].iter().sum::<usize>();
    let wanted = diagram.lines.iter().filter_map(|line| match line {
        Line::Arrow { from, to, text, .. } if from != to => {
            let (a, b) = ((*from).min(*to), (*from).max(*to));
            let way = (text.width().min(longest) + MARGIN).saturating_sub(between(a, b));
            Some(way.div_ceil(b - a))
        }
        _ => None,
    });
    let wanted = wanted.max().unwrap_or(0).max(LEAST_GAP);
    let most = width.map_or(usize::MAX, |width| {
        width.saturating_sub(boxes.iter().sum::<usize>() + 2) / gaps
    });
    wanted.min(most).max(LEAST_GAP)
}

/// The diagram with labels that fit between their lifelines.
fn shortened(diagram: &Diagram, gap: usize, longest: usize) -> Diagram {
    let boxes: Vec<usize> = diagram.participants.iter().map(|p| p.label.width() + BOX).collect();
    let mut shortened = diagram.clone();
    for line in &mut shortened.lines {
        match line {
            Line::Arrow { from, to, text, .. } => {
                let (a, b) = ((*from).min(*to), (*from).max(*to));
                let way = boxes[a..=b].iter().sum::<usize>() - (boxes[a] + boxes[b]) / 2 + gap * (b - a);
                let room = if a == b { longest } else { way.saturating_sub(MARGIN) };
                *text = cut(text, room.min(longest).max(SHORTEST));
            }
            Line::Note { text, .. } | Line::Begin { title: text, .. } | Line::And { title: text } => {
                *text = cut(text, longest);
            }
            Line::End => {}
        }
    }
    shortened
}

fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut wide = 1;
    for c in text.chars() {
        wide += c.width().unwrap_or(0);
        if wide > columns {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}
