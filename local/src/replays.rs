//! Answers to transactions that may be asked for again.
//!
//! A client that does not hear the answer sends its transaction again, under the same token, and is answered as the first
//! time. The engine would remember each answer for ten minutes, as AWS does, and look through all of them at each
//! transaction. Clients here try again within half a minute, and their tokens are random: that another transaction comes
//! under a token of before, which AWS refuses, is not looked for.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

/// Longer than any client tries.
const KEPT: Duration = Duration::from_secs(60);

/// What was answered lately, by token.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    answers: HashMap<String, Vec<u8>>,
    /// Oldest first.
    since: VecDeque<(Instant, String)>,
}

impl Replays {
    pub(crate) fn of(&self, token: &str) -> Option<Vec<u8>> {
        self.answers.get(token).cloned()
    }

    /// Keeps an answer, and lets go of those that nobody asks for any more.
    pub(crate) fn keep(&mut self, token: String, answer: Vec<u8>, now: Instant) {
        while let Some((_, old)) = self.since.pop_front_if(|(at, _)| now.duration_since(*at) > KEPT)
        {
            self.answers.remove(&old);
        }
        self.since.push_back((now, token.clone()));
        self.answers.insert(token, answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_a_minute_and_no_longer() {
        let (mut replays, start) = (Replays::default(), Instant::now());
        for second in 0..1_000 {
            let now = start + Duration::from_secs(second);
            replays.keep(second.to_string(), vec![], now);
        }
        assert_eq!(replays.of("999"), Some(vec![]));
        assert_eq!(replays.of("939"), Some(vec![]));
        assert_eq!(replays.of("938"), None);
        assert_eq!((replays.answers.len(), replays.since.len()), (61, 61));
    }
}
