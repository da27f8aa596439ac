//! Arguments as written.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use super::args_decode::{DECODE_HELP, DecodeArgs};
use super::args_diff::{DIFF_HELP, DiffArgs};
use super::args_draw::{DRAW_HELP, DrawArgs};
use super::args_merge::{self, MergeArgs, SchemaOf};
use super::args_record::{EXPORT_HELP, ExportArgs, RECORD_HELP, RecordArgs};
use super::args_test::{ACCEPT_HELP, AcceptArgs, REVIEW_HELP, ReviewArgs, TEST_HELP, TestArgs};
use super::levels::{LevelArgs, code};
use super::output::say;
use crate::diagram::Detail;
use crate::lint::Code;
use crate::plan::permissions::{self, Host};
use crate::plan::{External, Overrides, Permissions};
use crate::scenario::LoadOptions;
use crate::{draw, units};

const EXIT_CODES: &str = "\
Exit codes:
  0  passed
  1  an expectation failed
  2  a scenario, a trace or the arguments are wrong
  3  something else: a port in use, a folder that cannot be written, a run that was cut";

const CHECK_EXIT_CODES: &str = "\
Exit codes:
  0  no mistakes, and no warning that is denied
  1  a warning of a code that --deny names
  2  a scenario or the arguments are wrong";

const EXAMPLES: &str = "\
Examples:
  wiretale init                                write a first scenario, to change it
  wiretale run scenarios/hello.json            play it and draw what happened
  wiretale run --detail lifecycle hello.json   draw connects and accepts too
  wiretale run hello.json > hello.mmd          into a pipe or file it is Mermaid
  wiretale run --format svg -o hello.svg hello.json
  wiretale test                                play all, compare with the approved diagrams
  wiretale check scenarios/*.json              find every mistake, open no socket
  wiretale fmt scenarios/*.json                lay files out
  wiretale draw results/last/hello/trace.jsonl draw a trace again
  wiretale decode --layout mqtt.json c000      show bytes against a layout
  wiretale record --to 127.0.0.1:PORT -o redis record a real client and a real server
  wiretale schema > wiretale.schema.json       the JSON Schema, for editors";

const INIT_HELP: &str = "\
Examples:
  wiretale init                      scenarios/tcp.json
  wiretale init chat                 scenarios/chat.json
  wiretale init http tests/api.json  a file of your own

An editor that knows JSON Schema completes the scenario, by the schema that is written beside it.

Exit codes:
  0  written
  2  the arguments are wrong, or the file is there already
  3  something else: a folder that cannot be written";

const FMT_HELP: &str = "\
What fits in 100 columns is on one line; steps are one a line. Only white space changes. A file that
is not sound JSON is left alone.

Examples:
  wiretale fmt scenarios/*.json          lay them out
  wiretale fmt --check scenarios/*.json  list those that are not laid out, change none
  wiretale fmt - < in.json > out.json    in an editor or a pipe

Exit codes:
  0  all are laid out
  1  --check: some are not
  2  a file cannot be read or is wrong, or the arguments are
  3  something else: a file that cannot be written";

/// Play client and server scenarios on real sockets, and draw what happened as a sequence diagram.
#[derive(Debug, Parser)]
#[command(name = "wiretale", version, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first scenario, to change it
    #[command(after_help = INIT_HELP)]
    Init(InitArgs),
    /// Play scenarios, and draw what happened
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Play scenarios, and compare what they draw with what is approved
    #[command(after_help = TEST_HELP)]
    Test(TestArgs),
    /// Approve diagrams that wait for it
    #[command(after_help = ACCEPT_HELP)]
    Accept(AcceptArgs),
    /// Compare two traces or diagrams
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArgs),
    /// Go through the diagrams that wait for approval, one by one
    #[command(after_help = REVIEW_HELP)]
    Review(ReviewArgs),
    /// Find every mistake in scenarios, and warn of what cannot be meant, without opening a socket
    #[command(after_help = CHECK_EXIT_CODES)]
    Check(CheckArgs),
    /// Lay out scenarios and other JSON files
    #[command(after_help = FMT_HELP)]
    Fmt(FmtArgs),
    /// Draw a trace that a run left, or a capture
    #[command(after_help = DRAW_HELP)]
    Draw(DrawArgs),
    /// Show bytes against a layout of a binary message
    #[command(after_help = DECODE_HELP)]
    Decode(DecodeArgs),
    /// Record what real clients and a real server say: a trace, a diagram and a scenario that plays it again
    #[command(after_help = RECORD_HELP)]
    Record(Box<RecordArgs>),
    /// Write a trace for other tools to read
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArgs),
    /// Join the reports of several machines that tested a part each
    #[command(after_help = args_merge::HELP)]
    Merge(MergeArgs),
    /// Print the JSON Schema of scenarios, or of reports
    Schema {
        /// What it is of
        #[arg(value_enum, default_value_t = SchemaOf::Scenario)]
        of: SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct InitArgs {
    /// What it is about
    #[arg(value_enum, default_value_t = Kind::Tcp)]
    pub kind: Kind,
    /// Where it goes [default: scenarios/KIND.json]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Overwrite the file if it is there already
    #[arg(long)]
    pub force: bool,
}

/// What a first scenario is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A client and a server that talk in lines
    Tcp,
    /// Several clients in one room
    Chat,
    /// A client and a server of an HTTP interface
    Http,
}

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The scenarios, played one after another
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Play only the cases of this name; may be given several times [default: all]
    #[arg(long = "case", value_name = "NAME")]
    pub cases: Vec<String>,
    /// Where results go: DIR/last/NAME/trace.jsonl and diagram.mmd; of a case, in DIR/last/NAME.CASE
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// The seed of all that is random, or `random` [default: the file's, else 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<Seed>,
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Print no diagram, and nothing of a run that passed
    #[arg(short, long)]
    pub quiet: bool,
    /// The time that a step may take where it has no `timeout` of its own, such as 500ms [default: the file's, else 5s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// How many threads run the actors
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: u16,
    /// Fail where the run predicts a race
    #[arg(long)]
    pub strict_races: bool,
    /// Play, then play again with the race of this number decided the other way: one of messages, which can be held back
    #[arg(long, value_name = "N")]
    pub flip: Option<u32>,
}

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The scenarios
    #[arg(required_unless_present = "explain", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    #[command(flatten)]
    pub levels: LevelArgs,
    /// Print what a warning means, with examples
    #[arg(long, value_name = "CODE", value_parser = code)]
    pub explain: Option<Code>,
    /// Say nothing of scenarios without a mistake or a warning
    #[arg(short, long)]
    pub quiet: bool,
}

/// Arguments of `fmt`.
#[derive(Debug, clap::Args)]
pub struct FmtArgs {
    /// The files; `-` is standard input, laid out to standard output
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Change nothing, and list the files that are not laid out
    #[arg(long)]
    pub check: bool,
    /// Do not say which files were changed
    #[arg(short, long)]
    pub quiet: bool,
}

/// Arguments that a scenario is read with.
#[derive(Debug, clap::Args)]
pub struct ScenarioArgs {
    /// Another value for one of the scenario's `vars`; JSON, or else text
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = var)]
    pub vars: Vec<(String, String)>,
    /// A folder, besides the scenario's own, in which it may read files
    #[arg(long, value_name = "DIR")]
    pub allow_read: Vec<PathBuf>,
    /// A host, besides this machine's loopback, that it may reach; may be given several times
    #[arg(long, value_name = "HOST", value_parser = Host::resolved)]
    pub allow_net: Vec<Host>,
    /// It may start programs
    #[arg(long)]
    pub allow_process: bool,
    /// Whoever is at this address plays the actor, instead of its steps or its program; may be given several times
    #[arg(long = "external", value_name = "NAME=HOST:PORT", value_parser = external)]
    pub externals: Vec<External>,
}

/// Arguments that say what is drawn, and where to.
#[derive(Debug, clap::Args)]
pub struct OutputArgs {
    /// How much is drawn
    #[arg(long, value_enum, default_value_t = DetailArg::Messages)]
    pub detail: DetailArg,
    /// How it is drawn [default: by the ending of -o, else text on a terminal and mermaid elsewhere]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Where the diagram goes, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// How much is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DetailArg {
    /// Messages and endings
    Messages,
    /// Everything: connects and accepts, sending and receiving apart, accesses and signals
    Lifecycle,
}

/// How a diagram is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Mermaid
    Mermaid,
    /// Box-drawing characters
    Text,
    /// SVG
    Svg,
    /// The diagram as data
    Json,
}

/// A seed as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// This one.
    Number(u64),
    /// Another one for each command.
    Random,
}

impl FromStr for Seed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "random" {
            return Ok(Self::Random);
        }
        text.parse()
            .map(Self::Number)
            .map_err(|_| "a whole number from 0 on, or `random`, is needed")
    }
}

impl Seed {
    /// The seed that is meant; one that is picked is said, so that the run can be had again.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Number(seed) => seed,
            Self::Random => {
                let seed = draw::fresh_seed();
                say(&format!("seed {seed}\n"));
                seed
            }
        }
    }
}

impl From<DetailArg> for Detail {
    fn from(detail: DetailArg) -> Self {
        match detail {
            DetailArg::Messages => Self::Messages,
            DetailArg::Lifecycle => Self::Lifecycle,
        }
    }
}

impl ScenarioArgs {
    /// How scenarios are loaded.
    pub fn load_options(&self) -> LoadOptions {
        LoadOptions {
            allow_read: self.allow_read.clone(),
        }
    }

    /// What the command line changes in a scenario.
    pub fn overrides(&self, seed: Option<u64>, timeout: Option<Duration>) -> Overrides {
        Overrides {
            vars: self.vars.clone(),
            seed,
            timeout,
            permissions: self
                .allow_net
                .iter()
                .cloned()
                .fold(Permissions::default(), Permissions::with_host)
                .with_process(self.allow_process),
            externals: self.externals.clone(),
        }
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    units::duration(text).map_err(|error| error.to_string())
}

fn external(text: &str) -> Result<External, String> {
    let (name, address) = text.split_once('=').ok_or("NAME=HOST:PORT is needed")?;
    Ok(External {
        name: name.to_owned(),
        address: permissions::resolve(address)?,
    })
}

fn var(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is needed")?;
    Ok((name.to_owned(), value.to_owned()))
}
