//! Matchers and payloads as written: what they capture, their fixed bytes, and a form in which they can be compared.
//!
//! Owns reading a matcher without playing it. Does not own when one leaves nothing for another (`cover`).

use std::cell::OnceCell;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::{Value, json};

use crate::draw::Draw;
use crate::scenario::written::{At, Header, Json, Matcher, Node, Payload, RequestGuard, Span};
use crate::wire::matcher::{self, Want};
use crate::wire::message::Message;
use crate::wire::payload;
use crate::wire::template::{JsonTemplate, Scope, Template, World};

/// A capture in a pattern: `{name}`, `{name:int}`, `{name:word}`, `{name:rest}`.
static HOLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{([A-Za-z_][A-Za-z0-9_]*)(?::(int|word|rest))?\}").expect("the expression of holes is one")
});

/// A named group of a regex.
static GROUP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>").expect("the expression of named groups is one"));

/// An expression in a string.
static EXPRESSION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)\{\{.*?\}\}").expect("the expression of expressions is one"));

/// A matcher that is compared with many others: what is found out about it is kept.
pub(super) struct Read<'m> {
    /// As it is written.
    pub(super) matcher: &'m At<Matcher>,
    /// Its form.
    pub(super) form: Value,
    bytes: Option<Arc<[u8]>>,
    want: OnceCell<Option<Want>>,
}

impl<'m> Read<'m> {
    pub(super) fn new(matcher: &'m At<Matcher>) -> Self {
        let bytes = match &matcher.value {
            Matcher::Payload(payload) => fixed(payload),
            _ => None,
        };
        Self {
            matcher,
            form: form(&matcher.value),
            bytes,
            want: OnceCell::new(),
        }
    }

    /// The bytes of the only message that it takes, where it takes one alone.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// Whether it takes a message of these bytes; none where that depends on the run.
    pub(super) fn takes(&self, bytes: &[u8]) -> Option<bool> {
        let want = self.want.get_or_init(|| want(&self.matcher.value)).as_ref()?;
        Some(want.test(&Message::new(bytes)).is_ok())
    }
}

/// A part of a pattern that needs nothing filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text.
    Text(String),
    /// A capture that takes the shortest text.
    Shortest,
    /// A capture without blanks.
    Word,
    /// A capture that is an integer.
    Integer,
    /// A capture of anything that is left.
    Rest,
}

/// The parts of a pattern; none where an expression is in it.
pub(super) fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    if pattern.contains("{{") {
        return None;
    }
    let (mut pieces, mut from) = (Vec::new(), 0);
    for found in HOLE.captures_iter(pattern) {
        let whole = found.get(0)?;
        if whole.start() > from {
            pieces.push(Piece::Text(pattern[from..whole.start()].to_owned()));
        }
        from = whole.end();
        pieces.push(match found.get(2).map(|kind| kind.as_str()) {
            Some("int") => Piece::Integer,
            Some("rest") => Piece::Rest,
            Some(_) => Piece::Word,
            None => Piece::Shortest,
        });
    }
    if from < pattern.len() {
        pieces.push(Piece::Text(pattern[from..].to_owned()));
    }
    Some(pieces)
}

/// The names that a matcher captures, each as often as it stands there.
pub(super) fn captures(matcher: &At<Matcher>) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    captures_of(&matcher.value, &mut found);
    found
}

fn captures_of(matcher: &Matcher, found: &mut Vec<(String, Span)>) {
    match matcher {
        Matcher::Pattern(text) => named(&HOLE, &text.value, text.span, found),
        Matcher::Regex(text) => named(&GROUP, &text.value, text.span, found),
        Matcher::Json { value, .. } => captures_in(value, found),
        Matcher::UntilClosed(inner) | Matcher::Not(inner) => captures_of(&inner.value, found),
        Matcher::OneOf(several) | Matcher::AllOf(several) => {
            several.iter().for_each(|one| captures_of(&one.value, found));
        }
        Matcher::Form(fields) => captures_in(fields, found),
        Matcher::Message { with, .. } => with.iter().for_each(|with| captures_in(with, found)),
        Matcher::Control(_, inner) => inner.iter().for_each(|inner| captures_of(&inner.value, found)),
        Matcher::Headed { line, headers, body } => {
            line.iter().for_each(|line| captures_of(&line.value, found));
            for matcher in headers.iter().filter_map(|(_, header)| header_matcher(header)) {
                captures_of(&matcher.value, found);
            }
            body.iter().for_each(|body| captures_of(&body.value, found));
        }
        // What a named matcher captures is meant for whoever uses it.
        Matcher::Named(_)
        | Matcher::Payload(_)
        | Matcher::Hex(_)
        | Matcher::Contains(_)
        | Matcher::Size { .. }
        | Matcher::Any
        | Matcher::Schema { .. } => {}
    }
}

/// What a header must look like, where it must be there.
pub(super) fn header_matcher(header: &Header) -> Option<&At<Matcher>> {
    match header {
        Header::Is(matcher) => Some(matcher),
        Header::Absent => None,
    }
}

fn captures_in(node: &Node, found: &mut Vec<(String, Span)>) {
    match &node.value {
        Json::Array(elements) => elements.iter().for_each(|element| captures_in(element, found)),
        Json::Object(members) => {
            for (key, value) in members {
                match (key.value.as_str(), &value.value) {
                    ("$literal", _) => {}
                    ("$capture", Json::String(name)) => found.push((name.clone(), value.span)),
                    ("$pattern", Json::String(text)) => named(&HOLE, text, value.span, found),
                    ("$regex", Json::String(text)) => named(&GROUP, text, value.span, found),
                    _ => captures_in(value, found),
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn named(regex: &Regex, text: &str, span: Span, found: &mut Vec<(String, Span)>) {
    let text = EXPRESSION.replace_all(text, " ");
    for name in regex.captures_iter(&text).filter_map(|found| found.get(1)) {
        found.push((name.as_str().to_owned(), span));
    }
}

/// The names that a served request's parts are captured under.
pub(super) fn served_captures(request: &RequestGuard) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    named(&HOLE, &request.path.value, request.path.span, &mut found);
    for matcher in served_matchers(request) {
        captures_of(&matcher.value, &mut found);
    }
    found
}

pub(super) fn served_matchers(request: &RequestGuard) -> impl Iterator<Item = &At<Matcher>> {
    let named = request.query.iter().chain(&request.headers);
    named
        .filter_map(|(_, header)| header_matcher(header))
        .chain(&request.body)
}

/// A matcher as a value: equal forms take the same messages.
pub(super) fn form(matcher: &Matcher) -> Value {
    let all = |several: &[At<Matcher>]| several.iter().map(|one| form(&one.value)).collect::<Value>();
    match matcher {
        Matcher::Payload(payload) => json!({ "payload": payload_form(payload) }),
        Matcher::Json { value, exact } => json!({ "json": value.value.plain(), "exact": exact }),
        Matcher::Hex(text) => json!({ "hex": text.value }),
        Matcher::Contains(text) => json!({ "contains": text.value }),
        Matcher::Pattern(text) => json!({ "pattern": text.value }),
        Matcher::Regex(text) => json!({ "regex": text.value }),
        Matcher::Size { min, max } => json!({ "size": [min, max] }),
        Matcher::Any => json!("any"),
        Matcher::UntilClosed(inner) => json!({ "until_closed": form(&inner.value) }),
        Matcher::OneOf(several) => json!({ "one_of": all(several) }),
        Matcher::AllOf(several) => json!({ "all_of": all(several) }),
        Matcher::Not(inner) => json!({ "not": form(&inner.value) }),
        Matcher::Schema { name, .. } => json!({ "schema": name.value }),
        Matcher::Named(name) => json!({ "is": name.value }),
        Matcher::Form(fields) => json!({ "form": fields.value.plain() }),
        Matcher::Message { name, with } => json!(["message", name.value, with.as_ref().map(|node| node.value.plain())]),
        Matcher::Control(control, inner) => {
            let inner = inner.as_ref().map(|inner| form(&inner.value));
            json!({ "control": format!("{control:?}"), "of": inner })
        }
        Matcher::Headed { line, headers, body } => {
            let part = |part: &Option<Box<At<Matcher>>>| part.as_ref().map(|part| form(&part.value));
            let headers = headers.iter().map(|(name, header)| {
                let matcher = header_matcher(header).map(|matcher| form(&matcher.value));
                json!([name.value.to_lowercase(), matcher])
            });
            json!({ "line": part(line), "headers": headers.collect::<Value>(), "body": part(body) })
        }
    }
}

fn payload_form(payload: &Payload) -> Value {
    match payload {
        Payload::Text(text) => json!({ "text": text.value }),
        Payload::Lines(lines) => lines.iter().map(|line| line.value.as_str()).collect(),
        Payload::Json(value) => json!({ "json": value.value.plain() }),
        Payload::Hex(text) => json!({ "hex": text.value }),
        Payload::Base64(text) => json!({ "base64": text.value }),
        Payload::File { name, .. } => json!({ "file": name.value }),
        Payload::Fill { byte, size } => json!({ "fill": [byte, size] }),
        Payload::Random(size) => json!({ "random": size }),
        Payload::Copy => json!("copy"),
        Payload::Form(fields) => json!({ "form": fields.value.plain() }),
        Payload::Message { name, with } => json!(["message", name.value, with.as_ref().map(|node| node.value.plain())]),
        Payload::Control(control, inner) => {
            let inner = inner.as_ref().map(|inner| payload_form(&inner.value));
            json!({ "control": format!("{control:?}"), "of": inner })
        }
        Payload::Headed { line, headers, body } => {
            let headers = headers.iter().map(|(name, value)| json!([name.value, value.value]));
            json!({
                "line": line.as_ref().map(|line| &line.value),
                "headers": headers.collect::<Value>(),
                "body": body.as_ref().map(|body| payload_form(&body.value)),
            })
        }
    }
}

/// The bytes of a payload, where they are the same each time.
pub(super) fn fixed(payload: &Payload) -> Option<Arc<[u8]>> {
    let template = |text: &At<String>| Template::compile(&text.value).ok();
    let compiled = match payload {
        Payload::Text(text) => payload::Payload::text(template(text)?),
        Payload::Lines(lines) => payload::Payload::lines(lines.iter().map(template).collect::<Option<_>>()?),
        Payload::Json(value) => payload::Payload::json(JsonTemplate::compile(&value.value.plain()).ok()?),
        Payload::Hex(text) => payload::Payload::hex(template(text)?).ok()?,
        Payload::Base64(text) => payload::Payload::base64(template(text)?).ok()?,
        Payload::File { bytes, .. } => payload::Payload::fixed(bytes.as_slice()),
        Payload::Fill { byte, size } if *size <= 1 << 16 => payload::Payload::repeated(*byte, *size).ok()?,
        Payload::Fill { .. }
        | Payload::Random(_)
        | Payload::Copy
        | Payload::Form(_)
        | Payload::Message { .. }
        | Payload::Headed { .. }
        | Payload::Control(..) => return None,
    };
    match compiled {
        payload::Payload::Fixed(bytes) => Some(bytes),
        _ => None,
    }
}

/// A matcher that can be tried on messages, where nothing has to be filled in.
pub(super) fn want(matcher: &Matcher) -> Option<Want> {
    let compiled = compiled(matcher)?;
    match compiled.names().is_empty() && !compiled.generates() {
        true => compiled.fill(&Nothing).ok(),
        false => None,
    }
}

fn compiled(matcher: &Matcher) -> Option<matcher::Matcher> {
    let template = |text: &At<String>| Template::compile(&text.value).ok();
    let all = |several: &[At<Matcher>]| {
        several
            .iter()
            .map(|one| compiled(&one.value))
            .collect::<Option<Vec<_>>>()
    };
    Some(match matcher {
        Matcher::Payload(payload) => matcher::Matcher::exact(payload::Payload::fixed(fixed(payload)?)).ok()?,
        Matcher::Json { value, exact } => {
            matcher::Matcher::json(&value.value.plain(), *exact, &matcher::Named::new()).ok()?
        }
        Matcher::Hex(text) => matcher::Matcher::hex(template(text)?).ok()?,
        Matcher::Contains(text) => matcher::Matcher::contains(template(text)?),
        Matcher::Pattern(text) => matcher::Matcher::pattern(&template(text)?).ok()?,
        Matcher::Regex(text) => matcher::Matcher::regex(template(text)?).ok()?,
        Matcher::Size { min, max } => matcher::Matcher::size(*min, *max),
        Matcher::Any => matcher::Matcher::any(),
        Matcher::UntilClosed(inner) => matcher::Matcher::until_closed(compiled(&inner.value)?),
        Matcher::OneOf(several) => matcher::Matcher::one_of(all(several)?),
        Matcher::AllOf(several) => matcher::Matcher::all_of(all(several)?),
        Matcher::Not(inner) => matcher::Matcher::not(compiled(&inner.value)?),
        Matcher::Schema { .. }
        | Matcher::Form(_)
        | Matcher::Message { .. }
        | Matcher::Headed { .. }
        | Matcher::Named(_)
        | Matcher::Control(..) => return None,
    })
}

/// Whether a matcher takes a message of these bytes; none where that depends on the run.
pub(super) fn takes(matcher: &Matcher, bytes: &[u8]) -> Option<bool> {
    Some(want(matcher)?.test(&Message::new(bytes)).is_ok())
}

/// No variables, and no world: what is filled in with it needs neither.
#[derive(Debug)]
struct Nothing;

impl World for Nothing {
    fn draw(&self, purpose: &str) -> Draw {
        Draw::keyed(0, purpose, "", 0)
    }

    fn address(&self, _endpoint: &str) -> Option<crate::ident::Address> {
        None
    }
}

impl Scope for Nothing {
    fn value(&self, _name: &str) -> Option<minijinja::Value> {
        None
    }

    fn world(&self) -> Arc<dyn World> {
        Arc::new(Self)
    }
}
