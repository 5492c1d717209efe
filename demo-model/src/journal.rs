//! What was asked lately. Tests read it: for example, to prove which key a client showed.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, Method, Uri};
use serde::Serialize;

/// One request, as it arrived.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Entry {
    /// Counts all requests from 1, so that a reader sees how many the journal forgot.
    number: u64,
    method: String,
    path: String,
    session_id: Option<String>,
    x_api_key: Option<String>,
    authorization: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) stream: bool,
    /// How many turns the model had taken since the prompt.
    pub(crate) turn: Option<usize>,
    /// The head of the prompt.
    pub(crate) prompt: Option<String>,
    /// The fault that struck.
    pub(crate) fault: Option<String>,
}

impl Entry {
    pub(crate) fn new(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        Self {
            method: method.to_string(),
            path: uri.to_string(),
            session_id: text(headers, "x-claude-code-session-id"),
            x_api_key: text(headers, "x-api-key"),
            authorization: text(headers, "authorization"),
            ..Self::default()
        }
    }
}

pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

/// The latest requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    seen: u64,
    entries: VecDeque<Entry>,
}

impl Journal {
    const CAPACITY: usize = 1000;

    pub(crate) fn record(&self, entry: Entry) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.seen += 1;
        let number = ring.seen;
        if ring.entries.len() == Self::CAPACITY {
            ring.entries.pop_front();
        }
        ring.entries.push_back(Entry { number, ..entry });
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.entries.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_forgets_the_oldest_and_says_so() {
        let journal = Journal::default();
        for _ in 0..Journal::CAPACITY + 3 {
            journal.record(Entry::default());
        }
        let entries = journal.entries();
        assert_eq!(entries.len(), Journal::CAPACITY);
        assert_eq!(entries.first().map(|entry| entry.number), Some(4));
    }
}
