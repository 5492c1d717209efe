//! How often somebody may try to sign in: a token bucket for each network, and within it one for each account.
//!
//! An account has no bucket that all networks share: with one, any stranger could keep its owner out. So who guesses from
//! elsewhere empties buckets of their own, and the owner still gets in.
//!
//! A bucket is one number, the moment at which it is full again (the "theoretical arrival time" of GCRA); one that is full
//! need not be stored. Accounts share 256 buckets by their hash, so that what is stored has a bound.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// So many attempts at once, and then one in each interval.
struct Rate {
    burst: i64,
    interval_ms: i64,
}

/// An office behind one address signs in in the morning.
const NETWORK: Rate = Rate { burst: 300, interval_ms: 1_000 };
/// Nobody mistypes a password twenty times.
const ACCOUNT: Rate = Rate { burst: 20, interval_ms: 30_000 };

/// The buckets of one network, as they are stored. Times in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    full_at: i64,
    accounts: BTreeMap<u8, i64>,
}

impl Attempts {
    /// Counts one more attempt at an account: what to store then, or how long to wait.
    ///
    /// # Errors
    /// The time after which the next attempt is let through.
    pub fn attempt(&self, account: &str, now: Timestamp) -> Result<Self, SignedDuration> {
        let now = now.as_millisecond();
        let slot = slot(account);
        let of_account = self.accounts.get(&slot).copied().unwrap_or_default();
        let (network, account) = (NETWORK.take(self.full_at, now), ACCOUNT.take(of_account, now));
        let (full_at, account_full_at) = match (network, account) {
            (Ok(network), Ok(account)) => (network, account),
            (network, account) => {
                let wait = network.err().max(account.err()).unwrap_or_default();
                return Err(SignedDuration::from_millis(wait));
            }
        };
        let mut accounts = self.accounts.clone();
        accounts.retain(|_, full_at| *full_at > now);
        accounts.insert(slot, account_full_at);
        Ok(Self { full_at, accounts })
    }

    /// When all buckets are full again: nothing need be known of them from then on.
    #[must_use]
    pub fn full_at(&self) -> Timestamp {
        let last = self.accounts.values().copied().max().unwrap_or_default().max(self.full_at);
        Timestamp::from_millisecond(last).unwrap_or_default()
    }
}

impl Rate {
    /// When the bucket is full again once something was taken out, or how long until something may be.
    const fn take(&self, full_at: i64, now: i64) -> Result<i64, i64> {
        let full_at = if full_at > now { full_at } else { now } + self.interval_ms;
        let missing = full_at - now - self.burst * self.interval_ms;
        if missing > 0 { Err(missing) } else { Ok(full_at) }
    }
}

/// An address is tried in capitals too.
fn slot(account: &str) -> u8 {
    Sha256::digest(account.to_lowercase())[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// Tries so often in one second, and says how often it got through.
    fn try_often(attempts: &mut Attempts, times: usize, account: &str, second: i64) -> usize {
        let mut through = 0;
        for _ in 0..times {
            if let Ok(next) = attempts.attempt(account, at(second)) {
                *attempts = next;
                through += 1;
            }
        }
        through
    }

    #[test]
    fn a_thousand_guesses_at_one_account_are_twenty_and_then_two_a_minute() {
        let mut attempts = Attempts::default();
        assert_eq!(try_often(&mut attempts, 1000, "ada@example.org", 0), 20);
        assert_eq!(try_often(&mut attempts, 1000, "ADA@example.org", 0), 0, "in capitals too");
        assert_eq!(try_often(&mut attempts, 1000, "ada@example.org", 29), 0);
        assert_eq!(try_often(&mut attempts, 1000, "ada@example.org", 60), 2);
    }

    #[test]
    fn an_account_that_is_guessed_at_does_not_keep_its_neighbours_out() {
        let mut attempts = Attempts::default();
        try_often(&mut attempts, 1000, "ada@example.org", 0);
        assert_eq!(try_often(&mut attempts, 1, "bob@example.org", 0), 1);
    }

    #[test]
    fn a_network_that_tries_many_accounts_is_slowed_down() {
        let mut attempts = Attempts::default();
        let mut through = 0;
        for n in 0..1000 {
            through += try_often(&mut attempts, 1, &format!("{n}@example.org"), 0);
        }
        assert_eq!(through, 300);
        assert_eq!(try_often(&mut attempts, 10, "late@example.org", 3), 3);
    }

    #[test]
    fn who_waits_as_long_as_told_gets_through() {
        let mut attempts = Attempts::default();
        try_often(&mut attempts, 20, "ada@example.org", 0);
        let wait = attempts.attempt("ada@example.org", at(7)).unwrap_err();
        assert_eq!(wait, SignedDuration::from_secs(23));
        assert!(attempts.attempt("ada@example.org", at(7) + wait).is_ok());
    }

    #[test]
    fn what_is_stored_is_small_and_is_forgotten_when_it_says_nothing_any_more() {
        let mut attempts = Attempts::default();
        for n in 0..300 {
            try_often(&mut attempts, 1, &format!("{n}@example.org"), 0);
        }
        assert!(serde_json::to_string(&attempts).unwrap().len() < 6_000);
        let later = attempts.full_at();
        assert_eq!(later, at(300));
        let next = attempts.attempt("ada@example.org", later).unwrap();
        assert_eq!(next, Attempts::default().attempt("ada@example.org", later).unwrap());
    }
}
