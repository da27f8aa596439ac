//! Values of Redis as scenarios write them.
//!
//! Owns telling simple strings and errors from others, which a message as it is read does not. Does not own the framing.

use serde_json::{Value as Json, json};

/// How deep values are nested at the most.
const DEEPEST: usize = 32;

/// The value that these bytes are, to be sent; none where they are not all of one that is written so.
pub(super) fn value(bytes: &[u8]) -> Option<Json> {
    let mut rest = bytes;
    let value = read(&mut rest, DEEPEST)?;
    rest.is_empty().then_some(value)
}

/// The same value as it is expected: a string is one of either kind.
pub(super) fn expected(value: &Json) -> Json {
    match value {
        Json::Object(members) => match members.get("$simple") {
            Some(text) => text.clone(),
            None => value.clone(),
        },
        Json::Array(values) => values.iter().map(expected).collect(),
        other => other.clone(),
    }
}

fn read(rest: &mut &[u8], deepest: usize) -> Option<Json> {
    let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, behind) = rest.split_at(end);
    let (kind, text) = line.split_first()?;
    let text = std::str::from_utf8(text).ok()?;
    *rest = &behind[2..];
    Some(match kind {
        b'+' => json!({ "$simple": text }),
        b'-' => json!({ "$error": text }),
        b':' => json!(text.parse::<i64>().ok()?),
        b'$' if text == "-1" => Json::Null,
        b'*' if text == "-1" => Json::Null,
        b'$' => {
            let size: usize = text.parse().ok()?;
            let body = rest.get(..size)?;
            *rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
            match std::str::from_utf8(body) {
                Ok(text) => json!(text),
                Err(_) => json!({ "$hex": data_encoding::HEXLOWER.encode(body) }),
            }
        }
        b'*' => {
            let count: usize = text.parse().ok()?;
            // Each element has three bytes at least.
            if count > rest.len() / 3 || deepest == 0 {
                return None;
            }
            let values: Option<Vec<Json>> = (0..count).map(|_| read(rest, deepest - 1)).collect();
            Json::Array(values?)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_strings_and_errors_are_told_apart() {
        let read = value(b"*4\r\n+OK\r\n-ERR no\r\n$2\r\nhi\r\n$-1\r\n").unwrap();
        assert_eq!(read, json!([{ "$simple": "OK" }, { "$error": "ERR no" }, "hi", null]));
        assert_eq!(expected(&read), json!(["OK", { "$error": "ERR no" }, "hi", null]));
        assert_eq!(value(b":7\r\n"), Some(json!(7)));
        for broken in ["", "*9999999\r\n", "$5\r\nhi\r\n", ":x\r\n", "+OK\r\n+OK\r\n", "%1\r\n"] {
            assert_eq!(value(broken.as_bytes()), None, "{broken}");
        }
    }
}
