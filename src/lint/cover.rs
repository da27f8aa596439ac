//! When a guard takes all that another would take.
//!
//! Owns the relation for each kind of guard and matcher: one that is new has its line in [`covers`] or [`all_of`]. Only
//! what is certain holds, for messages with a framing and for `raw`, where the shortest prefix that matches is taken.

use serde_json::Value;

use super::matching::{self, Piece, Read};
use crate::scenario::written::{At, Ending, Guard, Header, Json, Matcher, Node, RequestGuard, Span};

/// A guard that is compared with many others.
pub(super) struct Met<'g> {
    guard: &'g Guard,
    read: Option<Read<'g>>,
}

impl<'g> Met<'g> {
    pub(super) fn new(guard: &'g Guard) -> Self {
        let read = match guard {
            Guard::Receive(matcher) => Some(Read::new(matcher)),
            _ => None,
        };
        Self { guard, read }
    }
}

/// Whether whatever meets `guard` meets `by` as well, and no later.
pub(super) fn covers(by: &Met<'_>, guard: &Met<'_>) -> bool {
    if let (Some(by), Some(matcher)) = (&by.read, &guard.read) {
        return takes_all(by, matcher);
    }
    let text = |name: &Option<At<String>>| name.as_ref().map(|name| name.value.clone());
    match (by.guard, guard.guard) {
        (Guard::Receive(by), Guard::Request(_)) => matches!(by.value, Matcher::Any),
        (Guard::Request(by), Guard::Request(request)) => serves_all(&by.value, &request.value),
        (Guard::Closed(by), Guard::Closed(ending)) => *by == Ending::Any || by == ending,
        (Guard::Accept { endpoint: by, .. }, Guard::Accept { endpoint, .. }) => text(by) == text(endpoint),
        (Guard::Await(by), Guard::Await(name)) | (Guard::Timer(by), Guard::Timer(name)) => by.value == name.value,
        _ => false,
    }
}

/// Whether a matcher takes all messages that another takes.
fn takes_all(by: &Read<'_>, matcher: &Read<'_>) -> bool {
    if by.form == matcher.form {
        return true;
    }
    if let Some(bytes) = matcher.bytes() {
        let until_closed = matches!(by.matcher.value, Matcher::UntilClosed(_));
        return !until_closed && by.takes(bytes) == Some(true);
    }
    // Captures of one name ask for equal parts, which is more than their form says.
    all_of(&by.matcher.value, &matcher.matcher.value) && !asks_for_equals(matching::captures(by.matcher))
}

fn all_of(by: &Matcher, matcher: &Matcher) -> bool {
    if matching::form(by) == matching::form(matcher) {
        return true;
    }
    match (by, matcher) {
        (Matcher::UntilClosed(by), Matcher::UntilClosed(matcher)) => return all_of(&by.value, &matcher.value),
        (Matcher::UntilClosed(_), _) | (_, Matcher::UntilClosed(_)) => return false,
        (Matcher::Any, _) => return true,
        (_, Matcher::OneOf(several)) => return several.iter().all(|one| all_of(by, &one.value)),
        (Matcher::OneOf(several), _) if several.iter().any(|by| all_of(&by.value, matcher)) => return true,
        (Matcher::AllOf(several), _) => return several.iter().all(|by| all_of(&by.value, matcher)),
        (_, Matcher::AllOf(several)) => return several.iter().any(|one| all_of(by, &one.value)),
        _ => {}
    }
    if let Matcher::Payload(payload) = matcher {
        let bytes = matching::fixed(payload);
        return bytes.and_then(|bytes| matching::takes(by, &bytes)) == Some(true);
    }
    match (by, matcher) {
        (Matcher::Contains(by), Matcher::Contains(text)) => is_plain(&by.value) && text.value.contains(&by.value),
        (Matcher::Contains(by), Matcher::Pattern(pattern)) => {
            let holds = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(&by.value));
            is_plain(&by.value) && matching::pieces(&pattern.value).is_some_and(|pieces| pieces.iter().any(holds))
        }
        (Matcher::Pattern(by), Matcher::Pattern(pattern)) => {
            match (matching::pieces(&by.value), matching::pieces(&pattern.value)) {
                (Some(by), Some(pattern)) => wider(&by, &pattern),
                _ => false,
            }
        }
        (Matcher::Size { min, max }, Matcher::Size { min: least, max: most }) => {
            min <= least && max.is_none_or(|max| most.is_some_and(|most| most <= max))
        }
        (Matcher::Not(by), Matcher::Not(inner)) => all_of(&inner.value, &by.value),
        (
            Matcher::Headed { line, headers, body },
            Matcher::Headed {
                line: other_line,
                headers: other_headers,
                body: other_body,
            },
        ) => {
            part(line.as_deref(), other_line.as_deref())
                && part(body.as_deref(), other_body.as_deref())
                && headers
                    .iter()
                    .all(|header| other_headers.iter().any(|other| header_asks_less(header, other)))
        }
        (
            Matcher::Message {
                name: by_name,
                with: by,
            },
            Matcher::Message { name, with },
        ) if by_name.value == name.value => match (by, with) {
            (None, _) => true,
            (Some(by), Some(with)) => Asks::FEWEST.less(by, with),
            (Some(_), None) => false,
        },
        (Matcher::Json { value: by, exact }, Matcher::Json { value, exact: is_exact }) => {
            let asks = Asks {
                by_exact: *exact,
                exact: *is_exact,
            };
            asks.less(by, value)
        }
        _ => false,
    }
}

/// Whether a served request takes all that another takes.
fn serves_all(by: &RequestGuard, request: &RequestGuard) -> bool {
    let asks_less = |by: &[(At<String>, Header)], other: &[(At<String>, Header)], same: fn(&str, &str) -> bool| {
        by.iter().all(|part| {
            other
                .iter()
                .any(|other| same(&part.0.value, &other.0.value) && asks_less_of(&part.1, &other.1))
        })
    };
    (by.method.value == "ANY" || by.method.value == request.method.value)
        && path_takes_all(&by.path.value, &request.path.value)
        && asks_less(&by.query, &request.query, |by, name| by == name)
        && asks_less(&by.headers, &request.headers, str::eq_ignore_ascii_case)
        && part(by.body.as_ref(), request.body.as_ref())
        && !asks_for_equals(matching::served_captures(by))
}

/// Whether a pattern of paths takes all paths that another takes, one segment after another; in a path a capture
/// without a kind takes one segment, or some of it.
fn path_takes_all(by: &str, path: &str) -> bool {
    if by == path {
        return true;
    }
    let segments = |path: &str| path.split('/').map(matching::pieces).collect::<Option<Vec<_>>>();
    let (Some(by), Some(path)) = (segments(by), segments(path)) else {
        return false;
    };
    let fits = |(by, segment): (&Vec<Piece>, &Vec<Piece>)| match by.as_slice() {
        [Piece::Shortest] => {
            !segment.is_empty() && !segment.iter().any(|piece| [Piece::Word, Piece::Rest].contains(piece))
        }
        [Piece::Word] => matches!(segment.as_slice(), [Piece::Word | Piece::Integer]),
        _ => by == segment,
    };
    match by.split_last() {
        Some((last, by)) if last[..] == [Piece::Rest] => path.len() > by.len() && by.iter().zip(&path).all(fits),
        _ => by.len() == path.len() && by.iter().zip(&path).all(fits),
    }
}

/// Whether a part of a message with a head takes all that another takes; without it anything may stand there.
fn part(by: Option<&At<Matcher>>, other: Option<&At<Matcher>>) -> bool {
    match (by, other) {
        (None, _) => true,
        (Some(by), Some(other)) => all_of(&by.value, &other.value),
        (Some(_), None) => false,
    }
}

fn header_asks_less((name, by): &(At<String>, Header), (other_name, other): &(At<String>, Header)) -> bool {
    name.value.eq_ignore_ascii_case(&other_name.value) && asks_less_of(by, other)
}

fn asks_less_of(by: &Header, other: &Header) -> bool {
    match (matching::header_matcher(by), matching::header_matcher(other)) {
        (Some(by), Some(other)) => all_of(&by.value, &other.value),
        (None, None) => true,
        _ => false,
    }
}

fn is_plain(text: &str) -> bool {
    !text.contains("{{")
}

/// Whether a pattern takes all texts that another takes.
fn wider(by: &[Piece], pattern: &[Piece]) -> bool {
    // Beyond paths the shortest text and all that is left are the same texts.
    let plain = |pieces: &[Piece]| -> Vec<Piece> {
        let plain = |piece: &Piece| match piece {
            Piece::Rest => Piece::Shortest,
            piece => piece.clone(),
        };
        pieces.iter().map(plain).collect()
    };
    let (by, pattern) = (&plain(by)[..], &plain(pattern)[..]);
    let each = by.len() == pattern.len() && by.iter().zip(pattern).all(|(by, piece)| wider_piece(by, piece));
    each || match (by, pattern) {
        ([Piece::Shortest], _) => true,
        ([Piece::Text(begin), Piece::Shortest], [Piece::Text(text), ..]) => text.starts_with(begin.as_str()),
        ([Piece::Shortest, Piece::Text(end)], [.., Piece::Text(text)]) => text.ends_with(end.as_str()),
        ([Piece::Text(begin), Piece::Shortest, Piece::Text(end)], [Piece::Text(first), .., Piece::Text(last)]) => {
            first.starts_with(begin.as_str()) && last.ends_with(end.as_str())
        }
        _ => false,
    }
}

fn wider_piece(by: &Piece, piece: &Piece) -> bool {
    match (by, piece) {
        (Piece::Text(by), Piece::Text(text)) => by == text,
        (Piece::Text(_), _) | (_, Piece::Text(_)) => false,
        (Piece::Shortest, _) | (Piece::Word, Piece::Word | Piece::Integer) => true,
        (by, piece) => by == piece,
    }
}

/// How two JSON matchers ask: with `json_exact` an object has no other members.
#[derive(Clone, Copy)]
struct Asks {
    by_exact: bool,
    exact: bool,
}

impl Asks {
    /// An object may have other members on both sides.
    const FEWEST: Self = Self {
        by_exact: false,
        exact: false,
    };

    /// Whether `by` asks for no more than `node`.
    fn less(self, by: &Node, node: &Node) -> bool {
        if by.value.plain() == node.value.plain() && (!self.by_exact || self.exact) {
            return true;
        }
        if is_member(node).is_some() || is_member(by).is_some() {
            return false;
        }
        if is_any(by) {
            return true;
        }
        if let Some(("$one_of", Json::Array(several))) = dollar(node) {
            return several.iter().all(|one| self.less(by, one));
        }
        match (dollar(by), dollar(node)) {
            (Some(("$type", kinds)), Some(("$type", narrower))) => {
                let kinds = kinds_of(kinds);
                kinds_of(narrower).iter().all(|kind| is_kind(&kinds, kind))
            }
            (Some(("$type", kinds)), None) => kind_of(&node.value).is_some_and(|kind| is_kind(&kinds_of(kinds), kind)),
            (Some(("$one_of", Json::Array(several))), _) => several.iter().any(|by| self.less(by, node)),
            (None, None) => self.less_inside(by, node),
            _ => false,
        }
    }

    fn less_inside(self, by: &Node, node: &Node) -> bool {
        match (&by.value, &node.value) {
            (Json::Array(by), Json::Array(elements)) => {
                by.len() == elements.len() && by.iter().zip(elements).all(|(by, element)| self.less(by, element))
            }
            (Json::Object(by), Json::Object(members)) => {
                let find = |list: &[(At<String>, Node)], name: &str| {
                    list.iter()
                        .find(|(key, _)| key.value == name)
                        .map(|(_, value)| value.clone())
                };
                let asked = by
                    .iter()
                    .all(|(name, by)| match (is_member(by), find(members, &name.value)) {
                        (None, Some(value)) => self.less(by, &value),
                        (None, None) => false,
                        (Some(_), Some(value)) => by.value.plain() == value.value.plain(),
                        (Some(_), None) => self.exact,
                    });
                asked
                    && (!self.by_exact
                        || (self.exact && members.iter().all(|(name, _)| find(by, &name.value).is_some())))
            }
            (by, node) => scalar(by).is_some() && scalar(by) == scalar(node),
        }
    }
}

fn scalar(value: &Json) -> Option<Value> {
    match value {
        Json::Null => Some(Value::Null),
        Json::Bool(value) => Some((*value).into()),
        Json::Number(number) => Some(Value::Number(number.clone())),
        Json::String(text) => Some(text.clone().into()),
        Json::Array(_) | Json::Object(_) => None,
    }
}

/// The `$` matcher that an object is, where it is one alone.
fn dollar(node: &Node) -> Option<(&str, &Json)> {
    match &node.value {
        Json::Object(members) => match members.as_slice() {
            [(key, value)] if key.value.starts_with('$') => Some((key.value.as_str(), &value.value)),
            [(key, value), (other, _)] if other.value == "$capture" => Some((key.value.as_str(), &value.value)),
            [(other, _), (key, value)] if other.value == "$capture" => Some((key.value.as_str(), &value.value)),
            _ => None,
        },
        _ => None,
    }
}

/// Takes whatever stands there.
fn is_any(node: &Node) -> bool {
    matches!(dollar(node), Some(("$any" | "$capture", _)))
}

/// Stands for a member that may or must be missing.
fn is_member(node: &Node) -> Option<&str> {
    dollar(node)
        .map(|(key, _)| key)
        .filter(|key| ["$optional", "$absent"].contains(key))
}

fn kinds_of(value: &Json) -> Vec<&str> {
    match value {
        Json::Array(kinds) => kinds.iter().flat_map(|kind| kinds_of(&kind.value)).collect(),
        Json::String(kind) => vec![kind],
        _ => Vec::new(),
    }
}

fn is_kind(kinds: &[&str], kind: &str) -> bool {
    kinds.contains(&kind) || (kind == "integer" && kinds.contains(&"number"))
}

/// The type of a value that stands there as it is.
fn kind_of(value: &Json) -> Option<&'static str> {
    match value {
        Json::Null => Some("null"),
        Json::Bool(_) => Some("boolean"),
        Json::Number(number) if number.is_i64() || number.is_u64() => Some("integer"),
        Json::Number(_) => Some("number"),
        Json::String(text) if is_plain(text) => Some("string"),
        Json::String(_) => None,
        Json::Array(_) => Some("array"),
        Json::Object(_) => Some("object"),
    }
}

/// Whether two parts of a message that are captured so must be equal.
fn asks_for_equals(captures: Vec<(String, Span)>) -> bool {
    let mut names: Vec<String> = captures.into_iter().map(|(name, _)| name).collect();
    names.sort();
    names.windows(2).any(|pair| pair[0] == pair[1])
}
