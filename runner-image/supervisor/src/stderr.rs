//! The child's stderr as events, at a rate that drowns nobody.

use domain::event::Body;
use tokio::time::Instant;

use crate::{
    clock,
    wire::{self, Heard},
};

const BURST: f64 = 200.0;
const LINES_PER_S: f64 = 20.0;

/// A token bucket that remembers how many it turned away.
pub(crate) struct Throttle {
    tokens: f64,
    at: Instant,
    left_out: u64,
}

impl Throttle {
    pub(crate) fn new(now: Instant) -> Self {
        Self { tokens: BURST, at: now, left_out: 0 }
    }

    /// Whether a line may pass; if so, how many before it did not.
    pub(crate) fn admit(&mut self, now: Instant) -> Option<u64> {
        let earned = now.duration_since(self.at).as_secs_f64() * LINES_PER_S;
        self.tokens = (self.tokens + earned).min(BURST);
        self.at = now;
        if self.tokens < 1.0 {
            self.left_out += 1;
            return None;
        }
        self.tokens -= 1.0;
        Some(std::mem::take(&mut self.left_out))
    }

    /// So many more did not pass.
    pub(crate) fn left_out(&mut self, lines: u64) {
        self.left_out += lines;
    }

    /// The last word, if lines are missing at the end.
    pub(crate) fn rest(self) -> Option<Heard> {
        (self.left_out > 0).then(|| left_out(self.left_out))
    }
}

pub(crate) fn line(line: String) -> Heard {
    Heard::Stderr(wire::parcel(Body::Stderr { line }, clock::now()))
}

pub(crate) fn left_out(lines: u64) -> Heard {
    let message = format!("{lines} lines of stderr were left out");
    Heard::Stderr(wire::log("warn", message, clock::now()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn f39_a_flood_is_let_through_at_a_steady_rate_and_what_is_missing_is_told() {
        let start = Instant::now();
        let mut throttle = Throttle::new(start);
        let passed = (0..1_000).filter(|_| throttle.admit(start).is_some()).count();
        assert_eq!(passed, 200);
        let later = start + Duration::from_secs(1);
        assert_eq!(throttle.admit(later), Some(800));
        let passed = (0..1_000).filter(|_| throttle.admit(later).is_some()).count();
        assert_eq!(passed, 19);
        assert!(throttle.rest().is_some());
    }
}
