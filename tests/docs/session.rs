//! Pages that are played from top to bottom, in one folder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use regex::Regex;
use saphyr::{LoadableYamlNode, Yaml};

use crate::stage::Stage;
use crate::{blocks, pages, same};

/// What the commands of a block say, each behind its line; times are blanked.
fn played(stage: &Stage, text: &str) -> String {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_wiretale"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut said = String::new();
    for line in text.lines().filter(|line| line.starts_with("$ ")) {
        let command = line[2..].split(" #").next().unwrap();
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {command}\n}} 2>&1")])
            .env("PATH", &path)
            .env("NO_COLOR", "1")
            .current_dir(stage.path())
            .output()
            .unwrap();
        said.push_str(line);
        said.push('\n');
        said.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    untimed(&said)
}

fn untimed(text: &str) -> String {
    let case = Regex::new(r" +[0-9]+\.[0-9]{2} s  ").unwrap();
    let all = Regex::new(r"\bin [0-9]+\.[0-9] s\b").unwrap();
    let milliseconds = Regex::new(r"duration_ms: [0-9]+").unwrap();
    let text = case.replace_all(text, "    0.01 s  ");
    let text = milliseconds.replace_all(&text, "duration_ms: 10");
    all.replace_all(&text, "in 0.1 s").into_owned()
}

#[test]
fn every_session_says_what_is_shown() {
    let mut count = 0;
    for page in pages() {
        let stage = Stage::new();
        let place = |line: usize| format!("{}:{line}", page.path.display());
        for block in &page.blocks {
            if let Some(file) = block.mark("put") {
                let path = stage.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, &block.text).unwrap();
            }
            if block.language == "console" {
                count += 1;
                same((&page, block), &played(&stage, &block.text), &place(block.line));
            }
            if let Some(file) = block.mark("left") {
                let text =
                    fs::read_to_string(stage.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
                let drawn = text.lines().filter(|line| !line.contains("%%"));
                let drawn: String = drawn.map(|line| format!("{line}\n")).collect();
                same((&page, block), &drawn, &place(block.line));
            }
        }
    }
    assert!(count >= 5, "only {count} sessions");
}

#[test]
fn every_recipe_is_yaml_and_its_commands_have_the_flags_that_are_shown() {
    let pages = pages();
    let stage = Stage::new();
    let mut count = 0;
    for (place, _, block) in blocks(&pages).filter(|(.., block)| block.language == "yaml") {
        let parsed = Yaml::load_from_str(&block.text).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(parsed.len(), 1, "{place}");
        for line in block.text.lines().filter_map(|line| line.split_once("wiretale ")) {
            count += 1;
            let mut words = line.1.split_whitespace();
            let help = stage.wiretale(&[words.next().unwrap(), "--help"]).out;
            assert!(help.contains("Usage"), "{place}: {line:?}");
            for flag in words.filter(|word| word.starts_with("--")) {
                assert!(help.contains(flag), "{place}: no {flag}");
            }
        }
    }
    assert!(count >= 4, "only {count} commands");
}
