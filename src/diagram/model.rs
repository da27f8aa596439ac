//! A diagram as data.
//!
//! Owns what every output says alike. All texts in it are ready to be seen: cut to their length, with nothing invisible in
//! them. Does not own any output's own spelling.

use serde::Serialize;

/// A sequence diagram.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diagram {
    /// The scenario's file name.
    pub scenario: String,
    /// The case, where the scenario has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The scenario's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The seed, where anything was drawn by chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The canonical hash of all of the trace, whatever of it is drawn.
    pub hash: String,
    /// How the run was judged, where it did not pass: `fail`, `fail, as expected`, `inconclusive`, `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Who takes part, from left to right.
    pub participants: Vec<Participant>,
    /// What happens, from top to bottom.
    pub lines: Vec<Line>,
    /// What the reader should know about the diagram itself: that it is long, that something was left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// One lifeline; lines refer to it by its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Participant {
    /// `Client`, `Client[2]`, `Client ×100`.
    pub label: String,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// From one participant to another.
    Arrow {
        /// From whom.
        from: usize,
        /// To whom.
        to: usize,
        /// How it looks.
        arrow: Arrow,
        /// What it says.
        text: String,
    },
    /// A note over one participant, or from one to another.
    Note {
        /// The leftmost.
        first: usize,
        /// The rightmost.
        last: usize,
        /// What it says.
        text: String,
    },
    /// A frame begins.
    Begin {
        /// What kind.
        frame: FrameKind,
        /// Its title.
        title: String,
    },
    /// The next section of the innermost frame begins: `and` of a `par`, `else` of an `alt`, `option` of a `critical`.
    And {
        /// Its title.
        title: String,
    },
    /// The innermost frame ends.
    End,
}

/// How an arrow looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrow {
    /// A message: `->>`.
    Request,
    /// A response: `-->>`.
    Response,
    /// Not taken, or not as one; an ending: `-)`.
    Open,
    /// A message that crossed others, where it was taken: `--)`.
    Crossed,
    /// Never arrived: `-x`.
    Lost,
    /// A reset: `--x`.
    Reset,
    /// A line without a head, `->`: only diagrams of others have it.
    Line,
    /// A dotted one, `-->`: only diagrams of others have it.
    Dotted,
}

/// What kind of frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameKind {
    /// Rounds.
    Loop,
    /// Branches.
    Par,
    /// An alternative.
    Alt,
    /// What may happen: only diagrams of others have it.
    Opt,
    /// What must happen whole: only diagrams of others have it.
    Critical,
    /// Where a scene ends: only diagrams of others have it.
    Break,
    /// A coloured ground; its title is the colour.
    Rect,
}

impl Line {
    /// Whether it is an arrow or a note, and no part of a frame.
    pub const fn is_content(&self) -> bool {
        matches!(self, Self::Arrow { .. } | Self::Note { .. })
    }
}
