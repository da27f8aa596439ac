//! Requests however they come.

use serde_json::{Value as Json, json};

use crate::http_server::server::Server;

/// Says what the method, the body and the query were.
fn echo() -> Vec<Json> {
    let respond = json!({ "respond": { "status": 200, "text": "{{ message.line }}|{{ message.text }}" } });
    vec![json!({ "request": "ANY /echo", "do": [respond] })]
}

#[test]
fn a_request_may_come_in_two_pieces_wherever_it_is_cut() {
    let request = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    let server = Server::serving(&echo());
    let mut client = server.connect();
    for at in 1..request.len() {
        client.send(&request[..at]);
        let said = client.ask(&request[at..]);
        assert!(
            said.ends_with("\r\n\r\nPOST /echo HTTP/1.1|hello"),
            "cut at {at}: {said}"
        );
    }
    server.done().passed();
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let server = Server::serving(&echo());
    let mut client = server.connect();
    for byte in "PUT /echo?x=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: x\r\n\r\n".chars() {
        client.send(&byte.to_string());
    }
    let said = client.response();
    assert!(said.ends_with("PUT /echo?x=1 HTTP/1.1|abcde"), "{said}");
    server.done().passed();
}

#[test]
fn requests_sent_at_once_are_answered_one_by_one() {
    let server = Server::serving(&echo());
    let mut client = server.connect();
    let request = |text: &str| {
        format!(
            "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        )
    };
    client.send(&["a", "bb", "", "ccc"].map(request).concat());
    for text in ["a", "bb", "", "ccc"] {
        let said = client.response();
        assert!(said.ends_with(&format!("HTTP/1.1|{text}")), "{said}");
    }
    server.done().passed();
}

#[test]
fn one_connection_serves_many_requests() {
    let server = Server::serving(&echo());
    let mut client = server.connect();
    for number in 0..500 {
        let said = client.ask(&format!("GET /echo?{number} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert!(said.ends_with(&format!("GET /echo?{number} HTTP/1.1|")), "{said}");
    }
    let played = server.done();
    played.passed();
    assert_eq!(played.count("\"event\":{\"accept\""), 2, "the requests, and the end");
}

#[test]
fn methods_paths_queries_headers_and_bodies_choose_the_alternative() {
    let status = |request: Json, status: u16| json!({ "request": request, "do": [ { "respond": status } ] });
    let server = Server::serving(&[
        status(
            json!({ "GET": "/a", "query": { "page": "2", "x": { "absent": true } } }),
            201,
        ),
        status(
            json!({ "GET": "/a", "headers": { "accept": { "contains": "json" } } }),
            202,
        ),
        status(json!({ "POST": "/a", "json": { "name": "Ada" } }), 203),
        status(json!({ "POST": "/a", "form": { "name": "Ada B" } }), 206),
        status(json!("ANY /a"), 404),
        json!({ "request": "GET /by/{name}", "do": [ { "respond": { "status": 200, "text": "{{ name }}" } } ] }),
    ]);
    let mut client = server.connect();
    let mut ask = |start: &str, body: &str| {
        let length = body.len();
        client.ask(&format!("{start}\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}"))
    };
    let statuses = [
        ask("GET /a?page=2&y=1 HTTP/1.1", ""),
        ask("GET /a?page=2&x HTTP/1.1", ""),
        ask("GET /a HTTP/1.1\r\nAccept: application/json", ""),
        ask("POST /a HTTP/1.1", r#"{"name":"Ada","age":36}"#),
        ask("POST /a HTTP/1.1", "name=Ada+B&x=1"),
        ask("DELETE /a HTTP/1.1", ""),
    ];
    let statuses: Vec<&str> = statuses.iter().map(|said| &said["HTTP/1.1 ".len()..][..3]).collect();
    assert_eq!(statuses, ["201", "404", "202", "203", "206", "404"]);
    let said = ask("GET /by/caf%C3%A9 HTTP/1.1", "");
    assert!(said.ends_with("\r\n\r\ncafé"), "{said}");
    server.done().passed();
}

#[test]
fn a_request_that_nobody_wants_is_told_with_the_nearest() {
    let server = Server::serving(&[json!({ "request": "POST /users", "do": [ { "respond": 201 } ] })]);
    let mut client = server.connect();
    client.send("GET /users HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(client.rest(), "");
    server
        .done()
        .failed(&["no alternative takes GET /users", "POST /users"]);
}

#[test]
fn a_client_that_waits_to_be_told_is_told_to_go_on() {
    let server = Server::serving(&echo());
    let mut client = server.connect();
    let head = "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client.send(head);
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    let said = client.ask("hello");
    assert!(said.ends_with("|hello"), "{said}");
    // One that does not wait is told too, so that it is the same each time.
    client.send(&format!("{head}hello"));
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    let said = client.response();
    assert!(said.ends_with("|hello"), "{said}");
    let played = server.done();
    played.passed();
    assert_eq!(played.lines[2], "p0-->>p1: 100 Continue", "{:#?}", played.lines);
}

#[test]
fn a_body_that_ends_before_its_length_is_found() {
    let server = Server::serving(&echo());
    assert_eq!(
        server.said_to("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf"),
        ""
    );
    server.done().failed(&["was closed after 4 of 10 bytes of a message"]);
}

#[test]
fn what_stands_behind_a_body_is_the_next_request() {
    let server = Server::with(json!({ "unexpected": "ignore" }), &echo());
    let said = server.said_to("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi(more");
    assert!(
        said.contains("HTTP/1.1|hi") && said.contains("HTTP/1.1 400 Bad Request"),
        "{said}"
    );
    server.done().passed();
}

#[test]
fn who_came_while_silence_was_waited_for_is_told_to_go_on_later() {
    let server = Server::actor(json!({ "listen": "http", "session": [
        { "silence": "200ms" },
        { "serve": [ { "request": "POST /x", "do": [ { "respond": 200 }, { "signal": "done" }, { "break": true } ] } ] }
    ] }));
    let mut client = server.connect();
    let said = client.ask("POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert!(said.starts_with("HTTP/1.1 100 Continue\r\n"), "{said}");
    assert!(client.ask("hi").starts_with("HTTP/1.1 200 OK\r\n"));
    drop(client);
    server.ended().passed();
}
