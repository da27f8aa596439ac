//! Mermaid's own parser reads in a diagram what wiretale meant.
//!
//! Needs Node and, once, `npm ci` in `tests/mermaid`; without them it says so and passes, unless `WIRETALE_REQUIRE_NODE`
//! is set.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use wiretale::diagram::model::{Arrow, Diagram, FrameKind, Line, Participant};
use wiretale::diagram::{label, mermaid};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mermaid");

#[test]
fn every_approved_diagram_is_read() {
    all_are_read("results");
}

#[test]
fn every_diagram_of_a_difference_is_read() {
    all_are_read("tests/diff");
    all_are_read("tests/regression");
}

/// That all diagrams in a folder are read, and are not too large to be drawn.
#[track_caller]
fn all_are_read(folder: &str) {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).read_dir().unwrap();
    let mut files: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "mmd"));
    assert!(files.len() > 5, "{folder}");
    files.sort();
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect::<Vec<_>>();
    let Some(read) = read(&texts) else {
        return;
    };
    for (file, read) in files.iter().zip(read) {
        assert_eq!(read.get("error"), None, "{}", file.display());
        assert!(
            read["units"].as_u64().unwrap() <= mermaid::LONGEST as u64,
            "{}",
            file.display()
        );
    }
}

#[test]
fn any_text_is_read_as_itself() {
    let texts = nasty_texts();
    let diagrams: Vec<Diagram> = texts.chunks(10).map(holding).collect();
    let Some(read) = read(&diagrams.iter().map(mermaid::write).collect::<Vec<_>>()) else {
        return;
    };
    assert_eq!(read.len(), diagrams.len());
    for (diagram, read) in diagrams.iter().zip(read) {
        let text = mermaid::write(diagram);
        assert_eq!(read.get("error"), None, "{text}");
        let labels: Vec<&str> = diagram
            .participants
            .iter()
            .map(|participant| &*participant.label)
            .collect();
        assert_eq!(blanks(&read["actors"]), blanks(&json!(labels)), "{text}");
        for (line, read) in diagram.lines.iter().zip(read["lines"].as_array().unwrap()) {
            assert_eq!(blanks(read), blanks(&meant(line)), "{text}");
        }
        assert_eq!(diagram.lines.len(), read["lines"].as_array().unwrap().len(), "{text}");
    }
}

/// A diagram with every text at every place that can hold one.
fn holding(texts: &[String]) -> Diagram {
    let arrows = [
        Arrow::Request,
        Arrow::Response,
        Arrow::Open,
        Arrow::Crossed,
        Arrow::Lost,
        Arrow::Reset,
    ];
    let mut diagram = Diagram {
        scenario: texts[0].clone(),
        hash: "0".to_owned(),
        ..Diagram::default()
    };
    for (place, text) in texts.iter().enumerate() {
        diagram.participants.push(Participant { label: text.clone() });
        let text = || text.clone();
        let to = (place + 1) % texts.len();
        diagram.lines.extend([
            Line::Begin {
                frame: [FrameKind::Loop, FrameKind::Alt][place % 2],
                title: text(),
            },
            Line::Arrow {
                from: place,
                to,
                arrow: arrows[place % arrows.len()],
                text: text(),
            },
            Line::End,
            Line::Begin {
                frame: FrameKind::Par,
                title: text(),
            },
            Line::Note {
                first: place,
                last: place,
                text: text(),
            },
            Line::And { title: text() },
            Line::Note {
                first: 0,
                last: texts.len() - 1,
                text: text(),
            },
            Line::End,
        ]);
    }
    diagram
}

/// What the checker says of a line that was read as it was meant.
fn meant(line: &Line) -> Value {
    match line {
        Line::Arrow { from, to, arrow, text } => {
            json!({ "arrow": mermaid::head(*arrow), "from": from, "to": to, "text": text })
        }
        Line::Note { first, last, text } => json!({ "note": [first, last], "text": text }),
        Line::Begin { frame, title } => {
            let kind = match frame {
                FrameKind::Loop => "LOOP_START",
                FrameKind::Par => "PAR_START",
                FrameKind::Alt => "ALT_START",
                FrameKind::Opt => "OPT_START",
                FrameKind::Critical => "CRITICAL_START",
                FrameKind::Break => "BREAK_START",
                FrameKind::Rect => "RECT_START",
            };
            json!({ "frame": kind, "text": title })
        }
        Line::And { title } => json!({ "frame": "PAR_AND", "text": title }),
        Line::End => json!({ "frame": "END", "text": "" }),
    }
}

/// The same with ends of all frames alike and with blanks that may not be stripped as plain ones, as which they are seen.
fn blanks(read: &Value) -> Value {
    let text = read.to_string().replace('\u{a0}', " ");
    let text = ["LOOP_END", "PAR_END", "ALT_END", "RECT_END"]
        .iter()
        .fold(text, |text, end| text.replace(end, "END"));
    serde_json::from_str(&text).expect("blanks are no part of JSON")
}

/// Labels of what a payload may hold, the same at every run.
fn nasty_texts() -> Vec<String> {
    let pieces = [
        ";",
        "#",
        "%%",
        "%",
        "{",
        "}",
        "%%{init: {}}%%",
        "<br>",
        "<br/>",
        "<b>",
        "</b>",
        "<!--",
        "<?x",
        "< 3",
        ">",
        "&",
        "&lt;",
        "&#35;",
        "#35;",
        "#lt;",
        "$$",
        "$",
        "$$x^2$$",
        "wrap:",
        "nowrap:",
        "Wrap:",
        ":wrap:",
        "style",
        "style a: b#c;d",
        "classDef x:y",
        ":",
        "::",
        "->>",
        "-->>",
        "-x",
        "-)",
        "--)",
        "end",
        "loop",
        "alt",
        "else",
        "and",
        "par",
        "note",
        "Note over p0: x",
        "participant",
        "activate",
        "+",
        "-",
        "()",
        "@{",
        "}@",
        "ﬂ°",
        "ﬂ°°",
        "¶ß",
        "ﬂ",
        "°",
        "¶",
        "ß",
        " ",
        "  ",
        "\u{a0}",
        "\u{3000}",
        "\t",
        "\n",
        "\r\n",
        "\0",
        "\u{1b}[31m",
        "\u{202e}",
        "\u{200b}",
        "\u{feff}",
        "\u{ffff}",
        "\"",
        "'",
        "`",
        "\\",
        "\\n",
        "/",
        "//",
        "|",
        "~",
        "^",
        "*",
        "_",
        "[",
        "]",
        "(",
        ")",
        "{{ x }}",
        "é",
        "中文",
        "🙂",
        "e\u{301}",
        "---",
        "title: x",
        "---\ntitle: x\n---",
        "sequenceDiagram",
        "accTitle: x",
        "javascript:alert(1)",
        "<script>x</script>",
        "<img src=x onerror=y>",
        "as",
        " as ",
        ",",
        "p0",
        "p0->>p1: x",
        "link p0: a @ b",
        "x",
        "a",
        "1",
    ];
    let piece = prop_oneof![9 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    let text = prop::collection::vec(piece, 1..7).prop_map(|pieces| pieces.concat());
    let mut runner = TestRunner::deterministic();
    let drawn = (0..500).map(|_| text.new_tree(&mut runner).expect("nothing is rejected").current());
    let alone = pieces.iter().map(|piece| (*piece).to_owned());
    let mut texts: Vec<String> = alone.chain(drawn).map(|text| label::given(&text)).collect();
    texts.truncate(texts.len() / 10 * 10);
    texts
}

/// What the checker read in each; none, and a word on why, where it cannot run.
fn read(texts: &[String]) -> Option<Vec<Value>> {
    let missing = |what: &str| {
        assert!(std::env::var_os("WIRETALE_REQUIRE_NODE").is_none(), "{what}");
        println!("not checked: {what}");
        None
    };
    if !Path::new(FOLDER).join("node_modules/mermaid").is_dir() {
        return missing("tests/mermaid/node_modules is missing; run `npm ci` in tests/mermaid");
    }
    let node = Command::new("node")
        .arg("check.mjs")
        .current_dir(FOLDER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut node) = node else {
        return missing("node cannot be started");
    };
    let mut input = node.stdin.take().expect("it was asked for");
    let lines: String = texts
        .iter()
        .map(|text| json!({ "text": text }).to_string() + "\n")
        .collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = node.wait_with_output().expect("the checker ends");
    let written = writer.join().expect("writing does not panic");
    written.expect("the checker reads all");
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    Some(
        said.lines()
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect(),
    )
}
