//! One expression.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object};
use minijinja::{ErrorKind, Value};
use serde_json::Value as Json;

use super::engine::{self, WORLD, WorldObject};
use super::{ExpressionError, Scope, TemplateError, names, view};

/// A bare expression: a condition, or a value.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    source: String,
    program: minijinja::Expression<'static, 'static>,
    names: Vec<String>,
    tops: Vec<String>,
    generates: bool,
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.0.source).finish()
    }
}

impl Expression {
    /// Compiles a bare expression.
    pub fn compile(text: &str) -> Result<Self, TemplateError> {
        if text.trim().is_empty() {
            return Err(TemplateError {
                text: "the expression is empty".to_owned(),
                at: 0..text.len(),
            });
        }
        let program = engine::environment()
            .compile_expression_owned(text.to_owned())
            .map_err(|error| TemplateError {
                text: message(&error),
                at: error
                    .range()
                    .filter(|at| at.start <= at.end && at.end <= text.len())
                    .unwrap_or(0..text.len()),
            })?;
        let undeclared = names::without_slices(text)
            .and_then(|other| engine::environment().compile_expression_owned(other).ok())
            .as_ref()
            .unwrap_or(&program)
            .undeclared_variables(true);
        let used = names::used(text, undeclared);
        Ok(Self(Arc::new(Compiled {
            source: text.trim().to_owned(),
            program,
            names: used.names,
            tops: used.tops,
            generates: used.generates,
        })))
    }

    /// As [`super::Template::names`].
    pub fn names(&self) -> &[String] {
        &self.0.names
    }

    /// Whether it uses a generator.
    pub fn generates(&self) -> bool {
        self.0.generates
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether it holds.
    pub fn holds(&self, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        self.value(scope).map(|value| value.is_true())
    }

    /// Its value.
    pub fn json(&self, scope: &dyn Scope) -> Result<Json, ExpressionError> {
        view::json(&self.value(scope)?)
    }

    /// Its value as text.
    pub(super) fn text(&self, scope: &dyn Scope) -> Result<String, ExpressionError> {
        let value = self.value(scope)?;
        match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Ok(view::write(&view::json(&value)?)),
        }
    }

    fn value(&self, scope: &dyn Scope) -> Result<Value, ExpressionError> {
        let mut known = Vec::with_capacity(self.0.tops.len());
        let mut unknown = None;
        for name in &self.0.tops {
            match scope.value(name) {
                Some(value) => known.push((name.clone(), value)),
                None => unknown = unknown.or(Some(name)),
            }
        }
        let undefined = || {
            let what = unknown.map_or_else(|| self.source(), String::as_str);
            ExpressionError::new(format!("`{what}` is undefined"))
        };
        let context = Context {
            known,
            world: Value::from_object(WorldObject(scope.world())),
        };
        match self.0.program.eval(Value::from_object(context)) {
            Ok(value) if value.is_undefined() => Err(undefined()),
            Ok(value) => Ok(value),
            Err(error) if error.kind() == ErrorKind::UndefinedError && unknown.is_some() => Err(undefined()),
            Err(error) => Err(ExpressionError::new(format!(
                "`{}`: {}",
                self.source(),
                message(&error)
            ))),
        }
    }
}

fn message(error: &minijinja::Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "the expression does too much".to_owned(),
        (ErrorKind::SyntaxError | ErrorKind::InvalidOperation, Some(detail)) => detail.to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    }
}

/// The names that an expression sees.
#[derive(Debug)]
struct Context {
    known: Vec<(String, Value)>,
    world: Value,
}

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            WORLD => Some(self.world.clone()),
            _ => self
                .known
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value.clone()),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.known.iter().map(|(name, _)| Value::from(name)).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::scope;
    use super::*;

    fn eval(source: &str, values: Json) -> Result<Json, String> {
        Expression::compile(source)
            .map_err(|error| error.text)?
            .json(&scope(values))
            .map_err(|error| error.text)
    }

    #[test]
    fn an_undefined_name_is_an_error() {
        assert_eq!(eval("nobody", json!({})), Err("`nobody` is undefined".to_owned()));
        assert_eq!(eval("nobody.x + 1", json!({})), Err("`nobody` is undefined".to_owned()));
        assert_eq!(eval("x.y", json!({"x": {}})), Err("`x.y` is undefined".to_owned()));
        assert!(eval("not nobody", json!({})).is_err());
        assert_eq!(eval("nobody | default(3)", json!({})), Ok(json!(3)));
        assert_eq!(
            eval("m[k] | default([]) + [1]", json!({"m": {}, "k": "a"})),
            Ok(json!([1]))
        );
    }

    #[test]
    fn conditions_hold_or_not() {
        let holds = |source| {
            let values = scope(json!({"id": 7, "users": {"7": {}}, "seen": ["a"], "term": 3, "voted": ""}));
            Expression::compile(source).unwrap().holds(&values).unwrap()
        };
        assert!(holds("id in users"));
        assert!(holds("'b' not in seen"));
        assert!(holds("voted in ['', 'x'] and term >= 3"));
        assert!(!holds("[]"));
        assert!(holds("'21.5' | float > 20"));
    }

    #[test]
    fn expressions_are_bounded() {
        assert!(eval("'x' * 900000000", json!({})).is_err());
        assert!(eval("'%99999999999999d' | format(1)", json!({})).is_err());
        assert!(eval("'x' * 17000000", json!({})).unwrap_err().contains("16MiB"));
        assert!(eval("range(99999999)", json!({})).is_err());
        let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
        assert!(Expression::compile(&deep).is_err());
    }

    #[test]
    fn errors_name_the_expression() {
        assert!(eval("1 + 'a'", json!({})).unwrap_err().starts_with("`1 + 'a'`: "));
        assert!(Expression::compile("1 +").unwrap_err().text.contains("unexpected"));
        assert!(Expression::compile(" ").is_err());
    }
}
