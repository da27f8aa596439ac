//! Single values: numbers, bits, names and addresses, as JSON and as bytes.
//!
//! Owns what a scenario may write for a value, and the one form in which it is read from bytes. Does not own texts, bytes
//! and lists, which go as far as something else says (`kind`).

use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::HEXLOWER;
use serde_json::{Number as JsonNumber, Value as Json};

use super::name;
use super::number::Number;
use crate::wire::hex;
use crate::wire::integer::integer;

/// A value whose type says how many bytes it has, or that says so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A whole number.
    Number(Number),
    /// A number in IEEE 754's binary32.
    F32 {
        /// Whether the lowest byte comes first.
        little: bool,
    },
    /// A number in IEEE 754's binary64.
    F64 {
        /// Whether the lowest byte comes first.
        little: bool,
    },
    /// So many bits, the highest first.
    Bits(u32),
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A domain name, as DNS has it.
    DnsName,
}

impl Scalar {
    /// The scalar of this name; `b1` to `b64` are bits.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "f32" => Self::F32 { little: false },
            "f32le" => Self::F32 { little: true },
            "f64" => Self::F64 { little: false },
            "f64le" => Self::F64 { little: true },
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "dns_name" => Self::DnsName,
            name => match name.strip_prefix('b').map(str::parse) {
                Some(Ok(bits @ 1..=64)) if !name.starts_with("b0") && !name.contains('+') => Self::Bits(bits),
                _ => return Number::named(name).map(Self::Number),
            },
        })
    }

    /// How many bytes it has at the least; bits have none of their own.
    pub(super) const fn least_size(self) -> usize {
        match self {
            Self::Number(number) => number.least_size(),
            Self::Bits(_) => 0,
            Self::DnsName => 1,
            Self::F32 { .. } | Self::Ipv4 => 4,
            Self::F64 { .. } => 8,
            Self::Ipv6 => 16,
        }
    }

    /// How many bytes it has, where that is fixed.
    pub(super) const fn fixed_size(self) -> Option<usize> {
        match self {
            Self::Number(number) => number.fixed_size(),
            Self::DnsName => None,
            other => Some(other.least_size()),
        }
    }

    pub(super) fn empty(self) -> Json {
        match self {
            Self::Number(_) | Self::Bits(_) => Json::from(0),
            Self::F32 { .. } | Self::F64 { .. } => Json::from(0.0),
            Self::Ipv4 => Ipv4Addr::UNSPECIFIED.to_string().into(),
            Self::Ipv6 => Ipv6Addr::UNSPECIFIED.to_string().into(),
            Self::DnsName => ".".into(),
        }
    }

    /// The value as it is read from bytes, or what is wrong with it.
    pub fn canonical(self, value: &Json) -> Result<Json, String> {
        match self {
            Self::Number(_) | Self::Bits(_) => self.whole(value).map(number),
            Self::F32 { .. } => {
                let float = float(value)? as f32;
                Ok(from_float(f64::from(float), &float.to_string()))
            }
            Self::F64 { .. } => {
                let float = float(value)?;
                Ok(from_float(float, &float.to_string()))
            }
            Self::Ipv4 => address::<Ipv4Addr>(value, "an IPv4 address, such as \"192.0.2.1\"").map(|(_, text)| text),
            Self::Ipv6 => address::<Ipv6Addr>(value, "an IPv6 address, such as \"2001:db8::1\"").map(|(_, text)| text),
            Self::DnsName => {
                let labels = name::labels(text(value, "a domain name, such as \"example.com\"")?)?;
                Ok(name::text(labels.iter().map(Vec::as_slice)).into())
            }
        }
    }

    /// The whole number that a value is, where this can hold it.
    pub(super) fn whole(self, value: &Json) -> Result<i128, String> {
        let whole = whole(value)?;
        let (least, most) = match self {
            Self::Number(number) => number.range(),
            Self::Bits(bits) => (0, (1 << bits) - 1),
            _ => return Ok(whole),
        };
        match whole >= least && whole <= most {
            true => Ok(whole),
            false => Err(format!("{whole} is out of range: `{self}` holds {least} to {most}")),
        }
    }

    /// Writes a value that is neither bits nor a domain name.
    pub(super) fn write(self, value: &Json, into: &mut Vec<u8>) -> Result<(), String> {
        let mut put = |bytes: &mut [u8], little: bool| {
            if little {
                bytes.reverse();
            }
            into.extend_from_slice(bytes);
        };
        match self {
            Self::Number(number) => number.write(self.whole(value)?, into),
            Self::F32 { little } => put(&mut (float(value)? as f32).to_be_bytes(), little),
            Self::F64 { little } => put(&mut float(value)?.to_be_bytes(), little),
            Self::Ipv4 => put(&mut address::<Ipv4Addr>(value, "an IPv4 address")?.0.octets(), false),
            Self::Ipv6 => put(&mut address::<Ipv6Addr>(value, "an IPv6 address")?.0.octets(), false),
            Self::Bits(_) | Self::DnsName => {}
        }
        Ok(())
    }

    /// The value of these bytes, of which there are as many as its fixed size says; none for what has no such size.
    pub(super) fn read(self, bytes: &[u8]) -> Option<Json> {
        let ordered = |little: bool| {
            let mut bytes = bytes.to_vec();
            if little {
                bytes.reverse();
            }
            bytes
        };
        Some(match self {
            Self::F32 { little } => {
                let float = f32::from_be_bytes(ordered(little).try_into().ok()?);
                from_float(f64::from(float), &float.to_string())
            }
            Self::F64 { little } => {
                let float = f64::from_be_bytes(ordered(little).try_into().ok()?);
                from_float(float, &float.to_string())
            }
            Self::Ipv4 => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).to_string().into(),
            Self::Ipv6 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_string().into(),
            Self::Number(_) | Self::Bits(_) | Self::DnsName => return None,
        })
    }
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let le = |little: &bool| if *little { "le" } else { "" };
        match self {
            Self::Number(number) => number.fmt(f),
            Self::F32 { little } => write!(f, "f32{}", le(little)),
            Self::F64 { little } => write!(f, "f64{}", le(little)),
            Self::Bits(bits) => write!(f, "b{bits}"),
            Self::Ipv4 => f.write_str("ipv4"),
            Self::Ipv6 => f.write_str("ipv6"),
            Self::DnsName => f.write_str("dns_name"),
        }
    }
}

/// A whole number as it may be written: `3`, `"3"`, `"0x1f"`, `"'Q'"`; `true` is 1.
pub(super) fn whole(value: &Json) -> Result<i128, String> {
    let found = match value {
        Json::Bool(value) => Some(i128::from(*value)),
        Json::Number(number) => integer(number),
        Json::String(text) => literal(text),
        _ => None,
    };
    found.ok_or_else(|| format!("expected a whole number, found {}", shown(value)))
}

/// A whole number as text.
pub(super) fn literal(text: &str) -> Option<i128> {
    let text = text.trim();
    if let Some(quoted) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        let mut characters = quoted.chars();
        let first = characters.next()?;
        return characters.next().is_none().then(|| i128::from(u32::from(first)));
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    // `from_str_radix` takes a sign of its own.
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if hex.starts_with(|c: char| c.is_ascii_hexdigit()) => i128::from_str_radix(hex, 16).ok()?,
        Some(_) => return None,
        None => digits.parse::<i128>().ok()?,
    };
    Some(sign * value)
}

/// A whole number as JSON; all that is read or written fits.
pub(super) fn number(value: i128) -> Json {
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(value), _) => value.into(),
        (_, Ok(value)) => value.into(),
        _ => Json::Null,
    }
}

/// Bytes as they are read: hexadecimal in lower case, without blanks.
pub(super) fn from_bytes(bytes: &[u8]) -> Json {
    HEXLOWER.encode(bytes).into()
}

/// Bytes as they may be written, in hexadecimal.
pub(super) fn bytes(value: &Json) -> Result<Vec<u8>, String> {
    hex::bytes(text(value, "bytes in hexadecimal")?)
}

pub(super) fn text<'v>(value: &'v Json, what: &str) -> Result<&'v str, String> {
    let text = value.as_str();
    text.ok_or_else(|| format!("expected {what}, found {}", shown(value)))
}

/// A value in a mistake.
pub(super) fn shown(value: &Json) -> String {
    match value {
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        Json::String(text) if text.chars().count() > 40 => "a text".to_owned(),
        other => other.to_string(),
    }
}

fn float(value: &Json) -> Result<f64, String> {
    let found = match value {
        Json::Number(number) => number.as_f64(),
        // What JSON has no numbers for.
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    found.ok_or_else(|| format!("expected a number, found {}", shown(value)))
}

/// A float as JSON: the shortest text that is it, so that 0.1 in four bytes is 0.1.
fn from_float(float: f64, text: &str) -> Json {
    let short = text
        .parse()
        .ok()
        .filter(|short: &f64| short.is_finite())
        .unwrap_or(float);
    JsonNumber::from_f64(short).map_or_else(|| Json::String(text.to_owned()), Json::Number)
}

fn address<A: std::str::FromStr + ToString>(value: &Json, what: &str) -> Result<(A, Json), String> {
    let text = text(value, what)?;
    let address: A = text.parse().map_err(|_| format!("{text:?} is not {what}"))?;
    let written = address.to_string();
    Ok((address, written.into()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn canonical(name: &str, value: Json) -> Result<Json, String> {
        Scalar::named(name).unwrap().canonical(&value)
    }

    #[test]
    fn whole_numbers_may_be_written_in_several_ways() {
        for value in [json!(81), json!("81"), json!("0x51"), json!("'Q'"), json!(81.0)] {
            assert_eq!(canonical("u8", value), Ok(json!(81)));
        }
        assert_eq!(canonical("b1", json!(true)), Ok(json!(1)));
        assert_eq!(canonical("i8", json!("-0x80")), Ok(json!(-128)));
        assert_eq!(canonical("u64", json!(u64::MAX)), Ok(json!(u64::MAX)));
        for value in [
            json!("x"),
            json!(""),
            json!("--1"),
            json!("0x-1"),
            json!("''"),
            json!(1.5),
            json!([]),
        ] {
            assert!(canonical("u8", value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn a_value_out_of_range_says_the_range() {
        let error = canonical("u8", json!(256)).unwrap_err();
        assert_eq!(error, "256 is out of range: `u8` holds 0 to 255");
        assert!(canonical("b3", json!(8)).unwrap_err().contains("`b3` holds 0 to 7"));
        assert!(
            canonical("i16le", json!(40_000))
                .unwrap_err()
                .contains("-32768 to 32767")
        );
        assert!(canonical("u16", json!(-1)).is_err());
    }

    #[test]
    fn floats_have_their_shortest_form() {
        let mut bytes = Vec::new();
        let f32 = Scalar::named("f32").unwrap();
        f32.write(&json!(0.1), &mut bytes).unwrap();
        assert_eq!(
            (f32.read(&bytes), bytes),
            (Some(json!(0.1)), vec![0x3d, 0xcc, 0xcc, 0xcd])
        );
        assert_eq!(canonical("f64le", json!("NaN")), Ok(json!("NaN")));
        assert_eq!(canonical("f32", json!("-inf")), Ok(json!("-inf")));
        assert_eq!(canonical("f32", json!(1e300)), Ok(json!("inf")));
        assert!(canonical("f64", json!("much")).is_err());
    }

    #[test]
    fn addresses_have_one_form() {
        assert_eq!(canonical("ipv6", json!("2001:DB8:0::1")), Ok(json!("2001:db8::1")));
        assert!(canonical("ipv4", json!("1.2.3")).unwrap_err().contains("192.0.2.1"));
        let ipv4 = Scalar::Ipv4;
        assert_eq!(ipv4.read(&[192, 0, 2, 1]), Some(json!("192.0.2.1")));
    }

    #[test]
    fn names_of_bits_are_those_of_1_to_64() {
        assert_eq!(Scalar::named("b64"), Some(Scalar::Bits(64)));
        for name in ["b0", "b65", "b", "b01", "bytes", "b+1"] {
            assert_eq!(Scalar::named(name), None, "{name}");
        }
    }
}
