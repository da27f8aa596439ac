//! How variables look to the engine, and values of the engine as JSON.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use serde_json::{Map, Number, Value as Json};

use super::{ExpressionError, LARGEST_VALUE};

/// How deep a value may be nested, which is also what the JSON reader takes.
const DEEPEST: usize = 128;

/// A JSON value as templates see it: an integer finds a member whose key is its text, members keep their order.
///
/// Nothing is copied before it is looked at.
pub fn value(json: &Arc<Json>) -> Value {
    View {
        root: json.clone(),
        path: Vec::new(),
    }
    .value_of(json)
}

/// A value of the engine as JSON; `undefined`, functions and what JSON cannot hold are errors.
pub fn json(value: &Value) -> Result<Json, ExpressionError> {
    convert(value, 0, &mut LARGEST_VALUE.clone())
}

/// The text of a JSON value: a string as it is, anything else compactly written.
pub(in crate::wire) fn write(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A list or map within a JSON value.
#[derive(Debug)]
struct View {
    root: Arc<Json>,
    path: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Key(Arc<str>),
    Index(usize),
}

impl View {
    fn node(&self) -> Option<&Json> {
        self.path.iter().try_fold(&*self.root, |node, step| match step {
            Step::Key(key) => node.get(&**key),
            Step::Index(index) => node.get(index),
        })
    }

    fn child(&self, step: Step) -> Option<Value> {
        let node = self.node()?;
        let child = match &step {
            Step::Key(key) => node.get(&**key)?,
            Step::Index(index) => node.get(index)?,
        };
        if !matches!(child, Json::Array(_) | Json::Object(_)) {
            return Some(scalar(child));
        }
        let mut path = Vec::with_capacity(self.path.len() + 1);
        path.extend_from_slice(&self.path);
        path.push(step);
        Some(Value::from_object(Self {
            root: self.root.clone(),
            path,
        }))
    }

    fn value_of(self, node: &Json) -> Value {
        match node {
            Json::Array(_) | Json::Object(_) => Value::from_object(self),
            _ => scalar(node),
        }
    }
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.node() {
            Some(Json::Array(_)) => ObjectRepr::Seq,
            _ => ObjectRepr::Map,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match self.node()? {
            Json::Array(_) => self.child(Step::Index(key.as_usize()?)),
            _ => match key.as_str() {
                Some(key) => self.get_value_by_str(key),
                None if key.is_integer() => self.get_value_by_str(&key.to_string()),
                None => None,
            },
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.child(Step::Key(key.into()))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.node() {
            Some(Json::Array(list)) => Enumerator::Seq(list.len()),
            Some(Json::Object(map)) => Enumerator::Values(map.keys().map(Value::from).collect()),
            _ => Enumerator::Empty,
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        match self.node() {
            Some(Json::Array(list)) => Some(list.len()),
            Some(Json::Object(map)) => Some(map.len()),
            _ => Some(0),
        }
    }
}

fn scalar(json: &Json) -> Value {
    match json {
        Json::Bool(bool) => Value::from(*bool),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(integer), _, _) => Value::from(integer),
            (_, Some(integer), _) => Value::from(integer),
            (_, _, Some(float)) => Value::from(float),
            _ => Value::from(()),
        },
        Json::String(text) => Value::from(text.as_str()),
        _ => Value::from(()),
    }
}

fn convert(value: &Value, depth: usize, room: &mut usize) -> Result<Json, ExpressionError> {
    if depth > DEEPEST {
        return Err(ExpressionError::new("the value is nested deeper than 128"));
    }
    if let Some(view) = value.downcast_object_ref::<View>() {
        let node = view.node().unwrap_or(&Json::Null);
        measure(node, depth, room)?;
        return Ok(node.clone());
    }
    take(room, 1)?;
    Ok(match value.kind() {
        ValueKind::Undefined => return Err(ExpressionError::new("the value is undefined")),
        ValueKind::None => Json::Null,
        ValueKind::Bool => Json::Bool(value.is_true()),
        ValueKind::Number => Json::Number(number(value)?),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            take(room, text.len())?;
            Json::String(text.to_owned())
        }
        ValueKind::Bytes => {
            let bytes = value.as_bytes().unwrap_or_default();
            take(room, bytes.len())?;
            let text = std::str::from_utf8(bytes).map_err(|_| ExpressionError::new("the bytes are no UTF-8 text"))?;
            Json::String(text.to_owned())
        }
        ValueKind::Seq | ValueKind::Iterable => {
            let mut list = Vec::new();
            for element in value.try_iter().map_err(engine_error)? {
                list.push(convert(&element, depth + 1, room)?);
            }
            Json::Array(list)
        }
        ValueKind::Map => {
            let mut map = Map::new();
            for key in value.try_iter().map_err(engine_error)? {
                let member = value.get_item(&key).map_err(engine_error)?;
                let key = write(&convert(&key, depth + 1, room)?);
                map.insert(key, convert(&member, depth + 1, room)?);
            }
            Json::Object(map)
        }
        ValueKind::Invalid => {
            let why = value
                .try_iter()
                .err()
                .map_or_else(String::new, |error| error.to_string());
            return Err(ExpressionError::new(format!("the value is invalid: {why}")));
        }
        _ => return Err(ExpressionError::new("a function is no value; it has to be called")),
    })
}

fn number(value: &Value) -> Result<Number, ExpressionError> {
    if value.is_integer() {
        if let Some(integer) = value.as_i64() {
            return Ok(integer.into());
        }
        let integer = u64::try_from(value.clone());
        return integer
            .map(Number::from)
            .map_err(|_| ExpressionError::new(format!("{value} is too large for a JSON integer")));
    }
    let float = f64::try_from(value.clone()).map_err(engine_error)?;
    Number::from_f64(float).ok_or_else(|| ExpressionError::new(format!("{value} is no JSON number")))
}

/// Whether a JSON value is within the bounds, without a copy of it.
fn measure(json: &Json, depth: usize, room: &mut usize) -> Result<(), ExpressionError> {
    if depth > DEEPEST {
        return Err(ExpressionError::new("the value is nested deeper than 128"));
    }
    take(room, 1)?;
    match json {
        Json::String(text) => take(room, text.len()),
        Json::Array(list) => list.iter().try_for_each(|element| measure(element, depth + 1, room)),
        Json::Object(map) => map.iter().try_for_each(|(key, member)| {
            take(room, key.len())?;
            measure(member, depth + 1, room)
        }),
        _ => Ok(()),
    }
}

fn take(room: &mut usize, size: usize) -> Result<(), ExpressionError> {
    let left = room.checked_sub(size);
    *room = left.ok_or_else(|| ExpressionError::new("the value is larger than 16MiB"))?;
    Ok(())
}

fn engine_error(error: minijinja::Error) -> ExpressionError {
    ExpressionError::new(error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::Expression;
    use super::super::tests::scope;
    use super::*;

    fn eval(source: &str, values: Json) -> Json {
        Expression::compile(source).unwrap().json(&scope(values)).unwrap()
    }

    #[test]
    fn an_integer_finds_the_member_called_so() {
        let users = json!({"users": {"7": {"name": "Ada"}}, "id": 7, "list": [1, 2]});
        assert_eq!(eval("users[id].name", users.clone()), json!("Ada"));
        assert_eq!(eval("users['7'].name", users.clone()), json!("Ada"));
        assert_eq!(eval("list[-1] + list[0]", users), json!(3));
    }

    #[test]
    fn numbers_keep_their_kind() {
        let values = json!({"i": 7, "f": 7.0, "u": u64::MAX});
        assert_eq!(
            eval("[i, f, u, i + 1, 1.5 * 2]", values),
            json!([7, 7.0, u64::MAX, 8, 3.0])
        );
        assert_eq!(eval("f", json!({"f": 2.0})).to_string(), "2.0");
    }

    #[test]
    fn lists_and_maps_compare_and_grow() {
        assert_eq!(
            eval("a == [1, 2] and a + [3] == [1, 2, 3]", json!({"a": [1, 2]})),
            json!(true)
        );
        assert_eq!(eval("m == {'x': 1}", json!({"m": {"x": 1}})), json!(true));
        assert_eq!(
            eval("{'b': m, 'a': 1}", json!({"m": {"z": 0}})),
            json!({"b": {"z": 0}, "a": 1})
        );
        assert_eq!(eval("{1: 2}", json!({})), json!({"1": 2}));
        assert_eq!(eval("m.x or 'none'", json!({"m": {"x": ""}})), json!("none"));
    }

    #[test]
    fn what_json_cannot_hold_is_an_error() {
        let fails = |source: &str| {
            Expression::compile(source)
                .unwrap()
                .json(&scope(json!({})))
                .unwrap_err()
                .text
        };
        assert!(fails("2 ** 100").contains("too large"));
        assert!(fails("[range]").contains("function"));
        assert!(fails("[{}.x]").contains("undefined"));
    }

    #[test]
    fn a_value_nested_too_deep_is_an_error() {
        let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
        let error = Expression::compile("x")
            .unwrap()
            .json(&scope(json!({"x": deep})))
            .unwrap_err();
        assert!(error.text.contains("nested"), "{error}");
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(json in crate::wire::matcher::tests::any_json()) {
            let seen = value(&Arc::new(json.clone()));
            prop_assert_eq!(super::json(&seen).unwrap(), json);
        }
    }
}
