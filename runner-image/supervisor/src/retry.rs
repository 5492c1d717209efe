//! How long to wait before the next try.

use std::time::Duration;

use crate::random::random_fraction;

/// Exponential with full jitter: runners that lost the server together do not come back together.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const CAP: Duration = Duration::from_secs(5);

    pub(crate) fn pause(&mut self) -> Duration {
        let limit = (Self::FIRST * (1 << self.tries.min(6))).min(Self::CAP);
        self.tries += 1;
        limit.mul_f64(random_fraction())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_is_longer_than_five_seconds() {
        let mut backoff = Backoff::default();
        assert!(backoff.pause() <= Duration::from_millis(100));
        assert!((0..1_000).all(|_| backoff.pause() <= Duration::from_secs(5)));
    }
}
