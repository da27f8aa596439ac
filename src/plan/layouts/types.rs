//! The types of fields, and how far they go.

use serde_json::Value;

use super::super::compile::Compiler;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::written::{At, FieldExtent, FieldKind, FieldType, Layout, LayoutField};
use crate::wire::hex;
use crate::wire::layout::{Extent, Kind, Number, Scalar};

/// Types that are neither numbers nor bits.
const OTHERS: [&str; 12] = [
    "f32", "f32le", "f64", "f64le", "bytes", "utf8", "cstring", "ipv4", "ipv6", "dns_name", "list", "b1",
];

/// How a name of a text's end is told.
const NUL: [u8; 1] = [0];

/// Whether a type of the format has this name.
pub(super) fn is_type(name: &str) -> bool {
    OTHERS.contains(&name) || Scalar::named(name).is_some()
}

/// How many bits a field has as it is written, where it has bits.
pub(super) fn bits_of(field: &LayoutField) -> Option<u32> {
    match &field.kind {
        FieldKind::One(one) => match Scalar::named(&one.name.value) {
            Some(Scalar::Bits(bits)) => Some(bits),
            _ => None,
        },
        FieldKind::Switch { .. } => None,
    }
}

/// A whole number as a case may be written.
pub(super) fn literal(text: &str) -> Option<Value> {
    Scalar::named("i64")?.canonical(&Value::from(text)).ok()
}

/// What a field of this type always is, as it is read from bytes.
pub(super) fn fixed_value(kind: &Kind, value: &Value) -> Result<Value, String> {
    let unquoted = |text: &str| {
        let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        inner.unwrap_or(text).to_owned()
    };
    match (kind, value) {
        (Kind::Scalar(scalar), value) => scalar.canonical(value),
        (Kind::Text(_), Value::String(text)) => Ok(unquoted(text).into()),
        (Kind::Text(_), other) => Err(format!("expected a text, found {other}")),
        (Kind::Bytes(_), Value::String(text)) => {
            let bytes = hex::bytes(text)?;
            Ok(data_encoding::HEXLOWER.encode(&bytes).into())
        }
        (Kind::Bytes(_), other) => Err(format!("expected bytes in hexadecimal, found {other}")),
        _ => Err("only numbers, texts, bytes, names and addresses can be always the same".to_owned()),
    }
}

impl Compiler<'_> {
    /// A type; `bits` may stand there.
    pub(super) fn kind(
        &mut self,
        written: &FieldType,
        before: &[LayoutField],
        all: &[Layout],
        bits: bool,
    ) -> Option<Kind> {
        let name = written.name.value.as_str();
        if let (Some(of), true) = (&written.of, name != "list") {
            let text = format!("`of` is for a `list`, and not for `{name}`");
            self.mistake(Mistake::new(of.name.span, text));
            return None;
        }
        let what = format!("`{name}`");
        let mut extent = |allowed: &[&str]| self.extent(&written.extents, before, allowed, &what);
        match name {
            "bytes" | "utf8" => {
                let extent = extent(&["prefix", "size", "until"])?.unwrap_or(Extent::End);
                Some(match name {
                    "bytes" => Kind::Bytes(extent),
                    _ => Kind::Text(extent),
                })
            }
            "cstring" => {
                extent(&[])?;
                Some(Kind::Text(Extent::Until(NUL.to_vec())))
            }
            "list" => {
                let extent = extent(&["prefix", "size", "count", "until"])?.unwrap_or(Extent::End);
                let Some(of) = &written.of else {
                    let text = "a list needs `of`: the type of its elements";
                    self.mistake(Mistake::new(written.name.span, text));
                    return None;
                };
                let of = self.kind(of, before, all, false)?;
                Some(Kind::List(Box::new(of), extent))
            }
            name => match (
                Scalar::named(name),
                all.iter().position(|layout| layout.name.value == name),
            ) {
                (Some(Scalar::Bits(_)), _) if !bits => {
                    let text = format!("`{name}` has bits, which stand beside others in a message alone");
                    self.mistake(Mistake::new(written.name.span, text));
                    None
                }
                (Some(scalar), _) => {
                    extent(&[])?;
                    Some(Kind::Scalar(scalar))
                }
                (None, Some(at)) => {
                    let extent = extent(&["prefix", "size"])?.unwrap_or(Extent::End);
                    Some(Kind::Message(at, extent))
                }
                (None, None) => {
                    self.unknown_type(&written.name, all);
                    None
                }
            },
        }
    }

    fn unknown_type(&mut self, name: &At<String>, all: &[Layout]) {
        let text = format!("`{}` is no type, and no message is called so", name.value);
        let known = Number::NAMES.into_iter().chain(OTHERS);
        let known = known.chain(all.iter().map(|layout| layout.name.value.as_str()));
        let mistake = Mistake::new(name.span, text);
        self.mistake(match nearest(&name.value, known) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help(
                "types are `u8` to `u64` and `i8` to `i64` (with `le`: the lowest byte first), `varint`, `f32`, `f64`, `b1` to \
                 `b64`, `bytes`, `utf8`, `cstring`, `ipv4`, `ipv6`, `dns_name`, `list`, and the names of `messages`",
            ),
        });
    }

    /// How far something goes; none where nothing says so.
    pub(super) fn extent(
        &mut self,
        extents: &[FieldExtent],
        before: &[LayoutField],
        allowed: &[&str],
        what: &str,
    ) -> Option<Option<Extent>> {
        for extent in extents {
            if !allowed.contains(&word(extent)) {
                let text = format!("`{}` has no meaning for {what}", word(extent));
                self.mistake(Mistake::new(extent.span(), text));
                return None;
            }
        }
        if let [first, second, ..] = extents {
            let text = format!(
                "`{}` stands beside `{}`; one says how far it goes",
                word(second),
                word(first)
            );
            let note = format!("`{}` stands here", word(first));
            self.mistake(Mistake::new(second.span(), text).note(first.span(), note));
            return None;
        }
        let Some(extent) = extents.first() else {
            return Some(None);
        };
        Some(Some(match extent {
            FieldExtent::Prefix(name) => match Number::named(&name.value) {
                Some(number) => Extent::Prefix(number),
                None => {
                    let text = format!("a prefix is a whole number, and `{}` is none", name.value);
                    let mistake = Mistake::new(name.span, text).did_you_mean(&name.value, Number::NAMES);
                    self.mistake(mistake);
                    return None;
                }
            },
            FieldExtent::Size(text) => Extent::Size(self.formula(text, before)?),
            FieldExtent::Count(text) => Extent::Count(self.formula(text, before)?),
            FieldExtent::Until(text) => match hex::bytes(&text.value) {
                Ok(bytes) if !bytes.is_empty() => Extent::Until(bytes),
                Ok(_) => {
                    self.mistake(Mistake::new(text.span, "`until` needs one byte at least"));
                    return None;
                }
                Err(why) => {
                    self.mistake(Mistake::new(text.span, why));
                    return None;
                }
            },
        }))
    }
}

const fn word(extent: &FieldExtent) -> &'static str {
    match extent {
        FieldExtent::Prefix(_) => "prefix",
        FieldExtent::Size(_) => "size",
        FieldExtent::Count(_) => "count",
        FieldExtent::Until(_) => "until",
    }
}
