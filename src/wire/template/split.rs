//! Divides a string at its `{{ expressions }}`.

use super::{Expression, TemplateError};

/// A part of a template.
#[derive(Debug)]
pub(in crate::wire) enum Part {
    /// Text as it is.
    Text(String),
    /// An expression.
    Expression(Expression),
}

impl Part {
    /// The expression, where it is one.
    pub(super) fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Text(_) => None,
            Self::Expression(expression) => Some(expression),
        }
    }
}

/// The parts of a string, no two texts side by side.
pub(super) fn split(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{").map(|at| from + at) {
        let begin = open + 2;
        let Some(end) = end(text, begin) else {
            return Err(TemplateError {
                text: "`{{` is not closed by `}}` (as text it is written `{{ '{{' }}`)".to_owned(),
                at: open..begin,
            });
        };
        if open > from {
            parts.push(Part::Text(text[from..open].to_owned()));
        }
        let expression = Expression::compile(&text[begin..end]).map_err(|error| TemplateError {
            text: error.text,
            at: begin + error.at.start..begin + error.at.end,
        })?;
        parts.push(Part::Expression(expression));
        from = end + 2;
    }
    if from < text.len() {
        parts.push(Part::Text(text[from..].to_owned()));
    }
    Ok(parts)
}

/// Where the expression that begins at `begin` ends: at the first `}}` outside of quotes and of its own braces.
fn end(text: &str, begin: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = begin;
    while at < bytes.len() {
        match bytes[at] {
            b'}' if depth == 0 && bytes.get(at + 1) == Some(&b'}') => return Some(at),
            b'}' => depth = depth.saturating_sub(1),
            b'{' => depth += 1,
            b'\'' | b'"' => at = super::names::string_end(bytes, at)?,
            _ => {}
        }
        at += 1;
    }
    None
}
