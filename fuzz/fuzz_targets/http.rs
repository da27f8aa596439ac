//! Bytes as HTTP: whatever comes, in whatever pieces, is read in one way or refused in one way, and what was read is
//! written and read again as it was.
//!
//! The first byte says what is read, the second how the rest is cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretale::wire::framing::{Decoded, Framing, Malformed, Scan};
use wiretale::wire::http::Kind;
use wiretale::wire::message::Message;

/// The largest body, so that limits are met.
const LIMIT: u64 = 4 << 10;

fuzz_target!(|bytes: &[u8]| {
    let [which, piece, stream @ ..] = bytes else { return };
    let kind = match which % 3 {
        0 => Kind::Requests,
        1 => Kind::Responses { to_head: false },
        _ => Kind::Responses { to_head: true },
    };
    let framing = Framing::http(kind);
    let whole = read(&framing, stream, stream.len().max(1));
    let cut = read(&framing, stream, usize::from(*piece).max(1));
    assert_eq!(whole, cut);
    for message in &whole.0 {
        assert!(message.bytes().len() as u64 <= LIMIT);
        // What was read may hold what is not written so, such as a reason phrase that is empty; it never panics.
        if let Ok(written) = framing.encode(&framing.completed(message)) {
            let (again, _) = read(&framing, &written, written.len());
            assert_eq!(again.len(), 1);
            assert_eq!(again[0].bytes(), message.bytes());
        }
    }
});

/// All messages of a stream that comes in pieces of this size, and how it ended.
fn read(framing: &Framing, stream: &[u8], piece: usize) -> (Vec<Message>, Result<Decoded, Malformed>) {
    let (mut found, mut from, mut to) = (Vec::new(), 0, 0);
    let mut scan = Scan::default();
    loop {
        match framing.decode(&mut scan, &stream[from..to], to == stream.len(), LIMIT) {
            Ok(Decoded::Message { message, taken }) => {
                assert!(taken > 0 && from + taken <= stream.len());
                found.push(message);
                from += taken;
                scan = Scan::default();
            }
            Ok(Decoded::More) => {
                assert!(to < stream.len(), "more is asked for behind the end");
                to = to.saturating_add(piece).min(stream.len());
            }
            Ok(Decoded::Asks) => {}
            end => return (found, end),
        }
    }
}
