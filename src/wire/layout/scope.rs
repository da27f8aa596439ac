//! The bare expressions of a layout, which see the fields before them.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::scalar;
use crate::draw::Draw;
use crate::ident::Address;
use crate::wire::template::{self, Expression, Scope, World};

/// An expression over earlier fields; what is a number or a field alone needs no engine.
#[derive(Clone, Debug)]
pub enum Formula {
    /// This number.
    Number(u64),
    /// The value of an earlier field.
    Field(String),
    /// An expression.
    Expression(Expression),
}

impl Formula {
    /// The formula of an expression.
    pub fn new(expression: Expression) -> Self {
        let source = expression.source();
        if let Ok(number) = source.parse() {
            return Self::Number(number);
        }
        match expression.names() {
            [name] if name == source && !name.contains('.') => Self::Field(name.clone()),
            _ => Self::Expression(expression),
        }
    }

    /// Its value; an error says why there is none.
    pub(super) fn value(&self, fields: &Map<String, Json>) -> Result<Json, String> {
        match self {
            Self::Number(number) => Ok((*number).into()),
            Self::Field(name) => {
                let value = fields.get(name).cloned();
                value.ok_or_else(|| format!("there is no `{name}` here"))
            }
            Self::Expression(expression) => expression.json(&Earlier(fields)).map_err(|error| error.text),
        }
    }

    /// Whether it holds.
    pub(super) fn holds(&self, fields: &Map<String, Json>) -> Result<bool, String> {
        match self {
            Self::Number(number) => Ok(*number != 0),
            Self::Field(_) => Ok(match self.value(fields)? {
                Json::Null => false,
                Json::Bool(value) => value,
                Json::Number(number) => number.as_f64() != Some(0.0),
                Json::String(text) => !text.is_empty(),
                Json::Array(list) => !list.is_empty(),
                Json::Object(members) => !members.is_empty(),
            }),
            Self::Expression(expression) => expression.holds(&Earlier(fields)).map_err(|error| error.text),
        }
    }

    /// Its value as a size or a number of elements.
    pub(super) fn size(&self, fields: &Map<String, Json>) -> Result<u64, String> {
        if let Self::Number(number) = self {
            return Ok(*number);
        }
        let value = self.value(fields)?;
        let size = scalar::whole(&value).ok().and_then(|size| u64::try_from(size).ok());
        size.ok_or_else(|| format!("`{}` is {}, which is no size", self.source(), scalar::shown(&value)))
    }

    /// As it is written.
    pub(super) fn source(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Field(name) => name.clone(),
            Self::Expression(expression) => expression.source().to_owned(),
        }
    }
}

/// The fields that were read or written so far.
struct Earlier<'a>(&'a Map<String, Json>);

impl Scope for Earlier<'_> {
    fn value(&self, name: &str) -> Option<minijinja::Value> {
        self.0.get(name).map(|value| template::value(&Arc::new(value.clone())))
    }

    fn world(&self) -> Arc<dyn World> {
        Arc::new(Nowhere)
    }
}

/// A layout knows no endpoints; that it draws nothing is checked by the plan.
#[derive(Debug)]
struct Nowhere;

impl World for Nowhere {
    fn draw(&self, purpose: &str) -> Draw {
        Draw::keyed(0, purpose, "", 0)
    }

    fn address(&self, _: &str) -> Option<Address> {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn formula(source: &str) -> Formula {
        Formula::new(Expression::compile(source).unwrap())
    }

    fn fields() -> Map<String, Json> {
        let fields = json!({"n": 3, "zero": 0, "name": "x", "list": [1], "none": null});
        fields.as_object().unwrap().clone()
    }

    #[test]
    fn sizes_are_numbers_fields_or_expressions() {
        for (source, size) in [("16", 16), ("n", 3), ("n * 4 - 2", 10), ("list | length", 1)] {
            assert_eq!(formula(source).size(&fields()), Ok(size), "{source}");
        }
        assert!(formula("n - 4").size(&fields()).unwrap_err().contains("`n - 4` is -1"));
        assert!(formula("name").size(&fields()).unwrap_err().contains("no size"));
        assert!(formula("other").size(&fields()).unwrap_err().contains("no `other`"));
        assert!(formula("other + 1").size(&fields()).unwrap_err().contains("undefined"));
    }

    #[test]
    fn conditions_hold_as_expressions_do() {
        for (source, holds) in [
            ("n", true),
            ("zero", false),
            ("n > 3", false),
            ("none", false),
            ("list", true),
        ] {
            assert_eq!(formula(source).holds(&fields()), Ok(holds), "{source}");
        }
    }
}
