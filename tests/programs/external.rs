//! Real systems in the place of actors, which is wiretale itself here: each side of a conversation is played by another one.

use std::process::Stdio;

use serde_json::{Value as Json, json};

use super::stage::{Desk, lines, until};

/// A conversation.
fn scene(port: u16) -> Json {
    json!({ "actors": {
        "Client": { "script": [
            { "connect": "Server" }, { "send": "HELLO" }, { "receive": "WELCOME" },
            { "send": "LIST" }, { "receive": "one" }, { "receive": "two" },
            { "send": "QUIT" }, { "receive": "BYE" }, { "close": true }
        ] },
        "Server": { "listen": { "tcp": port, "framing": "crlf" }, "session": [ { "serve": [
            { "receive": "HELLO", "do": [ { "send": "WELCOME" } ] },
            { "receive": "LIST", "do": [ { "send": "one" }, { "send": "two" } ] },
            { "receive": "QUIT", "do": [ { "send": "BYE" } ] }
        ] } ] }
    } })
}

/// The server of the conversation for itself, at a port that it is told; it waits to be told to end.
fn server() -> Json {
    let mut scene = scene(0);
    scene["vars"] = json!({ "port": 0 });
    scene["actors"]["Client"] = json!({ "script": [ { "wait": "25s" } ] });
    scene["actors"]["Server"]["listen"]["tcp"] = json!("{{ port }}");
    scene
}

/// Another wiretale as a program, with a scenario beside the one that is tested.
fn other(scenario: &str, more: &[&str]) -> Vec<String> {
    let own = env!("CARGO_BIN_EXE_wiretale");
    let results = format!("other-{}", scenario.trim_end_matches(".json"));
    let all = [&[own, "run", scenario, "--quiet", "--results", &results], more].concat();
    all.into_iter().map(str::to_owned).collect()
}

fn server_program() -> Json {
    let command = other("server.json", &["--var", "port={{ port }}"]);
    json!({ "command": command, "ready": { "tcp": "{{ port }}" }, "exit": 3 })
}

fn client_program() -> Json {
    json!({ "command": other("client.json", &["--external", "Server={{ address('Server') }}"]) })
}

/// A folder with the conversation, and with one for each side.
fn desk(scene: &Json) -> Desk {
    let desk = Desk::with(scene);
    desk.put("server.json", &server().to_string());
    desk.put("client.json", &self::scene(0).to_string());
    desk
}

#[test]
fn the_diagram_is_the_same_whoever_plays() {
    let own = desk(&scene(0)).always(1);
    let expected = lines(&own);
    assert_eq!(expected.len(), 9, "{own}");
    let mut server = scene(0);
    server["actors"]["Server"] = json!({ "listen": { "tcp": 0, "framing": "crlf" }, "process": server_program() });
    let mut client = scene(0);
    client["actors"]["Client"] = json!({ "process": client_program() });
    let mut both = server.clone();
    both["actors"]["Client"] = client["actors"]["Client"].clone();
    for (name, scene) in [("server", server), ("client", client), ("both", both)] {
        let drawn = desk(&scene).always(3);
        assert_eq!(lines(&drawn), expected, "{name}\n{drawn}");
    }
}

#[test]
fn a_server_of_the_command_line_takes_the_place_of_one() {
    let desk = desk(&scene(0));
    let own = desk.passes(&[]);
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut command = desk.0.command(&[
        "run",
        "server.json",
        "--results",
        "served",
        "--var",
        &format!("port={port}"),
    ]);
    let mut server = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the server does not begin", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()
    });
    for address in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let told = desk.play(&["--external", &format!("Server={address}")]);
        assert_eq!(told.code, Some(0), "{}", told.err);
        assert_eq!(lines(&told.out), lines(&own));
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_client_of_the_command_line_takes_the_place_of_one() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut scene = scene(port);
    scene["actors"]["Server"]["script"] = json!([ { "await": "done", "timeout": "20s" } ]);
    scene["actors"]["Server"]["session"][0]["serve"][2]["do"] =
        json!([ { "send": "BYE" }, { "closed": "eof" }, { "signal": "done" }, { "break": true } ]);
    let desk = desk(&scene);
    let own = desk.passes(&[]);
    let mut command = desk.0.command(&[
        "run",
        "scene.json",
        "--format",
        "mermaid",
        "--external",
        "Client=127.0.0.1:0",
    ]);
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let external = format!("Server=127.0.0.1:{port}");
    until("the client finds nobody", || {
        let told = desk
            .0
            .wiretale(&["run", "client.json", "--results", "asked", "--external", &external]);
        (told.code == Some(0)).then_some(())
    });
    let ended = run.wait_with_output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    assert!(ended.status.success(), "{err}");
    assert_eq!(lines(&out), lines(&own), "{out}");
}

#[test]
fn who_is_not_there_cannot_be_replaced() {
    let desk = desk(&scene(0));
    for (external, said) in [
        ("Sever=127.0.0.1:1", "did you mean `Server`?"),
        ("Zebra=127.0.0.1:1", "the scenario has `Client`, `Server`"),
        ("Server=127.0.0.1:0", "nobody can connect to port 0"),
        ("Server", "NAME=HOST:PORT is needed"),
        ("Server=127.0.0.1", "HOST:PORT is needed"),
    ] {
        let told = desk.play(&["--external", external]);
        assert_eq!(told.code, Some(2), "{external}: {}", told.err);
        assert!(told.err.contains(said), "{external}: {}", told.err);
    }
}

#[test]
fn a_program_that_is_replaced_needs_no_permission() {
    let mut scene = scene(0);
    scene["actors"]["Client"] = json!({ "process": { "command": ["no-such-program"] } });
    scene["actors"]["Server"]["script"] = json!([ { "note": "nobody comes" } ]);
    let told = desk(&scene).play(&["--external", "Client=127.0.0.1:0"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    scene["actors"]["Server"]["script"] = json!([ { "stop": "Client" } ]);
    let told = desk(&scene).play(&["--external", "Client=127.0.0.1:0"]);
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("whom no step can stop"), "{}", told.err);
}

#[test]
fn what_is_said_to_one_sequence_is_an_access_to_it() {
    let mut scene = scene(0);
    scene["actors"]["Server"] =
        json!({ "listen": { "tcp": 0, "framing": "crlf" }, "process": server_program(), "serial": true });
    let desk = desk(&scene);
    desk.passes(&[]);
    let trace = desk.0.read("results/last/scene/trace.jsonl");
    let count = trace.matches(r#""cell":"Server!serial","mode":"write""#).count();
    // The connect, seven messages, and the close.
    assert_eq!(count, 9, "{trace}");
}

#[test]
fn an_endpoint_that_is_not_there_cannot_be_replaced() {
    let desk = Desk::actors(&json!({
        "Client": { "script": [ { "connect": "Server.control" } ] },
        "Server": { "listen": [
            { "name": "control", "tcp": 0, "session": [] }, { "name": "data", "tcp": 0, "session": [] } ] }
    }));
    let told = desk.play(&["--external", "Server.controls=127.0.0.1:1"]);
    assert_eq!(told.code, Some(2));
    let said = "`--external Server.controls=…`: `Server` has no endpoint called `controls`";
    assert!(told.err.contains(said), "{}", told.err);
    assert!(told.err.contains("help: did you mean `control`?"), "{}", told.err);
}
