//! One warning, as data.

use super::Code;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::Span;

/// What is probably not meant, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What kind of thing it is.
    pub code: Code,
    /// Where.
    pub span: Span,
    /// What is wrong; a lowercase fragment.
    pub text: String,
    /// Other places that have to do with it, with what they have to do with it.
    pub notes: Vec<(Span, String)>,
    /// What would cure it.
    pub help: Option<String>,
}

impl Warning {
    /// A warning without notes or help.
    pub(super) fn new(code: Code, span: Span, text: impl Into<String>) -> Self {
        Self {
            code,
            span,
            text: text.into(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// With another place that has to do with it.
    #[must_use]
    pub(super) fn note(mut self, span: Span, text: impl Into<String>) -> Self {
        self.notes.push((span, text.into()));
        self
    }

    /// With what would cure it.
    #[must_use]
    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// As it is drawn: like a mistake, under another title.
    pub fn as_mistake(&self) -> Mistake {
        Mistake {
            span: self.span,
            text: self.text.clone(),
            notes: self.notes.clone(),
            help: self.help.clone(),
        }
    }
}
