//! Compares a JSON value with what it must look like.

use serde_json::Value as Json;

use super::{Filled, Shape, order};
use crate::wire::hex;
use crate::wire::matcher::want::merged;
use crate::wire::matcher::{Captures, Mismatch, Test, Want, difference};
use crate::wire::message::Message;

/// Whether a value matches; `exact`: no members that were not asked for.
pub(super) fn test(shape: &Filled, json: &Json, exact: bool) -> Result<Captures, Mismatch> {
    let mut walk = Walk::new("$".to_owned(), exact);
    walk.compare(shape, json);
    walk.result()
}

/// Whether two values are the same; `1.0` is `1`, and members have no order.
pub(in crate::wire::matcher) fn equal(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => order(one, other).is_some_and(|order| order.is_eq()),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, one)| other.get(key).is_some_and(|other| equal(one, other)))
        }
        _ => one == other,
    }
}

/// One comparison: goes on behind a difference, so that it is known how near the value was.
struct Walk {
    path: String,
    exact: bool,
    captures: Vec<Captures>,
    first: Option<String>,
    matched: u32,
}

impl Walk {
    fn new(path: String, exact: bool) -> Self {
        Self {
            path,
            exact,
            captures: Vec::new(),
            first: None,
            matched: 0,
        }
    }

    fn result(self) -> Result<Captures, Mismatch> {
        let nearness = self.matched;
        match self.first {
            None => merged(self.captures).map_err(|mismatch| Mismatch { nearness, ..mismatch }),
            Some(difference) => Err(Mismatch { difference, nearness }),
        }
    }

    fn compare(&mut self, shape: &Filled, json: &Json) {
        match shape {
            Shape::Value(expected) => self.value(expected, json),
            Shape::Array(shapes) => match self.list(shapes.len(), json) {
                Some(list) => {
                    for (index, (shape, element)) in shapes.iter().zip(list).enumerate() {
                        self.at(&format!("[{index}]"), |walk| walk.compare(shape, element));
                    }
                }
                None => self.differs(&shape.describe(), json),
            },
            Shape::Object(members) => self.object(members, json, shape),
            Shape::Any => self.matches(true, String::new, json),
            Shape::Absent => self.differs("nothing", json),
            Shape::Optional(shape) => self.compare(shape, json),
            Shape::Type(types) => {
                let matches = types.iter().any(|kind| kind.is(json));
                self.matches(matches, || shape.describe(), json);
            }
            Shape::Range(least, most) => {
                let side = |bound: &Option<Json>, wrong: std::cmp::Ordering| match (bound, json) {
                    (None, _) => json.is_number(),
                    (Some(Json::Number(bound)), Json::Number(found)) => {
                        order(found, bound).is_some_and(|order| order != wrong)
                    }
                    _ => false,
                };
                let matches = side(least, std::cmp::Ordering::Less) && side(most, std::cmp::Ordering::Greater);
                self.matches(matches, || shape.describe(), json);
            }
            Shape::Size(least, most) => {
                let size = match json {
                    Json::String(text) => Some(text.len()),
                    Json::Array(list) => Some(list.len()),
                    Json::Object(map) => Some(of_hex(json).map_or(map.len(), |bytes| bytes.len())),
                    _ => None,
                };
                let size = size.map(|size| size as u64);
                let matches = size.is_some_and(|size| size >= *least && most.is_none_or(|most| size <= most));
                self.matches(matches, || shape.describe(), json);
            }
            Shape::Text(want) => self.text(want, json),
            Shape::Is(want) => self.is(want, json),
            Shape::Unordered(shapes) => self.unordered(shapes, json),
            Shape::Each(shape) => match json {
                Json::Array(list) => {
                    for (index, element) in list.iter().enumerate() {
                        self.at(&format!("[{index}]"), |walk| walk.compare(shape, element));
                    }
                }
                other => self.differs("a list", other),
            },
            Shape::Capture(name, shape) => {
                self.captures.push(vec![(name.clone(), json.clone())]);
                self.compare(shape, json);
            }
            Shape::OneOf(shapes) => self.one_of(shapes, json),
            Shape::AllOf(shapes) => shapes.iter().for_each(|shape| self.compare(shape, json)),
            Shape::Not(inner) => {
                let matches = self.apart(inner, json).is_err();
                self.matches(matches, || shape.describe(), json);
            }
        }
    }

    fn value(&mut self, expected: &Json, json: &Json) {
        match (expected, json) {
            (Json::Array(expected), Json::Array(_)) => {
                if let Some(list) = self.list(expected.len(), json) {
                    for (index, (expected, element)) in expected.iter().zip(list).enumerate() {
                        self.at(&format!("[{index}]"), |walk| walk.value(expected, element));
                    }
                }
            }
            (Json::Object(expected), Json::Object(map)) => {
                for (key, expected) in expected {
                    self.at(&step(key), |walk| match map.get(key) {
                        Some(member) => walk.value(expected, member),
                        None => walk.missing(&difference::json(expected)),
                    });
                }
                self.no_others(map, |key| expected.contains_key(key));
            }
            _ => self.matches(equal(expected, json), || difference::json(expected), json),
        }
    }

    fn text(&mut self, want: &Want, json: &Json) {
        let bytes = match json {
            Json::String(text) => Some(Message::new(text.as_bytes())),
            other => of_hex(other).map(Message::new),
        };
        match (bytes, json) {
            (Some(bytes), _) => match want.test(&bytes) {
                Ok(captures) => {
                    self.matched = self.matched.saturating_add(1);
                    self.captures.push(captures);
                }
                Err(mismatch) => self.note(mismatch.difference),
            },
            (None, other) => self.differs(&format!("text, {}", want.describe()), other),
        }
    }

    /// A matcher of messages asks the same of a value: one of JSON, of its size or of anything asks the value itself, one
    /// of text the text that it is.
    fn is(&mut self, want: &Want, json: &Json) {
        match want.kind() {
            Test::Json(shape, exact) => {
                let around = std::mem::replace(&mut self.exact, *exact);
                self.compare(shape, json);
                self.exact = around;
            }
            Test::Schema(schema) => match schema.test_json(json) {
                Ok(()) => self.matched = self.matched.saturating_add(1),
                Err(mismatch) => self.note(mismatch.difference),
            },
            Test::Size(least, most) => self.compare(&Shape::Size(*least, *most), json),
            Test::Any => self.compare(&Shape::Any, json),
            Test::OneOf(wants) => self.one_of(&wants.iter().cloned().map(Shape::Is).collect::<Vec<_>>(), json),
            Test::AllOf(wants) => wants.iter().for_each(|want| self.is(want, json)),
            Test::Not(inner) => {
                let matches = self.apart(&Shape::Is(inner.clone()), json).is_err();
                self.matches(matches, || want.describe(), json);
            }
            _ => self.text(want, json),
        }
    }

    fn object(&mut self, members: &[(String, Filled)], json: &Json, shape: &Filled) {
        let Json::Object(map) = json else {
            return self.differs(&shape.describe(), json);
        };
        for (key, shape) in members {
            self.at(&step(key), |walk| match (map.get(key), shape) {
                (Some(member), shape) => walk.compare(shape, member),
                (None, Shape::Absent) => {}
                (None, Shape::Optional(_)) => {
                    shape.captures(&mut |name, _| walk.captures.push(vec![(name.to_owned(), Json::Null)]));
                }
                (None, shape) => walk.missing(&shape.describe()),
            });
        }
        self.no_others(map, |key| members.iter().any(|(known, _)| known == key));
    }

    fn no_others(&mut self, map: &serde_json::Map<String, Json>, known: impl Fn(&str) -> bool) {
        if !self.exact {
            return;
        }
        for (key, member) in map.iter().filter(|(key, _)| !known(key)) {
            self.at(&step(key), |walk| walk.differs("nothing", member));
        }
    }

    /// The elements of a list, whose number is noted where it is wrong; `None` where there is no list.
    fn list<'a>(&mut self, size: usize, json: &'a Json) -> Option<&'a [Json]> {
        let Json::Array(list) = json else { return None };
        let counted = |count: usize| match count {
            1 => "1 element".to_owned(),
            count => format!("{count} elements"),
        };
        if list.len() != size {
            self.note(format!("expected {}, found {}", counted(size), list.len()));
        }
        Some(list)
    }

    /// Each shape takes one element, whatever their order: a matching in the bipartite graph of what fits what.
    fn unordered(&mut self, shapes: &[Filled], json: &Json) {
        let Some(list) = self.list(shapes.len(), json) else {
            return self.differs("a list", json);
        };
        if list.len() != shapes.len() {
            return;
        }
        let fits: Vec<Vec<Option<Captures>>> = shapes
            .iter()
            .map(|shape| list.iter().map(|element| self.apart(shape, element).ok()).collect())
            .collect();
        let mut owners: Vec<Option<usize>> = vec![None; list.len()];
        for (which, shape) in shapes.iter().enumerate() {
            if augment(which, &fits, &mut owners, &mut vec![false; list.len()]) {
                self.matched = self.matched.saturating_add(1);
            } else {
                self.note(format!(
                    "no element is left for {}",
                    difference::cut(&shape.describe(), 40)
                ));
            }
        }
        for (which, fits) in fits.iter().enumerate() {
            let element = owners.iter().position(|owner| *owner == Some(which));
            self.captures.extend(element.and_then(|element| fits[element].clone()));
        }
    }

    fn one_of(&mut self, shapes: &[Filled], json: &Json) {
        let mut nearest: Option<Mismatch> = None;
        for shape in shapes {
            match self.apart(shape, json) {
                Ok(captures) => {
                    self.matched = self.matched.saturating_add(1);
                    return self.captures.push(captures);
                }
                Err(mismatch)
                    if nearest
                        .as_ref()
                        .is_none_or(|nearest| mismatch.nearness > nearest.nearness) =>
                {
                    nearest = Some(mismatch);
                }
                Err(_) => {}
            }
        }
        let nearest = nearest.map_or_else(String::new, |nearest| format!("; the nearest: {}", nearest.difference));
        self.note(format!("none of {} alternatives matches{nearest}", shapes.len()));
    }

    fn apart(&self, shape: &Filled, json: &Json) -> Result<Captures, Mismatch> {
        let mut walk = Self::new(self.path.clone(), self.exact);
        walk.compare(shape, json);
        walk.result()
    }

    fn at(&mut self, step: &str, then: impl FnOnce(&mut Self)) {
        let size = self.path.len();
        self.path.push_str(step);
        then(self);
        self.path.truncate(size);
    }

    fn matches(&mut self, matches: bool, expected: impl FnOnce() -> String, json: &Json) {
        match matches {
            true => self.matched = self.matched.saturating_add(1),
            false => self.differs(&expected(), json),
        }
    }

    fn differs(&mut self, expected: &str, json: &Json) {
        if self.first.is_none() {
            self.note(format!(
                "expected {}, found {}",
                difference::cut(expected, 60),
                difference::json(json)
            ));
        }
    }

    fn missing(&mut self, expected: &str) {
        self.note(format!("expected {}, found nothing", difference::cut(expected, 60)));
    }

    fn note(&mut self, difference: String) {
        if self.first.is_none() {
            self.first = Some(format!("at {}: {difference}", self.path));
        }
    }
}

/// The bytes of a string that is no UTF-8, as `resp` has it in JSON: `{"$hex":"ff00"}`.
fn of_hex(json: &Json) -> Option<Vec<u8>> {
    let members = json.as_object().filter(|members| members.len() == 1)?;
    hex::bytes(members.get("$hex")?.as_str()?).ok()
}

/// A key as a step of a path.
pub(in crate::wire::matcher) fn step(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || c == '_');
    match plain {
        true => format!(".{key}"),
        false => format!("['{key}']"),
    }
}

/// Finds an element for a shape, moving others where that helps (Kuhn 1955).
fn augment(which: usize, fits: &[Vec<Option<Captures>>], owners: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for element in 0..owners.len() {
        if tried[element] || fits[which][element].is_none() {
            continue;
        }
        tried[element] = true;
        if owners[element].is_none_or(|owner| augment(owner, fits, owners, tried)) {
            owners[element] = Some(which);
            return true;
        }
    }
    false
}
