//! The shipped scenarios: what each draws, and that it draws the same each time.
//!
//! `results/NAME.mmd` holds the approved diagram of each, `results/NAME.CASE.mmd` that of a case; `WIRETALE_BLESS=1` writes them anew, and the goldens in
//! `tests/shipped/`. Those against real programs, in `scenarios/real` and `results/real`, are in `tests/real.rs`.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

mod tool;

use std::collections::BTreeSet;
use std::fs;
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tool::{Folder, Told, golden, shipped, top};

#[test]
fn every_scenario_draws_its_approved_diagram() {
    let folder = Folder::new();
    for name in shipped() {
        let told = folder.wiretale(&["run", &format!("scenarios/{name}.json")]);
        assert_eq!(told.code, Some(0), "{name}\n{}", told.err);
        let (played, diagrams) = (played(&told), diagrams(&told));
        assert_eq!(played.len(), diagrams.len(), "{name}");
        for (case, diagram) in played.iter().zip(&diagrams) {
            golden(&format!("results/{case}.mmd"), diagram);
            assert_eq!(
                folder.read(&format!("results/last/{case}/diagram.mmd")),
                *diagram,
                "{case}"
            );
        }
    }
}

#[test]
fn every_approved_diagram_belongs_to_a_scenario() {
    let approved: BTreeSet<String> = fs::read_dir(top().join("results"))
        .unwrap()
        .filter_map(|file| {
            file.unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .strip_suffix(".mmd")
                .map(str::to_owned)
        })
        .collect();
    let folder = Folder::new();
    let cases = |name: String| played(&folder.wiretale(&["run", &format!("scenarios/{name}.json")]));
    assert_eq!(approved, shipped().into_iter().flat_map(cases).collect());
}

#[test]
fn a_trace_draws_what_its_run_drew() {
    let folder = Folder::new();
    for name in shipped() {
        for detail in ["messages", "lifecycle"] {
            let run = folder.wiretale(&["run", "--detail", detail, &format!("scenarios/{name}.json")]);
            for (case, diagram) in played(&run).iter().zip(diagrams(&run)) {
                let trace = format!("results/last/{case}/trace.jsonl");
                let drawn = folder.wiretale(&["draw", "--detail", detail, &trace]);
                assert_eq!(drawn.code, Some(0), "{case}\n{}", drawn.err);
                assert_eq!(drawn.out, diagram, "{case}");
            }
        }
    }
}

#[test]
fn hello_has_eight_arrows_in_its_lifecycle() {
    let told = Folder::new().wiretale(&["run", "--detail", "lifecycle", "scenarios/hello.json"]);
    let arrows: Vec<&str> = told
        .out
        .lines()
        .map(str::trim)
        .filter(|line| line.contains("->>"))
        .collect();
    assert_eq!(
        arrows,
        [
            "p0->>p1: Connect",
            "p1->>p0: Accept Connection",
            "p0->>p1: Send Data: Hello from client!",
            "p1->>p0: Receive Data: Hello from client!",
            "p1->>p0: Send Response: Hello from server!",
            "p0->>p1: Receive Response: Hello from server!",
            "p0->>p1: Close Connection",
            "p1->>p0: Close Connection",
        ],
        "{}",
        told.out
    );
    assert!(told.out.contains("participant p0 as Client") && told.out.contains("participant p1 as Server"));
}

#[test]
fn broken_says_what_is_wrong() {
    let told = Folder::new().wiretale(&["run", "scenarios/broken.json"]);
    assert_eq!(told.code, Some(0));
    golden("tests/shipped/broken.txt", &format!("{}---\n{}", told.out, told.err));
}

#[test]
fn race_is_predicted_by_one_run_and_can_be_forced() {
    let folder = Folder::new();
    let told = folder.wiretale(&["run", "scenarios/race.json"]);
    let flipped = folder.wiretale(&["run", "--flip", "1", "scenarios/race.json"]);
    assert_eq!((told.code, flipped.code), (Some(0), Some(0)));
    golden("tests/shipped/race.txt", &told.err);
    golden("tests/shipped/race-flipped.mmd", &flipped.out);
    golden("tests/shipped/race-flipped.txt", &flipped.err);
    assert_ne!(told.out, flipped.out);
    let order = |text: &str| text.find("BID 10") < text.find("BID 20");
    assert!(order(&told.out) && !order(&flipped.out));
}

#[test]
fn every_scenario_draws_the_same_a_hundred_times_on_a_loaded_machine() {
    let _load = Load::of(2);
    // All at once, which is a load of its own.
    thread::scope(|scope| {
        for name in shipped() {
            scope.spawn(move || draws_the_same(&name));
        }
    });
}

/// Plays a scenario a hundred times, on one thread and on two.
fn draws_the_same(name: &str) {
    let folder = Folder::new();
    let file = format!("scenarios/{name}.json");
    // A debug build takes most of a second for a hundred clients.
    let times = if name == "many-clients" && cfg!(debug_assertions) {
        10
    } else {
        50
    };
    let mut drawn = BTreeSet::new();
    let mut cases = BTreeSet::new();
    for threads in ["1", "2"] {
        // One process plays the file again and again: what one play left behind would be in the way of the next.
        let mut args = vec!["run", "--threads", threads];
        args.extend(vec![&*file; times]);
        let told = folder.wiretale(&args);
        assert_eq!(told.code, Some(0), "{name} with {threads} threads\n{}", told.err);
        cases.extend(played(&told));
        let diagrams = diagrams(&told);
        assert_eq!(diagrams.len(), times * cases.len(), "{name}");
        drawn.extend(diagrams);
    }
    let approved = |case: &String| fs::read_to_string(top().join(format!("results/{case}.mmd"))).unwrap();
    let approved: BTreeSet<String> = cases.iter().map(approved).collect();
    assert_eq!(
        Vec::from_iter(drawn).join("or\n"),
        Vec::from_iter(approved).join("or\n"),
        "{name}"
    );
}

/// What a run of one file played, in order: `NAME`, or `NAME.CASE` for each row of its `data`.
fn played(told: &Told) -> Vec<String> {
    let names = told.err.lines().filter(|line| line.contains("; its trace is "));
    let names: Vec<String> = names
        .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
        .collect();
    let mut once = BTreeSet::new();
    names.into_iter().filter(|name| once.insert(name.clone())).collect()
}

/// The diagrams on standard output, in order.
fn diagrams(told: &Told) -> Vec<String> {
    let all = told.out.split("sequenceDiagram\n").skip(1);
    all.map(|diagram| format!("sequenceDiagram\n{diagram}")).collect()
}

/// Threads that keep the machine busy until this is dropped.
struct Load {
    over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn of(threads: usize) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let spin = |_| {
            let over = Arc::clone(&over);
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    spin_loop();
                }
            })
        };
        let threads = (0..threads).map(spin).collect();
        Self { over, threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
    }
}
