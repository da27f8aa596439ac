//! Single types: which bytes each has, and what they are.

use serde_json::{Map, Value as Json};

use super::super::kind::Kind;
use super::super::name;
use super::super::number::{Met, Number};
use super::super::scalar::{self, Scalar};
use super::{Place, Read, Reader, Stop};

impl Reader<'_> {
    pub(super) fn kind(&mut self, kind: &Kind, place: Place, fields: &Map<String, Json>) -> Read<(Json, usize)> {
        match kind {
            Kind::Scalar(scalar) => self.scalar(*scalar, place),
            Kind::Bytes(extent) => {
                let Some((content, next)) = self.content(extent, place, fields)? else {
                    return self.null(place, extent);
                };
                let value = scalar::from_bytes(&self.bytes[content]);
                self.part(place.at..next, None, &value);
                Ok((value, next))
            }
            Kind::Text(extent) => {
                let Some((content, next)) = self.content(extent, place, fields)? else {
                    return self.null(place, extent);
                };
                let start = content.start;
                match std::str::from_utf8(&self.bytes[content]) {
                    Ok(text) => {
                        let value = Json::from(text);
                        self.part(place.at..next, None, &value);
                        Ok((value, next))
                    }
                    Err(error) => {
                        let at = start + error.valid_up_to();
                        self.wrong(at, format!("0x{:02x} is no UTF-8", self.bytes[at]))
                    }
                }
            }
            Kind::Message(at, extent) => self.inside(extent, place, fields, |reader, place| {
                let (values, next) = reader.fields_of(*at, place)?;
                Ok((Json::Object(values), next))
            }),
            Kind::List(of, extent) => self.list(of, extent, place, fields),
            Kind::Switch {
                on,
                cases,
                other,
                extent,
            } => {
                let value = on.value(fields);
                let value = self.or_wrong(place.at, value)?;
                let key = crate::wire::template::write(&value);
                let case = cases.iter().find(|(case, _)| *case == key).map(|(_, kind)| kind);
                let Some(kind) = case.or(other.as_deref()) else {
                    let text = format!("no case is for `{}` = {key}, and there is no `else`", on.source());
                    return self.wrong(place.at, text);
                };
                self.inside(extent, place, fields, |reader, place| reader.kind(kind, place, fields))
            }
        }
    }

    fn scalar(&mut self, scalar: Scalar, place: Place) -> Read<(Json, usize)> {
        let (value, next) = match scalar {
            Scalar::Number(number) => {
                let (value, next) = self.number(number, place)?;
                (scalar::number(value), next)
            }
            Scalar::DnsName => {
                let end = place.end.unwrap_or(usize::MAX);
                match name::read(self.bytes, place.at, end) {
                    Ok((text, next)) => {
                        self.looked = self.looked.max(next);
                        (text.into(), next)
                    }
                    Err(name::NameError::Short(needs)) => return Err(Stop::Short(needs)),
                    Err(name::NameError::Wrong { at, why, looked }) => {
                        self.looked = self.looked.max(looked);
                        return self.wrong(at, why);
                    }
                }
            }
            scalar => {
                let bytes = self.take(place.at, scalar.least_size(), place.end)?;
                let next = bytes.end;
                (scalar.read(&self.bytes[bytes]).unwrap_or(Json::Null), next)
            }
        };
        self.part(place.at..next, None, &value);
        Ok((value, next))
    }

    pub(super) fn number(&mut self, number: Number, place: Place) -> Read<(i128, usize)> {
        let to = place.end.unwrap_or(self.bytes.len()).min(self.bytes.len());
        match number.read(self.bytes.get(place.at..to).unwrap_or_default()) {
            Met::Number(value, size) => {
                self.looked = self.looked.max(place.at + size);
                Ok((value, place.at + size))
            }
            Met::TooLarge(size) => {
                self.looked = self.looked.max(place.at + size);
                self.wrong(place.at, "the number has more than 64 bits")
            }
            Met::More(size) => {
                self.take(place.at, size, place.end)?;
                self.wrong(place.at, "the number does not end")
            }
        }
    }
}
