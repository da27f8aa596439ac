//! HTTP requests: their method, path and query, besides headers and a body.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::headed::{self, Headed};
use super::pattern::{self, Piece};
use super::want::merged;
use super::{Captures, ExpressionError, Matcher, Matching, Mismatch, Scope, Template, Want};
use crate::wire::http;
use crate::wire::message::Message;

/// What a request must look like; what is not given may be anything.
#[derive(Debug)]
pub struct Request {
    /// The method; `None` for any.
    method: Option<String>,
    path: Vec<Piece>,
    source: String,
    /// Parts of the query by name; `None` for one that must not be there.
    query: Vec<(String, Option<Matcher>)>,
    /// Headers and a body.
    rest: Headed,
}

/// As [`Request`], with its templates filled in.
#[derive(Debug)]
pub(in crate::wire) struct Filled {
    method: Option<String>,
    path: Matching,
    source: String,
    query: Vec<(String, Option<Want>)>,
    rest: headed::Filled,
}

/// How much nearer a request is whose method is right, again whose path is, and again whose query is.
const NEAR: u32 = 1 << 28;

impl Request {
    /// A request of this method (`None` for any), with a path of this pattern, in which a capture takes no `/`.
    pub fn new(
        method: Option<String>,
        path: &Template,
        query: Vec<(String, Option<Matcher>)>,
        rest: Headed,
    ) -> Result<Self, String> {
        let (path, source) = pattern::path_pieces(path)?;
        Ok(Self {
            method,
            path,
            source,
            query,
            rest,
        })
    }

    /// The pattern of its path.
    pub(super) fn path(&self) -> &[Piece] {
        &self.path
    }

    /// All matchers inside.
    pub(super) fn matchers(&self) -> impl Iterator<Item = &Matcher> {
        let query = self.query.iter().filter_map(|(_, matcher)| matcher.as_ref());
        query.chain(self.rest.matchers())
    }

    pub(super) fn fill(&self, scope: &dyn Scope) -> Result<Filled, ExpressionError> {
        let query = self.query.iter().map(|(name, matcher)| {
            let want = matcher.as_ref().map(|matcher| matcher.fill(scope)).transpose()?;
            Ok((name.clone(), want))
        });
        Ok(Filled {
            method: self.method.clone(),
            path: pattern::fill(&self.path, &self.source, scope)?,
            source: self.source.clone(),
            query: query.collect::<Result<_, ExpressionError>>()?,
            rest: self.rest.fill(scope)?,
        })
    }
}

impl Filled {
    pub(super) fn test(&self, message: &Message) -> Result<Captures, Mismatch> {
        let wrong = |difference: String, steps: u32, mismatch: u32| Mismatch {
            difference,
            nearness: (NEAR * steps).saturating_add(mismatch.min(NEAR - 1)),
        };
        let head = message.head();
        let (Some(method), Some(target)) = (head.and_then(http::method), head.and_then(http::target)) else {
            return Err(wrong("expected an HTTP request".to_owned(), 0, 0));
        };
        if let Some(wanted) = &self.method
            && wanted != method
        {
            return Err(wrong(format!("method: expected {wanted}, found {method}"), 0, 0));
        }
        let (path, query) = parts(target);
        let captured = self.path.test(path.as_bytes()).map_err(|mismatch| {
            wrong(
                format!("path: expected {}, found {path}", self.source),
                1,
                mismatch.nearness,
            )
        })?;
        let mut captures = vec![captured];
        let given: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(query.as_bytes()).collect();
        for (name, want) in &self.query {
            let values: Vec<&str> = given
                .iter()
                .filter(|(own, _)| own == name)
                .map(|(_, value)| &**value)
                .collect();
            let tested = headed::any_of(&values, want.as_ref());
            captures.push(
                tested.map_err(|mismatch| {
                    wrong(format!("query `{name}`: {}", mismatch.difference), 2, mismatch.nearness)
                })?,
            );
        }
        let rest = self.rest.test(message);
        captures.push(rest.map_err(|mismatch| wrong(mismatch.difference, 3, mismatch.nearness))?);
        merged(captures)
    }

    /// What it asks for, as short text: `GET /users/{id:int}`.
    pub(super) fn describe(&self) -> String {
        let method = self.method.as_deref().unwrap_or("ANY");
        let mut text = format!("{method} {}", self.source);
        let query = self.query.iter().map(|(name, want)| match want {
            Some(want) => format!("{name}={}", want.describe()),
            None => format!("(no {name})"),
        });
        let query: Vec<String> = query.collect();
        if !query.is_empty() {
            text.push('?');
            text.push_str(&query.join("&"));
        }
        let rest = self.rest.describe();
        match rest.is_empty() {
            true => text,
            false => format!("{text}, {rest}"),
        }
    }
}

/// The path of a target, with what is encoded in it decoded, and its query as it is. An encoded `/` stays, for it is no
/// boundary.
fn parts(target: &str) -> (String, &str) {
    // A target may have the scheme and the host before its path (RFC 9112, 3.2.2).
    let target = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => rest.find(['/', '?']).map_or("", |at| &rest[at..]),
        _ => target,
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = if path.is_empty() { "/" } else { path };
    let segments = path.split('/').map(|segment| {
        let decoded = percent_decode_str(segment).decode_utf8_lossy();
        if decoded.contains('/') {
            Cow::from(segment)
        } else {
            decoded
        }
    });
    (segments.collect::<Vec<_>>().join("/"), query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::head::Head;

    fn test(path: &str, line: &str) -> Result<Captures, String> {
        let path = Template::compile(path).unwrap();
        let request = Request::new(Some("GET".to_owned()), &path, Vec::new(), Headed::default()).unwrap();
        let message = Message::with_head(Head::new(line), *b"");
        let tested = Matcher::request(request)
            .fill(&super::super::compile::Nothing)
            .unwrap()
            .test(&message);
        tested.map_err(|mismatch| mismatch.difference)
    }

    #[test]
    fn a_capture_of_a_path_is_one_segment() {
        let captured = |name: &str, value: serde_json::Value| Ok(vec![(name.to_owned(), value)]);
        assert_eq!(
            test("/users/{id:int}", "GET /users/7?x=1 HTTP/1.1"),
            captured("id", 7.into())
        );
        assert_eq!(
            test("/users/{id}", "GET /users/a%20b HTTP/1.1"),
            captured("id", "a b".into())
        );
        assert_eq!(
            test("/users/{id}", "GET /users/a%2Fb HTTP/1.1"),
            captured("id", "a%2Fb".into())
        );
        assert_eq!(test("/{all}", "GET http://x:1/y HTTP/1.1"), captured("all", "y".into()));
        for (path, rest) in [("/", ""), ("/a/b", "a/b"), ("/a%20b/", "a b/")] {
            let line = format!("GET {path} HTTP/1.1");
            assert_eq!(test("/{all:rest}", &line), captured("all", rest.into()));
        }
        assert_eq!(test("/", "GET http://x:1?q=/y HTTP/1.1"), Ok(Vec::new()));
        for line in ["GET /users/a/b HTTP/1.1", "GET /users/ HTTP/1.1", "GET /users HTTP/1.1"] {
            assert!(test("/users/{id}", line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_mismatch_says_what_differs_first() {
        assert_eq!(
            test("/a", "POST /b HTTP/1.1").unwrap_err(),
            "method: expected GET, found POST"
        );
        assert_eq!(
            test("/a", "GET /b HTTP/1.1").unwrap_err(),
            "path: expected /a, found /b"
        );
    }
}
