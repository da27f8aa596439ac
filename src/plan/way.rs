//! Where what is compiled now is used, if it was written for several places.
//!
//! Owns what a mistake in a procedure or a named matcher says of the call or the use that it depends on.

use std::rc::Rc;

use crate::scenario::mistake::Mistake;
use crate::scenario::written::Span;

/// The calls and uses that lead to what is compiled now, the innermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Way(Option<Rc<Turn>>);

#[derive(Debug)]
struct Turn {
    at: Span,
    what: &'static str,
    before: Way,
}

impl Way {
    /// One step further: what stands elsewhere is called or used here.
    pub(super) fn further(&self, at: Span, what: &'static str) -> Self {
        let before = self.clone();
        Self(Some(Rc::new(Turn { at, what, before })))
    }

    /// The outermost call or use.
    pub(super) fn first(&self) -> Option<Span> {
        let turns = std::iter::successors(self.0.as_deref(), |turn| turn.before.0.as_deref());
        turns.last().map(|turn| turn.at)
    }

    /// The mistake, with notes of the way to it.
    pub(super) fn tell(&self, mut mistake: Mistake) -> Mistake {
        let mut next = self.0.as_deref();
        while let Some(turn) = next {
            mistake = mistake.note(turn.at, turn.what);
            next = turn.before.0.as_deref();
        }
        mistake
    }
}
