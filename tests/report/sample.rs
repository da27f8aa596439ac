//! A summary that has everything.

use std::time::Duration;

use wiretale::finding::{Expected, Finding, FindingKind, Place, Verdict};
use wiretale::report::tested::{Differs, Status, Summary, Tested, ToldRace};

/// Means something to every form.
pub(crate) const AWKWARD: &str =
    "\"quoted\" 'it' <b>&amp;</b> ]]> `code` ``` | :: %0A # \\ \u{1b}[31m \0 \r\u{2028}日本 🦀";

/// Lines that end a block of one form or another, were they not escaped.
pub(crate) const ENDINGS: &str =
    "```\n  ...\n---\n</details>\n::error::x\nBail out!\n]]>\n\n    indented\n~~~~\n| a | b |";

/// A case of this name.
pub(crate) fn case(name: &str, status: Status) -> Tested {
    Tested {
        name: name.to_owned(),
        file: format!("scenarios/{name}.json"),
        case: None,
        status,
        verdict: Verdict::Pass,
        findings: Vec::new(),
        reason: String::new(),
        difference: None,
        races: Vec::new(),
        repeated: None,
        before: Vec::new(),
        time: Duration::from_millis(40),
    }
}

/// A place in a scenario.
pub(crate) fn place(file: &str, line: u32) -> Place {
    Place {
        file: format!("scenarios/{file}.json"),
        line,
        column: 11,
    }
}

/// A finding at a place.
pub(crate) fn finding(text: &str, place: Option<Place>) -> Finding {
    Finding {
        kind: FindingKind::Mismatch,
        verdict: Verdict::Fail,
        strand: "Client".to_owned(),
        verb: Some("receive".to_owned()),
        place,
        text: text.to_owned(),
        actual: Some("\"Goodbye\"".to_owned()),
        expected: vec![Expected {
            what: "\"Hello\"".to_owned(),
            place: None,
            difference: Some("at offset 0: expected \"H\", found \"G\"".to_owned()),
            nearness: 1,
        }],
        help: Some("a matcher with `any` takes both".to_owned()),
        follows: false,
    }
}

/// A difference with these changes.
pub(crate) fn differs(text: &str, diagram: &str) -> Differs {
    Differs {
        level: "The order of messages on one connection differs.".to_owned(),
        text: text.to_owned(),
        diagram: diagram.to_owned(),
        new: "results/mail/login.new.mmd".to_owned(),
        approved: "results/mail/login.mmd".to_owned(),
    }
}

/// One of each, with all that a case can have.
pub(crate) fn everything() -> Summary {
    let mut tested: Vec<Tested> = Status::ALL
        .into_iter()
        .map(|status| case(&format!("all/{}", status.word().replace(' ', "-")), status))
        .collect();
    let of = |status: Status| Status::ALL.iter().position(|other| *other == status).unwrap();
    tested[of(Status::Flaky)].before = vec![Status::Differs, Status::Error];
    tested[of(Status::Flaky)].races = vec![
        ToldRace {
            text: "race 1: messages could come in the other order\n    first     Server at scenarios/all/flaky.json:7:11\n"
                .to_owned(),
            first: Some(place("all/flaky", 7)),
            second: Some(place("all/flaky", 9)),
        },
        ToldRace {
            text: AWKWARD.to_owned(),
            first: None,
            second: None,
        },
    ];
    tested[of(Status::Orphaned)].file = "results/all/orphaned.mmd".to_owned();
    let inconclusive = &mut tested[of(Status::Inconclusive)];
    inconclusive.verdict = Verdict::Inconclusive;
    inconclusive.findings = vec![Finding {
        kind: FindingKind::Timeout,
        verdict: Verdict::Inconclusive,
        actual: None,
        expected: Vec::new(),
        help: None,
        ..finding("timed out in `setup`", None)
    }];
    tested[of(Status::Differs)].difference = Some(differs(
        "  Client -> Server: login ada\n- Server -> Client: 250 OK\n+ Server -> Client: 550 no\n",
        "sequenceDiagram\n    participant p0 as Client\n    participant p1 as Server\n    rect rgb(255, 220, 220)\n    p1-->>p0: 250 OK\n    end\n",
    ));
    let failed = &mut tested[of(Status::Failed)];
    failed.verdict = Verdict::Fail;
    failed.before = vec![Status::Failed];
    failed.findings = vec![
        finding("\"Goodbye\" does not match", Some(place("all/failed", 9))),
        finding(AWKWARD, Some(place("all/failed: with, a comma", 12))),
        Finding {
            follows: true,
            ..finding("the connection was closed", Some(place("all/failed", 14)))
        },
    ];
    let wrong = &mut tested[of(Status::Wrong)];
    wrong.verdict = Verdict::None;
    wrong.reason =
        "error: unknown key `recieve`\n  --> scenarios/all/wrong.json:3:7\nhelp: did you mean `receive`?\n".to_owned();
    let error = &mut tested[of(Status::Error)];
    error.verdict = Verdict::Error;
    error.reason = ENDINGS.to_owned();
    let skipped = &mut tested[of(Status::Skipped)];
    skipped.verdict = Verdict::None;
    skipped.reason = "`redis-server` is not installed".to_owned();
    tested[of(Status::NotRun)].verdict = Verdict::None;
    let mut awkward = case(&format!("awkward/{AWKWARD}"), Status::Differs);
    awkward.case = Some(AWKWARD.to_owned());
    awkward.findings = vec![finding(ENDINGS, None)];
    awkward.reason = AWKWARD.to_owned();
    awkward.difference = Some(Differs {
        level: AWKWARD.to_owned(),
        text: format!("{ENDINGS}\n{AWKWARD}\n"),
        diagram: format!("sequenceDiagram\n    A->>B: {AWKWARD}\n{ENDINGS}"),
        new: AWKWARD.to_owned(),
        approved: AWKWARD.to_owned(),
    });
    tested.push(awkward);
    Summary {
        tested,
        interrupted: Some(AWKWARD.to_owned()),
        shard: Some("2/8".to_owned()),
        time: Duration::from_millis(4210),
    }
}

/// How a text is shown: no form has characters for what is no text.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .map(|c| match u32::from(c) {
            9 | 10 => c,
            code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap(),
            0x7f => '␡',
            0x80..=0x9f | 0x2028 | 0x2029 | 0xfeff | 0xfdd0..=0xfdef => '\u{fffd}',
            code if code & 0xfffe == 0xfffe => '\u{fffd}',
            _ => c,
        })
        .collect()
}
