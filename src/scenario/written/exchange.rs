//! HTTP as written: requests that are sent or served, and their responses.

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

/// What a request that is served must look like.
#[derive(Clone, Debug)]
pub struct RequestGuard {
    /// Its method; `ANY` for any.
    pub method: At<String>,
    /// A pattern of its path.
    pub path: At<String>,
    /// Parts of its query by name.
    pub query: Vec<(At<String>, Header)>,
    /// Its headers.
    pub headers: Vec<(At<String>, Header)>,
    /// Its body.
    pub body: Option<At<Matcher>>,
}

/// What a request is answered with.
#[derive(Clone, Debug)]
pub enum Respond {
    /// A response.
    Response(Answer),
    /// Bytes as they are, which need not be HTTP.
    Raw(At<Payload>),
}

/// A response that is sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status: a number or a template; 200 where nothing is said.
    pub status: Option<Node>,
    /// Its reason, where it is not the usual one.
    pub reason: Option<At<String>>,
    /// Its headers.
    pub headers: Headers,
    /// Its body.
    pub body: Option<At<Payload>>,
    /// Whether its body goes in chunks.
    pub chunked: bool,
    /// After so many bytes of the body the connection is closed.
    pub cut_after: Option<u64>,
}
