//! A trace is read back as it was written, and broken ones as far as they are whole.

use std::io::Write;

use super::*;
use crate::finding::{Finding, FindingKind, Verdict};
use crate::ident::Direction;
use crate::trace::event::{Access, Closed, Closing, Content, Fate, Frame, Kind, Mode, Record};

const HEADER: &str = r#"{"header":{"trace":1,"wiretale":"0","scenario":"s.json","seed":7,"actors":[],"steps":[]}}"#;

fn event(index: u32, kind: Kind) -> Event {
    Event {
        strand: "C \"quoted\"".to_owned(),
        index,
        time: 5,
        step: Some(3),
        frames: vec![Frame {
            step: 1,
            time: 2,
            part: 3,
        }],
        label: Some("label".to_owned()),
        hide: true,
        event: kind,
    }
}

/// One of each kind.
fn kinds() -> Vec<Kind> {
    let connection = || "S/C#1".to_owned();
    let content = || Content {
        text: Some("strand\":\"no\n".to_owned()),
        ..Content::default()
    };
    let direction = Direction::ToOpener;
    let watch = || vec!["S/C#1<".to_owned(), "!go \"on\"".to_owned()];
    let name = || "go".to_owned();
    let (start, end) = (1, 9);
    vec![
        Kind::Listening {
            endpoint: "S".to_owned(),
            address: "127.0.0.1:1".to_owned(),
        },
        Kind::Connect {
            connection: connection(),
            datagrams: false,
        },
        Kind::Connected {
            connection: connection(),
        },
        Kind::Refused {
            endpoint: "S".to_owned(),
            again: true,
            status: Some(404),
        },
        Kind::Accept {
            connection: connection(),
            datagrams: false,
            watch: watch(),
        },
        Kind::Send {
            connection: connection(),
            direction,
            start,
            end,
            content: content(),
            broadcast: Some(2),
        },
        Kind::Receive {
            connection: connection(),
            direction,
            start,
            end,
            content: content(),
            watch: watch(),
            captured: Default::default(),
        },
        Kind::Malformed {
            connection: connection(),
            direction,
            start,
            end,
            content: content(),
            why: "why".to_owned(),
        },
        Kind::Closing {
            connection: connection(),
            direction,
            how: Closing::Reset,
            code: Some(1001),
        },
        Kind::Closed {
            connection: connection(),
            direction,
            how: Closed::Truncated,
            code: Some(1000),
            partial: Some((1, None)),
            watch: watch(),
        },
        Kind::Timeout {
            of: "step".to_owned(),
            watch: Vec::new(),
        },
        Kind::Silent { watch: watch() },
        Kind::Spawned { strand: name() },
        Kind::Joined { strand: name() },
        Kind::Signalled { name: name(), nth: 1 },
        Kind::Awaited {
            name: name(),
            count: 1,
            watch: Vec::new(),
        },
        Kind::Access {
            cells: vec![Access {
                cell: "S.n".to_owned(),
                mode: Mode::Write,
                nth: 4,
            }],
        },
        Kind::Started {},
        Kind::Exited {
            status: "signal 15".to_owned(),
        },
        Kind::Note {
            text: "note".to_owned(),
            over: vec!["S".to_owned()],
        },
        Kind::Phase {
            text: "phase".to_owned(),
        },
        Kind::Finding(Box::new(Finding {
            kind: FindingKind::Timeout,
            verdict: Verdict::Fail,
            strand: "C".to_owned(),
            verb: None,
            place: None,
            text: "nothing came".to_owned(),
            actual: None,
            expected: Vec::new(),
            help: None,
            follows: false,
        })),
    ]
}

fn lines() -> Vec<Line> {
    let header = serde_json::from_str(HEADER).unwrap();
    let events = kinds()
        .into_iter()
        .zip(0..)
        .map(|(kind, index)| Line::Event(Box::new(event(index, kind))));
    let record = Record {
        strand: "C".to_owned(),
        index: 5,
        fate: Fate::Lost,
    };
    let ends = [Line::Record(record), Line::Footer(Footer::default())];
    std::iter::once(header).chain(events).chain(ends).collect()
}

fn skim_all(source: &TraceSource) -> Result<Vec<(u64, String)>, TraceError> {
    let mut all = Vec::new();
    source.skim(|offset, skim| {
        all.push((offset, format!("{skim:?}")));
        Ok::<(), TraceError>(())
    })?;
    Ok(all)
}

fn broken(line: &str) -> String {
    let source = TraceSource::from_bytes(format!("{HEADER}\n{line}\n").into_bytes()).unwrap();
    skim_all(&source).unwrap_err().to_string()
}

#[test]
fn each_kind_of_event_is_skimmed_and_read_back_whole() {
    let source = TraceSource::from_lines(&lines()).unwrap();
    let skimmed = skim_all(&source).unwrap();
    assert_eq!(skimmed.len(), kinds().len() + 1);
    let mut reader = source.reader();
    // Not in the order of lines.
    let expected: Vec<_> = kinds().into_iter().zip(0..).collect();
    for ((offset, _), (kind, index)) in skimmed.iter().zip(expected).rev() {
        assert_eq!(reader.event(*offset).unwrap(), event(index, kind));
    }
    assert!(skimmed[6].1.contains("go \\\"on\\\""), "{}", skimmed[6].1);
    assert!(skimmed.last().unwrap().1.starts_with("Record"));
}

#[test]
fn a_file_is_read_as_memory_is() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut long = lines();
    // Longer than one window, and than two.
    for index in 0..2_u32 {
        long.insert(
            1,
            Line::Event(Box::new(event(
                index,
                Kind::Note {
                    text: "x".repeat(WINDOW * 3 * (index as usize + 1)),
                    over: Vec::new(),
                },
            ))),
        );
    }
    for line in &long {
        serde_json::to_writer(&mut file, line).unwrap();
        file.write_all(b"\n").unwrap();
    }
    let source = TraceSource::open(file.path()).unwrap();
    let memory = TraceSource::from_lines(&long).unwrap();
    assert_eq!(source.footer(), Some(&Footer::default()));
    let skimmed = skim_all(&source).unwrap();
    assert_eq!(skimmed, skim_all(&memory).unwrap());
    let (mut one, mut other) = (source.reader(), memory.reader());
    for (offset, _) in skimmed.iter().take(kinds().len() + 2).rev().chain(&skimmed[..4]) {
        assert_eq!(one.event(*offset).unwrap(), other.event(*offset).unwrap());
    }
}

#[test]
fn a_last_line_that_is_not_whole_is_ignored() {
    let source = TraceSource::from_bytes(format!("{HEADER}\n{{\"strand\":").into_bytes()).unwrap();
    assert!(source.footer().is_none());
    assert_eq!(skim_all(&source).unwrap(), []);
}

#[test]
fn a_whole_line_that_is_broken_is_named() {
    assert!(broken("nonsense").starts_with("line 2 of the trace is broken: expected"));
    assert!(broken("{}").contains("neither an event"));
    assert!(broken("").contains("line 2"));
    assert!(broken(r#"{"strand":"C","index":0,"event":{"flew":{}}}"#).contains("unknown variant `flew`"));
}

#[test]
fn an_event_whose_content_is_broken_is_named_when_it_is_read() {
    let line = r#"{"strand":"C","index":0,"time":"now","event":{"phase":{"text":"x"}}}"#;
    let source = TraceSource::from_bytes(format!("{HEADER}\n{line}\n").into_bytes()).unwrap();
    let offset = skim_all(&source).unwrap()[0].0;
    let error = source.reader().event(offset).unwrap_err().to_string();
    assert!(
        error.starts_with("line 2 of the trace is broken: invalid type"),
        "{error}"
    );
}

#[test]
fn what_does_not_begin_with_a_header_is_no_trace() {
    for text in ["", "\n", "{}\n", "hello\n", HEADER] {
        let source = TraceSource::from_bytes(text.as_bytes().to_vec());
        assert!(matches!(source, Err(TraceError::NoHeader(_))), "{text}");
    }
}

#[test]
fn a_later_version_is_refused_whatever_its_shape() {
    let source = TraceSource::from_bytes(b"{\"header\":{\"trace\":2,\"all\":\"new\"}}\n".to_vec());
    assert!(matches!(source, Err(TraceError::Later { found: 2 })));
}
