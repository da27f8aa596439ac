//! Mistakes as text for people.
//!
//! Owns how a mistake looks: `file:line:column: error: text`, the line with carets below, notes and help; what is drawn
//! under another title, as a warning, looks the same. Does not own finding mistakes.

use std::fmt::Write as _;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use super::mistake::Mistake;
use super::source::Sources;
use super::written::Span;

/// Whether text has colours in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// ANSI escapes.
    Always,
    /// Plain text.
    Never,
}

/// How many characters of a line are shown before and behind the beginning of a mistake, if it has more than both.
const BEFORE: usize = 60;
const BEHIND: usize = 80;

/// As many characters as a line has that is shown whole.
const WHOLE: usize = BEFORE + BEHIND;

/// What the drawing of a line may take; it is cut here already.
const WIDTH: usize = 1000;

/// Stands for the part of a line that is not shown.
const CUT: char = '…';

/// All mistakes, one after another; of several the last line says how many.
pub fn render(mistakes: &[Mistake], sources: &Sources, colour: Colour) -> String {
    let painter = Painter { sources, colour };
    let mut text = String::new();
    for mistake in mistakes {
        painter.mistake(Head::Error, mistake, &mut text);
        text.push('\n');
    }
    match mistakes.len() {
        0 => {}
        1 => {
            text.pop();
        }
        many => writeln!(text, "{many} mistakes").expect("a string takes all text"),
    }
    text
}

/// What the headline of a mistake begins with: `error`, `warning[unused-variable]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Title<'t> {
    /// Whether it is a failure.
    pub is_error: bool,
    /// What kind of thing it is.
    pub code: &'t str,
}

/// One thing under a title of its own, with an empty line behind it.
pub fn render_titled(title: Title<'_>, mistake: &Mistake, sources: &Sources, colour: Colour) -> String {
    let mut text = String::new();
    Painter { sources, colour }.mistake(Head::Titled(title), mistake, &mut text);
    text.push('\n');
    text
}

/// The first word of a part.
#[derive(Clone, Copy)]
enum Head<'t> {
    Error,
    Note,
    Titled(Title<'t>),
}

impl Head<'_> {
    fn word(self) -> String {
        match self {
            Self::Error => "error".to_owned(),
            Self::Note => "note".to_owned(),
            Self::Titled(Title { is_error: true, code }) => format!("error[{code}]"),
            Self::Titled(Title { is_error: false, code }) => format!("warning[{code}]"),
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Error | Self::Titled(Title { is_error: true, .. }) => AnsiColor::BrightRed,
            Self::Titled(_) => AnsiColor::BrightYellow,
            Self::Note => AnsiColor::BrightGreen,
        }
        .on_default()
        .bold()
    }

    fn level(self) -> Level<'static> {
        match self {
            Self::Error | Self::Titled(Title { is_error: true, .. }) => Level::ERROR,
            Self::Titled(_) => Level::WARNING,
            Self::Note => Level::NOTE,
        }
    }
}

/// Draws one mistake after another.
struct Painter<'s> {
    sources: &'s Sources,
    colour: Colour,
}

/// A part of one line of a file, and what is marked in it, in bytes of that part.
struct Excerpt {
    text: String,
    start: usize,
    end: usize,
}

impl Painter<'_> {
    fn mistake(&self, head: Head<'_>, mistake: &Mistake, out: &mut String) {
        let help = match &mistake.notes[..] {
            [] => mistake.help.as_deref(),
            _ => None,
        };
        self.part(mistake.span, head, &mistake.text, help, out);
        for (n, (span, text)) in mistake.notes.iter().enumerate() {
            let last = n + 1 == mistake.notes.len();
            let help = mistake.help.as_deref().filter(|_| last);
            self.part(*span, Head::Note, text, help, out);
        }
    }

    /// A headline, the line it is about, and help.
    fn part(&self, span: Span, head: Head<'_>, text: &str, help: Option<&str>, out: &mut String) {
        let excerpt = self.excerpt(span);
        let word = head.word();
        let (style, bold) = match self.colour {
            Colour::Always => (head.style(), Style::new().bold()),
            Colour::Never => (Style::new(), Style::new()),
        };
        let place = self.sources.place(span);
        writeln!(
            out,
            "{bold}{}:{}:{}:{bold:#} {style}{word}:{style:#} {bold}{}{bold:#}",
            visible(&place.file),
            place.line,
            place.column,
            visible(text),
        )
        .expect("a string takes all text");
        let snippet = Snippet::source(excerpt.text.as_str())
            .line_start(place.line as usize)
            .annotation(AnnotationKind::Primary.span(excerpt.start..excerpt.end));
        let mut group = Group::with_level(head.level()).element(snippet);
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = match self.colour {
            Colour::Always => Renderer::styled(),
            Colour::Never => Renderer::plain(),
        };
        let drawn = renderer
            .term_width(WIDTH)
            .decor_style(DecorStyle::Ascii)
            .render(&[group]);
        out.push_str(drawn.trim_end());
        out.push('\n');
    }

    /// The first line of a span, cut to what fits on a screen.
    fn excerpt(&self, span: Span) -> Excerpt {
        let source = self.sources.source(span);
        let text = source.text.as_str();
        let at = boundary(text, span.start as usize);
        let before = &text[source.line_start(at)..at];
        // A scenario may stand in one line of megabytes: no more of it is looked at than is shown.
        let some = text[at..]
            .char_indices()
            .nth(WHOLE + 1)
            .map_or(text.len(), |(end, _)| at + end);
        let line_end = text[at..some].find(['\n', '\r']).map_or(some, |end| at + end);
        let behind = &text[at..line_end];
        let room = before.len() <= 4 * WHOLE && before.chars().count() + behind.chars().count() <= WHOLE;
        let (most_before, most_behind) = if room { (WHOLE, WHOLE) } else { (BEFORE, BEHIND) };
        let shown_start = before
            .char_indices()
            .rev()
            .take(most_before)
            .last()
            .map_or(0, |(start, _)| start);
        let shown_end = behind
            .char_indices()
            .nth(most_behind)
            .map_or(behind.len(), |(end, _)| end);

        let mut shown = String::new();
        if shown_start > 0 {
            shown.push(CUT);
        }
        shown.push_str(&before[shown_start..]);
        let start = shown.len();
        shown.push_str(&behind[..shown_end]);
        let end = start + (span.end as usize).saturating_sub(at).min(shown_end);
        if shown_end < behind.len() {
            shown.push(CUT);
        }
        Excerpt {
            end: boundary(&shown, end),
            text: shown,
            start,
        }
    }
}

/// The nearest boundary of a character at or before a byte.
fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Text of the file in a headline: what would break the line or move the cursor is shown escaped.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, mistakes: &[Mistake]) -> String {
        let mut sources = Sources::default();
        sources.add("s.json", text);
        render(mistakes, &sources, Colour::Never)
    }

    fn at(start: u32, end: u32) -> Mistake {
        Mistake::new(Span { file: 0, start, end }, "wrong")
    }

    #[test]
    fn a_mistake_has_its_place_its_line_and_carets() {
        let mistake = at(4, 7)
            .note(
                Span {
                    file: 0,
                    start: 0,
                    end: 1,
                },
                "here too",
            )
            .help("do otherwise");
        assert_eq!(
            drawn("{\n  \"a\": 1\n}", &[mistake]),
            "\
s.json:2:3: error: wrong
  |
2 |   \"a\": 1
  |   ^^^
s.json:1:1: note: here too
  |
1 | {
  | ^
  |
  = help: do otherwise
"
        );
    }

    #[test]
    fn columns_count_characters_and_carets_stand_below_them() {
        let text = "{ \"äö🦀\": x }";
        let start = u32::try_from(text.find('x').unwrap()).unwrap();
        let drawn = drawn(text, &[at(start, start + 1)]);
        assert!(drawn.starts_with("s.json:1:10: error: wrong\n"), "{drawn}");
        // The crab is two columns wide.
        assert!(drawn.ends_with(&format!("| {}^\n", " ".repeat(10))), "{drawn}");
    }

    #[test]
    fn a_wide_line_is_cut_on_both_sides() {
        let text = format!("[{}x{}]", "1,".repeat(5000), ",2".repeat(5000));
        let drawn = drawn(&text, &[at(10_001, 10_002)]);
        assert!(drawn.starts_with("s.json:1:10002: error: wrong\n"), "{drawn}");
        assert!(drawn.lines().all(|line| line.chars().count() < 160), "{drawn}");
        assert!(drawn.contains("…") && drawn.contains("1,x,2"), "{drawn}");
    }

    #[test]
    fn places_at_the_end_and_spans_over_lines_are_drawn() {
        for (text, start, end) in [
            ("", 0, 0),
            ("{", 1, 1),
            ("{\n\n", 3, 3),
            ("\t{\r\n}\r\n", 1, 5),
            ("ä", 1, 2),
        ] {
            let drawn = drawn(text, &[at(start, end)]);
            assert!(drawn.contains('^'), "{text:?}: {drawn}");
        }
    }

    #[test]
    fn under_another_title_a_mistake_looks_the_same() {
        let mut sources = Sources::default();
        sources.add("s.json", "{}");
        let mistake = at(0, 1).help("so");
        for (is_error, word) in [(true, "error[some-code]"), (false, "warning[some-code]")] {
            let code = "some-code";
            let titled = render_titled(Title { is_error, code }, &mistake, &sources, Colour::Never);
            let plain = drawn("{}", std::slice::from_ref(&mistake));
            assert_eq!(titled, format!("{plain}\n").replace("error", word));
        }
    }

    #[test]
    fn several_mistakes_are_counted() {
        let drawn = drawn("{}", &[at(0, 1), at(1, 2)]);
        assert!(drawn.ends_with("\n2 mistakes\n"), "{drawn}");
    }

    #[test]
    fn colours_change_nothing_else() {
        let mut sources = Sources::default();
        sources.add("s.json", "{}");
        let mistakes = [at(0, 1).help("so")];
        let coloured = render(&mistakes, &sources, Colour::Always);
        assert_ne!(coloured, drawn("{}", &mistakes));
        assert_eq!(
            anstream::adapter::strip_str(&coloured).to_string(),
            drawn("{}", &mistakes)
        );
    }

    #[test]
    fn control_characters_of_the_file_do_not_reach_the_terminal() {
        let mistake = Mistake::new(Span::default(), "unknown key `\u{1b}[2J`");
        assert!(!drawn("\u{1b}[2J", &[mistake]).contains('\u{1b}'));
    }
}
