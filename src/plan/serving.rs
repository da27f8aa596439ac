//! HTTP requests that are served, and what they are answered with.

use super::connections::Need;
use super::exchange::media;
use super::on::{About, Asks};
use super::strand::Strand;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Json, Node, Span};
use crate::wire::http::{self, Media};
use crate::wire::matcher::{Headed, Matcher, Request};
use crate::wire::payload::Payload;
use crate::wire::template::{JsonTemplate, Template};

/// What a request is answered with.
#[derive(Debug)]
pub enum Respond {
    /// A response.
    Response(Answer),
    /// Bytes as they are.
    Raw(Payload),
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    /// Its status, from 100 to 999.
    pub status: JsonTemplate,
    /// Its reason, where it is not the usual one.
    pub reason: Option<Template>,
    /// Its headers.
    pub headers: Vec<(String, Template)>,
    /// Its body, and what that is.
    pub body: Option<(Payload, Media)>,
    /// Whether its body goes in chunks.
    pub chunked: bool,
    /// After so many bytes of the body the connection is closed.
    pub cut_after: Option<u64>,
}

/// The method that stands for any.
const ANY: &str = "ANY";

impl Strand<'_, '_> {
    /// What a request on these connections must look like; its captures are defined from here on.
    pub(super) fn served(&mut self, guard: &At<written::RequestGuard>, about: &About) -> Matcher {
        let At { value: written, span } = guard;
        let brings_some = self.need_http(about, *span);
        let path = self.text(&written.path);
        let query = self.header_matchers(&written.query);
        let rest = Headed {
            line: None,
            headers: self.header_matchers(&written.headers),
            body: written.body.as_ref().map(|body| self.matcher_of(body)),
        };
        let method = Some(written.method.value.clone()).filter(|method| method != ANY);
        match Request::new(method, &path, query, rest) {
            Ok(_) if !brings_some => Matcher::any(),
            Ok(request) => self.asked_of(Matcher::request(request), *span, about),
            Err(text) => {
                self.all.mistake(Mistake::new(written.path.span, text));
                Matcher::any()
            }
        }
    }

    /// Whether connections bring HTTP requests; says so where one certainly brings none.
    fn need_http(&mut self, about: &About, span: Span) -> bool {
        let brings_none = |name: &&String| {
            let connection = self.open.find(name);
            let incoming = connection.and_then(|connection| connection.incoming.as_ref());
            incoming.is_some_and(|framing| framing.as_http() != Some(http::Kind::Requests))
        };
        let found = about.names.iter().find(brings_none);
        if let Some(name) = found {
            let text = format!("`{name}` brings no HTTP requests");
            let help = "an endpoint with `\"listen\": \"http\"` gets them";
            self.all.mistake(Mistake::new(span, text).help(help));
        }
        found.is_none()
    }

    /// What a `respond` step sends.
    pub(super) fn respond(&mut self, respond: &At<written::Respond>, asks: Asks) -> Respond {
        match self.serving.clone() {
            Some(names) => names.iter().for_each(|name| self.lend(name, Need::Send, asks.span)),
            None => {
                let mistake = Mistake::new(asks.span, "there is no request here that `respond` could answer");
                self.all
                    .mistake(mistake.help("it stands in the `do` of an alternative with `request`"));
            }
        }
        match &respond.value {
            written::Respond::Raw(payload) => Respond::Raw(self.payload(payload)),
            written::Respond::Response(answer) => Respond::Response(self.answer(answer)),
        }
    }

    fn answer(&mut self, answer: &written::Answer) -> Answer {
        let status = match &answer.status {
            Some(status) => self.json(status),
            None => JsonTemplate::fixed(200.into()),
        };
        if let (Some(status), Some(body)) = (answer.status.as_ref().and_then(fixed), &answer.body)
            && http::has_no_body(status)
        {
            let text = format!("a response with the status {status} has no body");
            let mistake = Mistake::new(body.span, text).help("`raw` sends it nevertheless");
            self.all.mistake(mistake);
        }
        let body = answer.body.as_ref();
        Answer {
            status,
            reason: answer.reason.as_ref().map(|reason| self.text(reason)),
            headers: self.headers(&answer.headers),
            body: body.map(|body| (self.payload(body), media(&body.value))),
            chunked: answer.chunked,
            cut_after: answer.cut_after,
        }
    }
}

/// A status that is known.
fn fixed(status: &Node) -> Option<u16> {
    match &status.value {
        Json::Number(number) => u16::try_from(number.as_u64()?).ok(),
        _ => None,
    }
}
