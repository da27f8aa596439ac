//! The reports of shards as one.
//!
//! Owns which of two results of one case counts, and which shards are missing. Does not own how reports are read.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::tested::{Status, Summary, Tested};

/// How many cases are named that are in several reports.
const NAMED: usize = 20;

/// Several summaries as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The one summary. Where shards are missing, it says that it was interrupted.
    pub summary: Summary,
    /// What is to be said of how they were joined.
    pub remarks: Vec<String>,
}

/// Why reports do not belong together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// What should say which part it is does not.
    #[error("{file} says that it is the part `{shard}`; a part is like `2/8`")]
    Shard {
        /// The report's file.
        file: String,
        /// What it says.
        shard: String,
    },
    /// They were parted differently.
    #[error("{} is the part {} and {} the part {}: these are of different runs", one.0, one.1, other.0, other.1)]
    Parts {
        /// The first report's file, and its part.
        one: (String, String),
        /// The other's.
        other: (String, String),
    },
}

/// Joins summaries, each with the name of its file. Of a case that is in several the worst result stays; their times are
/// added.
pub fn merge(summaries: Vec<(String, Summary)>) -> Result<Merged, MergeError> {
    let shards: Vec<(&str, String)> = (summaries.iter())
        .filter_map(|(file, summary)| Some((file.as_str(), summary.shard.clone()?)))
        .collect();
    let missing = missing(&shards)?;
    let mut cases: BTreeMap<(bool, String), Tested> = BTreeMap::new();
    let mut merged = Summary::default();
    let (mut remarks, mut interrupted) = (Remarks::default(), Vec::new());
    for (file, summary) in summaries {
        merged.time = merged.time.saturating_add(summary.time);
        interrupted.extend(summary.interrupted.map(|reason| format!("{reason} (in {file})")));
        for tested in summary.tested {
            // Orphans stand behind the cases.
            let key = (tested.status == Status::Orphaned, tested.name.clone());
            match cases.entry(key) {
                Entry::Vacant(place) => _ = place.insert(tested),
                Entry::Occupied(mut place) => {
                    let there = place.get_mut();
                    remarks.twice(&tested.name, there.status, (&file, tested.status));
                    if tested.status > there.status {
                        *there = tested;
                    }
                }
            }
        }
    }
    interrupted.extend(missing);
    merged.tested = cases.into_values().collect();
    merged.interrupted = (!interrupted.is_empty()).then(|| interrupted.join("; "));
    Ok(Merged {
        summary: merged,
        remarks: remarks.into_lines(),
    })
}

/// What is said of parts that are missing; nothing where all are there, or where nothing was parted.
pub(super) fn missing(shards: &[(&str, String)]) -> Result<Option<String>, MergeError> {
    let mut found = BTreeSet::new();
    let mut all = 0;
    for (file, shard) in shards {
        let (number, of) = part(shard).ok_or_else(|| MergeError::Shard {
            file: (*file).to_owned(),
            shard: shard.clone(),
        })?;
        if all != 0 && of != all {
            let (first, its) = &shards[0];
            return Err(MergeError::Parts {
                one: ((*first).to_owned(), its.clone()),
                other: ((*file).to_owned(), shard.clone()),
            });
        }
        all = of;
        found.insert(number);
    }
    let missing: Vec<u32> = (1..=all).filter(|number| !found.contains(number)).collect();
    let names: Vec<String> = missing
        .iter()
        .take(NAMED)
        .map(|number| format!("{number}/{all}"))
        .collect();
    Ok(match &names[..] {
        [] => None,
        [one] => Some(format!("the shard {one} is missing")),
        _ if missing.len() > NAMED => Some(format!("{} of {all} shards are missing", missing.len())),
        [before @ .., last] => Some(format!("the shards {} and {last} are missing", before.join(", "))),
    })
}

/// The most shards that a run is parted into: what is larger is no count of machines.
const MOST_SHARDS: u32 = 1_000_000;

/// `2/8` as numbers.
fn part(shard: &str) -> Option<(u32, u32)> {
    let (number, of) = shard.split_once('/')?;
    let (number, of) = (number.trim().parse().ok()?, of.trim().parse().ok()?);
    (1 <= number && number <= of && of <= MOST_SHARDS).then_some((number, of))
}

/// Remarks on cases that are in several reports.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    lines: Vec<String>,
    more: usize,
}

impl Remarks {
    /// A case was found a second time; orphans are seen by every shard.
    pub(super) fn twice(&mut self, name: &str, before: Status, (file, now): (&str, Status)) {
        if before == Status::Orphaned && now == Status::Orphaned {
            return;
        }
        if self.lines.len() == NAMED {
            self.more += 1;
            return;
        }
        self.lines.push(if before == now {
            format!("`{name}` is in several reports, once more in {file}: {}", now.word())
        } else {
            format!(
                "`{name}` is in several reports: {}, and {} in {file}; the worse of them counts, {}",
                before.word(),
                now.word(),
                before.max(now).word()
            )
        });
    }

    /// All that is to be said.
    pub(super) fn into_lines(mut self) -> Vec<String> {
        if self.more > 0 {
            self.lines.push(format!("{} more are in several reports", self.more));
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::Verdict;

    fn summary(shard: Option<&str>, cases: &[(&str, Status)]) -> Summary {
        let tested = cases.iter().map(|(name, status)| Tested {
            name: (*name).to_owned(),
            file: format!("scenarios/{name}.json"),
            case: None,
            status: *status,
            verdict: Verdict::Pass,
            findings: Vec::new(),
            reason: String::new(),
            difference: None,
            repeated: None,
            races: Vec::new(),
            before: Vec::new(),
            time: Duration::ZERO,
        });
        Summary {
            tested: tested.collect(),
            interrupted: None,
            shard: shard.map(str::to_owned),
            time: Duration::from_millis(1500),
        }
    }

    fn merged(summaries: &[Summary]) -> Result<Merged, MergeError> {
        let names = ["a.json", "b.json", "c.json"].map(str::to_owned);
        merge(names.into_iter().zip(summaries.iter().cloned()).collect())
    }

    #[test]
    fn shards_become_one_in_the_order_of_names() {
        let one = summary(Some("1/2"), &[("b", Status::Passed), ("x", Status::Orphaned)]);
        let two = summary(
            Some("2/2"),
            &[("a", Status::New), ("z", Status::Passed), ("x", Status::Orphaned)],
        );
        let merged = merged(&[one, two]).unwrap();
        let names: Vec<&str> = merged
            .summary
            .tested
            .iter()
            .map(|tested| tested.name.as_str())
            .collect();
        assert_eq!(names, ["a", "b", "z", "x"]);
        assert_eq!(merged.summary.time, Duration::from_secs(3));
        assert_eq!((merged.summary.interrupted, merged.summary.shard), (None, None));
        assert_eq!(merged.remarks, [""; 0]);
    }

    #[test]
    fn of_two_results_the_worse_counts_and_it_is_said() {
        let one = summary(None, &[("a", Status::Differs), ("b", Status::Passed)]);
        let two = summary(None, &[("a", Status::Passed), ("b", Status::Passed)]);
        for both in [[one.clone(), two.clone()], [two, one]] {
            let merged = merged(&both).unwrap();
            assert_eq!(merged.summary.tested[0].status, Status::Differs);
            assert_eq!(merged.remarks.len(), 2);
            assert!(
                merged.remarks[0].ends_with("the worse of them counts, differs"),
                "{:?}",
                merged.remarks
            );
        }
    }

    #[test]
    fn missing_shards_are_an_interruption() {
        let shard = |shard| summary(Some(shard), &[]);
        assert_eq!(
            merged(&[shard("4/4"), shard("2/4")]).unwrap().summary.interrupted,
            Some("the shards 1/4 and 3/4 are missing".to_owned())
        );
        assert_eq!(
            merged(&[shard("1/2")]).unwrap().summary.interrupted,
            Some("the shard 2/2 is missing".to_owned())
        );
        assert_eq!(
            merged(&[shard("1/999999")]).unwrap().summary.interrupted,
            Some("999998 of 999999 shards are missing".to_owned())
        );
    }

    #[test]
    fn shards_of_different_runs_are_refused() {
        let shard = |shard| summary(Some(shard), &[]);
        assert_eq!(
            merged(&[shard("1/2"), shard("2/3")]).unwrap_err().to_string(),
            "a.json is the part 1/2 and b.json the part 2/3: these are of different runs"
        );
        for wrong in ["3/2", "0/2", "x", "1", "/", "1/99999999999"] {
            assert!(
                matches!(merged(&[shard(wrong)]), Err(MergeError::Shard { .. })),
                "{wrong}"
            );
        }
    }

    #[test]
    fn many_remarks_are_counted() {
        let names: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let cases: Vec<(&str, Status)> = names.iter().map(|name| (name.as_str(), Status::Passed)).collect();
        let merged = merged(&[summary(None, &cases), summary(None, &cases)]).unwrap();
        assert_eq!(merged.remarks.len(), 21);
        assert_eq!(merged.remarks[20], "10 more are in several reports");
    }
}
