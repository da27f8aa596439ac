//! The report as JUnit's XML, in the form that Jenkins and surefire gave it and that most others read.
//!
//! Owns which part of a case goes to which element. Does not own XML itself (`quick-junit`).

pub(super) mod join;

use quick_junit::{
    FlakyOrRerun, NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite, XmlString,
};

use super::plain::line;
use super::tested::{Status, Summary, Tested};
use super::told::{details, headline, races};

/// What the suite is called, and what the classes of all cases begin with.
const SUITE: &str = "wiretale";

/// The property of a case that has a status for which JUnit has no element.
const STATUS: &str = "wiretale.status";

/// The property of the suite that says which part of all cases it is.
const SHARD: &str = "wiretale.shard";

/// The property of the suite that says why it is not whole.
const INTERRUPTED: &str = "wiretale.interrupted";

/// A summary as XML; `ci` says that what is new or orphaned fails.
pub(super) fn write(summary: &Summary, ci: bool) -> String {
    let mut suite = TestSuite::new(SUITE);
    suite.set_time(summary.time);
    for (name, value) in [(SHARD, &summary.shard), (INTERRUPTED, &summary.interrupted)] {
        if let Some(value) = value {
            suite.add_property(Property::new(name, line(value)));
        }
    }
    suite.add_test_cases(summary.tested.iter().map(|tested| case(tested, ci)));
    let mut report = Report::new(SUITE);
    report.set_time(summary.time).add_test_suite(suite);
    text(&report)
}

/// A report as XML.
fn text(report: &Report) -> String {
    report.to_string().expect("writing to a string does not fail")
}

fn case(tested: &Tested, ci: bool) -> TestCase {
    let mut case = TestCase::new(line(&tested.name), status(tested, ci));
    case.set_classname(class(&tested.name)).set_time(tested.time);
    case.extra.insert("file".into(), line(&tested.file).as_str().into());
    let is_plain = tested.status == Status::Passed && tested.before.is_empty();
    if tested.status.is_success() && !is_plain {
        case.add_property(Property::new(STATUS, tested.status.word()));
    }
    let races = races(tested);
    if !races.is_empty() {
        case.set_system_out(spaced(&races));
    }
    case
}

/// The folder of a case, as a class is named: `wiretale.mail`.
fn class(name: &str) -> String {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let parts = folder.split('/').filter(|part| !part.is_empty());
    let parts = parts.map(|part| line(part).replace('.', "_"));
    [SUITE.to_owned()]
        .into_iter()
        .chain(parts)
        .collect::<Vec<_>>()
        .join(".")
}

fn status(tested: &Tested, ci: bool) -> TestCaseStatus {
    let earlier = tested.before.iter().zip(1..).map(|(status, attempt)| {
        let mut run = TestRerun::new(kind(*status));
        run.set_message(format!("attempt {attempt}: {}", status.word()))
            .set_type(status.word());
        run
    });
    let mut status = match tested.status {
        Status::Skipped | Status::NotRun => TestCaseStatus::skipped(),
        status if status.fails(ci) => TestCaseStatus::non_success(kind(status)),
        _ => {
            let mut status = TestCaseStatus::success();
            status.add_reruns(earlier);
            return status;
        }
    };
    status.set_message(headline(tested)).set_type(tested.status.word());
    let details = details(tested);
    if !details.is_empty() {
        status.set_description(spaced(&details));
    }
    if !matches!(tested.status, Status::Skipped | Status::NotRun) {
        status.add_reruns(earlier);
        if let TestCaseStatus::NonSuccess { reruns, .. } = &mut status {
            reruns.kind = FlakyOrRerun::Rerun;
        }
    }
    status
}

/// A text without tabs, which `quick-junit` takes for terminal codes and leaves out.
fn spaced(text: &str) -> String {
    text.replace('\t', "    ")
}

fn kind(status: Status) -> NonSuccessKind {
    match status {
        Status::Wrong | Status::Error => NonSuccessKind::Error,
        _ => NonSuccessKind::Failure,
    }
}

/// The value of a property.
fn property<'p>(properties: &'p [Property], name: &str) -> Option<&'p str> {
    let found = properties.iter().find(|property| property.name.as_str() == name);
    found.map(|property| property.value.as_str())
}

/// A text as XML has it.
fn xml(text: &str) -> XmlString {
    XmlString::new(text)
}
