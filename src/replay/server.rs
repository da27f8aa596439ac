//! What a server does: a session for each connection that came.
//!
//! Owns telling connections apart that were served differently, and requests that were answered differently. Does not own
//! single steps (`steps`).

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::steps::Pen;
use super::values::{Variable, kept};
use super::{Heard, Made, Side, http, is_http, style};
use crate::capture::talk::Said;
use crate::ident::Direction;
use crate::trace::event::Closing;
use crate::wire::http as wire;
use crate::wire::message::Message;

/// How long is waited for clients from outside.
const PATIENCE: &str = "60s";

/// The session of a server, and what goes with it.
pub(super) fn session(heard: &Heard<'_>, server: usize, actor: &mut Map<String, Json>, made: &mut Made) {
    let own = |(_, session): &(usize, &crate::capture::cast::Session)| session.server == server;
    let connections: Vec<usize> = heard
        .cast
        .sessions
        .iter()
        .enumerate()
        .filter(own)
        .map(|(connection, _)| connection)
        .collect();
    let waits = heard.side == Side::Server && heard.command.is_none();
    let mut steps = match is_http(heard, server) {
        true => requests(heard, &connections, actor, made),
        false => each(heard, &connections, made),
    };
    if waits && !connections.is_empty() {
        steps.push(json!({ "signal": "done" }));
        let wait = json!({ "await": "done", "times": connections.len(), "timeout": PATIENCE });
        actor.insert("script".to_owned(), json!([wait]));
    }
    actor.insert("session".to_owned(), Json::Array(steps));
}

/// The steps of each connection: once, where all are alike.
fn each(heard: &Heard<'_>, connections: &[usize], made: &mut Made) -> Vec<Json> {
    let mut kinds: Vec<(Vec<Json>, Vec<usize>)> = Vec::new();
    for connection in connections {
        let steps = linear(heard, *connection, made);
        match kinds.iter_mut().find(|(known, _)| *known == steps) {
            Some((_, of)) => of.push(*connection),
            None => kinds.push((steps, vec![*connection])),
        }
    }
    if kinds.len() == 1 {
        return kinds.pop().map(|(steps, _)| steps).unwrap_or_default();
    }
    let when = |of: &[usize]| match heard.side {
        // All of them are of one actor, in the order in which they are accepted.
        Side::Server => {
            let numbers: Vec<String> = of
                .iter()
                .filter_map(|own| connections.iter().position(|connection| connection == own))
                .map(|place| (place + 1).to_string())
                .collect();
            match numbers.as_slice() {
                [number] => format!("session.endswith('#{number}')"),
                numbers => format!("session.split('#')[-1] in [{}]", quoted(numbers)),
            }
        }
        Side::Client | Side::Both => {
            let names: Vec<String> = of
                .iter()
                .map(|own| heard.cast.sessions[*own].name.to_string())
                .collect();
            match names.as_slice() {
                [_] => format!("session == {}", quoted(&names)),
                names => format!("session in [{}]", quoted(names)),
            }
        }
    };
    let branches = kinds.iter().map(|(steps, of)| json!({ "if": when(of), "do": steps }));
    branches.collect()
}

/// Texts as expressions write them.
fn quoted(texts: &[String]) -> String {
    let quoted = texts.iter().map(|text| match text.contains('\'') {
        true => json!(text).to_string(),
        false => format!("'{text}'"),
    });
    quoted.collect::<Vec<_>>().join(", ")
}

/// What a server did on one connection.
fn linear(heard: &Heard<'_>, connection: usize, made: &mut Made) -> Vec<Json> {
    let talk = &heard.talks[connection];
    let messages = talk.iter().filter_map(|spoken| match &spoken.said {
        Said::Message { message, .. } => Some((message, spoken.direction == Direction::ToOpener)),
        _ => None,
    });
    let timeline: Vec<(&Message, bool)> = messages.collect();
    let mut captures = kept(&timeline).into_iter();
    let style = style(heard, heard.cast.sessions[connection].server);
    let (mut steps, mut known): (Vec<Json>, Vec<Variable>) = (Vec::new(), Vec::new());
    let mut ended = [false; 2];
    let mut before = Duration::ZERO;
    for spoken in talk {
        let pen = Pen {
            own: Direction::ToOpener,
            style,
            on: None,
            known: &known,
            before,
        };
        let side = usize::from(spoken.direction == Direction::ToOpener);
        match &spoken.said {
            Said::Message { .. } => {
                let kept = captures.next().unwrap_or_default();
                let said = heard.conversation.connections[connection].said(spoken.direction);
                steps.extend(pen.message(spoken, said, &kept, &mut made.files));
                known.extend(kept.iter().cloned());
                made.captured.extend(kept);
            }
            Said::End { how, .. } => {
                // The end of a session closes what is left by itself.
                let is_last = ended[1 - side] && spoken.direction == Direction::ToOpener && *how == Closing::Fin;
                if !is_last {
                    steps.extend(pen.end(spoken, ended[1 - side]));
                }
                ended[side] = true;
            }
            Said::Malformed { .. } => made.remarks.push("bytes that are no message are left out".to_owned()),
            Said::Note(_) => {}
        }
        before = spoken.time;
    }
    steps
}

/// A request with all responses that it got.
struct Asked {
    request: Json,
    responses: Vec<Json>,
}

/// A `serve` with an alternative for each request.
fn requests(heard: &Heard<'_>, connections: &[usize], actor: &mut Map<String, Json>, made: &mut Made) -> Vec<Json> {
    let mut all: Vec<Asked> = Vec::new();
    let mut exchanges: Vec<(Duration, &Message, &Message)> = Vec::new();
    for connection in connections {
        let mut asked: Option<&Message> = None;
        for spoken in &heard.talks[*connection] {
            let Said::Message { message, .. } = &spoken.said else {
                continue;
            };
            match (spoken.direction, asked) {
                (Direction::FromOpener, _) => asked = Some(message),
                (Direction::ToOpener, Some(request)) if !message.head().is_some_and(wire::is_interim) => {
                    exchanges.push((spoken.time, request, message));
                    asked = None;
                }
                _ => {}
            }
        }
    }
    exchanges.sort_by_key(|(time, ..)| *time);
    for (_, request, response) in exchanges {
        let captures = kept(&[(request, false), (response, true)]);
        let kept = captures.into_iter().next().unwrap_or_default();
        let Some(request) = http::asked(request, &kept, &mut made.files) else {
            continue;
        };
        let response = http::respond(response, &kept, &mut made.files);
        made.captured.extend(kept);
        match all.iter_mut().find(|asked| asked.request == request) {
            Some(asked) => asked.responses.push(response),
            None => all.push(Asked {
                request,
                responses: vec![response],
            }),
        }
    }
    if all.is_empty() {
        // Whoever asked was not answered: the session's end closes the connection, as the server did.
        return Vec::new();
    }
    vec![json!({ "serve": alternatives(all, actor) })]
}

fn alternatives(all: Vec<Asked>, actor: &mut Map<String, Json>) -> Vec<Json> {
    let mut state = Map::new();
    let mut alternatives = Vec::new();
    for asked in all {
        let mut responses: Vec<(Json, usize)> = Vec::new();
        for response in asked.responses {
            match responses.last_mut() {
                Some((last, count)) if *last == response => *count += 1,
                _ => responses.push((response, 1)),
            }
        }
        if let [(response, _)] = responses.as_slice() {
            alternatives.push(json!({ "request": asked.request, "do": [{ "respond": response }] }));
            continue;
        }
        // Which of the responses it is hangs on how often it was asked.
        let counter = format!("asked_{}", state.len() + 1);
        state.insert(counter.clone(), json!(0));
        let mut until = 0;
        let last = responses.len() - 1;
        for (at, (response, count)) in responses.into_iter().enumerate() {
            until += count;
            let next = json!({ "set": { format!("actor.{counter}"): format!("{{{{ actor.{counter} + 1 }}}}") } });
            let steps = json!([next, { "respond": response }]);
            alternatives.push(match at == last {
                true => json!({ "request": asked.request, "do": [{ "respond": response }] }),
                false => json!({ "request": asked.request, "when": format!("actor.{counter} < {until}"), "do": steps }),
            });
        }
    }
    if !state.is_empty() {
        actor.insert("state".to_owned(), Json::Object(state));
    }
    alternatives
}
