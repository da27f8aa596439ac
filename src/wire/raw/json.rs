//! The end of one JSON value, found byte by byte.
//!
//! Owns where a value ends, as far as its syntax says so; what is within is read afterwards.

use super::Verdict;

/// How deep a value may be nested, which is also what the JSON reader takes.
const DEEPEST: usize = 128;

/// How far one JSON value is on its way.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    state: State,
    /// The open brackets, as what closes them.
    open: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// A value must come.
    #[default]
    Value,
    /// A value must come, or the end of the list.
    First,
    /// A key must come, or the end of the map.
    FirstKey,
    /// A key must come.
    Key,
    /// A colon must come.
    Colon,
    /// A comma or an end must come.
    After,
    /// Within a string; `key`: that of a member.
    String {
        key: bool,
        escape: Escape,
    },
    Number(Number),
    /// Within `true`, `false` or `null`: what is still to come.
    Word(&'static [u8]),
    /// The value is there.
    Done,
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    /// So many digits are still to come.
    Digits(u8),
}

/// What was seen of a number (RFC 8259).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    Sign,
    Power,
}

impl Scanner {
    /// Goes on by one byte.
    pub(super) fn step(&mut self, byte: u8) -> Verdict {
        if let State::Number(number) = self.state {
            match (number.next(byte), number.is_whole()) {
                (Some(next), _) => {
                    self.state = State::Number(next);
                    return Verdict::More;
                }
                (None, true) if self.open.is_empty() => {
                    self.state = State::Dead;
                    return Verdict::Before;
                }
                (None, true) => self.state = State::After,
                (None, false) => self.state = State::Dead,
            }
        }
        self.state = self.next(byte);
        match self.state {
            State::Done => Verdict::Here { last: true },
            State::Dead => Verdict::Dead,
            _ => Verdict::More,
        }
    }

    /// Whether all that was seen is one value.
    pub(super) fn is_whole(&self) -> bool {
        match self.state {
            State::Done => true,
            State::Number(number) => self.open.is_empty() && number.is_whole(),
            _ => false,
        }
    }

    fn next(&mut self, byte: u8) -> State {
        let blank = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match self.state {
            State::String { key, escape } => self.string(key, escape, byte),
            State::Word(rest) => match rest.split_first() {
                Some((expected, rest)) if *expected == byte && rest.is_empty() => self.closed(),
                Some((expected, rest)) if *expected == byte => State::Word(rest),
                _ => State::Dead,
            },
            State::Done | State::Dead => State::Dead,
            state if blank => state,
            State::Value => self.value(byte),
            State::First if byte == b']' => self.close(byte),
            State::First => self.value(byte),
            State::FirstKey if byte == b'}' => self.close(byte),
            State::FirstKey | State::Key if byte == b'"' => State::String {
                key: true,
                escape: Escape::None,
            },
            State::Colon if byte == b':' => State::Value,
            State::After => match (byte, self.open.last()) {
                (b',', Some(b'}')) => State::Key,
                (b',', Some(_)) => State::Value,
                _ => self.close(byte),
            },
            _ => State::Dead,
        }
    }

    fn value(&mut self, byte: u8) -> State {
        let (end, state) = match byte {
            b'[' => (b']', State::First),
            b'{' => (b'}', State::FirstKey),
            b'"' => {
                return State::String {
                    key: false,
                    escape: Escape::None,
                };
            }
            b't' => return State::Word(b"rue"),
            b'f' => return State::Word(b"alse"),
            b'n' => return State::Word(b"ull"),
            b'-' => return State::Number(Number::Minus),
            b'0' => return State::Number(Number::Zero),
            b'1'..=b'9' => return State::Number(Number::Integer),
            _ => return State::Dead,
        };
        // The reader's limit counts the value itself.
        if self.open.len() + 1 >= DEEPEST {
            return State::Dead;
        }
        self.open.push(end);
        state
    }

    fn string(&mut self, key: bool, escape: Escape, byte: u8) -> State {
        let within = |escape| State::String { key, escape };
        match (escape, byte) {
            (Escape::None, b'"') if key => State::Colon,
            (Escape::None, b'"') => self.closed(),
            (Escape::None, b'\\') => within(Escape::Begun),
            (Escape::None, 0..=0x1f) => State::Dead,
            (Escape::None, _) => within(Escape::None),
            (Escape::Begun, b'u') => within(Escape::Digits(4)),
            (Escape::Begun, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => within(Escape::None),
            (Escape::Digits(1), byte) if byte.is_ascii_hexdigit() => within(Escape::None),
            (Escape::Digits(left), byte) if byte.is_ascii_hexdigit() => within(Escape::Digits(left - 1)),
            _ => State::Dead,
        }
    }

    fn close(&mut self, byte: u8) -> State {
        match self.open.pop() {
            Some(end) if end == byte => self.closed(),
            _ => State::Dead,
        }
    }

    /// What comes after a whole value.
    fn closed(&self) -> State {
        match self.open.is_empty() {
            true => State::Done,
            false => State::After,
        }
    }
}

impl Number {
    fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => return None,
        })
    }

    fn is_whole(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::Power)
    }
}
