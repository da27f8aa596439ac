//! The documentation is true: what it shows is played, compiled, compared.
//!
//! A fenced block says behind its language what it is, which readers do not see:
//!
//! - `json scenario=NAME [exit=N] [file=PATH]`: a whole scenario, played; its exit code is N (0), and it is the file PATH.
//! - `json included=FILE`: what the page's scenarios can include under this name.
//! - `json part=KIND`: steps or members that are compiled in a scenario around them.
//! - `json beside=PATH`: a file that parts refer to.
//! - `json wrong=NAME`: a scenario with mistakes.
//! - `mermaid of=NAME [detail=lifecycle] [flip=N] [case=CASE]`, `text drawn=NAME`: its diagram. NAME may be a file.
//! - `text told=NAME`: what is said of it on standard error.
//! - `text warned=NAME`: what `check` says of it.
//! - `jsonl trace=NAME`: its trace, with times and ports blanked.
//! - `console`: commands behind `$ `, and what they say, played from the page's top to its end in one folder, times blanked;
//!   `put=PATH` on any block before writes its text into a file there, `mermaid left=PATH` is what a file there holds.
//! - `yaml`: a recipe, whose commands have the flags that are shown.
//! - `json model=NAME`: the beginning of its diagram as data.
//! - `json report=NAME`: a report, which the schema takes; `text merged=NAME`: what `merge` says of it, `xml junit=NAME`,
//!   `tap tap=NAME`: the report that it makes of it.
//! - `rust`, on a page that `src/lib.rs` includes: compiled and run with the documentation of the library.
//!
//! `<!-- check: KIND -->` before a table has its column `example` compiled, and its other columns compared where the kind
//! says how.
//!
//! `WIRETALE_BLESS=1` writes diagrams and what is told anew.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

#[path = "docs/page.rs"]
mod page;
#[path = "docs/reports.rs"]
mod reports;
#[path = "docs/session.rs"]
mod session;
#[path = "docs/stage.rs"]
mod stage;
#[path = "docs/tables.rs"]
mod tables;
#[path = "docs/words.rs"]
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use page::{Block, Page, Table};
use serde_json::{Value as Json, json};
use stage::{Said, Stage, around};

fn pages() -> Vec<Page> {
    let mut paths = vec![PathBuf::from("README.md"), PathBuf::from("CHANGELOG.md")];
    let folder = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    paths.extend(folder.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}

fn page(path: &str) -> Page {
    Page::read(Path::new(path))
}

/// All blocks of all pages, each with its place.
fn blocks(pages: &[Page]) -> impl Iterator<Item = (String, &Page, &Block)> {
    pages.iter().flat_map(|page| {
        let place = move |block: &Block| format!("{}:{}", page.path.display(), block.line);
        page.blocks.iter().map(move |block| (place(block), page, block))
    })
}

/// All tables of this kind.
fn tables<'p>(pages: &'p [Page], kind: &'p str) -> impl Iterator<Item = (String, &'p Table)> {
    pages.iter().flat_map(move |page| {
        let tables = page.tables.iter().filter(move |table| table.kind == kind);
        tables.map(|table| (format!("{}:{}", page.path.display(), table.line), table))
    })
}

/// Plays a scenario of the page, or a file, in its folder.
fn play(stage: &Stage, page: &Page, name: &str, arguments: &[&str]) -> Said {
    let file = if name.ends_with(".json") {
        let target = stage.path().join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(name, target).unwrap();
        name.to_owned()
    } else {
        let own = |block: &&Block| block.mark("scenario") == Some(name) || block.mark("wrong") == Some(name);
        let block = page
            .blocks
            .iter()
            .find(own)
            .unwrap_or_else(|| panic!("{}: no scenario `{name}`", page.path.display()));
        stage.write(&format!("{name}.json"), &block.text);
        for block in &page.blocks {
            if let Some(included) = block.mark("included") {
                stage.write(included, &block.text);
            }
        }
        format!("{name}.json")
    };
    let mut all = vec!["run", file.as_str()];
    all.extend(arguments);
    stage.wiretale(&all)
}

fn json_of(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_whole_scenario_plays_as_the_page_says() {
    let pages = pages();
    let mut count = 0;
    for (place, page, block) in blocks(&pages) {
        let Some(name) = block.mark("scenario") else { continue };
        count += 1;
        let said = play(&Stage::new(), page, name, &["--quiet"]);
        let expected: i32 = block.mark("exit").unwrap_or("0").parse().unwrap();
        assert_eq!(said.exit, expected, "{place}: {}", said.err);
        if let Some(file) = block.mark("file") {
            assert_eq!(
                json_of(&block.text),
                json_of(&fs::read_to_string(file).unwrap()),
                "{place}: {file}"
            );
        }
    }
    assert!(count >= 8, "only {count} scenarios");
}

/// Two tests may write one page anew.
static BLESSING: Mutex<()> = Mutex::new(());

/// That a block is what was found; else it is to be from now on, where `WIRETALE_BLESS` asks for it.
fn same((page, block): (&Page, &Block), found: &str, place: &str) {
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    let (found, shown) = (trimmed(found), trimmed(&block.text));
    if found.trim_end() == shown.trim_end() {
        return;
    }
    assert!(
        std::env::var_os("WIRETALE_BLESS").is_some(),
        "{place}\n--- shown\n{shown}\n--- found\n{found}"
    );
    let _alone = BLESSING.lock().unwrap();
    let text = fs::read_to_string(&page.path).unwrap();
    let fenced = |body: &str| format!("```{}\n{body}```\n", block.info);
    let written = text.replacen(&fenced(&block.text), &fenced(&format!("{}\n", found.trim_end())), 1);
    assert_ne!(text, written, "{place}");
    fs::write(&page.path, written).unwrap();
}

#[test]
fn every_diagram_is_what_is_drawn() {
    let pages = pages();
    let mut count = 0;
    for (place, page, block) in blocks(&pages) {
        let (name, format) = match (block.mark("of"), block.mark("drawn")) {
            (Some(name), _) => (name, "mermaid"),
            (None, Some(name)) => (name, "text"),
            (None, None) => continue,
        };
        count += 1;
        let detail = block.mark("detail").unwrap_or("messages");
        let mut arguments = vec!["--format", format, "--detail", detail];
        arguments.extend(block.mark("flip").iter().flat_map(|number| ["--flip", number]));
        arguments.extend(block.mark("case").iter().flat_map(|case| ["--case", case]));
        let mut found = play(&Stage::new(), page, name, &arguments).out;
        // The lines for machines are shown where there is something to be said of them.
        if !block.text.contains("%%") {
            found = found
                .lines()
                .filter(|line| !line.contains("%%"))
                .map(|line| format!("{line}\n"))
                .collect();
        }
        same((page, block), &found, &place);
    }
    assert!(count >= 12, "only {count} diagrams");
}

#[test]
fn what_is_said_of_a_scenario_is_said() {
    let pages = pages();
    let mut count = 0;
    for (place, page, block) in blocks(&pages) {
        let Some(name) = block.mark("told") else { continue };
        count += 1;
        let said = play(&Stage::new(), page, name, &[]);
        same((page, block), &said.err, &place);
    }
    assert!(count >= 4, "only {count} errors");
}

#[test]
fn every_trace_is_that_of_a_run() {
    let pages = pages();
    let mut count = 0;
    for (place, page, block) in blocks(&pages) {
        let Some(name) = block.mark("trace") else { continue };
        count += 1;
        let stage = Stage::new();
        play(&stage, page, name, &["--quiet"]);
        let stem = Path::new(name).file_stem().unwrap().to_str().unwrap();
        let trace = stage.path().join("results/last").join(stem).join("trace.jsonl");
        let found = fs::read_to_string(trace).unwrap();
        // What two strands do at the same time stands in the file as it came.
        assert_eq!(blanked(&found), blanked(&block.text), "{place}");
    }
    assert_eq!(count, 1);
}

/// A trace's lines without times and ports, by strand and index, as the format compares them.
fn blanked(trace: &str) -> Vec<(String, u64, Json)> {
    let mut lines: Vec<_> = trace.lines().map(json_of).collect();
    for line in &mut lines {
        if let Some(time) = line.get_mut("time") {
            *time = json!(0);
        }
        if let Some(address) = line.pointer_mut("/event/listening/address") {
            let host = address.as_str().unwrap().rsplit_once(':').unwrap().0.to_owned();
            *address = json!(host);
        }
    }
    let key = |line: &Json| {
        let strand = line["strand"]
            .as_str()
            .unwrap_or_else(|| if line.get("header").is_some() { "" } else { "~" });
        (
            strand.to_owned(),
            line["index"].as_u64().unwrap_or_default(),
            line.clone(),
        )
    };
    let mut keyed: Vec<_> = lines.iter().map(key).collect();
    keyed.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    keyed
}

#[test]
fn the_diagram_as_data_is_as_shown() {
    let page = page("docs/diagrams.md");
    let block = page.blocks.iter().find(|block| block.mark("model").is_some()).unwrap();
    let found = play(
        &Stage::new(),
        &page,
        block.mark("model").unwrap(),
        &["--format", "json"],
    )
    .out;
    assert_eq!(json_of(&found), json_of(&block.text));
}

#[test]
fn every_warning_is_what_check_says() {
    let pages = pages();
    let mut count = 0;
    for (place, page, block) in blocks(&pages) {
        let Some(name) = block.mark("warned") else { continue };
        count += 1;
        let warned = page.blocks.iter().find(|block| block.mark("scenario") == Some(name));
        let stage = Stage::new();
        stage.write(&format!("{name}.json"), &warned.unwrap().text);
        let said = stage.wiretale(&["check", &format!("{name}.json")]);
        assert_eq!(format!("{}{}", said.err, said.out), block.text, "{place}");
    }
    assert!(count > 0, "no warnings");
}

#[test]
fn every_part_of_a_scenario_compiles() {
    let pages = pages();
    let stage = Stage::new();
    let mut scenarios = BTreeMap::new();
    for (place, _, block) in blocks(&pages) {
        if let Some(file) = block.mark("beside") {
            stage.write(file, &block.text);
        }
        let Some(kind) = block.mark("part") else { continue };
        let example = match kind {
            "top" => json_of(&block.text),
            _ => {
                let steps = serde_json::Deserializer::from_str(&block.text).into_iter();
                let steps: Result<Vec<Json>, _> = steps.collect();
                Json::from(steps.unwrap_or_else(|error| panic!("{place}: {error}")))
            }
        };
        scenarios.insert(name_of(&place), around(kind, &example));
    }
    for kind in ["delay", "listen", "guard", "framing", "invariant"] {
        for (place, table) in tables(&pages, kind) {
            for (number, example) in table.code("example").into_iter().enumerate() {
                let example = json_of(&example.unwrap_or_else(|| panic!("{place}: a row without an example")));
                scenarios.insert(format!("{}-{number}", name_of(&place)), around(kind, &example));
            }
        }
    }
    assert!(scenarios.len() > 40, "only {} parts", scenarios.len());
    assert_eq!(stage.check(&scenarios), "");
}

fn name_of(place: &str) -> String {
    place.replace(['/', ':', '.'], "-")
}

#[test]
fn commands_have_the_flags_that_are_shown() {
    let pages = pages();
    let stage = Stage::new();
    let mut count = 0;
    for (place, _, block) in blocks(&pages).filter(|(.., block)| block.language == "sh") {
        for line in block.text.lines() {
            let line = line.split(" #").next().unwrap_or_default();
            let Some(arguments) = line
                .strip_prefix("wiretale ")
                .or_else(|| line.strip_prefix("cargo run --release -- "))
            else {
                continue;
            };
            count += 1;
            let mut words = arguments.split_whitespace();
            let help = stage.wiretale(&[words.next().unwrap(), "--help"]).out;
            assert!(help.contains("Usage"), "{place}: {line}");
            for flag in words.filter(|word| word.starts_with('-')) {
                assert!(help.contains(flag), "{place}: {line}: no {flag}");
            }
        }
    }
    assert!(count >= 5, "only {count} commands");
}

#[test]
fn every_block_says_what_it_is() {
    let pages = pages();
    let library = fs::read_to_string("src/lib.rs").unwrap();
    for (place, page, block) in blocks(&pages) {
        // Rust is compiled and run as a test of the library's documentation.
        let included = || library.contains(&format!("include_str!(\"../{}\")", page.path.display()));
        let marked = !block.marks.is_empty()
            || ["sh", "text", "console", "yaml"].contains(&block.language.as_str())
            || block.language.starts_with("rust") && included();
        assert!(marked, "{place}: a block of `{}` that nothing checks", block.language);
    }
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let anchors: BTreeMap<PathBuf, &Vec<String>> =
        pages.iter().map(|page| (page.path.clone(), &page.anchors)).collect();
    for page in &pages {
        for link in page.links.iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let from = page.path.parent().unwrap();
            let path = if file.is_empty() {
                page.path.clone()
            } else {
                plain(&from.join(file))
            };
            assert!(path.exists(), "{}: {link}", page.path.display());
            if !anchor.is_empty() {
                let known = anchors
                    .get(&path)
                    .is_some_and(|all| all.iter().any(|known| known == anchor));
                assert!(known, "{}: {link}", page.path.display());
            }
        }
    }
}

/// The path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}
