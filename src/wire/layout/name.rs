//! Domain names as DNS messages have them (RFC 1035, 4.1.4).
//!
//! Owns labels, their escapes as text, and pointers. A pointer leads to bytes before the name that it stands in, and each
//! further one to bytes before the last, so that no chain of them has a circle. Names are written compressed: as much of a
//! name's end as an earlier name of the message has is a pointer to it.

use std::collections::HashMap;
use std::fmt::Write;

/// The longest label.
const LABEL: usize = 63;

/// The longest name, in bytes without pointers.
const NAME: usize = 255;

/// The highest offset that a pointer can lead to.
const FARTHEST: usize = 0x3fff;

/// Why a name cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NameError {
    /// So many bytes of the message must be there.
    Short(usize),
    /// What is wrong.
    Wrong {
        /// Where.
        at: usize,
        /// What.
        why: String,
        /// Behind the last byte that was looked at.
        looked: usize,
    },
}

/// The text of labels: `.` for the root, a dot and a backslash in a label escaped.
pub(super) fn text<'l>(labels: impl Iterator<Item = &'l [u8]>) -> String {
    let mut text = String::new();
    for label in labels {
        if !text.is_empty() {
            text.push('.');
        }
        for &byte in label {
            match byte {
                b'.' | b'\\' => text.extend(['\\', char::from(byte)]),
                0x21..=0x7e => text.push(char::from(byte)),
                other => {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "\\{other:03}");
                }
            }
        }
    }
    if text.is_empty() {
        text.push('.');
    }
    text
}

/// The labels of a name as text; a dot at the end may be left out.
pub(super) fn labels(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut labels = Vec::new();
    if text.is_empty() || text == "." {
        return Ok(labels);
    }
    let mut label = Vec::new();
    let mut bytes = text.bytes();
    let mut ended = false;
    let mut end = |label: &mut Vec<u8>| match label.len() {
        0 => Err(format!("{text:?} has an empty label in it")),
        1..=LABEL => {
            labels.push(std::mem::take(label));
            Ok(())
        }
        size => Err(format!("a label of {text:?} has {size} bytes, more than {LABEL}")),
    };
    while let Some(byte) = bytes.next() {
        ended = byte == b'.';
        match byte {
            b'.' => end(&mut label)?,
            b'\\' => label.push(escaped(&mut bytes).ok_or_else(|| format!("{text:?} has a wrong escape in it"))?),
            byte => label.push(byte),
        }
    }
    if !ended {
        end(&mut label)?;
    }
    let size = 1 + labels.iter().map(|label| label.len() + 1).sum::<usize>();
    match size <= NAME {
        true => Ok(labels),
        false => Err(format!("the name has {size} bytes, more than {NAME}")),
    }
}

/// What an escape stands for: `\.`, `\046`.
fn escaped(bytes: &mut std::str::Bytes<'_>) -> Option<u8> {
    let first = bytes.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, bytes.next()?, bytes.next()?];
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// The name at an offset of a message, as text, and the offset behind it; `end` is where what it stands in ends. Whatever a
/// pointer leads to has ended before the name begins.
pub(super) fn read(message: &[u8], at: usize, end: usize) -> Result<(String, usize), NameError> {
    let mut labels: Vec<&[u8]> = Vec::new();
    let (mut here, mut size) = (at, 1);
    let mut looked = at;
    // Each pointer leads before the last one, and the first before the name.
    let mut before = at;
    let mut behind = None;
    loop {
        let is_pointed_to = behind.is_some();
        let end = if is_pointed_to { at } else { end };
        let met = if is_pointed_to { looked } else { message.len().min(end) };
        let missing = |to: usize| match to > message.len() && to <= end {
            true => NameError::Short(to),
            false => NameError::Wrong {
                at,
                why: "the name does not end".to_owned(),
                looked: met,
            },
        };
        let length = *message
            .get(here)
            .filter(|_| here < end)
            .ok_or_else(|| missing(here + 1))?;
        let length = usize::from(length);
        let to = here
            + match length {
                0..=LABEL => 1 + length,
                _ => 2,
            };
        looked = if is_pointed_to { looked } else { here + 1 };
        let wrong = |at: usize, why: String| NameError::Wrong { at, why, looked };
        if length > LABEL && length < 0xc0 {
            let text = format!("{length:#04x} at offset {here} begins no label: 0x00 to 0x3f do, and 0xc0 a pointer");
            return Err(wrong(here, text));
        }
        let bytes = message
            .get(here + 1..to)
            .filter(|_| to <= end)
            .ok_or_else(|| missing(to))?;
        looked = if is_pointed_to { looked } else { to };
        let wrong = |at: usize, why: String| NameError::Wrong { at, why, looked };
        match (length, bytes) {
            (0, _) => return Ok((text(labels.into_iter()), behind.unwrap_or(to))),
            (0..=LABEL, label) => {
                size += length + 1;
                if size > NAME {
                    return Err(wrong(at, format!("the name has more than {NAME} bytes")));
                }
                labels.push(label);
                here = to;
            }
            (_, low) => {
                let target = (length & 0x3f) << 8 | low.first().copied().map_or(0, usize::from);
                if target >= before {
                    let text = format!("the pointer at offset {here} leads to offset {target}, which is not before it");
                    return Err(wrong(here, text));
                }
                behind.get_or_insert(to);
                before = target;
                here = target;
            }
        }
    }
}

/// Where the names of a message are that was written so far.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The ends of names as bytes without pointers, and where they are.
    ends: HashMap<Vec<u8>, usize>,
}

impl Written {
    /// Writes a name behind what there is of the message.
    pub(super) fn write(&mut self, labels: &[Vec<u8>], message: &mut Vec<u8>) {
        for at in 0..labels.len() {
            let end: Vec<u8> = labels[at..].iter().flat_map(|label| plain(label)).collect();
            if let Some(known) = self.ends.get(&end) {
                let pointer = 0xc000 | u16::try_from(*known).unwrap_or(0);
                message.extend_from_slice(&pointer.to_be_bytes());
                return;
            }
            if message.len() <= FARTHEST {
                self.ends.insert(end, message.len());
            }
            message.extend(plain(&labels[at]));
        }
        message.push(0);
    }
}

fn plain(label: &[u8]) -> impl Iterator<Item = u8> {
    // No label is longer than 63 bytes.
    std::iter::once(label.len() as u8).chain(label.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(names: &[&str]) -> Vec<u8> {
        let mut message = Vec::new();
        let mut written = Written::default();
        for name in names {
            written.write(&labels(name).unwrap(), &mut message);
        }
        message
    }

    fn all(message: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = 0;
        while at < message.len() {
            let (name, behind) = read(message, at, message.len()).unwrap();
            names.push(name);
            at = behind;
        }
        names
    }

    #[test]
    fn a_name_is_written_once_and_pointed_to() {
        let message = written(&["f.isi.arpa", "foo.f.isi.arpa", "arpa", "."]);
        // The example of RFC 1035, 4.1.4.
        assert_eq!(message, b"\x01f\x03isi\x04arpa\x00\x03foo\xc0\x00\xc0\x06\x00");
        assert_eq!(all(&message), ["f.isi.arpa", "foo.f.isi.arpa", "arpa", "."]);
    }

    #[test]
    fn a_label_may_hold_any_byte() {
        let name = r"a\.b\\c\000\032\255.example";
        assert_eq!(all(&written(&[name])), [name]);
        assert_eq!(labels("example.").unwrap(), labels("example").unwrap());
        assert_eq!(labels("").unwrap(), labels(".").unwrap());
        for wrong in [
            "a..b",
            ".a",
            r"a\",
            r"a\25",
            r"a\256",
            &"x".repeat(64),
            &"x.".repeat(128),
        ] {
            assert!(labels(wrong).is_err(), "{wrong}");
        }
        assert!(labels(&"x.".repeat(127)).is_ok());
    }

    #[test]
    fn a_pointer_leads_back_and_never_round() {
        let wrong = |message: &[u8], at| match read(message, at, message.len()) {
            Err(NameError::Wrong { why, .. }) => why,
            other => panic!("{other:?}"),
        };
        assert!(wrong(b"\xc0\x00", 0).contains("not before it"));
        assert!(wrong(b"\x01a\xc0\x00", 0).contains("offset 2 leads to offset 0"));
        assert!(wrong(b"\xc0\x02\xc0\x00", 2).contains("leads to offset 2"));
        assert!(wrong(b"\x01a\xc0\x04\xc0\x00", 4).contains("leads to offset 4"));
        assert!(wrong(b"\x40a\x00", 0).contains("begins no label"));
        assert!(wrong(b"\x03ab", 0).contains("does not end"));
        assert!(wrong(b"\x05ab\xc0\x00x\x00", 3).contains("does not end"));
        let long = [&b"\x3f"[..], &[b'x'; 63]].concat().repeat(4);
        assert!(wrong(&long, 0).contains("more than 255"));
    }

    #[test]
    fn a_name_that_goes_on_says_how_far() {
        assert_eq!(read(b"\x03ab", 0, usize::MAX), Err(NameError::Short(4)));
        assert_eq!(read(b"", 0, usize::MAX), Err(NameError::Short(1)));
        assert_eq!(read(b"\x01a\xc0", 0, usize::MAX), Err(NameError::Short(4)));
    }

    #[test]
    fn beyond_what_a_pointer_reaches_names_are_whole() {
        let mut message = vec![0; FARTHEST + 1];
        let mut written = Written::default();
        let name = labels("a.b").unwrap();
        written.write(&name, &mut message);
        let before = message.len();
        written.write(&name, &mut message);
        assert_eq!(message.len() - before, 5);
    }
}
