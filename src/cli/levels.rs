//! Which warnings are failures, and which are not told: `--deny`, `--allow`.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, ArgMatches, Command, Error, FromArgMatches};

use crate::lint::{ALL, Code};
use crate::scenario::mistake::nearest;

/// What stands for all codes.
const EVERY: &str = "all";

/// What becomes of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is not told.
    Allow,
    /// It is told.
    Warn,
    /// It is told, and is a failure.
    Deny,
}

/// `--deny` and `--allow`, in the order of the command line: of two that name one code the later counts.
#[derive(Clone, Debug, Default)]
pub struct LevelArgs {
    allowed: BTreeSet<Code>,
    denied: BTreeSet<Code>,
}

impl LevelArgs {
    /// What becomes of a warning.
    pub fn level(&self, code: Code) -> Level {
        match (self.allowed.contains(&code), self.denied.contains(&code)) {
            (true, _) => Level::Allow,
            (_, true) => Level::Deny,
            _ => Level::Warn,
        }
    }

    fn set(&mut self, codes: &Codes, level: Level) {
        for &code in &codes.0 {
            self.allowed.remove(&code);
            self.denied.remove(&code);
            match level {
                Level::Allow => self.allowed.insert(code),
                Level::Deny => self.denied.insert(code),
                Level::Warn => true,
            };
        }
    }
}

/// One code, or all.
#[derive(Clone, Debug)]
struct Codes(Vec<Code>);

/// The code of this name.
pub(super) fn code(name: &str) -> Result<Code, String> {
    Code::named(name).ok_or_else(|| unknown(name, ALL.map(Code::name)))
}

fn codes(name: &str) -> Result<Codes, String> {
    if name == EVERY {
        return Ok(Codes(ALL.to_vec()));
    }
    let names = ALL.map(Code::name).into_iter().chain([EVERY]);
    Code::named(name)
        .map(|code| Codes(vec![code]))
        .ok_or_else(|| unknown(name, names))
}

/// What is said of a name that no code has.
fn unknown<'a>(name: &str, allowed: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(name, allowed.clone()) {
        Some(near) => format!("no warning has this code; did you mean `{near}`?"),
        None => {
            let all: Vec<&str> = allowed.into_iter().collect();
            format!("no warning has this code; these are there: {}", all.join(", "))
        }
    }
}

impl clap::Args for LevelArgs {
    fn augment_args(command: Command) -> Command {
        let arg = |name: &'static str, help: &'static str| {
            Arg::new(name)
                .long(name)
                .value_name("CODE")
                .value_parser(codes)
                .value_delimiter(',')
                .action(ArgAction::Append)
                .help(help)
        };
        command
            .arg(arg(
                "deny",
                "Take warnings of this code for failures; `all` for those of every code. May be given more than once, or with commas",
            ))
            .arg(arg(
                "allow",
                "Do not tell warnings of this code. Of --deny and --allow for one code the later one counts",
            ))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for LevelArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut levels = Self::default();
        levels.update_from_arg_matches(matches)?;
        Ok(levels)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let of = |name: &str, level| {
            let places = matches.indices_of(name).into_iter().flatten();
            let values = matches.get_many::<Codes>(name).into_iter().flatten();
            places
                .zip(values)
                .map(move |(place, codes)| (place, codes.clone(), level))
                .collect::<Vec<_>>()
        };
        let mut given = of("deny", Level::Deny);
        given.extend(of("allow", Level::Allow));
        given.sort_by_key(|(place, ..)| *place);
        for (_, codes, level) in given {
            self.set(&codes, level);
        }
        Ok(())
    }
}
