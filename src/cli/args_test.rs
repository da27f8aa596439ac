//! Arguments of `test`, `accept` and `review` as written.

use std::path::PathBuf;
use std::time::Duration;

use super::args::{ScenarioArgs, Seed, duration};
use crate::report::ReportTo;
use crate::suite::{Filter, Select, ShardArg};

pub(super) const TEST_HELP: &str = "\
A case's approved diagram is results/NAME.mmd; NAME is the scenario's path below `scenarios`, and
behind a point the case's name. A case that draws another one leaves results/NAME.new.mmd and
results/NAME.diff.mmd. Nothing is approved here: `wiretale accept` and `wiretale review` do that.

Examples:
  wiretale test                             play all scenarios, compare with the approved diagrams
  wiretale test scenarios/mail --jobs 1     those of a folder, one after another
  wiretale test --filter 'login*' --tag slow
  wiretale test --ci --report junit=junit.xml --report github
  wiretale test --shard 2/8                 the second of eight parts
  wiretale test --repeat 1000 --jitter      how many diagrams has each case?
  wiretale test --watch                     play again what a changed file touches

Exit codes:
  0  all passed; what is new or orphaned is said, and passes without --ci
  1  an expectation failed, or a diagram differs
  2  a scenario, an approved diagram or the arguments are wrong
  3  something else: a folder that cannot be written, a run that was cut, Ctrl-C";

pub(super) const ACCEPT_HELP: &str = "\
NAME is a case as `wiretale test` calls it, or its file in the results.

Examples:
  wiretale accept                   approve all diagrams that wait
  wiretale accept mail/login chat   these
  wiretale accept --another race    approve one more diagram of a real race, as results/race@2.mmd

Exit codes:
  0  approved, or nothing waits
  2  one of them waits for no approval, is not of a run that passed, or cannot be read
  3  something else: a file that cannot be written";

pub(super) const REVIEW_HELP: &str = "\
For each diagram that waits, the difference is shown, and one letter answers: a(ccept), r(eject: it is
deleted), s(kip), w(hole: show all of the new diagram), q(uit).

Examples:
  wiretale review          all that wait
  wiretale review chat     this one

Exit codes:
  0  every answer was carried out
  2  one of them waits for no approval, or cannot be read or approved
  3  something else: a file that cannot be written";

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Scenarios, and folders of scenarios
    #[arg(value_name = "PATH", default_value = "scenarios")]
    pub paths: Vec<PathBuf>,
    /// The folder of the approved diagrams and of what runs leave
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// How many cases are played at once [default: as many as there are processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
    /// Only cases of scenarios with this tag; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Only cases with this in their name; with a `*` (any text) it is the whole name; may be given several times
    #[arg(long = "filter", value_name = "TEXT", value_parser = filter)]
    pub filters: Vec<Filter>,
    /// Begin no further case when one has failed
    #[arg(long)]
    pub fail_fast: bool,
    /// Only one of several parts of equal size; `auto` takes it from a Kubernetes indexed job or a Slurm array
    #[arg(long, value_name = "N/OF")]
    pub shard: Option<ShardArg>,
    /// Try again, so many times, what does not pass; what passes then is reported as flaky
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub retries: u32,
    /// Play each case so many times, count its diagrams, and say what would make them one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000), conflicts_with = "retries")]
    pub repeat: u32,
    /// Disturb when tasks run, so that what hangs on it shows
    #[arg(long)]
    pub jitter: bool,
    /// Fail where a case has no approved diagram, or an approved diagram no case
    #[arg(long)]
    pub ci: bool,
    /// Play with the race of this number decided the other way
    #[arg(long, value_name = "N", conflicts_with_all = ["repeat", "retries", "watch"])]
    pub flip: Option<u32>,
    /// Fail where one run predicts a race
    #[arg(long)]
    pub strict_races: bool,
    /// Fail where a program that plays an actor is not installed or not allowed, instead of skipping the case
    #[arg(long)]
    pub no_skip: bool,
    /// Write a report: `junit=FILE`, `tap[=FILE]`, `json=FILE`, `github`; may be given several times
    #[arg(long = "report", value_name = "FORM[=FILE]")]
    pub reports: Vec<ReportTo>,
    /// Play again what a changed file touches, until Ctrl-C
    #[arg(long, conflicts_with_all = ["shard", "reports", "fail_fast"])]
    pub watch: bool,
    /// The seed of all that is random, or `random` [default: the file's, else 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<Seed>,
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// The time that a step may take where it has no `timeout` of its own, such as 500ms [default: the file's, else 5s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Say nothing of cases that passed
    #[arg(short, long)]
    pub quiet: bool,
}

/// Arguments of `accept`.
#[derive(Debug, clap::Args)]
pub struct AcceptArgs {
    /// The cases [default: all that wait]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Approve beside what is approved already, as NAME@2.mmd: a real race may have several diagrams
    #[arg(long, requires = "names")]
    pub another: bool,
    /// The folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

/// Arguments of `review`.
#[derive(Debug, clap::Args)]
pub struct ReviewArgs {
    /// The cases [default: all that wait]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// The folder of the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
}

impl TestArgs {
    /// Which cases are tested.
    pub fn select(&self) -> Result<Select, String> {
        let shard = self.shard.map(|shard| shard.resolve(|name| std::env::var(name).ok()));
        Ok(Select {
            tags: self.tags.clone(),
            filters: self.filters.clone(),
            shard: shard.transpose()?,
        })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what parses an argument may fail")]
fn filter(text: &str) -> Result<Filter, std::convert::Infallible> {
    Ok(Filter::new(text))
}
