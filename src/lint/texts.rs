//! The strings of matchers and payloads as written that may be templates.
//!
//! Owns finding them. Does not own what is in them.

use super::matching::{header_matcher, served_matchers};
use crate::scenario::written::{Json, Matcher, Node, Payload, RequestGuard};

/// Hands out all strings of a matcher that may be templates.
pub(super) fn texts<'m>(matcher: &'m Matcher, see: &mut dyn FnMut(&'m str)) {
    match matcher {
        Matcher::Payload(payload) => texts_of(payload, see),
        Matcher::Json { value, .. } => texts_in(value, see),
        Matcher::Hex(text) | Matcher::Contains(text) | Matcher::Pattern(text) | Matcher::Regex(text) => {
            see(&text.value);
        }
        Matcher::UntilClosed(inner) | Matcher::Not(inner) => texts(&inner.value, see),
        Matcher::OneOf(several) | Matcher::AllOf(several) => several.iter().for_each(|one| texts(&one.value, see)),
        Matcher::Form(fields) => texts_in(fields, see),
        Matcher::Message { with, .. } => with.iter().for_each(|with| texts_in(with, see)),
        Matcher::Control(_, inner) => inner.iter().for_each(|inner| texts(&inner.value, see)),
        Matcher::Headed { line, headers, body } => {
            line.iter().for_each(|line| texts(&line.value, see));
            for matcher in headers.iter().filter_map(|(_, header)| header_matcher(header)) {
                texts(&matcher.value, see);
            }
            body.iter().for_each(|body| texts(&body.value, see));
        }
        Matcher::Size { .. } | Matcher::Any | Matcher::Schema { .. } | Matcher::Named(_) => {}
    }
}

fn texts_of<'m>(payload: &'m Payload, see: &mut dyn FnMut(&'m str)) {
    match payload {
        Payload::Text(text) | Payload::Hex(text) | Payload::Base64(text) => see(&text.value),
        Payload::Lines(lines) => lines.iter().for_each(|line| see(&line.value)),
        Payload::Json(value) | Payload::Form(value) => texts_in(value, see),
        Payload::Message { with, .. } => with.iter().for_each(|with| texts_in(with, see)),
        Payload::Headed { line, headers, body } => {
            line.iter().for_each(|line| see(&line.value));
            headers.iter().for_each(|(_, value)| see(&value.value));
            body.iter().for_each(|body| texts_of(&body.value, see));
        }
        Payload::Control(_, inner) => inner.iter().for_each(|inner| texts_of(&inner.value, see)),
        Payload::File { .. } | Payload::Fill { .. } | Payload::Random(_) | Payload::Copy => {}
    }
}

fn texts_in<'m>(node: &'m Node, see: &mut dyn FnMut(&'m str)) {
    match &node.value {
        Json::String(text) => see(text),
        Json::Array(elements) => elements.iter().for_each(|element| texts_in(element, see)),
        Json::Object(members) => members.iter().for_each(|(_, member)| texts_in(member, see)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Hands out all strings of a served request that may be templates.
pub(super) fn served_texts<'m>(request: &'m RequestGuard, see: &mut dyn FnMut(&'m str)) {
    see(&request.path.value);
    served_matchers(request).for_each(|matcher| texts(&matcher.value, see));
}
