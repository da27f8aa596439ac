//! The files that a scenario was read from.

use super::written::Span;
use crate::finding::Place;

/// All files that were read; a [`Span`] names one by its place.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Source {
    /// As it was named on the command line or in an `include`.
    pub name: String,
    /// What it holds.
    pub text: String,
}

impl Sources {
    /// Adds a file; its place is what its spans name.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u16 {
        self.files.push(Source {
            name: name.into(),
            text: text.into(),
        });
        u16::try_from(self.files.len() - 1).expect("no more files are read than a span can name")
    }

    /// The file of a span.
    pub fn source(&self, span: Span) -> &Source {
        &self.files[usize::from(span.file)]
    }

    /// Line and column of a span's beginning, from 1; columns count characters.
    pub fn place(&self, span: Span) -> Place {
        let source = self.source(span);
        let before = &source.text.as_bytes()[..(span.start as usize).min(source.text.len())];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        Place {
            file: source.name.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}
