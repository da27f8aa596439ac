//! Arguments of `record` and `export` as written.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::args::{DetailArg, duration};
use crate::capture::cast::{Named, Names};
use crate::ident::{OUTSIDE, RESERVED};
use crate::plan::permissions::{Host, Permissions};
use crate::replay::Side;
use crate::suite::GivenFraming;
use crate::units;

/// What stands below the arguments of `record`.
pub(super) const RECORD_HELP: &str = "\
Real clients connect to the address that is printed, and are passed on to the server. When the
recording is over, its trace, its diagram and a scenario that plays it again are in the folder.
It is over on Ctrl-C or SIGTERM, with --connections, --for, or when the command has ended.

Examples:
  wiretale record --to 127.0.0.1:PORT -o redis
  wiretale record --to 127.0.0.1:PORT -o redis -- redis-cli -p {port} INCR hits
  wiretale record --to localhost:PORT --connections 1 --as client
  wiretale record --to 127.0.0.1:PORT --framing '{\"length\":\"u16\"}' --for 10s
  wiretale record --pcap traffic.pcapng --name 10.0.0.7=Ada
  wiretale run redis/redis.json
  wiretale run --external Redis=127.0.0.1:PORT redis/redis.json

Exit codes:
  0  recorded
  2  the capture or the arguments are wrong
  3  something else: an address in use, a file that cannot be written";

/// What stands below the arguments of `export`.
pub(super) const EXPORT_HELP: &str = "\
Examples:
  wiretale export --pcapng results/last/hello/trace.jsonl
  wiretale export --pcapng trace.jsonl -o hello.pcapng
  tshark -r hello.pcapng

Exit codes:
  0  written
  2  the trace or the arguments are wrong
  3  something else: a file that cannot be written";

/// Arguments of `record`.
#[derive(Debug, clap::Args)]
pub struct RecordArgs {
    /// The server
    #[arg(
        long,
        value_name = "ADDRESS",
        required_unless_present = "pcap",
        conflicts_with = "pcap"
    )]
    pub to: Option<String>,
    /// Where clients connect
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", conflicts_with = "pcap")]
    pub listen: String,
    /// A capture to read instead, as pcap or pcapng
    #[arg(long, value_name = "FILE")]
    pub pcap: Option<PathBuf>,
    /// Where the trace, the diagram and the scenario go; the scenario has its name
    #[arg(short, long, value_name = "DIR", default_value = "recorded")]
    pub output: PathBuf,
    /// Which side the scenario plays
    #[arg(long = "as", value_enum, value_name = "SIDE", default_value_t = SideArg::Both)]
    pub side: SideArg,
    #[command(flatten)]
    pub heard: HeardArgs,
    /// The title of the scenario
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// What clients are called [default: Client]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub client: Option<String>,
    /// What the server is called [default: by its port, else Server]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub server: Option<String>,
    /// End when so many connections have ended
    #[arg(long, value_name = "N", conflicts_with = "pcap", value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: Option<u32>,
    /// End after this time, such as 10s
    #[arg(long = "for", value_name = "DURATION", conflicts_with = "pcap", value_parser = duration)]
    pub time: Option<Duration>,
    /// A host other than this machine that may be listened at or connected to; may be given several times
    #[arg(long, value_name = "HOST", value_parser = Host::resolved)]
    pub allow_net: Vec<Host>,
    /// How much is drawn
    #[arg(long, value_enum, default_value_t = DetailArg::Messages)]
    pub detail: DetailArg,
    /// Say nothing but the address
    #[arg(short, long)]
    pub quiet: bool,
    /// The client to start: {address}, {host} and {port} are where it is to connect
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "pcap")]
    pub command: Vec<String>,
}

/// Arguments that say how what was heard is read.
#[derive(Debug, clap::Args)]
pub struct HeardArgs {
    /// How bytes become messages, as in scenarios: `resp`, `lines`, '{"length":"u16"}' [default: guessed]
    #[arg(long, value_name = "FRAMING", value_parser = framing)]
    pub framing: Option<GivenFraming>,
    /// What is called so: a service by its address with port, a machine by its address; may be given several times
    #[arg(long = "name", value_name = "ADDRESS=NAME", value_parser = named)]
    pub names: Vec<(Named, String)>,
    /// How many bytes are kept
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub keep: u64,
    /// How many connections are kept
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub most: u32,
}

/// Which side a scenario plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    /// The clients, against the real server
    Client,
    /// The server, for the real clients
    Server,
    /// Both
    Both,
}

impl From<SideArg> for Side {
    fn from(side: SideArg) -> Self {
        match side {
            SideArg::Client => Self::Client,
            SideArg::Server => Self::Server,
            SideArg::Both => Self::Both,
        }
    }
}

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The trace
    #[arg(long, value_name = "TRACE", required = true)]
    pub pcapng: PathBuf,
    /// Where the capture goes [default: beside the trace, with the ending .pcapng]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl RecordArgs {
    /// What is known of names.
    pub(super) fn names(&self) -> Names {
        Names {
            client: self.client.clone(),
            server: self.server.clone(),
            addresses: self.heard.names.clone(),
        }
    }

    /// Where clients may connect: port 0 is a free one.
    pub(super) fn listens(&self) -> Result<SocketAddr, String> {
        match self.listen.strip_suffix(":0") {
            None => self.address(&self.listen),
            Some(host) => {
                let mut address = self.address(&format!("{host}:1"))?;
                address.set_port(0);
                Ok(address)
            }
        }
    }

    /// An address that may be used: one of this machine, or of a host that is allowed.
    pub(super) fn address(&self, text: &str) -> Result<SocketAddr, String> {
        let hosts = self.allow_net.iter().cloned();
        let permissions = hosts.fold(Permissions::default(), Permissions::with_host);
        permissions.address(text).map_err(|refused| match refused.help {
            Some(help) => format!("{}\n    help      {help}", refused.text),
            None => refused.text,
        })
    }
}

fn framing(text: &str) -> Result<GivenFraming, String> {
    GivenFraming::read(text).map_err(|error| error.to_string())
}

fn size(text: &str) -> Result<u64, String> {
    units::size(text).map_err(|error| error.to_string())
}

fn name(text: &str) -> Result<String, String> {
    if text.is_empty() || text == OUTSIDE || text.contains(RESERVED) || text.trim() != text {
        return Err(format!("no actor can be called `{text}`"));
    }
    Ok(text.to_owned())
}

fn named(text: &str) -> Result<(Named, String), String> {
    let (address, called) = text.split_once('=').ok_or("ADDRESS=NAME is needed")?;
    Ok((address.parse()?, name(called)?))
}
