//! `wiretale review`: shows what waits for approval, one by one, and does what is answered.

use std::fs;
use std::io::{self, BufRead, Write};

use super::accept::{names, refused, told};
use super::args_test::ReviewArgs;
use super::exit::Exit;
use super::output::{complain, say};
use crate::suite::{Results, Waiting, accept};

/// Goes through all that wait.
pub(super) fn run(args: &ReviewArgs) -> Exit {
    let results = Results::at(&args.results);
    let names = match names(&results, &args.names) {
        Ok(names) => names,
        Err(exit) => return exit,
    };
    if names.is_empty() {
        say("nothing waits for approval\n");
        return Exit::Passed;
    }
    let mut exit = Exit::Passed;
    let mut answers = io::stdin().lock();
    for (place, name) in names.iter().enumerate() {
        let waiting = match Waiting::read(&results, name) {
            Ok(waiting) => waiting,
            Err(error) => {
                exit = exit.max(refused(&error));
                continue;
            }
        };
        show(&format!(
            "\n{name} ({} of {})\n{}",
            place + 1,
            names.len(),
            waiting.difference(true)
        ));
        loop {
            show("a(ccept), r(eject), s(kip), w(hole), q(uit)? ");
            let mut answer = String::new();
            match answers.read_line(&mut answer) {
                Ok(0) => {
                    show("\n");
                    return exit;
                }
                Ok(_) => {}
                Err(error) => {
                    complain(&format!("cannot read an answer: {error}"));
                    return Exit::Other;
                }
            }
            match answer.trim().to_lowercase().as_str() {
                "a" | "accept" => match accept(&results, name, false) {
                    Ok(accepted) => show(&told(&accepted)),
                    Err(error) => exit = exit.max(refused(&error)),
                },
                "r" | "reject" => match results.forget(name) {
                    Ok(()) => show(&format!(
                        "{name} is rejected; its last run is in {}\n",
                        results.last(name).display()
                    )),
                    Err(error) => {
                        complain(&format!("cannot reject: {error}"));
                        exit = exit.max(Exit::Other);
                    }
                },
                "s" | "skip" => {}
                "w" | "whole" => {
                    show(&fs::read_to_string(results.new_diagram(name)).unwrap_or_default());
                    continue;
                }
                "q" | "quit" => return exit,
                _ => continue,
            }
            break;
        }
    }
    exit
}

/// Shows something at once, also without a line's end.
fn show(text: &str) {
    let mut out = anstream::stdout();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}
