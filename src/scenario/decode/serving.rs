//! HTTP requests that are served, and what they are answered with.

use super::Decoder;
use super::framing::transpose;
use super::matcher::body_kinds;
use super::method::is_like_a_method;
use super::payload::BODIES;
use super::shape::{Fields, Shape, keys_beside_a_body, keys_beside_a_matcher, list};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{Answer, At, Guard, Json, Node, RequestGuard, Respond, Span, Verb};

/// Beside the method, whose value is the path.
const REQUEST: Shape = Shape {
    what: "a request",
    keys: keys_beside_a_matcher![("query", "parts of the query by name"), ("headers", "headers by name"),],
    later: &[],
};

const ANSWER: Shape = Shape {
    what: "a response",
    keys: keys_beside_a_body![
        ("status", "the status (200)"),
        (
            "reason",
            "the words behind the status, where they are not the usual ones"
        ),
        ("headers", "headers by name"),
        ("chunked", "`true`: the body goes in chunks, without its length"),
        ("cut_after", "after so many bytes of the body the connection is closed"),
        ("raw", "a payload that is sent as it is instead, be it HTTP or not"),
    ],
    later: &[],
};

/// Any method.
const ANY: &str = "ANY";

/// The methods that are used most.
const USUAL: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", ANY];

impl Decoder<'_> {
    /// A guard for a request: `"GET /users/{id:int}"`, or an object with the path by its method.
    pub(super) fn request_guard(&mut self, node: &Node) -> Option<Guard> {
        const WHAT: &str = "a request, such as \"GET /users/{id:int}\" or { \"POST\": \"/users\" }";
        let value = match &node.value {
            Json::String(text) => {
                let Some((method, path)) = text
                    .split_once(' ')
                    .filter(|(method, _)| is_like_a_method(method, USUAL))
                else {
                    self.unlike(node, WHAT);
                    return None;
                };
                // A place in the path is found from the blank before it, as in a text from its quote.
                let start = node.span.start + u32::try_from(method.len()).ok()? + 1;
                let at = |value: &str, start| At {
                    value: value.to_owned(),
                    span: Span { start, ..node.span },
                };
                RequestGuard {
                    method: at(method, node.span.start),
                    path: self.served_path(at(path, start))?,
                    query: Vec::new(),
                    headers: Vec::new(),
                    body: None,
                }
            }
            Json::Object(members) => self.request_guard_of(node, members)?,
            _ => {
                self.unlike(node, WHAT);
                return None;
            }
        };
        Some(Guard::Request(Box::new(At { value, span: node.span })))
    }

    fn request_guard_of(&mut self, node: &Node, members: &[(At<String>, Node)]) -> Option<RequestGuard> {
        let method = self.method(node, members, &REQUEST, USUAL);
        let path = method.and_then(|(_, path)| {
            let path = self.words(path, "a path, such as \"/users/{id:int}\"")?;
            self.served_path(path)
        });
        let fields = Fields::of(node, REQUEST.what, REQUEST.keys);
        let query = fields.get("query").map(|node| self.query_matchers(node));
        let headers = fields.get("headers").map(|node| self.header_matchers(node));
        let body = self.body_matcher(&fields, &body_kinds());
        Some(RequestGuard {
            method: method?.0.clone(),
            path: path?,
            query: transpose(query)?.unwrap_or_default(),
            headers: transpose(headers)?.unwrap_or_default(),
            body: body?,
        })
    }

    /// The pattern of a path; its query is asked for by `query`.
    fn served_path(&mut self, path: At<String>) -> Option<At<String>> {
        if !path.value.starts_with('/') && !path.value.starts_with("{{") && path.value != "*" {
            let text = format!("`{}` is no path: a path begins with `/`", path.value);
            self.wrong(Mistake::new(path.span, text));
            return None;
        }
        if path.value.contains('?') && !path.value.contains("{{") {
            let mistake = Mistake::new(path.span, "the pattern of a path has no query");
            self.wrong(mistake.help("`query` beside the method says what the query must have"));
            return None;
        }
        Some(path)
    }

    /// A `respond` step.
    pub(super) fn respond(&mut self, node: &Node) -> Option<Verb> {
        let value = match &node.value {
            Json::Object(_) => self.answer(node)?,
            _ => Respond::Response(Answer {
                status: Some(self.status_sent(node, "a status such as 201, or an object")?),
                reason: None,
                headers: Vec::new(),
                body: None,
                chunked: false,
                cut_after: None,
            }),
        };
        Some(Verb::Respond(Box::new(At { value, span: node.span })))
    }

    fn answer(&mut self, node: &Node) -> Option<Respond> {
        let fields = self.object(node, &ANSWER)?;
        if let Some((key, raw)) = fields.member("raw") {
            if let Json::Object(members) = &node.value
                && let Some((other, _)) = members.iter().find(|(other, _)| other.value != "raw")
            {
                let text = format!("`{}` has no place beside `raw`", other.value);
                self.wrong(Mistake::new(other.span, text).note(key.span, "`raw` stands here"));
                return None;
            }
            return Some(Respond::Raw(self.payload(raw)?));
        }
        let status = fields
            .get("status")
            .map(|node| self.status_sent(node, "a status from 100 to 999, or a template"));
        let reason = fields.get("reason").map(|node| self.text(node, "a string as reason"));
        let headers = fields.get("headers").map(|node| self.headers(node));
        let chunked = fields.get("chunked").map(|node| self.truth(node));
        let cut_after = fields.get("cut_after").map(|node| self.bytes(node));
        let body = self.body(&fields)?;
        for (key, is_set) in [
            ("chunked", chunked == Some(Some(true))),
            ("cut_after", cut_after.is_some()),
        ] {
            if let (true, None, Some((key, _))) = (is_set, &body, fields.member(key)) {
                let text = format!("`{}` needs a body: {}", key.value, list(BODIES, "or"));
                self.wrong(Mistake::new(key.span, text));
                return None;
            }
        }
        Some(Respond::Response(Answer {
            status: transpose(status)?,
            reason: transpose(reason)?,
            headers: transpose(headers)?.unwrap_or_default(),
            body,
            chunked: transpose(chunked)?.unwrap_or_default(),
            cut_after: transpose(cut_after)?.map(|at| at.value),
        }))
    }

    fn status_sent(&mut self, node: &Node, what: &str) -> Option<Node> {
        let fits = match &node.value {
            Json::Number(number) => number.as_u64().is_some_and(|status| (100..=999).contains(&status)),
            _ => Self::is_template(node),
        };
        if !fits {
            self.unlike(node, what);
        }
        fits.then(|| node.clone())
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("requestServed", &REQUEST), ("responseSent", &ANSWER)];
