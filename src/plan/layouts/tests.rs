//! Layouts as they are written, with the bytes that they stand for.

use serde_json::{Value, json};

use crate::plan::{Overrides, Plan};
use crate::scenario::{LoadError, load_text};
use crate::wire::layout::{Begun, Layout, Layouts};

/// The layouts of a scenario, or what is wrong with them.
fn read(messages: &Value) -> Result<Layouts, Vec<String>> {
    let text = json!({ "messages": messages, "actors": { "A": {} } }).to_string();
    let (scenario, sources) = match load_text("layouts.json", &text) {
        Ok(read) => read,
        Err(LoadError::Mistakes { mistakes, .. }) => return Err(mistakes.into_iter().map(|one| one.text).collect()),
        Err(other) => panic!("{other}"),
    };
    super::layouts(&scenario.layouts, &sources)
        .map_err(|mistakes| mistakes.into_iter().map(|mistake| mistake.text).collect())
}

fn layout(fields: &Value) -> Layout {
    read(&json!({ "M": fields })).unwrap().find("M").unwrap()
}

fn mistakes(messages: &Value) -> Vec<String> {
    read(messages).unwrap_err()
}

#[track_caller]
fn is(fields: Value, with: Value, hex: &str, read: Value) {
    let layout = layout(&fields);
    let bytes = bytes(hex);
    let (written, made) = layout.encode(&with).unwrap();
    assert_eq!(data_encoding::HEXLOWER.encode(&written), hex.replace(' ', ""));
    assert_eq!(**made.values(), read);
    assert_eq!(**layout.decode(&bytes).unwrap().values(), read);
    // Where the end is said, less is no message.
    for at in (0..bytes.len()).filter(|_| layout.has_known_end()) {
        assert!(layout.decode(&bytes[..at]).is_err(), "{at}");
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    crate::wire::hex::bytes(hex).unwrap()
}

fn wrong(fields: Value, hex: &str) -> String {
    layout(&fields).decode(&bytes(hex)).unwrap_err().to_string()
}

fn refused(fields: Value, with: Value) -> String {
    layout(&fields).encode(&with).unwrap_err().to_string()
}

#[test]
fn each_type_has_its_bytes() {
    is(
        json!(["a: u8", "b: i16", "c: u24le", "d: u64", "e: i8 = -1"]),
        json!({ "a": 255, "b": -2, "c": 0x0001_0203, "d": 1 }),
        "ff fffe 030201 0000000000000001 ff",
        json!({ "a": 255, "b": -2, "c": 0x0001_0203, "d": 1, "e": -1 }),
    );
    is(
        json!(["a: f32", "b: f64le", "c: varint", "d: ipv4", "e: ipv6"]),
        json!({ "a": 1.5, "b": -2, "c": 300, "d": "192.0.2.1", "e": "2001:DB8::1" }),
        "3fc00000 00000000000000c0 ac02 c0000201 20010db8000000000000000000000001",
        json!({ "a": 1.5, "b": -2.0, "c": 300, "d": "192.0.2.1", "e": "2001:db8::1" }),
    );
    is(
        json!(["a: b4 = 3", "b: b1", "c: b2", "d: b1", "e: b12", "f: b4"]),
        json!({ "c": 1, "e": 0xabc, "f": "'\u{1}'" }),
        "32 abc1",
        json!({ "a": 3, "b": 0, "c": 1, "d": 0, "e": 0xabc, "f": 1 }),
    );
    is(
        json!(["a: cstring", { "name": "b", "type": "utf8", "size": 2 }, { "name": "c", "type": "bytes", "until": "0d0a" }, "d: utf8"]),
        json!({ "a": "hi", "b": "é", "c": "00 FF", "d": "!" }),
        "686900 c3a9 00ff0d0a 21",
        json!({ "a": "hi", "b": "é", "c": "00ff", "d": "!" }),
    );
}

#[test]
fn what_is_left_out_is_zero_or_empty() {
    is(
        json!(["n: u16", { "name": "t", "type": "utf8", "prefix": "u8" }, "a: ipv4", "z: dns_name",
               { "name": "l", "type": "list", "of": "u8", "prefix": "u16le" }, "f: f32"]),
        json!({}),
        "0000 00 00000000 00 0000 00000000",
        json!({ "n": 0, "t": "", "a": "0.0.0.0", "z": ".", "l": [], "f": 0.0 }),
    );
}

#[test]
fn a_prefix_of_minus_one_is_nothing() {
    let fields = json!([{ "name": "a", "type": "utf8", "prefix": "i32" }, { "name": "b", "type": "list", "of": "u8", "prefix": "i8" }]);
    is(
        fields.clone(),
        json!({ "a": null, "b": null }),
        "ffffffff ff",
        json!({ "a": null, "b": null }),
    );
    is(
        fields.clone(),
        json!({ "a": "", "b": [1] }),
        "00000000 0101",
        json!({ "a": "", "b": [1] }),
    );
    assert!(wrong(fields, "fffffffe ff").contains("`a` at offset 0: -2 is no size"));
    let unsigned = json!([{ "name": "a", "type": "utf8", "prefix": "u32" }]);
    assert!(refused(unsigned, json!({ "a": null })).contains("needs a signed prefix"));
}

#[test]
fn sizes_are_computed_and_bound() {
    let fields = json!([
        "kind: u8 = 'Q'",
        { "name": "length", "type": "u32", "size_of": "rest", "add": 4 },
        "sql: cstring"
    ]);
    is(
        fields.clone(),
        json!({ "sql": "ab" }),
        "51 00000007 616200",
        json!({ "kind": 81, "length": 7, "sql": "ab" }),
    );
    assert_eq!(
        wrong(fields.clone(), "51 00000008 616200"),
        "M: `length` at offset 1: says 4 bytes, 3 are left"
    );
    assert!(wrong(fields.clone(), "51 00000007 610000").contains("1 byte is left over of those that `length` counts"));
    assert!(wrong(fields.clone(), "51 00000003 00").contains("3 is too small"));
    assert!(wrong(fields, "52 00000005 00").contains("`kind` at offset 0: expected 81, found 82"));
    let all = json!([{ "name": "size", "type": "varint", "size_of": "all" }, "data: bytes"]);
    let data = "00".repeat(127);
    let (bytes, _) = layout(&all).encode(&json!({ "data": data })).unwrap();
    // With one byte it would be 128, which needs two, so that it is 129.
    assert_eq!((bytes.len(), &bytes[..2]), (129, &[0x81, 0x01][..]));
    let of = json!([{ "name": "n", "type": "u8", "size_of": "b" }, "a: u8", "b: utf8", "c: u8"]);
    is(
        of,
        json!({ "b": "xy", "c": 9 }),
        "02 00 7879 09",
        json!({ "n": 2, "a": 0, "b": "xy", "c": 9 }),
    );
    let behind = json!([{ "name": "b", "type": "utf8", "until": "00" }, { "name": "n", "type": "u8", "size_of": "b" }]);
    is(
        behind.clone(),
        json!({ "b": "xy" }),
        "787900 03",
        json!({ "b": "xy", "n": 3 }),
    );
    assert!(wrong(behind, "787900 02").contains("`n` at offset 3: says 2 bytes, and `b` has 3"));
}

#[test]
fn counts_are_computed_and_bound() {
    let fields = json!([
        { "name": "n", "type": "u8", "count_of": "l" },
        { "name": "l", "type": "list", "of": { "type": "utf8", "prefix": "u8" } },
        "end: u8"
    ]);
    is(
        fields,
        json!({ "l": ["a", "bc"], "end": 7 }),
        "02 0161 026263 07",
        json!({ "n": 2, "l": ["a", "bc"], "end": 7 }),
    );
    let by_expression = json!(["n: u8", { "name": "l", "type": "list", "of": "u16", "count": "n * 2" }]);
    is(
        by_expression.clone(),
        json!({ "n": 1, "l": [1, 2] }),
        "01 00010002",
        json!({ "n": 1, "l": [1, 2] }),
    );
    assert_eq!(
        refused(by_expression, json!({ "n": 1, "l": [1] })),
        "`l`: there are 1 elements, and `n * 2` says 2"
    );
    let until = json!([{ "name": "l", "type": "list", "of": "cstring", "until": "00" }]);
    is(
        until.clone(),
        json!({ "l": ["a", "b"] }),
        "6100 6200 00",
        json!({ "l": ["a", "b"] }),
    );
    assert!(refused(until, json!({ "l": ["a", ""] })).contains("`l[1]`: it begins with `00`"));
    let sized = json!([{ "name": "l", "type": "list", "of": "u16", "size": 4 }, "e: u8"]);
    is(
        sized,
        json!({ "l": [1, 2] }),
        "0001 0002 00",
        json!({ "l": [1, 2], "e": 0 }),
    );
}

#[test]
fn all_that_say_a_size_agree() {
    let ends = json!([
        { "name": "all", "type": "u8", "size_of": "all" }, { "name": "rest", "type": "u8", "size_of": "rest" }, "t: utf8"
    ]);
    is(
        ends.clone(),
        json!({ "t": "x" }),
        "03 01 78",
        json!({ "all": 3, "rest": 1, "t": "x" }),
    );
    assert_eq!(
        wrong(ends, "04 01 78 79"),
        "M: `rest` at offset 1: says that the message ends at offset 3, and `all` at 4"
    );
    let sizes = json!([
        { "name": "n", "type": "u8", "size_of": "t" }, { "name": "m", "type": "u8", "size_of": "t" }, "t: utf8"
    ]);
    assert!(wrong(sizes, "01 02 78").contains("`m` says 2 bytes, and it has 1"));
    let counts = json!([
        { "name": "n", "type": "u8", "count_of": "l" }, { "name": "l", "type": "list", "of": "u8", "prefix": "i8" }
    ]);
    assert!(wrong(counts.clone(), "02 01 78").contains("`n` says 2, and it has 1"));
    assert!(wrong(counts, "02 ff").contains("`n` says 2, and it has 0"));
}

#[test]
fn what_is_not_there_is_not_told() {
    let fields = json!(["q: u8", { "name": "id", "type": "u16", "when": "q > 0" }, "p: utf8"]);
    is(
        fields.clone(),
        json!({ "p": "x" }),
        "00 78",
        json!({ "q": 0, "p": "x" }),
    );
    is(
        fields.clone(),
        json!({ "q": 1, "id": 5 }),
        "01 0005",
        json!({ "q": 1, "id": 5, "p": "" }),
    );
    assert_eq!(
        refused(fields, json!({ "id": 5 })),
        "`id`: it is only there when `q > 0`"
    );
}

#[test]
fn the_value_of_a_switch_says_the_type() {
    let fields = json!([
        "t: u8",
        { "name": "v", "switch": "t", "cases": { "1": "ipv4", "0x10": { "type": "utf8", "prefix": "u8" } }, "else": "bytes" }
    ]);
    is(
        fields.clone(),
        json!({ "t": 1, "v": "10.0.0.1" }),
        "01 0a000001",
        json!({ "t": 1, "v": "10.0.0.1" }),
    );
    is(
        fields.clone(),
        json!({ "t": 16, "v": "a" }),
        "10 0161",
        json!({ "t": 16, "v": "a" }),
    );
    is(
        fields,
        json!({ "t": 2, "v": "FF" }),
        "02 ff",
        json!({ "t": 2, "v": "ff" }),
    );
    let without = json!(["t: u8", { "name": "v", "switch": "t", "cases": { "1": "ipv4" } }]);
    assert!(wrong(without.clone(), "02").contains("no case is for `t` = 2"));
    assert!(refused(without, json!({ "t": 3 })).contains("no case is for `t` = 3"));
}

#[test]
fn a_switch_with_a_signed_prefix_may_be_nothing() {
    let fields =
        json!(["t: u8", { "name": "v", "switch": "t", "cases": { "1": "u16" }, "else": "M", "prefix": "i16" }]);
    let with = json!({ "t": 1, "v": null });
    is(fields.clone(), with.clone(), "01 ffff", with.clone());
    assert_eq!(layout(&fields).misfits(&with, false), []);
    let unsigned = json!(["t: u8", { "name": "v", "switch": "t", "cases": { "1": "u16" }, "prefix": "u16" }]);
    assert_eq!(layout(&unsigned).misfits(&with, false).len(), 1);
}

#[test]
fn types_inside_types_are_not_tried_for_ever() {
    let fields = json!(["t: u8", { "name": "v", "switch": "t", "cases": { "1": "M", "2": "M", "3": "M" }, "else": "u8", "prefix": "i16" }]);
    let wrong = (0..30).fold(json!({ "t": "x" }), |inner, _| json!({ "v": inner }));
    assert!(layout(&fields).misfits(&wrong, false).len() <= 1);
}

#[test]
fn checksums_are_made_and_looked_at() {
    let crc = json!(["data: bytes", { "name": "sum", "type": "u32", "checksum": "crc32", "of": "data" }]);
    is(
        crc.clone(),
        json!({ "data": "313233343536373839" }),
        "313233343536373839 cbf43926",
        json!({ "data": "313233343536373839", "sum": 0xcbf4_3926_u32 }),
    );
    assert_eq!(
        wrong(crc, "31 00000000"),
        "M: `sum` at offset 1: the checksum is 0x00000000, its bytes give 0x83dcefb7"
    );
    let header = json!(["a: u16", { "name": "sum", "type": "u16", "checksum": "internet", "of": "all" }, "b: u16"]);
    is(
        header,
        json!({ "a": 1, "b": 2 }),
        "0001 fffc 0002",
        json!({ "a": 1, "sum": 0xfffc, "b": 2 }),
    );
    let given = layout(&json!(["a: u8", { "name": "sum", "type": "u16", "checksum": "internet", "of": ["a"] }]));
    assert_eq!(given.encode(&json!({ "sum": 0 })).unwrap().0, [0, 0, 0]);
}

#[test]
fn what_is_computed_can_be_given_to_be_wrong() {
    let fields = layout(
        &json!([{ "name": "n", "type": "u8", "size_of": "rest" }, { "name": "t", "type": "utf8", "size": "n" }]),
    );
    assert_eq!(fields.encode(&json!({ "n": 9, "t": "x" })).unwrap().0, [9, b'x']);
    assert!(fields.decode(&[9, b'x']).is_err());
}

#[test]
fn messages_stand_inside_each_other() {
    let layouts = read(&json!({
        "Tree": ["n: u8", { "name": "children", "type": "list", "of": "Tree", "prefix": "u8" }],
        "Outer": [{ "name": "inner", "type": "Tree", "prefix": "u16" }, "after: u8"]
    }))
    .unwrap();
    let tree = layouts.find("Outer").unwrap();
    let with = json!({ "inner": { "n": 1, "children": [{ "n": 2 }, { "n": 3, "children": [{}] }] }, "after": 9 });
    let (bytes, fields) = tree.encode(&with).unwrap();
    assert_eq!(bytes, [0, 8, 1, 2, 2, 0, 3, 1, 0, 0, 9]);
    assert_eq!(tree.decode(&bytes).unwrap().values(), fields.values());
    assert_eq!(
        fields.shown(),
        "Outer(inner=(n=1, children=[(n=2), (n=3, children=[()])]), after=9)"
    );
    let error = tree.decode(&[0, 4, 1, 1, 2, 1, 9]).unwrap_err();
    assert_eq!((error.path.as_str(), error.at), ("inner.children[0].children[0].n", 6));
}

#[test]
fn nesting_and_values_are_limited() {
    let layouts = read(&json!({
        "Deep": ["n: u8", { "name": "next", "type": "Deep", "when": "n > 0" }],
        "Empty": [],
        "Many": [{ "name": "l", "type": "list", "of": "Empty", "prefix": "u32" }],
        "Rest": [{ "name": "l", "type": "list", "of": "Empty" }],
        "Wide": [{ "name": "a", "type": "W1" }, { "name": "b", "type": "W1" }],
        "W1": [{ "name": "a", "type": "W2" }, { "name": "b", "type": "W2" }],
        "W2": [{ "name": "l", "type": "list", "of": "Wide1", "count": 65535 }],
        "Wide1": [{ "name": "l", "type": "list", "of": "Empty", "count": 65535 }]
    }))
    .unwrap();
    let why = |name: &str, bytes: &[u8]| layouts.find(name).unwrap().decode(bytes).unwrap_err().why;
    assert!(why("Deep", &[1; 100]).contains("deeper than 32"));
    assert!(why("Many", &[255; 4]).contains("more than 262144"));
    assert!(why("Rest", &[0]).contains("never end"));
    assert!(why("Wide", &[]).contains("more than 262144"));
    let deep = (0..40).fold(json!({}), |inner, _| json!({ "n": 1, "next": inner }));
    let error = layouts.find("Deep").unwrap().encode(&deep).unwrap_err();
    assert!(error.why.contains("deeper than 32"));
}

#[test]
fn the_front_of_a_stream_says_how_much_more_is_needed() {
    let layouts = read(&json!({
        "M": ["kind: u8 = 1", { "name": "length", "type": "u16", "size_of": "rest" }, "data: bytes"],
        "L": [{ "name": "l", "type": "list", "of": "u32", "prefix": "u8" }],
        "C": ["t: cstring"],
        "Open": ["data: bytes"]
    }))
    .unwrap();
    let begin = |name: &str, bytes: &[u8]| layouts.find(name).unwrap().begin(bytes);
    assert_eq!(begin("M", &[]), Begun::More(1));
    assert_eq!(begin("M", &[1, 0]), Begun::More(3));
    assert_eq!(begin("M", &[1, 0, 200]), Begun::More(203));
    assert_eq!(begin("M", &[1, 0, 1, 7, 8, 9]), Begun::Whole(4));
    assert_eq!(begin("M", &[2, 0, 1]), Begun::Wrong(1));
    assert_eq!(begin("L", &[3, 0]), Begun::More(13));
    assert_eq!(begin("C", b"ab"), Begun::More(3));
    assert!(!layouts.find("Open").unwrap().has_known_end());
    assert!(layouts.find("M").unwrap().has_known_end());
}

#[test]
fn what_cannot_be_right_is_told() {
    let text = |messages: Value| mistakes(&messages).join("; ");
    for (messages, told) in [
        (json!({ "M": ["a: u7"] }), "`u7` is no type"),
        (json!({ "M": ["a: b3", "b: b4"] }), "`a` to `b` have 7 bits together"),
        (json!({ "M": ["a: u8", "a: u8"] }), "two fields are called `a`"),
        (json!({ "u8": [] }), "`u8` is a type"),
        (
            json!({ "M": [{ "name": "m", "type": "M" }] }),
            "a `M` is always inside itself",
        ),
        (
            json!({ "A": [{ "name": "b", "type": "B" }], "B": [{ "name": "a", "type": "A" }] }),
            "a `A` is always inside itself",
        ),
        (
            json!({ "M": [{ "name": "t", "type": "utf8", "size": "n" }, "n: u8"] }),
            "no field before this one is called `n`",
        ),
        (
            json!({ "M": [{ "name": "n", "type": "u8", "size_of": "x" }] }),
            "`M` has no field called `x`",
        ),
        (
            json!({ "M": [{ "name": "n", "type": "u8", "count_of": "t" }, "t: utf8"] }),
            "`t` is no list",
        ),
        (
            json!({ "M": ["a: bytes", "b: cstring"] }),
            "nothing says where `a` ends",
        ),
        (
            json!({ "M": ["a: u8 = 256"] }),
            "256 is out of range: `u8` holds 0 to 255",
        ),
        (
            json!({ "M": [{ "name": "c", "type": "u16", "checksum": "crc32", "of": "all" }] }),
            "needs the type `u32`",
        ),
        (
            json!({ "M": [{ "name": "t", "type": "u8", "prefix": "u8" }] }),
            "`prefix` has no meaning for `u8`",
        ),
        (
            json!({ "M": [{ "name": "t", "type": "utf8", "prefix": "utf8" }] }),
            "a prefix is a whole number",
        ),
        (
            json!({ "M": [{ "name": "t", "type": "utf8", "prefix": "u8", "size": 3 }] }),
            "`size` stands beside `prefix`",
        ),
        (
            json!({ "M": [{ "name": "l", "type": "list", "of": "b8" }] }),
            "stand beside others in a message alone",
        ),
        (json!({ "M": ["a"] }), "there is no `:`"),
    ] {
        let found = text(messages);
        assert!(found.contains(told), "{told}\n{found}");
    }
}

/// The layout of the DNS messages in `docs/binary-messages.md`.
fn dns() -> Layout {
    let layouts = read(&json!({
        "Dns": [
            "id: u16", "qr: b1", "opcode: b4", "aa: b1", "tc: b1", "rd: b1", "ra: b1", "z: b3", "rcode: b4",
            { "name": "qdcount", "type": "u16", "count_of": "questions" },
            { "name": "ancount", "type": "u16", "count_of": "answers" },
            "nscount: u16", "arcount: u16",
            { "name": "questions", "type": "list", "of": "Question", "count": "qdcount" },
            { "name": "answers", "type": "list", "of": "Record", "count": "ancount" },
            "rest: bytes"
        ],
        "Question": ["name: dns_name", "type: u16", "class: u16"],
        "Record": [
            "name: dns_name", "type: u16", "class: u16", "ttl: u32",
            { "name": "rdlength", "type": "u16", "size_of": "rdata" },
            { "name": "rdata", "switch": "type", "cases": { "1": "ipv4", "28": "ipv6", "5": "dns_name", "15": "Mx" }, "else": "bytes" }
        ],
        "Mx": ["preference: u16", "exchange: dns_name"]
    }))
    .unwrap();
    layouts.find("Dns").unwrap()
}

/// What dnsmasq 2.90 answered to an AAAA query for `two.example`.
const AAAA: &str = "1234858000010001000000000374776f076578616d706c6500001c0001\
                    c00c001c000100000000001020010db8000000000000000000000001";

/// What it answered to an A query for `www.example`, an alias.
const ALIAS: &str = "12348580000100020000000003777777076578616d706c650000010001\
                     c00c0005000100000000000d0374776f076578616d706c6500c02900010001000000000004c0000201";

/// What it answered to an MX query for `example`.
const MX: &str = "123485800001000100000001076578616d706c6500000f0001\
                  c00c000f0001000000000010000a046d61696c076578616d706c6500c02700010001000000000004c0000219";

/// What dig 9.18 asks.
const QUERY: &str =
    "298c0120000100000000000103626967076578616d706c65000001000100002904d000000000000c000a0008aabfc8bfd8d94a15";

#[test]
fn real_dns_messages_are_read() {
    let dns = dns();
    let query = dns.decode(&bytes(QUERY)).unwrap();
    assert_eq!(
        query.values()["questions"],
        json!([{ "name": "big.example", "type": 1, "class": 1 }])
    );
    assert_eq!(query.values()["rd"], json!(1));
    let alias = dns.decode(&bytes(ALIAS)).unwrap();
    assert_eq!(
        alias.values()["answers"],
        json!([
            { "name": "www.example", "type": 5, "class": 1, "ttl": 0, "rdlength": 13, "rdata": "two.example" },
            { "name": "two.example", "type": 1, "class": 1, "ttl": 0, "rdlength": 4, "rdata": "192.0.2.1" }
        ])
    );
    let mx = dns.decode(&bytes(MX)).unwrap();
    assert_eq!(
        mx.values()["answers"][0]["rdata"],
        json!({ "preference": 10, "exchange": "mail.example" })
    );
    assert_eq!(
        query.shown(),
        "Dns(id=10636, rd=1, z=2, arcount=1, questions=[(name=big.example, type=1, class=1)], \
         rest=0x00002904d000000000000c000a0008aabfc8bfd8d94a15)"
    );
}

#[test]
fn real_dns_messages_are_written() {
    let dns = dns();
    let fields = dns.decode(&bytes(AAAA)).unwrap();
    // With all computed fields left out.
    let with = json!({
        "id": 0x1234, "qr": 1, "aa": 1, "rd": 1, "ra": 1,
        "questions": [{ "name": "two.example", "type": 28, "class": 1 }],
        "answers": [{ "name": "two.example", "type": 28, "class": 1, "rdata": "2001:db8::1" }]
    });
    let (written, made) = dns.encode(&with).unwrap();
    assert_eq!(written, bytes(AAAA));
    assert_eq!(made.values(), fields.values());
    // dnsmasq leaves names inside data whole; written compressed they are the same.
    let alias = dns.decode(&bytes(ALIAS)).unwrap();
    let mut with = (**alias.values()).clone();
    for answer in with["answers"].as_array_mut().unwrap() {
        answer.as_object_mut().unwrap().remove("rdlength");
    }
    let (written, made) = dns.encode(&with).unwrap();
    assert!(written.len() < bytes(ALIAS).len());
    assert_eq!(dns.decode(&written).unwrap().values(), made.values());
    assert_eq!(made.values()["answers"][0]["rdata"], json!("two.example"));
}

#[test]
fn a_dns_message_that_breaks_off_says_where() {
    let dns = dns();
    let all = bytes(ALIAS);
    let error = dns.decode(&all[..all.len() - 2]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Dns: `answers[1].rdata` at offset 66: `rdlength` says 4 bytes, 2 are left"
    );
    assert!(error.dump(&all).starts_with("00000020  "), "{}", error.dump(&all));
    for at in 0..all.len() {
        assert!(dns.decode(&all[..at]).is_err(), "{at}");
    }
}

#[test]
fn fields_of_a_payload_are_checked_before_the_run() {
    let told = |with: Value, send: bool| {
        let payload = json!({ "message": "M", "with": with });
        let step = if send {
            json!({ "send": payload })
        } else {
            json!({ "receive": payload })
        };
        let text = json!({
            "messages": { "M": ["id: u8", { "name": "topics", "type": "list", "of": "T", "prefix": "u8" }], "T": ["q: b8", "a: ipv4"] },
            "vars": { "x": 1 },
            "actors": {
                "C": { "script": [ { "connect": "S" }, step ] },
                "S": { "listen": { "tcp": 0, "framing": { "length": "u8" } }, "session": [] }
            }
        });
        let (scenario, sources) = load_text("m.json", &text.to_string()).unwrap();
        match Plan::compile("m.json", &scenario, &sources, &Overrides::default()) {
            Ok(_) => String::new(),
            Err(mistakes) => mistakes
                .iter()
                .map(|mistake| format!("{} {}", mistake.text, mistake.help.as_deref().unwrap_or("")))
                .collect(),
        }
    };
    assert_eq!(told(json!({ "id": "{{ x }}", "topics": [{ "q": 1 }] }), true), "");
    assert!(told(json!({ "topic": [] }), true).contains("`M` has no field called `topic` did you mean `topics`?"));
    assert!(told(json!({ "id": 256, "topics": "{{ x }}" }), true).contains("256 is out of range"));
    assert!(told(json!({ "topics": [{ "a": "1.2.3" }] }), true).contains("is not an IPv4 address"));
    assert!(
        told(
            json!({ "id": { "$capture": "i" }, "topics": { "$each": { "b": 1 } } }),
            false
        )
        .contains("`T` has no field called `b`")
    );
    assert_eq!(
        told(
            json!({ "topics": { "$unordered": [{ "q": { "$range": [1, 2] } }] } }),
            false
        ),
        ""
    );
}
