//! How a file is laid out: where its lines break, and how far they are indented.
//!
//! Owns the rules of `wiretale fmt`. Scalars and keys are copied from the text as they are written, so that nothing but
//! white space changes. Does not own which places of the format the rules know (`place`), nor files (`cli`).
//!
//! What fits is on one line. A list of several steps never is, so that a conversation is read from top to bottom; only
//! an alternative keeps its `do` beside it. Of an object that does not fit, the one list of steps in it is opened where it
//! stands; else it breaks at its keys, as many on a line as fit.

mod part;
mod place;

#[cfg(test)]
mod tests;

use unicode_width::UnicodeWidthStr;

use self::part::{Item, Member, Part};
use self::place::Place;
use super::mistake::Mistake;
use super::syntax::{self, Remarks};

/// How wide a line may be where it can be broken, in columns.
const WIDTH: usize = 100;

/// How far what is inside is indented.
const STEP: usize = 2;

/// Lays a file out: a scenario, or another file of JSON.
///
/// What the file means stays the same, and a file that is laid out stays as it is. An `Err` holds what is wrong, which
/// points into the text as its first file.
pub fn lay_out(text: &str) -> Result<String, Vec<Mistake>> {
    let (_, mistakes) = syntax::parse(text, 0, Remarks::Drop).map_err(|mistake| vec![mistake])?;
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let value = syntax::written(text).expect("what was parsed once is parsed again");
    let mut writer = Writer {
        text: String::with_capacity(text.len() * 2),
        column: 0,
    };
    writer.part(&Part::of(&value, text), Place::Top, 0, 0);
    writer.text.push('\n');
    Ok(writer.text)
}

/// Writes one part after another, and knows where in the line it is.
struct Writer {
    text: String,
    column: usize,
}

impl Writer {
    /// Writes a part whose lines are indented by `indent`; `after` columns come behind it on its last line.
    ///
    /// Recursion is bounded, as the parser bounds how deep a text is nested.
    fn part(&mut self, part: &Part<'_>, place: Place, indent: usize, after: usize) {
        match self.fits(part, place, after) {
            Some(line) => self.push(&line),
            None => self.open(part, place, indent, after),
        }
    }

    /// Writes a part over several lines, if it has any parts.
    fn open(&mut self, part: &Part<'_>, place: Place, indent: usize, after: usize) {
        match part {
            Part::Scalar(scalar) => self.push(scalar),
            Part::List(items) if items.is_empty() => self.push("[]"),
            Part::Object(members) if members.is_empty() => self.push("{}"),
            Part::List(items) => self.list(items, place, indent),
            Part::Object(members) if place.is_block() => self.block(members, place, indent),
            Part::Object(members) => {
                if let Some(opened) = self.opened(members, place, indent, after) {
                    self.hug(members, opened, place, indent, after);
                } else if place.breaks_at_keys() {
                    self.keys(members, place, indent, after);
                } else {
                    self.block(members, place, indent);
                }
            }
        }
    }

    /// `[`, a line for each item, `]`.
    fn list(&mut self, items: &[Item<'_>], place: Place, indent: usize) {
        self.push("[");
        for (index, item) in items.iter().enumerate() {
            let comma = usize::from(index + 1 < items.len());
            self.line(indent + STEP, index > 0 && item.apart);
            self.part(&item.part, place.item(), indent + STEP, comma);
            self.push(&","[..comma]);
        }
        self.line(indent, false);
        self.push("]");
    }

    /// `{`, a line for each member, `}`.
    fn block(&mut self, members: &[Member<'_>], place: Place, indent: usize) {
        self.push("{");
        for (index, member) in members.iter().enumerate() {
            let comma = usize::from(index + 1 < members.len());
            self.line(indent + STEP, index > 0 && member.apart);
            self.key(member);
            self.part(&member.part, place.member(member), indent + STEP, comma);
            self.push(&","[..comma]);
        }
        self.line(indent, false);
        self.push("}");
    }

    /// `{ "first": 1, "second": 2,` and what has no room there on lines below; `}` is behind the last member.
    fn keys(&mut self, members: &[Member<'_>], place: Place, indent: usize, after: usize) {
        self.push("{ ");
        let mut on_one_line = true;
        for (index, member) in members.iter().enumerate() {
            let behind = if index + 1 < members.len() { 1 } else { 2 + after };
            if index > 0 {
                let begun = self.column + ", ".len() + member.key.width() + ": ".len();
                let room = WIDTH.checked_sub(begun + behind).filter(|_| on_one_line);
                let beside = room.and_then(|room| flat(&member.part, place.member(member), room));
                if beside.is_some() {
                    self.push(", ");
                } else {
                    self.push(",");
                    self.line(indent + STEP, false);
                }
            }
            self.key(member);
            let begun = self.text.len();
            self.part(&member.part, place.member(member), indent + STEP, behind);
            on_one_line = !self.text[begun..].contains('\n');
        }
        self.push(" }");
    }

    /// `{ "repeat": 3, "do": [`, the lines of that list, `] }`.
    fn hug(&mut self, members: &[Member<'_>], opened: usize, place: Place, indent: usize, after: usize) {
        self.push("{ ");
        let rest = flat_members(&members[opened + 1..], place, WIDTH).unwrap_or_default();
        for (index, member) in members[..=opened].iter().enumerate() {
            self.key(member);
            if index < opened {
                self.push(&flat(&member.part, place.member(member), WIDTH).unwrap_or_default());
                self.push(", ");
            }
        }
        let member = &members[opened];
        let comma = usize::from(!rest.is_empty()) * 2;
        self.open(
            &member.part,
            place.member(member),
            indent,
            comma + rest.width() + 2 + after,
        );
        self.push(&", "[..comma]);
        self.push(&rest);
        self.push(" }");
    }

    /// The member that is opened where it stands: the only list of steps, or the only member; what is on the line before
    /// it and behind it must fit.
    fn opened(&self, members: &[Member<'_>], place: Place, indent: usize, after: usize) -> Option<usize> {
        let holds = |member: &Member<'_>| match &member.part {
            Part::List(items) => !items.is_empty() && place.member(member).is_steps(),
            _ => false,
        };
        let mut lists = (0..members.len()).filter(|&index| holds(&members[index]));
        let opened = match (lists.next(), lists.next()) {
            (Some(list), None) => list,
            (None, _) if members.len() == 1 && !members[0].part.is_scalar() => 0,
            _ => return None,
        };
        let before = flat_members(&members[..opened], place, WIDTH)?;
        let rest = flat_members(&members[opened + 1..], place, WIDTH)?;
        let comma = |text: &str| if text.is_empty() { 0 } else { 2 };
        let first = self.column + 2 + before.width() + comma(&before) + members[opened].key.width() + 3;
        let last = indent + 1 + comma(&rest) + rest.width() + 2 + after;
        (first <= WIDTH && last <= WIDTH).then_some(opened)
    }

    /// The part on one line, where the line has room for it.
    fn fits(&self, part: &Part<'_>, place: Place, after: usize) -> Option<String> {
        flat(part, place, WIDTH.checked_sub(self.column + after)?)
    }

    fn key(&mut self, member: &Member<'_>) {
        self.push(member.key);
        self.push(": ");
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.width();
    }

    fn line(&mut self, indent: usize, apart: bool) {
        self.text.push_str(if apart { "\n\n" } else { "\n" });
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }
}

/// A part on one line, if it may be and takes no more than `room` columns.
fn flat(part: &Part<'_>, place: Place, room: usize) -> Option<String> {
    let line = match part {
        Part::Scalar(scalar) => (*scalar).to_owned(),
        Part::List(items) if items.is_empty() => "[]".to_owned(),
        Part::Object(members) if members.is_empty() => "{}".to_owned(),
        _ if place.is_always_open() => return None,
        Part::List(items) => {
            if items.len() > 1 && place.is_one_a_line() {
                return None;
            }
            let mut line = String::new();
            for item in items {
                let left = room.checked_sub(line.width())?;
                comma(&mut line);
                line.push_str(&flat(&item.part, place.item(), left)?);
            }
            if place.is_steps() {
                format!("[ {line} ]")
            } else {
                format!("[{line}]")
            }
        }
        Part::Object(members) => format!("{{ {} }}", flat_members(members, place, room)?),
    };
    (line.width() <= room).then_some(line)
}

/// Members on one line, without what is around them.
fn flat_members(members: &[Member<'_>], place: Place, room: usize) -> Option<String> {
    let mut line = String::new();
    for member in members {
        let left = room.checked_sub(line.width())?;
        comma(&mut line);
        line.push_str(member.key);
        line.push_str(": ");
        line.push_str(&flat(&member.part, place.member(member), left)?);
    }
    Some(line)
}

fn comma(line: &mut String) {
    if !line.is_empty() {
        line.push_str(", ");
    }
}
