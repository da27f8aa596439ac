//! What the frames of a trace are called, and whose they are.
//!
//! Owns which verbs frame what, and the titles. Does not own where frames begin and end (`frames`).

use crate::diagram::label;
use crate::diagram::model::FrameKind;
use crate::ident::{StrandName, Tail};
use crate::trace::event::{Frame, HeaderStep};

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
}

/// `10 times`; `for key (10 times)` where the step has another title.
pub(super) fn loop_title(times: u64, title: Option<&str>) -> String {
    match title {
        None | Some("") => format!("{times} times"),
        Some(title) if title.ends_with(" times") => format!("{times} times"),
        Some(title) => format!("{title} ({times} times)"),
    }
}
