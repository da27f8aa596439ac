//! How far texts, bytes, lists and messages go.

use std::fmt::Write;
use std::ops::Range;

use memchr::memmem;
use serde_json::{Map, Value as Json};

use super::super::kind::{Extent, Kind};
use super::{Place, Read, Reader, Stop, bytes, bytes_are};
use crate::wire::hex;

impl Reader<'_> {
    /// The bytes of a text, and where what is behind them begins; none for `null`.
    pub(super) fn content(
        &mut self,
        extent: &Extent,
        place: Place,
        fields: &Map<String, Json>,
    ) -> Read<Option<(Range<usize>, usize)>> {
        let Place { at, end, .. } = place;
        let content = match extent {
            Extent::End | Extent::Count(_) => match end {
                Some(end) => self.take(at, end - at, Some(end))?,
                None => return Err(Stop::Short(self.bytes.len() + 1)),
            },
            Extent::Prefix(_) | Extent::Size(_) => match self.bound(extent, place, fields)? {
                Some((from, to)) => from..to,
                None => return Ok(None),
            },
            Extent::Until(delimiter) => {
                let to = end.unwrap_or(self.bytes.len()).min(self.bytes.len());
                let within = self.bytes.get(at..to).unwrap_or_default();
                match (memmem::find(within, delimiter), end) {
                    (Some(size), _) => {
                        self.looked = self.looked.max(at + size + delimiter.len());
                        return Ok(Some((at..at + size, at + size + delimiter.len())));
                    }
                    (None, Some(_)) => {
                        self.looked = self.looked.max(to);
                        let text = format!("there is no `{}`, at which it ends", hex::show(delimiter));
                        return self.wrong(at, text);
                    }
                    (None, None) => return Err(Stop::Short(self.bytes.len() + 1)),
                }
            }
        };
        let next = content.end;
        Ok(Some((content, next)))
    }

    /// What stands inside something that may say its size, all of which it has.
    pub(super) fn inside(
        &mut self,
        extent: &Extent,
        place: Place,
        fields: &Map<String, Json>,
        read: impl FnOnce(&mut Self, Place) -> Read<(Json, usize)>,
    ) -> Read<(Json, usize)> {
        if !matches!(extent, Extent::Prefix(_) | Extent::Size(_)) {
            return read(self, place);
        }
        let Some((from, to)) = self.bound(extent, place, fields)? else {
            return self.null(place, extent);
        };
        let inner = Place {
            at: from,
            end: Some(to),
            count: None,
        };
        let (value, next) = read(self, inner)?;
        match to - next {
            0 => Ok((value, next)),
            left => self.wrong(next, format!("{} left over", bytes_are(left))),
        }
    }

    pub(super) fn list(
        &mut self,
        of: &Kind,
        extent: &Extent,
        place: Place,
        fields: &Map<String, Json>,
    ) -> Read<(Json, usize)> {
        let mut place = place;
        let mut count = match extent {
            Extent::End => place.count,
            _ => None,
        };
        // Where the elements end, where a size says so.
        let mut end = None;
        match extent {
            Extent::End | Extent::Until(_) => {}
            Extent::Count(formula) => {
                let size = formula.size(fields);
                count = Some(self.or_wrong(place.at, size)?);
            }
            Extent::Prefix(number) => {
                let (value, next) = self.number(*number, place)?;
                match u64::try_from(value) {
                    Ok(value) => count = Some(value),
                    Err(_) if value == -1 => return self.null(place, extent),
                    Err(_) => return self.wrong(place.at, format!("{value} is no number of elements")),
                }
                place.at = next;
            }
            Extent::Size(_) => {
                end = self.bound(extent, place, fields)?.map(|(_, to)| to);
                place.end = end;
            }
        }
        if let (Some(count), None) = (count, place.end) {
            // So many bytes are needed at the least, which saves reading what is there again and again.
            let least = count.saturating_mul(self.all.sizes.least(of) as u64);
            let needs = (place.at as u64).saturating_add(least);
            if needs > self.bytes.len() as u64 && count <= super::MOST_VALUES as u64 {
                return Err(Stop::Short(usize::try_from(needs).unwrap_or(usize::MAX)));
            }
        }
        let mut list = Vec::new();
        let mut at = place.at;
        loop {
            let is_last = match (count, extent) {
                (Some(count), _) => list.len() as u64 == count,
                (None, Extent::Until(delimiter)) => match self.meets(delimiter, Place { at, ..place })? {
                    true => {
                        at += delimiter.len();
                        true
                    }
                    false => false,
                },
                (None, _) => match end.or(place.end) {
                    Some(end) => at >= end,
                    None => return Err(Stop::Short(self.bytes.len() + 1)),
                },
            };
            if is_last {
                return Ok((Json::Array(list), at));
            }
            let size = self.path.len();
            // Writing to a string cannot fail.
            let _ = write!(self.path, "[{}]", list.len());
            self.count_value(at)?;
            let inner = Place {
                at,
                end: place.end,
                count: None,
            };
            let (value, next) = self.kind(of, inner, fields)?;
            if next == at && count.is_none() {
                return self.wrong(at, "an element without bytes, so that the list would never end");
            }
            self.path.truncate(size);
            list.push(value);
            at = next;
        }
    }

    /// Whether these bytes come next.
    fn meets(&mut self, delimiter: &[u8], place: Place) -> Read<bool> {
        let left = place.end.map(|end| end - place.at);
        if left.is_some_and(|left| left < delimiter.len()) {
            let text = format!("there is no `{}`, at which the list ends", hex::show(delimiter));
            return self.wrong(place.at, text);
        }
        let range = self.take(place.at, delimiter.len(), place.end)?;
        Ok(self.bytes[range] == *delimiter)
    }

    /// Where something begins and ends that says its size; none for `null`.
    fn bound(&mut self, extent: &Extent, place: Place, fields: &Map<String, Json>) -> Read<Option<(usize, usize)>> {
        let (size, from) = match extent {
            Extent::Prefix(number) => {
                let (value, next) = self.number(*number, place)?;
                match u64::try_from(value) {
                    Ok(size) => (size, next),
                    Err(_) if value == -1 => return Ok(None),
                    Err(_) => return self.wrong(place.at, format!("{value} is no size")),
                }
            }
            Extent::Size(formula) => {
                let size = formula.size(fields);
                (self.or_wrong(place.at, size)?, place.at)
            }
            Extent::End | Extent::Count(_) | Extent::Until(_) => (0, place.at),
        };
        let says = |left: &str| match extent {
            Extent::Size(super::super::Formula::Number(_)) => format!("needs {}, {left}", bytes(size)),
            Extent::Size(formula) => format!("`{}` says {}, {left}", formula.source(), bytes(size)),
            _ => format!("says {}, {left}", bytes(size)),
        };
        let to = self.reach(from, size, place.end, place.at, &says)?;
        Ok(Some((from, to)))
    }

    /// Nothing, which a prefix of -1 says.
    pub(super) fn null(&mut self, place: Place, extent: &Extent) -> Read<(Json, usize)> {
        let next = match extent {
            Extent::Prefix(number) => place.at + number.least_size(),
            _ => place.at,
        };
        self.part(place.at..next, None, &Json::Null);
        Ok((Json::Null, next))
    }
}
