//! Following redirects, as surf's middleware.
//!
//! surf has one of its own, which sends every request twice: once to see whether there is a redirect.

use async_trait::async_trait;
use surf::middleware::{Middleware, Next};
use surf::{Client, Error};

use super::Request;
use super::backend::{address_of, failure};
use crate::ident::Address;
use crate::wire::head::Head;
use crate::wire::message::Message;

/// Headers that say what a body is.
const OF_THE_BODY: &[&str] = &["content-type", "content-length", "transfer-encoding", "expect"];

/// Headers that are for one server alone.
const OF_THE_SERVER: &[&str] = &["host", "authorization", "cookie"];

/// Follows redirects.
pub(super) struct Redirects {
    /// The first request: surf's own loses its body when it is sent.
    first: Request,
    most: u32,
}

impl Redirects {
    pub(super) const fn new(first: Request, most: u32) -> Self {
        Self { first, most }
    }
}

/// Where a response leads to, where it is a redirect.
pub fn redirect(head: &Head) -> Option<String> {
    let is_redirect = matches!(head.status(), Some(301 | 302 | 303 | 307 | 308));
    head.header("location").filter(|_| is_redirect)
}

#[async_trait]
impl Middleware for Redirects {
    async fn handle(&self, request: surf::Request, client: Client, next: Next<'_>) -> Result<surf::Response, Error> {
        let mut now = self.first.clone();
        let mut url = request.url().clone();
        let mut response = next.run(request, client.clone()).await?;
        for followed in 0.. {
            let head = response.ext::<Message>().and_then(Message::head);
            let Some((head, location)) = head.and_then(|head| Some((head, redirect(head)?))) else {
                break;
            };
            if followed == self.most {
                let redirects = if self.most == 1 { "redirect" } else { "redirects" };
                return Err(failure(format!(
                    "more than {} {redirects}, the last to `{location}`",
                    self.most
                )));
            }
            let keeps_body = matches!(head.status(), Some(307 | 308));
            let to = url
                .join(&location)
                .map_err(|error| failure(format!("redirected to `{location}`, which is no URL: {error}")))?;
            // Where only the path is another one, it is the same server, which may have no address in a URL.
            let is_same = to.origin() == url.origin();
            let address = match is_same {
                true => now.address.clone(),
                false => Address::Inet(address_of(&to).map_err(|_| {
                    failure(format!(
                        "redirected to `{location}`, which is no address of this scenario"
                    ))
                })?),
            };
            if !keeps_body {
                if now.method != "HEAD" {
                    now.method = "GET".to_owned();
                }
                now.body = None;
                now.drop_headers(OF_THE_BODY);
            }
            if !is_same {
                now.drop_headers(OF_THE_SERVER);
            }
            now.address = address;
            now.secure = to.scheme() == "https";
            url = to;
            let request = now.built_for(url.clone()).map_err(failure)?;
            response = next.run(request, client.clone()).await?;
        }
        Ok(response)
    }
}

impl Request {
    fn drop_headers(&mut self, names: &[&str]) {
        self.headers
            .retain(|(own, _)| !names.iter().any(|name| own.eq_ignore_ascii_case(name)));
    }
}
