//! From a trace to a diagram.
//!
//! Owns that the run and `wiretale draw` go the same way, so that they give the same bytes.

use std::collections::{BTreeMap, HashMap};

use crate::diagram::{Builder, Detail, Diagram};
use crate::finding::{Finding, Verdict};
use crate::order::unit::Placed;
use crate::order::{HashLevel, Hasher, Hashes, Order, OrderError, Races};
use crate::trace::event::{EventName, Footer, Judgement};
use crate::trace::mask::Masker;
use crate::trace::reader::{TraceError, TraceSource};

/// What a trace shows.
#[derive(Debug)]
pub struct Drawing {
    /// The diagram.
    pub diagram: Diagram,
    /// What could have come about in another order.
    pub races: Races,
}

/// Why a trace cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// It cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// It contradicts itself.
    #[error(transparent)]
    Order(#[from] OrderError),
}

/// Draws a trace. One that breaks off is drawn up to where it does, and says so.
pub fn draw(trace: &TraceSource, detail: Detail) -> Result<Drawing, DrawError> {
    Ok(drawn(trace, Builder::new(trace.header(), detail))?.0)
}

/// Draws a trace to be compared with another: nothing is left out for a picture's sake, and its hashes are there too.
pub fn draw_whole(trace: &TraceSource, detail: Detail) -> Result<(Drawing, Hashes), DrawError> {
    drawn(trace, Builder::new(trace.header(), detail).whole())
}

fn drawn(trace: &TraceSource, mut builder: Builder) -> Result<(Drawing, Hashes), DrawError> {
    let order = Order::of(trace)?;
    let mut hasher = Hasher::new(trace.header());
    let mut masker = Masker::of(trace)?;
    let mut judged = Judged::of(trace)?;
    order.units(|mut unit| {
        unit.shape.mask(&mut masker);
        hasher.add(&unit);
        let mut findings = Vec::new();
        for event in unit.shape.placed() {
            for mut finding in judged.take(event) {
                masker.finding(&mut finding);
                findings.push((event, finding));
            }
        }
        builder.judged(&unit, &findings);
        Ok::<_, OrderError>(())
    })?;
    let mut findings = judged.rest();
    findings.iter_mut().for_each(|finding| masker.finding(finding));
    let hashes = hasher.finish();
    let broken_off = || Footer {
        verdict: Verdict::None,
        cut: Some("the end of the trace".to_owned()),
        ..Footer::default()
    };
    let footer = trace.footer().cloned().unwrap_or_else(broken_off);
    let hash = hashes.at(HashLevel::Strand).to_string();
    let remark = masker.remark();
    let mut diagram = builder.finish(&footer, &hash, &findings, &masker.marks());
    diagram.remarks.extend(remark);
    let drawing = Drawing {
        diagram,
        races: order.races()?,
    };
    Ok((drawing, hashes))
}

/// What was found when the run was over, by the events that it is about.
struct Judged {
    by_event: HashMap<(String, u32), Vec<Finding>>,
    alone: Vec<Finding>,
}

impl Judged {
    fn of(trace: &TraceSource) -> Result<Self, TraceError> {
        let mut judged = Self {
            by_event: HashMap::new(),
            alone: Vec::new(),
        };
        for Judgement { at, finding } in trace.judgements()? {
            if at.is_empty() {
                judged.alone.push(finding);
                continue;
            }
            for EventName { strand, index } in at {
                let of_event = judged.by_event.entry((strand, index)).or_default();
                of_event.push(finding.clone());
            }
        }
        Ok(judged)
    }

    /// What is about an event, once: a message that crosses another stands in two units.
    fn take(&mut self, event: &Placed) -> Vec<Finding> {
        if self.by_event.is_empty() {
            return Vec::new();
        }
        let name = (event.event.strand.clone(), event.event.index);
        self.by_event.remove(&name).unwrap_or_default()
    }

    /// What is about the whole run, or about events that are drawn nowhere.
    fn rest(self) -> Vec<Finding> {
        let by_event: BTreeMap<_, _> = self.by_event.into_iter().collect();
        self.alone.into_iter().chain(by_event.into_values().flatten()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diagram::mermaid;

    /// Texts in which `#0`, `#1` and `#2` stand for three values.
    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec("#[012]|[ ,/\"-]|x|-x ", 0..8).prop_map(|parts| parts.join(" "))
    }

    /// The lines of a client's trace that is sent these texts, each of which captures the value that it begins with.
    fn lines(texts: &[String], values: &[String; 3]) -> Vec<String> {
        let filled = |text: &str| {
            let filled = (0..3).fold(text.to_owned(), |text, n| text.replace(&format!("#{n}"), &values[n]));
            serde_json::Value::from(filled).to_string()
        };
        let line = |strand: &str, index: usize, event: String| {
            format!(r#"{{"strand":"{strand}","index":{index},"time":0,"event":{event}}}"#)
        };
        let mut lines = vec![
            line("S/C#1", 0, r#"{"accept":{"connection":"S/C#1"}}"#.to_owned()),
            line("C", 0, r#"{"connect":{"connection":"S/C#1"}}"#.to_owned()),
            line("C", 1, r#"{"connected":{"connection":"S/C#1"}}"#.to_owned()),
        ];
        for (n, text) in texts.iter().enumerate() {
            let message = |verb: &str, more: &str| {
                let (start, end) = (n * 100, n * 100 + 100);
                format!(
                    r#"{{"{verb}":{{"connection":"S/C#1","direction":"<","start":{start},"end":{end},"content":{{"text":{}}}{more}}}}}"#,
                    filled(text)
                )
            };
            let captured = format!(r#","captured":{{"v{}":{}}}"#, n % 2, filled(&format!("#{}", n % 3)));
            lines.push(line("S/C#1", n + 1, message("send", "")));
            lines.push(line("C", n + 2, message("receive", &captured)));
        }
        lines
    }

    fn drawn(lines: &[String]) -> String {
        let header = r#"{"header":{"trace":1,"wiretale":"","scenario":"x.json","seed":0,"actors":[{"name":"C"},{"name":"S","listens":true}],"steps":[]}}"#;
        let lines = std::iter::once(header).chain(lines.iter().map(String::as_str));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let source = TraceSource::from_bytes(text.into_bytes()).unwrap();
        mermaid::write(&draw(&source, Detail::Messages).unwrap().diagram)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Traces that differ in captured values alone are drawn alike, whatever the values and the order of the lines;
        /// and where values become equal, or others take their places, they are not.
        #[test]
        fn other_captured_values_give_the_same_diagram(
            texts in prop::collection::vec(text(), 3..7),
            values in [["[a-f]{8}", "[a-f]{8}-[0-9]{4}", "[0-9]{7} \"[é/&]\""], ["[g-n]{12}", "[g-n]{3}", "[0-9]{3}%[ +]y"]],
            order in any::<u64>(),
        ) {
            let [own, other] = values;
            let first = drawn(&lines(&texts, &own));
            prop_assert_eq!(&drawn(&lines(&texts, &own)), &first);
            let mut mixed = lines(&texts, &other);
            let count = mixed.len();
            for place in 0..count {
                mixed.swap(place, (order as usize).wrapping_mul(place + 1) % count);
            }
            prop_assert_eq!(&drawn(&mixed), &first);
            for value in own.iter().chain(&other) {
                prop_assert!(!first.contains(value.as_str()), "{}", first);
            }
            let all: String = texts.concat();
            if all.contains("#0") && all.contains("#1") {
                let [a, _, c] = own.clone();
                prop_assert_ne!(drawn(&lines(&texts, &[a.clone(), a, c])), first);
            }
        }
    }
}
