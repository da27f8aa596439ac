//! How bytes become messages.

use super::Decoder;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Framing, Framings, Json, Node};

const FRAMING: Shape = Shape {
    what: "a framing",
    keys: &[
        ("delimiter", "the text behind each message"),
        ("regex", "a regular expression at whose earliest end a message ends"),
        ("length", "the type of the length before each message, such as \"u16\""),
        ("at", "the offset of the length in the message itself"),
        ("add", "what makes the size of the whole message of the length"),
        ("fixed", "the size of every message"),
        (
            "headers",
            "the header that says how long the body is, or several spellings of it",
        ),
        ("client", "what the side that connected sends"),
        ("server", "what the side that accepted sends"),
    ],
    later: &[],
};

const NAMED: &[(&str, Named)] = &[
    ("raw", Named::Raw),
    ("lines", Named::Lines),
    ("crlf", Named::Crlf),
    ("dot", Named::Dot),
    ("netstring", Named::Netstring),
    ("resp", Named::Resp),
    ("until_close", Named::UntilClose),
    ("http", Named::Http),
];

const LENGTHS: &[&str] = &[
    "u8", "u16", "u24", "u32", "u64", "u16le", "u24le", "u32le", "u64le", "varint",
];

#[derive(Clone, Copy)]
enum Named {
    Raw,
    Lines,
    Crlf,
    Dot,
    Netstring,
    Resp,
    UntilClose,
    Http,
}

/// The framings that have a value.
const KINDS: &[&str] = &["delimiter", "regex", "length", "fixed", "headers"];

impl Decoder<'_> {
    /// One framing, or one for what each side sends.
    pub(super) fn framings(&mut self, node: &Node) -> Option<At<Framings>> {
        let value = match &node.value {
            Json::Object(members) if members.iter().any(|(key, _)| is_side(&key.value)) => self.sides(node)?,
            _ => Framings::Both(self.framing(node)?),
        };
        Some(At { value, span: node.span })
    }

    fn sides(&mut self, node: &Node) -> Option<Framings> {
        let fields = self.object(node, &FRAMING)?;
        for (key, _) in FRAMING.keys.iter().filter(|(key, _)| !is_side(key)) {
            if let Some((key, _)) = fields.member(key) {
                let text = format!("`{}` has no place beside `client` and `server`", key.value);
                self.wrong(Mistake::new(key.span, text));
            }
        }
        let client = fields.get("client").map(|node| self.framing(node));
        let server = fields.get("server").map(|node| self.framing(node));
        Some(Framings::Each {
            client: transpose(client)?,
            server: transpose(server)?,
        })
    }

    fn framing(&mut self, node: &Node) -> Option<Framing> {
        if let Json::String(kind) = &node.value
            && KINDS.contains(&kind.as_str())
        {
            let text = format!("the framing `{kind}` has a value: `{{ \"{kind}\": … }}`");
            self.wrong(Mistake::new(node.span, text));
            return None;
        }
        if !matches!(node.value, Json::Object(_)) {
            return Some(match self.word(node, NAMED, &[])? {
                Named::Raw => Framing::Raw,
                Named::Lines => Framing::Lines,
                Named::Crlf => Framing::Crlf,
                Named::Dot => Framing::Dot,
                Named::Netstring => Framing::Netstring,
                Named::Resp => Framing::Resp,
                Named::UntilClose => Framing::UntilClose,
                Named::Http => Framing::Http,
            });
        }
        let fields = self.object(node, &FRAMING)?;
        for side in ["client", "server"] {
            if let Some((key, _)) = fields.member(side) {
                self.wrong(Mistake::new(
                    key.span,
                    format!("`{side}` has no place inside a side's framing"),
                ));
                return None;
            }
        }
        let (kind, value) = self.one(&fields, KINDS, "kind")?;
        if kind.value != "length" {
            for key in ["at", "add"] {
                if let Some((key, _)) = fields.member(key) {
                    self.wrong(Mistake::new(
                        key.span,
                        format!("`{}` stands beside `length` only", key.value),
                    ));
                }
            }
        }
        match kind.value.as_str() {
            "delimiter" => Some(Framing::Delimiter(self.words(value, "the text behind each message")?)),
            "regex" => Some(Framing::Regex(self.words(value, "a regular expression")?)),
            "fixed" => Some(Framing::Fixed(self.whole(value, 1)?)),
            "headers" => Some(Framing::Headers(self.text_or_texts(value, "names of headers")?)),
            _ => self.length(value, &fields),
        }
    }

    fn length(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Framing> {
        let lengths: Vec<_> = LENGTHS.iter().map(|&name| (name, name)).collect();
        let kind = self.word(node, &lengths, &[]).map(|kind| At {
            value: kind.to_owned(),
            span: node.span,
        });
        let at = fields.get("at").map(|node| self.whole(node, 0));
        let add = fields.get("add").map(|node| self.signed(node));
        if let (None, Some((key, _))) = (&at, fields.member("add")) {
            self.wrong(
                Mistake::new(key.span, "`add` needs `at`")
                    .help("without `at` the length is put before the message and counts what follows it"),
            );
        }
        Some(Framing::Length {
            kind: kind?,
            at: transpose(at)?,
            add: transpose(add)?,
        })
    }

    pub(super) fn signed(&mut self, node: &Node) -> Option<At<i64>> {
        let number = match &node.value {
            Json::Number(number) => number.as_i64(),
            _ => None,
        };
        if number.is_none() {
            self.unlike(node, "a whole number");
        }
        number.map(|value| At { value, span: node.span })
    }
}

fn is_side(key: &str) -> bool {
    key == "client" || key == "server"
}

/// `None` where something was there and could not be read.
pub(super) fn transpose<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        Some(None) => None,
        Some(Some(value)) => Some(Some(value)),
        None => Some(None),
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("framing", &FRAMING)];
