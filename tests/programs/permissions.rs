//! What a scenario may not do, and attempts to do it all the same.

use std::net::TcpListener;
use std::os::unix::fs::symlink;

use serde_json::{Value as Json, json};

use super::stage::{Desk, sh};

#[test]
fn no_program_is_started_unless_that_is_allowed() {
    let desk = Desk::actors(&json!({
        "A": { "process": sh("touch begun") },
        "B": { "script": [ { "note": "begun" } ] }
    }));
    let told = desk.play(&[]);
    assert_eq!(told.code, Some(2));
    assert!(
        told.err
            .contains("error: `A` is a program, and a scenario starts none unless that is allowed"),
        "{}",
        told.err
    );
    assert!(told.err.contains("`--allow-process` allows it"), "{}", told.err);
    assert!(!desk.0.path("begun").exists() && !desk.0.path("results").exists());
    let told = desk.0.wiretale(&["test", "scene.json"]);
    assert_eq!(told.code, Some(0));
    assert!(told.out.contains("1 skipped in"), "{}", told.out);
    assert!(told.out.contains("`--allow-process` allows it"), "{}", told.out);
    let told = desk.0.wiretale(&["test", "--no-skip", "scene.json"]);
    assert_eq!(told.code, Some(2));
    assert!(told.out.contains("`--allow-process` allows it"), "{}", told.out);
    // What is not played needs no permission.
    let told = desk.0.wiretale(&["check", "scene.json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(!desk.0.path("begun").exists());
}

#[test]
fn no_other_host_is_reached_however_it_is_written() {
    for address in [
        "8.8.8.8:53",
        "0.0.0.0:53",
        "[::]:53",
        "[::ffff:8.8.8.8]:53",
        "127.1:53",
        "0x7f000001:53",
        "2130706433:53",
        "example.com:53",
        "localhost.example.com:53",
    ] {
        let desk = Desk::actors(&json!({
            "Far": { "listen": "tcp", "at": address },
            "Client": { "script": [ { "connect": "Far" } ] }
        }));
        let told = desk.play(&[]);
        assert_eq!(told.code, Some(2), "{address}");
        let host = address.rsplit_once(':').unwrap().0.trim_matches(['[', ']']);
        let said = told.err.replace("::ffff:808:808", "::ffff:8.8.8.8");
        assert!(said.contains(&format!("`{host}` is not allowed")), "{address}: {said}");
        assert!(said.contains("the option `--allow-net "), "{address}: {said}");
    }
}

#[test]
fn what_is_allowed_is_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let desk = Desk::with(&json!({ "vars": { "host": "127.0.0.1" }, "actors": {
        "Near": { "listen": "tcp", "at": format!("{{{{ host }}}}:{port}") },
        "Client": { "script": [ { "connect": "Near" }, { "close": true } ] }
    } }));
    assert_eq!(desk.play(&[]).code, Some(0));
    assert_eq!(desk.play(&["--var", "host=localhost"]).code, Some(0));
    let told = desk.play(&["--var", "host=192.0.2.1"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("`--allow-net 192.0.2.1` allows it"), "{}", told.err);
    // Nobody is there, and nothing is refused by wiretale.
    let told = desk.play(&[
        "--var",
        "host=192.0.2.1",
        "--allow-net",
        "192.0.2.1",
        "--timeout",
        "100ms",
    ]);
    assert!(matches!(told.code, Some(1 | 3)), "{}", told.err);
    let told = desk.play(&["--allow-net", "no such host"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("cannot be resolved"), "{}", told.err);
}

#[test]
fn a_template_gives_no_address_that_is_not_allowed() {
    let desk = Desk::actors(&json!({ "A": { "listen": "tcp", "process": {
        "command": ["sleep", "1000"], "ready": { "tcp": "8.8.8.8:{{ port }}" } } } }));
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(3));
    assert!(told.err.contains("`8.8.8.8` is not allowed"), "{}", told.err);
    assert!(told.err.contains("`--allow-net 8.8.8.8` allows it"), "{}", told.err);
}

#[test]
fn nobody_listens_for_other_hosts() {
    for host in ["0.0.0.0", "::", "::ffff:127.0.0.1", "192.0.2.1", "localhost"] {
        let listen = json!({ "tcp": 0, "host": host });
        let told = Desk::actors(&json!({ "A": { "listen": listen, "session": [] } })).play(&[]);
        assert_eq!(told.code, Some(2), "{host}");
        let told = Desk::actors(&json!({ "A": { "listen": listen, "process": { "command": ["true"] } } })).run(&[]);
        assert_eq!(told.code, Some(2), "{host}");
    }
}

#[test]
fn redirects_lead_to_no_address_outside_the_scenario() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    for location in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("//127.1:{port}/"),
        "http://8.8.8.8/".to_owned(),
        "http://example.com/".to_owned(),
    ] {
        let desk = Desk::actors(&json!({
            "Server": { "listen": "http", "session": [ { "serve": [ { "request": "GET /", "do": [
                { "respond": { "status": 302, "headers": { "Location": location } } } ] } ] } ] },
            "Client": { "script": [ { "connect": "Server" }, { "request": "GET /", "redirects": 3 } ] }
        }));
        let told = desk.play(&[]);
        assert_eq!(told.code, Some(1), "{location}: {}", told.err);
        let refused = ["no address of this scenario", "where no actor of this scenario listens"];
        assert!(
            refused.iter().any(|words| told.err.contains(words)),
            "{location}: {}",
            told.err
        );
        assert!(elsewhere.accept().is_err(), "{location} was followed");
    }
}

/// A scenario that refers to a file in each of the ways that there are.
fn ways(file: &str) -> Vec<Json> {
    let script = |step: Json| json!({ "actors": { "A": { "script": [ step ] } } });
    vec![
        json!({ "vars": { "x": { "file": file } }, "actors": { "A": { "script": [ { "assert": "x" } ] } } }),
        json!({ "data": { "file": file }, "actors": { "A": { "script": [] } } }),
        json!({ "include": [file], "actors": { "A": { "script": [] } } }),
        script(json!({ "send": { "file": file } })),
        script(json!({ "receive": { "schema": file } })),
        json!({ "actors": { "A": { "process": { "command": ["cat"], "stdin": { "file": file } } } } }),
    ]
}

#[test]
fn no_file_outside_the_folder_is_read_however_it_is_named() {
    let desk = Desk::actors(&json!({}));
    desk.put("secret.json", "[ { \"secret\": 1 } ]");
    desk.put("beside/inner.json", "[]");
    std::fs::create_dir(desk.0.path("scenarios")).unwrap();
    symlink("../secret.json", desk.0.path("scenarios/link.json")).unwrap();
    symlink("..", desk.0.path("scenarios/up")).unwrap();
    symlink("link.json", desk.0.path("scenarios/twice.json")).unwrap();
    let absolute = desk.0.path("secret.json");
    for file in [
        "../secret.json",
        "link.json",
        "twice.json",
        "up/secret.json",
        "up/./beside/../secret.json",
        "up/beside/inner.json",
        absolute.to_str().unwrap(),
        "/etc/passwd",
    ] {
        for scenario in ways(file) {
            desk.put("scenarios/scene.json", &scenario.to_string());
            let told = desk.0.wiretale(&["run", "--allow-process", "scenarios/scene.json"]);
            assert_eq!(told.code, Some(2), "{file} {scenario}: {}", told.err);
            let said = told.err.contains("is outside the scenario's folder");
            assert!(
                said && told.err.contains("--allow-read DIR"),
                "{file} {scenario}: {}",
                told.err
            );
            assert!(!told.err.contains("\"secret\""), "{file} {scenario}: {}", told.err);
        }
    }
    // The folder may be allowed.
    desk.put("scenarios/scene.json", &ways("../secret.json")[0].to_string());
    let told = desk.0.wiretale(&["run", "scenarios/scene.json", "--allow-read", "."]);
    assert_eq!(told.code, Some(0), "{}", told.err);
}
