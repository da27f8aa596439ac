//! The sequencer: writes each event while it happens, in one order.
//!
//! Owns the file, its one bounded buffer, and each strand's count of events. What is written is a linear extension of
//! happened-before, for whoever records does so before the effect can be seen by another. A disk that is full is an error
//! that is kept, and told once; memory does not grow with the run. Does not own what is recorded.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::content::KEPT;
use super::event::{Content, Footer, Frame, Header, Kind};
use crate::ident::Direction;

/// The buffer is written out at this size.
const BUFFER: usize = 64 << 10;

/// Nothing stays in the buffer for longer than this while the run goes on.
pub const LATEST: Duration = Duration::from_millis(100);

/// Writes a trace while it happens.
#[derive(Debug)]
pub struct Recorder {
    inner: Mutex<Inner>,
    began: Instant,
}

struct Inner {
    out: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    events: u64,
    written: Instant,
    failed: Option<io::Error>,
    /// The footer is the last line.
    ended: bool,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner")
            .field("events", &self.events)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// One strand's part of the trace: its name, and how many events it has.
#[derive(Debug)]
pub struct Log {
    recorder: Arc<Recorder>,
    /// The beginning of each line, with the name as JSON.
    prefix: String,
    count: AtomicU32,
}

/// A message that was sent or taken, as [`Kind::Send`] or [`Kind::Receive`], without a copy of what it held.
#[derive(Clone, Copy, Debug)]
pub struct Traffic<'a> {
    /// Whether it was sent, else taken.
    pub sent: bool,
    /// The connection.
    pub connection: &'a str,
    /// The direction.
    pub direction: Direction,
    /// The offsets of its first byte and behind its last.
    pub range: (u64, u64),
    /// What it held; where it has a head, its body.
    pub bytes: &'a [u8],
    /// Its head, where its framing has one.
    pub head: Option<HeadOf<'a>>,
    /// Whether it is a ping or pong, and which.
    pub control: Option<&'static str>,
    /// How diagrams show it, where that is not by its bytes.
    pub shown: Option<&'a str>,
    /// For a send, the index of the first copy's event, where it is one copy of a broadcast.
    pub broadcast: Option<u32>,
    /// For a receive, where else its step would have taken something.
    pub watch: &'a [String],
    /// For a receive, what its step kept of it and diagrams show by name.
    pub captured: &'a BTreeMap<String, String>,
}

/// Nothing that was kept.
pub static NOTHING: BTreeMap<String, String> = BTreeMap::new();

/// The head of a message, as [`super::event::Head`].
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HeadOf<'a> {
    /// The start line, where there is one.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub line: &'a str,
    /// The headers.
    pub headers: &'a [(String, String)],
    /// Those that the diagram shows.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub show: &'a [String],
}

/// What is said of an event besides what happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// The step that it came from.
    pub step: Option<u32>,
    /// The frames around it.
    pub frames: &'a [Frame],
    /// The text that the scenario gives it.
    pub label: Option<&'a str>,
    /// Whether it is kept out of diagrams.
    pub hide: bool,
}

impl Recorder {
    /// Begins a trace with its header.
    pub fn new(out: Box<dyn Write + Send>, header: &Header) -> Self {
        let began = Instant::now();
        let inner = Inner {
            out,
            buffer: Vec::with_capacity(BUFFER * 2),
            events: 0,
            written: began,
            failed: None,
            ended: false,
        };
        let recorder = Self {
            inner: Mutex::new(inner),
            began,
        };
        recorder.inner().line(&Wrapped { header });
        recorder
    }

    /// Writes out what is in the buffer, and says how many events there are.
    pub fn flush(&self) -> u64 {
        let mut inner = self.inner();
        inner.write_out();
        inner.events
    }

    /// Whether something went wrong with the file; [`Self::finish`] says what.
    pub fn has_failed(&self) -> bool {
        self.inner().failed.is_some()
    }

    /// Ends the trace with its footer, whose count of events is filled in.
    pub fn finish(&self, mut footer: Footer) -> io::Result<()> {
        let mut inner = self.inner();
        footer.events = inner.events;
        inner.line(&Ended { footer: &footer });
        inner.ended = true;
        inner.write_out();
        match inner.failed.take() {
            Some(error) => Err(error),
            None => inner.out.flush(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no thread panics while it holds the recorder")
    }
}

#[derive(Serialize)]
struct Wrapped<'a> {
    header: &'a Header,
}

#[derive(Serialize)]
struct Ended<'a> {
    footer: &'a Footer,
}

impl Inner {
    fn line(&mut self, line: &impl Serialize) {
        serde_json::to_writer(&mut self.buffer, line).expect("a trace's lines are plain data, which is JSON");
        self.buffer.push(b'\n');
    }

    fn write_out(&mut self) {
        self.written = Instant::now();
        if self.failed.is_none()
            && let Err(error) = self.out.write_all(&self.buffer)
        {
            self.failed = Some(error);
        }
        self.buffer.clear();
    }
}

impl Log {
    /// The part of a strand that has no events yet.
    pub fn new(recorder: Arc<Recorder>, strand: &str) -> Self {
        let name = serde_json::to_string(strand).expect("text is JSON");
        Self {
            recorder,
            prefix: format!("{{\"strand\":{name},\"index\":"),
            count: AtomicU32::new(0),
        }
    }

    /// The index of the strand's next event.
    pub fn next_index(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    /// Records an event, and gives its index in the strand.
    pub fn record(&self, about: About<'_>, kind: &Kind) -> u32 {
        self.line(about, |buffer| push_json(buffer, kind))
    }

    /// Records a message, and gives its index in the strand.
    pub fn message(&self, about: About<'_>, traffic: &Traffic<'_>) -> u32 {
        self.line(about, |buffer| push_traffic(buffer, traffic))
    }

    /// The line is put together by hand, for this is the hot path of every run; a test reads it back.
    fn line(&self, about: About<'_>, event: impl FnOnce(&mut Vec<u8>)) -> u32 {
        let mut inner = self.recorder.inner();
        let index = self.count.fetch_add(1, Ordering::Relaxed);
        if inner.ended {
            return index;
        }
        let now = Instant::now();
        let buffer = &mut inner.buffer;
        buffer.extend_from_slice(self.prefix.as_bytes());
        push_number(buffer, index.into());
        buffer.extend_from_slice(b",\"time\":");
        let time = now.duration_since(self.recorder.began).as_nanos();
        push_number(buffer, u64::try_from(time).unwrap_or(u64::MAX));
        if let Some(step) = about.step {
            buffer.extend_from_slice(b",\"step\":");
            push_number(buffer, step.into());
        }
        if !about.frames.is_empty() {
            buffer.extend_from_slice(b",\"frames\":[");
            for (place, frame) in about.frames.iter().enumerate() {
                buffer.extend_from_slice(if place == 0 { b"{\"step\":" } else { b",{\"step\":" });
                push_number(buffer, frame.step.into());
                buffer.extend_from_slice(b",\"time\":");
                push_number(buffer, frame.time.into());
                buffer.extend_from_slice(b",\"part\":");
                push_number(buffer, frame.part.into());
                buffer.push(b'}');
            }
            buffer.push(b']');
        }
        if let Some(label) = about.label {
            buffer.extend_from_slice(b",\"label\":");
            push_text(buffer, label);
        }
        if about.hide {
            buffer.extend_from_slice(b",\"hide\":true");
        }
        buffer.extend_from_slice(b",\"event\":");
        event(buffer);
        buffer.extend_from_slice(b"}\n");
        inner.events += 1;
        if inner.buffer.len() >= BUFFER || now.duration_since(inner.written) >= LATEST {
            inner.write_out();
        }
        index
    }
}

fn push_traffic(buffer: &mut Vec<u8>, traffic: &Traffic<'_>) {
    buffer.extend_from_slice(if traffic.sent { b"{\"send\":" } else { b"{\"receive\":" });
    buffer.extend_from_slice(b"{\"connection\":");
    push_text(buffer, traffic.connection);
    buffer.extend_from_slice(match traffic.direction {
        Direction::FromOpener => b",\"direction\":\">\",\"start\":",
        Direction::ToOpener => b",\"direction\":\"<\",\"start\":",
    });
    push_number(buffer, traffic.range.0);
    buffer.extend_from_slice(b",\"end\":");
    push_number(buffer, traffic.range.1);
    buffer.extend_from_slice(b",\"content\":");
    buffer.push(b'{');
    if let Some(head) = &traffic.head {
        buffer.extend_from_slice(b"\"head\":");
        push_json(buffer, head);
        buffer.push(b',');
    }
    if let Some(control) = traffic.control {
        buffer.extend_from_slice(b"\"control\":");
        push_text(buffer, control);
        buffer.push(b',');
    }
    if let Some(shown) = traffic.shown {
        buffer.extend_from_slice(b"\"shown\":");
        push_text(buffer, shown);
        buffer.push(b',');
    }
    match std::str::from_utf8(traffic.bytes) {
        Ok(text) if text.len() <= KEPT => {
            buffer.extend_from_slice(b"\"text\":");
            push_text(buffer, text);
            buffer.push(b'}');
        }
        _ => {
            // The object's own brace stands there already.
            let from = buffer.len();
            push_json(buffer, &Content::of(traffic.bytes));
            buffer.remove(from);
        }
    }
    if let Some(first) = traffic.broadcast {
        buffer.extend_from_slice(b",\"broadcast\":");
        push_number(buffer, first.into());
    }
    if !traffic.watch.is_empty() {
        buffer.extend_from_slice(b",\"watch\":");
        push_json(buffer, traffic.watch);
    }
    if !traffic.captured.is_empty() {
        buffer.extend_from_slice(b",\"captured\":");
        push_json(buffer, traffic.captured);
    }
    buffer.extend_from_slice(b"}}");
}

fn push_number(buffer: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[start..]);
}

/// Most text needs no escape, and is copied as it is.
fn push_text(buffer: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        buffer.push(b'"');
        buffer.extend_from_slice(text.as_bytes());
        buffer.push(b'"');
    } else {
        push_json(buffer, text);
    }
}

fn push_json(buffer: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    serde_json::to_writer(buffer, value).expect("an event is plain data, which is JSON");
}

#[cfg(test)]
mod tests {
    use super::super::event::{Event, HeaderActor, Line, VERSION};
    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn header() -> Header {
        Header {
            trace: VERSION,
            wiretale: "0".into(),
            scenario: "x.json".into(),
            case: None,
            title: None,
            seed: 0,
            mask: Default::default(),
            expect: Default::default(),
            actors: vec![HeaderActor {
                name: "A".into(),
                count: None,
                listens: false,
                unordered: Vec::new(),
                outside: false,
            }],
            steps: vec![],
        }
    }

    #[test]
    fn a_line_put_together_by_hand_reads_back_as_its_event() {
        let out = Shared::default();
        let recorder = Arc::new(Recorder::new(Box::new(out.clone()), &header()));
        let log = Log::new(Arc::clone(&recorder), "A \"quoted\"");
        let frames = [Frame {
            step: 3,
            time: 1,
            part: 2,
        }];
        let about = About {
            step: Some(7),
            frames: &frames,
            label: Some("a \"b\"\n"),
            hide: true,
        };
        let kind = Kind::Signalled {
            name: "ready".into(),
            nth: 1,
        };
        assert_eq!(log.record(about, &kind), 0);
        assert_eq!(log.record(About::default(), &kind), 1);
        recorder.finish(Footer::default()).unwrap();
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<Line> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let Line::Event(event) = &lines[1] else {
            panic!("the second line is an event: {}", text)
        };
        let Event {
            strand,
            index,
            step,
            frames: read,
            label,
            hide,
            event,
            ..
        } = &**event;
        assert_eq!(
            (strand.as_str(), *index, *step, *hide),
            ("A \"quoted\"", 0, Some(7), true)
        );
        assert_eq!(
            (read.as_slice(), label.as_deref(), event),
            (&frames[..], Some("a \"b\"\n"), &kind)
        );
        assert!(matches!(&lines[3], Line::Footer(footer) if footer.events == 2));
    }

    #[test]
    fn a_message_without_a_copy_is_written_as_its_event_is() {
        let long = "x".repeat(KEPT + 1);
        let watch = ["A/B#1>".to_owned(), "!\"go\"".to_owned()];
        for bytes in ["hi".as_bytes(), b"a \"quoted\"\n\\", &[0xff, 0], long.as_bytes(), b""] {
            for (sent, broadcast) in [(true, None), (true, Some(7)), (false, None)] {
                let (connection, direction) = ("Server/Client#1", Direction::ToOpener);
                let watch = if sent { &[][..] } else { &watch[..] };
                let captured = match sent {
                    true => BTreeMap::new(),
                    false => BTreeMap::from([("id".to_owned(), "a \"quoted\" é".to_owned())]),
                };
                let headers = [("host".to_owned(), "x".to_owned())];
                let show = ["host".to_owned()];
                let head = (bytes.len() > 1).then_some(HeadOf {
                    line: "GET / HTTP/1.1",
                    headers: &headers,
                    show: if sent { &show } else { &[] },
                });
                let traffic = Traffic {
                    sent,
                    connection,
                    direction,
                    range: (3, 10),
                    bytes,
                    head,
                    control: (bytes.len() == 1).then_some("ping"),
                    shown: head.map(|_| "a \"b\""),
                    broadcast,
                    watch,
                    captured: &captured,
                };
                let (connection, mut content, start, end) = (connection.to_owned(), Content::of(bytes), 3, 10);
                content.head = head.map(|head| super::super::event::Head {
                    line: head.line.to_owned(),
                    headers: head.headers.to_vec(),
                    show: head.show.to_vec(),
                });
                content.control = traffic.control.map(str::to_owned);
                content.shown = head.map(|_| "a \"b\"".to_owned());
                let kind = if sent {
                    Kind::Send {
                        connection,
                        direction,
                        start,
                        end,
                        content,
                        broadcast,
                    }
                } else {
                    Kind::Receive {
                        connection,
                        direction,
                        start,
                        end,
                        content,
                        watch: watch.to_vec(),
                        captured: captured.clone(),
                    }
                };
                let mut written = Vec::new();
                push_traffic(&mut written, &traffic);
                assert_eq!(
                    String::from_utf8(written).unwrap(),
                    serde_json::to_string(&kind).unwrap()
                );
            }
        }
    }

    #[test]
    fn nothing_stands_behind_the_footer() {
        let out = Shared::default();
        let recorder = Arc::new(Recorder::new(Box::new(out.clone()), &header()));
        let log = Log::new(Arc::clone(&recorder), "A");
        recorder.finish(Footer::default()).unwrap();
        let text = "too late".to_owned();
        log.record(About::default(), &Kind::Phase { text });
        recorder.flush();
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        assert!(text.lines().last().unwrap().contains("footer"), "{text}");
    }

    #[test]
    fn a_full_disk_is_told_once_and_memory_does_not_grow() {
        #[derive(Debug)]
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let recorder = Arc::new(Recorder::new(Box::new(Full), &header()));
        let log = Log::new(Arc::clone(&recorder), "A");
        for _ in 0..5000 {
            log.record(
                About::default(),
                &Kind::Signalled {
                    name: "x".repeat(100),
                    nth: 1,
                },
            );
        }
        recorder.flush();
        assert!(recorder.has_failed());
        assert!(recorder.inner().buffer.capacity() <= BUFFER * 4);
        let told = recorder.finish(Footer::default()).map_err(|error| error.kind());
        assert_eq!(told, Err(io::ErrorKind::StorageFull));
    }
}
