//! Writing a file whole.
//!
//! Owns that whoever reads a report sees all of it or none. Does not own what is in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Gives a file these contents at once; folders that are not there are made.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|about| !about.is_file()) {
        // A pipe or a device is written to, not replaced.
        return OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
    }
    // Of a link, what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    make_folder(&path)?;
    let beside = beside(&path);
    let written = write(&beside, text, there.as_ref()).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What was wrong before this is what the user is told.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Puts a text behind what a file holds.
pub(super) fn append(path: &Path, text: &str) -> io::Result<()> {
    make_folder(path)?;
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?
        .write_all(text.as_bytes())
}

fn write(path: &Path, text: &str, like: Option<&fs::Metadata>) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    if let Some(like) = like {
        file.set_permissions(like.permissions())?;
    }
    file.sync_all()
}

fn make_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

/// A name beside a file that no other start of the tool has.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/report.xml");
        replace(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_replaced_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("report.xml")).unwrap();
        assert!(replace(&folder.path().join("report.xml"), "text").is_err());
        assert!(replace(&folder.path().join("report.xml/../report.xml"), "text").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
