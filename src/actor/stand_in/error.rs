//! Why something that the code asked for did not come about.
//!
//! Owns the errors of a stage and its connections, and what an error of the code means as a finding.

use std::io;

use super::BoxError;
use crate::finding::{Finding, FindingKind};
use crate::runtime::Woken;

/// Why something on a [`Stage`](super::Stage) or a [`Connection`](super::Connection) did not come about.
///
/// Where the code gives it back, the finding is about this and not about the code.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub struct StageError {
    /// None where the run was cut.
    kind: Option<FindingKind>,
    text: String,
    help: Option<String>,
}

/// How a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Its deadline.
    Deadline,
    /// Nobody can bring it.
    Standstill,
    /// Nothing is left that could bring it, and it need not come.
    Quiet,
    /// The run was cut.
    Cut,
    /// It was asked for elsewhere than on the stage.
    Offstage,
}

impl<T> From<Woken<T>> for Stopped {
    fn from(woken: Woken<T>) -> Self {
        match woken {
            Woken::Standstill => Self::Standstill,
            Woken::Quiet => Self::Quiet,
            Woken::Ready(_) | Woken::Alarm(_) => Self::Deadline,
            Woken::Cut => Self::Cut,
        }
    }
}

impl StageError {
    pub(super) fn new(kind: FindingKind, text: impl Into<String>) -> Self {
        Self {
            kind: Some(kind),
            text: text.into(),
            help: None,
        }
    }

    pub(super) fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// For a wait that ended without `what` it waited for, which nobody can `bring`.
    pub(super) fn stopped(how: Stopped, what: &str, bring: &str) -> Self {
        match how {
            Stopped::Deadline => Self::new(FindingKind::Timeout, format!("timed out waiting for {what}")),
            Stopped::Standstill | Stopped::Quiet => Self::new(
                FindingKind::Standstill,
                format!("waits for {what}, which nobody can {bring}"),
            ),
            Stopped::Cut => Self {
                kind: None,
                text: "the run was cut".to_owned(),
                help: None,
            },
            Stopped::Offstage => Self::new(
                FindingKind::Code,
                format!("waits for {what} elsewhere than on the stage"),
            )
            .help(Some(
                "a task or a thread of your own is none of the run: let `Stage::session` run it, or `futures::join!`"
                    .to_owned(),
            )),
        }
    }

    /// What kind of finding it is; none where the run was cut.
    pub const fn kind(&self) -> Option<FindingKind> {
        self.kind
    }

    /// Whether it is a deadline, or that nobody can bring what was waited for.
    pub const fn is_timeout(&self) -> bool {
        matches!(self.kind, Some(FindingKind::Timeout | FindingKind::Standstill))
    }

    /// The error of the stage that an error of the code comes from, however it is wrapped.
    fn within<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        if let Some(own) = error.downcast_ref::<Self>() {
            return Some(own);
        }
        if let Some(io) = error.downcast_ref::<io::Error>()
            && let Some(inner) = io.get_ref()
        {
            return Self::within(inner);
        }
        error.source().and_then(Self::within)
    }
}

impl From<StageError> for io::Error {
    fn from(error: StageError) -> Self {
        let kind = match error.kind {
            Some(FindingKind::Timeout | FindingKind::Standstill) => io::ErrorKind::TimedOut,
            Some(FindingKind::Refused) => io::ErrorKind::ConnectionRefused,
            Some(FindingKind::Ended) => io::ErrorKind::ConnectionReset,
            Some(FindingKind::Malformed) => io::ErrorKind::InvalidData,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// A failure of the code, whose words may have several lines: the first says what it is.
pub(super) fn in_one_line(how: &str, words: &str, blank: impl Fn(FindingKind, String) -> Finding) -> Finding {
    let mut lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut finding = blank(
        FindingKind::Code,
        format!("{how}: {}", lines.next().unwrap_or("no message")),
    );
    let rest: Vec<&str> = lines.collect();
    finding.actual = (!rest.is_empty()).then(|| rest.join(", "));
    finding
}

/// What an error that the code gave back makes of a finding; none where it only says that the run was cut.
pub(super) fn finding_of(error: &BoxError, blank: impl Fn(FindingKind, String) -> Finding) -> Option<Finding> {
    let Some(own) = StageError::within(error.as_ref()) else {
        return Some(in_one_line("gave up", &error.to_string(), blank));
    };
    let mut finding = blank(own.kind?, own.text.clone());
    finding.help.clone_from(&own.help);
    Some(finding)
}
