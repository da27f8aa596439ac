//! The diagram in characters, for terminals.
//!
//! Owns how wide it is: labels are shortened until it fits, lines never break. Does not own the drawing (`picture`).

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::diagram::model::{Diagram, Line};
use crate::diagram::{PictureError, mermaid, picture};

/// What a box adds to a name: its two sides, and a blank at each.
const BOX: usize = 4;

/// The least columns between two boxes.
const LEAST_GAP: usize = 3;

/// What an arrow's label leaves free of the way between two lifelines.
const MARGIN: usize = 4;

/// As wide as a drawing gets where nobody asks for a width.
const WIDEST: usize = 1000;

/// No label gets shorter than this: below it says nothing.
const SHORTEST: usize = 8;

/// Where the stand-ins begin: in a plane for private use, of the width of the ASCII characters that they stand for.
const STAND_INS: u32 = 0x10_f000;

/// The diagram in at most `width` columns where its participants have room in these at all, and in at
/// most 1000 without one.
pub fn write(diagram: &Diagram, width: Option<usize>) -> Result<String, PictureError> {
    if diagram.participants.is_empty() {
        return Ok(String::new());
    }
    let width = width.unwrap_or(WIDEST);
    let boxes: usize = diagram
        .participants
        .iter()
        .map(|p| p.label.width() + BOX + LEAST_GAP)
        .sum();
    let mut longest = if boxes > width { SHORTEST } else { usize::MAX };
    loop {
        let gap = gap(diagram, longest, width);
        let shortened = shortened(diagram, gap, longest);
        let drawn = plain(&picture::characters(&mermaid::write(&shortened), gap)?);
        let wide = drawn.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
        if wide <= width || longest <= SHORTEST {
            return Ok(drawn);
        }
        longest = longest.min(wide) * 3 / 4;
    }
}

/// The columns between two boxes that the labels ask for, or what there are.
fn gap(diagram: &Diagram, longest: usize, width: usize) -> usize {
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
    let most = width.saturating_sub(boxes.iter().sum::<usize>() + 2) / gaps;
    wanted.min(most).max(LEAST_GAP)
}

/// The diagram with labels that fit between their lifelines.
fn shortened(diagram: &Diagram, gap: usize, longest: usize) -> Diagram {
    let boxes: Vec<usize> = diagram.participants.iter().map(|p| p.label.width() + BOX).collect();
    let mut shortened = diagram.clone();
    for participant in &mut shortened.participants {
        participant.label = stood_in(&participant.label);
    }
    for line in &mut shortened.lines {
        match line {
            Line::Arrow { from, to, text, .. } => {
                let (a, b) = ((*from).min(*to), (*from).max(*to));
                let way = boxes[a..=b].iter().sum::<usize>() - (boxes[a] + boxes[b]) / 2 + gap * (b - a);
                let room = if a == b { longest } else { way.saturating_sub(MARGIN) };
                *text = stood_in(&cut(text, room.min(longest).max(SHORTEST)));
            }
            Line::Note { text, .. } | Line::Begin { title: text, .. } | Line::And { title: text } => {
                *text = stood_in(&cut(text, longest));
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

/// `text` with stand-ins for all ASCII characters that mean anything to Mermaid: its codes for them are written out by the
/// renderer as they are, in their own width.
fn stood_in(text: &str) -> String {
    let stand_in = |c: char| char::from_u32(STAND_INS + u32::from(c)).unwrap_or(c);
    let ends = [0, text.chars().count().saturating_sub(1)];
    (text.chars().enumerate())
        .map(|(place, c)| match c {
            'ﬂ' | '¶' => '\u{fffd}',
            ' ' if !ends.contains(&place) => c,
            c if c.is_ascii_alphanumeric() || !c.is_ascii() => c,
            c => stand_in(c),
        })
        .collect()
}

fn plain(drawn: &str) -> String {
    let plain = |c: char| match u32::from(c).checked_sub(STAND_INS) {
        Some(code @ ..0x80) => char::from_u32(code).unwrap_or(c),
        _ => c,
    };
    drawn.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagram::fixture::{OPENER, TARGET, Tale, frame, header};
    use crate::diagram::{Detail, svg};
    use crate::trace::event::Kind;

    fn diagram() -> Diagram {
        let mut tale = Tale::default();
        tale.on("Server/Client#1");
        for round in 1..=3 {
            tale.frames("Client", &[frame(0, 1, round)]);
            tale.request("GET /a; b #1 <b> and a label that is rather long, so that it must be cut")
                .respond("中文 ok; style: x");
        }
        let text = "a note; it's #1".to_owned();
        tale.frames("Client", &[]).closes(OPENER).closes(TARGET);
        tale.on("Database/Server#1").request("select");
        tale.on("Client/Client#1").request("to itself");
        tale.local("Client", Kind::Note { text, over: Vec::new() });
        let actors = ["Client", "Server", "Database"];
        tale.diagram(&header(&actors, &[("repeat", "3 times")]), Detail::Messages)
    }

    #[test]
    fn a_drawing_holds_texts_as_they_are() {
        let drawn = write(&diagram(), None).unwrap();
        for text in [
            "loop 3 times",
            "GET /a; b #1 <b> and a label that is rather long, so",
            "中文 ok; style: x",
            "a note; it's #1",
        ] {
            assert!(drawn.contains(text), "{text}\n{drawn}");
        }
    }

    #[test]
    fn a_drawing_is_no_wider_than_asked() {
        for width in [45, 60, 80, 100, 120, 200] {
            let drawn = write(&diagram(), Some(width)).unwrap();
            let wide = drawn.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert!(wide <= width, "{wide} > {width}\n{drawn}");
            assert!(drawn.contains("close"), "{drawn}");
        }
    }

    #[test]
    fn where_there_is_no_room_the_drawing_is_as_narrow_as_it_can_be() {
        let drawn = write(&diagram(), Some(10)).unwrap();
        assert!(drawn.lines().all(|line| line.width() <= 50), "{drawn}");
    }

    #[test]
    fn the_largest_diagram_can_be_drawn() {
        let mut tale = Tale::default();
        for client in 0..310 {
            tale.on(&format!("S/C{}#1", client % 40))
                .request(&format!("{client} {}", "x".repeat(60)));
        }
        let diagram = tale.diagram(&header(&["S"], &[]), Detail::Messages);
        write(&diagram, None).unwrap();
        write(&diagram, Some(80)).unwrap();
        svg::write(&diagram).unwrap();
    }

    #[test]
    fn a_picture_is_the_same_each_time() {
        let drawn = svg::write(&diagram()).unwrap();
        assert!(
            drawn.starts_with("<svg") && drawn.contains("GET /a; b #1 &lt;b>"),
            "{drawn}"
        );
        assert_eq!(svg::write(&diagram()).unwrap(), drawn);
    }
}
