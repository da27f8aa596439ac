//! What is different, as data.
//!
//! Owns the kinds of differences and what each says. Does not own finding them (`compare`) nor the words (`report`).

use serde::Serialize;

use crate::diagram::model::{Arrow, FrameKind};
use crate::finding::Place;

/// The weakest level that differs: each sees all differences of those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The set of messages between two parties, in any order.
    Messages,
    /// The order of messages from one party to another.
    Connection,
    /// The order of all that is on one lifeline.
    Strand,
    /// What a message holds, behind a label that hides it.
    Payload,
    /// Only how it is drawn: frames, participants.
    Drawing,
    /// Nothing that is drawn: what differs is cut from the picture or hidden behind a label.
    Hidden,
    /// Nothing that happened: how it was judged, or what the diagram says of itself.
    Outcome,
}

/// A line of a diagram, with its participants by their names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Told {
    /// A message or an ending.
    Message {
        /// From whom.
        from: String,
        /// To whom.
        to: String,
        /// How it looks.
        arrow: Arrow,
        /// What it says.
        text: String,
    },
    /// A note.
    Note {
        /// Over whom, from whom on.
        first: String,
        /// Up to whom.
        last: String,
        /// What it says.
        text: String,
    },
    /// A frame, where it begins.
    Frame {
        /// What kind.
        frame: FrameKind,
        /// Its title.
        title: String,
    },
    /// A section of a frame, where it begins.
    Section {
        /// Its title.
        title: String,
    },
    /// The end of a frame.
    End,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is.
    #[serde(flatten)]
    pub what: What,
    /// Where it is; none where it concerns the whole diagram.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
}

/// Between which lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct At {
    /// How many lines of the old diagram stand before it.
    pub old: usize,
    /// How many lines of the new diagram stand before it.
    pub new: usize,
    /// The nearest message or note before it that both diagrams have there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Told>,
    /// The nearest message or note behind it that both diagrams have there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Told>,
}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum What {
    /// A line that only the old diagram has.
    Missing {
        /// It.
        line: Told,
    },
    /// A line that only the new diagram has.
    Added {
        /// It.
        line: Told,
    },
    /// A line that became another, in one place and of the same parties.
    Changed {
        /// What it was.
        old: Told,
        /// What it is.
        new: Told,
    },
    /// Lines that stand elsewhere. Its place is the one that they left.
    Moved {
        /// They, in order.
        lines: Vec<Told>,
        /// Where they stand now.
        to: At,
        /// Whether they come later than before.
        later: bool,
        /// The race that was decided otherwise, where one is known that explains it.
        #[serde(skip_serializing_if = "Option::is_none")]
        race: Option<RaceNote>,
    },
    /// A loop of another count.
    Count {
        /// How many times it was.
        old: u64,
        /// How many times it is.
        new: u64,
        /// Its title without the count.
        #[serde(skip_serializing_if = "String::is_empty")]
        title: String,
        /// The first message or note in it.
        #[serde(skip_serializing_if = "Option::is_none")]
        first: Option<Told>,
    },
    /// A connection that ended otherwise, or in only one of the diagrams.
    Ending {
        /// How it ended.
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<Told>,
        /// How it ends.
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<Told>,
    },
    /// Who takes part.
    Participants {
        /// Those that only the old diagram has.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        missing: Vec<String>,
        /// Those that only the new diagram has.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        added: Vec<String>,
        /// Those that do the same under another name.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        renamed: Vec<Renamed>,
        /// Whether those that both have stand in another order.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        reordered: bool,
    },
    /// How the run was judged; where it passed, nothing is said.
    Verdict {
        /// How it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// How it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// What the diagram says of itself: `scenario`, `case`, `seed`.
    About {
        /// Which of these.
        key: &'static str,
        /// What it said.
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// What it says.
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// Only the hashes: what differs is not drawn.
    Hidden,
}

/// One that has another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Renamed {
    /// What it was called.
    pub old: String,
    /// What it is called.
    pub new: String,
}

/// A race that a run predicted, and that explains a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RaceNote {
    /// Its number in that run.
    pub number: u32,
    /// The steps that took what raced: what came first in that run, then what could as well have.
    pub steps: Vec<RaceStep>,
}

/// A step that took part in a race.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RaceStep {
    /// Its verb.
    pub verb: String,
    /// Its place in the scenario.
    pub place: Place,
}

impl Told {
    /// Whether it is how a connection ends.
    pub fn is_ending(&self) -> bool {
        match self {
            Self::Message { arrow, text, .. } => match arrow {
                Arrow::Open => says(text, "close"),
                Arrow::Request => says(text, "Close Connection"),
                Arrow::Reset => true,
                _ => false,
            },
            Self::Note { text, .. } => {
                let words = [
                    "ended",
                    "ended without farewell",
                    "reset",
                    "closes",
                    "resets",
                    "the end never came",
                ];
                words.contains(&text.as_str()) || text.starts_with("ended after ") || text.starts_with("reset after ")
            }
            Self::Frame { .. } | Self::Section { .. } | Self::End => false,
        }
    }

    /// Whether it is a message or a note, and no part of a frame.
    pub const fn is_content(&self) -> bool {
        matches!(self, Self::Message { .. } | Self::Note { .. })
    }
}

/// Whether a text is these words, with or without a code.
fn says(text: &str, words: &str) -> bool {
    let rest = text.strip_prefix(words);
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(' ').is_some_and(|code| code.parse::<u16>().is_ok()))
}
