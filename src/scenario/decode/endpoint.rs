//! What an actor listens at.

use super::Decoder;
use super::framing::transpose;
use super::shape::{Fields, Shape, unlike};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Endpoint, Json, Node, Transport, Upgrade};

const ENDPOINT: Shape = Shape {
    what: "an endpoint",
    keys: &[
        ("name", "what it is called where an actor has several"),
        ("tcp", "the TCP port, 0 for a free one"),
        ("http", "the TCP port of an HTTP server, 0 for a free one"),
        ("udp", "the UDP port, 0 for a free one"),
        ("websocket", "the TCP port of a WebSocket server, 0 for a free one"),
        ("unix", "the name of a Unix socket, 0 for a free place"),
        ("host", "the address (\"127.0.0.1\")"),
        ("framing", "how bytes become messages (\"raw\")"),
        (
            "messages",
            "the messages that diagrams show frames as, by name: the first that fits",
        ),
        ("tls", "TLS from the first byte on"),
        ("backlog", "how many connections may wait to be accepted (4096)"),
        ("max_connections", "how many connections there may be at once"),
        ("path", "of a WebSocket: the path that there is (any)"),
        ("headers", "of a WebSocket: headers of the response to its handshake"),
        ("session", "steps for each connection"),
    ],
    later: &[],
};

/// Transports that this version does not have yet.
const LATER: &[&str] = &[];

/// The transports by their names.
const TRANSPORTS: &[(&str, Transport)] = &[
    ("tcp", Transport::Tcp),
    ("http", Transport::Http),
    ("udp", Transport::Udp),
    ("websocket", Transport::WebSocket),
    ("unix", Transport::Unix),
];

impl Decoder<'_> {
    /// One endpoint, or a list of endpoints with names.
    pub(super) fn endpoints(&mut self, node: &Node) -> Option<Vec<Endpoint>> {
        if !matches!(node.value, Json::Array(_)) {
            return Some(vec![self.endpoint(node)?]);
        }
        let parts = self.list(node, "endpoints")?;
        let endpoints: Vec<_> = parts.iter().map(|part| self.endpoint(part)).collect();
        let sound: Vec<_> = endpoints.into_iter().flatten().collect();
        self.names_differ(&sound, parts.len() > 1)?;
        (sound.len() == parts.len()).then_some(sound)
    }

    fn names_differ(&mut self, endpoints: &[Endpoint], several: bool) -> Option<()> {
        let mut fine = Some(());
        for (n, endpoint) in endpoints.iter().enumerate() {
            let Some(name) = &endpoint.name else {
                if several {
                    self.wrong(Mistake::new(endpoint.span, "of several endpoints each needs a `name`"));
                    fine = None;
                }
                continue;
            };
            let before = endpoints[..n].iter().filter_map(|before| before.name.as_ref());
            if let Some(before) = before.clone().find(|before| before.value == name.value) {
                let mistake = Mistake::new(name.span, format!("two endpoints are called `{}`", name.value));
                self.wrong(mistake.note(before.span, "the other one is here"));
                fine = None;
            }
        }
        fine
    }

    fn endpoint(&mut self, node: &Node) -> Option<Endpoint> {
        match &node.value {
            Json::String(_) => Some(Endpoint {
                span: node.span,
                name: None,
                transport: self.word(node, TRANSPORTS, LATER)?,
                port: None,
                unix: None,
                host: None,
                framing: None,
                messages: Vec::new(),
                upgrade: Upgrade::default(),
                tls: None,
                backlog: None,
                max_connections: None,
                session: None,
            }),
            Json::Object(_) => {
                let fields = self.object(node, &ENDPOINT)?;
                self.endpoint_of(&fields)
            }
            _ => {
                let mistake = unlike(node, "a transport such as \"tcp\", or an object with one");
                self.wrong(match &node.value {
                    Json::Number(port) => mistake.help(format!(
                        "a port stands behind its transport: `{{ \"tcp\": {port} }}`, `{{ \"http\": {port} }}` or `{{ \"udp\": {port} }}`"
                    )),
                    _ => mistake,
                });
                None
            }
        }
    }

    fn endpoint_of(&mut self, fields: &Fields<'_>) -> Option<Endpoint> {
        let name = fields.get("name").map(|node| {
            let name = self.text(node, "a name")?;
            self.name(&name, "endpoint")
        });
        let transport = self.one(fields, &["tcp", "http", "udp", "unix", "websocket"], "transport");
        let place = transport.map(|(key, node)| match key.value.as_str() {
            "unix" => Some((None, self.unix(node, fields)?)),
            _ => Some((Some(self.port(node)?), None)),
        });
        let transport = match transport {
            Some((key, _)) if key.value == "http" => Transport::Http,
            Some((key, _)) if key.value == "udp" => Transport::Udp,
            Some((key, _)) if key.value == "unix" => Transport::Unix,
            Some((key, _)) if key.value == "websocket" => Transport::WebSocket,
            _ => Transport::Tcp,
        };
        if let (Transport::Http, Some((key, _))) = (transport, fields.member("framing")) {
            self.wrong(Mistake::new(
                key.span,
                "an HTTP endpoint has the framing of HTTP and no other",
            ));
        }
        if let (Transport::WebSocket, Some((key, _))) = (transport, fields.member("framing")) {
            let text = "the messages of a WebSocket are framed by themselves";
            self.wrong(Mistake::new(key.span, text));
        }
        if transport != Transport::WebSocket {
            for (key, _) in ["path", "headers"].iter().filter_map(|key| fields.member(key)) {
                let text = format!("`{}` is of an endpoint of WebSocket", key.value);
                self.wrong(Mistake::new(key.span, text));
            }
        }
        let upgrade = self.upgrade(fields);
        if transport == Transport::Udp {
            self.no_connections(fields);
        }
        let host = fields
            .get("host")
            .map(|node| self.words(node, "an address such as \"127.0.0.1\""));
        let framing = fields.get("framing").map(|node| self.framings(node));
        let messages = fields.get("messages").map(|node| self.texts(node, "names of messages"));
        let tls = fields.get("tls").map(|node| self.tls(node));
        let backlog = fields.get("backlog").map(|node| self.whole(node, 1));
        let max_connections = fields.get("max_connections").map(|node| self.whole(node, 1));
        let session = fields.get("session").map(|node| self.steps(node));
        let (port, unix) = place??;
        Some(Endpoint {
            span: fields.span,
            name: transpose(name)?,
            transport,
            port,
            unix,
            host: transpose(host)?,
            framing: transpose(framing)?,
            messages: transpose(messages)?.unwrap_or_default(),
            upgrade: upgrade?,
            tls: transpose(tls)?,
            backlog: transpose(backlog)?.map(|at| at.value),
            max_connections: transpose(max_connections)?.map(|at| at.value),
            session: transpose(session)?,
        })
    }

    /// On UDP nobody connects, so that nothing can be said of how many do.
    fn no_connections(&mut self, fields: &Fields<'_>) {
        for key in ["backlog", "max_connections"] {
            if let Some((key, _)) = fields.member(key) {
                let text = format!("`{}` is for connections, and UDP has none", key.value);
                self.wrong(Mistake::new(key.span, text));
            }
        }
    }

    /// The name of a Unix socket; none for a free place.
    fn unix(&mut self, node: &Node, fields: &Fields<'_>) -> Option<Option<At<String>>> {
        if let Some((key, _)) = fields.member("host") {
            self.wrong(Mistake::new(key.span, "a Unix socket has no `host`"));
        }
        match &node.value {
            Json::Number(number) if number.as_u64() == Some(0) => Some(None),
            _ => {
                let what = "0 for a free place, or a name such as \"chat.sock\" or \"@chat\"";
                Some(Some(self.words(node, what)?))
            }
        }
    }

    fn port(&mut self, node: &Node) -> Option<Node> {
        match &node.value {
            Json::Number(number) if number.as_u64().is_some_and(|port| port <= u16::MAX.into()) => {}
            _ if Self::is_template(node) => {}
            _ => {
                self.unlike(node, "a port from 0 to 65535, or a template");
                return None;
            }
        }
        Some(node.clone())
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("endpoint", &ENDPOINT)];
