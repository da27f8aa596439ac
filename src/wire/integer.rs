//! Numbers of JSON as whole ones.
//!
//! Owns which of them are whole: `1.0` is 1, as JSON knows one kind of number. Does not own what else may stand for a number.

use serde_json::Number;

/// The whole number that this is, exactly.
pub(super) fn integer(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
        .or_else(|| {
            let float = number
                .as_f64()
                .filter(|float| float.fract() == 0.0 && float.abs() < 1e30)?;
            Some(float as i128)
        })
}
