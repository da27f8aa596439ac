//! The units that can be handed on now, and which of them is the best.
//!
//! Owns rule 2 of the canonical linearization. A unit is known by the id of its sending (or only) event. Does not own
//! when a unit is ready (`linear`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Units that are ready, by thread.
#[derive(Debug, Default)]
pub(super) struct Ready {
    threads: BTreeMap<u32, Thread>,
    /// Each unit's thread and connection.
    units: HashMap<u32, (u32, Option<u32>)>,
}

#[derive(Debug, Default)]
struct Thread {
    units: BTreeSet<u32>,
    /// (connection, unit).
    on: BTreeSet<(u32, u32)>,
}

/// What was handed on last.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last {
    /// The next copy of the broadcast of which the last unit was one.
    pub(super) copy: Option<u32>,
    /// The current thread.
    pub(super) thread: Option<u32>,
    /// The connection just used.
    pub(super) connection: Option<u32>,
}

impl Ready {
    /// Adds a unit; its thread is fixed now. One that is there already stays as it is.
    pub(super) fn add(&mut self, unit: u32, thread: u32, connection: Option<u32>) {
        if self.units.contains_key(&unit) {
            return;
        }
        self.units.insert(unit, (thread, connection));
        let ready = self.threads.entry(thread).or_default();
        ready.units.insert(unit);
        ready.on.extend(connection.map(|connection| (connection, unit)));
    }

    /// Takes the best unit and its thread.
    pub(super) fn take(&mut self, last: Last) -> Option<(u32, u32)> {
        let unit = self.best(last)?;
        let (thread, connection) = self.units.remove(&unit)?;
        let ready = self.threads.get_mut(&thread)?;
        ready.units.remove(&unit);
        if let Some(connection) = connection {
            ready.on.remove(&(connection, unit));
        }
        if ready.units.is_empty() {
            self.threads.remove(&thread);
        }
        Some((unit, thread))
    }

    fn best(&self, last: Last) -> Option<u32> {
        if let Some(copy) = last.copy
            && self.units.contains_key(&copy)
        {
            return Some(copy);
        }
        let current = last.thread.and_then(|thread| self.threads.get(&thread));
        let ready = current.or_else(|| self.threads.values().next())?;
        let on_last = last.connection.and_then(|connection| {
            let (found, unit) = ready.on.range((connection, 0)..).next()?;
            (*found == connection).then_some(*unit)
        });
        on_last.or_else(|| ready.units.first().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_comes_before_the_thread_and_the_thread_before_the_connection() {
        let mut ready = Ready::default();
        ready.add(9, 1, Some(4));
        ready.add(5, 0, Some(3));
        ready.add(6, 0, Some(2));
        ready.add(2, 1, None);
        let last = Last {
            copy: Some(9),
            thread: Some(0),
            connection: Some(2),
        };
        assert_eq!(ready.take(last), Some((9, 1)));
        assert_eq!(ready.take(last), Some((6, 0)));
        assert_eq!(ready.take(last), Some((5, 0)));
        assert_eq!(ready.take(last), Some((2, 1)));
        assert_eq!(ready.take(last), None);
    }

    #[test]
    fn a_thread_once_fixed_stays() {
        let mut ready = Ready::default();
        ready.add(1, 7, None);
        ready.add(1, 3, None);
        assert_eq!(ready.take(Last::default()), Some((1, 7)));
    }
}
