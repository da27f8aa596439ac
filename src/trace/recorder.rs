//! The sequencer: writes each event while it happens, in one order.
//!
//! Owns the file, its one bounded buffer, and each strand's count of events. What is written is a linear extension of
//! happened-before, for whoever records does so before the effect can be seen by another. A disk that is full is an error
//! that is kept, and told once; memory does not grow with the run. Does not own what is recorded.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::event::{Footer, Frame, Header, Kind};

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
        let mut inner = self.recorder.inner();
        let index = self.count.fetch_add(1, Ordering::Relaxed);
        let time = u64::try_from(self.recorder.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let buffer = &mut inner.buffer;
        // The line is put together by hand, for this is the hot path of every run; a test reads it back.
        buffer.extend_from_slice(self.prefix.as_bytes());
        push(buffer, format_args!("{index},\"time\":{time}"));
        if let Some(step) = about.step {
            push(buffer, format_args!(",\"step\":{step}"));
        }
        if !about.frames.is_empty() {
            push_member(buffer, ",\"frames\":", &about.frames);
        }
        if let Some(label) = about.label {
            push_member(buffer, ",\"label\":", label);
        }
        if about.hide {
            buffer.extend_from_slice(b",\"hide\":true");
        }
        push_member(buffer, ",\"event\":", kind);
        buffer.extend_from_slice(b"}\n");
        inner.events += 1;
        if inner.buffer.len() >= BUFFER || inner.written.elapsed() >= LATEST {
            inner.write_out();
        }
        index
    }
}

fn push(buffer: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    buffer.write_fmt(text).expect("writing to memory does not fail");
}

fn push_member(buffer: &mut Vec<u8>, key: &str, value: &(impl Serialize + ?Sized)) {
    buffer.extend_from_slice(key.as_bytes());
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
            title: None,
            seed: 0,
            actors: vec![HeaderActor {
                name: "A".into(),
                count: None,
                listens: false,
            }],
            steps: vec![],
        }
    }

    #[test]
    fn a_line_put_together_by_hand_reads_back_as_its_event() {
        let out = Shared::default();
        let recorder = Arc::new(Recorder::new(Box::new(out.clone()), &header()));
        let log = Log::new(Arc::clone(&recorder), "A \"quoted\"");
        let frames = [super::super::event::Frame {
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
        let Line::Event(Event {
            strand,
            index,
            step,
            frames: read,
            label,
            hide,
            event,
            ..
        }) = &lines[1]
        else {
            panic!("the second line is an event: {}", text)
        };
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
        let error = recorder.finish(Footer::default()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert!(recorder.inner().buffer.capacity() <= BUFFER * 4);
    }
}
