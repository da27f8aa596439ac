//! What is too much for a picture.
//!
//! Owns the limits of a diagram, and that nothing is left out silently: a note says how many lines are missing and a
//! remark says so too; the hash covers all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagram::entry::{Drawn, Entry, Node, Who};
use crate::diagram::frames::Token;
use crate::diagram::mermaid;
use crate::diagram::model::{Diagram, Line, Participant};

/// More messages than this are hard to read: a remark says so.
const READABLE: usize = 150;

/// More lines than this are not drawn: each is 48 pixels high.
const MOST_LINES: usize = 300;

/// More participants than this are drawn only where a line touches them.
const MOST_IDLE: usize = 50;

/// Who takes part.
pub(super) struct Cast {
    /// From left to right, with their labels.
    pub(super) participants: Vec<(Who, String)>,
    /// By whom those that are not among them are drawn.
    pub(super) drawn_by: BTreeMap<Who, Who>,
}

/// The first and last nodes where there are more than can be drawn, with a gap between them.
pub(super) fn narrow(mut nodes: Vec<Node>, is_repeat: &dyn Fn(u32) -> bool) -> Vec<Node> {
    if nodes.len() <= 2 * MOST_LINES {
        return nodes;
    }
    let last = nodes.split_off(nodes.len() - MOST_LINES);
    let between = nodes.split_off(MOST_LINES);
    let mut threads = between.iter().flat_map(Node::entries).map(|entry| entry.thread);
    let thread = threads.next().filter(|thread| threads.all(|other| other == *thread));
    let gap = Entry {
        drawn: Drawn::Gap(between.iter().map(Node::stands_for).sum()),
        thread: thread.unwrap_or(u32::MAX),
        owner: None,
        at: Vec::new(),
        message: false,
        noted: false,
    };
    nodes.push(Node::one(gap, is_repeat));
    nodes.extend(last);
    nodes
}

/// The diagram of these lines, or of as many as fit in where it need not be whole.
pub(super) fn fit(diagram: Diagram, tokens: Vec<Token>, cast: &Cast, whole: bool) -> Diagram {
    if whole {
        return cast.draw(diagram, tokens);
    }
    let mut most = MOST_LINES;
    loop {
        let drawn = cast.draw(diagram.clone(), elided(tokens.clone(), most));
        if most == 0 || mermaid::write(&drawn).encode_utf16().count() <= mermaid::LONGEST {
            return drawn;
        }
        most = most * 3 / 4;
    }
}

/// At most `most` lines: two thirds from the beginning, one from the end. Frames that begin or end between these keep
/// their other end.
fn elided(tokens: Vec<Token>, most: usize) -> Vec<Token> {
    if tokens.len() <= most {
        return tokens;
    }
    let first = most * 2 / 3;
    let last = tokens.len() - (most - first);
    let (mut ends, mut begun, mut missing) = (Vec::new(), Vec::new(), 0);
    for token in &tokens[first..last] {
        match token {
            Token::Begin(..) => begun.push(token.clone()),
            Token::End if begun.is_empty() => ends.push(Token::End),
            Token::End => drop(begun.pop()),
            Token::And(_) => {}
            Token::Draw(Drawn::Gap(n)) => missing += n,
            Token::Draw(_) => missing += 1,
        }
    }
    let mut kept = tokens[..first].to_vec();
    kept.push(Token::Draw(Drawn::Gap(missing)));
    kept.extend(ends);
    kept.extend(begun);
    kept.extend_from_slice(&tokens[last..]);
    kept
}

impl Cast {
    fn draw(&self, mut diagram: Diagram, tokens: Vec<Token>) -> Diagram {
        let used: BTreeSet<Who> = tokens.iter().flat_map(|token| self.touched(token)).collect();
        let all = self.participants.len();
        let drawn: Vec<_> = (self.participants.iter())
            .filter(|(who, _)| all <= MOST_IDLE || used.contains(who))
            .collect();
        let places: BTreeMap<Who, usize> = drawn.iter().map(|(who, _)| *who).zip(0..).collect();
        let place = |who: &Who| places.get(self.drawn_by.get(who).unwrap_or(who)).copied();
        let everybody = drawn.len().checked_sub(1);
        let over_all = |text: String| everybody.map(|last| Line::Note { first: 0, last, text });

        let (mut missing, mut messages) = (0, 0);
        let idle = all - drawn.len();
        for token in tokens {
            diagram.lines.extend(match token {
                Token::Begin(frame, title) => Some(Line::Begin { frame, title }),
                Token::And(title) => Some(Line::And { title }),
                Token::End => Some(Line::End),
                Token::Draw(Drawn::Arrow(from, to, arrow, text)) => {
                    messages += 1;
                    place(&from)
                        .zip(place(&to))
                        .map(|(from, to)| Line::Arrow { from, to, arrow, text })
                }
                Token::Draw(Drawn::Note(over, text)) => {
                    let places: Vec<usize> = over.iter().filter_map(place).collect();
                    let ends = places.iter().min().zip(places.iter().max());
                    ends.map(|(first, last)| Line::Note {
                        first: *first,
                        last: *last,
                        text,
                    })
                }
                Token::Draw(Drawn::NoteOverAll(text)) => over_all(text),
                Token::Draw(Drawn::Gap(n)) => {
                    missing += n;
                    over_all(format!("… {n} lines left out …"))
                }
            });
        }
        if idle > 0 {
            diagram.lines.extend(over_all(format!("… and {idle} more actors")));
            diagram
                .remarks
                .push(format!("{idle} actors are in none of the lines drawn and are left out"));
        }
        diagram.participants = drawn
            .into_iter()
            .map(|(_, label)| Participant { label: label.clone() })
            .collect();
        if missing > 0 {
            diagram.remarks.push(format!(
                "{missing} lines are left out of the diagram; its hash covers them"
            ));
        }
        if messages > READABLE {
            diagram.remarks.push(format!(
                "the diagram has {messages} messages; more than {READABLE} are hard to read"
            ));
        }
        diagram
    }

    fn touched(&self, token: &Token) -> Vec<Who> {
        let touched = match token {
            Token::Draw(Drawn::Arrow(from, to, ..)) => vec![*from, *to],
            Token::Draw(Drawn::Note(over, _)) => over.clone(),
            _ => Vec::new(),
        };
        touched
            .iter()
            .map(|who| *self.drawn_by.get(who).unwrap_or(who))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagram::Detail;
    use crate::diagram::fixture::{Tale, frame, header};

    fn drawn(tale: &Tale) -> Diagram {
        tale.diagram(&header(&["C", "S"], &[("repeat", "while more")]), Detail::Messages)
    }

    fn requests(count: usize, words: &str) -> Tale {
        let mut tale = Tale::default();
        tale.on("S/C#1");
        for round in 0..count {
            tale.frames("C", &[frame(0, 1, round as u32 + 1)])
                .request(&format!("{words}{round}"));
        }
        tale
    }

    fn depth(diagram: &Diagram) -> i32 {
        let step = |line: &Line| match line {
            Line::Begin { .. } => 1,
            Line::End => -1,
            _ => 0,
        };
        diagram.lines.iter().map(step).sum()
    }

    #[test]
    fn many_messages_are_drawn_with_a_remark() {
        assert!(drawn(&requests(150, "")).remarks.is_empty());
        let diagram = drawn(&requests(151, ""));
        assert_eq!(
            diagram.remarks,
            ["the diagram has 151 messages; more than 150 are hard to read"]
        );
        assert_eq!(diagram.lines.len(), 153);
    }

    #[test]
    fn what_is_too_much_is_left_out_and_counted() {
        for count in [299, 400, 5000] {
            let diagram = drawn(&requests(count, ""));
            let arrows = diagram
                .lines
                .iter()
                .filter(|line| matches!(line, Line::Arrow { .. }))
                .count();
            let missing = count - arrows;
            let note = format!("… {missing} lines left out …");
            assert!(
                diagram
                    .lines
                    .iter()
                    .any(|line| matches!(line, Line::Note { text, .. } if *text == note)),
                "{note}"
            );
            assert!(
                diagram.remarks[0].starts_with(&format!("{missing} lines are left out")),
                "{:?}",
                diagram.remarks
            );
            assert!(diagram.lines.len() <= MOST_LINES + 10);
            assert_eq!(depth(&diagram), 0);
            assert!(
                matches!(diagram.lines[0], Line::Begin { .. }),
                "the frame around all stays"
            );
        }
    }

    #[test]
    fn the_text_is_never_longer_than_mermaid_draws() {
        let diagram = drawn(&requests(290, &"#;".repeat(34)));
        assert!(mermaid::write(&diagram).encode_utf16().count() <= mermaid::LONGEST);
        assert!(diagram.remarks[0].contains("left out"));
        assert_eq!(depth(&diagram), 0);
    }

    #[test]
    fn of_very_many_actors_only_those_with_lines_are_drawn() {
        let mut tale = Tale::default();
        for client in 1..=2000 {
            tale.on(&format!("S/C{client}#1")).request("hi");
        }
        let names: Vec<String> = (1..=2000)
            .map(|client| format!("C{client}"))
            .chain(["S".to_owned()])
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let diagram = tale.diagram(&header(&names, &[]), Detail::Messages);
        assert!(mermaid::write(&diagram).encode_utf16().count() <= mermaid::LONGEST);
        assert!(diagram.participants.len() < 400);
        assert!(
            diagram.remarks.iter().any(|remark| remark.contains("actors")),
            "{:?}",
            diagram.remarks
        );
    }
}
