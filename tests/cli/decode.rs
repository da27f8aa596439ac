//! `wiretale decode`.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::tool::{Folder, Told, golden};

const PUBLISH: &str = "320a0003742f310007323135";

fn decode(folder: &Folder, args: &[&str]) -> Told {
    folder.wiretale(&[&["decode", "--layout"], args].concat())
}

#[test]
fn bytes_are_shown_field_by_field() {
    let folder = Folder::new();
    let told = decode(&folder, &["scenarios/mqtt.json:Publish", PUBLISH]);
    assert_eq!((told.code, &*told.err), (Some(0), ""));
    golden("tests/cli/decode.txt", &told.out);
    // Without a name it is the first that fits; blanks and colons are allowed.
    let spaced = decode(&folder, &["scenarios/mqtt.json", "32:0a 00 03 74 2f 31 00 07 32 31 35"]);
    assert_eq!(spaced.out, told.out);
}

#[test]
fn where_it_breaks_off_is_told() {
    let folder = Folder::new();
    let told = decode(&folder, &["scenarios/mqtt.json:Publish", &PUBLISH[..16]]);
    assert_eq!(told.code, Some(1));
    assert_eq!(
        told.err,
        "wiretale: Publish: `length` at offset 1: says 10 bytes, 6 are left\n"
    );
    golden("tests/cli/decode-broken.txt", &told.out);
    // Of several the one that goes farthest.
    let told = decode(&folder, &["scenarios/mqtt.json", &PUBLISH[..16]]);
    assert!(told.err.starts_with("wiretale: Publish: "), "{}", told.err);
}

#[test]
fn files_and_standard_input_are_binary_or_hexadecimal() {
    let folder = Folder::new();
    let whole = decode(&folder, &["scenarios/mqtt.json", PUBLISH]).out;
    let binary = [0x32, 0x0a, 0, 3, b't', b'/', b'1', 0, 7, b'2', b'1', b'5'];
    fs::write(folder.path("publish.bin"), binary).unwrap();
    fs::write(folder.path("publish.hex"), format!("{PUBLISH}\n")).unwrap();
    for file in ["publish.bin", "publish.hex"] {
        assert_eq!(
            decode(&folder, &["scenarios/mqtt.json", "--file", file]).out,
            whole,
            "{file}"
        );
    }
    let told = decode(
        &folder,
        &["scenarios/mqtt.json", "--file", "publish.hex", "--input", "binary"],
    );
    assert_eq!(told.code, Some(1));
    let mut child = folder
        .command(&["decode", "--layout", "scenarios/mqtt.json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&binary).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), whole);
}

#[test]
fn as_json_it_is_for_programs() {
    let folder = Folder::new();
    let told = decode(&folder, &["scenarios/mqtt.json", "--format", "json", "4002 0007"]);
    let value: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(value["message"], "PubAck");
    assert_eq!(
        value["fields"],
        json!({ "kind": 4, "reserved": 0, "length": 2, "id": 7 })
    );
    assert_eq!(
        value["parts"][3],
        json!({ "field": "id", "offset": 2, "size": 2, "hex": "0007", "value": 7 })
    );
    let told = decode(&folder, &["scenarios/mqtt.json:PubAck", "--format", "json", "4002 00"]);
    let value: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((told.code, &*told.err), (Some(1), ""));
    assert_eq!(
        value["error"],
        json!({ "field": "id", "offset": 2, "why": "needs 2 bytes, 1 is left" })
    );
}

#[test]
fn what_is_wrong_with_the_arguments_is_told() {
    let folder = Folder::new();
    fs::write(folder.path("wrong.json"), r#"{ "messages": { "M": ["a: u7"] } }"#).unwrap();
    fs::write(folder.path("few.json"), r#"{ "vars": {} }"#).unwrap();
    fs::write(folder.path("part.json"), r#"{ "messages": { "M": ["a: u8"] } }"#).unwrap();
    for (args, told) in [
        (&["scenarios/mqtt.json:Publsh", "00"][..], "did you mean `Publish`?"),
        (&["scenarios/mqtt.json", "0"], "not hexadecimal"),
        (&["scenarios/none.json", "00"], "there is no such file"),
        (&["scenarios/mqtt.json", "--file", "none"], "cannot read none"),
        (&["wrong.json", "00"], "`u7` is no type"),
        (&["few.json", "00"], "has no `messages`"),
        (&["scenarios/mqtt.json"], "BYTES"),
    ] {
        let found = decode(&folder, args);
        assert_eq!(found.code, Some(2), "{args:?}");
        assert!(found.err.contains(told), "{told}\n{}", found.err);
    }
    assert_eq!(decode(&folder, &["part.json", "07"]).code, Some(0));
}
