//! WebSocket: what its handshake says, and its ends.

use super::compile::Compiler;
use super::connections::Need;
use super::on::{About, Asks};
use super::step::{Ending, Framings, On, Verb};
use super::strand::Strand;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Span};
use crate::wire::framing::Framing;
use crate::wire::framing::websocket::{LONGEST_REASON, Sender};
use crate::wire::handshake::Upgrade;
use crate::wire::template::Template;

/// What a client asks in the handshake of a WebSocket.
#[derive(Debug)]
pub struct Asking {
    /// The path, `/` where the scenario gives none.
    pub path: Option<Template>,
    /// Headers of the request.
    pub headers: Vec<(String, Template)>,
}

/// What a WebSocket is closed with.
#[derive(Debug)]
pub struct Parting {
    /// The code.
    pub code: u16,
    /// The reason.
    pub reason: Option<Template>,
}

/// How a connection comes to be a WebSocket.
const SPEAK_WEBSOCKET: &str = "an endpoint with `\"listen\": \"websocket\"` speaks it";

/// The framings of a WebSocket.
pub(super) fn framings() -> Framings {
    Framings {
        client: Framing::websocket(Sender::Client),
        server: Framing::websocket(Sender::Server),
    }
}

impl Compiler<'_> {
    /// What an endpoint says in the handshake; `None` where it speaks something else.
    pub(super) fn upgrade(&mut self, endpoint: &written::Endpoint) -> Option<Upgrade> {
        if endpoint.transport != written::Transport::WebSocket {
            return None;
        }
        let path = endpoint.upgrade.path.as_ref().and_then(|path| self.constant_text(path));
        let headers = endpoint.upgrade.headers.iter().flat_map(|headers| &headers.value);
        let headers = headers
            .filter_map(|(name, value)| Some((name.value.clone(), self.constant_text(value)?)))
            .collect();
        Some(Upgrade { path, headers })
    }
}

impl Strand<'_, '_> {
    /// What a `connect` asks; a connection that is none of WebSocket asks nothing.
    pub(super) fn asking(&mut self, upgrade: &written::Upgrade, spoken: Option<&Framings>) -> Option<Box<Asking>> {
        let is_other = spoken.is_some_and(|spoken| !spoken.client.is_websocket());
        let path = upgrade.path.as_ref().map(|path| ("path", path.span));
        let headers = upgrade.headers.as_ref().map(|headers| ("headers", headers.span));
        for (key, span) in path.into_iter().chain(headers).filter(|_| is_other) {
            let text = format!("`{key}` is for WebSocket, which this endpoint does not speak");
            self.all.mistake(Mistake::new(span, text).help(SPEAK_WEBSOCKET));
        }
        let path = upgrade.path.as_ref().map(|path| self.text(path));
        let headers = match &upgrade.headers {
            Some(headers) => self.headers(&headers.value),
            None => Vec::new(),
        };
        (path.is_some() || !headers.is_empty()).then(|| Box::new(Asking { path, headers }))
    }

    /// A WebSocket's messages are framed by themselves.
    pub(super) fn check_unframed(&mut self, framing: Option<&At<written::Framings>>, own: Option<&Framings>) {
        if let (Some(framing), true) = (framing, own.is_some_and(|own| own.client.is_websocket())) {
            let text = "the messages of a WebSocket are framed by themselves";
            self.all.mistake(Mistake::new(framing.span, text));
        }
    }

    /// An orderly close, with what a WebSocket says then.
    pub(super) fn close(
        &mut self,
        farewell: Option<&written::Farewell>,
        on: Option<&At<written::On>>,
        asks: Asks,
    ) -> (Verb, Option<On>) {
        let need = Need::Both;
        let parting = farewell.map(|farewell| {
            let about = self.about(on, Asks { need, ..asks });
            self.parting(farewell, &about)
        });
        self.ending(Verb::Close(parting), on, need, asks)
    }

    /// What a WebSocket is closed with.
    fn parting(&mut self, farewell: &written::Farewell, about: &About) -> Parting {
        let is_other = |name: &String| {
            let outgoing = self.open.find(name)?.outgoing.as_ref();
            outgoing.map(|framing| !framing.is_websocket())
        };
        if about.names.iter().filter_map(is_other).any(|other| other) {
            self.no_websocket(farewell.span);
        }
        let reason = farewell.reason.as_ref().map(|reason| self.text(reason));
        let size = reason.as_ref().and_then(Template::fixed).map_or(0, str::len);
        if let Some(written) = farewell.reason.as_ref().filter(|_| size > LONGEST_REASON) {
            let text = format!("a reason has {LONGEST_REASON} bytes at the most; this one has {size}");
            self.all.mistake(Mistake::new(written.span, text));
        }
        Parting {
            code: farewell.code,
            reason,
        }
    }

    /// An end with a code is one of a WebSocket.
    pub(super) fn check_ending(&mut self, ending: Ending, about: &About, span: Span) {
        let is_other = |name: &String| {
            let incoming = self.open.find(name)?.incoming.as_ref();
            incoming.map(|framing| !framing.is_websocket())
        };
        if matches!(ending, Ending::Code(_)) && about.names.iter().filter_map(is_other).any(|other| other) {
            self.no_websocket(span);
        }
    }

    fn no_websocket(&mut self, span: Span) {
        let text = "a `code` is of WebSocket, which this connection does not speak";
        self.all.mistake(Mistake::new(span, text).help(SPEAK_WEBSOCKET));
    }
}
