//! What tables say of payloads, matchers, framings and expressions is tried on sockets.

use serde_json::{Value as Json, json};

use crate::stage::{Stage, bytes, hex, lines, scenario};
use crate::{json_of, pages, tables};

#[test]
fn payloads_are_sent_as_the_table_says() {
    let pages = pages();
    let (place, table) = tables(&pages, "payload").next().unwrap();
    let mut client = vec![json!({ "receive": "hello" })];
    let mut session = vec![json!({ "send": "hello" })];
    for (example, sent) in table.code("example").into_iter().zip(table.code("is sent")) {
        let payload = json_of(&example.unwrap());
        client.push(json!({ "send": payload.clone() }));
        session.push(match (sent, payload.get("random"), payload.get("copy")) {
            (Some(sent), ..) => json!({ "receive": hex(&bytes(&sent)) }),
            (None, Some(_), _) => json!({ "receive": { "size": 16 } }),
            (None, _, Some(_)) => json!({ "receive": "hello" }),
            other => panic!("{place}: {other:?}"),
        });
    }
    let server = json!({ "listen": "tcp", "session": session });
    assert_eq!(exchange(client, server), "", "{place}");
}

#[test]
fn matchers_take_what_the_table_says_and_nothing_else() {
    let pages = pages();
    let mut count = 0;
    for kind in ["matcher", "json-matcher"] {
        for (place, table) in tables(&pages, kind) {
            let (mut client, mut session) = (Vec::new(), Vec::new());
            let rows = table
                .code("example")
                .into_iter()
                .zip(table.code("takes"))
                .zip(table.code("but not"));
            for ((example, takes), not) in rows {
                count += 1;
                let mut matcher = json_of(&example.unwrap());
                if kind == "json-matcher" {
                    matcher = json!({ "json": matcher });
                }
                client.push(json!({ "send": hex(takes.unwrap().as_bytes()) }));
                session.push(json!({ "receive": matcher.clone() }));
                if let Some(not) = not {
                    client.push(json!({ "send": hex(not.as_bytes()) }));
                    session.push(json!({ "receive": matcher, "fails": "mismatch" }));
                }
            }
            assert_eq!(exchange(client, lines(Json::from(session))), "", "{place}");
        }
    }
    assert!(count > 30, "only {count} matchers");
}

#[test]
fn matchers_on_raw_say_where_they_end() {
    let pages = pages();
    let (place, table) = tables(&pages, "raw-matcher").next().unwrap();
    let sent = [
        "hello",
        "01234",
        "{\"id\":7}",
        "{\"user\":\"ada\"}",
        "a line\r\n",
        "id=7;",
        "abc;",
        "the rest",
    ];
    let examples = table
        .code("example")
        .into_iter()
        .map(|example| json_of(&example.unwrap()));
    let session: Vec<Json> = examples.map(|matcher| json!({ "receive": matcher })).collect();
    assert_eq!(session.len(), sent.len(), "{place}");
    let server = json!({ "listen": "tcp", "session": session });
    assert_eq!(exchange(vec![json!({ "send": sent.concat() })], server), "", "{place}");
}

#[test]
fn framings_look_on_the_wire_as_the_table_says() {
    let pages = pages();
    let mut count = 0;
    for (place, table) in tables(&pages, "framing") {
        for (example, wire) in table.code("example").into_iter().zip(table.code("hi on the wire")) {
            let Some(wire) = wire else { continue };
            count += 1;
            let framing = json_of(&example.unwrap());
            let server =
                json!({ "listen": { "tcp": 0, "framing": framing }, "session": [{ "send": "hi" }, { "close": true }] });
            let receive = json!({ "receive": hex(&bytes(&wire)) });
            let client = vec![json!({ "framing": "raw" }), receive, json!({ "closed": "eof" })];
            assert_eq!(exchange(client, server), "", "{place}: {framing}");
        }
    }
    assert!(count >= 9, "only {count} framings");
}

#[test]
fn expressions_give_what_the_table_says() {
    let pages = pages();
    let mut steps = Vec::new();
    for (_, table) in tables(&pages, "expression") {
        for (example, gives) in table.code("example").into_iter().zip(table.code("gives")) {
            let example = example.unwrap();
            steps.push(match gives {
                Some(gives) => json!({ "assert": format!("({example}) == {gives}") }),
                None => json!({ "set": { "value": format!("{{{{ {example} }}}}") } }),
            });
        }
    }
    assert!(steps.len() > 20, "only {} expressions", steps.len());
    assert_eq!(exchange(steps, lines(json!([]))), "");
}

/// Plays steps of a client against those of a session, and says what is wrong.
fn exchange(client: Vec<Json>, server: Json) -> String {
    let mut script = vec![json!({ "connect": "Server" })];
    script.extend(client);
    script.push(json!({ "close": true }));
    let other = json!({ "script": [] });
    let whole = scenario(json!({ "script": script }), server, other);
    let stage = Stage::new();
    stage.write("exchange.json", &whole.to_string());
    let said = stage.wiretale(&["run", "exchange.json", "--quiet"]);
    assert!(said.exit == 0 || !said.err.is_empty());
    said.err
}
