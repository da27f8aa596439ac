//! What is said of an invariant that does not hold.
//!
//! Owns the findings, the events that they are about, and their words: without times, for they are drawn. Does not own how
//! they are printed (`report`) or drawn (`diagram`).

use super::counts::Count;
use super::hearing::{Knowledge, Spoken};
use super::pairs::{Broken, Pair};
use super::{Occurrence, hearing};
use crate::finding::{Expected, Finding, FindingKind, Verdict};
use crate::ident::StrandName;
use crate::order::{Order, OrderError, Said};
use crate::trace::judgement::{EventName, Judgement};
use crate::trace::reader::TraceSource;
use crate::wire::invariant::{Invariant, Invariants, Saying, Tie};
use crate::wire::matcher::{Captures, Known};

/// How much of a message or a value is shown, in characters.
const SHOWN: usize = 60;

/// What a message that is not whole in the trace is judged by.
const TOO_LONG: &str = "too long to be judged: the trace keeps 64 KiB of it";

/// Findings, each with the place of its invariant among all.
type Judgements = Vec<(usize, Judgement)>;

/// All that findings are made of.
pub(super) struct Words<'a> {
    pub(super) source: &'a TraceSource,
    pub(super) order: &'a Order<'a>,
    pub(super) invariants: &'a Invariants,
    pub(super) knowledge: &'a Knowledge,
}

/// A template of an invariant that has no value.
pub(super) fn without_value(invariant: &Invariant, error: &str) -> Judgement {
    let text = format!("cannot be judged: {error}");
    Judgement {
        at: Vec::new(),
        finding: finding(invariant, Verdict::Fail, FindingKind::Expression, text),
    }
}

impl Words<'_> {
    pub(super) fn of_count(&self, count: &Count<'_>, judgements: &mut Judgements) -> Result<(), OrderError> {
        let invariant = &self.invariants.all[count.invariant];
        let verb = if count.saying.sent { "sent" } else { "received" };
        for over in &count.over {
            let text = if count.most == 0 {
                format!("this is never to be {verb}")
            } else {
                let values = over
                    .values
                    .iter()
                    .map(|(name, value)| format!("{name} {}", cut(&value.to_string())));
                let values: Vec<String> = values.collect();
                let of = if values.is_empty() {
                    String::new()
                } else {
                    format!(" for {}", values.join(", "))
                };
                format!("{verb} {} times{of}, {} at the most", count.times(over), count.most)
            };
            let mut judgement = self.at(invariant, over.at, Verdict::Fail, text)?;
            if count.most == 0 {
                judgement.finding.expected = self
                    .expected(count.saying, &Captures::new(), "never")
                    .into_iter()
                    .collect();
            }
            judgements.push((count.invariant, judgement));
        }
        let more = if count.most == 0 { "messages" } else { "values" };
        self.more(count.invariant, count.more, more, Verdict::Fail, judgements);
        let (cut, more) = count.undecided();
        self.too_long(count.invariant, cut, more, judgements)
    }

    pub(super) fn of_pair(&self, pair: &Pair<'_>, judgements: &mut Judgements) -> Result<(), OrderError> {
        let invariant = &self.invariants.all[pair.invariant];
        if pair.is_too_much() {
            let text = "cannot be judged: there are too many different values to look for".to_owned();
            let mut finding = finding(invariant, Verdict::Inconclusive, FindingKind::Invariant, text);
            finding.help = Some("what both messages capture under one name is the same, without a template".to_owned());
            judgements.push((
                pair.invariant,
                Judgement {
                    at: Vec::new(),
                    finding,
                },
            ));
            return Ok(());
        }
        for broken in &pair.broken {
            judgements.push((pair.invariant, self.broken(invariant, pair, broken)?));
        }
        let verdict = match pair.other_cut {
            true => Verdict::Inconclusive,
            false => Verdict::Fail,
        };
        self.more(pair.invariant, pair.more_broken, "messages", verdict, judgements);
        self.too_long(pair.invariant, &pair.cut, pair.more_cut, judgements)
    }

    fn broken(&self, invariant: &Invariant, pair: &Pair<'_>, broken: &Broken) -> Result<Judgement, OrderError> {
        let mut said = self.order.message(broken.at.id)?;
        // What is known of both its ends by one event is told as that of either.
        said.iter_mut().for_each(|said| said.sent = pair.every.sent);
        let captures = match self.knowledge.fill(pair.every, &Captures::new()) {
            Ok(want) => match said.as_ref().map(|said| Spoken::new(said).fits(pair.every, &want)) {
                Some(Known::Matches(captures)) => captures,
                _ => Captures::new(),
            },
            Err(_) => Captures::new(),
        };
        let tie = match pair.tie {
            Tie::FollowedBy => "followed by",
            Tie::PrecededBy => "preceded by",
        };
        let expected = self.expected(pair.other, &captures, tie);
        let what = match self.knowledge.fill(pair.other, &captures) {
            Ok(want) => want.describe(),
            Err(_) => "what it needs".to_owned(),
        };
        let (verdict, text) = match (pair.other_cut, broken.examined, broken.concurrent) {
            (true, ..) => (
                Verdict::Inconclusive,
                format!("cannot be said to be {tie} {what}: the trace has too little of a long message"),
            ),
            (_, false, _) => (
                Verdict::Inconclusive,
                format!("cannot be said to be {tie} {what}: that may be in too many strands"),
            ),
            (.., true) => (Verdict::Fail, format!("not {tie} {what}: nothing orders the two")),
            _ if pair.within.is_some() => (Verdict::Fail, format!("not {tie} {what} in time")),
            _ => (Verdict::Fail, format!("not {tie} {what}")),
        };
        let mut judgement = self.at(invariant, broken.at, verdict, text)?;
        let finding = &mut judgement.finding;
        finding.expected = expected.into_iter().collect();
        if broken.concurrent && verdict == Verdict::Fail {
            let help =
                "the other came at the same time, as far as anything orders them; `signal` and `await` tie two strands";
            finding.help = Some(help.to_owned());
        }
        // What failed left things out that were to come.
        finding.follows = pair.tie == Tie::FollowedBy && self.has_failed();
        Ok(judgement)
    }

    fn has_failed(&self) -> bool {
        self.source
            .footer()
            .is_some_and(|footer| footer.verdict >= Verdict::Fail)
    }

    /// What is asked of a message, with its place in the file.
    fn expected(&self, saying: &Saying, captures: &Captures, tie: &str) -> Option<Expected> {
        let want = self.knowledge.fill(saying, captures).ok()?;
        let verb = if saying.sent { "sent" } else { "received" };
        let by = saying.by.iter().map(|by| format!(" by {by}"));
        let other = if saying.sent { "to" } else { "from" };
        let peer = saying.peer.iter().map(|peer| format!(" {other} {peer}"));
        let ends: String = by.chain(peer).collect();
        Some(Expected {
            what: format!("{tie} {}, {verb}{ends}", want.describe()),
            place: Some(saying.place.clone()),
            difference: None,
            nearness: 0,
        })
    }

    /// A finding about a message.
    fn at(
        &self,
        invariant: &Invariant,
        at: Occurrence,
        verdict: Verdict,
        text: String,
    ) -> Result<Judgement, OrderError> {
        let mut finding = finding(invariant, verdict, FindingKind::Invariant, text);
        let said = self.order.message(at.id)?;
        if let Some(said) = &said {
            finding.strand = said.placed.strand.to_string();
            finding.actual = shown(said);
        }
        let name = EventName {
            strand: said.map_or_else(|| finding.strand.clone(), |said| said.placed.event.strand),
            index: at.id.index,
        };
        Ok(Judgement {
            at: vec![name],
            finding,
        })
    }

    fn too_long(
        &self,
        number: usize,
        cut: &[Occurrence],
        more: u64,
        judgements: &mut Judgements,
    ) -> Result<(), OrderError> {
        let invariant = &self.invariants.all[number];
        for at in cut {
            let judgement = self.at(invariant, *at, Verdict::Inconclusive, TOO_LONG.to_owned())?;
            judgements.push((number, judgement));
        }
        if more > 0 {
            let text = format!("{more} more messages are too long to be judged");
            let finding = finding(invariant, Verdict::Inconclusive, FindingKind::Invariant, text);
            judgements.push((
                number,
                Judgement {
                    at: Vec::new(),
                    finding,
                },
            ));
        }
        Ok(())
    }

    /// How many more there are than are told.
    fn more(&self, number: usize, more: u64, what: &str, verdict: Verdict, judgements: &mut Judgements) {
        if more > 0 {
            let text = format!("so it is with {more} more {what}");
            let finding = finding(&self.invariants.all[number], verdict, FindingKind::Invariant, text);
            judgements.push((
                number,
                Judgement {
                    at: Vec::new(),
                    finding,
                },
            ));
        }
    }
}

/// A finding about the whole run.
fn finding(invariant: &Invariant, verdict: Verdict, kind: FindingKind, text: String) -> Finding {
    Finding {
        kind,
        verdict,
        strand: StrandName::run().to_string(),
        verb: Some(invariant.rule.verb().to_owned()),
        place: Some(invariant.place.clone()),
        text: match &invariant.label {
            Some(label) => format!("{label}: {text}"),
            None => text,
        },
        actual: None,
        expected: Vec::new(),
        help: None,
        follows: false,
    }
}

/// A message as short text.
fn shown(said: &Said) -> Option<String> {
    let content = hearing::content(said)?;
    if let Some(shown) = &content.shown {
        return Some(cut(shown));
    }
    let control = content.control.clone();
    let line = content.head.as_ref().map(|head| head.line.clone());
    let body = match (&content.text, &content.base64) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(_)) => Some(format!("{} bytes", content.len())),
        (None, None) => None,
    };
    let parts: Vec<String> = control
        .into_iter()
        .chain(line)
        .chain(body)
        .filter(|part| !part.is_empty())
        .collect();
    Some(cut(&parts.join(" ")))
}

/// A text on one line, and no longer than is shown.
fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    shown = shown.replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
