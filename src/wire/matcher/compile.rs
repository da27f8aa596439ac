//! How matchers are made and filled in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::json::HasCaptures;
use super::pattern;
use super::want::Shown;
use super::*;
use crate::draw::Draw;
use crate::wire::hex;
use crate::wire::template::World;

impl Matcher {
    /// Exactly these bytes; `random` and `copy` are no matchers.
    pub fn exact(payload: Payload) -> Result<Self, String> {
        match payload {
            Payload::Random(_) => Err("`random` is no matcher: nobody knows which bytes come".to_owned()),
            Payload::Copy => Err("`copy` is no matcher".to_owned()),
            payload => Ok(Self::new(Kind::Exact(payload))),
        }
    }

    /// A JSON value that has at least these members (`exact`: no others), with `$` matchers in it; `$is` can name these.
    pub fn json(json: &Json, exact: bool, named: &Named) -> Result<Self, JsonMatcherError> {
        Node::compile(json, named).map(|node| Self::new(Kind::Json { node, exact }))
    }

    /// A JSON value of a shape that was read already.
    pub(super) fn of_json(node: Node, exact: bool) -> Self {
        Self::new(Kind::Json { node, exact })
    }

    /// A JSON value that is valid against a schema, which a file of this name holds.
    pub fn schema(name: &str, schema: &Json) -> Result<Self, SchemaError> {
        Schema::compile(name, schema).map(|schema| Self::new(Kind::Schema(schema)))
    }

    /// A form with at least these fields, with `$` matchers in it; a field that comes more than once is a list.
    pub fn form(json: &Json, named: &Named) -> Result<Self, JsonMatcherError> {
        Node::compile(json, named).map(|node| Self::new(Kind::Form(node)))
    }

    /// A binary message, with `$` matchers in what its fields must look like.
    pub fn message(layout: Layout, with: Option<&Json>, named: &Named) -> Result<Self, JsonMatcherError> {
        Binary::compile(layout, with, named).map(|binary| Self::new(Kind::Message(binary)))
    }

    /// A start line with one of these statuses.
    pub fn status(statuses: Statuses) -> Self {
        Self::new(Kind::Status(statuses))
    }

    /// A ping or pong of a WebSocket, and what it must hold.
    pub fn control(control: Control, inner: Option<Self>) -> Self {
        Self::new(Kind::Control(control, inner))
    }

    /// A message with a head.
    pub fn headed(headed: Headed) -> Self {
        Self::new(Kind::Headed(headed))
    }

    /// An HTTP request.
    pub fn request(request: Request) -> Self {
        Self::new(Kind::Request(Box::new(request)))
    }

    /// Bytes in hexadecimal, `??` for any.
    pub fn hex(template: Template) -> Result<Self, String> {
        match template.fixed().map(hex::wildcards) {
            Some(Err(why)) => Err(why),
            _ => Ok(Self::new(Kind::Hex(template))),
        }
    }

    /// Bytes that contain this text.
    pub fn contains(template: Template) -> Self {
        Self::new(Kind::Contains(template))
    }

    /// Text with captures: `JOIN {name}`, `/users/{id:int}`.
    pub fn pattern(template: &Template) -> Result<Self, String> {
        let (pieces, source) = pattern::pieces(template)?;
        Ok(Self::new(Kind::Pattern { pieces, source }))
    }

    /// A regex of the whole message, whose named groups are captured.
    pub fn regex(template: Template) -> Result<Self, String> {
        let compiled = template.fixed().map(Matching::regex).transpose()?;
        Ok(Self::new(Kind::Regex { template, compiled }))
    }

    /// So many bytes.
    pub fn size(least: u64, most: Option<u64>) -> Self {
        Self::new(Kind::Size { least, most })
    }

    /// Whatever comes.
    pub fn any() -> Self {
        Self::new(Kind::Any)
    }

    /// One of these at least; the first that matches captures.
    pub fn one_of(matchers: Vec<Self>) -> Self {
        Self::new(Kind::OneOf(matchers))
    }

    /// All of these.
    pub fn all_of(matchers: Vec<Self>) -> Self {
        Self::new(Kind::AllOf(matchers))
    }

    /// Not this; captures nothing.
    #[expect(
        clippy::should_implement_trait,
        reason = "a constructor, called as the format calls it"
    )]
    pub fn not(matcher: Self) -> Self {
        Self::new(Kind::Not(matcher))
    }

    /// On `raw`, all that comes to the end of the direction.
    pub fn until_closed(matcher: Self) -> Self {
        Self::new(Kind::UntilClosed(matcher))
    }

    fn new(kind: Kind) -> Self {
        let mut names = BTreeSet::new();
        let mut generates = false;
        kind.uses(&mut |used, draws| {
            names.extend(used.iter().cloned());
            generates |= draws;
        });
        let (mut captures, mut named) = (Vec::new(), Vec::new());
        kind.captures(&mut |name, by| {
            let lists = [Some(&mut captures), (by == By::Name).then_some(&mut named)];
            for list in lists.into_iter().flatten() {
                if !list.iter().any(|known| known == name) {
                    list.push(name.to_owned());
                }
            }
        });
        // What needs nothing from its scope is filled in here, once; what fails here fails again in its step.
        let fixed = match names.is_empty() && !generates {
            true => kind.fill(&Nothing).ok(),
            false => None,
        };
        Self(Arc::new(Compiled {
            kind,
            names: names.into_iter().collect(),
            captures,
            named,
            generates,
            fixed,
        }))
    }
}

impl Kind {
    /// Calls `visit` with the names that each part uses, and whether it draws.
    fn uses(&self, visit: &mut dyn FnMut(&[String], bool)) {
        let mut of = |template: &Template| visit(template.names(), template.generates());
        match self {
            Self::Exact(payload) => visit(&payload.names(), payload.generates()),
            Self::Json { node, .. } | Self::Form(node) => node.uses(visit),
            Self::Message(binary) => binary.with.iter().for_each(|node| node.uses(visit)),
            Self::Headed(headed) => headed
                .matchers()
                .for_each(|matcher| visit(matcher.names(), matcher.generates())),
            Self::Hex(template) | Self::Contains(template) | Self::Regex { template, .. } => of(template),
            Self::Pattern { pieces, .. } => templates(pieces).for_each(of),
            Self::Request(request) => {
                templates(request.path()).for_each(of);
                request
                    .matchers()
                    .for_each(|matcher| visit(matcher.names(), matcher.generates()));
            }
            Self::Size { .. } | Self::Any | Self::Schema(_) | Self::Status(_) | Self::Control(_, None) => {}
            Self::Control(_, Some(matcher)) => visit(matcher.names(), matcher.generates()),
            Self::OneOf(matchers) | Self::AllOf(matchers) => {
                matchers
                    .iter()
                    .for_each(|matcher| visit(matcher.names(), matcher.generates()));
            }
            Self::Not(matcher) | Self::UntilClosed(matcher) => visit(matcher.names(), matcher.generates()),
        }
    }

    /// Calls `add` with each name that is captured, in order; it may come more than once.
    fn captures(&self, add: &mut dyn FnMut(&str, By)) {
        match self {
            Self::Json { node, .. } | Self::Form(node) => node.captures(add),
            Self::Message(binary) => binary.with.iter().for_each(|node| node.captures(add)),
            Self::Headed(headed) => headed.matchers().for_each(|matcher| matcher.each_capture(add)),
            Self::Pattern { pieces, .. } => captured(pieces).for_each(|name| add(name, By::Pattern)),
            Self::Request(request) => {
                captured(request.path()).for_each(|name| add(name, By::Pattern));
                request.matchers().for_each(|matcher| matcher.each_capture(add));
            }
            Self::Regex {
                compiled: Some(matching),
                ..
            } => matching.captures().for_each(|name| add(name, By::Pattern)),
            Self::OneOf(matchers) | Self::AllOf(matchers) => {
                matchers.iter().for_each(|matcher| matcher.each_capture(add));
            }
            Self::UntilClosed(matcher) | Self::Control(_, Some(matcher)) => matcher.each_capture(add),
            _ => {}
        }
    }

    pub(super) fn fill(&self, scope: &dyn Scope) -> Result<Want, ExpressionError> {
        let all = |matchers: &[Matcher]| {
            matchers
                .iter()
                .map(|matcher| matcher.fill(scope))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Want::new(match self {
            Self::Exact(payload) => {
                let shown = match payload {
                    Payload::Hex(_) | Payload::Base64(_) => Shown::Bytes,
                    _ => Shown::Text,
                };
                Test::Exact(payload.fill(scope, None)?, shown)
            }
            Self::Json { node, exact } => Test::Json(node.fill(scope)?, *exact),
            Self::Hex(template) => Test::Hex(hex::wildcards(&template.text(scope)?).map_err(ExpressionError::new)?),
            Self::Contains(template) => Test::Contains(Contained::new(template.text(scope)?)),
            Self::Pattern { pieces, source } => Test::Matching(pattern::fill(pieces, source, scope)?),
            Self::Regex {
                compiled: Some(matching),
                ..
            } => Test::Matching(matching.clone()),
            Self::Regex { template, .. } => {
                Test::Matching(Matching::regex(&template.text(scope)?).map_err(ExpressionError::new)?)
            }
            Self::Size { least, most } => Test::Size(*least, *most),
            Self::Any => Test::Any,
            Self::Schema(schema) => Test::Schema(schema.clone()),
            Self::OneOf(matchers) => Test::OneOf(all(matchers)?),
            Self::AllOf(matchers) => Test::AllOf(all(matchers)?),
            Self::Not(matcher) => Test::Not(matcher.fill(scope)?),
            Self::UntilClosed(matcher) => Test::UntilClosed(matcher.fill(scope)?),
            Self::Form(node) => Test::Form(node.fill(scope)?),
            Self::Message(binary) => Test::Message(binary.fill(scope)?),
            Self::Headed(headed) => Test::Headed(headed.fill(scope)?),
            Self::Request(request) => Test::Request(Box::new(request.fill(scope)?)),
            Self::Status(statuses) => Test::Status(statuses.clone()),
            Self::Control(control, inner) => {
                Test::Control(*control, inner.as_ref().map(|inner| inner.fill(scope)).transpose()?)
            }
        }))
    }
}

/// The templates of a pattern.
fn templates(pieces: &[Piece]) -> impl Iterator<Item = &Template> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Template(template) => Some(template),
        Piece::Text(_) | Piece::Capture { .. } => None,
    })
}

/// What a pattern captures.
fn captured(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Capture { name, .. } => Some(name.as_str()),
        Piece::Text(_) | Piece::Template(_) => None,
    })
}

/// A scope in which nothing is defined.
#[derive(Debug)]
pub(super) struct Nothing;

impl Scope for Nothing {
    fn value(&self, _: &str) -> Option<minijinja::Value> {
        None
    }

    fn world(&self) -> Arc<dyn World> {
        Arc::new(Self)
    }
}

impl World for Nothing {
    fn draw(&self, purpose: &str) -> Draw {
        // Never reached: what draws is not filled in here.
        Draw::keyed(0, purpose, "", 0)
    }

    fn address(&self, _: &str) -> Option<crate::ident::Address> {
        None
    }
}
