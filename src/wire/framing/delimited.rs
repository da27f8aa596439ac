//! Messages that end at something.

use super::{Malformed, Progress, too_long};
use crate::wire::automaton::Run;

/// To LF, a CR before it dropped. `seen` bytes have no LF.
pub(super) fn lines(seen: &mut usize, bytes: &[u8], limit: u64) -> Result<Progress, Malformed> {
    let found = bytes[*seen..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map(|at| *seen + at);
    let line = &bytes[..found.unwrap_or(bytes.len())];
    // A CR at the end may be one that is dropped.
    let body = line.strip_suffix(b"\r").unwrap_or(line).len();
    if body as u64 > limit {
        return Err(too_long(limit));
    }
    *seen = bytes.len();
    Ok(match found {
        Some(at) => Progress::Message {
            body: 0..body,
            taken: at + 1,
        },
        None => Progress::More { want: None },
    })
}

/// To a delimiter. In `seen` bytes no delimiter begins.
pub(super) fn delimiter(seen: &mut usize, delimiter: &[u8], bytes: &[u8], limit: u64) -> Result<Progress, Malformed> {
    let mut windows = bytes[*seen..].windows(delimiter.len());
    let found = windows.position(|window| window == delimiter).map(|at| *seen + at);
    let first_possible = (bytes.len() + 1).saturating_sub(delimiter.len());
    let body = found.unwrap_or_else(|| first_possible.max(*seen));
    if body as u64 > limit {
        return Err(too_long(limit));
    }
    *seen = body;
    Ok(match found {
        Some(at) => Progress::Message {
            body: 0..at,
            taken: at + delimiter.len(),
        },
        None => Progress::More { want: None },
    })
}

/// To the earliest end of a match. `run` has seen `seen` bytes.
pub(super) fn regex(seen: &mut usize, run: &mut Run, bytes: &[u8], limit: u64) -> Result<Progress, Malformed> {
    while *seen < bytes.len() {
        if *seen as u64 >= limit {
            return Err(too_long(limit));
        }
        let matches = run.step(bytes, *seen);
        *seen += 1;
        if matches {
            return Ok(Progress::Message {
                body: 0..*seen,
                taken: *seen,
            });
        }
        if run.is_dead() {
            return Err(Malformed::new("no message of this regex begins so", *seen - 1..*seen));
        }
    }
    Ok(Progress::More { want: None })
}

/// To the end of the direction.
pub(super) fn until_close(bytes: &[u8], ended: bool, limit: u64) -> Result<Progress, Malformed> {
    if bytes.len() as u64 > limit {
        return Err(too_long(limit));
    }
    Ok(match ended {
        true => Progress::Message {
            body: 0..bytes.len(),
            taken: bytes.len(),
        },
        false => Progress::More { want: None },
    })
}
