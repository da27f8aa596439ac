//! The frames of a WebSocket (RFC 6455).
//!
//! Owns reading messages that may come in fragments with control frames between them, and writing them. What of a message
//! has come is put together here and nowhere else, so that a fragment is looked at once. Frames' heads are read and written
//! by `tungstenite`. Does not own the handshake (`wire::handshake`).

use std::io::Cursor;

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control as ControlCode, Data, OpCode};

use super::{Decoded, Framing, Kind, Malformed, Scan, Unframable, too_long_by};
use crate::wire::message::{Control, Message};

/// Who sends the frames: what a client sends is masked, what a server sends is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The side that connected.
    Client,
    /// The side that accepted.
    Server,
}

/// How a direction of a WebSocket ended: what its close frame said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// The code; [`NO_CODE`] where the frame had none.
    pub code: u16,
    /// The reason.
    pub reason: String,
}

/// The code of a close frame without one (RFC 6455, 7.1.5).
pub const NO_CODE: u16 = 1005;

/// The code of an end in order.
pub const NORMAL: u16 = 1000;

/// The most bytes of a control frame (RFC 6455, 5.5).
pub const LONGEST_CONTROL: usize = 125;

/// The most bytes of a reason, which has a code before it.
pub const LONGEST_REASON: usize = LONGEST_CONTROL - 2;

/// Codes with which bytes are refused that are no message (RFC 6455, 7.4.1).
const PROTOCOL_ERROR: u16 = 1002;
const NOT_UTF8: u16 = 1007;
const TOO_BIG: u16 = 1009;

impl Farewell {
    /// In order, for no other reason.
    pub const fn normal() -> Self {
        Self::of(NORMAL)
    }

    /// With a code.
    pub const fn of(code: u16) -> Self {
        Self {
            code,
            reason: String::new(),
        }
    }
}

/// Whether a code may stand in a close frame (RFC 6455, 7.4; 1012 to 1014 were registered later).
pub const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

impl Scan {
    /// Whether a message was begun of which parts were absorbed.
    pub fn is_open(&self) -> bool {
        self.frames.as_ref().is_some_and(|frames| frames.is_open())
    }

    /// For what comes next, when a message was taken: what was absorbed of one that goes on is kept.
    pub fn go_on(&mut self) {
        let frames = self.frames.take().filter(|frames| frames.is_open());
        *self = Self {
            frames,
            ..Self::default()
        };
    }
}

impl Framing {
    /// The messages of a WebSocket.
    pub fn websocket(sender: Sender) -> Self {
        let described = match sender {
            Sender::Client => "websocket, client",
            Sender::Server => "websocket, server",
        };
        Self::new(Kind::WebSocket(sender, 0), described)
    }

    /// The same with these keys for the masks of what a client of a WebSocket sends.
    #[must_use]
    pub fn with_masks(mut self, masks: u64) -> Self {
        if let Kind::WebSocket(_, own) = &mut self.kind {
            *own = masks;
        }
        self
    }

    /// Whether its messages are those of a WebSocket.
    pub const fn is_websocket(&self) -> bool {
        matches!(self.kind, Kind::WebSocket(..))
    }

    /// The frame that ends a direction in order, where the framing has one; `offset` is where it stands in the direction.
    pub fn encode_close(&self, farewell: &Farewell, offset: u64) -> Option<Vec<u8>> {
        let mask = self.mask_at(offset);
        self.is_websocket().then(|| encode_close(mask, farewell))
    }

    /// The key of a client's mask at this offset: another one for each frame, and the same ones in every run.
    pub(super) fn mask_at(&self, offset: u64) -> Option<[u8; 4]> {
        let Kind::WebSocket(Sender::Client, masks) = self.kind else {
            return None;
        };
        // The finish of SplitMix64 (Steele, Lea, Flood 2014), which leaves no bit of the offset where it was.
        let mut mixed = masks.wrapping_add(offset.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let [a, b, c, d, ..] = (mixed ^ (mixed >> 31)).to_be_bytes();
        Some([a, b, c, d])
    }
}

/// What has come of a message in fragments.
#[derive(Clone, Debug, Default)]
pub(super) struct Assembly {
    open: Option<Fragments>,
}

#[derive(Clone, Debug)]
struct Fragments {
    is_text: bool,
    payload: Vec<u8>,
    /// Up to where the text is known to be UTF-8.
    valid: usize,
}

impl Assembly {
    /// Whether a message was begun that has not ended.
    pub(super) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Reads the frame at the front.
    pub(super) fn decode(
        &mut self,
        sender: Sender,
        bytes: &[u8],
        ended: bool,
        limit: u64,
    ) -> Result<Decoded, Malformed> {
        let begun = self.open.as_ref().map_or(0, |open| open.payload.len());
        if bytes.is_empty() && begun == 0 && !self.is_open() {
            return Ok(if ended { Decoded::End } else { Decoded::More });
        }
        let more = |want: Option<u64>| match ended {
            true => Decoded::Partial {
                have: (begun + bytes.len()) as u64,
                want: want.map(|want| begun as u64 + want),
            },
            false => Decoded::More,
        };
        check_beginning(bytes, sender)?;
        let mut cursor = Cursor::new(bytes);
        let parsed = FrameHeader::parse(&mut cursor);
        let Some((header, length)) = parsed.map_err(|error| wrong(error.to_string(), 0..1))? else {
            return Ok(more(None));
        };
        let start = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
        self.check(&header, length, start)?;
        if length > limit.saturating_sub(begun as u64) {
            let mut malformed = too_long_by(limit, 0..start);
            malformed.status = Some(TOO_BIG);
            return Err(malformed);
        }
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| start.checked_add(length));
        let Some(payload) = end.and_then(|end| bytes.get(start..end)) else {
            return Ok(more(Some(length.saturating_add(start as u64))));
        };
        let taken = start + payload.len();
        let mut payload = payload.to_vec();
        if let Some(mask) = header.mask {
            apply(mask, &mut payload);
        }
        match header.opcode {
            OpCode::Control(control) => controlled(control, payload, start, taken),
            OpCode::Data(data) => self.data(data, header.is_final, payload, start, taken),
        }
    }

    /// What the head of a frame may not say.
    fn check(&self, header: &FrameHeader, length: u64, size: usize) -> Result<(), Malformed> {
        let word = name(header.opcode);
        if header.len(length) != size {
            return Err(wrong(
                format!("the length {length} is not written as short as it can be"),
                1..size,
            ));
        }
        if length > i64::MAX.unsigned_abs() {
            return Err(wrong("the highest bit of the length is set", 2..size));
        }
        match (header.opcode, self.is_open()) {
            (OpCode::Control(_), _) if !header.is_final => Err(wrong(format!("a {word} in fragments"), 0..1)),
            (OpCode::Control(_), _) if length > LONGEST_CONTROL as u64 => {
                let text = format!("a {word} of {length} bytes; {LONGEST_CONTROL} are allowed");
                Err(wrong(text, 1..size))
            }
            (OpCode::Data(Data::Continue), false) => Err(wrong("a continuation frame, and no message was begun", 0..1)),
            (OpCode::Data(Data::Text | Data::Binary), true) => {
                Err(wrong(format!("a {word} inside a message in fragments"), 0..1))
            }
            _ => Ok(()),
        }
    }

    /// A frame of a message: the whole of it, or a part.
    fn data(
        &mut self,
        data: Data,
        is_final: bool,
        payload: Vec<u8>,
        start: usize,
        taken: usize,
    ) -> Result<Decoded, Malformed> {
        let mut fragments = self.open.take().unwrap_or_else(|| Fragments {
            is_text: data == Data::Text,
            payload: Vec::new(),
            valid: 0,
        });
        let before = fragments.payload.len();
        match before {
            0 => fragments.payload = payload,
            _ => fragments.payload.extend_from_slice(&payload),
        }
        if fragments.is_text {
            let checked = std::str::from_utf8(&fragments.payload[fragments.valid..]);
            let (valid, is_whole) = match checked {
                Ok(text) => (text.len(), true),
                Err(error) => (error.valid_up_to(), error.error_len().is_some()),
            };
            fragments.valid += valid;
            let is_valid = checked.is_ok() || !(is_whole || is_final);
            if !is_valid {
                let at = start + fragments.valid.saturating_sub(before);
                let mut malformed = wrong("the text is not UTF-8", at..at + 1);
                malformed.status = Some(NOT_UTF8);
                return Err(malformed);
            }
        }
        if !is_final {
            self.open = Some(fragments);
            return Ok(Decoded::Absorbed(taken));
        }
        let message = Message::new(fragments.payload);
        let message = match fragments.is_text {
            true => message,
            false => message.into_binary(),
        };
        Ok(Decoded::Message { message, taken })
    }
}

/// A message as one frame; `mask` is the key of a client's.
pub(super) fn encode(mask: Option<[u8; 4]>, message: &Message) -> Result<Vec<u8>, Unframable> {
    let payload = message.bytes();
    let opcode = match message.control() {
        Some(control) => {
            if payload.len() > LONGEST_CONTROL {
                let text = format!(
                    "a {} has {LONGEST_CONTROL} bytes at the most; this one has {}",
                    control.name(),
                    payload.len()
                );
                return Err(Unframable(text));
            }
            OpCode::Control(match control {
                Control::Ping => ControlCode::Ping,
                Control::Pong => ControlCode::Pong,
            })
        }
        None if message.is_binary() || std::str::from_utf8(payload).is_err() => OpCode::Data(Data::Binary),
        None => OpCode::Data(Data::Text),
    };
    Ok(frame(mask, opcode, payload))
}

/// A close frame.
pub(super) fn encode_close(mask: Option<[u8; 4]>, farewell: &Farewell) -> Vec<u8> {
    let mut payload = Vec::with_capacity(2 + farewell.reason.len());
    if farewell.code != NO_CODE {
        payload.extend_from_slice(&farewell.code.to_be_bytes());
        payload.extend_from_slice(farewell.reason.as_bytes());
    }
    frame(mask, OpCode::Control(ControlCode::Close), &payload)
}

fn frame(mask: Option<[u8; 4]>, opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    let header = FrameHeader {
        opcode,
        mask,
        ..FrameHeader::default()
    };
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    header
        .format(payload.len() as u64, &mut bytes)
        .expect("writing to memory does not fail");
    let start = bytes.len();
    bytes.extend_from_slice(payload);
    if let Some(mask) = mask {
        apply(mask, &mut bytes[start..]);
    }
    bytes
}

fn apply(mask: [u8; 4], payload: &mut [u8]) {
    for chunk in payload.chunks_mut(4) {
        for (byte, key) in chunk.iter_mut().zip(mask) {
            *byte ^= key;
        }
    }
}

/// What the first two bytes of a frame may not say; said as soon as they are there.
fn check_beginning(bytes: &[u8], sender: Sender) -> Result<(), Malformed> {
    let Some(first) = bytes.first() else { return Ok(()) };
    if first & 0x70 != 0 {
        return Err(wrong("a reserved bit is set, and no extension was agreed on", 0..1));
    }
    if matches!(first & 0x0f, 3..=7 | 11..=15) {
        return Err(wrong(format!("the opcode {} is reserved", first & 0x0f), 0..1));
    }
    let Some(second) = bytes.get(1) else { return Ok(()) };
    match (sender, second & 0x80 != 0) {
        (Sender::Client, false) => Err(wrong("a client's frame is not masked", 0..2)),
        (Sender::Server, true) => Err(wrong("a server's frame is masked", 0..2)),
        _ => Ok(()),
    }
}

fn controlled(control: ControlCode, payload: Vec<u8>, start: usize, taken: usize) -> Result<Decoded, Malformed> {
    let control = match control {
        ControlCode::Ping => Control::Ping,
        ControlCode::Pong => Control::Pong,
        ControlCode::Close | ControlCode::Reserved(_) => {
            return Ok(Decoded::Close(farewell(&payload, start)?, taken));
        }
    };
    let message = Message::new(payload).into_control(control);
    Ok(Decoded::Message { message, taken })
}

fn farewell(payload: &[u8], start: usize) -> Result<Farewell, Malformed> {
    let (code, reason) = match payload {
        [] => return Ok(Farewell::of(NO_CODE)),
        [_] => return Err(wrong("a close frame with half a code", start..start + 1)),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    if !may_be_sent(code) {
        let text = format!("a close frame with the code {code}, which none may have");
        return Err(wrong(text, start..start + 2));
    }
    match std::str::from_utf8(reason) {
        Ok(reason) => Ok(Farewell {
            code,
            reason: reason.to_owned(),
        }),
        Err(error) => {
            let at = start + 2 + error.valid_up_to();
            let mut malformed = wrong("the reason of a close frame is not UTF-8", at..at + 1);
            malformed.status = Some(NOT_UTF8);
            Err(malformed)
        }
    }
}

fn name(opcode: OpCode) -> &'static str {
    match opcode {
        OpCode::Data(Data::Text) => "text frame",
        OpCode::Data(Data::Binary) => "binary frame",
        OpCode::Data(_) => "continuation frame",
        OpCode::Control(ControlCode::Ping) => "ping",
        OpCode::Control(ControlCode::Pong) => "pong",
        OpCode::Control(_) => "close frame",
    }
}

fn wrong(why: impl Into<String>, at: std::ops::Range<usize>) -> Malformed {
    let mut malformed = Malformed::new(why, at);
    malformed.status = Some(PROTOCOL_ERROR);
    malformed
}
