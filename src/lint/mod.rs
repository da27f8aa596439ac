//! Warnings: what is no mistake in a scenario, and yet cannot be meant.
//!
//! Owns what is warned of, under which code, and why. Does not own mistakes (`scenario`, `plan`), nor how warnings are
//! printed and which of them are failures (`cli`).
//!
//! A warning is told only where it is certain: whatever depends on a value, on what comes first, or on somebody who is
//! not in the scenario, is left alone. Each group of checks has a file; what a step consists of and how control passes
//! through it is known to `walk` alone, so that a new verb is added there.

mod awaits;
mod calls;
mod code;
mod cover;
mod deadlock;
mod explain;
mod matching;
mod parties;
mod reach;
mod server;
mod shadow;
mod signals;
#[cfg(test)]
mod tests;
mod texts;
mod time;
mod variables;
mod walk;
mod warning;

pub use code::{ALL, Code};
pub use explain::{Explanation, explanation};
pub use warning::Warning;

use crate::plan::Plan;
use crate::scenario::written::Scenario;
use parties::Parties;

/// All warnings of a scenario, in the order of the file.
///
/// The plan is what the scenario compiles to: only a scenario without mistakes is looked at.
pub fn lint(scenario: &Scenario, plan: &Plan) -> Vec<Warning> {
    let scenario = &calls::inlined(scenario);
    let parties = Parties::of(scenario);
    let mut warnings = Vec::new();
    reach::check(&parties, &mut warnings);
    shadow::check(&parties, &mut warnings);
    variables::check(scenario, &mut warnings);
    server::check(&parties, &mut warnings);
    time::check(&parties, &plan.limits, &mut warnings);
    deadlock::check(&parties, &mut warnings);
    awaits::check(&parties, &mut warnings);
    signals::check(&parties, plan, &mut warnings);
    warnings.sort_by_key(|warning: &Warning| (warning.span.file, warning.span.start, warning.code));
    warnings.dedup();
    warnings
}
