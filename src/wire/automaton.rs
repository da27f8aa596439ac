//! Regexes that are matched byte by byte.
//!
//! Owns the question "does the regex match exactly the bytes up to here", asked after each byte in constant time. The
//! states of the lazy DFA are made as they are needed, so that no regex is too large for it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::start;
use regex_automata::util::syntax;
use regex_automata::{Anchored, MatchKind};

/// How much memory the states of one run may take; then they are made anew.
const CACHE: usize = 4 << 20;

/// How many caches are kept for the next runs.
const SPARE: usize = 4;

/// A regex as an automaton; all clones share it.
#[derive(Clone)]
pub(super) struct Automaton(Arc<Compiled>);

struct Compiled {
    dfa: DFA,
    anchored: Anchored,
    spare: Mutex<Vec<Cache>>,
}

/// One run of an automaton over bytes.
#[derive(Clone)]
pub(super) struct Run {
    automaton: Automaton,
    /// `None` only when it is dropped.
    cache: Option<Cache>,
    state: LazyStateID,
    dead: bool,
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Automaton")
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("dead", &self.dead).finish()
    }
}

impl Automaton {
    /// An automaton for a regex that matches from the first byte on; a Unicode word boundary is understood as long as the
    /// bytes are ASCII.
    pub(super) fn anchored(regex: &str) -> Option<Self> {
        Self::build(regex, Anchored::Yes, true)
    }

    /// An automaton for a regex that matches anywhere; without Unicode word boundaries.
    pub(super) fn anywhere(regex: &str) -> Option<Self> {
        Self::build(regex, Anchored::No, false)
    }

    fn build(regex: &str, anchored: Anchored, word_boundary: bool) -> Option<Self> {
        let config = Config::new()
            .match_kind(MatchKind::All)
            .unicode_word_boundary(word_boundary)
            .cache_capacity(CACHE)
            .skip_cache_capacity_check(true);
        let dfa = DFA::builder()
            .configure(config)
            .syntax(syntax::Config::new().utf8(false))
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(8 << 20)))
            .build(regex)
            .ok()?;
        Some(Self(Arc::new(Compiled {
            dfa,
            anchored,
            spare: Mutex::default(),
        })))
    }

    /// A run that has seen nothing.
    pub(super) fn run(&self) -> Run {
        let spare = self.0.spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut cache = spare.unwrap_or_else(|| self.0.dfa.create_cache());
        let state = self.start(&mut cache);
        Run {
            automaton: self.clone(),
            cache: Some(cache),
            dead: state.is_none(),
            state: state.unwrap_or_default(),
        }
    }

    fn start(&self, cache: &mut Cache) -> Option<LazyStateID> {
        let config = start::Config::new().anchored(self.0.anchored);
        self.0.dfa.start_state(cache, &config).ok()
    }
}

impl Run {
    /// Whether no continuation can match.
    pub(super) fn is_dead(&self) -> bool {
        self.dead
    }

    /// Goes on by the byte at `at` of `bytes`, whose bytes before it were all seen, and says whether the regex matches up
    /// to and including it, as if it were the last.
    pub(super) fn step(&mut self, bytes: &[u8], at: usize) -> bool {
        let Some(cache) = self.cache.as_mut().filter(|_| !self.dead) else {
            return false;
        };
        let dfa = &self.automaton.0.dfa;
        let Some(state) = bytes
            .get(at)
            .and_then(|byte| dfa.next_state(cache, self.state, *byte).ok())
        else {
            self.dead = true;
            return false;
        };
        self.state = state;
        if state.is_dead() || state.is_quit() {
            self.dead = true;
            return false;
        }
        let cleared = cache.clear_count();
        let matches = dfa.next_eoi_state(cache, state).is_ok_and(|end| end.is_match());
        if cache.clear_count() != cleared {
            // The look at the end made the cache forget where the run is.
            self.replay(&bytes[..=at]);
        }
        matches
    }

    fn replay(&mut self, bytes: &[u8]) {
        let Some(cache) = self.cache.as_mut() else { return };
        let dfa = &self.automaton.0.dfa;
        let start = self.automaton.start(cache);
        let state = start.and_then(|start| {
            bytes
                .iter()
                .try_fold(start, |state, byte| dfa.next_state(cache, state, *byte).ok())
        });
        self.dead = state.is_none();
        self.state = state.unwrap_or_default();
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut spare = self.automaton.0.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE {
            spare.extend(self.cache.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ends(automaton: &Automaton, bytes: &[u8]) -> Vec<usize> {
        let mut run = automaton.run();
        (0..bytes.len())
            .filter(|at| run.step(bytes, *at))
            .map(|at| at + 1)
            .collect()
    }

    #[test]
    fn each_end_of_a_match_is_seen_at_once() {
        let automaton = Automaton::anchored("(?:ab)+c?").unwrap();
        assert_eq!(ends(&automaton, b"ababcd"), [2, 4, 5]);
        let mut run = automaton.run();
        assert!(!run.step(b"x", 0));
        assert!(run.is_dead());
    }

    #[test]
    fn anywhere_is_never_dead() {
        let automaton = Automaton::anywhere("(?m)^\\d{3} .*\r\n").unwrap();
        assert_eq!(ends(&automaton, b"250-a\r\n250 b\r\n250 c\r\n"), [14, 21]);
        assert!(Automaton::anywhere(r"\bx").is_none());
    }

    #[test]
    fn an_exponential_regex_stays_bounded() {
        let automaton = Automaton::anywhere("a[ab]{24}c").unwrap();
        let mut bytes: Vec<u8> = (0..40_000_u32)
            .map(|n| if n.wrapping_mul(n) % 7 < 3 { b'a' } else { b'b' })
            .collect();
        bytes.extend(b"abbbbbbbbbbbbbbbbbbbbbbbbc");
        assert_eq!(ends(&automaton, &bytes), [bytes.len()]);
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_regex_crate(bytes in "[abc\n]{0,12}", which in 0..5_usize) {
            let source = ["a.*?b", "(?s)a|ab.c", "(?m)^a$", "[^a]+", "(?:a|b)*c"][which];
            let whole = regex::bytes::Regex::new(&format!(r"\A(?:{source})\z")).unwrap();
            let bytes = bytes.as_bytes();
            let expected: Vec<usize> = (1..=bytes.len()).filter(|end| whole.is_match(&bytes[..*end])).collect();
            prop_assert_eq!(ends(&Automaton::anchored(source).unwrap(), bytes), expected);
        }
    }
}
