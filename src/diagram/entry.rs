//! The lines of a diagram before its frames are known.
//!
//! Owns a line with all that folding and framing ask about it, and when two are the same. Names are numbers here, given by
//! `builder`.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::diagram::model::Arrow;
use crate::trace::event::Frame;

/// A participant, by its number.
pub(super) type Who = u32;

/// What is drawn on one line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Drawn {
    /// From whom, to whom.
    Arrow(Who, Who, Arrow, String),
    /// A note over these.
    Note(Vec<Who>, String),
    /// A note over all.
    NoteOverAll(String),
    /// So many lines that are not kept.
    Gap(u64),
}

/// Where in a strand an event stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The strand.
    pub(super) strand: u32,
    /// The frames around it, outermost first.
    pub(super) frames: Box<[Frame]>,
    /// How many of these were around the strand's last drawn event too, in the same round, branch or alternative.
    pub(super) kept: usize,
    /// Whether the one behind those is a `repeat` that goes into another round here.
    pub(super) round: bool,
}

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// What is drawn.
    pub(super) drawn: Drawn,
    /// The thread that it belongs to.
    pub(super) thread: u32,
    /// The instance that it belongs to, where all of its strands are that one's.
    pub(super) owner: Option<Who>,
    /// Its events.
    pub(super) at: Vec<Position>,
    /// Whether it counts as a message.
    pub(super) message: bool,
    /// Whether a note about it follows: it is no other line then, which has none.
    pub(super) noted: bool,
}

/// A line, or lines that come again and again.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Which.
    pub(super) kind: NodeKind,
    /// Equal for what may be the first of several equal rounds.
    pub(super) loose: u64,
    /// Equal for what is the same in the frames around it too.
    pub(super) strict: u64,
}

/// See [`Node`].
#[derive(Clone, Debug)]
pub(super) enum NodeKind {
    /// A line.
    One(Entry),
    /// Rounds.
    Run(Run),
}

/// The same lines several times.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// How many times.
    pub(super) times: u64,
    /// Once.
    pub(super) body: Vec<Node>,
    /// The [`Node::strict`] of the first node of every round after the first.
    pub(super) later: u64,
    /// For each strand, how many frames are around all rounds, and whether the innermost of these is the `repeat` whose
    /// rounds these are.
    pub(super) shared: BTreeMap<u32, (usize, bool)>,
}

impl Node {
    /// A line.
    ///
    /// Two frames are alike here where they are of one step; which round of a `repeat` makes no difference, which branch or
    /// alternative does.
    pub(super) fn one(entry: Entry, is_repeat: &dyn Fn(u32) -> bool) -> Self {
        let mut hasher = DefaultHasher::new();
        (&entry.drawn, entry.thread, entry.noted).hash(&mut hasher);
        for position in &entry.at {
            for frame in &position.frames {
                (frame.step, if is_repeat(frame.step) { 0 } else { frame.part }).hash(&mut hasher);
            }
            usize::MAX.hash(&mut hasher);
        }
        let loose = hasher.finish();
        for position in &entry.at {
            position.kept.hash(&mut hasher);
        }
        Self {
            kind: NodeKind::One(entry),
            loose,
            strict: hasher.finish(),
        }
    }

    /// Rounds.
    pub(super) fn run(run: Run) -> Self {
        let mut hashes = [0; 2];
        for (strict, hash) in hashes.iter_mut().enumerate() {
            let mut hasher = DefaultHasher::new();
            run.times.hash(&mut hasher);
            for (place, node) in run.body.iter().enumerate() {
                if place == 0 && strict == 0 {
                    node.loose
                } else {
                    node.strict
                }
                .hash(&mut hasher);
            }
            *hash = hasher.finish();
        }
        Self {
            kind: NodeKind::Run(run),
            loose: hashes[0],
            strict: hashes[1],
        }
    }

    /// Whether both draw the same; the hashes decide almost always, this makes it certain.
    pub(super) fn draws_same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (NodeKind::One(a), NodeKind::One(b)) => a.drawn == b.drawn && a.noted == b.noted,
            (NodeKind::Run(a), NodeKind::Run(b)) => {
                a.times == b.times
                    && a.body.len() == b.body.len()
                    && a.body.iter().zip(&b.body).all(|(a, b)| a.draws_same(b))
            }
            _ => false,
        }
    }

    /// How many lines it takes.
    pub(super) fn lines(&self) -> u64 {
        match &self.kind {
            NodeKind::One(_) => 1,
            NodeKind::Run(run) => 2 + run.body.iter().map(Self::lines).sum::<u64>(),
        }
    }

    /// How many lines it stands for.
    pub(super) fn stands_for(&self) -> u64 {
        match &self.kind {
            NodeKind::One(Entry {
                drawn: Drawn::Gap(n), ..
            }) => *n,
            NodeKind::One(_) => 1,
            NodeKind::Run(run) => {
                let once = run.body.iter().map(Self::stands_for).sum::<u64>();
                run.times.saturating_mul(once)
            }
        }
    }

    /// Its lines, each once.
    pub(super) fn entries(&self) -> Vec<&Entry> {
        match &self.kind {
            NodeKind::One(entry) => vec![entry],
            NodeKind::Run(run) => run.body.iter().flat_map(Self::entries).collect(),
        }
    }

    /// Changes its lines.
    pub(super) fn for_each_entry(&mut self, change: &mut dyn FnMut(&mut Entry)) {
        match &mut self.kind {
            NodeKind::One(entry) => change(entry),
            NodeKind::Run(run) => run.body.iter_mut().for_each(|node| node.for_each_entry(change)),
        }
    }

    /// The first of its lines.
    pub(super) fn first(&self) -> Option<&Entry> {
        match &self.kind {
            NodeKind::One(entry) => Some(entry),
            NodeKind::Run(run) => run.body.first().and_then(Self::first),
        }
    }
}

impl Run {
    /// Whether a frame of its own saves lines.
    pub(super) fn is_worth_a_frame(&self) -> bool {
        let once: u64 = self.body.iter().map(Node::lines).sum();
        self.times >= 3 && (self.times - 1).saturating_mul(once) > 2
    }
}
