//! Arguments of `merge` and `schema` as written.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::report::ReportTo;

/// What stands below the arguments of `merge`.
pub(super) const HELP: &str = "\
The files are reports that `wiretale test` wrote, as JSON or as JUnit, not both. Of a case that is
in several the worst result counts, and it is said. A missing shard is said too, and counts as an
interrupted run. From JSON every form can be written, from JUnit `junit` alone.

Examples:
  wiretale merge shard-*.json                             tell what came of all shards
  wiretale merge shard-*.json --report junit=all.xml --report github
  wiretale merge shard-*.xml --report junit=all.xml

Exit codes, as `wiretale test` would have given them for all:
  0  all passed
  1  an expectation failed, or a diagram differs; with --ci, one is new or orphaned
  2  a scenario was wrong; or a report or the arguments are
  3  something else: a case was not run, a shard is missing, a file cannot be written";

/// Arguments of `merge`.
#[derive(Debug, clap::Args)]
pub struct MergeArgs {
    /// The reports
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write a report: junit=FILE, tap, tap=FILE, json=FILE, github or github=FILE; may be given several times [default: a
    /// summary on standard output]
    #[arg(long = "report", value_name = "FORM[=FILE]")]
    pub reports: Vec<ReportTo>,
    /// What is new or orphaned fails, as it does where one of the reports says so
    #[arg(long)]
    pub ci: bool,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Scenarios
    Scenario,
    /// Reports as JSON
    Report,
}

impl SchemaOf {
    /// The schema.
    pub const fn schema(self) -> &'static str {
        match self {
            Self::Scenario => crate::scenario::SCHEMA,
            Self::Report => crate::report::SCHEMA,
        }
    }
}
