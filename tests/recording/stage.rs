//! Servers and clients that are no actors, and a recording between them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;

use crate::tool::{Folder, Told};

/// A server that answers each connection as `serve` does; it ends with the test.
pub(crate) fn server(serve: impl Fn(TcpStream) + Send + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address
}

/// A server that answers each line.
pub(crate) fn lines(answer: impl Fn(&str) -> String + Send + Clone + 'static) -> SocketAddr {
    server(move |stream| {
        for line in BufReader::new(stream.try_clone().unwrap()).lines() {
            let Ok(line) = line else { return };
            if (&stream).write_all(answer(&line).as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// The tool, while it records.
pub(crate) struct Recording {
    child: Child,
    pub(crate) address: SocketAddr,
    out: BufReader<std::process::ChildStdout>,
}

/// Begins to record what is said to a server.
pub(crate) fn record(folder: &Folder, to: SocketAddr, more: &[&str]) -> Recording {
    let to = to.to_string();
    let arguments = [&["record", "--to", &to][..], more].concat();
    let mut command = folder.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line.trim().parse().unwrap_or_else(|_| {
        let mut why = String::new();
        child.stderr.take().unwrap().read_to_string(&mut why).unwrap();
        panic!("no address: {line}{why}")
    });
    Recording { child, address, out }
}

impl Recording {
    /// A client connects.
    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        let answers = BufReader::new(stream.try_clone().unwrap());
        Client { stream, answers }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(
            std::process::Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits until it has ended.
    pub(crate) fn ends(mut self) -> Told {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        let code = self.child.wait().unwrap().code();
        Told { code, out, err }
    }

    /// Waits until it has ended well.
    #[track_caller]
    pub(crate) fn ends_well(self) -> Told {
        let told = self.ends();
        assert_eq!(told.code, Some(0), "{}", told.err);
        told
    }
}

/// A client that speaks in lines.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    answers: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn says(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Says a line, and gives the answer.
    pub(crate) fn asks(&mut self, line: &str) -> String {
        self.says(format!("{line}\n").as_bytes());
        self.hears()
    }

    pub(crate) fn hears(&mut self) -> String {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    /// Ends what it sends, and waits until the server has ended too.
    pub(crate) fn leaves(mut self) {
        self.stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        self.answers.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"");
    }
}

/// A diagram without its hash, which covers what only one end of a connection saw.
pub(crate) fn drawn(diagram: &str) -> String {
    let lines = diagram.lines().filter(|line| !line.trim_start().starts_with("%% hash"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The lines of a diagram that say who says what.
pub(crate) fn arrows(diagram: &str) -> Vec<&str> {
    let lines = diagram.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("p0") || line.starts_with("p1") || line.starts_with("Note"))
        .collect()
}

/// Plays a scenario; it must pass, and look as the recording does.
#[track_caller]
pub(crate) fn plays_alike(folder: &Folder, name: &str, more: &[&str]) {
    let scenario = format!("{name}/{name}.json");
    let told = folder.wiretale(&[&["run", &scenario, "--format", "mermaid"], more].concat());
    assert_eq!(
        told.code,
        Some(0),
        "{}\n{}\n{}",
        told.err,
        told.out,
        folder.read(&scenario)
    );
    assert_eq!(
        drawn(&told.out),
        drawn(&folder.read(&format!("{name}/diagram.mmd"))),
        "{}",
        folder.read(&scenario)
    );
}

impl Client {
    /// Takes so many bytes.
    pub(crate) fn takes(&mut self, bytes: &mut [u8]) {
        self.answers.read_exact(bytes).unwrap();
    }
}
