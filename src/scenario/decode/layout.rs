//! `messages`: layouts of binary messages.
//!
//! Owns the two ways to write a field, a string and an object, and which keys go together. Does not own types and the
//! fields that are named (`plan`).

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, FieldExtent, FieldKind, FieldType, Json, Layout, LayoutField, Node, Span};

const FIELD: Shape = Shape {
    what: "a field",
    keys: &[
        ("name", "what it is called"),
        ("type", "its type: \"u16\", \"b4\", \"utf8\", …, or a message"),
        ("of", "the type of a list's elements, or what a checksum is over"),
        ("prefix", "the type of a number before it that says how far it goes"),
        ("size", "how many bytes it has: a number or an expression"),
        ("count", "how many elements it has: a number or an expression"),
        ("until", "bytes in hexadecimal at which it ends"),
        ("size_of", "it is the size of \"rest\", \"all\" or a field"),
        ("add", "what is added to that size"),
        ("count_of", "it is the number of elements of a list"),
        ("when", "it is there only where this holds"),
        ("switch", "an expression that decides which type it has"),
        ("cases", "types by the value of `switch`"),
        ("else", "the type for all other values"),
        ("checksum", "it is a checksum: \"crc32\" or \"internet\""),
        ("value", "what it always is"),
    ],
    later: &[],
};

const TYPE: Shape = Shape {
    what: "a type",
    keys: &[
        ("type", "its name: \"u16\", \"utf8\", …, or a message"),
        ("of", "the type of a list's elements"),
        ("prefix", "the type of a number before it that says how far it goes"),
        ("size", "how many bytes it has: a number or an expression"),
        ("count", "how many elements it has: a number or an expression"),
        ("until", "bytes in hexadecimal at which it ends"),
    ],
    later: &[],
};

/// Words of expressions.
const KEYWORDS: [&str; 13] = [
    "true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else",
];

/// The names of checksums.
const CHECKSUMS: &[(&str, &str)] = &[("crc32", "crc32"), ("internet", "internet")];

/// What says how far something goes.
const EXTENTS: [&str; 4] = ["prefix", "size", "count", "until"];

impl Decoder<'_> {
    /// All layouts of a file.
    pub(super) fn layouts(&mut self, node: &Node) -> Vec<Layout> {
        let members = self.members(node, "an object of layouts by name").unwrap_or_default();
        let layouts = members.iter().filter_map(|(name, node)| {
            let named = self.reused_name(name, "message");
            let Json::Array(fields) = &node.value else {
                self.unlike(node, "a list of fields");
                return None;
            };
            let fields: Vec<_> = fields.iter().map(|field| self.field(field)).collect();
            let fields = fields.into_iter().collect::<Option<Vec<_>>>()?;
            named.then(|| Layout {
                name: name.clone(),
                fields,
            })
        });
        layouts.collect()
    }

    fn field(&mut self, node: &Node) -> Option<LayoutField> {
        match &node.value {
            Json::String(text) => self.short_field(text, node.span),
            Json::Object(_) => {
                let fields = self.object(node, &FIELD)?;
                self.field_of(&fields)
            }
            _ => {
                self.unlike(node, "a field: \"name: type\", \"name: type = value\" or an object");
                None
            }
        }
    }

    /// `name: type`, `name: type = value`.
    fn short_field(&mut self, text: &str, span: Span) -> Option<LayoutField> {
        let part = |from: usize, to: usize| {
            let found = &text[from..to];
            let start = from + (found.len() - found.trim_start().len());
            let value = found.trim().to_owned();
            // Behind an escape the places are others; the whole string is right then too.
            let is_plain = span.end - span.start == text.len() as u32 + 2;
            let span = match is_plain {
                true => Span {
                    start: span.start + 1 + start as u32,
                    end: span.start + 1 + (start + value.len()) as u32,
                    ..span
                },
                false => span,
            };
            At { value, span }
        };
        let Some(colon) = text.find(':') else {
            self.wrong(
                Mistake::new(span, "a field is written \"name: type\"; there is no `:` here")
                    .help("a field without more is `\"id: u16\"`, one that is always the same `\"kind: u8 = 3\"`"),
            );
            return None;
        };
        let equals = text[colon..].find('=').map(|at| at + colon);
        let name = self.field_name(&part(0, colon))?;
        let kind = part(colon + 1, equals.unwrap_or(text.len()));
        if kind.value.is_empty() {
            self.wrong(Mistake::new(span, format!("the field `{}` needs a type", name.value)));
            return None;
        }
        let value = equals.map(|at| {
            let value = part(at + 1, text.len());
            At {
                value: Json::String(value.value),
                span: value.span,
            }
        });
        Some(LayoutField {
            span,
            name,
            kind: FieldKind::One(FieldType {
                name: kind,
                of: None,
                extents: Vec::new(),
            }),
            when: None,
            value,
            size_of: None,
            add: None,
            count_of: None,
            checksum: None,
            over: Vec::new(),
        })
    }

    fn field_of(&mut self, fields: &Fields<'_>) -> Option<LayoutField> {
        let name = self.need(fields, "name").and_then(|node| {
            let name = self.text(node, "the name of a field")?;
            self.field_name(&name)
        });
        let checksum = fields.get("checksum").map(|node| {
            let value = self.word(node, CHECKSUMS, &[])?.to_owned();
            Some(At { value, span: node.span })
        });
        let over = match (fields.get("of"), &checksum) {
            (Some(node), Some(_)) => self.text_or_texts(node, "`rest`, `all` or names of fields"),
            _ => Some(Vec::new()),
        };
        let kind = match fields.member("switch") {
            Some((key, on)) => self.switch(fields, key, on),
            None => {
                for part in ["cases", "else"] {
                    if let Some((key, _)) = fields.member(part) {
                        self.wrong(Mistake::new(key.span, format!("`{part}` needs `switch`")));
                    }
                }
                let of = fields.get("of").filter(|_| checksum.is_none());
                self.typed(fields, of).map(FieldKind::One)
            }
        };
        let when = fields.get("when").map(|node| self.condition(node));
        let size_of = fields
            .get("size_of")
            .map(|node| self.words(node, "`rest`, `all` or the name of a field"));
        let add = fields.get("add").map(|node| self.signed(node));
        let count_of = fields
            .get("count_of")
            .map(|node| self.words(node, "the name of a list"));
        if let (Some((key, _)), None) = (fields.member("add"), fields.get("size_of")) {
            self.wrong(Mistake::new(key.span, "`add` needs `size_of`"));
        }
        let sources = ["value", "size_of", "count_of", "checksum"];
        let mut present = sources.iter().filter_map(|key| fields.member(key));
        if let (Some((first, _)), Some((second, _))) = (present.next(), present.next()) {
            let text = format!(
                "`{}` stands beside `{}`; a field has its value from one alone",
                second.value, first.value
            );
            self.wrong(Mistake::new(second.span, text).note(first.span, format!("`{}` stands here", first.value)));
            return None;
        }
        Some(LayoutField {
            span: fields.span,
            name: name?,
            kind: kind?,
            when: transpose(when)?,
            value: fields.get("value").cloned(),
            size_of: transpose(size_of)?,
            add: transpose(add)?,
            count_of: transpose(count_of)?,
            checksum: transpose(checksum)?,
            over: over?,
        })
    }

    fn switch(&mut self, fields: &Fields<'_>, key: &At<String>, on: &Node) -> Option<FieldKind> {
        for other in ["type", "of"] {
            if let Some((second, _)) = fields.member(other) {
                let text = format!("`{other}` stands beside `switch`, whose `cases` say the type");
                self.wrong(Mistake::new(second.span, text).note(key.span, "`switch` stands here"));
            }
        }
        let on = self.condition(on);
        let cases = self.need(fields, "cases").and_then(|node| {
            let members = self.some_members(node, "an object of types by value, such as { \"1\": \"ipv4\" }")?;
            let cases: Vec<_> = members
                .iter()
                .map(|(value, node)| Some((value.clone(), self.field_type(node)?)))
                .collect();
            cases.into_iter().collect::<Option<Vec<_>>>()
        });
        let other = fields.get("else").map(|node| self.field_type(node));
        let extents = self.extents(fields);
        Some(FieldKind::Switch {
            on: on?,
            cases: cases?,
            other: match other {
                Some(other) => Some(other?),
                None => None,
            },
            extents: extents?,
        })
    }

    /// A type by its name, or an object with its parts.
    fn field_type(&mut self, node: &Node) -> Option<FieldType> {
        match &node.value {
            Json::String(_) => Some(FieldType {
                name: self.words(node, "the name of a type")?,
                of: None,
                extents: Vec::new(),
            }),
            Json::Object(_) => {
                let fields = self.object(node, &TYPE)?;
                let of = fields.get("of");
                self.typed(&fields, of)
            }
            _ => {
                self.unlike(node, "the name of a type, or an object with `type`");
                None
            }
        }
    }

    fn typed(&mut self, fields: &Fields<'_>, of: Option<&Node>) -> Option<FieldType> {
        let name = self
            .need(fields, "type")
            .and_then(|node| self.words(node, "the name of a type"));
        let of = of.map(|node| self.field_type(node));
        let extents = self.extents(fields);
        Some(FieldType {
            name: name?,
            of: match of {
                Some(of) => Some(Box::new(of?)),
                None => None,
            },
            extents: extents?,
        })
    }

    fn extents(&mut self, fields: &Fields<'_>) -> Option<Vec<FieldExtent>> {
        let mut extents = Vec::new();
        let mut fine = true;
        for key in EXTENTS {
            let Some(node) = fields.get(key) else { continue };
            let extent = match key {
                "prefix" => self
                    .words(node, "the type of a number, such as \"u16\"")
                    .map(FieldExtent::Prefix),
                "until" => self.hex(node, false).map(FieldExtent::Until),
                key => self.formula(node).map(|text| match key {
                    "size" => FieldExtent::Size(text),
                    _ => FieldExtent::Count(text),
                }),
            };
            fine &= extent.is_some();
            extents.extend(extent);
        }
        fine.then_some(extents)
    }

    /// A number, or an expression that gives one.
    fn formula(&mut self, node: &Node) -> Option<At<String>> {
        match &node.value {
            Json::Number(number) if number.is_u64() => Some(At {
                value: number.to_string(),
                span: node.span,
            }),
            Json::String(_) => self.condition(node),
            _ => {
                self.unlike(node, "a whole number from 0, or an expression such as \"length - 4\"");
                None
            }
        }
    }

    fn field_name(&mut self, name: &At<String>) -> Option<At<String>> {
        let text = name.value.as_str();
        let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let wrong = if text.is_empty() || !letters || text.starts_with(|c: char| c.is_ascii_digit()) {
            "is no name of a field; those have letters, digits and `_`, and begin with no digit"
        } else if KEYWORDS.contains(&text) {
            "has a meaning of its own in expressions; no field can be called so"
        } else {
            return Some(name.clone());
        };
        self.wrong(Mistake::new(name.span, format!("`{text}` {wrong}")));
        None
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("layoutField", &FIELD), ("layoutType", &TYPE)];
