//! How long things took, in so few numbers that they can be added up beforehand.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::QuantilesView;

/// Where the first bucket ends.
const FIRST_MS: f64 = 100.0;
/// Each bucket ends at twice the end of the one so many before it.
const BUCKETS_PER_DOUBLING: f64 = 4.0;
/// Beyond a month nothing is told apart.
const LAST: u8 = 100;

/// Durations by their magnitude: buckets that grow by the fourth root of two.
///
/// A quantile is told as the middle of its bucket (by ratio): off by less than 10 %, from a tenth of a second to a month.
/// Histograms add up: that of a week is the sum of those of its days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<u8, u64>);

impl Histogram {
    /// One duration.
    #[must_use]
    pub fn of(duration: SignedDuration) -> Self {
        Self(BTreeMap::from([(bucket(duration), 1)]))
    }

    pub fn add(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            *self.0.entry(*bucket).or_default() += count;
        }
    }

    /// How many durations there are in each bucket that has any.
    pub fn counts(&self) -> impl Iterator<Item = (u8, u64)> {
        self.0.iter().map(|(bucket, count)| (*bucket, *count))
    }

    pub(super) fn put(&mut self, bucket: u8, count: u64) {
        if count > 0 {
            *self.0.entry(bucket.min(LAST)).or_default() += count;
        }
    }

    /// How many durations there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// The half of them took at most the median; nothing is said of none.
    #[must_use]
    pub fn quantiles(&self) -> Option<QuantilesView> {
        let total = self.total();
        (total > 0).then(|| QuantilesView {
            median: self.at(total.div_ceil(2)),
            p95: self.at((total * 95).div_ceil(100)),
        })
    }

    /// The duration, in seconds, that `rank` of them do not exceed.
    fn at(&self, rank: u64) -> f64 {
        let mut seen = 0;
        for (bucket, count) in &self.0 {
            seen += count;
            if seen >= rank {
                return middle(*bucket);
            }
        }
        0.0
    }
}

fn bucket(duration: SignedDuration) -> u8 {
    let ratio = duration.as_millis_f64() / FIRST_MS;
    // The first one also has whatever is shorter; a clock that went back makes nothing shorter than that.
    let place = (ratio.max(1.0).log2() * BUCKETS_PER_DOUBLING).floor();
    (0..LAST).find(|bucket| f64::from(*bucket) >= place).unwrap_or(LAST)
}

/// To the millisecond.
fn middle(bucket: u8) -> f64 {
    let ms = FIRST_MS * ((f64::from(bucket) + 0.5) / BUCKETS_PER_DOUBLING).exp2();
    ms.round() / 1000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(ms: impl IntoIterator<Item = i64>) -> Histogram {
        let mut all = Histogram::default();
        for ms in ms {
            all.add(&Histogram::of(SignedDuration::from_millis(ms)));
        }
        all
    }

    #[test]
    fn of_nothing_nothing_is_said() {
        assert_eq!(Histogram::default().quantiles(), None);
    }

    #[test]
    fn what_no_clock_should_say_is_still_counted() {
        let odd = of([-5, 0, i64::MAX / 1_000_000_000]);
        assert_eq!(odd.total(), 3);
        assert!(odd.quantiles().unwrap().median < 0.2);
    }

    proptest! {
        #[test]
        fn a_quantile_is_off_by_less_than_a_tenth(
            mut ms in prop::collection::vec(100_i64..2_678_400_000, 1..200),
        ) {
            let told = of(ms.iter().copied()).quantiles().unwrap();
            ms.sort_unstable();
            let exact = |percent: usize| ms[(ms.len() * percent).div_ceil(100) - 1] as f64 / 1000.0;
            for (told, exact) in [(told.median, exact(50)), (told.p95, exact(95))] {
                prop_assert!((told / exact - 1.0).abs() < 0.1, "{told} for {exact}");
            }
        }

        #[test]
        fn sums_do_not_depend_on_how_they_are_made(
            ms in prop::collection::vec(0_i64..100_000_000, 0..100), cut in 0_usize..100,
        ) {
            let cut = cut.min(ms.len());
            let mut parts = of(ms[cut..].iter().copied());
            parts.add(&of(ms[..cut].iter().copied()));
            prop_assert_eq!(parts, of(ms));
        }
    }
}
