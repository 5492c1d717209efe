//! The run protocol: what a runner asks and says (`/v1/run…`), with a run token of one task and one attempt.
//!
//! The runner numbers its events from 0 (`run_seq`), the server gives them their place in the task's history (`seq`).
//! A batch, once sent, is re-sent unchanged until it is acknowledged: a repeat is recognised by `run_seq`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    event::{RawDraft, RunOutcome, Tokens},
    id::TaskId,
    reason::Reason,
};

/// Most events in one post.
pub const MAX_POST_EVENTS: usize = 500;
/// A runner gathers at most this much before it posts.
pub const GATHER_BYTES: usize = 24 * 1024;
/// An event larger than this is cut by the runner before it is posted (with a visible marker).
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// No post is larger than this.
pub const MAX_POST_BYTES: usize = 4 * 1024 * 1024;

/// Answer to `GET /v1/run`: what the run is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    pub task_id: TaskId,
    pub attempt: u32,
    pub prompt: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<Repository>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_usd_micros: Option<u64>,
    /// Wall-clock limit of the run.
    pub timeout_s: u64,
    /// The agent may be silent for so long.
    pub idle_timeout_s: u64,
    /// Post at least this often.
    pub heartbeat_ms: u64,
    /// Somebody called the run off before it began: end it at once.
    #[serde(default)]
    pub cancel_requested: bool,
    /// Events that this run has committed already (it was restarted): go on with this number.
    #[serde(default)]
    pub run_seq: u64,
    /// `seq` of the task's last event: to be sent with the first post.
    #[serde(default)]
    pub head: u64,
}

/// Where the errand's code comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// `https://…`; on one machine also a `file:///…` path where the operator allows it.
    pub url: String,
    /// Branch, tag or commit; the default branch if absent.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    pub git_ref: Option<String>,
}

/// Body of `POST /v1/run/events`. Without events it is a heartbeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsPost {
    /// A random name that the runner's process gives itself when it starts (8 to 64 characters). The first one that
    /// posts for a run keeps it; a second container of the same attempt is refused.
    pub runner: String,
    /// Number of the first event of this batch within the run.
    pub run_seq: u64,
    /// `seq` of the task's last event as the run spec or the last answer told it: so the server needs no read to know
    /// the batch's place. It is a belief: whose belief is wrong was superseded, and is answered 409.
    pub head: u64,
    #[serde(default)]
    pub events: Vec<RawDraft>,
    /// Whether the agent works or waits for a person.
    #[serde(default)]
    pub phase: Phase,
    /// Commands that were carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done_commands: Vec<u32>,
    /// What the run has used so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<RunUsage>,
    /// The run is over; its last event is in this batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<RunEnd>,
}

/// What a live run is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    Running,
    Waiting,
}

/// What a run has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunUsage {
    #[serde(default)]
    pub cost_usd_micros: u64,
    #[serde(flatten)]
    pub tokens: Tokens,
    #[serde(default)]
    pub turns: u32,
}

/// How the run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunEnd {
    pub outcome: RunOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The agent's answer (at most 64 KiB here; whole in `result.json`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_text: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub structured_output: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<Artifact>,
}

/// A file that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Artifact {
    /// `patch.diff`, `transcript.jsonl`, `result.json`, …
    pub name: String,
    pub size_bytes: u64,
    pub content_type: String,
    /// In hexadecimal.
    pub sha256: String,
}

/// Answer to `POST /v1/run/events`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventsAnswer {
    /// All events below this `run_seq` are committed.
    pub acknowledged: u64,
    /// `seq` of the task's last event: to be sent with the next post.
    pub head: u64,
    /// The commands that are open, oldest first, until they are reported as done.
    #[serde(default)]
    pub commands: Vec<Command>,
}

/// What a person wants of a live run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub n: u32,
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: CommandKind,
}

/// The kinds of command. A runner ignores a kind that it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum CommandKind {
    /// Stop, for good.
    Cancel,
    /// Of a newer server.
    #[serde(other)]
    Unknown,
}

/// Body of `POST /v1/run/uploads`: links for these files, please.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadsPost {
    pub artifacts: Vec<Artifact>,
}

/// Answer to `POST /v1/run/uploads`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadsAnswer {
    pub uploads: Vec<Upload>,
}

/// Where to put a file: `PUT url` with these headers, within the link's few minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub name: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
}
