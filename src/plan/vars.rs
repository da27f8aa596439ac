//! `vars`: the constants of a scenario, and values that depend on nothing else.

use std::sync::Arc;

use serde_json::Value as Json;

use super::compile::{Compiler, ROW};
use super::names;
use super::texts;
use crate::draw::Draw;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Node, Span, Var, VarValue};
use crate::wire::template::{self, Scope, Template, World};

impl Compiler<'_> {
    /// Evaluates `vars` in order, each over those before it.
    pub(super) fn compile_vars(&mut self, vars: &[Var], overrides: &[(String, String)]) {
        for (name, _) in overrides {
            if !vars.iter().any(|var| var.name.value == *name) {
                let text = format!("`--var {name}=…`: `vars` has no `{name}`");
                let allowed = vars.iter().map(|var| var.name.value.as_str());
                self.mistake(Mistake::new(Span::default(), text).did_you_mean(name, allowed));
            }
        }
        for var in vars {
            names::check_new(self, &var.name);
            if var.name.value == ROW && self.columns.is_some() {
                continue;
            }
            let given = overrides.iter().rev().find(|(name, _)| *name == var.name.value);
            let value = match (given, &var.value) {
                (Some((_, text)), _) => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone())),
                (None, VarValue::Json(node)) => self.constant(node).unwrap_or_default(),
                (None, VarValue::File(At { value, .. })) => value.clone(),
            };
            self.vars.push((var.name.value.clone(), Arc::new(value)));
        }
    }

    /// The value of what depends on constants alone; `None` where there is a mistake.
    pub(super) fn constant(&mut self, node: &Node) -> Option<Json> {
        let before = self.mistakes.len();
        let value = texts::json_template(node, &mut |text, span| self.constant_template(text, span));
        if self.mistakes.len() > before {
            return None;
        }
        let value = value.json(&Constants(&self.vars));
        value
            .map_err(|error| self.mistake(Mistake::new(node.span, error.text)))
            .ok()
    }

    /// A template over constants.
    fn constant_template(&mut self, text: &str, span: Span) -> Template {
        let template = self.compile_template(text, span);
        self.refuse_generators(template.generates(), "what is evaluated before the run", span);
        for whole in template.names() {
            let mut parts = whole.split('.');
            let name = parts.next().unwrap_or(whole);
            if name == ROW
                && let Some(column) = parts.next()
                && self.is_constant(ROW)
            {
                self.check_column(column, names::place_in(self.sources, text, span, whole));
            }
            if !self.vars.iter().any(|(var, _)| var == name) {
                let found = names::place_in(self.sources, text, span, name);
                if name == ROW {
                    let mistake = match self.columns.is_some() {
                        true => Mistake::new(
                            found,
                            "`row` is not defined here: `vars` and `data` are the same for all cases",
                        ),
                        false => names::no_row(found, false),
                    };
                    self.mistake(mistake);
                    continue;
                }
                let text = format!("`{name}` is not defined here; only earlier `vars` are");
                let allowed = self.vars.iter().map(|(var, _)| var.as_str());
                let mistake = Mistake::new(found, text).did_you_mean(name, allowed);
                self.mistake(mistake);
            }
        }
        template
    }
}

/// A scope of constants.
struct Constants<'a>(&'a [(String, Arc<Json>)]);

impl Scope for Constants<'_> {
    fn value(&self, name: &str) -> Option<minijinja::Value> {
        let (_, value) = self.0.iter().find(|(var, _)| var == name)?;
        Some(template::value(value))
    }

    fn world(&self) -> Arc<dyn World> {
        Arc::new(Before)
    }
}

/// The world before the run: no endpoint has an address yet, and nothing is drawn.
#[derive(Debug)]
struct Before;

impl World for Before {
    fn draw(&self, purpose: &str) -> Draw {
        Draw::keyed(0, purpose, "vars", 0)
    }

    fn address(&self, _endpoint: &str) -> Option<crate::ident::Address> {
        None
    }
}
