//! Binary messages: what their fields must look like.

use std::sync::Arc;

use serde_json::Value as Json;

use super::json::{Filled, Node, Shape};
use super::{Captures, ExpressionError, JsonMatcherError, Mismatch, Named, Scope};
use crate::wire::layout::{Fields, Layout, Undecodable};

/// A message of a layout, whose fields look so.
#[derive(Debug)]
pub(in crate::wire) struct Binary<N> {
    pub(in crate::wire) layout: Layout,
    /// What the fields must look like; any where nothing is asked of them.
    pub(super) with: Option<N>,
}

/// How much nearer a message is that is one of the layout.
const NEAR: u32 = 1 << 20;

impl Binary<Node> {
    pub(super) fn compile(layout: Layout, with: Option<&Json>, named: &Named) -> Result<Self, JsonMatcherError> {
        let with = with.map(|with| Node::compile(with, named)).transpose()?;
        Ok(Self { layout, with })
    }

    pub(super) fn fill(&self, scope: &dyn Scope) -> Result<Binary<Filled>, ExpressionError> {
        let with = match &self.with {
            None => None,
            Some(with) => Some(canonical(with.fill(scope)?, &self.layout)),
        };
        Ok(Binary {
            layout: self.layout.clone(),
            with,
        })
    }
}

impl Binary<Filled> {
    pub(super) fn test(&self, bytes: &[u8]) -> Result<Captures, Mismatch> {
        let fields = self.layout.decode(bytes).map_err(|error| Mismatch {
            nearness: u32::try_from(error.at).unwrap_or(u32::MAX).min(NEAR - 1),
            difference: error.to_string(),
        })?;
        self.test_fields(&fields)
    }

    fn test_fields(&self, fields: &Fields) -> Result<Captures, Mismatch> {
        let Some(with) = &self.with else {
            return Ok(Captures::new());
        };
        with.test(fields.values(), false).map_err(|mismatch| Mismatch {
            difference: format!("{}: {}", self.layout.name(), mismatch.difference),
            nearness: mismatch.nearness.saturating_add(NEAR),
        })
    }

    /// The fields of a message that matches.
    pub(super) fn fields(&self, bytes: &[u8]) -> Option<Arc<Fields>> {
        let fields = self.layout.decode(bytes).ok()?;
        self.test_fields(&fields).ok()?;
        Some(Arc::new(fields))
    }

    /// Why bytes are no message of the layout, whatever is asked of its fields.
    pub(super) fn undecodable(&self, bytes: &[u8]) -> Option<Undecodable> {
        self.layout.decode(bytes).err()
    }

    pub(super) fn describe(&self) -> String {
        match &self.with {
            None => self.layout.name().to_owned(),
            Some(with) => format!("{} {}", self.layout.name(), with.describe()),
        }
    }
}

/// Values as they are read from bytes, so that `"0x10"` is 16, and an address has one form.
fn canonical(shape: Filled, layout: &Layout) -> Filled {
    match shape {
        Shape::Value(value) => Shape::Value(layout.canonical(&value)),
        Shape::Object(members) => {
            let members = members.into_iter().map(|(name, shape)| {
                let shape = match layout.inner(&name) {
                    Some(inner) => inside(shape, &inner),
                    None => shape,
                };
                (name, shape)
            });
            Shape::Object(members.collect())
        }
        shape => within(shape, &mut |shape| canonical(shape, layout)),
    }
}

fn inside(shape: Filled, inner: &crate::wire::layout::Inner) -> Filled {
    use crate::wire::layout::Inner;
    match (shape, inner) {
        (Shape::Value(value), inner) => Shape::Value(inner.canonical(&value)),
        (shape, Inner::Message(layout)) => canonical(shape, layout),
        (Shape::Array(shapes), Inner::List(of)) => {
            Shape::Array(shapes.into_iter().map(|shape| inside(shape, of)).collect())
        }
        (Shape::Unordered(shapes), Inner::List(of)) => {
            Shape::Unordered(shapes.into_iter().map(|shape| inside(shape, of)).collect())
        }
        (Shape::Each(shape), Inner::List(of)) => Shape::Each(Box::new(inside(*shape, of))),
        (shape, inner) => within(shape, &mut |shape| inside(shape, inner)),
    }
}

/// Changes the shapes inside one that are of the same value.
fn within(shape: Filled, change: &mut dyn FnMut(Filled) -> Filled) -> Filled {
    let mut all = |shapes: Vec<Filled>| shapes.into_iter().map(&mut *change).collect();
    match shape {
        Shape::OneOf(shapes) => Shape::OneOf(all(shapes)),
        Shape::AllOf(shapes) => Shape::AllOf(all(shapes)),
        Shape::Optional(shape) => Shape::Optional(Box::new(change(*shape))),
        Shape::Not(shape) => Shape::Not(Box::new(change(*shape))),
        Shape::Capture(name, shape) => Shape::Capture(name, Box::new(change(*shape))),
        shape => shape,
    }
}
