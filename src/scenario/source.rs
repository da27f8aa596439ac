//! The files that a scenario was read from.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::literals::literals;
use super::written::Span;
use crate::finding::Place;

/// All files that were read; a [`Span`] names one by its place.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    /// All files that the scenario refers to and that were there, without links; whoever plays it again when one changes asks.
    pub read: BTreeSet<PathBuf>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Source {
    /// As it was named on the command line or in an `include`.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// Where it was included.
    included: Option<Span>,
    index: Index,
}

impl Sources {
    /// Adds a file; its place is what its spans name.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u16 {
        self.add_file(name.into(), text.into(), None)
    }

    /// Adds a file that another one includes at this place.
    pub fn add_included(&mut self, name: impl Into<String>, text: impl Into<String>, at: Span) -> u16 {
        self.add_file(name.into(), text.into(), Some(at))
    }

    fn add_file(&mut self, name: String, text: String, included: Option<Span>) -> u16 {
        self.files.push(Source {
            name,
            index: Index::of(&text),
            text,
            included,
        });
        u16::try_from(self.files.len() - 1).expect("no more files are read than a span can name")
    }

    /// Every string and number that stands in one of the files, as text.
    pub fn literals(&self) -> impl Iterator<Item = String> {
        self.files.iter().flat_map(|file| literals(&file.text))
    }

    /// The file of a span.
    pub fn source(&self, span: Span) -> &Source {
        &self.files[usize::from(span.file)]
    }

    /// Where a file was included, and where the file that did so was, and so on.
    pub fn ways(&self, file: u16) -> impl Iterator<Item = Span> {
        let included = |file: u16| self.files.get(usize::from(file)).and_then(|file| file.included);
        std::iter::successors(included(file), move |at| included(at.file))
    }

    /// Line and column of a span's beginning, from 1; columns count characters.
    pub fn place(&self, span: Span) -> Place {
        let source = self.source(span);
        let at = (span.start as usize).min(source.text.len());
        let line_start = source.line_start(at);
        let column = source.characters(at) - source.characters(line_start) + 1;
        Place {
            file: source.name.clone(),
            line: u32::try_from(source.index.line(at)).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

impl Source {
    /// Where the line of a byte begins.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.index.lines[self.index.line(at) - 1]
    }

    /// How many characters begin before a byte.
    fn characters(&self, at: usize) -> usize {
        let block = at / BLOCK;
        self.index.characters[block] + beginnings(&self.text.as_bytes()[block * BLOCK..at])
    }
}

/// How many bytes may be looked at to find a column.
const BLOCK: usize = 1024;

/// Finds lines and columns without reading the file from its beginning each time: every step of a scenario has its place,
/// and a scenario may stand in one line.
#[derive(Clone, Debug)]
struct Index {
    /// Where each line begins.
    lines: Vec<usize>,
    /// How many characters begin before each block.
    characters: Vec<usize>,
}

impl Index {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let feeds = bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
        let mut characters = vec![0];
        for block in bytes.chunks(BLOCK) {
            characters.push(characters[characters.len() - 1] + beginnings(block));
        }
        Self {
            lines: std::iter::once(0).chain(feeds.map(|(at, _)| at + 1)).collect(),
            characters,
        }
    }

    /// The line of a byte, from 1.
    fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|&start| start <= at)
    }
}

/// How many characters begin in these bytes of UTF-8.
fn beginnings(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_in_files_of_any_shape() {
        let texts = [
            String::new(),
            "a\n\nb\r\nc".to_owned(),
            "ä🦀\n".repeat(700),
            format!("{}x", "ö".repeat(3000)),
            "y".repeat(2 * BLOCK),
        ];
        for text in texts {
            let mut sources = Sources::default();
            let file = sources.add("s.json", text.as_str());
            for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let start = u32::try_from(at).unwrap();
                let place = sources.place(Span {
                    file,
                    start,
                    end: start,
                });
                let before = &text[..at];
                let line = before.rsplit('\n').next().unwrap_or_default();
                let expected = (before.matches('\n').count() + 1, line.chars().count() + 1);
                assert_eq!((place.line as usize, place.column as usize), expected, "{at}");
            }
        }
    }

    #[test]
    fn a_place_behind_the_end_is_the_end() {
        let mut sources = Sources::default();
        let file = sources.add("s.json", "ab");
        let place = sources.place(Span { file, start: 9, end: 9 });
        assert_eq!((place.line, place.column), (1, 3));
    }
}
