//! Writing one message.

use serde_json::{Map, Value as Json};

use super::read::{push_json, push_text};
use super::{ERROR, HEX, SIMPLE};
use crate::wire::framing::Unframable;
use crate::wire::hex;

/// The JSON of a message as it comes back, and its bytes on the wire.
#[derive(Debug, Default)]
struct Written {
    json: Vec<u8>,
    wire: Vec<u8>,
}

/// A message on the wire.
pub(in crate::wire::framing) fn encode(message: &[u8]) -> Result<Vec<u8>, Unframable> {
    written(message).map(|written| written.wire).map_err(Unframable)
}

/// The JSON of a message as it comes back, where it is a value of RESP.
pub(in crate::wire::framing) fn normal(message: &[u8]) -> Option<Vec<u8>> {
    written(message).ok().map(|written| written.json)
}

fn written(message: &[u8]) -> Result<Written, String> {
    let json: Json = serde_json::from_slice(message)
        .map_err(|_| "framing `resp` sends JSON: a list, a text, an integer or null".to_owned())?;
    let mut written = Written::default();
    written.value(&json)?;
    Ok(written)
}

impl Written {
    fn value(&mut self, json: &Json) -> Result<(), String> {
        match json {
            Json::Null => {
                self.json.extend_from_slice(b"null");
                self.wire.extend_from_slice(b"$-1\r\n");
            }
            Json::String(text) => self.string(text.as_bytes()),
            Json::Number(number) => match number.as_i64() {
                Some(number) => {
                    self.json.extend_from_slice(number.to_string().as_bytes());
                    self.line(b':', &number.to_string())?;
                }
                None => {
                    return Err(format!(
                        "RESP has integers of 64 bits alone, found {number}; send it as text"
                    ));
                }
            },
            Json::Bool(value) => return Err(format!("RESP2 has no `{value}`; Redis sends 1 and 0")),
            Json::Array(elements) => {
                self.line(b'*', &elements.len().to_string())?;
                self.json.push(b'[');
                for (number, element) in elements.iter().enumerate() {
                    if number > 0 {
                        self.json.push(b',');
                    }
                    self.value(element)?;
                }
                self.json.push(b']');
            }
            Json::Object(members) => self.object(members)?,
        }
        Ok(())
    }

    fn object(&mut self, members: &Map<String, Json>) -> Result<(), String> {
        let mut only = members.iter();
        match (only.next(), only.next()) {
            (Some((key, Json::String(text))), None) if key == SIMPLE => {
                push_json(&mut self.json, text);
                self.line(b'+', text)
            }
            (Some((key, Json::String(text))), None) if key == ERROR => {
                self.json.extend_from_slice(format!("{{\"{ERROR}\":").as_bytes());
                push_json(&mut self.json, text);
                self.json.push(b'}');
                self.line(b'-', text)
            }
            (Some((key, Json::String(text))), None) if key == HEX => {
                let bytes = hex::bytes(text)?;
                self.string(&bytes);
                Ok(())
            }
            _ => Err(format!(
                "RESP2 has no maps; an object is one of `{{ \"{SIMPLE}\": \"OK\" }}`, `{{ \"{ERROR}\": \"ERR …\" }}` and `{{ \"{HEX}\": \"ff 00\" }}`"
            )),
        }
    }

    fn string(&mut self, bytes: &[u8]) {
        push_text(&mut self.json, bytes);
        self.wire.extend_from_slice(format!("${}\r\n", bytes.len()).as_bytes());
        self.wire.extend_from_slice(bytes);
        self.wire.extend_from_slice(b"\r\n");
    }

    fn line(&mut self, kind: u8, text: &str) -> Result<(), String> {
        if text.contains(['\r', '\n']) {
            return Err(format!("{text:?} is more than one line"));
        }
        self.wire.push(kind);
        self.wire.extend_from_slice(text.as_bytes());
        self.wire.extend_from_slice(b"\r\n");
        Ok(())
    }
}
