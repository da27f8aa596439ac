//! One line of a Mermaid sequence diagram.
//!
//! Owns which statements are known, and how each is taken apart. Does not own what they make together (`reader`).

use crate::diagram::escape::unescape;
use crate::diagram::label;
use crate::diagram::model::{Arrow, FrameKind};

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement<'a> {
    /// Nothing that is drawn, or nothing that is compared: activations, numbers, links.
    Nothing,
    /// `%% …`, without the marks.
    Comment(&'a str),
    /// The diagram's title.
    Title(String),
    /// A participant, and what it is called where that is said.
    Participant(&'a str, Option<String>),
    /// From one to another.
    Arrow(&'a str, &'a str, Arrow, String),
    /// A note over some.
    Note(Vec<&'a str>, String),
    /// A frame begins; one that is not kept where it is of no kind: a `box`.
    Begin(Option<FrameKind>, String),
    /// The next section of a frame of this kind.
    Section(FrameKind, String),
    /// A frame ends.
    End,
}

/// How arrows are written; where one begins as another does, the longer comes first.
const ARROWS: [(&str, Arrow); 8] = [
    ("-->>", Arrow::Response),
    ("->>", Arrow::Request),
    ("--)", Arrow::Crossed),
    ("-)", Arrow::Open),
    ("-->", Arrow::Dotted),
    ("->", Arrow::Line),
    ("--x", Arrow::Reset),
    ("-x", Arrow::Lost),
];

/// How many of them cannot be part of a name: a name may hold `-x`.
const CLEAR: usize = 6;

/// Takes a line apart; none where it is no statement that is known.
pub(super) fn parse(line: &str) -> Option<Statement<'_>> {
    let line = line.trim_start();
    if let Some(comment) = line.strip_prefix("%%") {
        return Some(Statement::Comment(comment));
    }
    let line = without_end(line.trim_end());
    let word = line
        .split(|c: char| c.is_whitespace() || c == ':')
        .next()
        .unwrap_or_default();
    let rest = line[word.len()..].trim_start();
    let frame = |kind| Some(Statement::Begin(Some(kind), text(rest)));
    // A title may hold what looks like an arrow, so that the words come first, as they do for Mermaid.
    match &*word.to_ascii_lowercase() {
        "" => Some(Statement::Nothing),
        "note" => note(rest).or_else(|| arrow(line)),
        "participant" | "actor" => participant(rest),
        "create" => participant(rest.split_once(char::is_whitespace)?.1.trim_start()),
        "loop" => frame(FrameKind::Loop),
        "par" | "par_over" => frame(FrameKind::Par),
        "alt" => frame(FrameKind::Alt),
        "opt" => frame(FrameKind::Opt),
        "critical" => frame(FrameKind::Critical),
        "break" => frame(FrameKind::Break),
        "rect" => frame(FrameKind::Rect),
        "box" => Some(Statement::Begin(None, text(rest))),
        "and" => Some(Statement::Section(FrameKind::Par, text(rest))),
        "else" => Some(Statement::Section(FrameKind::Alt, text(rest))),
        "option" => Some(Statement::Section(FrameKind::Critical, text(rest))),
        "end" if rest.is_empty() => Some(Statement::End),
        "title" => Some(Statement::Title(text(rest.trim_start_matches(':')))),
        "activate" | "deactivate" | "destroy" | "autonumber" | "link" | "links" | "properties" | "details"
        | "acctitle" | "accdescr" => Some(Statement::Nothing),
        _ => arrow(line),
    }
}

/// A line without a `;` at its end that is no part of a code.
fn without_end(line: &str) -> &str {
    let Some(before) = line.strip_suffix(';') else {
        return line;
    };
    let code = before.rsplit('#').next().unwrap_or_default();
    let is_code = before.contains('#') && !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_code { line } else { before.trim_end() }
}

fn participant(rest: &str) -> Option<Statement<'_>> {
    let (id, name) = match rest.split_once(" as ") {
        Some((id, name)) => (id, Some(text(name))),
        None => match rest.strip_suffix(" as") {
            Some(id) => (id, Some(String::new())),
            None => (rest, None),
        },
    };
    let id = id.split("@{").next().unwrap_or_default().trim();
    (!id.is_empty()).then_some(Statement::Participant(id, name))
}

fn arrow(line: &str) -> Option<Statement<'_>> {
    let (head, said) = line.split_once(':').unwrap_or((line, ""));
    let first = |arrows: &[(&'static str, Arrow)]| {
        let found = (arrows.iter()).filter_map(|(spelling, arrow)| Some((head.find(spelling)?, *spelling, *arrow)));
        // Of two that begin at one place the longer is meant.
        found.min_by_key(|(at, spelling, _)| (*at, usize::MAX - spelling.len()))
    };
    let (at, spelling, arrow) = first(&ARROWS[..CLEAR]).or_else(|| first(&ARROWS[CLEAR..]))?;
    let from = head[..at].trim();
    let to = head[at + spelling.len()..].trim_start_matches(['+', '-']).trim();
    let whole = !from.is_empty() && !to.is_empty() && !to.starts_with('>');
    whole.then(|| Statement::Arrow(from, to, arrow, text(said)))
}

fn note(rest: &str) -> Option<Statement<'_>> {
    let (over, said) = rest.split_once(':')?;
    let lower = over.to_ascii_lowercase();
    let begun = ["over ", "left of ", "right of "]
        .iter()
        .find(|words| lower.starts_with(**words))?;
    let over: Vec<&str> = over[begun.len()..].split(',').map(str::trim).collect();
    let whole = over.len() <= 2 && over.iter().all(|id| !id.is_empty());
    whole.then(|| Statement::Note(over, text(said)))
}

/// A text as it is seen: with nothing invisible in it, which may stand in diagrams of others.
fn text(written: &str) -> String {
    let mut written = written.trim();
    let lower = written.to_ascii_lowercase();
    for mark in [":wrap:", ":nowrap:", "wrap:", "nowrap:"] {
        if lower.starts_with(mark) {
            written = written[mark.len()..].trim_start();
            break;
        }
    }
    let broken = if written.contains('<') {
        ["<br/>", "<br />", "<br>"]
            .iter()
            .fold(written.to_owned(), |text, tag| text.replace(tag, "⏎"))
    } else {
        written.to_owned()
    };
    label::visible(&unescape(&broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(from: &'static str, to: &'static str, arrow: Arrow, text: &str) -> Option<Statement<'static>> {
        Some(Statement::Arrow(from, to, arrow, text.to_owned()))
    }

    #[test]
    fn arrows_are_told_apart_and_names_may_hold_hyphens() {
        for (line, expected) in [
            ("p0->>p1: a: b", arrow("p0", "p1", Arrow::Request, "a: b")),
            ("p0-->>p1: #lt;b>", arrow("p0", "p1", Arrow::Response, "<b>")),
            ("A -) B : x", arrow("A", "B", Arrow::Open, "x")),
            ("A--)B:x", arrow("A", "B", Arrow::Crossed, "x")),
            ("A-xB:x->>y", arrow("A", "B", Arrow::Lost, "x->>y")),
            ("A--xB:", arrow("A", "B", Arrow::Reset, "")),
            ("A->B: x", arrow("A", "B", Arrow::Line, "x")),
            ("A-->B: x;", arrow("A", "B", Arrow::Dotted, "x")),
            ("web-xy->>+my-db: x", arrow("web-xy", "my-db", Arrow::Request, "x")),
            ("A-->>-B: wrap: x<br/>y", arrow("A", "B", Arrow::Response, "x⏎y")),
            ("note ->> B: a", arrow("note", "B", Arrow::Request, "a")),
            ("Note->>B: a#59;", arrow("Note", "B", Arrow::Request, "a;")),
            ("A->>: x", None),
            ("->>B: x", None),
            ("A<<->>B: x", arrow("A<<", "B", Arrow::Request, "x")),
        ] {
            assert_eq!(parse(line), expected, "{line}");
        }
    }

    #[test]
    fn the_usual_statements_are_known() {
        let of = |text: &str| text.to_owned();
        for (line, expected) in [
            ("", Some(Statement::Nothing)),
            ("  %% x", Some(Statement::Comment(" x"))),
            ("participant A", Some(Statement::Participant("A", None))),
            (
                "actor A as Ann  Lee",
                Some(Statement::Participant("A", Some(of("Ann  Lee")))),
            ),
            (
                "create participant A as B",
                Some(Statement::Participant("A", Some(of("B")))),
            ),
            (
                "participant A@{ \"type\": \"queue\" }",
                Some(Statement::Participant("A", None)),
            ),
            ("Note over A,B: x", Some(Statement::Note(vec!["A", "B"], of("x")))),
            ("note right of A: x", Some(Statement::Note(vec!["A"], of("x")))),
            ("Note over A", None),
            ("Note over my-xa: x", Some(Statement::Note(vec!["my-xa"], of("x")))),
            (
                "alt x->>y: z",
                Some(Statement::Begin(Some(FrameKind::Alt), of("x->>y: z"))),
            ),
            ("loop", Some(Statement::Begin(Some(FrameKind::Loop), of("")))),
            (
                "rect rgb(1, 2, 3)",
                Some(Statement::Begin(Some(FrameKind::Rect), of("rgb(1, 2, 3)"))),
            ),
            ("box Aqua x", Some(Statement::Begin(None, of("Aqua x")))),
            ("else", Some(Statement::Section(FrameKind::Alt, of("")))),
            ("option x", Some(Statement::Section(FrameKind::Critical, of("x")))),
            ("END", Some(Statement::End)),
            ("title: x", Some(Statement::Title(of("x")))),
            ("autonumber 10 5", Some(Statement::Nothing)),
            ("activate A", Some(Statement::Nothing)),
            ("graph TD", None),
            ("loopback", None),
        ] {
            assert_eq!(parse(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_invisible_becomes_visible() {
        assert_eq!(
            parse("A->>B: \u{1b}[31m\u{202e}"),
            arrow("A", "B", Arrow::Request, "␛[31m\\u{202e}")
        );
    }
}
