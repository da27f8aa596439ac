//! Plays a scenario while programs from outside, threads of the test, connect to it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use wiretale::actor::StandIns;
use wiretale::diagram::{Detail, mermaid};
use wiretale::finding::Verdict;
use wiretale::plan::{Overrides, Plan};
use wiretale::run::{self, Options, Outcome};
use wiretale::runtime;
use wiretale::scenario::load_text;
use wiretale::suite::{Drawing, draw};
use wiretale::trace::reader::TraceSource;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server that answers lines until somebody says `bye`, or the run ends.
pub(crate) const ECHO: &str = r#"{ "mask": [ { "captures": false } ], "actors": {
    "Server": {
        "listen": { "tcp": 0, "framing": "lines" },
        "session": [ { "serve": [
            { "receive": "bye", "do": [ { "send": "see you" }, { "closed": "eof" }, { "signal": "done" }, { "break": true } ] },
            { "receive": "quit", "do": [ { "signal": "done" } ] },
            { "receive": { "regex": "^say (?<what>.*)$" }, "do": [ { "send": "{{ what }}" } ] } ] } ],
        "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;

/// What came of a run.
pub(crate) struct Tale {
    pub(crate) outcome: Outcome,
    pub(crate) trace: String,
    pub(crate) drawing: Drawing,
    pub(crate) took: Duration,
}

/// Plays a scenario, and meanwhile does what `clients` do at the address where it listens.
pub(crate) fn play<T: Send>(scenario: &str, clients: impl FnOnce(SocketAddr) -> T + Send) -> (Tale, T) {
    play_beside(scenario, |trace| clients(listening(trace)))
}

/// Plays a scenario, and meanwhile does what `clients` do with its trace.
pub(crate) fn play_beside<T: Send>(scenario: &str, clients: impl FnOnce(&Path) -> T + Send) -> (Tale, T) {
    let (scenario, sources) = load_text("scene.json", scenario).unwrap_or_else(|error| panic!("{error}"));
    let plan = Plan::compile("scene.json", &scenario, &sources, &Overrides::default())
        .unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("trace.jsonl");
    let options = Options {
        trace: Box::new(File::create(&path).unwrap()),
        flip: None,
        stand_ins: StandIns::new(),
        signals: false,
        outputs: None,
    };
    let begun = Instant::now();
    let (outcome, done) = thread::scope(|scope| {
        let meanwhile = scope.spawn(|| clients(&path));
        let outcome = runtime::block_on(run::run(Arc::new(plan), options)).unwrap();
        (outcome, meanwhile.join().unwrap())
    });
    let took = begun.elapsed();
    let trace = fs::read_to_string(&path).unwrap();
    let source = TraceSource::from_bytes(trace.clone().into_bytes()).unwrap();
    let drawing = draw(&source, Detail::Messages).unwrap_or_else(|error| panic!("{error}\n{trace}"));
    let tale = Tale {
        outcome,
        trace,
        drawing,
        took,
    };
    (tale, done)
}

/// Where the endpoint of a run listens, once its trace says so.
pub(crate) fn listening(trace: &Path) -> SocketAddr {
    listening_at(trace).parse().unwrap()
}

/// The same as it is written.
pub(crate) fn listening_at(trace: &Path) -> String {
    let address = until(trace, "\"listening\"");
    let event: serde_json::Value = serde_json::from_str(&address).unwrap();
    event["event"]["listening"]["address"].as_str().unwrap().to_owned()
}

/// The first whole line of a trace that has this in it, once it is there.
pub(crate) fn until(trace: &Path, told: &str) -> String {
    let patience = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(trace).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        if let Some(line) = whole.lines().find(|line| line.contains(told)) {
            return line.to_owned();
        }
        assert!(Instant::now() < patience, "the trace never says {told}: {text}");
        thread::yield_now();
    }
}

impl Tale {
    #[track_caller]
    pub(crate) fn passed(&self) {
        let Outcome {
            verdict, findings, cut, ..
        } = &self.outcome;
        assert_eq!((*verdict, cut), (Verdict::Pass, &None), "{findings:#?}\n{}", self.trace);
    }

    pub(crate) fn mermaid(&self) -> String {
        mermaid::write(&self.drawing.diagram)
    }

    /// The arrows and notes of its diagram.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = self.mermaid();
        let drawn = |line: &&str| !line.starts_with("participant") && !line.starts_with("%%");
        let lines = text.lines().skip(1).map(str::trim).filter(drawn);
        lines.map(str::to_owned).collect()
    }
}

/// A program from outside that speaks in lines.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.0.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.say(line);
        self.hear()
    }

    /// Whether the other side ends in order, with nothing more said.
    pub(crate) fn sees_the_end(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0))
    }

    pub(crate) fn reset(self) {
        let socket = socket2::SockRef::from(self.0.get_ref());
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }
}
