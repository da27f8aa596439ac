//! Patterns (`JOIN {name}`), regexes and contained text: all are regexes of the whole message in the end.

use std::fmt;
use std::sync::{Arc, OnceLock};

use regex::bytes::Regex;
use serde_json::Value as Json;

use super::difference::{excerpt, excerpt_at, text_or_hex};
use super::{Captures, Expression, Mismatch, Template, regex_error};
use crate::wire::automaton::Automaton;
use crate::wire::template::{ExpressionError, Part, Scope};

/// A part of a pattern.
#[derive(Debug)]
pub(super) enum Piece {
    /// Text as it is.
    Text(String),
    /// Text that is filled in.
    Template(Template),
    /// What is captured.
    Capture { name: String, kind: CaptureKind },
}

/// What a capture of a pattern takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CaptureKind {
    /// The shortest text.
    Shortest,
    /// An integer, which is captured as one.
    Integer,
    /// Anything without blanks.
    Word,
    /// The shortest text without `/`, of at least one character.
    Segment,
    /// All that is left, which may be nothing.
    Rest,
}

impl CaptureKind {
    fn regex(self) -> &'static str {
        match self {
            Self::Shortest => "(.*?)",
            // So many digits always fit 64 bits.
            Self::Integer => "(-?[0-9]{1,18})",
            Self::Word => r"(\S+)",
            Self::Segment => "([^/]+?)",
            Self::Rest => "(.*)",
        }
    }
}

/// The parts of a pattern, and how it is shown.
pub(super) fn pieces(template: &Template) -> Result<(Vec<Piece>, String), String> {
    let mut pieces = Vec::new();
    let mut source = String::new();
    for part in template.parts() {
        match part {
            Part::Text(text) => {
                source.push_str(text);
                captures(text, &mut pieces)?;
            }
            Part::Expression(expression) => {
                let written = written(expression);
                let template = Template::compile(&written).map_err(|error| error.text)?;
                source.push_str(&written);
                pieces.push(Piece::Template(template));
            }
        }
    }
    Ok((pieces, source))
}

/// The parts of a pattern of a path, whose captures take no `/`.
pub(super) fn path_pieces(template: &Template) -> Result<(Vec<Piece>, String), String> {
    let (mut pieces, source) = pieces(template)?;
    for piece in &mut pieces {
        if let Piece::Capture { kind, .. } = piece
            && *kind == CaptureKind::Shortest
        {
            *kind = CaptureKind::Segment;
        }
    }
    Ok((pieces, source))
}

fn written(expression: &Expression) -> String {
    format!("{{{{ {} }}}}", expression.source())
}

/// The pieces of a text: a `{` before a name begins a capture, any other is text.
fn captures(text: &str, pieces: &mut Vec<Piece>) -> Result<(), String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, inside) = (&rest[..open], &rest[open + 1..]);
        plain.push_str(before);
        if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            plain.push('{');
            rest = inside;
            continue;
        }
        let end = inside
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(inside.len());
        let (name, after) = inside.split_at(end);
        let (kind, after) = match after.strip_prefix(':').map(|kind| kind.split_once('}')) {
            None => (CaptureKind::Shortest, after.strip_prefix('}')),
            Some(Some(("int", after))) => (CaptureKind::Integer, Some(after)),
            Some(Some(("word", after))) => (CaptureKind::Word, Some(after)),
            Some(Some(("rest", after))) => (CaptureKind::Rest, Some(after)),
            Some(Some((kind, _))) => {
                return Err(format!(
                    "`{kind}` is no kind of a capture; `int`, `word` and `rest` are"
                ));
            }
            Some(None) => (CaptureKind::Shortest, None),
        };
        rest = after.ok_or_else(|| {
            format!("`{{{name}` is not closed by `}}` (as text, `{{` before a name is written `{{{{ '{{' }}}}`)")
        })?;
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Capture {
            name: name.to_owned(),
            kind,
        });
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(())
}

/// A pattern whose templates are filled in.
pub(super) fn fill(pieces: &[Piece], source: &str, scope: &dyn Scope) -> Result<Matching, ExpressionError> {
    let mut regex = String::from("(?s)");
    let mut groups = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => regex.push_str(&regex::escape(text)),
            Piece::Template(template) => regex.push_str(&regex::escape(&template.text(scope)?)),
            Piece::Capture { name, kind } => {
                regex.push_str(kind.regex());
                groups.push((groups.len() + 1, name.clone(), *kind));
            }
        }
    }
    Matching::new(&regex, groups, format!("pattern {source:?}")).map_err(ExpressionError::new)
}

/// A regex of the whole message.
#[derive(Clone)]
pub(in crate::wire) struct Matching(Arc<Compiled>);

struct Compiled {
    regex: Regex,
    source: String,
    /// Made when it is asked for: messages with a framing don't need it.
    automaton: OnceLock<Option<Automaton>>,
    groups: Vec<(usize, String, CaptureKind)>,
    shown: String,
}

impl fmt::Debug for Matching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Matching").field(&self.0.shown).finish()
    }
}

impl Matching {
    /// A regex whose named groups are captured.
    pub(super) fn regex(source: &str) -> Result<Self, String> {
        let plain = Regex::new(source).map_err(|error| regex_error(&error))?;
        let names = plain.capture_names().enumerate();
        let groups = names.filter_map(|(group, name)| Some((group, name?.to_owned(), CaptureKind::Shortest)));
        Self::new(source, groups.collect(), format!("regex {source:?}"))
    }

    fn new(regex: &str, groups: Vec<(usize, String, CaptureKind)>, shown: String) -> Result<Self, String> {
        let whole = Regex::new(&format!(r"\A(?:{regex})\z")).map_err(|error| regex_error(&error))?;
        Ok(Self(Arc::new(Compiled {
            regex: whole,
            source: regex.to_owned(),
            automaton: OnceLock::new(),
            groups,
            shown,
        })))
    }

    /// The names that are captured.
    pub(super) fn captures(&self) -> impl Iterator<Item = &str> {
        self.0.groups.iter().map(|(_, name, _)| name.as_str())
    }

    /// How it is shown: `pattern "JOIN {name}"`.
    pub(super) fn shown(&self) -> &str {
        &self.0.shown
    }

    /// The automaton that finds it in unframed bytes.
    pub(in crate::wire) fn automaton(&self) -> Option<&Automaton> {
        self.0
            .automaton
            .get_or_init(|| Automaton::anchored(&self.0.source))
            .as_ref()
    }

    /// Whether all of the bytes match.
    pub(super) fn test(&self, bytes: &[u8]) -> Result<Captures, Mismatch> {
        let Some(found) = self.0.regex.captures(bytes) else {
            return Err(self.mismatch(bytes));
        };
        let captures = self.0.groups.iter().map(|(group, name, kind)| {
            let text = found.get(*group).map(|found| text_or_hex(found.as_bytes()));
            let value = match (text, kind) {
                (None, _) => Json::Null,
                (Some(text), CaptureKind::Integer) => text.parse::<i64>().map_or(Json::Null, Json::from),
                (Some(text), _) => Json::String(text),
            };
            (name.clone(), value)
        });
        Ok(captures.collect())
    }

    fn mismatch(&self, bytes: &[u8]) -> Mismatch {
        let shown = self.shown();
        let mut run = match self.automaton() {
            Some(automaton) => automaton.run(),
            None => {
                return Mismatch {
                    difference: format!("expected {shown}, found {}", excerpt(bytes)),
                    nearness: 0,
                };
            }
        };
        let died = (0..bytes.len()).find(|at| {
            run.step(bytes, *at);
            run.is_dead()
        });
        Mismatch {
            difference: match died {
                Some(at) => format!("at offset {at}: {shown} does not allow {}", excerpt_at(bytes, at)),
                None => format!("at offset {}: {shown} is not met by {}", bytes.len(), excerpt(bytes)),
            },
            nearness: u32::try_from(died.unwrap_or(bytes.len())).unwrap_or(u32::MAX),
        }
    }
}

/// A text that is contained.
#[derive(Debug)]
pub(in crate::wire) struct Contained {
    text: String,
    automaton: OnceLock<Option<Automaton>>,
}

impl Contained {
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            automaton: OnceLock::new(),
        }
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The automaton that finds it in unframed bytes.
    pub(in crate::wire) fn automaton(&self) -> Option<&Automaton> {
        let regex = || format!("(?s-u:.)*{}(?s-u:.)*", regex::escape(&self.text));
        self.automaton.get_or_init(|| Automaton::anchored(&regex())).as_ref()
    }

    /// Whether it is in these bytes.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        // Text is looked for in each stretch of valid text, none of which it can go beyond.
        self.text.is_empty() || bytes.utf8_chunks().any(|chunk| chunk.valid().contains(&self.text))
    }
}
