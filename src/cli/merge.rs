//! `wiretale merge`: joins the reports of shards.

use std::fs;
use std::path::Path;

use super::args_merge::MergeArgs;
use super::exit::Exit;
use super::output::{self, complain, print, say};
use crate::report::{self, Format, ReportTo, Summary};

/// Joins all files, says how, and gives the exit code that one run of all would have had.
pub(super) fn merge(args: &MergeArgs) -> Exit {
    if let Err(error) = report::refuse_clashes(&args.reports) {
        complain(&error);
        return Exit::Wrong;
    }
    let mut texts = Vec::with_capacity(args.files.len());
    for file in &args.files {
        match fs::read_to_string(file) {
            Ok(text) => texts.push((file.display().to_string(), text)),
            Err(error) => {
                complain(&format!("cannot read {}: {error}", file.display()));
                return Exit::Wrong;
            }
        }
    }
    let is_xml = |(_, text): &&(String, String)| text.trim_start_matches('\u{feff}').trim_start().starts_with('<');
    match texts.iter().filter(is_xml).count() {
        0 => json(&texts, args),
        all if all == texts.len() => junit(&texts, args),
        _ => {
            complain("some of the reports are JSON and some are JUnit; JUnit has not all that JSON has");
            say("    help      merge those of one form\n");
            Exit::Wrong
        }
    }
}

fn json(texts: &[(String, String)], args: &MergeArgs) -> Exit {
    let (mut summaries, mut ci) = (Vec::new(), args.ci);
    for (file, text) in texts {
        match report::read(text) {
            Ok((summary, its_ci)) => {
                ci |= its_ci;
                summaries.push((file.clone(), summary));
            }
            Err(error) => return wrong(&format!("cannot read {file}: {error}")),
        }
    }
    let merged = match report::merge(summaries) {
        Ok(merged) => merged,
        Err(error) => return wrong(&error.to_string()),
    };
    merged.remarks.iter().for_each(|remark| complain(remark));
    let mut exit = Exit::of(&merged.summary, ci).max(tell(&merged.summary, args));
    for error in report::write(&merged.summary, &args.reports, ci)
        .err()
        .unwrap_or_default()
    {
        complain(&error.to_string());
        exit = exit.max(Exit::Other);
    }
    exit
}

fn junit(texts: &[(String, String)], args: &MergeArgs) -> Exit {
    if let Some(other) = args.reports.iter().find(|report| report.format != Format::Junit) {
        complain(&format!(
            "of JUnit reports `{other}` cannot be written: they have not all that it says"
        ));
        say("    help      merge reports as JSON\n");
        return Exit::Wrong;
    }
    let joined = match report::join(texts) {
        Ok(joined) => joined,
        Err(error) => return wrong(&error.to_string()),
    };
    joined.remarks.iter().for_each(|remark| complain(remark));
    let mut exit = Exit::of(&joined.summary, args.ci || joined.ci).max(tell(&joined.summary, args));
    for error in args.reports.iter().filter_map(|to| put(to, &joined.xml)) {
        complain(&error);
        exit = exit.max(Exit::Other);
    }
    exit
}

fn put(report: &ReportTo, xml: &str) -> Option<String> {
    let path = report.file.as_deref();
    report
        .put(path.map(Path::new), xml)
        .err()
        .map(|error| error.to_string())
}

/// The summary: where a report goes, it is no output.
fn tell(summary: &Summary, args: &MergeArgs) -> Exit {
    if args.reports.is_empty() {
        return print(&report::summary(summary, output::colour_of_output()));
    }
    say(&report::summary(
        summary,
        output::colour() == crate::scenario::render::Colour::Always,
    ));
    Exit::Passed
}

fn wrong(text: &str) -> Exit {
    complain(text);
    Exit::Wrong
}
