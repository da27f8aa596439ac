//! How long large traces take: `cargo test --release --test order -- --ignored --nocapture measure`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use wiretale::order::{Hasher, Order, OrderError};
use wiretale::trace::event::{Footer, Line};
use wiretale::trace::reader::TraceSource;

use crate::tale::header;

/// Conversations side by side: the lines of all are interleaved, as they are in a run.
const CLIENTS: usize = 100;

#[test]
#[ignore = "a measurement, not a statement"]
fn measure() {
    let folder = tempfile::tempdir().unwrap();
    for events in [10_000, 100_000, 1_000_000] {
        let path = folder.path().join("trace.jsonl");
        write(&path, events);
        let size = std::fs::metadata(&path).unwrap().len() >> 20;
        let begun = Instant::now();
        let source = TraceSource::open(&path).unwrap();
        let order = Order::of(&source).unwrap();
        let read = begun.elapsed();
        let mut hasher = Hasher::new();
        let (mut units, mut hashed) = (0, 0);
        order
            .units(|_| {
                units += 1;
                Ok::<(), OrderError>(())
            })
            .unwrap();
        let ordered = begun.elapsed();
        order
            .units(|unit| {
                hashed += 1;
                hasher.add(&unit);
                Ok::<(), OrderError>(())
            })
            .unwrap();
        let hash = hasher.finish();
        let with_hashes = begun.elapsed();
        let races = order.races().unwrap();
        println!(
            "{events} events, {size} MiB, {units} units: read {read:?}, units {:?}, units and hashes {:?}, races {:?} ({})",
            ordered - read,
            with_hashes - ordered,
            begun.elapsed() - with_hashes,
            races.races.len(),
        );
        assert_eq!(hashed, units);
        assert_ne!(hash.at(wiretale::order::HashLevel::Set).0, [0; 32]);
    }
}

/// Requests and answers of a hundred clients; each tenth answer looks at a shared cell.
fn write(path: &Path, events: usize) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let line = |line: &Line| serde_json::to_string(line).unwrap();
    writeln!(file, "{}", line(&Line::Header(header("Client Server*")))).unwrap();
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
                    r#"{{"strand":"{}","index":{index},"time":{made},"step":3,"event":{kind}}}"#,
                    strands[side]
                )
                .unwrap();
            };
            let message = |verb: &str, direction: &str| {
                let (start, end) = (round * 64, round * 64 + 64);
                format!(
                    r#"{{"{verb}":{{"connection":"{connection}","direction":"{direction}","start":{start},"end":{end},"content":{{"text":"{}"}}}}}}"#,
                    "x".repeat(60)
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
            file.write_all(text.as_bytes()).unwrap();
            text.clear();
            if made >= events {
                writeln!(file, "{}", line(&Line::Footer(Footer::default()))).unwrap();
                file.flush().unwrap();
                return;
            }
        }
    }
}
