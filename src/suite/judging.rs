//! What is judged when the run is over.
//!
//! Owns that invariants are judged from the trace, that the trace then says so, and what becomes of a verdict that the
//! scenario did not expect. Does not own the judging itself (`verdict`).

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use super::drawing::DrawError;
use crate::finding::{Finding, FindingKind, Judged, Verdict};
use crate::ident::{OUTSIDE, StrandName};
use crate::order::Order;
use crate::plan::Plan;
use crate::run::Outcome;
use crate::trace::judgement::{self, Amended};
use crate::trace::reader::TraceSource;
use crate::verdict;

/// Judges a run by its trace: what is found makes the outcome worse, and is to be brought into the trace. A run that was
/// cut is not judged, for what it lacks may have been to come.
pub(super) fn judge(plan: &Plan, outcome: &mut Outcome, source: &TraceSource) -> Result<Option<Amended>, DrawError> {
    let mut amended = None;
    call(outcome, source)?;
    if outcome.cut.is_none() && !plan.invariants.all.is_empty() {
        let judgements = verdict::judge(source, &Order::of(source)?, &plan.invariants)?;
        amended = judgement::amend(source, &judgements)?;
        for judgement in judgements {
            outcome.verdict = outcome.verdict.max(judgement.finding.verdict);
            outcome.findings.push(judgement.finding);
        }
    }
    expect(plan, outcome);
    Ok(amended)
}

/// Calls the strands of what was found as diagrams and races do: in the run, connections from outside are numbered by who
/// came first.
fn call(outcome: &mut Outcome, source: &TraceSource) -> Result<(), DrawError> {
    let programs = source.header().actors.iter().any(|actor| actor.outside);
    let from_outside =
        |finding: &Finding| finding.strand.contains('#') && (programs || finding.strand.contains(OUTSIDE));
    if !outcome.findings.iter().any(from_outside) {
        return Ok(());
    }
    let order = Order::of(source)?;
    for finding in &mut outcome.findings {
        finding.strand = order.strand(&finding.strand);
    }
    Ok(())
}

/// Brings judgements into a trace file. Whoever is stopped in between leaves one that breaks off, which can be read.
pub(super) fn write(trace: &Path, amended: &Amended) -> io::Result<()> {
    let mut file = File::options().write(true).open(trace)?;
    file.set_len(amended.from)?;
    file.seek(SeekFrom::Start(amended.from))?;
    file.write_all(&amended.lines)
}

/// Adds a finding where a run passed that is known to fail. It is about no event, so that neither the trace nor its
/// diagram has it.
fn expect(plan: &Plan, outcome: &mut Outcome) {
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
