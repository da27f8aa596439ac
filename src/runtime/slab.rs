//! A table whose keys are small numbers.
//!
//! Owns which numbers are free. Does not own what is kept.

/// Values under numbers that stay theirs until they are removed.
#[derive(Debug)]
pub(super) struct Slab<T> {
    entries: Vec<Option<T>>,
    free: Vec<usize>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// Adds a value, and gives its number.
    pub(super) fn insert(&mut self, value: T) -> usize {
        if let Some(key) = self.free.pop() {
            self.entries[key] = Some(value);
            key
        } else {
            self.entries.push(Some(value));
            self.entries.len() - 1
        }
    }

    /// Forgets a value; its number is free again.
    pub(super) fn remove(&mut self, key: usize) {
        self.entries[key] = None;
        self.free.push(key);
    }

    /// The value under a number.
    pub(super) fn at(&mut self, key: usize) -> &mut T {
        self.entries[key]
            .as_mut()
            .expect("a number is used only between its insertion and its removal")
    }

    /// All numbers in use.
    pub(super) fn keys(&self) -> Vec<usize> {
        (0..self.entries.len())
            .filter(|&key| self.entries[key].is_some())
            .collect()
    }
}
