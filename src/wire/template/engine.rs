//! The expression engine: one for the process, with the functions and filters that the format names.

use std::sync::{Arc, OnceLock};

use minijinja::value::{Object, ObjectRepr, Rest};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value};

use super::{LARGEST_VALUE, World, crypto, view};

/// Functions whose results are drawn.
pub(super) const GENERATORS: [&str; 4] = ["choice", "random_int", "random_text", "uuid"];

/// All functions; called, they are no variables.
pub(super) const FUNCTIONS: [&str; 12] = [
    "address",
    "choice",
    "debug",
    "dict",
    "namespace",
    "port",
    "random_int",
    "random_text",
    "range",
    "size",
    "tls_ca",
    "uuid",
];

/// The name under which the world stands in the context; no identifier, so that no expression can name it.
pub(super) const WORLD: &str = "<world>";

/// What one expression may do: about as many instructions, or 64 times as many bytes of text.
const FUEL: u64 = 4_000_000;

/// A world as a value.
#[derive(Debug)]
pub(super) struct WorldObject(pub(super) Arc<dyn World>);

impl Object for WorldObject {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// The engine.
pub(super) fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.set_fuel(Some(FUEL));
        environment.set_debug(true);
        crypto::add_filters(&mut environment);
        environment.add_filter("from_json", from_json);
        environment.add_filter("tojson", to_json);
        environment.add_function("size", size);
        environment.add_function("address", address);
        environment.add_function("port", port);
        environment.add_function("tls_ca", tls_ca);
        environment.add_function("random_int", random_int);
        environment.add_function("random_text", random_text);
        environment.add_function("uuid", uuid);
        environment.add_function("choice", choice);
        environment
    })
}

/// An error that says what is wrong with an operation.
pub(super) fn invalid(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, text.into())
}

/// The bytes that a value stands for: those of its text, or of its JSON.
pub(super) fn bytes(value: &Value) -> Result<Vec<u8>, Error> {
    if let Some(bytes) = value.as_bytes() {
        return Ok(bytes.to_vec());
    }
    let json = view::json(value).map_err(|error| invalid(error.text))?;
    Ok(view::write(&json).into_bytes())
}

fn from_json(text: &str) -> Result<Value, Error> {
    let json =
        serde_json::from_str(text).map_err(|error| invalid(format!("from_json: the text is no JSON: {error}")))?;
    Ok(view::value(&Arc::new(json)))
}

fn to_json(value: &Value) -> Result<String, Error> {
    let json = view::json(value).map_err(|error| invalid(error.text))?;
    Ok(json.to_string())
}

fn size(value: &Value) -> Result<usize, Error> {
    match value.as_str() {
        Some(text) => Ok(text.len()),
        None => bytes(value).map(|bytes| bytes.len()),
    }
}

fn address(state: &State<'_, '_>, endpoint: &str) -> Result<String, Error> {
    let address = world(state)?.address(endpoint);
    address
        .map(|address| address.to_string())
        .ok_or_else(|| invalid(format!("address: there is no endpoint `{endpoint}`")))
}

fn port(state: &State<'_, '_>, endpoint: &str) -> Result<u16, Error> {
    let address = world(state)?.address(endpoint);
    let address = address.ok_or_else(|| invalid(format!("port: there is no endpoint `{endpoint}`")))?;
    address
        .port()
        .ok_or_else(|| invalid(format!("port: `{endpoint}` listens at `{address}`, which has no port")))
}

fn tls_ca(state: &State<'_, '_>) -> Result<String, Error> {
    let file = world(state)?.tls_ca();
    file.map_err(|why| invalid(format!("tls_ca: {why}")))
}

fn random_int(state: &State<'_, '_>, least: i64, most: i64) -> Result<i64, Error> {
    if most < least {
        return Err(invalid(format!("random_int: {most} is less than {least}")));
    }
    Ok(world(state)?.draw("random_int").between(least, most))
}

fn random_text(state: &State<'_, '_>, size: usize) -> Result<String, Error> {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if size > LARGEST_VALUE {
        return Err(invalid("random_text: more than 16MiB"));
    }
    let mut draw = world(state)?.draw("random_text");
    let letter = |_| char::from(ALPHABET[draw.below(ALPHABET.len() as u64) as usize]);
    Ok((0..size).map(letter).collect())
}

fn uuid(state: &State<'_, '_>) -> Result<String, Error> {
    let mut bytes = world(state)?.draw("uuid").bytes(16);
    // Version 4, the variant of RFC 9562.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    let groups = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(groups.join("-"))
}

fn choice(state: &State<'_, '_>, list: &Value, rest: Rest<Value>) -> Result<Value, Error> {
    if !rest.is_empty() {
        return Err(invalid("choice: takes one list"));
    }
    let elements: Vec<Value> = list.try_iter()?.collect();
    let at = world(state)?.draw("choice").below(elements.len() as u64);
    let element = elements.into_iter().nth(at as usize);
    element.ok_or_else(|| invalid("choice: the list is empty"))
}

fn world(state: &State<'_, '_>) -> Result<Arc<dyn World>, Error> {
    let world = state
        .lookup(WORLD)
        .and_then(|value| value.downcast_object::<WorldObject>());
    world
        .map(|world| world.0.clone())
        .ok_or_else(|| invalid("there is no world here"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::super::Expression;
    use super::super::tests::scope;

    fn eval(source: &str) -> Result<Json, String> {
        let values = json!({"m": {"z": 1, "a": 2}, "s": "a,b", "e": "größe"});
        let expression = Expression::compile(source).map_err(|error| error.text)?;
        expression.json(&scope(values)).map_err(|error| error.text)
    }

    #[test]
    fn addresses_and_ports_are_known() {
        assert_eq!(eval("address('Server')"), Ok(json!("127.0.0.1:7001")));
        assert_eq!(eval("port('Server')"), Ok(json!(7001)));
        assert!(eval("port('Nobody')").unwrap_err().contains("no endpoint `Nobody`"));
    }

    #[test]
    fn generators_draw_within_their_bounds() {
        for _ in 0..50 {
            let drawn = eval("random_int(1, 6)").unwrap().as_i64().unwrap();
            assert!((1..=6).contains(&drawn));
        }
        let text = eval("random_text(8)").unwrap();
        assert!(
            text.as_str()
                .is_some_and(|text| text.len() == 8 && text.bytes().all(|b| b.is_ascii_alphanumeric()))
        );
        let uuid = eval("uuid()").unwrap();
        let uuid = uuid.as_str().unwrap();
        assert!(
            regex::Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
                .unwrap()
                .is_match(uuid)
        );
        assert!(
            ["a", "b"]
                .map(|s| json!(s))
                .contains(&eval("choice(['a', 'b'])").unwrap())
        );
    }

    #[test]
    fn generators_refuse_what_they_cannot_do() {
        assert!(eval("random_int(6, 1)").is_err());
        assert!(eval("random_text(99999999999)").unwrap_err().contains("16MiB"));
        assert!(eval("random_text(-1)").is_err());
        assert!(eval("choice([])").unwrap_err().contains("empty"));
    }

    #[test]
    fn each_draw_is_the_next_one() {
        let values = scope(json!({}));
        let expression = Expression::compile("random_text(8)").unwrap();
        assert_ne!(expression.json(&values), expression.json(&values));
        let both = Expression::compile("[random_text(8), random_text(8)]").unwrap();
        let both = both.json(&scope(json!({}))).unwrap();
        assert_ne!(both[0], both[1]);
    }

    #[test]
    fn maps_and_texts_have_their_methods() {
        assert_eq!(eval("m.values()"), Ok(json!([1, 2])));
        assert_eq!(eval("m.keys() | list"), Ok(json!(["z", "a"])));
        assert_eq!(eval("m.items()"), Ok(json!([["z", 1], ["a", 2]])));
        assert_eq!(eval("m.get('q', 3)"), Ok(json!(3)));
        assert_eq!(eval("s.upper().split(',')"), Ok(json!(["A", "B"])));
        assert_eq!(eval("m | list | join(', ')"), Ok(json!("z, a")));
    }

    #[test]
    fn size_counts_bytes_and_length_characters() {
        assert_eq!(eval("[size(e), e | length]"), Ok(json!([7, 5])));
        assert_eq!(eval("size(m)"), Ok(json!(13)));
    }

    #[test]
    fn json_is_read_and_written() {
        assert_eq!(eval(r#"('{"b":[1,2.5],"a":null}' | from_json).b[1]"#), Ok(json!(2.5)));
        assert_eq!(eval("m | tojson"), Ok(json!(r#"{"z":1,"a":2}"#)));
        assert_eq!(eval("'<a>' | tojson"), Ok(json!("\"<a>\"")));
        assert!(eval("'{' | from_json").unwrap_err().contains("no JSON"));
    }
}
