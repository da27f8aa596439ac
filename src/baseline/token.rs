//! A line as it is compared.
//!
//! Owns when two lines are the same: parties by who they are, a loop whatever its count. Does not own the comparison
//! (`align`).

use std::collections::HashMap;

use crate::diagram::model::{Arrow, FrameKind, Line};

/// What is compared of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token<'a> {
    /// From whom, to whom, how, what.
    Arrow(usize, usize, Arrow, &'a str),
    /// The leftmost, the rightmost, what.
    Note(usize, usize, &'a str),
    /// A frame begins; of a loop, without its count.
    Begin(FrameKind, &'a str),
    /// A section of such a frame begins.
    And(FrameKind, &'a str),
    /// Such a frame ends.
    End(FrameKind),
}

/// What two lines must have in common, so that the one can have become the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Parties {
    /// Messages of these.
    Arrow(usize, usize),
    /// Notes over these.
    Note(usize, usize),
    /// Frames of this kind.
    Begin(FrameKind),
    /// Sections of a frame of this kind.
    And(FrameKind),
    /// An end is that of its frame, and changes with it alone.
    None,
}

impl<'a> Token<'a> {
    /// Whether it is a message or a note, and no part of a frame.
    pub(super) const fn is_content(&self) -> bool {
        matches!(self, Self::Arrow(..) | Self::Note(..))
    }

    /// What a line that it became has in common with it.
    pub(super) const fn parties(&self) -> Parties {
        match self {
            Self::Arrow(from, to, ..) => Parties::Arrow(*from, *to),
            Self::Note(first, last, _) => Parties::Note(*first, *last),
            Self::Begin(kind, _) => Parties::Begin(*kind),
            Self::And(kind, _) => Parties::And(*kind),
            Self::End(_) => Parties::None,
        }
    }

    /// What it says.
    pub(super) const fn text(&self) -> &'a str {
        match self {
            Self::Arrow(.., text) | Self::Note(.., text) | Self::Begin(_, text) | Self::And(_, text) => text,
            Self::End(_) => "",
        }
    }
}

/// The tokens of lines whose participants have these places among all.
pub(super) fn tokens<'a>(lines: &'a [Line], places: &[usize]) -> Vec<Token<'a>> {
    let mut open = Vec::new();
    let inner = |open: &[FrameKind]| open.last().copied().unwrap_or(FrameKind::Par);
    lines
        .iter()
        .map(|line| match line {
            Line::Arrow { from, to, arrow, text } => Token::Arrow(places[*from], places[*to], *arrow, text),
            Line::Note { first, last, text } => {
                let over = places[*first..=*last].iter();
                let ends = (over.clone().min(), over.max());
                Token::Note(*ends.0.unwrap_or(first), *ends.1.unwrap_or(last), text)
            }
            Line::Begin { frame, title } => {
                open.push(*frame);
                Token::Begin(
                    *frame,
                    if *frame == FrameKind::Loop {
                        counted(title).0
                    } else {
                        title
                    },
                )
            }
            Line::And { title } => Token::And(inner(&open), title),
            Line::End => Token::End(open.pop().unwrap_or(FrameKind::Par)),
        })
        .collect()
}

/// The title of a loop without its count, and the count: `3 times`, `for key (3 times)`.
pub(super) fn counted(title: &str) -> (&str, Option<u64>) {
    let counted = title.strip_suffix(" times").map(|count| ("", count)).or_else(|| {
        let (title, count) = title.strip_suffix(" times)")?.rsplit_once(" (")?;
        Some((title, count))
    });
    match counted.map(|(title, count)| (title, count.parse())) {
        Some((title, Ok(count))) => (title, Some(count)),
        _ => (title, None),
    }
}

/// Numbers for tokens, equal ones for equal tokens.
#[derive(Debug, Default)]
pub(super) struct Numbers<T>(HashMap<T, u32>);

impl<T: std::hash::Hash + Eq> Numbers<T> {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(HashMap::new())
    }

    /// The number of a token.
    pub(super) fn of(&mut self, token: T) -> u32 {
        let next = u32::try_from(self.0.len()).expect("a text of at most 64 MiB has fewer lines");
        *self.0.entry(token).or_insert(next)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.0.len()).expect("a text of at most 64 MiB has fewer lines")
    }
}
