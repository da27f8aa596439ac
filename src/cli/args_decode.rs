//! Arguments of `decode` as written.

use std::path::PathBuf;

use clap::ValueEnum;

pub(super) const DECODE_HELP: &str = "\
FILE is a scenario, or a file that scenarios include, with `messages`. Without NAME it is the first of
them that fits, and where none does the one that goes farthest. BYTES are in hexadecimal, with blanks
and colons where you like; `-` is standard input. What a file or standard input holds is taken as
hexadecimal where it has nothing but that in it, else as it is.

Examples:
  wiretale decode --layout mqtt.json:Publish 320a0003742f31000732312e35
  wiretale decode --layout dns.json --file answer.bin
  tshark -r x.pcap -T fields -e tcp.payload | wiretale decode --layout mqtt.json -
  wiretale decode --layout mqtt.json --format json 'c0 00' | jq .fields

Exit codes:
  0  the bytes are a message of the layout
  1  they are none: the fields up to there are shown, and why it breaks off
  2  the file, the bytes or the arguments are wrong
  3  something else: output that cannot be written";

/// Arguments of `decode`.
#[derive(Debug, clap::Args)]
pub struct DecodeArgs {
    /// The file with the layout, and the layout's name
    #[arg(long, value_name = "FILE[:NAME]")]
    pub layout: String,
    /// The bytes, in hexadecimal; `-` for standard input
    #[arg(value_name = "BYTES", required_unless_present = "file", conflicts_with = "file")]
    pub bytes: Option<String>,
    /// A file with the bytes
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// What the file or standard input holds, where it could be either
    #[arg(long, value_enum)]
    pub input: Option<Input>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = Shown::Text)]
    pub format: Shown,
    /// A folder, besides the file's own, in which it may read files; as often as needed
    #[arg(long, value_name = "DIR")]
    pub allow_read: Vec<PathBuf>,
}

/// What a file or standard input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Input {
    /// Bytes as they are
    Binary,
    /// Bytes in hexadecimal
    Hex,
}

/// How a message is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shown {
    /// One field a line, and a hex dump
    Text,
    /// One JSON object
    Json,
}
