//! Requests and responses as scenarios write them.
//!
//! Owns which headers say something that the scenario does not say by itself. Does not own bodies (`payload`).

use serde_json::{Map, Value as Json, json};

use super::payload::{Files, body, expected_body, expected_headers, headers, merge};
use super::text::{filled, taken};
use super::values::{Variable, Where};
use crate::wire::head::Head;
use crate::wire::http;
use crate::wire::message::Message;

/// Headers that follow from the connection or from the body.
const BY_ITSELF: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "date",
    "server",
    "user-agent",
    "keep-alive",
];

/// A request that is sent.
pub(super) fn request(message: &Message, variables: &[Variable], files: &mut Files) -> Option<Json> {
    let head = message.head()?;
    let method = http::method(head).filter(|method| http::is_method(method))?;
    let target = http::target(head).filter(|target| target.starts_with('/'))?;
    let path = filled(target, variables, Where::Path);
    let mut written = Map::new();
    written.insert(method.to_owned(), Json::String(path.clone()));
    finish(&mut written, head, message, variables, files);
    Some(match written.len() {
        1 => Json::String(format!("{method} {path}")),
        _ => Json::Object(written),
    })
}

/// A response that is expected.
pub(super) fn response(message: &Message, variables: &[Variable], kept: &[Variable], files: &mut Files) -> Json {
    let head = message.head().cloned().unwrap_or_default();
    let status = head.status().unwrap_or_default();
    let mut written = Map::new();
    written.insert("status".to_owned(), json!(status));
    let headers = expected_headers(&head.headers, variables, kept);
    if !headers.is_empty() {
        written.insert("headers".to_owned(), Json::Object(headers));
    }
    if !message.bytes().is_empty() {
        let expected = expected_body(message.bytes(), false, variables, kept, files);
        if expected != json!({ "any": true }) {
            merge(&mut written, expected);
        }
    }
    match written.len() {
        1 => json!(status),
        _ => Json::Object(written),
    }
}

/// A request that is expected.
pub(super) fn asked(message: &Message, kept: &[Variable], files: &mut Files) -> Option<Json> {
    let head = message.head()?;
    let (method, target) = (http::method(head)?, http::target(head)?);
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(path, query)| (path, Some(query)));
    // Braces would capture something.
    let path = percent_encoding::percent_decode_str(path)
        .decode_utf8_lossy()
        .replace(['{', '}'], "");
    let mut written = Map::new();
    written.insert(method.to_owned(), Json::String(path.clone()));
    if let Some(query) = query {
        let parts = form_urlencoded::parse(query.as_bytes());
        let parts = parts.map(|(name, value)| (name.into_owned(), taken(&value, &[], &[], Where::Elsewhere, "")));
        let parts: Map<String, Json> = parts.collect();
        written.insert("query".to_owned(), Json::Object(parts));
    }
    let headers = expected_headers(&head.headers, &[], kept);
    if !headers.is_empty() {
        written.insert("headers".to_owned(), Json::Object(headers));
    }
    if !message.bytes().is_empty() {
        let expected = expected_body(message.bytes(), false, &[], kept, files);
        if expected != json!({ "any": true }) {
            merge(&mut written, expected);
        }
    }
    Some(match written.len() {
        1 => Json::String(format!("{method} {path}")),
        _ => Json::Object(written),
    })
}

/// A response that is sent.
pub(super) fn respond(message: &Message, variables: &[Variable], files: &mut Files) -> Json {
    let head = message.head().cloned().unwrap_or_default();
    let status = head.status().unwrap_or_default();
    let mut written = Map::new();
    written.insert("status".to_owned(), json!(status));
    let reason = head
        .line
        .as_deref()
        .and_then(|line| line.splitn(3, ' ').nth(2))
        .unwrap_or_default();
    if !reason.is_empty() && http::reason(status) != reason {
        written.insert("reason".to_owned(), json!(reason));
    }
    finish(&mut written, &head, message, variables, files);
    match written.len() {
        1 => json!(status),
        _ => Json::Object(written),
    }
}

/// The headers and the body.
fn finish(written: &mut Map<String, Json>, head: &Head, message: &Message, variables: &[Variable], files: &mut Files) {
    let is_empty = message.bytes().is_empty();
    let content = match is_empty {
        true => Json::Object(Map::new()),
        false => body(message.bytes(), true, variables, files),
    };
    let usual = match &content {
        Json::String(_) => "text/plain;charset=utf-8",
        Json::Object(members) if members.contains_key("json") => "application/json",
        _ => "application/octet-stream",
    };
    let says_nothing = |(name, value): &&(String, String)| {
        let name = name.to_ascii_lowercase();
        let is_usual = name == "content-type" && !is_empty && value == usual;
        let is_plain = match name.as_str() {
            "accept" => value == "*/*",
            "accept-encoding" => value == "identity",
            "connection" => !value.eq_ignore_ascii_case("close"),
            _ => false,
        };
        !is_usual && !is_plain && !BY_ITSELF.contains(&name.as_str())
    };
    let headers = headers(head.headers.iter().filter(says_nothing), variables);
    if !headers.is_empty() {
        written.insert("headers".to_owned(), Json::Object(headers));
    }
    merge(written, content);
    if head.lists("transfer-encoding", "chunked") && !is_empty {
        written.insert("chunked".to_owned(), json!(true));
    }
}
