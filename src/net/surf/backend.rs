//! The client backend of surf that performs nothing itself.
//!
//! Owns what of surf's request becomes bytes: the order of its headers, which http-types keeps in a hash map, and the host.
//! Does not own who performs it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::channel::oneshot;
use surf::http::{self, Error, StatusCode};
use surf::{HttpClient, Url};

use super::Outgoing;
use crate::ident::Address;
use crate::wire::head::Head;
use crate::wire::message::Message;

/// What http-types cannot hold of a request.
#[derive(Debug)]
pub(super) struct Beside {
    /// Whom it is for.
    pub(super) address: Address,
    /// Headers beyond ASCII.
    pub(super) headers: Vec<(String, String)>,
}

/// A request that waits for whoever performs it, and where its response goes.
type Waiting = (Outgoing, oneshot::Sender<Message>);

/// Where the backend leaves a request. surf sends one after the other, so that there is never more than one.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<Option<Waiting>>);

impl Slot {
    pub(super) fn take(&self) -> Option<Waiting> {
        self.0.lock().expect("no thread panics while it holds a slot").take()
    }

    fn put(&self, waiting: Waiting) {
        *self.0.lock().expect("no thread panics while it holds a slot") = Some(waiting);
    }
}

/// The client backend.
#[derive(Debug)]
pub(super) struct Backend(Arc<Slot>);

impl Backend {
    pub(super) const fn new(slot: Arc<Slot>) -> Self {
        Self(slot)
    }
}

#[async_trait]
impl HttpClient for Backend {
    async fn send(&self, request: http::Request) -> Result<http::Response, Error> {
        let outgoing = outgoing(request).await?;
        let (answer, answered) = oneshot::channel();
        self.0.put((outgoing, answer));
        let message = answered
            .await
            .map_err(|_| failure("nobody performs the request".to_owned()))?;
        Ok(response(message))
    }
}

/// What fails before or behind an exchange, in words; its status is nobody's concern.
pub(super) fn failure(why: String) -> Error {
    Error::from_str(StatusCode::BadGateway, why)
}

/// The request as it goes on the wire: the host first, then the other headers by their names.
async fn outgoing(mut request: http::Request) -> Result<Outgoing, Error> {
    let url = request.url().clone();
    let beside: Option<Beside> = request.ext_mut().remove();
    let Some(Beside {
        address,
        headers: beyond,
    }) = beside
    else {
        return Err(failure("a request was made by nobody".to_owned()));
    };
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, values) in request.iter() {
        headers.extend(
            values
                .iter()
                .map(|value| (name.as_str().to_owned(), value.as_str().to_owned())),
        );
    }
    headers.extend(beyond);
    if !headers.iter().any(|(name, _)| name == "host") {
        headers.push(("host".to_owned(), host_of(&url, &address)));
    }
    let is_delimited = |(name, _): &(String, String)| name == "transfer-encoding" || name == "content-length";
    if request.len().is_none() && !headers.iter().any(is_delimited) {
        headers.push(("transfer-encoding".to_owned(), "chunked".to_owned()));
    }
    headers.sort_by(|(a, _), (b, _)| (a != "host", a).cmp(&(b != "host", b)));
    let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
    let line = format!("{} {}{query} HTTP/1.1", request.method(), url.path());
    let body = request.take_body().into_bytes().await?;
    let head = Head {
        line: Some(line),
        headers,
    };
    Ok(Outgoing {
        address,
        secure: url.scheme() == "https",
        message: Message::with_head(head, body),
    })
}

/// The host of a request, as its header has it: with the port always, for it is never the usual one.
fn host_of(url: &Url, address: &Address) -> String {
    let host = url.host_str().unwrap_or_default();
    match address {
        Address::Inet(_) => format!("{host}:{}", url.port_or_known_default().unwrap_or_default()),
        Address::Unix(_) | Address::Abstract(_) => host.to_owned(),
    }
}

/// Whom a URL leads to.
pub(super) fn address_of(url: &Url) -> Result<SocketAddr, Error> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let ip: Result<IpAddr, _> = host.trim_start_matches('[').trim_end_matches(']').parse();
    match ip {
        Ok(ip) if matches!(url.scheme(), "http" | "https") => Ok(SocketAddr::new(ip, port)),
        _ => Err(failure(format!("`{url}` is no address of this scenario"))),
    }
}

/// The response as surf has it, with the message that it was.
fn response(message: Message) -> http::Response {
    let head = message.head().cloned().unwrap_or_default();
    let code = head.status().unwrap_or_default();
    // What http-types has no name for is of its class at least; the message beside it says what it was.
    let status = StatusCode::try_from(code)
        .or_else(|_| StatusCode::try_from(code / 100 * 100))
        .unwrap_or(StatusCode::InternalServerError);
    let mut response = http::Response::new(status);
    response.set_body(message.bytes().to_vec());
    // A type that no header said is none.
    response.remove_header("content-type");
    for (name, value) in head.headers.iter().filter(|(_, value)| value.is_ascii()) {
        response.append_header(name.as_str(), value.as_str());
    }
    response.ext_mut().insert(message);
    response
}
