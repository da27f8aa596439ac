//! From a trace to a diagram.
//!
//! Owns that the run and `wiretale draw` go the same way, so that they give the same bytes.

use std::collections::{BTreeMap, HashMap};

use crate::diagram::{Builder, Detail, Diagram};
use crate::finding::{Finding, Verdict};
use crate::order::unit::Placed;
use crate::order::{HashLevel, Hasher, Order, OrderError, Races};
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
    let order = Order::of(trace)?;
    let mut builder = Builder::new(trace.header(), detail);
    let mut hasher = Hasher::new();
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
    let hash = hasher.finish().at(HashLevel::Strand).to_string();
    let broken_off = || Footer {
        verdict: Verdict::None,
        cut: Some("the end of the trace".to_owned()),
        ..Footer::default()
    };
    let footer = trace.footer().cloned().unwrap_or_else(broken_off);
    Ok(Drawing {
        diagram: builder.finish(&footer, &hash, &findings, &masker.marks()),
        races: order.races()?,
    })
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
