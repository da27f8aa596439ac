//! Actors that are programs of their own: the same system with its own actors and with one or both of its ends outside.

use wiretale::diagram::Detail;
use wiretale::diagram::mermaid;
use wiretale::order::{Order, RaceKind};
use wiretale::suite::draw;
use wiretale::trace::event::{Access, Kind, Line, Mode};

use crate::random::Chance;
use crate::tale::Tale;

/// The trace as it would be with these actors outside: without a line of their own, but for what the path between two of
/// them saw, which is a session of the one that accepted.
fn outside(tale: &Tale, actors: &[&str]) -> Tale {
    let mut tale = tale.clone();
    for actor in &mut tale.header.actors {
        actor.outside |= actors.contains(&actor.name.as_str());
    }
    let is_outside = |name: &str| {
        let base = name.split(['[', '/', '(', '.', '~', '#']).next().unwrap();
        actors.contains(&base)
    };
    tale.lines.retain(|line| {
        let Line::Event(event) = line else { return true };
        let strand = &event.strand;
        let opener = strand.split_once('/').map(|(_, opener)| opener.trim_start_matches('('));
        let between = opener.is_some_and(|opener| is_outside(opener) && !strand.ends_with(['>', '<']));
        !is_outside(strand) || between
    });
    tale
}

/// The lines of the diagram, without the participants' own.
fn lines(tale: &Tale, detail: Detail) -> Vec<String> {
    let drawing = draw(&tale.source(), detail).unwrap_or_else(|error| panic!("{error}"));
    let text = mermaid::write(&drawing.diagram);
    let drawn = text.lines().map(str::trim).filter(|line| !line.starts_with("%%"));
    drawn.skip(1).map(str::to_owned).collect()
}

/// Holds the trace with each of these sets of actors outside against the trace with none, in both details.
#[track_caller]
fn same(tale: &Tale, sets: &[&[&str]]) {
    for detail in [Detail::Messages, Detail::Lifecycle] {
        let ours = lines(tale, detail);
        for set in sets {
            assert_eq!(lines(&outside(tale, set), detail), ours, "{set:?} outside, {detail:?}");
        }
    }
}

/// Own client and server; the server, the client, and both outside.
const EACH: &[&[&str]] = &[&["Server"], &["Client"], &["Client", "Server"]];

const HELLO: &str = "
    Client:
        connect Server/Client#1
        connected Server/Client#1
        send Server/Client#1> Hello from client!
        receive Server/Client#1< Hello from server!
        close Server/Client#1>
    Client/(Server/Client#1)<:
        closed Server/Client#1<
    Server/Client#1:
        accept Server/Client#1
        receive Server/Client#1> Hello from client!
        send Server/Client#1< Hello from server!
        closed Server/Client#1>
        close Server/Client#1<";

#[test]
fn hello_is_drawn_alike_whoever_is_outside() {
    let tale = Tale::new("Client Server*", HELLO);
    same(&tale, EACH);
    let server = outside(&tale, &["Server"]);
    assert_eq!(
        lines(&server, Detail::Messages),
        [
            "participant p0 as Client",
            "participant p1 as Server",
            "p0->>p1: Hello from client!",
            "p1-->>p0: Hello from server!",
            "p0-)p1: close",
            "p1-)p0: close"
        ]
    );
    assert_eq!(
        lines(&server, Detail::Lifecycle)[2..],
        [
            "p0->>p1: Connect",
            "p1->>p0: Accept Connection",
            "p0->>p1: Send Data: Hello from client!",
            "p1->>p0: Receive Data: Hello from client!",
            "p1->>p0: Send Response: Hello from server!",
            "p0->>p1: Receive Response: Hello from server!",
            "p0->>p1: Close Connection",
            "p1->>p0: Close Connection"
        ]
    );
    same(&Tale::new("Server* Client", HELLO), EACH);
}

#[test]
fn requests_one_after_another() {
    let mut text = String::from("Client:\n connect Server/Client#1\n connected Server/Client#1\n");
    let mut server = String::from("Server/Client#1:\n accept Server/Client#1\n");
    for n in 1..=3 {
        text +=
            &format!("send Server/Client#1> q{n}\n receive Server/Client#1< a{n}\n receive Server/Client#1< b{n}\n");
        server += &format!("receive Server/Client#1> q{n}\n send Server/Client#1< a{n}\n send Server/Client#1< b{n}\n");
    }
    text += "close Server/Client#1>\n Client/(Server/Client#1)<:\n closed Server/Client#1<\n";
    server += "closed Server/Client#1>\n close Server/Client#1<\n";
    let tale = Tale::new("Client Server*", &format!("{text}{server}"));
    same(&tale, EACH);
    let drawn = lines(&outside(&tale, &["Server"]), Detail::Messages);
    assert_eq!(drawn[2..5], ["p0->>p1: q1", "p1-->>p0: a1", "p1->>p0: b1"]);
}

#[test]
fn requests_that_are_sent_together_are_answered_together() {
    let tale = Tale::new(
        "Client Server*",
        "Client:
            connect Server/Client#1
            connected Server/Client#1
            send Server/Client#1> q1
            send Server/Client#1> q2
            receive Server/Client#1< a1
            receive Server/Client#1< a2
            close Server/Client#1>
        Client/(Server/Client#1)<:
            closed Server/Client#1<
        Server/Client#1:
            accept Server/Client#1
            receive Server/Client#1> q1
            receive Server/Client#1> q2
            send Server/Client#1< a1
            send Server/Client#1< a2
            closed Server/Client#1>
            close Server/Client#1<",
    );
    same(&tale, EACH);
}

#[test]
fn the_server_speaks_first() {
    let tale = Tale::new(
        "Client Server*",
        "Client:
            connect Server/Client#1
            connected Server/Client#1
            receive Server/Client#1< 220 ready
            send Server/Client#1> HELO
            receive Server/Client#1< 250
            closed Server/Client#1<
            close Server/Client#1>
        Server/Client#1:
            accept Server/Client#1
            send Server/Client#1< 220 ready
            receive Server/Client#1> HELO
            send Server/Client#1< 250
            close Server/Client#1<
            closed Server/Client#1>",
    );
    same(&tale, EACH);
    assert_eq!(
        lines(&outside(&tale, &["Server"]), Detail::Messages)[2..],
        [
            "p1->>p0: 220 ready",
            "p0->>p1: HELO",
            "p1-->>p0: 250",
            "p1-)p0: close",
            "p0-)p1: close"
        ]
    );
}

#[test]
fn one_half_is_closed_first() {
    let tale = Tale::new(
        "Client Server*",
        "Client:
            connect Server/Client#1
            connected Server/Client#1
            send Server/Client#1> q
            close Server/Client#1>
            receive Server/Client#1< a
            closed Server/Client#1<
        Server/Client#1:
            accept Server/Client#1
            receive Server/Client#1> q
            closed Server/Client#1>
            send Server/Client#1< a
            close Server/Client#1<",
    );
    same(&tale, EACH);
    assert_eq!(
        lines(&outside(&tale, &["Server"]), Detail::Messages)[2..],
        ["p0->>p1: q", "p0-)p1: close", "p1-->>p0: a", "p1-)p0: close"]
    );
}

#[test]
fn either_side_resets() {
    let by_client = "Client:
            connect Server/Client#1
            connected Server/Client#1
            send Server/Client#1> q
            reset Server/Client#1>
        Server/Client#1:
            accept Server/Client#1
            receive Server/Client#1> q
            was-reset Server/Client#1>";
    let tale = Tale::new("Client Server*", by_client);
    same(&tale, EACH);
    assert_eq!(
        lines(&outside(&tale, &["Client"]), Detail::Messages)[3],
        "p0--xp1: reset"
    );
    let by_server = "Client:
            connect Server/Client#1
            connected Server/Client#1
            send Server/Client#1> q
            was-reset Server/Client#1<
        Server/Client#1:
            accept Server/Client#1
            receive Server/Client#1> q
            reset Server/Client#1<";
    same(&Tale::new("Client Server*", by_server), EACH);
}

#[test]
fn a_reset_that_a_tail_meets_is_drawn_too() {
    let tale = Tale::new(
        "Client Server*",
        "Client:
            connect Server/Client#1
            connected Server/Client#1
            send Server/Client#1> q
            close Server/Client#1>
        Client/(Server/Client#1)<:
            was-reset Server/Client#1<
        Server/Client#1:
            accept Server/Client#1
            receive Server/Client#1> q
            closed Server/Client#1>
            reset Server/Client#1<",
    );
    same(&tale, EACH);
}

#[test]
fn two_clients_follow_one_another() {
    let mut text = String::new();
    for i in [2, 1] {
        text += &HELLO
            .replace("Client", &format!("Client[{i}]"))
            .replace("client!", &format!("{i}!"));
    }
    let mut tale = Tale::new("Client Server*", &text);
    tale.header.actors[0].count = Some(2);
    same(&tale, EACH);
}

#[test]
fn equal_clients_are_drawn_once() {
    let mut text = String::new();
    for i in [3, 1, 2] {
        text += &HELLO.replace("Client", &format!("Client[{i}]"));
    }
    let mut tale = Tale::new("Client Server*", &text);
    tale.header.actors[0].count = Some(3);
    same(&tale, EACH);
    assert_eq!(
        lines(&outside(&tale, &["Client"]), Detail::Messages)[0],
        "participant p0 as Client ×3"
    );
}

/// A client, a relay and a server, with what the relay's `serial` adds on both sides of it.
fn relayed(serial: bool) -> Tale {
    let cell = |nth: u32| match serial {
        true => format!("write Relay!serial {nth}\n"),
        false => String::new(),
    };
    Tale::new(
        "Client Relay* Server*",
        &format!(
            "Client:
                connect Relay/Client#1
                connected Relay/Client#1
                {}send Relay/Client#1> q
                {}receive Relay/Client#1< a
                {}close Relay/Client#1>
            Client/(Relay/Client#1)<:
                closed Relay/Client#1<
            Relay/Client#1:
                accept Relay/Client#1
                receive Relay/Client#1> q
                connect Server/(Relay/Client#1)#1
                connected Server/(Relay/Client#1)#1
                send Server/(Relay/Client#1)#1> Q
                receive Server/(Relay/Client#1)#1< A
                send Relay/Client#1< a
                closed Relay/Client#1>
                close Relay/Client#1<
                close Server/(Relay/Client#1)#1>
            Server/(Relay/Client#1)#1:
                accept Server/(Relay/Client#1)#1
                {}receive Server/(Relay/Client#1)#1> Q
                {}send Server/(Relay/Client#1)#1< A
                {}closed Server/(Relay/Client#1)#1>
                close Server/(Relay/Client#1)#1<",
            cell(0),
            cell(3),
            cell(4),
            cell(1),
            cell(2),
            cell(5),
        ),
    )
}

/// The trace with the relay outside, whose connections are then its script's.
fn relay_outside(tale: &Tale) -> Tale {
    let mut tale = outside(tale, &["Relay"]);
    let text: Vec<String> = (tale.lines.iter())
        .map(|line| {
            serde_json::to_string(line)
                .unwrap()
                .replace("(Relay/Client#1)#1", "Relay#1")
        })
        .collect();
    tale.lines = text.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    tale
}

#[test]
fn a_relay_that_is_one_sequence_is_drawn_as_our_own() {
    let ours = lines(&relayed(false), Detail::Messages);
    let serial = relay_outside(&relayed(true));
    assert_eq!(lines(&serial, Detail::Messages), ours);
    assert_eq!(ours[3..7], ["p0->>p1: q", "p1->>p2: Q", "p2-->>p1: A", "p1-->>p0: a"]);
    let races = Order::of(&serial.source()).unwrap().races().unwrap().races;
    assert!(races.iter().all(|race| race.kind == RaceKind::Accesses), "{races:?}");
    assert!(!races.is_empty());
    let text = wiretale::report::races(&wiretale::order::Races { races, unexamined: 0 }, &serial.header);
    let said = "what Relay was sent and sent back, one sequence to us (`serial`)";
    assert!(text.contains(said), "{text}");
    // Nothing ties what the relay did on its two sides where it is not.
    let apart = lines(&relay_outside(&relayed(false)), Detail::Messages);
    assert_ne!(apart, ours);
}

#[test]
fn turns_at_a_program_are_no_notes() {
    let drawn = lines(&relay_outside(&relayed(true)), Detail::Lifecycle);
    assert!(drawn.iter().all(|line| !line.contains("serial")), "{drawn:#?}");
}

#[test]
fn a_tails_end_of_an_outside_server_comes_behind_our_own() {
    // The server stands first, and did not wait for our end: ours is still first, for the tail begins with it.
    let tale = Tale::new("Server*! Client", &HELLO[..HELLO.find("    Server/").unwrap()]);
    assert_eq!(lines(&tale, Detail::Messages)[4..], ["p1-)p0: close", "p0-)p1: close"]);
}

#[test]
fn bytes_that_are_no_message_are_drawn_with_a_note() {
    let mut tale = Tale::new("Client Server*!", &HELLO[..HELLO.find("    Server/").unwrap()]);
    for line in &mut tale.lines {
        let Line::Event(event) = line else { continue };
        if let Kind::Receive {
            connection,
            direction,
            start,
            end,
            content,
            ..
        } = event.event.clone()
        {
            let why = "no frame begins so".to_owned();
            event.event = Kind::Malformed {
                connection,
                direction,
                start,
                end,
                content,
                why,
            };
        }
    }
    assert_eq!(
        lines(&tale, Detail::Messages)[3..5],
        [
            "p1-->>p0: Hello from server!",
            "Note over p0: malformed: no frame begins so"
        ]
    );
}

#[test]
fn a_program_that_was_started_and_has_ended_is_noted_around_what_it_did() {
    let mut tale = Tale::new("Client Server*", HELLO);
    tale = outside(&tale, &["Client"]);
    let program = Tale::new("Client", "Client:\n started\n exited 0\n");
    tale.lines.splice(0..0, program.lines);
    assert_eq!(
        lines(&tale, Detail::Messages),
        lines(&Tale::new("Client Server*", HELLO), Detail::Messages)
    );
    let drawn = lines(&tale, Detail::Lifecycle);
    assert_eq!(drawn[2], "Note over p0: started");
    assert_eq!(drawn.last().unwrap(), "Note over p0: exited with status 0");
    assert_eq!(drawn.len(), 2 + 8 + 2);
}

#[test]
fn an_end_that_others_waited_for_comes_before_what_they_did() {
    // The server's session goes on when the program has ended: its end cannot come last.
    let text = "
        Client:
            started
            exited signal 15
            signal gone 1
        Server/Client#1:
            accept Server/Client#1
            receive Server/Client#1> q
            await gone 1
            send Server/Client#1< a";
    let drawn = lines(&Tale::new("Client! Server*", text), Detail::Lifecycle);
    let place = |text: &str| drawn.iter().position(|line| line.contains(text)).unwrap();
    assert!(place("Receive Data: q") < place("ended by signal 15"), "{drawn:#?}");
    assert!(place("ended by signal 15") < place("Send Response: a"), "{drawn:#?}");
}

#[test]
fn what_a_program_opens_comes_behind_its_start() {
    // The first program was turned away before the second was started: what the two find is no race, and in one order.
    let text = "
        First:
            started
        Second:
            await again 1
            started
        Server/First#1:
            accept Server/First#1
            receive Server/First#1> q
            write seen 0
            signal again 1
        Server/Second#1:
            accept Server/Second#1
            receive Server/Second#1> q
            read seen 1";
    let tale = Tale::new("Second! First! Server*", text);
    let drawn = lines(&tale, Detail::Messages);
    assert_eq!(&drawn[3..], ["p1->>p2: q", "p0->>p2: q"]);
    let races = Order::of(&tale.source()).unwrap().races().unwrap().races;
    assert!(races.is_empty(), "{races:?}");
}

/// Sessions of one outside client, each with what it says and hears.
fn sessions(said: &[&[&str]], numbers: &[u32]) -> Tale {
    let mut text = String::new();
    for (said, number) in said.iter().zip(numbers) {
        let session = format!("Server/Cli#{number}");
        text += &format!("{session}:\n accept {session}\n");
        for (n, line) in said.iter().enumerate() {
            text += &format!("receive {session}> {line}\n");
            text += &format!("connect Store/({session})#{}\n", n + 1);
            text += &format!("connected Store/({session})#{}\n", n + 1);
            text += &format!("send Store/({session})#{}> get {line}\n", n + 1);
            text += &format!("send {session}< done {line}\n");
        }
        text += &format!("closed {session}>\n close {session}<\n");
        for (n, line) in said.iter().enumerate() {
            let inner = format!("Store/({session})#{}", n + 1);
            text += &format!("{inner}:\n accept {inner}\n receive {inner}> get {line}\n");
        }
    }
    Tale::new("Cli! Server* Store*", &text)
}

#[test]
fn who_was_accepted_first_makes_no_difference() {
    let said: [&[&str]; 4] = [&["b"], &["a", "c"], &["a"], &["b"]];
    let first = sessions(&said, &[1, 2, 3, 4]);
    for numbers in [[4, 3, 2, 1], [2, 4, 1, 3], [3, 1, 4, 2]] {
        let other = sessions(&said, &numbers);
        for detail in [Detail::Messages, Detail::Lifecycle] {
            assert_eq!(lines(&other, detail), lines(&first, detail), "{numbers:?}");
        }
        let hash = |tale: &Tale| Order::of(&tale.source()).unwrap().hashes().unwrap();
        assert_eq!(hash(&other), hash(&first), "{numbers:?}");
    }
    let drawn = lines(&first, Detail::Messages);
    let of_client: Vec<&String> = drawn.iter().filter(|line| line.starts_with("p0->>p1")).collect();
    assert_eq!(
        of_client,
        ["p0->>p1: a", "p0->>p1: a", "p0->>p1: c", "p0->>p1: b", "p0->>p1: b"]
    );
}

#[test]
fn bytes_that_are_not_shown_make_no_difference() {
    // The bytes begin with an identifier that was made up; what is shown of them is what was asked.
    let asked = |bytes: [&str; 2]| {
        let mut tale = sessions(&[&[bytes[0]], &[bytes[1]]], &[1, 2]);
        for line in &mut tale.lines {
            let Line::Event(event) = line else { continue };
            let shown = match event.strand.as_str() {
                "Server/Cli#1" => "Query(name=b)",
                _ => "Query(name=a)",
            };
            if let Kind::Send { content, .. } | Kind::Receive { content, .. } = &mut event.event {
                content.shown = Some(shown.to_owned());
            }
        }
        lines(&tale, Detail::Messages)
    };
    assert_eq!(asked(["1", "2"]), asked(["2", "1"]));
}

#[test]
fn races_name_connections_from_outside_by_what_was_said() {
    let tale = |numbers: [u32; 2]| {
        let mut tale = sessions(&[&["b"], &["a"]], &numbers);
        let mut nth = 0;
        for line in &mut tale.lines {
            let Line::Event(event) = line else { continue };
            if matches!(event.event, Kind::Connect { .. }) {
                let cell = "Server.n".to_owned();
                let mode = Mode::Write;
                event.event = Kind::Access {
                    cells: vec![Access { cell, mode, nth }],
                };
                nth += 1;
            }
        }
        tale
    };
    let told = |tale: &Tale| {
        let races = Order::of(&tale.source()).unwrap().races().unwrap();
        wiretale::report::races(&races, &tale.header)
    };
    assert_eq!(told(&tale([1, 2])), told(&tale([2, 1])));
    assert!(
        told(&tale([1, 2])).contains("first     Server/Cli#2"),
        "{}",
        told(&tale([1, 2]))
    );
}

/// A system of clients and servers that ask one another in turn: nothing crosses, and nobody relays.
fn conversations(seed: u64) -> Tale {
    let mut chance = Chance(seed);
    let (clients, servers) = (1 + chance.below(4), 1 + chance.below(2));
    let mut text = String::new();
    for client in 0..clients {
        let server = chance.below(servers);
        let name = format!("S{server}/C{client}#1");
        let mut ours = format!("C{client}:\n connect {name}\n connected {name}\n");
        let mut theirs = format!("{name}:\n accept {name}\n");
        for turn in 0..chance.below(6) {
            let asks = chance.percent(50);
            let (way, from, to) = match asks {
                true => ('>', &mut ours, &mut theirs),
                false => ('<', &mut theirs, &mut ours),
            };
            for part in 0..1 + chance.below(2) {
                let said = chance.below(3);
                *from += &format!("send {name}{way} m{turn}.{part}.{said}\n");
                *to += &format!("receive {name}{way} m{turn}.{part}.{said}\n");
            }
        }
        if chance.percent(30) {
            ours += &format!("reset {name}>\n");
            theirs += &format!("was-reset {name}>\n");
        } else if chance.percent(50) {
            ours += &format!("close {name}>\n C{client}/({name})<:\n closed {name}<\n");
            theirs += &format!("closed {name}>\n close {name}<\n");
        } else {
            theirs += &format!("close {name}<\n closed {name}>\n");
            ours += &format!("closed {name}<\n close {name}>\n");
        }
        text += &ours;
        text += &theirs;
    }
    let names: Vec<String> = (0..clients)
        .map(|n| format!("C{n}"))
        .chain((0..servers).map(|n| format!("S{n}*")))
        .collect();
    let mut tale = Tale::new(&names.join(" "), &text);
    chance.shuffle(&mut tale.lines);
    tale
}

#[test]
fn any_actor_can_be_outside_where_nothing_crosses() {
    for seed in 0..60 {
        let tale = conversations(seed);
        let names: Vec<String> = tale.header.actors.iter().map(|actor| actor.name.clone()).collect();
        for detail in [Detail::Messages, Detail::Lifecycle] {
            let ours = lines(&tale, detail);
            for name in &names {
                assert_eq!(lines(&outside(&tale, &[name]), detail), ours, "{seed}: {name} outside");
            }
            let all: Vec<&str> = names.iter().map(String::as_str).collect();
            assert_eq!(lines(&outside(&tale, &all), detail), ours, "{seed}: all outside");
        }
    }
}

#[test]
fn numbers_of_random_sessions_make_no_difference() {
    for seed in 0..60 {
        let mut chance = Chance(seed);
        let count = 2 + chance.below(5);
        let mut said: Vec<Vec<String>> = Vec::new();
        for _ in 0..count {
            let length = chance.below(12);
            said.push((0..length).map(|_| format!("w{}", chance.below(2))).collect());
        }
        let words: Vec<Vec<&str>> = said.iter().map(|of| of.iter().map(String::as_str).collect()).collect();
        let words: Vec<&[&str]> = words.iter().map(Vec::as_slice).collect();
        let mut numbers: Vec<u32> = (1..=count as u32).collect();
        let first = lines(&sessions(&words, &numbers), Detail::Messages);
        chance.shuffle(&mut numbers);
        let mut other = sessions(&words, &numbers);
        chance.shuffle(&mut other.lines);
        assert_eq!(lines(&other, Detail::Messages), first, "{seed}: {numbers:?}");
    }
}

/// The races of a trace between two programs, each as the texts of its two messages.
fn between(said: &[&str]) -> Vec<(RaceKind, u32)> {
    let mut text = String::from("S/C#1:\n accept S/C#1\n");
    for line in said {
        text += &match line.split_once(' ') {
            Some((">", what)) => format!("receive S/C#1> {what}\n"),
            Some((_, what)) => format!("send S/C#1< {what}\n"),
            None if *line == ">" => "closed S/C#1>\n".to_owned(),
            None => "close S/C#1<\n".to_owned(),
        };
    }
    let tale = Tale::new("C! S*!", &text);
    let races = Order::of(&tale.source()).unwrap().races().unwrap().races;
    races.iter().map(|race| (race.kind, race.count)).collect()
}

#[test]
fn what_two_programs_say_in_turn_is_no_race() {
    assert_eq!(between(&["> q", "< a", "> q", "< a", ">", "<"]), []);
    assert_eq!(between(&["< 220", "> HELO", "< 250", "<", ">"]), []);
    assert_eq!(between(&["> q", "> q", ">", "<"]), []);
}

#[test]
fn what_two_programs_may_have_said_at_once_is_a_race() {
    let once = |count| vec![(RaceKind::Opposite, count)];
    // A push, and what the other side said next.
    assert_eq!(between(&["> q", "< a", "< push", "> q", "< a"]), once(1));
    // The first reply might have come before the second request, and that before the first reply.
    assert_eq!(between(&["> 1", "> 2", "< a1", "< a2", "> 3"]), once(1));
    assert_eq!(between(&["> 1", "> 2", "< a1", "> 3", "< a2", "< a3"]), once(3));
    assert_eq!(between(&["> q", "< a", "< push", ">", "<"]), once(1));
}

#[test]
fn races_between_programs_are_told_in_words() {
    let tale = Tale::new(
        "C! S*!",
        "S/C#1:
            accept S/C#1
            receive S/C#1> q
            send S/C#1< a
            send S/C#1< push
            receive S/C#1> q",
    );
    let races = Order::of(&tale.source()).unwrap().races().unwrap();
    assert_eq!(
        wiretale::report::races(&races, &tale.header),
        "race 1: what two programs said to each other could come in the other order\n    \
         first     S/C#1, message 2 from S on S/C#1\n    \
         second    S/C#1, message 2 from C on S/C#1\n    \
         help      both ends are programs of their own: no step can order what they say at once\n"
    );
}

/// What races where one strand hears two outside servers.
fn heard(text: &str) -> Vec<RaceKind> {
    let opened = "C:
        connect A/C#1
        connected A/C#1
        connect B/C#1
        connected B/C#1\n";
    let tale = Tale::new("C A*! B*!", &format!("{opened}{text}"));
    let races = Order::of(&tale.source()).unwrap().races().unwrap().races;
    races.iter().map(|race| race.kind).collect()
}

#[test]
fn what_comes_unasked_from_two_programs_races() {
    let both = "watch=A/C#1<,B/C#1<";
    let pushed = format!("{both} receive A/C#1< a\n{both} receive B/C#1< b\n");
    assert_eq!(heard(&pushed), [RaceKind::Messages]);
    let asked = format!("{both} receive A/C#1< a\nsend B/C#1> q\n{both} receive B/C#1< b\n");
    assert_eq!(heard(&asked), []);
    let one = format!("{both} receive A/C#1< a\n{both} receive A/C#1< b\n");
    assert_eq!(heard(&one), []);
    let late = "watch=A/C#1< timeout\nreceive A/C#1< a\n";
    assert_eq!(heard(late), [RaceKind::Timer]);
    let again = "watch=A/C#1< timeout\nsend A/C#1> q\nreceive A/C#1< a\n";
    assert_eq!(heard(again), []);
}

mod invariants {
    use wiretale::finding::Place;
    use wiretale::order::Order;
    use wiretale::verdict::judge;
    use wiretale::wire::invariant::{Invariant, Invariants, Rule, Saying, Tie};
    use wiretale::wire::matcher::Matcher;
    use wiretale::wire::template::Template;

    use super::{HELLO, outside};
    use crate::tale::Tale;

    fn place() -> Place {
        Place {
            file: "x.json".to_owned(),
            line: 1,
            column: 1,
        }
    }

    fn saying(sent: bool, text: &str, by: &str) -> Saying {
        Saying {
            sent,
            matcher: Matcher::contains(Template::literal(text)),
            by: Some(by.parse().unwrap()),
            peer: None,
            place: place(),
        }
    }

    fn holds(tale: &Tale, rule: Rule) -> bool {
        let all = vec![Invariant {
            label: None,
            place: place(),
            rule,
        }];
        let source = tale.source();
        let invariants = Invariants { all, vars: Vec::new() };
        let judged = judge(&source, &Order::of(&source).unwrap(), &invariants).unwrap();
        for judgement in &judged {
            // Its place is that of a line of the trace.
            for at in &judgement.at {
                let line = format!("\"strand\":\"{}\",\"index\":{}", at.strand, at.index);
                let lines = tale.lines.iter().map(|line| serde_json::to_string(line).unwrap());
                assert!(lines.into_iter().any(|text| text.contains(&line)), "{at:?}");
            }
        }
        judged.is_empty()
    }

    #[test]
    fn they_hold_of_programs_by_the_ends_that_are_ours() {
        let tale = Tale::new("Client Server*", HELLO);
        let request = "from client";
        let answer = "from server";
        let pair = |every: (bool, &str, &str), tie, other: (bool, &str, &str)| Rule::Every {
            every: saying(every.0, every.1, every.2),
            tie,
            other: saying(other.0, other.1, other.2),
            within: None,
        };
        for set in [&[][..], &["Server"], &["Client"], &["Client", "Server"]] {
            let tale = outside(&tale, set);
            let [asked, heard] = [(true, request, "Client"), (false, request, "Server")];
            let [said, got] = [(true, answer, "Server"), (false, answer, "Client")];
            for pairs in [asked, heard, said, got].windows(2) {
                assert!(
                    holds(&tale, pair(pairs[0], Tie::FollowedBy, pairs[1])),
                    "{set:?} {pairs:?}"
                );
                assert!(
                    holds(&tale, pair(pairs[1], Tie::PrecededBy, pairs[0])),
                    "{set:?} {pairs:?}"
                );
                assert!(
                    !holds(&tale, pair(pairs[1], Tie::FollowedBy, pairs[0])),
                    "{set:?} {pairs:?}"
                );
                assert!(
                    !holds(&tale, pair(pairs[0], Tie::PrecededBy, pairs[1])),
                    "{set:?} {pairs:?}"
                );
            }
            for (sent, text, by) in [asked, heard, said, got] {
                assert!(
                    !holds(&tale, Rule::Never(saying(sent, text, by))),
                    "{set:?} {text} {by}"
                );
                assert!(
                    holds(&tale, Rule::Never(saying(!sent, text, by))),
                    "{set:?} {text} {by}"
                );
                let of = saying(sent, text, by);
                assert!(holds(
                    &tale,
                    Rule::AtMost {
                        most: 1,
                        of,
                        per: Vec::new()
                    }
                ));
            }
        }
    }
}
