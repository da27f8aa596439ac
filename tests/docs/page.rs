//! A page of the documentation: its blocks, tables and links.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A page.
pub(crate) struct Page {
    /// Where it is, from the repository's root.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
    /// Its fenced blocks, in order.
    pub blocks: Vec<Block>,
    /// Its tables that are to be checked.
    pub tables: Vec<Table>,
    /// What its links lead to.
    pub links: Vec<String>,
    /// The anchors of its headings.
    pub anchors: Vec<String>,
}

/// A fenced block: `json scenario=hello exit=1`.
pub(crate) struct Block {
    /// Its language.
    pub language: String,
    /// All that stands behind the opening fence.
    pub info: String,
    /// What stands behind the language, which readers do not see.
    pub marks: BTreeMap<String, String>,
    /// Its text.
    pub text: String,
    /// Its line on the page.
    pub line: usize,
}

/// A table behind `<!-- check: KIND -->`, which readers do not see.
pub(crate) struct Table {
    /// What its examples are.
    pub kind: String,
    /// The titles of its columns.
    pub columns: Vec<String>,
    /// Its rows: the text of each cell.
    pub rows: Vec<Vec<String>>,
    /// Its line on the page.
    pub line: usize,
}

impl Block {
    /// What a mark says.
    pub(crate) fn mark(&self, name: &str) -> Option<&str> {
        self.marks.get(name).map(String::as_str)
    }
}

impl Table {
    /// The code in each row's cell of this column.
    pub(crate) fn code(&self, column: &str) -> Vec<Option<String>> {
        let Some(at) = self.columns.iter().position(|title| title == column) else {
            return vec![None; self.rows.len()];
        };
        self.rows.iter().map(|row| code(row.get(at)?)).collect()
    }
}

impl Page {
    /// Reads a page.
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut page = Self {
            path: path.to_owned(),
            blocks: Vec::new(),
            tables: Vec::new(),
            links: Vec::new(),
            anchors: Vec::new(),
            text,
        };
        page.parse();
        page
    }

    fn parse(&mut self) {
        let text = self.text.clone();
        let mut lines = text.lines().zip(1..).peekable();
        while let Some((line, number)) = lines.next() {
            if let Some(info) = line.strip_prefix("```") {
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or_default().to_owned();
                let marks = words.map(|word| word.split_once('=').unwrap_or((word, "")));
                let marks = marks.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                let body: Vec<&str> = lines
                    .by_ref()
                    .map(|(line, _)| line)
                    .take_while(|line| *line != "```")
                    .collect();
                self.blocks.push(Block {
                    language,
                    info: info.to_owned(),
                    marks,
                    text: body.iter().map(|line| format!("{line}\n")).collect(),
                    line: number,
                });
            } else if let Some(kind) = line
                .strip_prefix("<!-- check: ")
                .and_then(|rest| rest.strip_suffix(" -->"))
            {
                let mut rows = Vec::new();
                while let Some((line, _)) = lines.next_if(|(line, _)| line.starts_with('|')) {
                    self.links.extend(links(line));
                    rows.push(cells(line));
                }
                assert!(rows.len() > 2, "{}:{number}: no table follows", self.path.display());
                let columns = rows.remove(0);
                rows.remove(0);
                self.tables.push(Table {
                    kind: kind.to_owned(),
                    columns: columns.iter().map(|title| title.replace('`', "")).collect(),
                    rows,
                    line: number,
                });
            } else {
                if line.starts_with('#') {
                    self.anchors.push(anchor(line.trim_start_matches('#').trim()));
                }
                self.links.extend(links(line));
            }
        }
    }
}

/// The cells of a table's row; `\|` is no border.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|').trim_end_matches('|');
    let line = line.replace("\\|", "\u{1}");
    line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
}

/// The first code in a cell.
fn code(cell: &str) -> Option<String> {
    let (_, rest) = cell.split_once('`')?;
    Some(rest.split_once('`')?.0.to_owned())
}

fn links(line: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut rest = line;
    while let Some((_, after)) = rest.split_once("](") {
        let (link, after) = after.split_once(')').unwrap_or((after, ""));
        links.push(link.to_owned());
        rest = after;
    }
    links
}

/// How GitHub calls a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars()
        .filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_')
        .collect()
}
