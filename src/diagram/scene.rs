//! What the frames of a trace are called, and whose they are.
//!
//! Owns which verbs frame what, and the titles. Does not own where frames begin and end (`frames`).

use crate::diagram::entry::Position;
use crate::diagram::label;
use crate::diagram::model::FrameKind;
use crate::ident::{StrandName, Tail};
use crate::trace::event::{Frame, Header, HeaderStep};

/// What a strand is called and where it stands among the strands, by its number.
pub(super) struct Strand<'a> {
    /// Its name.
    pub(super) name: &'a StrandName,
    /// Its key in the strand order.
    pub(super) key: &'a [u64],
}

/// What frames are made from.
pub(super) struct Scene<'a> {
    /// The steps of the header.
    pub(super) steps: &'a [HeaderStep],
    /// The strands.
    pub(super) strands: Vec<Strand<'a>>,
}

impl Scene<'_> {
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

    /// The key of the strand that began the frame behind `outer`: a branch's frames up to its `parallel` are its parent's.
    pub(super) fn beginner(&self, strand: u32, outer: &[Frame]) -> &[u64] {
        let parallels = outer
            .iter()
            .filter(|frame| self.kind(frame.step) == Some(FrameKind::Par))
            .count();
        let Some(Strand { name, key }) = self.strands.get(strand as usize) else {
            return &[];
        };
        let branches = |tails: &[Tail]| tails.iter().filter(|tail| matches!(tail, Tail::Branch { .. })).count();
        if branches(&name.tails) <= parallels {
            return key;
        }
        let mut parent = (*name).clone();
        while branches(&parent.tails) > parallels {
            parent.tails.pop();
        }
        (self.strands.iter())
            .find(|strand| *strand.name == parent)
            .map_or(&[], |strand| strand.key)
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

/// Whether a step of this trace is a `repeat`.
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
