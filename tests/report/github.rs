//! What GitHub shows: commands read as its runner does, and Markdown by a parser.

use std::fs;

use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use wiretale::report::tested::{Status, Summary};
use wiretale::report::{self, Format};

use crate::chance;
use crate::sample::{case, differs, everything, finding, place};
use crate::tool::{Folder, golden, told};

/// A workflow command as the runner reads it.
#[derive(Debug, PartialEq)]
struct Command {
    level: String,
    properties: Vec<(String, String)>,
    message: String,
}

impl Command {
    fn property(&self, name: &str) -> Option<&str> {
        let mut all = self.properties.iter();
        all.find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

fn commands(text: &str) -> Vec<Command> {
    text.split_terminator(['\n', '\r'])
        .map(|line| {
            let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (level, properties) = head.split_once(' ').unwrap();
            let undone = |text: &str| {
                let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":");
                text.replace("%2C", ",").replace("%25", "%")
            };
            let properties = properties.split(',').map(|property| {
                let (name, value) = property.split_once('=').unwrap();
                (name.to_owned(), undone(value))
            });
            Command {
                level: level.to_owned(),
                properties: properties.collect(),
                message: undone(message),
            }
        })
        .collect()
}

/// What a reader sees of Markdown: its blocks of code with their language, and the HTML in it.
fn seen(markdown: &str) -> (Vec<(String, String)>, Vec<String>) {
    let (mut blocks, mut html) = (Vec::new(), Vec::new());
    let mut code = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                code = true;
                blocks.push((language.to_string(), String::new()));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => panic!("an indented block in\n{markdown}"),
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link in\n{markdown}"),
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = false,
            Event::Text(text) if code => blocks.last_mut().unwrap().1.push_str(&text),
            Event::Html(text) | Event::InlineHtml(text) => html.push(text.trim_end().to_owned()),
            Event::Code(_) => panic!("code in\n{markdown}"),
            _ => {}
        }
    }
    (blocks, html)
}

/// That the only HTML is ours: each details opened with its summary, and closed.
fn assert_ours(html: &[String], markdown: &str) {
    let mut open = 0;
    for line in html {
        if line == "</details>" {
            open -= 1;
        } else {
            let inside = line
                .strip_prefix("<details><summary>")
                .and_then(|line| line.strip_suffix("</summary>"));
            let inside = inside.unwrap_or_else(|| panic!("{line:?} in\n{markdown}"));
            assert!(!inside.contains(['<', '>']), "{line:?} in\n{markdown}");
            open += 1;
        }
        assert!((0..=1).contains(&open), "{markdown}");
    }
    assert_eq!(open, 0, "{markdown}");
}

#[test]
fn every_status_is_written_as_approved() {
    golden(
        "tests/report/everything.md",
        &report::text(Format::Github, &everything(), false),
    );
    golden(
        "tests/report/everything.txt",
        &report::annotations(&everything(), false),
    );
}

#[test]
fn a_finding_is_shown_where_it_was_found() {
    let all = commands(&report::annotations(&everything(), false));
    let found = all
        .iter()
        .find(|command| command.message.contains("\"Goodbye\" does not match"))
        .unwrap();
    assert_eq!(
        (found.level.as_str(), found.property("line"), found.property("col")),
        ("error", Some("9"), Some("11"))
    );
    assert_eq!(found.property("file"), Some("scenarios/all/failed.json"));
    assert_eq!(found.property("title"), Some("all/failed: failed"));
    let comma = all
        .iter()
        .find(|command| command.message.contains("`code`") && command.property("line").is_some())
        .unwrap();
    assert_eq!(comma.property("file"), Some("scenarios/all/failed: with, a comma.json"));
    let race = all
        .iter()
        .find(|command| command.message.starts_with("race 1"))
        .unwrap();
    assert_eq!((race.level.as_str(), race.property("line")), ("warning", Some("7")));
    assert!(
        !all.iter()
            .any(|command| command.message.contains("the connection was closed")),
        "what follows is not shown"
    );
}

#[test]
fn with_ci_what_is_new_is_an_error() {
    let level = |ci| {
        let summary = Summary {
            tested: vec![case("x", Status::New)],
            ..Summary::default()
        };
        commands(&report::annotations(&summary, ci)).remove(0).level
    };
    assert_eq!((level(false).as_str(), level(true).as_str()), ("notice", "error"));
}

#[test]
fn what_github_would_drop_is_counted() {
    let mut failed = case("x", Status::Failed);
    failed.findings = (1..=25).map(|line| finding("wrong", Some(place("x", line)))).collect();
    let all = commands(&report::annotations(
        &Summary {
            tested: vec![failed],
            ..Summary::default()
        },
        false,
    ));
    assert_eq!(all.len(), 10);
    assert_eq!(all[9].property("title"), Some("16 more"));
}

#[test]
fn the_summary_has_the_diagram_as_mermaid() {
    let (blocks, html) = seen(&report::text(Format::Github, &everything(), false));
    let diagram = blocks
        .iter()
        .find(|(language, text)| language == "mermaid" && text.contains("250 OK"))
        .unwrap();
    assert!(diagram.1.starts_with("sequenceDiagram\n"));
    assert!(
        blocks
            .iter()
            .any(|(language, text)| language == "text" && text.contains("+ Server -> Client: 550 no"))
    );
    assert_ours(&html, "everything");
}

#[test]
fn a_diagram_that_github_would_not_draw_is_said_to_be() {
    let mut large = case("x", Status::Differs);
    large.difference = Some(differs(
        "+ a",
        &format!("sequenceDiagram\n{}", "    A->>B: x\n".repeat(5000)),
    ));
    let text = report::text(
        Format::Github,
        &Summary {
            tested: vec![large],
            ..Summary::default()
        },
        false,
    );
    assert!(
        !text.contains("```mermaid") && text.contains("too large to be drawn here: 65016 characters"),
        "{text}"
    );
}

#[test]
fn the_summary_stays_below_what_github_shows_and_says_so() {
    let tested = (0..2000).map(|number| {
        let mut case = case(&format!("case-{number}"), Status::Differs);
        case.difference = Some(differs(
            &"+ x\n".repeat(300),
            &format!("sequenceDiagram\n{}", "    A->>B: x\n".repeat(300)),
        ));
        case
    });
    let summary = Summary {
        tested: tested.collect(),
        ..Summary::default()
    };
    let text = report::text(Format::Github, &summary, false);
    assert!((900_000..1_000_000).contains(&text.len()), "{}", text.len());
    assert!(
        text.contains("1500 more are not listed"),
        "{}",
        &text[text.len() - 200..]
    );
    assert!(
        text.ends_with(
            " more cases are left out here, as GitHub shows no more than 1 MiB. A report as JSON has them.\n"
        )
    );
    assert_ours(&seen(&text).1, "many");
}

#[test]
fn the_step_s_file_is_added_to_and_one_s_own_is_replaced() {
    let folder = Folder::new();
    fs::write(folder.path("in.json"), report::text(Format::Json, &everything(), false)).unwrap();
    fs::write(folder.path("step.md"), "before\n").unwrap();
    let merge = |report: &str| {
        let mut command = folder.command(&["merge", "in.json", "--report", report]);
        told(command.env("GITHUB_STEP_SUMMARY", folder.path("step.md")))
    };
    let first = merge("github");
    assert_eq!(first.code, Some(3), "{}", first.err);
    let title = "## wiretale: ";
    let step = folder.read("step.md");
    assert!(step.starts_with("before\n## wiretale: "), "{step}");
    assert!(commands(&first.out).len() > 5);
    merge("github=own.md");
    merge("github=own.md");
    assert_eq!(folder.read("own.md").matches(title).count(), 1);
    assert_eq!(folder.read("step.md"), step);
    // A step that wrote nearly all that GitHub shows has the last word.
    fs::write(folder.path("step.md"), "x".repeat(999_900)).unwrap();
    merge("github");
    assert_eq!(folder.read("step.md").len(), 999_900);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_breaks_out(summary in chance::summary(), ci: bool) {
        let text = report::text(Format::Github, &summary, ci);
        let (blocks, html) = seen(&text);
        assert_ours(&html, &text);
        let diagrams = summary.tested.iter().filter(|tested| {
            tested.status != Status::Passed && tested.difference.as_ref().is_some_and(|differs| !differs.diagram.is_empty())
        });
        prop_assert_eq!(blocks.iter().filter(|(language, _)| language == "mermaid").count(), diagrams.count(), "{}", text);
        for command in commands(&report::annotations(&summary, ci)) {
            prop_assert!(["error", "warning", "notice"].contains(&command.level.as_str()));
            let known = |(name, _): &(String, String)| ["file", "line", "col", "title"].contains(&name.as_str());
            prop_assert!(command.properties.iter().all(known));
        }
    }
}
