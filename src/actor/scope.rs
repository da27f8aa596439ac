//! What a strand's templates see.
//!
//! Owns the names: variables, constants, the actor's shared variables as they were when the step began, the last message,
//! and who is who. Does not own evaluating (`wire::template`).

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};
use serde_json::Value as Json;

use super::chance::Chance;
use super::connection::Link;
use crate::ident::{ActorName, Address};
use crate::wire::message::Message;
use crate::wire::template::{self, Scope, World};

/// A strand's own variables.
pub(super) type Variables = BTreeMap<String, Arc<Json>>;

/// The last message that a strand received.
#[derive(Clone, Debug)]
pub(super) struct Received {
    /// The message.
    pub message: Message,
    /// The connection that it came on, whose other end sent it.
    pub link: Arc<Link>,
}

/// What a strand's templates see during one step.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The scenario's constants.
    pub constants: &'a [(String, Arc<Json>)],
    /// The strand's own variables.
    pub variables: &'a Variables,
    /// What a guard has just captured; goes before the variables.
    pub captured: &'a [(String, Json)],
    /// Whose strand it is.
    pub actor: &'a ActorName,
    /// The actor's row.
    pub row: Option<&'a Arc<Json>>,
    /// The actor's variables as they were when the step began.
    pub shared: Variables,
    /// The last message.
    pub last: Option<&'a Received>,
    /// The actor at the other end, where that is known.
    pub peer: Option<&'a str>,
    /// The session's name.
    pub session: Option<&'a str>,
    /// The address of this end, where that is known.
    pub local: Option<Address>,
    /// Draws and addresses.
    pub chance: &'a Arc<Chance>,
}

impl Scope for View<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        match name {
            "actor" => Some(self.actor_value()),
            "message" => self.last.map(message_value),
            "peer" => self.peer.map(Value::from),
            "session" => self.session.map(Value::from),
            "local" => self.local.as_ref().map(|address| Value::from(address.to_string())),
            name => {
                if let Some((_, value)) = self.captured.iter().find(|(captured, _)| captured == name) {
                    return Some(template::value(&Arc::new(value.clone())));
                }
                let constant = || {
                    self.constants
                        .iter()
                        .find(|(constant, _)| constant == name)
                        .map(|(_, value)| value)
                };
                self.variables.get(name).or_else(constant).map(template::value)
            }
        }
    }

    fn world(&self) -> Arc<dyn World> {
        Arc::clone(self.chance) as Arc<dyn World>
    }
}

impl View<'_> {
    fn actor_value(&self) -> Value {
        let mut members: BTreeMap<String, Value> = self
            .shared
            .iter()
            .map(|(name, value)| (name.clone(), template::value(value)))
            .collect();
        members.insert("name".to_owned(), Value::from(self.actor.to_string()));
        if let Some(instance) = self.actor.instance {
            members.insert("index".to_owned(), Value::from(instance));
        }
        if let Some(row) = self.row {
            members.insert("row".to_owned(), template::value(row));
        }
        Value::from(members)
    }
}

fn message_value(received: &Received) -> Value {
    let message = &received.message;
    let mut members: BTreeMap<&str, Value> = BTreeMap::from([
        ("size", Value::from(message.bytes().len())),
        ("from", Value::from(received.link.peer.as_str())),
    ]);
    let kind = match message.control() {
        Some(control) => control.name(),
        None if message.is_binary() => "binary",
        None => "text",
    };
    members.insert("kind", Value::from(kind));
    if let Some(text) = message.text() {
        members.insert("text", Value::from(text));
    }
    if let Some(head) = message.head() {
        if let Some(line) = &head.line {
            members.insert("line", Value::from(line.as_str()));
        }
        if let Some(status) = head.status() {
            members.insert("status", Value::from(status));
        }
        members.insert("headers", Value::from_object(Headers(message.clone())));
    }
    if let Some(fields) = message.fields() {
        members.insert("fields", template::value(fields.values()));
    }
    if let Some(json) = message.json() {
        members.insert("json", template::value(&Arc::new(json.clone())));
    }
    Value::from(members)
}

/// The headers of a message, found by their names in any case.
#[derive(Debug)]
struct Headers(Message);

impl Object for Headers {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.head()?.header(key.as_str()?).map(Value::from)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let headers = self.0.head().map(|head| head.headers.as_slice()).unwrap_or_default();
        let mut names: Vec<String> = headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }
}
