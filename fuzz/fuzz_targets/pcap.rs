//! Bytes as a capture: whatever they are, they are read or refused, and no more is kept than allowed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretale::capture::conversation::Limits;
use wiretale::capture::pcap;
use wiretale::capture::talk::{Framings, talk};
use wiretale::ident::Direction;

/// So small that limits are met.
const LIMITS: Limits = Limits {
    bytes: 4 << 10,
    connections: 4,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(heard) = pcap::read(bytes, LIMITS) else { return };
    assert!(heard.connections.len() <= LIMITS.connections);
    let said = |way| {
        heard
            .connections
            .iter()
            .map(|one| one.said(way).len() as u64)
            .sum::<u64>()
    };
    assert!(said(Direction::FromOpener) + said(Direction::ToOpener) <= LIMITS.bytes);
    for connection in &heard.connections {
        let times = talk(connection, &Framings::raw());
        assert!(times.windows(2).all(|pair| pair[0].time <= pair[1].time));
    }
});
