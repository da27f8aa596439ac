//! Bytes as a binary message: whatever they are, they are one or refused, in the same way however a stream of them is cut,
//! and what was read is written and read again as it was.
//!
//! The first byte says by which layout, the second how much of the stream is there at first.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value as Json;
use wiretale::plan::layouts::layouts;
use wiretale::scenario::load_text;
use wiretale::wire::layout::{Begun, Layout};

/// Every type, every extent, and everything that is computed, whose names end as [`MADE`] does.
static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let (scenario, sources) = load_text("layouts.json", include_str!("layouts.json")).expect("it is a scenario");
    let layouts = layouts(&scenario.layouts, &sources).expect("they have no mistakes");
    layouts.iter().collect()
});

/// How the names of computed fields end.
const MADE: &str = "_made";

fuzz_target!(|bytes: &[u8]| {
    let [which, cut, stream @ ..] = bytes else { return };
    let layout = &LAYOUTS[usize::from(*which) % LAYOUTS.len()];
    begin(layout, stream, usize::from(*cut).min(stream.len()));
    let decoded = layout.decode(stream);
    let dissection = layout.dissect(stream);
    for part in &dissection.parts {
        assert!(part.bytes.end <= stream.len());
    }
    let fields = match (&decoded, &dissection.result) {
        (Ok(fields), Ok(same)) => {
            assert_eq!(fields.values(), same.values());
            fields
        }
        (Err(wrong), Err(same)) => return assert_eq!(wrong.to_string(), same.to_string()),
        _ => panic!("{} reads it in two ways", layout.name()),
    };
    assert!(!fields.shown().is_empty());
    let mut given = Json::clone(fields.values());
    let misfits = layout.misfits(&given, false);
    assert!(misfits.is_empty(), "{misfits:?}");
    strip(&mut given);
    let (written, made) = match layout.encode(&given) {
        Ok(written) => written,
        // Pointers of others lead to what is no name of its own, which is longer when written out.
        Err(error) => return assert!(error.why.contains("out of range"), "{} {given} {error}", layout.name()),
    };
    let again = match layout.decode(&written) {
        Ok(again) => again,
        Err(error) => panic!("{} {given} {error}", layout.name()),
    };
    assert_eq!(again.values(), made.values());
    // With all that is computed given as it is, the bytes are the same.
    let (same, _) = layout.encode(again.values()).expect("it was read");
    assert_eq!(same, written);
    let mut again = Json::clone(again.values());
    strip(&mut again);
    assert_eq!(again, given, "{}", layout.name());
});

/// What is said of the front of a stream is the same when more of it is there.
fn begin(layout: &Layout, stream: &[u8], cut: usize) {
    let begun = layout.begin(stream);
    match (layout.begin(&stream[..cut]), &begun) {
        (Begun::More(needs), Begun::Whole(size)) => assert!(needs > cut && needs <= *size, "{needs} of {size}"),
        (Begun::More(needs), _) => assert!(needs > cut),
        (early, _) => assert_eq!(early, begun, "{}", layout.name()),
    }
    match begun {
        Begun::Whole(size) => {
            assert!(size <= stream.len());
            assert_eq!(layout.begin(&stream[..size]), Begun::Whole(size));
            if layout.has_known_end() {
                assert!(layout.decode(&stream[..size]).is_ok(), "{}", layout.name());
            }
        }
        Begun::More(needs) => assert!(needs > stream.len()),
        Begun::Wrong(size) => assert!(size <= stream.len().max(1)),
    }
}

/// Without all that is computed.
fn strip(value: &mut Json) {
    match value {
        Json::Object(members) => {
            members.retain(|name, _| !name.ends_with(MADE));
            members.values_mut().for_each(strip);
        }
        Json::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}
