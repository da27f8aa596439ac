//! What is wrong in a scenario, and where.

use super::source::Sources;
use super::written::Span;

/// How many mistakes are told; a file with more has one that makes the others.
pub(super) const MOST: usize = 1000;

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub span: Span,
    /// What is wrong: what was found, what was allowed; a lowercase fragment.
    pub text: String,
    /// Other places that have to do with it, with what they have to do with it.
    pub notes: Vec<(Span, String)>,
    /// What would cure it: `did you mean …?`, a command-line flag.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake without notes or help.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self {
            span,
            text: text.into(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// With the allowed name nearest to `found`, where one is near.
    #[must_use]
    pub fn did_you_mean<'a>(mut self, found: &str, allowed: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(near) = nearest(found, allowed) {
            self.help = Some(format!("did you mean `{near}`?"));
        }
        self
    }

    /// With another place that has to do with it.
    #[must_use]
    pub fn note(mut self, span: Span, text: impl Into<String>) -> Self {
        self.notes.push((span, text.into()));
        self
    }

    /// With the places that its file was included at, where it was.
    #[must_use]
    pub fn included(mut self, sources: &Sources) -> Self {
        let ways = sources.ways(self.span.file);
        self.notes.extend(ways.map(|at| (at, "included here".to_owned())));
        self
    }

    /// With what would cure it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// The name nearest to `found`, where it is near enough to be what was meant: a third of its letters may differ, and
/// not all of them.
pub fn nearest<'a>(found: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = found.chars().count();
    let most = (letters / 3).max(1);
    allowed
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&found.to_lowercase(), &name.to_lowercase()),
                name,
            )
        })
        .filter(|&(distance, _)| distance <= most && distance < letters.max(1))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}
