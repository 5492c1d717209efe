//! The queue in the shapes that clients read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::UserId;

/// How much may run and wait at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Limits)]
pub struct LimitsView {
    /// Runs at once.
    #[schema(minimum = 1, maximum = 10_000)]
    pub running_total: u32,
    /// Runs of one user at once.
    #[schema(minimum = 1, maximum = 10_000)]
    pub running_per_user: u32,
    /// Tasks of one user that may wait for a slot: one more is answered 429 `queue_full`. A task that waits for its time
    /// does not count before that has come.
    #[schema(minimum = 1, maximum = 5_000)]
    pub queued_per_user: u32,
}

impl LimitsView {
    /// What the first two may be.
    pub const RUNNING: (u64, u64) = (1, 10_000);
    /// What the third may be: so many are counted at one look.
    pub const QUEUED: (u64, u64) = (1, 5_000);
}

/// Why a task has not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// All slots are taken, or it is about to get one.
    Slots,
    /// Its owner has as many runs as one user may have.
    UserLimit,
    /// Its time has not come.
    NotBefore,
    /// Its last run failed, and the next one is given a while.
    Backoff,
    /// The queue is paused.
    Paused,
}

/// Why, and how long, a task waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Wait)]
pub struct WaitView {
    pub reason: WaitReason,
    /// Its place in the queue, 1 for the next to start; among the owner's own tasks where `reason` is `user_limit`. On a
    /// single task only, not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Not all that waits was looked at: the place may be further behind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Seconds until it starts, if runs go on to take as long as they lately did. Absent where nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_s: Option<u64>,
    /// It does not start before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

impl WaitView {
    /// Of which nothing else is known.
    #[must_use]
    pub const fn new(reason: WaitReason) -> Self {
        Self { reason, position: None, more: false, estimate_s: None, until: None }
    }
}

/// The queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueView {
    /// Tasks that wait for a slot.
    pub depth: u64,
    /// More wait than were counted: `depth`, `waiting` and `by_priority` say “at least”.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Runs that have a slot.
    pub running: u64,
    /// Slots.
    pub limit: u64,
    pub waiting: WaitingView,
    /// Those that wait for a slot.
    pub by_priority: PrioritiesView,
    /// Runs that began within the last hour, about.
    pub started_per_hour: u64,
    /// Tasks that were over within the last hour, about.
    pub ended_per_hour: u64,
    /// Since when the oldest of those waits that wait for a slot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_queued_at: Option<Timestamp>,
    /// Seconds until a task that is handed in now starts, if runs go on to take as long as they lately did. Absent where
    /// nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<PauseView>,
    /// The last 24 hours of the clock, the oldest first. A task that was called off before it ran is not counted.
    #[schema(min_items = 24, max_items = 24)]
    pub throughput: Vec<ThroughputView>,
}

/// What has not started, counted by why. All but `not_before` and `backoff` wait for a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = WaitCounts)]
pub struct WaitingView {
    pub slots: u64,
    pub user_limit: u64,
    pub not_before: u64,
    pub backoff: u64,
    pub paused: u64,
}

/// What waits for a slot, counted by priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PriorityCounts)]
pub struct PrioritiesView {
    pub urgent: u64,
    pub high: u64,
    pub normal: u64,
    pub low: u64,
}

/// That nothing new starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Pause)]
pub struct PauseView {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub by: PausedBy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Nothing runs any more.
    pub drained: bool,
}

/// Who paused the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PausedBy {
    pub id: UserId,
    /// Absent where the account is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Tasks that were over within an hour of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Throughput)]
pub struct ThroughputView {
    /// When the hour began.
    #[schema(value_type = String, format = DateTime)]
    pub hour: Timestamp,
    pub succeeded: u64,
    pub failed: u64,
    pub canceled: u64,
}
