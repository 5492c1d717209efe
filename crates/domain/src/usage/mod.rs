//! What the service was used for: added up when a run ends, told by day in any time zone.
//!
//! The unit that is kept is a [`Quarter`] of an hour, in UTC: today every zone of the world is off UTC by whole quarters,
//! also those of a half hour (India, Lord Howe Island) and of three quarters (Nepal, the Chatham Islands). So a day of any
//! zone is made of whole quarters, and of none that belongs to another day.

mod histogram;
mod report;
mod view;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

pub use self::{
    histogram::Histogram,
    report::{GroupBy, MAX_DAYS, MAX_GROUPS, NONE, OTHER, Question, Range, TOP_TASKS, zone},
    view::{
        QuantilesView, TopTaskView, UsageDayView, UsageGroupView, UsageReportView, UsageShareView,
        UsageTotalsView,
    },
};
use crate::{
    id::{TaskId, UserId},
    run::RunUsage,
    task::State,
};

const QUARTER_S: i64 = 900;

/// A quarter of an hour, counted since 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(i64);

impl Quarter {
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_second().div_euclid(QUARTER_S))
    }

    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_second(self.0 * QUARTER_S).unwrap_or(Timestamp::MIN)
    }

    /// The day that it is counted in: that of its beginning.
    #[must_use]
    pub fn date(self, zone: &TimeZone) -> Date {
        self.start().to_zoned(zone.clone()).date()
    }
}

/// What happened, as numbers that add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Tasks that ended so.
    pub succeeded: u64,
    pub failed: u64,
    pub canceled: u64,
    /// Runs that ended, whether their task went on or not.
    pub runs: u64,
    pub usage: RunUsage,
    /// Between the first word of a run and its end.
    pub run_seconds: u64,
    pub durations: Histogram,
    /// How long runs waited for their slot, since they could have begun.
    pub waits: Histogram,
}

/// A run that ended.
#[derive(Clone, Copy, Debug)]
pub struct EndedRun {
    /// None if it never spoke.
    pub took: Option<SignedDuration>,
    pub waited: Option<SignedDuration>,
    pub usage: RunUsage,
    /// The task, after it.
    pub state: State,
}

impl Sum {
    /// What the end of a run adds.
    #[must_use]
    pub fn of_run(run: &EndedRun) -> Self {
        let histogram = |duration: Option<SignedDuration>| duration.map(Histogram::of);
        Self {
            runs: 1,
            usage: RunUsage { turns: 0, ..run.usage },
            run_seconds: run
                .took
                .map_or(0, |took| u64::try_from(took.as_secs()).unwrap_or_default()),
            durations: histogram(run.took).unwrap_or_default(),
            waits: histogram(run.waited).unwrap_or_default(),
            ..Self::of_task(run.state)
        }
    }

    /// What the end of a task adds that has no run to end.
    #[must_use]
    pub fn of_task(state: State) -> Self {
        let count = |wanted: State| u64::from(state == wanted);
        Self {
            succeeded: count(State::Succeeded),
            failed: count(State::Failed),
            canceled: count(State::Canceled),
            ..Self::default()
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.canceled += other.canceled;
        self.runs += other.runs;
        self.usage.cost_usd_micros += other.usage.cost_usd_micros;
        let (tokens, more) = (&mut self.usage.tokens, &other.usage.tokens);
        tokens.input_tokens += more.input_tokens;
        tokens.output_tokens += more.output_tokens;
        tokens.cache_read_tokens += more.cache_read_tokens;
        tokens.cache_creation_tokens += more.cache_creation_tokens;
        self.run_seconds += other.run_seconds;
        self.durations.add(&other.durations);
        self.waits.add(&other.waits);
    }

    /// Every number that is not zero, by its name: what is stored.
    #[must_use]
    pub fn numbers(&self) -> Vec<(String, u64)> {
        let tokens = &self.usage.tokens;
        let plain = [
            ("succeeded", self.succeeded),
            ("failed", self.failed),
            ("canceled", self.canceled),
            ("runs", self.runs),
            ("cost_usd_micros", self.usage.cost_usd_micros),
            ("input_tokens", tokens.input_tokens),
            ("output_tokens", tokens.output_tokens),
            ("cache_read_tokens", tokens.cache_read_tokens),
            ("cache_creation_tokens", tokens.cache_creation_tokens),
            ("seconds", self.run_seconds),
        ];
        let plain = plain.into_iter().map(|(name, number)| (name.to_owned(), number));
        let took = self.durations.counts().map(|(bucket, count)| (format!("d{bucket}"), count));
        let waited = self.waits.counts().map(|(bucket, count)| (format!("w{bucket}"), count));
        plain.chain(took).chain(waited).filter(|(_, number)| *number > 0).collect()
    }

    /// The sum of which these are the numbers. A name that is not known, of a newer version, is passed over.
    #[must_use]
    pub fn from_numbers<'a>(numbers: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut sum = Self::default();
        for (name, number) in numbers {
            let tokens = &mut sum.usage.tokens;
            match name {
                "succeeded" => sum.succeeded = number,
                "failed" => sum.failed = number,
                "canceled" => sum.canceled = number,
                "runs" => sum.runs = number,
                "cost_usd_micros" => sum.usage.cost_usd_micros = number,
                "input_tokens" => tokens.input_tokens = number,
                "output_tokens" => tokens.output_tokens = number,
                "cache_read_tokens" => tokens.cache_read_tokens = number,
                "cache_creation_tokens" => tokens.cache_creation_tokens = number,
                "seconds" => sum.run_seconds = number,
                _ => {
                    let bucket = |prefix| name.strip_prefix(prefix)?.parse::<u8>().ok();
                    if let Some(bucket) = bucket("d") {
                        sum.durations.put(bucket, number);
                    } else if let Some(bucket) = bucket("w") {
                        sum.waits.put(bucket, number);
                    }
                }
            }
        }
        sum
    }
}

/// What one user had done in one quarter of an hour, with one model, in one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub user: UserId,
    pub quarter: Quarter,
    /// As it was asked for; none is the installation's own.
    pub model: Option<String>,
    /// As [`crate::limits::repository_label`] spells it.
    pub repository: Option<String>,
    pub sum: Sum,
    /// Of the tasks that ended, the last one of each [`magnitude`] of costs.
    pub costly: BTreeMap<u8, TaskId>,
}

/// Costs that are told apart when the dearest tasks are looked for: by the power of two.
#[must_use]
pub fn magnitude(cost_usd_micros: u64) -> u8 {
    u8::try_from(u64::BITS - cost_usd_micros.leading_zeros()).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;
