//! What the frames of a trace are called, and whose they are.
//!
//! Owns which verbs frame what, and the titles. Does not own where frames begin and end (`frames`).

use std::sync::Arc;

use crate::diagram::entry::Position;
use crate::diagram::label;
use crate::diagram::model::FrameKind;
use crate::ident::{StrandName, Tail};
use crate::trace::event::{Frame, Header, HeaderStep};

/// What a strand is called and where it stands among the strands, by its number.
#[derive(Debug)]
pub(super) struct Strand {
    /// Its name.
    pub(super) name: Arc<StrandName>,
    /// Its key in the strand order.
    pub(super) key: Vec<u64>,
    /// Of what a peer causes in another strand: how many frames of that strand are around.
    pub(super) around: usize,
}

/// What frames are made from.
pub(super) struct Scene<'a> {
    /// The steps of the header.
    pub(super) steps: &'a [HeaderStep],
    /// The strands.
    pub(super) strands: &'a [Strand],
}

impl Scene<'_> {
    /// Whether a step is a `repeat`.
    pub(super) fn is_repeat(&self, step: u32) -> bool {
        self.kind(step) == Some(FrameKind::Loop)
    }

    /// What a frame of this step is drawn as; a `serve` frames nothing, its alternatives would frame everything.
    pub(super) fn kind(&self, step: u32) -> Option<FrameKind> {
        match self.steps.get(step as usize)?.verb.as_str() {
            "repeat" => Some(FrameKind::Loop),
            "parallel" => Some(FrameKind::Par),
            "choose" | "receive" | "closed" | "accept" | "await" | "after" | "timer" => Some(FrameKind::Alt),
            _ => None,
        }
    }

    /// The title of such a frame.
    pub(super) fn title(&self, kind: FrameKind, frame: &Frame) -> String {
        let title = self
            .steps
            .get(frame.step as usize)
            .map_or("", |step| step.title.as_str());
        match (kind, title) {
            (FrameKind::Par, "") => format!("branch {}", frame.part),
            (FrameKind::Alt, "") => format!("alternative {}", frame.part),
            _ => label::short(title, label::LONGEST),
        }
    }

    /// The key of the strand that began the frame behind `outer`: a branch's frames up to its `parallel` are its parent's, a
    /// peer's those that were around its region.
    pub(super) fn beginner(&self, strand: u32, outer: &[Frame]) -> &[u64] {
        let parallels = outer
            .iter()
            .filter(|frame| self.kind(frame.step) == Some(FrameKind::Par))
            .count();
        let branches = |tails: &[Tail]| tails.iter().filter(|tail| matches!(tail, Tail::Branch { .. })).count();
        let mut found = self.strands.get(strand as usize);
        while let Some(Strand { name, key, around }) = found {
            let parent = match name.whole() {
                Some(whole) if outer.len() < *around => whole,
                _ if branches(&name.tails) > parallels => {
                    let mut parent = (**name).clone();
                    while branches(&parent.tails) > parallels {
                        parent.tails.pop();
                    }
                    parent
                }
                _ => return key,
            };
            found = self.strands.iter().find(|strand| *strand.name == parent);
        }
        &[]
    }

    /// Whether two strands have a frame behind `outer` from the same that began it.
    pub(super) fn have_in_common(&self, (one, outer): (u32, &[Frame]), (other, others): (u32, &[Frame])) -> bool {
        if one == other {
            return true;
        }
        let begun = self.beginner(one, outer);
        !begun.is_empty() && begun == self.beginner(other, others)
    }

    /// Whether a line belongs to another branch than what this strand does inside the frames `outer`, and not to that
    /// branch too.
    pub(super) fn beside(&self, line: &[Position], strand: u32, outer: &[Frame]) -> bool {
        let mut other = false;
        for (level, ours) in outer.iter().enumerate() {
            if self.kind(ours.step) != Some(FrameKind::Par) {
                continue;
            }
            let begun = self.beginner(strand, &outer[..level]);
            let branches = line.iter().filter_map(|at| {
                let theirs = at.frames.get(level)?;
                let same = (ours.step, ours.time) == (theirs.step, theirs.time);
                (same && begun == self.beginner(at.strand, &at.frames[..level])).then_some(theirs.part)
            });
            let branches: Vec<u32> = branches.collect();
            other |= !branches.is_empty() && !branches.contains(&ours.part);
        }
        other
    }
}

/// An actor's place in the scenario; those that it does not name come last.
pub(super) fn place(header: &Header, base: &str) -> u64 {
    let place = header.actors.iter().position(|actor| actor.name == base);
    place.unwrap_or(header.actors.len()) as u64
}

/// Whether a step of this trace is a `repeat`, where its strands are not known.
pub(super) fn is_repeat(header: &Header) -> impl Fn(u32) -> bool {
    |step| {
        header
            .steps
            .get(step as usize)
            .is_some_and(|step| step.verb == "repeat")
    }
}

/// `10 times`; `for key (10 times)` where the step has another title.
pub(super) fn loop_title(times: u64, title: Option<&str>) -> String {
    match title {
        None | Some("") => format!("{times} times"),
        Some(title) if title.ends_with(" times") => format!("{times} times"),
        Some(title) => format!("{title} ({times} times)"),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagram::Detail;
    use crate::diagram::fixture::{Tale, body, frame, header};

    #[test]
    fn a_loop_of_a_branch_does_not_take_in_the_lines_of_another_branch() {
        let mut tale = Tale::default();
        tale.on("S/C#1");
        for round in 1..=2 {
            tale.frames("C", &[frame(0, 1, 1), frame(1, 1, round)])
                .request(&format!("{round}"));
            tale.frames("C", &[frame(0, 1, 2)]).respond("got it");
        }
        let header = header(&["C", "S"], &[("parallel", "two at once"), ("repeat", "2 times")]);
        assert_eq!(
            body(&tale.diagram(&header, Detail::Messages)),
            [
                "par two at once",
                "p0->>p1: 1",
                "p1-->>p0: got it",
                "p0->>p1: 2",
                "p1-->>p0: got it",
                "end"
            ]
        );
    }
}
