//! From what was heard of others to a trace, a diagram and a scenario.
//!
//! Owns how the stages follow each other: framings, messages, names, the scenario, the trace, the diagram. Does not own any
//! of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::drawing::{self, DrawError, Drawing};
use super::results::{about, write_whole};
use crate::capture::cast::{Names, cast};
use crate::capture::conversation::{Connection, Conversation};
use crate::capture::guess::{Guess, guess};
use crate::capture::talk::{Framings, Spoken, talk};
use crate::capture::write::{Told, write};
use crate::diagram::{Detail, mermaid};
use crate::plan::{Overrides, Permissions, Plan};
use crate::replay::{Heard, Replay, Side, Spoke, replay};
use crate::scenario::{LoadError, load_text};
use crate::trace::reader::TraceSource;

/// A framing as scenarios write it, and what it is.
#[derive(Clone, Debug)]
pub struct GivenFraming(Guess);

impl GivenFraming {
    /// Reads a framing: a word, or JSON.
    pub fn read(text: &str) -> Result<Self, Box<LoadError>> {
        let written = match text.trim_start().starts_with(['{', '"']) {
            true => text.to_owned(),
            false => Json::String(text.trim().to_owned()).to_string(),
        };
        let framings = compiled(&written).map_err(Box::new)?;
        let written = serde_json::from_str(&written).unwrap_or_else(|_| json!("raw"));
        Ok(Self(Guess { written, framings }))
    }
}

/// What scenarios mean by a framing; the text stands in a line of its own.
fn compiled(written: &str) -> Result<Framings, LoadError> {
    let name = "--framing";
    let text = format!(
        "{{ \"actors\": {{ \"Server\": {{ \"session\": [], \"listen\": {{ \"tcp\": 0, \"framing\":\n{written}\n}} }} }} }}"
    );
    let (scenario, sources) = load_text(name, &text)?;
    let plan = Plan::compile(name, &scenario, &sources, &Overrides::default())
        .map_err(|mistakes| LoadError::Mistakes { mistakes, sources })?;
    let mut endpoints = plan.actors.into_iter().flat_map(|actor| actor.listen);
    let framings = endpoints.next().map(|endpoint| endpoint.framings);
    Ok(framings.map_or_else(Framings::raw, |framings| Framings {
        client: framings.client,
        server: framings.server,
    }))
}

/// How what was heard is told.
#[derive(Debug)]
pub struct Telling<'a> {
    /// What the scenario is called, without an ending.
    pub name: &'a str,
    /// For people.
    pub title: Option<&'a str>,
    /// How bytes become messages [default: guessed].
    pub framing: Option<&'a GivenFraming>,
    /// Who is called what.
    pub names: &'a Names,
    /// Which side the scenario plays; none for no scenario.
    pub side: Option<Side>,
    /// The command of the client.
    pub command: Option<&'a [String]>,
    /// How much is drawn.
    pub detail: Detail,
}

/// What came of a conversation.
#[derive(Debug)]
pub struct Recording {
    /// The trace, as it stands in a file.
    pub trace: Vec<u8>,
    /// What it looks like.
    pub drawing: Drawing,
    /// The scenario that plays it again.
    pub replay: Option<Replay>,
    /// How each server was spoken to.
    pub framings: Vec<(String, Json)>,
    /// What is wrong with the scenario, which should not be.
    pub mistakes: Option<LoadError>,
}

/// Tells what was heard.
pub fn tell(conversation: &Conversation, telling: &Telling<'_>) -> Result<Recording, DrawError> {
    let spoken = services(conversation, telling.framing);
    let guess_of = |connection: &Connection| {
        let found = spoken
            .iter()
            .find(|(connections, _)| connections.contains(&connection.server));
        found.map_or_else(Framings::raw, |(_, guess)| guess.framings.clone())
    };
    let talks: Vec<Vec<Spoken>> = conversation
        .connections
        .iter()
        .map(|connection| talk(connection, &guess_of(connection)))
        .collect();
    let cast = cast(conversation, &talks, telling.names);
    let mut spoke = BTreeMap::new();
    for (session, connection) in cast.sessions.iter().zip(&conversation.connections) {
        if let Some((_, guess)) = spoken.iter().find(|(servers, _)| servers.contains(&connection.server)) {
            let Guess { written, framings } = guess.clone();
            spoke.entry(session.server).or_insert(Spoke { written, framings });
        }
    }
    let title = telling.title.unwrap_or("A recording");
    let replay = telling.side.map(|side| {
        replay(&Heard {
            conversation,
            talks: &talks,
            cast: &cast,
            spoke: &spoke,
            name: telling.name,
            title,
            side,
            command: telling.command,
        })
    });
    let (values, mistakes) = replay
        .as_ref()
        .map_or_else(Default::default, |replay| masked(telling.name, replay));
    let mut trace = Vec::new();
    // Nothing tells the order of connections of a client that is no actor of the scenario.
    let after = match telling.side {
        Some(Side::Server) => BTreeMap::new(),
        _ => cast.after(conversation, &talks),
    };
    let scenario = format!("{}.json", telling.name);
    let told = Told {
        conversation,
        talks: &talks,
        cast: &cast,
        scenario: &scenario,
        title: Some(title),
        after: &after,
        values: &values,
    };
    write(&told, &mut trace).map_err(|error| DrawError::Trace(error.into()))?;
    let source = TraceSource::from_bytes(trace.clone())?;
    let framings = spoke
        .iter()
        .map(|(server, spoke)| (cast.roles[*server].name.clone(), spoke.written.clone()));
    Ok(Recording {
        drawing: drawing::draw(&source, telling.detail)?,
        framings: framings.collect(),
        trace,
        replay,
        mistakes,
    })
}

/// How each service was spoken to.
fn services(conversation: &Conversation, given: Option<&GivenFraming>) -> Vec<(BTreeSet<std::net::SocketAddr>, Guess)> {
    let mut services: BTreeMap<std::net::SocketAddr, Vec<&Connection>> = BTreeMap::new();
    for connection in &conversation.connections {
        services.entry(connection.server).or_default().push(connection);
    }
    let read = |written: &Json| compiled(&written.to_string()).ok();
    let of = |(server, connections): (std::net::SocketAddr, Vec<&Connection>)| {
        let guess = given.map_or_else(|| guess(&connections, &read), |given| given.0.clone());
        (BTreeSet::from([server]), guess)
    };
    services.into_iter().map(of).collect()
}

/// The values that diagrams of the scenario show by name, and what is wrong with it.
fn masked(name: &str, replay: &Replay) -> (BTreeMap<String, Vec<String>>, Option<LoadError>) {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if !replay.files.is_empty() {
        // It reads files that are not written yet.
        for variable in &replay.captured {
            values
                .entry(variable.name.clone())
                .or_default()
                .push(variable.text.clone());
        }
        return (values, None);
    }
    // What it starts, and where it connects, was seen when it was recorded.
    let overrides = Overrides {
        permissions: Permissions::unplayed(),
        ..Overrides::default()
    };
    let compiled = load_text(name, &replay.text).and_then(|(scenario, sources)| {
        Plan::compile(name, &scenario, &sources, &overrides)
            .map_err(|mistakes| LoadError::Mistakes { mistakes, sources })
    });
    let plan = match compiled {
        Ok(plan) => plan,
        Err(error) => return (values, Some(error)),
    };
    for variable in &replay.captured {
        if variable.is_always_masked() || !plan.mask.says(&variable.text) {
            values
                .entry(variable.name.clone())
                .or_default()
                .push(variable.text.clone());
        }
    }
    (values, None)
}

/// Writes a recording into a folder: the trace, the diagram, the scenario and what it reads. Gives what was written.
pub fn leave(recording: &Recording, folder: &Path, name: &str) -> io::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    let mut put = |file: &str, bytes: &[u8]| -> io::Result<()> {
        let path = folder.join(file);
        if let Ok(text) = std::str::from_utf8(bytes) {
            write_whole(&path, text)?;
        } else {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(|error| about(parent, error))?;
            }
            std::fs::write(&path, bytes).map_err(|error| about(&path, error))?;
        }
        written.push(path);
        Ok(())
    };
    put("trace.jsonl", &recording.trace)?;
    put("diagram.mmd", mermaid::write(&recording.drawing.diagram).as_bytes())?;
    if let Some(replay) = &recording.replay {
        for (file, bytes) in &replay.files {
            put(file, bytes)?;
        }
        put(&format!("{name}.json"), replay.text.as_bytes())?;
    }
    Ok(written)
}
