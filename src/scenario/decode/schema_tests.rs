//! The tables of keys against the committed schema, which is written by hand.

use std::collections::BTreeSet;

use serde_json::Value;

use super::modifiers::MODIFIERS;
use super::shape::Shape;
use super::verbs::VERBS;
use super::{
    actor, alternative, cases, endpoint, exchange, framing, headed, invariant, layout, matcher, modifiers, outside,
    payload, reuse, rounds, serving, time, tls, top, upgrade, verb,
};
use crate::scenario::SCHEMA;

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The properties of a definition; the conditional ones of a framing are one set here.
fn properties<'v>(schema: &'v Value, definition: &str) -> Vec<(&'v str, &'v Value)> {
    let places: &[&str] = match definition {
        "" => &["/properties"],
        "framing" => &["/$defs/framing/then/properties", "/$defs/framings/then/properties"],
        _ => &[&format!("/$defs/{definition}/properties")],
    };
    let objects = places.iter().map(|place| {
        let object = schema.pointer(place).and_then(Value::as_object);
        object.unwrap_or_else(|| panic!("the schema has no {place}"))
    });
    let all = objects.flatten().map(|(key, value)| (key.as_str(), value));
    all.filter(|(key, _)| *key != "//").collect()
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.into_iter().collect()
}

#[test]
fn every_object_has_the_same_keys_in_the_schema() {
    let schema = schema();
    let shapes: Vec<&(&str, &Shape)> = [
        actor::SHAPES,
        alternative::SHAPES,
        cases::SHAPES,
        endpoint::SHAPES,
        exchange::SHAPES,
        framing::SHAPES,
        headed::SHAPES,
        invariant::SHAPES,
        layout::SHAPES,
        matcher::SHAPES,
        modifiers::SHAPES,
        outside::SHAPES,
        payload::SHAPES,
        reuse::SHAPES,
        rounds::SHAPES,
        serving::SHAPES,
        time::SHAPES,
        tls::SHAPES,
        top::SHAPES,
        upgrade::SHAPES,
        verb::SHAPES,
    ]
    .into_iter()
    .flatten()
    .collect();
    for (definition, shape) in shapes {
        let keys = names(shape.keys.iter().map(|(key, _)| *key));
        let properties = names(properties(&schema, definition).into_iter().map(|(key, _)| key));
        assert_eq!(keys, properties, "{definition}");
        let later = shape.keys.iter().find(|(key, _)| shape.later.contains(key));
        assert_eq!(later, None, "a key cannot be both there and not there yet");
    }
}

#[test]
fn every_verb_has_the_same_parts_and_modifiers_in_the_schema() {
    let schema = schema();
    let rules = schema.pointer("/$defs/step/allOf").unwrap().as_array().unwrap();
    assert_eq!(rules.len(), VERBS.len());
    for (shape, rule) in VERBS.iter().zip(rules) {
        let verb = shape.key.0;
        assert_eq!(rule.pointer("/if/required/0").unwrap(), verb);
        let allowed = rule.pointer("/then/propertyNames/enum").unwrap().as_array().unwrap();
        let allowed = names(allowed.iter().filter_map(Value::as_str));
        let parts = shape.parts.iter().map(|(part, _)| *part);
        let modifiers = MODIFIERS
            .iter()
            .filter(|modifier| modifier.fits(verb))
            .map(|modifier| modifier.key.0);
        assert_eq!(names(parts.chain(modifiers).chain([verb, "//"])), allowed, "{verb}");
    }
    let parts = VERBS.iter().flat_map(|shape| shape.parts.iter().map(|(part, _)| *part));
    let modifiers = MODIFIERS.iter().map(|modifier| modifier.key.0);
    let verbs = VERBS.iter().map(|shape| shape.key.0);
    let all = properties(&schema, "step").into_iter().map(|(key, _)| key);
    assert_eq!(names(verbs.chain(parts).chain(modifiers)), names(all));
}

#[test]
fn every_property_says_what_it_is() {
    fn walk(schema: &Value, place: &str, root: &Value) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object)
            && !place.ends_with("/then")
        {
            for (key, property) in properties {
                let described = |value: &Value| value.get("description").is_some_and(Value::is_string);
                let target = property.get("$ref").and_then(Value::as_str);
                let target = target.and_then(|target| root.pointer(target.trim_start_matches('#')));
                assert!(
                    described(property) || target.is_some_and(described),
                    "{place} has no description of {key}"
                );
            }
        }
        if let Value::Object(members) = schema {
            for (key, value) in members
                .iter()
                .filter(|(key, _)| key.as_str() != "allOf" && key.as_str() != "else")
            {
                walk(value, &format!("{place}/{key}"), root);
            }
        }
    }
    let schema = schema();
    walk(&schema, "", &schema);
}
