//! `invariants`: what must hold of everything that is said, judged when the run is over.

use wiretale::diagram::{Detail, mermaid};
use wiretale::finding::{FindingKind, Verdict};
use wiretale::suite::{self, Told};
use wiretale::trace::reader::TraceSource;

/// Plays these actors with these invariants.
fn played(invariants: &str, actors: &str) -> Told {
    let text = format!("{{\n  \"invariants\": [ {invariants} ],\n  \"actors\": {{ {actors} }} }}");
    suite::play("scene.json", &text, Detail::Messages).unwrap_or_else(|error| panic!("{error}"))
}

/// A client and a server that speak in lines, by their steps.
fn pair(client: &str, session: &str) -> String {
    super::stage::pair("\"lines\"", client, session)
}

/// The lines of a diagram from the first arrow on.
fn lines(told: &Told) -> Vec<String> {
    let text = mermaid::write(&told.drawing.diagram);
    let lines = text.lines().map(str::trim);
    let is_head = |line: &str| line == "sequenceDiagram" || line.starts_with("%%") || line.starts_with("participant");
    lines.filter(|line| !is_head(line)).map(str::to_owned).collect()
}

fn texts(told: &Told) -> Vec<&str> {
    let findings = told.outcome.findings.iter();
    findings.map(|finding| finding.text.as_str()).collect()
}

#[track_caller]
fn passes(told: &Told) {
    assert_eq!(told.outcome.verdict, Verdict::Pass, "{:#?}", told.outcome.findings);
    assert_eq!(told.outcome.findings.len(), 0);
}

/// The diagram of the trace alone is that of the run.
#[track_caller]
fn draws_the_same_again(told: &Told) {
    let source = TraceSource::from_bytes(told.trace.clone()).unwrap();
    let drawn = suite::draw(&source, Detail::Messages).unwrap();
    assert_eq!(mermaid::write(&drawn.diagram), mermaid::write(&told.drawing.diagram));
    assert_eq!(source.footer().map(|footer| footer.verdict), Some(told.outcome.verdict));
}

const ASKS: &str = r#"{ "send": "GET 1" }, { "send": "GET 2" }, { "receive": "GOT 2" }, { "close": true }"#;
const ANSWERED: &str = r#"{ "every": { "sent": { "pattern": "GET {id}" } }, "followed_by": { "sent": { "pattern": "GOT {id}" }, "by": "Server" } }"#;

#[test]
fn every_request_has_its_answer_by_its_captures() {
    let actors = pair(
        r#"{ "send": "GET 1" }, { "send": "GET 2" }, { "receive": "GOT 2" }, { "receive": "GOT 1" }, { "close": true }"#,
        r#"{ "receive": "GET 1" }, { "receive": "GET 2" }, { "send": "GOT 2" }, { "send": "GOT 1" }, { "closed": "eof" }"#,
    );
    passes(&played(ANSWERED, &actors));
}

#[test]
fn a_request_without_its_answer_is_noted_where_it_was_sent() {
    let session = r#"{ "receive": "GET 1" }, { "receive": "GET 2" }, { "send": "GOT 2" }, { "closed": "eof" }"#;
    let told = played(ANSWERED, &pair(ASKS, session));
    assert_eq!(told.outcome.verdict, Verdict::Fail);
    assert_eq!(texts(&told), [r#"not followed by pattern "GOT {id}""#]);
    let finding = &told.outcome.findings[0];
    assert_eq!(
        (finding.kind, finding.strand.as_str()),
        (FindingKind::Invariant, "Client")
    );
    assert_eq!(finding.verb.as_deref(), Some("every"));
    assert_eq!(finding.actual.as_deref(), Some("GET 1"));
    let place = finding.place.as_ref().unwrap();
    assert_eq!((place.file.as_str(), place.line, place.column), ("scene.json", 2, 21));
    assert_eq!(
        lines(&told),
        [
            "p0->>p1: GET 1",
            r##"Note over p0: fail: not followed by pattern "GOT {id}""##,
            "p0->>p1: GET 2",
            "p1-->>p0: GOT 2",
            "p0-)p1: close",
            "p1-)p0: close",
        ]
    );
    draws_the_same_again(&told);
}

#[test]
fn a_template_sees_what_the_first_message_captured() {
    let invariant = r#"{ "every": { "sent": { "pattern": "GET {id}" } }, "followed_by": { "received": "GOT {{ id }}", "by": "Client" } }"#;
    let session = r#"{ "receive": "GET 1" }, { "receive": "GET 2" }, { "send": "GOT 2" }, { "closed": "eof" }"#;
    let told = played(invariant, &pair(ASKS, session));
    assert_eq!(texts(&told), [r#"not followed by "GOT 1""#]);
}

#[test]
fn what_never_may_be_said_is_noted_each_time() {
    let actors = pair(
        r#"{ "send": "password" }, { "send": "hello" }, { "send": "password" }, { "close": true }"#,
        r#"{ "receive": "password" }, { "receive": "hello" }, { "receive": "password" }, { "closed": "eof" }"#,
    );
    let invariant = |more: &str| format!(r#"{{ "never": {{ "sent": "password" {more} }}, "label": "no secrets" }}"#);
    let told = played(&invariant(""), &actors);
    assert_eq!(texts(&told), ["no secrets: this is never to be sent"; 2]);
    assert_eq!(
        lines(&told),
        [
            "p0->>p1: password",
            "Note over p0: fail: no secrets: this is never to be sent",
            "p0->>p1: hello",
            "p0->>p1: password",
            "Note over p0: fail: no secrets: this is never to be sent",
            "p0-)p1: close",
            "p1-)p0: close",
        ]
    );
    passes(&played(&invariant(r#", "by": "Server""#), &actors));
    passes(&played(&invariant(r#", "to": "Client""#), &actors));
    assert_eq!(texts(&played(&invariant(r#", "to": "Server""#), &actors)).len(), 2);
}

#[test]
fn a_round_of_a_loop_with_a_note_is_not_folded_away() {
    let actors = pair(
        r#"{ "repeat": 5, "as": "n", "do": [ { "send": "{{ 'odd' if n == 3 else 'even' }}" } ] }, { "close": true }"#,
        r#"{ "serve": [ { "receive": { "any": true } } ] }"#,
    );
    let told = played(r#"{ "never": { "received": "odd" } }"#, &actors);
    assert_eq!(texts(&told), ["this is never to be received"]);
    let alike = pair(
        r#"{ "repeat": 9, "do": [ { "send": "x" } ] }, { "close": true }"#,
        r#"{ "serve": [ { "receive": "x" } ] }"#,
    );
    let told = played(r#"{ "at_most": 6, "of": { "sent": "x" } }"#, &alike);
    assert_eq!(texts(&told), ["sent 9 times, 6 at the most"]);
    assert_eq!(
        lines(&told),
        [
            "loop 9 times",
            "loop 6 times",
            "p0->>p1: x",
            "end",
            "p0->>p1: x",
            "Note over p0: fail: sent 9 times, 6 at the most",
            "p0->>p1: x",
            "p0->>p1: x",
            "end",
            "p0-)p1: close",
            "p1-)p0: close",
        ]
    );
    draws_the_same_again(&told);
}

#[test]
fn counts_are_kept_for_each_value() {
    let actors = pair(
        r#"{ "send": "a 1" }, { "send": "a 2" }, { "send": "b 1" }, { "send": "a 3" }, { "close": true }"#,
        r#"{ "serve": [ { "receive": { "any": true } } ] }"#,
    );
    let invariant = |most: u32| {
        format!(r#"{{ "at_most": {most}, "of": {{ "sent": {{ "pattern": "{{k}} {{n}}" }} }}, "per": ["k"] }}"#)
    };
    assert_eq!(
        texts(&played(&invariant(2), &actors)),
        [r#"sent 3 times for k "a", 2 at the most"#]
    );
    passes(&played(&invariant(3), &actors));
}

#[test]
fn what_nothing_orders_is_said_to_be_so() {
    let actors = r#"
        "A": { "script": [ { "connect": "S" }, { "send": "from A" }, { "close": true } ] },
        "B": { "script": [ { "connect": "S" }, { "send": "from B" }, { "close": true } ] },
        "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": { "any": true } }, { "closed": "eof" } ] }"#;
    for (tie, words) in [("followed_by", "followed by"), ("preceded_by", "preceded by")] {
        for (first, second) in [("A", "B"), ("B", "A")] {
            let invariant =
                format!(r#"{{ "every": {{ "sent": "from {first}" }}, "{tie}": {{ "sent": "from {second}" }} }}"#);
            let told = played(&invariant, actors);
            assert_eq!(
                texts(&told),
                [format!("not {words} \"from {second}\": nothing orders the two")]
            );
            assert!(told.outcome.findings[0].help.as_ref().unwrap().contains("signal"));
        }
    }
    let tied = actors
        .replace(
            r#"{ "send": "from A" },"#,
            r#"{ "send": "from A" }, { "signal": "sent" },"#,
        )
        .replace(
            r#"{ "send": "from B" },"#,
            r#"{ "await": "sent" }, { "send": "from B" },"#,
        );
    let invariant = r#"{ "every": { "sent": "from A" }, "followed_by": { "sent": "from B" } },
        { "every": { "sent": "from B" }, "preceded_by": { "received": "from A" } }"#;
    let told = played(invariant, &tied);
    // That it was sent came before; when it was taken, nothing says.
    assert_eq!(texts(&told), ["not preceded by \"from A\": nothing orders the two"]);
}

#[test]
fn in_order_needs_the_one_before_somewhere_before() {
    let actors = pair(
        r#"{ "send": "HELO" }, { "send": "MAIL" }, { "send": "DATA" }, { "send": "MAIL" }, { "send": "DATA" }, { "close": true }"#,
        r#"{ "serve": [ { "receive": { "any": true } } ] }"#,
    );
    let order = |words: &[&str]| {
        let said: Vec<String> = words
            .iter()
            .map(|word| format!(r#"{{ "received": "{word}" }}"#))
            .collect();
        played(&format!(r#"{{ "in_order": [ {} ] }}"#, said.join(", ")), &actors)
    };
    passes(&order(&["HELO", "MAIL", "DATA"]));
    assert_eq!(texts(&order(&["MAIL", "HELO"])), ["not preceded by \"MAIL\""]);
    assert_eq!(texts(&order(&["HELO", "DATA", "MAIL"])), ["not preceded by \"DATA\""]);
}

#[test]
fn within_looks_at_times() {
    let actors = pair(
        r#"{ "send": "ping" }, { "receive": "pong" }, { "close": true }"#,
        r#"{ "receive": "ping" }, { "wait": "30ms" }, { "send": "pong" }, { "closed": "eof" }"#,
    );
    let within = |time: &str| {
        let invariant = format!(
            r#"{{ "every": {{ "sent": "ping" }}, "followed_by": {{ "received": "pong" }}, "within": "{time}" }},
               {{ "every": {{ "received": "pong" }}, "preceded_by": {{ "sent": "ping" }}, "within": "{time}" }}"#
        );
        played(&invariant, &actors)
    };
    passes(&within("20s"));
    let told = within("10ms");
    assert_eq!(
        texts(&told),
        ["not followed by \"pong\" in time", "not preceded by \"ping\" in time"]
    );
    assert!(!mermaid::write(&told.drawing.diagram).contains("ms"));
}

#[test]
fn a_message_that_the_trace_does_not_keep_whole_makes_it_inconclusive_where_it_matters() {
    let actors = super::stage::pair(
        r#"{ "length": "u32" }"#,
        r#"{ "send": { "fill": { "byte": "78", "size": "70KiB" } } }, { "close": true }"#,
        r#"{ "receive": { "any": true } }, { "closed": "eof" }"#,
    );
    let told = played(r#"{ "never": { "sent": { "contains": "secret" } } }"#, &actors);
    assert_eq!(told.outcome.verdict, Verdict::Inconclusive);
    assert_eq!(texts(&told), ["too long to be judged: the trace keeps 64 KiB of it"]);
    assert_eq!(
        lines(&told)[1],
        "Note over p0: inconclusive: too long to be judged: the trace keeps 64 KiB of it"
    );
    draws_the_same_again(&told);
    let told = played(
        r#"{ "every": { "sent": { "size": 71680 } }, "preceded_by": { "sent": { "contains": "secret" } } }"#,
        &actors,
    );
    assert_eq!(told.outcome.verdict, Verdict::Inconclusive);
    assert_eq!(
        texts(&told),
        [r#"cannot be said to be preceded by contains "secret": the trace has too little of a long message"#]
    );
    // What is kept decides.
    passes(&played(r#"{ "never": { "sent": { "size": 7 } } }"#, &actors));
    assert_eq!(
        played(r#"{ "never": { "sent": { "contains": "xx" } } }"#, &actors)
            .outcome
            .verdict,
        Verdict::Fail
    );
    passes(&played(
        r#"{ "at_most": 1, "of": { "sent": { "contains": "secret" } } }"#,
        &actors,
    ));
}

#[test]
fn constants_rows_and_ports_are_known() {
    let text = r#"{
        "vars": { "word": "ping" },
        "data": [ { "reply": "pong" } ],
        "invariants": [ { "every": { "sent": "{{ word }}" }, "followed_by": { "sent": "{{ row.reply }} {{ port('Server') }}" } } ],
        "actors": {
            "Client": { "script": [ { "connect": "Server" }, { "send": "ping" }, { "receive": { "contains": "pong" } }, { "close": true } ] },
            "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [
                { "receive": "ping" }, { "send": "pong {{ port('Server') }}" }, { "closed": "eof" } ] } } }"#;
    passes(&suite::play("scene.json", text, Detail::Messages).unwrap());
}

#[test]
fn many_are_counted_and_ten_are_told() {
    let actors = pair(
        r#"{ "repeat": 25, "as": "n", "do": [ { "send": "{{ n }}" } ] }, { "close": true }"#,
        r#"{ "serve": [ { "receive": { "any": true } } ] }"#,
    );
    let told = played(r#"{ "never": { "sent": { "any": true } } }"#, &actors);
    assert_eq!(told.outcome.findings.len(), 11);
    assert_eq!(texts(&told)[10], "so it is with 15 more messages");
    draws_the_same_again(&told);
}

#[test]
fn what_is_missing_because_something_failed_follows_from_that() {
    let session = r#"{ "receive": "GET 1" }, { "receive": "another" }"#;
    let told = played(ANSWERED, &pair(ASKS, session));
    let invariant = told
        .outcome
        .findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::Invariant);
    assert!(invariant.clone().count() > 0 && invariant.clone().all(|finding| finding.follows));
}

#[test]
fn a_run_that_was_cut_is_not_judged() {
    let text = r#"{ "limits": { "scenario": "50ms" },
        "invariants": [ { "never": { "sent": "x" } } ],
        "actors": {
            "Client": { "script": [ { "connect": "Server" }, { "send": "x" }, { "wait": "1h" } ] },
            "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "x" }, { "closed": "eof" } ] } } }"#;
    let told = suite::play("scene.json", text, Detail::Messages).unwrap();
    assert_eq!(told.outcome.verdict, Verdict::Error);
    assert!(
        told.outcome
            .findings
            .iter()
            .all(|finding| finding.kind != FindingKind::Invariant)
    );
}

#[test]
fn what_was_found_is_masked_when_it_is_drawn_and_judged_as_it_was() {
    let uuid = "6c84fb90-12c4-11e1-840d-7b25c5ee775a";
    let actors = pair(
        &format!(r#"{{ "send": "GET {uuid}" }}, {{ "send": "GET {uuid}" }}, {{ "close": true }}"#),
        r#"{ "serve": [ { "receive": { "any": true } } ] }"#,
    );
    let invariant = r#"{ "at_most": 1, "of": { "sent": { "pattern": "GET {id}" } }, "per": ["id"] }"#;
    let told = played(invariant, &actors);
    assert_eq!(texts(&told), [format!("sent 2 times for id \"{uuid}\", 1 at the most")]);
    let drawn = mermaid::write(&told.drawing.diagram);
    assert!(
        !drawn.contains(uuid) && drawn.contains("for id \"#lt;uuid>\", 1 at the most"),
        "{drawn}"
    );
}

#[test]
fn what_is_known_to_fail_may_fail_by_an_invariant() {
    let text = r#"{ "expect": "fail",
        "invariants": [ { "never": { "sent": "x" } } ],
        "actors": {
            "Client": { "script": [ { "connect": "Server" }, { "send": "x" }, { "close": true } ] },
            "Server": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": "x" }, { "closed": "eof" } ] } } }"#;
    let told = suite::play("scene.json", text, Detail::Messages).unwrap();
    assert!(told.outcome.judged().is_good());
    assert!(mermaid::write(&told.drawing.diagram).contains("%% verdict: fail, as expected\n"));
}

#[test]
fn a_broadcast_is_sent_to_each() {
    let actors = r#"
        "Client": { "count": 3, "script": [ { "connect": "Room" }, { "send": "join" }, { "receive": "all here" }, { "close": true } ] },
        "Room": { "listen": { "tcp": 0, "framing": "lines" }, "state": { "n": 0 }, "session": [
            { "receive": "join" }, { "set": { "actor.n": "{{ actor.n + 1 }}" } },
            { "if": "actor.n == 3", "do": [ { "broadcast": "all here", "to": "all" } ] }, { "closed": "eof" } ] }"#;
    let invariant = r#"{ "at_most": 3, "of": { "sent": "all here" } }, { "at_most": 1, "of": { "received": "all here", "by": "Client[2]" } },
        { "every": { "received": "all here" }, "preceded_by": { "sent": "join", "by": "Client[1]" } }"#;
    passes(&played(invariant, actors));
}
