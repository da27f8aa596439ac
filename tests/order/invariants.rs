//! Invariants on the causal order, against an evaluator that looks at every pair of events.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wiretale::finding::{Place, Verdict};
use wiretale::order::Order;
use wiretale::trace::event::{Content, Event, Kind, Line};
use wiretale::trace::judgement::{EventName, Judgement};
use wiretale::trace::reader::TraceSource;
use wiretale::verdict::judge;
use wiretale::wire::invariant::{Invariant, Invariants, Rule, Saying, Tie};
use wiretale::wire::matcher::Matcher;
use wiretale::wire::template::Template;

use crate::random::{Chance, Id, System, system};
use crate::tale::Tale;

/// How many random systems are judged, with several invariants each.
const SYSTEMS: u64 = 240;

/// How many findings are told of one invariant.
const TOLD: usize = 10;

/// Messages of a letter: `a1`, `a2` …; those with the same number belong together where `tied`.
#[derive(Clone, Copy, Debug)]
struct Letter {
    sent: bool,
    letter: char,
    tied: bool,
    by: Option<usize>,
}

impl Letter {
    fn some(chance: &mut Chance) -> Self {
        Self {
            sent: chance.percent(50),
            letter: ['a', 'b'][chance.below(2)],
            tied: chance.percent(60),
            by: chance.percent(30).then(|| chance.below(4)),
        }
    }

    fn saying(self) -> Saying {
        let Self { sent, letter, tied, by } = self;
        let matcher = match tied {
            true => Matcher::pattern(&Template::compile(&format!("{letter}{{n}}")).unwrap()).unwrap(),
            false => Matcher::contains(Template::literal(&letter.to_string())),
        };
        Saying {
            sent,
            matcher,
            by: by.map(|by| format!("A{by}").parse().unwrap()),
            peer: None,
            place: place(),
        }
    }
}

fn place() -> Place {
    Place {
        file: "x.json".to_owned(),
        line: 1,
        column: 1,
    }
}

fn invariants(rule: Rule) -> Invariants {
    let all = vec![Invariant {
        label: None,
        place: place(),
        rule,
    }];
    Invariants { all, vars: Vec::new() }
}

fn judged(source: &TraceSource, rule: Rule) -> Vec<Judgement> {
    judge(source, &Order::of(source).unwrap(), &invariants(rule)).unwrap()
}

/// A message of a system.
struct Message {
    id: Id,
    sent: bool,
    text: String,
    time: u64,
}

/// A system with letters for its texts, and what happened before what.
struct World {
    source: TraceSource,
    messages: Vec<Message>,
    before: BTreeMap<Id, BTreeSet<Id>>,
}

impl World {
    fn of(seed: u64) -> Self {
        let steps = 5 + seed as usize % 90;
        let mut system = system(seed, steps, [20, 60, 90, 99][seed as usize % 4]);
        let mut messages = Vec::new();
        let mut order = Vec::new();
        for line in &mut system.tale.lines {
            let Line::Event(line) = line else { continue };
            let Event {
                strand,
                index,
                time,
                event,
                ..
            } = &mut **line;
            let id = (strand[1..].parse().unwrap(), *index);
            order.push(id);
            let sent = matches!(event, Kind::Send { .. });
            if let Kind::Send {
                connection,
                start,
                content,
                ..
            }
            | Kind::Receive {
                connection,
                start,
                content,
                ..
            } = event
            {
                let mixed = Chance(seed ^ *start ^ (connection.len() as u64) << 32).below(1 << 20);
                let text = format!("{}{}", ['a', 'b'][mixed % 2], mixed / 2 % 3);
                *content = Content {
                    text: Some(text.clone()),
                    ..Content::default()
                };
                messages.push(Message {
                    id,
                    sent,
                    text,
                    time: *time,
                });
            }
        }
        let before = closure(&system, &order);
        Chance(seed).shuffle(&mut system.tale.lines);
        Self {
            source: system.tale.source(),
            messages,
            before,
        }
    }

    fn all(&self, letter: Letter) -> Vec<&Message> {
        let fits = |message: &&Message| {
            message.sent == letter.sent
                && message.text.starts_with(letter.letter)
                && letter.by.is_none_or(|by| by == message.id.0)
        };
        self.messages.iter().filter(fits).collect()
    }

    fn is_before(&self, one: Id, other: Id) -> bool {
        self.before[&other].contains(&one)
    }

    /// Those that lack another one, each with whether there is one that nothing orders.
    fn broken(&self, every: Letter, tie: Tie, other: Letter, within: Option<u64>) -> BTreeMap<Id, bool> {
        let others = self.all(other);
        let mut broken = BTreeMap::new();
        for first in self.all(every) {
            let of_it = others
                .iter()
                .filter(|message| !every.tied || !other.tied || message.text[1..] == first.text[1..]);
            let of_it: Vec<_> = of_it.collect();
            let is_it = |message: &&&&Message| {
                let (early, late) = match tie {
                    Tie::FollowedBy => (first, ***message),
                    Tie::PrecededBy => (***message, first),
                };
                self.is_before(early.id, late.id) && within.is_none_or(|within| late.time - early.time <= within)
            };
            if !of_it.iter().any(|message| is_it(&message)) {
                let unordered = |message: &&&&Message| {
                    message.id != first.id
                        && !self.is_before(message.id, first.id)
                        && !self.is_before(first.id, message.id)
                };
                let concurrent = of_it.iter().any(|message| unordered(&message));
                broken.insert(first.id, concurrent);
            }
        }
        broken
    }
}

/// All that happened before each event; `order` is one that could have been.
fn closure(system: &System, order: &[Id]) -> BTreeMap<Id, BTreeSet<Id>> {
    let mut direct: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for (from, to) in system.edges.iter().chain(&system.pairs) {
        direct.entry(*to).or_default().push(*from);
    }
    let mut before: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    for id in order {
        let own = id.1.checked_sub(1).map(|index| (id.0, index));
        let mut all = BTreeSet::new();
        for cause in own.iter().chain(direct.get(id).into_iter().flatten()) {
            all.insert(*cause);
            all.extend(before[cause].iter().copied());
        }
        before.insert(*id, all);
    }
    before
}

fn id(name: &EventName) -> Id {
    (name.strand[1..].parse().unwrap(), name.index)
}

/// That what was judged is what the plain evaluator says; how many that are.
fn same(judgements: &[Judgement], expected: &BTreeMap<Id, bool>, what: &str) -> usize {
    let told: BTreeMap<Id, bool> = judgements
        .iter()
        .filter(|judgement| !judgement.at.is_empty())
        .map(|judgement| {
            assert_eq!(judgement.finding.verdict, Verdict::Fail, "{what}");
            (
                id(&judgement.at[0]),
                judgement.finding.text.ends_with("nothing orders the two"),
            )
        })
        .collect();
    if expected.len() <= TOLD {
        assert_eq!(&told, expected, "{what}");
    } else {
        assert_eq!(told.len(), TOLD, "{what}");
        assert!(
            told.iter().all(|(id, concurrent)| expected.get(id) == Some(concurrent)),
            "{what}"
        );
        let more = format!("so it is with {} more messages", expected.len() - TOLD);
        assert_eq!(judgements.last().unwrap().finding.text, more, "{what}");
    }
    expected.len()
}

#[test]
fn a_pair_is_found_wherever_happened_before_says_that_it_is_one() {
    let (mut holds, mut broken, mut concurrent) = (0, 0, 0);
    for seed in 0..SYSTEMS {
        let world = World::of(seed);
        let mut chance = Chance(seed);
        for _ in 0..6 {
            let (every, other) = (Letter::some(&mut chance), Letter::some(&mut chance));
            let tie = [Tie::FollowedBy, Tie::PrecededBy][chance.below(2)];
            let within = chance.percent(40).then(|| chance.below(30) as u64);
            let rule = Rule::Every {
                every: every.saying(),
                tie,
                other: other.saying(),
                within: within.map(Duration::from_nanos),
            };
            let what = format!("system {seed}: {every:?} {tie:?} {other:?} within {within:?}");
            let expected = world.broken(every, tie, other, within);
            same(&judged(&world.source, rule), &expected, &what);
            holds += world.all(every).len() - expected.len();
            broken += expected.len();
            concurrent += expected.values().filter(|concurrent| **concurrent).count();
        }
    }
    // Each of them is tried.
    assert!(
        holds > 500 && broken > 500 && concurrent > 500,
        "{holds} {broken} {concurrent}"
    );
}

#[test]
fn in_order_is_that_each_has_the_one_before_it_before() {
    for seed in 0..SYSTEMS / 4 {
        let world = World::of(seed);
        let mut chance = Chance(seed);
        let letters = [(); 3].map(|()| Letter::some(&mut chance));
        let rule = Rule::InOrder(letters.iter().map(|letter| letter.saying()).collect());
        let judgements = judged(&world.source, rule);
        let pairs = letters.windows(2);
        let expected = pairs.map(|two| world.broken(two[1], Tie::PrecededBy, two[0], None));
        let expected: usize = expected.map(|broken| broken.len().min(TOLD)).sum();
        let told = judgements.iter().filter(|judgement| !judgement.at.is_empty()).count();
        assert_eq!(told, expected, "system {seed}");
    }
}

#[test]
fn what_is_too_much_is_the_first_behind_as_many_as_may_be() {
    for seed in 0..SYSTEMS / 4 {
        let world = World::of(seed);
        let letter = Letter {
            tied: true,
            by: None,
            ..Letter::some(&mut Chance(seed))
        };
        let rule = Rule::AtMost {
            most: 2,
            of: letter.saying(),
            per: vec!["n".to_owned()],
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for message in world.all(letter) {
            *counts.entry(&message.text[1..]).or_default() += 1;
        }
        let expected: BTreeSet<String> = counts
            .iter()
            .filter(|(_, count)| **count > 2)
            .map(|(n, count)| {
                let verb = if letter.sent { "sent" } else { "received" };
                format!("{verb} {count} times for n \"{n}\", 2 at the most")
            })
            .collect();
        let judgements = judged(&world.source, rule);
        let told = judgements.iter().map(|judgement| judgement.finding.text.clone());
        assert_eq!(told.collect::<BTreeSet<_>>(), expected, "system {seed}");
    }
}

#[test]
fn a_shuffled_trace_is_judged_alike() {
    for seed in 0..50 {
        let system = system(seed, 60, 60);
        let judge = |tale: &Tale| {
            let rule = Rule::Every {
                every: Letter {
                    sent: true,
                    letter: 'm',
                    tied: true,
                    by: None,
                }
                .saying(),
                tie: Tie::FollowedBy,
                other: Letter {
                    sent: false,
                    letter: 'm',
                    tied: true,
                    by: None,
                }
                .saying(),
                within: None,
            };
            judged(&tale.source(), rule)
        };
        let mut shuffled = system.tale.clone();
        Chance(seed).shuffle(&mut shuffled.lines);
        assert_eq!(judge(&system.tale), judge(&shuffled), "system {seed}");
    }
}

#[test]
fn more_strands_are_asked_about_than_one_walk_has_room_for() {
    const CLIENTS: usize = 150;
    let mut text = String::new();
    let mut actors = String::from("S* ");
    for client in 0..CLIENTS {
        actors += &format!("C{client} ");
        text += &format!(
            "C{client}:\nconnect S/C{client}#1\nsend S/C{client}#1> a{client}\nsignal s {}\n",
            client + 1
        );
        text += &format!("S/C{client}#1:\naccept S/C{client}#1\n");
    }
    actors += "Z";
    text += &format!("Z:\nconnect S/Z#1\nawait s {CLIENTS}\nsend S/Z#1> b\nS/Z#1:\naccept S/Z#1\nreceive S/Z#1> b\n");
    let source = Tale::new(&actors, &text).source();
    let letter = |sent, letter| Letter {
        sent,
        letter,
        tied: false,
        by: None,
    };
    for (every, tie, other) in [('a', Tie::FollowedBy, 'b'), ('b', Tie::PrecededBy, 'a')] {
        for late in [true, false] {
            let (every, other) = (letter(late || every == 'a', every), letter(late || other == 'a', other));
            let rule = Rule::Every {
                every: every.saying(),
                tie,
                other: other.saying(),
                within: None,
            };
            assert_eq!(judged(&source, rule), [], "{every:?} {other:?}");
        }
    }
    let rule = Rule::Every {
        every: letter(true, 'a').saying(),
        tie: Tie::PrecededBy,
        other: letter(true, 'b').saying(),
        within: None,
    };
    let judgements = judged(&source, rule);
    assert_eq!(judgements.len(), TOLD + 1);
    assert_eq!(judgements[0].finding.text, "not preceded by contains \"b\"");
}

#[test]
fn messages_that_cross_are_in_no_order() {
    let text =
        "A:\nconnect B/A#1\nsend B/A#1> a\nreceive B/A#1< b\nB/A#1:\naccept B/A#1\nsend B/A#1< b\nreceive B/A#1> a";
    let source = Tale::new("A B*", text).source();
    for (every, other) in [('a', 'b'), ('b', 'a')] {
        for tie in [Tie::FollowedBy, Tie::PrecededBy] {
            let sent = |letter| Letter {
                sent: true,
                letter,
                tied: false,
                by: None,
            };
            let rule = Rule::Every {
                every: sent(every).saying(),
                tie,
                other: sent(other).saying(),
                within: None,
            };
            let judgements = judged(&source, rule);
            assert_eq!(judgements.len(), 1, "{every} {tie:?} {other}");
            let text = &judgements[0].finding.text;
            assert!(text.ends_with("nothing orders the two"), "{text}");
        }
    }
}

#[test]
fn a_shuffled_and_cut_trace_is_judged_without_a_panic() {
    for seed in 0..100 {
        let mut tale = system(seed, 3 + seed as usize % 90, 60).tale;
        Chance(seed).shuffle(&mut tale.lines);
        tale.lines.truncate(tale.lines.len() / 2);
        let source = tale.source();
        let mut chance = Chance(seed);
        let rule = Rule::InOrder((0..4).map(|_| Letter::some(&mut chance).saying()).collect());
        if let Ok(order) = Order::of(&source) {
            let _ = judge(&source, &order, &invariants(rule));
        }
    }
}
