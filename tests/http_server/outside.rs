//! Connections from outside the scenario, whatever is spoken on them.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http_server::server::Server;

#[test]
fn a_client_from_outside_is_served_and_drawn_the_same_each_time() {
    for _ in 0..3 {
        let server = Server::serving(&[
            json!({ "request": "GET /users/{id:int}", "do": [ { "respond": { "status": 200, "json": { "id": "{{ id }}", "for": "{{ peer }}" } } } ] }),
        ]);
        let mut client = server.connect();
        let said = client.ask("GET /users/7 HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(said.ends_with(r#"{"id":7,"for":"Outside"}"#), "{said}");
        drop(client);
        let played = server.done();
        played.passed();
        assert_eq!(
            played.lines,
            [
                "participant p0 as Server",
                "participant p1 as Outside",
                "p1->>p0: GET /users/#lt;id>",
                r##"p0-->>p1: 200 OK {"id":#lt;id>,"for":"Outside"}"##,
                "p0-)p1: close",
                "p1-)p0: close",
            ]
        );
    }
}

#[test]
fn without_anybody_from_outside_nothing_of_it_is_drawn() {
    let server =
        Server::actor(json!({ "listen": "tcp", "session": [ { "receive": "x" } ], "script": [ { "wait": "1ms" } ] }));
    let played = server.ended();
    played.passed();
    assert_eq!(played.lines, ["participant p0 as Server"]);
}

#[test]
fn plain_tcp_is_served_and_an_end_that_is_waited_for_is_drawn() {
    let server = Server::actor(json!({ "listen": "tcp", "session": [
        { "receive": "hi" }, { "send": "ho" }, { "closed": "eof" }, { "signal": "done" }
    ] }));
    assert_eq!(server.said_to("hi"), "ho");
    let played = server.ended();
    played.passed();
    let lines = ["p1->>p0: hi", "p0-->>p1: ho", "p1-)p0: close", "p0-)p1: close"];
    assert_eq!(played.lines[2..], lines);
}

#[test]
fn a_script_accepts_from_outside() {
    let server = Server::actor(json!({ "listen": { "tcp": 0, "framing": "lines" }, "script": [
        { "accept": true, "as": "c", "timeout": "20s" }, { "receive": "hi" }, { "send": "ho" }, { "closed": "eof" }
    ] }));
    assert_eq!(server.said_to("hi\n"), "ho\n");
    server.ended().passed();
}

#[test]
fn a_client_from_outside_may_take_its_time_when_nothing_else_is_left() {
    let server = Server::actor(json!({
        "listen": "tcp",
        "session": [ { "receive": "a" }, { "send": "b" }, { "signal": "done" }, { "receive": "c" }, { "send": "d" } ],
        "script": [ { "await": "done", "timeout": "20s" }, { "note": "the script is over" } ]
    }));
    let mut client = server.connect();
    client.send("a");
    assert_eq!(client.take(1), "b");
    server.until_traced("the script is over");
    client.send("c");
    assert_eq!(client.rest(), "d");
    server.ended().passed();
}

#[test]
fn what_is_wrong_with_a_client_from_outside_is_found() {
    let server = Server::actor(
        json!({ "listen": "tcp", "session": [ { "receive": "hi" } ], "finally": [],
        "script": [ { "wait": "2s" } ] }),
    );
    let mut client = server.connect();
    client.send("ho");
    assert_eq!(client.rest(), "");
    server.ended().failed(&["expected \"hi\", found \"ho\""]);
}

#[test]
fn a_reset_from_outside_in_the_middle_of_a_request_is_found() {
    let server = Server::serving(&[]);
    let mut client = server.connect();
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhal");
    let socket = socket2::SockRef::from(&client.0);
    socket.set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    server.done().failed(&["was reset"]);
}

#[test]
fn no_actor_is_called_as_the_outside_is() {
    let folder = crate::tool::Folder::new();
    std::fs::write(
        folder.path("x.json"),
        r#"{ "actors": { "Outside": { "script": [] } } }"#,
    )
    .unwrap();
    let told = folder.wiretale(&["check", "x.json"]);
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.err.contains("no actor is called `Outside`"), "{}", told.err);
}

#[test]
fn whoever_never_stops_sending_keeps_no_deadline_from_the_run() {
    let server = Server::scenario(&json!({ "limits": { "scenario": "300ms" }, "actors": { "Server": {
        "listen": { "tcp": 0, "framing": "lines" }, "unexpected": "ignore",
        "session": [ { "receive": "never", "timeout": "10s" } ],
        "script": [ { "wait": "10s" } ]
    } } }));
    let mut client = server.connect();
    let until = Instant::now() + Duration::from_secs(10);
    let lines = "what nobody waits for\n".repeat(3000);
    while client.0.write_all(lines.as_bytes()).is_ok() {
        assert!(Instant::now() < until, "the deadline of the run is long over");
    }
    assert!(server.ended().trace.contains("the scenario's deadline"));
}

#[test]
fn whoever_never_stops_sending_keeps_no_deadline_from_a_step() {
    let server = Server::scenario(&json!({ "actors": { "Server": {
        "listen": { "tcp": 0, "framing": "lines" }, "unexpected": "ignore",
        "session": [ { "receive": "never", "timeout": "50ms", "fails": "timeout" }, { "signal": "done" } ],
        "script": [ { "await": "done", "timeout": "25s" } ]
    } } }));
    let mut client = server.connect();
    let until = Instant::now() + Duration::from_secs(30);
    let lines = "what nobody waits for\n".repeat(300);
    while client.0.write_all(lines.as_bytes()).is_ok() {
        assert!(Instant::now() < until, "the deadline of the step is long over");
    }
    server.ended().passed();
}
