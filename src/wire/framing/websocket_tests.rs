//! What holds for the frames of a WebSocket, however they are cut and fragmented.

use proptest::prelude::*;

use super::websocket::{Farewell, NO_CODE, may_be_sent};
use super::*;
use crate::wire::message::Control;

/// A client's frame, masked with this key.
fn frame(is_final: bool, opcode: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![opcode | if is_final { 0x80 } else { 0 }];
    match payload.len() {
        size @ ..126 => bytes.push(0x80 | u8::try_from(size).unwrap()),
        size @ ..65_536 => {
            bytes.push(0xfe);
            bytes.extend(u16::try_from(size).unwrap().to_be_bytes());
        }
        size => {
            bytes.push(0xff);
            bytes.extend((size as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// What stands in a stream.
#[derive(Debug)]
struct Read {
    messages: Vec<Message>,
    end: Result<Decoded, Malformed>,
}

/// Reads a stream that comes in pieces, as an inbox does.
fn read(framing: &Framing, stream: &[u8], cuts: &[usize], limit: u64) -> Read {
    let (mut messages, mut from, mut to) = (Vec::new(), 0, 0);
    let mut scan = Scan::default();
    let mut cuts = cuts.iter().copied().filter(|cut| *cut < stream.len());
    loop {
        match framing.decode(&mut scan, &stream[from..to], to == stream.len(), limit) {
            Ok(Decoded::Message { message, taken }) => {
                assert!(taken > 0);
                messages.push(message);
                from += taken;
                scan.go_on();
            }
            Ok(Decoded::Absorbed(size)) => {
                assert!(size > 0);
                from += size;
            }
            Ok(Decoded::More) => to = cuts.next().map_or(stream.len(), |cut| cut.max(to)),
            end => return Read { messages, end },
        }
    }
}

#[derive(Clone, Debug)]
enum Said {
    /// A message, and the sizes of its fragments; a ping stands behind each.
    Message(Message, Vec<usize>, bool),
    Control(Message),
}

fn said() -> impl Strategy<Value = Said> {
    let text = ".{0,80}".prop_map(|text: String| Message::new(text.into_bytes()));
    let bytes = proptest::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Message::new(bytes).into_binary());
    let long = (65_000..66_000_usize).prop_map(|size| Message::new(vec![b'x'; size]));
    let message = prop_oneof![4 => text, 4 => bytes, 1 => long];
    let control = (any::<bool>(), proptest::collection::vec(any::<u8>(), 0..126)).prop_map(|(ping, bytes)| {
        let control = if ping { Control::Ping } else { Control::Pong };
        Said::Control(Message::new(bytes).into_control(control))
    });
    prop_oneof![
        3 => (message, proptest::collection::vec(0..60_usize, 0..6), any::<bool>())
            .prop_map(|(message, parts, pinged)| Said::Message(message, parts, pinged)),
        1 => control,
    ]
}

/// The bytes of what is said, and the messages in the order in which they end.
fn written(all: &[Said], mask: [u8; 4]) -> (Vec<u8>, Vec<Message>) {
    let (mut stream, mut messages) = (Vec::new(), Vec::new());
    for said in all {
        match said {
            Said::Control(message) => {
                let opcode = if message.control() == Some(Control::Ping) {
                    9
                } else {
                    10
                };
                stream.extend(frame(true, opcode, message.bytes(), mask));
                messages.push(message.clone());
            }
            Said::Message(message, parts, pinged) => {
                let mut opcode = if message.is_binary() { 2 } else { 1 };
                let mut rest = message.bytes();
                for part in parts {
                    let (now, later) = rest.split_at((*part).min(rest.len()));
                    stream.extend(frame(false, opcode, now, mask));
                    (rest, opcode) = (later, 0);
                    if *pinged {
                        stream.extend(frame(true, 9, b"?", mask));
                        messages.push(Message::new(*b"?").into_control(Control::Ping));
                    }
                }
                stream.extend(frame(true, opcode, rest, mask));
                messages.push(message.clone());
            }
        }
    }
    (stream, messages)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_said_comes_back_however_it_is_cut_and_fragmented(
        all in proptest::collection::vec(said(), 0..6),
        mut cuts in proptest::collection::vec(0..4000_usize, 0..40),
        mask in any::<[u8; 4]>(),
    ) {
        cuts.sort_unstable();
        let (stream, messages) = written(&all, mask);
        let found = read(&Framing::websocket(Sender::Client), &stream, &cuts, 1 << 20);
        prop_assert_eq!(&found.messages, &messages);
        let kinds = |all: &[Message]| all.iter().map(Message::is_binary).collect::<Vec<_>>();
        prop_assert_eq!(kinds(&found.messages), kinds(&messages));
        prop_assert_eq!(found.end, Ok(Decoded::End));
    }

    #[test]
    fn what_is_written_is_read_as_the_same_whatever_the_mask(
        payload in proptest::collection::vec(any::<u8>(), 0..400),
        masks in any::<u64>(),
        offset in any::<u64>(),
        sort in 0..3,
    ) {
        let message = match sort {
            0 => Message::new(payload),
            1 => Message::new(payload).into_binary(),
            _ => Message::new(&payload[..payload.len().min(125)]).into_control(Control::Pong),
        };
        for sender in [Sender::Client, Sender::Server] {
            let framing = Framing::websocket(sender).with_masks(masks);
            let bytes = framing.encode_at(&message, offset).unwrap();
            let found = read(&framing, &bytes, &[], 1 << 20);
            prop_assert_eq!(&found.messages, std::slice::from_ref(&message));
            let is_text = std::str::from_utf8(message.bytes()).is_ok();
            let is_binary = message.control().is_none() && (message.is_binary() || !is_text);
            prop_assert_eq!(found.messages[0].is_binary(), is_binary);
        }
    }

    #[test]
    fn arbitrary_bytes_are_read_the_same_however_they_are_cut_and_never_panic(
        stream in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..60),
            proptest::collection::vec(prop_oneof![Just(0x81), Just(0x01), Just(0x80), Just(0), Just(0x82), Just(0x89), Just(0x88), Just(2)], 0..60),
        ],
        mut cuts in proptest::collection::vec(0..60_usize, 0..8),
        limit in prop_oneof![Just(1_u64 << 20), 0..12_u64],
    ) {
        cuts.sort_unstable();
        for sender in [Sender::Client, Sender::Server] {
            let framing = Framing::websocket(sender);
            let whole = read(&framing, &stream, &[], limit);
            let cut = read(&framing, &stream, &cuts, limit);
            prop_assert_eq!(&cut.messages, &whole.messages);
            let bare = |end: Result<Decoded, Malformed>| end.map_err(|malformed| (malformed.why, malformed.status));
            prop_assert_eq!(bare(cut.end), bare(whole.end));
        }
    }
}

#[test]
fn the_examples_of_the_rfc_are_read() {
    // RFC 6455, 5.7.
    let client = Framing::websocket(Sender::Client);
    let server = Framing::websocket(Sender::Server);
    let hello = [Message::new(*b"Hello")];
    assert_eq!(
        read(&server, &[0x81, 5, b'H', b'e', b'l', b'l', b'o'], &[], 99).messages,
        hello
    );
    let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(read(&client, &masked, &[], 99).messages, hello);
    let fragments = [0x01, 3, b'H', b'e', b'l', 0x80, 2, b'l', b'o'];
    assert_eq!(read(&server, &fragments, &[], 99).messages, hello);
    let ping = [0x89, 5, b'H', b'e', b'l', b'l', b'o'];
    assert_eq!(
        read(&server, &ping, &[], 99).messages,
        [Message::new(*b"Hello").into_control(Control::Ping)]
    );
}

#[test]
fn a_close_frame_comes_back_with_its_code_and_reason() {
    for farewell in [
        Farewell::normal(),
        Farewell::of(NO_CODE),
        Farewell {
            code: 4999,
            reason: "genug für heute".to_owned(),
        },
    ] {
        for sender in [Sender::Client, Sender::Server] {
            let framing = Framing::websocket(sender).with_masks(7);
            let bytes = framing.encode_close(&farewell, 9).unwrap();
            assert_eq!(
                read(&framing, &bytes, &[], 99).end,
                Ok(Decoded::Close(farewell.clone(), bytes.len()))
            );
        }
    }
    assert_eq!(Framing::lines().encode_close(&Farewell::normal(), 0), None);
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
        assert!(!may_be_sent(code), "{code}");
    }
}

#[test]
fn masks_are_the_same_for_the_same_seed_and_others_for_each_frame() {
    let encode = |masks, offset| {
        let framing = Framing::websocket(Sender::Client).with_masks(masks);
        framing.encode_at(&Message::new(*b"Hello"), offset).unwrap()
    };
    assert_eq!(encode(1, 0), encode(1, 0));
    assert_ne!(encode(1, 0), encode(1, 11));
    assert_ne!(encode(1, 0), encode(2, 0));
}

#[test]
fn other_framings_have_no_pings() {
    let ping = Message::new(*b"x").into_control(Control::Ping);
    let error = Framing::lines().encode(&ping).unwrap_err();
    assert_eq!(error.to_string(), "framing `lines` has no ping; WebSocket has");
    let large = Message::new(vec![0; 126]).into_control(Control::Ping);
    let error = Framing::websocket(Sender::Server).encode(&large).unwrap_err();
    assert_eq!(error.to_string(), "a ping has 125 bytes at the most; this one has 126");
}

#[test]
fn a_message_of_a_million_fragments_is_read_in_linear_time() {
    let framing = Framing::websocket(Sender::Server);
    let mut stream = vec![0x01, 1, b'x'];
    for _ in 0..300_000 {
        stream.extend([0x00, 1, b'x', 0x89, 0]);
    }
    stream.extend([0x80, 0]);
    let found = read(&framing, &stream, &[], 1 << 20);
    assert_eq!(found.messages.len(), 300_001);
    assert_eq!(found.messages.last().unwrap().bytes().len(), 300_001);
}
