//! Steps' access to variables: `set`, `unset`, `capture`.

use super::names::GIVEN_CELLS;
use super::step::Capture;
use super::strand::Strand;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Node, Span};
use crate::wire::template::{JsonTemplate, Path};

impl Strand<'_, '_> {
    pub(super) fn set(&mut self, path: &At<String>, value: &Node) -> (Path, JsonTemplate) {
        let value = self.json(value);
        let compiled = self.path(path);
        match (compiled.first(), compiled.second()) {
            ("actor", Some(cell)) => {
                self.check_cell_path(cell, path.span);
                self.cells.define(cell);
            }
            ("actor", None) => self.refuse_actor(path.span),
            (name, _) => self.define(&At {
                value: name.to_owned(),
                span: path.span,
            }),
        }
        (compiled, value)
    }

    pub(super) fn unset(&mut self, path: &At<String>) -> Path {
        let compiled = self.path(path);
        match (compiled.first(), compiled.second()) {
            ("actor", Some(cell)) => {
                self.check_cell_path(cell, path.span);
                self.cells.take(cell, path.span, self.all.way.clone());
            }
            ("actor", None) => self.refuse_actor(path.span),
            (name, _) => {
                let name = name.to_owned();
                self.all
                    .take_names(&[name], (&path.value, path.span), &mut self.names, self.cells);
            }
        }
        compiled
    }

    fn check_cell_path(&mut self, cell: &str, span: Span) {
        if GIVEN_CELLS.contains(&cell) {
            self.all
                .mistake(Mistake::new(span, format!("`actor.{cell}` is given and cannot be set")));
        }
    }

    fn refuse_actor(&mut self, span: Span) {
        let text = "which of the actor's variables must be known before the run: `actor.name` or `actor.name[key]`";
        self.all.mistake(Mistake::new(span, text));
    }

    /// What to keep of a message: each may use what is kept before it.
    pub(super) fn captures(&mut self, captures: &[(At<String>, At<String>)]) -> Vec<(String, Capture)> {
        let captures = captures.iter().map(|(name, what)| {
            let capture = match what.value.starts_with('$') {
                true => self.json_path(what),
                false => Capture::Expression(self.expression(what)),
            };
            self.define(name);
            (name.value.clone(), capture)
        });
        captures.collect()
    }

    fn json_path(&mut self, path: &At<String>) -> Capture {
        if let Err(error) = jsonpath_rust::parser::parse_json_path(&path.value) {
            let error = error.to_string();
            let reason = error
                .lines()
                .map(str::trim)
                .rfind(|line| !line.is_empty())
                .unwrap_or_default();
            let text = format!(
                "`{}` is no JSON path (RFC 9535): {}",
                path.value,
                reason.trim_start_matches("= ")
            );
            self.all.mistake(Mistake::new(path.span, text));
        }
        Capture::JsonPath(path.value.clone())
    }
}
