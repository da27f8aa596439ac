//! Cases: the rows of `data`, for each of which the whole scenario is played.
//!
//! Owns which cases there are, what they are called, and that all of them are checked before any is played. A plan is
//! made when its case is played, so that many rows do not need many plans at once. Does not own making it (`compile`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::compile::{Common, Compiler, Overrides};
use super::said::Said;
use super::{Mask, Plan};
use crate::scenario::mistake::Mistake;
use crate::scenario::source::Sources;
use crate::scenario::written::{self, At, Scenario, Span, VarValue};

/// How many cases a scenario may have.
const MOST_CASES: usize = 10_000;

/// The longest name of a case, in characters: it becomes the name of a file.
const LONGEST_NAME: usize = 100;

/// How many mistakes are told: more are no help.
const MOST_MISTAKES: usize = 1000;

/// All that a scenario is played as, checked.
#[derive(Debug)]
pub struct Cases {
    file: String,
    scenario: Scenario,
    sources: Sources,
    overrides: Overrides,
    vars: Vec<(String, Arc<Json>)>,
    mask: Mask,
    /// None for a scenario without `data`, which is played once.
    rows: Option<Vec<Case>>,
    columns: Option<Arc<BTreeSet<String>>>,
    /// The plan of the first, which most scenarios have alone.
    first: Arc<Plan>,
}

/// One case.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// What it is called.
    pub(super) name: String,
    /// Its row, an object.
    pub(super) row: Arc<Json>,
    /// Where that stands, or what gives it.
    span: Span,
}

impl Plan {
    /// Checks all of a scenario, and compiles it or says all that is wrong with it, in the order of the file; of several
    /// cases it gives the first. `file` is the scenario's name, with or without a folder.
    pub fn compile(
        file: &str,
        scenario: &Scenario,
        sources: &Sources,
        overrides: &Overrides,
    ) -> Result<Self, Vec<Mistake>> {
        checked(file, scenario, sources, overrides).map(|checked| checked.first)
    }
}

impl Cases {
    /// Checks a scenario for all of its rows, or gives all that is wrong with it, in the order of the file.
    pub fn of(
        file: &str,
        scenario: Scenario,
        sources: Sources,
        overrides: &Overrides,
    ) -> Result<Self, (Vec<Mistake>, Sources)> {
        let checked = match checked(file, &scenario, &sources, overrides) {
            Ok(checked) => checked,
            Err(mistakes) => return Err((mistakes, sources)),
        };
        Ok(Self {
            file: file.to_owned(),
            scenario,
            sources,
            overrides: overrides.clone(),
            vars: checked.vars,
            mask: checked.mask,
            columns: checked.rows.as_deref().map(columns),
            rows: checked.rows,
            first: Arc::new(checked.first),
        })
    }

    /// How many there are; one for a scenario without `data`.
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.rows.as_ref().map_or(1, Vec::len)
    }

    /// The scenario as written.
    pub const fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What its places point into.
    pub const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What a case is called; none where the scenario has no `data`.
    pub fn name(&self, number: usize) -> Option<&str> {
        self.rows.as_ref()?.get(number).map(|case| case.name.as_str())
    }

    /// The plan of a case, of those from 0 on.
    pub fn plan(&self, number: usize) -> Arc<Plan> {
        let case = match &self.rows {
            Some(rows) if number > 0 => rows.get(number),
            _ => return Arc::clone(&self.first),
        };
        let common = Common {
            file: &self.file,
            scenario: &self.scenario,
            sources: &self.sources,
            overrides: &self.overrides,
            vars: &self.vars,
            mask: &self.mask,
            columns: self.columns.clone(),
        };
        Arc::new(common.plan(case).expect("every case was compiled when it was checked"))
    }
}

/// What checking a scenario leaves.
struct Checked {
    vars: Vec<(String, Arc<Json>)>,
    mask: Mask,
    rows: Option<Vec<Case>>,
    first: Plan,
}

fn checked(file: &str, scenario: &Scenario, sources: &Sources, overrides: &Overrides) -> Result<Checked, Vec<Mistake>> {
    let mut compiler = Compiler::new(sources);
    compiler.columns = scenario.data.as_ref().map(|_| Arc::default());
    compiler.compile_vars(&scenario.vars, &overrides.vars);
    let mut mask = compiler.compile_mask(&scenario.mask);
    let rows = scenario.data.as_ref().map(|data| compiler.compile_rows(data));
    if mask.captures {
        let vars = compiler.vars.iter().map(|(_, value)| &**value);
        let rows = rows.iter().flatten().map(|case| &*case.row);
        mask.said = Arc::new(Said::of(sources.literals(), vars.chain(rows)));
    }
    let (vars, mut mistakes) = (compiler.vars, compiler.mistakes);
    let common = Common {
        file,
        scenario,
        sources,
        overrides,
        vars: &vars,
        mask: &mask,
        columns: rows.as_deref().map(columns),
    };
    let mut first = None;
    let mut keep = |plan: Plan| {
        first.get_or_insert(plan);
    };
    match &rows {
        None => match common.plan(None) {
            Ok(plan) => keep(plan),
            Err(more) => mistakes.extend(more),
        },
        Some(rows) => {
            let mut found = Found::default();
            for (number, case) in rows.iter().enumerate() {
                match common.plan(Some(case)) {
                    Ok(plan) => keep(plan),
                    Err(more) => found.add(number, more),
                }
            }
            mistakes.extend(found.told(rows));
        }
    }
    mistakes.sort_by_key(|mistake| (mistake.span.file, mistake.span.start));
    mistakes.dedup();
    mistakes.truncate(MOST_MISTAKES);
    match first {
        Some(first) if mistakes.is_empty() => Ok(Checked {
            vars,
            mask,
            rows,
            first,
        }),
        _ => {
            let mistakes = mistakes.into_iter();
            Err(mistakes.map(|mistake| mistake.included(sources)).collect())
        }
    }
}

/// The members that rows have.
fn columns(rows: &[Case]) -> Arc<BTreeSet<String>> {
    let objects = rows.iter().filter_map(|case| case.row.as_object());
    Arc::new(objects.flat_map(|row| row.keys().cloned()).collect())
}

/// Mistakes of several cases, each told once.
#[derive(Default)]
struct Found {
    /// With the first case that has it, and how many have.
    all: Vec<(Mistake, usize, usize)>,
    places: BTreeMap<(u16, u32), Vec<usize>>,
}

impl Found {
    fn add(&mut self, number: usize, mut mistakes: Vec<Mistake>) {
        mistakes.dedup();
        for mistake in mistakes {
            let here = self.places.entry((mistake.span.file, mistake.span.start)).or_default();
            if let Some(known) = here.iter().find(|known| self.all[**known].0 == mistake) {
                self.all[*known].2 += 1;
            } else if self.all.len() < MOST_MISTAKES {
                here.push(self.all.len());
                self.all.push((mistake, number, 1));
            }
        }
    }

    /// What not all cases have names the first that has it.
    fn told(self, rows: &[Case]) -> impl Iterator<Item = Mistake> {
        self.all
            .into_iter()
            .map(|(mistake, first, times)| match rows.get(first) {
                Some(case) if times < rows.len() => {
                    let text = match times {
                        1 => format!("this is so in case `{}`", case.name),
                        _ => format!("this is so in case `{}` and {} more", case.name, times - 1),
                    };
                    mistake.note(case.span, text)
                }
                _ => mistake,
            })
    }
}

impl Compiler<'_> {
    /// The cases of `data`; none where it cannot be told what its rows are.
    fn compile_rows(&mut self, data: &At<VarValue>) -> Vec<Case> {
        let rows: Vec<(Option<Json>, Span)> = match &data.value {
            VarValue::Json(node) => match &node.value {
                written::Json::Array(rows) => rows.iter().map(|row| (self.constant(row), row.span)).collect(),
                _ => match self.constant(node) {
                    Some(value) => self.rows_of(value, data.span),
                    None => Vec::new(),
                },
            },
            VarValue::File(value) => self.rows_of(value.value.clone(), data.span),
        };
        let mut names = BTreeMap::new();
        let mut cases = Vec::with_capacity(rows.len());
        for (number, (row, span)) in (1..).zip(rows) {
            let Some(row) = row else { continue };
            if let Some(name) = self.case_name(number, &row, span) {
                if let Some(before) = names.insert(name.clone(), (number, span)) {
                    self.refuse_name(&name, (number, span), before);
                }
                cases.push(Case {
                    name,
                    row: Arc::new(row),
                    span,
                });
            }
        }
        cases
    }

    /// The rows of a value that does not stand in the scenario itself.
    fn rows_of(&mut self, value: Json, span: Span) -> Vec<(Option<Json>, Span)> {
        let found = match &value {
            Json::Array(rows) if rows.is_empty() => "there are no rows: `data` needs 1 at least".to_owned(),
            Json::Array(rows) if rows.len() > MOST_CASES => {
                format!("{} rows are too many: `data` has {MOST_CASES} at the most", rows.len())
            }
            Json::Array(_) => String::new(),
            other => format!("`data` is a list of rows, and this gives {}", kind(other)),
        };
        match value {
            Json::Array(rows) if found.is_empty() => rows.into_iter().map(|row| (Some(row), span)).collect(),
            _ => {
                self.mistake(Mistake::new(span, found));
                Vec::new()
            }
        }
    }

    /// The name of a case: the row's `case`, else its number.
    fn case_name(&mut self, number: usize, row: &Json, span: Span) -> Option<String> {
        let Json::Object(members) = row else {
            let text = format!("a row is an object, and row {number} is {}", kind(row));
            self.mistake(Mistake::new(span, text));
            return None;
        };
        let name = match members.get("case") {
            None => return Some(number.to_string()),
            Some(Json::String(name)) => name.clone(),
            Some(Json::Number(name)) => name.to_string(),
            Some(other) => {
                let text = format!(
                    "`case` names row {number}, so that it is a text, and this is {}",
                    kind(other)
                );
                self.mistake(Mistake::new(span, text));
                return None;
            }
        };
        let sound = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let wrong = if name.is_empty() {
            format!("the name of row {number} is empty")
        } else if name == "." || name == ".." || !name.chars().all(sound) {
            format!("`{name}` cannot name row {number}: the name becomes that of a file")
        } else if name.chars().count() > LONGEST_NAME {
            format!("the name of row {number} is longer than {LONGEST_NAME} characters")
        } else {
            return Some(name);
        };
        let help = "letters, digits, `-`, `_` and `.` are allowed; without `case` a row is called by its number";
        self.mistake(Mistake::new(span, wrong).help(help));
        None
    }

    fn refuse_name(&mut self, name: &str, (number, span): (usize, Span), (before, first): (usize, Span)) {
        let text = format!("row {number} is called `{name}`, as row {before} is");
        let mistake = Mistake::new(span, text);
        self.mistake(match span == first {
            true => mistake,
            false => mistake.note(first, format!("row {before} stands here")),
        });
    }
}

fn kind(value: &Json) -> String {
    match value {
        Json::Null => "`null`".to_owned(),
        Json::Bool(_) | Json::Number(_) => format!("`{value}`"),
        Json::String(_) => "a text".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}
