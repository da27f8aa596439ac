//! Binary messages on sockets: how they are sent, matched, found in bytes without framing, shown, and told.

use wiretale::diagram::Detail;
use wiretale::finding::FindingKind;
use wiretale::suite;
use wiretale::trace::event::Kind;

use super::stage::{Scene, Tale};

const MESSAGES: &str = r#""messages": {
    "Put": [
      "kind: u8 = 1",
      { "name": "length", "type": "u16", "size_of": "rest" },
      { "name": "key", "type": "utf8", "prefix": "u8" },
      { "name": "values", "type": "list", "of": "u16", "prefix": "u8" },
      { "name": "note", "type": "utf8", "prefix": "i8" }
    ],
    "Done": ["kind: u8 = 2", "count: u16"],
    "Bye": ["kind: u8 = 3"]
  }"#;

const FRAMED: &str = r#"{ "tcp": 0, "framing": { "length": "u32" }, "messages": ["Put", "Done", "Bye"] }"#;
const RAW: &str = r#""tcp""#;

fn scene(listen: &str, client: &str, server: &str) -> Scene {
    Scene::of(&format!(
        r#"{{ {MESSAGES}, "actors": {{
            "Client": {{ "script": [ {{ "connect": "Server" }}, {client}, {{ "close": true }} ] }},
            "Server": {{ "listen": {listen}, "session": [ {server} ] }}
        }} }}"#
    ))
}

const CLIENT: &str = r#"
    { "send": { "message": "Put", "with": { "key": "kitchen", "values": [1, 2], "note": null } } },
    { "receive": { "message": "Done", "with": { "count": "0x2" } } },
    { "send": { "message": "Bye" } }"#;

const SERVER: &str = r#"
    { "receive": { "message": "Put", "with": { "key": { "$capture": "key" }, "values": { "$each": { "$range": [1, 9] } } } },
      "capture": { "n": "message.fields.values | length" } },
    { "assert": "key == 'kitchen' and n == 2 and message.fields.note is none and message.fields.length == 14" },
    { "send": { "message": "Done", "with": { "count": "{{ n }}" } } },
    { "receive": { "message": "Bye" } },
    { "closed": "eof" }"#;

#[test]
fn messages_go_there_and_back_and_are_shown_by_their_fields() {
    let drawn = [
        "Client->>Server: Put(key=\"kitchen\", values=[1, #lt;n>], note=null)",
        "Server-->>Client: Done(count=#lt;n>)",
        "Client->>Server: Bye",
        "Client-)Server: close",
        "Server-)Client: close",
    ];
    scene(FRAMED, CLIENT, SERVER).shows(&drawn);
    // Without framing, and without being told how frames are shown, it is the same.
    scene(RAW, CLIENT, SERVER).shows(&drawn);
}

#[test]
fn how_a_message_without_framing_is_cut_does_not_show() {
    let bytes = "01 0008 01 6b 02 0001 0002 ff".replace(' ', "");
    let server = r#"{ "receive": { "message": "Put" } }, { "note": "put {{ message.fields.key }}" }, { "receive": { "message": "Bye" } }, { "closed": "eof" }"#;
    for cut in 1..bytes.len() / 2 {
        let (first, last) = bytes.split_at(2 * cut);
        let client = format!(
            r#"{{ "send": {{ "hex": "{first}" }}, "hide": true }}, {{ "send": {{ "hex": "{last} 03" }}, "hide": true }}"#
        );
        let tale = scene(RAW, &client, server).passes();
        assert!(tale.mermaid.contains(": put k"), "{cut}\n{}", tale.mermaid);
    }
}

#[test]
fn of_several_alternatives_the_one_that_the_bytes_are_is_taken() {
    let client = r#"{ "send": { "hex": "03 02 0005 01 0004 00 00 00 78" } }"#;
    let server = r#"{ "serve": [
        { "receive": { "message": "Put" }, "do": [ { "note": "put {{ message.fields.note }}" } ] },
        { "receive": { "message": "Done", "with": { "count": 9 } }, "do": [ { "note": "nine" } ] },
        { "receive": { "message": "Done" }, "when": "message.fields.count == 5", "do": [ { "note": "five" } ] },
        { "receive": { "message": "Bye" }, "do": [ { "note": "bye" } ] }
    ] }"#;
    let tale = scene(
        RAW,
        &client.replace("01 0004 00 00 00 78", "01 0004 00 00 01 78"),
        server,
    )
    .passes();
    for note in ["bye", "five", "put x"] {
        assert!(tale.mermaid.contains(&format!(": {note}")), "{note}\n{}", tale.mermaid);
    }
}

/// The only finding of a server that wants a `Put`.
fn refused(listen: &str, hex: &str) -> (Tale, String, String) {
    let client = format!(r#"{{ "send": {{ "hex": "{hex}" }} }}"#);
    let server = r#"{ "receive": { "message": "Put", "with": { "key": "k" } } }, { "closed": "eof" }"#;
    let tale = scene(listen, &client, server).play();
    let finding = tale
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::Mismatch)
        .unwrap()
        .clone();
    let difference = finding.expected[0].difference.clone().unwrap();
    (tale, difference, finding.actual.unwrap())
}

#[test]
fn what_is_no_message_says_the_field_the_offset_and_shows_the_bytes() {
    let (_, difference, actual) = refused(FRAMED, "01 0008 01 6b 02 0001 00");
    assert_eq!(difference, "Put: `length` at offset 1: says 8 bytes, 6 are left");
    assert_eq!(
        actual,
        "0100080 16b02000100".replace(' ', "")
            + "\n00000000  01 00 08 01 6b 02 00 01 00                       ....k...."
    );
    let (_, difference, _) = refused(FRAMED, "01 0004 01 6b 00 01");
    assert_eq!(difference, "Put: `note` at offset 6: says 1 byte, none is left");
    let (_, difference, actual) = refused(FRAMED, "01 0004 01 6c 00 ff");
    assert_eq!(difference, "Put: at $.key: expected \"k\", found \"l\"");
    assert_eq!(actual, "Put(key=\"l\", note=null)");
    // Without framing as much is looked at as is needed to know.
    let (_, difference, actual) = refused(RAW, "01 0004 09 6b 00 ff");
    assert_eq!(difference, "Put: `key` at offset 3: says 9 bytes, 3 are left");
    assert!(actual.contains("00000000  01 00 04 09"), "{actual}");
}

#[test]
fn the_trace_keeps_bytes_and_what_is_shown() {
    let tale = scene(FRAMED, CLIENT, SERVER).passes();
    let shown: Vec<_> = tale
        .trace
        .lines()
        .filter_map(|line| serde_json::from_str::<wiretale::trace::event::Event>(line).ok())
        .filter_map(|event| match event.event {
            Kind::Send { content, .. } => Some((content.shown.unwrap(), content.text, content.base64)),
            _ => None,
        })
        .collect();
    assert!(
        shown.contains(&("Done(count=2)".to_owned(), Some("\u{2}\0\u{2}".to_owned()), None)),
        "{shown:?}"
    );
}

#[test]
fn invariants_are_about_fields_too() {
    let text = |most: u32| {
        format!(
            r#"{{ {MESSAGES}, "invariants": [
                {{ "every": {{ "sent": {{ "message": "Put", "with": {{ "key": {{ "$capture": "k" }} }} }} }}, "followed_by": {{ "sent": {{ "message": "Done" }} }} }},
                {{ "never": {{ "sent": {{ "message": "Done", "with": {{ "count": {{ "$range": [{most}, 9] }} }} }} }} }}
            ], "actors": {{
            "Client": {{ "script": [ {{ "connect": "Server" }}, {CLIENT}, {{ "close": true }} ] }},
            "Server": {{ "listen": {FRAMED}, "session": [ {SERVER} ] }}
        }} }}"#
        )
    };
    let told = |most: u32| suite::play("scene.json", &text(most), Detail::Messages).unwrap();
    assert_eq!(told(3).outcome.findings.len(), 0);
    let told = told(2);
    let findings: Vec<_> = told
        .outcome
        .findings
        .iter()
        .map(|finding| finding.actual.as_deref())
        .collect();
    assert_eq!(findings, [Some("Done(count=2)")]);
}

#[test]
fn a_value_that_does_not_fit_is_a_finding_of_its_step() {
    let client = r#"{ "set": { "n": 70000 } }, { "send": { "message": "Done", "with": { "count": "{{ n }}" } } }"#;
    let tale = scene(FRAMED, client, r#"{ "closed": "any" }"#).play();
    let finding = tale.findings.first().unwrap();
    assert_eq!(finding.kind, FindingKind::Expression);
    assert_eq!(
        finding.text,
        "Done: `count`: 70000 is out of range: `u16` holds 0 to 65535"
    );
}
