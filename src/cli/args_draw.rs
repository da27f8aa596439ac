//! What the command line says of `draw`.
//!
//! Owns its flags and its help. Does not own what is done with them (`draw`).

use std::path::PathBuf;

use super::args::OutputArgs;
use super::args_record::HeardArgs;

/// What stands below the flags.
pub(super) const DRAW_HELP: &str = "\
Examples:
  wiretale draw results/last/hello/trace.jsonl
  wiretale draw --pcap traffic.pcapng -o traffic.svg
  wiretale draw --pcap traffic.pcap --framing lines --name 10.0.0.7=Ada

Exit codes:
  0  drawn
  2  the trace, the capture or the arguments are wrong
  3  something else: a file that cannot be written";

/// Arguments of `draw`.
#[derive(Debug, clap::Args)]
pub struct DrawArgs {
    /// The trace
    #[arg(value_name = "TRACE", required_unless_present = "pcap", conflicts_with = "pcap")]
    pub trace: Option<PathBuf>,
    /// A capture to draw instead, as pcap or pcapng
    #[arg(long, value_name = "FILE")]
    pub pcap: Option<PathBuf>,
    #[command(flatten)]
    pub heard: HeardArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}
