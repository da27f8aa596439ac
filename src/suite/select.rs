//! Which cases are tested: by tag, by name, and which part of them.
//!
//! Owns what the options mean. Does not own how they are written on the command line.

use std::str::FromStr;

/// Which cases are tested.
#[derive(Clone, Debug, Default)]
pub struct Select {
    /// Those of a scenario with one of these tags; all where there is none.
    pub tags: Vec<String>,
    /// Those whose name one of these fits; all where there is none.
    pub filters: Vec<Filter>,
    /// Which part of them.
    pub shard: Option<Shard>,
}

/// A name, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter(String);

/// One of several parts of equal size, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

/// A shard as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardArg {
    /// `2/8`.
    Given(Shard),
    /// `auto`, `auto/8`: the number stands in the environment, and where nothing is said how many there are, that too.
    Auto(Option<u32>),
}

/// The most parts.
const MOST_SHARDS: u32 = 100_000;

impl Select {
    /// Whether a case is tested, its shard aside.
    pub fn takes(&self, name: &str, tags: &[String]) -> bool {
        let tagged = self.tags.is_empty() || self.tags.iter().any(|tag| tags.contains(tag));
        tagged && self.fits(name)
    }

    /// Whether one of the filters fits.
    pub fn fits(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.fits(name))
    }
}

impl Shard {
    /// Whether the case at this place of all that are tested is of this part. Neighbours go to different parts: what takes
    /// long often stands together.
    pub const fn takes(self, place: usize) -> bool {
        place % self.of as usize == self.number as usize - 1
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Filter {
    /// A part of a name; with `*` (any text) in it a whole name.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether it fits a name.
    pub fn fits(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(last) = parts.next_back() else {
            return name.contains(first);
        };
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl FromStr for ShardArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}` is no part: `2/8` is the second of eight, `auto` takes the number from the environment of a \
                 Kubernetes indexed job or a Slurm array"
            )
        };
        let (number, of) = match text.split_once('/') {
            Some((number, of)) => (number, Some(of.parse::<u32>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        if of.is_some_and(|of| of == 0 || of > MOST_SHARDS) {
            return Err(format!("there are 1 to {MOST_SHARDS} parts"));
        }
        if number == "auto" {
            return Ok(Self::Auto(of));
        }
        let number = number.parse::<u32>().map_err(|_| wrong())?;
        match of {
            None => Err(wrong()),
            Some(of) if number == 0 || number > of => Err(format!("parts are numbered from 1 to {of}")),
            Some(of) => Ok(Self::Given(Shard { number, of })),
        }
    }
}

impl ShardArg {
    /// The part that is meant; `variable` gives the environment.
    pub fn resolve(self, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
        let of = match self {
            Self::Given(shard) => return Ok(shard),
            Self::Auto(of) => of,
        };
        let number = |name: &str| -> Result<Option<u32>, String> {
            let Some(text) = variable(name) else { return Ok(None) };
            text.parse()
                .map(Some)
                .map_err(|_| format!("`{name}` is `{text}`, which is no number"))
        };
        // A Kubernetes job of completion mode `Indexed` counts from 0, and does not say how many there are.
        if let Some(place) = number("JOB_COMPLETION_INDEX")? {
            let of = of.ok_or("a Kubernetes job does not say how many parts there are: `--shard auto/8` does")?;
            return part(place, of);
        }
        if let Some(id) = number("SLURM_ARRAY_TASK_ID")? {
            let least = number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
            let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
            let count = number("SLURM_ARRAY_TASK_COUNT")?;
            let of = of
                .or(count)
                .ok_or("`SLURM_ARRAY_TASK_COUNT` is not set: `--shard auto/8` says how many parts there are")?;
            return part(id.saturating_sub(least) / step, of);
        }
        Err(
            "`--shard auto` needs `JOB_COMPLETION_INDEX` (Kubernetes) or `SLURM_ARRAY_TASK_ID` (Slurm), and neither is set"
                .to_owned(),
        )
    }
}

fn part(place: u32, of: u32) -> Result<Shard, String> {
    if of == 0 || place >= of {
        return Err(format!(
            "this is part {} of {of}, which is not there",
            u64::from(place) + 1
        ));
    }
    Ok(Shard { number: place + 1, of })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_part_of_a_name_or_with_stars_a_whole_one() {
        let fits = |filter: &str, name: &str| Filter::new(filter).fits(name);
        assert!(fits("ell", "hello") && !fits("elk", "hello") && fits("", "x"));
        assert!(fits("h*o", "hello") && fits("*", "hello") && fits("he*l*", "hello") && fits("mail/*", "mail/x"));
        assert!(!fits("h*l", "hello") && !fits("e*o", "hello") && !fits("mail/*", "a/mail/x"));
        assert!(!fits("ab*ba", "aba") && fits("ab*ba", "abba"));
    }

    #[test]
    fn every_case_is_in_one_part() {
        for of in 1..9 {
            for place in 0..50 {
                let parts = (1..=of).filter(|number| Shard { number: *number, of }.takes(place));
                assert_eq!(parts.count(), 1);
            }
        }
    }

    #[test]
    fn a_part_is_given_or_stands_in_the_environment() {
        let resolve = |text: &str, variables: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(own, _)| *own == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            text.parse::<ShardArg>()?
                .resolve(variable)
                .map(|shard| shard.to_string())
        };
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(resolve("2/8", &[]), ok("2/8"));
        assert_eq!(resolve("auto/8", &[("JOB_COMPLETION_INDEX", "0")]), ok("1/8"));
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "9"),
            ("SLURM_ARRAY_TASK_MIN", "1"),
            ("SLURM_ARRAY_TASK_STEP", "4"),
            ("SLURM_ARRAY_TASK_COUNT", "3"),
        ];
        assert_eq!(resolve("auto", &slurm), ok("3/3"));
        for (text, variables) in [
            ("2", &[][..]),
            ("0/8", &[]),
            ("9/8", &[]),
            ("1/0", &[]),
            ("x/8", &[]),
            ("auto", &[]),
            ("auto", &[("JOB_COMPLETION_INDEX", "0")]),
            ("auto/2", &[("JOB_COMPLETION_INDEX", "2")]),
            ("auto/2", &[("JOB_COMPLETION_INDEX", "x")]),
        ] {
            assert!(resolve(text, variables).is_err(), "{text} {variables:?}");
        }
    }
}
