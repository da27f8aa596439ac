//! Why a strand stops before its last step.
//!
//! Owns the ways to stop, and making findings of them. A failed expectation is data, never a Rust error.

use super::strand::Strand;
use super::world::finding;
use crate::finding::{Finding, FindingKind, Verdict};
use crate::plan::step::StepId;
use crate::wire::template::ExpressionError;

/// Why a strand does not go on with its next step.
#[derive(Debug)]
pub(super) enum Halt {
    /// Something is wrong.
    Failed(Box<Finding>),
    /// A branch of it failed, and has said so itself.
    Follows,
    /// The innermost `serve` or `repeat` is left.
    Break,
    /// The run was cut.
    Cut,
}

/// What a step comes to.
pub(super) type Outcome<T = ()> = Result<T, Halt>;

impl Strand {
    /// A failure of a step.
    pub(super) fn fail(&self, step: StepId, kind: FindingKind, text: impl Into<String>) -> Halt {
        Halt::Failed(Box::new(self.finding(step, kind, text)))
    }

    /// A finding at a step.
    pub(super) fn finding(&self, step: StepId, kind: FindingKind, text: impl Into<String>) -> Finding {
        let mut finding = finding(&self.world, &self.text, Some(step), kind, text);
        if kind == FindingKind::System {
            finding.verdict = Verdict::Error;
        }
        // In its setup a strand only prepares what is to be tried.
        if matches!(kind, FindingKind::Timeout | FindingKind::Standstill) && self.is_setup() {
            finding.verdict = Verdict::Inconclusive;
        }
        finding.follows = kind == FindingKind::Standstill && self.world.has_failed();
        finding
    }

    /// A template or expression has no value.
    pub(super) fn no_value(&self, step: StepId, error: &ExpressionError) -> Halt {
        self.fail(step, FindingKind::Expression, error.to_string())
    }

    fn is_setup(&self) -> bool {
        self.name.tails.first() == Some(&crate::ident::Tail::Setup)
    }
}
