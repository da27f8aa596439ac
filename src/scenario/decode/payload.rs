//! What is sent.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::Decoder;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Control, Json, Node, Payload};

/// The most bytes that `fill` and `random` make, 1 GiB.
const MOST: u64 = 1 << 30;

const PAYLOAD: Shape = Shape {
    what: "a payload",
    keys: &[
        ("text", "text"),
        ("json", "a JSON value, written compactly"),
        ("hex", "bytes in hexadecimal"),
        ("base64", "bytes in base64"),
        ("file", "the name of a file whose bytes are sent"),
        ("fill", "one byte again and again"),
        ("random", "so many random bytes"),
        ("copy", "the last message received, byte for byte"),
        ("form", "fields of a form by name"),
        ("message", "the name of one of `messages`, whose bytes are sent"),
        ("with", "the fields of that message by name"),
        ("ping", "of a WebSocket: a ping with this payload, `true` for none"),
        ("pong", "of a WebSocket: a pong with this payload, `true` for none"),
        ("line", "the start line, before headers and a body"),
        ("headers", "headers by name, before a body"),
    ],
    later: LATER,
};

/// Payloads that this version does not have yet.
const LATER: &[&str] = &["status", "chunked", "cut_after", "raw"];

/// The messages of WebSocket's own.
const CONTROLS: [&str; 2] = ["ping", "pong"];

/// The kinds of a payload, each of which can be a body.
pub(super) const BODIES: &[&str] = &[
    "text", "json", "hex", "base64", "file", "fill", "random", "copy", "form",
];

/// The kinds of a payload or matcher: those that can be a body, and `message` and WebSocket's own, which cannot.
pub(super) fn kinds<'k>(bodies: &[&'k str]) -> Vec<&'k str> {
    bodies.iter().copied().chain(["message"]).chain(CONTROLS).collect()
}

const FILL: Shape = Shape {
    what: "a `fill`",
    keys: &[
        ("byte", "the byte, in hexadecimal"),
        ("size", "how many, such as \"64KiB\""),
    ],
    later: &[],
};

impl Decoder<'_> {
    /// A text, lines, or an object with one member.
    pub(super) fn payload(&mut self, node: &Node) -> Option<At<Payload>> {
        let value = match &node.value {
            Json::String(text) => Payload::Text(At {
                value: text.clone(),
                span: node.span,
            }),
            Json::Array(_) => Payload::Lines(self.texts(node, "lines")?),
            Json::Object(_) => {
                let fields = self.object(node, &PAYLOAD)?;
                match fields.get("line").or_else(|| fields.get("headers")) {
                    Some(_) => {
                        self.refuse_message(&fields);
                        self.headed_payload(&fields)?
                    }
                    None => {
                        let (kind, value) = self.one(&fields, &kinds(BODIES), "kind")?;
                        self.check_with(&fields);
                        match kind.value.as_str() {
                            "message" => Payload::Message {
                                name: self.words(value, "the name of a message")?,
                                with: self.fields_of_message(&fields)?,
                            },
                            kind => self.payload_of(kind, value)?,
                        }
                    }
                }
            }
            _ => {
                self.unlike(node, "a payload: a string, a list of lines or an object");
                return None;
            }
        };
        Some(At { value, span: node.span })
    }

    /// The fields of a message, where some are given.
    pub(super) fn fields_of_message(&mut self, fields: &Fields<'_>) -> Option<Option<Node>> {
        let Some(node) = fields.get("with") else {
            return Some(None);
        };
        match &node.value {
            Json::Object(_) => Some(Some(node.clone())),
            Json::String(_) if Self::is_template(node) => Some(Some(node.clone())),
            _ => {
                self.unlike(node, "an object of a message's fields by name");
                None
            }
        }
    }

    /// `with` stands beside `message` alone.
    pub(super) fn check_with(&mut self, fields: &Fields<'_>) {
        if let (Some((key, _)), None) = (fields.member("with"), fields.get("message")) {
            self.wrong(Mistake::new(key.span, "`with` needs `message`, whose fields it gives"));
        }
    }

    /// A binary message stands alone: it is no body.
    pub(super) fn refuse_message(&mut self, fields: &Fields<'_>) {
        for part in ["message", "with"] {
            if let Some((key, _)) = fields.member(part) {
                let text = format!("`{part}` stands beside `line` or `headers`; a binary message is no body");
                self.wrong(Mistake::new(key.span, text));
            }
        }
    }

    /// A payload by its kind; the matchers have these too.
    pub(super) fn payload_of(&mut self, kind: &str, node: &Node) -> Option<Payload> {
        match kind {
            "text" if matches!(node.value, Json::Array(_)) => Some(Payload::Lines(self.texts(node, "lines")?)),
            "text" => Some(Payload::Text(self.text(node, "a string or a list of lines")?)),
            "json" => Some(Payload::Json(node.clone())),
            "hex" => Some(Payload::Hex(self.hex(node, false)?)),
            "base64" => self.base64(node),
            "file" => {
                let name = self.words(node, "the name of a file")?;
                match self.files.read(&name) {
                    Ok(bytes) => Some(Payload::File { name, bytes }),
                    Err(mistake) => {
                        self.wrong(mistake);
                        None
                    }
                }
            }
            "fill" => self.fill(node),
            "random" => Some(Payload::Random(self.made(node)?)),
            "form" => {
                self.members(node, "an object of a form's fields by name")?;
                Some(Payload::Form(node.clone()))
            }
            "ping" => Some(Payload::Control(Control::Ping, self.controlled(node)?)),
            "pong" => Some(Payload::Control(Control::Pong, self.controlled(node)?)),
            _ => {
                self.yes(node)?;
                Some(Payload::Copy)
            }
        }
    }

    /// What a ping or pong holds; `true` for nothing.
    fn controlled(&mut self, node: &Node) -> Option<Option<Box<At<Payload>>>> {
        if matches!(node.value, Json::Bool(true)) {
            return Some(None);
        }
        if let Json::Object(members) = &node.value
            && let Some((key, _)) = members.iter().find(|(key, _)| !BODIES.contains(&key.value.as_str()))
        {
            let shape = "what a ping or pong holds";
            self.unknown(key, shape, BODIES.iter().copied(), &[]);
            return None;
        }
        Some(Some(Box::new(self.payload(node)?)))
    }

    /// Bytes in hexadecimal, blanks allowed between them; `any` allows `??`. Templates are looked at when they are filled in.
    pub(super) fn hex(&mut self, node: &Node, any: bool) -> Option<At<String>> {
        let text = self.text(node, "bytes in hexadecimal")?;
        if Self::is_template(node) {
            return Some(text);
        }
        let digits: Vec<char> = text.value.chars().filter(|c| !c.is_whitespace()).collect();
        let digit = |c: char| c.is_ascii_hexdigit() || (any && c == '?');
        let wrong = if let Some(c) = digits.iter().find(|&&c| !digit(c)) {
            format!("`{c}` is no hexadecimal digit")
        } else if digits.len() % 2 == 1 {
            "a byte has two hexadecimal digits; there is one too few or too many".to_owned()
        } else if digits.chunks(2).any(|byte| byte.contains(&'?') && byte != ['?', '?']) {
            "`??` stands for a whole byte".to_owned()
        } else {
            return Some(text);
        };
        self.wrong(Mistake::new(text.span, wrong));
        None
    }

    fn base64(&mut self, node: &Node) -> Option<Payload> {
        let text = self.text(node, "bytes in base64")?;
        if !Self::is_template(node)
            && let Err(error) = BASE64.decode(text.value.as_bytes())
        {
            self.wrong(Mistake::new(text.span, format!("this is not base64: {error}")));
            return None;
        }
        Some(Payload::Base64(text))
    }

    fn fill(&mut self, node: &Node) -> Option<Payload> {
        let fields = self.object(node, &FILL)?;
        let byte = self.need(&fields, "byte").and_then(|node| self.byte(node));
        let size = self.need(&fields, "size").and_then(|node| self.made(node));
        Some(Payload::Fill {
            byte: byte?,
            size: size?,
        })
    }

    fn byte(&mut self, node: &Node) -> Option<u8> {
        let byte = match &node.value {
            Json::String(text) => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
            _ => None,
        };
        match byte.as_deref() {
            Some(&[byte]) => Some(byte),
            _ => {
                self.unlike(node, "a byte in hexadecimal, such as \"0a\"");
                None
            }
        }
    }

    fn made(&mut self, node: &Node) -> Option<u64> {
        let size = self.size(node)?;
        if size.value > MOST {
            self.wrong(Mistake::new(size.span, "a payload is made of 1GiB at the most"));
            return None;
        }
        Some(size.value)
    }

    /// Who gets a broadcast: all, the others, or names.
    pub(super) fn audience(&mut self, fields: &Fields<'_>) -> Option<Option<Node>> {
        let Some(node) = fields.get("to") else {
            return Some(None);
        };
        match &node.value {
            Json::String(text) if !text.is_empty() => {}
            Json::Array(_) => {
                self.texts(node, "names of sessions")?;
            }
            _ => {
                self.unlike(node, "`others`, `all`, or names of sessions");
                return None;
            }
        }
        Some(Some(node.clone()))
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("payload", &PAYLOAD), ("fill", &FILL)];
