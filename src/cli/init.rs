//! `wiretale init`: writes a first scenario.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::args::{InitArgs, Kind};
use super::exit::Exit;
use super::output::{complain, print};
use crate::scenario::SCHEMA;

/// What the scenarios call the schema: in a folder of its own, so that `scenarios/*.json` are scenarios.
const SCHEMA_PATH: &str = "schema/wiretale.schema.json";

/// Writes the scenario, and the schema where there is none.
pub(super) fn init(args: &InitArgs) -> Exit {
    let path = args.file.clone().unwrap_or_else(|| default_file(args.kind));
    let schema = path.with_file_name(SCHEMA_PATH);
    for folder in [&path, &schema].into_iter().filter_map(|file| file.parent()) {
        if let Err(error) = fs::create_dir_all(folder) {
            complain(&format!("cannot make the folder {}: {error}", folder.display()));
            return Exit::Other;
        }
    }
    match write(&path, template(args.kind), args.force) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            complain(&format!(
                "{} is there already; `--force` overwrites it, or name another file",
                path.display()
            ));
            return Exit::Wrong;
        }
        Err(error) => return unwritten(&path, &error),
    }
    let about_schema = match write(&schema, SCHEMA, false) {
        Ok(()) => "wrote",
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => "kept",
        Err(error) => return unwritten(&schema, &error),
    };
    let name = quoted(&path);
    print(&format!(
        "wrote {}\n{about_schema} {}, by which an editor completes it\n\nNext:\n  wiretale run {name}\n  wiretale check {name}\n",
        path.display(),
        schema.display(),
    ))
}

fn default_file(kind: Kind) -> PathBuf {
    let value = kind.to_possible_value().expect("no kind is hidden");
    Path::new("scenarios").join(format!("{}.json", value.get_name()))
}

fn template(kind: Kind) -> &'static str {
    match kind {
        Kind::Tcp => include_str!("init/tcp.json"),
        Kind::Chat => include_str!("init/chat.json"),
        Kind::Http => include_str!("init/http.json"),
    }
}

fn write(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let mut file = if force {
        File::create(path)?
    } else {
        File::create_new(path)?
    };
    file.write_all(text.as_bytes())
}

fn unwritten(path: &Path, error: &io::Error) -> Exit {
    complain(&format!("cannot write {}: {error}", path.display()));
    Exit::Other
}

/// A path as it is typed into a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@".contains(c);
    if path.chars().all(plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}
