//! What opens and ends connections.

use super::connections::{Connection, Need};
use super::directory::{EndpointEntry, Target};
use super::endpoints::no_http;
use super::on::{About, Asks, is_template};
use super::step::{Ending, FramingChange, Framings, On, Verb};
use super::strand::{Kind, Strand};
use super::tls::For;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Span};
use crate::wire::framing::Framing;
use crate::wire::template::Template;

/// How a connection comes to speak HTTP.
pub(super) const SPEAK_HTTP: &str =
    "HTTP is spoken to an endpoint with `\"listen\": \"http\"`, or with `\"framing\": \"http\"` beside `connect`";

/// What an accepted connection is called where neither the step nor the endpoint has a name for it.
const ACCEPTED: &str = "client";

impl Strand<'_, '_> {
    pub(super) fn connect(
        &mut self,
        to: &At<String>,
        name: Option<&At<String>>,
        (framing, tls): (Option<&At<written::Framings>>, Option<&written::TlsChoice>),
        reuse: Option<&At<bool>>,
        upgrade: &written::Upgrade,
    ) -> Verb {
        let target = self.template(&to.value, to.span);
        let framings = framing.map(|framing| self.all.framing_change(framing));
        let target_name = match is_template(&to.value) {
            true => None,
            false => self.target(to),
        };
        let entry = target_name.map(|Target { actor, endpoint }| &self.all.directory.actors[actor].endpoints[endpoint]);
        let own = entry.map(|endpoint| endpoint.framings.clone());
        let secure = match tls {
            None => entry.map(|endpoint| endpoint.secure),
            Some(written::TlsChoice::Off(_)) => Some(false),
            Some(written::TlsChoice::On(_)) => Some(true),
        };
        let unix = entry.is_some_and(|endpoint| endpoint.unix);
        self.check_unframed(framing, own.as_ref());
        let spoken = own.map(|own| own.changed(framings.as_ref()));
        let asks = self.asking(upgrade, spoken.as_ref());
        let tls = self.all.tls_choice(tls);
        let called = name.unwrap_or(to);
        self.check_free(called);
        // Where the endpoint is only known when the run knows it, it may be one of HTTP.
        let speaks_http = spoken.as_ref().is_none_or(Framings::are_http);
        if let (Some(reuse), Some(spoken), false) = (reuse, &spoken, speaks_http) {
            let framing = spoken.client.describe();
            let text = format!("`reuse` is for HTTP; this connection's framing is `{framing}`");
            self.all.mistake(Mistake::new(reuse.span, text).help(SPEAK_HTTP));
        }
        let reuse = reuse.is_none_or(|reuse| reuse.value);
        let (outgoing, incoming) = spoken.map_or((None, None), |spoken| (Some(spoken.client), Some(spoken.server)));
        self.opened(&called.value, incoming, outgoing);
        if let (Some(change), Some(framing)) = (&framings, framing) {
            let about = About {
                on: On::Only,
                names: vec![called.value.clone()],
            };
            self.refuse_http_in_datagrams(&about, change, framing.span);
        }
        if let Some(connection) = self.open.find_mut(&called.value) {
            connection.connected = true;
            connection.secure = secure;
            connection.unix = unix;
            connection.requests = speaks_http;
            connection.reuse = reuse;
            connection.receives = reuse;
            connection.sends = reuse;
        }
        Verb::Connect {
            to: target,
            name: name.map(|name| self.template(&name.value, name.span)),
            framings,
            tls,
            reuse,
            asks,
        }
    }

    fn target(&mut self, to: &At<String>) -> Option<Target> {
        match self.all.directory.target(&to.value, to.span) {
            Ok(target) => {
                self.all.connects.push(At {
                    value: (target.actor, target.endpoint),
                    span: to.span,
                });
                Some(target)
            }
            Err(mistake) => {
                self.all.mistake(mistake);
                None
            }
        }
    }

    /// A connection's name must be free, at least on one way that leads here.
    fn check_free(&mut self, name: &At<String>) {
        if self.open.find(&name.value).is_some_and(|connection| connection.sure) {
            let text = format!("`{}` is open already", name.value);
            let mistake = Mistake::new(name.span, text).help("give one of them another name by `as`");
            self.all.mistake(mistake);
        }
    }

    /// A connection is open from here on.
    pub(super) fn opened(&mut self, name: &str, incoming: Option<Framing>, outgoing: Option<Framing>) {
        if incoming.as_ref().is_none_or(|framing| !framing.is_raw()) {
            self.all.framed.insert(self.actor);
        }
        if incoming.as_ref().is_none_or(Framing::is_datagram) {
            self.all.datagrams.insert(self.actor);
        }
        match is_template(name) {
            true => self.open.unknown = true,
            false => self
                .open
                .open(name, Connection::new(incoming, outgoing, self.lent.len())),
        }
    }

    pub(super) fn ending(
        &mut self,
        verb: Verb,
        on: Option<&At<written::On>>,
        need: Need,
        asks: Asks,
    ) -> (Verb, Option<On>) {
        let about = self.about(on, Asks { need, ..asks });
        self.check_lent(&about, asks.verb, asks.span);
        if !matches!(verb, Verb::Close(_)) {
            self.refuse_endings(&about, asks.verb, asks.span);
        }
        if let Some(name) = about.certain() {
            let is_unix = self.open.find(name).is_some_and(|connection| connection.unix);
            if is_unix && matches!(verb, Verb::Reset) {
                let text = format!("`{name}` is a Unix socket, which cannot be reset");
                self.all
                    .mistake(Mistake::new(asks.span, text).help("`close` ends it in order"));
            }
            self.open.end(name, need, asks.span);
        }
        (verb, Some(about.on))
    }

    /// The other side has closed.
    pub(super) fn ended(&mut self, about: &About, ending: Ending, span: Span) {
        self.check_ending(ending, about, span);
        self.check_lent(about, "closed", span);
        self.refuse_endings(about, "closed", span);
        let what = match ending {
            Ending::Eof | Ending::Truncated | Ending::Any | Ending::Code(_) => Need::Receive,
            Ending::Reset => Need::Both,
        };
        if let Some(name) = about.certain() {
            self.open.end_by_peer(name, what, span);
        }
    }

    /// On UDP neither side learns of an end.
    fn refuse_endings(&mut self, about: &About, verb: &str, span: Span) {
        let is_one = |name: &String| self.open.find(name).is_some_and(|connection| connection.datagrams);
        if about.names.iter().any(is_one) {
            let text = format!("`{verb}` has no place on UDP: nobody learns there that the other side has ended");
            let help = match verb {
                "closed" => "`silence` says that nothing more comes; a session ends by itself when all scripts have",
                _ => "`close` ends this side, without a word",
            };
            self.all.mistake(Mistake::new(span, text).help(help));
        }
    }

    /// `send` with `to` and `broadcast` need somebody to send to.
    pub(super) fn need_sessions(&mut self, asks: Asks) {
        let Some(entry) = self.all.directory.actors.get(self.actor) else {
            return;
        };
        let hears_anybody = |endpoint: &EndpointEntry| !endpoint.session && endpoint.framings.are_datagrams();
        if asks.verb == "send" && entry.endpoints.iter().any(hears_anybody) {
            return;
        }
        if !entry.endpoints.iter().any(|endpoint| endpoint.session) {
            let text = format!("`{}` has no sessions to send to", entry.name);
            self.all
                .mistake(Mistake::new(asks.span, text).help("an endpoint with a `session` has"));
        }
    }

    /// No datagram holds HTTP.
    pub(super) fn refuse_http_in_datagrams(&mut self, about: &About, change: &FramingChange, span: Span) {
        let is_http = [&change.client, &change.server]
            .into_iter()
            .flatten()
            .any(|framing| framing.as_http().is_some());
        let is_one = |name: &String| self.open.find(name).is_some_and(|connection| connection.datagrams);
        if is_http && about.names.iter().any(is_one) {
            self.all.mistake(no_http(span));
        }
    }

    /// Background answers end no connection but their own.
    fn check_lent(&mut self, about: &About, verb: &str, span: Span) {
        let is_own = about.certain().is_some_and(|name| self.open.find(name).is_some());
        if self.kind == Kind::Background && !is_own {
            let text = format!("`{verb}` has no place here: the connection is only lent to `background`");
            let help = "a step of the strand that waits on it ends it";
            self.all.mistake(Mistake::new(span, text).help(help));
        }
    }

    /// A connection speaks TLS from here on.
    pub(super) fn secured(
        &mut self,
        tls: &written::Tls,
        on: Option<&At<written::On>>,
        asks: Asks,
    ) -> (Verb, Option<On>) {
        let about = self.about(
            on,
            Asks {
                need: Need::Both,
                ..asks
            },
        );
        let known = about.certain().and_then(|name| self.open.find_mut(name));
        let side = match &known {
            Some(connection) if connection.connected => For::Opener,
            Some(_) => For::Acceptor,
            None => For::Either,
        };
        let was = known.map(|connection| connection.secure.replace(true));
        if let (Some(Some(true)), Some(name)) = (was, about.certain()) {
            let text = format!("`{name}` speaks TLS here already");
            let help = "`tls` in mid-connection is for one that begins without";
            self.all.mistake(Mistake::new(asks.span, text).help(help));
        }
        let tls = self.all.tls(tls, side);
        (Verb::Tls(Box::new(tls)), Some(about.on))
    }

    /// A connection taken by a step: which endpoint, and the connection's name, also as written.
    pub(super) fn accept(
        &mut self,
        endpoint: Option<&At<String>>,
        name: Option<&At<String>>,
        span: Span,
    ) -> (usize, Template, String) {
        if self.kind == Kind::Nobody {
            name.into_iter()
                .for_each(|name| _ = self.template(&name.value, name.span));
            self.open.unknown = true;
            return (0, Template::literal(ACCEPTED), ACCEPTED.to_owned());
        }
        let number = match self.own_endpoint(endpoint, span) {
            Ok(number) => number,
            Err(mistake) => {
                self.all.mistake(mistake);
                // What follows is not to be blamed for it.
                let endpoints = self.all.directory.actors[self.actor].endpoints.len();
                self.all
                    .accepts
                    .extend((0..endpoints).map(|endpoint| (self.actor, endpoint)));
                self.open.unknown = true;
                return (0, Template::literal(ACCEPTED), ACCEPTED.to_owned());
            }
        };
        self.all.accepts.insert((self.actor, number));
        let entry = self.all.directory.actors[self.actor].endpoints.get(number);
        let incoming = entry.map(|entry| entry.framings.client.clone());
        let outgoing = entry.map(|entry| entry.framings.server.clone());
        let (secure, unix) = (entry.map(|entry| entry.secure), entry.is_some_and(|entry| entry.unix));
        let default = At {
            value: entry
                .and_then(|entry| entry.name.clone())
                .unwrap_or_else(|| ACCEPTED.to_owned()),
            span,
        };
        let name = name.unwrap_or(&default);
        self.check_free(name);
        self.opened(&name.value, incoming, outgoing);
        if let Some(connection) = self.open.find_mut(&name.value) {
            connection.secure = secure;
            connection.unix = unix;
        }
        self.accepts_as(&name.value, name.span);
        (number, self.template(&name.value, name.span), name.value.clone())
    }

    /// An endpoint of this actor whose connections are the script's.
    fn own_endpoint(&self, endpoint: Option<&At<String>>, span: Span) -> Result<usize, Mistake> {
        let entry = &self.all.directory.actors[self.actor];
        let number = match endpoint {
            Some(name) => entry.endpoint(&name.value, name.span)?,
            None => {
                let is_free = |endpoint: &EndpointEntry| !endpoint.session && !endpoint.framings.are_datagrams();
                let free: Vec<_> = (0..entry.endpoints.len())
                    .filter(|&e| is_free(&entry.endpoints[e]))
                    .collect();
                match (entry.endpoints.len(), free.as_slice()) {
                    (0, _) => return Err(Mistake::new(span, format!("`{}` doesn't listen", entry.name))),
                    (_, [only]) => *only,
                    (1, _) => 0,
                    _ => {
                        let text = format!("`{}` has several endpoints; `accept` needs the name of one", entry.name);
                        return Err(Mistake::new(span, text));
                    }
                }
            }
        };
        match entry.endpoints[number].session {
            false if entry.endpoints[number].framings.are_datagrams() => {
                let text = format!(
                    "nobody connects to `{}`, which listens on UDP",
                    entry.endpoint_name(number)
                );
                Err(Mistake::new(span, text).help("`receive` takes datagrams from anybody"))
            }
            false => Ok(number),
            true => {
                let text = format!(
                    "the `session` of `{}` takes its connections",
                    entry.endpoint_name(number)
                );
                Err(Mistake::new(span, text).help("`accept` is for an endpoint without a `session`"))
            }
        }
    }
}

/// An ending as the plan has it.
pub(super) fn ending_as(ending: written::Ending) -> Ending {
    match ending {
        written::Ending::Eof => Ending::Eof,
        written::Ending::Reset => Ending::Reset,
        written::Ending::Truncated => Ending::Truncated,
        written::Ending::Any => Ending::Any,
        written::Ending::Code(code) => Ending::Code(code),
    }
}
