//! The last lines of `wiretale test`.
//!
//! Owns what stands above the prompt when all is over: what did not pass, the worst last, and how many did. Does not own
//! what is said while it goes on.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::plain::{cut, line};
use super::tested::{Status, Summary, Tested};
use super::told::headline;

/// How many cases of one status are listed; a report has them all.
const LISTED: usize = 20;

/// The most characters of what is said of a case in its line.
const LINE: usize = 160;

/// One line for each case that is not simply passed, what to do about them, and how many there are of each.
pub fn summary(summary: &Summary, colour: bool) -> String {
    let mut text = String::new();
    // A summary of two hundred that were not run says nothing of those that failed, so that the latter stand below.
    let worst_last = [Status::NotRun].into_iter().chain(Status::ALL);
    for status in worst_last
        .take(Status::ALL.len())
        .filter(|status| *status != Status::Passed)
    {
        group(&mut text, summary, status, colour);
    }
    if let Some(reason) = &summary.interrupted {
        push(&mut text, format_args!("ended early: {}\n", line(reason)));
    }
    if let Some(shard) = &summary.shard {
        push(&mut text, format_args!("shard {}: ", line(shard)));
    }
    let counts = counts(summary, |status, words| painted(status, words, colour));
    push(
        &mut text,
        format_args!("{counts} in {:.1} s\n", summary.time.as_secs_f64()),
    );
    text
}

/// `23 passed, 1 differs, 2 new`: the passed, then the others, the worst first, and what was not run.
pub(super) fn counts(summary: &Summary, paint: impl Fn(Status, &str) -> String) -> String {
    let others = Status::ALL.into_iter().rev();
    let others = others.filter(|status| !matches!(status, Status::Passed | Status::NotRun));
    let order = [Status::Passed].into_iter().chain(others).chain([Status::NotRun]);
    let counts: Vec<String> = order
        .map(|status| (status, summary.count(status)))
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| paint(status, &format!("{count} {}", status.word())))
        .collect();
    if counts.is_empty() {
        "nothing was tested".to_owned()
    } else {
        counts.join(", ")
    }
}

/// All cases of one status, and what can be done about them.
fn group(text: &mut String, summary: &Summary, status: Status, colour: bool) {
    let all: Vec<&Tested> = (summary.tested.iter())
        .filter(|tested| tested.status == status)
        .collect();
    let Some(first) = all.first() else { return };
    for tested in all.iter().take(LISTED) {
        let word = painted(status, &format!("{:<12}", status.word()), colour);
        let said = cut(&headline(tested), LINE);
        push(text, format_args!("{word}  {}  {said}\n", line(&tested.name)));
    }
    if all.len() > LISTED {
        push(
            text,
            format_args!("{:<12}  and {} more\n", status.word(), all.len() - LISTED),
        );
    }
    if let Some(help) = help(status, (all.len() == 1).then_some(*first)) {
        push(text, format_args!("    help      {help}\n"));
    }
}

/// What can be done about cases of this status: about this one, where it is one alone.
fn help(status: Status, alone: Option<&Tested>) -> Option<String> {
    let name = alone.map_or_else(|| "NAME".to_owned(), |tested| line(&tested.name));
    let file = alone.map_or_else(|| "FILE".to_owned(), |tested| line(&tested.file));
    let case = alone.and_then(|tested| tested.case.as_ref());
    let case = case.map_or_else(String::new, |case| format!(" --case {}", line(case)));
    Some(match (status, alone) {
        (Status::Differs, Some(_)) => {
            format!("`wiretale review` shows the difference, `wiretale accept {name}` approves it")
        }
        (Status::Differs, None) => {
            "`wiretale review` shows the differences, `wiretale accept NAME` approves one".to_owned()
        }
        (Status::New, Some(_)) => format!("`wiretale accept {name}` approves its diagram"),
        (Status::New, None) => "`wiretale accept NAME` approves the diagram of one".to_owned(),
        (Status::Orphaned, Some(_)) => format!("delete {file}, or bring its scenario back"),
        (Status::Orphaned, None) => "delete the diagrams, or bring their scenarios back".to_owned(),
        (Status::Failed | Status::Inconclusive, Some(_)) => {
            format!("`wiretale run {file}{case}` plays it alone and draws it")
        }
        (Status::Failed | Status::Inconclusive, None) => "`wiretale run FILE` plays one alone and draws it".to_owned(),
        (Status::Skipped, _) => "with `--no-skip` it is an error that a case is skipped".to_owned(),
        (Status::Passed | Status::Flaky | Status::Wrong | Status::Error | Status::NotRun, _) => return None,
    })
}

/// Words in the colour of a status.
pub fn painted(status: Status, words: &str, colour: bool) -> String {
    let style = match status {
        Status::Passed => AnsiColor::Green.on_default(),
        Status::Flaky | Status::Skipped | Status::New | Status::Orphaned | Status::Inconclusive | Status::NotRun => {
            AnsiColor::Yellow.on_default()
        }
        Status::Differs | Status::Failed | Status::Wrong | Status::Error => AnsiColor::Red.on_default().bold(),
    };
    let style = if colour { style } else { Style::new() };
    format!("{style}{words}{style:#}")
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string does not fail");
}
