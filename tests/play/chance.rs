//! Chance: the same for the same seed, whatever the machine does.

use wiretale::plan::Overrides;

use super::stage::{Scene, Tale};

const DRAWING: &str = r#"{ "actors": {
    "C": { "count": 3, "script": [ { "connect": "S" },
        { "send": "{{ random_int(1, 1000000) }} {{ random_text(8) }} {{ uuid() }} {{ choice(['a', 'b', 'c', 'd']) }}" },
        { "receive": { "any": true } }, { "receive": { "any": true } }, { "close": true } ] },
    "S": { "listen": { "tcp": 0, "framing": { "length": "u16" } }, "session": [
        { "receive": { "any": true } }, { "send": { "random": "16B" } }, { "send": "{{ uuid() }}" }, { "closed": "eof" } ] } } }"#;

fn seeded(seed: u64) -> Tale {
    let overrides = Overrides {
        seed: Some(seed),
        ..Overrides::default()
    };
    let tale = Scene::with(DRAWING, &overrides).passes();
    assert!(tale.mermaid.contains(&format!("%% seed: {seed}")), "{}", tale.mermaid);
    tale
}

#[test]
fn the_same_seed_gives_the_same_values() {
    assert_eq!(seeded(7).mermaid, seeded(7).mermaid);
}

#[test]
fn another_seed_gives_other_values() {
    assert_ne!(seeded(7).lines(), seeded(8).lines());
}

#[test]
fn each_strand_draws_values_of_its_own() {
    let tale = seeded(7);
    let lines = tale.lines();
    let mut requests: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("->>S: "))
        .map(|line| &line[5..])
        .collect();
    requests.sort_unstable();
    requests.dedup();
    assert_eq!(requests.len(), 3, "{}", tale.told());
}

#[test]
fn a_run_that_draws_nothing_names_no_seed() {
    let tale = Scene::actors(r#""A": { "script": [ { "note": "x" } ] }"#).passes();
    assert!(!tale.mermaid.contains("%% seed"), "{}", tale.mermaid);
}
