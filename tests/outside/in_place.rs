//! Real runs, as they would be traced with a program in the place of one of their actors.

use std::fs;

use wiretale::diagram::{Detail, mermaid};
use wiretale::suite::{self, draw};
use wiretale::trace::event::Line;
use wiretale::trace::reader::TraceSource;

/// The lines of a trace's diagram without the remarks, among which is the hash.
fn drawn(lines: &[Line]) -> Vec<String> {
    let source = TraceSource::from_lines(lines).unwrap();
    let text = mermaid::write(&draw(&source, Detail::Messages).unwrap().diagram);
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("%%"));
    lines.map(str::to_owned).collect()
}

/// The trace without the lines of one actor's strands.
fn without(lines: &[Line], actor: &str) -> Vec<Line> {
    let mut lines = lines.to_vec();
    lines.retain_mut(|line| match line {
        Line::Header(header) => {
            for own in &mut header.actors {
                own.outside |= own.name == actor;
            }
            true
        }
        Line::Event(event) => {
            let name: wiretale::ident::StrandName = event.strand.parse().unwrap();
            name.actor.is_none_or(|own| own.base != actor)
        }
        _ => true,
    });
    lines
}

#[test]
fn a_program_in_an_actors_place_is_drawn_as_the_actor() {
    for (name, actors) in [
        ("hello", &["Client", "Server"][..]),
        ("many-clients", &["Client", "Server"]),
        ("request-reply-timeout", &["Server"]),
        ("http-users", &["Api"]),
        ("key-value", &["Store"]),
        ("http-async", &["Jobs"]),
    ] {
        let text = fs::read_to_string(format!("scenarios/{name}.json")).unwrap();
        let told = suite::play(name, &text, Detail::Messages).unwrap();
        let text = String::from_utf8(told.trace).unwrap();
        let lines: Vec<Line> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ours = drawn(&lines);
        for actor in actors {
            assert_eq!(drawn(&without(&lines, actor)), ours, "{name}: {actor} outside");
        }
    }
}
