//! Frames of two diagrams: which are the same.
//!
//! Owns that a frame of the one is one of the other only where both of its ends are, so that what the two have in common
//! nests. Does not own the alignment of their lines (`align`).

use super::align::{Mate, Mates};
use super::token::Token;

/// How far a gap is shifted to find where it is a whole frame: a repetition longer than this is seldom.
const FARTHEST: usize = 64;

/// The frames of a diagram.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// In the order of their ends: inner ones before those around them.
    pub(super) all: Vec<Frame>,
    /// For each line that is a part of a frame, where that frame is among these.
    of: Vec<Option<usize>>,
}

/// Where the parts of a frame are.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) begin: usize,
    pub(super) sections: Vec<usize>,
    pub(super) end: usize,
}

impl Frames {
    /// The frames of these lines; what does not nest is none.
    pub(super) fn of(lines: &[Token<'_>]) -> Self {
        let mut frames = Self {
            all: Vec::new(),
            of: vec![None; lines.len()],
        };
        let mut open: Vec<(usize, Vec<usize>)> = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            match line {
                Token::Begin(..) => open.push((place, Vec::new())),
                Token::And(..) => {
                    if let Some((_, sections)) = open.last_mut() {
                        sections.push(place);
                    }
                }
                Token::End(_) => {
                    let Some((begin, sections)) = open.pop() else { continue };
                    for part in sections.iter().chain([&begin, &place]) {
                        frames.of[*part] = Some(frames.all.len());
                    }
                    frames.all.push(Frame {
                        begin,
                        sections,
                        end: place,
                    });
                }
                Token::Arrow(..) | Token::Note(..) => {}
            }
        }
        frames
    }

    /// The frame that this line is a part of.
    pub(super) fn at(&self, line: usize) -> Option<&Frame> {
        self.of.get(line).copied().flatten().map(|frame| &self.all[frame])
    }
}

/// Shifts what only one diagram has to where it is whole frames: `end loop a` is as good as `loop a end`, and says less.
pub(super) fn shift(old: &[Token<'_>], new: &[Token<'_>], mates: &mut Mates) {
    shift_one(old, &mut mates.old, &mut mates.new);
    shift_one(new, &mut mates.new, &mut mates.old);
}

/// Shifts the gaps of one diagram; `others` are the mates of the other one's lines.
fn shift_one(lines: &[Token<'_>], own: &mut [Mate], others: &mut [Mate]) {
    let mut from = 0;
    while let Some(begin) = (from..own.len()).find(|place| own[*place] == Mate::None) {
        let end = (begin..own.len())
            .find(|place| own[*place] != Mate::None)
            .unwrap_or(own.len());
        from = end;
        if balanced(&lines[begin..end]) || lines[begin..end].iter().all(Token::is_content) {
            continue;
        }
        // One up: the line above the gap takes the place of the gap's last.
        let up = (1..=FARTHEST.min(begin))
            .take_while(|n| own[begin - n] != Mate::None && lines[begin - n] == lines[end - n])
            .find(|n| balanced(&lines[begin - n..end - n]));
        let room = (lines.len() - end).min(FARTHEST);
        let down = (0..room)
            .take_while(|n| own[end + n] != Mate::None && lines[begin + n] == lines[end + n])
            .find(|n| balanced(&lines[begin + n + 1..end + n + 1]));
        match (up, down) {
            (Some(up), _) => (1..=up).for_each(|n| hand_over(own, others, begin - n, end - n)),
            (None, Some(down)) => {
                (0..=down).for_each(|n| hand_over(own, others, end + n, begin + n));
                from = end + down + 1;
            }
            (None, None) => {}
        }
    }
}

/// Gives the mate of one line to another.
fn hand_over(own: &mut [Mate], others: &mut [Mate], from: usize, to: usize) {
    if let Mate::Same(other) = std::mem::replace(&mut own[from], Mate::None) {
        own[to] = Mate::Same(other);
        others[other] = Mate::Same(to);
    }
}

/// Whether frames begin and end in it, and none lies across its borders.
fn balanced(lines: &[Token<'_>]) -> bool {
    let mut depth = 0usize;
    for line in lines {
        match line {
            Token::Begin(..) => depth += 1,
            Token::And(..) if depth == 0 => return false,
            Token::End(_) if depth == 0 => return false,
            Token::End(_) => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// Parts the frames that are not the same: of which only one end has a mate, or mates of different frames. Whole frames
/// that moved with all that is in them are told as moved.
pub(super) fn settle(old: &[Token<'_>], new: &[Token<'_>], mates: &mut Mates) {
    let (old_frames, new_frames) = (Frames::of(old), Frames::of(new));
    let mate = |mates: &Mates, place: usize| mates.old[place].in_line();
    for frame in &old_frames.all {
        let (begin, end) = (mate(mates, frame.begin), mate(mates, frame.end));
        let partner = begin.and_then(|begin| new_frames.at(begin));
        let same = partner.is_some_and(|partner| Some(partner.end) == end && Some(partner.begin) == begin);
        if !same {
            mates.part(frame.begin);
            mates.part(frame.end);
        }
        for section in &frame.sections {
            let theirs = mate(mates, *section).and_then(|section| new_frames.at(section));
            let inside = same && theirs.map(|theirs| theirs.begin) == begin;
            if !inside {
                mates.part(*section);
            }
        }
    }
    // What is no frame of the old diagram has nothing that it could be one with.
    let whole = |frames: &Frames, lines: &[Token<'_>]| -> Vec<usize> {
        (0..lines.len())
            .filter(|place| !lines[*place].is_content() && frames.at(*place).is_none())
            .collect()
    };
    whole(&old_frames, old).into_iter().for_each(|place| mates.part(place));
    moved(old, new, (&old_frames, &new_frames), mates);
}

/// Finds the frames all of whose lines moved together.
fn moved(old: &[Token<'_>], new: &[Token<'_>], (ours, theirs): (&Frames, &Frames), mates: &mut Mates) {
    for frame in &ours.all {
        let first = mates.old.get(frame.begin + 1);
        let Some(&Mate::Moved(first)) =
            first.filter(|_| mates.old[frame.begin] == Mate::None && frame.end > frame.begin + 1)
        else {
            continue;
        };
        let Some(other) = first.checked_sub(1).and_then(|begin| theirs.at(begin)) else {
            continue;
        };
        let length = frame.end - frame.begin;
        let same = other.begin + 1 == first
            && other.end == other.begin + length
            && mates.new[other.begin] == Mate::None
            && mates.new[other.end] == Mate::None
            && (1..length).all(|n| {
                mates.old[frame.begin + n] == Mate::Moved(other.begin + n) || {
                    let section = (old[frame.begin + n], mates.old[frame.begin + n]);
                    matches!(section, (Token::And(..), Mate::None)) && mates.new[other.begin + n] == Mate::None
                }
            })
            && (0..=length).all(|n| old[frame.begin + n] == new[other.begin + n]);
        if same {
            let parts = frame.sections.iter().chain([&frame.begin, &frame.end]);
            for part in parts {
                mates.tie(*part, other.begin + (part - frame.begin), Mate::Moved);
            }
        }
    }
}
