//! A diagram read back from its Mermaid text.
//!
//! Owns two ways of reading: strictly, what wiretale wrote as it wrote it, and any sequence diagram of the usual
//! statements. Does not own the statements (`statement`) nor the words of errors (`error`).

use std::collections::HashMap;
use std::io::{self, Read};

use super::error::{Flaw, ReadError};
use super::statement::{self, Statement};
use crate::diagram::escape::uncomment;
use crate::diagram::label::visible;
use crate::diagram::mermaid::{self, END_LINE, FORMAT, FORMAT_LINE};
use crate::diagram::model::{Arrow, Diagram, FrameKind, Line, Participant};

/// The largest text that is read, in bytes: a thousand times what a picture can show.
pub const LARGEST: usize = 64 << 20;

/// As many frames are read inside each other.
const DEEPEST: usize = 256;

/// How a merge conflict is marked.
const CONFLICT: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// An approved diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// What it shows; its title and remarks are not in the text.
    pub diagram: Diagram,
}

impl Baseline {
    /// Reads what wiretale wrote. Whatever it would write otherwise is an error: so two baselines have the same text, but
    /// for line ends, exactly where they have the same diagram.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let text = text(bytes)?;
        whole(text)?;
        let diagram = Reader::new(true).read(text)?;
        let written = mermaid::write(&diagram);
        let mut expected = written.lines();
        for (number, found) in (1..).zip(text.lines()) {
            let expected = expected.next();
            if Some(found) != expected {
                let alike = found
                    .chars()
                    .zip(expected.unwrap_or_default().chars())
                    .take_while(|(a, b)| a == b)
                    .count();
                let indent = found.len() - found.trim_start().len();
                return Err(at(number, alike.max(indent), Flaw::Foreign(found.to_owned())));
            }
        }
        Ok(Self { diagram })
    }
}

/// Reads any Mermaid sequence diagram of the usual statements. What is not compared is left out: activations, boxes,
/// numbers, links.
pub fn foreign(bytes: &[u8]) -> Result<Diagram, ReadError> {
    let text = text(bytes)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // What says that wiretale wrote it says, too, where it ends.
    if text
        .lines()
        .nth(1)
        .is_some_and(|line| line.trim_start().starts_with(FORMAT_LINE))
    {
        ended(text)?;
    }
    Reader::new(false).read(text)
}

/// Reads all of an input, and of one that is too large enough for [`Baseline::read`] and [`foreign`] to know.
pub fn bounded(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether two texts are the same but for their line ends.
pub fn same_text(a: &str, b: &str) -> bool {
    a.lines().eq(b.lines())
}

fn at(line: usize, before: usize, flaw: Flaw) -> ReadError {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    ReadError {
        line: count(line),
        column: count(before + 1),
        flaw,
    }
}

/// The text of these bytes, without marks of a merge conflict.
fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.len() > LARGEST {
        return Err(at(1, 0, Flaw::TooLarge));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (good, bad) = bytes.split_at(error.valid_up_to());
        let good = String::from_utf8_lossy(good);
        let line = good.rsplit('\n').next().unwrap_or_default();
        at(
            good.matches('\n').count() + 1,
            line.chars().count(),
            Flaw::NotUtf8(bad.first().copied().unwrap_or_default()),
        )
    })?;
    let conflict = (1..).zip(text.lines()).find(|(_, line)| {
        let mark = CONFLICT.iter().find(|mark| line.starts_with(**mark));
        mark.is_some_and(|mark| line.len() == mark.len() || line[mark.len()..].starts_with(' '))
    });
    match conflict {
        Some((line, mark)) => Err(at(line, 0, Flaw::Conflict(mark.to_owned()))),
        None => Ok(text),
    }
}

/// That a text begins and ends as wiretale begins and ends one.
fn whole(text: &str) -> Result<(), ReadError> {
    let mut lines = text.lines();
    match lines.next() {
        None => return Err(at(1, 0, Flaw::Empty)),
        Some("sequenceDiagram") => {}
        Some(first) => return Err(at(1, 0, Flaw::NotADiagram(first.to_owned()))),
    }
    let second = lines.next().unwrap_or_default();
    let indent = second.len() - second.trim_start().len();
    match second
        .trim_start()
        .strip_prefix(FORMAT_LINE)
        .map(|version| version.trim().parse::<u64>())
    {
        Some(Ok(version)) if version == u64::from(FORMAT) => {}
        Some(Ok(version)) if version > u64::from(FORMAT) => {
            return Err(at(2, indent, Flaw::Later(version)));
        }
        _ => return Err(at(2, indent, Flaw::NoFormat(second.to_owned()))),
    }
    ended(text)
}

/// That a text has the last line of what wiretale writes.
fn ended(text: &str) -> Result<(), ReadError> {
    let lines = (1..).zip(text.lines());
    let (number, last) = lines
        .filter(|(_, line)| !line.trim().is_empty())
        .last()
        .unwrap_or((1, ""));
    if last.trim() != END_LINE {
        return Err(at(number, 0, Flaw::Truncated(last.to_owned())));
    }
    Ok(())
}

/// A frame that was begun.
struct Open {
    /// A `box` has none.
    kind: Option<FrameKind>,
    line: usize,
    column: usize,
}

struct Reader<'a> {
    strict: bool,
    diagram: Diagram,
    places: HashMap<&'a str, usize>,
    open: Vec<Open>,
    /// Whether something stood before, behind which there are no lines about the diagram itself.
    begun: bool,
}

impl<'a> Reader<'a> {
    fn new(strict: bool) -> Self {
        Self {
            strict,
            diagram: Diagram::default(),
            places: HashMap::new(),
            open: Vec::new(),
            begun: false,
        }
    }

    fn read(mut self, text: &'a str) -> Result<Diagram, ReadError> {
        let mut lines = (1..).zip(text.lines());
        self.head(&mut lines)?;
        let mut described = false;
        for (number, line) in lines {
            // A description may have several lines in braces.
            if described || line.trim_start().starts_with("accDescr {") {
                described = !line.contains('}');
                continue;
            }
            let indent = line.chars().take_while(|c| c.is_whitespace()).count();
            let Some(statement) = statement::parse(line) else {
                return Err(at(number, indent, Flaw::Unknown(line.to_owned())));
            };
            self.statement(statement, number, indent)
                .map_err(|flaw| at(number, indent, flaw))?;
        }
        if let Some(open) = self.open.pop() {
            let word = open.kind.map_or("box", mermaid::keyword);
            return Err(at(open.line, open.column, Flaw::NotEnded(word.to_owned())));
        }
        Ok(self.diagram)
    }

    /// Passes over all up to the word that says what kind of diagram it is.
    fn head(&mut self, lines: &mut impl Iterator<Item = (usize, &'a str)>) -> Result<(), ReadError> {
        let mut front = false;
        for (number, line) in lines {
            let said = line.trim();
            match said {
                "---" if front || number == 1 => front = !front,
                _ if front => {
                    if let Some(title) = said.strip_prefix("title:") {
                        self.diagram.title = Some(visible(title.trim()));
                    }
                }
                "sequenceDiagram" | "sequenceDiagram;" => return Ok(()),
                _ if said.is_empty() || said.starts_with("%%") => {}
                _ => return Err(at(number, 0, Flaw::NotADiagram(line.to_owned()))),
            }
        }
        Err(at(1, 0, Flaw::Empty))
    }

    fn statement(&mut self, statement: Statement<'a>, line: usize, column: usize) -> Result<(), Flaw> {
        match statement {
            Statement::Comment(comment) => {
                if !self.begun {
                    self.about(comment);
                }
                return Ok(());
            }
            Statement::Nothing => return Ok(()),
            Statement::Title(title) => self.diagram.title = Some(title),
            Statement::Participant(id, name) => self.named(id, name),
            Statement::Arrow(from, to, arrow, text) => {
                if self.strict && matches!(arrow, Arrow::Line | Arrow::Dotted) {
                    return Err(Flaw::Foreign(mermaid::head(arrow).to_owned()));
                }
                let (from, to) = (self.place(from)?, self.place(to)?);
                self.diagram.lines.push(Line::Arrow { from, to, arrow, text });
            }
            Statement::Note(over, text) => {
                let over: Vec<usize> = over.into_iter().map(|id| self.place(id)).collect::<Result<_, _>>()?;
                let first = over.iter().min().copied().unwrap_or_default();
                let last = over.iter().max().copied().unwrap_or_default();
                self.diagram.lines.push(Line::Note { first, last, text });
            }
            Statement::Begin(kind, title) => {
                if self.open.len() == DEEPEST {
                    return Err(Flaw::TooDeep(DEEPEST));
                }
                let ours = matches!(kind, Some(FrameKind::Loop | FrameKind::Par | FrameKind::Alt));
                if self.strict && !ours {
                    return Err(Flaw::Foreign(kind.map_or("box", mermaid::keyword).to_owned()));
                }
                self.open.push(Open { kind, line, column });
                self.diagram
                    .lines
                    .extend(kind.map(|frame| Line::Begin { frame, title }));
            }
            Statement::Section(kind, title) => {
                if self.open.last().and_then(|open| open.kind) != Some(kind) {
                    return Err(Flaw::Astray(mermaid::section(kind).to_owned()));
                }
                self.diagram.lines.push(Line::And { title });
            }
            Statement::End => {
                let open = self.open.pop().ok_or(Flaw::EndsNothing)?;
                self.diagram.lines.extend(open.kind.map(|_| Line::End));
            }
        }
        self.begun = true;
        Ok(())
    }

    /// A line about the diagram itself, as wiretale writes them.
    fn about(&mut self, comment: &str) {
        let Some((key, value)) = comment.split_once(": ").or_else(|| comment.split_once(':')) else {
            return;
        };
        let value = || uncomment(value);
        match key.trim() {
            "scenario" => self.diagram.scenario = value(),
            "case" => self.diagram.case = Some(value()),
            "seed" => self.diagram.seed = value().trim().parse().ok(),
            "hash" => self.diagram.hash = value(),
            "verdict" => self.diagram.verdict = Some(value()),
            _ => {}
        }
    }

    fn named(&mut self, id: &'a str, name: Option<String>) {
        let place = *self.places.entry(id).or_insert(self.diagram.participants.len());
        let label = name.unwrap_or_else(|| visible(id));
        match self.diagram.participants.get_mut(place) {
            Some(known) => known.label = label,
            None => self.diagram.participants.push(Participant { label }),
        }
    }

    /// The place of a participant; Mermaid has one as soon as it is named.
    fn place(&mut self, id: &'a str) -> Result<usize, Flaw> {
        if let Some(place) = self.places.get(id) {
            return Ok(*place);
        }
        if self.strict {
            return Err(Flaw::Foreign(id.to_owned()));
        }
        self.named(id, None);
        Ok(self.places[id])
    }
}

#[cfg(test)]
mod tests;
