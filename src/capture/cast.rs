//! Who is who in a conversation of others.
//!
//! Owns the names of servers (by their service), of clients (by their addresses), and of connections. Two connections of
//! one address that do not overlap are one client's, one after the other; those that do are of several. Does not own what
//! was said (`talk`).

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use super::conversation::{Connection, Conversation, Transport};
use super::talk::{Said, Spoken};
use crate::ident::{ActorName, ConnectionName, Direction, StrandName};

/// What services are called by their ports.
const SERVICES: &[(&str, &[u16])] = &[
    ("Amqp", &[5672]),
    ("Cassandra", &[9042]),
    ("Dns", &[53]),
    ("Echo", &[7]),
    ("Elasticsearch", &[9200]),
    ("Ftp", &[21]),
    ("Http", &[80, 8000, 8008, 8080, 8888]),
    ("Https", &[443, 8443]),
    ("Imap", &[143, 993]),
    ("Irc", &[6667, 6697]),
    ("Kafka", &[9092]),
    ("Ldap", &[389, 636]),
    ("Memcached", &[11211]),
    ("MongoDB", &[27017]),
    ("Mqtt", &[1883, 8883]),
    ("MySQL", &[3306]),
    ("Nats", &[4222]),
    ("Ntp", &[123]),
    ("Pop3", &[110, 995]),
    ("Postgres", &[5432]),
    ("Redis", &[6379]),
    ("Rtsp", &[554]),
    ("Sip", &[5060, 5061]),
    ("Smtp", &[25, 465, 587]),
    ("Ssh", &[22]),
    ("Stomp", &[61613]),
    ("Syslog", &[514]),
    ("Telnet", &[23]),
    ("Xmpp", &[5222, 5269]),
    ("ZooKeeper", &[2181]),
];

/// What a service of this port is called.
pub fn service(port: u16) -> Option<&'static str> {
    let found = SERVICES.iter().find(|(_, ports)| ports.contains(&port));
    found.map(|(name, _)| *name)
}

/// An address that is given a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A service at this address.
    Service(SocketAddr),
    /// Whoever is there.
    Machine(IpAddr),
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let machine = || text.parse().map(Self::Machine);
        let found = text.parse().map(Self::Service).or_else(|_| machine());
        found.map_err(|_| format!("`{text}` is no address, as `10.0.0.7` and `10.0.0.7:6379` are"))
    }
}

/// What is known of names beforehand.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// What clients are called [default: `Client`].
    pub client: Option<String>,
    /// What servers are called [default: by their services].
    pub server: Option<String>,
    /// Names of single addresses.
    pub addresses: Vec<(Named, String)>,
}

/// An actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub listens: Option<SocketAddr>,
    /// Whether it opens connections.
    pub connects: bool,
}

/// A connection of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The place of who opened it.
    pub client: usize,
    /// The place of who accepted it.
    pub server: usize,
    /// What it is called.
    pub name: ConnectionName,
}

/// Who takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// The actors, those that open connections first.
    pub roles: Vec<Role>,
    /// Each connection, in the order of the conversation.
    pub sessions: Vec<Session>,
}

impl Cast {
    /// For each connection that its client opened when it had said all that it said on another one, that other one.
    pub fn after(&self, conversation: &Conversation, talks: &[Vec<Spoken>]) -> BTreeMap<usize, usize> {
        let mut last: BTreeMap<usize, usize> = BTreeMap::new();
        let mut after = BTreeMap::new();
        for (place, session) in self.sessions.iter().enumerate() {
            if let Some(before) = last.insert(session.client, place) {
                let done = done(&conversation.connections[before], &talks[before]);
                if done.is_some_and(|done| done <= first(&conversation.connections[place], &talks[place])) {
                    after.insert(place, before);
                }
            }
        }
        after
    }
}

fn messages(talk: &[Spoken]) -> impl Iterator<Item = &Spoken> {
    talk.iter()
        .filter(|spoken| matches!(spoken.said, Said::Message { .. } | Said::Malformed { .. }))
}

/// When the first message came on a connection.
fn first(connection: &Connection, talk: &[Spoken]) -> Duration {
    messages(talk)
        .map(|spoken| spoken.time)
        .min()
        .unwrap_or(connection.opened)
}

/// When a client has said all on a connection, and heard all; none where it may say more.
pub(super) fn done(connection: &Connection, talk: &[Spoken]) -> Option<Duration> {
    let is_own = |spoken: &&Spoken| spoken.direction == Direction::FromOpener || is_reset(spoken);
    let ends = talk.iter().filter(|spoken| matches!(spoken.said, Said::End { .. }));
    let left = ends.filter(is_own).map(|spoken| spoken.time).min();
    let last = messages(talk).map(|spoken| spoken.time).max();
    let has_left = connection.transport == Transport::Udp || connection.has_ended(Direction::FromOpener);
    has_left.then(|| last.max(left).unwrap_or(connection.opened))
}

/// A client, and how far its connections have come.
struct Client {
    address: IpAddr,
    name: String,
    /// Whether all connections of its address are its.
    alone: bool,
    /// When it has said all that it said so far; none where it may say more.
    done: Option<Duration>,
}

/// Gives names to all who take part.
pub fn cast(conversation: &Conversation, talks: &[Vec<Spoken>], names: &Names) -> Cast {
    let (mut clients, mut servers): (Vec<Client>, Vec<(SocketAddr, String)>) = (Vec::new(), Vec::new());
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let mut pairs = Vec::with_capacity(talks.len());
    for connection in &conversation.connections {
        if !servers.iter().any(|(address, _)| *address == connection.server) {
            let own = named(names, Named::Service(connection.server));
            let name = own.or(names.server.as_deref());
            let name = name.or_else(|| service(connection.server.port())).unwrap_or("Server");
            servers.push((connection.server, free(&mut taken, name)));
        }
    }
    for (connection, talk) in conversation.connections.iter().zip(talks) {
        let server = servers.iter().position(|(address, _)| *address == connection.server);
        let client = client_of(connection, talk, &mut clients, names, &mut taken);
        pairs.push((client, server.unwrap_or_default()));
    }
    named_cast(&clients, &servers, &pairs)
}

fn named_cast(clients: &[Client], servers: &[(SocketAddr, String)], pairs: &[(usize, usize)]) -> Cast {
    let mut cast = Cast::default();
    let mut place = |name: &str, listens: Option<SocketAddr>| {
        let known = cast.roles.iter().position(|role: &Role| role.name == name);
        let at = known.unwrap_or_else(|| {
            cast.roles.push(Role {
                name: name.to_owned(),
                listens: None,
                connects: false,
            });
            cast.roles.len() - 1
        });
        match listens {
            Some(_) => cast.roles[at].listens = listens,
            None => cast.roles[at].connects = true,
        }
        at
    };
    let of_clients: Vec<usize> = clients.iter().map(|client| place(&client.name, None)).collect();
    let of_servers: Vec<usize> = servers
        .iter()
        .map(|(address, name)| place(name, Some(*address)))
        .collect();
    let mut counts: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for (client, server) in pairs {
        let (client, server) = (of_clients[*client], of_servers[*server]);
        let number = counts.entry((client, server)).or_default();
        *number += 1;
        let actor = |at: usize| ActorName::new(cast.roles[at].name.clone());
        cast.sessions.push(Session {
            client,
            server,
            name: ConnectionName {
                target: actor(server),
                endpoint: None,
                opener: Box::new(StrandName::script(actor(client))),
                number: *number,
            },
        });
    }
    cast
}

/// Who opened a connection: a client of its address that has said all that it said before, or another one.
fn client_of(
    connection: &Connection,
    talk: &[Spoken],
    clients: &mut Vec<Client>,
    names: &Names,
    taken: &mut BTreeMap<String, u32>,
) -> usize {
    let address = connection.client.ip();
    let (first, done) = (first(connection, talk), done(connection, talk));
    let own = named(names, Named::Service(connection.client)).or_else(|| named(names, Named::Machine(address)));
    let found = clients.iter().position(|client| {
        let is_free = client.alone || client.done.is_some_and(|done| done <= first);
        client.address == address && is_free && own.is_none_or(|own| client.alone && client.name == own)
    });
    if let Some(at) = found {
        let client = &mut clients[at];
        client.done = client.done.zip(done).map(|(before, now)| before.max(now));
        return at;
    }
    let name = match own {
        // It may be a server too.
        Some(own) => own.to_owned(),
        None => free(taken, names.client.as_deref().unwrap_or("Client")),
    };
    clients.push(Client {
        address,
        name,
        alone: own.is_some(),
        done,
    });
    clients.len() - 1
}

const fn is_reset(spoken: &Spoken) -> bool {
    matches!(
        spoken.said,
        Said::End {
            how: crate::trace::event::Closing::Reset,
            ..
        }
    )
}

fn named(names: &Names, address: Named) -> Option<&str> {
    let mut named = names.addresses.iter();
    named.find(|(own, _)| *own == address).map(|(_, name)| name.as_str())
}

/// The name, with a number behind it where others have it too.
fn free(taken: &mut BTreeMap<String, u32>, name: &str) -> String {
    let count = taken.entry(name.to_owned()).or_default();
    *count += 1;
    match count {
        1 => name.to_owned(),
        count => format!("{name} {count}"),
    }
}
