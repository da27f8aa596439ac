//! A scenario that is played by the tool, and sockets that talk to it by hand.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::tool::{Folder, Told};

/// How long anything may take.
const LONGEST: Duration = Duration::from_secs(20);

/// A scenario while it is played.
pub(crate) struct Server {
    folder: Folder,
    child: Child,
    port: u16,
}

/// What it came to.
#[derive(Debug)]
pub(crate) struct Played {
    told: Told,
    /// The lines of the diagram, without its head.
    pub(crate) lines: Vec<String>,
    pub(crate) trace: String,
}

impl Server {
    /// An HTTP server that serves these alternatives until `GET /done` comes.
    pub(crate) fn serving(alternatives: &[Json]) -> Self {
        Self::with(json!({}), alternatives)
    }

    /// The same, with more said of the actor.
    pub(crate) fn with(more: Json, alternatives: &[Json]) -> Self {
        let mut all = vec![json!({ "request": "GET /done", "hide": true, "do": [
            { "respond": { "status": 204, "headers": { "connection": "close" } }, "hide": true },
            { "signal": "done" }
        ] })];
        all.extend_from_slice(alternatives);
        let mut actor = json!({ "listen": "http", "session": [ { "serve": all } ] });
        let members = actor.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        Self::actor(actor)
    }

    /// An actor whose script waits for the signal `done`, where it has none of its own.
    pub(crate) fn actor(mut actor: Json) -> Self {
        let script = json!([ { "await": "done", "timeout": "300s" } ]);
        actor.as_object_mut().unwrap().entry("script").or_insert(script);
        Self::scenario(&json!({ "limits": { "scenario": "300s" }, "actors": { "Server": actor } }))
    }

    /// A whole scenario with one endpoint.
    pub(crate) fn scenario(scenario: &Json) -> Self {
        let folder = Folder::new();
        std::fs::write(
            folder.path("served.json"),
            serde_json::to_string_pretty(scenario).unwrap(),
        )
        .unwrap();
        let mut command = folder.command(&["run", "served.json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let port = port(&folder, &mut child);
        Self { folder, child, port }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A connection of a client that is none of the actors.
    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        stream.set_write_timeout(Some(LONGEST)).unwrap();
        Client(stream)
    }

    /// Waits until the trace has this.
    pub(crate) fn until_traced(&self, part: &str) {
        let until = Instant::now() + LONGEST;
        while !self.folder.read("results/last/served/trace.jsonl").contains(part) {
            assert!(Instant::now() < until, "{part:?} is not traced");
            std::thread::yield_now();
        }
    }

    /// Sends this on a connection of its own, says that no more comes, and gives all that is said to it.
    pub(crate) fn said_to(&self, text: &str) -> String {
        let mut client = self.connect();
        client.send(text);
        client.0.shutdown(std::net::Shutdown::Write).unwrap();
        client.rest()
    }

    /// Says that this was all, and waits for the end.
    pub(crate) fn done(self) -> Played {
        let said = self.connect().ask("GET /done HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(said.starts_with("HTTP/1.1 204 "), "{said}");
        self.ended()
    }

    /// Waits for the end.
    pub(crate) fn ended(self) -> Played {
        let output = self.child.wait_with_output().unwrap();
        let told = Told {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        let lines = told
            .out
            .lines()
            .filter(|line| line.starts_with("    ") && !line.contains("%%"));
        Played {
            lines: lines.map(|line| line.trim().to_owned()).collect(),
            trace: self.folder.read("results/last/served/trace.jsonl"),
            told,
        }
    }
}

impl Played {
    #[track_caller]
    pub(crate) fn passed(&self) {
        assert_eq!(self.told.code, Some(0), "{}\n{}", self.told.out, self.told.err);
    }

    /// That it failed, and that each of these stands in what is said of it.
    #[track_caller]
    pub(crate) fn failed(&self, parts: &[&str]) {
        assert_eq!(self.told.code, Some(1), "{}\n{}", self.told.out, self.told.err);
        for part in parts {
            assert!(self.told.err.contains(part), "no {part:?} in\n{}", self.told.err);
        }
    }

    /// How many lines of the trace have this in them.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.trace.lines().filter(|line| line.contains(part)).count()
    }
}

/// The port of the only endpoint, once the trace says it.
fn port(folder: &Folder, child: &mut Child) -> u16 {
    let trace = folder.path("results/last/served/trace.jsonl");
    let until = Instant::now() + LONGEST;
    while Instant::now() < until {
        let text = std::fs::read_to_string(&trace).unwrap_or_default();
        // The last line may not be whole yet.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let listening = whole.lines().find_map(|line| {
            let event: Json = serde_json::from_str(line).unwrap();
            let address = event["event"]["listening"]["address"].as_str()?.to_owned();
            address.rsplit_once(':')?.1.parse().ok()
        });
        if let Some(port) = listening {
            return port;
        }
        if child.try_wait().unwrap().is_some() {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("it ended before it listened:\n{said}");
        }
        std::thread::yield_now();
    }
    panic!("it does not listen")
}

/// A client that sends by hand.
pub(crate) struct Client(pub(crate) TcpStream);

impl Client {
    pub(crate) fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).unwrap();
    }

    /// Sends a request and gives the response, whose body has the length that it says.
    pub(crate) fn ask(&mut self, text: &str) -> String {
        self.send(text);
        self.response()
    }

    /// The next response, whose body has the length that it says, or none.
    pub(crate) fn response(&mut self) -> String {
        let head = self.head();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        head + &self.take(length)
    }

    /// The next head, whatever it says of a body.
    pub(crate) fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push_str(&self.take(1));
        }
        head
    }

    /// So many bytes.
    pub(crate) fn take(&mut self, count: usize) -> String {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// All that still comes.
    pub(crate) fn rest(&mut self) -> String {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        text
    }
}
