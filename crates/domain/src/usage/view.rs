//! Usage in the shapes that clients read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::GroupBy;
use crate::{event::Tokens, id::TaskId, task::State};

/// What was used on some days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = UsageReport)]
pub struct UsageReportView {
    #[schema(format = Date)]
    pub from: String,
    #[schema(format = Date)]
    pub to: String,
    pub tz: String,
    pub group_by: GroupBy,
    pub totals: UsageTotalsView,
    /// Dearest first; they add up to the totals. Empty where nothing is told apart.
    pub groups: Vec<UsageGroupView>,
    /// Every day, also one on which nothing happened, oldest first.
    pub days: Vec<UsageDayView>,
    /// The dearest tasks that ended on these days and are still there, with what all their runs cost.
    pub top_tasks: Vec<TopTaskView>,
}

/// What is the same for all of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = UsageGroup)]
pub struct UsageGroupView {
    pub key: String,
    /// The key for people.
    pub label: String,
    pub totals: UsageTotalsView,
}

/// A day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = UsageDay)]
pub struct UsageDayView {
    #[schema(format = Date)]
    pub date: String,
    pub totals: UsageTotalsView,
    /// The groups that had anything on this day, in their order; they add up to its totals.
    pub groups: Vec<UsageShareView>,
}

/// A group's part in a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = UsageShare)]
pub struct UsageShareView {
    pub key: String,
    pub totals: UsageTotalsView,
}

/// Numbers of what ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = UsageTotals)]
pub struct UsageTotalsView {
    /// Ends of tasks: succeeded, failed and canceled ones.
    pub tasks: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub canceled: u64,
    pub runs: u64,
    pub cost_usd_micros: u64,
    #[serde(flatten)]
    pub tokens: Tokens,
    pub run_seconds: u64,
    /// How long runs took, from the first word of the agent to the end.
    pub duration_s: Option<QuantilesView>,
    /// How long runs waited for a slot, since they could have begun.
    pub queue_wait_s: Option<QuantilesView>,
}

/// Seconds, off by less than 10 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = Quantiles)]
pub struct QuantilesView {
    pub median: f64,
    pub p95: f64,
}

/// A task that cost much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TopTask)]
pub struct TopTaskView {
    pub id: TaskId,
    pub title: String,
    pub cost_usd_micros: u64,
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Timestamp,
    pub state: State,
}
