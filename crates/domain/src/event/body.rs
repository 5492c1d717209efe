//! What an event says, type by type.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::reason::Reason;

/// Tokens of a request or of a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Tokens {
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_read_tokens: u64,
    pub cache_creation_tokens: u64,
}

/// Which walls stand between the agent and the runner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Isolation {
    /// The agent runs as another user than the supervisor.
    pub own_user: bool,
    /// The agent sees none of the supervisor's environment.
    pub cleared_environment: bool,
    /// The model key stays in the supervisor; the agent has a phantom.
    pub key_outside: bool,
    /// The agent reaches no network but the model.
    pub closed_network: bool,
}

/// How a run ended, in the word that users see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    Succeeded,
    Failed,
    Canceled,
}

/// One entry of the agent's todo list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TodoItem {
    pub id: String,
    pub subject: String,
    pub status: TodoStatus,
}

/// How far an entry of the todo list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TodoStatus {
    Pending,
    InProgress,
    Completed,
}

/// What happened. The tag is `type`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = EventBody)]
pub enum Body {
    // ── of the supervisor ────────────────────────────────────────────────────────────────────────────────────────
    /// A runner took the run up.
    RunStarted {
        /// Version of the supervisor.
        version: String,
        isolation: Isolation,
        /// Whether the scripted demo model answers in the place of a real one.
        #[serde(default)]
        demo_model: bool,
    },
    /// The workspace is there.
    WorkspaceReady {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repository: Option<String>,
        #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
        git_ref: Option<String>,
        /// The commit that was checked out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commit: Option<String>,
        duration_ms: u64,
    },
    /// A file was kept as an artifact.
    ArtifactStored { name: String, size_bytes: u64 },
    /// The run is over. Always the last event of a run, and always exactly one.
    RunEnded {
        outcome: RunOutcome,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// A sentence for a person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        duration_ms: u64,
        #[serde(default)]
        cost_usd_micros: u64,
        #[serde(default)]
        usage: Tokens,
    },

    // ── of the agent's session ───────────────────────────────────────────────────────────────────────────────────
    /// A turn of Claude Code begins.
    Session {
        session_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cwd: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permission_mode: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claude_code_version: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_key_source: Option<String>,
        #[serde(default)]
        tools: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mcp_servers: Vec<Value>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        agents: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        skills: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        plugins: Vec<Value>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        plugin_errors: Vec<Value>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        capabilities: Vec<String>,
    },
    /// A prompt was handed to Claude Code.
    PromptSent { uuid: String },
    /// `running`, `requires_action` or `idle`.
    State { state: String },
    /// What Claude Code is at: `requesting`, `compacting`.
    Status {
        #[serde(default)]
        status: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        permission_mode: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compact_result: Option<String>,
    },

    // ── of the conversation ──────────────────────────────────────────────────────────────────────────────────────
    /// The agent says something.
    Text {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uuid: Option<String>,
        /// The sub-agent's tool call that this belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_tool_use_id: Option<String>,
        /// Set where the text is Claude Code's report of a failed request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The agent thinks.
    Thinking {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uuid: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_tool_use_id: Option<String>,
    },
    /// The agent calls a tool.
    ToolUse {
        tool_use_id: String,
        name: String,
        #[serde(default)]
        input: Value,
        /// The MCP server that offers the tool.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_tool_use_id: Option<String>,
    },
    /// A tool is still at work (each 30 s).
    ToolProgress { tool_use_id: String, name: String, elapsed_s: f64 },
    /// A tool answered.
    ToolResult {
        tool_use_id: String,
        #[serde(default)]
        is_error: bool,
        /// A text, a list of blocks, or nothing.
        #[serde(default)]
        content: Value,
        /// What the tool tells beyond its text: for Bash stdout and stderr, for Edit the patch.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        detail: Value,
        /// Who allowed the call.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        meta: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_tool_use_id: Option<String>,
    },
    /// A message in the user's role: of a person, or made by Claude Code itself (`synthetic`).
    User {
        #[serde(default)]
        content: Value,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        origin: Value,
        #[serde(default)]
        synthetic: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent_tool_use_id: Option<String>,
    },
    /// The agent's todo list, whole, whenever it changes.
    Todo { items: Vec<TodoItem> },

    // ── of the model's service ───────────────────────────────────────────────────────────────────────────────────
    /// What a request cost, and the run so far.
    Usage {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop_reason: Option<String>,
        /// This request.
        request: Tokens,
        /// The run so far, all models together.
        run: Tokens,
        /// The run so far, where the price is known already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost_usd_micros: Option<u64>,
    },
    /// A request failed and is repeated.
    ApiRetry {
        attempt_no: u32,
        max_retries: u32,
        retry_delay_ms: u64,
        /// HTTP status; absent where nothing answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error_status: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// Another model takes over.
    ModelFallback {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trigger: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        original_model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fallback_model: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
    /// The account nears or meets a rate limit.
    RateLimit {
        #[serde(default)]
        info: Value,
    },

    // ── of sub-agents and background work ────────────────────────────────────────────────────────────────────────
    /// A sub-agent or a background command: `started`, `progress`, `updated`, `notification`.
    Subtask {
        phase: String,
        subtask_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool_use_id: Option<String>,
        /// Everything else that Claude Code tells about it.
        #[serde(default)]
        detail: Value,
    },
    /// All that works in the background now.
    Subtasks { subtasks: Vec<Value> },

    // ── of permissions ───────────────────────────────────────────────────────────────────────────────────────────
    /// The agent asks a person: whether a tool may run, or a question, or to approve a plan.
    PermissionRequest {
        request_id: String,
        tool: String,
        #[serde(default)]
        input: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool_use_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blocked_path: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        suggestions: Vec<Value>,
    },
    /// The question was answered.
    PermissionResolved {
        request_id: String,
        /// `allow`, `deny` or `canceled`.
        decision: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// A tool was refused by rule.
    PermissionDenied {
        tool_name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool_use_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason_type: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },

    // ── of Claude Code's housekeeping ────────────────────────────────────────────────────────────────────────────
    /// The conversation was compacted.
    CompactBoundary {
        #[serde(default)]
        metadata: Value,
    },
    /// A hook began.
    HookStarted {
        #[serde(default)]
        detail: Value,
    },
    /// A hook answered.
    HookResponse {
        #[serde(default)]
        detail: Value,
    },
    /// A line that Claude Code wrote to its stderr.
    Stderr { line: String },
    /// A remark of the wrapper or the supervisor.
    Log {
        /// `debug`, `info`, `warn` or `error`.
        level: String,
        message: String,
    },
    /// A turn is over; a run may have several.
    Result {
        subtype: String,
        is_error: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<String>,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        structured_output: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stop_reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terminal_reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_error_status: Option<u16>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        errors: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<String>,
        #[serde(default)]
        num_turns: u32,
        #[serde(default)]
        duration_ms: u64,
        #[serde(default)]
        duration_api_ms: u64,
        #[serde(default)]
        result_index: u32,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        permission_denials: Vec<Value>,
        #[serde(default)]
        usage: Tokens,
        /// By model, since the result before.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        model_usage: Value,
        /// Of this turn alone.
        #[serde(default)]
        cost_usd_micros: u64,
        /// Of the whole session.
        #[serde(default)]
        cost_usd_micros_session: u64,
    },
    /// Something went wrong in or around Claude Code.
    Error {
        /// `result`, `cli_exit`, `cli_json`, `cli_not_found`, `cli_connection`, `workspace` or `internal`.
        kind: String,
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit_code: Option<i32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subtype: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api_error_status: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stderr_tail: Option<String>,
    },
    /// A frame of Claude Code that has no type of its own here.
    Other {
        #[serde(default)]
        frame: Value,
    },
    /// Of a newer sender.
    #[default]
    #[serde(other)]
    Unknown,
}
