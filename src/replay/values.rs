//! Values that one side makes up and the other sends back: they are captured, and said as variables.
//!
//! Owns which values look made up, where they stand, and where they are said again. Does not own how they are written
//! (`text`).

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

use super::names::{identifier, unique};
use super::text::is_loose;
use crate::wire::message::Message;

/// The most values of one actor that are followed.
const MOST: usize = 1000;

/// The shortest text that is followed wherever it stands.
const SHORTEST: usize = 8;

/// A value with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// What it is called.
    pub name: String,
    /// It, as text.
    pub text: String,
    /// Whether it is a number.
    pub is_number: bool,
    /// Whether it is too short to be itself everywhere: only members that are called so, and parts of paths, are it.
    pub narrow: bool,
    /// Where it was captured.
    pub place: Place,
}

/// Where in a message a value stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the body's JSON, by its path.
    Json(Vec<Step>),
    /// In a header.
    Header(String),
    /// In the body's text.
    Text,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A member.
    Member(String),
    /// An element.
    Element(usize),
}

/// Where a text is written that may hold a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Where<'a> {
    /// As a whole member of this name.
    Member(&'a str),
    /// In a path.
    Path,
    /// Anywhere else.
    Elsewhere,
}

impl Variable {
    /// Whether diagrams show it by its name whatever else the scenario says: `$capture` has it so, and a pattern has not.
    pub const fn is_always_masked(&self) -> bool {
        matches!(self.place, Place::Json(_))
    }

    /// Whether the value stands in a text at this place, as a whole word.
    pub(super) fn stands_at(&self, text: &str, at: usize, place: Where<'_>) -> bool {
        let Some(rest) = text[at..].strip_prefix(self.text.as_str()) else {
            return false;
        };
        if rest.chars().next().is_some_and(is_word) {
            return false;
        }
        if !self.narrow {
            return true;
        }
        match place {
            Where::Member(name) => at == 0 && rest.is_empty() && is_id(name),
            Where::Path => text[..at].ends_with('/') && rest.chars().next().is_none_or(|c| "/? ".contains(c)),
            Where::Elsewhere => matches!(self.place, Place::Header(_)) && text[..at].ends_with('/') && rest.is_empty(),
        }
    }

    /// Whether it stands in a text, as a part of it that is a word.
    pub(super) fn stands_in(&self, text: &str) -> bool {
        text.match_indices(self.text.as_str()).any(|(at, _)| {
            let is_apart = |c: Option<char>| !c.is_some_and(is_word);
            is_apart(text[..at].chars().next_back()) && is_apart(text[at + self.text.len()..].chars().next())
        })
    }

    /// Whether a JSON value is it.
    pub(super) fn is(&self, value: &Json, member: &str) -> bool {
        let is_it = match value {
            Json::String(text) => !self.is_number && *text == self.text,
            Json::Number(number) => self.is_number && number.to_string() == self.text,
            _ => false,
        };
        is_it && (!self.narrow || is_id(member))
    }
}

/// Whether a character belongs to a word.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What is captured of each message; `own` are those that the side sends whose variables they are.
pub(super) fn kept(timeline: &[(&Message, bool)]) -> Vec<Vec<Variable>> {
    let mut said_before: HashSet<String> = HashSet::new();
    let later = Later::of(timeline);
    let mut known: HashSet<String> = HashSet::new();
    let mut names: HashMap<String, u32> = HashMap::new();
    let mut all = Vec::with_capacity(timeline.len());
    for (at, (message, own)) in timeline.iter().enumerate() {
        let mut kept: Vec<Variable> = Vec::new();
        let found = candidates(message);
        if *own {
            said_before.extend(found.into_iter().map(|found| found.text));
            all.push(kept);
            continue;
        }
        for mut found in found {
            let is_new = !said_before.contains(&found.text) && !known.contains(&found.text);
            if is_new && known.len() < MOST && later.say(&found, at) {
                known.insert(found.text.clone());
                found.name = unique(&found.name, &mut names);
                kept.push(found);
            }
        }
        all.push(kept);
    }
    all
}

/// Messages by the words in them, for those that a side sends.
struct Later<'a> {
    words: HashMap<String, Vec<usize>>,
    timeline: &'a [(&'a Message, bool)],
}

impl<'a> Later<'a> {
    fn of(timeline: &'a [(&'a Message, bool)]) -> Self {
        let mut words: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, (message, _)) in timeline.iter().enumerate().filter(|(_, (_, own))| *own) {
            for text in texts(message) {
                for word in text.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
                    let places = words.entry(word.to_owned()).or_default();
                    if places.last() != Some(&at) {
                        places.push(at);
                    }
                }
            }
        }
        Self { words, timeline }
    }

    /// Whether a value is said after this message.
    fn say(&self, value: &Variable, after: usize) -> bool {
        let first = value.text.split(|c| !is_word(c)).find(|word| !word.is_empty());
        let places = first.and_then(|word| self.words.get(word));
        let mut places = places.into_iter().flatten().filter(|at| **at > after);
        places.any(|at| says(self.timeline[*at].0, value))
    }
}

/// Whether a message says a value.
fn says(message: &Message, value: &Variable) -> bool {
    let stands = |text: &str, place: Where<'_>| {
        text.match_indices(value.text.as_str())
            .any(|(at, _)| !text[..at].chars().next_back().is_some_and(is_word) && value.stands_at(text, at, place))
    };
    if let Some(head) = message.head() {
        let line = head.line.as_deref().unwrap_or_default();
        if stands(line, Where::Path) || head.headers.iter().any(|(_, text)| stands(text, Where::Elsewhere)) {
            return true;
        }
    }
    match message.json() {
        Some(json) if json.is_object() || json.is_array() => {
            let mut found = false;
            leaves(json, &mut Vec::new(), &mut |path, leaf| {
                let name = member(path);
                let inside = matches!(leaf, Json::String(text) if stands(text, Where::Member(name)));
                found |= value.is(leaf, name) || inside;
            });
            found
        }
        _ => message.text().is_some_and(|text| stands(text, Where::Elsewhere)),
    }
}

/// All texts of a message.
fn texts(message: &Message) -> impl Iterator<Item = &str> {
    let head = message.head().into_iter();
    let headers = head.flat_map(|head| {
        head.line
            .as_deref()
            .into_iter()
            .chain(head.headers.iter().map(|(_, v)| v.as_str()))
    });
    headers.chain(message.text())
}

/// Values of a message that look made up.
fn candidates(message: &Message) -> Vec<Variable> {
    let mut found = Vec::new();
    match message.json() {
        Some(json) if json.is_object() || json.is_array() => {
            leaves(json, &mut Vec::new(), &mut |path, leaf| {
                let name = member(path);
                let place = Place::Json(path.to_vec());
                match leaf {
                    Json::Number(number) if is_id(name) && !number.is_f64() => {
                        let text = number.to_string();
                        let narrow = text.len() < SHORTEST;
                        found.push(variable(&identifier(name), &text, true, narrow, place));
                    }
                    Json::String(text) if is_made_up(text) || (is_id(name) && is_plain(text)) => {
                        let narrow = !is_made_up(text);
                        found.push(variable(&identifier(name), text, false, narrow, place));
                    }
                    _ => {}
                }
            });
        }
        _ => {
            if let Some(text) = message.text() {
                words(text, "value", &Place::Text, &mut found);
            }
        }
    }
    // What is in the body too is captured there.
    for (name, value) in message.head().map_or(&[][..], |head| &head.headers[..]) {
        let lower = name.to_ascii_lowercase();
        if matches!(
            lower.as_str(),
            "date" | "etag" | "server" | "user-agent" | "content-length" | "content-type"
        ) {
            continue;
        }
        if lower == "location"
            && let Some(id) = value.rsplit('/').next()
            && !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_digit())
        {
            found.push(variable(
                "id",
                id,
                true,
                id.len() < SHORTEST,
                Place::Header(lower.clone()),
            ));
        }
        words(value, &identifier(&lower), &Place::Header(lower.clone()), &mut found);
    }
    found
}

fn variable(name: &str, text: &str, is_number: bool, narrow: bool, place: Place) -> Variable {
    Variable {
        name: name.to_owned(),
        text: text.to_owned(),
        is_number,
        narrow,
        place,
    }
}

/// The words of a text that look made up, each called as the word before it.
fn words(text: &str, name: &str, place: &Place, found: &mut Vec<Variable>) {
    let mut before = name;
    let is_part = |c: char| is_word(c) || "-.+~".contains(c);
    for word in text.split(|c| !is_part(c)) {
        let word = word.trim_matches(|c| !is_word(c));
        if is_made_up(word) {
            found.push(variable(&identifier(before), word, false, false, place.clone()));
        }
        if !word.is_empty() && word.chars().all(|c| c.is_alphabetic() || c == '_' || c == '-') {
            before = word;
        }
    }
}

/// Whether a text is one that nobody would think of: long, of one word, with digits and letters or of digits alone.
fn is_made_up(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_number = digits == text.len() && digits >= SHORTEST;
    let is_version = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_mixed = digits >= 2 && letters >= 1 && !is_version;
    text.len() >= SHORTEST && is_plain(text) && (is_number || is_mixed) && !is_loose_but_uuid(text)
}

/// Dates differ anyway; what is a UUID is sent back, as a rule.
fn is_loose_but_uuid(text: &str) -> bool {
    let is_uuid = text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
    !is_uuid && is_loose(text)
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && text.chars().all(|c| is_word(c) || "-.+~".contains(c))
}

/// Whether a member of this name says which one something is.
fn is_id(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = name.ends_with("Id") || name.ends_with("ID") || lower.ends_with("_id") || lower.ends_with("-id");
    ends || matches!(
        lower.as_str(),
        "id" | "uuid" | "guid" | "token" | "key" | "ticket" | "session"
    )
}

/// The innermost member's name.
pub(super) fn member(path: &[Step]) -> &str {
    let names = path.iter().rev().find_map(|step| match step {
        Step::Member(name) => Some(name.as_str()),
        Step::Element(_) => None,
    });
    names.unwrap_or_default()
}

/// Each value that holds no others.
fn leaves(json: &Json, path: &mut Vec<Step>, each: &mut dyn FnMut(&[Step], &Json)) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                path.push(Step::Member(name.clone()));
                leaves(value, path, each);
                path.pop();
            }
        }
        Json::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                path.push(Step::Element(at));
                leaves(value, path, each);
                path.pop();
            }
        }
        leaf => each(path, leaf),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(messages: &[(&str, bool)]) -> Vec<String> {
        let messages: Vec<(Message, bool)> = messages
            .iter()
            .map(|(text, own)| (Message::new(text.as_bytes()), *own))
            .collect();
        let timeline: Vec<(&Message, bool)> = messages.iter().map(|(message, own)| (message, *own)).collect();
        let all = kept(&timeline).into_iter().flatten();
        all.map(|variable| format!("{}={}", variable.name, variable.text))
            .collect()
    }

    #[test]
    fn what_is_made_up_and_said_again_is_captured() {
        let token = "TOKEN 5f3a9c77b1";
        assert_eq!(
            captured(&[("LOGIN ada", true), (token, false), ("GET 5f3a9c77b1", true)]),
            ["token=5f3a9c77b1"]
        );
        assert_eq!(captured(&[(token, false), ("GET it", true)]), [""; 0]);
        assert_eq!(
            captured(&[("USE 5f3a9c77b1", true), (token, false), ("GET 5f3a9c77b1", true)]),
            [""; 0]
        );
    }

    #[test]
    fn a_short_number_is_one_only_where_it_is_called_so() {
        let made = r#"{"id":7,"name":"Ada"}"#;
        assert_eq!(captured(&[(made, false), (r#"{"get":{"id":7}}"#, true)]), ["id=7"]);
        assert_eq!(captured(&[(made, false), (r#"{"count":7}"#, true)]), [""; 0]);
        assert_eq!(captured(&[("id 7", false), ("get 7", true)]), [""; 0]);
    }
}
