//! Folding a task's events by `seq`, however they come: doubled, early, late, or not at all.
//!
//! The log at the service is the truth and a push is only a hint. What follows on is passed through at once, what is
//! early is parked, what came before is dropped. Where a gap stays, or the service knows of a later event than we have,
//! the caller reads the log after [`Fold::last`].

use std::collections::BTreeMap;

use domain::event::RawEvent;

/// More than a gap ever needs; beyond it the log is read anyway.
const MAX_PARKED: usize = 4_096;

/// How much of a log was passed through.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    /// All events up to this one were passed through.
    last: u64,
    /// The latest event that is known to exist.
    head: u64,
    parked: BTreeMap<u64, RawEvent>,
}

impl Fold {
    /// As if everything up to `last` had been seen.
    pub(crate) fn after(last: u64) -> Self {
        Self { last, head: last, parked: BTreeMap::new() }
    }

    /// Takes events in any order; gives those that follow on, in their order, each of them once in a lifetime.
    pub(crate) fn take(&mut self, events: impl IntoIterator<Item = RawEvent>) -> Vec<RawEvent> {
        for event in events {
            self.know(event.seq);
            if event.seq > self.last {
                self.parked.entry(event.seq).or_insert(event);
            }
        }
        let mut ready = Vec::new();
        while let Some(event) = self.parked.remove(&(self.last + 1)) {
            self.last = event.seq;
            ready.push(event);
        }
        while self.parked.len() > MAX_PARKED {
            self.parked.pop_last();
        }
        ready
    }

    /// Learns that the log reaches to `head` at least.
    pub(crate) fn know(&mut self, head: u64) {
        self.head = self.head.max(head);
    }

    /// Where to read the log from.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Whether something is known to be missing.
    pub(crate) fn is_behind(&self) -> bool {
        self.last < self.head
    }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
