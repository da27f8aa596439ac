//! `wiretale fmt`: lays files out.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::FmtArgs;
use super::check::told;
use super::exit::Exit;
use super::output::{complain, print, say};
use crate::scenario::layout::lay_out;
use crate::scenario::source::Sources;
use crate::scenario::{LoadError, read_text, read_text_from};

/// Lays all files out, whatever is wrong with the first.
pub(super) fn fmt(args: &FmtArgs) -> Exit {
    let files = args.files.iter();
    files
        .map(|file| match file.to_str() {
            Some("-") => stream(args),
            _ => one(file, args),
        })
        .max()
        .unwrap_or(Exit::Passed)
}

fn one(path: &Path, args: &FmtArgs) -> Exit {
    let name = path.display().to_string();
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) => return told(&error),
    };
    match laid_out(&name, &text) {
        Err(error) => told(&error),
        Ok(laid) if laid == text => Exit::Passed,
        Ok(_) if args.check => print(&format!("{name}\n")).max(Exit::Failed),
        Ok(laid) => match replace(path, &laid) {
            Ok(()) => {
                if !args.quiet {
                    say(&format!("formatted {name}\n"));
                }
                Exit::Passed
            }
            Err(error) => {
                complain(&format!("cannot write {name}: {error}"));
                Exit::Other
            }
        },
    }
}

/// Standard input to standard output.
fn stream(args: &FmtArgs) -> Exit {
    let name = "standard input";
    let text = match read_text_from(name, io::stdin().lock()) {
        Ok(text) => text,
        Err(error) => return told(&error),
    };
    match laid_out(name, &text) {
        Err(error) => told(&error),
        Ok(laid) if !args.check => print(&laid),
        Ok(laid) if laid == text => Exit::Passed,
        Ok(_) => print(&format!("{name}\n")).max(Exit::Failed),
    }
}

fn laid_out(name: &str, text: &str) -> Result<String, LoadError> {
    lay_out(text).map_err(|mistakes| {
        let mut sources = Sources::default();
        sources.add(name, text);
        LoadError::Mistakes { mistakes, sources }
    })
}

/// Gives a file other contents at once: whoever reads it sees the old or the new, and so does who loses power.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    // Of a link, what it leads to is replaced.
    let path = fs::canonicalize(path)?;
    let about = fs::metadata(&path)?;
    if about.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let beside = beside(&path);
    let mut file = File::create_new(&beside)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.set_permissions(about.permissions()))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What was wrong before this is what the user is told.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A name beside a file that no other start of the tool has.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}
