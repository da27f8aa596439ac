//! Bytes as each framing has them: whatever comes, in whatever pieces, is read in one way or refused in one way, no more is
//! held than the limit, and what was read is written and read again as it was.
//!
//! The first byte says how it is framed, the second how the rest is cut.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wiretale::wire::framing::resp::Side;
use wiretale::wire::framing::websocket::Sender;
use wiretale::wire::framing::{Decoded, Framing, Malformed, Scan};
use wiretale::wire::message::Message;

/// The largest message, so that limits are met.
const LIMIT: u64 = 512;

/// What a framing may hold beside a message: what stands before it and behind it.
const OWN: usize = 64;

static FRAMINGS: LazyLock<Vec<Framing>> = LazyLock::new(|| {
    let names = ["Content-Length".to_owned(), "l".to_owned()];
    let fallible = [
        Framing::headers(&names),
        Framing::delimiter(b"\0"),
        Framing::delimiter(b"aab"),
        Framing::regex("(?m)^\\d{3} .*\r\n"),
        Framing::regex("(?s-u)a.{2}|b"),
        Framing::fixed(3),
        Framing::length("u8"),
        Framing::length("u16"),
        Framing::length("u24le"),
        Framing::length("u32"),
        Framing::length("u64le"),
        Framing::length("varint"),
        Framing::length_at("u16", 4, Some(0)),
        Framing::length_at("u8", 1, None),
        Framing::length_at("varint", 1, Some(-2)),
        Framing::length_at("u64", 0, Some(i64::MAX)),
    ];
    let mut framings = vec![
        Framing::dot(),
        Framing::netstring(),
        Framing::resp(Side::Client),
        Framing::resp(Side::Server),
        Framing::lines(),
        Framing::crlf(),
        Framing::until_close(),
    ];
    framings.extend(
        fallible
            .into_iter()
            .map(|framing| framing.expect("each of these is one")),
    );
    framings.extend([Sender::Client, Sender::Server].map(Framing::websocket));
    let inside = [0, 2, 4, 7, 14].map(|at| framings[at].clone());
    framings.extend([Framing::raw()].into_iter().chain(inside).map(Framing::datagram));
    framings
});

fuzz_target!(|bytes: &[u8]| {
    let [which, piece, stream @ ..] = bytes else { return };
    let framing = &FRAMINGS[usize::from(*which) % FRAMINGS.len()];
    let whole = read(framing, stream, stream.len().max(1), LIMIT);
    let cut = read(framing, stream, usize::from(*piece).max(1), LIMIT);
    assert_eq!(whole, cut, "{}", framing.describe());
    for message in &whole.0 {
        // A byte that cannot be seen has six characters in JSON.
        let most = if framing.is_json() { 6 * LIMIT } else { LIMIT };
        assert!(message.bytes().len() as u64 <= most);
        match framing.encode(message) {
            Ok(written) => {
                // A command on a line of words is longer as a list.
                let (again, end) = read(framing, &written, written.len(), 64 * LIMIT);
                assert_eq!(again, [framing.completed(message)], "{}", framing.describe());
                assert_eq!(end, Ok(Decoded::End));
            }
            // What was read may have been written in a way in which it is not: a head with a line break of its own, a
            // line that ends with a CR before those that end it.
            Err(_) => assert!(
                framing.has_heads() || message.bytes().ends_with(b"\r"),
                "{} {message:?}",
                framing.describe()
            ),
        }
    }
});

/// All messages of a stream that comes in pieces of this size, and how it ended.
fn read(framing: &Framing, stream: &[u8], piece: usize, limit: u64) -> (Vec<Message>, Result<Decoded, Malformed>) {
    let (mut found, mut from, mut to) = (Vec::new(), 0, 0);
    let mut scan = Scan::default();
    loop {
        match framing.decode(&mut scan, &stream[from..to], to == stream.len(), limit) {
            Ok(Decoded::Message { message, taken }) => {
                assert!(taken > 0 && from + taken <= stream.len());
                found.push(message);
                from += taken;
                scan.go_on();
            }
            Ok(Decoded::More) => {
                assert!(to < stream.len(), "more is asked for behind the end");
                let held = to - from;
                assert!(
                    held <= 2 * limit as usize + OWN || framing.has_heads(),
                    "{} holds {held}",
                    framing.describe()
                );
                to = to.saturating_add(piece).min(stream.len());
            }
            Ok(Decoded::Absorbed(size)) => from += size,
            Ok(Decoded::Asks) => {}
            end => return (found, end),
        }
    }
}
