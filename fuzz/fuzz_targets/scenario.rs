//! Text as a scenario: it has mistakes, each of which can be told with its place, or a plan; nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wiretale::lint::lint;
use wiretale::plan::{Overrides, Plan};
use wiretale::scenario::load_text;
use wiretale::scenario::render::{Colour, render};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (scenario, sources) = match load_text("fuzz.json", text) {
        Ok(loaded) => loaded,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    match Plan::compile("fuzz.json", &scenario, &sources, &Overrides::default()) {
        Ok(plan) => drop(lint(&scenario, &plan)),
        Err(mistakes) => assert!(!render(&mistakes, &sources, Colour::Never).is_empty()),
    }
});
