//! What can be said of `with` before its templates have values.
//!
//! Owns looking for fields by their names, and at values that are written as they are. Does not own what only a whole
//! message can tell, such as whether a size is right (`writer`).

use serde_json::Value as Json;

use super::kind::{Extent, Kind};
use super::number::Number;
use super::{DEEPEST, Set, scalar};
use crate::wire::template::escaped;

/// Something in `with` that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// What is wrong.
    pub why: String,
    /// A name that no field has, and those that fields have.
    pub name: Option<(String, Vec<String>)>,
}

pub(super) fn misfits(all: &Set, at: usize, with: &Json, matching: bool) -> Vec<Misfit> {
    let mut check = Check {
        all,
        matching,
        pointer: String::new(),
        found: Vec::new(),
        depth: 0,
        tried: 0,
    };
    check.message(at, with);
    check.found
}

struct Check<'a> {
    all: &'a Set,
    matching: bool,
    pointer: String,
    found: Vec<Misfit>,
    depth: usize,
    /// How many values were looked at as each of the types that one may have.
    tried: usize,
}

/// How many of them are looked at in all: types inside types multiply. What was not, is told when it is sent.
const MOST_TRIED: usize = 1 << 16;

/// Matchers inside which there is a value of the same type, one or a list of them.
const AROUND_ONE: [&str; 3] = ["$optional", "$not", "$literal"];
const AROUND_SEVERAL: [&str; 2] = ["$one_of", "$all_of"];

impl Check<'_> {
    fn message(&mut self, at: usize, with: &Json) {
        let Some(members) = self.object(with, "an object of fields", &Kind::Message(at, Extent::End)) else {
            return;
        };
        if self.depth == DEEPEST {
            return;
        }
        self.depth += 1;
        let all = self.all;
        let definition = &all.definitions[at];
        for (name, value) in members {
            self.at(name, |check| {
                match definition.fields.iter().find(|field| field.name == *name) {
                    Some(field) => check.kind(&field.kind, value),
                    None => {
                        let names = definition.fields.iter().map(|field| field.name.clone()).collect();
                        check.found.push(Misfit {
                            pointer: check.pointer.clone(),
                            why: format!("`{}` has no field called `{name}`", definition.name),
                            name: Some((name.clone(), names)),
                        });
                    }
                }
            });
        }
        self.depth -= 1;
    }

    fn kind(&mut self, kind: &Kind, value: &Json) {
        match (kind, value) {
            (_, Json::String(text)) if text.contains("{{") => {}
            (kind, Json::Object(members)) if self.matching && members.keys().any(|key| key.starts_with('$')) => {
                self.matcher(kind, members);
            }
            (
                Kind::Switch {
                    extent: Extent::Prefix(number),
                    ..
                },
                Json::Null,
            ) if number.is_signed() => {}
            // Which of its types it is, is known when the message is.
            (Kind::Switch { cases, other, .. }, value) => {
                let mut kinds = cases.iter().map(|(_, kind)| kind).chain(other.as_deref());
                let before = self.found.len();
                let fits = kinds.any(|kind| {
                    self.tried += 1;
                    if self.tried > MOST_TRIED {
                        return true;
                    }
                    self.kind(kind, value);
                    let fits = self.found.len() == before;
                    self.found.truncate(before);
                    fits
                });
                if !fits {
                    self.misfit("no case has a type that this could be");
                }
            }
            (kind, Json::Null) => {
                let can_be = matches!(kind.extent(), Some(Extent::Prefix(number)) if number.is_signed());
                if !can_be {
                    self.misfit("`null` needs a signed prefix, such as `i32`, whose -1 says that there is nothing");
                }
            }
            (Kind::Scalar(scalar), value) => self.check(scalar.canonical(value).map(|_| ())),
            (Kind::Bytes(extent), value) => {
                let bytes = scalar::bytes(value).and_then(|bytes| fits(extent, bytes.len()));
                self.check(bytes);
            }
            (Kind::Text(extent), value) => {
                let text = scalar::text(value, "a text").and_then(|text| fits(extent, text.len()));
                self.check(text);
            }
            (Kind::Message(at, _), value) => self.message(*at, value),
            (Kind::List(of, extent), value) => {
                let Json::Array(list) = value else {
                    return self.misfit(format!("expected a list, found {}", scalar::shown(value)));
                };
                if let Extent::Prefix(number) = extent {
                    self.check(fits_number(*number, list.len()));
                }
                for (number, element) in list.iter().enumerate() {
                    self.at(&number.to_string(), |check| check.kind(of, element));
                }
            }
        }
    }

    /// What stands inside a matcher is the matchers' own, but for values of the field's type.
    fn matcher(&mut self, kind: &Kind, members: &serde_json::Map<String, Json>) {
        for (word, value) in members {
            self.at(word, |check| match (word.as_str(), kind, value) {
                (word, _, value) if AROUND_ONE.contains(&word) => check.kind(kind, value),
                (word, _, Json::Array(list)) if AROUND_SEVERAL.contains(&word) => {
                    for (number, value) in list.iter().enumerate() {
                        check.at(&number.to_string(), |check| check.kind(kind, value));
                    }
                }
                ("$each", Kind::List(of, _), value) => check.kind(of, value),
                ("$unordered", Kind::List(of, _), Json::Array(list)) => {
                    for (number, value) in list.iter().enumerate() {
                        check.at(&number.to_string(), |check| check.kind(of, value));
                    }
                }
                _ => {}
            });
        }
    }

    fn object<'v>(&mut self, value: &'v Json, what: &str, kind: &Kind) -> Option<&'v serde_json::Map<String, Json>> {
        match value {
            Json::String(text) if text.contains("{{") => None,
            Json::Object(members) if self.matching && members.keys().any(|key| key.starts_with('$')) => {
                self.matcher(kind, members);
                None
            }
            Json::Object(members) => Some(members),
            other => {
                self.misfit(format!("expected {what}, found {}", scalar::shown(other)));
                None
            }
        }
    }

    fn check(&mut self, result: Result<(), String>) {
        if let Err(why) = result {
            self.misfit(why);
        }
    }

    fn misfit(&mut self, why: impl Into<String>) {
        self.found.push(Misfit {
            pointer: self.pointer.clone(),
            why: why.into(),
            name: None,
        });
    }

    fn at(&mut self, part: &str, then: impl FnOnce(&mut Self)) {
        let size = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escaped(part));
        then(self);
        self.pointer.truncate(size);
    }
}

fn fits(extent: &Extent, size: usize) -> Result<(), String> {
    match extent {
        Extent::Prefix(number) => fits_number(*number, size),
        Extent::Size(super::Formula::Number(needs)) if size as u64 != *needs => {
            Err(format!("it has {size} bytes, and needs {needs}"))
        }
        _ => Ok(()),
    }
}

fn fits_number(number: Number, size: usize) -> Result<(), String> {
    let (_, most) = number.range();
    match i128::try_from(size) {
        Ok(size) if size <= most => Ok(()),
        _ => Err(format!("its size {size} does not fit the prefix `{number}`")),
    }
}
