//! Requests: methods, bodies, headers, queries.

use serde_json::{Value as Json, json};

use super::server::{body, contents, end, response, saying, scene, take};

#[test]
fn each_method_is_sent_as_it_is() {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "MKCOL"];
    let script: Vec<Json> = methods
        .iter()
        .map(|method| json!({ "request": format!("{method} /a?b=c"), "response": 200 }))
        .collect();
    let mut session = Vec::new();
    for method in methods {
        session.push(saying(&[&format!("{method} /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:")]));
        session.push(response("200 OK", method));
    }
    session.push(end());
    let tale = scene(&script, &session).passes();
    assert_eq!(tale.lines()[0], "Client->>Server: GET /a?b=c");
    assert_eq!(tale.lines().len(), 2 * methods.len() + 2, "{}", tale.told());
}

#[test]
fn a_body_has_its_type_and_length() {
    scene(
        &[
            json!({ "request": { "POST": "/", "json": { "a": 1 } } }),
            json!({ "request": { "PUT": "/", "text": "hi", "headers": { "Content-Type": "text/markdown" } } }),
        ],
        &[
            saying(&["POST / ", "content-type: application/json\r\n", "content-length: 7"]),
            body("{\"a\":1}"),
            response("200 OK", ""),
            saying(&["PUT / ", "content-type: text/markdown\r\n", "content-length: 2"]),
            body("hi"),
            response("200 OK", ""),
            end(),
        ],
    )
    .passes();
}

#[test]
fn a_response_to_head_has_no_body_whatever_it_says() {
    scene(
        &[
            json!({ "request": "HEAD /", "response": { "headers": { "content-length": "100" }, "size": 0 } }),
            json!({ "request": "GET /", "response": { "text": "own" } }),
        ],
        &[
            saying(&["HEAD / "]),
            super::server::give("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
            saying(&["GET / "]),
            response("200 OK", "own"),
            end(),
        ],
    )
    .passes();
}

#[test]
fn queries_forms_and_paths_are_encoded() {
    scene(
        &[
            json!({ "set": { "name": "Ada & Bob", "n": 7 } }),
            json!({ "request": { "GET": "/a b/{{ n }}?x=1", "query": { "q": "{{ name }}", "n": "{{ n }}", "l": [1, "é"], "no": null } } }),
            json!({ "request": { "POST": "/", "form": { "name": "{{ name }}", "n": 7 } } }),
        ],
        &[
            saying(&["GET /a%20b/7?x=1&q=Ada%20%26%20Bob&n=7&l=1&l=%C3%A9 HTTP/1.1"]),
            response("200 OK", ""),
            saying(&["content-type: application/x-www-form-urlencoded"]),
            body("name=Ada+%26+Bob&n=7"),
            response("200 OK", ""),
            end(),
        ],
    )
    .passes();
}

#[test]
fn headers_are_the_scenarios_own_in_one_order() {
    let tale = scene(
        &[
            json!({ "request": { "GET": "/", "headers": { "X-B": ["1", "2"], "Accept": "text/plain", "Host": "example.org", "X-A": "caf\u{e9}" } } }),
        ],
        &[take(), response("200 OK", ""), end()],
    )
    .passes();
    assert_eq!(
        contents(&tale, "send")[0]["head"]["headers"],
        json!([
            ["host", "example.org"],
            ["accept", "text/plain"],
            ["x-a", "caf\u{e9}"],
            ["x-b", "1"],
            ["x-b", "2"],
        ])
    );
}
