//! How long large traces take to be ordered and drawn, and how much memory that needs.
//!
//! `cargo bench --bench order` prints one row a size. The trace is that of a hundred clients whose lines are interleaved,
//! as they are in a run.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use wiretale::diagram::Detail;
use wiretale::finding::Place;
use wiretale::ident::ActorName;
use wiretale::order::{Order, OrderError};
use wiretale::trace::event::{Footer, Header, HeaderActor, Line, VERSION};
use wiretale::trace::reader::TraceSource;
use wiretale::wire::invariant::{Invariant, Invariants, Rule, Saying, Tie};
use wiretale::wire::matcher::Matcher;
use wiretale::wire::template::Template;
use wiretale::{suite, verdict};

/// Conversations side by side.
const CLIENTS: usize = 100;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for the traces");
    println!(
        "{:>9} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>11} {:>11} {:>11}",
        "events", "MiB", "pair s", "order s", "races s", "judge s", "draw s", "peak MiB", "captured s", "peak MiB"
    );
    for events in [10_000, 100_000, 1_000_000] {
        let path = folder.path().join("trace.jsonl");
        write(&path, events, false);
        let size = std::fs::metadata(&path).expect("it was written").len() >> 20;
        let source = TraceSource::open(&path).expect("it is a trace");
        let (order, paired) = timed(|| Order::of(&source).expect("it is sound"));
        let ((), ordered) = timed(|| order.units(|_| Ok::<(), OrderError>(())).expect("it is sound"));
        let (races, raced) = timed(|| order.races().expect("it is sound"));
        assert!(races.races.is_empty(), "the clients are independent");
        let (found, judged) = timed(|| verdict::judge(&source, &order, &invariants()).expect("it is sound"));
        assert!(found.is_empty(), "each request is answered");
        let (_, drawn) = timed(|| suite::draw(&source, Detail::Messages).expect("it is sound"));
        let [paired, ordered, raced, judged, drawn] =
            [paired, ordered, raced, judged, drawn].map(|time| time.as_secs_f64());
        let before = peak();
        drop(order);
        write(&path, events, true);
        let source = TraceSource::open(&path).expect("it is a trace");
        let (_, captured) = timed(|| suite::draw(&source, Detail::Messages).expect("it is sound"));
        let (captured, after) = (captured.as_secs_f64(), peak());
        println!(
            "{events:>9} {size:>8} {paired:>9.3} {ordered:>9.3} {raced:>9.3} {judged:>9.3} {drawn:>9.3} {before:>11} {captured:>11.3} {after:>11}"
        );
    }
}

/// That each request has its answer after it, and each answer its request before it.
fn invariants() -> Invariants {
    let place = Place {
        file: "bench.json".to_owned(),
        line: 1,
        column: 1,
    };
    let saying = |sent: bool, by: &str| Saying {
        sent,
        matcher: Matcher::pattern(&Template::literal("{text}")).expect("it is a pattern"),
        by: Some(ActorName::new(by)),
        peer: None,
        place: place.clone(),
    };
    let every = |every: Saying, tie: Tie, other: Saying| Invariant {
        label: None,
        place: place.clone(),
        rule: Rule::Every {
            every,
            tie,
            other,
            within: None,
        },
    };
    let all = vec![
        every(saying(true, "Client"), Tie::FollowedBy, saying(false, "Client")),
        every(saying(true, "Server"), Tie::PrecededBy, saying(true, "Client")),
    ];
    Invariants { all, vars: Vec::new() }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    (work(), began.elapsed())
}

/// The most memory that this process has held so far, in MiB, where the system tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        >> 10
}

fn header() -> Header {
    let actor = |name: &str, count, listens| HeaderActor {
        name: name.to_owned(),
        count,
        listens,
        unordered: Vec::new(),
        outside: false,
    };
    Header {
        trace: VERSION,
        wiretale: "bench".to_owned(),
        scenario: "bench.json".to_owned(),
        case: None,
        title: None,
        seed: 0,
        mask: Default::default(),
        expect: Default::default(),
        actors: vec![
            actor("Client", Some(CLIENTS as u32), false),
            actor("Server", None, true),
        ],
        steps: Vec::new(),
    }
}

/// Requests and answers of a hundred clients; each tenth answer looks at a shared cell. With `captures` each answer has a
/// value of its own, which is captured.
fn write(path: &Path, events: usize, captures: bool) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("the folder can be written"));
    let line = |line: &Line| serde_json::to_string(line).expect("the folder can be written");
    writeln!(file, "{}", line(&Line::Header(header()))).expect("the folder can be written");
    let mut next = [[0_u32; 2]; CLIENTS];
    let mut text = String::new();
    let (mut made, mut nth) = (0, 0);
    for round in 0.. {
        for (client, next) in next.iter_mut().enumerate() {
            let connection = format!("Server/Client[{client}]#1");
            let strands = [format!("Client[{client}]"), connection.clone()];
            let mut event = |side: usize, kind: &str| {
                let index = next[side];
                next[side] += 1;
                made += 1;
                writeln!(
                    text,
                    r#"{{"strand":"{}","index":{index},"time":{made},"event":{kind}}}"#,
                    strands[side]
                )
                .expect("the folder can be written");
            };
            let text_of = |direction: &str| match captures && direction == "<" {
                true => format!("{} {client}-{round}", "x".repeat(50)),
                false => "x".repeat(60),
            };
            let message = |verb: &str, direction: &str| {
                let (start, end) = (round * 64, round * 64 + 64);
                let captured = match captures && direction == "<" && verb == "receive" {
                    true => format!(r#","captured":{{"id":"{client}-{round}"}}"#),
                    false => String::new(),
                };
                format!(
                    r#"{{"{verb}":{{"connection":"{connection}","direction":"{direction}","start":{start},"end":{end},"content":{{"text":"{}"}}{captured}}}}}"#,
                    text_of(direction)
                )
            };
            event(0, &message("send", ">"));
            event(1, &message("receive", ">"));
            if round % 10 == 0 {
                event(
                    1,
                    &format!(r#"{{"access":{{"cells":[{{"cell":"Server.n","mode":"read","nth":{nth}}}]}}}}"#),
                );
                nth += 1;
            }
            event(1, &message("send", "<"));
            event(0, &message("receive", "<"));
            file.write_all(text.as_bytes()).expect("the folder can be written");
            text.clear();
            if made >= events {
                writeln!(file, "{}", line(&Line::Footer(Footer::default()))).expect("the folder can be written");
                file.flush().expect("the folder can be written");
                return;
            }
        }
    }
}
