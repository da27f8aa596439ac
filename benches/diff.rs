//! How long two diagrams take to be compared, and how much memory that takes.
//!
//! `cargo bench --bench diff`. For comparison, reading the two texts takes `read s`. Each row is a diagram of so many
//! messages and another one: with one change, with every tenth line changed, in another order, and with nothing in common.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use wiretale::baseline::{Baseline, compare};
use wiretale::diagram::mermaid;
use wiretale::diagram::model::{Arrow, Diagram, Line, Participant};

fn main() {
    println!(
        "{:>9} {:>10} {:>9} {:>9} {:>9} {:>9}",
        "messages", "other", "read s", "compare s", "changes", "peak MiB"
    );
    for messages in [1_000, 10_000, 100_000] {
        let base = diagram((0..messages).map(|n| format!("message {n}")));
        let one = diagram((0..messages).map(|n| format!("message {}", if n == messages / 2 { messages } else { n })));
        let tenth = diagram((0..messages).map(|n| format!("message {}", if n % 10 == 0 { messages + n } else { n })));
        let order = diagram((0..messages).map(|n| format!("message {}", (n * 7919) % messages)));
        let nothing = diagram((0..messages).map(|n| format!("other {n}")));
        for (name, other) in [
            ("one", &one),
            ("tenth", &tenth),
            ("order", &order),
            ("nothing", &nothing),
        ] {
            let texts = [&base, other].map(mermaid::write);
            let ([old, new], read) = timed(|| {
                texts
                    .each_ref()
                    .map(|text| Baseline::read(text.as_bytes()).expect("it is sound").diagram)
            });
            let (difference, compared) = timed(|| compare(&old, &new).expect("they differ"));
            println!(
                "{messages:>9} {name:>10} {:>9.3} {:>9.3} {:>9} {:>9}",
                read.as_secs_f64(),
                compared.as_secs_f64(),
                difference.changes.len(),
                peak()
            );
            black_box(difference.diagram());
        }
    }
}

fn diagram(texts: impl Iterator<Item = String>) -> Diagram {
    let name = |label: &str| Participant {
        label: label.to_owned(),
    };
    Diagram {
        scenario: "bench.json".to_owned(),
        hash: "0".repeat(64),
        participants: vec![name("Client"), name("Server")],
        lines: (0..)
            .zip(texts)
            .map(|(n, text)| Line::Arrow {
                from: n % 2,
                to: 1 - n % 2,
                arrow: if n % 2 == 0 { Arrow::Request } else { Arrow::Response },
                text,
            })
            .collect(),
        ..Diagram::default()
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

/// The most memory that the process had so far, in MiB; 0 where the system does not say.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}
