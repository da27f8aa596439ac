//! What is written once and used in several places: `include`, `messages`, `matchers`, `procedures`, and the verb `call`.
//!
//! Owns what an included file may hold, and that no name is given twice. Does not own which files may be read (`files`),
//! nor what the names refer to (`plan`).

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::syntax::{self, Remarks};
use crate::scenario::written::{At, Layout, Matcher, Node, Procedure, Var, Verb};

const INCLUDED: Shape = Shape {
    what: "an included file",
    keys: &[
        ("$schema", "the JSON Schema, for editors"),
        ("wiretale", "the format's version, 1"),
        (
            "include",
            "files whose `vars`, `messages`, `matchers` and `procedures` are added",
        ),
        ("vars", "constants"),
        ("messages", "layouts of binary messages by name"),
        ("matchers", "matchers by name"),
        ("procedures", "steps by name, to be called"),
    ],
    later: &[],
};

const PROCEDURE: Shape = Shape {
    what: "a procedure",
    keys: &[
        ("with", "the names of its parameters"),
        ("do", "its steps"),
        ("result", "what it gives to who calls it: values by name"),
    ],
    later: &[],
};

/// What files share with each other.
#[derive(Default)]
pub(super) struct Reused {
    pub(super) vars: Vec<Var>,
    pub(super) layouts: Vec<Layout>,
    pub(super) matchers: Vec<(At<String>, At<Matcher>)>,
    pub(super) procedures: Vec<Procedure>,
}

impl Decoder<'_> {
    /// What a scenario has of its own and from the files that it includes, no name twice.
    pub(super) fn reused(&mut self, fields: &Fields<'_>) -> Reused {
        let mut reused = Reused::default();
        self.add_reused(fields, &mut reused);
        self.once("constant", reused.vars.iter().map(|var| &var.name));
        self.once("message", reused.layouts.iter().map(|layout| &layout.name));
        self.once("matcher", reused.matchers.iter().map(|(name, _)| name));
        self.once("procedure", reused.procedures.iter().map(|procedure| &procedure.name));
        reused
    }

    /// The layouts of a file and of those that it includes, no name twice.
    pub(super) fn only_layouts(&mut self, node: &Node) -> Vec<Layout> {
        if self.members(node, "an object with `messages`").is_none() {
            return Vec::new();
        }
        let mut reused = Reused::default();
        self.add_reused(&Fields::of(node, INCLUDED.what, INCLUDED.keys), &mut reused);
        self.once("message", reused.layouts.iter().map(|layout| &layout.name));
        reused.layouts
    }

    /// What a file includes comes before what it has itself.
    fn add_reused(&mut self, fields: &Fields<'_>, reused: &mut Reused) {
        let files = fields
            .get("include")
            .and_then(|node| self.list(node, "files to include"));
        for node in files.unwrap_or_default() {
            if let Some(name) = self.words(node, "the name of a file") {
                self.include(&name, reused);
            }
        }
        if let Some(vars) = fields.get("vars").and_then(|node| self.vars(node)) {
            reused.vars.extend(vars);
        }
        if let Some(node) = fields.get("messages") {
            let layouts = self.layouts(node);
            reused.layouts.extend(layouts);
        }
        if let Some(node) = fields.get("matchers") {
            self.named_matchers(node, reused);
        }
        if let Some(node) = fields.get("procedures") {
            self.procedures(node, reused);
        }
    }

    fn include(&mut self, name: &At<String>, reused: &mut Reused) {
        let (text, file) = match self.files.include(name) {
            Ok(Some(read)) => read,
            Ok(None) => return,
            Err(mistake) => return self.wrong(mistake),
        };
        match syntax::parse(&text, file, Remarks::Drop) {
            Ok((node, mistakes)) => {
                mistakes.into_iter().for_each(|mistake| self.wrong(mistake));
                self.included(&node, reused);
            }
            Err(mistake) => self.wrong(mistake),
        }
        self.files.leave();
    }

    fn included(&mut self, node: &Node, reused: &mut Reused) {
        let Some(members) = self.members(node, "an included file: an object") else {
            return;
        };
        for (key, _) in members {
            let name = key.value.as_str();
            if INCLUDED.keys.iter().any(|(known, _)| *known == name) {
                continue;
            }
            match super::top::is_known(name) && !INCLUDED.later.contains(&name) {
                true => {
                    let text = format!("`{name}` has no place in an included file");
                    let help =
                        "it gives `vars`, `messages`, `matchers` and `procedures`; all else is the scenario's own";
                    self.wrong(Mistake::new(key.span, text).help(help));
                }
                false => {
                    let allowed = INCLUDED.keys.iter().map(|(known, _)| *known);
                    self.unknown(key, INCLUDED.what, allowed, INCLUDED.later);
                }
            }
        }
        let fields = Fields::of(node, INCLUDED.what, INCLUDED.keys);
        self.about_format(&fields);
        self.add_reused(&fields, reused);
    }

    /// The later one of two with the same name is a mistake.
    fn once<'n>(&mut self, what: &str, names: impl Iterator<Item = &'n At<String>>) {
        let mut known = std::collections::BTreeMap::new();
        for name in names {
            match known.get(&name.value) {
                None => _ = known.insert(name.value.clone(), name.span),
                Some(&first) => {
                    let text = format!("there are two {what}s called `{}`", name.value);
                    self.wrong(Mistake::new(name.span, text).note(first, "the other one is here"));
                }
            }
        }
    }

    fn named_matchers(&mut self, node: &Node, reused: &mut Reused) {
        let members = self.members(node, "an object of matchers by name");
        for (name, node) in members.unwrap_or_default() {
            let named = self.reused_name(name, "matcher");
            if let (true, Some(matcher)) = (named, self.nested(node)) {
                reused.matchers.push((name.clone(), matcher));
            }
        }
    }

    fn procedures(&mut self, node: &Node, reused: &mut Reused) {
        let members = self.members(node, "an object of procedures by name");
        for (name, node) in members.unwrap_or_default() {
            let named = self.reused_name(name, "procedure");
            if let (true, Some(procedure)) = (named, self.procedure(name, node)) {
                reused.procedures.push(procedure);
            }
        }
    }

    pub(super) fn reused_name(&mut self, name: &At<String>, what: &str) -> bool {
        let wrong = match name.value.as_str() {
            "" => "is empty",
            text if text.contains("{{") => "is no template: it is known before the run",
            _ => return true,
        };
        self.wrong(Mistake::new(name.span, format!("the name of the {what} {wrong}")));
        false
    }

    fn procedure(&mut self, name: &At<String>, node: &Node) -> Option<Procedure> {
        let fields = self.object(node, &PROCEDURE)?;
        let with = fields.get("with").map(|node| self.parameters(node));
        let steps = self.need(&fields, "do").and_then(|node| self.steps(node));
        let result = fields.get("result").map(|node| self.results(node));
        Some(Procedure {
            name: name.clone(),
            with: transpose(with)?.unwrap_or_default(),
            steps: steps?,
            result: transpose(result)?,
        })
    }

    fn parameters(&mut self, node: &Node) -> Option<Vec<At<String>>> {
        let names = self.texts(node, "names of parameters")?;
        for (place, name) in names.iter().enumerate() {
            self.variable(name)?;
            if let Some(first) = names.iter().take(place).find(|first| first.value == name.value) {
                let text = format!("two parameters are called `{}`", name.value);
                self.wrong(Mistake::new(name.span, text).note(first.span, "the other one is here"));
                return None;
            }
        }
        Some(names)
    }

    fn results(&mut self, node: &Node) -> Option<Vec<(At<String>, Node)>> {
        let members = self.some_members(
            node,
            "an object of values by name, such as { \"token\": \"{{ token }}\" }",
        )?;
        let results: Vec<_> = members
            .iter()
            .map(|(name, node)| Some((self.variable(name)?, node.clone())))
            .collect();
        results.into_iter().collect()
    }

    /// The verb `call`.
    pub(super) fn call(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Verb> {
        let name = self.words(node, "the name of a procedure");
        let with = fields.get("with").map(|node| {
            Some(
                self.members(node, "an object of values for parameters by name")?
                    .to_vec(),
            )
        });
        let result = fields.get("as").map(|node| self.variable_in(node));
        Some(Verb::Call {
            name: name?,
            with: transpose(with)?.unwrap_or_default(),
            result: transpose(result)?,
        })
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("included", &INCLUDED), ("procedure", &PROCEDURE)];
