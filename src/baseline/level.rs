//! How weak a comparison still sees that two diagrams differ.
//!
//! Owns what of a diagram belongs to which level. A loop's messages count as often as the loop says. Does not own the levels
//! of traces (`order`).

use std::collections::{BTreeMap, HashMap};

use super::change::Level;
use super::token::{Token, counted};
use crate::diagram::model::{Arrow, FrameKind, Line};

/// The weakest level at which these lines differ.
pub(super) fn level(old: (&[Token<'_>], &[Line]), new: (&[Token<'_>], &[Line])) -> Level {
    let (old, new) = (weighed(old), weighed(new));
    if set(&old) != set(&new) {
        Level::Messages
    } else if links(&old) != links(&new) {
        Level::Connection
    } else if lifelines(&old) != lifelines(&new) {
        Level::Strand
    } else {
        Level::Drawing
    }
}

/// Each message and note, with how often it comes.
fn weighed<'a>((tokens, lines): (&[Token<'a>], &[Line])) -> Vec<(Token<'a>, u64)> {
    let mut times: Vec<u64> = vec![1];
    let mut weighed = Vec::with_capacity(tokens.len());
    for (token, line) in tokens.iter().zip(lines) {
        let now = times.last().copied().unwrap_or(1);
        match (token, line) {
            (Token::Begin(FrameKind::Loop, _), Line::Begin { title, .. }) => {
                times.push(now.saturating_mul(counted(title).1.unwrap_or(1)));
            }
            (Token::Begin(..), _) => times.push(now),
            (Token::End(_), _) => drop(times.pop()),
            (Token::And(..), _) => {}
            _ => weighed.push((*token, now)),
        }
    }
    weighed
}

/// What became of a message: arrows that say how it crossed others say the same of it.
const fn fate(arrow: Arrow) -> u8 {
    match arrow {
        Arrow::Request | Arrow::Response | Arrow::Crossed | Arrow::Line | Arrow::Dotted => 0,
        Arrow::Open => 1,
        Arrow::Lost => 2,
        Arrow::Reset => 3,
    }
}

type Message<'a> = (u8, &'a str);

fn set<'a>(lines: &[(Token<'a>, u64)]) -> HashMap<(usize, usize, Message<'a>), u64> {
    let mut set: HashMap<_, u64> = HashMap::new();
    for (token, times) in lines {
        if let Token::Arrow(from, to, arrow, text) = token {
            let count = set.entry((*from, *to, (fate(*arrow), *text))).or_default();
            *count = count.saturating_add(*times);
        }
    }
    set
}

fn links<'a>(lines: &[(Token<'a>, u64)]) -> BTreeMap<(usize, usize), Vec<(Message<'a>, u64)>> {
    let mut links: BTreeMap<_, Vec<(Message<'a>, u64)>> = BTreeMap::new();
    for (token, times) in lines {
        if let Token::Arrow(from, to, arrow, text) = token {
            let link = links.entry((*from, *to)).or_default();
            let message = (fate(*arrow), *text);
            // One that comes twice is the same as one that comes in a loop of two.
            match link.last_mut() {
                Some((last, count)) if *last == message => *count = count.saturating_add(*times),
                _ => link.push((message, *times)),
            }
        }
    }
    links
}

fn lifelines<'a>(lines: &[(Token<'a>, u64)]) -> BTreeMap<usize, Vec<(Token<'a>, u64)>> {
    let mut lifelines: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for line in lines {
        let (a, b) = match line.0 {
            Token::Arrow(a, b, ..) | Token::Note(a, b, _) => (a, b),
            _ => continue,
        };
        lifelines.entry(a).or_default().push(*line);
        if b != a {
            lifelines.entry(b).or_default().push(*line);
        }
    }
    lifelines
}
