//! Scenarios that play a recording again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::stage::{Recording, lines, plays_alike, record, server};
use crate::tool::{Folder, golden};

/// A server that gives out tickets, another one each time.
fn tickets() -> SocketAddr {
    let next = Arc::new(AtomicU64::new(0x5f3a_9c00));
    lines(move |line| match line.split_once(' ') {
        Some(("LOGIN", _)) => {
            let ticket = next.fetch_add(1, Ordering::Relaxed);
            format!("TICKET {ticket:010x} of 2026-11-27T01:02:03Z\n")
        }
        Some(("USE", ticket)) => format!("{{\"used\":\"{ticket}\",\"left\":3}}\n"),
        _ => "WHAT?\n".to_owned(),
    })
}

fn uses_a_ticket(recording: &Recording) {
    let mut client = recording.connect();
    let answer = client.asks("LOGIN ada");
    let ticket = answer.split(' ').nth(1).unwrap();
    client.asks(&format!("USE {ticket}"));
    client.asks("{{ braces }} and {name}");
    client.leaves();
}

#[test]
fn what_the_server_made_up_is_captured_and_said_again() {
    let folder = Folder::empty();
    let to = tickets();
    let recording = record(&folder, to, &["-o", "login", "--connections", "1", "--as", "client"]);
    uses_a_ticket(&recording);
    recording.ends_well();
    let at = format!("127.0.0.1:{}", to.port());
    golden(
        "tests/recording/login.json",
        &folder.read("login/login.json").replace(&at, "127.0.0.1:PORT"),
    );
    golden("tests/recording/login.mmd", &folder.read("login/diagram.mmd"));
    // Each time the server gives out another one.
    for _ in 0..3 {
        plays_alike(&folder, "login", &[]);
    }
    let checked = folder.wiretale(&["check", "login/login.json"]);
    assert_eq!(checked.code, Some(0), "{}", checked.err);
    assert!(!checked.err.contains("warning"), "{}", checked.err);
}

#[test]
fn both_sides_are_played_and_a_real_server_takes_the_place_of_one() {
    let folder = Folder::empty();
    let to = lines(|line| format!("you said {line}\n"));
    let recording = record(
        &folder,
        to,
        &["-o", "both", "--connections", "2", "--title", "Said again"],
    );
    for text in ["b", "a"] {
        let mut client = recording.connect();
        client.asks(text);
        client.leaves();
    }
    recording.ends_well();
    golden("tests/recording/both.json", &folder.read("both/both.json"));
    plays_alike(&folder, "both", &[]);
    plays_alike(&folder, "both", &["--external", &format!("Server={to}")]);
}

#[test]
fn the_server_is_played_for_the_client_that_was_started() {
    let folder = Folder::empty();
    let to = lines(|line| format!("you said {line}\n"));
    let shell = "for text in one two; do exec 3<>/dev/tcp/{host}/{port}; echo $text >&3; read -u 3; exec 3>&-; done";
    let more = ["-o", "server", "--as", "server", "--", "bash", "-c", shell];
    record(&folder, to, &more).ends_well();
    for _ in 0..3 {
        plays_alike(&folder, "server", &["--allow-process"]);
    }
}

#[test]
fn the_server_is_played_for_whoever_comes() {
    let folder = Folder::empty();
    let to = lines(|line| format!("you said {line}\n"));
    let recording = record(&folder, to, &["-o", "server", "--connections", "1", "--as", "server"]);
    let mut client = recording.connect();
    client.asks("hello");
    client.leaves();
    recording.ends_well();
    golden("tests/recording/server.json", &folder.read("server/server.json"));
    let checked = folder.wiretale(&["check", "server/server.json"]);
    assert_eq!(checked.code, Some(0), "{}", checked.err);
}

/// An API with one user, whose number is another one each time.
fn api() -> SocketAddr {
    let next = Arc::new(AtomicU64::new(4711));
    let gone = Arc::new(AtomicU64::new(0));
    server(move |stream: TcpStream| {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        loop {
            let (mut line, mut length) = (String::new(), 0);
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).unwrap();
                if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if header == "\r\n" {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let (status, more, body) = match line.split(' ').next().unwrap() {
                "POST" => {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    let cookie = format!("Set-Cookie: session=c0ffee{id:06}; Path=/\r\n");
                    (
                        "201 Created",
                        cookie,
                        format!("{{ \"id\": {id}, \"self\": \"/users/{id}\" }}"),
                    )
                }
                "DELETE" => {
                    gone.store(next.load(Ordering::Relaxed), Ordering::Relaxed);
                    ("204 No Content", String::new(), String::new())
                }
                _ if gone.load(Ordering::Relaxed) == next.load(Ordering::Relaxed) => {
                    ("404 Not Found", String::new(), "{\"error\":\"gone\"}".to_owned())
                }
                _ => ("200 OK", String::new(), "{\"name\":\"Ada\"}".to_owned()),
            };
            let length = if body.is_empty() {
                String::new()
            } else {
                format!("Content-Length: {}\r\n", body.len())
            };
            let kind = if body.is_empty() {
                ""
            } else {
                "Content-Type: application/json\r\n"
            };
            let date = "Date: Fri, 27 Nov 2026 01:02:03 GMT\r\n";
            write!(&stream, "HTTP/1.1 {status}\r\n{date}{more}{kind}{length}\r\n{body}").unwrap();
        }
    })
}

/// A client of it.
fn lives_a_life(recording: &Recording) {
    let mut client = recording.connect();
    let mut asks = |text: String| {
        client.says(text.as_bytes());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let line = client.hears();
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
            head.push_str(&line);
            head.push('\n');
        }
        let mut body = vec![0; length];
        client.takes(&mut body);
        (head, String::from_utf8(body).unwrap())
    };
    let body = r#"{"name":"Ada"}"#;
    let (head, made) = asks(format!(
        "POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    let cookie = head
        .split("Set-Cookie: ")
        .nth(1)
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let id: serde_json::Value = serde_json::from_str(&made).unwrap();
    let id = &id["id"];
    for method in ["GET", "DELETE", "GET"] {
        asks(format!(
            "{method} /users/{id} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n"
        ));
    }
    client.leaves();
}

#[test]
fn http_is_played_by_requests_and_responses() {
    for side in ["client", "both"] {
        let folder = Folder::empty();
        let to = api();
        let recording = record(
            &folder,
            to,
            &["-o", "api", "--connections", "1", "--as", side, "--server", "Api"],
        );
        lives_a_life(&recording);
        recording.ends_well();
        let at = format!("127.0.0.1:{}", to.port());
        let scenario = folder.read("api/api.json").replace(&at, "127.0.0.1:PORT");
        golden(&format!("tests/recording/api-{side}.json"), &scenario);
        plays_alike(&folder, "api", &[]);
        plays_alike(&folder, "api", &[]);
        let checked = folder.wiretale(&["check", "api/api.json"]);
        assert!(
            checked.code == Some(0) && !checked.err.contains("warning"),
            "{}",
            checked.err
        );
    }
}

#[test]
fn bytes_without_a_framing_are_played_as_what_one_side_said_before_the_other() {
    let folder = Folder::empty();
    let to = server(|stream: TcpStream| {
        let mut two = [0; 2];
        while (&stream).read_exact(&mut two).is_ok() {
            (&stream).write_all(&[0xff, two[1], two[0]]).unwrap();
        }
    });
    let recording = record(&folder, to, &["-o", "raw", "--connections", "1"]);
    let mut client = recording.connect();
    for bytes in [[0_u8, 1], [2, 3]] {
        client.says(&bytes);
        client.takes(&mut [0; 3]);
    }
    client.leaves();
    recording.ends_well();
    plays_alike(&folder, "raw", &[]);
    plays_alike(&folder, "raw", &["--external", &format!("Server={to}")]);
}

#[test]
fn what_is_long_has_a_file_of_its_own() {
    let folder = Folder::empty();
    let to = lines(|line| format!("{}\n", "y".repeat(line.len() * 10)));
    let recording = record(&folder, to, &["-o", "long", "--connections", "1"]);
    let mut client = recording.connect();
    client.asks(&"x".repeat(9000));
    client.leaves();
    recording.ends_well();
    assert_eq!(folder.read("long/long/message-1.txt"), "x".repeat(9000));
    plays_alike(&folder, "long", &[]);
}

#[test]
fn a_framing_that_is_given_is_written_and_one_that_is_wrong_is_told() {
    let folder = Folder::empty();
    let to = server(|stream: TcpStream| {
        let mut message = [0; 4];
        while (&stream).read_exact(&mut message).is_ok() {
            (&stream).write_all(&message).unwrap();
        }
    });
    let more = ["-o", "framed", "--connections", "1", "--framing", r#"{"length":"u16"}"#];
    let recording = record(&folder, to, &more);
    let mut client = recording.connect();
    client.says(b"\x00\x02hi");
    client.takes(&mut [0; 4]);
    client.leaves();
    recording.ends_well();
    assert!(
        folder
            .read("framed/framed.json")
            .contains(r#""framing": { "length": "u16" }"#)
    );
    plays_alike(&folder, "framed", &[]);
    let told = folder.wiretale(&["record", "--pcap", "x.pcap", "--framing", "lnes"]);
    assert_eq!(told.code, Some(2));
    golden("tests/recording/framing.txt", &told.err);
}

#[test]
fn a_simple_string_of_redis_is_sent_as_one() {
    let folder = Folder::empty();
    let scenario = r#"{ "actors": {
        "Client": { "script": [ { "connect": "Redis", "framing": "raw" }, { "receive": "+OK\r\n$2\r\nOK\r\n" }, { "close": true } ] },
        "Redis": { "listen": { "tcp": 0, "framing": "resp" }, "session": [
            { "send": { "json": { "$simple": "OK" } } }, { "send": { "json": "OK" } }, { "closed": "eof" } ] }
    } }"#;
    std::fs::write(folder.path("simple.json"), scenario).unwrap();
    let told = folder.wiretale(&["run", "-q", "simple.json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
}
