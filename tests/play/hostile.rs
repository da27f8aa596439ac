//! Peers that do what no good peer does.

use wiretale::finding::FindingKind;

use super::stage::Scene;

#[test]
fn a_message_said_to_be_four_gibibytes_is_malformed_at_its_length() {
    let tale = Scene::pair(
        r#"{ "client": { "length": "u32" } }"#,
        r#"{ "framing": "raw" }, { "send": { "hex": "ffffffff" } }, { "closed": "eof" }"#,
        r#"{ "receive": { "any": true } }"#,
    )
    .finds(&[FindingKind::Malformed]);
    let finding = tale.finding(FindingKind::Malformed);
    assert!(finding.text.contains("16MiB"), "{}", finding.text);
    assert!(finding.actual.as_ref().unwrap().contains("ff ff ff ff"));
}

#[test]
fn a_message_may_be_as_large_as_the_limit_and_no_larger() {
    let scene = |size: &str| {
        Scene::pair(
            r#"{ "length": "u32" }"#,
            &format!(
                r#"{{ "send": {{ "fill": {{ "byte": "61", "size": "{size}" }} }} }}, {{ "closed": "eof" }}, {{ "close": true }}"#
            ),
            r#"{ "receive": { "any": true } }, { "assert": "message.size == 16777216" }, { "close": true }"#,
        )
    };
    scene("16MiB").play().passed();
    let tale = scene("16777217B").play();
    tale.finds(&[FindingKind::Malformed]);
}

#[test]
fn a_line_without_an_end_is_malformed_at_the_limit() {
    let tale = Scene::of(
        r#"{ "limits": { "message": "1KiB" }, "actors": {
             "C": { "script": [ { "connect": "S", "framing": "raw" }, { "send": { "fill": { "byte": "61", "size": "4KiB" } } }, { "closed": "any" } ] },
             "S": { "listen": { "tcp": 0, "framing": "lines" }, "session": [ { "receive": { "any": true } } ] } } }"#,
    )
    .play();
    tale.finding(FindingKind::Malformed);
}

#[test]
fn it_does_not_matter_how_slowly_the_bytes_come() {
    let scene = |client: &str| {
        Scene::actors(&format!(
            r#""C": {{ "script": [ {{ "connect": "S", "framing": {{ "client": "raw" }} }}, {client} {{ "receive": "hello" }}, {{ "receive": "world" }}, {{ "close": true }} ] }},
               "S": {{ "listen": {{ "tcp": 0, "framing": "lines" }}, "session": [
                 {{ "repeat": 2, "do": [ {{ "receive": {{ "pattern": "{{word}}" }} }}, {{ "send": "{{{{ word }}}}" }} ] }}, {{ "closed": "eof" }} ] }}"#
        ))
    };
    // What was sent is told; what was received is the same.
    let received = |client: &str| {
        let tale = scene(client).passes();
        let lines = tale.lines().into_iter().filter(|line| line.contains(">>C:"));
        lines.collect::<Vec<_>>()
    };
    let at_once = received(r#"{ "send": "hello\nworld\n" },"#);
    let by_bytes = received(
        r#"{ "repeat": { "for": "c", "in": ["h", "e", "l", "l", "o", "\n", "w", "o", "r", "l", "d", "\n"] }, "do": [ { "send": "{{ c }}" }, { "wait": "1ms" } ] },"#,
    );
    assert_eq!(at_once.len(), 2);
    assert_eq!(at_once, by_bytes);
}

#[test]
fn a_byte_now_and_then_does_not_move_a_deadline() {
    let tale = Scene::pair(
        r#"{ "server": "lines" }"#,
        r#"{ "receive": { "any": true }, "timeout": "60ms" }"#,
        r#"{ "framing": "raw" }, { "repeat": 20, "do": [ { "send": "x" }, { "wait": "10ms" } ] }"#,
    )
    .play();
    let finding = tale.finding(FindingKind::Timeout);
    assert!(
        finding
            .actual
            .as_ref()
            .is_some_and(|begun| begun.contains("bytes of a message")),
        "{}",
        tale.told()
    );
}

#[test]
fn a_peer_that_never_reads_is_a_finding_of_the_sender() {
    let tale = Scene::of(
        r#"{ "limits": { "unsent": "64KiB" }, "actors": {
             "C": { "script": [ { "connect": "S" }, { "await": "given up" }, { "reset": true } ] },
             "S": { "listen": "tcp", "session": [
               { "repeat": 64, "do": [ { "send": { "fill": { "byte": "61", "size": "1MiB" } }, "timeout": "200ms" } ] } ] },
             "X": { "script": [ { "wait": "600ms" }, { "signal": "given up" } ] } } }"#,
    )
    .play();
    let finding = tale.finding(FindingKind::Timeout);
    assert_eq!(finding.text, "C does not read (`limits.unsent`)");
}

#[test]
fn a_broadcast_to_a_peer_that_never_reads_holds_up_nobody() {
    let tale = Scene::of(
        r#"{ "limits": { "unsent": "64KiB", "unread": "64MiB" }, "actors": {
             "C": { "script": [ { "connect": "S" }, { "signal": "in" }, { "await": "given up" }, { "reset": true } ] },
             "S": { "listen": "tcp", "session": [ { "signal": "there" }, { "closed": "any" } ],
               "script": [ { "await": "in" }, { "await": "there" }, { "repeat": 64, "do": [ { "broadcast": { "fill": { "byte": "61", "size": "1MiB" } }, "to": "all" } ] } ],
               "finally": [ { "note": "end" } ] },
             "X": { "script": [ { "wait": "300ms" }, { "signal": "given up" } ] } } }"#,
    )
    .play();
    let finding = tale.finding(FindingKind::Limit);
    assert!(finding.text.contains("does not read"), "{}", finding.text);
}

#[test]
fn a_large_exchange_in_both_directions_at_once_does_not_lock_up() {
    // Each sends more than the kernel holds before it reads.
    Scene::pair(
        r#"{ "length": "u32" }"#,
        r#"{ "send": { "fill": { "byte": "61", "size": "12MiB" } } }, { "receive": { "size": { "min": 12582912 } } }, { "close": true }"#,
        r#"{ "send": { "fill": { "byte": "62", "size": "12MiB" } } }, { "receive": { "size": { "min": 12582912 } } }, { "closed": "eof" }"#,
    )
    .play()
    .passed();
}

#[test]
fn a_trace_that_cannot_be_written_is_an_error_of_the_run() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let scene = Scene::pair(
        r#""lines""#,
        r#"{ "send": "q" }, { "close": true }"#,
        r#"{ "receive": "q" }, { "closed": "eof" }"#,
    );
    let error = scene.fails_to_play(Box::new(Full));
    assert!(matches!(error, wiretale::run::RunError::Trace(_)), "{error}");
}
