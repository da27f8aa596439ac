//! Unix sockets, and the other version of the internet's addresses.

use std::path::Path;

use wiretale::finding::FindingKind;

use super::stage::Scene;

fn unix(listen: &str, client: &str, session: &str) -> Scene {
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server" }}, {client} ] }},
           "Server": {{ "listen": {listen}, "session": [ {session} ] }}"#
    ))
}

const LINES: &str = r#"{ "unix": 0, "framing": "lines" }"#;

#[test]
fn a_conversation_over_a_unix_socket_is_drawn_as_any_other() {
    let ping = r#"{ "send": "ping" }, { "receive": "pong" }, { "close": true }"#;
    let pong = r#"{ "receive": "ping" }, { "send": "pong" }, { "closed": "eof" }"#;
    let shown = [
        "Client->>Server: ping",
        "Server-->>Client: pong",
        "Client-)Server: close",
        "Server-)Client: close",
    ];
    unix(LINES, ping, pong).shows(&shown);
    unix(r#"{ "unix": "chat.sock", "framing": "lines" }"#, ping, pong).shows(&shown);
    let name = format!("@wiretale-test-{}", std::process::id());
    unix(&format!(r#"{{ "unix": "{name}", "framing": "lines" }}"#), ping, pong).shows(&shown);
    unix(r#""unix""#, ping, pong).shows(&shown);
}

#[test]
fn the_socket_is_in_a_folder_of_the_run_which_is_gone_in_the_end() {
    let scene = unix(
        LINES,
        r#"{ "send": "{{ address('Server') }}" }, { "close": true }"#,
        r#"{ "receive": "{{ address('Server') }}" }, { "note": "{{ local }}" }, { "closed": "eof" }"#,
    );
    let tale = scene.passes();
    tale.shows(&[
        "Client->>Server: #lt;run>/1.sock",
        "Note over Server: #lt;run>/1.sock",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
    let address = tale
        .trace
        .split("\"address\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let path = Path::new(address);
    assert!(path.ends_with("1.sock"), "{address}");
    assert!(!path.parent().unwrap().exists(), "{address} was left");
}

#[test]
fn whoever_connects_has_a_name_that_no_diagram_shows() {
    unix(
        LINES,
        r#"{ "note": "{{ local }}" }, { "close": true }"#,
        r#"{ "closed": "eof" }"#,
    )
    .shows(&[
        "Note over Client: #lt;socket>",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn many_clients_of_a_unix_socket_are_told_apart() {
    let scene = Scene::actors(
        r#""Client": { "count": 40, "script": [
               { "connect": "Server" }, { "send": "{{ actor.index }}" }, { "receive": "{{ actor.index }}" }, { "close": true } ] },
           "Server": { "listen": { "unix": 0, "framing": "lines" }, "session": [
               { "receive": { "pattern": "{n}" } }, { "assert": "peer == 'Client[' ~ n ~ ']'" },
               { "send": "{{ n }}" }, { "closed": "eof" } ] }"#,
    );
    scene.passes();
}

#[test]
fn half_of_a_unix_socket_can_be_closed_and_the_other_goes_on() {
    unix(
        LINES,
        r#"{ "send": "all" }, { "shutdown": true }, { "receive": "thanks" }, { "closed": "eof" }"#,
        r#"{ "receive": "all" }, { "closed": "eof" }, { "send": "thanks" }, { "close": true }"#,
    )
    .passes();
}

#[test]
fn a_unix_socket_that_is_found_by_a_template_is_not_reset_either() {
    let tale = unix(
        LINES,
        r#"{ "connect": "{{ 'Server' }}", "as": "other" }, { "reset": true, "on": "other" }"#,
        r#"{ "closed": "eof" }"#,
    )
    .finds(&[FindingKind::Expression]);
    assert_eq!(tale.findings[0].text, "a Unix socket cannot be reset");
}

#[test]
fn sixteen_mebibytes_pass_both_ways_over_a_unix_socket() {
    let both = r#"{ "send": { "fill": { "byte": "61", "size": "16MiB" } } }, { "receive": { "size": 16777216 } }"#;
    unix(r#""unix""#, both, both).play().passed();
}

#[test]
fn http_is_spoken_over_a_unix_socket() {
    unix(
        r#"{ "unix": 0, "framing": "http" }"#,
        r#"{ "request": "GET /a", "redirects": 1, "response": { "status": 200, "text": "here" } }"#,
        r#"{ "serve": [
            { "request": { "GET": "/a", "headers": { "host": "localhost" } }, "do": [ { "respond": { "status": 302, "headers": { "Location": "/b" } } } ] },
            { "request": "GET /b", "do": [ { "respond": { "status": 200, "text": "here" } } ] } ] }"#,
    )
    .passes();
}

#[test]
fn a_socket_whose_name_is_taken_is_an_error_with_its_place() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixListener};

    let name = format!("wiretale-taken-{}", std::process::id());
    let _taken = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let scene = unix(
        &format!(r#"{{ "unix": "@{name}" }}"#),
        r#"{ "close": true }"#,
        r#"{ "closed": "eof" }"#,
    );
    let error = scene.fails_to_play(Box::new(std::io::sink())).to_string();
    assert!(
        error.contains(&format!("cannot listen at @{name} for `Server`")),
        "{error}"
    );
}

#[test]
fn the_other_version_of_addresses_is_as_good() {
    Scene::actors(
        r#""Client": { "script": [
               { "connect": "Server" }, { "send": "{{ address('Server') }}" }, { "receive": "::1" }, { "close": true } ] },
           "Server": { "listen": { "tcp": 0, "host": "::1", "framing": "lines" }, "session": [
               { "receive": { "pattern": "[{host}]:{port:int}" } }, { "send": "{{ host }}" }, { "closed": "eof" } ] }"#,
    )
    .shows(&[
        "Client->>Server: [::1]:#lt;port>",
        "Server-->>Client: ::1",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
}

#[test]
fn the_host_of_a_request_has_its_brackets() {
    let tale = Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" }, { "request": "GET /a", "redirects": 1 } ] },
           "Server": { "listen": { "http": 0, "host": "::1" }, "session": [ { "serve": [
               { "request": { "GET": "/a", "headers": { "host": { "regex": "\\[::1\\]:[0-9]+" } } }, "do": [
                   { "respond": { "status": 302, "headers": { "Location": "http://{{ address('Server') }}/b" } } } ] },
               { "request": "GET /b", "do": [ { "respond": 200 } ] } ] } ] }"#,
    )
    .passes();
    assert!(tale.trace.contains("[::1]:"), "{}", tale.trace);
}

#[test]
fn a_reset_is_no_end_of_a_unix_socket_that_was_closed_in_order() {
    unix(LINES, r#"{ "close": true }"#, r#"{ "closed": "reset" }"#).finds(&[FindingKind::Ended]);
}
