//! Values that tie messages, as numbers.
//!
//! Owns that equal values have equal numbers, as matchers compare them. A number has the same size whatever the values, so
//! that long ones cost no more to remember.

use serde_json::{Number, Value as Json};
use sha2::{Digest, Sha256};

/// What stands for some values: the first half of a SHA-256.
pub(super) type Key = u128;

/// What stands for these values, in order; one that is not there is equal to no other.
pub(super) fn key<'v>(values: impl IntoIterator<Item = Option<&'v Json>>) -> Key {
    let mut hash = Sha256::new();
    for value in values {
        match value {
            None => hash.update(b"-"),
            Some(value) => put(value, &mut hash),
        }
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest[..16].iter().fold(0, |key, byte| key << 8 | Key::from(*byte))
}

fn put(value: &Json, hash: &mut Sha256) {
    match value {
        Json::Null => hash.update(b"0"),
        Json::Bool(value) => hash.update(if *value { b"t" } else { b"f" }),
        Json::Number(number) => {
            hash.update(b"n");
            put_text(&number_text(number), hash);
        }
        Json::String(text) => {
            hash.update(b"s");
            put_text(text, hash);
        }
        Json::Array(elements) => {
            hash.update(b"[");
            elements.iter().for_each(|element| put(element, hash));
            hash.update(b"]");
        }
        Json::Object(members) => {
            hash.update(b"{");
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in members {
                put_text(name, hash);
                put(value, hash);
            }
            hash.update(b"}");
        }
    }
}

fn put_text(text: &str, hash: &mut Sha256) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}

/// A number in one spelling: `7` and `7.0` are the same.
fn number_text(number: &Number) -> String {
    /// Up to here every whole number has a floating-point one of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(value) if !number.is_i64() && !number.is_u64() && value.fract() == 0.0 && value.abs() <= EXACT => {
            // Zero has a sign of its own there.
            format!("{:.0}", value + 0.0)
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: &Json) -> Key {
        key([Some(value)])
    }

    #[test]
    fn what_is_equal_has_one_key_and_nothing_else_has() {
        let all = [
            json!(null),
            json!(false),
            json!(0),
            json!("0"),
            json!(""),
            json!([]),
            json!([[]]),
            json!({}),
            json!({ "a": 1 }),
            json!({ "a": "1" }),
            json!(-10),
            json!(-1),
            json!(1),
            json!(1.5),
            json!(18_446_744_073_709_551_615_u64),
        ];
        for (one, a) in all.iter().enumerate() {
            for (other, b) in all.iter().enumerate() {
                assert_eq!(of(a) == of(b), one == other, "{a} {b}");
            }
        }
        assert_eq!(of(&json!(7)), of(&json!(7.0)));
        assert_eq!(of(&json!(-10)), of(&json!(-10.0)));
        assert_eq!(of(&json!(0)), of(&json!(-0.0)));
        assert_eq!(of(&json!({ "a": 1, "b": 2 })), of(&json!({ "b": 2.0, "a": 1 })));
    }

    #[test]
    fn where_one_value_ends_and_another_begins_is_told_apart() {
        assert_ne!(
            key([Some(&json!("ab")), None]),
            key([Some(&json!("a")), Some(&json!("b"))])
        );
        assert_ne!(key([None, Some(&json!(1))]), key([Some(&json!(1)), None]));
    }
}
