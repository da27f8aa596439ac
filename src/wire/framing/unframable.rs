//! Payloads that would not come back as one message, and the words for why.

use super::{Decoded, Framing, Kind, Malformed};

/// A payload that would not come back as one message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unframable(pub String);

/// Why a payload is refused, of which this was read.
pub(super) fn of(framing: &Framing, payload: &[u8], read: Result<Decoded, Malformed>) -> Unframable {
    let size = payload.len();
    Unframable(match (&framing.kind, read) {
        (Kind::UntilClose, _) => "an empty message cannot be told from no message".to_owned(),
        (Kind::Fixed(fixed), _) => format!("the payload has {size} bytes; framing `fixed` needs {fixed}"),
        (Kind::Lines, _) if payload.last() == Some(&b'\r') => {
            "the payload ends with CR, which framing `lines` drops".to_owned()
        }
        (Kind::Lines, _) => "the payload has an LF, at which framing `lines` ends a message".to_owned(),
        (Kind::Delimiter(delimiter), _) => {
            let name = if **delimiter == *b"\r\n" {
                "CRLF"
            } else {
                "the delimiter"
            };
            format!(
                "the payload has {name} in it, which ends a message ({})",
                framing.described
            )
        }
        (_, Ok(Decoded::Message { taken, .. })) => {
            format!(
                "the payload has {size} bytes, its first message {taken} ({})",
                framing.described
            )
        }
        (_, Err(malformed)) => format!("{malformed} ({})", framing.described),
        _ => format!("the payload is no whole message ({})", framing.described),
    })
}
