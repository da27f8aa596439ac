//! Programs: starting them, signals to them and all of their children, and their end.
//!
//! Owns that none is left behind: each program leads a process group of its own, which is killed when it has ended, when
//! what stands for it here is dropped, and when wiretale is left in a hurry ([`quit`]). Only where wiretale itself is killed
//! by `SIGKILL` nobody is there to do it, and children that make a group or session of their own are not reached. Does not
//! own what a program says, nor what its end means.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_io::Async;
use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{BoxFuture, Shared};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// What is started.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// The program: a path where there is a `/` in it, else one of the folders of `PATH` has it.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What it has in its environment besides wiretale's own.
    pub env: Vec<(String, String)>,
    /// Whether it is given something to read.
    pub reads: bool,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
}

/// A signal that ends a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
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

/// A program that was started. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    group: Arc<Group>,
    exit: Shared<BoxFuture<'static, Exit>>,
}

/// What goes in and out of a program.
#[derive(Debug)]
pub struct Pipes {
    /// What it reads, where it is given something.
    pub stdin: Option<Async<ChildStdin>>,
    /// What it writes.
    pub stdout: Async<ChildStdout>,
    /// What it complains of.
    pub stderr: Async<ChildStderr>,
}

/// A program and its children.
#[derive(Debug)]
struct Group {
    /// `None` once the program's number may be another's.
    leader: Mutex<Option<Pid>>,
}

/// All groups that may still be there.
static GROUPS: Mutex<BTreeMap<i32, Arc<Group>>> = Mutex::new(BTreeMap::new());

impl Exit {
    fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Status(code),
            (None, signal) => Self::Signal(signal.unwrap_or_default()),
        }
    }
}

impl Exit {
    /// As a trace has it: `0`, or `signal 15`.
    pub fn status(self) -> String {
        match self {
            Self::Status(code) => code.to_string(),
            Self::Signal(number) => format!("signal {number}"),
        }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(code) => write!(f, "{code}"),
            Self::Signal(number) => match [
                End::Term,
                End::Int,
                End::Quit,
                End::Hup,
                End::Usr1,
                End::Usr2,
                End::Kill,
            ]
            .into_iter()
            .find(|end| end.signal().as_raw() == *number)
            {
                Some(end) => f.write_str(end.name()),
                None => match number {
                    6 => f.write_str("SIGABRT"),
                    11 => f.write_str("SIGSEGV"),
                    13 => f.write_str("SIGPIPE"),
                    number => write!(f, "signal {number}"),
                },
            },
        }
    }
}

impl End {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Term => "SIGTERM",
            Self::Int => "SIGINT",
            Self::Quit => "SIGQUIT",
            Self::Hup => "SIGHUP",
            Self::Usr1 => "SIGUSR1",
            Self::Usr2 => "SIGUSR2",
            Self::Kill => "SIGKILL",
        }
    }

    /// Its number, as an exit status tells it.
    pub const fn number(self) -> i32 {
        self.signal().as_raw()
    }

    const fn signal(self) -> Signal {
        match self {
            Self::Term => Signal::TERM,
            Self::Int => Signal::INT,
            Self::Quit => Signal::QUIT,
            Self::Hup => Signal::HUP,
            Self::Usr1 => Signal::USR1,
            Self::Usr2 => Signal::USR2,
            Self::Kill => Signal::KILL,
        }
    }
}

impl Group {
    fn leader(&self) -> MutexGuard<'_, Option<Pid>> {
        self.leader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a signal to the program and its children, while its number is its own.
    fn signal(&self, signal: Signal) {
        if let Some(leader) = *self.leader() {
            // That all of them have ended already is no matter.
            let _ = kill_process_group(leader, signal);
        }
    }

    /// The program has ended: its children go with it.
    fn end(&self) {
        let mut leader = self.leader();
        if let Some(leader) = leader.take() {
            let _ = kill_process_group(leader, Signal::KILL);
            groups().remove(&leader.as_raw_nonzero().get());
        }
    }
}

fn groups() -> MutexGuard<'static, BTreeMap<i32, Arc<Group>>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program.
pub fn launch(launch: &Launch) -> io::Result<(Running, Pipes)> {
    let input = if launch.reads { Stdio::piped() } else { Stdio::null() };
    let mut child = Command::new(&launch.program)
        .args(&launch.arguments)
        .envs(launch.env.iter().map(|(name, value)| (name, value)))
        .process_group(0)
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let leader = Pid::from_child(&child);
    let group = Arc::new(Group {
        leader: Mutex::new(Some(leader)),
    });
    groups().insert(leader.as_raw_nonzero().get(), Arc::clone(&group));
    let stdin = child.stdin.take();
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (told, heard) = oneshot::channel();
    let waiting = Arc::clone(&group);
    let waiter = std::thread::Builder::new().name("program".to_owned()).spawn(move || {
        let _ = told.send(waited(child, leader, &waiting));
    });
    let running = Running {
        group,
        exit: heard.map(|exit| exit.unwrap_or(Exit::Status(-1))).boxed().shared(),
    };
    // Whatever fails from here on ends the program, for `running` is dropped.
    waiter?;
    let piped = || io::Error::other("its output is nowhere");
    let pipes = Pipes {
        stdin: stdin.map(Async::new).transpose()?,
        stdout: Async::new(stdout.ok_or_else(piped)?)?,
        stderr: Async::new(stderr.ok_or_else(piped)?)?,
    };
    Ok((running, pipes))
}

/// Waits for a program's end and for nothing else, then ends its children. Until they are told, the program's number is
/// its own.
fn waited(mut child: Child, leader: Pid, group: &Group) -> Exit {
    while let Err(Errno::INTR) = waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
    group.end();
    child.wait().map_or(Exit::Status(-1), Exit::of)
}

impl Running {
    /// Sends a signal to the program and its children.
    pub fn signal(&self, end: End) {
        self.group.signal(end.signal());
    }

    /// Its end.
    pub fn exit(&self) -> impl Future<Output = Exit> + Clone + Send + Unpin + use<> {
        self.exit.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.group.signal(Signal::KILL);
    }
}

/// Kills all programs and leaves wiretale at once.
pub fn quit(code: i32) -> ! {
    let all: Vec<_> = groups().values().cloned().collect();
    all.iter().for_each(|group| group.signal(Signal::KILL));
    std::process::exit(code);
}

/// Whether a program is there: a file of this path, or one of this name in the folders of `PATH` that can be run.
pub fn is_installed(program: &str) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    let can_run = |path: &std::path::Path| {
        path.metadata()
            .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        // What is there and cannot be run is found out where it is started.
        return std::path::Path::new(program).exists();
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    std::env::split_paths(&path).any(|folder| can_run(&folder.join(program)))
}

#[cfg(test)]
mod tests {
    use super::super::block_on;
    use super::*;
    use futures::AsyncReadExt as _;

    fn sh(script: &str) -> (Running, Pipes) {
        launch(&Launch {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            ..Launch::default()
        })
        .unwrap()
    }

    fn rest(mut from: Async<ChildStdout>) -> String {
        let mut text = String::new();
        block_on(from.read_to_string(&mut text)).unwrap();
        text
    }

    #[test]
    fn the_end_of_a_program_is_told() {
        let (running, pipes) = sh("echo out; exit 3");
        assert_eq!(block_on(running.exit()), Exit::Status(3));
        assert_eq!(block_on(running.exit()), Exit::Status(3));
        assert_eq!(rest(pipes.stdout), "out\n");
        let (running, _pipes) = sh("kill -TERM $$");
        assert_eq!(block_on(running.exit()).to_string(), "SIGTERM");
    }

    #[test]
    fn children_go_with_the_program() {
        // The child holds the output open: that it ends is the child's end.
        let (running, pipes) = sh("sleep 1000 & echo begun");
        assert_eq!(block_on(running.exit()), Exit::Status(0));
        assert_eq!(rest(pipes.stdout), "begun\n");
    }

    #[test]
    fn a_program_that_is_dropped_is_killed_with_its_children() {
        let (running, pipes) = sh("trap '' TERM; sleep 1000 & wait");
        let exit = running.exit();
        drop(running);
        assert_eq!(block_on(exit).to_string(), "SIGKILL");
        assert_eq!(rest(pipes.stdout), "");
    }

    #[test]
    fn what_cannot_be_started_says_why() {
        let launched = launch(&Launch {
            program: "/no/such/program".to_owned(),
            ..Launch::default()
        });
        assert_eq!(launched.unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(is_installed("sh") && is_installed("/bin/sh"));
        assert!(!is_installed("no-such-program-anywhere") && !is_installed("/no/such/program"));
        // It is there, and that it cannot be run is no reason to pass over it.
        assert!(is_installed("/etc/passwd"));
    }
}
