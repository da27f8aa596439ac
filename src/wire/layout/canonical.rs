//! Values as they are read from bytes.
//!
//! Owns going down from a message to its fields' types, and giving each value that is written in another way the one form
//! that decoding gives. What fits no type is left as it is: it is equal to nothing then.

use serde_json::Value as Json;

use super::kind::Kind;
use super::scalar::{self, Scalar};
use super::{DEEPEST, Layout};

/// What a value inside a message is.
#[derive(Clone, Debug)]
pub enum Inner {
    /// One value.
    Scalar(Scalar),
    /// Bytes in hexadecimal.
    Bytes,
    /// A message.
    Message(Layout),
    /// A list.
    List(Box<Self>),
    /// Text, or what depends on other fields.
    Other,
}

impl Layout {
    /// What a field is.
    pub fn inner(&self, name: &str) -> Option<Inner> {
        let field = self.definition().fields.iter().find(|field| field.name == name)?;
        Some(self.inner_of(&field.kind))
    }

    /// A message's value in its one form.
    pub fn canonical(&self, value: &Json) -> Json {
        self.canonical_at(value, 0)
    }

    fn canonical_at(&self, value: &Json, depth: usize) -> Json {
        let Json::Object(members) = value else {
            return value.clone();
        };
        let members = members.iter().map(|(name, value)| {
            let value = match self.inner(name) {
                Some(inner) if depth < DEEPEST => inner.canonical_at(value, depth + 1),
                _ => value.clone(),
            };
            (name.clone(), value)
        });
        Json::Object(members.collect())
    }

    fn inner_of(&self, kind: &Kind) -> Inner {
        match kind {
            Kind::Scalar(scalar) => Inner::Scalar(*scalar),
            Kind::Bytes(_) => Inner::Bytes,
            Kind::Text(_) | Kind::Switch { .. } => Inner::Other,
            Kind::Message(at, _) => Inner::Message(Self {
                all: self.all.clone(),
                at: *at,
            }),
            Kind::List(of, _) => Inner::List(Box::new(self.inner_of(of))),
        }
    }
}

impl Inner {
    /// A value in its one form.
    pub fn canonical(&self, value: &Json) -> Json {
        self.canonical_at(value, 0)
    }

    fn canonical_at(&self, value: &Json, depth: usize) -> Json {
        match (self, value) {
            (_, Json::Null) => Json::Null,
            (Self::Scalar(scalar), value) => scalar.canonical(value).unwrap_or_else(|_| value.clone()),
            (Self::Bytes, value) => {
                scalar::bytes(value).map_or_else(|_| value.clone(), |bytes| scalar::from_bytes(&bytes))
            }
            (Self::Message(layout), value) => layout.canonical_at(value, depth),
            (Self::List(of), Json::Array(list)) => list.iter().map(|value| of.canonical_at(value, depth)).collect(),
            (Self::List(_) | Self::Other, value) => value.clone(),
        }
    }
}
