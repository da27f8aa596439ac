//! The tool, started as a user starts it, in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder that is gone with its last user, and in which the tool runs.
pub(crate) struct Folder(tempfile::TempDir);

/// What one start of the tool came to.
#[derive(Debug)]
pub(crate) struct Told {
    /// The exit code.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Folder {
    /// A folder with the shipped scenarios in `scenarios`.
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::create_dir(folder.path("scenarios")).unwrap();
        for scenario in shipped() {
            let from = top().join("scenarios").join(format!("{scenario}.json"));
            fs::copy(from, folder.path(&format!("scenarios/{scenario}.json"))).unwrap();
            copy_beside(&scenario, &folder);
        }
        folder
    }

    /// A folder with nothing in it.
    #[allow(dead_code, reason = "not every test program needs it")]
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Copies the approved diagrams of the shipped scenarios into `results`.
    #[allow(dead_code, reason = "not every test program needs it")]
    pub(crate) fn copy_results(&self) {
        fs::create_dir_all(self.path("results")).unwrap();
        for file in fs::read_dir(top().join("results"))
            .unwrap()
            .map(|file| file.unwrap().path())
        {
            if file.is_file() {
                fs::copy(&file, self.path("results").join(file.file_name().unwrap())).unwrap();
            }
        }
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What a file in it holds.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A start of the tool in it: no terminal, no settings of the one who tests.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiretale"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null());
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(variable);
        }
        command.env("COLUMNS", "100");
        command
    }

    /// Starts the tool and waits for its end.
    pub(crate) fn wiretale(&self, args: &[&str]) -> Told {
        told(&mut self.command(args))
    }
}

/// The files that a shipped scenario reads are in a folder of its name.
fn copy_beside(scenario: &str, folder: &Folder) {
    let Ok(files) = fs::read_dir(top().join("scenarios").join(scenario)) else {
        return;
    };
    let to = folder.path(&format!("scenarios/{scenario}"));
    fs::create_dir(&to).unwrap();
    for file in files.map(|file| file.unwrap().path()) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

/// Runs a command to its end.
pub(crate) fn told(command: &mut Command) -> Told {
    let output = command.output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The folder of the project.
pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of all shipped scenarios, but for those against real programs: these are in a folder of their own,
/// `scenarios/real`, and played by `tests/real.rs`.
pub(crate) fn shipped() -> Vec<String> {
    let files = fs::read_dir(top().join("scenarios")).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Compares with an approved file; `WIRETALE_BLESS=1` approves what was found instead.
#[track_caller]
pub(crate) fn golden(file: &str, found: &str) {
    let path = top().join(file);
    if std::env::var_os("WIRETALE_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, found).unwrap();
    }
    let approved = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, approved,
        "\n{file} says otherwise. Found:\n{found}\nApproved:\n{approved}"
    );
}
