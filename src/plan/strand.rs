//! One strand while its steps are compiled: what it knows at each of them.
//!
//! Owns names, loops and texts as a strand sees them. Does not own the steps (`steps`).

use std::collections::BTreeSet;
use std::mem;

use super::branches::Lent;
use super::calls::Called;
use super::compile::{Compiler, MOST_STEPS};
use super::connections::{Connection, Open};
use super::directory::EndpointEntry;
use super::names::{self, Cells, GIVEN, Names, Whose};
use super::on::Meant;
use super::peers::Peers;
use super::reuse::Taken;
use super::step::Block;
use super::texts;
use super::way::Way;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Node, Span};
use crate::wire::template::{Expression, JsonTemplate, Path, Template};

/// How deep lists of steps may be nested, those of procedures in those that call them: shallow enough for every stack.
const DEEPEST: usize = 64;

/// What begins a strand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The actor itself: `setup`, `script`, `finally`.
    Own,
    /// A connection at this endpoint.
    Session(usize),
    /// A message that a step doesn't want: alternatives that run in whichever strand waits.
    Unexpected,
    /// A message that `background` takes, on whichever connection.
    Background,
    /// A procedure or a matcher for itself: nobody knows who uses it.
    Nobody,
}

/// A strand that is being compiled.
pub(super) struct Strand<'c, 'a> {
    pub(super) all: &'c mut Compiler<'a>,
    pub(super) cells: &'c mut Cells,
    /// The actor's place in the file.
    pub(super) actor: usize,
    pub(super) kind: Kind,
    /// What may be open here.
    pub(super) open: Open,
    /// What a step without `on` is about here.
    pub(super) meant: Meant,
    /// What may have brought the request that the alternative around it met.
    pub(super) serving: Option<Vec<String>>,
    /// For each `parallel` around: what the branch uses of what was there before it.
    pub(super) lent: Vec<Lent>,
    /// The calls around, the innermost last.
    pub(super) called: Vec<Called>,
    /// Where a step around says that it is atomic.
    pub(super) atomic: Option<Span>,
    /// The names that the step's own texts have used so far.
    pub(super) used: Vec<String>,
    pub(super) names: Names,
    pub(super) peers: Peers,
    pub(super) timers: BTreeSet<String>,
    pub(super) awaited_timers: Vec<(At<String>, Way)>,
    /// What a matcher uses, where it is compiled for all that use it.
    pub(super) taken: Option<Taken>,
    /// How many lists of steps are around the current one.
    depth: usize,
    /// For each loop around: what was open where it was left.
    left: Vec<Open>,
    rehearsing: bool,
}

impl<'c, 'a> Strand<'c, 'a> {
    pub(super) fn new(all: &'c mut Compiler<'a>, actor: usize, kind: Kind, cells: &'c mut Cells) -> Self {
        let mut open = Open::default();
        match kind {
            Kind::Own => {
                let entry = &all.directory.actors[actor];
                let is_own = |endpoint: &&EndpointEntry| !endpoint.session && endpoint.framings.are_datagrams();
                for endpoint in entry.endpoints.iter().filter(is_own) {
                    let name = endpoint.name.as_deref().unwrap_or("client");
                    let framings = &endpoint.framings;
                    let own = Connection::new(Some(framings.client.clone()), Some(framings.server.clone()), 0);
                    open.open(name, own);
                    all.framed.insert(actor);
                    all.datagrams.insert(actor);
                }
            }
            Kind::Session(endpoint) => {
                let entry = &all.directory.actors[actor].endpoints[endpoint];
                let (incoming, outgoing) = (entry.framings.client.clone(), entry.framings.server.clone());
                if !incoming.is_raw() {
                    all.framed.insert(actor);
                }
                if incoming.is_datagram() {
                    all.datagrams.insert(actor);
                }
                let mut connection = Connection::new(Some(incoming), Some(outgoing), 0);
                connection.secure = Some(entry.secure);
                connection.unix = entry.unix;
                open.open("client", connection);
            }
            Kind::Unexpected | Kind::Background | Kind::Nobody => open.unknown = true,
        }
        let mut names = Names::default();
        if kind == Kind::Unexpected {
            names.whose = Whose::AnyStrand;
        }
        Self {
            all,
            cells,
            actor,
            kind,
            open,
            meant: Meant::Strand,
            serving: None,
            lent: Vec::new(),
            called: Vec::new(),
            atomic: None,
            used: Vec::new(),
            names,
            peers: Peers::default(),
            timers: BTreeSet::new(),
            awaited_timers: Vec::new(),
            taken: None,
            depth: 0,
            left: Vec::new(),
            rehearsing: false,
        }
    }

    /// Steps, one after another.
    pub(super) fn block(&mut self, steps: &[written::Step]) -> Block {
        let Some(first) = steps.first() else {
            return Block::default();
        };
        if self.depth == DEEPEST {
            let text = format!("steps are nested deeper than {DEEPEST} here");
            self.all.mistake(Mistake::new(first.verb_span, text));
            return Block::default();
        }
        self.depth += 1;
        let mut block = Vec::with_capacity(steps.len());
        for step in steps {
            // Once is enough: what a loop rehearsed is taken back, and would grow again.
            if self.all.too_many.is_some() || self.all.steps.len() >= MOST_STEPS {
                let place = self.all.way.first().unwrap_or(step.verb_span);
                self.all.too_many.get_or_insert(place);
                break;
            }
            block.push(self.step(step));
        }
        self.depth -= 1;
        block.into()
    }

    /// Checks what only the whole strand can tell.
    pub(super) fn finish(self) {
        let is_known = self.kind != Kind::Nobody;
        for (timer, way) in self.awaited_timers.into_iter().filter(|_| is_known) {
            if !self.timers.contains(&timer.value) {
                let text = format!("no step of this strand starts a timer called `{}`", timer.value);
                let allowed = self.timers.iter().map(String::as_str);
                let mistake = Mistake::new(timer.span, text).did_you_mean(&timer.value, allowed);
                self.all.mistake(way.tell(mistake));
            }
        }
        if matches!(self.kind, Kind::Own | Kind::Session(_)) {
            self.all.check_peers(self.actor, &self.peers);
        }
        self.cells.add(self.names);
    }

    /// Compiles what goes round. It may begin with what a round before it left open, so that a round is rehearsed first;
    /// inside a rehearsal once is enough, since a second round opens and ends nothing that the first did not.
    pub(super) fn looped<T>(&mut self, body: impl Fn(&mut Self) -> T) -> T {
        self.names.enter_loop();
        if !self.rehearsing {
            let (steps, mistakes) = (self.all.steps.len(), self.all.mistakes.len());
            let begin = self.open.clone();
            let peers = self.peers.clone();
            self.rehearsing = true;
            self.left.push(Open::nowhere());
            body(self);
            self.left.pop();
            self.rehearsing = false;
            self.peers = peers;
            self.all.steps.truncate(steps);
            self.all.mistakes.truncate(mistakes);
            self.open = begin.union(mem::take(&mut self.open));
        }
        let begin = self.open.clone();
        self.left.push(Open::nowhere());
        self.peers.enter_loop();
        let compiled = body(self);
        self.peers.leave_loop();
        let left = self.left.pop().expect("a loop leaves its own place only");
        self.open = begin.union(mem::take(&mut self.open)).union(left);
        self.names.leave_loop();
        compiled
    }

    /// A `break`.
    pub(super) fn leave_loop(&mut self, span: Span) {
        let here = mem::replace(&mut self.open, Open::nowhere());
        match self.left.pop() {
            Some(left) => self.left.push(left.union(here)),
            None => {
                self.open = here;
                let own = self.called.last().map_or(0, |call| call.lent);
                let place = match self.names.whose {
                    _ if self.lent.len() > own => "in this branch",
                    Whose::Procedure | Whose::Call => "in this procedure",
                    Whose::Strand | Whose::AnyStrand => "here",
                };
                let text = format!("there is no `serve` or `repeat` {place} that `break` could leave");
                self.all.mistake(Mistake::new(span, text));
            }
        }
    }

    /// Compiles a branch or a procedure, which can leave no loop around it.
    pub(super) fn without_loops<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let left = mem::take(&mut self.left);
        let compiled = body(self);
        self.left = left;
        compiled
    }

    /// Gives a name a meaning from here on.
    pub(super) fn define(&mut self, name: &At<String>) {
        self.define_round(name);
        // What a procedure sets is no name of a branch that calls it.
        let own = self.called.last().map_or(0, |call| call.lent);
        for lent in &mut self.lent[own..] {
            lent.sets(name);
        }
    }

    /// As [`Self::define`], for what counts rounds or branches: that is nothing a branch sets for those behind it.
    pub(super) fn define_round(&mut self, name: &At<String>) {
        names::check_new(self.all, name);
        self.sets_own(name);
        self.names.define(&name.value, name.span);
    }

    pub(super) fn template(&mut self, text: &str, span: Span) -> Template {
        let template = self.all.compile_template(text, span);
        self.take(template.names(), text, span);
        template
    }

    pub(super) fn expression(&mut self, text: &At<String>) -> Expression {
        let expression = self.all.compile_expression(&text.value, text.span);
        self.take(expression.names(), &text.value, text.span);
        expression
    }

    pub(super) fn path(&mut self, text: &At<String>) -> Path {
        let path = self.all.compile_path(&text.value, text.span);
        self.take(path.names(), &text.value, text.span);
        path
    }

    pub(super) fn json(&mut self, node: &Node) -> JsonTemplate {
        texts::json_template(node, &mut |text, span| self.template(text, span))
    }

    /// A condition that is asked for more than once, or decides what is taken.
    pub(super) fn guard_condition(&mut self, text: &At<String>) -> Expression {
        let expression = self.expression(text);
        self.all.refuse_generators(expression.generates(), "a guard", text.span);
        expression
    }

    /// Takes notice of names that a text uses.
    pub(super) fn take(&mut self, used: &[String], text: &str, span: Span) {
        for name in used {
            let found = names::place_in(self.all.sources, text, span, name);
            self.take_at(name, found);
        }
    }

    /// Takes notice of a name that is used at a place.
    pub(super) fn take_at(&mut self, name: &str, found: Span) {
        self.used.push(name.to_owned());
        self.reads_own(name, found);
        self.all.take_name(name, found, &mut self.names, self.cells);
        if self.kind == Kind::Own && name == "session" {
            self.all
                .mistake(Mistake::new(found, "`session` is only defined in a session"));
        }
        if let Some(taken) = &mut self.taken {
            taken.name(name, found);
        }
    }
}

impl Compiler<'_> {
    /// First values of an actor's variables: over constants, what `actor` is given, and earlier ones.
    pub(super) fn compile_state(
        &mut self,
        state: &[(At<String>, Node)],
        cells: &mut Cells,
    ) -> Vec<(String, JsonTemplate)> {
        let mut names = Names::default();
        let compiled = state
            .iter()
            .map(|(name, value)| {
                let value = texts::json_template(value, &mut |text, span| {
                    let template = self.compile_template(text, span);
                    for given in template.names().iter().filter(|name| is_given_to_strands(name)) {
                        let found = names::place_in(self.sources, text, span, given);
                        let text = format!("`{given}` is not defined before the actor begins");
                        self.mistake(Mistake::new(found, text));
                    }
                    self.take_names(template.names(), (text, span), &mut names, cells);
                    template
                });
                cells.define(&name.value);
                (name.value.clone(), value)
            })
            .collect();
        cells.add(names);
        compiled
    }
}

fn is_given_to_strands(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or(name);
    first != "actor" && GIVEN.contains(&first)
}
