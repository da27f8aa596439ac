//! What a program offers to another one in the handshake of a WebSocket.
//!
//! Owns that no extension is offered: one that both agreed on, such as compression, would change frames into what nobody
//! here reads. Does not own what is passed on behind that (`net::relay`).

use std::io;

use futures::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::net::stream::Stream;

/// The header that offers extensions.
const EXTENSIONS: &[u8] = b"sec-websocket-extensions";

/// The longest head in which it is looked for; one that is longer passes as it is.
const LONGEST: usize = 64 << 10;

/// The end of a head.
const END: &[u8] = b"\r\n\r\n";

/// Reads the head of a handshake, and more where more has come; all there is where the client ends before.
pub(super) async fn head(client: &mut Stream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut chunk = [0; 4 << 10];
    while end(&head).is_none() && head.len() < LONGEST {
        match client.read(&mut chunk).await? {
            0 => break,
            count => head.extend_from_slice(&chunk[..count]),
        }
    }
    Ok(head)
}

/// Passes on a head, and what has come with it, without the extensions that it offers.
pub(super) async fn pass_on(head: &[u8], server: &mut Stream) -> io::Result<()> {
    server.write_all(&without(head)).await
}

fn end(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, END)
}

fn without(bytes: &[u8]) -> Vec<u8> {
    let Some(end) = end(bytes) else { return bytes.to_vec() };
    let (head, behind) = bytes.split_at(end + 2);
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    let is_kept = |line: &&[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        !name.trim_ascii().eq_ignore_ascii_case(EXTENSIONS)
    };
    let mut passed: Vec<u8> = lines.filter(is_kept).flatten().copied().collect();
    passed.extend_from_slice(behind);
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_left_out_and_nothing_else_is() {
        let head = "GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
            sec-websocket-extensions: x\r\nA: sec-websocket-extensions: y\r\n\r\nSec-WebSocket-Extensions: z\r\n";
        let passed =
            "GET / HTTP/1.1\r\nHost: x\r\nA: sec-websocket-extensions: y\r\n\r\nSec-WebSocket-Extensions: z\r\n";
        assert_eq!(without(head.as_bytes()), passed.as_bytes());
        assert_eq!(without(passed.as_bytes()), passed.as_bytes());
        let cut = b"GET / HTTP/1.1\r\nSec-WebSocket-Extensions: x\r\n";
        assert_eq!(without(cut), cut);
        assert_eq!(without(b"GET\r\nSec-WebSocket-Extensions: x\r\n\r\n"), b"GET\r\n\r\n");
    }
}
