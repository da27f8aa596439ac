//! `data` and `mask`: what a scenario is played for, and what its diagrams show as something else.

use super::Decoder;
use super::shape::Shape;
use super::value::found;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Json, MaskEntry, Node, VarValue};

/// How many rows there may be.
const MOST_ROWS: usize = 10_000;

/// How long may be what a mask shows, in characters.
const LONGEST_MASK: usize = 40;

const MASK: Shape = Shape {
    what: "a mask",
    keys: &[
        ("regex", "a regular expression for what is not to be shown"),
        ("as", "what is shown instead, such as \"<id>\""),
        (
            "builtin",
            "`false`: no built-in masks for dates, times, UUIDs and ports",
        ),
        ("captures", "`false`: captured values are shown as they are"),
    ],
    later: &[],
};

impl Decoder<'_> {
    /// Rows: in place, of a file, or of a constant.
    pub(super) fn data(&mut self, node: &Node) -> Option<At<VarValue>> {
        let value = match &node.value {
            Json::Array(rows) => self.rows(node, rows).then(|| VarValue::Json(node.clone())),
            Json::Object(members) if matches!(members.as_slice(), [(key, _)] if key.value == "file") => self.var(node),
            _ if Self::is_template(node) => Some(VarValue::Json(node.clone())),
            _ => {
                let allowed = "a list of rows, an object with `file`, or a template that gives rows";
                self.unlike(node, allowed);
                None
            }
        };
        value.map(|value| At { value, span: node.span })
    }

    fn rows(&mut self, node: &Node, rows: &[Node]) -> bool {
        if rows.is_empty() || rows.len() > MOST_ROWS {
            let text = format!("expected 1 to {MOST_ROWS} rows, found {}", rows.len());
            self.wrong(Mistake::new(node.span, text));
            return false;
        }
        let mut sound = true;
        for row in rows {
            if !matches!(row.value, Json::Object(_)) {
                let text = format!("a row is an object with members by name, and this is {}", found(row));
                self.wrong(Mistake::new(row.span, text));
                sound = false;
            }
        }
        sound
    }

    /// The masks, in order.
    pub(super) fn mask(&mut self, node: &Node) -> Vec<MaskEntry> {
        let entries = self.list(node, "masks").unwrap_or_default();
        entries.iter().filter_map(|entry| self.mask_entry(entry)).collect()
    }

    fn mask_entry(&mut self, node: &Node) -> Option<MaskEntry> {
        let fields = self.object(node, &MASK)?;
        let kinds = ["regex", "builtin", "captures"];
        let (kind, value) = self.one(&fields, &kinds, "`regex`, `builtin` or `captures`")?;
        if kind.value != "regex" {
            if let Some((key, _)) = fields.member("as") {
                self.wrong(Mistake::new(key.span, "`as` stands beside `regex` only"));
            }
            let entry = match kind.value.as_str() {
                "builtin" => MaskEntry::Builtin,
                _ => MaskEntry::Captures,
            };
            return self.truth(value).map(entry);
        }
        let regex = self.words(value, "a regular expression");
        let shown = self.need(&fields, "as").and_then(|node| self.shown(node));
        Some(MaskEntry::Rule {
            regex: regex?,
            shown: shown?,
        })
    }

    fn shown(&mut self, node: &Node) -> Option<String> {
        let text = self.words(node, "what is shown instead, such as \"<id>\"")?.value;
        let length = text.chars().count();
        let wrong = if length > LONGEST_MASK {
            format!("what a mask shows has {LONGEST_MASK} characters at the most, and this has {length}")
        } else if text.chars().any(char::is_control) {
            "what a mask shows has no control characters".to_owned()
        } else {
            return Some(text);
        };
        self.wrong(Mistake::new(node.span, wrong));
        None
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("mask", &MASK)];
