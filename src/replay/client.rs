//! What a client does: a script that connects, speaks and ends as it did.
//!
//! Owns the order of its connections. Does not own single steps (`steps`).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::payload::Style;
use super::steps::Pen;
use super::values::{Variable, kept};
use super::{Heard, Made, http, is_http, style};
use crate::capture::talk::{Said, Spoken};
use crate::ident::Direction;
use crate::wire::http as wire;
use crate::wire::message::Message;

/// What comes next in a script.
#[derive(Clone, Copy, Debug)]
struct Item {
    /// The place of the connection.
    connection: usize,
    /// The place of what was said on it; none for its beginning.
    spoken: Option<usize>,
}

/// A connection that is open.
#[derive(Debug)]
struct Open {
    name: String,
    ended: [bool; 2],
    /// The request that waits for its response.
    asked: Option<Message>,
    /// Whether what was said ends it by itself.
    closes: bool,
}

/// The steps of a client.
pub(super) fn script(heard: &Heard<'_>, client: usize, made: &mut Made) -> Vec<Json> {
    let items = items(heard, client);
    let spoken = |item: &Item| item.spoken.map(|at| &heard.talks[item.connection][at]);
    let timeline: Vec<(&Message, bool)> = items
        .iter()
        .filter_map(|item| match spoken(item) {
            Some(Spoken {
                said: Said::Message { message, .. },
                direction,
                ..
            }) => Some((message, *direction == Direction::FromOpener)),
            _ => None,
        })
        .collect();
    let mut captures = kept(&timeline).into_iter();
    let mut script = Script {
        heard,
        made,
        steps: Vec::new(),
        known: Vec::new(),
        open: BTreeMap::new(),
        before: Duration::ZERO,
    };
    for item in &items {
        match spoken(item) {
            None => script.connect(item.connection),
            Some(spoken) => {
                let is_message = matches!(spoken.said, Said::Message { .. });
                let kept = if is_message {
                    captures.next().unwrap_or_default()
                } else {
                    Vec::new()
                };
                script.spoken(item.connection, spoken, &kept);
                script.known.extend(kept.iter().cloned());
                script.made.captured.extend(kept);
            }
        }
    }
    script.steps
}

/// All that a client did: one connection after another, or side by side where they were open at once.
fn items(heard: &Heard<'_>, client: usize) -> Vec<Item> {
    let own = |(_, session): &(usize, &crate::capture::cast::Session)| session.client == client;
    let sessions = heard.cast.sessions.iter().enumerate().filter(own);
    let mut items = Vec::new();
    let (mut last, mut overlap) = (Duration::ZERO, false);
    for (connection, _) in sessions {
        let opened = heard.conversation.connections[connection].opened;
        let talk = &heard.talks[connection];
        let is_message = |spoken: &&Spoken| matches!(spoken.said, Said::Message { .. });
        let first = talk.iter().find(is_message).map_or(opened, |spoken| spoken.time);
        overlap |= !items.is_empty() && first < last;
        last = talk
            .iter()
            .rfind(is_message)
            .map_or(opened, |spoken| spoken.time)
            .max(last);
        items.push((
            opened,
            Item {
                connection,
                spoken: None,
            },
        ));
        let all = talk.iter().enumerate();
        items.extend(all.map(|(at, spoken)| {
            (
                spoken.time,
                Item {
                    connection,
                    spoken: Some(at),
                },
            )
        }));
    }
    if overlap {
        items.sort_by_key(|(time, _)| *time);
    }
    items.into_iter().map(|(_, item)| item).collect()
}

struct Script<'a, 'h> {
    heard: &'a Heard<'h>,
    made: &'a mut Made,
    steps: Vec<Json>,
    known: Vec<Variable>,
    open: BTreeMap<usize, Open>,
    before: Duration,
}

impl Script<'_, '_> {
    fn connect(&mut self, connection: usize) {
        let server = self.heard.cast.sessions[connection].server;
        let target = &self.heard.cast.roles[server].name;
        let is_free = |name: &str| self.open.values().all(|open| open.name != name);
        let name = match is_free(target) {
            true => target.clone(),
            false => (2..)
                .map(|n| format!("{target} {n}"))
                .find(|name| is_free(name))
                .unwrap_or_default(),
        };
        let mut step = Map::new();
        step.insert("connect".to_owned(), json!(target));
        if name != *target {
            step.insert("as".to_owned(), json!(name));
        }
        self.steps.push(Json::Object(step));
        self.open.insert(
            connection,
            Open {
                name,
                ended: [false; 2],
                asked: None,
                closes: false,
            },
        );
    }

    fn spoken(&mut self, connection: usize, spoken: &Spoken, kept: &[Variable]) {
        let server = self.heard.cast.sessions[connection].server;
        let said = self.heard.conversation.connections[connection].said(spoken.direction);
        let several = self.open.len() > 1;
        let Some(open) = self.open.get_mut(&connection) else {
            return;
        };
        let style: Style = style(self.heard, server);
        let on = open.name.clone();
        let pen = Pen {
            own: Direction::FromOpener,
            style,
            on: several.then_some(on.as_str()),
            known: &self.known,
            before: self.before,
        };
        let side = usize::from(spoken.direction == Direction::ToOpener);
        match &spoken.said {
            Said::Message { message, .. } if is_http(self.heard, server) => {
                let is_request = spoken.direction == Direction::FromOpener;
                match (is_request, open.asked.take()) {
                    (true, _) => open.asked = Some(message.clone()),
                    (false, asked) => {
                        let head = message.head();
                        if head.is_some_and(wire::is_interim) {
                            open.asked = asked;
                            return;
                        }
                        let request = asked.as_ref().and_then(|asked| {
                            open.closes = asked.head().is_some_and(|head| !wire::is_persistent(head))
                                || head.is_none_or(|head| !wire::is_persistent(head));
                            http::request(asked, &self.known, &mut self.made.files)
                        });
                        match request {
                            Some(request) => {
                                let mut step = Map::new();
                                step.insert("request".to_owned(), request);
                                let response = http::response(message, &self.known, kept, &mut self.made.files);
                                step.insert("response".to_owned(), response);
                                pen.wait(spoken, &mut step);
                                let step = pen.finish(step);
                                self.steps.push(step);
                            }
                            None => self
                                .made
                                .remarks
                                .push("a message that is no HTTP request is left out".to_owned()),
                        }
                    }
                }
            }
            Said::Message { .. } => {
                let step = pen.message(spoken, said, kept, &mut self.made.files);
                self.steps.extend(step);
            }
            Said::End { how, .. } => {
                let over = open.ended[1 - side];
                let step = pen.end(spoken, over);
                open.ended[side] = true;
                let is_over = open.ended == [true; 2] || *how == crate::trace::event::Closing::Reset;
                // Where the messages say that it ends, `request` sees to it.
                if !open.closes {
                    self.steps.extend(step);
                }
                if is_over {
                    self.open.remove(&connection);
                }
            }
            Said::Malformed { .. } => self
                .made
                .remarks
                .push("bytes that are no message are left out".to_owned()),
            Said::Note(_) => {}
        }
        self.before = spoken.time;
    }
}
