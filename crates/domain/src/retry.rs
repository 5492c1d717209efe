//! When a run that failed is repeated.

use std::time::Duration;

use crate::{id::TaskId, task::Attempt};

/// Some time up to `longest`, all of it equally likely ("full jitter"): what failed together does not come again
/// together. It follows from the task and its attempt, so that a history can be played again.
///
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
#[must_use]
pub fn jitter(longest: Duration, task: TaskId, attempt: Attempt) -> Duration {
    let (high, low) = task.uuid().as_u64_pair();
    let share = mixed(high ^ mixed(low ^ mixed(u64::from(attempt.0))));
    let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
    // The upper half of the product: a share of it, as even as the number it is made of.
    Duration::from_millis(((u128::from(share) * u128::from(millis)) >> 64) as u64)
}

/// The finalizer of splitmix64: each bit depends on each.
const fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::reason::Reason;

    const LONGEST: Duration = Duration::from_secs(60);

    fn delay(task: u128, attempt: u32) -> Duration {
        jitter(LONGEST, TaskId::from_uuid(Uuid::from_u128(task)), Attempt(attempt))
    }

    #[test]
    fn tasks_that_failed_together_come_again_evenly_spread() {
        let mut tenths = [0_u32; 10];
        for task in 0..10_000 {
            let delay = delay(task, 2);
            assert!(delay < LONGEST);
            tenths[usize::try_from(delay.as_secs() / 6).unwrap()] += 1;
        }
        assert!(tenths.iter().all(|n| (850..1_150).contains(n)), "{tenths:?}");
    }

    #[test]
    fn each_attempt_has_a_time_of_its_own_and_the_same_one_each_time() {
        let delays: Vec<_> = (1..10).map(|attempt| delay(7, attempt)).collect();
        assert_eq!(delays, (1..10).map(|attempt| delay(7, attempt)).collect::<Vec<_>>());
        let mut apart = delays;
        apart.sort_unstable();
        apart.dedup();
        assert_eq!(apart.len(), 9);
        assert_eq!(
            jitter(Duration::ZERO, TaskId::from_uuid(Uuid::nil()), Attempt(1)),
            Duration::ZERO
        );
    }

    #[test]
    fn no_wait_is_longer_than_five_minutes_however_often_it_failed() {
        for reason in Reason::ALL {
            for attempt in [1, 2, 7, 10, 1_000, u32::MAX] {
                assert!(reason.backoff(attempt) <= Duration::from_secs(300), "{reason} {attempt}");
            }
        }
    }
}
