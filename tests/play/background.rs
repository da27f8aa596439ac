//! `background`: answers that no step sees.

use wiretale::finding::FindingKind;
use wiretale::order::{Order, Race};
use wiretale::trace::reader::TraceSource;

use super::stage::{Busy, Scene, Tale};

/// A client that answers `ping …` in the background, and its server.
fn scene(client: &str, session: &str) -> Scene {
    with_rules(
        r#"{ "receive": { "pattern": "ping {n}" }, "do": [ { "send": "pong {{ n }}" } ] }"#,
        client,
        session,
    )
}

fn with_rules(rules: &str, client: &str, session: &str) -> Scene {
    Scene::actors(&format!(
        r#""Client": {{ "background": [ {rules} ], "script": [ {{ "connect": "Server" }}, {client} ] }},
           "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {session} ] }}"#
    ))
}

fn races(tale: &Tale) -> Vec<Race> {
    let source = TraceSource::from_bytes(tale.trace.clone().into_bytes()).unwrap();
    Order::of(&source).unwrap().races().unwrap().races
}

#[test]
fn an_answer_is_given_while_a_step_waits_and_the_step_does_not_see_what_was_answered() {
    let scene = scene(
        r#"{ "send": "q" }, { "receive": "a" }, { "send": "q2" }, { "close": true }"#,
        r#"{ "receive": "q" }, { "send": "ping 1" }, { "send": "ping 2" }, { "send": "a" },
           { "receive": "pong 1" }, { "receive": "pong 2" }, { "receive": "q2" }, { "closed": "eof" }"#,
    );
    // The answers are under way before the step has what it waits for, and so cross what the server sent before.
    scene.shows(&[
        "Client->>Server: q",
        "Server-->>Client: ping 1",
        "Note over Client: sends pong 1",
        "Server->>Client: ping 2",
        "Note over Client: sends pong 2",
        "Server->>Client: a",
        "Client--)Server: pong 1",
        "Client--)Server: pong 2",
        "Client->>Server: q2",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
    let tale = scene.play();
    let strands = tale.strands();
    assert!(strands.contains("Client/background(Server/Client#1)<"), "{strands:?}");
    // What is taken later in the same direction comes after the answers, so that nothing here could come otherwise.
    assert_eq!(races(&tale), []);
}

#[test]
fn a_session_answers_in_the_background_of_its_serve() {
    Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" }, { "send": "ping" }, { "receive": "pong" }, { "send": "q" }, { "receive": "a" }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" },
             "background": [ { "receive": "ping", "do": [ { "send": "pong" } ] } ],
             "session": [ { "serve": [ { "receive": { "any": true }, "do": [ { "send": "a" } ] } ] } ] }"#,
    )
    .shows(&[
        "Client->>Server: ping",
        "Server-->>Client: pong",
        "Client->>Server: q",
        "Server-->>Client: a",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_silence_and_a_pause_are_not_broken_by_what_the_background_takes() {
    for (pause, note) in [
        (r#"{ "silence": "60ms" }"#, &["Note over Client: silence"][..]),
        (r#"{ "wait": "60ms" }"#, &[]),
    ] {
        let lines = [
            &[
                "Client->>Server: hi",
                "Server-->>Client: ping 1",
                "Client->>Server: pong 1",
            ],
            note,
            &["Client->>Server: end", "Server-)Client: close", "Client-)Server: close"],
        ];
        scene(
            &format!(r#"{{ "send": "hi" }}, {pause}, {{ "send": "end" }}, {{ "closed": "eof" }}"#),
            r#"{ "receive": "hi" }, { "wait": "5ms" }, { "send": "ping 1" }, { "receive": "pong 1" }, { "receive": "end" }"#,
        )
        .shows(&lines.concat());
    }
    scene(
        r#"{ "send": "hi" }, { "silence": "60ms" }, { "close": true }"#,
        r#"{ "receive": "hi" }, { "send": "ping 1" }, { "receive": "pong 1" }, { "send": "other" }, { "closed": "any" }"#,
    )
    .finds(&[FindingKind::Unsilent]);
}

#[test]
fn whatever_connection_a_strand_waits_on_all_of_its_connections_are_answered() {
    Scene::actors(
        r#""Client": { "background": [ { "receive": "ping", "do": [ { "send": "pong to {{ peer }}" } ] } ],
             "script": [ { "connect": "A" }, { "connect": "B" }, { "send": "go", "on": "B" }, { "receive": "done", "on": "A" },
               { "receive": "kept", "on": "B" }, { "close": true, "on": "A" }, { "close": true, "on": "B" } ] },
           "A": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "await": "answered" }, { "send": "done" }, { "closed": "eof" } ] },
           "B": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "go" }, { "send": "ping" }, { "receive": "pong to B" },
               { "send": "kept" }, { "signal": "answered" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn what_was_captured_is_forgotten_and_what_the_actor_keeps_is_shared() {
    Scene::actors(
        r#""Client": { "state": { "seen": 0 },
             "background": [
               { "receive": { "pattern": "ping {n:int}" }, "when": "n > actor.seen", "capture": { "all": "message.text" }, "do": [
                 { "set": { "actor.seen": "{{ n }}" } }, { "send": "pong {{ all }}" } ] } ],
             "script": [ { "connect": "Server" }, { "send": "go" }, { "receive": "ping 1" }, { "assert": "actor.seen == 2" }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "go" }, { "send": "ping 2" },
             { "receive": "pong ping 2" }, { "send": "ping 1" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn a_rule_may_hold_a_conversation_of_its_own() {
    with_rules(
        r#"{ "receive": "who", "do": [ { "send": "me" }, { "receive": { "pattern": "hello {name}" } }, { "send": "thanks {{ name }}" } ] }"#,
        r#"{ "send": "q" }, { "receive": "a" }, { "close": true }"#,
        r#"{ "receive": "q" }, { "send": "who" }, { "receive": "me" }, { "send": "hello you" }, { "receive": "thanks you" },
           { "send": "a" }, { "closed": "eof" }"#,
    )
    .shows(&[
        "Client->>Server: q",
        "Server-->>Client: who",
        "Client->>Server: me",
        "Server-->>Client: hello you",
        "Client->>Server: thanks you",
        "Server-->>Client: a",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn a_branch_that_only_receives_answers_too() {
    scene(
        r#"{ "parallel": [ [ { "receive": "a" } ], [ { "send": "q" }, { "wait": "5ms" } ] ] }, { "receive": "b" }, { "close": true }"#,
        r#"{ "receive": "q" }, { "send": "ping 1" }, { "receive": "pong 1" }, { "send": "a" }, { "send": "ping 2" },
           { "receive": "pong 2" }, { "send": "b" }, { "closed": "eof" }"#,
    )
    .passes();
}

#[test]
fn what_the_background_sent_comes_before_the_close() {
    scene(
        r#"{ "wait": "30ms" }, { "close": true }"#,
        r#"{ "send": "ping 1" }, { "receive": "pong 1" }"#,
    )
    .shows(&[
        "Server->>Client: ping 1",
        "Client->>Server: pong 1",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn what_the_background_would_take_may_be_left_over() {
    let left = |last: &str| {
        scene(
            r#"{ "send": "q" }, { "close": true }"#,
            &format!(r#"{{ "receive": "q" }}, {{ "closed": "eof" }}, {{ "send": "ping 1" }}, {{ "send": "{last}" }}"#),
        )
    };
    left("ping 2").passes();
    left("other").finds(&[FindingKind::LeftOver]);
}

#[test]
fn a_failing_rule_is_its_own_strands_finding_and_ends_the_strand_that_waits() {
    let tale = with_rules(
        r#"{ "receive": "ping", "do": [ { "assert": "1 == 2" } ] }"#,
        r#"{ "send": "q" }, { "receive": "a" }, { "note": "not reached" }"#,
        r#"{ "receive": "q" }, { "send": "ping" }, { "closed": "eof" }"#,
    )
    .finds(&[FindingKind::Assert]);
    assert_eq!(
        tale.finding(FindingKind::Assert).strand,
        "Client/background(Server/Client#1)<"
    );
    assert!(!tale.mermaid.contains("not reached"));
    // It cannot be made good by the step that happened to wait.
    with_rules(
        r#"{ "receive": "ping", "do": [ { "receive": "more" } ] }"#,
        r#"{ "send": "q" }, { "receive": "a", "fails": true }"#,
        r#"{ "receive": "q" }, { "send": "ping" }, { "send": "less" }, { "closed": "any" }"#,
    )
    .finds(&[FindingKind::Mismatch]);
}

#[test]
fn a_strand_that_answers_keeps_its_deadline_and_its_standstill() {
    let answered = r#"{ "receive": "q" }, { "send": "ping 1" }, { "receive": "pong 1" }"#;
    let client = |receive: &str| format!(r#"{{ "send": "q" }}, {{ "receive": "never"{receive} }}"#);
    scene(&client(""), &format!(r#"{answered}, {{ "closed": "any" }}"#))
        .finds(&[FindingKind::Standstill, FindingKind::Standstill]);
    // Answering takes longer than the step may, and the message that comes then is too late.
    let late = scene(
        &client(r#", "timeout": "40ms""#),
        &format!(
            r#"{answered}, {{ "wait": "30ms" }}, {{ "send": "ping 2" }}, {{ "receive": "pong 2" }}, {{ "wait": "30ms" }},
               {{ "send": "never" }}, {{ "closed": "any" }}"#
        ),
    );
    late.finds(&[FindingKind::Timeout]);
}

#[test]
fn each_phase_has_its_answers_before_the_next() {
    for ending in ["close", "reset"] {
        let tale = Scene::actors(&format!(
            r#""First": {{ "finally": [ {{ "note": "over" }} ], "script": [] }},
               "Client": {{ "background": [ {{ "receive": "ping", "do": [ {{ "send": "pong" }}, {{ "await": "late" }}, {{ "note": "answered" }} ] }} ],
                 "script": [ {{ "connect": "Server" }}, {{ "wait": "5ms" }}, {{ "{ending}": true }} ] }},
               "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [ {{ "send": "ping" }}, {{ "receive": "pong" }}, {{ "closed": "any" }} ] }},
               "Last": {{ "script": [ {{ "wait": "10ms" }}, {{ "signal": "late" }} ] }}"#
        ))
        .passes();
        let lines = tale.lines();
        let notes: Vec<&String> = lines.iter().filter(|line| line.starts_with("Note")).collect();
        assert_eq!(notes, ["Note over Client: answered", "Note over First: over"]);
        let joined = r#"{"joined":{"strand":"Client/background(Server/Client#1)<"}}"#;
        assert!(tale.trace.contains(joined), "{}", tale.trace);
    }
}

#[test]
fn two_ends_of_one_actor_answer_in_strands_of_their_own() {
    let tale = Scene::actors(
        r#""A": { "listen": { "tcp": 0, "framing": "lines" },
             "background": [ { "receive": "ping", "do": [ { "send": "pong" } ] } ],
             "script": [ { "connect": "A" }, { "send": "ping" }, { "receive": "pong" }, { "receive": "end" }, { "close": true } ],
             "session": [ { "wait": "10ms" }, { "send": "ping" }, { "receive": "pong" }, { "send": "end" }, { "closed": "eof" } ] }"#,
    )
    .passes();
    for direction in ['<', '>'] {
        let name = format!("A/background(A/A#1){direction}");
        assert!(tale.strands().contains(&name), "{:?}", tale.strands());
    }
}

#[test]
fn an_example_of_the_language_server_protocol_passes() {
    Scene::actors(
        r#""Editor": {
             "background": [
               { "receive": { "json": { "method": "workspace/configuration", "id": { "$capture": "id" } } }, "do": [
                 { "send": { "json": { "jsonrpc": "2.0", "id": "{{ id }}", "result": [null] } } } ] },
               { "receive": { "json": { "method": "window/logMessage" } } } ],
             "script": [ { "connect": "Language server" }, { "send": { "json": { "id": 1, "method": "initialize" } } },
               { "receive": { "json": { "id": 1, "result": {} } } }, { "send": { "json": { "method": "initialized" } } },
               { "silence": "50ms" }, { "send": { "json": { "id": 2, "method": "shutdown" } } },
               { "receive": { "json": { "id": 2, "result": null } } } ] },
           "Language server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "receive": { "json": { "method": "initialize", "id": { "$capture": "id" } } } },
             { "send": { "json": { "id": "{{ id }}", "result": {} } } },
             { "receive": { "json": { "method": "initialized", "id": { "$absent": true } } } },
             { "send": { "json": { "method": "window/logMessage" } } },
             { "send": { "json": { "id": 1, "method": "workspace/configuration" } } },
             { "receive": { "json": { "id": 1, "result": [null], "method": { "$absent": true } } } },
             { "receive": { "json": { "method": "shutdown", "id": { "$capture": "id" } } } },
             { "send": { "json": { "id": "{{ id }}", "result": null } } } ] }"#,
    )
    .passes();
}

#[test]
fn a_session_says_in_the_background_who_it_is_and_reaches_the_others() {
    Scene::actors(
        r#""A": { "script": [ { "connect": "Server" }, { "receive": "ready" }, { "signal": "there" }, { "receive": "A says hi" }, { "close": true } ] },
           "B": { "script": [ { "connect": "Server" }, { "receive": "ready" }, { "await": "there" }, { "send": "say hi" }, { "receive": "said by Server/B#1" }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" },
             "background": [ { "receive": { "pattern": "say {what}" }, "label": "say", "do": [
               { "broadcast": "A says {{ what }}", "to": "others" }, { "send": "said by {{ session }}" } ] } ],
             "session": [ { "send": "ready" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn on_raw_the_background_is_silent_and_works_from_the_framing_on() {
    Scene::actors(
        r#""Client": { "background": [ { "receive": "ping", "do": [ { "send": "pong" } ] } ],
             "script": [ { "connect": "Server" }, { "receive": "ping\n" }, { "framing": "lines" }, { "receive": "a" }, { "close": true } ] },
           "Server": { "listen": "tcp", "session": [ { "send": "ping\n" }, { "framing": "lines" }, { "send": "ping" }, { "receive": "pong" },
             { "send": "a" }, { "closed": "eof" } ] }"#,
    )
    .passes();
}

#[test]
fn a_machine_that_is_busy_changes_no_diagram() {
    let busy = Busy::machine();
    Scene::actors(
        r#""Client": { "count": 8, "background": [ { "receive": { "pattern": "ping {n}" }, "do": [ { "send": "pong {{ n }}" } ] } ],
             "script": [ { "connect": "A" }, { "connect": "B" },
               { "repeat": 5, "as": "n", "do": [ { "send": "q {{ n }}", "on": "A" }, { "receive": "a {{ n }}", "on": "A" } ] },
               { "receive": "end", "on": "B" }, { "close": true, "on": "A" }, { "close": true, "on": "B" } ] },
           "A": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "repeat": 5, "as": "n", "do": [ { "receive": "q {{ n }}" }, { "send": "ping {{ n }}" }, { "receive": "pong {{ n }}" }, { "send": "a {{ n }}" } ] },
             { "closed": "eof" } ] },
           "B": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
             { "repeat": 5, "as": "n", "do": [ { "send": "ping {{ n }}" }, { "receive": "pong {{ n }}" } ] }, { "send": "end" }, { "closed": "eof" } ] }"#,
    )
    .passes();
    drop(busy);
}

#[test]
fn answers_that_answer_each_other_for_ever_are_limited() {
    let ball = r#""background": [ { "receive": "ball", "do": [ { "send": "ball" } ] } ]"#;
    let tale = Scene::of(&format!(
        r#"{{ "limits": {{ "steps": 500 }}, "actors": {{
             "Client": {{ {ball}, "script": [ {{ "connect": "Server" }}, {{ "send": "ball" }}, {{ "receive": "never" }} ] }},
             "Server": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, {ball}, "session": [ {{ "receive": "never" }} ] }} }} }}"#
    ))
    .play();
    assert_eq!(tale.cut.as_deref(), Some("the limit of steps"), "{}", tale.told());
    assert!(tale.findings.iter().any(|finding| finding.kind == FindingKind::Limit));
}

#[test]
fn equal_clients_that_answer_alike_are_drawn_once() {
    let tale = Scene::actors(
        r#""Client": { "count": 5, "background": [ { "receive": "ping", "do": [ { "send": "pong" } ] } ],
             "script": [ { "connect": "Server" }, { "send": "q" }, { "receive": "a" }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "q" }, { "send": "ping" }, { "receive": "pong" }, { "send": "a" }, { "closed": "eof" } ] }"#,
    )
    .passes();
    tale.shows(&[
        "Client ×5->>Server: q",
        "Server-->>Client ×5: ping",
        "Client ×5->>Server: pong",
        "Server-->>Client ×5: a",
        "Client ×5-)Server: close",
        "Server-)Client ×5: close",
    ]);
}

#[test]
fn a_message_is_asked_about_once_however_long_it_waits_for_its_step() {
    let tale = Scene::actors(
        r#""Client": { "state": { "word": "ping" }, "background": [ { "receive": "{{ actor.word }}" } ],
             "script": [ { "connect": "A" }, { "connect": "B" }, { "receive": "1", "on": "A" }, { "receive": "2", "on": "A" },
               { "wait": "5ms" }, { "receive": "kept", "on": "B" }, { "close": true, "on": "A" }, { "close": true, "on": "B" } ] },
           "A": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "await": "sent" }, { "send": "1" }, { "send": "2" }, { "closed": "eof" } ] },
           "B": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "send": "ping" }, { "send": "kept" }, { "signal": "sent" }, { "closed": "eof" } ] }"#,
    )
    .passes();
    let asked = |connection: &str| {
        let begin = format!(r#"{{"strand":"Client/background({connection})<""#);
        let of_strand = tale.trace.lines().filter(|line| line.starts_with(&begin));
        of_strand.filter(|line| line.contains(r#""access""#)).count()
    };
    // The last one asks what may be left over.
    assert_eq!((asked("A/Client#1"), asked("B/Client#1")), (3, 3), "{}", tale.trace);
}
