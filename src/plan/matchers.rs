//! Matchers.

use super::names;
use super::on::About;
use super::payloads::control_as;
use super::strand::Strand;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Header, Json, Node, Span};
use crate::wire::framing::Framing;
use crate::wire::matcher::{Headed, JsonMatcherError, Matcher, Named};
use crate::wire::template::Template;

impl Strand<'_, '_> {
    /// What a message on these connections must look like; its captures are defined from here on.
    pub(super) fn matcher(&mut self, matcher: &At<written::Matcher>, about: &About) -> Matcher {
        let compiled = self.matcher_of(matcher);
        self.asked_of(compiled, matcher.span, about)
    }

    /// A matcher that is asked of messages on these connections.
    pub(super) fn asked_of(&mut self, compiled: Matcher, span: Span, about: &About) -> Matcher {
        self.all.refuse_generators(compiled.generates(), "a matcher", span);
        let on_raw = |name: &String| self.open.find(name)?.incoming.as_ref().map(|framing| framing.is_raw());
        if about.names.iter().filter_map(on_raw).any(|raw| raw)
            && let Some(refusal) = compiled.raw_refusal()
        {
            self.all.mistake(Mistake::new(span, refusal));
        }
        let has_heads = |name: &String| self.open.find(name)?.incoming.as_ref().map(Framing::has_heads);
        if compiled.needs_head() && about.names.iter().filter_map(has_heads).any(|has| !has) {
            let text = "messages have no start line and no headers on this connection";
            let help = "the framing `headers` has, and HTTP";
            self.all.mistake(Mistake::new(span, text).help(help));
        }
        let has_controls = |name: &String| self.open.find(name)?.incoming.as_ref().map(Framing::is_websocket);
        if compiled.needs_control() && about.names.iter().filter_map(has_controls).any(|has| !has) {
            let text = "pings and pongs are of WebSocket, which this connection does not speak";
            self.all.mistake(Mistake::new(span, text));
        }
        let are_json = |name: &String| self.open.find(name)?.incoming.as_ref().map(Framing::is_json);
        if compiled.is_no_json() && about.names.iter().filter_map(are_json).any(|are| are) {
            let text = "messages are JSON on this connection, and this is none";
            let help = "`{ \"json\": … }` compares them";
            self.all.mistake(Mistake::new(span, text).help(help));
        }
        for name in compiled.captures() {
            self.define(&At {
                value: name.clone(),
                span,
            });
        }
        compiled
    }

    pub(super) fn matcher_of(&mut self, matcher: &At<written::Matcher>) -> Matcher {
        let (compiled, span) = match &matcher.value {
            written::Matcher::Payload(payload) => {
                let payload = self.payload_of(payload, matcher.span);
                (Matcher::exact(payload), matcher.span)
            }
            written::Matcher::Json { value, exact } => return self.json_matcher(value, *exact),
            written::Matcher::Schema { name, schema } => return self.schema_matcher(name, schema),
            written::Matcher::Hex(text) => (Matcher::hex(self.text(text)), text.span),
            written::Matcher::Contains(text) => return Matcher::contains(self.text(text)),
            written::Matcher::Pattern(text) => (Matcher::pattern(&self.text(text)), text.span),
            written::Matcher::Regex(text) => (Matcher::regex(self.text(text)), text.span),
            written::Matcher::Size { min, max } => return Matcher::size(*min, *max),
            written::Matcher::Any => return Matcher::any(),
            written::Matcher::UntilClosed(inner) => return Matcher::until_closed(self.matcher_of(inner)),
            written::Matcher::OneOf(several) => return Matcher::one_of(self.matchers_of(several)),
            written::Matcher::AllOf(several) => return Matcher::all_of(self.matchers_of(several)),
            written::Matcher::Not(inner) => return Matcher::not(self.matcher_of(inner)),
            written::Matcher::Named(name) => return self.named_matcher(name),
            written::Matcher::Message { name, with } => return self.message_matcher(name, with.as_ref()),
            written::Matcher::Form(fields) => return self.form_matcher(fields),
            written::Matcher::Control(control, inner) => {
                let inner = inner.as_ref().map(|inner| self.matcher_of(inner));
                return Matcher::control(control_as(*control), inner);
            }
            written::Matcher::Headed { line, headers, body } => {
                let line = line.as_ref().map(|line| self.matcher_of(line));
                let headers = self.header_matchers(headers);
                let body = body.as_ref().map(|body| self.matcher_of(body));
                return Matcher::headed(Headed { line, headers, body });
            }
        };
        compiled.unwrap_or_else(|text| {
            self.all.mistake(Mistake::new(span, text));
            harmless()
        })
    }

    fn matchers_of(&mut self, several: &[At<written::Matcher>]) -> Vec<Matcher> {
        several.iter().map(|matcher| self.matcher_of(matcher)).collect()
    }

    /// What headers must look like; `None` for one that must not be there.
    pub(super) fn header_matchers(&mut self, headers: &[(At<String>, Header)]) -> Vec<(String, Option<Matcher>)> {
        headers
            .iter()
            .map(|(name, header)| {
                let matcher = match header {
                    Header::Is(matcher) => Some(self.matcher_of(matcher)),
                    Header::Absent => None,
                };
                (name.value.clone(), matcher)
            })
            .collect()
    }

    fn form_matcher(&mut self, fields: &Node) -> Matcher {
        self.json_matcher_by(fields, &Matcher::form)
    }

    fn message_matcher(&mut self, name: &At<String>, with: Option<&Node>) -> Matcher {
        let Some(layout) = self.all.layout(name) else {
            return harmless();
        };
        let Some(with) = with else {
            let matcher = Matcher::message(layout, None, &Named::new());
            return matcher.unwrap_or_else(|_| harmless());
        };
        if self.all.check_fields(&layout, with, true) {
            return harmless();
        }
        self.json_matcher_by(with, &|json, named| Matcher::message(layout.clone(), Some(json), named))
    }

    fn json_matcher(&mut self, value: &Node, exact: bool) -> Matcher {
        self.json_matcher_by(value, &|json, named| Matcher::json(json, exact, named))
    }

    fn json_matcher_by(
        &mut self,
        value: &Node,
        make: &dyn Fn(&serde_json::Value, &Named) -> Result<Matcher, JsonMatcherError>,
    ) -> Matcher {
        let mut named = Named::new();
        self.named_inside(value, &mut named);
        match make(&value.value.plain(), &named) {
            Ok(matcher) => {
                for name in matcher.names() {
                    let found = string_with(value, name);
                    // What a named matcher uses was taken notice of already.
                    if found.is_none() && named.values().any(|named| named.names().contains(name)) {
                        continue;
                    }
                    let (text, span) = found.unwrap_or(("", value.span));
                    self.take(std::slice::from_ref(name), text, span);
                }
                matcher
            }
            Err(error) => {
                let place = at_pointer(value, &error.pointer);
                self.all.mistake(Mistake::new(place, error.text));
                harmless()
            }
        }
    }

    /// The matchers that `$is` names inside a value.
    fn named_inside(&mut self, value: &Node, named: &mut Named) {
        match &value.value {
            Json::Array(elements) => elements.iter().for_each(|element| self.named_inside(element, named)),
            Json::Object(members) => {
                for (key, value) in members {
                    match (key.value.as_str(), &value.value) {
                        ("$literal", _) => {}
                        ("$is", Json::String(name)) => {
                            let name = At {
                                value: name.clone(),
                                span: value.span,
                            };
                            let matcher = self.named_matcher(&name);
                            named.insert(name.value, matcher);
                        }
                        _ => self.named_inside(value, named),
                    }
                }
            }
            _ => {}
        }
    }

    fn schema_matcher(&mut self, name: &At<String>, schema: &Node) -> Matcher {
        Matcher::schema(&name.value, &schema.value.plain()).unwrap_or_else(|error| {
            let place = at_pointer(schema, &error.pointer);
            // The whole file is no place that says more than its name.
            let mistake = match place == schema.span {
                true => Mistake::new(name.span, error.text),
                false => Mistake::new(place, error.text).note(name.span, "the file is named here"),
            };
            self.all.mistake(mistake);
            harmless()
        })
    }
}

/// What stands for a matcher with a mistake: one that nothing more can be said about.
pub(super) fn harmless() -> Matcher {
    Matcher::contains(Template::literal(""))
}

/// The first string inside that uses a name.
fn string_with<'n>(node: &'n Node, name: &str) -> Option<(&'n str, Span)> {
    match &node.value {
        Json::String(text) => names::uses(text, name).then_some((text.as_str(), node.span)),
        Json::Array(elements) => elements.iter().find_map(|element| string_with(element, name)),
        Json::Object(members) => members.iter().find_map(|(_, value)| string_with(value, name)),
        _ => None,
    }
}

/// The part of a value that a JSON pointer leads to, as far as it does.
pub(super) fn at_pointer(node: &Node, pointer: &str) -> Span {
    node_at(node, pointer).span
}

/// As [`at_pointer`], the part itself.
pub(super) fn node_at<'n>(node: &'n Node, pointer: &str) -> &'n Node {
    let mut found = node;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let inner = match &found.value {
            Json::Array(elements) => part.parse().ok().and_then(|place: usize| elements.get(place)),
            Json::Object(members) => members
                .iter()
                .find(|(name, _)| name.value == part)
                .map(|(_, value)| value),
            _ => None,
        };
        match inner {
            Some(inner) => found = inner,
            None => break,
        }
    }
    found
}
