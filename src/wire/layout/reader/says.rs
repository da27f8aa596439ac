//! What fields say of each other: sizes, numbers of elements, what is always the same, checksums.

use std::ops::Range;

use serde_json::Value as Json;

use super::super::kind::{Of, Role};
use super::super::scalar;
use super::{Around, Place, Read, Reader, bytes, bytes_are};

impl Reader<'_> {
    /// What earlier fields say of one that is not there.
    pub(super) fn check_absent(&mut self, around: &Around<'_>, number: usize, at: usize) -> Read<usize> {
        let mut says = around.sizes.iter().chain(&around.expected);
        match says.find(|(of, _, size)| *of == number && *size > 0) {
            None => Ok(at),
            Some((_, by, size)) => {
                let by = &around.fields[*by].name;
                self.wrong(at, format!("`{by}` says {size}, and it is not there"))
            }
        }
    }

    /// How far a field may go.
    pub(super) fn place_of(&mut self, around: &Around<'_>, number: usize, at: usize) -> Read<Place> {
        let field = &around.fields[number];
        let count = around.expected.iter().find(|(of, ..)| *of == number);
        let count = count.map(|(_, _, count)| *count);
        let size = around.sizes.iter().find(|(of, ..)| *of == number);
        let end = match (size, around.end) {
            (Some((_, by, size)), _) => {
                let by = &around.fields[*by].name;
                Some(self.reach(at, *size, around.end, at, &|left| {
                    format!("`{by}` says {}, {left}", bytes(*size))
                })?)
            }
            (None, Some(end)) if field.tail > 0 => match end.checked_sub(field.tail).filter(|end| *end >= at) {
                Some(end) => Some(end),
                None => {
                    let left = end.saturating_sub(at);
                    let text = format!("{} left, {} follow behind it", bytes_are(left), field.tail);
                    return self.wrong(at, text);
                }
            },
            (None, end) => end,
        };
        Ok(Place { at, end, count })
    }

    /// What the value of a field says of others.
    pub(super) fn check_role(
        &mut self,
        around: &mut Around<'_>,
        number: usize,
        value: &Json,
        at: usize,
        behind: usize,
    ) -> Read<()> {
        let field = &around.fields[number];
        match &field.role {
            Role::Plain | Role::Checksum { .. } => Ok(()),
            Role::Fixed(expected) if expected == value => Ok(()),
            Role::Fixed(expected) => self.wrong(at, format!("expected {expected}, found {value}")),
            Role::CountOf(of) => {
                let count = self.or_wrong(at, size_in(value))?;
                match (&around.spans[*of], around.counts[*of]) {
                    (None, _) => around.expected.push((*of, number, count)),
                    (Some(_), counted) if counted.unwrap_or(0) == count => {}
                    (Some(_), counted) => {
                        let (of, counted) = (&around.fields[*of].name, counted.unwrap_or(0));
                        return self.wrong(at, format!("says {count}, and `{of}` has {counted}"));
                    }
                }
                Ok(())
            }
            Role::SizeOf { of, add } => {
                let whole = self.or_wrong(at, scalar::whole(value))?;
                let size = whole - i128::from(*add);
                let Ok(size) = u64::try_from(size) else {
                    let text = format!("{whole} is too small: it counts {add} bytes besides what it is the size of");
                    return self.wrong(at, text);
                };
                let says = |left: &str| format!("says {}, {left}", bytes(size));
                match of {
                    Of::Rest => {
                        let end = self.reach(behind, size, around.end, at, &says)?;
                        self.end_at(around, number, end, at)?;
                    }
                    Of::All => {
                        let end = self.reach(around.start, size, around.end, at, &says)?;
                        if end < behind {
                            let had = behind - around.start;
                            return self.wrong(at, format!("says {}, and {had} are up to here", bytes(size)));
                        }
                        self.end_at(around, number, end, at)?;
                    }
                    Of::Fields(of) => {
                        for of in of {
                            match &around.spans[*of] {
                                None => around.sizes.push((*of, number, size)),
                                Some(span) if span.len() as u64 == size => {}
                                Some(span) => {
                                    let (name, had) = (&around.fields[*of].name, span.len());
                                    return self.wrong(at, format!("says {}, and `{name}` has {had}", bytes(size)));
                                }
                            }
                        }
                    }
                }
                Ok(())
            }
        }
    }

    /// What a field says of where its message ends; all that say so agree.
    fn end_at(&mut self, around: &mut Around<'_>, number: usize, end: usize, at: usize) -> Read<()> {
        if let (Some(by), Some(before)) = (around.ended_by, around.end)
            && before != end
        {
            let by = &around.fields[by].name;
            let text = format!("says that the message ends at offset {end}, and `{by}` at {before}");
            return self.wrong(at, text);
        }
        around.end = Some(end);
        around.ended_by = Some(number);
        Ok(())
    }

    /// What can be said when all fields of a message were read.
    pub(super) fn finish(&mut self, around: &Around<'_>, at: usize) -> Read<()> {
        if let (Some(by), Some(end)) = (around.ended_by, around.end)
            && at < end
        {
            let by = &around.fields[by].name;
            let text = format!("{} left over of those that `{by}` counts", bytes_are(end - at));
            return self.wrong(at, text);
        }
        for (number, field) in around.fields.iter().enumerate() {
            let (Role::Checksum { algorithm, of }, Some(span)) = (&field.role, &around.spans[number]) else {
                continue;
            };
            let Some(value) = around.values.get(&field.name) else {
                continue;
            };
            let covered = covered(of, around.start..at, span, &around.spans);
            let expected = algorithm.of(&gathered(self.bytes, &covered, span));
            if scalar::whole(value) != Ok(i128::from(expected)) {
                let found = scalar::whole(value).unwrap_or_default();
                let width = 2 * algorithm.width();
                let text = format!("the checksum is 0x{found:0width$x}, its bytes give 0x{expected:0width$x}");
                return self.within(&field.name, |reader| reader.wrong(span.start, text));
            }
        }
        Ok(())
    }
}

/// The bytes that a checksum is over.
pub(in crate::wire::layout) fn covered(
    of: &Of,
    message: Range<usize>,
    own: &Range<usize>,
    spans: &[Option<Range<usize>>],
) -> Vec<Range<usize>> {
    match of {
        Of::All => vec![message],
        Of::Rest => Vec::from([Range {
            start: own.end,
            end: message.end.max(own.end),
        }]),
        Of::Fields(of) => of.iter().filter_map(|of| spans[*of].clone()).collect(),
    }
}

/// These bytes one after another, those of the checksum itself as zero.
pub(in crate::wire::layout) fn gathered(message: &[u8], ranges: &[Range<usize>], own: &Range<usize>) -> Vec<u8> {
    let places = ranges.iter().cloned().flatten();
    places
        .map(|place| match own.contains(&place) {
            true => 0,
            false => message[place],
        })
        .collect()
}

fn size_in(value: &Json) -> Result<u64, String> {
    let whole = scalar::whole(value)?;
    u64::try_from(whole).map_err(|_| format!("{whole} is no number of elements"))
}
