//! The bytes of single types, and what says how far they go.

use memchr::memmem;
use serde_json::{Map, Value as Json};

use super::super::kind::{Extent, Kind};
use super::super::number::Number;
use super::super::scalar::{self, Scalar};
use super::super::{Formula, name};
use super::{Step, Writer, Written};
use crate::wire::hex;

impl Writer<'_> {
    /// Writes a value, and gives it as it is read from the bytes; without one what is empty.
    pub(super) fn kind(&mut self, kind: &Kind, value: Option<&Json>, fields: &Map<String, Json>) -> Written<Json> {
        match kind {
            Kind::Switch {
                on,
                cases,
                other,
                extent,
            } => {
                let decides = on.value(fields);
                let key = crate::wire::template::write(&self.or_wrong(decides)?);
                let case = cases.iter().find(|(case, _)| *case == key).map(|(_, kind)| kind);
                match case.or(other.as_deref()) {
                    Some(kind) if value == Some(&Json::Null) && matches!(extent, Extent::Prefix(_)) => {
                        self.null(extent, kind)
                    }
                    Some(kind) => self.inside(extent, fields, |writer| writer.kind(kind, value, fields)),
                    None => {
                        let text = format!("no case is for `{}` = {key}, and there is no `else`", on.source());
                        self.wrong(text)
                    }
                }
            }
            kind if value == Some(&Json::Null) => match kind.extent() {
                Some(extent) => self.null(extent, kind),
                None => self.wrong("`null` is nothing that can be sent here"),
            },
            Kind::Scalar(scalar) => self.scalar(*scalar, value),
            Kind::Bytes(extent) => {
                let empty = kind.empty();
                let bytes = scalar::bytes(value.unwrap_or(&empty));
                let bytes = self.or_wrong(bytes)?;
                self.content(extent, &bytes, fields)?;
                Ok(scalar::from_bytes(&bytes))
            }
            Kind::Text(extent) => {
                let empty = kind.empty();
                let text = scalar::text(value.unwrap_or(&empty), "a text").map(str::to_owned);
                let text = self.or_wrong(text)?;
                self.content(extent, text.as_bytes(), fields)?;
                Ok(text.into())
            }
            Kind::Message(at, extent) => {
                let message = |writer: &mut Self| writer.message(*at, value).map(Json::Object);
                self.inside(extent, fields, message)
            }
            Kind::List(of, extent) => match value {
                None => self.list(of, extent, &[], fields),
                Some(Json::Array(list)) => self.list(of, extent, list, fields),
                Some(other) => self.wrong(format!("expected a list, found {}", scalar::shown(other))),
            },
        }
    }

    fn scalar(&mut self, scalar: Scalar, value: Option<&Json>) -> Written<Json> {
        let empty = scalar.empty();
        let canonical = scalar.canonical(value.unwrap_or(&empty));
        let value = self.or_wrong(canonical)?;
        match scalar {
            Scalar::DnsName => {
                let labels = name::labels(value.as_str().unwrap_or_default());
                let labels = self.or_wrong(labels)?;
                self.names.write(&labels, &mut self.out);
            }
            scalar => {
                let written = scalar.write(&value, &mut self.out);
                self.or_wrong(written)?;
            }
        }
        Ok(value)
    }

    /// Nothing, where a prefix can say so.
    fn null(&mut self, extent: &Extent, kind: &Kind) -> Written<Json> {
        match extent {
            Extent::Prefix(number) if number.is_signed() => {
                number.write(-1, &mut self.out);
                Ok(Json::Null)
            }
            _ => {
                let what = if matches!(kind, Kind::List(..)) { "list" } else { "text" };
                self.wrong(format!(
                    "`null` needs a signed prefix, such as `i32`, whose -1 says that there is no {what}"
                ))
            }
        }
    }

    /// Text or bytes.
    fn content(&mut self, extent: &Extent, bytes: &[u8], fields: &Map<String, Json>) -> Written<()> {
        match extent {
            Extent::End | Extent::Count(_) => self.out.extend_from_slice(bytes),
            Extent::Prefix(number) => {
                self.number(*number, bytes.len() as u64)?;
                self.out.extend_from_slice(bytes);
            }
            Extent::Size(size) => {
                self.check_size(size, bytes.len(), fields);
                self.out.extend_from_slice(bytes);
            }
            Extent::Until(delimiter) => {
                let whole = [bytes, delimiter].concat();
                if memmem::find(&whole, delimiter) != Some(bytes.len()) {
                    let text = format!("there is a `{}` in it, at which it ends", hex::show(delimiter));
                    return self.wrong(text);
                }
                self.out.extend_from_slice(&whole);
            }
        }
        Ok(())
    }

    /// A message or one of several types, which may say its size.
    fn inside(
        &mut self,
        extent: &Extent,
        fields: &Map<String, Json>,
        write: impl FnOnce(&mut Self) -> Written<Json>,
    ) -> Written<Json> {
        match extent {
            Extent::Prefix(number) => {
                let place = self.next;
                self.next += 1;
                let assumed = self.sizes.get(place).copied().unwrap_or(0);
                self.number(*number, assumed)?;
                let start = self.out.len();
                let value = write(self)?;
                self.found(place, (self.out.len() - start) as u64);
                Ok(value)
            }
            Extent::Size(size) => {
                let start = self.out.len();
                let value = write(self)?;
                self.check_size(size, self.out.len() - start, fields);
                Ok(value)
            }
            Extent::End | Extent::Count(_) | Extent::Until(_) => write(self),
        }
    }

    fn list(&mut self, of: &Kind, extent: &Extent, list: &[Json], fields: &Map<String, Json>) -> Written<Json> {
        match extent {
            Extent::Prefix(number) => self.number(*number, list.len() as u64)?,
            Extent::Count(count) => {
                let had = list.len();
                match count.size(fields) {
                    Ok(says) if says == had as u64 => {}
                    Ok(says) => {
                        self.complain(format!(
                            "there are {had} elements, and `{}` says {says}",
                            count.source()
                        ));
                    }
                    Err(why) => self.complain(why),
                }
            }
            Extent::End | Extent::Size(_) | Extent::Until(_) => {}
        }
        let start = self.out.len();
        let (mut starts, mut written) = (Vec::new(), Vec::with_capacity(list.len()));
        for (number, value) in list.iter().enumerate() {
            let from = self.out.len();
            let element = self.at(Step::Element(number), |writer| {
                writer.count_value()?;
                let element = writer.kind(of, Some(value), fields)?;
                let counts = matches!(extent, Extent::Prefix(_) | Extent::Count(_));
                if writer.out.len() == from && !counts {
                    writer.complain("it has no bytes, so that nobody can tell how many there are");
                }
                Ok(element)
            })?;
            starts.push(from);
            written.push(element);
        }
        match extent {
            Extent::Until(delimiter) => {
                self.out.extend_from_slice(delimiter);
                if let Some(number) = starts
                    .iter()
                    .position(|start| self.out[*start..].starts_with(delimiter))
                {
                    let text = format!("it begins with `{}`, at which the list ends", hex::show(delimiter));
                    self.at(Step::Element(number), |writer| writer.complain(text));
                }
            }
            Extent::Size(size) => self.check_size(size, self.out.len() - start, fields),
            Extent::End | Extent::Prefix(_) | Extent::Count(_) => {}
        }
        Ok(Json::Array(written))
    }

    /// A size or number of elements before something.
    fn number(&mut self, number: Number, value: u64) -> Written<()> {
        let fits = Scalar::Number(number).whole(&value.into());
        let value = self.or_wrong(fits.map_err(|why| format!("the prefix {why}")))?;
        number.write(value, &mut self.out);
        Ok(())
    }

    /// What does not fit may do so in the next round, when what is computed is known.
    fn check_size(&mut self, size: &Formula, has: usize, fields: &Map<String, Json>) {
        match size.size(fields) {
            Ok(says) if says == has as u64 => {}
            Ok(says) => self.complain(match size {
                Formula::Number(_) => format!("it has {has} bytes, and needs {says}"),
                size => format!("it has {has} bytes, and `{}` says {says}", size.source()),
            }),
            Err(why) => self.complain(why),
        }
    }

    /// What was found in the place of a size.
    pub(super) fn found(&mut self, place: usize, found: u64) {
        if self.sizes.len() <= place {
            self.sizes.resize(place + 1, 0);
        }
        if self.sizes[place] != found {
            self.sizes[place] = found;
            self.changed = true;
        }
    }
}
