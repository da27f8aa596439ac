//! A matcher whose templates are filled in.

use std::sync::Arc;

use super::difference::{self, bytes, cut, excerpt, hex_excerpt};
use super::json::Filled;
use super::schema::Schema;
use super::{Binary, Captures, Contained, Matching, Mismatch, Statuses, headed, request};
use crate::wire::hex;
use crate::wire::layout::{Fields, Undecodable};
use crate::wire::message::{Control, Message};

/// How long a description is.
const DESCRIBED: usize = 60;

/// A matcher whose templates are filled in.
#[derive(Clone, Debug)]
pub struct Want(Arc<Test>);

/// What is asked of a message.
#[derive(Debug)]
pub(in crate::wire) enum Test {
    Exact(Message, Shown),
    Json(Filled, bool),
    Hex(Vec<Option<u8>>),
    Contains(Contained),
    Matching(Matching),
    Size(u64, Option<u64>),
    Any,
    Schema(Schema),
    OneOf(Vec<Want>),
    AllOf(Vec<Want>),
    Not(Want),
    UntilClosed(Want),
    Form(Filled),
    Message(Binary<Filled>),
    Headed(headed::Filled),
    Request(Box<request::Filled>),
    Status(Statuses),
    Control(Control, Option<Want>),
}

/// How expected bytes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Shown {
    Text,
    Bytes,
}

impl Want {
    pub(super) fn new(test: Test) -> Self {
        Self(Arc::new(test))
    }

    /// What it asks.
    pub(in crate::wire) fn kind(&self) -> &Test {
        &self.0
    }

    /// Whether a message matches, and what is kept of it.
    pub fn test(&self, message: &Message) -> Result<Captures, Mismatch> {
        let found = message.bytes();
        let nothing = Captures::new();
        if let Some(mismatch) = self.is_of_another_sort(message) {
            return Err(mismatch);
        }
        match &*self.0 {
            Test::Exact(expected, _) if expected.bytes() == found => Ok(nothing),
            Test::Exact(expected, shown) => Err(bytes(expected.bytes(), found, *shown == Shown::Bytes)),
            Test::Json(filled, exact) => match message.json() {
                Some(json) => filled.test(json, *exact),
                None => Err(Mismatch {
                    difference: format!("expected JSON, found {}", excerpt(found)),
                    nearness: 0,
                }),
            },
            Test::Hex(expected) => wildcards(expected, found).map(|()| nothing),
            Test::Contains(contained) => contains(contained, found).map(|()| nothing),
            Test::Matching(matching) => merged([matching.test(found)?]),
            Test::Size(least, most) => {
                let size = found.len() as u64;
                match size >= *least && most.is_none_or(|most| size <= most) {
                    true => Ok(nothing),
                    false => Err(Mismatch {
                        difference: format!("expected {}, found {size}", sizes(*least, *most)),
                        nearness: 0,
                    }),
                }
            }
            Test::Any => Ok(nothing),
            Test::Schema(schema) => schema.test(message),
            Test::OneOf(wants) => one_of(wants, message),
            Test::AllOf(wants) => {
                let captures: Result<Vec<Captures>, Mismatch> = wants.iter().map(|want| want.test(message)).collect();
                merged(captures?)
            }
            Test::Not(want) => match want.test(message) {
                Err(_) => Ok(nothing),
                Ok(_) => Err(Mismatch {
                    difference: format!("expected {}, found {}", self.describe(), excerpt(found)),
                    nearness: 0,
                }),
            },
            Test::UntilClosed(want) => want.test(message),
            Test::Form(filled) => filled.test(&form(found), false),
            Test::Message(binary) => binary.test(found),
            Test::Headed(filled) => filled.test(message),
            Test::Request(filled) => filled.test(message),
            Test::Status(statuses) => statuses.test(message).map(|()| nothing),
            Test::Control(_, None) => Ok(nothing),
            Test::Control(_, Some(want)) => want.test(&Message::new(found)),
        }
    }

    /// Why a ping or pong is no message of the conversation, and the other way round, where that is asked for.
    pub(super) fn is_of_another_sort(&self, message: &Message) -> Option<Mismatch> {
        let is_right = match (&*self.0, message.control()) {
            (Test::Any | Test::OneOf(_) | Test::AllOf(_) | Test::Not(_) | Test::UntilClosed(_), _) => true,
            (Test::Control(own, _), control) => control == Some(*own),
            (_, control) => control.is_none(),
        };
        if is_right {
            return None;
        }
        let sort = message.control().map_or("a message", |control| match control {
            Control::Ping => "a ping",
            Control::Pong => "a pong",
        });
        Some(Mismatch {
            difference: format!("expected {}, found {sort}", self.describe()),
            nearness: 0,
        })
    }

    /// A message that matches, read as the binary message that was asked for, where one was.
    #[must_use]
    pub fn read(&self, message: Message) -> Message {
        match self.fields(&message) {
            Some(fields) => message.with_fields(fields),
            None => message,
        }
    }

    fn fields(&self, message: &Message) -> Option<Arc<Fields>> {
        match &*self.0 {
            Test::Message(binary) => binary.fields(message.bytes()),
            Test::OneOf(wants) => wants.iter().find(|want| want.test(message).is_ok())?.fields(message),
            Test::AllOf(wants) => wants.iter().find_map(|want| want.fields(message)),
            Test::UntilClosed(want) => want.fields(message),
            _ => None,
        }
    }

    /// Why a message is none of the binary messages that are asked for: the one that goes farthest.
    pub fn undecodable(&self, message: &Message) -> Option<Undecodable> {
        match &*self.0 {
            _ if message.control().is_some() => None,
            Test::Message(binary) => binary.undecodable(message.bytes()),
            Test::OneOf(wants) | Test::AllOf(wants) => wants
                .iter()
                .filter_map(|want| want.undecodable(message))
                .max_by_key(|error| error.at),
            Test::UntilClosed(want) => want.undecodable(message),
            _ => None,
        }
    }

    /// Whether it waits for the end of the direction (`until: closed`), on `raw`.
    pub fn until_closed(&self) -> bool {
        matches!(*self.0, Test::UntilClosed(_))
    }

    /// What it asks for, as short text: `"Hello"`, `{"id":7}`, `pattern "JOIN {name}"`.
    pub fn describe(&self) -> String {
        let listed = |wants: &[Self]| {
            let all: Vec<String> = wants.iter().map(Self::describe).collect();
            all.join(", ")
        };
        let text = match &*self.0 {
            Test::Exact(expected, Shown::Text) => excerpt(expected.bytes()),
            Test::Exact(expected, Shown::Bytes) => format!("hex {}", hex_excerpt(expected.bytes(), 0)),
            Test::Json(filled, _) => filled.describe(),
            Test::Hex(expected) => {
                let pairs = expected.iter().take(DESCRIBED);
                let pairs: Vec<String> = pairs
                    .map(|byte| byte.map_or("??".to_owned(), |byte| hex::show(&[byte])))
                    .collect();
                format!("hex {}", pairs.join(" "))
            }
            Test::Contains(contained) => format!("contains {}", excerpt(contained.text().as_bytes())),
            Test::Matching(matching) => matching.shown().to_owned(),
            Test::Size(least, most) => sizes(*least, *most),
            Test::Any => "anything".to_owned(),
            Test::Schema(schema) => schema.describe(),
            Test::OneOf(wants) => format!("one of {}", listed(wants)),
            Test::AllOf(wants) => format!("all of {}", listed(wants)),
            Test::Not(want) => format!("not {}", want.describe()),
            Test::UntilClosed(want) => format!("to the end {}", want.describe()),
            Test::Form(filled) => format!("form {}", filled.describe()),
            Test::Message(binary) => binary.describe(),
            Test::Headed(filled) => filled.describe(),
            Test::Request(filled) => filled.describe(),
            Test::Status(statuses) => statuses.describe(),
            Test::Control(control, None) => control.name().to_owned(),
            Test::Control(control, Some(want)) => format!("{} {}", control.name(), want.describe()),
        };
        cut(&text, DESCRIBED)
    }
}

/// A form's fields as an object of texts; one that comes more than once is a list.
fn form(bytes: &[u8]) -> serde_json::Value {
    use serde_json::Value;
    let mut fields = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        let value = Value::from(value.into_owned());
        match fields.get_mut(&*name) {
            None => _ = fields.insert(name.into_owned(), value),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(fields)
}

/// All captures together; one name stands for one value.
pub(super) fn merged(all: impl IntoIterator<Item = Captures>) -> Result<Captures, Mismatch> {
    let mut merged = Captures::new();
    for (name, value) in all.into_iter().flatten() {
        match merged.iter().find(|(known, _)| *known == name) {
            None => merged.push((name, value)),
            Some((_, known)) if super::json::equal(known, &value) => {}
            Some((_, known)) => {
                return Err(Mismatch {
                    difference: format!(
                        "`{name}` is captured twice: {} and {}",
                        difference::json(known),
                        difference::json(&value)
                    ),
                    nearness: 0,
                });
            }
        }
    }
    Ok(merged)
}

fn one_of(wants: &[Want], message: &Message) -> Result<Captures, Mismatch> {
    let mut nearest: Option<Mismatch> = None;
    for want in wants {
        match want.test(message) {
            Ok(captures) => return Ok(captures),
            Err(mismatch)
                if nearest
                    .as_ref()
                    .is_none_or(|nearest| mismatch.nearness > nearest.nearness) =>
            {
                nearest = Some(mismatch);
            }
            Err(_) => {}
        }
    }
    let nearness = nearest.as_ref().map_or(0, |nearest| nearest.nearness);
    let nearest = nearest.map_or_else(String::new, |nearest| format!("; the nearest: {}", nearest.difference));
    Err(Mismatch {
        difference: format!("none of {} alternatives matches{nearest}", wants.len()),
        nearness,
    })
}

fn wildcards(expected: &[Option<u8>], found: &[u8]) -> Result<(), Mismatch> {
    let pairs = expected.iter().zip(found);
    let same = pairs
        .take_while(|(want, byte)| want.is_none_or(|want| want == **byte))
        .count();
    if same == expected.len() && same == found.len() {
        return Ok(());
    }
    let want = match expected.get(same) {
        None => "the end".to_owned(),
        Some(byte) => byte.map_or("any byte".to_owned(), |byte| hex::show(&[byte])),
    };
    let got = match found.len() <= same {
        true => "the end".to_owned(),
        false => hex_excerpt(found, same),
    };
    Err(Mismatch {
        difference: format!("at offset {same}: expected {want}, found {got}"),
        nearness: u32::try_from(same).unwrap_or(u32::MAX),
    })
}

fn contains(contained: &Contained, found: &[u8]) -> Result<(), Mismatch> {
    match contained.is_in(found) {
        true => Ok(()),
        false => Err(Mismatch {
            difference: format!(
                "expected text that contains {}, found {}",
                excerpt(contained.text().as_bytes()),
                excerpt(found)
            ),
            nearness: 0,
        }),
    }
}

fn sizes(least: u64, most: Option<u64>) -> String {
    match most {
        Some(most) if most == least => format!("{least} bytes"),
        Some(most) => format!("{least} to {most} bytes"),
        None => format!("{least} bytes or more"),
    }
}
