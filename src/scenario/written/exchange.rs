//! HTTP requests as written, and the responses that must come.

use super::{At, Header, Headers, Matcher, Node, Payload};

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method.
    pub method: At<String>,
    /// Its path, and perhaps a query.
    pub target: At<String>,
    /// What the query says besides: values by name.
    pub query: Vec<(At<String>, Node)>,
    /// Its headers.
    pub headers: Headers,
    /// Its body.
    pub body: Option<At<Payload>>,
    /// Whether its body goes in chunks.
    pub chunked: bool,
}

/// What a response must look like.
#[derive(Clone, Debug)]
pub struct Response {
    /// Its status: from the first of each range to its last.
    pub statuses: Vec<(u16, u16)>,
    /// Its headers.
    pub headers: Vec<(At<String>, Header)>,
    /// Its body.
    pub body: Option<At<Matcher>>,
}

impl Response {
    /// What must come where nothing else is said.
    pub fn any_success() -> Self {
        Self {
            statuses: vec![(200, 299)],
            headers: Vec::new(),
            body: None,
        }
    }
}
