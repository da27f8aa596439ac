//! Arguments of `diff` as written.

use std::path::PathBuf;

use super::args::OutputArgs;

pub(super) const DIFF_HELP: &str = "\
Each side is a trace or a Mermaid sequence diagram, told apart by what is in it; `-` is standard input.
Two traces are compared whole; of a diagram, what is drawn. Scenario, case and seed are not compared.

Examples:
  wiretale diff results/chat.mmd results/chat.new.mmd
  wiretale diff old/trace.jsonl results/last/chat/trace.jsonl
  git show HEAD~1:results/chat.mmd | wiretale diff - results/chat.mmd
  wiretale diff --format svg -o diff.svg results/chat.mmd results/chat.new.mmd

Exit codes:
  0  there is no difference
  1  there is one
  2  a side cannot be read, or the arguments are wrong
  3  something else: a file that cannot be written";

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// What it was
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// What it is
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    #[command(flatten)]
    pub output: OutputArgs,
}
