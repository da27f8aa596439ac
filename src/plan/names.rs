//! Variables: which exist where.
//!
//! Owns the rule that a name must be able to exist where it is used: set earlier in the strand, or later in a loop around
//! both. Does not own values. Rules are lenient: what only one way through the steps sets counts as set.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::{Compiler, ROW};
use super::texts;
use super::way::Way;
use crate::scenario::mistake::{Mistake, nearest};
use crate::scenario::source::Sources;
use crate::scenario::written::{At, Span};
use crate::wire::template::Expression;

/// Names that mean something of their own, so that nothing can be called so.
pub(super) const GIVEN: [&str; 5] = ["actor", "message", "peer", "session", "local"];

/// What `actor` has without the scenario's doing.
pub(super) const GIVEN_CELLS: [&str; 3] = ["name", "index", "row"];

/// What may be asked of a row besides its members.
const METHODS: [&str; 4] = ["get", "items", "keys", "values"];

/// A strand's variables.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// How many uses and definitions there were before.
    here: usize,
    /// Where each was first defined.
    first: BTreeMap<String, (usize, Span)>,
    uses: Vec<Use>,
    /// Where each outermost loop ends.
    loop_ends: Vec<usize>,
    depth: usize,
    pub(super) whose: Whose,
}

/// Whose variables they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Whose {
    /// A strand's.
    #[default]
    Strand,
    /// Those of whichever strand waits, as the alternatives of `unexpected` have them.
    AnyStrand,
    /// A procedure's.
    Procedure,
    /// A procedure's while a strand calls it: what it uses was looked at already.
    Call,
}

#[derive(Debug)]
struct Use {
    name: String,
    span: Span,
    /// Where what uses it is used itself.
    way: Way,
    at: usize,
    /// The outermost loop around it.
    inside: Option<usize>,
}

impl Names {
    pub(super) fn define(&mut self, name: &str, span: Span) {
        self.here += 1;
        self.first.entry(name.to_owned()).or_insert((self.here, span));
    }

    fn take(&mut self, name: &str, span: Span, way: Way) {
        self.here += 1;
        if self.whose == Whose::Call {
            return;
        }
        self.uses.push(Use {
            name: name.to_owned(),
            span,
            way,
            at: self.here,
            inside: (self.depth > 0).then_some(self.loop_ends.len()),
        });
    }

    pub(super) fn enter_loop(&mut self) {
        self.depth += 1;
    }

    pub(super) fn leave_loop(&mut self) {
        self.depth -= 1;
        if self.depth == 0 {
            self.loop_ends.push(self.here);
        }
    }

    /// A place among the definitions, for [`Names::defined_before`].
    pub(super) fn here(&self) -> usize {
        self.here
    }

    pub(super) fn is_defined(&self, name: &str) -> bool {
        self.first.contains_key(name)
    }

    pub(super) fn defined_before(&self, name: &str, here: usize) -> bool {
        self.first.get(name).is_some_and(|&(at, _)| at <= here)
    }

    fn misses(&self) -> impl Iterator<Item = &Use> {
        self.uses.iter().filter(|used| {
            let until = used
                .inside
                .and_then(|at| self.loop_ends.get(at))
                .map_or(used.at, |&end| end);
            !self.defined_before(&used.name, until)
        })
    }
}

/// What an actor's strands share, and what is left to be checked when all of them are known.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// Whether the actor's instances have rows.
    pub(super) has_rows: bool,
    defined: BTreeSet<String>,
    uses: Vec<(At<String>, Way)>,
    strands: Vec<Names>,
}

impl Cells {
    pub(super) fn define(&mut self, name: &str) {
        self.defined.insert(name.to_owned());
    }

    pub(super) fn take(&mut self, name: &str, span: Span, way: Way) {
        let name = At {
            value: name.to_owned(),
            span,
        };
        self.uses.push((name, way));
    }

    /// Forgets which of the actor's variables are used: no actor is known.
    pub(super) fn forget_uses(&mut self) {
        self.uses.clear();
    }

    pub(super) fn add(&mut self, strand: Names) {
        self.strands.push(strand);
    }
}

impl Compiler<'_> {
    /// Takes notice of the names that a text uses.
    pub(super) fn take_names(
        &mut self,
        used: &[String],
        (text, span): (&str, Span),
        names: &mut Names,
        cells: &mut Cells,
    ) {
        for name in used {
            let found = place_in(self.sources, text, span, name);
            self.take_name(name, found, names, cells);
        }
    }

    /// Takes notice of one name, which is found at a place.
    pub(super) fn take_name(&mut self, name: &str, found: Span, names: &mut Names, cells: &mut Cells) {
        let (first, second) = match name.split_once('.') {
            Some((first, rest)) => (first, rest.split('.').next()),
            None => (name, None),
        };
        match (first, second) {
            ("actor", Some(cell)) => cells.take(cell, found, self.way.clone()),
            (ROW, Some(column)) if self.is_constant(ROW) => self.check_column(column, found),
            (first, _) if GIVEN.contains(&first) || self.is_constant(first) => {}
            (first, _) => names.take(first, found, self.way.clone()),
        }
    }

    /// Says that no row has a member of this name; one that only some have may be asked for.
    pub(super) fn check_column(&mut self, column: &str, span: Span) {
        let Some(columns) = &self.columns else { return };
        if columns.is_empty() || columns.contains(column) || METHODS.contains(&column) {
            return;
        }
        let mistake = Mistake::new(span, format!("no row of `data` has a `{column}`"));
        let known = || columns.iter().map(String::as_str);
        let mistake = match nearest(column, known()) {
            Some(_) => mistake.did_you_mean(column, known()),
            None => mistake.help(format!("rows have `{}`", known().collect::<Vec<_>>().join("`, `"))),
        };
        self.mistake(mistake);
    }

    pub(super) fn is_constant(&self, name: &str) -> bool {
        self.vars.iter().any(|(var, _)| var == name)
    }
}

/// Says what is wrong with a name that something is to be called by from here on.
pub(super) fn check_new(compiler: &mut Compiler<'_>, name: &At<String>) {
    let text = &name.value;
    let mistake = if text == ROW && compiler.columns.is_some() {
        "`row` is the row of `data` and cannot be set".to_owned()
    } else if GIVEN.contains(&text.as_str()) {
        format!("`{text}` is given and cannot be set")
    } else if compiler.is_constant(text) {
        format!("`{text}` is a constant of `vars` and cannot be set")
    } else if text.contains('.')
        || Expression::compile(text)
            .ok()
            .is_none_or(|e| e.names() != [text.clone()])
    {
        format!("`{text}` is no name that an expression can use; letters, digits and `_` are allowed")
    } else {
        return;
    };
    compiler.mistake(Mistake::new(name.span, mistake));
}

/// Says which of these are no variables of the actor.
pub(super) fn check_unordered(compiler: &mut Compiler<'_>, unordered: &[At<String>], cells: &Cells) {
    for At { value: name, span } in unordered {
        if cells.defined.contains(name) {
            continue;
        }
        let text = match GIVEN_CELLS.contains(&name.as_str()) {
            true => format!("`actor.{name}` is given and never changes"),
            false => format!("the actor has no variable `{name}`"),
        };
        let written = name.strip_prefix("actor.").unwrap_or(name);
        let known = cells.defined.iter().map(String::as_str);
        let mut mistake = Mistake::new(*span, text);
        mistake = match cells.defined.get(written) {
            Some(name) => mistake.help(format!("write `{name}` alone")),
            None => mistake.did_you_mean(name, known),
        };
        if mistake.help.is_none() {
            mistake = mistake.help("`state`, or a `set` of `actor.NAME`, makes a variable of the actor");
        }
        compiler.mistake(mistake);
    }
}

/// Says which names and cells of an actor cannot exist where they are used.
pub(super) fn check_cells(compiler: &mut Compiler<'_>, cells: Cells) {
    for (At { value: name, span }, way) in &cells.uses {
        if name == "row" && !cells.has_rows {
            let mistake = Mistake::new(*span, "`actor.row` is not defined: the actor's `count` gives no rows");
            compiler.mistake(way.tell(mistake));
        } else if !cells.defined.contains(name) && !GIVEN_CELLS.contains(&name.as_str()) {
            let allowed = cells.defined.iter().map(String::as_str).chain(GIVEN_CELLS);
            let mut mistake = Mistake::new(*span, format!("`actor.{name}` is never set"));
            mistake = mistake.did_you_mean(name, allowed);
            if mistake.help.is_none() {
                mistake = mistake.help("`state` gives an actor's variables their first values");
            }
            compiler.mistake(way.tell(mistake));
        }
    }
    let everywhere = |name: &str, calls: bool| {
        let strands = cells.strands.iter();
        let mut seen = strands.filter(|strand| calls || strand.whose != Whose::Call);
        seen.find_map(|strand| strand.first.get(name))
    };
    for strand in &cells.strands {
        for missed in strand.misses() {
            let name = &missed.name;
            let mut mistake = Mistake::new(missed.span, format!("`{name}` is not defined here"));
            if let Some((_, later)) = strand.first.get(name) {
                mistake = mistake.note(*later, "it is set later");
            } else if let Some((_, other)) = everywhere(name, strand.whose == Whose::AnyStrand) {
                if strand.whose == Whose::AnyStrand {
                    continue;
                }
                mistake = mistake.note(*other, "this is another strand's, which has variables of its own");
                mistake = mistake.help(format!("what an actor's strands share is called `actor.{name}`"));
            } else if name == ROW {
                mistake = no_row(missed.span, cells.has_rows);
            } else {
                let vars = compiler.vars.iter().map(|(var, _)| var.as_str());
                let own = strand.first.keys().map(String::as_str);
                mistake = mistake.did_you_mean(name, own.chain(vars).chain(GIVEN));
                if strand.whose == Whose::Procedure && mistake.help.is_none() {
                    mistake =
                        mistake.help("a procedure does not see the variables of who calls it; `with` hands it values");
                }
            }
            compiler.mistakes.push(missed.way.tell(mistake));
        }
    }
}

/// Says that there is no `row`.
pub(super) fn no_row(span: Span, has_rows: bool) -> Mistake {
    let mistake = Mistake::new(span, "`row` is not defined: the scenario has no `data`");
    match has_rows {
        true => mistake.help("the row that an actor has from its `count` is called `actor.row`"),
        false => mistake,
    }
}

/// The place of a name in a text with expressions.
pub(super) fn place_in(sources: &Sources, text: &str, span: Span, name: &str) -> Span {
    find(text, name).map_or(span, |at| texts::inside(sources, text, span, at..at + name.len()))
}

/// Whether an expression in a text may use a name.
pub(super) fn uses(text: &str, name: &str) -> bool {
    text.contains("{{") && find(text, name).is_some()
}

fn find(text: &str, name: &str) -> Option<usize> {
    let of_names = |c: char| c.is_alphanumeric() || c == '_';
    let begin = text.find("{{").unwrap_or(0);
    text[begin..].match_indices(name).map(|(at, _)| begin + at).find(|&at| {
        !text[..at].ends_with(|c: char| of_names(c) || c == '.') && !text[at + name.len()..].starts_with(of_names)
    })
}
