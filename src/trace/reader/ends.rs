//! The first line of a trace, and those at its end.
//!
//! Owns reading the header, the footer, and what was found when the run was over. Does not own the events between.

use std::io::Read;

use serde::Deserialize;

use super::super::event::{Footer, Header, Judgement, Line, VERSION};
use super::{Bytes, Onward, TraceError, TraceSource};
use crate::finding::Verdict;

/// How much of the file's end is searched for the footer, which is a short line.
const FOOTER_MAX: usize = 64 << 10;

impl TraceSource {
    /// What was found when the run was over, in the order of lines.
    pub fn judgements(&self) -> Result<Vec<Judgement>, TraceError> {
        /// How such a line begins, blanks left out.
        const BEGINNING: &[u8] = b"{\"judgement\"";
        let mut judgements = Vec::new();
        // Nothing found is nothing to be looked for.
        if self.footer().is_some_and(|footer| footer.verdict <= Verdict::Pass) {
            return Ok(judgements);
        }
        self.lines(|line| {
            let visible = line.text.iter().filter(|byte| !byte.is_ascii_whitespace());
            if visible.take(BEGINNING.len()).eq(BEGINNING) {
                match serde_json::from_slice(line.text) {
                    Ok(Line::Judgement(judgement)) => judgements.push(judgement),
                    Ok(_) => {}
                    Err(error) => return Err(line.broken(error.to_string())),
                }
            }
            Ok(())
        })?;
        Ok(judgements)
    }
}

pub(super) fn header(text: &[u8]) -> Result<Header, TraceError> {
    #[derive(Deserialize)]
    struct Versioned {
        header: Version,
    }
    #[derive(Deserialize)]
    struct Version {
        trace: u32,
    }
    #[derive(Deserialize)]
    struct Whole {
        header: Header,
    }
    // The version is looked at first: the rest of a later one may be shaped otherwise.
    let wrong = |error: serde_json::Error| TraceError::NoHeader(error.to_string());
    let found = serde_json::from_slice::<Versioned>(text).map_err(wrong)?.header.trace;
    if found > VERSION {
        return Err(TraceError::Later { found });
    }
    Ok(serde_json::from_slice::<Whole>(text).map_err(wrong)?.header)
}

pub(super) fn footer(bytes: &Bytes, body: u64) -> Result<Option<(u64, Footer)>, TraceError> {
    #[derive(Deserialize)]
    struct Whole {
        footer: Footer,
    }
    let end = bytes.len()?;
    let start = end.saturating_sub(FOOTER_MAX as u64).max(body);
    let mut text = Vec::new();
    Onward { bytes, offset: start }
        .take(FOOTER_MAX as u64)
        .read_to_end(&mut text)?;
    if text.pop() != Some(b'\n') {
        return Ok(None);
    }
    let last = text.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    let line = serde_json::from_slice::<Whole>(last).ok();
    Ok(line.map(|line| (start + (text.len() - last.len()) as u64, line.footer)))
}
