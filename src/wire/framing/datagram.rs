//! Datagrams as a stream of bytes.
//!
//! Owns the length that stands before each of them there, which no protocol ever sees, that a datagram is one message,
//! and how the framing inside reads it. Does not own that framing.

use std::sync::Arc;

use super::{Decoded, Framing, Kind, Malformed, Scan, Unframable, too_long};
use crate::wire::message::Message;

/// How many bytes the length before a datagram has.
pub const LENGTH: usize = 4;

/// The most bytes that a datagram can have: what 16 bits can say, without the headers of UDP and of IPv4.
const LARGEST: usize = 65_507;

/// The first datagram of these bytes, where it is whole.
pub fn first(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
    rest.get(..u32::from_be_bytes(*length) as usize)
}

/// Reads a datagram, which is one message of the framing inside; where that is `raw`, all of it.
pub(super) fn decode(inner: &Framing, bytes: &[u8], ended: bool, limit: u64) -> Result<Decoded, Malformed> {
    let said = bytes.first_chunk::<LENGTH>().map(|length| u32::from_be_bytes(*length));
    if said.is_some_and(|size| u64::from(size) > limit) {
        return Err(shifted(too_long(limit)));
    }
    let Some(datagram) = first(bytes) else {
        // Datagrams come whole, so that this is seen only where a trace or a test cuts them.
        return Ok(match ended {
            true => Decoded::Partial {
                have: bytes.len() as u64,
                want: None,
            },
            false => Decoded::More,
        });
    };
    let taken = LENGTH + datagram.len();
    if inner.is_raw() {
        let message = Message::new(datagram);
        return Ok(Decoded::Message { message, taken });
    }
    let malformed = |why: String, at| Err(shifted(Malformed::new(why, at)));
    match inner
        .decode(&mut Scan::default(), datagram, true, limit)
        .map_err(shifted)?
    {
        Decoded::Message { message, taken: read } if read == datagram.len() => Ok(Decoded::Message { message, taken }),
        Decoded::Message { message, taken: read } => match inner.rest_is_body(&message) {
            // RFC 3261, 18.3: without a length the body goes to the end of the datagram.
            true => {
                let head = message.head().cloned().unwrap_or_default();
                let message = Message::with_head(head, &datagram[read..]);
                Ok(Decoded::Message { message, taken })
            }
            false => {
                let more = datagram.len() - read;
                let why = format!("the datagram goes on for {more} bytes behind its message");
                malformed(why, read..datagram.len())
            }
        },
        Decoded::Partial { have, want: Some(want) } => malformed(
            format!("the datagram ends inside its message, after {have} of {want} bytes"),
            datagram.len()..datagram.len(),
        ),
        _ => malformed(
            format!("the datagram holds no whole message ({})", inner.describe()),
            datagram.len()..datagram.len(),
        ),
    }
}

/// A message as a datagram.
pub(super) fn encode(inner: &Framing, message: &Message) -> Result<Vec<u8>, Unframable> {
    let datagram = inner.encode(message)?;
    let size = datagram.len();
    if size > LARGEST {
        let text = format!("a datagram holds {LARGEST} bytes at the most, and this has {size}");
        return Err(Unframable(text));
    }
    let length = u32::try_from(size).expect("it is no more than the largest");
    let mut bytes = Vec::with_capacity(LENGTH + size);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&datagram);
    Ok(bytes)
}

/// What is wrong with a datagram, counted from its length on.
fn shifted(mut malformed: Malformed) -> Malformed {
    malformed.at = malformed.at.start + LENGTH..malformed.at.end + LENGTH;
    malformed
}

impl Framing {
    /// A message is a datagram, which `inner` reads; with `raw`, whatever it holds.
    pub fn datagram(inner: Self) -> Self {
        let inner = match inner.kind {
            Kind::Datagram(_) => return inner,
            // Where a datagram ends, its message does.
            Kind::UntilClose => Self::raw(),
            _ => inner,
        };
        let described = match &inner.kind {
            Kind::Raw => "datagrams".to_owned(),
            _ => format!("datagrams of {}", inner.described),
        };
        Self::new(Kind::Datagram(Arc::new(inner)), described)
    }

    /// Whether its messages are datagrams.
    pub const fn is_datagram(&self) -> bool {
        matches!(self.kind, Kind::Datagram(_))
    }

    /// The framing that stands here where the scenario says another: in datagrams it is one of what these hold.
    #[must_use]
    pub fn replaced(&self, by: Self) -> Self {
        match self.is_datagram() {
            true => Self::datagram(by),
            false => by,
        }
    }

    /// Whether all that follows a message in a datagram is its body: no header says how long that is.
    fn rest_is_body(&self, message: &Message) -> bool {
        match (&self.kind, message.head()) {
            (Kind::Headers(names), Some(head)) => !names.iter().any(|name| head.has(name)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(framing: &Framing, datagram: &[u8]) -> Result<Message, String> {
        let mut bytes = (datagram.len() as u32).to_be_bytes().to_vec();
        bytes.extend_from_slice(datagram);
        let whole = bytes.len();
        bytes.extend_from_slice(b"\0\0\0\x01x");
        match framing.decode(&mut Scan::default(), &bytes, false, 1000) {
            Ok(Decoded::Message { message, taken }) if taken == whole => Ok(message),
            Ok(other) => Err(format!("{other:?}")),
            Err(malformed) => Err(malformed.why),
        }
    }

    fn headers() -> Framing {
        Framing::datagram(Framing::headers(&["Content-Length".to_owned()]).unwrap())
    }

    #[test]
    fn a_datagram_is_a_message_an_empty_one_too() {
        let raw = Framing::datagram(Framing::raw());
        assert_eq!(decode(&raw, b"hello").unwrap().bytes(), b"hello");
        assert_eq!(decode(&raw, b"").unwrap().bytes(), b"");
        assert_eq!(
            decode(&Framing::datagram(Framing::until_close()), b"").unwrap().bytes(),
            b""
        );
    }

    #[test]
    fn a_framing_inside_finds_exactly_one_message() {
        let lines = Framing::datagram(Framing::lines());
        assert_eq!(decode(&lines, b"one\n").unwrap().bytes(), b"one");
        let why = decode(&lines, b"one\ntwo\n").unwrap_err();
        assert_eq!(why, "the datagram goes on for 4 bytes behind its message");
        let why = decode(&lines, b"one").unwrap_err();
        assert_eq!(why, "the datagram holds no whole message (lines)");
        let length = Framing::datagram(Framing::length("u16").unwrap());
        let why = decode(&length, b"\0\x05abc").unwrap_err();
        assert_eq!(why, "the datagram ends inside its message, after 5 of 7 bytes");
        assert!(decode(&lines, b"").is_err());
    }

    #[test]
    fn where_no_header_says_its_length_the_body_goes_to_the_end() {
        let message = decode(&headers(), b"BYE sip:a SIP/2.0\r\nCSeq: 2 BYE\r\n\r\nbody").unwrap();
        assert_eq!(message.bytes(), b"body");
        assert_eq!(message.head().unwrap().header("cseq").as_deref(), Some("2 BYE"));
        assert!(decode(&headers(), b"A\r\nContent-Length: 2\r\n\r\nbody").is_err());
    }

    #[test]
    fn what_no_datagram_holds_is_not_sent() {
        let raw = Framing::datagram(Framing::raw());
        assert_eq!(
            raw.encode(&Message::new(vec![0; LARGEST])).unwrap().len(),
            LENGTH + LARGEST
        );
        let error = raw.encode(&Message::new(vec![0; LARGEST + 1])).unwrap_err();
        assert_eq!(error.0, "a datagram holds 65507 bytes at the most, and this has 65508");
    }
}
