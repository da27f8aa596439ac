//! Servers that are none of ours: a library, and sockets that answer by hand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use tungstenite::handshake::derive_accept_key;
use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Message, accept_hdr};
use wiretale::finding::FindingKind;

use crate::outside::PATIENCE;
use crate::stage::Scene;

/// A client of a server at an address, by its steps.
fn client(address: SocketAddr, parts: &str, steps: &str) -> Scene {
    Scene::of(&format!(
        r#"{{ "limits": {{ "step": "3s" }}, "actors": {{
            "Client": {{ "script": [ {{ "connect": "Server" {parts} }} {steps} ] }},
            "Server": {{ "at": "{address}", "listen": "websocket" }} }} }}"#
    ))
}

/// Plays with a server that serves one connection.
fn served<T: Send + 'static>(
    parts: &str,
    steps: &str,
    server: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (crate::stage::Tale, T) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let scene = client(listener.local_addr().unwrap(), parts, steps);
    let serving = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        server(stream)
    });
    let tale = scene.play();
    (tale, serving.join().unwrap())
}

#[test]
fn the_server_of_tungstenite_is_spoken_to() {
    let steps = r#", { "assert": "message.status == 101 and message.headers['sec-websocket-protocol'] == 'v1'" },
        { "send": "hello" }, { "receive": "hello" }, { "assert": "message.kind == 'text'" },
        { "send": { "hex": "00 ff" } }, { "receive": { "hex": "00 ff" } }, { "assert": "message.kind == 'binary'" },
        { "send": { "fill": { "byte": "61", "size": "100kB" } } }, { "receive": { "size": 100000 } },
        { "send": { "ping": "alive?" } }, { "receive": { "pong": "alive?" } },
        { "close": { "code": 3999, "reason": "enough" } }"#;
    let parts = r#", "path": "/echo?x=1", "headers": { "Sec-WebSocket-Protocol": "v1", "Origin": "http://here" }"#;
    let (tale, farewell) = served(parts, steps, |stream| {
        #[expect(clippy::result_large_err, reason = "the library asks for it")]
        let check = |request: &Request, mut response: Response| {
            assert_eq!(request.uri().path(), "/echo");
            assert_eq!(request.headers()["origin"], "http://here");
            response
                .headers_mut()
                .insert("sec-websocket-protocol", "v1".parse().unwrap());
            Ok(response)
        };
        let mut socket = accept_hdr(stream, check).unwrap();
        let mut farewell = None;
        loop {
            match socket.read() {
                Ok(Message::Close(frame)) => {
                    farewell = frame.map(|frame| (u16::from(frame.code), frame.reason.to_string()))
                }
                // It is answered by the library.
                Ok(Message::Ping(_)) => socket.flush().unwrap(),
                Ok(message) => socket.send(message).unwrap(),
                Err(tungstenite::Error::ConnectionClosed) => return farewell,
                Err(error) => panic!("{error}"),
            }
        }
    });
    tale.passed();
    assert_eq!(farewell, Some((3999, "enough".to_owned())));
    let lines = tale.lines();
    assert_eq!(lines[0], "Client->>Server: hello", "{lines:#?}");
    assert!(lines.contains(&"Client-)Server: close 3999".to_owned()), "{lines:#?}");
}

#[test]
fn a_close_frame_of_a_server_that_is_none_of_ours_has_its_code() {
    let (tale, ()) = served("", r#", { "closed": { "code": 1001 } }"#, |stream| {
        let mut socket = tungstenite::accept(stream).unwrap();
        let frame = tungstenite::protocol::CloseFrame {
            code: 1001.into(),
            reason: "".into(),
        };
        socket.close(Some(frame)).unwrap();
        assert!(matches!(socket.read().unwrap(), Message::Close(_)));
    });
    tale.passed();
    assert!(
        tale.lines().contains(&"Server-)Client: close 1001".to_owned()),
        "{}",
        tale.told()
    );
}

#[test]
fn python_s_websockets_serves_us() {
    const PYTHON: &str = "/usr/bin/python3";
    let is_there = Command::new(PYTHON).args(["-c", "import websockets"]).output();
    if !is_there.is_ok_and(|told| told.status.success()) {
        let is_asked = std::env::var_os("WIRETALE_REQUIRE_PEERS").is_some();
        assert!(!is_asked, "python3 with `websockets` is not installed");
        eprintln!("not asked: python3 with `websockets` is not installed");
        return;
    }
    let program = r#"
import asyncio, websockets
done = None
async def serve(ws, *path):
    async for message in ws:
        await ws.send(message)
    print("closed", ws.close_code, ws.close_reason, flush=True)
    done.set_result(None)
async def main():
    global done
    done = asyncio.get_running_loop().create_future()
    async with websockets.serve(serve, "127.0.0.1", 0, subprotocols=["v1"]) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.wait_for(done, 25)
asyncio.run(main())
"#;
    let mut python = Command::new(PYTHON)
        .args(["-c", program])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(python.stdout.take().unwrap());
    let mut port = String::new();
    said.read_line(&mut port).unwrap();
    let address = format!("127.0.0.1:{}", port.trim()).parse().unwrap();
    let scene = client(
        address,
        r#", "headers": { "Sec-WebSocket-Protocol": "v0, v1" }"#,
        r#", { "assert": "message.headers['sec-websocket-protocol'] == 'v1'" }, { "send": "hello" }, { "receive": "hello" },
           { "send": { "hex": "ff 00" } }, { "receive": { "hex": "ff 00" } }, { "send": { "ping": "x" } }, { "receive": { "pong": "x" } },
           { "close": { "code": 1001, "reason": "enough" } }"#,
    );
    scene.play().passed();
    let mut farewell = String::new();
    said.read_line(&mut farewell).unwrap();
    assert_eq!(farewell.trim(), "closed 1001 enough");
    assert!(python.wait().unwrap().success());
}

/// Reads the head of a request, and gives the key.
fn key(stream: &mut TcpStream) -> String {
    let mut head = String::new();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    while !head.ends_with("\r\n\r\n") {
        assert!(lines.read_line(&mut head).unwrap() > 0);
    }
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    key.unwrap().to_owned()
}

#[test]
fn a_server_that_refuses_or_answers_wrongly_is_told() {
    const UPGRADE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    let cases: &[(&str, FindingKind, &str)] = &[
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!",
            FindingKind::Refused,
            "refused the WebSocket: 403 Forbidden",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            FindingKind::Refused,
            "refused the WebSocket: 200 OK",
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            FindingKind::Malformed,
            "101 without `Upgrade: websocket`",
        ),
        (
            &format!("{UPGRADE}\r\n"),
            FindingKind::Malformed,
            "no `Sec-WebSocket-Accept`",
        ),
        (
            &format!("{UPGRADE}Sec-WebSocket-Accept: wrong\r\n\r\n"),
            FindingKind::Malformed,
            "does not fit the key",
        ),
        (
            &format!("{UPGRADE}Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Protocol: v7\r\n\r\n"),
            FindingKind::Malformed,
            "the subprotocol `v7`, which was not offered",
        ),
        (
            &format!("{UPGRADE}Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
            FindingKind::Malformed,
            "the extensions `permessage-deflate`",
        ),
        (
            "SSH-2.0-OpenSSH\r\n\r\n",
            FindingKind::Malformed,
            "no handshake of a WebSocket",
        ),
        ("", FindingKind::Refused, "ended in the handshake"),
    ];
    for (answer, kind, told) in cases {
        let answer = (*answer).to_owned();
        let (tale, ()) = served("", "", move |mut stream| {
            let key = key(&mut stream);
            let answer = answer.replace("KEY", &derive_accept_key(key.as_bytes()));
            stream.write_all(answer.as_bytes()).unwrap();
        });
        tale.finds(&[*kind]);
        assert!(tale.findings[0].text.contains(told), "{}", tale.findings[0].text);
    }
}

#[test]
fn a_masked_frame_of_a_server_is_malformed() {
    let (tale, answer) = served("", r#", { "receive": "hi" }"#, |mut stream| {
        let key = key(&mut stream);
        let accept = derive_accept_key(key.as_bytes());
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        // The frame comes with the head.
        stream
            .write_all(&[head.as_bytes(), &super::hand::frame(0x81, b"hi")].concat())
            .unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        rest
    });
    tale.finds(&[FindingKind::Malformed]);
    assert!(tale.findings[0].text.contains("a server's frame is masked"));
    assert_eq!(answer.len(), 8, "a masked close frame: {answer:?}");
    let code: Vec<u8> = answer[6..]
        .iter()
        .zip(&answer[2..6])
        .map(|(byte, key)| byte ^ key)
        .collect();
    assert_eq!(code, 1002_u16.to_be_bytes());
}

#[test]
fn a_server_that_never_answers_ends_by_the_step_s_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let scene = client(address, r#", "timeout": "300ms""#, "");
    let tale = scene.play();
    tale.finds(&[FindingKind::Timeout]);
    let scene = client(address, r#", "timeout": "300ms", "fails": "timeout""#, "");
    scene.play().passed();
}

#[test]
fn a_server_that_never_shakes_hands_keeps_no_run_waiting_after_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let scene = Scene::of(&format!(
        r#"{{ "limits": {{ "step": "200ms" }}, "actors": {{
            "Client": {{ "script": [ {{ "connect": "Server" }} ] }},
            "Server": {{ "at": "{address}", "listen": "websocket" }} }} }}"#
    ));
    let begun = std::time::Instant::now();
    let tale = scene.play();
    assert_eq!(tale.findings[0].kind, FindingKind::Timeout, "{:?}", tale.findings);
    assert!(begun.elapsed().as_secs() < 4, "{:?}", begun.elapsed());
    drop(listener);
}
