//! Fields to bytes.
//!
//! Owns what is computed: a size is known when what it counts was written, and may stand before it with a width of its own,
//! so that a message is written again with the sizes that were found until they stay as they are. Checksums are put in
//! when a message is whole, those inside it first.

mod content;

use std::ops::Range;

use serde_json::{Map, Value as Json};

use super::error::Unencodable;
use super::kind::{Field, Kind, Of, Role};
use super::reader::{covered, gathered};
use super::scalar::{self, Scalar};
use super::{DEEPEST, MOST_VALUES, Set, name};

/// How often a message is written until its sizes are given up: those of `varint`s settle in a few rounds.
const ROUNDS: usize = 16;

/// The largest message that is made.
const LARGEST: usize = 1 << 30;

pub(super) type Written<T> = Result<T, Unencodable>;

/// The bytes of a message, and its fields as they are read from them.
pub(super) fn write(all: &Set, at: usize, with: &Json) -> Written<(Vec<u8>, Map<String, Json>)> {
    let mut sizes = Vec::new();
    for _ in 0..ROUNDS {
        let mut writer = Writer::new(all, sizes);
        let values = writer.message(at, Some(with))?;
        if !writer.changed {
            return match writer.complaint {
                Some(complaint) if !writer.deliberate => Err(complaint),
                _ => Ok((writer.out, values)),
            };
        }
        sizes = writer.sizes;
    }
    Err(Unencodable {
        path: String::new(),
        pointer: String::new(),
        why: "its sizes depend on each other in a circle".to_owned(),
    })
}

/// Writes a message once.
struct Writer<'a> {
    all: &'a Set,
    out: Vec<u8>,
    names: name::Written,
    /// What was computed, in the order in which it stands; as the round before found it, until it is found anew.
    sizes: Vec<u64>,
    next: usize,
    changed: bool,
    /// What does not fit together. A round with wrong sizes may have one where the last has none.
    complaint: Option<Unencodable>,
    /// Whether something computed is given: then what is wrong is so on purpose.
    deliberate: bool,
    path: Vec<Step>,
    depth: usize,
    values: usize,
}

/// A step from a message to what is inside it.
#[derive(Clone)]
enum Step {
    Field(String),
    Element(usize),
}

/// What is known of the message that is being written.
struct Around<'f> {
    fields: &'f [Field],
    start: usize,
    spans: Vec<Option<Range<usize>>>,
    /// Behind each field; of bits behind the bytes that they share.
    behind: Vec<usize>,
    counts: Vec<u64>,
    values: Map<String, Json>,
    /// Fields that are computed, and where among the sizes.
    computed: Vec<(usize, usize)>,
    /// Checksums that are to be made.
    checksums: Vec<usize>,
    bits: Vec<bool>,
}

impl<'a> Writer<'a> {
    fn new(all: &'a Set, sizes: Vec<u64>) -> Self {
        Self {
            all,
            out: Vec::new(),
            names: name::Written::default(),
            sizes,
            next: 0,
            changed: false,
            complaint: None,
            deliberate: false,
            path: Vec::new(),
            depth: 0,
            values: 0,
        }
    }

    fn message(&mut self, at: usize, with: Option<&Json>) -> Written<Map<String, Json>> {
        if self.depth == DEEPEST {
            return self.wrong(format!("messages are nested deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let all: &'a Set = self.all;
        let fields = &all.definitions[at].fields[..];
        let nothing = Map::new();
        let given = match with {
            None => &nothing,
            Some(Json::Object(given)) => given,
            Some(other) => return self.wrong(format!("expected an object of fields, found {}", scalar::shown(other))),
        };
        if let Some(name) = given
            .keys()
            .find(|name| !fields.iter().any(|field| field.name == **name))
        {
            let text = format!("`{}` has no field called `{name}`", all.definitions[at].name);
            return self.at(Step::Field(name.clone()), |writer| writer.wrong(text));
        }
        let mut around = Around {
            fields,
            start: self.out.len(),
            spans: vec![None; fields.len()],
            behind: vec![0; fields.len()],
            counts: vec![0; fields.len()],
            values: Map::new(),
            computed: Vec::new(),
            checksums: Vec::new(),
            bits: Vec::new(),
        };
        for (number, field) in fields.iter().enumerate() {
            self.at(Step::Field(field.name.clone()), |writer| {
                writer.field(&mut around, number, given.get(&field.name))
            })?;
        }
        self.compute(&around)?;
        self.put_checksums(&mut around);
        self.depth -= 1;
        Ok(around.values)
    }

    fn field(&mut self, around: &mut Around<'_>, number: usize, given: Option<&Json>) -> Written<()> {
        let field = &around.fields[number];
        let start = self.out.len();
        if let Some(when) = &field.when {
            let holds = when.holds(&around.values);
            if !self.or_wrong(holds)? {
                if given.is_some() {
                    self.complain(format!("it is only there when `{}`", when.source()));
                }
                around.spans[number] = Some(start..start);
                around.behind[number] = start;
                return Ok(());
            }
        }
        self.count_value()?;
        let computed;
        let value = match (&field.role, given) {
            (role, Some(given)) => {
                self.deliberate |= role.is_computed();
                Some(given)
            }
            (Role::Plain, None) => None,
            (Role::Checksum { .. }, None) => {
                around.checksums.push(number);
                None
            }
            (Role::Fixed(value), None) => Some(value),
            (Role::SizeOf { .. } | Role::CountOf(_), None) => {
                around.computed.push((number, self.next));
                let size = self.sizes.get(self.next).copied().unwrap_or(0);
                self.next += 1;
                computed = Json::from(size);
                Some(&computed)
            }
        };
        if field.kind.bits().is_some() {
            let written = self.bits(around, number, value)?;
            around.values.insert(field.name.clone(), written);
            return Ok(());
        }
        let written = self.kind(&field.kind, value, &around.values)?;
        around.counts[number] = written.as_array().map_or(0, |list| list.len() as u64);
        around.spans[number] = Some(start..self.out.len());
        around.behind[number] = self.out.len();
        around.values.insert(field.name.clone(), written);
        if self.out.len() > LARGEST {
            return self.wrong("the message has more than 1GiB");
        }
        Ok(())
    }

    /// Bits are put together until they fill whole bytes, which the plan has checked that they do.
    fn bits(&mut self, around: &mut Around<'_>, number: usize, value: Option<&Json>) -> Written<Json> {
        let fields = around.fields;
        let Kind::Scalar(scalar @ Scalar::Bits(bits)) = &fields[number].kind else {
            return Ok(Json::Null);
        };
        let zero = Json::from(0);
        let whole = scalar.whole(value.unwrap_or(&zero));
        let whole = self.or_wrong(whole)?;
        around.bits.extend((0..*bits).rev().map(|bit| whole >> bit & 1 == 1));
        let more = fields[number + 1..].iter().map_while(|field| field.kind.bits());
        let left = more.sum::<u32>() as usize;
        let start = self.out.len();
        around.spans[number] = Some(start..start);
        around.behind[number] = start + (around.bits.len() + left) / 8;
        if left == 0 {
            let bytes = around
                .bits
                .chunks(8)
                .map(|byte| byte.iter().fold(0, |byte: u8, bit| byte << 1 | u8::from(*bit)));
            self.out.extend(bytes);
            around.bits.clear();
        }
        Ok(scalar::number(whole))
    }

    /// Finds the sizes and numbers that were asked for.
    fn compute(&mut self, around: &Around<'_>) -> Written<()> {
        for (number, place) in &around.computed {
            let field = &around.fields[*number];
            let found = match &field.role {
                Role::SizeOf { of, add } => {
                    let size = match of {
                        Of::All => self.out.len() - around.start,
                        Of::Rest => self.out.len().saturating_sub(around.behind[*number]),
                        Of::Fields(of) => {
                            let spans = of.iter().filter_map(|of| around.spans[*of].as_ref());
                            spans.map(ExactSizeIterator::len).sum()
                        }
                    };
                    let value = i128::try_from(size).unwrap_or(i128::MAX) + i128::from(*add);
                    match u64::try_from(value) {
                        Ok(value) => value,
                        Err(_) => {
                            let text = format!("{} bytes and {add} are {value}, less than 0", size);
                            return self.at(Step::Field(field.name.clone()), |writer| writer.wrong(text));
                        }
                    }
                }
                Role::CountOf(of) => around.counts[*of],
                Role::Plain | Role::Fixed(_) | Role::Checksum { .. } => continue,
            };
            self.found(*place, found);
        }
        Ok(())
    }

    /// Puts in the checksums: first those over fields, last those over all.
    fn put_checksums(&mut self, around: &mut Around<'_>) {
        let mut checksums = std::mem::take(&mut around.checksums);
        checksums.sort_by_key(|number| match &around.fields[*number].role {
            Role::Checksum { of: Of::All, .. } => 2,
            Role::Checksum { of: Of::Rest, .. } => 1,
            _ => 0,
        });
        for number in checksums {
            let field = &around.fields[number];
            let (Role::Checksum { algorithm, of }, Some(span)) = (&field.role, around.spans[number].clone()) else {
                continue;
            };
            let covered = covered(of, around.start..self.out.len(), &span, &around.spans);
            let sum = Json::from(algorithm.of(&gathered(&self.out, &covered, &span)));
            let mut bytes = Vec::new();
            if let Kind::Scalar(scalar) = &field.kind
                && scalar.write(&sum, &mut bytes).is_ok()
                && bytes.len() == span.len()
            {
                self.out[span].copy_from_slice(&bytes);
                around.values.insert(field.name.clone(), sum);
            }
        }
    }

    fn count_value(&mut self) -> Written<()> {
        self.values += 1;
        match self.values > MOST_VALUES {
            true => self.wrong(format!("the message has more than {MOST_VALUES} fields and elements")),
            false => Ok(()),
        }
    }

    fn at<T>(&mut self, step: Step, then: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = then(self);
        self.path.pop();
        result
    }

    fn complain(&mut self, why: impl Into<String>) {
        if self.complaint.is_none() {
            self.complaint = Some(self.error(why.into()));
        }
    }

    fn or_wrong<T>(&self, result: Result<T, String>) -> Written<T> {
        result.map_err(|why| self.error(why))
    }

    fn wrong<T>(&self, why: impl Into<String>) -> Written<T> {
        Err(self.error(why.into()))
    }

    fn error(&self, why: String) -> Unencodable {
        let (mut path, mut pointer) = (String::new(), String::new());
        for step in &self.path {
            match step {
                Step::Field(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                    pointer.push('/');
                    pointer.push_str(&crate::wire::template::escaped(name));
                }
                Step::Element(number) => {
                    path.push_str(&["[", &number.to_string(), "]"].concat());
                    pointer.push_str(&["/", &number.to_string()].concat());
                }
            }
        }
        Unencodable { path, pointer, why }
    }
}
