//! What was said, to be said or to be expected.
//!
//! Owns how a message is written: text as text, JSON as JSON, other bytes in hexadecimal or in a file. Does not own who says
//! it (`steps`).

use serde_json::{Map, Value as Json, json};

use super::resp;
use super::text::{escaped, filled, taken};
use super::values::{Place, Step, Variable, Where, member};
use crate::wire::message::Message;

/// Longer bodies have a file of their own.
const LONGEST: usize = 4 << 10;

/// Longer bytes that are no text are written in base64.
const LONGEST_HEX: usize = 64;

/// What is written beside the scenario.
#[derive(Debug)]
pub(super) struct Files {
    folder: String,
    /// By their names, the folder's before them.
    pub(super) files: Vec<(String, Vec<u8>)>,
}

impl Files {
    pub(super) fn new(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            files: Vec::new(),
        }
    }

    /// The name of a file that holds these bytes.
    fn name(&mut self, bytes: &[u8]) -> String {
        if let Some((name, _)) = self.files.iter().find(|(_, held)| held == bytes) {
            return name.clone();
        }
        let ending = if std::str::from_utf8(bytes).is_ok() {
            "txt"
        } else {
            "bin"
        };
        let name = format!("{}/message-{}.{ending}", self.folder, self.files.len() + 1);
        self.files.push((name.clone(), bytes.to_vec()));
        name
    }
}

/// How the messages of a connection are framed, as far as they are written differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Redis.
    Resp,
    /// No messages but what a step takes.
    Raw,
    /// Any other.
    Framed,
}

/// A message that is sent; `bytes` is it with its framing.
pub(super) fn sent(message: &Message, bytes: &[u8], style: Style, variables: &[Variable], files: &mut Files) -> Json {
    if style == Style::Resp
        && let Some(value) = resp::value(bytes).or_else(|| message.json().cloned())
    {
        if bytes.len() > LONGEST {
            return json!({ "file": files.name(value.to_string().as_bytes()) });
        }
        return json!({ "json": fill(&value, variables, &mut Vec::new()) });
    }
    let Some(head) = message.head() else {
        return body(message.bytes(), style != Style::Raw, variables, files);
    };
    let mut written = Map::new();
    if let Some(line) = &head.line {
        written.insert("line".to_owned(), Json::String(filled(line, variables, Where::Path)));
    }
    let length = |name: &str| name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("l");
    let headers = headers(head.headers.iter().filter(|(name, _)| !length(name)), variables);
    if !headers.is_empty() {
        written.insert("headers".to_owned(), Json::Object(headers));
    }
    if !message.bytes().is_empty() {
        merge(&mut written, body(message.bytes(), true, variables, files));
    }
    Json::Object(written)
}

/// Headers that are sent; one that comes more than once has a list.
pub(super) fn headers<'a>(
    all: impl Iterator<Item = &'a (String, String)>,
    variables: &[Variable],
) -> Map<String, Json> {
    let mut headers: Map<String, Json> = Map::new();
    for (name, value) in all {
        let value = Json::String(filled(value, variables, Where::Elsewhere));
        let known = headers.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        match known.and_then(|known| headers.get_mut(&known)) {
            None => {
                headers.insert(name.clone(), value);
            }
            Some(Json::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.clone(), value]),
        }
    }
    headers
}

/// The members of what is written, or the text of it.
pub(super) fn merge(into: &mut Map<String, Json>, what: Json) {
    match what {
        Json::Object(members) => into.extend(members),
        text => {
            into.insert("text".to_owned(), text);
        }
    }
}

/// A body that is sent.
pub(super) fn body(bytes: &[u8], as_json: bool, variables: &[Variable], files: &mut Files) -> Json {
    let text = std::str::from_utf8(bytes).ok();
    if as_json
        && bytes.len() <= LONGEST
        && let Some(value) = text.and_then(as_written)
    {
        return json!({ "json": fill(&value, variables, &mut Vec::new()) });
    }
    match text {
        _ if bytes.len() > LONGEST => json!({ "file": files.name(bytes) }),
        Some(text) => Json::String(filled(text, variables, Where::Elsewhere)),
        None => exact(bytes),
    }
}

/// The object or array that a text is, where writing it gives the same text but for blanks between its parts.
fn as_written(text: &str) -> Option<Json> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let value: Json = serde_json::from_str(text).ok()?;
    let (mut quoted, mut escaped) = (false, false);
    let compact = text.chars().filter(|c| {
        let keep = quoted || !c.is_ascii_whitespace();
        if *c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && *c == '\\' && !escaped;
        keep
    });
    value.to_string().chars().eq(compact).then_some(value)
}

fn exact(bytes: &[u8]) -> Json {
    match bytes.len() {
        0..=LONGEST_HEX => json!({ "hex": data_encoding::HEXLOWER.encode(bytes) }),
        _ => json!({ "base64": data_encoding::BASE64.encode(bytes) }),
    }
}

/// JSON with variables where their values stood.
fn fill(value: &Json, variables: &[Variable], path: &mut Vec<Step>) -> Json {
    map(value, path, &|leaf, path| match leaf {
        Json::String(_) | Json::Number(_) => {
            let name = member(path);
            if let Some(known) = variables.iter().find(|known| known.is(leaf, name)) {
                return json!(format!("{{{{ {} }}}}", known.name));
            }
            match leaf {
                Json::String(text) => Json::String(filled(text, variables, Where::Member(name))),
                other => other.clone(),
            }
        }
        other => other.clone(),
    })
}

/// JSON with other leaves.
fn map(value: &Json, path: &mut Vec<Step>, leaf: &dyn Fn(&Json, &[Step]) -> Json) -> Json {
    match value {
        Json::Object(members) => {
            let mut mapped = Map::new();
            for (name, value) in members {
                path.push(Step::Member(name.clone()));
                mapped.insert(name.clone(), map(value, path, leaf));
                path.pop();
            }
            Json::Object(mapped)
        }
        Json::Array(values) => {
            let mapped = values.iter().enumerate().map(|(at, value)| {
                path.push(Step::Element(at));
                let mapped = map(value, path, leaf);
                path.pop();
                mapped
            });
            Json::Array(mapped.collect())
        }
        other => leaf(other, path),
    }
}

/// A message that is expected.
pub(super) fn expected(
    message: &Message,
    bytes: &[u8],
    style: Style,
    variables: &[Variable],
    kept: &[Variable],
    files: &mut Files,
) -> Json {
    if style == Style::Resp
        && let Some(value) = resp::value(bytes).or_else(|| message.json().cloned())
    {
        if bytes.len() > LONGEST {
            return json!({ "any": true });
        }
        return json!({ "json": matched(&resp::expected(&value), variables, kept) });
    }
    let Some(head) = message.head() else {
        return expected_body(message.bytes(), style == Style::Raw, variables, kept, files);
    };
    let mut written = Map::new();
    if let Some(line) = &head.line {
        written.insert("line".to_owned(), taken(line, variables, &[], Where::Path, ""));
    }
    let headers = expected_headers(&head.headers, variables, kept);
    if !headers.is_empty() {
        written.insert("headers".to_owned(), Json::Object(headers));
    }
    if !message.bytes().is_empty() {
        merge(
            &mut written,
            expected_body(message.bytes(), false, variables, kept, files),
        );
    }
    if written.is_empty() {
        return json!({ "any": true });
    }
    Json::Object(written)
}

/// The headers of which something is kept.
pub(super) fn expected_headers(
    headers: &[(String, String)],
    variables: &[Variable],
    kept: &[Variable],
) -> Map<String, Json> {
    let mut written = Map::new();
    for (name, value) in headers {
        let own: Vec<Variable> = kept
            .iter()
            .filter(|kept| kept.place == Place::Header(name.to_ascii_lowercase()))
            .cloned()
            .collect();
        if !own.is_empty() && !written.contains_key(name) {
            written.insert(name.clone(), taken(value, variables, &own, Where::Elsewhere, ""));
        }
    }
    written
}

/// A body that is expected.
pub(super) fn expected_body(
    bytes: &[u8],
    raw: bool,
    variables: &[Variable],
    kept: &[Variable],
    files: &mut Files,
) -> Json {
    let text = std::str::from_utf8(bytes).ok();
    let json = text.filter(|text| text.trim_start().starts_with(['{', '[']));
    if let Some(Ok(value)) = json.map(serde_json::from_str::<Json>)
        && bytes.len() <= 4 * LONGEST
        && !raw
    {
        return json!({ "json": matched(&value, variables, kept) });
    }
    match text {
        // What is so long has something in it that differs, as a rule.
        _ if bytes.len() > LONGEST && !raw => json!({ "any": true }),
        _ if bytes.len() > LONGEST => json!({ "file": files.name(bytes) }),
        Some(text) => {
            let own: Vec<Variable> = kept.iter().filter(|kept| kept.place == Place::Text).cloned().collect();
            taken(text, variables, &own, Where::Elsewhere, "")
        }
        None => exact(bytes),
    }
}

/// JSON that is expected.
fn matched(value: &Json, variables: &[Variable], kept: &[Variable]) -> Json {
    let mapped = map(value, &mut Vec::new(), &|leaf, path| {
        let name = member(path);
        let own = kept
            .iter()
            .find(|kept| matches!(&kept.place, Place::Json(own) if own == path));
        if let Some(own) = own {
            let kind = if own.is_number { "integer" } else { "string" };
            return json!({ "$capture": own.name, "$type": kind });
        }
        if let Some(known) = variables.iter().find(|known| known.is(leaf, name)) {
            return json!(format!("{{{{ {} }}}}", known.name));
        }
        // What is captured in the same message is not known yet where it stands again.
        if kept.iter().any(|kept| kept.is(leaf, name)) {
            return json!({ "$type": if leaf.is_number() { "integer" } else { "string" } });
        }
        match leaf {
            Json::String(text) if kept.iter().any(|kept| kept.stands_in(text)) => json!({ "$type": "string" }),
            Json::String(text) => taken(text, variables, &[], Where::Member(name), "$"),
            other => other.clone(),
        }
    });
    literal(mapped, value)
}

/// With what was said as a member that begins with `$` taken for what it is.
fn literal(mapped: Json, value: &Json) -> Json {
    match (mapped, value) {
        (Json::Object(members), Json::Object(said)) => {
            if said.keys().any(|name| name.starts_with('$')) && !is_of_redis(said) {
                return json!({ "$literal": escape(value) });
            }
            let members = members.into_iter().map(|(name, member)| {
                let member = said
                    .get(&name)
                    .map_or_else(|| member.clone(), |value| literal(member.clone(), value));
                (name, member)
            });
            Json::Object(members.collect())
        }
        (Json::Array(values), Json::Array(said)) => Json::Array(
            values
                .into_iter()
                .zip(said)
                .map(|(mapped, value)| literal(mapped, value))
                .collect(),
        ),
        (mapped, _) => mapped,
    }
}

/// An error, or a string that is no text.
fn is_of_redis(members: &Map<String, Json>) -> bool {
    members.len() == 1 && (members.contains_key("$error") || members.contains_key("$hex"))
}

fn escape(value: &Json) -> Json {
    map(value, &mut Vec::new(), &|leaf, _| match leaf {
        Json::String(text) => Json::String(escaped(text)),
        other => other.clone(),
    })
}
