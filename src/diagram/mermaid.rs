//! The diagram as Mermaid text.
//!
//! Owns the statements, all of which Mermaid 10.9 and later read. Does not own what is in the diagram.

use std::fmt::Write;

use crate::diagram::escape::{comment, escape};
use crate::diagram::model::{Arrow, Diagram, FrameKind, Line};

/// The version of the text, told in its second line: what is written otherwise than before gets another.
pub const FORMAT: u32 = 1;

/// What begins the line that tells [`FORMAT`].
pub const FORMAT_LINE: &str = "%% format:";

/// The last line, by which a text that was cut is known.
pub const END_LINE: &str = "%% end";

/// More UTF-16 units than this, and Mermaid draws nothing and says nothing.
pub const LONGEST: usize = 50_000;

/// The diagram's Mermaid text; the same diagram gives the same bytes.
pub fn write(diagram: &Diagram) -> String {
    let mut text = String::from("sequenceDiagram\n");
    let mut put = |depth: usize, line: &str| {
        writeln!(text, "{:1$}{line}", "", 4 * depth).expect("a string takes all");
    };
    put(1, &format!("{FORMAT_LINE} {FORMAT}"));
    put(1, &format!("%% scenario: {}", comment(&diagram.scenario)));
    if let Some(case) = &diagram.case {
        put(1, &format!("%% case: {}", comment(case)));
    }
    if let Some(seed) = diagram.seed {
        put(1, &format!("%% seed: {seed}"));
    }
    put(1, &format!("%% hash: {}", comment(&diagram.hash)));
    if let Some(verdict) = &diagram.verdict {
        put(1, &format!("%% verdict: {}", comment(verdict)));
    }
    for (place, participant) in diagram.participants.iter().enumerate() {
        put(1, &format!("participant p{place} as {}", escape(&participant.label)));
    }
    let mut frames = Vec::new();
    for line in &diagram.lines {
        let depth = 1 + frames.len();
        match line {
            Line::Arrow { from, to, arrow, text } => {
                put(depth, &format!("p{from}{}p{to}: {}", head(*arrow), escape(text)));
            }
            Line::Note { first, last, text } if first == last => {
                put(depth, &format!("Note over p{first}: {}", escape(text)));
            }
            Line::Note { first, last, text } => {
                put(depth, &format!("Note over p{first},p{last}: {}", escape(text)));
            }
            Line::Begin { frame, title } => {
                put(depth, &format!("{} {}", keyword(*frame), escape(title)));
                frames.push(*frame);
            }
            Line::And { title } => {
                let frame = frames.last().copied().unwrap_or(FrameKind::Par);
                put(depth - 1, &format!("{} {}", section(frame), escape(title)));
            }
            Line::End => {
                frames.pop();
                put(1 + frames.len(), "end");
            }
        }
    }
    put(1, END_LINE);
    text
}

/// The arrow's spelling.
pub const fn head(arrow: Arrow) -> &'static str {
    match arrow {
        Arrow::Request => "->>",
        Arrow::Response => "-->>",
        Arrow::Open => "-)",
        Arrow::Crossed => "--)",
        Arrow::Lost => "-x",
        Arrow::Reset => "--x",
        Arrow::Line => "->",
        Arrow::Dotted => "-->",
    }
}

/// The word that begins a frame.
pub const fn keyword(frame: FrameKind) -> &'static str {
    match frame {
        FrameKind::Loop => "loop",
        FrameKind::Par => "par",
        FrameKind::Alt => "alt",
        FrameKind::Opt => "opt",
        FrameKind::Critical => "critical",
        FrameKind::Break => "break",
        FrameKind::Rect => "rect",
    }
}

/// The word that begins the next section of such a frame.
pub const fn section(frame: FrameKind) -> &'static str {
    match frame {
        FrameKind::Alt => "else",
        FrameKind::Critical => "option",
        _ => "and",
    }
}
