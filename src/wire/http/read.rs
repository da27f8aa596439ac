//! Reading one message as its bytes come.

use std::sync::Arc;

use super::body::{self, Plan};
use super::head::{self, Search, refuse};
use super::{Kind, is_old};
use crate::units::show_size;
use crate::wire::framing::{Decoded, Malformed};
use crate::wire::head::Head;
use crate::wire::message::Message;

/// How far one message was read, so that no byte is looked at twice; new for each message.
#[derive(Clone, Debug)]
pub struct Progress {
    kind: Kind,
    search: Search,
    body: Option<Body>,
}

#[derive(Clone, Debug)]
struct Body {
    head: Arc<Head>,
    /// Where the body begins.
    start: usize,
    plan: Plan,
    /// The sender waits for `100 Continue`, and was not told yet.
    asks: bool,
}

impl Progress {
    /// A message of which nothing was read.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            search: Search::default(),
            body: None,
        }
    }

    /// Whether the message goes to the end of the connection.
    pub fn is_to_the_end(&self) -> bool {
        self.body
            .as_ref()
            .is_some_and(|body| matches!(body.plan, Plan::ToTheEnd))
    }

    /// Looks for the message at the front of `bytes`, which begin where they did at the last call. `ended` says that no
    /// more will come, `limit` is the largest body.
    pub fn decode(&mut self, bytes: &[u8], ended: bool, limit: u64) -> Result<Decoded, Malformed> {
        if self.body.is_none() {
            let Some(end) = self.search.end(self.kind, bytes)? else {
                return Ok(match ended {
                    true if self.search.start == bytes.len() => Decoded::End,
                    true => partial(bytes.len() - self.search.start, None),
                    false => Decoded::More,
                });
            };
            self.body = Some(self.begin_body(bytes, end, limit)?);
        }
        let Some(body) = &mut self.body else {
            unreachable!("the head was read just now")
        };
        if std::mem::take(&mut body.asks) {
            return Ok(Decoded::Asks);
        }
        let rest = &bytes[body.start..];
        match &mut body.plan {
            Plan::Length(length) => match usize::try_from(*length) {
                Ok(length) if length <= rest.len() => Ok(message(&body.head, &rest[..length], body.start + length)),
                _ if ended => Ok(partial(rest.len(), Some(*length))),
                _ => Ok(Decoded::More),
            },
            Plan::Chunked(chunks) => match chunks.end(rest, body.start, limit)? {
                Some(end) => Ok(message(&body.head, &chunks.body, body.start + end)),
                None if ended => Ok(partial(chunks.body.len(), None)),
                None => Ok(Decoded::More),
            },
            Plan::ToTheEnd if rest.len() as u64 > limit => {
                let why = format!("the body has more bytes than the limit of {}", show_size(limit));
                let at = body.start + usize::try_from(limit).unwrap_or(usize::MAX - body.start - 1);
                Err(refuse(413, why, at..at + 1))
            }
            Plan::ToTheEnd if ended => Ok(message(&body.head, rest, bytes.len())),
            Plan::ToTheEnd => Ok(Decoded::More),
        }
    }

    fn begin_body(&self, bytes: &[u8], end: usize, limit: u64) -> Result<Body, Malformed> {
        let place = self.search.start..end;
        let head = head::read(self.kind, &bytes[place.clone()], place.clone())?;
        let plan = body::plan(self.kind, &head, place.clone(), limit)?;
        let expects = self.kind == Kind::Requests && !is_old(&head) && head.has("expect");
        if expects && !head.lists("expect", "100-continue") {
            let expectation = head.header("expect").unwrap_or_default();
            return Err(refuse(417, format!("`Expect: {expectation}` is not known"), place));
        }
        let asks = expects && !matches!(plan, Plan::Length(0));
        Ok(Body {
            head: Arc::new(head),
            start: end,
            plan,
            asks,
        })
    }
}

fn message(head: &Arc<Head>, body: &[u8], taken: usize) -> Decoded {
    Decoded::Message {
        message: Message::with_head(Arc::clone(head), body),
        taken,
    }
}

const fn partial(have: usize, want: Option<u64>) -> Decoded {
    Decoded::Partial {
        have: have as u64,
        want,
    }
}
