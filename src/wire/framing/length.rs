//! Messages whose length is known beforehand.

use std::ops::Range;

use super::{Malformed, Progress, Unframable};
use crate::units::show_size;

/// How a length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// So many bytes, the highest first.
    Big(usize),
    /// So many bytes, the lowest first.
    Little(usize),
    /// LEB128.
    Varint,
}

/// How many bytes a `varint` has at most.
const LONGEST_VARINT: usize = 10;

impl Number {
    /// The number of this name.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        Ok(match name {
            "u8" => Self::Big(1),
            "u16" => Self::Big(2),
            "u24" => Self::Big(3),
            "u32" => Self::Big(4),
            "u64" => Self::Big(8),
            "u16le" => Self::Little(2),
            "u24le" => Self::Little(3),
            "u32le" => Self::Little(4),
            "u64le" => Self::Little(8),
            "varint" => Self::Varint,
            other => {
                return Err(format!(
                    "`{other}` is no length; one of `u8`, `u16`, `u24`, `u32`, `u64`, `u16le`, `u24le`, `u32le`, `u64le`, `varint` is needed"
                ));
            }
        })
    }

    /// A message with this number before it.
    pub(super) fn prefixed(self, bytes: &[u8], limit: u64) -> Result<Progress, Malformed> {
        match self.read(bytes, 0)? {
            Some((value, width)) => frame(width, value, 0..width, bytes, limit),
            None => Ok(Progress::More { want: None }),
        }
    }

    /// A message with this number in it.
    pub(super) fn within(self, at: u64, add: Option<i64>, bytes: &[u8], limit: u64) -> Result<Progress, Malformed> {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        // Bytes up to the number are part of the message, so it has to stand within the limit.
        let within = bytes.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
        let Some((value, width)) = self.read(&bytes[..within], at)? else {
            return match bytes.len() > within {
                true => Err(super::too_long(limit)),
                false => Ok(Progress::More { want: None }),
            };
        };
        let header = at + width;
        let whole = match add {
            Some(add) => i128::from(value) + i128::from(add),
            None => i128::from(value) + header as i128,
        };
        if whole < header as i128 {
            let why = format!("the frame is said to have {whole} bytes, less than the {header} up to its length");
            return Err(Malformed::new(why, at..header));
        }
        // Beyond 64 bits it is over any limit as well.
        frame(0, u64::try_from(whole).unwrap_or(u64::MAX), at..header, bytes, limit)
    }

    /// Writes a number.
    pub(super) fn write(self, value: u64, into: &mut Vec<u8>) -> Result<(), Unframable> {
        match self {
            Self::Big(width) | Self::Little(width) => {
                if width < 8 && value >> (8 * width) != 0 {
                    return Err(Unframable(format!(
                        "the payload has {value} bytes, more than a length of {} bits can say",
                        8 * width
                    )));
                }
                match self {
                    Self::Little(_) => into.extend_from_slice(&value.to_le_bytes()[..width]),
                    _ => into.extend_from_slice(&value.to_be_bytes()[8 - width..]),
                }
            }
            Self::Varint => {
                let mut rest = value;
                while rest >= 0x80 {
                    into.push(rest as u8 | 0x80);
                    rest >>= 7;
                }
                into.push(rest as u8);
            }
        }
        Ok(())
    }

    /// The number at an offset and its width, where all of it is there.
    fn read(self, bytes: &[u8], at: usize) -> Result<Option<(u64, usize)>, Malformed> {
        let bytes = bytes.get(at..).unwrap_or_default();
        Ok(match self {
            Self::Big(width) => bytes.get(..width).map(|field| (joined(field.iter()), width)),
            Self::Little(width) => bytes.get(..width).map(|field| (joined(field.iter().rev()), width)),
            Self::Varint => {
                let mut value = 0_u64;
                for (index, byte) in bytes.iter().take(LONGEST_VARINT).enumerate() {
                    let part = u64::from(byte & 0x7f);
                    if index == LONGEST_VARINT - 1 && *byte > 1 {
                        let where_it_stands = at..at + LONGEST_VARINT;
                        return Err(Malformed::new("the length does not fit 64 bits", where_it_stands));
                    }
                    value |= part << (7 * index);
                    if byte & 0x80 == 0 {
                        return Ok(Some((value, index + 1)));
                    }
                }
                None
            }
        })
    }
}

/// A length in decimal digits and a colon, a message, and a comma.
pub(super) fn netstring(bytes: &[u8], limit: u64) -> Result<Progress, Malformed> {
    let mut size = 0_u64;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' if at > 0 && bytes[0] == b'0' => {
                return Err(Malformed::new(
                    "a netstring's length has no 0 before its digits",
                    0..at + 1,
                ));
            }
            b'0'..=b'9' => {
                size = size.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
                if size > limit {
                    let limit = show_size(limit);
                    let why = format!("the frame is said to have {size} bytes or more, more than the limit of {limit}");
                    return Err(Malformed::new(why, 0..at + 1));
                }
            }
            b':' if at > 0 => return body_and_comma(bytes, at + 1, size),
            _ => {
                let why = "a netstring begins with its length in decimal digits and a colon";
                return Err(Malformed::new(why, at..at + 1));
            }
        }
    }
    Ok(Progress::More { want: None })
}

fn body_and_comma(bytes: &[u8], start: usize, size: u64) -> Result<Progress, Malformed> {
    let end = (start as u64).saturating_add(size);
    let comma = usize::try_from(end).ok().and_then(|end| Some((end, *bytes.get(end)?)));
    Ok(match comma {
        Some((end, b',')) => Progress::Message {
            body: start..end,
            taken: end + 1,
        },
        Some((end, _)) => {
            let why = format!("a netstring of {size} bytes is not followed by a comma");
            return Err(Malformed::new(why, end..end + 1));
        }
        None => Progress::More {
            want: Some(end.saturating_add(1)),
        },
    })
}

/// A message of `size` bytes behind `header` others; `said` is where its size is.
pub(super) fn frame(
    header: usize,
    size: u64,
    said: Range<usize>,
    bytes: &[u8],
    limit: u64,
) -> Result<Progress, Malformed> {
    if size > limit {
        let limit = show_size(limit);
        let why = format!("the frame is said to have {size} bytes, more than the limit of {limit}");
        return Err(Malformed::new(why, said));
    }
    let whole = (header as u64).saturating_add(size);
    Ok(match usize::try_from(whole) {
        Ok(whole) if bytes.len() >= whole => Progress::Message {
            body: header..whole,
            taken: whole,
        },
        _ => Progress::More { want: Some(whole) },
    })
}

fn joined<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0, |value, byte| value << 8 | u64::from(*byte))
}
