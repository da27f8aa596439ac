//! What differs from run to run and is nothing that anybody expects, masked: captured values, dates, UUIDs, ports, what a
//! scenario says.
//!
//! Owns the rules, and putting marks for values into the texts of events: one character for each distinct value, so that
//! what was equal stays equal and what was not does not become so. Does not own which values were captured and where they
//! stand (`captured`), nor how a mark is shown (`diagram`).
//!
//! A mark is a character of the planes 15 and 16, which belong to nobody; where one comes from the wire, it is replaced by
//! its code. Values are numbered in the order in which events are masked, which is the canonical one.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;

use super::captured::{Captured, Hit, Key, MOST, key};
use super::event::{Content, Event, Kind, shown_line};
use super::reader::{TraceError, TraceSource};
use crate::finding::Finding;
use regex::{Captures, Regex, RegexSet};

/// How many distinct values are told apart; all further ones of a rule are one. Some of the characters are left over.
const MOST_VALUES: u32 = 130_000;

/// The first mark.
const FIRST: u32 = 0xf_0000;

/// How many marks a plane has: its last two characters are none.
const PLANE: u32 = 0xfffe;

const UUID: &str = r"(?-u:\b)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?-u:\b)";
const ADDRESS: &str = r"(?:(?-u:\b)127(?:\.[0-9]{1,3}){3}|(?-u:\b)localhost|\[::1\]):([0-9]{1,5})(?-u:\b)";
const RUN_FOLDER: &str = r#"(?:/[^\s"'/]+)*/wiretale-[0-9]+-[0-9]+(?-u:\b)"#;
const UNIX_NAME: &str = r"@wiretale-[0-9]+-[0-9]+(?-u:\b)";
const HTTP_DATE: &str = r"(?-u:\b)(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT(?-u:\b)";
const DATE_TIME: &str = r"(?-u:\b)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-6][0-9](?:[.,][0-9]+)?)?(?:[Zz]|[+-][0-2][0-9]:?[0-5][0-9])?(?-u:\b)";
const DATE: &str = r"(?-u:\b)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?-u:\b)";

/// Masks the events of one trace, one after another.
#[derive(Debug)]
pub struct Masker {
    own: Vec<Rule>,
    captured: Captured,
    /// What the values of each name are shown as.
    names: Vec<u16>,
    /// Whether there are too many captured values.
    too_many: bool,
    builtin: Vec<Rule>,
    /// Those of `builtin`, to find at once that a text has nothing for any of them.
    any: RegexSet,
    /// The endpoints by their ports.
    endpoints: HashMap<u16, String>,
    marks: Marks,
    known: HashMap<(u16, Key), char>,
}

#[derive(Debug)]
struct Rule {
    regex: Regex,
    /// What all values of a rule are shown as.
    shown: u16,
    kind: RuleKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleKind {
    /// Distinct values are told apart.
    Values,
    /// They are told apart by this, however they are written.
    Value(Key),
    /// They are not: whether a clock ticked between two readings is nothing that a run decides.
    Clock,
    /// A port behind a loopback address.
    Port,
}

/// The marks that were made, and what they stand for.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// What marks are shown as.
    shown: Vec<String>,
    /// For each mark, which of these.
    of: Vec<u16>,
}

impl Masker {
    /// Nothing masked yet of this trace, with the rules of its header.
    pub fn of(source: &TraceSource) -> Result<Self, TraceError> {
        let mask = &source.header().mask;
        let captured = match mask.captures {
            true => Captured::of(source, MOST)?,
            false => Some(Captured::default()),
        };
        let mut masker = Self {
            own: Vec::new(),
            names: Vec::new(),
            too_many: captured.is_none(),
            captured: captured.unwrap_or_default(),
            builtin: Vec::new(),
            any: RegexSet::empty(),
            endpoints: HashMap::new(),
            marks: Marks::default(),
            known: HashMap::new(),
        };
        for rule in &mask.rules {
            let rule = masker.rule(&rule.regex, &rule.shown, RuleKind::Values)?;
            masker.own.push(rule);
        }
        let names = masker.captured.names().iter();
        masker.names = names.map(|name| masker.marks.shown_as(&format!("<{name}>"))).collect();
        if mask.builtin {
            for (regex, shown, kind) in [
                (UUID, "<uuid>", RuleKind::Values),
                (ADDRESS, "<port>", RuleKind::Port),
                (RUN_FOLDER, "<run>", RuleKind::Values),
                (UNIX_NAME, "<socket>", RuleKind::Values),
                (HTTP_DATE, "<time>", RuleKind::Clock),
                (DATE_TIME, "<time>", RuleKind::Clock),
                (DATE, "<date>", RuleKind::Clock),
            ] {
                let rule = masker.rule(regex, shown, kind)?;
                masker.builtin.push(rule);
            }
            masker.any = RegexSet::new(masker.builtin.iter().map(|rule| rule.regex.as_str())).map_err(broken)?;
            for (endpoint, address) in source.endpoints()? {
                if let Ok(address) = address.parse::<SocketAddr>() {
                    masker.endpoints.entry(address.port()).or_insert(endpoint);
                }
            }
        }
        Ok(masker)
    }

    /// Puts marks into the texts of an event that a diagram may show.
    pub fn event(&mut self, event: &mut Event) {
        if let Some(label) = &mut event.label {
            self.text(label);
        }
        match &mut event.event {
            Kind::Send { content, .. } | Kind::Receive { content, .. } | Kind::Malformed { content, .. } => {
                self.content(content);
            }
            Kind::Note { text, .. } | Kind::Phase { text } => self.text(text),
            Kind::Secured { sni, alpn, peer, .. } => {
                [sni, alpn, peer].into_iter().flatten().for_each(|text| self.text(text));
            }
            Kind::Finding(finding) => self.text(&mut finding.text),
            _ => {}
        }
    }

    /// What is not masked although the trace asks for it, in words.
    pub fn remark(&self) -> Option<String> {
        let text = || {
            format!("captured values are not masked, for there are more than {MOST}; `mask` may have rules for them")
        };
        self.too_many.then(text)
    }

    /// Puts marks into what a finding says that no event holds.
    pub fn finding(&mut self, finding: &mut Finding) {
        self.text(&mut finding.text);
    }

    /// The marks that were made.
    pub fn marks(self) -> Marks {
        self.marks
    }

    fn content(&mut self, content: &mut Content) {
        if let Some(head) = &mut content.head {
            self.line(&mut head.line);
            head.headers.iter_mut().for_each(|(_, value)| self.text(value));
        }
        if let Some(shown) = &mut content.shown {
            self.text(shown);
        }
        let Some(text) = &mut content.text else { return };
        let kept = text.len() as u64;
        self.text(text);
        // What it holds instead of masked values is told with it; so its digest is that of the rest.
        if let (Some(size), Some(rest)) = (&mut content.size, &content.rest)
            && text.contains(is_mark)
        {
            let left = text.chars().filter(|c| !is_mark(*c)).map(|c| c.len_utf8() as u64);
            *size = size.saturating_sub(kept) + left.sum::<u64>();
            content.digest = Some(rest.clone());
        }
    }

    /// A start line, whose version is not shown and stays known for one.
    fn line(&mut self, line: &mut String) {
        let mut shown = shown_line(line).to_owned();
        let from = line.rfind(&shown).unwrap_or(0);
        let place = from..from + shown.len();
        self.text(&mut shown);
        line.replace_range(place, &shown);
    }

    fn text(&mut self, text: &mut String) {
        if !text.is_ascii() && text.contains(is_mark) {
            let escape = |c: char| {
                if is_mark(c) {
                    c.escape_unicode().to_string()
                } else {
                    c.to_string()
                }
            };
            *text = text.chars().map(escape).collect();
        }
        for place in 0..self.own.len() {
            let found = found(&self.own[place], text);
            self.replace(text, &found);
        }
        if !self.captured.is_empty() {
            let found = self.captures(text);
            self.replace(text, &found);
        }
        // All that the built-in rules know has one of these in it.
        if text.contains(['-', ':']) && self.any.is_match(text) {
            for place in 0..self.builtin.len() {
                let found = found(&self.builtin[place], text);
                self.replace(text, &found);
            }
        }
    }

    /// The captured values in a text, but for those that are a part of what a built-in rule knows: the `27` of a date is
    /// none.
    fn captures(&self, text: &str) -> Vec<Found> {
        let mut hits = self.captured.found(text);
        if !hits.is_empty() && text.contains(['-', ':']) && self.any.is_match(text) {
            let wholes: Vec<(Range<usize>, Range<usize>)> =
                self.builtin.iter().flat_map(|rule| wholes(rule, text)).collect();
            hits.retain(|Hit { place, .. }| {
                let is_part = |whole: &Range<usize>| whole.start <= place.start && place.end <= whole.end;
                let is_value = |(whole, value)| place == whole || place == value;
                wholes
                    .iter()
                    .all(|(whole, value)| is_value((whole, value)) || !is_part(whole))
            });
        }
        let shown = |name: u16| self.names[usize::from(name)];
        hits.into_iter()
            .map(|hit| (hit.place, shown(hit.name), RuleKind::Value(hit.key)))
            .collect()
    }

    /// Puts marks for what a rule found.
    fn replace(&mut self, text: &mut String, found: &[Found]) {
        if found.is_empty() {
            return;
        }
        let mut masked = String::with_capacity(text.len());
        let mut end = 0;
        for (range, shown, kind) in found {
            masked.push_str(&text[end..range.start]);
            end = range.end;
            match self.mark(&text[range.clone()], *shown, *kind) {
                Some(mark) => masked.push(mark),
                None => masked.push_str(&numbered(&self.marks.shown[usize::from(*shown)], "…")),
            }
        }
        masked.push_str(&text[end..]);
        *text = masked;
    }

    /// The mark for a value; none where there are too many.
    fn mark(&mut self, value: &str, shown: u16, kind: RuleKind) -> Option<char> {
        let endpoint = match kind {
            RuleKind::Port => value.parse().ok().and_then(|port: u16| self.endpoints.get(&port)),
            _ => None,
        };
        let (shown, key) = match (endpoint, kind) {
            (Some(endpoint), _) => (self.marks.shown_as(&format!("<port of {endpoint}>")), [0; 16]),
            (None, RuleKind::Clock) => (shown, [0; 16]),
            (None, RuleKind::Value(key)) => (shown, key),
            (None, _) => (shown, key(value)),
        };
        if let Some(mark) = self.known.get(&(shown, key)) {
            return Some(*mark);
        }
        let mark = nth(u32::try_from(self.marks.of.len()).unwrap_or(u32::MAX))?;
        self.marks.of.push(shown);
        self.known.insert((shown, key), mark);
        Some(mark)
    }

    fn rule(&mut self, regex: &str, shown: &str, kind: RuleKind) -> Result<Rule, TraceError> {
        let regex = Regex::new(regex).map_err(broken)?;
        let shown = self.marks.shown_as(shown);
        Ok(Rule { regex, shown, kind })
    }
}

impl Marks {
    /// What a mark is shown as, by its place among all such; none for any other character.
    pub fn place(&self, mark: char) -> Option<u16> {
        if !is_mark(mark) {
            return None;
        }
        let code = u32::from(mark) - FIRST;
        self.of
            .get((code / 0x1_0000 * PLANE + code % 0x1_0000) as usize)
            .copied()
    }

    /// What marks of this place are shown as, the first of them without a number.
    pub fn shown(&self, place: u16) -> &str {
        self.shown.get(usize::from(place)).map_or("", String::as_str)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    fn shown_as(&mut self, text: &str) -> u16 {
        let place = self.shown.iter().position(|shown| shown == text);
        let place = place.unwrap_or_else(|| {
            self.shown.push(text.to_owned());
            self.shown.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }
}

/// Whether a character may be a mark.
pub fn is_mark(c: char) -> bool {
    u32::from(c) >= FIRST
}

/// `<id>` with this behind it, inside its bracket: `<id:2>`.
pub fn numbered(shown: &str, number: &str) -> String {
    match shown.strip_suffix('>') {
        Some(begin) => format!("{begin}:{number}>"),
        None => format!("{shown}:{number}"),
    }
}

fn broken(error: regex::Error) -> TraceError {
    TraceError::Broken {
        line: 1,
        what: format!("a mask is no regular expression: {error}"),
    }
}

/// What is to be masked in a text: where it stands, what it is shown as, and what is told apart.
type Found = (Range<usize>, u16, RuleKind);

/// What a rule finds in a text, from left to right.
fn found(rule: &Rule, text: &str) -> Vec<Found> {
    let values = wholes(rule, text).into_iter().map(|(_, value)| value);
    values.map(|range| (range, rule.shown, rule.kind)).collect()
}

/// All that a rule matches in a text, each with what of it is to be masked.
fn wholes(rule: &Rule, text: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let is_some = |found: &(Range<usize>, Range<usize>)| !found.1.is_empty();
    if rule.regex.captures_len() == 1 {
        let all = rule.regex.find_iter(text).map(|found| (found.range(), found.range()));
        return all.filter(is_some).collect();
    }
    let group = |captures: Captures<'_>| {
        let mut groups = captures.iter().flatten().map(|group| group.range());
        Some((groups.next()?, groups.next()?))
    };
    rule.regex
        .captures_iter(text)
        .filter_map(group)
        .filter(is_some)
        .collect()
}

fn nth(place: u32) -> Option<char> {
    (place < MOST_VALUES).then(|| char::from_u32(FIRST + place / PLANE * 0x1_0000 + place % PLANE))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::event::{Header, HeaderMask, HeaderMaskRule, Line, VERSION};

    fn header(mask: HeaderMask) -> Header {
        Header {
            trace: VERSION,
            wiretale: String::new(),
            scenario: String::new(),
            case: None,
            title: None,
            seed: 0,
            mask,
            expect: Default::default(),
            actors: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn listening(index: u32, endpoint: &str, address: &str) -> Line {
        Line::Event(Box::new(Event {
            strand: "~".to_owned(),
            index,
            time: 0,
            step: None,
            frames: Vec::new(),
            label: None,
            hide: false,
            event: Kind::Listening {
                endpoint: endpoint.to_owned(),
                address: address.to_owned(),
            },
        }))
    }

    fn masker(mask: HeaderMask) -> Masker {
        let lines = [
            Line::Header(header(mask)),
            listening(0, "Server", "127.0.0.1:4000"),
            listening(1, "Ftp.data", "[::1]:4001"),
        ];
        Masker::of(&TraceSource::from_lines(&lines).unwrap()).unwrap()
    }

    /// The text with `{as}` for the first value that is shown so, `{as 2}` for the second.
    fn shown(masker: &mut Masker, text: &str) -> String {
        let mut text = text.to_owned();
        masker.text(&mut text);
        let mut seen: Vec<char> = Vec::new();
        text.chars()
            .map(|c| match masker.marks.place(c) {
                None => c.to_string(),
                Some(place) => {
                    let of_place = |other: &char| masker.marks.place(*other) == Some(place);
                    if !seen.contains(&c) {
                        seen.push(c);
                    }
                    let nth = seen
                        .iter()
                        .filter(|c| of_place(c))
                        .position(|other| *other == c)
                        .unwrap();
                    format!("{}{}", masker.marks.shown(place), if nth > 0 { nth + 1 } else { 0 })
                }
            })
            .collect()
    }

    fn builtin(text: &str) -> String {
        shown(&mut masker(HeaderMask::default()), text)
    }

    #[test]
    fn dates_and_times_are_masked_and_not_told_apart() {
        assert_eq!(builtin("at 2026-11-27T01:02:03Z."), "at <time>0.");
        assert_eq!(
            builtin("2026-11-27 01:02:03.456+01:00,2026-11-28T00:00"),
            "<time>0,<time>0"
        );
        assert_eq!(builtin("Date: Fri, 27 Nov 2026 01:02:03 GMT"), "Date: <time>0");
        assert_eq!(builtin("2026-11-27 2026-11-28"), "<date>0 <date>0");
    }

    #[test]
    fn what_only_looks_like_a_date_is_not_masked() {
        for text in [
            "2026-13-27",
            "12026-11-27",
            "2026-11-270",
            "x2026-11-27",
            "1.2.3-4",
            "26-11-27",
            "12:30",
        ] {
            assert_eq!(builtin(text), text);
        }
    }

    #[test]
    fn uuids_are_told_apart() {
        let (a, b) = (
            "123e4567-e89b-12d3-a456-426614174000",
            "123e4567-e89b-12d3-a456-426614174001",
        );
        assert_eq!(builtin(&format!("{a} {b} {a}")), "<uuid>0 <uuid>2 <uuid>0");
        assert_eq!(builtin(&format!("{a}0")), format!("{a}0"));
    }

    #[test]
    fn ports_behind_loopback_addresses_are_masked_and_numbers_are_not() {
        assert_eq!(builtin("127.0.0.1:4000"), "127.0.0.1:<port of Server>0");
        assert_eq!(
            builtin("[::1]:4001 localhost:9"),
            "[::1]:<port of Ftp.data>0 localhost:<port>0"
        );
        assert_eq!(
            builtin("127.0.0.1:5000 127.0.0.1:5001"),
            "127.0.0.1:<port>0 127.0.0.1:<port>2"
        );
        assert_eq!(builtin("4000 port=4000 10.0.0.1:4000"), "4000 port=4000 10.0.0.1:4000");
    }

    #[test]
    fn rules_of_the_scenario_go_first_and_mask_their_group() {
        let rule = |regex: &str, shown: &str| HeaderMaskRule {
            regex: regex.to_owned(),
            shown: shown.to_owned(),
        };
        let mask = HeaderMask {
            builtin: false,
            captures: true,
            rules: vec![rule("id=([0-9]+)|key=([a-z]+)", "<id>"), rule("[0-9]+", "#")],
            ..HeaderMask::default()
        };
        let mut masker = masker(mask);
        assert_eq!(
            shown(&mut masker, "id=7 key=x 7 id=7 2026-11-27"),
            "id=<id>0 key=<id>2 #0 id=<id>0 #2-#3-#4"
        );
    }

    #[test]
    fn the_version_of_a_start_line_is_not_masked() {
        let rule = HeaderMaskRule {
            regex: "[0-9]+".to_owned(),
            shown: "#".to_owned(),
        };
        let mut masker = masker(HeaderMask {
            rules: vec![rule],
            ..HeaderMask::default()
        });
        for (line, masked) in [
            ("GET /7 HTTP/1.1", "GET /"),
            ("HTTP/1.1 200 OK", ""),
            ("PING 1", "PING "),
        ] {
            let mut line = line.to_owned();
            masker.line(&mut line);
            let shown = shown_line(&line);
            assert!(!shown.contains("HTTP") && shown.starts_with(masked), "{line}");
            assert_eq!(shown.chars().filter(|c| is_mark(*c)).count(), 1, "{line}");
        }
    }

    #[test]
    fn a_rule_that_is_no_regular_expression_is_a_broken_header() {
        let rule = HeaderMaskRule {
            regex: "(".to_owned(),
            shown: "x".to_owned(),
        };
        let mask = HeaderMask {
            rules: vec![rule],
            ..HeaderMask::default()
        };
        let source = TraceSource::from_lines(&[Line::Header(header(mask))]).unwrap();
        let error = Masker::of(&source).unwrap_err();
        assert!(
            error.to_string().starts_with("line 1 of the trace is broken: a mask"),
            "{error}"
        );
    }

    #[test]
    fn marks_on_the_wire_are_no_marks() {
        assert_eq!(
            builtin("\u{f0000}\u{10abcd} 2026-11-27"),
            "\\u{f0000}\\u{10abcd} <date>0"
        );
    }

    #[test]
    fn marks_are_found_again_in_both_planes() {
        let marks = Marks {
            shown: (0..4).map(|n| n.to_string()).collect(),
            of: (0..MOST_VALUES).map(|n| (n % 4) as u16).collect(),
        };
        for place in [0, 1, PLANE - 1, PLANE, PLANE + 1, MOST_VALUES - 1] {
            assert_eq!(marks.place(nth(place).unwrap()), Some((place % 4) as u16), "{place}");
        }
        assert_eq!(nth(MOST_VALUES), None);
        assert_eq!(marks.place('x'), None);
    }
}
