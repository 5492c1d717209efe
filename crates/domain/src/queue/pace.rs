//! How fast the queue moves, from a few numbers that are kept of each hour.

use std::{collections::BTreeMap, ops::AddAssign};

use jiff::{SignedDuration, Timestamp};

const HOUR_S: i64 = 3_600;

/// An hour of the clock, by its number since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(pub i64);

impl Hour {
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_second().div_euclid(HOUR_S))
    }

    /// When it began.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_second(self.0.saturating_mul(HOUR_S)).unwrap_or(Timestamp::MAX)
    }
}

/// What happened in an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs that were given a slot.
    pub begun: u64,
    /// Runs that gave it back.
    pub ended: u64,
    /// How long those had it, in all.
    pub held_s: u64,
    /// Tasks that were over with their run.
    pub succeeded: u64,
    pub failed: u64,
    pub canceled: u64,
}

impl Counts {
    /// Tasks that were over.
    #[must_use]
    pub const fn over(&self) -> u64 {
        self.succeeded + self.failed + self.canceled
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.begun += more.begun;
        self.ended += more.ended;
        self.held_s += more.held_s;
        self.succeeded += more.succeeded;
        self.failed += more.failed;
        self.canceled += more.canceled;
    }
}

/// What is known of some hours.
pub type Hours = BTreeMap<Hour, Counts>;

/// How fast the queue moved lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Runs that began within an hour.
    pub started_per_hour: u64,
    /// Tasks that were over within an hour.
    pub ended_per_hour: u64,
    /// How long a run has its slot; unknown where none ended lately.
    pub held: Option<SignedDuration>,
}

impl Pace {
    /// Of the last sixty minutes: of the hour before this one it counts as much as still lies within them, as if what
    /// happened in it happened evenly.
    #[must_use]
    pub fn lately(hours: &Hours, now: Timestamp) -> Self {
        let this = Hour::of(now);
        let counts = |hour| hours.get(&hour).copied().unwrap_or_default();
        let (current, before) = (counts(this), counts(Hour(this.0 - 1)));
        let elapsed = now.duration_since(this.start()).as_secs().clamp(0, HOUR_S);
        let share = |number: u64| {
            let left = HOUR_S.unsigned_abs() - elapsed.unsigned_abs();
            number.saturating_mul(left).div_ceil(HOUR_S.unsigned_abs())
        };
        let ended = current.ended + before.ended;
        let held_s = current.held_s + before.held_s;
        let held = held_s.checked_div(ended).and_then(|seconds| i64::try_from(seconds).ok());
        Self {
            started_per_hour: current.begun + share(before.begun),
            ended_per_hour: current.over() + share(before.over()),
            held: held.map(SignedDuration::from_secs),
        }
    }

    /// Seconds until so many slots of `slots` were given back, if runs go on to take as long as they did.
    #[must_use]
    pub fn until(&self, places: u64, slots: u32) -> Option<u64> {
        if places == 0 {
            return Some(0);
        }
        let held = self.held?.as_secs().unsigned_abs();
        Some(held.saturating_mul(places).div_ceil(u64::from(slots.max(1))))
    }
}
