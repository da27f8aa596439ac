//! Reads a JSON matcher as it is written.

use serde_json::Value as Json;

use super::{JsonMatcherError, Node, Type};
use crate::wire::matcher::{Matcher, Named};
use crate::wire::template::{JsonTemplate, Template};

/// How deep a matcher may be nested.
const DEEPEST: usize = 128;

/// How many elements `$unordered` takes: each is tried with each value.
const MOST_UNORDERED: usize = 1000;

const WORDS: &str = "`$absent`, `$all_of`, `$any`, `$capture`, `$contains`, `$each`, `$error`, `$hex`, `$is`, `$json`, `$json_exact`, `$literal`, \
                     `$not`, `$one_of`, `$optional`, `$pattern`, `$range`, `$regex`, `$size`, `$text`, `$type`, `$unordered`";

impl Node {
    /// Compiles a matcher.
    pub(in crate::wire::matcher) fn compile(json: &Json, named: &Named) -> Result<Self, JsonMatcherError> {
        let mut reader = Reader {
            named,
            pointer: Vec::new(),
            literal: false,
        };
        reader.node(json, Place::Value)
    }
}

/// Where a matcher stands: some words are for members of maps alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Value,
    Member,
}

struct Reader<'n> {
    /// What `$is` can name.
    named: &'n Named,
    pointer: Vec<String>,
    literal: bool,
}

type Read<T> = Result<T, JsonMatcherError>;

impl Reader<'_> {
    fn node(&mut self, json: &Json, place: Place) -> Read<Node> {
        if self.pointer.len() > DEEPEST {
            return self.error("the matcher is nested deeper than 128");
        }
        match json {
            Json::Array(list) => self.nodes(list).map(Node::Array),
            Json::Object(map) if !self.literal && map.keys().any(|key| key.starts_with('$')) => {
                self.matcher(map, place)
            }
            Json::Object(map) => {
                let mut members = Vec::with_capacity(map.len());
                for (key, member) in map {
                    members.push((key.clone(), self.at(key, |reader| reader.node(member, Place::Member))?));
                }
                Ok(Node::Object(members))
            }
            scalar => self.value(scalar).map(Node::Value),
        }
    }

    /// A map with words: one matcher, and `$capture` beside it or alone.
    fn matcher(&mut self, map: &serde_json::Map<String, Json>, place: Place) -> Read<Node> {
        let mut word: Option<&str> = None;
        let mut name = None;
        for (key, value) in map {
            match (key.as_str(), word) {
                ("$capture", _) => name = Some(self.at(key, |reader| reader.name(value))?),
                (_, None) if key.starts_with('$') => word = Some(key),
                (_, Some(first)) if key.starts_with('$') => {
                    return self.at(key, |reader| {
                        reader.error(format!(
                            "`{key}` beside `{first}`; one alone is allowed (`$all_of` takes several)"
                        ))
                    });
                }
                _ => {
                    return self.at(key, |reader| {
                        reader.error(format!(
                            "`{key}` beside a `$` matcher; members with `$` are written in `$literal`"
                        ))
                    });
                }
            }
        }
        let node = match word {
            Some(word) => {
                let value = &map[word];
                self.at(word, |reader| reader.word(word, value, place))?
            }
            None => Node::Any,
        };
        match (name, node) {
            (None, node) => Ok(node),
            (Some(_), Node::Absent) => self.error("`$capture` beside `$absent`: there is nothing to capture"),
            (Some(name), Node::Optional(node)) => Ok(Node::Optional(Box::new(Node::Capture(name, node)))),
            (Some(name), node) => Ok(Node::Capture(name, Box::new(node))),
        }
    }

    fn word(&mut self, word: &str, value: &Json, place: Place) -> Read<Node> {
        let boxed = |node: Read<Node>| node.map(Box::new);
        Ok(match word {
            "$any" => {
                self.only_true(word, value)?;
                Node::Any
            }
            "$absent" | "$optional" if place == Place::Value => {
                return self.error(format!("`{word}` is for members of maps alone"));
            }
            "$absent" => {
                self.only_true(word, value)?;
                Node::Absent
            }
            "$optional" => Node::Optional(boxed(self.node(value, Place::Value))?),
            "$type" => self.types(value)?,
            "$range" => self.range(value)?,
            "$size" => self.size(value)?,
            "$each" => Node::Each(boxed(self.node(value, Place::Value))?),
            "$not" => Node::Not(boxed(self.node(value, Place::Value))?),
            "$unordered" | "$one_of" | "$all_of" => {
                let Json::Array(list) = value else {
                    return self.error(format!("`{word}` takes a list"));
                };
                let nodes = self.nodes(list)?;
                match word {
                    "$unordered" if nodes.len() > MOST_UNORDERED => {
                        return self.error(format!("`$unordered` takes no more than {MOST_UNORDERED} elements"));
                    }
                    "$unordered" => Node::Unordered(nodes),
                    "$one_of" => Node::OneOf(nodes),
                    _ => Node::AllOf(nodes),
                }
            }
            "$literal" => {
                let before = std::mem::replace(&mut self.literal, true);
                let node = self.node(value, place);
                self.literal = before;
                node?
            }
            "$json" | "$json_exact" => {
                let node = self.node(value, Place::Value)?;
                Node::Text(Matcher::of_json(node, word == "$json_exact"))
            }
            "$is" => Node::Is(self.is(value)?),
            "$error" => Node::Object(vec![(word.to_owned(), self.node(value, Place::Value)?)]),
            "$simple" => {
                return self.error("`$simple` is for what is sent; strings of both kinds are texts once they are read");
            }
            "$text" | "$contains" | "$pattern" | "$regex" | "$hex" => Node::Text(self.text(word, value)?),
            _ => return self.error(format!("`{word}` is no matcher; one of {WORDS} is needed")),
        })
    }

    fn is(&self, value: &Json) -> Read<Matcher> {
        let named = value.as_str().and_then(|name| self.named.get(name));
        match named {
            Some(matcher) if matcher.needs_head() => self.error(format!(
                "{value} asks for a start line or headers, which no JSON value has"
            )),
            Some(matcher) => Ok(matcher.clone()),
            None => self.error("`$is` takes the name of one of `matchers`"),
        }
    }

    fn text(&self, word: &str, value: &Json) -> Read<Matcher> {
        let Json::String(text) = value else {
            return self.error(format!("`{word}` takes a text"));
        };
        let template = match Template::compile(text) {
            Ok(template) => template,
            Err(error) => return self.error(error.text),
        };
        let matcher = match word {
            "$contains" => Ok(Matcher::contains(template)),
            "$pattern" => Matcher::pattern(&template),
            "$regex" => Matcher::regex(template),
            "$hex" => Matcher::hex(template),
            _ => Matcher::exact(crate::wire::payload::Payload::text(template)),
        };
        matcher.or_else(|why| self.error(why))
    }

    fn types(&self, value: &Json) -> Read<Node> {
        let names = match value {
            Json::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        let types: Option<Vec<Type>> = names
            .iter()
            .map(|name| Type::ALL.iter().find(|(known, _)| name == known).map(|(_, kind)| *kind))
            .collect();
        match types {
            Some(types) if !types.is_empty() => Ok(Node::Type(types)),
            _ => {
                let known: Vec<String> = Type::ALL.iter().map(|(name, _)| format!("`{name}`")).collect();
                self.error(format!("{value} is no type; one of {} is needed", known.join(", ")))
            }
        }
    }

    fn range(&self, value: &Json) -> Read<Node> {
        let bound = |bound: &Json| match bound {
            Json::Null => Ok(None),
            Json::Number(_) => Ok(Some(JsonTemplate::fixed(bound.clone()))),
            Json::String(text) if text.contains("{{") => self.value(bound).map(Some),
            other => self.error(format!("{other} is no number; `$range` takes `[1, 10]`")),
        };
        match value.as_array().map(Vec::as_slice) {
            Some([least, most]) => Ok(Node::Range(bound(least)?, bound(most)?)),
            _ => self.error("`$range` takes two numbers, `[1, 10]`; `null` leaves one open"),
        }
    }

    fn size(&self, value: &Json) -> Read<Node> {
        if let Some(size) = value.as_u64() {
            return Ok(Node::Size(size, Some(size)));
        }
        let bounds = value.as_object().filter(|map| {
            !map.is_empty()
                && map
                    .iter()
                    .all(|(key, bound)| (key == "min" || key == "max") && bound.is_u64())
        });
        match bounds {
            Some(map) => {
                let bound = |key: &str| map.get(key).and_then(Json::as_u64);
                Ok(Node::Size(bound("min").unwrap_or(0), bound("max")))
            }
            None => self.error("`$size` takes a number or `{ \"min\": 1, \"max\": 64 }`"),
        }
    }

    fn name(&self, value: &Json) -> Read<String> {
        match value.as_str() {
            Some(name) if is_name(name) => Ok(name.to_owned()),
            _ => self.error(format!("{value} is no name of a variable")),
        }
    }

    fn only_true(&self, word: &str, value: &Json) -> Read<()> {
        match value {
            Json::Bool(true) => Ok(()),
            other => self.error(format!("`{word}` takes `true`, found {other}")),
        }
    }

    fn value(&self, json: &Json) -> Read<JsonTemplate> {
        JsonTemplate::compile(json).or_else(|error| self.error(error.error.text))
    }

    fn nodes(&mut self, list: &[Json]) -> Read<Vec<Node>> {
        let mut nodes = Vec::with_capacity(list.len());
        for (index, element) in list.iter().enumerate() {
            nodes.push(self.at(&index.to_string(), |reader| reader.node(element, Place::Value))?);
        }
        Ok(nodes)
    }

    fn at<T>(&mut self, part: &str, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.pointer.push(part.to_owned());
        let result = read(self);
        self.pointer.pop();
        result
    }

    fn error<T>(&self, text: impl Into<String>) -> Read<T> {
        let parts = self
            .pointer
            .iter()
            .map(|part| format!("/{}", crate::wire::template::escaped(part)));
        Err(JsonMatcherError {
            pointer: parts.collect(),
            text: text.into(),
        })
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
