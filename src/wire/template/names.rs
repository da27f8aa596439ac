//! Which names an expression uses.
//!
//! The engine says which names are undeclared; what it does not say is which of them are only called, so the source is
//! looked at once more, as words.

use std::collections::BTreeSet;

use super::engine::{FUNCTIONS, GENERATORS};

/// What an expression uses.
pub(super) struct Used {
    /// Names, the dotted ones with their second part; in the alphabet's order.
    pub(super) names: Vec<String>,
    /// The first parts of those.
    pub(super) tops: Vec<String>,
    /// Whether a generator is called.
    pub(super) generates: bool,
}

/// What an expression uses; `undeclared` is what the engine says.
pub(super) fn used(source: &str, undeclared: impl IntoIterator<Item = String>) -> Used {
    let words = words(source);
    let called = |name: &str| words.iter().any(|word| word.is(name) && !word.dotted && word.called);
    let read = |name: &str| words.iter().any(|word| word.is(name) && !word.dotted && !word.called);
    let mut names = BTreeSet::new();
    for path in undeclared {
        let mut parts = path.split('.');
        let (top, second) = (parts.next().unwrap_or_default(), parts.next());
        let is_last = parts.next().is_none();
        let is_function = FUNCTIONS.contains(&top) && called(top) && !read(top);
        if is_function {
            continue;
        }
        // `actor.get(x)` may look at any of the actor's variables.
        let is_method = |second: &str| {
            is_last
                && words.windows(2).any(|pair| {
                    pair[0].is(top) && !pair[0].dotted && pair[1].is(second) && pair[1].dotted && pair[1].called
                })
        };
        names.insert(match second {
            Some(second) if !is_method(second) => format!("{top}.{second}"),
            _ => top.to_owned(),
        });
    }
    let names: Vec<String> = names.into_iter().collect();
    let tops: BTreeSet<&str> = names.iter().map(|name| top(name)).collect();
    Used {
        tops: tops.into_iter().map(str::to_owned).collect(),
        generates: words
            .iter()
            .any(|word| !word.dotted && word.called && GENERATORS.iter().any(|name| word.is(name))),
        names,
    }
}

/// The expression with each slice as an index, where it has any: what a slice is taken of, the engine leaves out of its
/// list. It has the same names, and not the same value.
pub(super) fn without_slices(source: &str) -> Option<String> {
    let bytes = source.as_bytes();
    let (mut other, mut brackets, mut from, mut at) = (String::new(), Vec::new(), 0, 0);
    let mut operand_is_missing = false;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' | b'"' => at = string_end(bytes, at)?,
            open @ (b'(' | b'[' | b'{') => brackets.push(open),
            b')' | b']' | b'}' => {
                brackets.pop();
            }
            b':' if brackets.last() == Some(&b'[') => {
                other.push_str(&source[from..at]);
                if operand_is_missing {
                    other.push('0');
                }
                let next = bytes[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
                other.push_str(if next == Some(&b']') { " or 0" } else { " or " });
                from = at + 1;
            }
            _ => {}
        }
        if !bytes[at].is_ascii_whitespace() {
            operand_is_missing = matches!(bytes[at], b'[' | b':');
        }
        at += 1;
    }
    (from > 0).then(|| other + &source[from..])
}

/// All names of several lists, each once, in the alphabet's order.
pub(super) fn union<'a>(lists: impl IntoIterator<Item = &'a [String]>) -> Vec<String> {
    let all: BTreeSet<&String> = lists.into_iter().flatten().collect();
    all.into_iter().cloned().collect()
}

/// The place of the quote that ends the string which begins at `at`.
pub(super) fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 1,
            byte if byte == bytes[at] => return Some(end),
            _ => {}
        }
        end += 1;
    }
    None
}

fn top(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

struct Word<'a> {
    text: &'a str,
    dotted: bool,
    called: bool,
}

impl Word<'_> {
    fn is(&self, name: &str) -> bool {
        self.text == name
    }
}

/// The words of an expression outside of strings.
fn words(source: &str) -> Vec<Word<'_>> {
    let bytes = source.as_bytes();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut words = Vec::new();
    let mut dotted = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' | b'"' => match string_end(bytes, at) {
                Some(end) => {
                    at = end + 1;
                    dotted = false;
                }
                None => break,
            },
            byte if is_word(&byte) => {
                let size = bytes[at..].iter().take_while(|byte| is_word(byte)).count();
                let next = bytes[at + size..].iter().find(|byte| !byte.is_ascii_whitespace());
                words.push(Word {
                    text: &source[at..at + size],
                    dotted,
                    called: next == Some(&b'('),
                });
                dotted = false;
                at += size;
            }
            byte => {
                dotted = byte == b'.' || (dotted && byte.is_ascii_whitespace());
                at += 1;
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::Expression;

    fn names(source: &str) -> Vec<String> {
        Expression::compile(source).unwrap().names().to_vec()
    }

    #[test]
    fn dotted_names_keep_their_second_part() {
        assert_eq!(names("actor.members[name]"), ["actor.members", "name"]);
        assert_eq!(
            names("actor.subscribers[p.topic] | default([])"),
            ["actor.subscribers", "p.topic"]
        );
        assert_eq!(names("message.headers['call-id'].x"), ["message.headers"]);
        assert_eq!(
            names("actor.members.values() | reject('equalto', session)"),
            ["actor.members", "session"]
        );
        assert_eq!(names("b if a else c"), ["a", "b", "c"]);
    }

    #[test]
    fn a_dynamic_actor_is_the_whole_actor() {
        assert_eq!(names("actor[which]"), ["actor", "which"]);
        assert_eq!(names("actor.get('x')"), ["actor"]);
        assert_eq!(names("actor['members']"), ["actor"]);
        assert_eq!(names("actor.items() | list"), ["actor"]);
    }

    #[test]
    fn what_a_slice_is_taken_of_is_a_name() {
        assert_eq!(names("actor.list[from:to]"), ["actor.list", "from", "to"]);
        assert_eq!(names("list[:2]"), ["list"]);
        assert_eq!(names("list[ : ]"), ["list"]);
        assert_eq!(names("list[::n]"), ["list", "n"]);
        assert_eq!(
            names("(actor.todos.values() | list)[(page - 1) * size:]"),
            ["actor.todos", "page", "size"]
        );
        assert_eq!(names("[{'[:]': a}][b:c][d]"), ["a", "b", "c", "d"]);
        assert_eq!(names("'größe[:'[x:y]"), ["x", "y"]);
    }

    #[test]
    fn functions_are_no_names_but_variables_called_like_them_are() {
        assert_eq!(names("port('Server') + size(x) + range(3)|length"), ["x"]);
        assert_eq!(names("port + 1"), ["port"]);
        assert_eq!(names("'port(' ~ port"), ["port"]);
        assert_eq!(names("x | join(d=', ') is string"), ["x"]);
    }

    #[test]
    fn a_generator_is_one_only_where_it_is_called() {
        let generates = |source| Expression::compile(source).unwrap().generates();
        assert!(generates("'%08x' | format(random_int(0, 7))"));
        assert!(generates("uuid ()"));
        assert!(!generates("x.uuid() ~ 'uuid()' ~ uuid"));
    }
}
