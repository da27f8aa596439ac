//! The command line: one file a subcommand, arguments, exit codes; no logic.

mod accept;
mod args;
mod args_decode;
mod args_diff;
mod args_draw;
mod args_merge;
mod args_record;
mod args_test;
mod check;
mod decode;
mod diff;
mod draw;
mod exit;
mod export;
mod fmt;
mod init;
mod levels;
mod merge;
mod output;
mod progress;
mod record;
mod review;
mod run;
mod test;
mod watch;

use clap::{CommandFactory, Parser};

pub use args::{Args, Command};
pub use exit::Exit;

/// Parses the command line, does what it says, and gives the exit code.
pub fn main() -> std::process::ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // A closed pipe is no reason to complain about.
            let _ = error.print();
            return if error.use_stderr() { Exit::Wrong } else { Exit::Passed }.into();
        }
    };
    let exit = match args.command {
        Command::Init(args) => init::init(&args),
        Command::Run(args) => run::run(&args),
        Command::Test(args) => test::test(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Accept(args) => accept::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Check(args) => check::check(&args),
        Command::Fmt(args) => fmt::fmt(&args),
        Command::Draw(args) => draw::draw(&args),
        Command::Decode(args) => decode::decode(&args),
        Command::Record(args) => record::record(&args),
        Command::Export(args) => export::export(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Schema { of } => output::print(of.schema()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "wiretale", &mut script);
            output::print(&String::from_utf8_lossy(&script))
        }
    };
    exit.into()
}
