//! What is judged when the run is over.
//!
//! Owns what becomes of a verdict that the scenario did not expect. Does not own what was found while the run went on.

use crate::finding::{Finding, FindingKind, Judged, Verdict};
use crate::ident::StrandName;
use crate::plan::Plan;
use crate::run::Outcome;

/// Adds a finding where a run passed that is known to fail. It is about no event, so that neither the trace nor its
/// diagram has it.
pub(super) fn expect(plan: &Plan, outcome: &mut Outcome) {
    if outcome.judged() != Judged::PassedUnexpectedly {
        return;
    }
    outcome.findings.push(Finding {
        kind: FindingKind::NotFailed,
        verdict: Verdict::Fail,
        strand: StrandName::run().to_string(),
        verb: Some("expect".to_owned()),
        place: plan.expects_failure.clone(),
        text: "the run passed, though it is said to be known to fail".to_owned(),
        actual: None,
        expected: Vec::new(),
        help: Some("what was wrong is no longer wrong: take `expect` out".to_owned()),
        follows: false,
    });
}
