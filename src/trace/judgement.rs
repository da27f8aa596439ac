//! What was found when the run was over.
//!
//! Owns the line of a finding that no strand made, and how lines of it come into a trace that is whole already. Does not
//! own what is judged (`verdict`).

use std::io;

use serde::{Deserialize, Serialize};

use super::event::{Footer, Line};
use super::reader::{TraceError, TraceSource};
use crate::finding::{Finding, Verdict};

/// A finding that was made when the run was over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The events that it is about; none where it is about the whole run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<EventName>,
    /// What was found.
    pub finding: Finding,
}

/// An event by its strand and its index there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventName {
    /// The strand's name.
    pub strand: String,
    /// Which event of the strand, from 0.
    pub index: u32,
}

/// The end of a trace that was judged.
#[derive(Debug, PartialEq, Eq)]
pub struct Amended {
    /// Where the lines begin: up to there the trace stays as it is. What stood behind that is the footer.
    pub from: u64,
    /// The judgements, and a footer with the verdict that they make of it.
    pub lines: Vec<u8>,
}

/// The lines that bring judgements into a whole trace; `None` where there are none, or where it is not whole.
pub fn amend(source: &TraceSource, judgements: &[Judgement]) -> Result<Option<Amended>, TraceError> {
    let (Some(footer), Some(from)) = (source.footer(), source.end()) else {
        return Ok(None);
    };
    if judgements.is_empty() {
        return Ok(None);
    }
    let verdict = judgements.iter().map(|judgement| judgement.finding.verdict).max();
    let footer = Footer {
        verdict: footer.verdict.max(verdict.unwrap_or(Verdict::None)),
        ..footer.clone()
    };
    let judgements = judgements.iter().cloned().map(Line::Judgement);
    let mut lines = Vec::new();
    for line in judgements.chain([Line::Footer(footer)]) {
        serde_json::to_writer(&mut lines, &line).map_err(io::Error::from)?;
        lines.push(b'\n');
    }
    Ok(Some(Amended { from, lines }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::FindingKind;
    use crate::trace::event::{Event, Kind};
    use crate::trace::header::Header;

    fn judgement(verdict: Verdict) -> Judgement {
        Judgement {
            at: vec![EventName {
                strand: "A".to_owned(),
                index: 0,
            }],
            finding: Finding {
                kind: FindingKind::Invariant,
                verdict,
                strand: "A".to_owned(),
                verb: Some("never".to_owned()),
                place: None,
                text: "this never is".to_owned(),
                actual: None,
                expected: Vec::new(),
                help: None,
                follows: false,
            },
        }
    }

    fn header() -> Header {
        let text = r#"{ "trace": 1, "wiretale": "0", "scenario": "x.json", "seed": 0, "actors": [], "steps": [] }"#;
        serde_json::from_str(text).unwrap()
    }

    fn whole() -> Vec<u8> {
        let event = Event {
            strand: "A".to_owned(),
            index: 0,
            time: 1,
            step: None,
            frames: Vec::new(),
            label: None,
            hide: false,
            event: Kind::Note {
                text: "x".to_owned(),
                over: Vec::new(),
            },
        };
        let footer = Footer {
            verdict: Verdict::Pass,
            events: 1,
            ..Footer::default()
        };
        let mut bytes = Vec::new();
        for line in [
            Line::Header(header()),
            Line::Event(Box::new(event)),
            Line::Footer(footer),
        ] {
            serde_json::to_writer(&mut bytes, &line).unwrap();
            bytes.push(b'\n');
        }
        bytes
    }

    fn amended(mut bytes: Vec<u8>, judgements: &[Judgement]) -> Vec<u8> {
        let source = TraceSource::from_bytes(bytes.clone()).unwrap();
        if let Some(amended) = amend(&source, judgements).unwrap() {
            bytes.truncate(usize::try_from(amended.from).unwrap());
            bytes.extend(amended.lines);
        }
        bytes
    }

    #[test]
    fn a_judged_trace_says_what_was_found_and_has_the_worse_verdict() {
        let all = [judgement(Verdict::Inconclusive), judgement(Verdict::Fail)];
        let source = TraceSource::from_bytes(amended(whole(), &all)).unwrap();
        assert_eq!(source.judgements().unwrap(), all);
        let footer = source.footer().unwrap();
        assert_eq!((footer.verdict, footer.events), (Verdict::Fail, 1));
    }

    #[test]
    fn judgements_are_no_events() {
        let source = TraceSource::from_bytes(amended(whole(), &[judgement(Verdict::Fail)])).unwrap();
        let mut count = 0;
        let counted = source.skim(|_, _| {
            count += 1;
            Ok::<_, TraceError>(())
        });
        counted.unwrap();
        source.heads(|_| Ok::<_, TraceError>(())).unwrap();
        assert_eq!(count, 1);
    }

    #[test]
    fn what_was_judged_can_be_judged_again() {
        let once = amended(whole(), &[judgement(Verdict::Inconclusive)]);
        let twice = amended(once, &[judgement(Verdict::Fail)]);
        let source = TraceSource::from_bytes(twice).unwrap();
        assert_eq!(source.judgements().unwrap().len(), 2);
        assert_eq!(source.footer().unwrap().verdict, Verdict::Fail);
    }

    #[test]
    fn a_trace_with_nothing_to_say_stays_as_it_is() {
        assert_eq!(amended(whole(), &[]), whole());
    }

    #[test]
    fn a_trace_that_was_cut_anywhere_while_it_was_amended_is_read() {
        let bytes = whole();
        let source = TraceSource::from_bytes(bytes.clone()).unwrap();
        let Amended { from, lines } = amend(&source, &[judgement(Verdict::Fail)]).unwrap().unwrap();
        for length in 0..lines.len() {
            let mut cut = bytes[..usize::try_from(from).unwrap()].to_vec();
            cut.extend(&lines[..length]);
            let source = TraceSource::from_bytes(cut).unwrap();
            assert_eq!(source.footer(), None);
            assert!(source.judgements().unwrap().len() <= 1);
            source.skim(|_, _| Ok::<_, TraceError>(())).unwrap();
        }
    }
}
