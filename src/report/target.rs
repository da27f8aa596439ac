//! Where reports go: `junit=FILE`, `tap`, `json=FILE`, `github`.
//!
//! Owns the words of `--report`, and that each report gets to its place. Does not own what is in one.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::tested::Summary;
use super::{file, github, json, junit, tap};

/// The variable by which GitHub names the file of the job summary.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// A form of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// JUnit's XML, as Jenkins, GitLab and most others read it.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
    /// All that is known, as JSON; what `wiretale merge` joins.
    Json,
    /// Annotations and a job summary for GitHub Actions.
    Github,
}

/// A report that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTo {
    /// Its form.
    pub format: Format,
    /// Its file. Without one it goes to standard output; what `github` has for a file is where the job summary goes instead
    /// of where the variable says.
    pub file: Option<PathBuf>,
}

/// Why a text says of no report where it goes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportToError {
    /// There is no such form.
    #[error("no report is called `{found}`; {}", near.map_or_else(known, |near| format!("did you mean `{}`?", near.word())))]
    Unknown {
        /// What it says.
        found: String,
        /// The form that was meant.
        near: Option<Format>,
    },
    /// Its form is written to a file.
    #[error("`{0}` needs a file: `{0}=FILE`")]
    NoFile(Format),
    /// A job summary is written to a file.
    #[error("the annotations of `github` go to standard output; its job summary needs a file: `github=FILE`")]
    SummaryOnOutput,
}

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the {format} report to {place}: {error}")]
pub struct WriteError {
    /// Its form.
    pub format: Format,
    /// Its place, for people.
    pub place: String,
    /// Why.
    #[source]
    pub error: io::Error,
}

/// Writes all reports, whatever is wrong with the first; `ci` says that what is new or orphaned fails.
pub fn write(summary: &Summary, reports: &[ReportTo], ci: bool) -> Result<(), Vec<WriteError>> {
    let step_summary = std::env::var_os(STEP_SUMMARY).filter(|name| !name.is_empty());
    let step_summary = step_summary.map(PathBuf::from);
    let wrong: Vec<WriteError> = reports
        .iter()
        .flat_map(|report| report.write(summary, ci, step_summary.as_deref()))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A report as text; of `github` the summary of the job.
pub fn text(format: Format, summary: &Summary, ci: bool) -> String {
    match format {
        Format::Junit => junit::write(summary, ci),
        Format::Tap => tap::write(summary, ci),
        Format::Json => json::write(summary, ci),
        Format::Github => github::job_summary(summary, ci, 0),
    }
}

/// Refuses reports that would overwrite each other; to be asked before anything is played.
pub fn refuse_clashes(reports: &[ReportTo]) -> Result<(), String> {
    for (number, report) in reports.iter().enumerate() {
        if let Some(other) = reports[..number].iter().find(|other| other.clashes(report)) {
            return Err(format!(
                "the reports `{other}` and `{report}` would go to the same place"
            ));
        }
    }
    Ok(())
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Junit, Self::Tap, Self::Json, Self::Github];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Json => "json",
            Self::Github => "github",
        }
    }
}

impl ReportTo {
    /// Whether anything of it goes to standard output.
    pub fn is_on_output(&self) -> bool {
        self.file.is_none() || self.format == Format::Github
    }

    fn write(&self, summary: &Summary, ci: bool, step_summary: Option<&Path>) -> Vec<WriteError> {
        let written = if self.format == Format::Github {
            vec![
                self.put(None, &github::annotations(summary, ci)),
                self.job_summary(summary, ci, step_summary),
            ]
        } else {
            vec![self.put(self.file.as_deref(), &text(self.format, summary, ci))]
        };
        written.into_iter().filter_map(Result::err).collect()
    }

    /// The job summary: behind what the step's file has already, or whole in a file of its own.
    fn job_summary(&self, summary: &Summary, ci: bool, step_summary: Option<&Path>) -> Result<(), WriteError> {
        match (&self.file, step_summary) {
            (Some(own), _) => self.put(Some(own), &text(self.format, summary, ci)),
            (None, Some(path)) => {
                let taken = std::fs::metadata(path).map_or(0, |about| about.len());
                let text = github::job_summary(summary, ci, usize::try_from(taken).unwrap_or(usize::MAX));
                file::append(path, &text).map_err(|error| self.failed(Some(path), error))
            }
            (None, None) => Ok(()),
        }
    }

    /// Writes a text whole; that nobody reads standard output any more is no error.
    pub fn put(&self, path: Option<&Path>, text: &str) -> Result<(), WriteError> {
        let written = match path {
            Some(path) => file::replace(path, text),
            None => match io::stdout().write_all(text.as_bytes()) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                written => written,
            },
        };
        written.map_err(|error| self.failed(path, error))
    }

    fn failed(&self, path: Option<&Path>, error: io::Error) -> WriteError {
        WriteError {
            format: self.format,
            place: path.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string()),
            error,
        }
    }

    /// Whether two go to the same place. Annotations may stand behind another report on standard output.
    fn clashes(&self, other: &Self) -> bool {
        match (&self.file, &other.file) {
            (Some(own), Some(other)) => own == other,
            (None, None) => self.format == other.format || ![self.format, other.format].contains(&Format::Github),
            _ => false,
        }
    }
}

impl FromStr for ReportTo {
    type Err = ReportToError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, place) = match text.split_once('=') {
            Some((word, place)) => (word, Some(place)),
            None => (text, None),
        };
        let format = Format::ALL.into_iter().find(|format| format.word() == word);
        let format = format.ok_or_else(|| ReportToError::Unknown {
            found: word.to_owned(),
            near: near(word),
        })?;
        let file = match (format, place) {
            (Format::Github, Some("-")) => return Err(ReportToError::SummaryOnOutput),
            (_, Some("")) | (Format::Junit | Format::Json, None) => return Err(ReportToError::NoFile(format)),
            (_, Some("-") | None) => None,
            (_, Some(path)) => Some(PathBuf::from(path)),
        };
        Ok(Self { format, file })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for ReportTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}={}", self.format, file.display()),
            None if self.format == Format::Github => write!(f, "github"),
            None => write!(f, "{}=-", self.format),
        }
    }
}

/// The form that was meant by a word that is none.
fn near(word: &str) -> Option<Format> {
    let lower = word.to_lowercase();
    let distance = |format: &Format| strsim::damerau_levenshtein(&lower, format.word());
    // Two letters make one word of `tap` and `json`.
    let most = if word.chars().count() > 4 { 2 } else { 1 };
    let nearest = Format::ALL.into_iter().min_by_key(distance)?;
    let file_ending = match lower.as_str() {
        "xml" | "xunit" | "surefire" => Some(Format::Junit),
        "gh" | "actions" => Some(Format::Github),
        _ => None,
    };
    file_ending.or_else(|| (distance(&nearest) <= most).then_some(nearest))
}

/// What can be said instead.
fn known() -> String {
    "these are there: `junit=FILE`, `tap`, `tap=FILE`, `json=FILE`, `github`, `github=FILE`".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ReportTo, String> {
        text.parse().map_err(|error: ReportToError| error.to_string())
    }

    #[test]
    fn a_report_has_a_form_and_a_place() {
        for (text, format, file) in [
            ("junit=a/b.xml", Format::Junit, Some("a/b.xml")),
            ("junit=-", Format::Junit, None),
            ("tap", Format::Tap, None),
            ("tap=-", Format::Tap, None),
            ("tap=t=1.tap", Format::Tap, Some("t=1.tap")),
            ("json=x.json", Format::Json, Some("x.json")),
            ("github", Format::Github, None),
            ("github=summary.md", Format::Github, Some("summary.md")),
        ] {
            let file = file.map(PathBuf::from);
            assert_eq!(parse(text), Ok(ReportTo { format, file }), "{text}");
        }
    }

    #[test]
    fn what_is_no_report_is_told_the_cure() {
        for (text, told) in [
            ("junti=x.xml", "no report is called `junti`; did you mean `junit`?"),
            ("TAP", "no report is called `TAP`; did you mean `tap`?"),
            ("xml=x", "no report is called `xml`; did you mean `junit`?"),
            ("junit", "`junit` needs a file: `junit=FILE`"),
            ("json", "`json` needs a file: `json=FILE`"),
            ("tap=", "`tap` needs a file: `tap=FILE`"),
            (
                "html=x",
                "no report is called `html`; these are there: `junit=FILE`, `tap`, `tap=FILE`, `json=FILE`, `github`, `github=FILE`",
            ),
        ] {
            assert_eq!(parse(text), Err(told.to_owned()), "{text}");
        }
        assert!(parse("github=-").unwrap_err().contains("github=FILE"));
    }

    #[test]
    fn two_reports_do_not_overwrite_each_other() {
        let clash = |texts: &[&str]| {
            let reports: Vec<ReportTo> = texts.iter().map(|text| text.parse().unwrap()).collect();
            refuse_clashes(&reports).err()
        };
        assert_eq!(clash(&["junit=a.xml", "junit=b.xml", "tap", "github"]), None);
        assert_eq!(
            clash(&["junit=a", "tap", "json=a"]).unwrap(),
            "the reports `junit=a` and `json=a` would go to the same place"
        );
        assert!(clash(&["tap", "json=-"]).is_some());
        assert!(clash(&["github", "github"]).is_some());
    }
}
