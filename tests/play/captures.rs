//! Captured values, in diagrams.

use wiretale::plan::Overrides;

use super::stage::{Scene, Tale};

/// A client and a server that speaks in lines.
fn talk(mask: &str, client: &str, session: &str) -> String {
    format!(
        r#"{{ {mask} "actors": {{
        "C": {{ "script": [ {{ "connect": "S" }}, {client}, {{ "close": true }} ] }},
        "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {session}, {{ "closed": "eof" }} ] }} }} }}"#
    )
}

fn play(text: &str, seed: u64) -> Tale {
    let overrides = Overrides {
        seed: Some(seed),
        ..Overrides::default()
    };
    Scene::with(text, &overrides).play()
}

/// The diagram of each of two seeds, which is one; without the seed.
fn one_diagram(text: &str) -> String {
    let drawn = |seed: u64| {
        play(text, seed)
            .mermaid
            .replace(&format!("%% seed: {seed}"), "")
            .replace("#lt;", "<")
    };
    let first = drawn(1);
    assert!(first.contains("%% hash"), "{first}");
    assert_eq!(drawn(2), first);
    first
}

fn has(diagram: &str, lines: &[&str]) {
    for line in lines {
        assert!(diagram.contains(line), "{line}\n{diagram}");
    }
}

#[test]
fn other_values_give_the_same_diagram_wherever_they_stand() {
    let diagram = one_diagram(&talk(
        "",
        r#"{ "receive": { "json": { "id": { "$capture": "id" } } } },
           { "send": "GET {{ id }} {{ message.json.key }}" },
           { "receive": { "pattern": "{word} is {secret}" }, "label": "the secret of {{ id }}" },
           { "note": "{{ id }}: {{ secret }}" },
           { "receive": { "any": true }, "capture": { "size": "message.json.size", "key": "$.key" } },
           { "verdict": { "fail": "{{ id }} has {{ size }} and not ({{ key }})" } }"#,
        r#"{ "set": { "id": "{{ random_int(100000, 999999) }}", "key": "{{ uuid() }}", "secret": "{{ random_text(16) }}" } },
           { "send": { "json": { "id": "{{ id }}", "key": "{{ key }}" } } },
           { "receive": "GET {{ id }} {{ key }}" },
           { "send": "{{ id }} is {{ secret }}" },
           { "send": { "json": { "size": "{{ random_int(100000, 999999) }}", "key": "{{ key }}" } } }"#,
    ));
    has(
        &diagram,
        &[
            r#"p1->>p0: {"id":<id>,"key":"<key>"}"#,
            "p0->>p1: GET <id> <key>",
            "p1-->>p0: the secret of <id>",
            "Note over p0: <id>: <secret>",
            r#"p1->>p0: {"size":<size>,"key":"<key>"}"#,
            "<id> has <size> and not (<key>)",
        ],
    );
}

#[test]
fn the_value_of_another_is_another() {
    let ask = |which: &str| {
        let text = format!(
            r#"{{ "actors": {{
            "A": {{ "script": [ {{ "connect": "S" }}, {{ "receive": {{ "pattern": "ID {{id}}" }} }},
                {{ "signal": "a" }}, {{ "close": true }} ] }},
            "B": {{ "script": [ {{ "await": "a" }}, {{ "connect": "S" }}, {{ "receive": {{ "pattern": "ID {{id}}" }} }},
                {{ "receive": {{ "any": true }} }}, {{ "close": true }} ] }},
            "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [
                {{ "set": {{ "id": "{{{{ random_text(12) }}}}" }} }},
                {{ "if": "peer == 'A'", "do": [ {{ "set": {{ "actor.first": "{{{{ id }}}}" }} }} ] }},
                {{ "send": "ID {{{{ id }}}}" }},
                {{ "if": "peer == 'B'", "do": [ {{ "send": "YOURS {{{{ {which} }}}}" }} ] }},
                {{ "closed": "eof" }} ], "state": {{ "first": "" }} }} }} }}"#
        );
        one_diagram(&text)
    };
    let (own, other) = (ask("id"), ask("actor.first"));
    has(
        &own,
        &["p2->>p0: ID <id>", "p2->>p1: ID <id:2>", "p2->>p1: YOURS <id:2>"],
    );
    has(
        &other,
        &["p2->>p0: ID <id>", "p2->>p1: ID <id:2>", "p2->>p1: YOURS <id>"],
    );
}

#[test]
fn what_the_scenario_says_itself_is_shown_where_a_pattern_takes_it() {
    let session = r#"{ "repeat": 3, "do": [ { "receive": { "pattern": "SAY {text}" } }, { "send": "{{ text }}" } ] }"#;
    let client = r#"{ "repeat": 3, "as": "n", "do": [ { "send": "SAY hello{{ n }}, you" }, { "receive": { "regex": "(?<said>.*)" } } ] }"#;
    let diagram = one_diagram(&talk("", client, session));
    has(&diagram, &["p0->>p1: SAY hello1, you", "p1-->>p0: hello3, you"]);
    let session = r#"{ "repeat": 3, "do": [ { "receive": { "any": true }, "capture": { "text": "message.text" } } ] }"#;
    let client = |text: &str| format!(r#"{{ "repeat": 3, "as": "n", "do": [ {{ "send": "{text}" }} ] }}"#);
    let said = one_diagram(&talk("", &client("SAY hello"), session));
    has(&said, &["p0->>p1: SAY hello"]);
    let numbered = one_diagram(&talk("", &client("SAY hello2"), session));
    has(&numbered, &["p0->>p1: <text>"]);
}

#[test]
fn captures_are_shown_as_they_are_where_that_is_said() {
    let (client, session) = (
        r#"{ "receive": { "json": { "id": { "$capture": "id" } } } }"#,
        r#"{ "send": { "json": { "id": 4711, "uuid": "{{ uuid() }}" } } }"#,
    );
    let tale = |mask: &str| play(&talk(mask, client, session), 1);
    let off = tale(r#""mask": [ { "captures": false } ],"#);
    has(&off.mermaid, &[r##"{"id":4711,"uuid":"#lt;uuid>"}"##]);
    assert!(
        !off.trace.contains("captured") && off.trace.contains(r#""captures":false"#),
        "{}",
        off.trace
    );
    let on = tale("");
    has(&on.mermaid, &[r##"{"id":#lt;id>,"uuid":"#lt;uuid>"}"##]);
    has(&on.trace, &[r#""captured":{"id":"4711"}"#]);
    let own = tale(r#""mask": [ { "regex": "[0-9]{4}", "as": "<number>" } ],"#);
    has(&own.mermaid, &[r#"{"id":#lt;number>,"#]);
}

#[test]
fn a_part_of_a_date_or_an_address_is_no_captured_value() {
    let tale = play(
        &talk(
            "",
            r#"{ "receive": { "json": { "n": { "$capture": "n" } } } }"#,
            r#"{ "send": { "json": { "n": 27, "at": "2026-11-27", "to": "127.0.0.27:80" } } }"#,
        ),
        1,
    );
    has(
        &tale.mermaid,
        &[r##"{"n":#lt;n>,"at":"#lt;date>","to":"127.0.0.27:#lt;port>"}"##],
    );
}

#[test]
fn paths_queries_headers_and_forms_are_masked() {
    let diagram = one_diagram(
        r#"{ "actors": {
        "C": { "show": ["X-Id"], "script": [
            { "connect": "S" },
            { "request": "GET /new", "response": { "json": { "id": { "$capture": "id" } } } },
            { "request": { "POST": "/of/{{ id }}", "query": { "id": "{{ id }}" }, "headers": { "X-Id": "={{ id }}=" }, "form": { "id": "{{ id }}" } }, "response": 204 },
            { "close": true } ] },
        "S": { "listen": "http", "session": [ { "serve": [
            { "request": "GET /new", "do": [ { "respond": { "json": { "id": "{{ random_text(8) }} \"ä\"" } } } ] },
            { "request": { "POST": "/of/{which}" }, "do": [ { "respond": 204 } ] } ] } ] } } }"#,
    );
    has(
        &diagram,
        &[
            r#"200 OK {"id":"<id>"}"#,
            "POST /of/<id>?id=<id> [X-Id: =<id>=] id=<id>",
        ],
    );
}

#[test]
fn a_value_in_a_long_body_does_not_move_its_digest() {
    let pad = "x ".repeat(40_000);
    let text = |rest: &str| {
        talk(
            "",
            r#"{ "receive": { "json": { "id": { "$capture": "id" } } } }"#,
            &format!(
                r#"{{ "send": {{ "json": {{ "id": "{{{{ random_text(12) }}}}", "pad": "{pad}", "rest": "{rest}" }} }} }}"#
            ),
        )
    };
    let diagram = one_diagram(&text("a"));
    has(&diagram, &[r#"p1->>p0: {"id":"<id>","pad":"x x"#, "… (80029 B, "]);
    assert_ne!(one_diagram(&text("b")), diagram);
}

#[test]
fn equal_instances_have_captured_values_of_their_own() {
    let diagram = one_diagram(
        r#"{ "actors": {
        "C": { "count": 12, "script": [ { "connect": "S" }, { "receive": { "pattern": "{room} {id}" } }, { "send": "{{ id }}" }, { "close": true } ] },
        "S": { "state": { "room": "{{ random_text(12) }}" }, "listen": { "tcp": 0, "framing": "lines" }, "session": [
            { "set": { "id": "{{ random_text(12) }}" } }, { "send": "{{ actor.room }} {{ id }}" }, { "receive": "{{ id }}" }, { "closed": "eof" } ] } } }"#,
    );
    has(&diagram, &["as C ×12", "p1->>p0: <room> <id:{n}>", "p0->>p1: <id:{n}>"]);
}

#[test]
fn what_a_capture_reads_of_the_actor_comes_behind_the_message() {
    let tale = play(
        r#"{ "actors": {
        "C": { "state": { "n": 7 }, "script": [ { "connect": "S" },
            { "receive": { "any": true }, "capture": { "id": "message.text ~ actor.n" } }, { "send": "{{ id }}" }, { "close": true } ] },
        "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "t" }, { "receive": "t7" }, { "closed": "eof" } ] } } }"#,
        1,
    );
    tale.passed();
    let (receive, access) = (
        tale.trace.find(r#""captured":{"id":"t7"}"#),
        tale.trace.rfind(r#"{"access":"#),
    );
    assert!(receive.is_some() && receive < access, "{}", tale.trace);
    has(&tale.mermaid, &["p0->>p1: #lt;id>"]);
}
