//! What a received message must look like.

use super::Decoder;
use super::shape::{Fields, Shape};
use crate::scenario::data;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Control, Json, Matcher, Node};

const MATCHER: Shape = Shape {
    what: "a matcher",
    keys: &[
        ("text", "exactly this text"),
        ("json", "JSON in which every member given here is there and matches"),
        ("json_exact", "JSON with these members and no others"),
        ("schema", "JSON that is valid against the JSON Schema in this file"),
        ("contains", "text somewhere inside"),
        ("pattern", "text with places to capture, such as \"JOIN {name}\""),
        ("regex", "a regular expression for the whole message"),
        ("hex", "bytes in hexadecimal, `??` for any byte"),
        ("base64", "exactly these bytes, in base64"),
        ("file", "exactly what a file holds"),
        ("fill", "exactly one byte again and again"),
        ("size", "the size in bytes, or the least and the most"),
        ("any", "anything: `true`"),
        ("one_of", "at least one of these matchers"),
        ("all_of", "each of these matchers"),
        ("not", "anything that this matcher doesn't match"),
        ("is", "the name of one of `matchers`"),
        ("form", "a form with at least these fields"),
        ("message", "a binary message of this name"),
        ("with", "what the fields of that message must look like, by name"),
        ("ping", "a ping of a WebSocket with this payload, `true` for any"),
        ("pong", "a pong of a WebSocket with this payload, `true` for any"),
        ("line", "the start line, where messages have a head"),
        ("headers", "headers by name, where messages have a head"),
        (UNTIL, "\"closed\": all that comes until the connection's end"),
    ],
    later: &[],
};

const UNTIL: &str = "until";

const SIZE: Shape = Shape {
    what: "a `size`",
    keys: &[("min", "the least number of bytes"), ("max", "the most bytes")],
    later: &[],
};

impl Decoder<'_> {
    /// A text, lines, or an object with one kind of matcher.
    pub(super) fn matcher(&mut self, node: &Node) -> Option<At<Matcher>> {
        let matcher = self.inner_matcher(node)?;
        let Some((_, until)) = Fields::of(node, MATCHER.what, MATCHER.keys).member(UNTIL) else {
            return Some(matcher);
        };
        self.word(until, &[("closed", ())], &[])?;
        Some(At {
            span: node.span,
            value: Matcher::UntilClosed(Box::new(matcher)),
        })
    }

    /// A matcher inside another one.
    pub(super) fn nested(&mut self, node: &Node) -> Option<At<Matcher>> {
        if let Some((key, _)) = Fields::of(node, MATCHER.what, MATCHER.keys).member(UNTIL) {
            self.wrong(Mistake::new(key.span, "`until` stands in the outermost matcher only"));
        }
        self.inner_matcher(node)
    }

    fn inner_matcher(&mut self, node: &Node) -> Option<At<Matcher>> {
        let value = match &node.value {
            Json::String(_) | Json::Array(_) => Matcher::Payload(self.payload(node)?.value),
            Json::Object(members) => {
                if let Some((key, _)) = members.iter().find(|(key, _)| is_for_sending(&key.value)) {
                    let text = format!("`{}` can be sent, but nothing can be compared with it", key.value);
                    self.wrong(Mistake::new(key.span, text));
                    return None;
                }
                let fields = self.object(node, &MATCHER)?;
                let kinds = body_kinds();
                match fields.get("line").or_else(|| fields.get("headers")) {
                    Some(_) => {
                        self.refuse_message(&fields);
                        self.headed_matcher(&fields, &kinds)?
                    }
                    None => {
                        let (kind, value) = self.one(&fields, &super::payload::kinds(&kinds), "kind")?;
                        self.check_with(&fields);
                        match kind.value.as_str() {
                            "message" => Matcher::Message {
                                name: self.words(value, "the name of a message")?,
                                with: self.fields_of_message(&fields)?,
                            },
                            kind => self.matcher_of(kind, value)?,
                        }
                    }
                }
            }
            _ => {
                self.unlike(node, "a matcher: a string, a list of lines or an object");
                return None;
            }
        };
        Some(At { value, span: node.span })
    }

    pub(super) fn matcher_of(&mut self, kind: &str, node: &Node) -> Option<Matcher> {
        match kind {
            "json" | "json_exact" => Some(Matcher::Json {
                value: node.clone(),
                exact: kind == "json_exact",
            }),
            "schema" => self.schema(node),
            "contains" => Some(Matcher::Contains(self.words(node, "a text to look for")?)),
            "pattern" => Some(Matcher::Pattern(self.words(node, "a pattern such as \"JOIN {name}\"")?)),
            "regex" => Some(Matcher::Regex(self.words(node, "a regular expression")?)),
            "hex" => Some(Matcher::Hex(self.hex(node, true)?)),
            "size" => self.size_range(node),
            "any" => {
                self.yes(node)?;
                Some(Matcher::Any)
            }
            "one_of" => Some(Matcher::OneOf(self.matchers(node)?)),
            "all_of" => Some(Matcher::AllOf(self.matchers(node)?)),
            "not" => Some(Matcher::Not(Box::new(self.nested(node)?))),
            "is" => Some(Matcher::Named(self.words(node, "the name of a matcher")?)),
            "form" => {
                self.members(node, "an object of a form's fields by name")?;
                Some(Matcher::Form(node.clone()))
            }
            "ping" => Some(Matcher::Control(Control::Ping, self.control_matcher(node)?)),
            "pong" => Some(Matcher::Control(Control::Pong, self.control_matcher(node)?)),
            _ => self.payload_of(kind, node).map(Matcher::Payload),
        }
    }

    /// What a ping or pong must hold; `true` for anything.
    fn control_matcher(&mut self, node: &Node) -> Option<Option<Box<At<Matcher>>>> {
        match node.value {
            Json::Bool(true) => Some(None),
            _ => Some(Some(Box::new(self.nested(node)?))),
        }
    }

    fn schema(&mut self, node: &Node) -> Option<Matcher> {
        let name = self.words(node, "the name of a file with a JSON Schema")?;
        match data::json(self.files, &name) {
            Ok(schema) => Some(Matcher::Schema { name, schema }),
            Err(mistakes) => {
                mistakes.into_iter().for_each(|mistake| self.wrong(mistake));
                None
            }
        }
    }

    fn matchers(&mut self, node: &Node) -> Option<Vec<At<Matcher>>> {
        let parts = self.list(node, "matchers")?;
        let matchers: Vec<_> = parts.iter().map(|part| self.nested(part)).collect();
        matchers.into_iter().collect()
    }

    fn size_range(&mut self, node: &Node) -> Option<Matcher> {
        if !matches!(node.value, Json::Object(_)) {
            let size = self.bytes(node)?.value;
            return Some(Matcher::Size {
                min: size,
                max: Some(size),
            });
        }
        let fields = self.object(node, &SIZE)?;
        let min = fields.get("min").map(|node| self.bytes(node));
        let max = fields.get("max").map(|node| self.bytes(node));
        if min.is_none() && max.is_none() {
            self.unlike(node, "`min`, `max` or both");
            return None;
        }
        let min = min.map_or(Some(0), |min| min.map(|min| min.value));
        let max = super::framing::transpose(max);
        let (min, max) = (min?, max?);
        if let Some(max) = max.as_ref().filter(|max| max.value < min) {
            self.wrong(Mistake::new(max.span, "the most is less than the least"));
            return None;
        }
        Some(Matcher::Size {
            min,
            max: max.map(|max| max.value),
        })
    }
}

/// The kinds of a matcher, each of which can be that of a body.
pub(super) fn body_kinds() -> Vec<&'static str> {
    let kinds = MATCHER.keys.iter().map(|(key, _)| *key);
    kinds
        .filter(|key| ![UNTIL, "line", "headers", "message", "with", "ping", "pong"].contains(key))
        .collect()
}

/// Payloads that no message can be compared with.
fn is_for_sending(key: &str) -> bool {
    key == "random" || key == "copy"
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("matcher", &MATCHER), ("sizeRange", &SIZE)];
