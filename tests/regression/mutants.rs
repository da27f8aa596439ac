//! Servers that went wrong in one place, made of the shipped scenarios: each is caught, and what is said of it is a golden.
//!
//! `regression/NAME.txt` is what `wiretale test` says, `regression/NAME.mmd` the diagram of the difference;
//! `WIRETALE_BLESS=1` writes them anew.

use std::fs;

use serde_json::{Value, json};

use crate::tool::{Folder, golden, top};

/// Plays a shipped scenario with a change against its approved diagram.
fn mutant(name: &str, scenario: &str, case: Option<&str>, change: impl FnOnce(&mut Value)) -> String {
    let folder = Folder::new();
    folder.copy_results();
    let path = top().join(format!("scenarios/{scenario}.json"));
    let mut text: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let before = text.clone();
    change(&mut text);
    assert_ne!(text, before, "the mutant is none");
    folder.write(
        &format!("scenarios/{scenario}.json"),
        &serde_json::to_string_pretty(&text).unwrap(),
    );
    let called = case.map_or_else(|| scenario.to_owned(), |case| format!("{scenario}.{case}"));
    let told = folder.wiretale(&["test", "--ci", "--filter", &called]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    let out = untimed(&told.out);
    golden(&format!("tests/regression/{name}.txt"), &out);
    golden(
        &format!("tests/regression/{name}.mmd"),
        &folder.read(&format!("results/{called}.diff.mmd")),
    );
    out
}

/// Without how long it took.
fn untimed(text: &str) -> String {
    let time = regex::Regex::new(r" +[0-9]+\.[0-9]+ s\b").unwrap();
    time.replace_all(text, " TIME").into_owned()
}

#[test]
fn a_dropped_reply_is_caught() {
    let out = mutant("drops-a-reply", "hello", None, |scenario| {
        let session = scenario["actors"]["Server"]["session"].as_array_mut().unwrap();
        session.retain(|step| step.get("send").is_none());
    });
    assert!(out.contains("Hello from server!"), "{out}");
}

#[test]
fn two_swapped_replies_are_caught_though_every_expectation_is_met() {
    let out = mutant("swaps-two-replies", "json-lines-rpc", Some("ada"), |scenario| {
        let steps = scenario["actors"]["Server"]["session"][3]["serve"][0]["do"]
            .as_array_mut()
            .unwrap();
        steps.swap(1, 2);
    });
    assert!(out.contains("moved") && !out.contains("failed"), "{out}");
}

#[test]
fn a_changed_field_is_caught_though_every_expectation_is_met() {
    let out = mutant("changes-a-field", "server-first", None, |scenario| {
        let reply = &mut scenario["actors"]["Server"]["session"][2]["serve"][1]["do"][0]["send"];
        *reply = json!("250 midnight");
    });
    assert!(out.contains("250 noon") && out.contains("250 midnight"), "{out}");
}

#[test]
fn a_second_answer_is_caught() {
    let out = mutant("answers-twice", "hello", None, |scenario| {
        let session = scenario["actors"]["Server"]["session"].as_array_mut().unwrap();
        session.insert(2, session[1].clone());
    });
    assert!(out.contains("not taken"), "{out}");
}

#[test]
fn an_early_close_is_caught() {
    let out = mutant("closes-early", "server-first", None, |scenario| {
        let serve = &mut scenario["actors"]["Server"]["session"][2]["serve"];
        serve[0]["do"] = json!([{ "send": "250 ok" }, { "break": true }]);
    });
    assert!(out.contains("close"), "{out}");
}

#[test]
fn an_answer_to_another_client_is_caught() {
    let out = mutant("answers-another-client", "chat", None, |scenario| {
        scenario["actors"]["Room"]["session"][2] = json!({ "broadcast": "* welcome, {{ name }}" });
    });
    assert!(out.contains("welcome"), "{out}");
}

#[test]
fn a_forgotten_status_is_caught() {
    let out = mutant("forgets-a-status", "http-users", None, |scenario| {
        scenario["actors"]["Api"]["session"][0]["serve"][5]["do"][1]["respond"] = json!(200);
    });
    assert!(out.contains("204 No Content") && out.contains("200 OK"), "{out}");
}
