//! The task's head and spec: the rows, and what they mean.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    event::TodoProgress,
    id::{TaskId, UserId},
    limits::Priority,
    queue::{Subject, Waiting},
    reason::Reason,
    run::{Repository, RunUsage},
    task::{Attempt, State, Task},
    view::{TaskView, UsageView},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    keys::{self, Item},
};

/// The schema that this code writes, and the latest that it reads: see [`known`].
pub(crate) const SCHEMA: u32 = 1;

/// Refuses a row of a task that a later version wrote: what it means there, this one cannot know, and what it leaves out
/// when it writes it back would be lost. A row of an earlier version is read: fields are only added, as optional. So a
/// schema is counted up only for a change that earlier versions must not touch.
pub(crate) fn known(item: Item) -> Result<Item, StoreError> {
    let schema = item.get("v").and_then(|v| v.as_n().ok()).and_then(|number| number.parse().ok());
    match schema {
        Some(schema) if schema > SCHEMA => Err(StoreError::Newer { schema }),
        Some(_) | None => Ok(item),
    }
}

/// A task without its prompt: small, since it changes with each post.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub id: TaskId,
    pub owner: UserId,
    pub title: String,
    pub task: Task,
    pub max_attempts: u32,
    pub version: u64,
    pub priority: Priority,
    pub tags: Vec<String>,
    /// [`domain::limits::repository_label`] of what the spec has: lists filter by it, usage is kept by it.
    pub repository: Option<String>,
    pub git_ref: Option<String>,
    pub model: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub not_before: Option<Timestamp>,
    /// Since when it could have run: as it was made or its time came, or as somebody had it taken up again. A run that
    /// failed keeps its task's place.
    pub queued_at: Timestamp,
    /// When the current run was given its slot.
    pub claimed_at: Option<Timestamp>,
    /// When the agent of the current run began.
    pub started_at: Option<Timestamp>,
    /// How long the current run had waited for its slot.
    pub waited_ms: Option<u64>,
    pub ended_at: Option<Timestamp>,
    pub cancel_at: Option<Timestamp>,
    /// When somebody looked at what came of it.
    pub reviewed_at: Option<Timestamp>,
    /// How far the agent's todo list is.
    pub todos: Option<TodoProgress>,
    /// The current run is lost when it is silent beyond this.
    pub lease_until: Option<Timestamp>,
    pub timeout_s: u64,
    /// Events committed, over all runs.
    pub seq: u64,
    /// Events committed of the current run.
    pub run_seq: u64,
    /// The process that speaks for the current run, since its first post.
    pub runner: Option<String>,
    /// Grows whenever somebody begins or ends to follow the task: who asked before asks again.
    pub followers: u64,
    /// What the runs before the current one used.
    pub usage_before: RunUsage,
    /// What the current run used.
    pub usage_run: RunUsage,
    pub demo_model: bool,
    /// The Idempotency-Key, hashed, of who had the task taken up last: the same request comes to the same thing.
    pub retried_by: Option<String>,
}

impl Head {
    /// Where it stands in the list of its owner: [`crate::Store::list`] goes on behind it.
    #[must_use]
    pub fn place(&self) -> String {
        keys::owner_rank(self.created_at, self.id)
    }

    /// What its wait hangs on.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        Subject {
            id: self.id,
            owner: self.owner,
            state: self.task.state,
            attempt: self.task.attempt.0,
            not_before: self.not_before,
        }
    }

    /// What clients see of it.
    #[must_use]
    pub fn view(&self) -> TaskView {
        TaskView {
            id: self.id,
            title: self.title.clone(),
            state: self.task.state,
            version: self.version,
            attempt: self.task.attempt.0,
            max_attempts: self.max_attempts,
            cancel_requested: self.task.cancel_requested,
            created_at: self.created_at,
            updated_at: self.updated_at,
            not_before: self.not_before,
            wait: None,
            started_at: self.started_at,
            ended_at: self.ended_at,
            reviewed_at: self.reviewed_at,
            todos: self.todos,
            reason: self.task.reason,
            remedy: self.task.reason.map(|reason| reason.remedy().to_owned()),
            owner: self.owner,
            repository: self.repository.clone(),
            git_ref: self.git_ref.clone(),
            model: self.model.clone(),
            priority: self.priority,
            tags: self.tags.clone(),
            usage: sum(self.usage_before, self.usage_run),
            head: self.seq,
            demo_model: self.demo_model,
            spec: None,
            result: None,
        }
    }
}

/// What was asked for: written once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    pub prompt: String,
    #[serde(default)]
    pub repository: Option<Repository>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub max_turns: Option<u32>,
    #[serde(default)]
    pub budget_usd_micros: Option<u64>,
    pub timeout_s: u64,
    /// Of the request that made the task: tells a repeat from another request under the same Idempotency-Key.
    pub request_hash: String,
}

pub(crate) fn sum(a: RunUsage, b: RunUsage) -> UsageView {
    UsageView {
        cost_usd_micros: a.cost_usd_micros + b.cost_usd_micros,
        tokens: domain::event::Tokens {
            input_tokens: a.tokens.input_tokens + b.tokens.input_tokens,
            output_tokens: a.tokens.output_tokens + b.tokens.output_tokens,
            cache_read_tokens: a.tokens.cache_read_tokens + b.tokens.cache_read_tokens,
            cache_creation_tokens: a.tokens.cache_creation_tokens + b.tokens.cache_creation_tokens,
        },
        turns: a.turns + b.turns,
    }
}

/// The head as it is stored. Times are milliseconds.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    v: u32,
    id: TaskId,
    owner: UserId,
    title: String,
    state: State,
    attempt: u32,
    attempt_limit: u32,
    max_attempts: u32,
    cancel_requested: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    version: u64,
    priority: Priority,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    git_ref: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    created_at: i64,
    updated_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<i64>,
    /// Rows of before the queue was fair have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queued_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claimed_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waited_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cancel_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reviewed_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    todos: Option<TodoProgress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease_until: Option<i64>,
    timeout_s: u64,
    seq: u64,
    run_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    runner: Option<String>,
    #[serde(default)]
    followers: u64,
    usage_before: RunUsage,
    usage_run: RunUsage,
    demo_model: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retried_by: Option<String>,
    // Keys of the indexes.
    owner_pk: String,
    owner_sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rank_pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rank_sk: Option<String>,
}

pub(crate) fn to_item(head: &Head) -> Result<Item, StoreError> {
    let key = keys::head(head.id);
    let (rank_pk, rank_sk) = rank(head).unzip();
    let millis = |at: Timestamp| at.as_millisecond();
    let row = Row {
        pk: key.pk,
        sk: key.sk,
        v: SCHEMA,
        id: head.id,
        owner: head.owner,
        title: head.title.clone(),
        state: head.task.state,
        attempt: head.task.attempt.0,
        attempt_limit: head.task.attempt_limit.0,
        max_attempts: head.max_attempts,
        cancel_requested: head.task.cancel_requested,
        reason: head.task.reason,
        version: head.version,
        priority: head.priority,
        tags: head.tags.clone(),
        repository: head.repository.clone(),
        git_ref: head.git_ref.clone(),
        model: head.model.clone(),
        created_at: millis(head.created_at),
        updated_at: millis(head.updated_at),
        not_before: head.not_before.map(millis),
        queued_at: Some(millis(head.queued_at)),
        claimed_at: head.claimed_at.map(millis),
        started_at: head.started_at.map(millis),
        waited_ms: head.waited_ms,
        ended_at: head.ended_at.map(millis),
        cancel_at: head.cancel_at.map(millis),
        reviewed_at: head.reviewed_at.map(millis),
        todos: head.todos,
        lease_until: head.lease_until.map(millis),
        timeout_s: head.timeout_s,
        seq: head.seq,
        run_seq: head.run_seq,
        runner: head.runner.clone(),
        followers: head.followers,
        usage_before: head.usage_before,
        usage_run: head.usage_run,
        demo_model: head.demo_model,
        retried_by: head.retried_by.clone(),
        owner_pk: keys::owner(head.owner),
        owner_sk: keys::owner_rank(head.created_at, head.id),
        rank_pk,
        rank_sk,
    };
    serde_dynamo::to_item(row).map_err(StoreError::corrupt)
}

pub(crate) fn from_item(item: Item) -> Result<Head, StoreError> {
    let row: Row = serde_dynamo::from_item(known(item)?).map_err(StoreError::corrupt)?;
    let time = |millis: i64| Timestamp::from_millisecond(millis).map_err(StoreError::corrupt);
    Ok(Head {
        id: row.id,
        owner: row.owner,
        title: row.title,
        task: Task {
            state: row.state,
            attempt: Attempt(row.attempt),
            attempt_limit: Attempt(row.attempt_limit),
            cancel_requested: row.cancel_requested,
            reason: row.reason,
        },
        max_attempts: row.max_attempts,
        version: row.version,
        priority: row.priority,
        tags: row.tags,
        repository: row.repository,
        git_ref: row.git_ref,
        model: row.model,
        created_at: time(row.created_at)?,
        updated_at: time(row.updated_at)?,
        not_before: row.not_before.map(time).transpose()?,
        queued_at: time(row.queued_at.unwrap_or(row.created_at))?,
        claimed_at: row.claimed_at.map(time).transpose()?,
        started_at: row.started_at.map(time).transpose()?,
        waited_ms: row.waited_ms,
        ended_at: row.ended_at.map(time).transpose()?,
        cancel_at: row.cancel_at.map(time).transpose()?,
        reviewed_at: row.reviewed_at.map(time).transpose()?,
        todos: row.todos,
        lease_until: row.lease_until.map(time).transpose()?,
        timeout_s: row.timeout_s,
        seq: row.seq,
        run_seq: row.run_seq,
        runner: row.runner,
        followers: row.followers,
        usage_before: row.usage_before,
        usage_run: row.usage_run,
        demo_model: row.demo_model,
        retried_by: row.retried_by,
    })
}

/// Where the task stands in the index of what waits, if it waits.
pub(crate) fn rank(head: &Head) -> Option<(String, String)> {
    match head.task.state {
        State::Queued => {
            let waiting = Waiting {
                task: head.id,
                owner: head.owner,
                priority: head.priority,
                queued_at: head.queued_at,
            };
            Some((keys::READY.to_owned(), keys::ready_rank(&waiting)))
        }
        State::Scheduled => {
            let due = head.not_before.unwrap_or(head.created_at);
            Some((keys::DUE.to_owned(), keys::due_rank(due, head.task.attempt.0)))
        }
        State::Starting
        | State::Running
        | State::Waiting
        | State::Succeeded
        | State::Failed
        | State::Canceled => None,
    }
}

pub(crate) fn attribute<T: Serialize>(value: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(StoreError::corrupt)
}
