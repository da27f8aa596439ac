//! TLS: from the first byte on, and from a step on.

use wiretale::finding::FindingKind;

use super::stage::Scene;

/// A client and a server, with what each says of TLS.
fn pair(connect: &str, listen: &str, client: &str, session: &str) -> String {
    format!(
        r#"{{ "actors": {{
            "Client": {{ "script": [ {{ "connect": "Server" {connect} }}, {client} ] }},
            "Server": {{ "listen": {{ "tcp": 0, "framing": "lines", {listen} }}, "session": [ {session} ] }} }} }}"#
    )
}

fn secure(connect: &str, listen: &str, client: &str, session: &str) -> Scene {
    Scene::of(&pair(connect, listen, client, session))
}

const PING: &str = r#"{ "send": "ping" }, { "receive": "pong" }, { "close": true }"#;
const PONG: &str = r#"{ "receive": "ping" }, { "send": "pong" }, { "closed": "eof" }"#;

/// What PING and PONG show.
const SHOWN: [&str; 4] = [
    "Client->>Server: ping",
    "Server-->>Client: pong",
    "Client-)Server: close",
    "Server-)Client: close",
];

/// A certificate for a name that is signed by an authority of its own: the authority, the certificate, the key.
fn made(name: &str, expired: bool) -> [String; 3] {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = rcgen::CertifiedIssuer::self_signed(authority, rcgen::KeyPair::generate().unwrap()).unwrap();
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    if expired {
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    }
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    [authority.pem(), certificate.pem(), key.serialize_pem()]
}

/// A scene with these certificates in its folder: `NAME-ca.pem`, `NAME.pem`, `NAME.key`.
fn with(certificates: &[(&str, &[String; 3])], text: &str) -> Scene {
    let mut files = Vec::new();
    for (name, [ca, cert, key]) in certificates {
        files.push((format!("{name}-ca.pem"), ca.as_str()));
        files.push((format!("{name}.pem"), cert.as_str()));
        files.push((format!("{name}.key"), key.as_str()));
    }
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    Scene::in_folder(text, &files, &Default::default())
}

#[test]
fn an_endpoint_with_tls_makes_a_certificate_that_the_clients_of_the_run_trust() {
    let scene = secure("", r#""tls": true"#, PING, PONG);
    scene.shows(&SHOWN);
    let trace = scene.play().trace;
    let events: Vec<_> = trace.lines().filter(|line| line.contains("\"secured\"")).collect();
    assert_eq!(events.len(), 2, "{trace}");
    assert!(
        events
            .iter()
            .all(|event| event.contains(r#""version":"TLS 1.3","sni":"localhost""#)),
        "{events:?}"
    );
    let opener = events.iter().find(|event| event.contains("by_opener")).unwrap();
    assert!(opener.contains(r#""peer":"Server""#), "{opener}");
}

#[test]
fn tls_runs_over_a_unix_socket_and_over_the_other_version_of_addresses() {
    for listen in [
        r#"{ "unix": 0, "framing": "lines", "tls": true }"#,
        r#"{ "tcp": 0, "host": "::1", "framing": "lines", "tls": true }"#,
    ] {
        Scene::actors(&format!(
            r#""Client": {{ "script": [ {{ "connect": "Server" }}, {PING} ] }}, "Server": {{ "listen": {listen}, "session": [ {PONG} ] }}"#
        ))
        .shows(&SHOWN);
    }
}

#[test]
fn an_accept_step_and_an_accept_guard_take_connections_with_tls() {
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server" }}, {PING} ] }},
           "Server": {{ "listen": {{ "tcp": 0, "framing": "lines", "tls": true }}, "script": [ {{ "accept": true }}, {PONG} ] }}"#
    ))
    .shows(&SHOWN);
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server" }}, {PING} ] }},
           "Server": {{ "listen": {{ "tcp": 0, "framing": "lines", "tls": true }},
               "script": [ {{ "choose": [ {{ "accept": true, "do": [ {PONG} ] }} ] }} ] }}"#
    ))
    .passes();
}

#[test]
fn a_wrong_authority_is_a_finding_on_both_sides_in_the_words_of_tls() {
    let other = made("localhost", false);
    let scene = with(
        &[("other", &other)],
        &pair(r#", "tls": { "ca": "other-ca.pem" }"#, r#""tls": true"#, PING, PONG),
    );
    let tale = scene.finds(&[FindingKind::Handshake, FindingKind::Handshake]);
    let words = |strand: &str| {
        let found = tale.findings.iter().find(|finding| finding.strand == strand);
        (found.unwrap().text.clone(), found.unwrap().follows)
    };
    assert_eq!(
        words("Client"),
        ("invalid peer certificate: UnknownIssuer".to_owned(), false)
    );
    assert_eq!(
        words("Server/Client#1"),
        ("received fatal alert: UnknownCA".to_owned(), true)
    );
    // Accepted by one side, it is still a finding of the other.
    let scene = with(
        &[("other", &other)],
        &pair(
            r#", "tls": { "ca": "other-ca.pem" }, "fails": true"#,
            r#""tls": true"#,
            r#"{ "note": "and on" }"#,
            PONG,
        ),
    );
    let tale = scene.finds(&[FindingKind::Handshake]);
    assert!(!tale.findings[0].follows);
}

#[test]
fn given_certificates_are_trusted_by_the_clients_of_the_run() {
    let mx = made("mx.example", false);
    let scene = with(
        &[("mx", &mx)],
        &pair(
            r#", "tls": { "ca": "mx-ca.pem", "sni": "mx.example" }"#,
            r#""tls": { "cert": "mx.pem", "key": "mx.key" }"#,
            PING,
            PONG,
        ),
    );
    scene.shows(&SHOWN);
    let trace = scene.play().trace;
    assert!(trace.contains(r#""sni":"mx.example","peer":"mx.example""#), "{trace}");
}

#[test]
fn a_certificate_for_another_name_or_out_of_date_is_refused_unless_anything_is_taken() {
    for (expired, name, words) in [
        (true, "mx.example", "invalid peer certificate: Expired"),
        (
            false,
            "other.example",
            "invalid peer certificate: NotValidForName: it is not for other.example, but for mx.example",
        ),
    ] {
        let mx = made("mx.example", expired);
        let listen = r#""tls": { "cert": "mx.pem", "key": "mx.key" }"#;
        let connect = |more: &str| format!(r#", "tls": {{ "sni": "{name}", {more} }}"#);
        let scene = with(
            &[("mx", &mx)],
            &pair(&connect(r#""ca": "mx-ca.pem""#), listen, PING, PONG),
        );
        let tale = scene.finds(&[FindingKind::Handshake, FindingKind::Handshake]);
        let client = tale.findings.iter().find(|finding| finding.strand == "Client").unwrap();
        assert_eq!(client.text, words);
        with(
            &[("mx", &mx)],
            &pair(&connect(r#""verify": false"#), listen, PING, PONG),
        )
        .shows(&SHOWN);
    }
}

#[test]
fn names_that_an_endpoint_says_are_those_of_its_certificate() {
    let listen = r#""tls": { "sni": ["mx.example", "mail.example"] }"#;
    // Who says nothing asks for the first of them.
    let scene = secure("", listen, PING, PONG);
    scene.shows(&SHOWN);
    assert!(scene.play().trace.contains(r#""sni":"mx.example""#));
    secure(r#", "tls": { "sni": "mail.example" }"#, listen, PING, PONG).shows(&SHOWN);
    secure(r#", "tls": { "sni": "other.example" }"#, listen, PING, PONG)
        .finds(&[FindingKind::Handshake, FindingKind::Handshake]);
    // Where the endpoint says none, its certificate is for whatever the clients ask for.
    secure(r#", "tls": { "sni": "other.example" }"#, r#""tls": true"#, PING, PONG).shows(&SHOWN);
}

#[test]
fn a_client_certificate_that_is_asked_for_is_shown_and_seen() {
    let scene = secure("", r#""tls": { "client": true }"#, PING, PONG);
    scene.shows(&SHOWN);
    assert!(scene.play().trace.contains(r#""peer":"Client""#));
    // One of its own.
    let ada = made("ada.example", false);
    let scene = with(
        &[("ada", &ada)],
        &pair(
            r#", "tls": { "cert": "ada.pem", "key": "ada.key" }"#,
            r#""tls": { "client": true, "ca": "ada-ca.pem" }"#,
            PING,
            PONG,
        ),
    );
    scene.shows(&SHOWN);
    assert!(scene.play().trace.contains(r#""peer":"ada.example""#));
    // It may be left out where it is optional.
    secure(
        r#", "tls": { "client": false }"#,
        r#""tls": { "client": "optional" }"#,
        PING,
        PONG,
    )
    .shows(&SHOWN);
}

#[test]
fn a_client_certificate_that_is_missing_or_of_a_stranger_is_refused() {
    let tale = secure(
        r#", "tls": { "client": false }"#,
        r#""tls": { "client": true }"#,
        PING,
        PONG,
    )
    .finds(&[FindingKind::Handshake, FindingKind::Ended]);
    assert_eq!(tale.finding(FindingKind::Handshake).text, "peer sent no certificates");
    let ended = tale.finding(FindingKind::Ended);
    assert_eq!(
        ended.text,
        "the connection broke off (received fatal alert: CertificateRequired), expected \"pong\""
    );
    assert!(ended.follows);
    let (ada, eve) = (made("ada.example", false), made("eve.example", false));
    with(
        &[("ada", &ada), ("eve", &eve)],
        &pair(
            r#", "tls": { "cert": "eve.pem", "key": "eve.key" }"#,
            r#""tls": { "client": true, "ca": "ada-ca.pem" }"#,
            PING,
            PONG,
        ),
    )
    .finds(&[FindingKind::Handshake, FindingKind::Ended]);
}

#[test]
fn the_protocol_that_both_speak_is_chosen_and_without_one_there_is_no_connection() {
    let scene = secure(
        r#", "tls": { "alpn": ["h2", "http/1.1"] }"#,
        r#""tls": { "alpn": ["http/1.1", "h2"] }"#,
        PING,
        PONG,
    );
    scene.shows(&SHOWN);
    assert!(scene.play().trace.contains(r#""alpn":"http/1.1""#));
    let tale = secure(
        r#", "tls": { "alpn": "h2" }"#,
        r#""tls": { "alpn": "imap" }"#,
        PING,
        PONG,
    )
    .finds(&[FindingKind::Handshake, FindingKind::Handshake]);
    let server = tale.findings.iter().find(|finding| finding.strand != "Client").unwrap();
    assert_eq!(server.text, "peer doesn't support any known protocol");
}

#[test]
fn plain_text_at_an_endpoint_with_tls_is_a_finding() {
    let tale = secure(r#", "tls": false"#, r#""tls": true"#, PING, PONG)
        .finds(&[FindingKind::Handshake, FindingKind::Malformed]);
    let text = &tale.finding(FindingKind::Handshake).text;
    assert_eq!(text, "received corrupt message of type InvalidContentType");
    let text = &tale.finding(FindingKind::Malformed).text;
    assert_eq!(text, "the other side begins TLS here, and this side does not");
}

#[test]
fn tls_at_an_endpoint_without_is_a_finding() {
    for framing in [r#""framing": "lines""#, r#""framing": "raw""#] {
        let tale = Scene::of(&format!(
            r#"{{ "actors": {{ "Client": {{ "script": [ {{ "connect": "Server", "tls": true }}, {PING} ] }},
                "Server": {{ "listen": {{ "tcp": 0, {framing} }}, "session": [ {PONG} ] }} }} }}"#
        ))
        .finds(&[FindingKind::Malformed, FindingKind::Ended]);
        let text = &tale.finding(FindingKind::Ended).text;
        assert_eq!(text, "the other side closed during the TLS handshake");
    }
}

#[test]
fn who_never_shakes_hands_is_waited_for_as_long_as_the_step_says() {
    let begun = std::time::Instant::now();
    let tale = Scene::of(
        r#"{ "limits": { "step": "300ms" }, "actors": {
            "Client": { "script": [ { "connect": "Server", "tls": false }, { "await": "given up" }, { "close": true } ] },
            "Server": { "listen": { "tcp": 0, "tls": true }, "script": [
                { "accept": true, "timeout": "400ms", "fails": "timeout" }, { "signal": "given up" } ] } } }"#,
    );
    // The client waits longer than it may, for what it waits for is kept up by the other one.
    let tale = tale.play();
    assert!(begun.elapsed() >= std::time::Duration::from_millis(300));
    assert!(begun.elapsed() < std::time::Duration::from_secs(4), "{}", tale.told());
    let tale = Scene::of(
        r#"{ "limits": { "step": "5s" }, "actors": {
            "Client": { "script": [ { "connect": "Server", "tls": false }, { "await": "given up" }, { "close": true } ] },
            "Server": { "listen": { "tcp": 0, "tls": true }, "script": [
                { "accept": true, "timeout": "200ms", "fails": "timeout" }, { "signal": "given up" } ] } } }"#,
    )
    .passes();
    tale.shows(&[
        "Note over Server: timed out",
        "Server-)Client: close",
        "Client-)Server: close",
    ]);
}

#[test]
fn sixteen_mebibytes_pass_both_ways_at_once() {
    let both = r#"{ "send": { "fill": { "byte": "61", "size": "16MiB" } } }, { "receive": { "size": 16777216 } }"#;
    Scene::actors(&format!(
        r#""Client": {{ "script": [ {{ "connect": "Server" }}, {both} ] }},
           "Server": {{ "listen": {{ "tcp": 0, "tls": true }}, "session": [ {both} ] }}"#
    ))
    .play()
    .passed();
}

#[test]
fn a_reset_under_tls_is_one_and_what_came_before_it_is_read() {
    Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" },
               { "send": { "fill": { "byte": "61", "size": "8MiB" } } }, { "reset": true } ] },
           "Server": { "listen": { "tcp": 0, "tls": true }, "session": [
               { "receive": { "size": 8388608 } }, { "closed": "reset" } ] }"#,
    )
    .play()
    .passed();
}

#[test]
fn half_of_it_can_be_closed_and_the_other_goes_on() {
    secure(
        "",
        r#""tls": true"#,
        r#"{ "send": "all" }, { "shutdown": true }, { "receive": "thanks" }, { "closed": "eof" }"#,
        r#"{ "receive": "all" }, { "closed": "eof" }, { "send": "thanks" }, { "close": true }"#,
    )
    .passes();
}

#[test]
fn two_redirects_lead_from_http_to_https_and_back() {
    let tale = Scene::actors(
        r#""Client": { "script": [ { "connect": "Plain" },
               { "request": "GET /a", "redirects": 2, "response": { "status": 200, "text": "there" } } ] },
           "Plain": { "listen": "http", "session": [ { "serve": [
               { "request": "GET /a", "do": [ { "respond": { "status": 302, "headers": { "Location": "https://{{ address('Safe') }}/b" } } } ] },
               { "request": "GET /c", "do": [ { "respond": { "status": 200, "text": "there" } } ] } ] } ] },
           "Safe": { "listen": { "http": 0, "tls": true }, "session": [ { "serve": [
               { "request": "GET /b", "do": [ { "respond": { "status": 302, "headers": { "Location": "http://{{ address('Plain') }}/c" } } } ] } ] } ] }"#,
    )
    .passes();
    assert!(tale.trace.contains(r#""alpn":"http/1.1""#), "{}", tale.trace);
    let tale = Scene::actors(
        r#""Client": { "script": [ { "connect": "Safe" }, { "request": "GET /a", "redirects": 1 } ] },
           "Safe": { "listen": { "http": 0, "tls": true }, "session": [ { "serve": [
               { "request": "GET /a", "do": [ { "respond": { "status": 302, "headers": { "Location": "http://{{ address('Safe') }}/b" } } } ] } ] } ] }"#,
    )
    .finds(&[FindingKind::Mismatch]);
    assert!(
        tale.findings[0].text.ends_with("where TLS is spoken"),
        "{}",
        tale.told()
    );
}

#[test]
fn requests_go_over_https_again_and_again() {
    Scene::actors(
        r#""Client": { "script": [ { "connect": "Server" },
               { "repeat": 3, "do": [ { "request": { "POST": "/", "text": "x" }, "response": { "status": 200, "text": "x" } } ] } ] },
           "Server": { "listen": { "http": 0, "tls": true }, "session": [ { "serve": [
               { "request": "POST /", "do": [ { "respond": { "status": 200, "text": "{{ message.text }}" } } ] } ] } ] }"#,
    )
    .passes();
}

#[test]
fn the_same_diagram_a_hundred_times() {
    let scene = secure(
        "",
        r#""tls": { "client": true }"#,
        r#"{ "send": "a" }, { "send": "b" }, { "receive": "c" }, { "close": true }"#,
        r#"{ "receive": "a" }, { "receive": "b" }, { "send": "c" }, { "closed": "eof" }"#,
    );
    let first = scene.play();
    first.passed();
    for _ in 1..100 {
        assert_eq!(scene.play().mermaid, first.mermaid);
    }
}

#[test]
fn the_authority_of_a_run_is_in_a_file_for_real_programs() {
    let tale = secure(
        "",
        r#""tls": true"#,
        r#"{ "send": "{{ tls_ca() }}" }, { "close": true }"#,
        r#"{ "receive": "{{ tls_ca() }}" }, { "closed": "eof" }"#,
    )
    .passes();
    tale.shows(&[
        "Client->>Server: #lt;run>/ca.pem",
        "Client-)Server: close",
        "Server-)Client: close",
    ]);
    let path = tale
        .trace
        .split("\"text\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(
        path.ends_with("/ca.pem") && !std::path::Path::new(path).exists(),
        "{path}"
    );
}
