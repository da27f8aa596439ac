//! What a scenario compiles to, and what is wrong in one, room-wide.

mod actors;
mod connections;
mod steps;
mod strands;
mod variables;

use super::{Overrides, Plan};
use crate::scenario::load_text;
use crate::scenario::mistake::Mistake;

/// Compiles a scenario; mistakes as `line-less` texts with what they point at.
fn compile_with(text: &str, overrides: &Overrides) -> Result<Plan, Vec<(String, String)>> {
    let (scenario, sources) = load_text("a.json", text).unwrap_or_else(|error| panic!("{error}"));
    Plan::compile("tests/a.json", &scenario, &sources, overrides).map_err(|mistakes| {
        assert!(mistakes.is_sorted_by_key(|m| (m.span.file, m.span.start)));
        let at = |mistake: &Mistake| text[mistake.span.start as usize..mistake.span.end as usize].to_owned();
        mistakes
            .iter()
            .map(|mistake| (at(mistake), mistake.text.clone()))
            .collect()
    })
}

fn compile(text: &str) -> Plan {
    compile_with(text, &Overrides::default()).unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
}

fn mistakes(text: &str) -> Vec<(String, String)> {
    compile_with(text, &Overrides::default()).err().unwrap_or_default()
}

/// The only mistake of a scenario: what it points at, and its text.
#[track_caller]
fn mistake(text: &str) -> (String, String) {
    let mistakes = mistakes(text);
    assert_eq!(mistakes.len(), 1, "{mistakes:#?}");
    mistakes.into_iter().next().unwrap()
}

/// A client with this script, and a server with this session; both speak lines.
fn talk(script: &str, session: &str) -> String {
    format!(
        r#"{{ "vars": {{ "limit": 3 }}, "actors": {{
            "Client": {{ "state": {{ "seen": 0 }}, "script": [{script}] }},
            "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [{session}] }},
            "Other": {{ "listen": "tcp", "session": [] }}
        }} }}"#
    )
}

/// The only mistake of a client's script; the client has connected already.
#[track_caller]
fn in_script(steps: &str) -> (String, String) {
    mistake(&talk(&format!(r#"{{ "connect": "Server" }}, {steps}"#), ""))
}

#[track_caller]
fn fine(steps: &str) {
    let mistakes = mistakes(&talk(&format!(r#"{{ "connect": "Server" }}, {steps}"#), ""));
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

/// Compares a mistake with what it should point at and say.
#[track_caller]
fn says((at, text): (String, String), want_at: &str, want: &str) {
    assert_eq!((at.as_str(), text.as_str()), (want_at, want));
}
