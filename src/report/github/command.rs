//! Workflow commands: lines on standard output by which GitHub Actions is told something.
//!
//! Owns how an annotation is written, and how many are. Does not own what is annotated.

use std::fmt::Write;

use crate::report::plain::{cut, line, plain};

/// How many annotations of one level GitHub shows of a step; it drops the others without a word.
const SHOWN: usize = 10;

/// How many characters of a message are shown.
const MOST_MESSAGE: usize = 2_000;

/// What is shown at a line of a file, or at none.
#[derive(Clone, Debug)]
pub(super) struct Annotation {
    pub(super) level: Level,
    /// The file, and the line and column in it.
    pub(super) place: Option<(String, Option<(u32, u32)>)>,
    pub(super) title: String,
    pub(super) message: String,
}

/// How much an annotation matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// All annotations as commands, by level. Of those that GitHub would drop it is said how many they are.
pub(super) fn written(all: &[Annotation]) -> String {
    let mut text = String::new();
    for level in Level::ALL {
        let these: Vec<&Annotation> = all.iter().filter(|annotation| annotation.level == level).collect();
        let shown = if these.len() > SHOWN { SHOWN - 1 } else { these.len() };
        these[..shown]
            .iter()
            .for_each(|annotation| command(&mut text, annotation));
        if these.len() > shown {
            let more = Annotation {
                level,
                place: None,
                title: format!("{} more", these.len() - shown),
                message: "GitHub shows no more of them here; see the job's summary".to_owned(),
            };
            command(&mut text, &more);
        }
    }
    text
}

fn command(text: &mut String, annotation: &Annotation) {
    let mut properties = Vec::new();
    if let Some((file, at)) = &annotation.place {
        properties.push(format!("file={}", property(file)));
        properties.extend(at.map(|(line, column)| format!("line={line},col={column}")));
    }
    properties.push(format!("title={}", property(&cut(&annotation.title, 200))));
    let message = cut(plain(&annotation.message).trim_end(), MOST_MESSAGE);
    writeln!(
        text,
        "::{} {}::{}",
        annotation.level.word(),
        properties.join(","),
        data(&message)
    )
    .expect("writing to a string does not fail");
}

/// A message, of which the reader undoes this.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, of which the reader undoes this.
fn property(text: &str) -> String {
    data(&line(text)).replace(':', "%3A").replace(',', "%2C")
}
