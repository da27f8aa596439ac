//! A message as one line.
//!
//! Owns what is left out: what says nothing, for it is always so, or follows from the rest, or is empty. Long values are
//! cut, with their size and a digest, so that two that differ are shown differently.

use data_encoding::HEXLOWER;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::kind::{Extent, Field, Kind, Role};
use super::scalar::Scalar;
use super::{DEEPEST, Set};
use crate::units::show_size;

/// How many elements of a list are shown.
const ELEMENTS: usize = 3;

/// The longest text that is shown whole, and how much of a longer one is, in characters.
const LONGEST: usize = 48;
const KEPT: usize = 24;

/// A message: `Publish(qos=1, topic="t")`, `PingReq`.
pub(super) fn message(all: &Set, at: usize, values: &Json) -> String {
    let definition = &all.definitions[at];
    match parts(all, at, values, 0) {
        parts if parts.is_empty() => definition.name.clone(),
        parts => format!("{}({})", definition.name, parts.join(", ")),
    }
}

fn parts(all: &Set, at: usize, values: &Json, depth: usize) -> Vec<String> {
    if depth == DEEPEST {
        return vec!["…".to_owned()];
    }
    let fields = all.definitions[at].fields.iter();
    let told = fields.filter_map(|field| {
        let value = values.get(&field.name)?;
        let kind = chosen(&field.kind, values);
        says_something(field, kind, value).then(|| format!("{}={}", field.name, shown(all, kind, value, depth)))
    });
    told.collect()
}

/// The type that a `switch` has come to.
fn chosen<'k>(kind: &'k Kind, values: &Json) -> &'k Kind {
    let (Kind::Switch { on, cases, other, .. }, Json::Object(values)) = (kind, values) else {
        return kind;
    };
    let key = on.value(values).map(|value| crate::wire::template::write(&value));
    let case = cases.iter().find(|(case, _)| key.as_ref() == Ok(case));
    case.map(|(_, kind)| kind).or(other.as_deref()).unwrap_or(kind)
}

fn says_something(field: &Field, kind: &Kind, value: &Json) -> bool {
    match &field.role {
        Role::Fixed(fixed) => fixed != value,
        Role::SizeOf { .. } | Role::CountOf(_) | Role::Checksum { .. } => false,
        Role::Plain => !is_empty(kind, value),
    }
}

fn is_empty(kind: &Kind, value: &Json) -> bool {
    match (kind, value) {
        (Kind::Scalar(scalar), value) => *value == scalar.empty(),
        // Nothing is not empty, where it can be told from it.
        (_, Json::Null) => false,
        (_, Json::String(text)) => text.is_empty(),
        (_, Json::Array(list)) => list.is_empty(),
        (_, Json::Object(members)) => members.is_empty(),
        _ => false,
    }
}

fn shown(all: &Set, kind: &Kind, value: &Json, depth: usize) -> String {
    match (kind, value) {
        (_, Json::Null) => "null".to_owned(),
        (Kind::Bytes(_), Json::String(hex)) => cut("0x", hex, hex.len() as u64 / 2),
        (Kind::Scalar(Scalar::Ipv4 | Scalar::Ipv6 | Scalar::DnsName), Json::String(text)) => text.clone(),
        (Kind::Text(_), Json::String(text)) => {
            let quoted = Json::from(text.as_str()).to_string();
            cut("", &quoted, text.len() as u64)
        }
        (Kind::Message(at, Extent::End | Extent::Prefix(_) | Extent::Size(_)), value) => {
            format!("({})", parts(all, *at, value, depth + 1).join(", "))
        }
        (Kind::List(of, _), Json::Array(list)) => {
            let elements = list
                .iter()
                .take(ELEMENTS)
                .map(|element| shown(all, of, element, depth + 1));
            let mut elements: Vec<String> = elements.collect();
            if list.len() > ELEMENTS {
                let digest = digest(&Json::Array(list[ELEMENTS..].to_vec()).to_string());
                elements.push(format!("… ({} more, {digest})", list.len() - ELEMENTS));
            }
            format!("[{}]", elements.join(", "))
        }
        (_, value) => value.to_string(),
    }
}

fn cut(before: &str, text: &str, size: u64) -> String {
    match text.char_indices().nth(LONGEST) {
        None => format!("{before}{text}"),
        Some(_) => {
            let kept: String = text.chars().take(KEPT).collect();
            format!("{before}{kept}… ({}, {})", show_size(size), digest(text))
        }
    }
}

fn digest(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text)[..4])
}
