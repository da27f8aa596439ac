//! The method of an HTTP request among the members of an object: the key whose value is the path.

use super::Decoder;
use super::shape::{Shape, allowed_are, beginning};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Node};

impl Decoder<'_> {
    /// The only method, and the path; `usual` are methods that are named where there is none. Every key that is neither of
    /// `shape` nor a method is told.
    pub(super) fn method<'n>(
        &mut self,
        node: &Node,
        members: &'n [(At<String>, Node)],
        shape: &Shape,
        usual: &[&str],
    ) -> Option<(&'n At<String>, &'n Node)> {
        let mut method: Option<(&At<String>, &Node)> = None;
        let mut fine = true;
        let is_own = |key: &str| shape.keys.iter().any(|(name, _)| *name == key);
        for (key, path) in members.iter().filter(|(key, _)| !is_own(&key.value)) {
            if !is_like_a_method(&key.value, usual) {
                let names = shape.keys.iter().map(|(name, _)| *name).chain(usual.iter().copied());
                self.unknown(key, shape.what, names, shape.later);
                fine = false;
            } else if let Some((first, _)) = method {
                let text = format!(
                    "a request has one method, but `{}` stands beside `{}`",
                    key.value, first.value
                );
                self.wrong(Mistake::new(key.span, text).note(first.span, format!("`{}` stands here", first.value)));
                fine = false;
            } else {
                method = Some((key, path));
            }
        }
        if method.is_none() && fine {
            let mistake = Mistake::new(beginning(node.span), "a request needs a method");
            self.wrong(mistake.help(allowed_are(usual)));
        }
        method.filter(|_| fine)
    }
}

/// Whether a key looks like a method: in capitals, or one that would be known so.
pub(super) fn is_like_a_method(key: &str, usual: &[&str]) -> bool {
    let is_capital = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    is_capital || usual.iter().any(|method| method.eq_ignore_ascii_case(key))
}
