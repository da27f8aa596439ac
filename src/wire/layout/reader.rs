//! Bytes to fields.
//!
//! Owns bounds: whatever says a size says how far what it is of may reach, and that it reaches so far. A stream is read as
//! far as it is there; what is said of its front depends on no byte behind the last that was looked at, so that it is the
//! same however it was cut. Does not own single types (`kinds`), texts, bytes and lists (`extent`), nor what
//! fields say of each other (`says`).

mod extent;
mod kinds;
mod says;

use std::ops::Range;

use serde_json::{Map, Value as Json};

use super::error::Undecodable;
use super::fields::Fields;
use super::kind::Field;
use super::scalar;
use super::{DEEPEST, MOST_VALUES, Set};

/// What a message is made of, as far as it could be read.
#[derive(Debug)]
pub struct Dissection {
    /// The fields with values of their own, in the order of their bytes.
    pub parts: Vec<Part>,
    /// All fields, or where it breaks off.
    pub result: Result<Fields, Undecodable>,
}

/// A field with a value of its own, and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The field, from the outermost message on: `answers[1].ttl`.
    pub path: String,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Where it has bits alone: the first of them in the first byte, from 0, and how many.
    pub bits: Option<(u32, u32)>,
    /// Its value.
    pub value: Json,
}

/// Why nothing was read.
#[derive(Debug)]
pub(super) enum Stop {
    /// At least so many bytes must be there.
    Short(usize),
    /// The bytes are no message.
    Wrong(Box<Wrong>),
}

/// Why bytes are no message.
#[derive(Debug)]
pub(super) struct Wrong {
    path: String,
    at: usize,
    why: String,
}

pub(super) use says::{covered, gathered};

pub(super) type Read<T> = Result<T, Stop>;

/// Reads one message.
pub(super) struct Reader<'a> {
    all: &'a Set,
    bytes: &'a [u8],
    /// Whether these are all bytes, else the front of a stream.
    whole: bool,
    path: String,
    depth: usize,
    values: usize,
    looked: usize,
    parts: Option<Vec<Part>>,
}

/// Where a field stands.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    /// Behind the last byte that it may have; none where a stream is read and nothing says so.
    end: Option<usize>,
    /// How many elements an earlier field says that it has.
    count: Option<u64>,
}

/// Bits that share bytes.
struct Group {
    bytes: Range<usize>,
    read: u32,
}

/// What is known of the message that is being read.
struct Around<'f> {
    fields: &'f [Field],
    start: usize,
    end: Option<usize>,
    /// The field that says where it ends, where one does.
    ended_by: Option<usize>,
    /// Where each field was found.
    spans: Vec<Option<Range<usize>>>,
    /// The number of elements of each list.
    counts: Vec<Option<u64>>,
    /// What earlier fields say of later ones: of which, by which, and how much.
    sizes: Vec<(usize, usize, u64)>,
    expected: Vec<(usize, usize, u64)>,
    values: Map<String, Json>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(all: &'a Set, bytes: &'a [u8], whole: bool) -> Self {
        Self {
            all,
            bytes,
            whole,
            path: String::new(),
            depth: 0,
            values: 0,
            looked: 0,
            parts: None,
        }
    }

    pub(super) fn keep_parts(&mut self) {
        self.parts = Some(Vec::new());
    }

    pub(super) fn into_parts(self) -> Vec<Part> {
        self.parts.unwrap_or_default()
    }

    /// How many bytes were looked at.
    pub(super) const fn looked(&self) -> usize {
        self.looked
    }

    /// The message at the front, and its size; where all bytes are there, it has all of them.
    pub(super) fn message(&mut self, at: usize) -> Read<(Map<String, Json>, usize)> {
        let place = Place {
            at: 0,
            end: self.whole.then_some(self.bytes.len()),
            count: None,
        };
        let (values, size) = self.fields_of(at, place)?;
        match self.bytes.len() - size {
            left if left > 0 && self.whole => self.wrong(size, format!("{} left over", bytes_are(left))),
            _ => Ok((values, size)),
        }
    }

    fn fields_of(&mut self, at: usize, place: Place) -> Read<(Map<String, Json>, usize)> {
        if self.depth == DEEPEST {
            return self.wrong(place.at, format!("messages are nested deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let all: &'a Set = self.all;
        let fields = &all.definitions[at].fields[..];
        let mut around = Around {
            fields,
            start: place.at,
            end: place.end,
            ended_by: None,
            spans: vec![None; fields.len()],
            counts: vec![None; fields.len()],
            sizes: Vec::new(),
            expected: Vec::new(),
            values: Map::new(),
        };
        let mut at = place.at;
        let mut group = None;
        for (number, field) in fields.iter().enumerate() {
            at = self.within(&field.name, |reader| reader.field(&mut around, number, at, &mut group))?;
        }
        self.finish(&around, at)?;
        self.depth -= 1;
        Ok((around.values, at))
    }

    /// What is read of a field; what is wrong with it has its name.
    fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let size = self.path.len();
        if size > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let result = read(self);
        self.path.truncate(size);
        result
    }

    fn field(&mut self, around: &mut Around<'_>, number: usize, at: usize, group: &mut Option<Group>) -> Read<usize> {
        let field = &around.fields[number];
        if field.kind.bits().is_none() {
            *group = None;
        }
        if let Some(when) = &field.when {
            let holds = when.holds(&around.values);
            if !self.or_wrong(at, holds)? {
                around.spans[number] = Some(at..at);
                return self.check_absent(around, number, at);
            }
        }
        self.count_value(at)?;
        let (value, next, behind) = match field.kind.bits() {
            Some(bits) => {
                let (value, next) = self.bits(around, number, bits, at, group)?;
                (value, next, group.as_ref().map_or(next, |group| group.bytes.end))
            }
            None => {
                let place = self.place_of(around, number, at)?;
                let (value, next) = self.kind(&field.kind, place, &around.values)?;
                (value, next, next)
            }
        };
        for (_, by, size) in around.sizes.iter().filter(|(of, ..)| *of == number) {
            if (next - at) as u64 != *size {
                let by = &around.fields[*by].name;
                return self.wrong(next, format!("`{by}` says {}, and it has {}", bytes(*size), next - at));
            }
        }
        let counted = value.as_array().map(|list| list.len() as u64);
        for (_, by, count) in around.expected.iter().filter(|(of, ..)| *of == number) {
            let counted = counted.unwrap_or(0);
            if counted != *count {
                let by = &around.fields[*by].name;
                return self.wrong(next, format!("`{by}` says {count}, and it has {counted}"));
            }
        }
        around.spans[number] = Some(at..next);
        around.counts[number] = counted;
        self.check_role(around, number, &value, at, behind)?;
        let field = &around.fields[number];
        around.values.insert(field.name.clone(), value);
        Ok(next)
    }

    fn bits(
        &mut self,
        around: &Around<'_>,
        number: usize,
        bits: u32,
        at: usize,
        group: &mut Option<Group>,
    ) -> Read<(Json, usize)> {
        if group.is_none() {
            let more = around.fields[number..].iter().map_while(|field| field.kind.bits());
            let size = more.sum::<u32>() as usize / 8;
            let bytes = self.take(at, size, around.end)?;
            *group = Some(Group { bytes, read: 0 });
        }
        let Some(Group { bytes, read }) = group else {
            return Ok((Json::Null, at));
        };
        let mut value: i128 = 0;
        for bit in *read..*read + bits {
            let byte = self.bytes[bytes.start + bit as usize / 8];
            value = value << 1 | i128::from(byte >> (7 - bit % 8) & 1);
        }
        let (first, last) = (
            bytes.start + *read as usize / 8,
            bytes.start + (*read + bits - 1) as usize / 8,
        );
        let value = scalar::number(value);
        self.part(first..last + 1, Some((*read % 8, bits)), &value);
        *read += bits;
        let is_done = bytes.start + *read as usize / 8 == bytes.end;
        let next = if is_done { bytes.end } else { bytes.start };
        Ok((value, next))
    }

    /// So many bytes.
    fn take(&mut self, at: usize, size: usize, end: Option<usize>) -> Read<Range<usize>> {
        let to = self.reach(at, size as u64, end, at, &|left| {
            format!("needs {}, {left}", bytes(size as u64))
        })?;
        Ok(at..to)
    }

    /// Where something of a size ends; all of it is there. `says` has the words for a size that is too large, given what
    /// is left; `blamed` is where it is said.
    fn reach(
        &mut self,
        at: usize,
        size: u64,
        end: Option<usize>,
        blamed: usize,
        says: &dyn Fn(&str) -> String,
    ) -> Read<usize> {
        let to = usize::try_from(size).ok().and_then(|size| at.checked_add(size));
        match (to, end) {
            (to, Some(end)) if to.is_none_or(|to| to > end) => {
                let left = match end.saturating_sub(at) {
                    0 => "none is left".to_owned(),
                    1 => "1 is left".to_owned(),
                    left => format!("{left} are left"),
                };
                self.wrong(blamed, says(&left))
            }
            (Some(to), _) if to <= self.bytes.len() => {
                self.looked = self.looked.max(to);
                Ok(to)
            }
            (to, _) => Err(Stop::Short(to.unwrap_or(usize::MAX))),
        }
    }

    fn count_value(&mut self, at: usize) -> Read<()> {
        self.values += 1;
        match self.values > MOST_VALUES {
            true => self.wrong(
                at,
                format!("the message has more than {MOST_VALUES} fields and elements"),
            ),
            false => Ok(()),
        }
    }

    fn part(&mut self, bytes: Range<usize>, bits: Option<(u32, u32)>, value: &Json) {
        if let Some(parts) = &mut self.parts {
            parts.push(Part {
                path: self.path.clone(),
                bytes,
                bits,
                value: value.clone(),
            });
        }
    }

    fn or_wrong<T>(&self, at: usize, result: Result<T, String>) -> Read<T> {
        result.or_else(|why| self.wrong(at, why))
    }

    fn wrong<T>(&self, at: usize, why: impl Into<String>) -> Read<T> {
        Err(Stop::Wrong(Box::new(Wrong {
            path: self.path.clone(),
            at,
            why: why.into(),
        })))
    }
}

impl Stop {
    /// As an error of a message of `size` bytes.
    pub(super) fn undecodable(self, layout: &str, size: usize) -> Undecodable {
        let wrong = match self {
            Self::Wrong(wrong) => *wrong,
            // What is whole is never short.
            Self::Short(needs) => Wrong {
                path: String::new(),
                at: size,
                why: format!("{} needed", bytes_are(needs)),
            },
        };
        Undecodable {
            layout: layout.to_owned(),
            path: wrong.path,
            at: wrong.at,
            why: wrong.why,
        }
    }
}

fn bytes(size: u64) -> String {
    match size {
        1 => "1 byte".to_owned(),
        size => format!("{size} bytes"),
    }
}

fn bytes_are(size: usize) -> String {
    match size {
        1 => "1 byte is".to_owned(),
        size => format!("{size} bytes are"),
    }
}
