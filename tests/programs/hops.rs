//! What two programs say to each other, seen on the way.

use serde_json::json;

use super::stage::{Desk, lines};

/// A server in the words of the shell's neighbour, where it is installed.
fn python(script: &str) -> Option<serde_json::Value> {
    super::peers::installed("python3")?;
    Some(json!({ "command": ["python3", "-u", "-c", script, "{{ port }}"], "ready": { "stdout": "ready" } }))
}

/// Accepts one connection after another and does something with each.
const SERVER: &str = "
import socket, sys
s = socket.create_server(('127.0.0.1', int(sys.argv[1])))
print('ready')
while True:
    c, _ = s.accept()
    ";

fn client(script: &str) -> serde_json::Value {
    let text = format!(
        "import socket, struct, sys\nc = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n{script}\n"
    );
    json!({ "process": { "command": ["python3", "-c", text, "{{ port('Server') }}"] } })
}

fn desk(framing: &str, server: &str, client_script: &str) -> Option<Desk> {
    let process = python(&format!("{SERVER}{}\n", server.replace('\n', "\n    ")))?;
    Some(Desk::actors(&json!({
        "Client": client(client_script),
        "Server": { "listen": { "tcp": 0, "framing": framing }, "process": process }
    })))
}

#[test]
fn a_half_close_passes_and_the_answer_comes_behind_it() {
    let server = "b = b''\nwhile True:\n  d = c.recv(99)\n  if not d: break\n  b += d\nc.sendall(b.upper())\nc.close()";
    let script = "c.sendall(b'abc')\nc.shutdown(1)\nassert c.recv(99) == b'ABC'\nassert c.recv(99) == b''";
    let Some(desk) = desk("raw", server, script) else {
        return;
    };
    let drawn = desk.always(5);
    assert_eq!(
        lines(&drawn),
        ["p0->>p1: abc", "p0-)p1: close", "p1-->>p0: ABC", "p1-)p0: close"]
    );
}

#[test]
fn a_reset_passes() {
    let server = "d = c.recv(99)\nc.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, __import__('struct').pack('ii', 1, 0))\nc.close()";
    let script = "c.sendall(b'abc\\n')\ntry:\n  c.recv(99)\n  sys.exit(1)\nexcept ConnectionResetError: pass";
    let Some(desk) = desk("lines", server, script) else {
        return;
    };
    let drawn = desk.always(5);
    assert_eq!(lines(&drawn), ["p0->>p1: abc", "p1--xp0: reset"]);
}

#[test]
fn bytes_without_framing_are_one_message_until_the_other_side_speaks() {
    let server =
        "b = b''\nwhile len(b) < 6: b += c.recv(9)\nfor x in b'xyz': c.sendall(bytes([x]))\nc.recv(9)\nc.close()";
    let script = "for x in b'abcdef': c.sendall(bytes([x]))\nb = b''\nwhile len(b) < 3: b += c.recv(9)\nc.close()";
    let Some(desk) = desk("raw", server, script) else {
        return;
    };
    let drawn = desk.always(10);
    assert_eq!(
        lines(&drawn),
        ["p0->>p1: abcdef", "p1-->>p0: xyz", "p0-)p1: close", "p1-)p0: close"]
    );
}

#[test]
fn what_is_no_frame_passes_and_is_recorded_as_bytes() {
    let server = "d = c.recv(99)\nassert d == b'\\x00\\x00\\x00\\x05ab', d\nc.sendall(b'\\x00\\x00\\x00\\x01y')\nc.recv(99)\nc.close()";
    let script = "c.sendall(b'\\x00\\x00\\x00\\x05ab')\nassert c.recv(99) == b'\\x00\\x00\\x00\\x01y'\nc.close()";
    let Some(desk) = desk("http", server, script) else {
        return;
    };
    let drawn = desk.passes(&[]);
    assert!(drawn.contains("Note over p1: not `http"), "{drawn}");
    let trace = desk.0.read("results/last/scene/trace.jsonl");
    assert!(trace.contains(r#""base64":"#) || trace.contains("u0005ab"), "{trace}");
}

#[test]
fn a_client_that_does_not_read_holds_up_nobody_else() {
    let server = "c.sendall(b'x' * 20000000 + b'\\n')\nc.close()";
    let script = "n = 0\nwhile True:\n  d = c.recv(65536)\n  if not d: break\n  n += len(d)\nassert n == 20000001, n";
    let Some(desk) = desk("lines", server, script) else {
        return;
    };
    let told = desk.run(&[]);
    // It is longer than a message may be, which is no matter of the programs.
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert!(told.out.contains("not `lines`"), "{}", told.out);
}

#[test]
fn so_much_of_a_flood_is_recorded_and_all_of_it_passed_on() {
    let server = "c.sendall(b'x\\n' * 100100)\nc.close()";
    let script = "n = 0\nwhile True:\n  d = c.recv(65536)\n  if not d: break\n  n += len(d)\nassert n == 200200, n";
    let Some(desk) = desk("lines", server, script) else {
        return;
    };
    let told = desk.run(&[]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let trace = desk.0.read("results/last/scene/trace.jsonl");
    assert_eq!(trace.matches("\"send\"").count(), 100_000);
    assert_eq!(trace.matches("more than 100000 messages").count(), 1);
}

#[test]
fn a_server_that_is_not_there_refuses() {
    let Some(_) = super::peers::installed("python3") else {
        return;
    };
    let desk = Desk::actors(&json!({
        "Client": client("try:\n  sys.exit(1 if c.recv(9) else 0)\nexcept ConnectionResetError: pass"),
        "Server": { "listen": "tcp", "process": { "command": ["true"], "start": false } }
    }));
    desk.passes(&[]);
}

#[test]
fn extensions_of_a_websocket_are_not_offered_so_that_its_frames_are_read() {
    let server = "h = b''\nwhile b'\\r\\n\\r\\n' not in h: h += c.recv(99)\nassert b'extensions' not in h.lower() and b'Origin: here' in h, h\n\
        c.sendall(b'HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n\\x81\\x05hello')\n\
        b = b''\nwhile len(b) < 8: b += c.recv(8)\nc.sendall(b'\\x88\\x02\\x03\\xe8')\nc.recv(99)\nc.close()";
    let script = "c.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\nSec-WebSocket-Ext')\n\
        c.sendall(b'ensions: permessage-deflate\\r\\nOrigin: here\\r\\n\\r\\n')\nb = b''\nwhile not b.endswith(b'hello'): b += c.recv(99)\n\
        c.sendall(b'\\x81\\x82\\0\\0\\0\\0hi')\nassert c.recv(4) == b'\\x88\\x02\\x03\\xe8'\nc.sendall(b'\\x88\\x82\\0\\0\\0\\0\\x03\\xe8')\nc.close()";
    let Some(process) = python(&format!("{SERVER}{}\n", server.replace('\n', "\n    "))) else {
        return;
    };
    let desk = Desk::actors(&json!({
        "Client": client(script),
        "Server": { "listen": "websocket", "process": process }
    }));
    let drawn = desk.always(3);
    assert_eq!(
        lines(&drawn),
        [
            "p1->>p0: hello",
            "p0->>p1: hi",
            "p1-)p0: close 1000",
            "p0-)p1: close 1000"
        ]
    );
}
