//! `request`: an HTTP request, sent through surf, and the response that must come.
//!
//! Owns the exchange: what surf sends is put on a connection of the strand, recorded before its bytes go out, and its
//! response is waited for as every other message is, so that deadlines, standstills and cuts are the same. Does not own
//! which connection that is (`pool`), nor what surf makes of a request (`net::surf`).

use std::sync::Arc;

use super::connection::Link;
use super::failure::{Halt, Outcome};
use super::hear::{Ear, Heard, Hears};
use super::keep::Keeps;
use super::pool::Pool;
use super::scope::Variables;
use super::strand::{Mark, Strand};
use super::take::watch;
use crate::finding::FindingKind;
use crate::net::outbox::SendError;
use crate::net::surf::{self, Body, Call, Next, Outgoing};
use crate::plan::exchange::Request;
use crate::plan::step::Step;
use crate::runtime::{Alarm, Waiting};
use crate::wire::head::Head;
use crate::wire::http;
use crate::wire::matcher::{Captures, Matcher, Want};
use crate::wire::message::Message;
use crate::wire::template::{ExpressionError, Scope};

/// One `request` step on its way.
struct Asked<'a> {
    step: &'a Step,
    /// What is said of the requests.
    mark: Mark,
    /// What the response must look like.
    matcher: &'a Matcher,
    /// The same, with its templates filled in.
    want: Want,
    /// All of it must be over then, redirects included.
    deadline: Alarm,
    /// Whether redirects are followed.
    follows: bool,
}

/// What came of one request.
struct Talked {
    /// The response, where one was taken.
    response: Option<Message>,
    /// What is wrong, if something is.
    outcome: Outcome,
}

impl Strand {
    pub(super) async fn request(&mut self, step: &Step, shared: Variables, request: &Request) -> Outcome {
        let view = self.view(shared.clone(), &[]);
        let no_value = |error: ExpressionError| self.no_value(step.id, &error);
        let want = request.response.fill(&view).map_err(no_value)?;
        let pool = self.pool_of(step, shared.clone())?;
        let last = self.last.as_ref().map(|last| &last.message);
        let wanted = filled(request, &pool, &view, last).map_err(no_value)?;
        drop(view);
        let asked = Asked {
            step,
            mark: self.marked(step, shared)?,
            matcher: &request.response,
            want,
            deadline: self.deadline(step),
            follows: request.redirects.is_some(),
        };
        let mut call =
            Call::new(&wanted, request.redirects).map_err(|why| self.fail(step.id, FindingKind::Expression, why))?;
        loop {
            match call.next().await {
                Next::Send(outgoing) => {
                    let response = self.exchange(&asked, &pool, outgoing).await?;
                    call.answer(response);
                }
                Next::Done(_) => return Ok(()),
                Next::Failed(why) => return Err(self.fail(step.id, FindingKind::Mismatch, why)),
            }
        }
    }

    /// Performs what surf sends.
    async fn exchange(&mut self, asked: &Asked<'_>, pool: &Pool, outgoing: Outgoing) -> Outcome<Message> {
        let pool = self.pool_at(asked.step.id, pool, &outgoing)?;
        let request = match pool.reuse {
            true => outgoing.message,
            false => without_reuse(&outgoing.message),
        };
        let at = self.ready(asked.step, &pool, asked.deadline).await?;
        let link = Arc::clone(&self.connections[at].link);
        let to_head = request.head().and_then(http::method) == Some("HEAD");
        if to_head {
            Self::read_responses(self.connections[at].inbox.as_mut(), true);
        }
        let talked = self.talk(asked, at, &link, &request).await;
        let place = self.connections.iter().position(|own| Arc::ptr_eq(&own.link, &link));
        let (Some(response), Some(at)) = (talked.response, place) else {
            self.spend(&link);
            let nothing = || self.fail(asked.step.id, FindingKind::Ended, "the connection was closed meanwhile");
            return Err(talked.outcome.err().unwrap_or_else(nothing));
        };
        if to_head {
            Self::read_responses(self.connections[at].inbox.as_mut(), false);
        }
        let goes_on = pool.reuse && is_persistent(&request, &response, to_head);
        match talked.outcome {
            Ok(()) => {
                if !goes_on {
                    self.leave_connection(at, &self.mark(asked.step));
                }
                Ok(response)
            }
            Err(halt) => {
                if !goes_on {
                    self.spend(&link);
                }
                Err(halt)
            }
        }
    }

    /// Sends a request on a connection, and takes its response.
    async fn talk(&mut self, asked: &Asked<'_>, at: usize, link: &Arc<Link>, request: &Message) -> Talked {
        let none = |halt: Halt| Talked {
            response: None,
            outcome: Err(halt),
        };
        if let Err(halt) = self.put_request(asked, at, request).await {
            return none(halt);
        }
        let anything = match Matcher::any().fill(&self.view(Variables::new(), &[])) {
            Ok(want) => want,
            Err(error) => return none(self.no_value(asked.step.id, &error)),
        };
        loop {
            let Some(at) = self.connections.iter().position(|own| Arc::ptr_eq(&own.link, link)) else {
                let text = "the connection was closed meanwhile";
                return none(self.fail(asked.step.id, FindingKind::Ended, text));
            };
            let ear = |want: &Want| Ear {
                id: asked.step.id,
                hears: Hears::Message(want.clone()),
                on: vec![at],
                anybody: Vec::new(),
                when: None,
            };
            // Which kind of response it is decides whether it is the one that was asked for.
            let heard = match self
                .hear(&mut [ear(&anything)], &[], Waiting::Step, Some(asked.deadline))
                .await
            {
                Ok(heard) => heard,
                Err(halt) => return none(halt),
            };
            let mut ears = [ear(&asked.want)];
            let Heard::Message { at, message, size, .. } = heard else {
                let is_stuck = matches!(heard, Heard::Standstill | Heard::Quiet);
                let mut halt = self.unheard(asked.step, &ears, heard);
                if let Halt::Failed(finding) = &mut halt
                    && is_stuck
                    && finding.actual.is_none()
                {
                    finding.help = Some("the request has gone out, and no `respond` answers it".to_owned());
                }
                return none(halt);
            };
            let head = message.head().cloned().unwrap_or_default();
            let mark = self.mark(asked.step);
            let is_interim = http::is_interim(&head);
            let is_followed = asked.follows && surf::redirect(&head).is_some();
            let mut outcome = Ok(());
            let tested = match is_interim || is_followed {
                true => Ok(Captures::new()),
                false => asked.want.test(&message),
            };
            match tested {
                Ok(captures) => {
                    let places = watch(self, &ears);
                    if is_interim || is_followed {
                        self.take_message(&mark, at, message.clone(), size, places);
                    } else {
                        let keeps = Keeps::of(asked.step, asked.matcher, captures);
                        outcome = self.take_and_keep(&mark, at, message.clone(), size, &places, keeps);
                    }
                    if !is_interim {
                        return Talked {
                            response: Some(message),
                            outcome,
                        };
                    }
                }
                Err(mismatch) => {
                    let heard = Heard::Unwanted {
                        at,
                        message: message.clone(),
                        size,
                        missed: vec![(0, mismatch)],
                    };
                    if let Err(halt) = self.unexpected(asked.step, &mut ears, heard).await {
                        return Talked {
                            response: Some(message),
                            outcome: Err(halt),
                        };
                    }
                }
            }
        }
    }

    /// Sends a request, head and body in one write.
    async fn put_request(&mut self, asked: &Asked<'_>, at: usize, request: &Message) -> Outcome {
        let connection = &self.connections[at];
        let (link, peer) = (Arc::clone(&connection.link), connection.link.peer.clone());
        let Some(outbox) = connection.outbox.clone() else {
            let text = "another strand sends on this connection now";
            return Err(self.fail(asked.step.id, FindingKind::Ended, text));
        };
        loop {
            match self.put(&asked.mark, &outbox, &link.text, request, None) {
                Err(SendError::Full) => self.wait_for_room(asked.step, &outbox, &peer, asked.deadline).await?,
                other => return other.map_err(|error| self.unsent(asked.step.id, &error, request)),
            }
        }
    }
}

/// Whether the connection goes on after this exchange, as far as its messages say.
fn is_persistent(request: &Message, response: &Message, to_head: bool) -> bool {
    let (Some(asked), Some(answered)) = (request.head(), response.head()) else {
        return false;
    };
    let has_no_body = to_head || answered.status().is_some_and(http::has_no_body);
    let is_delimited = has_no_body || answered.has("content-length") || answered.has("transfer-encoding");
    http::is_persistent(asked) && http::is_persistent(answered) && is_delimited
}

/// The request, which says that no other follows it on its connection.
fn without_reuse(request: &Message) -> Message {
    let mut head: Head = request.head().cloned().unwrap_or_default();
    if !head.has("connection") {
        // Behind the host the headers stand in the order of their names.
        let place = head
            .headers
            .iter()
            .skip(1)
            .position(|(name, _)| name.as_str() > "connection");
        let place = place.map_or(head.headers.len(), |place| place + 1);
        head.headers
            .insert(place, ("connection".to_owned(), "close".to_owned()));
    }
    Message::with_head(head, request.bytes())
}

/// The request with its templates filled in.
fn filled(
    request: &Request,
    pool: &Pool,
    view: &dyn Scope,
    last: Option<&Message>,
) -> Result<surf::Request, ExpressionError> {
    let mut target = request.target.text(view)?;
    if !target.starts_with('/') {
        return Err(ExpressionError::new(format!(
            "`{target}` is no path: a path begins with `/`"
        )));
    }
    for (name, value) in &request.query {
        let values = match value.json(view)? {
            serde_json::Value::Array(values) => values,
            value => vec![value],
        };
        for value in values.iter().filter(|value| !value.is_null()) {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str(&http::percent_encoded(name));
            target.push('=');
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            target.push_str(&http::percent_encoded(&value));
        }
    }
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| Ok((name.clone(), value.text(view)?)));
    let body = request.body.as_ref().map(|(payload, media)| {
        let message = payload.fill(view, last)?;
        Ok(Body {
            bytes: message.bytes().into(),
            media: *media,
        })
    });
    Ok(surf::Request {
        method: request.method.clone(),
        address: pool.located.address.clone(),
        secure: pool.is_secure(),
        target,
        headers: headers.collect::<Result<_, ExpressionError>>()?,
        body: body.transpose()?,
        chunked: request.chunked,
    })
}
