//! Actors that wiretale does not play: real programs, and what is somebody else's.

use std::time::Duration;

use super::message::{Matcher, Payload};
use super::{At, Node, Span};

/// Who plays an actor instead of its steps.
#[derive(Clone, Debug)]
pub enum Outside {
    /// A program that is started.
    Process(Box<Process>),
    /// Whoever is at an address: `at`.
    At {
        /// Where the key stands.
        key: Span,
        /// One address, for its only endpoint, or an address for each endpoint by its name.
        addresses: Vec<(Option<At<String>>, At<String>)>,
    },
}

/// A program: `process`.
#[derive(Clone, Debug)]
pub struct Process {
    /// Where the key stands.
    pub key: Span,
    /// The program and its arguments; never empty.
    pub command: Vec<At<String>>,
    /// When it is ready; one that is nothing of the kind begins with the scripts, and its end is its script's.
    pub ready: Option<Ready>,
    /// What it has in its environment besides wiretale's own.
    pub env: Vec<(At<String>, At<String>)>,
    /// What it reads from its standard input.
    pub stdin: Option<At<Payload>>,
    /// What all that it writes to its standard output must look like.
    pub stdout: Option<At<Matcher>>,
    /// The status that it must end with.
    pub exit: Option<At<u8>>,
    /// The signal that ends it.
    pub stop: Option<ProgramSignal>,
    /// Whether it begins by itself, and not by a `start` step.
    pub start: bool,
}

/// When a program is ready.
#[derive(Clone, Debug)]
pub struct Ready {
    /// What tells.
    pub how: ReadyHow,
    /// How long it may take.
    pub timeout: Option<Duration>,
}

/// What tells that a program is ready.
#[derive(Clone, Debug)]
pub enum ReadyHow {
    /// A port, or an address, that takes connections: a number or a template.
    Tcp(Node),
    /// A UDP port, or an address, that a socket is bound to: a number or a template.
    Udp(Node),
    /// A line of its standard output.
    Stdout(At<Matcher>),
}

/// A signal to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramSignal {
    /// `SIGTERM`.
    Term,
    /// `SIGINT`.
    Int,
    /// `SIGQUIT`.
    Quit,
    /// `SIGHUP`.
    Hup,
    /// `SIGUSR1`.
    Usr1,
    /// `SIGUSR2`.
    Usr2,
    /// `SIGKILL`.
    Kill,
}
