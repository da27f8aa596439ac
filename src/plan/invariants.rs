//! `invariants`: what must hold of everything that is said.
//!
//! Owns that the actors they name exist, and what they capture and use. Does not own whether they hold (`verdict`).

use super::compile::Compiler;
use super::names::{self, Cells};
use super::reuse::Taken;
use super::strand::{Kind, Strand};
use crate::ident::{ActorName, OUTSIDE};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Span};
use crate::wire::invariant::{Invariant, Rule, Saying, Tie};

/// No actor has this place.
const NOBODY: usize = usize::MAX;

impl Compiler<'_> {
    pub(super) fn compile_invariants(&mut self, written: &[written::Invariant]) -> Vec<Invariant> {
        let compiled = written.iter().map(|invariant| Invariant {
            label: invariant.label.clone(),
            place: self.sources.place(invariant.span),
            rule: self.compile_rule(&invariant.rule),
        });
        compiled.collect()
    }

    fn compile_rule(&mut self, rule: &written::Rule) -> Rule {
        match rule {
            written::Rule::Every {
                every,
                followed,
                other,
                within,
            } => {
                let every = self.compile_saying(every, &[]);
                let other = self.compile_saying(other, every.matcher.captures());
                Rule::Every {
                    every,
                    tie: if *followed { Tie::FollowedBy } else { Tie::PrecededBy },
                    other,
                    within: *within,
                }
            }
            written::Rule::Never(saying) => Rule::Never(self.compile_saying(saying, &[])),
            written::Rule::AtMost { most, of, per } => {
                let of = self.compile_saying(of, &[]);
                for name in per {
                    self.check_per(name, of.matcher.captures());
                }
                Rule::AtMost {
                    most: *most,
                    of,
                    per: per.iter().map(|name| name.value.clone()).collect(),
                }
            }
            written::Rule::InOrder(all) => {
                let compiled: Vec<Saying> = all.iter().map(|saying| self.compile_saying(saying, &[])).collect();
                self.check_ties(all, &compiled);
                Rule::InOrder(compiled)
            }
        }
    }

    fn check_per(&mut self, name: &At<String>, captures: &[String]) {
        if captures.contains(&name.value) {
            return;
        }
        let text = format!("`{}` is not captured by `of`", name.value);
        let mistake = Mistake::new(name.span, text).did_you_mean(&name.value, captures.iter().map(String::as_str));
        self.mistake(match (&mistake.help, captures) {
            (Some(_), _) => mistake,
            (None, []) => {
                mistake.help("`of` captures nothing; `{ \"$capture\": \"id\" }` in JSON does, and `{id}` in a pattern")
            }
            (None, captures) => mistake.help(format!("what it captures: `{}`", captures.join("`, `"))),
        });
    }

    /// What two messages have in common must be in all between them: each is compared with its neighbours.
    fn check_ties(&mut self, written: &[written::Saying], compiled: &[Saying]) {
        let has = |at: usize, name: &String| compiled[at].matcher.captures().contains(name);
        for at in 2..compiled.len() {
            for name in compiled[at].matcher.captures() {
                let earlier = (0..at - 1).rev().find(|earlier| has(*earlier, name));
                let (false, Some(earlier)) = (has(at - 1, name), earlier) else {
                    continue;
                };
                let text = format!(
                    "`{name}` is captured here and in message {}, but not by the one before this",
                    earlier + 1
                );
                let mistake = Mistake::new(written[at].matcher.span, text)
                    .note(
                        written[at - 1].matcher.span,
                        "this does not capture it, so that nothing ties the two",
                    )
                    .help("each message is compared with the one before it in the list");
                self.mistake(mistake);
            }
        }
    }

    /// A message; its templates know constants, and what is `known` of another one.
    fn compile_saying(&mut self, written: &written::Saying, known: &[String]) -> Saying {
        let span = written.matcher.span;
        let mut cells = Cells::default();
        let mut strand = Strand::new(self, NOBODY, Kind::Nobody, &mut cells);
        strand.taken = Some(Taken::default());
        let matcher = strand.matcher_of(&written.matcher);
        let taken = strand.taken.take().unwrap_or_default();
        self.refuse_generators(matcher.generates(), "a matcher", span);
        for (name, found) in taken.names() {
            self.check_known(name, found, known);
        }
        for name in matcher.captures() {
            let value = name.clone();
            names::check_new(self, &At { value, span });
        }
        Saying {
            sent: written.sent,
            matcher,
            by: written.by.as_ref().and_then(|name| self.meant(name)),
            peer: written.peer.as_ref().and_then(|name| self.meant(name)),
            place: self.sources.place(written.span),
        }
    }

    fn check_known(&mut self, name: &str, found: Span, known: &[String]) {
        let first = name.split('.').next().unwrap_or_default();
        if self.is_constant(first) || known.iter().any(|known| known == first) {
            return;
        }
        let text = format!("`{first}` is not known here");
        let all: Vec<String> = (self.vars.iter().map(|(name, _)| name.clone()))
            .chain(known.iter().cloned())
            .collect();
        let mistake = Mistake::new(found, text).did_you_mean(first, all.iter().map(String::as_str));
        self.mistake(match mistake.help {
            Some(_) => mistake,
            None => mistake.help(
                "known are constants, and beside `every` what that captures; what is captured by both is the same",
            ),
        });
    }

    /// The actor that is meant, who may be outside the scenario.
    fn meant(&mut self, name: &At<String>) -> Option<ActorName> {
        if name.value == OUTSIDE {
            return Some(ActorName::new(OUTSIDE));
        }
        match self.directory.actor(&name.value, name.span) {
            Ok(_) => name.value.parse().ok(),
            Err(mistake) => {
                self.mistake(mistake);
                None
            }
        }
    }
}
