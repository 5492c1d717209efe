//! Waiting before another try, with full jitter: clients that lost the same server do not come back as one.

use std::time::Duration;

/// How long to wait before the try that follows `failures` failed ones: anything between `least` and a ceiling that
/// doubles up to `most`. `chance` is uniform in 0..1.
pub(crate) fn full_jitter(least: Duration, most: Duration, failures: u32, chance: f64) -> Duration {
    let ceiling = least.saturating_mul(1 << failures.min(16)).clamp(least, most.max(least));
    least + (ceiling - least).mul_f64(chance.clamp(0.0, 1.0))
}

/// Uniform in 0..1.
pub(crate) fn chance() -> f64 {
    // Without randomness there is no jitter, and nothing worse.
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::watch::Timing;

    #[test]
    fn a_wait_grows_to_its_ceiling_and_never_falls_below_its_floor() {
        let (least, most) = (Duration::from_millis(250), Duration::from_secs(15));
        for failures in 0..40 {
            assert_eq!(full_jitter(least, most, failures, 0.0), least);
            assert!(full_jitter(least, most, failures, 1.0) <= most);
        }
        assert_eq!(full_jitter(least, most, 1, 1.0), Duration::from_millis(500));
        assert_eq!(full_jitter(least, most, 10, 1.0), most);
    }

    /// A deployment cuts three thousand clients off at once. API Gateway lets five hundred new connections in a second.
    #[test]
    fn f56_three_thousand_who_lost_the_same_server_are_all_back_within_half_a_minute() {
        let (least, most) = Timing::default().reconnect;
        // When somebody tries next, and how often they tried: in the order of time.
        let mut waiting: BTreeMap<(Duration, u32), u32> = BTreeMap::new();
        let mut chance = {
            let mut state = 56_u64;
            move || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 40) as f64 / f64::from(1 << 24)
            }
        };
        for client in 0..3_000 {
            waiting.insert((full_jitter(least, most, 1, chance()), client), 1);
        }
        let (mut let_in, mut tries, mut last) = (BTreeMap::new(), 0_u32, Duration::ZERO);
        while let Some(((now, client), failures)) = waiting.pop_first() {
            tries += 1;
            let of_second = let_in.entry(now.as_secs()).or_insert(0);
            if *of_second < 500 {
                *of_second += 1;
                last = now;
            } else {
                let next = now + full_jitter(least, most, failures + 1, chance());
                waiting.insert((next, client), failures + 1);
            }
        }
        assert!(last < Duration::from_secs(30), "the last one is back after {last:?}");
        assert!(tries < 3_000 * 6, "{tries} tries");
    }
}
