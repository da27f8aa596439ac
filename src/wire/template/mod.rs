//! Text with `{{ expressions }}`, bare expressions, and paths to variables.
//!
//! Owns how a string is divided, the expression engine with its functions and filters, and how variables look to it.
//! Does not own what a name means (`plan`) nor who keeps its value (`actor`).

mod crypto;
mod engine;
mod expression;
mod json;
mod names;
mod path;
mod split;
mod view;

use std::sync::Arc;

use serde_json::Value as Json;

use crate::draw::Draw;
use crate::ident::Address;

pub use expression::Expression;
pub(in crate::wire) use json::escaped;
pub use json::{JsonTemplate, JsonTemplateError};
pub use path::{FilledPath, Path, PathError, assign, lookup, remove};
pub(in crate::wire) use split::Part;
pub(in crate::wire) use view::write;
pub use view::{json, value};

/// The longest text that a template gives, and the most bytes that a value of an expression holds.
pub const LARGEST_VALUE: usize = 16 << 20;

/// What a template can see, besides variables.
pub trait World: Send + Sync + std::fmt::Debug {
    /// The next draw of this strand for this purpose (`random_int`, `uuid`, …).
    fn draw(&self, purpose: &str) -> Draw;
    /// The address of an endpoint: `Server`, `Ftp.data`, `Node[1]`.
    fn address(&self, endpoint: &str) -> Option<Address>;
    /// The file that holds the certificate of the run's own authority.
    fn tls_ca(&self) -> Result<String, String> {
        Err("only while a scenario is played is there a certificate".to_owned())
    }
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

impl ExpressionError {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }
}

/// A string of a scenario: text, or text with expressions.
#[derive(Clone, Debug)]
pub struct Template(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    parts: Vec<Part>,
    names: Vec<String>,
    generates: bool,
}

impl Template {
    /// Compiles a string.
    pub fn compile(text: &str) -> Result<Self, TemplateError> {
        let parts = split::split(text)?;
        let expressions = || parts.iter().filter_map(Part::expression);
        let names = names::union(expressions().map(Expression::names));
        let generates = expressions().any(Expression::generates);
        Ok(Self(Arc::new(Compiled {
            parts,
            names,
            generates,
        })))
    }

    /// Text in which nothing is an expression.
    pub fn literal(text: &str) -> Self {
        Self(Arc::new(Compiled {
            parts: vec![Part::Text(text.to_owned())],
            names: Vec::new(),
            generates: false,
        }))
    }

    /// Its text, where there is no expression in it.
    pub fn fixed(&self) -> Option<&str> {
        match self.0.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The names it uses, the dotted ones with their second part: `["actor.members", "name"]`.
    pub fn names(&self) -> &[String] {
        &self.0.names
    }

    /// Whether it uses a generator.
    pub fn generates(&self) -> bool {
        self.0.generates
    }

    /// Its text; values that are no text are written as JSON.
    pub fn text(&self, scope: &dyn Scope) -> Result<String, ExpressionError> {
        let mut text = String::new();
        for part in &self.0.parts {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Expression(expression) => text.push_str(&expression.text(scope)?),
            }
            if text.len() > LARGEST_VALUE {
                return Err(ExpressionError::new("the text is longer than 16MiB"));
            }
        }
        Ok(text)
    }

    /// Its value: a string that is one expression keeps its type.
    pub fn json(&self, scope: &dyn Scope) -> Result<Json, ExpressionError> {
        match self.0.parts.as_slice() {
            [Part::Expression(expression)] => expression.json(scope),
            _ => self.text(scope).map(Json::String),
        }
    }

    /// What it is made of.
    pub(in crate::wire) fn parts(&self) -> &[Part] {
        &self.0.parts
    }
}

#[cfg(test)]
pub(in crate::wire) mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use serde_json::json;

    use super::*;

    /// A scope of variables, whose draws are counted for each purpose.
    #[derive(Debug, Default)]
    pub(in crate::wire) struct Variables {
        values: BTreeMap<String, Arc<Json>>,
        world: Arc<Drawn>,
    }

    #[derive(Debug, Default)]
    struct Drawn(Mutex<BTreeMap<String, u64>>);

    impl World for Drawn {
        fn draw(&self, purpose: &str) -> Draw {
            let mut counts = self.0.lock().unwrap();
            let count = counts.entry(purpose.to_owned()).or_default();
            *count += 1;
            Draw::keyed(0, purpose, "Client", *count)
        }

        fn address(&self, endpoint: &str) -> Option<Address> {
            (endpoint == "Server").then(|| std::net::SocketAddr::from(([127, 0, 0, 1], 7001)).into())
        }
    }

    impl Scope for Variables {
        fn value(&self, name: &str) -> Option<minijinja::Value> {
            self.values.get(name).map(value)
        }

        fn world(&self) -> Arc<dyn World> {
            self.world.clone()
        }
    }

    pub(in crate::wire) fn scope(values: Json) -> Variables {
        let Json::Object(values) = values else {
            panic!("variables are an object")
        };
        Variables {
            values: values
                .into_iter()
                .map(|(name, value)| (name, Arc::new(value)))
                .collect(),
            world: Arc::default(),
        }
    }

    pub(in crate::wire) fn template(text: &str) -> Template {
        Template::compile(text).unwrap()
    }

    fn text(source: &str, values: Json) -> String {
        template(source).text(&scope(values)).unwrap()
    }

    #[test]
    fn only_double_braces_are_special() {
        let plain = "{% if %} {# no #} }} { } <b>&amp;</b> \n";
        assert_eq!(template(plain).fixed(), Some(plain));
        assert_eq!(text("{{ '{{' }} x {{ n }}\n", json!({"n": 1})), "{{ x 1\n");
        assert_eq!(text("{{ a }}", json!({"a": "<b> & \"c\""})), "<b> & \"c\"");
        assert_eq!(text("{{ {'a': {'b': '}}'}}.a.b }}", json!({})), "}}");
    }

    #[test]
    fn what_is_no_text_is_written_as_json() {
        let values = json!({"a": [1, 2.0, null], "m": {"z": 1, "a": "x"}, "t": true, "n": null});
        assert_eq!(
            text("{{ a }} {{ m }} {{ t }} {{ n }} {{ 2.0 }}", values),
            r#"[1,2.0,null] {"z":1,"a":"x"} true null 2.0"#
        );
    }

    #[test]
    fn one_expression_keeps_its_type() {
        let values = scope(json!({"id": 7}));
        assert_eq!(template("{{ id }}").json(&values).unwrap(), json!(7));
        assert_eq!(template("{{ id }} ").json(&values).unwrap(), json!("7 "));
        assert_eq!(template("").json(&values).unwrap(), json!(""));
    }

    #[test]
    fn an_unclosed_or_empty_expression_is_an_error() {
        let error = Template::compile("a {{ b").unwrap_err();
        assert!(error.text.contains("not closed"), "{error}");
        assert_eq!(error.at, 2..4);
        assert!(Template::compile("{{ }}").unwrap_err().text.contains("empty"));
        let error = Template::compile("ab {{ 1 + }}").unwrap_err();
        assert!(error.at.start >= 3 && error.at.end <= 12, "{error:?}");
    }

    #[test]
    fn a_text_over_the_limit_is_an_error() {
        let long = "x".repeat(9 << 20);
        let error = template("{{ s }}{{ s }}").text(&scope(json!({"s": long}))).unwrap_err();
        assert!(error.text.contains("16MiB"), "{error}");
    }

    #[test]
    fn what_is_compiled_is_shared_between_strands() {
        fn shared<T: Send + Sync>() {}
        shared::<Template>();
        shared::<Expression>();
        shared::<Path>();
        shared::<crate::wire::payload::Payload>();
        shared::<crate::wire::matcher::Matcher>();
        shared::<crate::wire::matcher::Want>();
        shared::<crate::wire::framing::Framing>();
        shared::<crate::wire::raw::Search>();
    }
}
