//! One case as text.
//!
//! Owns what is said of a case in one line, and what in many. Does not own the forms that these go into.

use std::fmt::Write;

use super::findings::findings;
use super::plain::{line, plain};
use super::tested::{Repeated, Status, Tested};
use crate::finding::Verdict;

/// All that is said of a case: what it is called, what was found, how it differs, its races.
pub fn told(tested: &Tested) -> String {
    let flaky = if tested.status == Status::Flaky { "flaky, " } else { "" };
    let mut text = format!("{}: {flaky}{}\n", line(&tested.name), attempts(tested));
    if tested.status.is_success() && tested.verdict == Verdict::Fail {
        text.push_str("it failed, as expected\n");
    }
    let details = details(tested);
    if details.is_empty() && !matches!(tested.status, Status::Passed | Status::Flaky) {
        push(&mut text, format_args!("{}\n", headline(tested)));
    }
    text.push_str(&details);
    // A census has told those that separate its diagrams.
    if tested
        .repeated
        .as_ref()
        .is_none_or(|repeated| repeated.diagrams.len() < 2)
    {
        text.push_str(&races(tested));
    }
    text
}

/// Why it is not simply passed, in one line.
pub(super) fn headline(tested: &Tested) -> String {
    let first = |text: &str| text.lines().map(line).find(|line| !line.is_empty());
    let finding = || first(&findings(&tested.findings));
    let level = || tested.difference.as_ref().and_then(|differs| first(&differs.level));
    let reason = || first(&tested.reason);
    let several = || tested.repeated.as_ref().filter(|of| of.diagrams.len() > 1).map(counted);
    let said = match tested.status {
        Status::Passed => None,
        Status::Flaky => Some(attempts(tested)),
        Status::Differs => several().or_else(level).or_else(finding).or_else(reason),
        Status::Wrong | Status::Error | Status::Skipped | Status::NotRun => reason().or_else(finding).or_else(level),
        _ => finding().or_else(reason).or_else(level),
    };
    said.unwrap_or_else(|| {
        let text = match tested.status {
            Status::New => "there is no approved diagram",
            Status::Orphaned => "no case has this diagram any more",
            Status::NotRun => "testing was ended before its turn",
            other => other.word(),
        };
        text.to_owned()
    })
}

/// What was found, how it differs, why it was not played; without its races.
pub(super) fn details(tested: &Tested) -> String {
    let mut text = plain(&findings(&tested.findings));
    if !tested.reason.is_empty() {
        push(&mut text, format_args!("{}\n", plain(tested.reason.trim_end())));
    }
    if let Some(differs) = &tested.difference {
        push(&mut text, format_args!("{}\n", plain(differs.level.trim_end())));
        if !differs.text.is_empty() {
            push(&mut text, format_args!("{}\n", plain(differs.text.trim_end())));
        }
        push(
            &mut text,
            format_args!(
                "    new       {}\n    approved  {}\n",
                line(&differs.new),
                line(&differs.approved)
            ),
        );
    }
    if let Some(repeated) = &tested.repeated
        && repeated.diagrams.len() > 1
    {
        push(&mut text, format_args!("{}:\n", counted(repeated)));
        for diagram in &repeated.diagrams {
            let approved = if diagram.approved { ", approved" } else { "" };
            push(
                &mut text,
                format_args!("    {:<8}  {}{approved}\n", diagram.runs, line(&diagram.file)),
            );
        }
        if repeated.more > 0 {
            push(
                &mut text,
                format_args!("    {:<8}  had still others, which were not kept\n", repeated.more),
            );
        }
        push(&mut text, format_args!("{}\n", plain(repeated.text.trim_end())));
    }
    text
}

/// `1000 runs, 2 diagrams`.
pub fn counted(repeated: &Repeated) -> String {
    let more = if repeated.more > 0 { " or more" } else { "" };
    let diagrams = if repeated.diagrams.len() == 1 {
        "diagram"
    } else {
        "diagrams"
    };
    format!("{} runs, {}{more} {diagrams}", repeated.runs, repeated.diagrams.len())
}

/// Its races; nothing where there are none.
pub(super) fn races(tested: &Tested) -> String {
    let texts = tested.races.iter().map(|race| plain(race.text.trim_end()));
    texts.map(|text| format!("{text}\n")).collect()
}

/// `passed at attempt 3, after differs, failed`.
pub(super) fn attempts(tested: &Tested) -> String {
    let before: Vec<&str> = tested.before.iter().map(|status| status.word()).collect();
    let word = match tested.status {
        Status::Flaky => "passed",
        other => other.word(),
    };
    match before.len() {
        0 => word.to_owned(),
        earlier => format!("{word} at attempt {}, after {}", earlier + 1, before.join(", ")),
    }
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string does not fail");
}
