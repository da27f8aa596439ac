//! What a run's TLS rests on.
//!
//! Owns the run's own authority, the certificates that it makes for the actors, and the file in which real programs find it.
//! Does not own what an endpoint or step says of TLS (`plan`).

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use super::folder::Folder;
use crate::wire::tls::{Authority, CertificateDer, Identity};

/// An owner, and other names of it.
type Names = (String, Vec<String>);

/// The authority of a run, which is made when it is first needed.
#[derive(Debug)]
pub struct Trust {
    folder: Arc<Folder>,
    authority: OnceLock<Result<Authority, String>>,
    issued: Mutex<HashMap<Names, Identity>>,
    file: Mutex<Option<PathBuf>>,
}

impl Trust {
    /// One whose file is in this folder.
    pub fn new(folder: Arc<Folder>) -> Self {
        Self {
            folder,
            authority: OnceLock::new(),
            issued: Mutex::default(),
            file: Mutex::default(),
        }
    }

    fn authority(&self) -> Result<&Authority, String> {
        let made = self.authority.get_or_init(Authority::new);
        made.as_ref().map_err(Clone::clone)
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> Result<CertificateDer<'static>, String> {
        self.authority().map(Authority::certificate)
    }

    /// A certificate for `owner` under these names too; the same for the same names.
    pub fn identity(&self, owner: &str, names: &[String]) -> Result<Identity, String> {
        let mut issued = self.issued.lock().expect("no thread panics while it issues");
        let wanted = (owner.to_owned(), names.to_owned());
        if let Some(identity) = issued.get(&wanted) {
            return Ok(identity.clone());
        }
        let identity = self.authority()?.issue(owner, names)?;
        issued.insert(wanted, identity.clone());
        Ok(identity)
    }

    /// A file that holds the authority's certificate, in PEM.
    pub fn file(&self) -> Result<PathBuf, String> {
        let mut file = self.file.lock().expect("no thread panics while it writes a file");
        if let Some(file) = &*file {
            return Ok(file.clone());
        }
        let pem = self.authority()?.pem();
        let path = self.folder.path().map_err(|error| error.to_string())?.join("ca.pem");
        std::fs::write(&path, pem).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        *file = Some(path.clone());
        Ok(path)
    }
}
