//! Templates, expressions and paths, with their mistakes at the right letters.
//!
//! Owns where in the file a mistake inside a string is. Does not own whether the names in it exist (`names`).

use std::ops::Range;

use serde_json::Value;

use super::compile::Compiler;
use crate::scenario::mistake::Mistake;
use crate::scenario::source::Sources;
use crate::scenario::written::{Json, Node, Span};
use crate::wire::template::{Expression, JsonTemplate, Path, Template, TemplateError};

impl Compiler<'_> {
    /// A template; a harmless one where there is a mistake.
    pub(super) fn compile_template(&mut self, text: &str, span: Span) -> Template {
        Template::compile(text).unwrap_or_else(|error| {
            self.refuse_text(&error, text, span);
            Template::literal("")
        })
    }

    /// A bare expression; a harmless one where there is a mistake.
    pub(super) fn compile_expression(&mut self, text: &str, span: Span) -> Expression {
        Expression::compile(text).unwrap_or_else(|error| {
            self.refuse_text(&error, text, span);
            Expression::compile("true").expect("`true` is an expression")
        })
    }

    /// A path; a harmless one where there is a mistake.
    pub(super) fn compile_path(&mut self, text: &str, span: Span) -> Path {
        Path::compile(text).unwrap_or_else(|error| {
            self.refuse_text(&error, text, span);
            Path::compile("actor.x").expect("`actor.x` is a path")
        })
    }

    /// A mistake inside a string.
    pub(super) fn refuse_text(&mut self, error: &TemplateError, text: &str, span: Span) {
        let span = inside(self.sources, text, span, error.at.clone());
        self.mistake(Mistake::new(span, error.text.clone()));
    }

    /// Generators may not stand where what they give would be asked for again or compared.
    pub(super) fn refuse_generators(&mut self, generates: bool, whose: &str, span: Span) {
        if generates {
            let text = format!("no generator (`random_int`, `random_text`, `uuid`, `choice`) is allowed in {whose}");
            let help = "`set` a variable to it before, and use that";
            self.mistake(Mistake::new(span, text).help(help));
        }
    }
}

/// A JSON value whose strings are templates, as `compile` makes them.
pub(super) fn json_template(node: &Node, compile: &mut dyn FnMut(&str, Span) -> Template) -> JsonTemplate {
    match &node.value {
        Json::Null => JsonTemplate::fixed(Value::Null),
        Json::Bool(value) => JsonTemplate::fixed(Value::Bool(*value)),
        Json::Number(value) => JsonTemplate::fixed(Value::Number(value.clone())),
        Json::String(text) => JsonTemplate::text(compile(text, node.span)),
        Json::Array(elements) => {
            JsonTemplate::array(elements.iter().map(|element| json_template(element, compile)).collect())
        }
        Json::Object(members) => {
            let members = members.iter();
            JsonTemplate::object(
                members
                    .map(|(name, value)| (name.value.clone(), json_template(value, compile)))
                    .collect(),
            )
        }
    }
}

/// The place in the file of a range of bytes in a string's text. The string is written as JSON, so that an escape takes
/// more bytes in the file than in the text. Where the text is what follows a word of the string, the span begins with the
/// blank between them, as it begins with the quote otherwise.
pub(super) fn inside(sources: &Sources, text: &str, span: Span, range: Range<usize>) -> Span {
    let file = &sources.source(span).text;
    let written = file.get(span.start as usize..span.end as usize);
    let Some(written) = written.and_then(|w| w.strip_prefix(['"', ' '])) else {
        return span;
    };
    let offset = |at: usize| {
        let characters = text.get(..at)?.chars().count();
        let mut rest = written;
        for _ in 0..characters {
            rest = rest.get(written_size(rest)?..)?;
        }
        u32::try_from(written.len() - rest.len()).ok()
    };
    match (offset(range.start), offset(range.end)) {
        (Some(start), Some(end)) => Span {
            file: span.file,
            start: span.start + 1 + start,
            end: span.start + 1 + end.max(start + 1),
        },
        _ => span,
    }
}

/// How many bytes the first character of a JSON string takes as written.
fn written_size(rest: &str) -> Option<usize> {
    let mut characters = rest.chars();
    match (characters.next()?, characters.next()) {
        ('"', _) => None,
        ('\\', Some('u')) => {
            let high = u32::from_str_radix(rest.get(2..6)?, 16).ok()?;
            // A character above U+FFFF is written as two surrogates.
            Some(if (0xd800..0xdc00).contains(&high) { 12 } else { 6 })
        }
        ('\\', Some(_)) => Some(2),
        (character, _) => Some(character.len_utf8()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_text_is_found_behind_escapes() {
        let written = r#""a\n\u00e9\ud83d\ude00 {{ x }}""#;
        let mut sources = Sources::default();
        let file = sources.add("a.json", written);
        let span = Span {
            file,
            start: 0,
            end: u32::try_from(written.len()).unwrap(),
        };
        let text: String = serde_json::from_str(written).unwrap();
        let at = text.find('x').unwrap();
        let found = inside(&sources, &text, span, at..at + 1);
        assert_eq!(&written[found.start as usize..found.end as usize], "x");
    }
}
