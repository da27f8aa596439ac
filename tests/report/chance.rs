//! Summaries by chance.

use std::time::Duration;

use proptest::prelude::*;
use wiretale::finding::Verdict;
use wiretale::report::tested::{Differs, Status, Summary, Tested, ToldRace};

use crate::sample::{AWKWARD, ENDINGS, case, finding, place};

/// A text of any kind, though often of characters that mean something.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::collection::vec(any::<char>(), 0..4).prop_map(String::from_iter),
        4 => proptest::sample::select(vec![
            "\n", "\r", "\n\n", " ", "  ", "\t", "a", "`", "```", "~~~", "|", "\\", "#", "# SKIP", "---", "...", "- ", ": ", "::",
            "%", "<", "</details>", "<!--", "]]>", "&", "\"", "'", "\0", "\u{1b}", "\u{85}", "\u{2028}", "\u{feff}", "@you",
            "https://a.b", "$x$", "[a](b)", "![a](b)", "1. ", "&lt;", "*", "_",
        ])
        .prop_map(str::to_owned),
        1 => Just(AWKWARD.to_owned()),
        1 => Just(ENDINGS.to_owned()),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn tested() -> impl Strategy<Value = Tested> {
    let texts = proptest::collection::vec(text(), 8);
    let status = proptest::sample::select(Status::ALL.to_vec());
    let before = proptest::collection::vec(proptest::sample::select(Status::ALL.to_vec()), 0..3);
    (status, texts, before, 0..100_000_u64, any::<[bool; 4]>()).prop_map(
        |(status, texts, before, millis, [found, placed, differs, raced])| {
            let place = placed.then(|| {
                let mut place = place("x", 3);
                place.file.clone_from(&texts[0]);
                place
            });
            let difference = Differs {
                level: texts[3].clone(),
                text: texts[4].clone(),
                diagram: texts[5].clone(),
                new: texts[6].clone(),
                approved: texts[7].clone(),
            };
            Tested {
                name: texts[1].clone(),
                file: texts[0].clone(),
                findings: found.then(|| finding(&texts[2], place.clone())).into_iter().collect(),
                reason: texts[2].clone(),
                difference: differs.then_some(difference),
                races: raced
                    .then(|| ToldRace {
                        text: texts[6].clone(),
                        first: place,
                        second: None,
                    })
                    .into_iter()
                    .collect(),
                before,
                verdict: Verdict::Fail,
                time: Duration::from_millis(millis),
                ..case("x", status)
            }
        },
    )
}

/// A summary of a few cases.
pub(crate) fn summary() -> impl Strategy<Value = Summary> {
    let cases = proptest::collection::vec(tested(), 0..4);
    (cases, proptest::option::of(text())).prop_map(|(tested, interrupted)| Summary {
        tested,
        interrupted,
        shard: None,
        time: Duration::from_millis(1234),
    })
}
