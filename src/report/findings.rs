//! Findings as text.

use std::fmt::Write;

use crate::finding::{Expected, Finding, Place, Verdict};

/// How many alternatives of one finding are listed.
const LISTED: usize = 8;

/// How many findings are told; the trace has them all.
const MOST: usize = 50;

/// All findings: first those that stand for themselves, in the order of the file, then what befell others because of them.
pub fn findings(findings: &[Finding]) -> String {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| (a.follows, &a.place, &a.strand, &a.text).cmp(&(b.follows, &b.place, &b.strand, &b.text)));
    let mut text = String::new();
    let mut followed = false;
    for finding in sorted.iter().take(MOST) {
        if finding.follows && !std::mem::replace(&mut followed, true) && !text.is_empty() {
            text.push_str("because of that:\n");
        }
        one(&mut text, finding);
    }
    if sorted.len() > MOST {
        line(
            &mut text,
            format_args!("{} more findings are in the trace", sorted.len() - MOST),
        );
    }
    text
}

fn one(text: &mut String, finding: &Finding) {
    let place = finding
        .place
        .as_ref()
        .map(|place| format!("{}: ", show(place)))
        .unwrap_or_default();
    let word = match finding.verdict {
        Verdict::Inconclusive => "inconclusive",
        Verdict::Error => "error",
        Verdict::None | Verdict::Pass | Verdict::Fail => "failed",
    };
    let step = finding
        .verb
        .as_ref()
        .map(|verb| format!(" `{verb}`"))
        .unwrap_or_default();
    line(
        text,
        format_args!("{place}{word}: {}{step}: {}", finding.strand, finding.text),
    );
    if let Some(actual) = &finding.actual {
        let mut lines = actual.lines();
        line(text, format_args!("    found     {}", lines.next().unwrap_or_default()));
        lines.for_each(|more| line(text, format_args!("              {more}")));
    }
    let mut expected: Vec<&Expected> = match &finding.expected[..] {
        // The line above says it all.
        [one] if finding.actual.is_none() && one.difference.is_none() && finding.text.contains(&one.what) => Vec::new(),
        expected => expected.iter().collect(),
    };
    // The nearest first; the sort is stable, so that equals stay in the file's order.
    expected.sort_by_key(|expected| std::cmp::Reverse(expected.nearness));
    for (number, expected) in expected.iter().take(LISTED).enumerate() {
        let word = if number == 0 { "expected" } else { "or" };
        let place = expected
            .place
            .as_ref()
            .filter(|place| finding.place.as_ref() != Some(place));
        let place = place.map(|place| format!("  ({})", show(place))).unwrap_or_default();
        line(text, format_args!("    {word:<8}  {}{place}", expected.what));
        if let (0, Some(difference)) = (number, &expected.difference) {
            line(text, format_args!("              {difference}"));
        }
    }
    if expected.len() > LISTED {
        line(text, format_args!("              and {} more", expected.len() - LISTED));
    }
    if let Some(help) = &finding.help {
        line(text, format_args!("    help      {help}"));
    }
}

fn show(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string does not fail");
}
