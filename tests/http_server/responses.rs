//! What is said to a request.

use serde_json::{Value as Json, json};

use crate::http_server::server::Server;

/// A server that says this to `/x`.
fn answering(answer: Json) -> Server {
    Server::serving(&[json!({ "request": "ANY /x", "do": [ { "respond": answer } ] })])
}

const GET: &str = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn a_body_says_what_it_is_and_how_long() {
    for (answer, head, body) in [
        (
            json!({ "status": 200, "text": "é" }),
            "content-type: text/plain;charset=utf-8\r\ncontent-length: 2\r\n",
            "é",
        ),
        (
            json!({ "status": 200, "json": [1] }),
            "content-type: application/json\r\ncontent-length: 3\r\n",
            "[1]",
        ),
        (
            json!({ "status": 200, "form": { "a": "b c" } }),
            "content-type: application/x-www-form-urlencoded\r\n",
            "a=b+c",
        ),
        (
            json!({ "status": 200, "hex": "6869" }),
            "content-type: application/octet-stream\r\n",
            "hi",
        ),
        (
            json!({ "status": 200, "headers": { "Content-Type": "a/b" }, "text": "x" }),
            "Content-Type: a/b\r\n",
            "x",
        ),
        (json!(201), "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n", ""),
        (json!({ "status": 299, "reason": "Fine" }), "HTTP/1.1 299 Fine\r\n", ""),
    ] {
        let server = answering(answer);
        let said = server.connect().ask(GET);
        assert!(
            said.contains(head) && said.ends_with(&format!("\r\n\r\n{body}")),
            "{said}"
        );
        server.done().passed();
    }
}

#[test]
fn to_head_the_length_is_said_and_the_body_is_not() {
    let server = answering(json!({ "status": 200, "text": "hello" }));
    let mut client = server.connect();
    client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(client.head().contains("content-length: 5\r\n"));
    assert!(client.ask(GET).ends_with("\r\n\r\nhello"));
    server.done().passed();
}

#[test]
fn some_statuses_have_no_body_and_no_length() {
    for status in [204, 304] {
        let server = answering(json!(status));
        let mut client = server.connect();
        let head = client.ask(GET);
        assert!(!head.contains("content-length"), "{head}");
        assert_eq!(client.ask(GET), head, "nothing stood between the two");
        server.done().passed();
    }
}

#[test]
fn a_body_goes_in_chunks() {
    let server = answering(json!({ "status": 200, "fill": { "byte": "78", "size": "9000B" }, "chunked": true }));
    let mut client = server.connect();
    client.send(GET);
    assert!(client.head().contains("transfer-encoding: chunked\r\n"));
    assert_eq!(client.take(6), "2000\r\n");
    client.take(0x2000);
    assert_eq!(client.take(7), "\r\n328\r\n");
    client.take(0x328);
    assert_eq!(client.take(7), "\r\n0\r\n\r\n");
    server.done().passed();
}

#[test]
fn http_1_0_ends_the_connection_unless_it_says_otherwise() {
    let server = answering(json!({ "status": 200, "text": "hello", "chunked": true }));
    let mut client = server.connect();
    client.send("GET /x HTTP/1.0\r\n\r\n");
    let said = client.rest();
    assert!(
        said.starts_with("HTTP/1.1 200 OK\r\n") && said.contains("connection: close\r\n"),
        "{said}"
    );
    assert!(!said.contains("chunked") && said.ends_with("\r\n\r\nhello"), "{said}");
    server.done().passed();
    let server = answering(json!({ "status": 200, "text": "hello" }));
    let mut client = server.connect();
    for _ in 0..2 {
        let said = client.ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assert!(said.contains("connection: keep-alive\r\n"), "{said}");
    }
    server.done().passed();
}

#[test]
fn a_connection_ends_where_either_side_says_so() {
    let server = answering(json!({ "status": 200, "text": "bye" }));
    let mut client = server.connect();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let said = client.rest();
    assert!(
        said.contains("connection: close\r\n") && said.ends_with("bye"),
        "{said}"
    );
    server.done().passed();
    let server = answering(json!({ "status": 200, "headers": { "Connection": "close" }, "text": "bye" }));
    let mut client = server.connect();
    client.send(GET);
    assert!(client.rest().ends_with("bye"));
    server.done().passed();
}

#[test]
fn what_comes_behind_the_last_request_is_left_over() {
    let server = answering(json!({ "status": 200, "headers": { "Connection": "close" }, "text": "bye" }));
    let mut client = server.connect();
    client.send(&format!("{GET}{GET}"));
    let said = client.rest();
    assert_eq!(said.matches("HTTP/1.1 200").count(), 1, "{said}");
    drop(client);
    server.done().failed(&["left over from Outside: GET /x"]);
}

#[test]
fn a_body_breaks_off_where_it_is_cut() {
    let server = answering(json!({ "status": 200, "text": "hello", "cut_after": "2B" }));
    let mut client = server.connect();
    client.send(GET);
    let said = client.rest();
    assert!(
        said.contains("content-length: 5\r\n") && said.ends_with("\r\n\r\nhe"),
        "{said}"
    );
    server.done().passed();
    let server = answering(json!({ "status": 200, "text": "hello", "chunked": true, "cut_after": "2B" }));
    let mut client = server.connect();
    client.send(GET);
    let said = client.rest();
    assert!(said.ends_with("\r\n\r\n5\r\nhe"), "{said}");
    server.done().passed();
}

#[test]
fn raw_bytes_go_as_they_are_and_a_reset_may_follow() {
    let wrong = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlonger";
    let server = answering(json!({ "raw": wrong }));
    let mut client = server.connect();
    client.send(GET);
    assert_eq!(client.take(wrong.len()), wrong);
    server.done().passed();
    let server = Server::serving(&[json!({ "request": "ANY /x", "do": [
        { "respond": { "raw": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" } }, { "reset": true }, { "break": true }
    ] })]);
    let mut client = server.connect();
    client.send(GET);
    let mut all = Vec::new();
    let error = std::io::Read::read_to_end(&mut client.0, &mut all).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    server.done().passed();
}

#[test]
fn a_status_may_be_filled_in() {
    let server = Server::serving(&[
        json!({ "request": "GET /s/{code:int}", "do": [ { "respond": "{{ code }}" } ] }),
        json!({ "request": "GET /wait", "do": [ { "group": [ { "wait": "20ms" }, { "if": "true", "do": [ { "respond": 200 } ] } ] } ] }),
    ]);
    let mut client = server.connect();
    assert!(
        client
            .ask("GET /s/418 HTTP/1.1\r\nHost: h\r\n\r\n")
            .starts_with("HTTP/1.1 418 I'm a teapot\r\n")
    );
    assert!(
        client
            .ask("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
    server.done().passed();
}

#[test]
fn a_request_that_nobody_answers_holds_up_nothing() {
    let server = Server::serving(&[
        json!({ "request": "GET /silent" }),
        json!({ "request": "GET /x", "do": [ { "respond": 200 } ] }),
    ]);
    let mut client = server.connect();
    client.send("GET /silent HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(client.ask(GET).starts_with("HTTP/1.1 200 OK\r\n"));
    server.done().passed();
}
