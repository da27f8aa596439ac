//! Plays a scenario given as text, and gives what came of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::thread::{self, JoinHandle};

use wiretale::actor::{Flip, Nth, StandIns};
use wiretale::diagram::{Detail, mermaid};
use wiretale::finding::{Finding, FindingKind, Verdict};
use wiretale::ident::Direction;
use wiretale::plan::{Overrides, Plan};
use wiretale::run::{self, Options, Outcome, RunError};
use wiretale::runtime;
use wiretale::scenario::source::Sources;
use wiretale::scenario::written::Scenario;
use wiretale::scenario::{LoadOptions, load, load_text};
use wiretale::suite::Drawing;
use wiretale::trace::reader::TraceSource;

/// A scenario that is ready to be played any number of times.
pub(crate) struct Scene {
    plan: Arc<Plan>,
}

/// What came of playing it once.
pub(crate) struct Tale {
    pub(crate) verdict: Verdict,
    pub(crate) findings: Vec<Finding>,
    pub(crate) cut: Option<String>,
    pub(crate) trace: String,
    pub(crate) mermaid: String,
    pub(crate) drawing: Drawing,
}

/// How often a scene is played to see whether it always shows the same.
const TIMES: usize = 5;

impl Scene {
    /// A whole scenario.
    pub(crate) fn of(text: &str) -> Self {
        Self::with(text, &Overrides::default())
    }

    /// A whole scenario, and what the command line changes in it.
    pub(crate) fn with(text: &str, overrides: &Overrides) -> Self {
        let (scenario, sources) = load_text("scene.json", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        Self::compiled(&scenario, &sources, overrides)
    }

    /// A client and a server of this framing, by their steps, with files in the scenario's folder.
    pub(crate) fn with_files(files: &[(&str, &str)], framing: &str, client: &str, session: &str) -> Self {
        let scene = format!(r#"{{ "actors": {{ {} }} }}"#, pair(framing, client, session));
        Self::in_folder(&scene, files, &Overrides::default())
    }

    /// A whole scenario with files in its folder, and what the command line changes in it.
    pub(crate) fn in_folder(scene: &str, files: &[(&str, &str)], overrides: &Overrides) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files.iter().chain(&[("scene.json", scene)]) {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (scenario, sources) =
            load(&folder.path().join("scene.json"), &LoadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        Self::compiled(&scenario, &sources, overrides)
    }

    fn compiled(scenario: &Scenario, sources: &Sources, overrides: &Overrides) -> Self {
        let plan = Plan::compile("scene.json", scenario, sources, overrides)
            .unwrap_or_else(|mistakes| panic!("{}", rendered(&mistakes, sources)));
        Self { plan: Arc::new(plan) }
    }

    /// Actors alone.
    pub(crate) fn actors(actors: &str) -> Self {
        Self::of(&format!("{{ \"actors\": {{ {actors} }} }}"))
    }

    /// A client and a server of this framing, by their steps.
    pub(crate) fn pair(framing: &str, client: &str, session: &str) -> Self {
        Self::actors(&pair(framing, client, session))
    }

    /// Plays it once.
    pub(crate) fn play(&self) -> Tale {
        self.try_play(Box::new(Sheet::default()), None).unwrap()
    }

    /// Plays it once with one message held, on `hold` the first, until the first on `until` was taken by the same strand.
    /// Both are `CONNECTION>` or `CONNECTION<`.
    pub(crate) fn flipped(&self, strand: &str, hold: &str, until: &str) -> Tale {
        let nth = |place: &str| {
            let (connection, direction) = place.split_at(place.len() - 1);
            let direction = match direction {
                ">" => Direction::FromOpener,
                _ => Direction::ToOpener,
            };
            Nth {
                connection: connection.to_owned(),
                direction,
                nth: 1,
            }
        };
        let flip = Flip {
            strand: strand.to_owned(),
            hold: nth(hold),
            until: nth(until),
        };
        self.try_play(Box::new(Sheet::default()), Some(flip)).unwrap()
    }

    /// Plays it once, and gives why it could not be.
    pub(crate) fn fails_to_play(&self, trace: Box<dyn Write + Send>) -> RunError {
        play(&self.plan, trace, None).expect_err("it was played")
    }

    fn try_play(&self, sheet: Box<Sheet>, flip: Option<Flip>) -> Result<Tale, RunError> {
        let written = Arc::clone(&sheet.0);
        let outcome = play(&self.plan, sheet, flip)?;
        let bytes = written.lock().unwrap().clone();
        let trace = String::from_utf8(bytes.clone()).unwrap();
        let source = TraceSource::from_bytes(bytes).unwrap();
        let drawing =
            wiretale::suite::draw(&source, Detail::Messages).unwrap_or_else(|error| panic!("{error}\n{trace}"));
        Ok(Tale {
            verdict: outcome.verdict,
            findings: outcome.findings,
            cut: outcome.cut,
            mermaid: mermaid::write(&drawing.diagram),
            trace,
            drawing,
        })
    }

    /// That it passes, and always shows these lines.
    #[track_caller]
    pub(crate) fn shows(&self, lines: &[&str]) {
        for _ in 0..TIMES {
            let tale = self.play();
            tale.passed();
            tale.shows(lines);
        }
    }

    /// That it passes, whatever it shows, and always the same.
    #[track_caller]
    pub(crate) fn passes(&self) -> Tale {
        let first = self.play();
        first.passed();
        for _ in 1..TIMES {
            let tale = self.play();
            tale.passed();
            assert_eq!(tale.lines(), first.lines());
        }
        first
    }

    /// That it fails, each time with exactly these kinds of findings.
    #[track_caller]
    pub(crate) fn finds(&self, kinds: &[FindingKind]) -> Tale {
        let first = self.play();
        first.finds(kinds);
        for _ in 1..TIMES {
            let tale = self.play();
            tale.finds(kinds);
            assert_eq!(tale.lines(), first.lines());
        }
        first
    }
}

impl Tale {
    /// The lines of its diagram, with the actors' names and without participants and remarks.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut lines = Vec::new();
        for line in self.mermaid.lines().map(str::trim) {
            if let Some((_, name)) = line
                .strip_prefix("participant ")
                .and_then(|rest| rest.split_once(" as "))
            {
                names.push(name.to_owned());
            } else if line != "sequenceDiagram" && !line.starts_with("%%") {
                lines.push(named(line, &names));
            }
        }
        lines
    }

    #[track_caller]
    pub(crate) fn shows(&self, lines: &[&str]) {
        assert_eq!(self.lines(), lines, "{}", self.told());
    }

    #[track_caller]
    pub(crate) fn passed(&self) {
        assert_eq!((self.verdict, &self.cut), (Verdict::Pass, &None), "{}", self.told());
        assert_eq!(self.findings.len(), 0, "{}", self.told());
    }

    /// The kinds of its findings, sorted.
    #[track_caller]
    pub(crate) fn finds(&self, kinds: &[FindingKind]) {
        let mut found: Vec<_> = self.findings.iter().map(|finding| finding.kind).collect();
        found.sort();
        let mut kinds = kinds.to_vec();
        kinds.sort();
        assert_eq!(found, kinds, "{}", self.told());
    }

    /// The only finding of this kind.
    #[track_caller]
    pub(crate) fn finding(&self, kind: FindingKind) -> &Finding {
        let mut all = self.findings.iter().filter(|finding| finding.kind == kind);
        match (all.next(), all.next()) {
            (Some(finding), None) => finding,
            _ => panic!("not one {kind:?}: {}", self.told()),
        }
    }

    /// The strands that have events.
    pub(crate) fn strands(&self) -> BTreeSet<String> {
        let parsed = self
            .trace
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        parsed
            .filter_map(|line| Some(line.get("strand")?.as_str()?.to_owned()))
            .collect()
    }

    /// All of it, for a failed assertion.
    pub(crate) fn told(&self) -> String {
        let mut told = format!("{:?}, cut by {:?}\n{}", self.verdict, self.cut, self.mermaid);
        for finding in &self.findings {
            let place = finding.place.as_ref().map_or(0, |place| place.line);
            let _ = writeln!(
                told,
                "line {place}: {} {:?}: {}",
                finding.strand, finding.kind, finding.text
            );
        }
        told
    }
}

/// A client and a server as members of `actors`.
pub(crate) fn pair(framing: &str, client: &str, session: &str) -> String {
    format!(
        r#""Client": {{ "script": [ {{ "connect": "Server" }}, {client} ] }},
           "Server": {{ "listen": {{ "tcp": 0, "framing": {framing} }}, "session": [ {session} ] }}"#
    )
}

/// The runtime of all tests of this program.
pub(crate) fn runtime() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| runtime::start(2));
}

fn play(plan: &Arc<Plan>, trace: Box<dyn Write + Send>, flip: Option<Flip>) -> Result<Outcome, RunError> {
    runtime();
    let options = Options {
        trace,
        flip,
        stand_ins: StandIns::new(),
        signals: false,
        outputs: None,
    };
    runtime::block_on(run::run(Arc::clone(plan), options))
}

fn rendered(mistakes: &[wiretale::scenario::mistake::Mistake], sources: &Sources) -> String {
    use wiretale::scenario::render::{Colour, render};
    render(mistakes, sources, Colour::Never)
}

/// A line with the actors' names for the participants' ids.
fn named(line: &str, names: &[String]) -> String {
    let (head, text) = line.split_once(": ").unwrap_or((line, ""));
    if !head.starts_with('p') && !head.starts_with("Note over p") {
        return line.to_owned();
    }
    let mut head = head.to_owned();
    for (id, name) in names.iter().enumerate().rev() {
        head = head.replace(&format!("p{id}"), name);
    }
    format!("{head}: {text}")
}

/// Where a trace is written to, and read from afterwards.
#[derive(Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Two threads that do nothing but work, until it is dropped.
pub(crate) struct Busy {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Busy {
    pub(crate) fn machine() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let work = |stop: Arc<AtomicBool>| {
            move || {
                while !stop.load(Ordering::Relaxed) {
                    std::hint::black_box((0..10_000).fold(0u64, |sum, n| sum.wrapping_mul(31).wrapping_add(n)));
                }
            }
        };
        let threads = (0..2).map(|_| thread::spawn(work(Arc::clone(&stop)))).collect();
        Self { stop, threads }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
