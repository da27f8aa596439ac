//! Responses: what is read of them, and what is refused.

use serde_json::json;
use wiretale::finding::FindingKind;

use super::server::{body, contents, end, give, opened, response, saying, scene, take};

#[test]
fn interim_responses_are_taken_before_the_final_one() {
    let tale = scene(
        &[
            json!({ "request": { "POST": "/", "headers": { "Expect": "100-continue" }, "text": "hi" }, "response": { "text": "done" } }),
        ],
        &[
            saying(&["expect: 100-continue"]),
            body("hi"),
            give("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
            response("200 OK", "done"),
            end(),
        ],
    )
    .passes();
    let lines: Vec<_> = contents(&tale, "receive")
        .iter()
        .map(|content| content["head"]["line"].clone())
        .collect();
    assert_eq!(
        lines,
        ["HTTP/1.1 100 Continue", "HTTP/1.1 103 Early Hints", "HTTP/1.1 200 OK"]
    );
}

#[test]
fn a_response_may_come_before_the_body_was_read() {
    scene(
        &[
            json!({ "request": { "POST": "/", "fill": { "byte": "41", "size": "1MB" } }, "response": 413 }),
            json!({ "request": "GET /" }),
        ],
        &[
            take(),
            give("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"),
            json!({ "receive": { "fill": { "byte": "41", "size": "1MB" } } }),
            take(),
            response("200 OK", ""),
            end(),
        ],
    )
    .passes();
}

#[test]
fn http_1_0_ends_the_connection_unless_it_says_otherwise() {
    for (said, connections) in [("", 2), ("Connection: keep-alive\r\n", 1)] {
        let answer = give(&format!("HTTP/1.0 200 OK\r\n{said}Content-Length: 2\r\n\r\nhi"));
        let get = json!({ "request": "GET /", "response": { "text": "hi" } });
        let session = match connections {
            1 => vec![take(), answer.clone(), take(), answer, end()],
            _ => vec![take(), answer, end()],
        };
        let tale = scene(&[get.clone(), get], &session).passes();
        assert_eq!(opened(&tale), connections);
    }
}

#[test]
fn a_status_may_be_any_number() {
    let script: Vec<_> = [299, 799, 999]
        .iter()
        .map(|status| {
            json!({ "group": [
                { "request": "GET /", "response": { "status": [status, "1xx"] }, "capture": { "status": "message.status" } },
                { "assert": format!("status == {status}") },
            ] })
        })
        .collect();
    let mut session = Vec::new();
    for status in ["299 Nearly", "799 Odd", "999 Last"] {
        session.push(take());
        session.push(response(status, ""));
    }
    session.push(end());
    scene(&script, &session).passes();
}

#[test]
fn a_reason_is_kept() {
    let tale = scene(
        &[
            json!({ "request": "GET /", "response": { "status": 200 } }),
            json!({ "assert": "message.line == 'HTTP/1.1 200 Fine, thanks'" }),
        ],
        &[take(), response("200 Fine, thanks", ""), end()],
    )
    .passes();
    assert_eq!(
        contents(&tale, "receive")[0]["head"]["line"],
        "HTTP/1.1 200 Fine, thanks"
    );
}

#[test]
fn headers_that_come_twice_are_two() {
    let tale = scene(
        &[
            json!({ "request": "GET /", "response": { "headers": { "x": "2", "X": "1, 2", "set-cookie": "b=2", "y": { "absent": true } } } }),
            json!({ "assert": "message.headers.x == '1, 2'" }),
        ],
        &[
            take(),
            give("HTTP/1.1 200 OK\r\nX: 1\r\nSet-Cookie: a=1\r\nX: 2\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"),
            end(),
        ],
    )
    .passes();
    assert_eq!(
        contents(&tale, "receive")[0]["head"]["headers"],
        json!([
            ["X", "1"],
            ["Set-Cookie", "a=1"],
            ["X", "2"],
            ["Set-Cookie", "b=2"],
            ["Content-Length", "0"]
        ])
    );
}

#[test]
fn headers_may_have_bytes_beyond_ascii() {
    scene(
        &[json!({ "request": "GET /", "response": { "headers": { "x": "caf\u{e9}", "y": "caf\u{e9}" } } })],
        &[
            take(),
            // Once as UTF-8, once as ISO 8859-1.
            give("HTTP/1.1 200 OK\r\nX: caf\u{e9}\r\nY: caf"),
            json!({ "send": { "hex": "e9" } }),
            give("\r\nContent-Length: 0\r\n\r\n"),
            end(),
        ],
    )
    .passes();
}

#[test]
fn no_header_is_invented() {
    let tale = scene(
        &[
            json!({ "request": "GET /", "response": { "headers": { "date": { "absent": true }, "content-type": { "absent": true } } } }),
        ],
        &[take(), response("200 OK", "hi"), end()],
    )
    .passes();
    assert_eq!(
        contents(&tale, "receive")[0]["head"]["headers"],
        json!([["Content-Length", "2"]])
    );
    let sent = &contents(&tale, "send")[0]["head"]["headers"];
    assert_eq!(sent.as_array().unwrap().len(), 1, "{sent}");
    assert_eq!(sent[0][0], "host");
}

#[test]
fn what_is_no_http_is_malformed() {
    for (answer, why) in [
        ("SSH-2.0-OpenSSH\r\n", "this is no HTTP response"),
        ("HTTP/1.1 200 OK\nA: b\n\n", "a line that ends with LF alone"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "more than one",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "is no length"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "no size of a chunk",
        ),
    ] {
        let tale =
            scene(&[json!({ "request": "GET /" })], &[take(), give(answer), end()]).finds(&[FindingKind::Malformed]);
        let text = &tale.finding(FindingKind::Malformed).text;
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn a_head_that_is_too_long_is_malformed() {
    let tale = scene(
        &[json!({ "request": "GET /" })],
        &[
            take(),
            give("HTTP/1.1 200 OK\r\nX: "),
            json!({ "send": { "fill": { "byte": "41", "size": "70KiB" } } }),
            end(),
        ],
    )
    .play();
    let text = &tale.finding(FindingKind::Malformed).text;
    assert!(text.contains("more bytes than 64KiB"), "{text}");
}

#[test]
fn what_a_response_holds_is_captured() {
    scene(
        &[
            json!({ "request": "GET /", "response": { "status": "2xx", "headers": { "location": { "pattern": "/users/{id:int}" } }, "json": { "name": { "$capture": "name" } } },
                    "capture": { "first": "$.tags[0]", "length": "message.headers['content-length']" } }),
            json!({ "assert": "id == 7 and name == 'Ada' and first == 'x' and length == '31'" }),
        ],
        &[
            take(),
            give("HTTP/1.1 201 Created\r\nLocation: /users/7\r\nContent-Length: 31\r\n\r\n{\"name\":\"Ada\",\"tags\":[\"x\",\"y\"]}"),
            end(),
        ],
    )
    .passes();
}
