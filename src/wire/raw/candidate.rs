//! One want, followed byte by byte.

use super::json::Scanner;
use crate::wire::automaton::{Automaton, Run};
use crate::wire::layout::{Begun, Layout};
use crate::wire::matcher::{Test, Want};

/// How far one want is on its way.
#[derive(Debug)]
pub(super) enum Candidate {
    /// Each byte of these in turn; `None` is any.
    Bytes {
        expected: Vec<Option<u8>>,
        seen: usize,
    },
    Run(Box<Run>, bool),
    Json(Scanner),
    /// A binary message, and what the bytes that are there say of it.
    Message {
        layout: Layout,
        front: Front,
        seen: usize,
    },
    Size {
        least: u64,
        most: Option<u64>,
        seen: u64,
    },
    /// Within another alone; else it is taken apart before.
    OneOf(Vec<Self>),
    AllOf(Vec<Self>),
    Not(Box<Self>),
    /// Only the end of the stream decides.
    End,
    /// Nothing can match.
    Never,
}

/// What is known of a binary message at the front.
#[derive(Clone, Copy, Debug)]
pub(super) enum Front {
    /// Nothing before so many bytes are there.
    Needs(usize),
    /// It has so many bytes.
    Whole(usize),
    /// With so many bytes it is none.
    Wrong(usize),
}

/// What a byte made of a want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may still match.
    More,
    /// It can match no more.
    Dead,
    /// It matches up to and including this byte; `last`: and nothing longer.
    Here { last: bool },
    /// It matched before this byte, and nothing longer.
    Before,
}

impl Candidate {
    pub(super) fn new(want: &Want) -> Self {
        let all = |wants: &[Want]| wants.iter().map(Self::new).collect();
        match want.kind() {
            Test::Exact(message, _) => Self::Bytes {
                expected: message.bytes().iter().copied().map(Some).collect(),
                seen: 0,
            },
            Test::Hex(expected) => Self::Bytes {
                expected: expected.clone(),
                seen: 0,
            },
            Test::Json(..) | Test::Schema(_) => Self::Json(Scanner::default()),
            Test::Contains(contained) => Self::run(contained.automaton()),
            Test::Matching(matching) => Self::run(matching.automaton()),
            Test::Size(least, most) => Self::Size {
                least: *least,
                most: *most,
                seen: 0,
            },
            Test::Any => Self::Size {
                least: 0,
                most: None,
                seen: 0,
            },
            Test::OneOf(wants) => Self::OneOf(all(wants)),
            Test::AllOf(wants) => Self::AllOf(all(wants)),
            Test::Not(want) => Self::Not(Box::new(Self::new(want))),
            Test::Message(binary) => Self::Message {
                layout: binary.layout.clone(),
                front: Front::Needs(1),
                seen: 0,
            },
            Test::UntilClosed(_) => Self::End,
            // Refused on `raw` by the plan: nothing of these says where a message ends.
            Test::Form(_) | Test::Headed(_) | Test::Request(_) | Test::Status(_) | Test::Control(..) => Self::Never,
        }
    }

    /// What cannot be an automaton is never met; only regexes near the limit of their size cannot.
    fn run(automaton: Option<&Automaton>) -> Self {
        automaton.map_or(Self::Never, |automaton| Self::Run(Box::new(automaton.run()), false))
    }

    /// Whether a right end is a match, so that the content needs no second look.
    pub(super) fn is_enough(&self) -> bool {
        matches!(self, Self::Bytes { .. } | Self::Size { .. })
    }

    /// Goes on by the byte at `at` of `bytes`, whose bytes before it were all seen.
    pub(super) fn step(&mut self, bytes: &[u8], at: usize) -> Verdict {
        match self {
            Self::Bytes { expected, seen } => {
                let fits = expected
                    .get(*seen)
                    .is_some_and(|byte| byte.is_none_or(|byte| byte == bytes[at]));
                *seen = seen.saturating_add(1);
                match fits {
                    false => {
                        // Nothing follows a byte that is wrong.
                        expected.clear();
                        Verdict::Dead
                    }
                    true if *seen == expected.len() => Verdict::Here { last: true },
                    true => Verdict::More,
                }
            }
            Self::Run(run, matches) => {
                *matches = run.step(bytes, at);
                match (*matches, run.is_dead()) {
                    (true, _) => Verdict::Here { last: false },
                    (false, true) => Verdict::Dead,
                    (false, false) => Verdict::More,
                }
            }
            Self::Json(scanner) => scanner.step(bytes[at]),
            Self::Message { layout, front, seen } => {
                // All bytes that are there are looked at once; what they say depends on none behind its end.
                if let Front::Needs(needs) = *front
                    && bytes.len() >= needs
                {
                    *front = match layout.begin(bytes) {
                        Begun::Whole(size) => Front::Whole(size),
                        Begun::More(needs) => Front::Needs(needs),
                        Begun::Wrong(size) => Front::Wrong(size),
                    };
                }
                *seen = at + 1;
                match *front {
                    Front::Whole(size) if size == *seen => Verdict::Here { last: true },
                    // One without bytes has no end that could be met.
                    Front::Whole(size) | Front::Wrong(size) if size <= *seen => Verdict::Dead,
                    _ => Verdict::More,
                }
            }
            Self::Size { least, most, seen } => {
                *seen += 1;
                match most {
                    Some(most) if *seen > *most => Verdict::Dead,
                    _ if *seen >= *least => Verdict::Here {
                        last: *most == Some(*seen),
                    },
                    _ => Verdict::More,
                }
            }
            Self::OneOf(candidates) => {
                candidates.retain_mut(|one| !matches!(one.step(bytes, at), Verdict::Dead | Verdict::Before));
                match (candidates.is_empty(), candidates.iter().any(Self::is_whole)) {
                    (true, _) => Verdict::Dead,
                    (_, true) => Verdict::Here { last: false },
                    _ => Verdict::More,
                }
            }
            Self::AllOf(candidates) => {
                let verdicts: Vec<Verdict> = candidates.iter_mut().map(|one| one.step(bytes, at)).collect();
                if candidates.iter().all(Self::is_whole) && !candidates.is_empty() {
                    Verdict::Here { last: false }
                } else if verdicts
                    .iter()
                    .any(|verdict| matches!(verdict, Verdict::Dead | Verdict::Before))
                {
                    Verdict::Dead
                } else {
                    Verdict::More
                }
            }
            Self::Not(candidate) => {
                candidate.step(bytes, at);
                match candidate.is_whole() {
                    true => Verdict::More,
                    false => Verdict::Here { last: false },
                }
            }
            Self::End => Verdict::More,
            Self::Never => Verdict::Dead,
        }
    }

    /// Whether all that was seen would match, if the stream ended here.
    fn is_whole(&self) -> bool {
        match self {
            Self::Bytes { expected, seen } => *seen > 0 && *seen == expected.len(),
            Self::Run(_, matches) => *matches,
            Self::Json(scanner) => scanner.is_whole(),
            Self::Message { front, seen, .. } => matches!(front, Front::Whole(size) if size == seen),
            Self::Size { least, most, seen } => *seen >= *least && most.is_none_or(|most| *seen <= most),
            Self::OneOf(candidates) => candidates.iter().any(Self::is_whole),
            Self::AllOf(candidates) => candidates.iter().all(Self::is_whole),
            Self::Not(candidate) => !candidate.is_whole(),
            Self::End => true,
            Self::Never => false,
        }
    }

    /// Whether it may match at the end of the stream what it did not match before.
    pub(super) fn at_end(&self) -> bool {
        match self {
            Self::Json(scanner) => scanner.is_whole(),
            Self::OneOf(candidates) | Self::AllOf(candidates) => candidates.iter().any(Self::at_end),
            Self::Not(candidate) => candidate.at_end(),
            Self::End => true,
            _ => false,
        }
    }
}
