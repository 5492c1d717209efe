//! What the API answers, in the shapes that clients read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

mod account;

pub use self::account::{
    ActorView, AuditView, InvitedView, KeyView, LinkView, MeView, NewKeyView, PartView, PartsView,
    SessionView, TokensView, UserView,
};
use crate::{
    event::{RawEvent, TodoProgress, Tokens},
    id::{TaskId, UserId},
    limits::Priority,
    queue::WaitView,
    reason::Reason,
    run::Repository,
    task::State,
};

/// A page of a list. `next_cursor` is opaque; it is absent on the last page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView {
    pub id: TaskId,
    pub title: String,
    pub state: State,
    /// Grows with each change.
    pub version: u64,
    /// The current run, or the last one; 0 before the first.
    pub attempt: u32,
    pub max_attempts: u32,
    /// Somebody called the task off and its run has not ended yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_requested: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub not_before: Option<Timestamp>,
    /// Why it has not started. Not in pushes, nor in the answer to a new task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitView>,
    /// When the agent of the current run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Why the last run failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What a person can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// When somebody said that they had looked at what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reviewed_at: Option<Timestamp>,
    /// How far the agent's todo list is, if it made one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub todos: Option<TodoProgress>,
    pub owner: UserId,
    /// Where the code comes from, short: `github.com/acme/app`. The whole address is in `spec`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
    /// The model that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    pub priority: Priority,
    pub tags: Vec<String>,
    pub usage: UsageView,
    /// `seq` of the last event.
    pub head: u64,
    /// The agent answers from the scripted demo model: no real model was asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo_model: bool,
    /// What was asked for; on a single task only, not in lists or pushes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<SpecView>,
    /// What the agent answered; on a single task only, not in lists or pushes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultView>,
}

/// What a task has used, over all its runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Usage)]
#[serde(default)]
pub struct UsageView {
    pub cost_usd_micros: u64,
    #[serde(flatten)]
    pub tokens: Tokens,
    pub turns: u32,
}

/// What a task was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Spec)]
pub struct SpecView {
    pub prompt: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<Repository>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_usd_micros: Option<u64>,
    pub timeout_s: u64,
}

/// How many tasks there are of each kind, among the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskCounts)]
pub struct CountsView {
    /// Not over yet.
    pub active: CountView,
    /// Over, and nobody has looked at what came of it.
    pub needs_review: CountView,
    pub all: CountView,
}

/// A number of tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Count)]
pub struct CountView {
    pub count: u64,
    /// At least so many: only the newest tasks were counted.
    pub more: bool,
}

/// What the agent answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = TaskResult)]
pub struct ResultView {
    /// The agent's last words (cut at 64 KiB; whole in `result.json`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub structured_output: Value,
}

/// One attempt at a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = Run)]
pub struct RunView {
    pub attempt: u32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// `succeeded`, `failed` or `canceled`; absent while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<crate::event::RunOutcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether the reason allows another attempt by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    pub usage: UsageView,
}

/// A file that a run left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Artifact)]
pub struct ArtifactView {
    pub name: String,
    pub size_bytes: u64,
    pub content_type: String,
    /// In hexadecimal.
    pub sha256: String,
    pub attempt: u32,
    /// Downloads the file; valid for a few minutes.
    pub url: String,
}

/// A piece of a task's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventsPage {
    #[schema(value_type = Vec<crate::event::Event>)]
    pub events: Vec<RawEvent>,
    /// Ask for what follows with `after=` this.
    pub next: u64,
    /// `seq` of the task's last event.
    pub head: u64,
    /// The task is over and nothing follows `next`.
    pub done: bool,
}

/// A ticket for one WebSocket connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Ticket)]
pub struct TicketView {
    pub ticket: String,
    /// Where to connect, the ticket included.
    pub url: String,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// That the service is up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthView {
    pub status: String,
    pub version: String,
    /// Which model answers: `live`, or `demo model` where no key was given.
    pub model: String,
}
