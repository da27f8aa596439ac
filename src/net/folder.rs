//! A folder of a run's own.
//!
//! Owns making it where it has a short name, and removing it with all that is in it. Does not own what is put there.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A folder that is made when it is first asked for, and is gone with the run.
#[derive(Debug, Default)]
pub struct Folder(Mutex<Place>);

#[derive(Debug, Default)]
enum Place {
    /// Nobody needed one yet.
    #[default]
    Nowhere,
    Here(PathBuf),
    /// It was removed, and is not made again.
    Gone,
}

/// The longest path of a folder for temporary files in which the path of a Unix socket still has room.
const LONGEST: usize = 24;

impl Folder {
    /// Where it is; nobody but this user can look into it.
    pub fn path(&self) -> io::Result<PathBuf> {
        let mut place = self.0.lock().expect("no thread panics while it makes a folder");
        match &*place {
            Place::Here(path) => Ok(path.clone()),
            Place::Gone => Err(io::Error::other("the run is over")),
            Place::Nowhere => {
                let path = make()?;
                *place = Place::Here(path.clone());
                Ok(path)
            }
        }
    }

    /// Removes it. That somebody else has done so already is no matter.
    pub fn remove(&self) {
        let Ok(mut place) = self.0.lock() else { return };
        if let Place::Here(path) = std::mem::replace(&mut *place, Place::Gone) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A new folder under a name that nobody has.
fn make() -> io::Result<PathBuf> {
    let around = std::env::temp_dir();
    let around = match around.as_os_str().as_bytes().len() <= LONGEST {
        true => around.as_path(),
        false => Path::new("/tmp"),
    };
    let mut number = 1_u32;
    loop {
        let path = around.join(format!("wiretale-{}-{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < u32::MAX => number += 1,
            Err(error) => {
                let text = format!("cannot make the folder {}: {error}", path.display());
                return Err(io::Error::new(error.kind(), text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_once_and_gone_in_the_end() {
        let folder = Folder::default();
        let path = folder.path().unwrap();
        assert_eq!(folder.path().unwrap(), path);
        assert_ne!(Folder::default().path().unwrap(), path);
        fs::write(path.join("a"), "b").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
