//! `parallel`: its branches, and what each is lent.
//!
//! Owns that no two branches set one name, or use one direction of one connection.

use std::ops::Range;

use super::connections::Need;
use super::on::is_template;
use super::step::{Branch, Branches, Rounds};
use super::strand::Strand;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Json, Span};
use crate::wire::template::Template;

/// What a branch uses of what was there before it, each once.
#[derive(Debug, Default)]
pub(super) struct Lent {
    receives: Vec<At<String>>,
    sends: Vec<At<String>>,
    sets: Vec<At<String>>,
}

impl Lent {
    pub(super) fn sets(&mut self, name: &At<String>) {
        add(&mut self.sets, &name.value, name.span);
    }
}

fn add(names: &mut Vec<At<String>>, name: &str, span: Span) {
    if !names.iter().any(|known| known.value == name) {
        names.push(At {
            value: name.to_owned(),
            span,
        });
    }
}

impl Strand<'_, '_> {
    /// A connection is used: each of these branches around that did not open it itself is lent it.
    pub(super) fn lend_to(&mut self, branches: Range<usize>, name: &str, need: Need, span: Span) {
        let level = self.open.find(name).map_or(0, |connection| connection.level);
        for lent in &mut self.lent[branches.start.max(level).min(branches.end)..branches.end] {
            if matches!(need, Need::Receive | Need::Both | Need::Request) {
                add(&mut lent.receives, name, span);
            }
            if matches!(need, Need::Send | Need::Both | Need::Request) {
                add(&mut lent.sends, name, span);
            }
        }
    }

    pub(super) fn parallel(&mut self, branches: &written::Branches, number: Option<&At<String>>) -> Branches {
        match branches {
            written::Branches::Lists(lists) => {
                self.all.counts(lists.len() as u64);
                number.into_iter().for_each(|name| self.define_round(name));
                let begin = self.names.here();
                let before = self.open.clone();
                let mut after = before.clone();
                let mut all: Vec<Lent> = Vec::with_capacity(lists.len());
                let compiled = lists.iter().map(|steps| {
                    self.open = before.clone();
                    let (branch, lent) = self.branch(steps, begin);
                    after.after_branch(&self.open, self.lent.len() + 1);
                    for earlier in &all {
                        self.check_apart(earlier, &lent);
                    }
                    all.push(lent);
                    branch
                });
                let compiled = compiled.collect();
                self.open = after;
                Branches::Lists(number.map(|name| name.value.clone()), compiled)
            }
            written::Branches::Same { rounds, steps } => {
                let compiled = self.rounds(rounds);
                number.into_iter().for_each(|name| self.define_round(name));
                let own = match rounds {
                    written::Rounds::For { name, .. } => Some(name),
                    _ => None,
                };
                let own: Vec<_> = own.into_iter().chain(number).map(|name| name.value.clone()).collect();
                let before = self.open.clone();
                let (branch, lent) = self.branch(steps, self.names.here());
                let mut after = before;
                after.after_branch(&self.open, self.lent.len() + 1);
                self.open = after;
                if !is_single(rounds) {
                    self.check_same(&lent, &own);
                }
                Branches::Same {
                    rounds: compiled,
                    branch: number.map(|name| name.value.clone()),
                    steps: branch,
                }
            }
        }
    }

    /// One branch; what it is lent must be known where it begins.
    fn branch(&mut self, steps: &[written::Step], begin: usize) -> (Branch, Lent) {
        self.lent.push(Lent::default());
        self.peers.acts();
        self.peers.enter_block();
        let steps = self.without_loops(|strand| strand.block(steps));
        self.peers.leave_block();
        let lent = self.lent.pop().expect("a branch leaves its own place only");
        let branch = Branch {
            steps,
            receives: self.lent_templates(&lent.receives, begin),
            sends: self.lent_templates(&lent.sends, begin),
        };
        (branch, lent)
    }

    fn lent_templates(&mut self, names: &[At<String>], begin: usize) -> Vec<Template> {
        let mut templates = Vec::with_capacity(names.len());
        for At { value: name, span } in names {
            if !is_template(name) {
                templates.push(Template::literal(name));
                continue;
            }
            // Where it is wrong, that was said where it is used.
            let Ok(template) = Template::compile(name) else {
                continue;
            };
            let strands = |name: &str| !name.contains('.') && self.names.is_defined(name);
            let late = template
                .names()
                .iter()
                .find(|name| strands(name) && !self.names.defined_before(name, begin));
            match late {
                None => {
                    self.used.extend_from_slice(template.names());
                    templates.push(template);
                }
                // It may be the name of a connection that the branch opened itself.
                Some(_) if self.open.unknown => {}
                Some(late) => {
                    let text =
                        format!("which connections a branch uses must be known when it begins; `{late}` is set later");
                    self.all.mistake(Mistake::new(*span, text));
                }
            }
        }
        templates
    }

    fn check_apart(&mut self, earlier: &Lent, later: &Lent) {
        let pairs = [
            (&earlier.receives, &later.receives, "receive on"),
            (&earlier.sends, &later.sends, "send on"),
            (&earlier.sets, &later.sets, "set"),
        ];
        for (earlier, later, what) in pairs {
            for name in later {
                if let Some(first) = earlier.iter().find(|first| first.value == name.value) {
                    let text = format!("two branches {what} `{}`", name.value);
                    let mistake = Mistake::new(name.span, text).note(first.span, "the other does it here");
                    self.all.mistake(mistake);
                }
            }
        }
    }

    /// The same, where all branches have the same steps: only a name made of what tells the branches apart is another in
    /// each.
    fn check_same(&mut self, lent: &Lent, own: &[String]) {
        let differs = |name: &str| {
            let template = is_template(name).then(|| Template::compile(name).ok()).flatten();
            template.is_some_and(|template| {
                template.names().iter().any(|name| {
                    let first = name.split('.').next().unwrap_or(name);
                    own.iter().any(|own| own == first)
                })
            })
        };
        for (names, what) in [
            (&lent.receives, "receive on"),
            (&lent.sends, "send on"),
            (&lent.sets, "set"),
        ] {
            for name in names.iter().filter(|name| !differs(&name.value)) {
                let text = format!("all branches {what} `{}`", name.value);
                let mut mistake = Mistake::new(name.span, text);
                mistake = mistake.help(if what == "set" {
                    "no two branches may set one name; an actor's `session`s have variables of their own"
                } else {
                    "`connect` inside the branches: each then has a connection of its own"
                });
                self.all.mistake(mistake);
            }
        }
    }

    /// How often something goes round; the variable that holds an element is defined.
    pub(super) fn rounds(&mut self, rounds: &written::Rounds) -> Rounds {
        self.all.counts(most(rounds));
        match rounds {
            written::Rounds::Times(times) => Rounds::Times(self.json(times)),
            written::Rounds::While(condition) => Rounds::While(self.expression(condition)),
            written::Rounds::For { name, elements } => {
                let elements = self.json(elements);
                self.define_round(name);
                Rounds::For {
                    name: name.value.clone(),
                    elements,
                }
            }
        }
    }
}

/// How many rounds there are, where that is written.
fn most(rounds: &written::Rounds) -> u64 {
    match rounds {
        written::Rounds::Times(times) => match &times.value {
            Json::Number(times) => times.as_u64().unwrap_or_default(),
            _ => 0,
        },
        written::Rounds::While(_) => 0,
        written::Rounds::For { elements, .. } => match &elements.value {
            Json::Array(elements) => elements.len() as u64,
            _ => 0,
        },
    }
}

fn is_single(rounds: &written::Rounds) -> bool {
    match rounds {
        written::Rounds::Times(times) => matches!(&times.value, Json::Number(n) if n.as_u64() <= Some(1)),
        written::Rounds::While(_) => false,
        written::Rounds::For { elements, .. } => matches!(&elements.value, Json::Array(list) if list.len() <= 1),
    }
}
