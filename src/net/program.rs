//! What a program writes and reads.
//!
//! Owns that its output is read all the time, so that it never waits for that; how much of it is kept, in memory and in a
//! file; and its lines. Does not own the program (`runtime`), nor what its output must look like.

use std::fs::File;
use std::future::poll_fn;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use futures::task::AtomicWaker;
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// How much of an output is kept in a file.
const FILE: u64 = 64 << 20;

/// How much of the end of an output is kept to be shown.
const TAIL: usize = 4 << 10;

/// How much is read at once.
const CHUNK: usize = 16 << 10;

/// What is known of one output of a program.
#[derive(Debug, Default)]
pub struct Output {
    kept: Mutex<Kept>,
    news: AtomicWaker,
}

#[derive(Debug, Default)]
struct Kept {
    /// Its beginning.
    head: Vec<u8>,
    /// Whether there was more than that.
    cut: bool,
    /// Its end.
    tail: Vec<u8>,
    /// Up to where lines were looked at in `head`.
    seen: usize,
    over: bool,
}

impl Output {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no thread panics while it holds an output")
    }

    /// All of it; `None` where it was too much.
    pub fn whole(&self) -> Option<Vec<u8>> {
        let kept = self.kept();
        (!kept.cut).then(|| kept.head.clone())
    }

    /// Its last lines, at most so many.
    pub fn last_lines(&self, most: usize) -> String {
        let kept = self.kept();
        let text = String::from_utf8_lossy(&kept.tail);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(most)..].join("\n")
    }

    /// Until a line is there that is wanted; never where the output ends before.
    pub async fn line(&self, mut is_wanted: impl FnMut(&[u8]) -> bool) {
        poll_fn(|cx| {
            self.news.register(cx.waker());
            let mut kept = self.kept();
            while let Some((line, next)) = next_line(&kept) {
                let found = is_wanted(&kept.head[line]);
                kept.seen = next;
                if found {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        })
        .await;
    }

    /// Until it has ended.
    pub async fn end(&self) {
        poll_fn(|cx| {
            self.news.register(cx.waker());
            match self.kept().over {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    fn add(&self, bytes: &[u8], limit: usize) {
        let mut kept = self.kept();
        let room = limit.saturating_sub(kept.head.len());
        kept.cut |= room < bytes.len();
        kept.head.extend_from_slice(&bytes[..room.min(bytes.len())]);
        kept.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        let over = kept.tail.len().saturating_sub(TAIL);
        kept.tail.drain(..over);
        drop(kept);
        self.news.wake();
    }

    /// Reads an output to its end; at most `limit` bytes are kept in memory, and a copy in `file`.
    pub async fn hear(self: Arc<Self>, mut from: impl AsyncRead + Unpin, mut file: Option<File>, limit: u64) {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut chunk = vec![0; CHUNK];
        let mut written = 0;
        // An output that cannot be read is over.
        while let Ok(count @ 1..) = from.read(&mut chunk).await {
            self.add(&chunk[..count], limit);
            written += count as u64;
            if written > FILE
                && let Some(mut file) = file.take()
            {
                let _ = file.write_all(b"\n(wiretale keeps no more of it)\n");
            }
            if let Some(open) = &mut file
                && open.write_all(&chunk[..count]).is_err()
            {
                // A disk that is full is told by the trace.
                file = None;
            }
        }
        self.kept().over = true;
        self.news.wake();
    }
}

/// The next line that was not looked at, without its end, and where the one behind it begins.
fn next_line(kept: &Kept) -> Option<(std::ops::Range<usize>, usize)> {
    let rest = &kept.head[kept.seen..];
    let size = match memchr::memchr(b'\n', rest) {
        Some(at) => at,
        None if kept.over && !rest.is_empty() => rest.len(),
        None => return None,
    };
    let line = rest[..size].strip_suffix(b"\r").unwrap_or(&rest[..size]);
    let next = (kept.seen + size + 1).min(kept.head.len());
    Some((kept.seen..kept.seen + line.len(), next))
}

/// Gives a program what it reads, and then the end. That it does not want it is no matter.
pub async fn feed(mut to: impl AsyncWrite + Unpin, bytes: Arc<[u8]>) {
    if to.write_all(&bytes).await.is_ok() {
        let _ = to.flush().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::block_on;

    fn heard(bytes: &[u8], limit: u64) -> Arc<Output> {
        let output = Arc::new(Output::default());
        block_on(Arc::clone(&output).hear(bytes, None, limit));
        output
    }

    #[test]
    fn lines_are_looked_at_one_after_another_without_their_ends() {
        let output = heard(b"one\r\ntwo\n\nlast", 100);
        let mut seen = Vec::new();
        block_on(output.line(|line| {
            seen.push(String::from_utf8_lossy(line).into_owned());
            line == b"last"
        }));
        assert_eq!(seen, ["one", "two", "", "last"]);
    }

    #[test]
    fn what_is_too_much_is_not_whole_and_its_end_is_kept() {
        assert_eq!(heard(b"abcd", 4).whole().as_deref(), Some(&b"abcd"[..]));
        assert_eq!(heard(b"abcde", 4).whole(), None);
        let long = format!("{}\nthe\n\nend\n", "x".repeat(3 * TAIL));
        assert_eq!(heard(long.as_bytes(), 4).last_lines(2), "the\nend");
    }

    #[test]
    fn a_copy_is_kept_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let output = Arc::new(Output::default());
        block_on(output.hear(&b"hello\n"[..], Some(file.reopen().unwrap()), 2));
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "hello\n");
    }
}
