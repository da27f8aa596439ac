//! `unused-variable`: what is kept and never looked at.
//!
//! Owns which names count as used. A name is looked for in all that its actor does, a constant in the whole file, so that
//! nothing is warned of that some way through the steps may use.

use std::collections::BTreeSet;

use super::walk::{self, Part};
use super::{Code, Warning, matching, texts};
use crate::scenario::written::{Actor, Json, Node, Scenario, Span, VarValue};
use crate::wire::template::{Expression, Path, Template};

/// What can be done about a name that is no capture.
const EXEMPT: &str = "use it or take it away; a name that begins with `_` is left alone";

/// A place where a name gets its value.
struct Kept {
    name: String,
    span: Span,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Captured,
    Set,
    State,
}

/// Names in use: the first parts of variables, and those of the actor's own as `actor.name`.
#[derive(Default)]
struct Uses {
    names: BTreeSet<String>,
}

pub(super) fn check(scenario: &Scenario, warnings: &mut Vec<Warning>) {
    let mut everywhere = Uses::default();
    let values = scenario.vars.iter().map(|var| &var.value);
    let rows = scenario.data.iter().map(|data| &data.value);
    for value in values.chain(rows) {
        if let VarValue::Json(value) = value {
            everywhere.value(value);
        }
    }
    // A named matcher may be used by anybody, and what a procedure uses is used wherever it is called.
    let mut named = Uses::default();
    for (_, matcher) in &scenario.matchers {
        texts::texts(&matcher.value, &mut |text| named.text(text));
    }
    for saying in scenario
        .invariants
        .iter()
        .flat_map(|invariant| invariant.rule.sayings())
    {
        texts::texts(&saying.matcher.value, &mut |text| everywhere.text(text));
    }
    for procedure in &scenario.procedures {
        walk::visit(&procedure.steps, &mut |part| look_at(part, &mut named, &mut Vec::new()));
        procedure
            .result
            .iter()
            .flatten()
            .for_each(|(_, value)| named.value(value));
    }
    everywhere.names.extend(named.names.iter().cloned());
    for actor in &scenario.actors {
        let mut own = Uses {
            names: named.names.clone(),
        };
        let mut kept = Vec::new();
        look_through(actor, &mut own, &mut kept);
        everywhere.names.extend(own.names.iter().cloned());
        unused(kept, &own, warnings);
    }
    for var in &scenario.vars {
        let name = &var.name.value;
        // What was included serves other scenarios too.
        let is_own = scenario
            .actors
            .first()
            .is_none_or(|actor| actor.name.span.file == var.name.span.file);
        if is_own && !is_exempt(name) && !everywhere.names.contains(name) {
            let text = format!("nothing uses the constant `{name}`");
            warnings.push(Warning::new(Code::UnusedVariable, var.name.span, text).help(EXEMPT));
        }
    }
}

/// All that an actor uses and keeps.
fn look_through(actor: &Actor, uses: &mut Uses, kept: &mut Vec<Kept>) {
    for (name, value) in &actor.state {
        uses.value(value);
        kept.push(Kept {
            name: format!("actor.{}", name.value),
            span: name.span,
            what: What::State,
        });
    }
    actor.count.iter().for_each(|count| uses.value(count));
    for endpoint in &actor.listen {
        endpoint.port.iter().for_each(|port| uses.value(port));
    }
    walk::visit_actor(actor, &mut |part| look_at(part, uses, kept));
}

/// What one part uses and keeps.
fn look_at(part: Part<'_>, uses: &mut Uses, kept: &mut Vec<Kept>) {
    match part {
        Part::Text(text) => uses.text(text),
        Part::Condition(condition) => uses.condition(condition),
        Part::Value(value) => uses.value(value),
        Part::Set(path) => {
            let Ok(compiled) = Path::compile(&path.value) else {
                return;
            };
            uses.names.extend(compiled.names().iter().map(|name| used(name)));
            let name = match (compiled.first(), compiled.second()) {
                ("actor", Some(cell)) => format!("actor.{cell}"),
                (name, _) => name.to_owned(),
            };
            kept.push(Kept {
                name,
                span: path.span,
                what: What::Set,
            });
        }
        Part::Unset(path) => {
            if let Ok(compiled) = Path::compile(&path.value) {
                uses.names.extend(compiled.names().iter().map(|name| used(name)));
            }
        }
        Part::Kept(name) => kept.push(Kept {
            name: name.value.clone(),
            span: name.span,
            what: What::Captured,
        }),
        Part::Matcher(_) | Part::Served(_) => {
            let captures = uses.guarded(part);
            for (name, span) in &captures {
                let is_compared = captures.iter().filter(|(other, _)| other == name).count() > 1;
                if !is_compared {
                    kept.push(Kept {
                        name: name.clone(),
                        span: *span,
                        what: What::Captured,
                    });
                }
            }
        }
        Part::Step(_) | Part::Alternative(_) => {}
    }
}

/// One warning for each name, where it first gets a value.
fn unused(kept: Vec<Kept>, uses: &Uses, warnings: &mut Vec<Warning>) {
    let mut told = BTreeSet::new();
    for Kept { name, span, what } in kept {
        let own = name.strip_prefix("actor.");
        let is_used = uses.names.contains(&name) || (own.is_some() && uses.names.contains("actor"));
        if is_used || is_exempt(own.unwrap_or(&name)) || !told.insert(name.clone()) {
            continue;
        }
        let (text, help) = match what {
            What::Captured => (
                format!("`{name}` is captured, and nothing uses it"),
                format!("use it, or call it `_{name}` where only its place counts"),
            ),
            What::Set => (format!("`{name}` is set, and nothing uses it"), EXEMPT.to_owned()),
            What::State => (
                format!("`{name}` has a first value, and nothing uses it"),
                EXEMPT.to_owned(),
            ),
        };
        warnings.push(Warning::new(Code::UnusedVariable, span, text).help(help));
    }
}

fn is_exempt(name: &str) -> bool {
    name.starts_with('_')
}

/// What a name in an expression is a use of.
fn used(name: &str) -> String {
    let mut parts = name.split('.');
    match (parts.next(), parts.next()) {
        (Some("actor"), Some(cell)) => format!("actor.{cell}"),
        (first, _) => first.unwrap_or_default().to_owned(),
    }
}

impl Uses {
    fn text(&mut self, text: &str) {
        if let Ok(template) = Template::compile(text) {
            self.names.extend(template.names().iter().map(|name| used(name)));
        }
    }

    fn condition(&mut self, condition: &str) {
        if let Ok(expression) = Expression::compile(condition) {
            self.names.extend(expression.names().iter().map(|name| used(name)));
        }
    }

    fn value(&mut self, value: &Node) {
        match &value.value {
            Json::String(text) => self.text(text),
            Json::Array(elements) => elements.iter().for_each(|element| self.value(element)),
            Json::Object(members) => members.iter().for_each(|(_, member)| self.value(member)),
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// What a matcher uses; what it captures is given back.
    fn guarded(&mut self, part: Part<'_>) -> Vec<(String, Span)> {
        match part {
            Part::Matcher(matcher) => {
                texts::texts(&matcher.value, &mut |text| self.text(text));
                matching::captures(matcher)
            }
            Part::Served(request) => {
                texts::served_texts(request, &mut |text| self.text(text));
                matching::served_captures(request)
            }
            _ => Vec::new(),
        }
    }
}
