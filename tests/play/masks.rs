//! What differs from run to run, in diagrams.

use wiretale::plan::Overrides;

use super::stage::{Scene, Tale};

/// A client that sends these texts, with three UUIDs of its own.
fn sends(mask: &str, texts: &[&str]) -> Scene {
    let sends: String = texts
        .iter()
        .map(|text| format!(r#", {{ "send": "{text}" }}"#))
        .collect();
    Scene::of(&format!(
        r#"{{ {mask} "actors": {{
        "C": {{ "script": [ {{ "connect": "S" }}, {{ "set": {{ "a": "{{{{ uuid() }}}}", "b": "{{{{ uuid() }}}}" }} }}{sends}, {{ "close": true }} ] }},
        "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "serve": [ {{ "receive": {{ "any": true }} }} ] }} ] }} }} }}"#
    ))
}

/// What was sent, as it is drawn.
fn sent(tale: &Tale) -> Vec<String> {
    let lines = tale.lines();
    let sent = lines.iter().filter_map(|line| line.strip_prefix("C->>S: "));
    sent.map(|text| text.replace("#lt;", "<")).collect()
}

#[test]
fn what_was_equal_stays_equal_and_what_was_not_stays_apart() {
    let tale = sends(
        "",
        &["{{ a }}", "{{ b }} {{ a }}", "{{ b }}", "2026-11-27", "2026-11-28"],
    )
    .passes();
    assert_eq!(
        sent(&tale),
        ["<uuid>", "<uuid:2> <uuid>", "<uuid:2>", "<date>", "<date>"]
    );
}

#[test]
fn other_values_give_the_same_diagram() {
    let text = r#"{ "mask": [ { "regex": "id=([0-9]+)", "as": "<id>" } ], "actors": {
        "C": { "count": 3, "script": [ { "connect": "S" }, { "set": { "id": "{{ random_int(1, 1000000) }}" } },
            { "send": { "json": { "id": "id={{ id }}", "uuid": "{{ uuid() }}", "rest": "a text that is too long to be drawn as it is" } } },
            { "receive": "id={{ id }}" }, { "close": true } ] },
        "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
            { "receive": { "json": { "id": { "$capture": "id" } } } }, { "send": "{{ id }}" }, { "closed": "eof" } ] } } }"#;
    let drawn = |seed: u64| {
        let overrides = Overrides {
            seed: Some(seed),
            ..Overrides::default()
        };
        let tale = Scene::with(text, &overrides).passes();
        tale.mermaid.replace(&format!("%% seed: {seed}"), "")
    };
    let first = drawn(1);
    assert!(first.contains("id=#lt;id:{n}>") && first.contains("%% hash"), "{first}");
    assert_eq!(drawn(2), first);
}

#[test]
fn ports_of_endpoints_are_called_after_them() {
    let tale = sends("", &["{{ address('S') }}", "{{ local }} {{ port('S') }}"]).play();
    let sent = sent(&tale);
    assert_eq!(sent[0], "127.0.0.1:<port of S>");
    let (local, port) = sent[1].split_once(' ').unwrap();
    assert_eq!(local, "127.0.0.1:<port>");
    assert!(port.parse::<u16>().is_ok(), "{port}");
}

#[test]
fn the_built_in_masks_can_be_switched_off() {
    let mask = r#""mask": [ { "regex": "x+", "as": "many" }, { "builtin": false } ],"#;
    let tale = sends(mask, &["2026-11-27 xxx xx", "xxx"]).passes();
    assert_eq!(sent(&tale), ["2026-11-27 many many:2", "many"]);
}

#[test]
fn notes_phases_and_findings_are_masked() {
    let tale = Scene::actors(
        r#""A": { "script": [ { "phase": "2026-11-27" }, { "note": "2026-11-28" },
            { "verdict": { "fail": "late by 2026-11-30" } } ] }"#,
    )
    .play();
    assert!(!tale.mermaid.contains("2026"), "{}", tale.mermaid);
    assert_eq!(tale.mermaid.matches("#lt;date>").count(), 3, "{}", tale.mermaid);
    assert!(tale.trace.contains("2026-11-30"), "the trace holds what was");
}

/// Clients with two texts each, sent in one message and answered with the second.
fn clients(rows: &[(&str, &str)]) -> Vec<String> {
    let id = |end: &str| format!("00000000-0000-0000-0000-0000000000{end}");
    let rows: Vec<String> = rows
        .iter()
        .map(|(a, b)| format!(r#"{{ "a": "{}", "b": "{}" }}"#, id(a), id(b)))
        .collect();
    let tale = Scene::actors(&format!(
        r#""C": {{ "count": [{}], "script": [ {{ "connect": "S" }}, {{ "send": "{{{{ actor.row.a }}}} {{{{ actor.row.b }}}}" }}, {{ "close": true }} ] }},
        "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "receive": {{ "any": true }} }}, {{ "closed": "eof" }} ] }}"#,
        rows.join(", ")
    ))
    .passes();
    let lines = tale.lines();
    let sent = lines.iter().filter(|line| line.contains("->>"));
    sent.map(|line| line.replace("#lt;", "<")).collect()
}

#[test]
fn equal_instances_have_values_of_their_own() {
    assert_eq!(
        clients(&[("01", "01"), ("02", "02"), ("03", "03"), ("04", "04")]),
        ["C ×4->>S: <uuid:{n}> <uuid:{n}>"]
    );
    assert_eq!(
        clients(&[("01", "02"), ("03", "04"), ("05", "06")]),
        ["C ×3->>S: <uuid:{n}> <uuid:{n}:2>"]
    );
    assert_eq!(
        clients(&[("01", "99"), ("02", "99"), ("03", "99")]),
        ["C ×3->>S: <uuid:{n}> <uuid>"]
    );
    assert_eq!(
        clients(&[("99", "99"), ("99", "99"), ("99", "99")]),
        ["C ×3->>S: <uuid> <uuid>"]
    );
}

#[test]
fn an_instance_with_values_in_other_places_is_drawn_beside_the_others() {
    assert_eq!(
        clients(&[("01", "01"), ("02", "02"), ("03", "03"), ("04", "05")]),
        ["C ×3->>S: <uuid:{n}> <uuid:{n}>", "C[4]->>S: <uuid> <uuid:2>"]
    );
    // The second has a value of the first.
    assert_eq!(
        clients(&[("01", "01"), ("02", "01"), ("03", "03"), ("04", "04"), ("05", "05")]),
        [
            "C[1]->>S: <uuid> <uuid>",
            "C[2]->>S: <uuid:2> <uuid>",
            "C ×3->>S: <uuid:{n}> <uuid:{n}>"
        ]
    );
}

#[test]
fn a_long_text_is_masked_before_it_is_cut() {
    let rest = "x".repeat(80);
    let label = |date: &str| {
        let text = format!("{date} {rest}");
        let tale = sends("", &[&text]).passes();
        sent(&tale).remove(0)
    };
    let first = label("2026-11-27T01:02:03Z");
    assert!(first.starts_with("<time> xxx") && first.contains("(81 B, "), "{first}");
    assert_eq!(label("2026-11-27T01:02:03.456Z"), first);
}

#[test]
fn json_stays_json_where_a_number_is_masked() {
    let mask = r#""mask": [ { "regex": "\"id\": ([0-9]+)", "as": "<id>" } ],"#;
    let tale = sends(mask, &[r#"{ \"id\": 1234, \"a\": [ 1, 2 ] }"#]).passes();
    assert_eq!(sent(&tale), [r#"{"id":<id>,"a":[1,2]}"#]);
}
