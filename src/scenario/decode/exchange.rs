//! HTTP requests that are sent, and the responses that must come.

use super::Decoder;
use super::framing::transpose;
use super::matcher::body_kinds;
use super::payload::BODIES;
use super::shape::{Fields, Shape, keys_beside_a_body, keys_beside_a_matcher, list};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Json, Node, Request, Response, Span, Verb};

/// Beside the method, whose value is the path.
const REQUEST: Shape = Shape {
    what: "a request",
    keys: keys_beside_a_body![
        ("query", "what the query says: values by name"),
        ("headers", "headers by name"),
        ("chunked", "`true`: the body goes in chunks, without its length"),
    ],
    later: &[],
};

const RESPONSE: Shape = Shape {
    what: "a response",
    keys: keys_beside_a_matcher![
        ("status", "the status, its class, or several (\"2xx\")"),
        ("headers", "headers by name"),
    ],
    later: &[],
};

/// The most redirects that may be followed.
const MOST_REDIRECTS: u32 = 20;

/// The methods that are used most; which others there are, the plan knows.
const USUAL: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

impl Decoder<'_> {
    /// A `request` step with its parts.
    pub(super) fn request(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Verb> {
        let request = self.request_sent(node);
        let response = fields.get("response").map(|node| self.response_wanted(node));
        let redirects = fields.get("redirects").map(|node| {
            let redirects = self.whole::<u32>(node, 1)?;
            if redirects.value > MOST_REDIRECTS {
                let text = format!("{MOST_REDIRECTS} redirects are followed at the most");
                self.wrong(Mistake::new(redirects.span, text));
                return None;
            }
            Some(redirects.value)
        });
        Some(Verb::Request {
            request: Box::new(request?),
            response: transpose(response)?.map(Box::new),
            redirects: transpose(redirects)?,
        })
    }

    /// `"GET /users/7"`, or an object with the path by its method.
    fn request_sent(&mut self, node: &Node) -> Option<At<Request>> {
        const WHAT: &str = "a request, such as \"GET /users/7\" or { \"POST\": \"/users\" }";
        let value = match &node.value {
            Json::String(text) => {
                let Some((method, target)) = text.split_once(' ') else {
                    self.unlike(node, WHAT);
                    return None;
                };
                // A place in the target is found from the blank before it, as in a text from its quote.
                let start = node.span.start + u32::try_from(method.len()).ok()? + 1;
                let span = Span { start, ..node.span };
                let target = At {
                    value: target.to_owned(),
                    span,
                };
                let method = At {
                    value: method.to_owned(),
                    span: node.span,
                };
                Request {
                    method,
                    target: self.path(target, span.start + 1)?,
                    query: Vec::new(),
                    headers: Vec::new(),
                    body: None,
                    chunked: false,
                }
            }
            Json::Object(members) => self.request_of(node, members)?,
            _ => {
                self.unlike(node, WHAT);
                return None;
            }
        };
        Some(At { value, span: node.span })
    }

    fn request_of(&mut self, node: &Node, members: &[(At<String>, Node)]) -> Option<Request> {
        let method = self.method(node, members, &REQUEST, USUAL);
        let target = method.and_then(|(_, path)| {
            let target = self.words(path, "a path, such as \"/users/7\"")?;
            let start = target.span.start;
            self.path(target, start)
        });
        let fields = Fields::of(node, REQUEST.what, REQUEST.keys);
        let query = fields.get("query").map(|node| {
            let members = self.members(node, "an object of values by name")?;
            let is_object = |node: &Node| matches!(node.value, Json::Object(_));
            if let Some((_, value)) = members.iter().find(|(_, value)| is_object(value)) {
                self.unlike(value, "a value, or a list of values");
                return None;
            }
            Some(members.to_vec())
        });
        let headers = fields.get("headers").map(|node| self.headers(node));
        let chunked = fields.get("chunked").map(|node| self.truth(node));
        let body = self.body(&fields)?;
        if let (Some(Some(true)), None, Some((key, _))) = (chunked, &body, fields.member("chunked")) {
            self.wrong(Mistake::new(
                key.span,
                format!("`chunked` needs a body: {}", list(BODIES, "or")),
            ));
            return None;
        }
        Some(Request {
            method: method?.0.clone(),
            target: target?,
            query: transpose(query)?.unwrap_or_default(),
            headers: transpose(headers)?.unwrap_or_default(),
            body,
            chunked: transpose(chunked)?.unwrap_or_default(),
        })
    }

    /// A path; `start` is where a mistake begins.
    fn path(&mut self, target: At<String>, start: u32) -> Option<At<String>> {
        if target.value.starts_with('/') || target.value.starts_with("{{") {
            return Some(target);
        }
        let text = format!("`{}` is no path: a path begins with `/`", target.value);
        let span = Span { start, ..target.span };
        self.wrong(Mistake::new(span, text));
        None
    }

    /// A status, or an object with one and matchers of headers and a body.
    fn response_wanted(&mut self, node: &Node) -> Option<At<Response>> {
        let value = self.response_of(node)?;
        Some(At { value, span: node.span })
    }

    fn response_of(&mut self, node: &Node) -> Option<Response> {
        if !matches!(node.value, Json::Object(_)) {
            let statuses = self.statuses(node, "a status such as 200 or \"2xx\", or an object")?;
            return Some(Response {
                statuses,
                headers: Vec::new(),
                body: None,
            });
        }
        let fields = self.object(node, &RESPONSE)?;
        let statuses = fields
            .get("status")
            .map(|node| self.statuses(node, "a status such as 200 or \"2xx\", or a list of them"));
        let headers = fields.get("headers").map(|node| self.header_matchers(node));
        let body = self.body_matcher(&fields, &body_kinds());
        Some(Response {
            statuses: transpose(statuses)?.unwrap_or_else(|| Response::any_success().statuses),
            headers: transpose(headers)?.unwrap_or_default(),
            body: body?,
        })
    }

    fn statuses(&mut self, node: &Node, what: &str) -> Option<Vec<(u16, u16)>> {
        let Json::Array(_) = &node.value else {
            return Some(vec![self.status(node, what)?]);
        };
        let parts = self.list(node, "statuses")?;
        let statuses: Vec<_> = parts
            .iter()
            .map(|part| self.status(part, "a status such as 200 or \"2xx\""))
            .collect();
        statuses.into_iter().collect()
    }

    fn status(&mut self, node: &Node, what: &str) -> Option<(u16, u16)> {
        let range = match &node.value {
            Json::Number(number) => number
                .as_u64()
                .and_then(|code| u16::try_from(code).ok())
                .filter(|code| (100..=999).contains(code))
                .map(|code| (code, code)),
            Json::String(text) => match text.as_bytes() {
                [class @ b'1'..=b'5', b'x', b'x'] => {
                    let first = u16::from(class - b'0') * 100;
                    Some((first, first + 99))
                }
                _ => None,
            },
            _ => None,
        };
        if range.is_none() {
            self.unlike(node, what);
        }
        range
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("requestSent", &REQUEST), ("responseWanted", &RESPONSE)];
