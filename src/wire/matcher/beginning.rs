//! A message of which only the beginning is known.
//!
//! Owns what the beginning decides: a trace keeps no more of a long message. Does not own how much is kept.

use super::want::{Shown, Test, merged};
use super::{Captures, Want};
use crate::wire::message::Message;

/// What the beginning of a message says of the whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// It matches, whatever follows.
    Matches(Captures),
    /// It doesn't, whatever follows.
    Differs,
    /// What follows decides.
    Open,
}

impl Want {
    /// Whether a message of `size` bytes matches that begins like this; its head is whole.
    pub fn test_beginning(&self, beginning: &Message, size: u64) -> Known {
        let found = beginning.bytes();
        if self.is_of_another_sort(beginning).is_some() {
            return Known::Differs;
        }
        let could_be = |could: bool| if could { Known::Open } else { Known::Differs };
        match self.kind() {
            Test::Any | Test::Status(_) => match self.test(beginning) {
                Ok(captures) => Known::Matches(captures),
                Err(_) => Known::Differs,
            },
            Test::Size(least, most) => match size >= *least && most.is_none_or(|most| size <= most) {
                true => Known::Matches(Captures::new()),
                false => Known::Differs,
            },
            Test::Exact(expected, Shown::Text | Shown::Bytes) => {
                could_be(expected.bytes().len() as u64 == size && expected.bytes().starts_with(found))
            }
            Test::Hex(expected) => {
                let mut pairs = expected.iter().zip(found);
                could_be(
                    expected.len() as u64 == size && pairs.all(|(want, byte)| want.is_none_or(|want| want == *byte)),
                )
            }
            Test::Contains(contained) if contained.is_in(found) => Known::Matches(Captures::new()),
            Test::OneOf(wants) => one_of(wants.iter().map(|want| want.test_beginning(beginning, size))),
            Test::AllOf(wants) => all_of(wants.iter().map(|want| want.test_beginning(beginning, size))),
            Test::Not(want) => match want.test_beginning(beginning, size) {
                Known::Matches(_) => Known::Differs,
                Known::Differs => Known::Matches(Captures::new()),
                Known::Open => Known::Open,
            },
            Test::UntilClosed(want) => want.test_beginning(beginning, size),
            Test::Control(_, None) => Known::Matches(Captures::new()),
            Test::Control(_, Some(want)) => want.test_beginning(&Message::new(found), size),
            Test::Headed(filled) => filled.test_beginning(beginning, size),
            Test::Contains(_)
            | Test::Json(..)
            | Test::Matching(_)
            | Test::Schema(_)
            | Test::Form(_)
            | Test::Message(_)
            | Test::Request(_) => Known::Open,
        }
    }
}

/// The first that matches captures, so that all before it must be known.
fn one_of(all: impl Iterator<Item = Known>) -> Known {
    for known in all {
        match known {
            Known::Differs => {}
            other => return other,
        }
    }
    Known::Differs
}

pub(super) fn all_of(all: impl Iterator<Item = Known>) -> Known {
    let mut captures = Some(Vec::new());
    for known in all {
        match (known, &mut captures) {
            (Known::Differs, _) => return Known::Differs,
            (Known::Open, _) => captures = None,
            (Known::Matches(more), Some(captures)) => captures.push(more),
            (Known::Matches(_), None) => {}
        }
    }
    match captures.map(merged) {
        None => Known::Open,
        Some(Ok(captures)) => Known::Matches(captures),
        Some(Err(_)) => Known::Differs,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::compile::Nothing;
    use super::super::{Headed, Matcher, Named};
    use super::*;
    use crate::wire::head::Head;
    use crate::wire::template::Template;

    fn known(matcher: &Matcher) -> Known {
        let message = Message::with_head(Head::new("PUT /x"), *b"the beginning");
        matcher.fill(&Nothing).unwrap().test_beginning(&message, 100)
    }

    fn text(text: &str) -> Matcher {
        Matcher::contains(Template::literal(text))
    }

    #[test]
    fn what_the_beginning_decides_is_decided() {
        let yes = Known::Matches(Captures::new());
        assert_eq!(known(&text("begin")), yes);
        assert_eq!(known(&text("end")), Known::Open);
        assert_eq!(known(&Matcher::any()), yes);
        assert_eq!(known(&Matcher::size(100, Some(100))), yes);
        assert_eq!(known(&Matcher::size(0, Some(99))), Known::Differs);
        assert_eq!(known(&Matcher::not(text("begin"))), Known::Differs);
        assert_eq!(known(&Matcher::not(text("end"))), Known::Open);
        assert_eq!(
            known(&Matcher::json(&json!({}), false, &Named::new()).unwrap()),
            Known::Open
        );
    }

    #[test]
    fn of_several_those_before_it_must_be_known() {
        let differs = || Matcher::size(7, Some(7));
        assert_eq!(
            known(&Matcher::one_of(vec![differs(), text("end"), text("begin")])),
            Known::Open
        );
        assert_ne!(
            known(&Matcher::one_of(vec![differs(), text("begin"), text("end")])),
            Known::Open
        );
        assert_eq!(known(&Matcher::one_of(vec![differs(), differs()])), Known::Differs);
        assert_eq!(known(&Matcher::all_of(vec![text("end"), differs()])), Known::Differs);
        assert_eq!(known(&Matcher::all_of(vec![text("end"), text("begin")])), Known::Open);
    }

    #[test]
    fn a_head_is_whole() {
        let headed = |line: &str, body: Option<Matcher>| {
            let line = Some(text(line));
            let headers = Vec::new();
            known(&Matcher::headed(Headed { line, headers, body }))
        };
        assert_eq!(headed("GET", None), Known::Differs);
        assert_eq!(headed("GET", Some(text("end"))), Known::Differs);
        assert_eq!(headed("PUT", None), Known::Matches(Captures::new()));
        assert_eq!(headed("PUT", Some(text("end"))), Known::Open);
        assert_eq!(headed("PUT", Some(text("begin"))), Known::Matches(Captures::new()));
    }
}
