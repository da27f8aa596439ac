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
    };
    nodes.push(Node::one(gap, is_repeat));
    nodes.extend(last);
    nodes
}

/// The diagram of these lines, or of as many as fit in.
pub(super) fn fit(diagram: Diagram, tokens: Vec<Token>, cast: &Cast) -> Diagram {
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
