//! Which line of the one diagram is which of the other.
//!
//! Owns the alignment: lines that both have in one order, lines that moved, lines that became others, frames that hold the
//! same. Myers' O(ND) method with the bounds that `imara-diff` sets it, over numbered lines: time and memory grow with the
//! lines and not with their product. Does not own what is said of it (`compare`).

use std::collections::HashMap;

use imara_diff::{Algorithm, Diff};

use super::frames;
use super::token::{Numbers, Parties, Token};
use crate::diagram::model::Arrow;

/// More pairs than this in one gap, and its lines are paired by their parties alone.
const MOST_PAIRS: usize = 4096;

/// What a pair of lines is worth whatever they say; as much again is it worth that they say the same.
const PAIRED: u32 = 100;

/// What becomes of one line, or of one in each diagram, from top to bottom. Each line of each diagram is in one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Both have it here.
    Both {
        /// Its place in the old diagram's lines.
        old: usize,
        /// Its place in the new diagram's lines.
        new: usize,
    },
    /// The one became the other.
    Changed {
        /// Its place in the old diagram's lines.
        old: usize,
        /// Its place in the new diagram's lines.
        new: usize,
    },
    /// Only the old diagram has it.
    Missing {
        /// Its place in the old diagram's lines.
        old: usize,
    },
    /// Only the new diagram has it.
    Added {
        /// Its place in the new diagram's lines.
        new: usize,
    },
    /// The old diagram has it here, the new one elsewhere.
    Left {
        /// Its place in the old diagram's lines.
        old: usize,
        /// Its place in the new diagram's lines.
        new: usize,
    },
    /// The new diagram has it here, the old one elsewhere.
    Came {
        /// Its place in the old diagram's lines.
        old: usize,
        /// Its place in the new diagram's lines.
        new: usize,
    },
}

/// How a line has a mate in the other diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mate {
    /// None.
    None,
    /// The same in the same place.
    Same(usize),
    /// What it became.
    Became(usize),
    /// The same elsewhere.
    Moved(usize),
}

impl Mate {
    /// Its place, where it stands in line with this one.
    pub(super) const fn in_line(self) -> Option<usize> {
        match self {
            Self::Same(place) | Self::Became(place) => Some(place),
            Self::None | Self::Moved(_) => None,
        }
    }
}

/// The mates of both diagrams' lines.
#[derive(Debug)]
pub(super) struct Mates {
    /// For each line of the old diagram.
    pub(super) old: Vec<Mate>,
    /// For each line of the new diagram.
    pub(super) new: Vec<Mate>,
}

impl Mates {
    /// Ties two lines to each other.
    pub(super) fn tie(&mut self, old: usize, new: usize, how: fn(usize) -> Mate) {
        self.old[old] = how(new);
        self.new[new] = how(old);
    }

    /// Takes back that a line of the old diagram has a mate.
    pub(super) fn part(&mut self, old: usize) {
        if let Mate::Same(new) | Mate::Became(new) | Mate::Moved(new) =
            std::mem::replace(&mut self.old[old], Mate::None)
        {
            self.new[new] = Mate::None;
        }
    }
}

/// Aligns two diagrams' lines.
pub(super) fn align(old: &[Token<'_>], new: &[Token<'_>]) -> Mates {
    let mut mates = Mates {
        old: vec![Mate::None; old.len()],
        new: vec![Mate::None; new.len()],
    };
    for (a, b) in common(old, new) {
        mates.tie(a, b, Mate::Same);
    }
    frames::shift(old, new, &mut mates);
    moved(old, new, &mut mates);
    // A message that crosses others now, or answers other ones, is still that message.
    let (ours, theirs): (Vec<_>, Vec<_>) = (said(old), said(new));
    became(&ours, &theirs, &mut mates, Likeness::Whole);
    moved(&ours, &theirs, &mut mates);
    became(old, new, &mut mates, Likeness::Some);
    frames::settle(old, new, &mut mates);
    mates
}

/// A longest sequence of lines that both have, or nearly one where that would take too long.
fn common<T: std::hash::Hash + Eq + Copy>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let mut numbers = Numbers::new();
    let mut numbered = |lines: &[T]| -> Vec<imara_diff::Token> {
        lines.iter().map(|line| imara_diff::Token(numbers.of(*line))).collect()
    };
    let (before, after) = (numbered(old), numbered(new));
    let mut diff = Diff::default();
    diff.compute_with(Algorithm::Myers, &before, &after, numbers.count());
    let kept = (0..).take(old.len()).filter(|place| !diff.is_removed(*place));
    let found = (0..).take(new.len()).filter(|place| !diff.is_added(*place));
    kept.zip(found).map(|(a, b)| (a as usize, b as usize)).collect()
}

/// The lines without how an arrow that arrived looks.
fn said<'a>(lines: &[Token<'a>]) -> Vec<Token<'a>> {
    let plain = |line: &Token<'a>| match *line {
        Token::Arrow(from, to, Arrow::Response | Arrow::Crossed, text) => Token::Arrow(from, to, Arrow::Request, text),
        line => line,
    };
    lines.iter().map(plain).collect()
}

/// How much two lines must say alike, so that the one became the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// Everything.
    Whole,
    /// They are of the same parties.
    Some,
}

/// Finds the lines that one diagram misses where the other has too many. What follows a moved line moves with it where it
/// can, so that they are one block.
fn moved(old: &[Token<'_>], new: &[Token<'_>], mates: &mut Mates) {
    let mut places: HashMap<&Token<'_>, (usize, Vec<usize>)> = HashMap::new();
    for (place, line) in old.iter().enumerate() {
        if line.is_content() && mates.old[place] == Mate::None {
            places.entry(line).or_default().1.push(place);
        }
    }
    let mut previous = None;
    for (place, line) in new.iter().enumerate() {
        if !line.is_content() || mates.new[place] != Mate::None {
            previous = None;
            continue;
        }
        let next = previous.map(|previous: usize| previous + 1);
        let next = next.filter(|next| old.get(*next) == Some(line) && mates.old[*next] == Mate::None);
        let found = next.or_else(|| {
            let (from, all) = places.get_mut(line)?;
            while all.get(*from).is_some_and(|place| mates.old[*place] != Mate::None) {
                *from += 1;
            }
            all.get(*from).copied()
        });
        if let Some(found) = found {
            mates.tie(found, place, Mate::Moved);
        }
        previous = found;
    }
}

/// Pairs, between two lines that both have, what is missing with what was added.
fn became(old: &[Token<'_>], new: &[Token<'_>], mates: &mut Mates, likeness: Likeness) {
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < new.len() {
        let alone = |mates: &[Mate], from: usize| {
            let gap = (from..mates.len()).take_while(|place| mates[*place].in_line().is_none());
            gap.collect::<Vec<_>>()
        };
        let (gap_old, gap_new) = (alone(&mates.old, a), alone(&mates.new, b));
        a += gap_old.len() + 1;
        b += gap_new.len() + 1;
        let unmated = |gap: Vec<usize>, mates: &[Mate], lines: &[Token<'_>]| -> Vec<usize> {
            let is_open = |place: &usize| mates[*place] == Mate::None && lines[*place].parties() != Parties::None;
            let is_open = |place: &usize| is_open(place) && (likeness == Likeness::Some || lines[*place].is_content());
            gap.into_iter().filter(is_open).collect()
        };
        let gap_old = unmated(gap_old, &mates.old, old);
        let gap_new = unmated(gap_new, &mates.new, new);
        for (old, new) in pairs(old, new, (&gap_old, &gap_new), likeness) {
            mates.tie(old, new, Mate::Became);
        }
    }
}

/// The pairs of two gaps' lines that are worth most together: those of the same parties that say what is most alike.
fn pairs(
    old: &[Token<'_>],
    new: &[Token<'_>],
    (gap_old, gap_new): (&[usize], &[usize]),
    likeness: Likeness,
) -> Vec<(usize, usize)> {
    if likeness == Likeness::Whole {
        let common = common(&picked(old, gap_old), &picked(new, gap_new));
        return common.into_iter().map(|(a, b)| (gap_old[a], gap_new[b])).collect();
    }
    if gap_old.len().saturating_mul(gap_new.len()) > MOST_PAIRS {
        let parties = |lines: &[Token<'_>], gap: &[usize]| -> Vec<Parties> {
            gap.iter().map(|place| lines[*place].parties()).collect()
        };
        let common = common(&parties(old, gap_old), &parties(new, gap_new));
        return common.into_iter().map(|(a, b)| (gap_old[a], gap_new[b])).collect();
    }
    let width = gap_new.len() + 1;
    let worth = |a: usize, b: usize| {
        let (one, other) = (&old[gap_old[a]], &new[gap_new[b]]);
        (one.parties() == other.parties()).then(|| PAIRED + alike(one.text(), other.text()))
    };
    // What the rest from each place on is worth.
    let mut best = vec![0; (gap_old.len() + 1) * width];
    let mut take = vec![false; best.len()];
    for a in (0..gap_old.len()).rev() {
        for b in (0..gap_new.len()).rev() {
            let here = a * width + b;
            let without = best[here + width].max(best[here + 1]);
            let with = worth(a, b).map(|worth| worth + best[here + width + 1]);
            take[here] = with.is_some_and(|with| with >= without);
            best[here] = without.max(with.unwrap_or_default());
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut found = Vec::new();
    while a < gap_old.len() && b < gap_new.len() {
        let here = a * width + b;
        if take[here] {
            found.push((gap_old[a], gap_new[b]));
            (a, b) = (a + 1, b + 1);
        } else if best[here + width] >= best[here + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    found
}

fn picked<'a>(lines: &[Token<'a>], places: &[usize]) -> Vec<Token<'a>> {
    places.iter().map(|place| lines[*place]).collect()
}

/// How much two texts have in common at their beginnings and ends, of [`PAIRED`].
fn alike(a: &str, b: &str) -> u32 {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let longer = a.len().max(b.len());
    let begin = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let rest = a[begin..].iter().rev().zip(b[begin..].iter().rev());
    let end = rest.take_while(|(a, b)| a == b).count();
    let share = (begin + end) * PAIRED as usize / longer.max(1);
    u32::try_from(share).unwrap_or(PAIRED)
}

/// The rows of two diagrams with these mates: what is missing in a place before what was added there.
pub(super) fn rows(mates: &Mates) -> Vec<Row> {
    let (mut old, mut new) = (0, 0);
    let mut rows = Vec::with_capacity(mates.old.len().max(mates.new.len()));
    loop {
        match (mates.old.get(old), mates.new.get(new)) {
            (Some(Mate::None), _) => rows.push(Row::Missing { old }),
            (Some(Mate::Moved(to)), _) => rows.push(Row::Left { old, new: *to }),
            (_, Some(Mate::None)) => {
                rows.push(Row::Added { new });
                new += 1;
                continue;
            }
            (_, Some(Mate::Moved(from))) => {
                rows.push(Row::Came { old: *from, new });
                new += 1;
                continue;
            }
            (Some(Mate::Same(to)), _) => {
                rows.push(Row::Both { old, new: *to });
                new += 1;
            }
            (Some(Mate::Became(to)), _) => {
                rows.push(Row::Changed { old, new: *to });
                new += 1;
            }
            (None, _) => return rows,
        }
        old += 1;
    }
}
