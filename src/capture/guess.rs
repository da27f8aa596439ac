//! How bytes become messages where nobody says so: guessed from what was said.
//!
//! Owns which framings are tried, and in which order. A guess is right where all that was said is whole messages by it, on
//! every connection to the service. Does not own the framings.

use serde_json::{Value as Json, json};

use super::conversation::{Connection, Transport};
use super::talk::{Framings, Said, talk};
use crate::ident::Direction;
use crate::wire::http;

/// How much of what a side said is looked at to find out what to try.
const LOOKED_AT: usize = 4 << 10;

/// A framing as scenarios write it, and what it is.
#[derive(Clone, Debug)]
pub struct Guess {
    /// As scenarios write it.
    pub written: Json,
    /// What it is.
    pub framings: Framings,
}

/// What fits all of these connections to one service; `read` makes framings of what scenarios write.
pub fn guess(connections: &[&Connection], read: &dyn Fn(&Json) -> Option<Framings>) -> Guess {
    let tried = candidates(connections).into_iter().filter_map(|written| {
        let framings = read(&written)?;
        Some(Guess { written, framings })
    });
    let mut fitting = tried.filter(|guess| connections.iter().all(|connection| fits(connection, &guess.framings)));
    fitting.next().unwrap_or_else(|| Guess {
        written: json!("raw"),
        framings: Framings::raw(),
    })
}

/// Whether all that was said is whole messages; what came last may have been cut by the end of the recording.
fn fits(connection: &Connection, framings: &Framings) -> bool {
    talk(connection, framings).iter().all(|spoken| match &spoken.said {
        Said::Malformed { .. } | Said::End { partial: Some(_), .. } => false,
        Said::Message { .. } | Said::End { .. } | Said::Note(_) => true,
    })
}

fn candidates(connections: &[&Connection]) -> Vec<Json> {
    let said = |way: Direction| {
        connections
            .iter()
            .map(move |connection| connection.said(way))
            .filter(|said| !said.is_empty())
    };
    let (mut asked, mut answered) = (said(Direction::FromOpener), said(Direction::ToOpener));
    let all = || said(Direction::FromOpener).chain(said(Direction::ToOpener));
    let is_stream = connections
        .iter()
        .all(|connection| connection.transport == Transport::Tcp);
    let mut tried = Vec::new();
    if all().all(is_headed_line("SIP/2.0")) {
        tried.push(json!({ "headers": ["Content-Length", "l"] }));
    }
    if !is_stream {
        return tried;
    }
    if asked.clone().next().is_some() && asked.all(is_request) {
        tried.push(json!("http"));
    }
    if said(Direction::FromOpener).next().is_some()
        && said(Direction::FromOpener).all(|said| begins_resp(said, b"*"))
        && answered.all(|said| begins_resp(said, b"+-:$*_#,(!=%~>"))
    {
        tried.push(json!("resp"));
    }
    let length = b"content-length:";
    if all().all(|said| said.len() > length.len() && said[..length.len()].eq_ignore_ascii_case(length)) {
        tried.push(json!({ "headers": "Content-Length" }));
    }
    if all().all(is_text) {
        if all().all(|said| {
            said.iter()
                .zip(said.iter().skip(1))
                .all(|(a, b)| *b != b'\n' || *a == b'\r')
        }) {
            tried.push(json!("crlf"));
        }
        tried.push(json!("lines"));
    }
    tried
}

/// Whether what was said begins with a line of this version.
fn is_headed_line(version: &str) -> impl Fn(&[u8]) -> bool {
    move |said| {
        let line = said.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.starts_with(version.as_bytes()) || line.ends_with(version.as_bytes())
    }
}

fn is_request(said: &[u8]) -> bool {
    let line = said.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let method = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    let is_method = !method.is_empty() && method.iter().all(|byte| http::is_token(*byte));
    is_method && (line.ends_with(b" HTTP/1.1\r") || line.ends_with(b" HTTP/1.0\r"))
}

/// Whether what was said begins as a value of this kind.
fn begins_resp(said: &[u8], kinds: &[u8]) -> bool {
    let line = said.split(|byte| *byte == b'\n').next().unwrap_or_default();
    said.first().is_some_and(|kind| kinds.contains(kind)) && line.ends_with(b"\r")
}

/// Whether what was said is text in lines.
fn is_text(said: &[u8]) -> bool {
    let beginning = &said[..said.len().min(LOOKED_AT)];
    let is_utf8 = match std::str::from_utf8(beginning) {
        Ok(_) => true,
        // A character that is cut by the end of what is looked at.
        Err(error) => error.error_len().is_none() && beginning.len() < said.len(),
    };
    let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\r' | b'\n' | b'\t' | 0x1b);
    is_utf8 && said.contains(&b'\n') && !beginning.iter().any(control)
}
