//! Races as text.

use std::fmt::Write;

use super::tested::ToldRace;
use crate::order::{Race, RaceEnd, RaceKind, RacePlace, Races};
use crate::trace::event::{Header, SERIAL};

/// How many races are told.
const MOST: usize = 20;

/// All races that one run predicts.
pub fn races(races: &Races, header: &Header) -> String {
    let mut text = String::new();
    for race in races.races.iter().take(MOST) {
        one(&mut text, race, header);
    }
    if races.races.len() > MOST {
        line(&mut text, format_args!("{} more races", races.races.len() - MOST));
    }
    if races.unexamined > 0 {
        line(
            &mut text,
            format_args!(
                "{} pairs of events were not looked at: there are too many strands",
                races.unexamined
            ),
        );
    }
    text
}

/// The same, each for itself.
pub fn told_races(races: &Races, header: &Header) -> Vec<ToldRace> {
    let place = |end: &RaceEnd| Some(header.steps.get(end.step? as usize)?.place.clone());
    let told = |race: &Race| {
        let mut text = String::new();
        one(&mut text, race, header);
        ToldRace {
            text,
            first: place(&race.first),
            second: place(&race.second),
        }
    };
    races.races.iter().take(MOST).map(told).collect()
}

fn one(text: &mut String, race: &Race, header: &Header) {
    let what = match race.kind {
        RaceKind::Messages => "messages",
        RaceKind::Timer => "a timer and a message",
        RaceKind::Accesses => "accesses",
        RaceKind::Accepts => "connections",
        RaceKind::Signals => "signals",
        RaceKind::Opposite => "what two programs said to each other",
    };
    let times = if race.count > 1 {
        format!(", {} times", race.count)
    } else {
        String::new()
    };
    line(
        text,
        format_args!("race {}: {what} could come in the other order{times}", race.number),
    );
    line(text, format_args!("    first     {}", end(&race.first, header)));
    line(text, format_args!("    second    {}", end(&race.second, header)));
    for cure in cures(race, header) {
        line(text, format_args!("    help      {cure}"));
    }
}

/// What would settle a race, the nearest first.
fn cures(race: &Race, header: &Header) -> Vec<String> {
    let mut cures = Vec::new();
    match race.kind {
        RaceKind::Timer => cures.push("leave the message more time".to_owned()),
        RaceKind::Accesses => {
            if let RacePlace::Cell(cell) = &race.first.place
                && let Some((actor, name)) = cell.split_once('.')
            {
                let base = actor.split_once('[').map_or(actor, |(base, _)| base);
                cures.push(format!(
                    "`\"unordered\": [\"{name}\"]` of `{base}` says that nobody cares in which order it changes"
                ));
            }
        }
        RaceKind::Messages | RaceKind::Accepts => {
            if let (Some(first), Some(second)) = (region(&race.first, header), region(&race.second, header))
                && first == second
                && let Some(actor) = &race.first.strand.actor
            {
                let base = &actor.base;
                cures.push(format!(
                    "`\"order\": \"per-peer\"` of `{base}` says that nobody cares which peer comes first"
                ));
            }
        }
        RaceKind::Signals => {}
        RaceKind::Opposite => {
            let help = "both ends are programs of their own: no step can order what they say at once";
            return vec![help.to_owned()];
        }
    }
    cures.push(match &race.flip {
        Some(_) => format!(
            "order them by `signal` and `await`, or see the other diagram with `--flip {}`",
            race.number
        ),
        None => "order them by `signal` and `await`".to_owned(),
    });
    cures
}

/// Where what a step takes could be a peer's own.
fn region(end: &RaceEnd, header: &Header) -> Option<u32> {
    header.steps.get(end.step? as usize)?.region
}

fn end(end: &RaceEnd, header: &Header) -> String {
    let step = end.step.and_then(|step| header.steps.get(step as usize));
    let place = step
        .map(|step| {
            format!(
                " at {}:{}:{} `{}`",
                step.place.file, step.place.line, step.place.column, step.verb
            )
        })
        .unwrap_or_default();
    let about = match &end.place {
        RacePlace::Message(message) => format!(
            ", message {} from {} on {}",
            message.nth,
            message.connection.sender(message.direction),
            message.connection
        ),
        RacePlace::NotTaken { connection, direction } => {
            let sender = connection.sender(*direction);
            format!(", a message from {sender} on {connection} that nobody took")
        }
        RacePlace::Connection(connection) => format!(", the connection {connection}"),
        RacePlace::Signal(name) => format!(", the signal `{name}`"),
        RacePlace::Timer(of) if of == "step" => ", its deadline".to_owned(),
        RacePlace::Timer(of) if of == "silent" => ", the end of its silence".to_owned(),
        RacePlace::Timer(of) => format!(", its `{of}`"),
        RacePlace::Cell(cell) => match (cell.strip_suffix(SERIAL), cell.split_once('!')) {
            (Some(actor), _) => format!(", what {actor} was sent and sent back, one sequence to us (`serial`)"),
            (None, Some((actor, _))) => format!(", who is there at {actor}"),
            (None, None) => format!(", the variable {cell}"),
        },
    };
    format!("{}{place}{about}", end.strand)
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("writing to a string does not fail");
}
