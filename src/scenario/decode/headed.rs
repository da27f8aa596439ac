//! Messages with a head: start lines, headers, bodies.

use super::Decoder;
use super::framing::transpose;
use super::payload::BODIES;
use super::shape::{Fields, Shape};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Header, Headers, Json, Matcher, Node, Payload};

/// What is asked of a header that must not be there.
const ABSENT: Shape = Shape {
    what: "what must not be there",
    keys: &[("absent", "`true`: there is none")],
    later: &[],
};

impl Decoder<'_> {
    /// A payload with `line`, `headers` or both, and perhaps a body.
    pub(super) fn headed_payload(&mut self, fields: &Fields<'_>) -> Option<Payload> {
        let line = fields.get("line").map(|node| self.words(node, "a start line"));
        let headers = fields.get("headers").map(|node| self.headers(node));
        let body = self.body(fields);
        Some(Payload::Headed {
            line: transpose(line)?,
            headers: transpose(headers)?.unwrap_or_default(),
            body: body?.map(Box::new),
        })
    }

    /// The body among the members of an object, where one is there.
    pub(super) fn body(&mut self, fields: &Fields<'_>) -> Option<Option<At<Payload>>> {
        if !BODIES.iter().any(|kind| fields.get(kind).is_some()) {
            return Some(None);
        }
        let (kind, value) = self.one(fields, BODIES, "body")?;
        let span = value.span;
        self.payload_of(&kind.value, value)
            .map(|value| Some(At { value, span }))
    }

    /// Headers to be sent: an object of texts by name, or of lists of texts for a header that comes more than once.
    pub(super) fn headers(&mut self, node: &Node) -> Option<Headers> {
        let members = self.members(node, "an object of headers by name")?;
        let mut headers = Headers::new();
        let mut fine = true;
        for (name, node) in members {
            fine &= self.header_name(name);
            let values = match &node.value {
                Json::Array(_) => self.texts(node, "values of a header"),
                _ => scalar(node)
                    .or_else(|| self.text(node, "a header's value, or a list of them"))
                    .map(|value| vec![value]),
            };
            match values {
                Some(values) => headers.extend(values.into_iter().map(|value| (name.clone(), value))),
                None => fine = false,
            }
        }
        fine.then_some(headers)
    }

    /// What headers must look like: an object of matchers by name.
    pub(super) fn header_matchers(&mut self, node: &Node) -> Option<Vec<(At<String>, Header)>> {
        let members = self.members(node, "an object of headers by name")?;
        let fine = members
            .iter()
            .fold(true, |fine, (name, _)| self.header_name(name) && fine);
        self.parts(members).filter(|_| fine)
    }

    /// What the parts of a query must look like: an object of matchers by name.
    pub(super) fn query_matchers(&mut self, node: &Node) -> Option<Vec<(At<String>, Header)>> {
        let members = self.members(node, "an object of a query's parts by name")?;
        self.parts(members)
    }

    fn parts(&mut self, members: &[(At<String>, Node)]) -> Option<Vec<(At<String>, Header)>> {
        let parts: Vec<_> = members
            .iter()
            .map(|(name, node)| {
                let header = match Fields::of(node, ABSENT.what, ABSENT.keys).get("absent") {
                    Some(absent) => {
                        self.object(node, &ABSENT)?;
                        self.yes(absent)?;
                        Header::Absent
                    }
                    None => Header::Is(self.part(node)?),
                };
                Some((name.clone(), header))
            })
            .collect();
        parts.into_iter().collect()
    }

    /// What a part of a query must look like; a number or a truth is its text.
    fn part(&mut self, node: &Node) -> Option<At<Matcher>> {
        let Some(text) = scalar(node) else {
            return self.nested(node);
        };
        Some(At {
            value: Matcher::Payload(Payload::Text(text)),
            span: node.span,
        })
    }

    /// A matcher with `line`, `headers` or both, and perhaps one of the body.
    pub(super) fn headed_matcher(&mut self, fields: &Fields<'_>, kinds: &[&str]) -> Option<Matcher> {
        let line = fields.get("line").map(|node| self.nested(node));
        let headers = fields.get("headers").map(|node| self.header_matchers(node));
        let body = self.body_matcher(fields, kinds);
        Some(Matcher::Headed {
            line: transpose(line)?.map(Box::new),
            headers: transpose(headers)?.unwrap_or_default(),
            body: body?.map(Box::new),
        })
    }

    /// The matcher of a body among the members of an object, where one is there.
    pub(super) fn body_matcher(&mut self, fields: &Fields<'_>, kinds: &[&str]) -> Option<Option<At<Matcher>>> {
        if !kinds.iter().any(|kind| fields.get(kind).is_some()) {
            return Some(None);
        }
        let (kind, value) = self.one(fields, kinds, "kind of body")?;
        let span = value.span;
        self.matcher_of(&kind.value, value)
            .map(|value| Some(At { value, span }))
    }

    fn header_name(&mut self, name: &At<String>) -> bool {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let fine = !name.value.is_empty() && name.value.bytes().all(is_token);
        if !fine {
            let text = format!("`{}` is no name of a header", name.value);
            self.wrong(Mistake::new(name.span, text));
        }
        fine
    }
}

/// A number or a truth, as the text that it is in a header or a query.
fn scalar(node: &Node) -> Option<At<String>> {
    let value = match &node.value {
        Json::Number(number) => number.to_string(),
        Json::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    Some(At { value, span: node.span })
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("absent", &ABSENT)];
