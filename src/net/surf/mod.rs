//! surf, whose requests are performed by a strand.
//!
//! Owns making a request of surf's, the client backend that hands what surf sends to the strand that waits for it and gives
//! the strand's answer back, and following redirects. Does not own connections: the strand performs each exchange on its
//! own, so that it is recorded, bounded and awaited as everything else. Whatever http-types cannot hold (a status beyond
//! its list, a reason, bytes beyond ASCII) goes beside it, so that nothing is lost and nothing invented.

mod backend;
mod redirects;

use std::str::FromStr;
use std::sync::Arc;
use std::task::Poll;

use futures::channel::oneshot;
use futures::future::{BoxFuture, FutureExt as _};
use surf::http::{Method, Mime, mime};
use surf::{Client, Url};

use crate::ident::Address;
use crate::wire::http::Media;
use crate::wire::message::Message;
use backend::{Backend, Beside, Slot};
use redirects::Redirects;
pub use redirects::redirect;

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its method: one of [`crate::wire::http::is_method`].
    pub method: String,
    /// Whom it is for.
    pub address: Address,
    /// Whether it is one of HTTPS.
    pub secure: bool,
    /// The path, and the query behind `?`.
    pub target: String,
    /// Its headers; those that are left out here and must be there are filled in.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Option<Body>,
    /// Whether its body is sent in chunks, without its length.
    pub chunked: bool,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// What they are.
    pub media: Media,
}

/// One request on its way through surf, with all redirects that are followed.
pub struct Call {
    sent: BoxFuture<'static, Result<Message, String>>,
    slot: Arc<Slot>,
    answer: Option<oneshot::Sender<Message>>,
}

/// What surf does next.
#[derive(Debug)]
pub enum Next {
    /// It sends a request, and waits for its response.
    Send(Outgoing),
    /// It is done, and this is the response.
    Done(Message),
    /// It cannot go on.
    Failed(String),
}

/// A request that surf sends.
#[derive(Debug)]
pub struct Outgoing {
    /// Whom it is for.
    pub address: Address,
    /// Whether it is one of HTTPS.
    pub secure: bool,
    /// The request as it goes on the wire, without the length of its body.
    pub message: Message,
}

impl Call {
    /// Gives a request to surf; so many redirects are followed at most, and none without a number.
    pub fn new(request: &Request, redirects: Option<u32>) -> Result<Self, String> {
        let slot = Arc::new(Slot::default());
        let mut client = Client::with_http_client(Backend::new(Arc::clone(&slot)));
        if let Some(most) = redirects {
            client = client.with(Redirects::new(request.clone(), most));
        }
        Self::through(client, slot, request)
    }

    fn through(client: Client, slot: Arc<Slot>, request: &Request) -> Result<Self, String> {
        let request = request.built()?;
        let sent = async move {
            let response = client.send(request).await.map_err(|error| error.to_string())?;
            let message = response.ext::<Message>().cloned();
            message.ok_or_else(|| "the response was made by nobody".to_owned())
        };
        Ok(Self {
            sent: sent.boxed(),
            slot,
            answer: None,
        })
    }

    /// What surf does next: after a [`Next::Send`] only when it was answered.
    pub async fn next(&mut self) -> Next {
        std::future::poll_fn(|cx| {
            if let Poll::Ready(sent) = self.sent.poll_unpin(cx) {
                return Poll::Ready(match sent {
                    Ok(message) => Next::Done(message),
                    Err(why) => Next::Failed(why),
                });
            }
            match self.slot.take() {
                Some((outgoing, answer)) => {
                    self.answer = Some(answer);
                    Poll::Ready(Next::Send(outgoing))
                }
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Answers what was sent last.
    pub fn answer(&mut self, response: Message) {
        if let Some(answer) = self.answer.take() {
            // Nobody is there to take it where surf has given up, which it says by itself.
            let _ = answer.send(response);
        }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

impl Request {
    /// Where it goes, as surf has it.
    fn url(&self) -> Result<Url, String> {
        // A fragment is never sent, so that this can be none.
        let target = self.target.replace('#', "%23");
        let scheme = if self.secure { "https" } else { "http" };
        // A Unix socket has no name that a URL could hold: whom a request is for goes beside it.
        let host = match &self.address {
            Address::Inet(address) => address.to_string(),
            Address::Unix(_) | Address::Abstract(_) => "localhost".to_owned(),
        };
        let url = format!("{scheme}://{host}{target}");
        Url::parse(&url).map_err(|error| format!("`{target}` is no path: {error}"))
    }

    /// The request as surf has it.
    fn built(&self) -> Result<surf::Request, String> {
        self.built_for(self.url()?)
    }

    fn built_for(&self, url: Url) -> Result<surf::Request, String> {
        let method = Method::from_str(&self.method).map_err(|_| format!("surf knows no method `{}`", self.method))?;
        let mut request = surf::Request::new(method, url);
        let mut beyond = Vec::new();
        for (name, value) in &self.headers {
            match name.is_ascii() && value.is_ascii() {
                true => request.append_header(name.as_str(), value.as_str()),
                false => beyond.push((name.to_ascii_lowercase(), value.clone())),
            }
        }
        if let Some(body) = &self.body {
            request.set_body(body.built(self.chunked));
        }
        request.set_ext(Beside {
            address: self.address.clone(),
            headers: beyond,
        });
        Ok(request)
    }
}

impl Body {
    fn built(&self, chunked: bool) -> surf::Body {
        let bytes = self.bytes.to_vec();
        let mut body = match chunked {
            true => surf::Body::from_reader(futures::io::Cursor::new(bytes), None),
            false => surf::Body::from_bytes(bytes),
        };
        body.set_mime(mime_of(self.media));
        body
    }
}

/// What http-types calls it.
fn mime_of(media: Media) -> Mime {
    match media {
        Media::Text => mime::PLAIN,
        Media::Json => mime::JSON,
        Media::Form => mime::FORM,
        Media::Bytes => mime::BYTE_STREAM,
    }
}

#[cfg(test)]
mod tests;
