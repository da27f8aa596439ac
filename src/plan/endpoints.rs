//! Endpoints: addresses, ports and framings.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use serde_json::Value;

use super::compile::Compiler;
use super::directory::{EndpointEntry, Entry};
use super::step::Framings;
use super::tls::{For, Tls};
use super::{Endpoint, Port, UnixPlace};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Json, Node, Span};
use crate::wire::framing::Framing;
use crate::wire::http;

/// How many connections may wait to be accepted, unless the scenario says otherwise; std's 128 drops the first packets
/// of a thousand clients.
const BACKLOG: u32 = 4096;

/// What HTTP/1.1 is called among the protocols that are spoken over TLS.
const HTTP: &str = "http/1.1";

/// The longest name of a Unix socket in the run's folder, in bytes.
const LONGEST_NAME: usize = 48;

/// The longest name of one that is in no folder, in bytes.
const LONGEST_ABSTRACT: usize = 107;

impl Compiler<'_> {
    /// The endpoints of an actor, without their sessions; the directory gets an entry for each.
    pub(super) fn compile_endpoints(&mut self, actor: &written::Actor, count: Option<u32>) -> Vec<Endpoint> {
        self.directory.actors.push(Entry {
            name: actor.name.value.clone(),
            count,
            endpoints: Vec::new(),
            per_peer: actor.per_peer.is_some(),
            is_program: matches!(actor.outside, Some(written::Outside::Process(_)))
                && !self.is_external(&actor.name.value),
        });
        let several = actor.listen.len() > 1;
        actor
            .listen
            .iter()
            .map(|endpoint| {
                let framings = match endpoint.transport {
                    written::Transport::Tcp | written::Transport::Unix => self.framings(endpoint.framing.as_ref()),
                    written::Transport::Udp => self.datagrams(endpoint.framing.as_ref()),
                    written::Transport::Http => Framings {
                        client: Framing::http(http::Kind::Requests),
                        server: Framing::http(http::Kind::Responses { to_head: false }),
                    },
                    written::Transport::WebSocket => super::upgrade::framings(),
                };
                let name = endpoint.name.as_ref().map(|name| name.value.clone());
                let compiled = Endpoint {
                    name: name.clone().filter(|_| several),
                    host: self.host(endpoint.host.as_ref()),
                    port: endpoint
                        .port
                        .as_ref()
                        .map_or(Port::Number(0), |port| self.port(port, count)),
                    unix: self.unix_place(endpoint, count),
                    tls: self.endpoint_tls(endpoint),
                    framings: framings.clone(),
                    messages: self.messages_of(&endpoint.messages).into(),
                    upgrade: self.upgrade(endpoint).map(Arc::new),
                    backlog: endpoint.backlog.unwrap_or(BACKLOG),
                    max_connections: endpoint.max_connections,
                    session: None,
                    place: self.sources.place(endpoint.span),
                };
                let entry = self
                    .directory
                    .actors
                    .last_mut()
                    .expect("the actor's entry was just made");
                entry.endpoints.push(EndpointEntry {
                    name,
                    framings,
                    session: endpoint.session.is_some() || actor.outside.is_some(),
                    secure: compiled.tls.is_some(),
                    unix: compiled.unix.is_some(),
                });
                compiled
            })
            .collect()
    }

    /// The TLS of an endpoint; that of HTTP says so.
    fn endpoint_tls(&mut self, endpoint: &written::Endpoint) -> Option<Tls> {
        let mut tls = self.tls(endpoint.tls.as_ref()?, For::Acceptor);
        if endpoint.transport == written::Transport::Http {
            tls.alpn.get_or_insert_with(|| vec![HTTP.to_owned()]);
        }
        Some(tls)
    }

    /// Where a Unix socket is.
    fn unix_place(&mut self, endpoint: &written::Endpoint, count: Option<u32>) -> Option<UnixPlace> {
        if endpoint.transport != written::Transport::Unix {
            return None;
        }
        let Some(name) = &endpoint.unix else {
            return Some(UnixPlace::Free);
        };
        if let Some(count @ 2..) = count {
            let text = format!("{count} instances cannot all listen at `{}`", name.value);
            self.mistake(Mistake::new(name.span, text).help("0 gives each a free place"));
        }
        let (place, rest, most) = match name.value.strip_prefix('@') {
            Some(rest) => (UnixPlace::Abstract(rest.to_owned()), rest, LONGEST_ABSTRACT),
            None => (UnixPlace::Named(name.value.clone()), name.value.as_str(), LONGEST_NAME),
        };
        let is_path = !name.value.starts_with('@') && (rest.contains('/') || rest.starts_with('.'));
        let wrong = if is_path {
            let text = format!("`{}` is a path", name.value);
            Some((
                text,
                "a socket is in a folder of the run's own, which is removed in the end: a name is enough, and `address` says where it is",
            ))
        } else if rest.is_empty() || rest.contains('\0') {
            Some((
                format!("`{}` is no name of a socket", name.value),
                "\"chat.sock\" is, and \"@chat\" for one in no folder",
            ))
        } else if rest.len() > most {
            let text = format!(
                "the name of this socket has {} bytes, and {most} are the most",
                rest.len()
            );
            Some((text, "the kernel takes 107 bytes, the folder's path included"))
        } else {
            None
        };
        if let Some((text, help)) = wrong {
            self.mistake(Mistake::new(name.span, text).help(help));
        }
        Some(place)
    }

    fn host(&mut self, host: Option<&At<String>>) -> IpAddr {
        let default = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let Some(host) = host else {
            return default;
        };
        match host.value.parse::<IpAddr>() {
            Ok(address) if address.is_loopback() => address,
            Ok(_) => {
                let text = format!("`{}` is not a loopback address", host.value);
                let help = "a scenario listens on this machine alone: `127.0.0.1` (or another of 127.0.0.0/8), `::1`";
                self.mistake(Mistake::new(host.span, text).help(help));
                default
            }
            Err(_) => {
                let text = format!("`{}` is no address", host.value);
                let help = "only loopback addresses are allowed: `127.0.0.1` (or another of 127.0.0.0/8), `::1`";
                self.mistake(Mistake::new(host.span, text).help(help));
                default
            }
        }
    }

    fn port(&mut self, port: &Node, count: Option<u32>) -> Port {
        if let Json::String(text) = &port.value
            && let Some(name) = same_as(text)
        {
            return self.same_port(name, port.span);
        }
        let Some(value) = self.constant(port) else {
            return Port::Number(0);
        };
        let number = match &value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let Some(number) = number.and_then(|n| u16::try_from(n).ok()) else {
            self.mistake(Mistake::new(
                port.span,
                format!("{value} is no port; 0 (a free one) to 65535 are"),
            ));
            return Port::Number(0);
        };
        if let (Some(count @ 2..), 1..) = (count, number) {
            let text = format!("{count} instances cannot all listen on port {number}");
            self.mistake(Mistake::new(port.span, text).help("0 gives each a free one"));
        }
        Port::Number(number)
    }

    /// The port of an endpoint before this one; the directory holds no others yet.
    fn same_port(&mut self, name: &str, span: Span) -> Port {
        let Ok(target) = self.directory.target(name, span) else {
            let names: Vec<_> = self.directory.actors.iter().flat_map(Entry::endpoint_names).collect();
            let mistake = Mistake::new(span, format!("no endpoint before this one is called `{name}`"));
            self.mistake(mistake.did_you_mean(name, names.iter().map(String::as_str)));
            return Port::Number(0);
        };
        let is_own = target.actor + 1 == self.directory.actors.len();
        let endpoint = self.directory.actors[target.actor].endpoints[target.endpoint]
            .name
            .as_deref();
        match endpoint {
            // The endpoint that is being made is another one of the actor, so that each is called by its name.
            Some(endpoint) if is_own && !name.contains('.') => Port::SameAs(format!("{name}.{endpoint}")),
            _ => Port::SameAs(name.to_owned()),
        }
    }

    /// The framings of both directions; `raw` where nothing is said.
    fn framings(&mut self, framing: Option<&At<written::Framings>>) -> Framings {
        let change = framing.map(|framing| self.framing_change(framing));
        let (client, server) = change.map_or((None, None), |change| (change.client, change.server));
        Framings {
            client: client.unwrap_or_else(Framing::raw),
            server: server.unwrap_or_else(Framing::raw),
        }
    }
}

impl Compiler<'_> {
    /// Datagrams, and how both sides read what these hold.
    fn datagrams(&mut self, framing: Option<&At<written::Framings>>) -> Framings {
        let inside = self.framings(framing);
        if let (Some(framing), true) = (framing, inside.client.as_http().or(inside.server.as_http()).is_some()) {
            self.mistake(no_http(framing.span));
        }
        Framings {
            client: Framing::datagram(inside.client),
            server: Framing::datagram(inside.server),
        }
    }
}

/// That HTTP was asked for in datagrams.
pub(super) fn no_http(span: Span) -> Mistake {
    Mistake::new(span, "no datagram holds HTTP, which needs a stream").help("`\"listen\": \"http\"` is over TCP")
}

/// The endpoint's name in a template that is nothing but `{{ port('Ftp.data') }}`.
fn same_as(text: &str) -> Option<&str> {
    let call = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let argument = call
        .strip_prefix("port")?
        .trim_start()
        .strip_prefix('(')?
        .strip_suffix(')')?
        .trim();
    let name = ['\'', '"']
        .iter()
        .find_map(|&quote| argument.strip_prefix(quote)?.strip_suffix(quote))?;
    (!name.contains(['\'', '"', '\\'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::same_as;

    #[test]
    fn the_port_of_another_endpoint_is_known_by_its_form() {
        assert_eq!(same_as("{{ port('Ftp.data') }}"), Some("Ftp.data"));
        assert_eq!(same_as("{{port( \"A\" )}}"), Some("A"));
        assert_eq!(same_as("{{ port('A') + 1 }}"), None);
        assert_eq!(same_as("{{ base }}"), None);
    }
}
