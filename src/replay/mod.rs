//! A scenario that plays a conversation of others again, as either side of it.
//!
//! Owns which actors it has and what they do, so that its diagram is that of the recording: connections become actors and
//! steps, values that one side made up and the other sent back become captures and variables, what differs from run to run
//! is matched loosely. Does not own what was said (`capture`), nor playing it.

mod client;
mod http;
mod names;
mod payload;
mod resp;
mod server;
mod steps;
mod text;
mod values;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Map, Value as Json, json};

use crate::capture::cast::Cast;
use crate::capture::conversation::{Conversation, Transport};
use crate::capture::talk::{Framings, Spoken};
use crate::scenario::layout::lay_out;
use crate::units::LONGEST;
use payload::{Files, Style};
pub use values::Variable;

/// Which side a scenario plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The clients, against the server that there was.
    Client,
    /// The servers, for clients from outside.
    Server,
    /// Both.
    #[default]
    Both,
}

/// How a service is spoken to.
#[derive(Clone, Debug)]
pub struct Spoke {
    /// As scenarios write it.
    pub written: Json,
    /// What it is.
    pub framings: Framings,
}

/// A conversation that is to be played again.
#[derive(Debug)]
pub struct Heard<'a> {
    /// What was heard.
    pub conversation: &'a Conversation,
    /// What was said on each connection.
    pub talks: &'a [Vec<Spoken>],
    /// Who is who.
    pub cast: &'a Cast,
    /// How each server is spoken to, by its place in the cast.
    pub spoke: &'a BTreeMap<usize, Spoke>,
    /// What the scenario's file is called, without its ending.
    pub name: &'a str,
    /// For people.
    pub title: &'a str,
    /// Which side is played.
    pub side: Side,
    /// The command of the client, where it was started for this.
    pub command: Option<&'a [String]>,
}

/// A scenario.
#[derive(Debug)]
pub struct Replay {
    /// Its text.
    pub text: String,
    /// Files that it reads, by their names from its folder on.
    pub files: Vec<(String, Vec<u8>)>,
    /// What its steps capture.
    pub captured: Vec<Variable>,
    /// What of the conversation is not in it.
    pub remarks: Vec<String>,
}

/// What is put together.
struct Made {
    files: Files,
    captured: Vec<Variable>,
    remarks: Vec<String>,
}

/// The scenario that plays a conversation again.
pub fn replay(heard: &Heard<'_>) -> Replay {
    let mut made = Made {
        files: Files::new(heard.name),
        captured: Vec::new(),
        remarks: Vec::new(),
    };
    let mut actors = Map::new();
    for (place, role) in heard.cast.roles.iter().enumerate() {
        let mut actor = Map::new();
        let mut acts = false;
        if role.connects && heard.side != Side::Server {
            actor.insert(
                "script".to_owned(),
                Json::Array(client::script(heard, place, &mut made)),
            );
            acts = true;
        } else if role.connects
            && let Some(command) = heard.command
        {
            actor.insert("process".to_owned(), json!({ "command": started(heard, command) }));
            acts = true;
        }
        if let Some(address) = role.listens {
            listens(heard, place, address, &mut actor, &mut made);
            acts = true;
        }
        if acts {
            actors.insert(role.name.clone(), Json::Object(actor));
        }
    }
    let mut scenario = Map::new();
    scenario.insert("title".to_owned(), json!(text::escaped(heard.title)));
    if !made.remarks.is_empty() {
        scenario.insert("//".to_owned(), json!(made.remarks.join("; ")));
    }
    if let Some(limits) = limits(heard) {
        scenario.insert("limits".to_owned(), limits);
    }
    scenario.insert("actors".to_owned(), Json::Object(actors));
    let text = Json::Object(scenario).to_string();
    Replay {
        text: lay_out(&text).unwrap_or(text),
        files: made.files.files,
        captured: made.captured,
        remarks: made.remarks,
    }
}

/// What an actor that listens has.
fn listens(heard: &Heard<'_>, place: usize, address: SocketAddr, actor: &mut Map<String, Json>, made: &mut Made) {
    let written = heard
        .spoke
        .get(&place)
        .map_or_else(|| json!("raw"), |spoke| spoke.written.clone());
    let listen = match (written.as_str(), transport(heard, place)) {
        (Some("http"), _) => json!("http"),
        (Some("raw"), Transport::Tcp) => json!("tcp"),
        (Some("raw"), Transport::Udp) => json!("udp"),
        (_, Transport::Udp) => json!({ "udp": 0, "framing": written }),
        (_, Transport::Tcp) => json!({ "tcp": 0, "framing": written }),
    };
    actor.insert("listen".to_owned(), listen);
    match heard.side {
        Side::Client => {
            actor.insert("at".to_owned(), json!(address.to_string()));
        }
        Side::Server | Side::Both => server::session(heard, place, actor, made),
    }
}

fn transport(heard: &Heard<'_>, server: usize) -> Transport {
    let mut sessions = heard.cast.sessions.iter().zip(&heard.conversation.connections);
    let found = sessions.find(|(session, _)| session.server == server);
    found.map_or(Transport::Tcp, |(_, connection)| connection.transport)
}

fn style(heard: &Heard<'_>, server: usize) -> Style {
    match heard.spoke.get(&server).and_then(|spoke| spoke.written.as_str()) {
        Some("resp") => Style::Resp,
        Some("raw") if transport(heard, server) == Transport::Tcp => Style::Raw,
        None if !heard.spoke.contains_key(&server) => Style::Raw,
        _ => Style::Framed,
    }
}

fn is_http(heard: &Heard<'_>, server: usize) -> bool {
    heard.spoke.get(&server).is_some_and(|spoke| spoke.framings.is_http())
}

/// The command of the client with the address of the server that is played.
fn started(heard: &Heard<'_>, command: &[String]) -> Vec<String> {
    let server = heard.cast.roles.iter().find(|role| role.listens.is_some());
    let server = server.map_or("Server", |role| role.name.as_str());
    let fill = |word: &String| {
        text::escaped(word)
            .replace("{address}", &format!("{{{{ address('{server}') }}}}"))
            .replace("{port}", &format!("{{{{ port('{server}') }}}}"))
            .replace("{host}", "127.0.0.1")
    };
    command.iter().map(fill).collect()
}

/// A run that takes longer than by default has more time.
fn limits(heard: &Heard<'_>) -> Option<Json> {
    let all = heard.talks.iter().flatten().map(|spoken| spoken.time);
    let seconds = all.max().unwrap_or_default().as_secs();
    let waits = heard.side == Side::Server && heard.command.is_none();
    let most = seconds.saturating_mul(2).saturating_add(if waits { 90 } else { 30 });
    (seconds >= 10 || waits).then(|| json!({ "scenario": format!("{}s", most.min(LONGEST.as_secs())) }))
}
