//! Whole numbers in bytes.

use std::fmt;

/// How many bytes a `varint` has at most.
const LONGEST_VARINT: usize = 10;

/// How a whole number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// A fixed number of bytes.
    Fixed {
        /// How many bytes: 1, 2, 3, 4 or 8.
        width: usize,
        /// Whether it may be negative, in two's complement.
        signed: bool,
        /// Whether the lowest byte comes first.
        little: bool,
    },
    /// LEB128: seven bits a byte, the lowest first.
    Varint,
}

/// What the front of some bytes is to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// This number, of so many bytes.
    Number(i128, usize),
    /// At least so many bytes are needed.
    More(usize),
    /// More than 64 bits, in so many bytes.
    TooLarge(usize),
}

impl Number {
    /// The names of all of them.
    pub const NAMES: [&'static str; 19] = [
        "u8", "u16", "u24", "u32", "u64", "i8", "i16", "i24", "i32", "i64", "u16le", "u24le", "u32le", "u64le",
        "i16le", "i24le", "i32le", "i64le", "varint",
    ];

    /// The number of this name.
    pub fn named(name: &str) -> Option<Self> {
        if name == "varint" {
            return Some(Self::Varint);
        }
        if !Self::NAMES.contains(&name) {
            return None;
        }
        let (digits, little) = match name.strip_suffix("le") {
            Some(digits) => (digits, true),
            None => (name, false),
        };
        let bits: usize = digits.get(1..)?.parse().ok()?;
        Some(Self::Fixed {
            width: bits / 8,
            signed: digits.starts_with('i'),
            little,
        })
    }

    /// Whether it may be negative.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Fixed { signed: true, .. })
    }

    /// How many bytes it has at the least.
    pub const fn least_size(self) -> usize {
        match self {
            Self::Fixed { width, .. } => width,
            Self::Varint => 1,
        }
    }

    /// How many bytes it has, where that is fixed.
    pub const fn fixed_size(self) -> Option<usize> {
        match self {
            Self::Fixed { width, .. } => Some(width),
            Self::Varint => None,
        }
    }

    /// The least and the most that it can be.
    pub(super) const fn range(self) -> (i128, i128) {
        match self {
            Self::Fixed {
                width, signed: false, ..
            } => (0, (1 << (8 * width)) - 1),
            Self::Fixed {
                width, signed: true, ..
            } => (-(1 << (8 * width - 1)), (1 << (8 * width - 1)) - 1),
            Self::Varint => (0, u64::MAX as i128),
        }
    }

    /// Writes a value, which is within the range.
    pub(super) fn write(self, value: i128, into: &mut Vec<u8>) {
        match self {
            Self::Fixed { width, little, .. } => {
                let bytes = value.to_be_bytes();
                let bytes = &bytes[bytes.len() - width..];
                match little {
                    true => into.extend(bytes.iter().rev()),
                    false => into.extend_from_slice(bytes),
                }
            }
            Self::Varint => {
                let mut rest = value;
                while rest >= 0x80 {
                    into.push((rest & 0x7f) as u8 | 0x80);
                    rest >>= 7;
                }
                into.push(rest as u8);
            }
        }
    }

    /// The number at the front of these bytes.
    pub(super) fn read(self, bytes: &[u8]) -> Met {
        match self {
            Self::Fixed { width, signed, little } => {
                let Some(bytes) = bytes.get(..width) else {
                    return Met::More(width);
                };
                let mut value: i128 = 0;
                for place in 0..width {
                    let byte = bytes[if little { width - 1 - place } else { place }];
                    value = value << 8 | i128::from(byte);
                }
                if signed && value >> (8 * width - 1) != 0 {
                    value -= 1 << (8 * width);
                }
                Met::Number(value, width)
            }
            Self::Varint => {
                let mut value: i128 = 0;
                for (place, byte) in bytes.iter().take(LONGEST_VARINT).enumerate() {
                    value |= i128::from(byte & 0x7f) << (7 * place);
                    if byte & 0x80 == 0 {
                        return match value <= i128::from(u64::MAX) {
                            true => Met::Number(value, place + 1),
                            false => Met::TooLarge(place + 1),
                        };
                    }
                }
                match bytes.len() < LONGEST_VARINT {
                    true => Met::More(bytes.len() + 1),
                    false => Met::TooLarge(LONGEST_VARINT),
                }
            }
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed { width, signed, little } => {
                let letter = if *signed { 'i' } else { 'u' };
                let order = if *little { "le" } else { "" };
                write!(f, "{letter}{}{order}", 8 * width)
            }
            Self::Varint => f.write_str("varint"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str) -> Number {
        Number::named(name).unwrap()
    }

    fn written(name: &str, value: i128) -> Vec<u8> {
        let mut bytes = Vec::new();
        number(name).write(value, &mut bytes);
        bytes
    }

    #[test]
    fn each_name_is_that_of_its_number() {
        for name in Number::NAMES {
            assert_eq!(number(name).to_string(), name);
        }
        for name in ["u12", "u8le", "i8le", "f32", "u", ""] {
            assert_eq!(Number::named(name), None, "{name}");
        }
    }

    #[test]
    fn the_order_of_bytes_is_that_of_the_name() {
        assert_eq!(written("u24", 0x0001_0203), [1, 2, 3]);
        assert_eq!(written("u24le", 0x0001_0203), [3, 2, 1]);
        assert_eq!(written("i16", -2), [0xff, 0xfe]);
        assert_eq!(written("varint", 300), [0xac, 0x02]);
        assert_eq!(number("i24le").read(&[0xfe, 0xff, 0xff, 9]), Met::Number(-2, 3));
        assert_eq!(number("u64").read(&[0xff; 8]), Met::Number(u64::MAX.into(), 8));
    }

    #[test]
    fn both_ends_of_each_range_come_back() {
        for name in Number::NAMES {
            let (least, most) = number(name).range();
            for value in [least, least + 1, 0, most - 1, most] {
                let bytes = written(name, value);
                assert_eq!(number(name).read(&bytes), Met::Number(value, bytes.len()), "{name}");
                assert_eq!(
                    number(name).read(&bytes[..bytes.len() - 1]),
                    Met::More(bytes.len()),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn a_varint_beyond_64_bits_is_too_large() {
        let mut bytes = [0xff; 10];
        assert_eq!(Number::Varint.read(&bytes), Met::TooLarge(10));
        bytes[9] = 2;
        assert_eq!(Number::Varint.read(&bytes), Met::TooLarge(10));
        bytes[9] = 1;
        assert_eq!(Number::Varint.read(&bytes), Met::Number(u64::MAX.into(), 10));
    }
}
