//! Procedures and named matchers for themselves.
//!
//! Owns what can be said of them without who uses them, each mistake once, and that none leads back to itself. Does not own
//! what depends on a call (`calls`) or on a step's connection (`matchers`).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::calls::Call;
use super::compile::Compiler;
use super::matchers::harmless;
use super::names::{self, Cells, Whose};
use super::step::Block;
use super::strand::{Kind, Strand};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Procedure, Scenario, Span};
use crate::wire::matcher::Matcher;

/// How deep named matchers may refer to each other.
const DEEPEST: usize = 8;

/// How many matchers a named one may be made of.
const LARGEST: usize = 10_000;

/// No actor has this place.
const NOBODY: usize = usize::MAX;

/// What has a name, so that it can be used in several places.
#[derive(Debug, Default)]
pub(super) struct Reused<'a> {
    pub(super) procedures: BTreeMap<&'a str, &'a Procedure>,
    /// Procedures from which calls lead back to themselves.
    pub(super) endless: BTreeSet<&'a str>,
    /// What the procedure that is compiled for itself calls.
    pub(super) called: Vec<At<String>>,
    matchers: BTreeMap<&'a str, &'a At<written::Matcher>>,
    compiled: BTreeMap<&'a str, Rc<Named>>,
    /// The matchers that are being compiled, each of which refers to the next.
    path: Vec<&'a str>,
}

/// A named matcher.
#[derive(Debug)]
struct Named {
    matcher: Matcher,
    taken: Taken,
}

/// What a matcher takes from where it is used.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// The names that it uses, and where.
    names: BTreeSet<(String, Span)>,
    /// How deep it refers to others.
    depth: usize,
    /// How many others it is made of.
    size: usize,
}

impl Taken {
    pub(super) fn name(&mut self, name: &str, found: Span) {
        self.names.insert((name.to_owned(), found));
    }

    /// The names that are used, each with its place.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, Span)> {
        self.names.iter().map(|(name, found)| (name.as_str(), *found))
    }
}

impl<'a> Compiler<'a> {
    /// Looks at all matchers and procedures that have names, whether anybody uses them or not.
    pub(super) fn compile_reused(&mut self, scenario: &'a Scenario) {
        let matchers = scenario.matchers.iter();
        self.reused.matchers = matchers.map(|(name, matcher)| (name.value.as_str(), matcher)).collect();
        let procedures = scenario.procedures.iter();
        self.reused.procedures = procedures.map(|of| (of.name.value.as_str(), of)).collect();
        for (name, matcher) in &scenario.matchers {
            self.named(&name.value, matcher);
        }
        let mut calls = BTreeMap::new();
        for procedure in &scenario.procedures {
            self.check_procedure(procedure);
            let called = std::mem::take(&mut self.reused.called);
            calls.insert(procedure.name.value.as_str(), called);
        }
        self.refuse_circles(&calls);
        // Whatever a procedure does, it does where it is called.
        self.steps.clear();
        self.signalled.clear();
        self.signalled_by_template = false;
        self.awaited.clear();
        self.connects.clear();
        self.framed.clear();
        self.datagrams.clear();
    }

    fn named(&mut self, name: &'a str, matcher: &'a At<written::Matcher>) -> Rc<Named> {
        if let Some(known) = self.reused.compiled.get(name) {
            return Rc::clone(known);
        }
        self.reused.path.push(name);
        let mut cells = Cells::default();
        let mut strand = Strand::new(self, NOBODY, Kind::Nobody, &mut cells);
        strand.taken = Some(Taken::default());
        let mut compiled = strand.matcher_of(matcher);
        let taken = strand.taken.take().unwrap_or_default();
        self.reused.path.pop();
        if compiled.generates() {
            self.refuse_generators(true, "a matcher", matcher.span);
            compiled = harmless();
        }
        let named = Rc::new(Named {
            matcher: compiled,
            taken,
        });
        self.reused.compiled.insert(name, Rc::clone(&named));
        named
    }

    fn check_procedure(&mut self, procedure: &Procedure) {
        let mut cells = Cells::default();
        let mut strand = Strand::new(self, NOBODY, Kind::Nobody, &mut cells);
        strand.names.whose = Whose::Procedure;
        let mut call = Call {
            arguments: Vec::new(),
            steps: Block::default(),
            results: Vec::new(),
            result_names: Vec::new(),
            result: None,
        };
        strand.procedure(procedure, &mut call);
        strand.finish();
        cells.forget_uses();
        names::check_cells(self, cells);
        self.steps.clear();
    }

    /// Says where calls lead back to the procedure that they come from: such steps would never end.
    fn refuse_circles(&mut self, calls: &BTreeMap<&'a str, Vec<At<String>>>) {
        let mut done: BTreeSet<&str> = BTreeSet::new();
        let mut endless: BTreeSet<&'a str> = BTreeSet::new();
        for &first in calls.keys() {
            // Each on the way, and how many of its calls were followed.
            let mut way: Vec<(&'a str, usize)> = vec![(first, 0)];
            while let Some((name, next)) = way.last_mut() {
                let name = *name;
                let call = calls[name].get(*next).filter(|_| !done.contains(name));
                *next += 1;
                let Some(call) = call else {
                    done.insert(name);
                    way.pop();
                    continue;
                };
                let Some((&called, _)) = calls.get_key_value(call.value.as_str()) else {
                    continue;
                };
                let again = way.iter().position(|(name, _)| *name == called);
                if let Some(again) = again {
                    let circle = way[again..].iter().map(|(name, _)| *name).chain([called]);
                    let text = format!("`{called}` calls itself: {}", then(circle));
                    self.mistake(Mistake::new(call.span, text).help("`repeat` does steps again"));
                }
                match again.is_some() || endless.contains(called) {
                    true => endless.extend(way.iter().map(|(name, _)| *name)),
                    false => way.push((called, 0)),
                }
            }
        }
        self.reused.endless = endless;
    }
}

impl Strand<'_, '_> {
    /// One of `matchers`, where it is used: its names are those of the strand.
    pub(super) fn named_matcher(&mut self, name: &At<String>) -> Matcher {
        let reused = &self.all.reused;
        let Some((&key, &matcher)) = reused.matchers.get_key_value(name.value.as_str()) else {
            let text = format!("no matcher is called `{}`", name.value);
            let known = reused.matchers.keys().copied();
            let mistake = Mistake::new(name.span, text).did_you_mean(&name.value, known);
            self.all.mistake(mistake);
            return harmless();
        };
        if let Some(again) = reused.path.iter().position(|known| *known == key) {
            let circle = reused.path[again..].iter().copied().chain([key]);
            let text = format!("`{key}` refers to itself: {}", then(circle));
            self.all.mistake(Mistake::new(name.span, text));
            return harmless();
        }
        let is_deep = reused.path.len() > DEEPEST;
        let named = (!is_deep).then(|| self.all.named(key, matcher));
        let Some(named) = named.filter(|named| self.taken.is_none() || named.taken.depth < DEEPEST) else {
            let text = format!("named matchers refer to each other {DEEPEST} deep at the most");
            self.all.mistake(Mistake::new(name.span, text));
            return harmless();
        };
        if let Some(taken) = &mut self.taken {
            taken.depth = taken.depth.max(named.taken.depth + 1);
            taken.size += named.taken.size + 1;
            if taken.size > LARGEST {
                taken.size = 0;
                let text = format!("a named matcher is made of {LARGEST} others at the most");
                self.all.mistake(Mistake::new(name.span, text));
                return harmless();
            }
        }
        let way = self.all.way.further(name.span, "used here");
        let around = std::mem::replace(&mut self.all.way, way);
        for (name, found) in &named.taken.names {
            self.take_at(name, *found);
        }
        self.all.way = around;
        named.matcher.clone()
    }
}

/// "`a`, then `b`, then `a`".
fn then<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    names.join(", then ")
}
