//! Stub.
use super::tested::{Status, Summary, Tested};
use crate::baseline::Difference;
pub fn difference(d: &Difference, _c: bool) -> String { format!("{:?}\n", d.changes) }
pub fn told(t: &Tested) -> String { format!("{}: {}\n{}\n{}{}\n", t.name, t.status.word(), t.reason, super::findings(&t.findings), t.difference.as_ref().map(|d| d.text.clone()).unwrap_or_default()) }
pub fn summary(s: &Summary, _c: bool) -> String { let mut t = String::new(); if let Some(x)=&s.shard { t.push_str(&format!("shard {x}: ")); } for st in Status::ALL { if s.count(st)>0 { t.push_str(&format!("{} {}, ", s.count(st), st.word())); } } if s.tested.is_empty() { t.push_str("nothing was tested"); } format!("{t} in {:.1} s\n", s.time.as_secs_f64()) }
pub fn painted(_s: Status, t: &str, _c: bool) -> String { t.to_owned() }
pub fn write(_s: &Summary, _r: &[ReportTo], _ci: bool) -> Result<(), Vec<String>> { Ok(()) }
pub fn refuse_clashes(_r: &[ReportTo]) -> Result<(), String> { Ok(()) }
#[derive(Clone, Debug)]
pub struct ReportTo;
impl ReportTo { pub fn is_standard_output(&self) -> bool { false } }
impl std::str::FromStr for ReportTo { type Err = String; fn from_str(_: &str) -> Result<Self, String> { Ok(Self) } }
impl Difference { pub fn diagram(&self) -> crate::diagram::Diagram { crate::diagram::Diagram::default() } }
pub fn compare_with(a: &crate::diagram::Diagram, b: &crate::diagram::Diagram, _r: &crate::order::Races, _h: &crate::trace::event::Header) -> Option<Difference> { crate::baseline::compare(a, b) }
