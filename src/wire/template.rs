//! Text with `{{ expressions }}`, bare expressions, and paths to variables.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::draw::Draw;

/// What a template can see, besides variables.
pub trait World: Send + Sync + std::fmt::Debug {
    /// The next draw of this strand for this purpose (`random_int`, `uuid`, …).
    fn draw(&self, purpose: &str) -> Draw;
    /// The address of an endpoint: `Server`, `Ftp.data`, `Node[1]`.
    fn address(&self, endpoint: &str) -> Option<SocketAddr>;
}

/// Where a template finds its names.
pub trait Scope {
    /// The value of a top-level name such as `x`, `message`, `actor`; `None` where it is undefined.
    fn value(&self, name: &str) -> Option<minijinja::Value>;
    /// Draws and addresses.
    fn world(&self) -> Arc<dyn World>;
}

/// Why a template or expression cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct TemplateError {
    /// What is wrong.
    pub text: String,
    /// Where in the text, in bytes.
    pub at: std::ops::Range<usize>,
}

/// Why a template or expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ExpressionError {
    /// What is wrong.
    pub text: String,
}

/// A string of a scenario: text, or text with expressions.
#[derive(Clone, Debug)]
pub struct Template {}

/// A bare expression: a condition, or a value.
#[derive(Clone, Debug)]
pub struct Expression {}

/// A JSON value whose strings are templates.
#[derive(Clone, Debug)]
pub enum JsonTemplate {
    /// Nothing in it is a template.
    Fixed(Arc<Json>),
    /// One string.
    Text(Template),
    /// A list.
    Array(Vec<Self>),
    /// Members, in order; keys are no templates.
    Object(Vec<(String, Self)>),
}

/// A path to a variable: `n`, `actor.users[id].name`.
#[derive(Clone, Debug)]
pub struct Path {}

/// One step of a path whose expressions were filled in: `["actor", "users", "7", "name"]`.
pub type FilledPath = Vec<String>;

impl Template {
    /// Compiles a string.
    pub fn compile(text: &str) -> Result<Self, TemplateError> {
        let _ = text;
        unimplemented!()
    }

    /// Its text, where there is no expression in it.
    pub fn fixed(&self) -> Option<&str> {
        unimplemented!()
    }

    /// The names it uses, the dotted ones with their second part: `["actor.members", "name"]`.
    pub fn names(&self) -> &[String] {
        unimplemented!()
    }

    /// Whether it uses a generator.
    pub fn generates(&self) -> bool {
        unimplemented!()
    }

    /// Its text; values that are no text are written as JSON.
    pub fn text(&self, scope: &dyn Scope) -> Result<String, ExpressionError> {
        let _ = scope;
        unimplemented!()
    }

    /// Its value: a string that is one expression keeps its type.
    pub fn json(&self, scope: &dyn Scope) -> Result<Json, ExpressionError> {
        let _ = scope;
        unimplemented!()
    }
}

impl Expression {
    /// Compiles a bare expression.
    pub fn compile(text: &str) -> Result<Self, TemplateError> {
        let _ = text;
        unimplemented!()
    }

    /// As [`Template::names`].
    pub fn names(&self) -> &[String] {
        unimplemented!()
    }

    /// Whether it uses a generator.
    pub fn generates(&self) -> bool {
        unimplemented!()
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        unimplemented!()
    }

    /// Whether it holds.
    pub fn holds(&self, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        let _ = scope;
        unimplemented!()
    }

    /// Its value.
    pub fn json(&self, scope: &dyn Scope) -> Result<Json, ExpressionError> {
        let _ = scope;
        unimplemented!()
    }
}

impl JsonTemplate {
    /// As [`Template::names`], of all its strings.
    pub fn names(&self) -> Vec<String> {
        unimplemented!()
    }

    /// Its value.
    pub fn json(&self, scope: &dyn Scope) -> Result<Json, ExpressionError> {
        let _ = scope;
        unimplemented!()
    }
}

impl Path {
    /// Compiles a path; its brackets hold expressions.
    pub fn compile(text: &str) -> Result<Self, TemplateError> {
        let _ = text;
        unimplemented!()
    }

    /// Its first name: `n`, or `actor` (then [`Path::second`] says which variable).
    pub fn first(&self) -> &str {
        unimplemented!()
    }

    /// Its second part, where that is a fixed name.
    pub fn second(&self) -> Option<&str> {
        unimplemented!()
    }

    /// The names that its brackets use.
    pub fn names(&self) -> &[String] {
        unimplemented!()
    }

    /// With its brackets filled in.
    pub fn fill(&self, scope: &dyn Scope) -> Result<FilledPath, ExpressionError> {
        let _ = scope;
        unimplemented!()
    }
}

/// A JSON value as templates see it: an integer finds a member whose key is its text, members keep their order.
pub fn value(json: &Arc<Json>) -> minijinja::Value {
    let _ = json;
    unimplemented!()
}
