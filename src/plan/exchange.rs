//! HTTP requests, and the responses that must come.

use super::strand::Strand;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At};
use crate::wire::http::{self, Media};
use crate::wire::matcher::{Headed, Matcher, Statuses};
use crate::wire::payload::Payload;
use crate::wire::template::{JsonTemplate, Template};

/// A request, and the response that must come.
#[derive(Debug)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path, and perhaps a query.
    pub target: Template,
    /// What the query says besides: a list is a name that comes more than once, null one that does not.
    pub query: Vec<(String, JsonTemplate)>,
    /// Its headers.
    pub headers: Vec<(String, Template)>,
    /// Its body, and what that is.
    pub body: Option<(Payload, Media)>,
    /// Whether its body goes in chunks.
    pub chunked: bool,
    /// What must come.
    pub response: Matcher,
    /// How many redirects are followed at the most; `None` for none.
    pub redirects: Option<u32>,
}

impl Strand<'_, '_> {
    /// What a `request` step sends, and what must come.
    pub(super) fn request(
        &mut self,
        request: &At<written::Request>,
        response: Option<&At<written::Response>>,
        redirects: Option<u32>,
    ) -> Request {
        let At { value: written, span } = request;
        self.check_method(&written.method);
        let target = self.text(&written.target);
        let query = written.query.iter();
        let query = query
            .map(|(name, value)| (name.value.clone(), self.json(value)))
            .collect();
        let headers = self.headers(&written.headers);
        let body = written
            .body
            .as_ref()
            .map(|body| (self.payload(body), media(&body.value)));
        let response = match response {
            Some(response) => self.response(response),
            None => self.response(&At {
                value: written::Response::any_success(),
                span: *span,
            }),
        };
        Request {
            method: written.method.value.clone(),
            target,
            query,
            headers,
            body,
            chunked: written.chunked,
            response,
            redirects,
        }
    }

    fn check_method(&mut self, method: &At<String>) {
        let At { value, span } = method;
        if http::is_method(value) {
            return;
        }
        let upper = value.to_ascii_uppercase();
        let mistake = Mistake::new(*span, format!("`{value}` is no method of a request"));
        self.all.mistake(match http::is_method(&upper) {
            true => mistake.help(format!("methods are written in capitals: `{upper}`")),
            false => {
                let usual: Vec<_> = http::USUAL.iter().map(|method| format!("`{method}`")).collect();
                mistake.help(format!(
                    "allowed are {}, and {}",
                    usual.join(", "),
                    http::OTHERS.join(", ")
                ))
            }
        });
    }

    fn response(&mut self, response: &At<written::Response>) -> Matcher {
        let At { value: written, span } = response;
        let line = Matcher::status(Statuses::new(written.statuses.clone()));
        let headers = self.header_matchers(&written.headers);
        let body = written.body.as_ref().map(|body| self.matcher_of(body));
        let compiled = Matcher::headed(Headed {
            line: Some(line),
            headers,
            body,
        });
        self.all.refuse_generators(compiled.generates(), "a matcher", *span);
        for name in compiled.captures() {
            self.define(&At {
                value: name.clone(),
                span: *span,
            });
        }
        compiled
    }
}

/// What a body is.
pub(super) const fn media(body: &written::Payload) -> Media {
    match body {
        written::Payload::Text(_) | written::Payload::Lines(_) => Media::Text,
        written::Payload::Json(_) => Media::Json,
        written::Payload::Form(_) => Media::Form,
        _ => Media::Bytes,
    }
}
