//! JSON Schemas: what a JSON value must be valid against.
//!
//! Owns compiling a schema, which may refer to nothing outside its own file, and the words for what is not valid. Does not
//! own reading the file (`scenario`).

use std::sync::Arc;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::Location;
use jsonschema::{PatternOptions, ReferencingError, ValidationError, Validator};
use serde_json::Value as Json;

use super::difference::{self, cut, excerpt};
use super::json::step;
use super::{Captures, Mismatch};
use crate::wire::message::Message;

/// What is wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SchemaError {
    /// Where the wrong part is, as a JSON pointer.
    pub pointer: String,
    /// What is wrong with it.
    pub text: String,
}

/// A compiled schema, and the name of its file.
#[derive(Clone, Debug)]
pub(in crate::wire) struct Schema(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    validator: Validator,
}

/// Of larger messages only the first difference is looked for: to count the others, all of them are held in memory.
const COUNTED: usize = 256 << 10;

impl Schema {
    pub(super) fn compile(name: &str, schema: &Json) -> Result<Self, SchemaError> {
        if let Some((pointer, reference)) = find_reference(schema, &|reference| !reference.starts_with('#')) {
            let text =
                format!("`{reference}` is outside this file; a schema refers to its own parts alone: `#/$defs/…`");
            return Err(SchemaError { pointer, text });
        }
        // An engine that takes time proportional to its input, whatever the pattern.
        let options = jsonschema::options()
            .offline()
            .with_pattern_options(PatternOptions::regex());
        let validator = options.build(schema).map_err(|error| refusal(schema, &error))?;
        Ok(Self(Arc::new(Inner {
            name: name.to_owned(),
            validator,
        })))
    }

    /// Whether a message is JSON that is valid.
    pub(super) fn test(&self, message: &Message) -> Result<Captures, Mismatch> {
        let Some(json) = message.json() else {
            return Err(Mismatch {
                difference: format!("expected JSON, found {}", excerpt(message.bytes())),
                nearness: 0,
            });
        };
        let countable = message.bytes().len() <= COUNTED;
        self.valid(json, countable).map(|()| Captures::new())
    }

    /// Whether a value inside a message is valid.
    pub(super) fn test_json(&self, json: &Json) -> Result<(), Mismatch> {
        self.valid(json, json.to_string().len() <= COUNTED)
    }

    fn valid(&self, json: &Json, countable: bool) -> Result<(), Mismatch> {
        if self.0.validator.is_valid(json) {
            return Ok(());
        }
        let mut errors: Vec<ValidationError<'_>> = match countable {
            true => self.0.validator.iter_errors(json).collect(),
            false => self.0.validator.validate(json).err().into_iter().collect(),
        };
        errors.sort_by_cached_key(|error| walk(json, error.instance_path()).0);
        let first = errors
            .first()
            .map_or_else(|| "it is not valid".to_owned(), |error| told(json, error));
        let more = match errors.len() {
            0 | 1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        Err(Mismatch {
            difference: format!("{first}{more}"),
            nearness: 1,
        })
    }

    pub(super) fn describe(&self) -> String {
        format!("JSON valid by {}", self.0.name)
    }
}

/// Keywords whose values are no schemas, so that nothing in them is a reference.
const DATA: &[&str] = &["const", "enum", "default", "examples"];

/// The first reference that fits, and where it is.
fn find_reference(schema: &Json, fits: &dyn Fn(&str) -> bool) -> Option<(String, String)> {
    let inside = |key: &str, value: &Json| {
        let (pointer, reference) = find_reference(value, fits)?;
        let key = key.replace('~', "~0").replace('/', "~1");
        Some((format!("/{key}{pointer}"), reference))
    };
    match schema {
        Json::Array(elements) => (0..)
            .zip(elements)
            .find_map(|(index, element): (usize, _)| inside(&index.to_string(), element)),
        Json::Object(members) => members.iter().find_map(|(key, value)| match value {
            Json::String(reference) if is_reference(key) => {
                fits(reference).then(|| (format!("/{key}"), reference.clone()))
            }
            _ if DATA.contains(&key.as_str()) => None,
            value => inside(key, value),
        }),
        _ => None,
    }
}

fn is_reference(key: &str) -> bool {
    matches!(key, "$ref" | "$dynamicRef" | "$recursiveRef")
}

/// Why a schema is none.
fn refusal(schema: &Json, error: &ValidationError<'_>) -> SchemaError {
    if let ValidationErrorKind::Referencing(error) = error.kind() {
        let target = match error {
            ReferencingError::PointerToNowhere { pointer } => Some(pointer),
            ReferencingError::NoSuchAnchor { anchor } | ReferencingError::InvalidAnchor { anchor } => Some(anchor),
            _ => None,
        };
        let found = target.and_then(|target| find_reference(schema, &|reference| reference.ends_with(target.as_str())));
        return match found {
            Some((pointer, reference)) => SchemaError {
                pointer,
                text: format!("`{reference}` leads to nothing in this file"),
            },
            None => SchemaError {
                pointer: "/$schema".to_owned(),
                text: format!("the schema cannot be used: {}", lowercase(&error.to_string())),
            },
        };
    }
    let text = match error.kind() {
        ValidationErrorKind::Format { format } if format == "regex" => format!(
            "{} is no pattern that can be used: look-around and back-references may take time without end",
            difference::json(error.instance())
        ),
        _ => format!("this is no JSON Schema: {}", words(error)),
    };
    SchemaError {
        pointer: error.instance_path().as_str().to_owned(),
        text,
    }
}

fn lowercase(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Where a place is in a value: which member or element at each step, and the JSONPath of it.
fn walk(json: &Json, location: &Location) -> (Vec<usize>, String) {
    let mut places = Vec::new();
    let mut path = "$".to_owned();
    let mut here = Some(json);
    for part in location.as_str().split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        here = match here {
            Some(Json::Array(elements)) => {
                let index = part.parse().unwrap_or(usize::MAX);
                places.push(index);
                path.extend(["[", part.as_str(), "]"]);
                elements.get(index)
            }
            Some(Json::Object(members)) => {
                places.push(members.keys().position(|key| *key == part).unwrap_or(usize::MAX));
                path.push_str(&step(&part));
                members.get(&part)
            }
            _ => None,
        };
    }
    (places, path)
}

/// What is not valid, and where: `at $.user.age: expected integer, found "7"`.
fn told(json: &Json, error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    let path = walk(json, error.instance_path()).1;
    match error.kind() {
        Kind::Required {
            property: Json::String(name),
        } => format!("at {path}{}: expected a value, found nothing", step(name)),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let name = unexpected.first().map_or("", String::as_str);
            let found = error.instance().get(name).map_or_else(String::new, difference::json);
            format!("at {path}{}: expected nothing, found {found}", step(name))
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let nearest =
                nearest(context).map_or_else(String::new, |error| format!("; the nearest: {}", told(json, error)));
            format!("at {path}: none of {} alternatives matches{nearest}", context.len())
        }
        _ => format!("at {path}: {}", words(error)),
    }
}

/// What went wrong deepest inside, which is likely to be the alternative that was meant; else the first.
fn nearest<'e>(alternatives: &'e [Vec<ValidationError<'static>>]) -> Option<&'e ValidationError<'static>> {
    let first = alternatives.iter().filter_map(|errors| errors.first());
    first.min_by_key(|error| std::cmp::Reverse(error.instance_path().iter().count()))
}

/// What is not valid, without the place.
fn words(error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    let found = error.instance();
    let expected = match error.kind() {
        Kind::AdditionalItems { limit } => counted("at most", *limit as u64, "element"),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            return format!("`{}` is no member that is allowed", unexpected.join("`, `"));
        }
        Kind::UnevaluatedItems { .. } => "no further elements".to_owned(),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let nearest = nearest(context).map_or_else(String::new, |error| format!("; the nearest: {}", words(error)));
            return format!("none of {} alternatives matches{nearest}", context.len());
        }
        Kind::OneOfMultipleValid { .. } => return "more than one alternative of `oneOf` matches".to_owned(),
        Kind::Constant { expected_value } => difference::json(expected_value),
        Kind::Contains => "a list with an element that `contains` asks for".to_owned(),
        Kind::ContentEncoding { content_encoding } => format!("text in {content_encoding}"),
        Kind::ContentMediaType { content_media_type } => format!("text of the type {content_media_type}"),
        Kind::Enum { options } => match &**options {
            Json::Array(options) => {
                let options: Vec<String> = options.iter().map(difference::json).collect();
                cut(&options.join(" or "), 60)
            }
            other => difference::json(other),
        },
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::FalseSchema => "nothing".to_owned(),
        Kind::Format { format } => format!("text of the format \"{format}\""),
        Kind::MaxItems { limit } => counted("at most", *limit, "element"),
        Kind::MinItems { limit } => counted("at least", *limit, "element"),
        Kind::MaxLength { limit } => counted("at most", *limit, "character"),
        Kind::MinLength { limit } => counted("at least", *limit, "character"),
        Kind::MaxProperties { limit } => counted("at most", *limit, "member"),
        Kind::MinProperties { limit } => counted("at least", *limit, "member"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::Not { .. } => "what `not` does not refuse".to_owned(),
        Kind::Pattern { pattern } => cut(&format!("text that matches \"{pattern}\""), 60),
        Kind::PropertyNames { error } => return format!("the name of a member: {}", words(error)),
        Kind::Required { property } => return format!("expected a member {property}, found none"),
        Kind::Type { kind } => match kind {
            TypeKind::Single(kind) => kind.to_string(),
            TypeKind::Multiple(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(|kind| kind.to_string()).collect();
                kinds.join(" or ")
            }
        },
        Kind::UniqueItems => "elements that all differ".to_owned(),
        Kind::BacktrackLimitExceeded { .. }
        | Kind::RegexEngineFailure { .. }
        | Kind::Custom { .. }
        | Kind::FromUtf8 { .. }
        | Kind::Referencing(_) => return lowercase(&cut(&error.to_string(), 200)),
    };
    format!("expected {expected}, found {}", difference::json(found))
}

fn counted(bound: &str, count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{bound} {count} {what}{plural}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn difference(schema: &Json, message: &str) -> String {
        let schema = Schema::compile("s.json", schema).unwrap();
        match schema.test(&Message::new(message.as_bytes())) {
            Ok(_) => String::new(),
            Err(mismatch) => mismatch.difference,
        }
    }

    fn refused(schema: &Json) -> (String, String) {
        let error = Schema::compile("s.json", schema).unwrap_err();
        (error.pointer, error.text)
    }

    #[test]
    fn the_first_difference_in_the_message_is_told_with_its_path() {
        let schema = json!({
            "type": "object",
            "required": ["user"],
            "properties": { "user": { "type": "object", "required": ["name"], "additionalProperties": false,
                "properties": { "name": { "type": "string", "minLength": 1 }, "age": { "type": "integer", "minimum": 0 },
                    "tags": { "items": { "enum": ["a", "b"] } } } } }
        });
        let of = |message: &str| difference(&schema, message);
        assert_eq!(of(r#"{"user":{"name":"Ada","age":7}}"#), "");
        assert_eq!(
            of(r#"{"user":{"name":"Ada","age":"7"}}"#),
            r#"at $.user.age: expected integer, found "7""#
        );
        assert_eq!(
            of(r#"{"user":{"age":-1,"name":""}}"#),
            "at $.user.age: expected at least 0, found -1 (and 1 more)"
        );
        assert_eq!(of("{}"), "at $.user: expected a value, found nothing");
        assert_eq!(of(r#"{"user":{}}"#), "at $.user.name: expected a value, found nothing");
        assert_eq!(
            of(r#"{"user":{"name":"Ada","a-b":1}}"#),
            "at $.user['a-b']: expected nothing, found 1"
        );
        assert_eq!(
            of(r#"{"user":{"name":"Ada","tags":["a","c"]}}"#),
            r#"at $.user.tags[1]: expected "a" or "b", found "c""#
        );
        assert_eq!(of("hello"), r#"expected JSON, found "hello""#);
    }

    #[test]
    fn of_alternatives_the_nearest_is_told() {
        let schema = json!({ "oneOf": [
            { "type": "integer" },
            { "type": "object", "properties": { "id": { "type": "integer" } } }
        ] });
        assert_eq!(
            difference(&schema, r#"{"id":"x"}"#),
            r#"at $: none of 2 alternatives matches; the nearest: at $.id: expected integer, found "x""#
        );
    }

    #[test]
    fn the_draft_is_the_one_that_the_file_names() {
        // A list of `items` was a tuple up to 2019-09, and is none in 2020-12.
        let old = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "items": [{ "type": "integer" }] });
        assert_eq!(difference(&old, r#"["x"]"#), r#"at $[0]: expected integer, found "x""#);
        let (pointer, text) = refused(&json!({ "items": [{ "type": "integer" }] }));
        assert_eq!(pointer, "/items");
        assert!(text.starts_with("this is no JSON Schema: expected "), "{text}");
        assert_eq!(refused(&json!({ "$schema": "https://example.com/mine" })).0, "/$schema");
    }

    #[test]
    fn references_stay_within_the_file() {
        let own = json!({ "$ref": "#/$defs/id", "$defs": { "id": { "type": "integer" } } });
        assert_eq!(difference(&own, r#""x""#), r#"at $: expected integer, found "x""#);
        let recursive = json!({ "properties": { "next": { "$ref": "#" }, "id": { "type": "integer" } } });
        assert_eq!(
            difference(&recursive, r#"{"next":{"next":{"id":null}}}"#),
            "at $.next.next.id: expected integer, found null"
        );
        for outside in [
            "other.json",
            "https://example.com/a",
            "file:///etc/passwd",
            "other.json#/a",
        ] {
            let (pointer, text) = refused(&json!({ "properties": { "a/b": { "$ref": outside } } }));
            assert_eq!(pointer, "/properties/a~1b/$ref");
            assert!(text.starts_with(&format!("`{outside}` is outside this file")), "{text}");
        }
        assert_eq!(
            refused(&json!({ "properties": { "a": { "$ref": "#/$defs/x" } } })),
            (
                "/properties/a/$ref".to_owned(),
                "`#/$defs/x` leads to nothing in this file".to_owned()
            )
        );
        assert!(Schema::compile("s.json", &json!({ "const": { "$ref": "https://example.com" } })).is_ok());
    }

    #[test]
    fn a_schema_that_only_goes_round_asks_for_nothing() {
        for schema in [
            json!({ "$ref": "#" }),
            json!({ "allOf": [{ "$ref": "#" }] }),
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
        ] {
            assert_eq!(difference(&schema, "1"), "", "{schema}");
        }
    }

    #[test]
    fn a_pattern_takes_no_time_that_grows_without_bound() {
        let schema = json!({ "pattern": "^(a+)+$" });
        let message = format!("\"{}b\"", "a".repeat(50_000));
        assert!(difference(&schema, &message).starts_with("at $: expected text that matches"));
        let (pointer, text) = refused(&json!({ "properties": { "x": { "pattern": "(?=a)a" } } }));
        assert!(pointer.starts_with("/properties/x"), "{pointer} {text}");
    }
}
