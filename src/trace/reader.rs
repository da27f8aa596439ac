//! Reading a trace file back, up to its last whole line.
//!
//! Owns opening, skimming and single reads by place. A file that was cut is read as far as it goes: a last line without
//! its line feed is no line. Does not own the shape of an event (`event`) nor what order the events are in (`order`):
//! that of the lines means nothing here.

mod captured;
mod ends;
mod skim;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use thiserror::Error;

use super::event::{Event, Footer, Header, Kind, Line, VERSION};

pub use skim::{Head, Skim, SkimAccess, SkimEvent, SkimKind, Text};

/// The longest line that is read: four times the largest message of a scenario, which base64 makes a third longer.
pub const LINE_MAX: usize = 64 << 20;

/// How much is read at once where one event is wanted: most lines are shorter.
const WINDOW: usize = 4 << 10;

/// Why a trace cannot be read.
#[derive(Debug, Error)]
pub enum TraceError {
    /// The file cannot be read.
    #[error("cannot read the trace: {0}")]
    Read(#[from] io::Error),
    /// The first line is something else.
    #[error("the first line is no trace's header: {0}")]
    NoHeader(String),
    /// A later wiretale wrote it.
    #[error("the trace has format version {found}, and only versions up to {VERSION} can be read")]
    Later {
        /// Its version.
        found: u32,
    },
    /// A whole line is none of a trace.
    #[error("line {line} of the trace is broken: {what}")]
    Broken {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A line is longer than [`LINE_MAX`].
    #[error("line {line} of the trace is longer than 64 MiB")]
    TooLong {
        /// Which line, from 1.
        line: u64,
    },
}

/// A trace that can be read more than once.
#[derive(Debug)]
pub struct TraceSource {
    bytes: Bytes,
    header: Header,
    /// With the place where its line begins.
    footer: Option<(u64, Footer)>,
    /// Where the second line begins.
    body: u64,
}

impl TraceSource {
    /// Opens a trace file.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        Self::new(Bytes::File(File::open(path)?))
    }

    /// A trace in memory, written as a file is.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, TraceError> {
        Self::new(Bytes::Memory(bytes))
    }

    /// A trace in memory, from its lines: a header first, and a footer last where it is whole.
    pub fn from_lines<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Result<Self, TraceError> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line).map_err(io::Error::from)?;
            bytes.push(b'\n');
        }
        Self::from_bytes(bytes)
    }

    fn new(bytes: Bytes) -> Result<Self, TraceError> {
        let mut lines = Lines::new(&bytes, 0, 1);
        let Some(first) = lines.next()? else {
            return Err(TraceError::NoHeader("it is empty or not whole".to_owned()));
        };
        let header = ends::header(first.text)?;
        let body = lines.offset;
        let footer = ends::footer(&bytes, body)?;
        Ok(Self {
            bytes,
            header,
            footer,
            body,
        })
    }

    /// The first line.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The last line; none where the file is cut.
    pub const fn footer(&self) -> Option<&Footer> {
        match &self.footer {
            Some((_, footer)) => Some(footer),
            None => None,
        }
    }

    /// Where the last line begins; none where the file is cut.
    pub(super) fn end(&self) -> Option<u64> {
        self.footer.as_ref().map(|(end, _)| *end)
    }

    /// Each endpoint with its address: they are bound before anything else happens.
    pub fn endpoints(&self) -> Result<Vec<(String, String)>, TraceError> {
        let mut lines = Lines::new(&self.bytes, self.body, 2);
        let mut endpoints = Vec::new();
        while let Some(line) = lines.next()?
            && let Ok(Event {
                event: Kind::Listening { endpoint, address },
                ..
            }) = serde_json::from_slice(line.text)
        {
            endpoints.push((endpoint, address));
        }
        Ok(endpoints)
    }

    /// Calls `each` with the strand and index of each event, in the order of lines.
    pub fn heads<E: From<TraceError>>(&self, mut each: impl FnMut(Head<'_>) -> Result<(), E>) -> Result<(), E> {
        self.lines(|line| match skim::head(line.text) {
            Ok(Some(head)) => each(head),
            Ok(None) => Ok(()),
            Err(what) => Err(line.broken(what).into()),
        })
    }

    /// Calls `each` with what orders each event or record, and the place to read it from, in the order of lines.
    pub fn skim<E: From<TraceError>>(&self, mut each: impl FnMut(u64, Skim<'_>) -> Result<(), E>) -> Result<(), E> {
        self.lines(|line| match skim::skim(line.text) {
            Ok(Some(skim)) => each(line.offset, skim),
            Ok(None) => Ok(()),
            Err(what) => Err(line.broken(what).into()),
        })
    }

    /// Calls `each` with every whole line after the header.
    fn lines<E: From<TraceError>>(&self, mut each: impl FnMut(WholeLine<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut lines = Lines::new(&self.bytes, self.body, 2);
        while let Some(line) = lines.next()? {
            each(line)?;
        }
        Ok(())
    }

    /// Reads single events.
    pub const fn reader(&self) -> EventReader<'_> {
        EventReader {
            source: self,
            window: Vec::new(),
            start: 0,
        }
    }
}

/// Reads single events by their place, as [`TraceSource::skim`] told it.
#[derive(Debug)]
pub struct EventReader<'a> {
    source: &'a TraceSource,
    /// What was read last; neighbours in the causal order are often neighbours in the file.
    window: Vec<u8>,
    start: u64,
}

impl EventReader<'_> {
    /// Reads the event whose line begins at `offset`.
    pub fn event(&mut self, offset: u64) -> Result<Event, TraceError> {
        let source = self.source;
        let text = match &source.bytes {
            Bytes::Memory(bytes) => {
                let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
                rest.unwrap_or_default().split(|b| *b == b'\n').next()
            }
            Bytes::File(_) => self.line(offset)?,
        };
        serde_json::from_slice(text.unwrap_or_default()).map_err(|error| self.broken(offset, &error))
    }

    fn line(&mut self, offset: u64) -> Result<Option<&[u8]>, TraceError> {
        let inside = offset
            .checked_sub(self.start)
            .and_then(|at| usize::try_from(at).ok())
            .filter(|at| *at < self.window.len());
        if let Some(at) = inside
            && let Some(length) = self.window[at..].iter().position(|b| *b == b'\n')
        {
            return Ok(Some(&self.window[at..at + length]));
        }
        self.start = offset;
        self.window.clear();
        let mut size = WINDOW;
        loop {
            let filled = self.window.len();
            self.window.resize(size, 0);
            let count = self
                .source
                .bytes
                .read_at(&mut self.window[filled..], offset + filled as u64)?;
            self.window.truncate(filled + count);
            if let Some(length) = self.window[filled..].iter().position(|b| *b == b'\n') {
                return Ok(Some(&self.window[..filled + length]));
            }
            if count == 0 || size > LINE_MAX {
                return Ok(None);
            }
            size = (self.window.len() * 2).max(WINDOW);
        }
    }

    /// The error of a line that was whole JSON when it was skimmed, but is no event.
    fn broken(&self, offset: u64, error: &serde_json::Error) -> TraceError {
        let mut lines = Lines::new(&self.source.bytes, 0, 1);
        let mut number = 1;
        while let Ok(Some(line)) = lines.next() {
            number = line.number;
            if line.offset >= offset {
                break;
            }
        }
        TraceError::Broken {
            line: number,
            what: error.to_string(),
        }
    }
}

/// Where the lines lie.
#[derive(Debug)]
enum Bytes {
    File(File),
    Memory(Vec<u8>),
}

impl Bytes {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::File(file) => read_file_at(file, buffer, offset),
            Self::Memory(bytes) => {
                let at = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                (&bytes[at..]).read(buffer)
            }
        }
    }

    fn len(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(file.metadata()?.len()),
            Self::Memory(bytes) => Ok(bytes.len() as u64),
        }
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_file_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// A line without its line feed.
struct WholeLine<'a> {
    /// Where it begins.
    offset: u64,
    /// Which line, from 1.
    number: u64,
    text: &'a [u8],
}

impl WholeLine<'_> {
    const fn broken(&self, what: String) -> TraceError {
        let line = self.number;
        TraceError::Broken { line, what }
    }
}

/// The whole lines from a place on.
struct Lines<'a> {
    input: BufReader<Onward<'a>>,
    text: Vec<u8>,
    /// Where the next line begins.
    offset: u64,
    /// The next line's number.
    number: u64,
}

struct Onward<'a> {
    bytes: &'a Bytes,
    offset: u64,
}

impl Read for Onward<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a Bytes, offset: u64, number: u64) -> Self {
        Self {
            input: BufReader::with_capacity(64 << 10, Onward { bytes, offset }),
            text: Vec::new(),
            offset,
            number,
        }
    }

    /// The next line; `None` at the end or at a line that is not whole.
    fn next(&mut self) -> Result<Option<WholeLine<'_>>, TraceError> {
        self.text.clear();
        let count = (&mut self.input)
            .take(LINE_MAX as u64 + 1)
            .read_until(b'\n', &mut self.text)?;
        if count > LINE_MAX {
            return Err(TraceError::TooLong { line: self.number });
        }
        if self.text.pop() != Some(b'\n') {
            return Ok(None);
        }
        let (offset, number) = (self.offset, self.number);
        self.offset += count as u64;
        self.number += 1;
        Ok(Some(WholeLine {
            offset,
            number,
            text: &self.text,
        }))
    }
}

#[cfg(test)]
mod tests;
