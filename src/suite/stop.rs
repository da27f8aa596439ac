//! What ends testing before its end: a signal, or that enough is known.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::runtime::{self, Heeding, JoinHandle};

/// Whether no further case is begun.
#[derive(Debug, Default)]
pub struct Stop {
    set: Arc<AtomicBool>,
    signal: Arc<Mutex<Option<String>>>,
    listening: Option<JoinHandle<()>>,
}

impl Stop {
    /// Nothing ends it.
    pub fn never() -> Self {
        Self::default()
    }

    /// Ctrl-C and SIGTERM end it. Must be called when the runtime has been started.
    pub fn on_signal() -> Self {
        let mut stop = Self::default();
        let (set, signal) = (Arc::clone(&stop.set), Arc::clone(&stop.signal));
        let heeding = Heeding::begin();
        stop.listening = Some(runtime::spawn(async move {
            let name = heeding.next().await;
            *signal.lock().unwrap_or_else(PoisonError::into_inner) = Some(name.to_owned());
            set.store(true, Ordering::SeqCst);
        }));
        stop
    }

    /// No further case is begun.
    pub fn no_more(&self) {
        self.set.store(true, Ordering::SeqCst);
    }

    /// Whether no further case is begun.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// Whether signals end it.
    pub const fn is_listening(&self) -> bool {
        self.listening.is_some()
    }

    /// The signal that ended it.
    pub fn signal(&self) -> Option<String> {
        self.signal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
