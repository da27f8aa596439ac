//! The files that a scenario refers to.
//!
//! Owns which of them may be read (those in the scenario's own folder, and in folders that the command line allows) and
//! how much. Does not own what they hold (`data`).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::mistake::Mistake;
use super::source::Sources;
use super::written::At;

/// The largest file that is read, 16 MiB: as large as the largest message by default.
pub(super) const LARGEST: u64 = 16 << 20;

/// How many files a scenario may refer to; a place names a file by a `u16`.
const MOST_FILES: u32 = 1000;

/// How much they may hold in all, 256 MiB: they stay in memory.
const MOST_BYTES: u64 = 256 << 20;

/// How deep files may include each other.
const DEEPEST: usize = 16;

/// Reads files for one scenario.
pub(super) struct Files {
    /// Those that mistakes can point into.
    pub(super) sources: Sources,
    /// The scenario's, without links; `None` for a scenario that came from no file.
    folder: Option<PathBuf>,
    allowed: Vec<PathBuf>,
    /// The scenario, and each file on the way of `include`s from it to the file that is read now.
    way: Vec<Included>,
    /// All files that were included, without links.
    once: BTreeSet<PathBuf>,
    count: u32,
    bytes: u64,
}

/// A file that names other files, whose names begin where it is.
struct Included {
    /// As it is shown.
    name: PathBuf,
    /// Without links.
    path: PathBuf,
    /// Its folder, without links.
    folder: PathBuf,
}

impl Files {
    /// Reads within the folder of `scenario` and within `allowed`.
    pub(super) fn beside(scenario: &Path, allowed: &[PathBuf], sources: Sources) -> Self {
        let folder = match scenario.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = folder.canonicalize().ok();
        let scenario = folder.clone().map(|folder| Included {
            name: scenario.to_owned(),
            path: scenario.canonicalize().unwrap_or_default(),
            folder,
        });
        Self {
            folder,
            allowed: allowed.iter().filter_map(|folder| folder.canonicalize().ok()).collect(),
            way: scenario.into_iter().collect(),
            ..Self::none(sources)
        }
    }

    /// Reads no file at all.
    pub(super) fn none(sources: Sources) -> Self {
        Self {
            sources,
            folder: None,
            allowed: Vec::new(),
            way: Vec::new(),
            once: BTreeSet::new(),
            count: 0,
            bytes: 0,
        }
    }

    /// Makes the text of a file one that mistakes can point into.
    pub(super) fn source(&mut self, name: &str, text: &str) -> u16 {
        self.sources.add(self.shown(name).display().to_string(), text)
    }

    /// The text of a file to be included, and its place among the sources; `None` where it was read before. What is read
    /// until [`Files::leave`] has names that begin where this file is.
    pub(super) fn include(&mut self, name: &At<String>) -> Result<Option<(String, u16)>, Mistake> {
        let wrong = |text: String| Mistake::new(name.span, text);
        let path = self.resolve(name)?;
        if let Some(again) = self.way.iter().position(|file| file.path == path) {
            let files = self.way[again..].iter().chain([&self.way[again]]);
            let files: Vec<_> = files.map(|file| format!("`{}`", file.name.display())).collect();
            let text = format!("`{}` includes itself: {}", name.value, files.join(", then "));
            return Err(wrong(text));
        }
        if self.once.contains(&path) {
            return Ok(None);
        }
        if self.way.len() > DEEPEST {
            return Err(wrong(format!("files include each other {DEEPEST} deep at the most")));
        }
        let bytes = self.read_at(name, &path)?;
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(name, error.utf8_error().valid_up_to()))?;
        let shown = self.shown(&name.value);
        let file = self
            .sources
            .add_included(shown.display().to_string(), text.as_str(), name.span);
        self.once.insert(path.clone());
        self.way.push(Included {
            name: shown,
            folder: path.parent().map(Path::to_owned).unwrap_or_default(),
            path,
        });
        Ok(Some((text, file)))
    }

    /// The end of the file that was included last.
    pub(super) fn leave(&mut self) {
        self.way.pop();
    }

    /// A file as it is shown: beside the one that names it.
    fn shown(&self, name: &str) -> PathBuf {
        let folder = self.way.last().and_then(|file| file.name.parent());
        folder.map_or_else(|| name.into(), |folder| folder.join(name))
    }

    /// What a file holds, by its name as the file that names it has it.
    pub(super) fn read(&mut self, name: &At<String>) -> Result<Vec<u8>, Mistake> {
        let path = self.resolve(name)?;
        self.read_at(name, &path)
    }

    fn read_at(&mut self, name: &At<String>, path: &Path) -> Result<Vec<u8>, Mistake> {
        let wrong = |text: String| Mistake::new(name.span, text);
        self.count += 1;
        self.sources.read.insert(path.to_owned());
        if self.count > MOST_FILES {
            return Err(wrong(format!("a scenario refers to {MOST_FILES} files at the most")));
        }
        let bytes = read(path).map_err(|error| wrong(format!("cannot read `{}`: {}", name.value, reason(&error))))?;
        self.bytes += bytes.len() as u64;
        if self.bytes > MOST_BYTES {
            return Err(wrong(
                "the files that a scenario refers to hold 256MiB at the most".to_owned(),
            ));
        }
        Ok(bytes)
    }

    /// The file's path without links; it is this path that is opened.
    fn resolve(&self, name: &At<String>) -> Result<PathBuf, Mistake> {
        let wrong = |text: String| Mistake::new(name.span, text);
        let (Some(folder), Some(here)) = (&self.folder, self.way.last()) else {
            return Err(wrong(
                "a scenario without a folder of its own reads no files".to_owned(),
            ));
        };
        let path = here
            .folder
            .join(&name.value)
            .canonicalize()
            .map_err(|error| wrong(format!("cannot read `{}`: {}", name.value, reason(&error))))?;
        if path.starts_with(folder) || self.allowed.iter().any(|allowed| path.starts_with(allowed)) {
            return Ok(path);
        }
        Err(wrong(format!("`{}` is outside the scenario's folder", name.value))
            .help("the option `--allow-read DIR` allows reading in another folder"))
    }
}

/// Says that a file is no text, from the first byte that is no part of a character.
pub(super) fn not_utf8(name: &At<String>, at: usize) -> Mistake {
    let text = format!(
        "`{}` is not UTF-8: byte {} is no part of a character",
        name.value,
        at + 1
    );
    Mistake::new(name.span, text)
}

/// Reads a file that is a file, and not too large; its size is looked at first.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    bounded(&File::open(path)?, about.len())
}

/// Reads to the end, which must not be too far; `size` is what the file claims to have.
pub(super) fn bounded(file: &File, size: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 16MiB");
    if size > LARGEST {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Why a file cannot be read, in words that are the same on every machine where that is possible.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::written::Span;

    fn ask(folder: &Path, allowed: &[PathBuf], name: &str) -> Result<Vec<u8>, Mistake> {
        let name = At {
            value: name.to_owned(),
            span: Span::default(),
        };
        Files::beside(&folder.join("s.json"), allowed, Sources::default()).read(&name)
    }

    #[test]
    fn files_outside_the_folder_are_refused_unless_allowed() {
        let root = tempfile::tempdir().unwrap();
        let (inside, outside) = (root.path().join("in"), root.path().join("out"));
        fs::create_dir_all(&inside).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(inside.join("a.txt"), "in").unwrap();
        fs::write(outside.join("a.txt"), "out").unwrap();

        assert_eq!(ask(&inside, &[], "a.txt").unwrap(), b"in");
        assert_eq!(ask(&inside, &[], "../in/a.txt").unwrap(), b"in");
        let refused = ask(&inside, &[], "../out/a.txt").unwrap_err();
        assert_eq!(refused.text, "`../out/a.txt` is outside the scenario's folder");
        assert!(refused.help.unwrap().contains("--allow-read"));
        let absolute = outside.join("a.txt");
        assert!(ask(&inside, &[], absolute.to_str().unwrap()).is_err());
        assert_eq!(ask(&inside, &[outside], "../out/a.txt").unwrap(), b"out");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let inside = root.path().join("in");
        fs::create_dir(&inside).unwrap();
        fs::write(root.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(root.path().join("secret"), inside.join("link")).unwrap();
        assert!(ask(&inside, &[], "link").unwrap_err().text.contains("outside"));
    }

    #[test]
    fn what_is_no_file_or_too_large_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("dir")).unwrap();
        File::create(root.path().join("big"))
            .unwrap()
            .set_len(LARGEST + 1)
            .unwrap();
        let text = |name| ask(root.path(), &[], name).unwrap_err().text;
        assert_eq!(text("dir"), "cannot read `dir`: it is no file");
        assert_eq!(text("big"), "cannot read `big`: it is larger than 16MiB");
        assert_eq!(text("none"), "cannot read `none`: there is no such file");
    }
}
