//! What GitHub Actions shows: annotations at lines of files, and the summary of a job.
//!
//! Owns what goes to which of them. Does not own where they are written.

mod command;
mod markdown;

use std::fmt::Write;

use super::findings::findings;
use super::plain::{cut, line};
use super::summary::counts;
use super::tested::{Status, Summary, Tested};
use super::told::{attempts, details, headline, races};
use command::{Annotation, Level, written};
use markdown::{escaped, fenced, html};

/// How many bytes the summaries of one step may have: GitHub shows none that is larger than 1 MiB.
const MOST_BYTES: usize = 1_000_000;

/// What is kept of that for saying that something was left out.
const RESERVED: usize = 1_000;

/// How many characters a diagram may have that is drawn: mermaid's `maxTextSize`, which GitHub leaves as it is.
const MOST_DIAGRAM: usize = 50_000;

/// How many characters of one text are shown.
const MOST_TEXT: usize = 20_000;

/// How many cases the table lists.
const MOST_ROWS: usize = 500;

/// The annotations, as the workflow commands that GitHub reads from standard output.
pub fn annotations(summary: &Summary, ci: bool) -> String {
    let mut all = Vec::new();
    if let Some(reason) = &summary.interrupted {
        all.push(Annotation {
            level: Level::Error,
            place: None,
            title: "testing was ended early".to_owned(),
            message: reason.clone(),
        });
    }
    for tested in worst_first(summary) {
        annotate(&mut all, tested, ci);
    }
    written(&all)
}

/// The annotations of one case: where something was found, what else is wrong with it, its races.
fn annotate(all: &mut Vec<Annotation>, tested: &Tested, ci: bool) {
    let title = format!("{}: {}", line(&tested.name), tested.status.word());
    let level = match tested.status {
        Status::Passed => None,
        status if status.fails(ci) => Some(Level::Error),
        Status::Flaky | Status::Orphaned => Some(Level::Warning),
        _ => Some(Level::Notice),
    };
    if let Some(level) = level {
        let before = all.len();
        let own = tested.findings.iter().filter(|finding| !finding.follows);
        for finding in own.filter(|finding| finding.place.is_some()) {
            let place = finding.place.as_ref();
            all.push(Annotation {
                level,
                place: place.map(|place| (place.file.clone(), Some((place.line, place.column)))),
                title: title.clone(),
                message: findings(std::slice::from_ref(finding)),
            });
        }
        if all.len() == before || tested.difference.is_some() {
            let rest = Tested {
                findings: if all.len() == before {
                    tested.findings.clone()
                } else {
                    Vec::new()
                },
                ..tested.clone()
            };
            let details = details(&rest);
            all.push(Annotation {
                level,
                place: Some((tested.file.clone(), None)),
                title,
                message: if details.is_empty() { headline(tested) } else { details },
            });
        }
    }
    for race in &tested.races {
        let place = race.first.as_ref().or(race.second.as_ref());
        all.push(Annotation {
            // A race may well be why.
            level: if matches!(tested.status, Status::Differs | Status::Flaky) {
                Level::Warning
            } else {
                Level::Notice
            },
            place: Some(match place {
                Some(place) => (place.file.clone(), Some((place.line, place.column))),
                None => (tested.file.clone(), None),
            }),
            title: format!("{}: a race", line(&tested.name)),
            message: race.text.clone(),
        });
    }
}

/// The job's summary, in Markdown. So many bytes are `taken` already of what GitHub shows.
pub(super) fn job_summary(summary: &Summary, ci: bool, taken: usize) -> String {
    let room = MOST_BYTES.saturating_sub(taken);
    let mut text = String::new();
    let shard = summary
        .shard
        .as_ref()
        .map(|shard| format!(", shard {}", escaped(shard)));
    push(
        &mut text,
        format_args!(
            "## wiretale: {}\n\nIn {:.1} s{}.\n",
            counts(summary, |_, words| words.to_owned()),
            summary.time.as_secs_f64(),
            shard.unwrap_or_default()
        ),
    );
    if let Some(reason) = &summary.interrupted {
        push(&mut text, format_args!("\n**Ended early:** {}\n", escaped(reason)));
    }
    let shown: Vec<&Tested> = worst_first(summary)
        .filter(|tested| tested.status != Status::Passed)
        .collect();
    if !shown.is_empty() {
        text.push_str("\n| case | is | why | time |\n|---|---|---|---:|\n");
    }
    let budget = room.saturating_sub(RESERVED);
    let mut rows = 0;
    for tested in shown.iter().take(MOST_ROWS) {
        let row = row(tested, ci);
        if text.len() + row.len() > budget {
            break;
        }
        text.push_str(&row);
        rows += 1;
    }
    if rows < shown.len() {
        push(
            &mut text,
            format_args!("\n{} more are not listed.\n", shown.len() - rows),
        );
    }
    let mut left_out = 0;
    for tested in shown {
        // Without its diagram, where there is no room for it; behind the first that has none, smaller ones may have.
        let fits = |section: &String| text.len() + section.len() <= budget;
        match [true, false].map(|drawn| section(tested, drawn)).into_iter().find(fits) {
            Some(section) => text.push_str(&section),
            None => left_out += 1,
        }
    }
    if left_out > 0 {
        push(
            &mut text,
            format_args!(
                "\n{left_out} more cases are left out here, as GitHub shows no more than 1 MiB. A report as JSON has them.\n"
            ),
        );
    }
    if text.len() > room {
        // What is there already leaves no room even for this.
        return String::new();
    }
    text
}

fn row(tested: &Tested, ci: bool) -> String {
    let word = escaped(tested.status.word());
    let word = if tested.status.fails(ci) {
        format!("**{word}**")
    } else {
        word
    };
    format!(
        "| {} | {word} | {} | {:.2} s |\n",
        escaped(&tested.name),
        escaped(&cut(&headline(tested), 300)),
        tested.time.as_secs_f64()
    )
}

/// All of one case; nothing where the table says it all.
fn section(tested: &Tested, drawn: bool) -> String {
    let plain = Tested {
        difference: None,
        ..tested.clone()
    };
    let (found, races) = (details(&plain), races(tested));
    if found.is_empty() && races.is_empty() && tested.difference.is_none() {
        return String::new();
    }
    let mut text = format!(
        "\n<details><summary>{}: {}</summary>\n\n",
        html(&tested.name),
        html(&attempts(tested))
    );
    if !found.is_empty() {
        text.push_str(&fenced("text", &found, MOST_TEXT));
    }
    if let Some(differs) = &tested.difference {
        let level = escaped(&differs.level);
        if !level.is_empty() {
            push(&mut text, format_args!("**{level}**\n\n"));
        }
        if !differs.text.is_empty() {
            text.push_str(&fenced("text", &differs.text, MOST_TEXT));
        }
        let size = differs.diagram.chars().count();
        if drawn && (1..=MOST_DIAGRAM).contains(&size) {
            text.push_str(&fenced("mermaid", &differs.diagram, MOST_DIAGRAM));
        } else if size > 0 {
            push(
                &mut text,
                format_args!("The diagram of the difference is too large to be drawn here: {size} characters.\n\n"),
            );
        }
        push(
            &mut text,
            format_args!(
                "Compared with {}; the new diagram is {}.\n\n",
                escaped(&differs.approved),
                escaped(&differs.new)
            ),
        );
    }
    if !races.is_empty() {
        text.push_str(&fenced("text", &races, MOST_TEXT));
    }
    text.push_str("</details>\n");
    text
}

/// All cases, the worst first; what was not run is behind what went wrong.
fn worst_first(summary: &Summary) -> impl Iterator<Item = &Tested> {
    let order = Status::ALL.into_iter().rev().skip(1).chain([Status::NotRun]);
    order.flat_map(|status| summary.tested.iter().filter(move |tested| tested.status == status))
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string does not fail");
}
