//! `"order": "per-peer"`: what each peer causes, and that nothing in it tells who came first.
//!
//! Owns which alternatives are a peer's own part of a strand, and which variables and names of connections would carry
//! something from one part to another. It is found out for every strand, so that a race can be told whether `per-peer`
//! would settle it. Rules are strict here: what only one way through a part sets may be another peer's. Does not own what
//! a part does (`alternatives`).

mod check;

use std::collections::{BTreeMap, BTreeSet};

use super::names::Whose;
use super::on::{Meant, is_template};
use super::step::{Block, StepId, crosses};
use super::strand::{Kind, Strand};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Span};

/// What is known of a strand's parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Peers {
    /// How many definitions and uses there were before.
    here: usize,
    /// What may be left out, and holds this place: the innermost last.
    blocks: Vec<usize>,
    /// What goes round and holds this place.
    loops: Vec<usize>,
    part: Option<usize>,
    parts: Vec<Part>,
    sets: Vec<Touch>,
    reads: Vec<Touch>,
    /// What counts the rounds of all peers, and up to where.
    counts: Vec<(Touch, usize)>,
    accepted: Vec<Accepted>,
    /// Steps and guards with the connections that they name.
    mentions: Vec<(BTreeSet<String>, Span)>,
    /// Which region this is, and how many there are: one ends where the strand does something by itself.
    region: u32,
    regions: u32,
    /// The steps that take something for a peer, with their regions.
    takings: Vec<(StepId, u32)>,
}

/// An alternative that a peer has to itself.
#[derive(Clone, Debug)]
struct Part {
    /// Whose alternatives are taken one at a time; none where each is met once.
    choice: Option<usize>,
    loops: Vec<usize>,
}

/// That a variable is set or read.
#[derive(Clone, Debug)]
struct Touch {
    name: String,
    span: Span,
    at: usize,
    blocks: Vec<usize>,
    loops: Vec<usize>,
    part: Option<usize>,
}

/// A connection that is accepted where several may be.
#[derive(Clone, Debug)]
struct Accepted {
    name: String,
    span: Span,
    region: u32,
    /// Whether it goes round, so that it is several itself.
    again: bool,
}

impl Peers {
    fn touch(&mut self, name: &str, span: Span) -> Touch {
        self.here += 1;
        Touch {
            name: name.to_owned(),
            span,
            at: self.here,
            blocks: self.blocks.clone(),
            loops: self.loops.clone(),
            part: self.part,
        }
    }

    /// A variable is set here.
    pub(super) fn sets(&mut self, name: &str, span: Span) {
        let touch = self.touch(name, span);
        self.sets.push(touch);
    }

    /// A variable is read here.
    pub(super) fn reads(&mut self, name: &str, span: Span) {
        let touch = self.touch(name, span);
        self.reads.push(touch);
    }

    /// What stands in what follows may be left out.
    pub(super) fn enter_block(&mut self) {
        self.here += 1;
        self.blocks.push(self.here);
    }

    pub(super) fn leave_block(&mut self) {
        self.blocks.pop();
    }

    /// What stands in what follows may come again.
    pub(super) fn enter_loop(&mut self) {
        self.enter_block();
        self.loops.push(self.here);
    }

    pub(super) fn leave_loop(&mut self) {
        self.loops.pop();
        self.leave_block();
    }

    /// The strand does something by itself.
    pub(super) fn acts(&mut self) {
        if self.part.is_none() {
            self.regions += 1;
            self.region = self.regions;
        }
    }

    /// Whether what was set by `set` is there for certain where `read` stands.
    fn is_certain(set: &Touch, read: &Touch) -> bool {
        set.at <= read.at && read.blocks.starts_with(&set.blocks)
    }

    /// What another peer may have set of what is read here, of all that is `set` under its name.
    fn carried<'p>(&'p self, read: &Touch, sets: &[&'p Touch]) -> Option<&'p Touch> {
        let part = |touch: &Touch| touch.part.map(|part| &self.parts[part]);
        let certain = |set: &&&Touch| set.part == read.part && Self::is_certain(set, read);
        let own = sets.iter().filter(certain).map(|set| set.at).max();
        if read.part.is_some() && own.is_some() {
            return None;
        }
        let counted = self.counts.iter().find(|(count, until)| {
            read.part.is_some() && count.name == read.name && (count.at..*until).contains(&read.at)
        });
        let reaches = |set: &&&Touch| {
            let Some(theirs) = part(set) else {
                return false;
            };
            let around = part(read).map_or(&read.loops, |ours| &ours.loops);
            let again = around.iter().any(|around| theirs.loops.contains(around));
            let apart = |ours: &Part| theirs.choice.is_some() && theirs.choice == ours.choice;
            let before = set.at <= read.at && set.part != read.part && !part(read).is_some_and(apart);
            // What the strand itself has set since is what is read.
            (again || before) && own.is_none_or(|own| set.at > own)
        };
        counted
            .map(|(count, _)| count)
            .or_else(|| sets.iter().find(reaches).copied())
    }

    /// The names of connections that go by who came first, and those that go with each.
    fn tied(&self) -> Vec<(&Accepted, BTreeSet<&str>)> {
        let mut regions: BTreeMap<u32, Vec<&Accepted>> = BTreeMap::new();
        for accepted in &self.accepted {
            regions.entry(accepted.region).or_default().push(accepted);
        }
        let mut tied = Vec::new();
        for all in regions.into_values() {
            if all.len() > 1 || all.iter().any(|accepted| accepted.again) {
                let names: BTreeSet<&str> = all.iter().map(|accepted| accepted.name.as_str()).collect();
                tied.extend(all.into_iter().map(|accepted| (accepted, names.clone())));
            }
        }
        tied
    }

    /// What would tell who came first.
    fn mistakes(&self, actor: &str) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        if self.parts.is_empty() && self.accepted.is_empty() {
            return mistakes;
        }
        let mut sets: BTreeMap<&str, Vec<&Touch>> = BTreeMap::new();
        for set in &self.sets {
            sets.entry(&set.name).or_default().push(set);
        }
        for read in &self.reads {
            let sets = sets.get(read.name.as_str()).map_or(&[][..], Vec::as_slice);
            let Some(set) = self.carried(read, sets) else { continue };
            let what = match read.name.strip_prefix(TIMER) {
                Some(timer) => format!("the timer `{timer}`"),
                None => format!("`{}`", read.name),
            };
            let text = format!("{what} may be another peer's here, and the order of `{actor}` is per peer");
            let mut mistake = Mistake::new(read.span, text);
            mistake = match set.part {
                Some(_) => mistake.note(set.span, "it is set here, in what one peer causes"),
                None => mistake.note(set.span, "it goes on here with the rounds of all peers"),
            };
            let is_own = set.part.is_some() && read.name != MESSAGE && !read.name.starts_with(TIMER);
            mistakes.push(mistake.help(match is_own {
                true => format!(
                    "`actor.{}`, which all peers share, keeps its order; or leave out `\"order\": \"per-peer\"`",
                    read.name
                ),
                false => "leave out `\"order\": \"per-peer\"` where it matters who came first".to_owned(),
            }));
        }
        let tied = self.tied();
        for (mentioned, span) in &self.mentions {
            let torn = tied.iter().find(|(accepted, names)| {
                let again = accepted.again && names.len() == 1;
                mentioned.contains(&accepted.name) && (again || names.iter().any(|name| !mentioned.contains(*name)))
            });
            let Some((accepted, names)) = torn else { continue };
            let text = format!(
                "which connection is called `{}` hangs on who came first, and the order of `{actor}` is per peer",
                accepted.name
            );
            let all: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            let on = match all.as_slice() {
                [_] => "\"*\"".to_owned(),
                all => format!("[{}]", all.join(", ")),
            };
            let mistake = Mistake::new(*span, text).note(accepted.span, "it is accepted here, as others are");
            mistakes.push(mistake.help(format!(
                "`choose`, `serve` and `any_order` with `\"on\": {on}` take from whoever comes"
            )));
        }
        mistakes
    }
}

/// The last message, as a variable.
pub(super) const MESSAGE: &str = "message";

/// In front of a timer's name, as a variable.
const TIMER: &str = "timer ";

impl Strand<'_, '_> {
    /// Whether each of these is a peer's own part: they take from several connections.
    pub(super) fn are_parts(&self, alternatives: &[written::Alternative]) -> bool {
        use written::{Guard, On};
        if self.peers.part.is_some() || !matches!(self.kind, Kind::Own | Kind::Session(_)) {
            return false;
        }
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for alternative in alternatives {
            if matches!(alternative.guard, Guard::Accept { .. }) {
                return true;
            }
            if !matches!(
                alternative.guard,
                Guard::Receive(_) | Guard::Request(_) | Guard::Closed(_)
            ) {
                continue;
            }
            let around = match &self.meant {
                Meant::Written(on) => Some(&on.value),
                _ => None,
            };
            match alternative.on.as_ref().map(|on| &on.value).or(around) {
                None => _ = names.insert(""),
                Some(On::Name(name)) if is_template(name) => return true,
                Some(On::Name(name)) => _ = names.insert(name),
                Some(On::Names(all)) => names.extend(all.iter().map(|name| name.value.as_str())),
                Some(On::All) => return true,
            }
        }
        names.len() > 1
    }

    /// Compiles an alternative as a peer's own part, where it is one: one that leaves a loop around it is for all peers.
    pub(super) fn part<T>(
        &mut self,
        alternative: &written::Alternative,
        choice: Option<usize>,
        compile: impl FnOnce(&mut Self) -> T,
    ) -> (T, bool) {
        use written::Guard;
        let takes = matches!(
            alternative.guard,
            Guard::Receive(_) | Guard::Request(_) | Guard::Closed(_) | Guard::Accept { .. }
        );
        if !takes || breaks(&alternative.steps) {
            let before = self.peers.region;
            self.peers.acts();
            let compiled = compile(self);
            self.peers.acts();
            self.peers.region = before;
            return (compiled, false);
        }
        let loops = self.peers.loops.clone();
        let (first, _) = self.peers_here();
        self.peers.takings.push((first, self.peers.region));
        self.peers.parts.push(Part { choice, loops });
        self.peers.part = Some(self.peers.parts.len() - 1);
        let compiled = compile(self);
        self.peers.part = None;
        (compiled, true)
    }

    /// Which alternatives are met one at a time.
    pub(super) fn choice(&mut self) -> usize {
        self.peers.here += 1;
        self.peers.here
    }

    /// A connection is accepted under a name.
    pub(super) fn accepts_as(&mut self, name: &str, span: Span) {
        self.peers.accepted.push(Accepted {
            name: name.to_owned(),
            span,
            region: self.peers.region,
            again: !self.peers.loops.is_empty(),
        });
    }

    /// A step takes a connection by itself.
    pub(super) fn accepts_by(&mut self, id: StepId) {
        if self.peers.part.is_none() {
            self.peers.takings.push((id, self.peers.region));
        }
    }

    /// A step or guard names connections.
    pub(super) fn mentions(&mut self, names: &[String], span: Span) {
        self.peers.mentions.push((names.iter().cloned().collect(), span));
    }

    /// A timer is started or stopped.
    pub(super) fn sets_timer(&mut self, name: &At<String>) {
        self.peers.sets(&format!("{TIMER}{}", name.value), name.span);
    }

    /// A timer is listened for.
    pub(super) fn hears_timer(&mut self, name: &At<String>) {
        self.peers.reads(&format!("{TIMER}{}", name.value), name.span);
    }

    /// What is read of the strand's own.
    pub(super) fn reads_own(&mut self, name: &str, span: Span) {
        let first = name.split('.').next().unwrap_or(name);
        let is_inside = matches!(self.names.whose, Whose::Call | Whose::Procedure);
        if first == MESSAGE || !is_inside && !super::names::GIVEN.contains(&first) && !self.all.is_constant(first) {
            self.peers.reads(first, span);
        }
    }

    /// What is set of the strand's own; what a procedure sets is new each time.
    pub(super) fn sets_own(&mut self, name: &At<String>) {
        if !matches!(self.names.whose, Whose::Call | Whose::Procedure) {
            self.peers.sets(&name.value, name.span);
        }
    }

    /// A loop is compiled that began with the `first` step, and counts by these names, `at` a place among what is set.
    pub(super) fn went_round(&mut self, steps: &Block, counted: &[&At<String>], (first, at): (StepId, usize)) {
        if crosses(steps) {
            for name in counted {
                let mut touch = self.peers.touch(&name.value, name.span);
                touch.at = at;
                touch.part = None;
                self.peers.counts.push((touch, self.peers.here));
            }
            return;
        }
        // Each round is a region of its own: no race of two rounds would be settled.
        self.peers.takings.retain(|(id, _)| *id < first);
        self.peers.acts();
    }

    /// A place among what is set and read.
    pub(super) fn peers_here(&self) -> (StepId, usize) {
        let first = StepId::try_from(self.all.steps.len()).unwrap_or(StepId::MAX);
        (first, self.peers.here)
    }
}

/// Whether these steps leave a loop around them.
fn breaks(steps: &[written::Step]) -> bool {
    use written::Verb;
    steps.iter().any(|step| match &step.verb {
        Verb::Break => true,
        Verb::Group(steps) => breaks(steps),
        Verb::If { then, otherwise, .. } => breaks(then) || breaks(otherwise),
        Verb::Choose(alternatives) | Verb::AnyOrder(alternatives) => {
            alternatives.iter().any(|alternative| breaks(&alternative.steps))
        }
        _ => false,
    })
}
