//! Real programs that speak TLS, or say that they do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};
use wiretale::finding::FindingKind;
use wiretale::wire::tls::{Opening, ServerName};

use super::stage::{PATIENCE, Tale, listening, listening_at, play, play_beside, until};

/// A server in lines over TLS, which says where its authority's certificate is.
const SECURE: &str = r#"{ "actors": { "Server": {
    "listen": { "tcp": 0, "framing": "lines", "tls": { "alpn": "chat" } },
    "session": [ { "receive": "ping" }, { "send": "pong" }, { "closed": "ENDING" }, { "signal": "done" } ],
    "script": [ { "note": "{{ tls_ca() }}", "when": "true" }, { "await": "done", "timeout": "25s" } ] } } }"#;

fn secure(ending: &str) -> String {
    SECURE.replace("ENDING", ending)
}

/// Where the certificate of the run's authority is.
fn authority(trace: &Path) -> String {
    let note = until(trace, "ca.pem");
    let event: serde_json::Value = serde_json::from_str(&note).unwrap();
    event["event"]["note"]["text"].as_str().unwrap().to_owned()
}

/// Whether a program is there; a test that needs it says so where it is not.
fn has(program: &str) -> bool {
    let there = Command::new(program)
        .arg("version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !there {
        eprintln!("skipped: {program} is not installed");
    }
    there
}

/// Somebody who takes any certificate.
fn anybody(alpn: &str) -> ClientConnection {
    let opening = Opening {
        identity: None,
        trusted: None,
        alpn: vec![alpn.to_owned()],
    };
    let name = ServerName::try_from("localhost").unwrap();
    ClientConnection::new(opening.config().unwrap(), name).unwrap()
}

fn kinds(tale: &Tale) -> Vec<FindingKind> {
    tale.outcome.findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn openssl_speaks_with_our_server() {
    if !has("openssl") {
        return;
    }
    let (tale, said) = play_beside(&secure("any"), |trace| {
        let (address, ca) = (listening(trace), authority(trace));
        let mut openssl = Command::new("openssl")
            .args([
                "s_client",
                "-quiet",
                "-verify_return_error",
                "-servername",
                "mx.example",
                "-alpn",
                "chat",
            ])
            .args([
                "-verify_hostname",
                "localhost",
                "-CAfile",
                &ca,
                "-connect",
                &address.to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ask = openssl.stdin.take().unwrap();
        ask.write_all(b"ping\n").unwrap();
        let mut said = [0; 5];
        openssl.stdout.take().unwrap().read_exact(&mut said).unwrap();
        drop(ask);
        openssl.kill().unwrap();
        openssl.wait().unwrap();
        said
    });
    tale.passed();
    assert_eq!(&said, b"pong\n");
    assert!(
        tale.trace.contains(r#""sni":"mx.example","alpn":"chat""#),
        "{}",
        tale.trace
    );
}

#[test]
fn curl_speaks_https_with_our_server_and_trusts_the_authority_of_the_run() {
    if !has("curl") {
        return;
    }
    let scenario = r#"{ "actors": { "Server": {
        "listen": { "http": 0, "tls": true },
        "session": [ { "serve": [ { "request": "GET /{what}", "do": [ { "respond": { "status": 200, "text": "{{ what }}" } }, { "signal": "done" } ] } ] } ],
        "script": [ { "note": "{{ tls_ca() }}" }, { "await": "done", "timeout": "25s" } ] } } }"#;
    let (tale, (trusting, strange)) = play_beside(scenario, |trace| {
        let (address, ca) = (listening(trace), authority(trace));
        let curl = |options: &[&str]| {
            let url = format!("https://{address}/hello");
            Command::new("curl")
                .args(["-s", "-S", "--max-time", "20"])
                .args(options)
                .arg(url)
                .output()
                .unwrap()
        };
        // Who does not know the authority does not come in, and is a finding.
        let strange = curl(&[]);
        (curl(&["--cacert", &ca]), strange)
    });
    assert_eq!(String::from_utf8_lossy(&trusting.stdout), "hello", "{trusting:?}");
    assert!(!strange.status.success());
    let found: Vec<_> = tale
        .outcome
        .findings
        .iter()
        .map(|finding| finding.text.clone())
        .collect();
    assert_eq!(kinds(&tale), [FindingKind::Handshake], "{found:?}");
    assert_eq!(found, ["received fatal alert: UnknownCA"]);
    assert!(tale.trace.contains(r#""alpn":"http/1.1""#), "{}", tale.trace);
}

#[test]
fn curl_reaches_our_server_at_a_unix_socket() {
    if !has("curl") {
        return;
    }
    let scenario = r#"{ "actors": { "Server": {
        "listen": { "unix": "api.sock", "framing": "http" },
        "session": [ { "serve": [ { "request": "GET /{what}", "do": [ { "respond": { "status": 200, "text": "{{ what }}" } }, { "signal": "done" } ] } ] } ],
        "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;
    let (tale, (path, output)) = play_beside(scenario, |trace| {
        let path = listening_at(trace);
        let curl = Command::new("curl")
            .args([
                "-s",
                "-S",
                "--max-time",
                "20",
                "--unix-socket",
                &path,
                "http://localhost/hello",
            ])
            .output();
        (path, curl.unwrap())
    });
    tale.passed();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello", "{output:?}");
    assert!(path.ends_with("/api.sock") && !Path::new(&path).exists(), "{path}");
    assert!(tale.mermaid().contains("as Outside"), "{}", tale.mermaid());
}

#[test]
fn an_end_without_farewell_is_truncated_and_no_end_in_order() {
    let leave = |address| {
        let mut stream = StreamOwned::new(anybody("chat"), TcpStream::connect(address).unwrap());
        stream.write_all(b"ping\n").unwrap();
        let mut said = [0; 5];
        stream.read_exact(&mut said).unwrap();
        // Without `send_close_notify`.
        drop(stream);
    };
    let (tale, ()) = play(&secure("truncated"), leave);
    tale.passed();
    assert!(
        tale.mermaid().contains("Note over p0: ended without farewell"),
        "{}",
        tale.mermaid()
    );
    let (tale, ()) = play(&secure("any"), leave);
    tale.passed();
    let (tale, ()) = play(&secure("eof").replace("25s", "300ms"), leave);
    assert!(kinds(&tale).contains(&FindingKind::Ended), "{:?}", tale.outcome);
    let text = &tale.outcome.findings[0].text;
    assert_eq!(
        text,
        "the connection broke off (no TLS close_notify before the end), expected the connection to be closed"
    );
}

#[test]
fn a_handshake_in_one_piece_with_what_comes_before_it_is_one() {
    let scenario = r#"{ "actors": { "Server": {
        "listen": { "tcp": 0, "framing": "lines" },
        "session": [ { "receive": "STARTTLS" }, { "tls": true }, { "receive": "secret" }, { "send": "yes" }, { "closed": "eof" }, { "signal": "done" } ],
        "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;
    let (tale, said) = play(scenario, |address| {
        let mut tls = anybody("x");
        let mut both = b"STARTTLS\n".to_vec();
        while tls.wants_write() {
            tls.write_tls(&mut both).unwrap();
        }
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.write_all(&both).unwrap();
        let mut stream = StreamOwned::new(tls, socket);
        stream.write_all(b"secret\n").unwrap();
        let mut said = [0; 4];
        stream.read_exact(&mut said).unwrap();
        stream.conn.send_close_notify();
        stream.flush().unwrap();
        said
    });
    tale.passed();
    assert_eq!(&said, b"yes\n");
}

#[test]
fn a_client_that_is_silent_is_waited_for_as_long_as_a_step() {
    let scenario = r#"{ "limits": { "step": "300ms" }, "actors": { "Server": {
        "listen": { "tcp": 0, "tls": true }, "session": [ { "receive": "x" } ],
        "script": [ { "wait": "600ms" } ] } } }"#;
    let (tale, stream) = play(scenario, |address| TcpStream::connect(address).unwrap());
    assert_eq!(kinds(&tale), [FindingKind::Timeout]);
    let finding = &tale.outcome.findings[0];
    assert_eq!(finding.text, "timed out in the TLS handshake with Outside");
    assert_eq!(finding.place.as_ref().unwrap().line, 2);
    assert!(tale.took < Duration::from_secs(5), "{:?}", tale.took);
    drop(stream);
}

#[test]
fn who_speaks_no_tls_is_told_so_and_gets_an_end() {
    let scenario = r#"{ "actors": { "Server": {
        "listen": { "tcp": 0, "tls": true }, "session": [ { "receive": "x" } ],
        "script": [ { "wait": "300ms" } ] } } }"#;
    let (tale, rest) = play(scenario, |address| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        rest
    });
    assert_eq!(kinds(&tale), [FindingKind::Handshake]);
    // An alert, and the end.
    assert_eq!(rest.first(), Some(&21), "{rest:?}");
}
