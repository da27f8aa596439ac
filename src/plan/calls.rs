//! `call`: a procedure where it is called.
//!
//! Owns that its variables are its own, while connections, timers and what a step without `on` means are the caller's: it
//! is compiled anew for each call. Does not own what can be said of a procedure without its callers (`reuse`).

use std::collections::BTreeMap;
use std::mem;

use super::connections::{Need, Open};
use super::names::{Names, Whose};
use super::on::{Asks, Meant, is_template};
use super::step::{Block, Verb};
use super::strand::{Kind, Strand};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Json, Node, Procedure, Span};
use crate::wire::template::JsonTemplate;

/// A procedure, as one step calls it.
#[derive(Debug)]
pub struct Call {
    /// Its first variables, which are all that it has: values over the caller's.
    pub arguments: Vec<(String, JsonTemplate)>,
    /// What it does.
    pub steps: Block,
    /// What it gives to its caller: values over its own variables.
    pub results: Vec<(String, JsonTemplate)>,
    /// The names that the results use.
    pub result_names: Vec<String>,
    /// The caller's variable that holds the results, as an object.
    pub result: Option<String>,
}

/// A call around what is compiled now.
#[derive(Debug)]
pub(super) struct Called {
    /// How many `parallel`s are around the call.
    pub(super) lent: usize,
    span: Span,
    /// What the caller writes for a parameter, where that is a text.
    texts: BTreeMap<String, String>,
}

impl Called {
    /// A connection's name as the caller would write it.
    fn outside(&self, name: &str) -> Option<String> {
        if !is_template(name) {
            return Some(name.to_owned());
        }
        let inner = name.trim().strip_prefix("{{")?.strip_suffix("}}")?;
        self.texts.get(inner.trim()).cloned()
    }
}

/// The procedure's variable that holds the name of a connection which only the caller's variables tell.
const HIDDEN: &str = "__on";

type Arguments = Vec<(String, JsonTemplate)>;

impl Strand<'_, '_> {
    pub(super) fn call(
        &mut self,
        name: &At<String>,
        with: &[(At<String>, Node)],
        result: Option<&At<String>>,
        asks: Asks,
    ) -> Verb {
        let found = self.all.reused.procedures.get(name.value.as_str()).copied();
        let verb = match found {
            Some(procedure) => self.call_of(procedure, name, with, result, asks),
            None => {
                let text = format!("no procedure is called `{}`", name.value);
                let known = self.all.reused.procedures.keys().copied();
                let mistake = Mistake::new(name.span, text).did_you_mean(&name.value, known);
                self.all.mistake(mistake);
                with.iter().for_each(|(_, value)| _ = self.json(value));
                self.open = Open::anything();
                Verb::Group(Block::default())
            }
        };
        result.into_iter().for_each(|name| self.define(name));
        verb
    }

    fn call_of(
        &mut self,
        procedure: &Procedure,
        name: &At<String>,
        with: &[(At<String>, Node)],
        result: Option<&At<String>>,
        asks: Asks,
    ) -> Verb {
        let mut arguments = self.arguments(procedure, with, asks.span);
        if let (Some(result), None) = (result, &procedure.result) {
            let text = format!("`{}` has no `result` that `as` could keep", name.value);
            let mistake = Mistake::new(result.span, text).note(procedure.name.span, "the procedure is here");
            self.all.mistake(mistake);
        }
        let mut call = Call {
            arguments: Vec::new(),
            steps: Block::default(),
            results: Vec::new(),
            result_names: Vec::new(),
            result: result.map(|name| name.value.clone()),
        };
        if self.kind == Kind::Nobody {
            self.all.reused.called.push(name.clone());
        }
        if self.kind == Kind::Nobody || self.all.reused.endless.contains(name.value.as_str()) {
            self.open = Open::anything();
            return Verb::Call(call);
        }
        let called = Called {
            lent: self.lent.len(),
            span: asks.span,
            texts: texts(with),
        };
        self.called.push(called);
        let meant = self.meant_inside(&mut arguments);
        let serving = self.serving.clone();
        let serving = serving.map(|names| self.names_inside(&names, &mut arguments));
        let mut own = Names::default();
        own.whose = Whose::Call;
        let way = self.all.way.further(asks.span, "called here");
        let around_names = mem::replace(&mut self.names, own);
        let around_way = mem::replace(&mut self.all.way, way);
        let around_meant = mem::replace(&mut self.meant, meant);
        let around_serving = mem::replace(&mut self.serving, serving);
        self.procedure(procedure, &mut call);
        self.serving = around_serving;
        self.meant = around_meant;
        self.all.way = around_way;
        let own = mem::replace(&mut self.names, around_names);
        self.cells.add(own);
        self.called.pop();
        call.arguments = arguments;
        Verb::Call(call)
    }

    /// What a procedure does and gives, with variables of its own.
    pub(super) fn procedure(&mut self, procedure: &Procedure, call: &mut Call) {
        procedure.with.iter().for_each(|name| self.define(name));
        call.steps = self.without_loops(|strand| strand.block(&procedure.steps));
        let around = mem::take(&mut self.used);
        for (name, value) in procedure.result.iter().flatten() {
            let value = self.json(value);
            call.results.push((name.value.clone(), value));
        }
        call.result_names = mem::replace(&mut self.used, around);
    }

    /// Values for the parameters: each of them, and nothing else.
    fn arguments(&mut self, procedure: &Procedure, with: &[(At<String>, Node)], span: Span) -> Arguments {
        let mut arguments = Vec::with_capacity(with.len());
        for (name, value) in with {
            let value = self.json(value);
            arguments.push((name.value.clone(), value));
            if procedure.with.iter().any(|parameter| parameter.value == name.value) {
                continue;
            }
            let text = format!("`{}` has no parameter `{}`", procedure.name.value, name.value);
            let parameters = procedure.with.iter().map(|parameter| parameter.value.as_str());
            let mut mistake = Mistake::new(name.span, text).did_you_mean(&name.value, parameters);
            mistake = mistake.note(procedure.name.span, "the procedure is here");
            self.all.mistake(mistake);
        }
        for parameter in &procedure.with {
            if !with.iter().any(|(name, _)| name.value == parameter.value) {
                let text = format!("`{}` needs `{}` in `with`", procedure.name.value, parameter.value);
                let mistake = Mistake::new(span, text).note(parameter.span, "the parameter is here");
                self.all.mistake(mistake);
            }
        }
        arguments
    }

    /// What a step without `on` means inside the procedure.
    fn meant_inside(&mut self, arguments: &mut Arguments) -> Meant {
        match self.meant.clone() {
            Meant::Strand => Meant::Strand,
            Meant::Met(names) => Meant::Met(self.names_inside(&names, arguments)),
            Meant::Written(At { value, span }) => {
                let value = match value {
                    written::On::Name(name) => written::On::Name(self.inside(&name, span, arguments)),
                    written::On::Names(names) => {
                        let names = names.into_iter().map(|name| At {
                            value: self.inside(&name.value, name.span, arguments),
                            span: name.span,
                        });
                        written::On::Names(names.collect())
                    }
                    written::On::All => written::On::All,
                };
                Meant::Written(At { value, span })
            }
        }
    }

    fn names_inside(&mut self, names: &[String], arguments: &mut Arguments) -> Vec<String> {
        let span = self.called.last().map_or_else(Span::default, |called| called.span);
        names.iter().map(|name| self.inside(name, span, arguments)).collect()
    }

    /// A connection's name inside the procedure. One that is a template over the caller's variables is handed to it as one
    /// more argument.
    fn inside(&mut self, name: &str, span: Span, arguments: &mut Arguments) -> String {
        if !is_template(name) {
            return name.to_owned();
        }
        let hidden = format!("{HIDDEN}{}", arguments.len());
        let template = self.template(name, span);
        arguments.push((hidden.clone(), JsonTemplate::text(template)));
        let called = self.called.last_mut().expect("this is asked inside a call");
        called.texts.insert(hidden.clone(), name.to_owned());
        format!("{{{{ {hidden} }}}}")
    }

    /// A connection is used: each branch around that did not open it itself is lent it. A branch around a call is lent
    /// what the caller calls it.
    pub(super) fn lend(&mut self, name: &str, need: Need, mut span: Span) {
        let mut name = name.to_owned();
        let mut end = self.lent.len();
        for at in (0..self.called.len()).rev() {
            let begin = self.called[at].lent;
            self.lend_to(begin..end, &name, need, span);
            end = begin;
            if end == 0 {
                return;
            }
            match self.called[at].outside(&name) {
                Some(outside) => (name, span) = (outside, self.called[at].span),
                // It may be the name of a connection that the branch opened itself.
                None if self.open.unknown => return,
                None => {
                    let text = format!(
                        "which connections a branch uses must be known when it begins; `{name}` is only known in the procedure"
                    );
                    let help = "hand the procedure the whole name of the connection, or give the call an `on`";
                    return self.all.mistake(Mistake::new(span, text).help(help));
                }
            }
        }
        self.lend_to(0..end, &name, need, span);
    }
}

/// The parameters whose values are written as texts.
fn texts(with: &[(At<String>, Node)]) -> BTreeMap<String, String> {
    let texts = with.iter().filter_map(|(name, value)| match &value.value {
        Json::String(text) => Some((name.value.clone(), text.clone())),
        _ => None,
    });
    texts.collect()
}
