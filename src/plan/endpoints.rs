//! Endpoints: addresses, ports and framings.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use serde_json::Value;

use super::compile::Compiler;
use super::directory::{EndpointEntry, Entry};
use super::step::Framings;
use super::{Endpoint, Port};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Json, Node, Span};
use crate::wire::framing::Framing;
use crate::wire::http;

/// How many connections may wait to be accepted, unless the scenario says otherwise; std's 128 drops the first packets
/// of a thousand clients.
const BACKLOG: u32 = 4096;

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
                    written::Transport::Tcp => self.framings(endpoint.framing.as_ref()),
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
                });
                compiled
            })
            .collect()
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
