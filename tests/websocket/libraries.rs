//! Clients that others wrote.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Bytes, Message, client};

use crate::outside::{PATIENCE, play};

/// A server of everything that a library may say.
const SERVER: &str = r#"{ "actors": { "Server": { "listen": { "websocket": 0, "path": "/all", "headers": { "Sec-WebSocket-Protocol": "v1" } },
    "background": [ { "receive": { "ping": true }, "do": [ { "send": { "pong": { "copy": true } } } ] } ],
    "session": [ { "receive": "hello" }, { "send": "hello yourself" }, { "receive": { "hex": "00 01 ff" } }, { "send": { "copy": true } },
      { "receive": { "size": 100000 } }, { "send": { "copy": true } }, { "send": { "ping": "there?" } }, { "receive": { "pong": "there?" } },
      { "closed": { "code": 1001 } }, { "signal": "done" } ],
    "script": [ { "await": "done", "timeout": "25s" } ] } } }"#;

#[test]
fn the_client_of_tungstenite_is_served() {
    let (tale, ()) = play(SERVER, |address: SocketAddr| {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut socket, response) = client(format!("ws://{address}/all"), stream).unwrap();
        assert_eq!(response.status(), 101);
        socket.send(Message::text("hello")).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text("hello yourself"));
        socket.send(Message::Ping(Bytes::from_static(b"alive?"))).unwrap();
        assert_eq!(socket.read().unwrap(), Message::Pong(Bytes::from_static(b"alive?")));
        socket.send(Message::binary(vec![0, 1, 255])).unwrap();
        assert_eq!(socket.read().unwrap(), Message::binary(vec![0, 1, 255]));
        let long = "x".repeat(100_000);
        socket.send(Message::text(long.clone())).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text(long));
        // It answers pings by itself, when it is flushed next.
        assert_eq!(socket.read().unwrap(), Message::Ping(Bytes::from_static(b"there?")));
        socket.flush().unwrap();
        let farewell = CloseFrame {
            code: CloseCode::Away,
            reason: "enough".into(),
        };
        socket.close(Some(farewell)).unwrap();
        let answer = socket.read().unwrap();
        let Message::Close(Some(answer)) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(answer.code, CloseCode::Away);
        assert!(matches!(socket.read(), Err(tungstenite::Error::ConnectionClosed)));
    });
    tale.passed();
}

#[test]
fn tungstenite_understands_a_refusal() {
    let scene = r#"{ "actors": { "Server": { "listen": { "websocket": 0, "path": "/here" }, "session": [ { "closed": "any" } ],
        "script": [ { "wait": "300ms" } ] } } }"#;
    let (tale, ()) = play(scene, |address: SocketAddr| {
        let stream = TcpStream::connect(address).unwrap();
        let error = client(format!("ws://{address}/there"), stream).unwrap_err();
        assert!(error.to_string().contains("404"), "{error}");
    });
    assert_eq!(tale.outcome.findings.len(), 1);
}

#[test]
fn the_client_of_python_s_websockets_is_served() {
    const PYTHON: &str = "/usr/bin/python3";
    let is_there = Command::new(PYTHON).args(["-c", "import websockets"]).output();
    if !is_there.is_ok_and(|told| told.status.success()) {
        let is_asked = std::env::var_os("WIRETALE_REQUIRE_PEERS").is_some();
        assert!(!is_asked, "python3 with `websockets` is not installed");
        eprintln!("not asked: python3 with `websockets` is not installed");
        return;
    }
    let program = r#"
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1], subprotocols=["v0", "v1"], compression="deflate") as ws:
        assert ws.subprotocol == "v1", ws.subprotocol
        await ws.send("hello")
        assert await ws.recv() == "hello yourself"
        await asyncio.wait_for(await ws.ping(b"alive?"), 20)
        await ws.send([b"\x00", b"\x01\xff"])
        assert await ws.recv() == b"\x00\x01\xff"
        await ws.send(["x" * 50000, "x" * 50000])
        assert await ws.recv() == "x" * 100000
        # Its answer to a ping goes out before what it does next.
        await asyncio.sleep(0.2)
        await ws.close(1001, "enough")
        assert ws.close_code == 1001, ws.close_code
asyncio.run(main())
"#;
    let (tale, told) = play(SERVER, |address| {
        let url = format!("ws://{address}/all");
        Command::new(PYTHON).args(["-c", program, &url]).output().unwrap()
    });
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    tale.passed();
}
