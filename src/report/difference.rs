//! A difference between two diagrams as text.
//!
//! Owns the words, the marks and the colours. What is missing has the mark `-`, what was added `+`, what became something
//! else `~`, what moved `<` where it stood and `>` where it stands.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::baseline::{Change, Difference, Level, RaceNote, Row, Told, What};
use crate::diagram::label::short;
use crate::diagram::mermaid;

/// How many lines around each change are told.
const CONTEXT: usize = 2;

/// How many rows that differ are told.
const MOST: usize = 60;

/// The longest text of a line that is told, in characters.
const LONGEST: usize = 200;

/// How two diagrams differ: in one sentence, then with a few lines around each change. Whether it is coloured the caller
/// knows.
pub fn difference(difference: &Difference, coloured: bool) -> String {
    let mut page = Page {
        text: String::new(),
        coloured,
        depth: 0,
    };
    page.line(
        Mark::Alike,
        &format!("{}{}", sentence(difference), counts(&difference.changes)),
    );
    for change in difference.changes.iter().filter(|change| change.at.is_none()) {
        whole(&mut page, &change.what);
    }
    let mut passed = 0;
    let mut told = 0;
    let mut more = 0;
    for (row, seen) in difference.near(CONTEXT, MOST).into_iter().enumerate() {
        let changed = difference.is_changed(row);
        if !seen {
            passed += usize::from(!changed && content(difference, row).is_some_and(|line| line.is_content()));
            more += usize::from(changed && difference.change_at(row).is_some());
            continue;
        }
        if passed > 0 {
            let lines = if passed == 1 { "line" } else { "lines" };
            page.line(Mark::Passed, &format!("… {passed} {lines} alike"));
            passed = 0;
        }
        told += usize::from(changed);
        page.row(difference, row);
    }
    if more > 0 {
        let changes = if more == 1 { "change" } else { "changes" };
        page.line(Mark::Passed, &format!("and {more} more {changes}"));
    } else if passed > 0 && told > 0 {
        let lines = if passed == 1 { "line" } else { "lines" };
        page.line(Mark::Passed, &format!("… {passed} {lines} alike"));
    }
    if difference.changes.iter().any(|change| change.what == What::Hidden) {
        page.line(
            Mark::Plain,
            match difference.level {
                Level::Hidden => {
                    "    help      `wiretale diff` of the two runs' traces says on which level they differ"
                }
                Level::Payload => "    help      a longer `label`, or none, shows more of a message",
                _ => {
                    "    help      `--detail lifecycle` draws more, though not what a step hides or a label stands for"
                }
            },
        );
    }
    page.text
}

/// What the level says, in words.
fn sentence(difference: &Difference) -> &'static str {
    let is_note = |told: &Told| !matches!(told, Told::Message { .. });
    let notes = difference
        .changes
        .iter()
        .filter(|change| change.at.is_some())
        .all(|change| match &change.what {
            What::Missing { line } | What::Added { line } => is_note(line),
            What::Changed { old, new } => is_note(old) && is_note(new),
            What::Moved { lines, .. } => lines.iter().all(is_note),
            _ => false,
        });
    // Of two traces the level is known even where nothing that is drawn tells it.
    let hidden = difference.changes.iter().any(|change| change.what == What::Hidden);
    match difference.level {
        Level::Messages if hidden => "all that is drawn is the same, the messages are not",
        Level::Connection if hidden => "all that is drawn is the same, the order of messages is not",
        Level::Strand if hidden => "all that is drawn is the same, what each strand does and takes is not",
        Level::Messages => "the messages differ",
        Level::Connection => "the messages are the same, their order from one party to another is not",
        Level::Strand if notes => "the messages and their order are the same, the notes beside them are not",
        Level::Strand => "the messages are the same, their order per lifeline is not",
        Level::Payload => "all that is drawn is the same, what messages hold behind their labels is not",
        Level::Drawing => "the messages and their order are the same, only how they are drawn is not",
        Level::Hidden => "all that is drawn is the same; what differs is cut from the diagram or behind a label",
        Level::Outcome => "what happened is the same",
    }
}

/// `: 1 missing, 2 added`.
fn counts(changes: &[Change]) -> String {
    let mut counts = [0usize; 6];
    for change in changes {
        let kind = match &change.what {
            What::Missing { .. } => 0,
            What::Added { .. } => 1,
            What::Changed { .. } => 2,
            What::Moved { .. } => 3,
            What::Count { .. } => 4,
            What::Ending { .. } => 5,
            _ => continue,
        };
        counts[kind] += 1;
    }
    let words = [
        "missing",
        "added",
        "changed",
        "moved",
        "counted otherwise",
        "ended otherwise",
    ];
    let told = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    let told: Vec<String> = told.map(|(count, word)| format!("{count} {word}")).collect();
    match told.is_empty() {
        true => String::new(),
        false => format!(": {}", told.join(", ")),
    }
}

fn whole(page: &mut Page, what: &What) {
    let pass = |verdict: &Option<String>| verdict.clone().unwrap_or_else(|| "pass".to_owned());
    let none = |said: &Option<String>| {
        said.as_deref()
            .map_or_else(|| "none".to_owned(), |said| short(said, LONGEST))
    };
    match what {
        What::Verdict { old, new } => {
            page.line(Mark::Changed, &format!("verdict: was {}, now {}", pass(old), pass(new)));
        }
        What::About { key, old, new } => {
            page.line(Mark::Changed, &format!("{key}: was {}, now {}", none(old), none(new)));
        }
        What::Participants {
            missing,
            added,
            renamed,
            reordered,
        } => {
            for label in missing.iter().take(MOST) {
                page.line(Mark::Missing, &format!("participant {}", short(label, LONGEST)));
            }
            for label in added.iter().take(MOST) {
                page.line(Mark::Added, &format!("participant {}", short(label, LONGEST)));
            }
            for both in renamed {
                let (old, new) = (short(&both.old, LONGEST), short(&both.new, LONGEST));
                page.line(Mark::Changed, &format!("participant {old} is now {new}"));
            }
            let more = missing.len().saturating_sub(MOST) + added.len().saturating_sub(MOST);
            if more > 0 {
                page.line(Mark::Passed, &format!("and {more} more participants"));
            }
            if *reordered {
                page.line(Mark::Changed, "the participants stand in another order");
            }
        }
        _ => {}
    }
}

/// The line of a row, as the new diagram has it where both have it.
fn content(difference: &Difference, row: usize) -> Option<Told> {
    match difference.rows()[row] {
        Row::Both { new, .. } | Row::Changed { new, .. } | Row::Added { new } | Row::Came { new, .. } => {
            difference.new_line(new)
        }
        Row::Missing { old } | Row::Left { old, .. } => difference.old_line(old),
    }
}

/// What stands before a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Nothing, not even room for a mark.
    Plain,
    Alike,
    Passed,
    Missing,
    Added,
    Changed,
    Left,
    Came,
}

impl Mark {
    const fn spelling(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Alike | Self::Passed => "  ",
            Self::Missing => "- ",
            Self::Added => "+ ",
            Self::Changed => "~ ",
            Self::Left => "< ",
            Self::Came => "> ",
        }
    }

    fn style(self) -> Style {
        let of = |colour: AnsiColor| colour.on_default();
        match self {
            Self::Plain | Self::Alike => Style::new(),
            Self::Passed => Style::new().dimmed(),
            Self::Missing => of(AnsiColor::Red),
            Self::Added => of(AnsiColor::Green),
            Self::Changed => of(AnsiColor::Yellow),
            Self::Left | Self::Came => of(AnsiColor::Cyan),
        }
    }
}

struct Page {
    text: String,
    coloured: bool,
    /// In how many frames that both diagrams have.
    depth: usize,
}

impl Page {
    fn line(&mut self, mark: Mark, words: &str) {
        let style = if self.coloured { mark.style() } else { Style::new() };
        let (spelling, indent) = (mark.spelling(), 2 * self.depth);
        writeln!(self.text, "{style}{spelling}{:indent$}{words}{style:#}", "").expect("a string takes all");
    }

    fn row(&mut self, difference: &Difference, row: usize) {
        let old = |place: usize| difference.old_line(place).unwrap_or(Told::End);
        let new = |place: usize| difference.new_line(place).unwrap_or(Told::End);
        match difference.rows()[row] {
            Row::Both { old: place, new: other } | Row::Changed { old: place, new: other } => {
                self.shared(&old(place), &new(other));
            }
            Row::Missing { old: place } => self.line(Mark::Missing, &said(&old(place))),
            Row::Added { new: place } => self.line(Mark::Added, &said(&new(place))),
            Row::Left { old: place, .. } => self.line(Mark::Left, &said(&old(place))),
            Row::Came { new: place, .. } => self.line(Mark::Came, &said(&new(place))),
        }
        if let Some(What::Count { old, new, .. }) = difference.change_at(row).map(|change| &change.what)
            && !difference.is_shared(row)
        {
            self.detail(&format!("was {}, now {}", times(*old), times(*new)));
        }
        if let Some(first) = block_that_ends_with(difference, row)
            && let Some(change) = difference.change_at(first)
        {
            self.moved(change);
        }
    }

    /// A line that both have, or that became another.
    fn shared(&mut self, old: &Told, new: &Told) {
        if matches!(new, Told::Section { .. } | Told::End) {
            self.depth = self.depth.saturating_sub(1);
        }
        if old == new || said(old) == said(new) {
            self.line(Mark::Alike, &said(new));
        } else if head(old) == head(new) {
            self.line(Mark::Changed, &head(new));
            self.detail(&format!("was {}", text(old)));
            self.detail(&format!("now {}", text(new)));
        } else {
            self.line(Mark::Changed, &said(old));
            self.detail(&format!("now {}", said(new)));
        }
        if matches!(new, Told::Frame { .. } | Told::Section { .. }) {
            self.depth += 1;
        }
    }

    fn moved(&mut self, change: &Change) {
        let (What::Moved { to, later, race, .. }, Some(at)) = (&change.what, &change.at) else {
            return;
        };
        let place = match later {
            true => match &to.after {
                Some(line) => format!("now after {}", said(line)),
                None => "now behind all of these".to_owned(),
            },
            false => match (&at.after, &at.before) {
                (Some(line), _) => format!("was after {}", said(line)),
                (None, Some(line)) => format!("was before {}", said(line)),
                (None, None) => "was behind all of these".to_owned(),
            },
        };
        self.detail(&place);
        if let Some(race) = race {
            self.race(race);
        }
    }

    fn race(&mut self, race: &RaceNote) {
        let steps = race.steps.iter().map(|step| {
            let place = &step.place;
            format!("`{}` at {}:{}:{}", step.verb, place.file, place.line, place.column)
        });
        let steps: Vec<String> = steps.collect();
        let between = if steps.is_empty() {
            String::new()
        } else {
            format!(": {}", steps.join(" and "))
        };
        self.detail(&format!("race {} was decided otherwise{between}", race.number));
    }

    fn detail(&mut self, words: &str) {
        self.line(Mark::Alike, &format!("    {words}"));
    }
}

/// The first row of the block of moved lines whose last row this is.
fn block_that_ends_with(difference: &Difference, row: usize) -> Option<usize> {
    let rows = difference.rows();
    let next = |row: Row| match row {
        Row::Left { old, new } => Some(Row::Left {
            old: old + 1,
            new: new + 1,
        }),
        Row::Came { old, new } => Some(Row::Came {
            old: old + 1,
            new: new + 1,
        }),
        _ => None,
    };
    let behind = next(rows[row])?;
    if rows.get(row + 1) == Some(&behind) {
        return None;
    }
    let mut first = row;
    while first > 0 && next(rows[first - 1]) == Some(rows[first]) {
        first -= 1;
    }
    Some(first)
}

fn times(count: u64) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

/// Who says it to whom.
fn head(told: &Told) -> String {
    let name = |name: &str| short(name, LONGEST);
    match told {
        Told::Message { from, to, arrow, .. } => format!("{} {} {}", name(from), mermaid::head(*arrow), name(to)),
        Told::Note { first, last, .. } if first == last => format!("note over {}", name(first)),
        Told::Note { first, last, .. } => format!("note over {} to {}", name(first), name(last)),
        Told::Frame { frame, .. } => mermaid::keyword(*frame).to_owned(),
        Told::Section { .. } => "and".to_owned(),
        Told::End => "end".to_owned(),
    }
}

fn text(told: &Told) -> String {
    match told {
        Told::Message { text, .. } | Told::Note { text, .. } => short(text, LONGEST),
        Told::Frame { title, .. } | Told::Section { title } => short(title, LONGEST),
        Told::End => String::new(),
    }
}

/// A line in one line.
fn said(told: &Told) -> String {
    match told {
        Told::Message { .. } | Told::Note { .. } => format!("{}: {}", head(told), text(told)),
        Told::Frame { .. } | Told::Section { .. } => format!("{} {}", head(told), text(told)).trim_end().to_owned(),
        Told::End => head(told),
    }
}
