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
    let step = finding.verb.as_ref().map(|verb| format!("`{verb}`"));
    // What concerns the run as a whole was found by nobody in it.
    let strand = Some(&finding.strand).filter(|strand| *strand != "*");
    let by: Vec<String> = strand.into_iter().cloned().chain(step).collect();
    let by = if by.is_empty() {
        String::new()
    } else {
        format!("{}: ", by.join(" "))
    };
    line(text, format_args!("{place}{word}: {by}{}", finding.text));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FindingKind;

    fn finding(text: &str) -> Finding {
        Finding {
            kind: FindingKind::Mismatch,
            verdict: Verdict::Fail,
            strand: "Client".to_owned(),
            verb: None,
            place: None,
            text: text.to_owned(),
            actual: None,
            expected: Vec::new(),
            help: None,
            follows: false,
        }
    }

    fn expected(what: &str, nearness: u32) -> Expected {
        Expected {
            what: what.to_owned(),
            place: None,
            difference: Some(format!("not {what}")),
            nearness,
        }
    }

    #[test]
    fn the_nearest_alternative_comes_first_and_alone_says_what_differs() {
        let mut finding = finding("no alternative takes x");
        finding.actual = Some("x".to_owned());
        finding.expected = vec![expected("a", 1), expected("b", 7), expected("c", 1)];
        assert_eq!(
            findings(&[finding]),
            "failed: Client: no alternative takes x\n    found     x\n    expected  b\n              not b\n    or        a\n    or        c\n"
        );
    }

    #[test]
    fn what_follows_from_others_comes_after_them() {
        let mut consequence = finding("a consequence");
        consequence.follows = true;
        assert_eq!(
            findings(&[consequence.clone(), finding("the reason")]),
            "failed: Client: the reason\nbecause of that:\nfailed: Client: a consequence\n"
        );
        assert_eq!(findings(&[consequence]), "failed: Client: a consequence\n");
    }

    #[test]
    fn too_many_are_counted() {
        let mut many = finding("no alternative takes x");
        many.expected = (0..20).map(|n| expected(&n.to_string(), 0)).collect();
        assert!(findings(&[many]).ends_with("    or        7\n              and 12 more\n"));
        let told = findings(&vec![finding("again"); 60]);
        assert!(
            told.ends_with("failed: Client: again\n10 more findings are in the trace\n"),
            "{told}"
        );
    }

    #[test]
    fn what_the_first_line_says_is_not_said_again() {
        let mut finding = finding("the connection was closed, expected \"bye\"");
        finding.expected = vec![Expected {
            difference: None,
            ..expected("\"bye\"", 0)
        }];
        assert_eq!(findings(&[finding]).lines().count(), 1);
    }
}
