//! `atomic`: steps with nobody else's access between.

use serde_json::Value;
use wiretale::finding::FindingKind;

use super::stage::{Scene, Tale};

/// The accesses of the strands whose names begin so, as `cell: mode`, one list an event.
fn accesses(tale: &Tale, strand: &str) -> Vec<Vec<String>> {
    let lines = tale
        .trace
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_strand = lines.filter(|line| line["strand"].as_str().is_some_and(|name| name.starts_with(strand)));
    of_strand
        .filter(|line| line["event"].get("access").is_some())
        .map(|line| {
            let cells = line["event"]["access"]["cells"].as_array().unwrap();
            let cell = |cell: &Value| format!("{}: {}", cell["cell"].as_str().unwrap(), cell["mode"].as_str().unwrap());
            cells.iter().map(cell).collect()
        })
        .collect()
}

#[test]
fn all_that_is_atomic_is_one_access_of_what_was_done() {
    let tale = Scene::actors(
        r#""A": { "state": { "n": 1, "m": 1, "names": {} }, "script": [
             { "if": "'x' not in actor.names", "atomic": true, "do": [
                 { "set": { "id": "{{ actor.n + 1 }}", "actor.n": "{{ id }}", "actor.names.x": "{{ id }}" } },
                 { "if": "actor.n > 5", "do": [ { "unset": "actor.m" } ] },
                 { "group": [ { "assert": "actor.n == id" } ] } ],
               "else": [ { "set": { "actor.m": 2 } } ] },
             { "assert": "actor.n == 2 and actor.names.x == 2 and actor.m == 1 and id == 2" } ] }"#,
    )
    .passes();
    // What only the other way writes is not written.
    assert_eq!(accesses(&tale, "A")[0], ["A.n: write", "A.names: write"]);
    assert_eq!(accesses(&tale, "A").len(), 2);
}

#[test]
fn nobody_comes_between() {
    // Each session reads and writes in steps of their own; together they are one.
    Scene::actors(
        r#""Client": { "count": 20, "script": [ { "connect": "Server" }, { "send": "go" }, { "receive": { "pattern": "{n:int}" } }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" }, "state": { "n": 0, "seen": [] },
             "session": [ { "receive": "go" },
               { "group": [ { "set": { "mine": "{{ actor.n }}" } }, { "set": { "actor.n": "{{ mine + 1 }}" } },
                   { "assert": "mine not in actor.seen" }, { "set": { "actor.seen": "{{ actor.seen + [mine] }}" } } ], "atomic": true },
               { "send": "{{ mine }}" }, { "closed": "eof" } ],
             "finally": [ { "assert": "actor.n == 20 and actor.seen | length == 20" } ] }"#,
    )
    .play()
    .passed();
}

#[test]
fn without_variables_of_the_actor_there_is_no_access() {
    let tale = Scene::actors(
        r#""A": { "script": [ { "group": [ { "set": { "n": 1 } }, { "assert": "n == 1" } ], "atomic": true } ] }"#,
    )
    .passes();
    assert_eq!(accesses(&tale, "A"), Vec::<Vec<String>>::new());
}

#[test]
fn where_an_assert_fails_what_was_set_before_stays() {
    let tale = Scene::actors(
        r#""A": { "state": { "n": 0 },
             "script": [ { "group": [ { "set": { "actor.n": 1 } }, { "assert": "actor.n == 2", "fails": true }, { "assert": "actor.n == 3" },
               { "set": { "actor.n": 4 } } ], "atomic": true }, { "note": "not reached" } ],
             "finally": [ { "assert": "actor.n == 1" } ] }"#,
    )
    .finds(&[FindingKind::Assert]);
    assert!(tale.finding(FindingKind::Assert).text.contains("actor.n == 3"));
    assert!(!tale.mermaid.contains("not reached"), "{}", tale.told());
}

#[test]
fn it_may_be_left_out_tried_again_and_must_fail() {
    Scene::actors(
        r#""A": { "state": { "n": 0 }, "script": [
             { "group": [ { "set": { "actor.n": 9 } } ], "atomic": true, "when": "actor.n > 0" },
             { "group": [ { "set": { "actor.n": "{{ actor.n + 1 }}" } }, { "assert": "actor.n == 3" } ], "atomic": true,
               "retry": { "times": 5, "every": "1ms" } },
             { "group": [ { "assert": "actor.n == 4" } ], "atomic": true, "fails": true },
             { "assert": "actor.n == 3" } ] }"#,
    )
    .passes();
}
