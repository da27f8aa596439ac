//! `mask`: what diagrams show as something else.
//!
//! Owns checking the rules. Does not own what they do to a diagram, which is made of the trace.

use std::sync::Arc;

use regex::Regex;

use super::compile::Compiler;
use super::said::Said;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::MaskEntry;
use crate::wire::matcher::regex_error;

/// What is masked in diagrams.
#[derive(Clone, Debug)]
pub struct Mask {
    /// Whether the built-in rules are there.
    pub builtin: bool,
    /// Whether captured values are shown by their names.
    pub captures: bool,
    /// What the scenario says itself.
    pub(super) said: Arc<Said>,
    /// How far it counts.
    pub(super) counted: u64,
    /// The scenario's own rules, in order.
    pub rules: Vec<MaskRule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskRule {
    /// A regular expression that never matches the empty text; where it has groups, only a group is masked.
    pub regex: String,
    /// What is shown instead.
    pub shown: String,
}

impl Mask {
    /// Whether the scenario itself says this: then it is shown as it is where only a pattern took it.
    pub fn says(&self, text: &str) -> bool {
        self.said.says(text, self.counted)
    }
}

impl Compiler<'_> {
    pub(super) fn compile_mask(&mut self, entries: &[MaskEntry]) -> Mask {
        let mut mask = Mask {
            builtin: true,
            captures: true,
            said: Arc::default(),
            counted: 0,
            rules: Vec::new(),
        };
        for entry in entries {
            let (regex, shown) = match entry {
                MaskEntry::Builtin(builtin) => {
                    mask.builtin = *builtin;
                    continue;
                }
                MaskEntry::Captures(captures) => {
                    mask.captures = *captures;
                    continue;
                }
                MaskEntry::Rule { regex, shown } => (regex, shown),
            };
            let wrong = match Regex::new(&regex.value) {
                Err(error) => regex_error(&error),
                Ok(_) if may_be_empty(&regex.value) => "this matches the empty text, which cannot be masked".to_owned(),
                Ok(_) => {
                    mask.rules.push(MaskRule {
                        regex: regex.value.clone(),
                        shown: shown.clone(),
                    });
                    continue;
                }
            };
            self.mistake(Mistake::new(regex.span, wrong));
        }
        mask
    }
}

/// Whether the shortest text that matches is empty.
fn may_be_empty(regex: &str) -> bool {
    regex_automata::util::syntax::parse(regex).is_ok_and(|parsed| parsed.properties().minimum_len() == Some(0))
}

#[cfg(test)]
mod tests {
    use super::may_be_empty;

    #[test]
    fn what_matches_nothing_at_all_somewhere_may_be_empty() {
        for regex in ["a*", r"\b", "^", "(x?)|y", ""] {
            assert!(may_be_empty(regex), "{regex}");
        }
        for regex in ["a", "a*b", r"id=(\d*)", "[0-9]{4}"] {
            assert!(!may_be_empty(regex), "{regex}");
        }
    }
}
