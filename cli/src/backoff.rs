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
    use super::*;

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
}
